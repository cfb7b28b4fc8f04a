"""Every recorded request in ``tests/vectors/feishu.json``: what is believed, and what it becomes."""

import json
from pathlib import Path
from typing import Any

import pytest

from connectors.chat import Incoming, IncomingKind
from connectors.connector import Outcome
from connectors.errors import WebhookError
from connectors.feishu.connector import FeishuConnector, build
from connectors.feishu.crypto import decrypt, derive
from connectors.feishu.recorded import read
from connectors.feishu.settings import FeishuSettings
from connectors.tokens import MemoryTokenStore

VECTORS = json.loads((Path(__file__).parents[2] / "vectors" / "feishu.json").read_text("utf-8"))
CASES = {case["name"]: case for case in VECTORS["cases"]}
#: We refuse to run without an Encrypt Key and do not subscribe to the old card callback.
OURS = {
    name: case
    for name, case in CASES.items()
    if case["keys"]["encrypt_key"] and not case["expected"].get("optional")
}
ACCEPTED = [name for name, case in OURS.items() if case["expected"]["outcome"] == "accept"]
REFUSED = [name for name, case in OURS.items() if case["expected"]["outcome"] == "reject"]
DERIVED = [name for name, case in OURS.items() if "derived" in case["expected"]]


def receive(name: str) -> tuple[Incoming | None, str, bytes]:
    recording = read(CASES[name])
    assert recording is not None
    assert recording.connector is not None
    received = recording.connector.receive(recording.request, recording.now)
    answer = received.answer(Outcome())
    assert answer.status == 200
    return received.incoming, received.ignored, answer.body


def test_the_file_has_all_its_cases() -> None:
    assert (len(CASES), len(ACCEPTED), len(REFUSED)) == (67, 23, 35)


@pytest.mark.parametrize("name", ACCEPTED)
def test_genuine_requests_are_believed_and_keyed_for_redelivery(name: str) -> None:
    incoming, ignored, body = receive(name)
    expected = CASES[name]["expected"]
    if "response_json" in expected:
        assert json.loads(body) == expected["response_json"]
    assert (incoming is None) == bool(ignored)
    if incoming is not None:
        assert incoming.message_key[2:] == expected["dedupe"]["value"]
        kinds = {IncomingKind.MESSAGE: "m:", IncomingKind.ACTION: "c:"}
        assert incoming.message_key[:2] == kinds.get(incoming.kind, "e:")


@pytest.mark.parametrize("name", REFUSED)
def test_anything_else_is_refused_and_becomes_nothing(name: str) -> None:
    recording = read(CASES[name])
    assert recording is not None
    assert recording.connector is not None
    with pytest.raises(WebhookError) as refused:
        recording.connector.receive(recording.request, recording.now)
    assert refused.value.status in (400, 401)
    stages = {"signature", "token", "app_id", "timestamp"}
    stage = CASES[name]["expected"]["reject_stage"]
    assert (refused.value.status == 401) == (stage in stages), (refused.value.reason, stage)


@pytest.mark.parametrize("name", DERIVED)
def test_text_and_mentions_are_what_the_case_says(name: str) -> None:
    incoming, ignored, _ = receive(name)
    derived = CASES[name]["expected"]["derived"]
    if "command_text" in derived:
        assert incoming is not None
        assert incoming.text == derived["command_text"]
    if incoming is None:
        assert (derived["bot_mentioned"], ignored) == (False, "bot not mentioned")


@pytest.mark.parametrize("name", [name for name, case in CASES.items() if "duplicate_of" in case["expected"]])
def test_a_redelivery_has_the_key_of_the_first_delivery(name: str) -> None:
    again, first = receive(name)[0], receive(CASES[name]["expected"]["duplicate_of"])[0]
    assert again is not None
    assert first is not None
    assert again.message_key == first.message_key


@pytest.mark.parametrize("name", [n for n, c in CASES.items() if not c["keys"]["encrypt_key"]])
def test_without_an_encrypt_key_there_is_no_connector(name: str) -> None:
    recording = read(CASES[name])
    assert recording is not None
    assert (recording.connector, recording.refusal) == (None, "feishu: encrypt_key missing")


@pytest.mark.parametrize("name", [n for n, c in CASES.items() if c["expected"].get("optional")])
def test_the_old_card_callback_is_refused(name: str) -> None:
    with pytest.raises(WebhookError):
        receive(name)


def test_a_known_open_id_decides_instead_of_the_name() -> None:
    case = CASES["event_encrypted_multiline_mentions"]
    recording = read(case)
    assert recording is not None

    def with_bot(open_id: str) -> FeishuConnector:
        settings = FeishuSettings.model_validate({**case["keys"], "app_secret": "s", "bot_open_id": open_id})
        return build(settings, tokens=MemoryTokenStore())

    ours = with_bot(VECTORS["bot_open_id"]).receive(recording.request, recording.now)
    assert ours.incoming is not None
    assert ours.incoming.text.startswith("派活 @王小雨 整理")
    assert [m.name for m in ours.incoming.mentions] == ["王小雨"]
    others = with_bot("ou_another").receive(recording.request, recording.now)
    assert others.ignored == "bot not mentioned"


def test_the_published_reference_pair_decrypts() -> None:
    reference: dict[str, Any] = VECTORS["published_reference"]
    plain = decrypt(derive(reference["encrypt_key"]), reference["encrypt"])
    assert plain.decode() == reference["plaintext"]
