"""The frames of DingTalk's long connection (Stream mode): read and answered here, carried elsewhere.

Source: ``stream-mode-protocol-access-description``.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import orjson

from connectors.dingtalk.events import parse
from connectors.errors import MalformedEvent

ROBOT = "/v1.0/im/bot/messages/get"  #: topic of robot messages
CARD = "/v1.0/card/instances/callback"  #: topic of card clicks


class FrameKind(StrEnum):
    ROBOT = "robot"
    CARD = "card"
    EVENT = "event"
    PING = "ping"
    DISCONNECT = "disconnect"  #: nothing more comes here: open the next connection, then drop this one
    IGNORED = "ignored"  #: a system topic without meaning for us; never acknowledged
    UNKNOWN = "unknown"  #: not subscribed: acknowledged with 404


@dataclass(frozen=True, slots=True)
class Frame:
    """``data`` is the inner object; an event's has the members that the HTTP push has in its body."""

    kind: FrameKind
    message_id: str
    data: dict[str, Any]


def read(text: str | bytes) -> Frame:
    """One text frame of the gateway. Raises MalformedEvent."""
    frame = parse(text)
    headers = frame.get("headers", frame.get("header"))
    if not isinstance(headers, dict):
        raise MalformedEvent("frame")
    inner = frame.get("data")
    data = parse(inner) if isinstance(inner, str) and inner else {}
    kind = _kind(str(frame.get("type")), str(headers.get("topic")))
    if kind is FrameKind.EVENT:
        data = {**data, **_event_head(headers)}
    return Frame(kind, str(headers.get("messageId", "")), data)


def _kind(type_: str, topic: str) -> FrameKind:
    if type_ == "SYSTEM":
        return {"ping": FrameKind.PING, "disconnect": FrameKind.DISCONNECT}.get(topic, FrameKind.IGNORED)
    if type_ == "EVENT":
        return FrameKind.EVENT
    return {ROBOT: FrameKind.ROBOT, CARD: FrameKind.CARD}.get(topic, FrameKind.UNKNOWN)


def _event_head(headers: dict[str, Any]) -> dict[str, Any]:
    names = {
        "EventType": "eventType",
        "eventId": "eventId",
        "CorpId": "eventCorpId",
        "EventTime": "eventBornTime",
    }
    return {name: headers[given] for name, given in names.items() if given in headers}


def acknowledge(frame: Frame, *, later: bool = False, response: dict[str, Any] | None = None) -> str | None:
    """What to write back within 3 s, or None for a frame that wants nothing.

    ``later``: deliver this event again. ``response``: a card click's answer.
    """
    match frame.kind:
        case FrameKind.DISCONNECT | FrameKind.IGNORED:
            return None
        case FrameKind.UNKNOWN:
            return _ack(404, "unknown topic", frame.message_id, {})
        case FrameKind.PING:
            return _ack(200, "OK", frame.message_id, frame.data)
        case FrameKind.EVENT:
            status = {"status": "LATER"} if later else {"status": "SUCCESS", "message": ""}
            return _ack(200, "OK", frame.message_id, status)
    return _ack(200, "OK", frame.message_id, {"response": response})


def _ack(code: int, message: str, message_id: str, data: dict[str, Any]) -> str:
    headers = {"messageId": message_id, "contentType": "application/json"}
    body = {"code": code, "message": message, "headers": headers, "data": orjson.dumps(data).decode()}
    return orjson.dumps(body).decode()
