"""Events, clicks and keys: what the vectors do not show."""

import base64
import json
from datetime import datetime, timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.chat import AccountKey, IncomingKind, Outcome, dump, load_incoming
from connectors.connector import Received, WebhookRequest
from connectors.dingtalk import crypto
from connectors.dingtalk.settings import DingTalkSettings
from connectors.errors import ConfigurationError, MalformedEvent, WebhookError
from tests.connectors.dingtalk.scene import (
    CLICK,
    GROUP_MESSAGE,
    KEYS,
    NOW,
    NOW_MS,
    click,
    connector,
    event,
    reason,
    robot,
)


@pytest.mark.parametrize(
    ("at", "good"),
    [
        (NOW, True),
        (NOW - timedelta(minutes=59), True),
        (NOW + timedelta(minutes=59), True),
        (NOW - timedelta(minutes=61), False),
        (NOW + timedelta(minutes=61), False),
    ],
)
def test_an_event_is_in_time_in_seconds_and_in_milliseconds(at: datetime, good: bool) -> None:
    for stamp in (str(int(at.timestamp())), str(int(at.timestamp() * 1000))):
        request = event({"EventType": "check_url"}, at=stamp)
        if good:
            assert connector().receive(request, NOW).ignored == "check_url"
        else:
            assert reason(request) == "timestamp"


def test_an_event_without_an_id_is_known_by_its_content() -> None:
    one, same, other = (
        connector().receive(event({"EventType": "user_leave_org", "userId": [user]}), NOW).incoming
        for user in ("u1", "u1", "u2")
    )
    assert one is not None
    assert same is not None
    assert other is not None
    assert one.message_key == same.message_key != other.message_key


def test_a_changed_person_has_the_new_name_where_it_is_told() -> None:
    change = {"userid": "u1", "curr": {"name": "王小芳"}, "prev": {}}
    body = {"EventType": "user_modify_org", "userId": ["u1", "u2", "u1", ""], "diffInfo": change}
    received = connector().receive(event(body), NOW)
    assert received.incoming is not None
    told = (received.incoming, *received.also)
    assert [(one.kind, one.sender.name) for one in told] == [
        (IncomingKind.PERSON_CHANGED, "王小芳"),
        (IncomingKind.PERSON_CHANGED, ""),
    ]


def clicked(changes: dict[str, Any] | None = None, timestamp: str = NOW_MS) -> Received:
    return connector().receive(click({**CLICK, **(changes or {})}, timestamp), NOW)


def test_the_same_click_has_the_same_key_and_every_other_click_its_own() -> None:
    def key(changes: dict[str, Any] | None = None, timestamp: str = NOW_MS) -> str:
        incoming = clicked(changes, timestamp).incoming
        assert incoming is not None
        return incoming.message_key

    others = {
        key({"userId": "u2"}),
        key({"outTrackId": "t2"}),
        key(timestamp=str(int(NOW_MS) + 1)),
        key({"content": CLICK["content"].replace("R1", "R2")}),
    }
    assert key() == key()
    assert len(others | {key()}) == 5


def test_who_pressed_is_named_by_the_kind_of_id_that_the_card_uses() -> None:
    by_union = clicked({"userIdType": 2}).incoming
    assert by_union is not None
    assert by_union.sender.keys == (AccountKey("union_id", "0131"),)


@pytest.mark.parametrize(
    ("params", "no"), [({"no": 3}, 3), ({"no": "x"}, 0), ({"no": "-1"}, 0), ({"no": "9" * 12}, 0), ({}, 0)]
)
def test_the_number_of_a_card_is_a_number(params: dict[str, Any], no: int) -> None:
    content = {"params": {"say": "同意", **params}}
    received = clicked({"content": None, "value": content} | {"content": content})
    assert received.incoming is not None
    assert received.incoming.action is not None
    assert received.incoming.action.no == no


@pytest.mark.parametrize(
    "changes", [{"outTrackId": ""}, {"userId": None}, {"content": "[]"}, {"content": "{"}, {"content": None}]
)
def test_a_click_without_card_or_person_is_malformed(changes: dict[str, Any]) -> None:
    with pytest.raises(MalformedEvent):
        clicked(changes)


def test_a_click_of_another_organisation_is_refused() -> None:
    assert reason(click({**CLICK, "corpId": "dingother"})) == "corp"


def test_an_endpoint_without_keys_believes_nobody() -> None:
    assert reason(click(CLICK), card_secret="") == "not_configured"
    assert reason(event({"EventType": "check_url"}), aes_key="", token="") == "not_configured"
    assert reason(WebhookRequest("POST", "other", {}, {}, b"")) == "endpoint"
    assert reason(WebhookRequest("GET", "robot", {}, {}, b"")) == "method"


@pytest.mark.parametrize(
    ("settings", "named"),
    [
        ({"app_key": ""}, "app_key"),
        ({"app_secret": ""}, "app_secret"),
        ({"token": ""}, "token"),
        ({"aes_key": ""}, "aes_key"),
        ({"aes_key": "short"}, "aes_key"),
        ({"card_template_id": "t", "card_secret": ""}, "card_secret"),
    ],
)
def test_an_empty_key_of_an_endpoint_in_use_never_starts(settings: dict[str, str], named: str) -> None:
    with pytest.raises(ConfigurationError, match=named) as refused:
        connector(**settings)
    assert not any(value and value in str(refused.value) for value in KEYS.values())


def test_secrets_are_in_no_representation() -> None:
    shown = repr(DingTalkSettings.model_validate(KEYS)) + str(DingTalkSettings.model_validate(KEYS))
    for name in ("app_secret", "aes_key", "token", "card_secret"):
        assert KEYS[name] not in shown


def test_an_answer_to_an_event_is_fresh_each_time() -> None:
    received = connector().receive(event({"EventType": "check_url"}), NOW)
    one, two = (json.loads(received.answer(Outcome()).body) for _ in range(2))
    assert one["nonce"] != two["nonce"]
    assert one["encrypt"] != two["encrypt"]
    assert one["timeStamp"] == NOW_MS


def test_padding_must_be_whole() -> None:
    cipher = crypto.EventCipher(KEYS["token"], KEYS["aes_key"], KEYS["app_key"])
    assert cipher.open(cipher.seal("成拳".encode(), NOW_MS)["encrypt"]) == "成拳".encode()
    for length in range(70):
        assert cipher.open(cipher.seal(b"x" * length, NOW_MS)["encrypt"]) == b"x" * length
    key = base64.b64decode(KEYS["aes_key"] + "=")
    content = b"r" * 16 + (2).to_bytes(4, "big") + b"{}" + KEYS["app_key"].encode()
    fill = 32 - len(content) % 32
    for tail, good in ((bytes([fill]) * fill, True), (b"\0" * (fill - 1) + bytes([fill]), False)):
        encryptor = Cipher(algorithms.AES(key), modes.CBC(key[:16])).encryptor()
        sealed = base64.b64encode(encryptor.update(content + tail) + encryptor.finalize()).decode()
        if good:
            assert cipher.open(sealed) == b"{}"
        else:
            with pytest.raises(MalformedEvent, match="decrypt"):
                cipher.open(sealed)


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**60), 2**60) | st.text(max_size=6),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=8,
)


def _broken(whole: dict[str, Any]) -> st.SearchStrategy[dict[str, Any]]:
    """``whole`` with some members replaced by anything."""
    changes = st.dictionaries(st.sampled_from(sorted(whole)), _JSON, max_size=4)
    return changes.map(lambda changed: {**whole, **changed})


_RICH = {**GROUP_MESSAGE, "msgtype": "richText", "content": None, "atUsers": [], "createAt": NOW_MS}
_EVENT = {"EventType": "user_modify_org", "userId": ["u1"], "diffInfo": {}, "eventId": "e", "EventTime": 0}


@settings(max_examples=100, deadline=None)
@given(message=_broken(_RICH), pressed=_broken(CLICK), happened=_broken(_EVENT))
def test_whatever_stands_in_a_body_it_is_read_or_refused(
    message: dict[str, Any], pressed: dict[str, Any], happened: dict[str, Any]
) -> None:
    edge = connector()
    for request in (robot(message), click(pressed), event(happened)):
        try:
            received = edge.receive(request, NOW)
        except WebhookError:
            continue
        assert received.answer(Outcome()).status == 200
        for incoming in (received.incoming, *received.also):
            assert incoming is None or load_incoming(dump(incoming)) == incoming
