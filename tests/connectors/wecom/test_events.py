"""What the platform tells, kind by kind, beyond the vectors."""

from datetime import UTC, datetime
from typing import Any

import pytest

from connectors.chat import ConversationKind, IncomingKind, ReplyHandle
from connectors.errors import BadSignature, MalformedEvent
from connectors.wecom import aibot_events, app_events
from connectors.wecom.aibot_events import Robot

AT = datetime(2026, 12, 9, tzinfo=UTC)
ROBOT = Robot("wecom", ("督办助手", "督办 小助手"), "")


def app(**elements: str) -> Any:
    given = {"FromUserName": "WangLei", "CreateTime": "1796086800", "MsgType": "event", **elements}
    body = "".join(f"<{tag}><![CDATA[{value}]]></{tag}>" for tag, value in given.items())
    return app_events.read(f"<xml>{body}</xml>", "wecom")


def robot(message: dict[str, Any], reader: Robot = ROBOT) -> Any:
    envelope = {
        "msgid": "m1",
        "aibotid": "aib1",
        "chattype": "group",
        "chatid": "wrAbC",
        "from": {"userid": "DingKai"},
    }
    return reader.read({**envelope, **message}, AT, ReplyHandle("https://x", AT))


def text(content: str, **more: Any) -> Any:
    return robot({"msgtype": "text", "text": {"content": content}, **more})


@pytest.mark.parametrize(
    ("kind", "name", "sort"),
    [("image", "图片.jpg", "image"), ("voice", "语音.amr", "audio"), ("video", "视频.mp4", "video")],
)
def test_files_sent_to_the_app(kind: str, name: str, sort: str):
    incoming = app(MsgType=kind, MediaId="M1", MsgId="7")
    (file,) = incoming.files
    assert (file.name, file.kind, file.handle) == (name, sort, "media:M1")


def test_a_file_is_taken_although_nobody_promises_it():
    (file,) = app(MsgType="file", MediaId="M1", MsgId="7", FileName="周报.docx").files
    assert (file.name, file.kind) == ("周报.docx", "file")


@pytest.mark.parametrize("kind", ["location", "link", "miniprogram", "image"])
def test_kinds_we_do_not_use_are_passed_over(kind: str):
    assert app(MsgType=kind, MsgId="7") == "message_kind"


def test_control_characters_in_a_text_do_not_lose_it():
    assert app(MsgType="text", Content="签收\x0b\x00 T1", MsgId="7").text == "签收 T1"
    assert text("@督办助手 签收\x0b\x00 T1").text == "签收 T1"


@pytest.mark.parametrize(
    ("event", "kind"),
    [("subscribe", IncomingKind.BOT_JOINED), ("unsubscribe", IncomingKind.BOT_LEFT)],
)
def test_coming_into_sight_and_going_out_of_it(event: str, kind: IncomingKind):
    incoming = app(Event=event)
    assert incoming.kind is kind
    assert incoming.conversation.id == "WangLei"


def test_a_menu_entry_is_the_sentence_in_its_key():
    incoming = app(Event="click", EventKey="我的任务")
    assert (incoming.kind, incoming.action.sentence) == (IncomingKind.ACTION, "我的任务")
    assert app(Event="click", EventKey="") == "foreign_card"


@pytest.mark.parametrize("event", ["enter_agent", "view", "LOCATION", "sys_approval_change", "next_year"])
def test_events_we_do_not_use_are_passed_over(event: str):
    assert app(Event=event, EventKey="x") == "event_kind"


def test_two_presses_in_one_second_are_two_and_a_repetition_is_one():
    press = {"Event": "template_card_event", "EventKey": "同意 R1|c1|1"}
    first, again = app(**press, TaskId="t1"), app(**press, TaskId="t1", ResponseCode="other")
    other_card = app(**press, TaskId="t2")
    other_button = app(Event="template_card_event", EventKey="不同意 R1|c1|1", TaskId="t1")
    keys = [incoming.message_key for incoming in (first, again, other_card, other_button)]
    assert keys[0] == keys[1]
    assert len(set(keys)) == 3
    assert len(max(keys, key=len)) < 200


def test_changes_of_two_people_in_one_second_are_two():
    keys = {
        app(FromUserName="sys", Event="change_contact", ChangeType="delete_user", UserID=user).message_key
        for user in ("WangLei", "DingKai")
    }
    assert len(keys) == 2


@pytest.mark.parametrize("change", ["create_user", "create_party", "update_tag", "update_user"])
def test_changes_that_concern_nobodys_identity_are_passed_over(change: str):
    found = app(FromUserName="sys", Event="change_contact", ChangeType=change, UserID="WangLei")
    assert found == "contact_change"


@pytest.mark.parametrize(
    "elements",
    [
        {"FromUserName": ""},
        {"MsgType": ""},
        {"CreateTime": "yesterday"},
        {"Event": ""},
        {"MsgType": "text", "Content": "无号"},
        {"Event": "change_contact", "ChangeType": "delete_user", "UserID": ""},
        {"FromUserName": "x" * 200, "Event": "subscribe"},
    ],
)
def test_an_app_message_without_what_it_needs_is_refused(elements: dict[str, str]):
    with pytest.raises(MalformedEvent):
        app(**elements)


@pytest.mark.parametrize(
    ("content", "left"),
    [
        ("@督办助手 T1 签收", "T1 签收"),
        ("@督办助手\u2005T1 签收", "T1 签收"),
        ("@督办助手T1 签收", "T1 签收"),
        ("T1 @督办助手 签收", "T1 签收"),
        ("@罗建 @督办助手 T1 签收", "@罗建 T1 签收"),
        ("@督办 小助手 T1 签收", "T1 签收"),
        ("@改了名的 T1 签收", "T1 签收"),
        ("@改了名的\nT1 签收", "T1 签收"),
        ("@督办助手", ""),
        ("@改了名的", ""),
        ("T1 签收，@罗建 知悉", "T1 签收，@罗建 知悉"),
    ],
)
def test_the_mention_of_the_robot_goes_and_others_stay(content: str, left: str):
    assert text(content).text == left


def test_a_leading_mention_stays_beside_a_quotation_and_in_a_direct_chat():
    quote = {"msgtype": "text", "text": {"content": "上周任务"}}
    quoting = text("@罗建 请看", quote=quote)
    assert (quoting.text, quoting.quoted.text) == ("@罗建 请看", "上周任务")
    assert text("@罗建 请看", chattype="single").text == "@罗建 请看"


def test_a_quotation_of_an_unknown_kind_does_not_lose_what_was_said():
    assert text("@督办助手 T1 签收", quote={"msgtype": 5}).quoted.text == ""
    assert text("@督办助手 T1 签收", quote=None).text == "T1 签收"


def test_everyone_is_told_apart_from_somebody():
    mentions = text("@督办助手 通知 @所有人 和 @罗建").mentions
    assert [(mention.name, mention.everyone) for mention in mentions] == [("所有人", True), ("罗建", False)]


def test_a_voice_message_is_its_words_and_a_video_a_file():
    assert (
        robot({"msgtype": "voice", "voice": {"content": "签收 T1"}, "chattype": "single"}).text == "签收 T1"
    )
    (file,) = robot({"msgtype": "video", "video": {"url": "https://h/v"}, "chattype": "single"}).files
    assert (file.kind, file.handle) == ("video", "aibot:https://h/v")


def test_ids_of_chats_keep_their_case_and_encrypted_people_are_told_apart():
    incoming = text("@督办助手 签收", **{"from": {"userid": "woAJ2GCAAAXtWyujaWJHDDGi0mACAAA"}})
    assert (incoming.conversation.kind, incoming.conversation.id) == (ConversationKind.GROUP, "wrAbC")
    assert incoming.sender.keys[0].kind == "encrypted_userid"
    assert text("@督办助手 签收", **{"from": {"userid": "wolf"}}).sender.keys[0].kind == "userid"


def test_a_press_is_read_from_either_place_of_its_key():
    event = {"eventtype": "template_card_event", "event_key": "同意 R1|c1|1", "task_id": "t1"}
    nested = {"eventtype": "template_card_event", "template_card_event": event}
    for form in (event, nested):
        action = robot({"msgtype": "event", "event": form}).action
        assert (action.sentence, action.card, action.no, action.message_id) == ("同意 R1", "c1", 1, "t1")


def test_the_time_is_the_platforms_where_it_is_told():
    assert text("@督办助手 签收").at == AT
    assert text("@督办助手 签收", create_time=1796086800).at == datetime.fromtimestamp(1796086800, UTC)


def test_another_robot_with_our_token_is_refused():
    with pytest.raises(BadSignature):
        robot({"msgtype": "text", "text": {"content": "x"}}, Robot("wecom", ("a",), "aib2"))


@pytest.mark.parametrize(
    "message",
    [
        {"msgtype": "text"},
        {"msgtype": "text", "text": "签收"},
        {"msgtype": "text", "text": {"content": 5}},
        {"msgtype": "text", "text": {"content": "x"}, "from": {}},
        {"msgtype": "text", "text": {"content": "x"}, "from": {"userid": 7}},
        {"msgtype": "text", "text": {"content": "x"}, "chatid": ""},
        {"msgtype": "text", "text": {"content": "x"}, "msgid": None},
        {"msgtype": "mixed", "mixed": {"msg_item": {}}},
        {"msgtype": "event", "event": []},
        {"msgtype": ""},
    ],
)
def test_a_robots_message_without_what_it_needs_is_refused(message: dict[str, Any]):
    with pytest.raises(MalformedEvent):
        robot(message)


@pytest.mark.parametrize("body", ["", "[]", "5", '{"encrypt":null}', '{"encrypt":["x"]}', "[" * 20000])
def test_an_envelope_that_is_none_is_refused(body: str):
    with pytest.raises(MalformedEvent):
        aibot_events.encrypted_part(body)


@pytest.mark.parametrize(
    "body",
    [
        "<xml><A><Encrypt>x</Encrypt></A></xml>",
        "<xml><Encrypt>x</Encrypt><A><Encrypt>y</Encrypt></A></xml>",
        "<xml><Encrypt>x<b/></Encrypt></xml>",
        "<xml/>",
        "",
    ],
)
def test_an_xml_envelope_has_exactly_one_plain_encrypt(body: str):
    with pytest.raises(MalformedEvent):
        app_events.encrypted_part(body)
