"""Requests as Feishu would seal and sign them, made with another library than the connector's."""

import base64
import hashlib
import json
from datetime import UTC, datetime

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from connectors.connector import WebhookRequest
from tests.connectors.feishu.scene import KEYS

NOW = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
KEY = KEYS["encrypt_key"]


def seal(plain: bytes, *, key: str = KEY, pad: bytes | None = None) -> str:
    fill = 16 - len(plain) % 16
    padded = plain + (bytes([fill]) * fill if pad is None else pad)
    iv = bytes(range(16))
    sealing = Cipher(algorithms.AES256(hashlib.sha256(key.encode()).digest()), modes.CBC(iv)).encryptor()
    return base64.b64encode(iv + sealing.update(padded) + sealing.finalize()).decode()


def body_of(payload: object) -> bytes:
    return json.dumps({"encrypt": seal(json.dumps(payload).encode())}).encode()


def signed(body: bytes, *, age: float = 0, key: str = KEY, stamp: str = "") -> WebhookRequest:
    stamp = stamp or str(int(NOW.timestamp() - age))
    digest = hashlib.sha256((stamp + "77" + key).encode() + body).hexdigest()
    headers = {
        "x-lark-request-timestamp": stamp,
        "x-lark-request-nonce": "77",
        "x-lark-signature": digest,
    }
    return WebhookRequest("POST", "", {}, headers, body)
