"""People on the stand-in, over real HTTP, with cryptography of its own, to the connector and back."""

from pathlib import Path

import pytest

import connectors.sandbox
from connectors.chat import AccountKey, Address, Button, ConversationKind, IncomingKind, Text, card
from connectors.connector import Outcome
from connectors.fetching import FetchRefused
from connectors.sandbox.faults import FaultKind
from connectors.sandbox.journal import Delivery, EntryKind, StandIn, Upload

GROUP = "wrkSFfCgAAsandbox_ChatId"
SIGN = (Button("签收", "签收 T1", "primary"), Button("有异议", "T1 有异议"))


def last(house, kind):
    return [entry for entry in house.stand_in.journal.since() if entry.kind is kind][-1]


async def test_the_console_accepts_both_addresses(house):
    driver: StandIn = house.stand_in
    assert driver.platform == "wecom"
    assert await house.stand_in.verify_url("app")
    assert await house.stand_in.verify_url("aibot")
    assert house.bot.ignored == ["url_verification"] * 2


async def test_a_direct_message_comes_through_the_app(house):
    text = "T1 办好了 <b>&amp;]]>结束 🚀"
    assert await house.stand_in.say("WangLei", None, text) == Delivery(200)
    incoming = house.bot.incoming[0]
    assert incoming.kind is IncomingKind.MESSAGE
    assert incoming.text == text
    assert incoming.conversation.kind is ConversationKind.DIRECT
    assert incoming.conversation.id == house.stand_in.direct_id("WangLei") == "WangLei"
    assert incoming.sender.keys == (AccountKey("userid", "WangLei"),)
    assert incoming.message_key.startswith("app:m:")


async def test_a_group_message_comes_through_the_robot_without_its_mention(house):
    await house.stand_in.say("DingKai", GROUP, "T21 清了六条巷，@罗建 请看")
    incoming = house.bot.incoming[0]
    assert incoming.text == "T21 清了六条巷，@罗建 请看"
    assert (incoming.conversation.kind, incoming.conversation.id) == (ConversationKind.GROUP, GROUP)
    assert [mention.name for mention in incoming.mentions] == ["罗建"]
    assert incoming.reply_handle is not None


async def test_a_group_message_without_a_mention_never_arrives(house):
    delivery = await house.stand_in.say("DingKai", GROUP, "大家下午好", mention_bot=False)
    assert delivery.attempts == 0
    assert house.bot.incoming == []


async def test_files_go_to_the_robot_and_can_be_fetched_for_five_minutes(house):
    upload = Upload("执法意见.docx", b"word " * 100)
    await house.stand_in.say("DingKai", None, "T1 办好了", files=[upload])
    with_file, words = house.bot.incoming
    assert words.text == "T1 办好了"
    assert words.conversation == with_file.conversation
    assert await house.connector.fetch(with_file.files[0]) == upload.content
    assert await house.connector.fetch_named(with_file.files[0]) == ("执法意见.docx", upload.content)
    house.clock.ahead = 301
    with pytest.raises(FetchRefused):
        await house.connector.fetch(with_file.files[0])


async def test_a_picture_in_a_group_comes_beside_its_text(house):
    await house.stand_in.say("DingKai", GROUP, "T7 现场", files=[Upload("现场.png", b"\x89PNG picture")])
    incoming = house.bot.incoming[0]
    assert incoming.text == "T7 现场"
    assert [file.kind for file in incoming.files] == ["image"]
    assert await house.connector.fetch(incoming.files[0]) == b"\x89PNG picture"


async def test_what_is_not_answered_with_200_is_repeated_with_the_same_key(house):
    house.bot.refusing = 503
    delivery = await house.stand_in.say("WangLei", None, "签收 T1")
    assert delivery == Delivery(503, attempts=4)
    assert len({incoming.message_key for incoming in house.bot.incoming}) == 1
    assert len(house.bot.incoming) == 4


async def test_a_lost_answer_and_a_duplicate_keep_the_key(house):
    house.stand_in.faults.script("webhook", FaultKind.RESET_AFTER, FaultKind.DUPLICATE)
    delivery = await house.stand_in.say("WangLei", GROUP, "T1 签收")
    assert delivery == Delivery(200, attempts=3)
    assert len({incoming.message_key for incoming in house.bot.incoming}) == 1


async def test_a_pressed_button_is_its_sentence_and_the_card_is_redrawn_in_the_answer(house):
    sent = await house.connector.send(
        house.direct(),
        card("T1 请城管局配合", ("牵头", "环保局"), buttons=SIGN),
        idem_key="k1",
        blobs=house.files,
    )
    assert sent.updatable
    shown = last(house, EntryKind.SENT)
    house.bot.outcome = Outcome(card=card("T1 已签收", ("时间", "12月9日 09:31"), tone="good"))
    assert await house.stand_in.press("WangLei", shown.message_id, 0) == Delivery(200)
    pressed = house.bot.incoming[0]
    assert pressed.kind is IncomingKind.ACTION
    assert pressed.action.sentence == "签收 T1"
    redrawn = last(house, EntryKind.UPDATED)
    assert redrawn.message_id == shown.message_id
    assert redrawn.card["title"] == "T1 已签收"
    assert redrawn.card["rows"] == [("时间", "12月9日 09:31")]
    assert redrawn.card["buttons"] == []


async def test_a_press_that_is_refused_says_so_and_leaves_the_card(house):
    message = card("R12 请您审批", ("数量", "2 辆"), buttons=(Button("同意", "同意 R12"),))
    await house.connector.send(house.direct(), message, idem_key="k2", blobs=house.files)
    shown = last(house, EntryKind.SENT)
    house.bot.outcome = Outcome(toast="已由罗建于 10:55 决定。", ok=False)
    delivery = await house.stand_in.press("WangLei", shown.message_id, 0)
    assert delivery.toast == "已由罗建于 10:55 决定。"
    assert last(house, EntryKind.SENT).text == "已由罗建于 10:55 决定。"
    assert not [entry for entry in house.stand_in.journal.since() if entry.kind is EntryKind.UPDATED]


async def test_pressing_in_a_group_types_the_sentence(house):
    await house.connector.send(
        house.group(), card("T1 请签收", buttons=SIGN), idem_key="k3", blobs=house.files
    )
    shown = last(house, EntryKind.SENT)
    assert [button["live"] for button in shown.card["buttons"]] == [False, False]
    await house.stand_in.press("DingKai", shown.message_id, 1)
    incoming = house.bot.incoming[0]
    assert (incoming.kind, incoming.text) == (IncomingKind.MESSAGE, "T1 有异议")


async def test_an_answer_in_the_robots_chat_has_live_buttons_that_redraw(house):
    await house.stand_in.say("DingKai", None, "", files=[Upload("意见.pdf", b"%PDF-1.7")])
    asked = house.bot.incoming[0]
    await house.connector.send(
        house.direct("DingKai"),
        card("请核对", buttons=(Button("发出", "发出"),)),
        idem_key="k4",
        blobs=house.files,
        reply=asked.reply_handle,
    )
    shown = last(house, EntryKind.SENT)
    house.bot.outcome = Outcome(card=card("已发出"))
    assert (await house.stand_in.press("DingKai", shown.message_id, 0)).status == 200
    assert house.bot.incoming[1].action.sentence == "发出"
    assert house.bot.incoming[1].message_key.startswith("aibot:e:")
    assert last(house, EntryKind.UPDATED).card["title"] == "已发出"


async def test_an_encrypted_id_becomes_a_plain_one_by_the_apps_help(house):
    house.stand_in.encrypted_ids = True
    await house.stand_in.say("DingKai", GROUP, "签收 T1")
    sender = house.bot.incoming[0].sender
    assert [key.kind for key in sender.keys] == ["encrypted_userid"]
    assert not sender.foreign
    resolved = await house.connector.resolve(sender)
    assert resolved.keys == (AccountKey("userid", "DingKai"), *sender.keys)
    assert await house.connector.resolve(resolved) == resolved


async def test_people_who_leave_or_are_renamed_are_told(house):
    await house.stand_in.change_contact({"ChangeType": "delete_user", "UserID": "DingKai"})
    await house.stand_in.change_contact(
        {"ChangeType": "update_user", "UserID": "WangLei", "NewUserID": "WangLei2"}
    )
    left, renamed = house.bot.incoming
    assert (left.kind, left.sender.keys) == (IncomingKind.PERSON_LEFT, (AccountKey("userid", "DingKai"),))
    assert renamed.kind is IncomingKind.PERSON_CHANGED
    assert [key.value for key in renamed.sender.keys] == ["WangLei", "WangLei2"]


async def test_opening_the_robots_chat_is_told(house):
    await house.stand_in.open_robot("LuoJian")
    assert house.bot.incoming[0].kind is IncomingKind.BOT_JOINED


async def test_a_text_with_long_buttons_can_be_pressed_by_typing(house):
    buttons = (Button("转发", "转发 " + "长" * 400),)
    await house.connector.send(house.direct(), Text("请定", buttons), idem_key="k5", blobs=house.files)
    shown = last(house, EntryKind.SENT)
    assert shown.card is None
    await house.stand_in.press("WangLei", shown.message_id, 0)
    assert house.bot.incoming[0].text == buttons[0].sentence


def test_the_stand_in_has_cryptography_of_its_own():
    folder = Path(connectors.sandbox.__file__).parent
    for path in folder.glob("wecom*.py"):
        source = path.read_text("utf-8")
        assert "connectors.wecom" not in source, path.name
        assert "Crypto." not in source, path.name


def test_an_address_never_shows_its_secret(house):
    assert "key=" not in repr(house.group())
    assert house.stand_in.keys.secret not in repr(house.stand_in.keys)
    assert isinstance(house.group(), Address)
