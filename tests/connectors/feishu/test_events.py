"""Events that the recorded ones do not show: rich text, files, odd shapes, times."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.chat import Account, AccountKey, File, Incoming, IncomingKind, dump, load_incoming
from connectors.feishu import content, events

NOW = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
BOT = content.Bot("督办助手")
OURS = {"key": "@_user_1", "id": {"open_id": "ou_bot"}, "mentioned_type": "bot", "name": "督办助手"}


def read(kind: str, event: object, *, bot: content.Bot = BOT, **header: str) -> Incoming | events.Ignored:
    envelope = events.envelope(
        {"header": {"event_id": "e1", "event_type": kind, "tenant_key": "t", **header}, "event": event}
    )
    assert envelope is not None
    return events.read(envelope, binding="feishu", bot=bot, now=NOW)


def message(kind: str, body: object, *, direct: bool = False, **more: Any) -> dict[str, Any]:
    return {
        "sender": {"sender_id": {"open_id": "ou_1"}, "sender_type": "user", "tenant_key": "t"},
        "message": {
            "message_id": "om_1",
            "chat_id": "oc_1",
            "chat_type": "p2p" if direct else "group",
            "message_type": kind,
            "content": body if isinstance(body, str) else json.dumps(body),
            "mentions": [OURS],
            **more,
        },
    }


def heard(kind: str, body: object, *, direct: bool = False, **more: Any) -> Incoming:
    found = read("im.message.receive_v1", message(kind, body, direct=direct, **more))
    assert isinstance(found, Incoming), found
    return found


def test_rich_text_becomes_lines_without_the_bots_mention() -> None:
    body = {
        "title": "周会纪要",
        "content": [
            [{"tag": "at", "user_id": "@_user_1"}, {"tag": "text", "text": " 第一行 "}],
            [{"tag": "img", "image_key": "img_1"}],
            [{"tag": "a", "href": "https://e.cn/a", "text": "链接"}, {"tag": "emotion", "emoji_type": "OK"}],
            [{"tag": "hr"}],
            [{"tag": "code_block", "text": "x = 1"}],
            [{"tag": "media", "file_key": "file_1", "image_key": "img_2"}, {"tag": "at", "user_id": "all"}],
        ],
    }
    said = heard("post", body)
    assert said.text == "周会纪要\n 第一行 \n[链接](https://e.cn/a)\nx = 1\n@所有人"
    assert said.files == (
        File("图片", "om_1/img_1/image", "image"),
        File("视频", "om_1/file_1/file", "video"),
    )
    assert [m.everyone for m in said.mentions] == [True]


def test_rich_text_with_a_language_level_is_read_too() -> None:
    line = [{"tag": "at", "user_id": "@_user_1"}, {"tag": "text", "text": " 我的事项"}]
    assert heard("post", {"zh_cn": {"title": "", "content": [line]}}).text == "我的事项"


@pytest.mark.parametrize(
    ("kind", "body", "file"),
    [
        ("image", {"image_key": "img_1"}, File("图片", "om_1/img_1/image", "image")),
        ("file", {"file_key": "k", "file_name": "a.xlsx"}, File("a.xlsx", "om_1/k/file", "file")),
        ("audio", {"file_key": "k", "duration": 2000}, File("语音", "om_1/k/file", "audio")),
        (
            "media",
            {"file_key": "k", "image_key": "i", "file_name": "v.mp4"},
            File("v.mp4", "om_1/k/file", "video"),
        ),
    ],
)
def test_a_file_is_a_message_without_text(kind: str, body: object, file: File) -> None:
    said = heard(kind, body, direct=True, mentions=None)
    assert (said.text, said.files) == ("", (file,))


@pytest.mark.parametrize("kind", ["sticker", "interactive", "share_chat", "location", "system", "folder", ""])
def test_what_is_no_speech_is_nothing_for_us(kind: str) -> None:
    found = read("im.message.receive_v1", message(kind, {"file_key": "k"}))
    assert found == events.Ignored(f"message {kind}")


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        ("@_user_1 我的事项", "我的事项"),
        ("@_user_1\u00a0\u200b 我的事项\u3000", "我的事项"),
        ("\u2028@_user_1\u2009\ufeff我的\u00a0事项\r\n\t", "我的\u00a0事项"),
        ("请@_user_1 催一下 T12", "请 催一下 T12"),
        ("@_user_1", ""),
        ("@_user_1 @_user_10 不是成员", "@_user_10 不是成员"),
        ("@_user_1 a@_user_1b", "ab"),
        ("@_user_1 @_allx", "@_allx"),
    ],
)
def test_only_the_bots_own_placeholder_goes(raw: str, text: str) -> None:
    assert heard("text", {"text": raw}).text == text


def mention(n: int, name: str, open_id: str, kind: str = "user") -> dict[str, Any]:
    return {"key": f"@_user_{n}", "id": {"open_id": open_id}, "mentioned_type": kind, "name": name}


@pytest.mark.parametrize(
    ("mentions", "open_id", "text"),
    [
        ([mention(1, "改了名", "ou_b", "bot")], "", "到"),  # the only bot there is
        ([mention(1, "督办助手", "ou_b", "bot"), mention(2, "会议室", "ou_c", "bot")], "", "@会议室 到"),
        ([mention(1, "督办助手", "ou_u")], "", None),  # a person who calls himself so
        ([mention(1, "督办助手", "ou_b", "")], "", "到"),  # an older event without the kind
        ([mention(1, "督办助手", "ou_b", "bot")], "ou_other", None),
        ([mention(1, "改了名", "ou_b", "bot")], "ou_b", "到"),
        ([mention(1, "甲", "ou_b", "bot"), mention(2, "乙", "ou_c", "bot")], "", None),
    ],
)
def test_the_bot_is_known_by_open_id_else_by_name(
    mentions: list[dict[str, Any]], open_id: str, text: str | None
) -> None:
    raw = " ".join(m["key"] for m in mentions) + " 到"
    event = message("text", {"text": raw}, mentions=mentions)
    found = read("im.message.receive_v1", event, bot=content.Bot("督办助手", open_id))
    if text is None:
        assert found == events.Ignored("bot not mentioned")
    else:
        assert isinstance(found, Incoming)
        assert found.text == text


def test_a_name_with_line_breaks_stays_on_its_line() -> None:
    said = heard("text", {"text": "@_user_1 派活 @_user_2"}, mentions=[OURS, mention(2, "王\n小雨", "ou_2")])
    assert said.text == "派活 @王 小雨"


@pytest.mark.parametrize(
    "event",
    [
        None,
        {},
        {"message": 1, "sender": []},
        message("text", "not json"),
        message("text", "[]"),
        message("text", {"text": 5}, mentions=[]),
        message("post", {"content": 5}, mentions=[]),
        message("post", {"content": [5, [5], [{"tag": 5}]]}, mentions=7),
        message("text", {"text": "@_user_1"}, message_id=""),
        message("text", {"text": "@_user_1"}, chat_id=None),
        {**message("text", {"text": "@_user_1"}), "sender": {"sender_id": None, "sender_type": "user"}},
        {**message("text", {"text": "x"}), "sender": {"sender_id": {"open_id": "o"}, "sender_type": "bot"}},
    ],
)
def test_a_message_of_an_odd_shape_is_left_alone_and_not_an_error(event: object) -> None:
    assert isinstance(read("im.message.receive_v1", event), events.Ignored)


@pytest.mark.parametrize(
    ("kind", "event", "expected"),
    [
        ("im.chat.member.bot.added_v1", {"chat_id": "oc_1", "name": "专班"}, IncomingKind.BOT_JOINED),
        ("im.chat.member.bot.deleted_v1", {"chat_id": "oc_1"}, IncomingKind.BOT_LEFT),
        ("im.chat.disbanded_v1", {"chat_id": "oc_1"}, IncomingKind.BOT_LEFT),
        ("im.message.recalled_v1", {"chat_id": "oc_1", "message_id": "om_1"}, IncomingKind.RECALLED),
        ("contact.user.deleted_v3", {"object": {"open_id": "ou_1"}}, IncomingKind.PERSON_LEFT),
        (
            "contact.user.updated_v3",
            {"object": {"open_id": "ou_1", "name": "王"}},
            IncomingKind.PERSON_CHANGED,
        ),
    ],
)
def test_events_have_their_kind_and_the_events_key(kind: str, event: object, expected: IncomingKind) -> None:
    found = read(kind, event)
    assert isinstance(found, Incoming)
    assert (found.kind, found.message_key) == (expected, "e:e1")


def test_a_changed_number_comes_along_and_is_never_shown() -> None:
    found = read("contact.user.updated_v3", {"object": {"open_id": "ou_1", "mobile": "+8613900006613"}})
    assert isinstance(found, Incoming)
    assert found.sender.mobile == "+8613900006613"
    assert "6613" not in repr(found)


@pytest.mark.parametrize(
    "kind",
    [
        "im.chat.member.bot.added_v1",
        "im.message.recalled_v1",
        "contact.user.deleted_v3",
        "im.chat.access_event.bot_p2p_chat_entered_v1",
        "card.action.trigger",
        "im.chat.updated_v1",
    ],
)
def test_an_empty_event_is_left_alone(kind: str) -> None:
    assert isinstance(read(kind, {}), events.Ignored)


def test_an_event_without_an_id_cannot_be_kept_from_coming_twice() -> None:
    assert read("im.chat.disbanded_v1", {"chat_id": "oc_1"}, event_id="") == events.Ignored("no event id")


@pytest.mark.parametrize("no", ["3", None, [], 1.5])
def test_a_button_with_a_strange_number_is_not_ours(no: object) -> None:
    click = {
        "operator": {"open_id": "ou_1"},
        "action": {"value": {"say": "同意 R12", "card": "c", "no": no}},
        "context": {"open_chat_id": "oc_1", "open_message_id": "om_1"},
    }
    assert read("card.action.trigger", click) == events.Ignored("not our button")


NAMES = st.sampled_from(
    [
        "message",
        "sender",
        "sender_id",
        "sender_type",
        "open_id",
        "union_id",
        "tenant_key",
        "message_id",
        "chat_id",
        "chat_type",
        "message_type",
        "content",
        "mentions",
        "key",
        "id",
        "name",
        "mentioned_type",
        "create_time",
        "parent_id",
        "operator",
        "operator_id",
        "action",
        "value",
        "say",
        "card",
        "no",
        "direct",
        "context",
        "open_chat_id",
        "open_message_id",
        "object",
        "tag",
        "text",
        "user_id",
        "image_key",
        "file_key",
    ]
)
VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False)
    | st.text(max_size=5)
    | st.sampled_from(["user", "p2p", "group", "text", "post", "file", "@_user_1", '{"text": "@_user_1"}']),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=6),
    max_leaves=25,
)


@given(st.sampled_from(sorted(events._READERS)), st.dictionaries(NAMES, VALUES, max_size=8))
def test_whatever_the_platform_signs_is_read_or_left_alone(kind: str, event: dict[str, Any]) -> None:
    assert isinstance(read(kind, event), Incoming | events.Ignored)


@given(VALUES, VALUES)
def test_whatever_a_message_says_is_read_or_left_alone(body: object, mentions: object) -> None:
    for kind in ("text", "post", "image", "file"):
        found = read("im.message.receive_v1", message(kind, body, mentions=mentions))
        assert isinstance(found, Incoming | events.Ignored)
        if isinstance(found, Incoming):
            assert load_incoming(dump(found)) == found


AT = datetime(2025, 12, 31, 1, 59, 58, 800000, tzinfo=UTC)


@pytest.mark.parametrize(
    ("value", "at"),
    [
        ("1767146398800", AT),
        ("1767146398800000", AT),
        (1767146398800, AT),
        ("1767146398.8", AT),
        (1767146398, AT.replace(microsecond=0)),
        ("0", None),
        ("", None),
        ("-5", None),
        ("nan", None),
        ("1e400", None),
        (True, None),
        (None, None),
        ([], None),
    ],
)
def test_times_are_told_apart_by_their_size(value: object, at: datetime | None) -> None:
    found = events.moment(value)
    assert (found is None) == (at is None)
    if found is not None and at is not None:
        assert abs(found - at) < timedelta(milliseconds=1)


def test_keys_that_are_absent_null_or_empty_are_no_keys() -> None:
    ids = {"open_id": "ou_1", "union_id": "", "user_id": None}
    assert events.account(ids) == Account((AccountKey("open_id", "ou_1"),))
    assert events.account("ou_1").keys == ()
