"""What the connector makes of requests that the vectors do not show."""

import base64
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.chat import Account, AccountKey, IncomingKind, Outcome, Quoted, dump, load_incoming
from connectors.connector import Received, WebhookRequest
from connectors.dingtalk import crypto
from connectors.dingtalk.connector import DingTalkConnector, build
from connectors.dingtalk.settings import DingTalkSettings
from connectors.errors import BadSignature, ConfigurationError, MalformedEvent, StaleRequest, WebhookError
from connectors.tokens import MemoryTokenStore
from tests.connectors.dingtalk.scene import KEYS

NOW = datetime(2026, 11, 24, 9, 30, tzinfo=UTC)
NOW_MS = str(int(NOW.timestamp() * 1000))
GROUP_MESSAGE: dict[str, Any] = {
    "conversationId": "cid1==",
    "conversationType": "2",
    "msgId": "msg1",
    "createAt": int(NOW_MS) - 200,
    "senderId": "$:LWCP_v1:$w",
    "senderStaffId": "0131",
    "senderUnionId": "uni",
    "senderNick": "王小芳",
    "senderCorpId": "ding1",
    "chatbotCorpId": "ding1",
    "chatbotUserId": "$:LWCP_v1:$bot",
    "robotCode": KEYS["app_key"],
    "msgtype": "text",
    "text": {"content": " 进展 T1 60%"},
}


def connector(**changes: Any) -> DingTalkConnector:
    return build(
        DingTalkSettings.model_validate({**KEYS, "corp_id": ("ding1", "ding2"), **changes}),
        tokens=MemoryTokenStore(),
    )


def robot(body: Any, timestamp: str = NOW_MS, **headers: str) -> WebhookRequest:
    signed = {"timestamp": timestamp, "sign": crypto.robot_sign(KEYS["app_secret"], timestamp)}
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    return WebhookRequest("POST", "robot", {}, {**signed, **headers}, raw)


def heard(changes: dict[str, Any] | None = None, **settings: Any) -> Any:
    received = connector(**settings).receive(robot({**GROUP_MESSAGE, **(changes or {})}), NOW)
    assert received.incoming is not None
    return received.incoming


def event(plain: dict[str, Any], *, at: str = NOW_MS, owner: str = KEYS["app_key"]) -> WebhookRequest:
    cipher = crypto.EventCipher(KEYS["token"], KEYS["aes_key"], owner)
    sealed = cipher.seal(json.dumps(plain, ensure_ascii=False).encode(), at)
    query = {"msg_signature": sealed["msg_signature"], "timestamp": at, "nonce": sealed["nonce"]}
    return WebhookRequest("POST", "event", query, {}, json.dumps({"encrypt": sealed["encrypt"]}).encode())


def click(body: dict[str, Any], timestamp: str = NOW_MS) -> WebhookRequest:
    headers = {
        "x-ddpaas-signature-timestamp": timestamp,
        "x-ddpaas-signature": crypto.card_sign(KEYS["card_secret"], timestamp),
    }
    return WebhookRequest("POST", "card", {}, headers, json.dumps(body).encode())


def reason(request: WebhookRequest, **settings: Any) -> str:
    with pytest.raises(WebhookError) as refused:
        connector(**settings).receive(request, NOW)
    return refused.value.reason


def test_a_message_is_dated_by_the_platform_unless_its_date_is_absurd() -> None:
    assert heard().at == NOW - timedelta(milliseconds=200)
    for absurd in (0, "x", None, 10**30, "1" * 5000, -1, True):
        assert heard({"createAt": absurd}).at == NOW


@pytest.mark.parametrize(
    ("text", "understood"),
    [
        ("@督办助手 同意 R1", "同意 R1"),
        ("同意 R1 @督办助手", "同意 R1"),
        ("@督办助手\u2005同意 R1", "同意 R1"),
        ("派给 @督办助手小李 R1", "派给 @督办助手小李 R1"),
        ("请 @李强 办\0理", "请 @李强 办理"),
        ("", ""),
        (None, ""),
        (7, ""),
    ],
)
def test_the_bots_own_mention_is_no_part_of_what_is_said(text: object, understood: str) -> None:
    assert heard({"text": {"content": text}}).text == understood


def test_a_text_directly_in_content_is_read_too() -> None:
    assert heard({"text": None, "content": " 帮助 "}).text == "帮助"


def test_two_mentions_keep_their_accounts_and_get_no_guessed_names() -> None:
    users = [
        {"dingtalkId": "$:LWCP_v1:$bot"},
        {"dingtalkId": "$b", "unionId": "u2"},
        {"dingtalkId": "$a", "staffId": "44"},
        "nonsense",
        {},
    ]
    mentions = heard({"atUsers": users, "text": {"content": "@李强 @王五 办"}}).mentions
    assert [mention.name for mention in mentions] == ["", ""]
    assert mentions[0].account == Account((AccountKey("union_id", "u2"), AccountKey("dingtalk_id", "$b")))
    assert mentions[1].account.keys[0] == AccountKey("staff_id", "44")


def test_somebody_of_another_organisation_is_foreign_and_brings_no_staff_id() -> None:
    sender = heard({"senderCorpId": "dingother"}).sender
    assert sender.foreign
    assert {key.kind for key in sender.keys} == {"union_id", "dingtalk_id"}
    assert not heard({"senderCorpId": "ding2"}).sender.foreign
    assert heard({"senderCorpId": "ding2"}, corp_id=()).sender.foreign


def test_another_robot_or_organisation_is_refused() -> None:
    assert reason(robot({**GROUP_MESSAGE, "robotCode": "dingother"})) == "robot"
    assert reason(robot({**GROUP_MESSAGE, "robotCode": ""})) == "robot"
    assert reason(robot({**GROUP_MESSAGE, "chatbotCorpId": "dingother"})) == "corp"
    assert reason(event({"EventType": "check_url", "CorpId": "dingother"})) == "corp"
    assert heard({"robotCode": "robot7"}, robot_code="robot7").text == "进展 T1 60%"


@pytest.mark.parametrize(
    "changes",
    [
        {"msgId": ""},
        {"msgId": None},
        {"msgId": 7},
        {"msgId": "m" * 513},
        {"msgId": "m\n1"},
        {"conversationId": ""},
        {"conversationType": "3"},
        {"senderId": "", "senderStaffId": None, "senderUnionId": {}},
    ],
)
def test_a_message_without_its_identifiers_is_malformed(changes: dict[str, Any]) -> None:
    with pytest.raises(MalformedEvent):
        connector().receive(robot({**GROUP_MESSAGE, **changes}), NOW)


@pytest.mark.parametrize("body", [b"\xff{}", b'{"text":"\\ud800"}', b"null", b'"x"', b'{"encrypt":"a"}'])
def test_what_is_no_message_is_malformed(body: bytes) -> None:
    with pytest.raises(MalformedEvent):
        connector().receive(robot(body), NOW)


@pytest.mark.parametrize("content", ["x", 1, [], None, {"richText": "x"}, {"richText": ["x", {"text": 1}]}])
def test_rich_text_of_another_shape_says_nothing(content: object) -> None:
    message = heard({"text": None, "msgtype": "richText", "content": content})
    assert message.files == ()
    assert message.text == ("x" if content == "x" else "")


def test_a_reply_names_the_message_it_quotes() -> None:
    quote = {"msgId": "m0", "content": {"text": "原文"}}
    text = {"content": "同意", "isReplyMsg": True, "repliedMsg": quote}
    assert heard({"text": text}).quoted == Quoted("m0", "原文")
    own = heard({"text": text, "originalProcessQueryKey": "pqk1"}).quoted
    assert own == Quoted("pqk1", "原文")
    assert heard().quoted is None


@pytest.mark.parametrize(
    "timestamp", ["", "1e12", "-1", "１７６３７１１９９９８００", " 1", "9" * 17, "1.5", "\udcff"]
)
def test_a_timestamp_that_is_no_number_is_never_in_time(timestamp: str) -> None:
    with pytest.raises((StaleRequest, BadSignature)):
        connector().receive(robot(GROUP_MESSAGE, timestamp), NOW)


def test_a_sign_in_strange_characters_is_a_wrong_sign() -> None:
    assert reason(robot(GROUP_MESSAGE, sign="签名")) == "sign"
    assert reason(robot(GROUP_MESSAGE, sign="\udcff")) == "sign"


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


CLICK: dict[str, Any] = {
    "outTrackId": "track",
    "corpId": "ding1",
    "userId": "0131",
    "userIdType": 1,
    "spaceType": "IM",
    "spaceId": "cid1==",
    "content": json.dumps(
        {"cardPrivateData": {"actionIds": ["say"], "params": {"say": "同意 R1", "card": "c", "no": "2"}}}
    ),
}


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
