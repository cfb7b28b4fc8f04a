"""Signature and cipher of WeCom's callbacks, and the cipher of the robot's files.

Source: developer.work.weixin.qq.com/document/path/90968 (scheme), 101033 (robot), 100719 (files).
"""

import base64
import binascii
import hashlib
import hmac
import secrets

from Crypto.Cipher import AES

from connectors.errors import BadSignature, MalformedEvent

BLOCK = 32  #: padding is PKCS#7 to 32 bytes, although an AES block has 16
RANDOM = 16  #: random bytes in front of a message
HEAD = RANDOM + 4  #: … and its length, big-endian


class CallbackCipher:
    """One endpoint's token, key and receiver id (the corp id; empty for the corp's own robot)."""

    def __init__(self, token: str, encoding_aes_key: str, receive_id: str) -> None:
        self._token = token
        self._key = file_key(encoding_aes_key)
        self._receive_id = receive_id.encode()

    def sign(self, timestamp: str, nonce: str, encrypted: str) -> str:
        """The lower-case hexadecimal signature of an encrypted text."""
        parts = sorted(part.encode("utf-8", "replace") for part in (self._token, timestamp, nonce, encrypted))
        return hashlib.sha1(b"".join(parts)).hexdigest()  # noqa: S324 - the platform's choice

    def verify(self, signature: str, timestamp: str, nonce: str, encrypted: str) -> None:
        """Raises ``BadSignature``. The signature does not involve the AES key."""
        expected = self.sign(timestamp, nonce, encrypted)
        if not hmac.compare_digest(expected.encode(), signature.encode("utf-8", "replace")):
            raise BadSignature("bad_signature")

    def decrypt(self, encrypted: str) -> str:
        """The message inside.

        Raises:
            MalformedEvent: not base64, no whole blocks, padding, length or encoding wrong.
            BadSignature: meant for another receiver.
        """
        try:
            data = base64.b64decode(encrypted.encode("ascii"), validate=True)
        except (binascii.Error, UnicodeEncodeError) as error:
            raise MalformedEvent("bad_base64") from error
        plain = _decrypt(self._key, data)
        if len(plain) < HEAD:
            raise MalformedEvent("bad_length")
        end = HEAD + int.from_bytes(plain[RANDOM:HEAD], "big")
        if end > len(plain):
            raise MalformedEvent("bad_length")
        if not hmac.compare_digest(plain[end:], self._receive_id):
            raise BadSignature("receive_id_mismatch")
        try:
            return plain[HEAD:end].decode("utf-8")
        except UnicodeDecodeError as error:
            raise MalformedEvent("bad_encoding") from error

    def encrypt(self, message: str, random: bytes | None = None) -> str:
        """``message`` as the platform reads it; ``random`` (16 bytes) is given by tests only."""
        body = message.encode()
        prefix = secrets.token_bytes(RANDOM) if random is None else random
        plain = prefix + len(body).to_bytes(4, "big") + body + self._receive_id
        value = BLOCK - len(plain) % BLOCK
        cipher = AES.new(self._key, AES.MODE_CBC, iv=self._key[:16])
        return base64.b64encode(cipher.encrypt(plain + bytes([value]) * value)).decode()


def file_key(encoded: str) -> bytes:
    """32 bytes from an EncodingAESKey (43 characters) or an item's ``aeskey`` (padded or not).

    Spare bits of the last character are ignored: the vendor's own sample key has some set.
    """
    key = base64.b64decode(encoded.rstrip("=") + "=")
    if len(key) != BLOCK:
        raise ValueError("an AES key must have 32 bytes")
    return key


def decrypt_file(encoded_key: str, data: bytes) -> bytes:
    """A downloaded file: the whole content, no random bytes, length or receiver around it.

    Raises:
        MalformedEvent: no whole blocks or wrong padding (for instance another key).
    """
    return _decrypt(file_key(encoded_key), data)


def _decrypt(key: bytes, data: bytes) -> bytes:
    if not data or len(data) % AES.block_size:
        raise MalformedEvent("decrypt_failed")
    return _unpad(AES.new(key, AES.MODE_CBC, iv=key[:16]).decrypt(data))


def _unpad(plain: bytes) -> bytes:
    value = plain[-1]
    if not 1 <= value <= BLOCK or value > len(plain) or plain[-value:] != bytes([value]) * value:
        raise MalformedEvent("bad_padding")
    return plain[:-value]
