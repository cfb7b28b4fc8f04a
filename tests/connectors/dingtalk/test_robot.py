"""What the connector makes of robot messages that the vectors do not show."""

from datetime import timedelta
from typing import Any

import pytest

from connectors.chat import Account, AccountKey, Quoted
from connectors.errors import BadSignature, MalformedEvent, StaleRequest
from tests.connectors.dingtalk.scene import GROUP_MESSAGE, NOW, connector, event, reason, robot


def heard(changes: dict[str, Any] | None = None, **settings: Any) -> Any:
    received = connector(**settings).receive(robot({**GROUP_MESSAGE, **(changes or {})}), NOW)
    assert received.incoming is not None
    return received.incoming


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
    assert heard({"senderCorpId": "ding2"}, corp_id="").sender.foreign


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
