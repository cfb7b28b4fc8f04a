"""Frames of the long connection beyond the vectors."""

import json

import pytest

from connectors.dingtalk import frames
from connectors.dingtalk.frames import FrameKind
from connectors.errors import MalformedEvent


def frame(
    type_: str, topic: str, data: object = None, *, headers_name: str = "headers", **headers: str
) -> str:
    head = {"topic": topic, "messageId": "m1", **headers}
    return json.dumps({"type": type_, headers_name: head, "data": json.dumps(data or {})})


def test_an_event_has_what_the_push_has_in_its_body() -> None:
    read = frames.read(
        frame("EVENT", "*", {"userId": ["u1"]}, eventType="user_leave_org", eventId="e1", eventCorpId="ding1")
    )
    assert read.kind is FrameKind.EVENT
    assert read.data == {
        "userId": ["u1"],
        "EventType": "user_leave_org",
        "eventId": "e1",
        "CorpId": "ding1",
    }


def test_an_event_can_be_asked_for_later() -> None:
    read = frames.read(frame("EVENT", "*", eventType="x"))
    assert json.loads(json.loads(frames.acknowledge(read, later=True) or "")["data"]) == {"status": "LATER"}


@pytest.mark.parametrize("topic", ["CONNECTED", "REGISTERED", "KEEPALIVE", "new"])
def test_a_system_topic_that_is_not_known_is_ignored(topic: str) -> None:
    read = frames.read(frame("SYSTEM", topic))
    assert read.kind is FrameKind.IGNORED
    assert frames.acknowledge(read) is None


def test_headers_may_be_spelled_header() -> None:
    assert frames.read(frame("SYSTEM", "ping", headers_name="header")).kind is FrameKind.PING


@pytest.mark.parametrize("text", ["", "x", "[]", "{}", '{"headers":1}', '{"headers":{},"data":"x"}'])
def test_what_is_no_frame_is_malformed(text: str) -> None:
    with pytest.raises(MalformedEvent):
        frames.read(text)
