"""Every vector of the platform, through the real connector."""

import base64
import hashlib
import json
from pathlib import Path
from typing import Any

import pytest
from defusedxml.ElementTree import fromstring

from connectors.connector import Outcome
from connectors.errors import WebhookError
from connectors.wecom import passive, recorded
from connectors.wecom.crypto import CallbackCipher, decrypt_file

VECTORS = json.loads((Path(__file__).parents[2] / "vectors" / "wecom.json").read_text("utf-8"))
Case = dict[str, Any]


def cases(kind: str, verdict: str = "") -> list[Any]:
    found = [c for c in VECTORS[kind] if not verdict or c["expected"]["verdict"] == verdict]
    return [pytest.param(case, id=case["id"]) for case in found]


def receive(case: Case):
    recording = recorded.read(case)
    assert recording is not None
    assert recording.connector is not None
    return recording.connector.receive(recording.request, recording.now)


@pytest.mark.parametrize("case", cases("cases", "accept"))
def test_a_genuine_request_is_believed(case: Case):
    received = receive(case)
    answer = received.answer(Outcome())
    assert answer.status == 200
    if "response_body" in case["expected"]:
        assert answer.body.decode() == case["expected"]["response_body"]
    incoming = received.incoming
    if incoming is not None and incoming.text:
        assert "@协作助手" not in incoming.text
        assert incoming.text == incoming.text.strip()


@pytest.mark.parametrize("case", cases("cases", "reject"))
def test_a_forged_or_broken_request_is_refused(case: Case):
    with pytest.raises(WebhookError) as refused:
        receive(case)
    assert 400 <= refused.value.status < 500
    wanted = case["expected"]["reason"]
    garbage = {"decrypt_failed", "bad_padding", "bad_length", "receive_id_mismatch"}
    assert refused.value.reason in (garbage if wanted in garbage else {wanted, "decrypt_failed"})


def test_requests_that_tell_the_same_thing_have_one_key_and_others_differ():
    keys: dict[str, set[str]] = {}
    for case in VECTORS["cases"]:
        if case["expected"].get("dedupe_key"):
            incoming = receive(case).incoming
            if incoming is not None:
                keys.setdefault(case["expected"]["dedupe_key"], set()).add(incoming.message_key)
    assert len(keys) >= 10
    assert all(len(found) == 1 for found in keys.values())
    assert len(set.union(*keys.values())) == len(keys)


@pytest.mark.parametrize("case", cases("reply_cases"))
def test_a_reply_is_enciphered_and_signed_exactly_as_the_platform_reads_it(case: Case):
    keys, given, expected = case["keys"], case["given"], case["expected"]
    cipher = CallbackCipher(keys["token"], keys["encoding_aes_key"], keys["receive_id"])
    form = passive.app_answer if case["channel"] == "app" else passive.aibot_answer
    answer = form(
        cipher,
        given["plaintext"],
        timestamp=given["timestamp"],
        nonce=given["nonce"],
        random=bytes.fromhex(given["random16_hex"]),
    )
    envelope = expected["envelope"]
    if envelope["format"] == "xml":
        root = fromstring(answer.body)
        assert {element.tag: element.text for element in root} == envelope["elements"]
        assert answer.content_type.startswith("text/xml")
    else:
        assert json.loads(answer.body) == envelope["object"]
        assert answer.content_type.startswith("application/json")
    assert cipher.decrypt(expected["encrypt"]) == given["plaintext"]


@pytest.mark.parametrize("case", cases("media_cases"))
def test_a_file_of_the_robot_is_deciphered(case: Case):
    plain = decrypt_file(case["aeskey"], base64.b64decode(case["encrypted_base64"]))
    assert plain == base64.b64decode(case["expected"]["plain_base64"])
    assert hashlib.sha256(plain).hexdigest() == case["expected"]["sha256"]
