"""What goes back in the HTTP response itself: nothing, or an encrypted reply.

Source: developer.work.weixin.qq.com/document/path/90241 and 94888 (app), 101031 and 101033 (robot).
"""

from collections.abc import Mapping
from typing import Any

import orjson

from connectors.connector import Answer
from connectors.wecom.characters import legal
from connectors.wecom.crypto import CallbackCipher
from connectors.wecom.render import TEXT_BYTES, cut, plain

_CAMEL = {"keyname": "KeyName", "userid": "UserId"}

NOTHING = Answer()  #: "accepted, no reply"

Json = dict[str, Any]


def app_card(card: Json, *, user: str, corp_id: str, seconds: int) -> str:
    """The inner XML that redraws the card the presser sees."""
    shown = {name: value for name, value in card.items() if name != "task_id"}
    return _app(user, corp_id, seconds, "update_template_card", {"TemplateCard": shown})


def app_text(text: str, *, user: str, corp_id: str, seconds: int) -> str:
    """The inner XML of a text to the person, at most 2048 bytes."""
    return _app(user, corp_id, seconds, "text", {"Content": cut(plain(text), TEXT_BYTES)})


def app_answer(
    cipher: CallbackCipher, inner: str, *, timestamp: str, nonce: str, random: bytes | None = None
) -> Answer:
    """The envelope of an app's reply."""
    encrypted = cipher.encrypt(inner, random)
    body = (
        f"<xml><Encrypt>{_cdata(encrypted)}</Encrypt>"
        f"<MsgSignature>{_cdata(cipher.sign(timestamp, nonce, encrypted))}</MsgSignature>"
        f"<TimeStamp>{timestamp}</TimeStamp><Nonce>{_cdata(nonce)}</Nonce></xml>"
    )
    return Answer(body=body.encode(), content_type="text/xml; charset=utf-8")


def aibot_card(card: Json, *, user: str) -> str:
    """The inner JSON that redraws a robot's card, for the presser alone."""
    shown = {name: value for name, value in card.items() if name != "task_id"}
    return _dumps({"response_type": "update_template_card", "userids": [user], "template_card": shown})


def aibot_stream_end(asked: Any, text: str) -> str:
    """The inner JSON that ends the stream the platform asks after, so that it asks no more."""
    stream_id = str(asked.get("id", "")) if isinstance(asked, Mapping) else ""
    return _dumps({"msgtype": "stream", "stream": {"id": stream_id, "finish": True, "content": text}})


def aibot_answer(
    cipher: CallbackCipher, inner: str, *, timestamp: str, nonce: str, random: bytes | None = None
) -> Answer:
    """The envelope of a robot's reply; ``nonce`` must be the request's."""
    encrypted = cipher.encrypt(inner, random)
    body = {
        "encrypt": encrypted,
        "msgsignature": cipher.sign(timestamp, nonce, encrypted),
        "timestamp": int(timestamp),
        "nonce": nonce,
    }
    return Answer(body=orjson.dumps(body), content_type="application/json; charset=utf-8")


def _app(user: str, corp_id: str, seconds: int, kind: str, content: Mapping[str, Any]) -> str:
    head = {"ToUserName": user, "FromUserName": corp_id, "CreateTime": seconds, "MsgType": kind}
    return f"<xml>{_elements({**head, **content})}</xml>"


def _elements(content: Mapping[str, Any]) -> str:
    """JSON names become CamelCase, and lists repeated elements: that is how these replies are read."""
    found = []
    for name, value in content.items():
        tag = _CAMEL.get(name) or "".join(part[:1].upper() + part[1:] for part in name.split("_"))
        for item in value if isinstance(value, list) else [value]:
            if isinstance(item, Mapping):
                inner = _elements(item)
            else:
                inner = str(item) if isinstance(item, int) else _cdata(item)
            found.append(f"<{tag}>{inner}</{tag}>")
    return "".join(found)


def _cdata(text: str) -> str:
    safe = legal(text).replace("]]>", "]]]]><![CDATA[>")
    return f"<![CDATA[{safe}]]>"


def _dumps(value: Json) -> str:
    return orjson.dumps(value).decode()
