"""Every case of the platform's vectors, through the real connector."""

import base64
import json
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from connectors.chat import ConversationKind, Incoming, Outcome
from connectors.connector import Received
from connectors.dingtalk import crypto, frames, recorded
from connectors.errors import ConnectorError, MalformedEvent, StaleRequest, WebhookError

CASES: list[dict[str, Any]] = json.loads(
    (Path(__file__).parents[2] / "vectors/dingtalk.json").read_text("utf-8")
)["cases"]
REQUESTS = [case for case in CASES if case["request"] is not None]
BY_NAME = {case["name"]: case for case in CASES}


def of_kind(kind: str) -> list[Any]:
    return [pytest.param(case, id=case["name"]) for case in CASES if case["kind"] == kind]


def received(case: dict[str, Any]) -> Received:
    recording = recorded.read(case)
    assert recording is not None
    assert recording.connector is not None
    return recording.connector.receive(recording.request, recording.now)


@pytest.mark.parametrize("case", [pytest.param(case, id=case["name"]) for case in REQUESTS])
def test_a_request_is_believed_or_refused_as_the_platform_means_it(case: dict[str, Any]) -> None:
    if case["expected"]["result"] == "reject":
        with pytest.raises(WebhookError) as refused:
            received(case)
        assert 400 <= refused.value.status < 500
        assert refused.value.reason == case["expected"]["reason"]
        assert isinstance(refused.value, StaleRequest) == (refused.value.reason == "timestamp")
    else:
        answer = received(case).answer(Outcome())
        assert answer.status == 200
        assert (answer.body == b"") == (case["kind"] == "robot_message")


@pytest.mark.parametrize("case", of_kind("robot_message"))
def test_a_robot_message_says_what_its_author_said(case: dict[str, Any]) -> None:
    wanted = case["expected"].get("normalized")
    if wanted is None:
        return
    result = received(case)
    if "errorCode" in case["request"]["body"]:
        assert result.incoming is None
        assert result.ignored == "monthly_quota"
        return
    incoming = result.incoming
    assert incoming is not None
    assert incoming.text == wanted["text"]
    assert incoming.proof == case["request"]["headers"].get("timestamp", "1763711999800")
    if "conversation" in wanted:
        kind = ConversationKind.DIRECT if wanted["conversation"] == "single" else ConversationKind.GROUP
        assert incoming.conversation is not None
        assert incoming.conversation.kind is kind
    if "sender_staff_id" in wanted:
        assert _staff_id(incoming) == wanted["sender_staff_id"]
        assert incoming.sender.foreign is (wanted["sender_staff_id"] is None)
    if "mentioned_staff_ids" in wanted:
        mentioned = [
            key.value
            for mention in incoming.mentions
            if mention.account
            for key in mention.account.keys
            if key.kind == "staff_id"
        ]
        assert mentioned == wanted["mentioned_staff_ids"]
    if "download_codes" in wanted:
        assert [file.handle for file in incoming.files] == wanted["download_codes"]
    if "file_name" in wanted:
        assert [file.name for file in incoming.files] == [wanted["file_name"]]


def _staff_id(incoming: Incoming) -> str | None:
    return next((key.value for key in incoming.sender.keys if key.kind == "staff_id"), None)


def test_a_second_delivery_has_the_same_key() -> None:
    for case in CASES:
        if case["expected"]["result"] == "duplicate":
            again, first = received(case).incoming, received(BY_NAME[case["expected"]["of"]]).incoming
            assert again is not None
            assert first is not None
            assert again.message_key == first.message_key


@pytest.mark.parametrize("case", of_kind("event"))
def test_a_believed_event_is_answered_with_an_encrypted_success(case: dict[str, Any]) -> None:
    if case["expected"]["result"] != "accept":
        return
    keys = case["keys"]
    cipher = crypto.EventCipher(keys["token"], keys["aes_key"], keys["owner_key"])
    answer = json.loads(received(case).answer(Outcome()).body)
    cipher.verify(answer["msg_signature"], answer["timeStamp"], answer["nonce"], answer["encrypt"])
    assert cipher.open(answer["encrypt"]) == b"success"
    plaintext = cipher.open(json.loads(case["request"]["body"])["encrypt"]).decode()
    assert plaintext == case["expected"]["plaintext"]


@pytest.mark.parametrize("case", of_kind("event_response"))
def test_an_answer_is_acceptable_exactly_when_the_platform_accepts_it(case: dict[str, Any]) -> None:
    keys = case["keys"]
    cipher = crypto.EventCipher(keys["token"], keys["aes_key"], keys["owner_key"])
    body = json.loads(case["response"]["body"])
    try:
        if "encrypt" not in body:
            raise MalformedEvent("body")
        cipher.verify(body["msg_signature"], body["timeStamp"], body["nonce"], body["encrypt"])
        accepted = cipher.open(body["encrypt"]) == b"success"
    except ConnectorError:
        accepted = False
    assert accepted == (case["expected"]["result"] == "accept")
    fixed = case.get("fixed")
    if fixed:
        made = cipher.seal(
            b"success", fixed["timestamp"], nonce=fixed["nonce"], random=fixed["random16"].encode()
        )
        assert made == body


@pytest.mark.parametrize("case", of_kind("card_callback"))
def test_a_click_on_a_card_that_is_not_ours_has_no_effect(case: dict[str, Any]) -> None:
    if case["expected"]["result"] == "accept":
        result = received(case)
        assert result.incoming is None
        assert result.ignored == "unknown_card"


@pytest.mark.parametrize("case", of_kind("outgoing_sign"))
def test_the_sign_of_a_custom_robot_is_the_robots_sign_percent_encoded(case: dict[str, Any]) -> None:
    sign = crypto.robot_sign(case["keys"]["secret"], case["input"]["timestamp"])
    assert sign == case["expected"]["sign"]
    assert quote(sign, safe="") == case["expected"]["sign_urlencoded"]
    assert len(base64.b64decode(sign, validate=True)) == 32


@pytest.mark.parametrize("case", of_kind("stream_frame"))
def test_a_frame_is_acknowledged_as_the_protocol_asks(case: dict[str, Any]) -> None:
    frame = frames.read(json.dumps(case["frame"]))
    wanted = case["expected"]["ack_must"]
    response = ((wanted or {}).get("data") or {}).get("response")
    written = frames.acknowledge(frame, response=response)
    if wanted is None:
        assert written is None
        return
    assert written is not None
    ack = json.loads(written)
    assert ack["code"] == wanted["code"]
    assert ack["headers"] == wanted["headers"]
    data = json.loads(ack["data"])
    if "data" in wanted:
        assert data == wanted["data"]
    if "data_contains" in wanted:
        assert data.items() >= wanted["data_contains"].items()
