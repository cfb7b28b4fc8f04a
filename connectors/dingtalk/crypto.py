"""DingTalk's signatures and the encryption of its event push.

Sources: ``receive-message``, ``event-callback-card``, ``configure-stream-push`` of the open platform.
"""

import base64
import binascii
import hashlib
import hmac
import secrets

from Crypto.Cipher import AES

from connectors.errors import BadSignature, MalformedEvent

_BLOCK = 32  #: padding block, in bytes; not AES's 16
_RANDOM = 16
_HEADER = _RANDOM + 4


def robot_sign(secret: str, timestamp: str) -> str:
    """The ``sign`` of a robot message's header; percent-encoded, also of a custom robot's address.

    It covers neither body nor address.
    """
    return _hmac(secret, f"{timestamp}\n{secret}")


def card_sign(secret: str, timestamp: str) -> str:
    """The ``x-ddpaas-signature`` of a card callback: over the timestamp alone."""
    return _hmac(secret, timestamp)


def same(given: str, right: str) -> bool:
    """Compare in constant time, whatever characters were given."""
    return hmac.compare_digest(given.encode("utf-8", "replace"), right.encode())


def _hmac(key: str, message: str) -> str:
    return base64.b64encode(hmac.digest(key.encode(), message.encode("utf-8", "replace"), "sha256")).decode()


class EventCipher:
    """Opens what the event push brings and seals our answer. ``owner`` ends each plaintext."""

    def __init__(self, token: str, aes_key: str, owner: str) -> None:
        self._token = token
        # The 43rd character may carry bits that belong to no byte; Python's decoder drops them.
        self._key = base64.b64decode(aes_key + "=")
        self._owner = owner.encode()

    def signature(self, timestamp: str, nonce: str, encrypt: str) -> str:
        parts = sorted(part.encode("utf-8", "replace") for part in (self._token, timestamp, nonce, encrypt))
        return hashlib.sha1(b"".join(parts), usedforsecurity=False).hexdigest()

    def verify(self, signature: str, timestamp: str, nonce: str, encrypt: str) -> None:
        """Raises BadSignature."""
        if not same(signature, self.signature(timestamp, nonce, encrypt)):
            raise BadSignature("signature")

    def open(self, encrypt: str) -> bytes:
        """The plaintext of a verified envelope.

        Raises:
            MalformedEvent: not what the platform's encryption makes.
            BadSignature: encrypted for another owner.
        """
        try:
            sealed = base64.b64decode(encrypt, validate=True)
        except (binascii.Error, ValueError):
            raise MalformedEvent("decrypt") from None
        if not sealed or len(sealed) % AES.block_size:
            raise MalformedEvent("decrypt")
        padded = AES.new(self._key, AES.MODE_CBC, iv=self._key[:16]).decrypt(sealed)
        pad = padded[-1]
        if not 1 <= pad <= _BLOCK or padded[-pad:] != bytes([pad]) * pad:
            raise MalformedEvent("decrypt")
        content = padded[:-pad]
        length = int.from_bytes(content[_RANDOM:_HEADER], "big")
        if len(content) < _HEADER or length > len(content) - _HEADER:
            raise MalformedEvent("decrypt")
        if not hmac.compare_digest(content[_HEADER + length :], self._owner):
            raise BadSignature("owner")
        return content[_HEADER : _HEADER + length]

    def seal(
        self, plaintext: bytes, timestamp: str, *, nonce: str = "", random: bytes = b""
    ) -> dict[str, str]:
        """Our answer in the platform's envelope. ``nonce`` and 16 bytes ``random`` are fresh by default."""
        nonce = nonce or secrets.token_hex(8)
        random = random or secrets.token_bytes(_RANDOM)
        content = random + len(plaintext).to_bytes(4, "big") + plaintext + self._owner
        pad = _BLOCK - len(content) % _BLOCK
        content += bytes([pad]) * pad
        sealed = AES.new(self._key, AES.MODE_CBC, iv=self._key[:16]).encrypt(content)
        encrypt = base64.b64encode(sealed).decode()
        return {
            "msg_signature": self.signature(timestamp, nonce, encrypt),
            "timeStamp": timestamp,
            "nonce": nonce,
            "encrypt": encrypt,
        }
