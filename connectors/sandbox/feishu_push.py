"""What the Feishu stand-in pushes to the bot: envelopes, encryption and signature of its own.

Written from the platform's documentation with ``cryptography``, and not from our connector, so that
a mistake there cannot cancel itself here.
"""

import base64
import hashlib
import json
import secrets
import time
from collections.abc import Mapping
from typing import Any

from cryptography.hazmat.primitives import padding
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from connectors.sandbox.faults import FaultKind, Faults
from connectors.sandbox.webhooks import Deliver, WebhookAnswer, WebhookCall

LADDER = 4  #: redeliveries of an event that was not answered with 200


class FeishuPush:
    """Pushes events and card callbacks of one app. Redeliveries follow at once, not after hours."""

    def __init__(
        self, *, app_id: str, encrypt_key: str, verification_token: str, deliver: Deliver, faults: Faults
    ) -> None:
        self._app_id = app_id
        self._encrypt_key = encrypt_key
        self._token = verification_token
        self._deliver = deliver
        self._faults = faults

    async def challenge(self) -> bool:
        """What the console does when the address is saved: encrypted, but without signature headers."""
        asked = secrets.token_hex(16)
        body = self._encrypted({"challenge": asked, "token": self._token, "type": "url_verification"})
        answer = await self._deliver(WebhookCall(body, headers={"Content-Type": _JSON}))
        try:
            return answer.status == 200 and json.loads(answer.body).get("challenge") == asked
        except ValueError:
            return False

    async def event(self, kind: str, tenant_key: str, event: Mapping[str, Any]) -> tuple[int, int]:
        """Push until it is answered with 200 or the ladder ends; returns (last status, attempts)."""
        payload = self._payload(kind, tenant_key, event)
        fault = self._faults.take("webhook")
        attempts, status = 0, 0
        while status != 200 and attempts <= LADDER:
            attempts += 1
            status = (await self._deliver(self._signed(payload))).status
            if attempts == 1 and fault is not None and fault.kind is FaultKind.RESET_AFTER:
                status = 0  # the answer got lost on its way
        if fault is not None and fault.kind is FaultKind.DUPLICATE:
            attempts += 1  # the same event, but under another event_id, as the documentation warns
            again = self._payload(kind, tenant_key, event)
            status = (await self._deliver(self._signed(again))).status
        return status, attempts

    async def callback(self, tenant_key: str, event: Mapping[str, Any]) -> WebhookAnswer:
        """Push a card click: once, whatever comes back."""
        return await self._deliver(self._signed(self._payload("card.action.trigger", tenant_key, event)))

    def _payload(self, kind: str, tenant_key: str, event: Mapping[str, Any]) -> Mapping[str, Any]:
        header = {
            "event_id": secrets.token_hex(16),
            "token": self._token,
            "create_time": str(int(time.time() * 1000)),
            "event_type": kind,
            "tenant_key": tenant_key,
            "app_id": self._app_id,
        }
        return {"schema": "2.0", "header": header, "event": event}

    def _signed(self, payload: Mapping[str, Any]) -> WebhookCall:
        body = self._encrypted(payload)
        timestamp, nonce = str(int(time.time())), str(secrets.randbelow(10**9))
        signed = hashlib.sha256()
        signed.update((timestamp + nonce + self._encrypt_key).encode("utf-8"))
        signed.update(body)
        headers = {
            "Content-Type": _JSON,
            "User-Agent": "Go-http-client/1.1",
            "X-Request-Id": secrets.token_hex(16),
            "X-Lark-Request-Timestamp": timestamp,
            "X-Lark-Request-Nonce": nonce,
            "X-Lark-Signature": signed.hexdigest(),
        }
        return WebhookCall(body, headers=headers)

    def _encrypted(self, payload: Mapping[str, Any]) -> bytes:
        padder = padding.PKCS7(128).padder()
        padded = padder.update(_compact(payload)) + padder.finalize()
        iv = secrets.token_bytes(16)
        key = hashlib.sha256(self._encrypt_key.encode("utf-8")).digest()
        encryptor = Cipher(algorithms.AES256(key), modes.CBC(iv)).encryptor()
        sealed = iv + encryptor.update(padded) + encryptor.finalize()
        return _compact({"encrypt": base64.b64encode(sealed).decode("ascii")})


_JSON = "application/json;charset=utf-8"


def _compact(value: Mapping[str, Any]) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode("utf-8")
