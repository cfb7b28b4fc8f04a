"""DingTalk's bytes as the platform makes and reads them, with cryptography of their own, and what a
reader sees of the bot's messages."""

import base64
import hashlib
import hmac
import json
import os
import re
from typing import Any
from urllib.parse import parse_qs, urlsplit

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from connectors.sandbox.journal import ButtonView, CardView

#: Members of each template's ``msgParam``; all of them are required.
TEMPLATES: dict[str, frozenset[str]] = {
    "sampleText": frozenset({"content"}),
    "sampleMarkdown": frozenset({"title", "text"}),
    "sampleImageMsg": frozenset({"photoURL"}),
    "sampleLink": frozenset({"title", "text", "picUrl", "messageUrl"}),
    "sampleActionCard": frozenset({"title", "text", "singleTitle", "singleURL"}),
    "sampleActionCard6": frozenset(
        {"title", "text", "buttonTitle1", "buttonUrl1", "buttonTitle2", "buttonUrl2"}
    ),
    "sampleFile": frozenset({"mediaId", "fileName", "fileType"}),
    **{
        f"sampleActionCard{count}": frozenset(
            {"title", "text"}
            | {f"actionTitle{n}" for n in range(1, count + 1)}
            | {f"actionURL{n}" for n in range(1, count + 1)}
        )
        for count in range(2, 6)
    },
}
_ROW = re.compile(r"^\*\*(.+?)\*\*：(.*?) *$", re.MULTILINE)
_LINK = re.compile(r"\[([^\]]+)\]\((dtmd://[^)]+)\)")
_SPOKEN = re.compile(r"^(?:- |· (?:[^：\n]{1,4}：)?)@(\S+) (.+)$", re.MULTILINE)


def robot_headers(secret: str, timestamp: str) -> dict[str, str]:
    """The headers of a robot message."""
    message = f"{timestamp}\n{secret}".encode()
    return {"timestamp": timestamp, "sign": _hmac(secret, message)}


def card_headers(secret: str, timestamp: str) -> dict[str, str]:
    """The headers of a card click."""
    return {
        "x-ddpaas-signature-timestamp": timestamp,
        "x-ddpaas-signature": _hmac(secret, timestamp.encode()),
    }


def _hmac(secret: str, message: bytes) -> str:
    return base64.b64encode(hmac.new(secret.encode(), message, hashlib.sha256).digest()).decode("ascii")


class EventCodec:
    """The envelope of event pushes, made and opened on the platform's side."""

    def __init__(self, token: str, aes_key: str, owner: str) -> None:
        self._token = token
        self._owner = owner.encode()
        key = base64.b64decode(aes_key + "=")
        self._cipher = Cipher(algorithms.AES(key), modes.CBC(key[:16]))

    def sign(self, timestamp: str, nonce: str, encrypt: str) -> str:
        joined = "".join(sorted((self._token, timestamp, nonce, encrypt)))
        return hashlib.sha1(joined.encode(), usedforsecurity=False).hexdigest()

    def seal(self, event: dict[str, Any]) -> str:
        message = json.dumps(event, ensure_ascii=False).encode()
        content = os.urandom(16) + len(message).to_bytes(4, "big") + message + self._owner
        fill = 32 - len(content) % 32
        encryptor = self._cipher.encryptor()
        sealed = encryptor.update(content + bytes([fill] * fill)) + encryptor.finalize()
        return base64.b64encode(sealed).decode("ascii")

    def is_success(self, answer: bytes) -> bool:
        """Whether the bot's answer is the signed and encrypted word ``success``."""
        try:
            body = json.loads(answer)
            encrypt = body["encrypt"]
            signature = self.sign(body["timeStamp"], body["nonce"], encrypt)
            decryptor = self._cipher.decryptor()
            content = decryptor.update(base64.b64decode(encrypt)) + decryptor.finalize()
        except (ValueError, KeyError, TypeError):
            return False
        content = content[: -content[-1]]
        length = int.from_bytes(content[16:20], "big")
        word, owner = content[20 : 20 + length], content[20 + length :]
        return (body["msg_signature"], word, owner) == (signature, b"success", self._owner)


def sentence_of(url: str) -> str:
    """What tapping a ``dtmd://`` link says; "" for any other address."""
    parts = urlsplit(url)
    if parts.scheme != "dtmd" or parts.netloc != "dingtalkclient" or parts.path != "/sendMessage":
        return ""
    return parse_qs(parts.query).get("content", [""])[0]


def buttons_of(key: str, param: dict[str, Any]) -> list[tuple[str, str, bool]]:
    """Label, sentence and whether tapping says it, of an ordinary message's buttons.

    A group's message has sentences to type instead; pressing one means typing it.
    """
    if key == "sampleActionCard":
        return [(param["singleTitle"], sentence_of(param["singleURL"]), True)]
    if key.startswith("sampleActionCard") and key != "sampleActionCard6":
        count = int(key.removeprefix("sampleActionCard"))
        return [
            (param[f"actionTitle{n}"], sentence_of(param[f"actionURL{n}"]), True) for n in range(1, count + 1)
        ]
    text = str(param.get("text", param.get("content", "")))
    links = [(label, sentence_of(url), True) for label, url in _LINK.findall(text)]
    return links + [(sentence, sentence, False) for _, sentence in _SPOKEN.findall(text)]


def card_of(key: str, param: dict[str, Any]) -> CardView | None:
    """The card that an ordinary message shows; None for a plain text. A text with buttons has no title."""
    text = str(param.get("text", ""))
    buttons = [ButtonView(label=label, live=live) for label, _, live in buttons_of(key, param)]
    if not text.startswith("### "):
        if not key.startswith("sampleActionCard"):
            return None
        return CardView(title="", rows=[], remark=text_of(param), buttons=buttons)
    lines = text.split("\n")
    remark = next((line[2:] for line in lines if line.startswith("> ")), "")
    return CardView(title=lines[0][4:].strip(), rows=_ROW.findall(text), remark=remark, buttons=buttons)


def text_of(param: dict[str, Any]) -> str:
    """What a person reads of an ordinary message."""
    if "content" in param:
        return str(param["content"])
    text = str(param.get("text", ""))
    return _LINK.sub(r"\1", text).replace("**", "").removeprefix("### ").replace("  \n", "\n")


def instance_card(data: dict[str, str]) -> CardView:
    """The card that a template shows with this data; all its buttons are live."""
    return CardView(
        title=data.get("title", ""),
        rows=_ROW.findall(data.get("body", "")),
        remark=data.get("remark", ""),
        buttons=[ButtonView(label=button["label"], live=True) for button in instance_buttons(data)],
    )


def instance_buttons(data: dict[str, str]) -> list[dict[str, str]]:
    found: list[dict[str, str]] = json.loads(data.get("buttons") or "[]")
    return found
