"""WeCom's callback cipher once more, written apart from the connector's with another library, so that one
mistake cannot cancel itself. Source: developer.work.weixin.qq.com/document/path/90968."""

import base64
import hashlib
import os
import struct

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes


class EndpointCipher:
    """The platform's side of one endpoint; ``receiver`` is the corp id, or empty for the robot."""

    def __init__(self, token: str, encoding_aes_key: str, receiver: str) -> None:
        self.token = token
        self.key = base64.b64decode(encoding_aes_key + "=")
        self.receiver = receiver

    def signature(self, timestamp: str, nonce: str, encrypted: str) -> str:
        ordered = sorted([self.token, timestamp, nonce, encrypted])
        return hashlib.new("sha1", "".join(ordered).encode(), usedforsecurity=False).hexdigest()

    def seal(self, message: str) -> str:
        body = message.encode("utf-8")
        framed = b"".join([os.urandom(16), struct.pack(">I", len(body)), body, self.receiver.encode()])
        return base64.b64encode(self._run(padded(framed), sealing=True)).decode("ascii")

    def open(self, encrypted: str) -> str:
        """Raises ``ValueError`` if the reply is not one the platform would take."""
        framed = unpadded(self._run(base64.b64decode(encrypted, validate=True), sealing=False))
        (length,) = struct.unpack_from(">I", framed, 16)
        body, receiver = framed[20 : 20 + length], framed[20 + length :]
        if len(body) != length or receiver.decode() != self.receiver:
            raise ValueError("length or receiver")
        return body.decode("utf-8")

    def seal_file(self, content: bytes) -> bytes:
        """A file as the robot's download address gives it."""
        return self._run(padded(content), sealing=True)

    def _run(self, data: bytes, *, sealing: bool) -> bytes:
        cipher = Cipher(algorithms.AES(self.key), modes.CBC(self.key[:16]))
        worker = cipher.encryptor() if sealing else cipher.decryptor()
        return worker.update(data) + worker.finalize()


def padded(data: bytes) -> bytes:
    """PKCS#7 to 32: a whole block where nothing is missing."""
    missing = 32 - len(data) % 32
    return data + missing * bytes((missing,))


def unpadded(data: bytes) -> bytes:
    count = data[-1]
    if count not in range(1, 33) or set(data[-count:]) != {count}:
        raise ValueError("padding")
    return data[: len(data) - count]
