"""Signature and encryption of what Feishu pushes.

https://open.feishu.cn/document/ukTMukTMukTM/uYDNxYjL2QTM24iN0EjN/event-subscription-configure-/encrypt-key-encryption-configuration-case
"""

import base64
import binascii
import hashlib
import hmac

from Crypto.Cipher import AES

from connectors.errors import MalformedEvent

_BLOCK = 16


def signature(timestamp: str, nonce: str, encrypt_key: str, body: bytes) -> str:
    """Plain SHA-256, not HMAC, over the raw bytes as they came."""
    return hashlib.sha256(_bytes(timestamp + nonce + encrypt_key) + body).hexdigest()


def same(left: str, right: str) -> bool:
    """Compare secrets in constant time."""
    return hmac.compare_digest(_bytes(left), _bytes(right))


def _bytes(text: str) -> bytes:
    """Headers may hold bytes that are no UTF-8; they arrive as surrogates and must not raise."""
    return text.encode("utf-8", "surrogatepass")


def derive(encrypt_key: str) -> bytes:
    """The AES-256 key that belongs to an Encrypt Key."""
    return hashlib.sha256(encrypt_key.encode()).digest()


def decrypt(key: bytes, encrypted: str) -> bytes:
    """The plain text of base64(IV ‖ AES-256-CBC), its PKCS#7 padding checked byte by byte.

    Raises:
        MalformedEvent: not base64, not whole blocks, or wrong padding (a wrong key shows so).
    """
    try:
        raw = base64.b64decode(encrypted, validate=True)
    except (binascii.Error, ValueError):
        raise MalformedEvent("base64") from None
    if len(raw) < 2 * _BLOCK or len(raw) % _BLOCK:
        raise MalformedEvent("ciphertext_length")
    padded = AES.new(key, AES.MODE_CBC, raw[:_BLOCK]).decrypt(raw[_BLOCK:])
    count = padded[-1]
    if not 1 <= count <= _BLOCK or padded[-count:] != bytes([count]) * count:
        raise MalformedEvent("padding")
    return padded[:-count]
