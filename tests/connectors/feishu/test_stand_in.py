"""What users do in the stand-in, as the connector understands it: over HTTP, signed and encrypted."""

import json

import pytest

from connectors.chat import (
    AccountKey,
    Action,
    Address,
    Button,
    ConversationKind,
    IncomingKind,
    Text,
    card,
)
from connectors.connector import Outcome
from connectors.sandbox.faults import FaultKind
from connectors.sandbox.journal import BOT, EntryKind, StandIn, Upload
from tests.connectors.feishu.scene import GROUP, LI, WANG, Blobs, Scene

IN_GROUP = Address("feishu", ConversationKind.GROUP, GROUP)


async def send_card(scene: Scene, address: Address = IN_GROUP) -> str:
    shown = card(
        "资源申请 R12",
        ("申请单位", "财政局"),
        ("数量", "2 台"),
        remark="请在周五前决定",
        buttons=(Button("同意", "同意 R12", "primary"), Button("不同意", "不同意 R12", "danger")),
        no=3,
    )
    sent = await scene.connector.send(address, shown, idem_key="k-card", blobs=Blobs())
    return sent.handle


def test_the_stand_in_is_one_that_drivers_know(scene: Scene) -> None:
    driven: StandIn = scene.stand_in
    assert (driven.platform, sorted(driven.users), sorted(driven.chats)) == ("feishu", [LI, WANG], [GROUP])


async def test_the_address_is_verified_with_an_unsigned_encrypted_challenge(scene: Scene) -> None:
    assert await scene.stand_in.verify_url()
    assert [r.ignored for r in scene.bot.received] == ["challenge"]


async def test_a_mention_in_a_group_arrives_without_the_bots_name(scene: Scene) -> None:
    delivery = await scene.stand_in.say(WANG, GROUP, "派活 @李建国 整理《对账单》\n截止周五")
    assert (delivery.status, delivery.attempts) == (200, 1)
    (heard,) = scene.bot.incoming
    assert heard.text == "派活 @李建国 整理《对账单》\n截止周五"
    assert heard.sender.keys[0] == AccountKey("open_id", WANG)
    assert [(m.name, m.account and m.account.keys[0].value) for m in heard.mentions] == [("李建国", LI)]
    assert heard.conversation is not None
    assert (heard.conversation.kind, heard.conversation.id) == (ConversationKind.GROUP, GROUP)
    assert heard.reply_handle is not None
    assert heard.reply_handle.value == heard.message_id
    (said,) = scene.journal.since()
    assert (said.kind, said.text) == (
        EntryKind.SAID,
        "@督办助手 派活 @李建国 整理《对账单》\n截止周五",
    )


async def test_without_a_mention_the_platform_keeps_a_group_message_to_itself(scene: Scene) -> None:
    delivery = await scene.stand_in.say(WANG, GROUP, "大家辛苦了", mention_bot=False)
    assert (delivery.attempts, scene.bot.received) == (0, [])
    scene.stand_in.tenant.scopes.add("im:message.group_msg")
    delivery = await scene.stand_in.say(WANG, GROUP, "@所有人 大家辛苦了", mention_bot=False)
    assert (delivery.status, scene.bot.received[0].ignored) == (200, "bot not mentioned")


async def test_everyone_is_a_mention_of_its_own(scene: Scene) -> None:
    await scene.stand_in.say(WANG, GROUP, "通知 @所有人 下午三点开会")
    (heard,) = scene.bot.incoming
    assert (heard.text, heard.mentions[0].everyone) == ("通知 @所有人 下午三点开会", True)


async def test_in_a_direct_chat_nothing_needs_a_mention(scene: Scene) -> None:
    await scene.stand_in.say(WANG, None, "我的事项")
    (heard,) = scene.bot.incoming
    assert heard.conversation is not None
    assert heard.conversation.kind is ConversationKind.DIRECT
    assert heard.conversation.id == scene.stand_in.direct_id(WANG)
    assert (heard.text, heard.reply_handle) == ("我的事项", None)


async def test_without_its_scope_user_id_is_no_key(scene: Scene) -> None:
    await scene.stand_in.say(WANG, None, "一")
    scene.stand_in.tenant.scopes.discard("contact:user.employee_id:readonly")
    await scene.stand_in.say(WANG, None, "二")
    kinds = [[key.kind for key in heard.sender.keys] for heard in scene.bot.incoming]
    assert kinds == [["open_id", "union_id", "user_id"], ["open_id", "union_id"]]


async def test_a_guest_of_another_company_is_foreign(scene: Scene) -> None:
    scene.stand_in.add_user("ou_guest", "on_guest", "u9", "外人", tenant_key="another")
    scene.stand_in.add_chat("oc_mixed", "联合群", [WANG, "ou_guest"])
    await scene.stand_in.say("ou_guest", "oc_mixed", "同意 R12 @王小雨")
    await scene.stand_in.say(WANG, "oc_mixed", "看看 @外人")
    guest, ours = scene.bot.incoming
    assert (guest.sender.foreign, ours.sender.foreign) == (True, False)
    assert [m.account and m.account.foreign for m in (*guest.mentions, *ours.mentions)] == [False, True]


async def test_a_file_in_a_direct_chat_can_be_fetched(scene: Scene) -> None:
    await scene.stand_in.say(WANG, None, "", files=[Upload("预算表.xlsx", b"PK\x03\x04budget")])
    (heard,) = scene.bot.incoming
    (file,) = heard.files
    assert (heard.text, file.name, file.kind) == ("", "预算表.xlsx", "file")
    assert await scene.connector.fetch(file) == b"PK\x03\x04budget"
    assert scene.journal.blob(heard.message_id) == b"PK\x03\x04budget"


async def test_a_picture_stands_in_the_message_that_mentions_the_bot(scene: Scene) -> None:
    await scene.stand_in.say(WANG, GROUP, "报结 T12 见图", files=[Upload("现场.jpg", b"\xff\xd8\xffjpeg")])
    (heard,) = scene.bot.incoming
    assert (heard.text, [f.kind for f in heard.files]) == ("报结 T12 见图", ["image"])
    assert await scene.connector.fetch(heard.files[0]) == b"\xff\xd8\xffjpeg"


async def test_another_file_in_a_group_is_only_answered_to(scene: Scene) -> None:
    delivery = await scene.stand_in.say(WANG, GROUP, "报结 T12", files=[Upload("总结.docx", b"PK")])
    assert delivery.status == 200
    (heard,) = scene.bot.incoming
    file = next(e for e in scene.journal.since() if e.kind is EntryKind.FILE)
    assert heard.quoted is not None
    assert (heard.files, heard.quoted.message_id) == ((), file.message_id)


async def test_an_event_that_fails_is_pushed_again_with_the_same_key(scene: Scene) -> None:
    scene.bot.status = [503, 500]
    delivery = await scene.stand_in.say(WANG, None, "日报")
    assert (delivery.status, delivery.attempts, len(scene.bot.incoming)) == (200, 3, 1)


async def test_the_ladder_ends_after_four_redeliveries(scene: Scene) -> None:
    scene.bot.status = [503] * 9
    delivery = await scene.stand_in.say(WANG, None, "日报")
    assert (delivery.status, delivery.attempts) == (503, 5)


@pytest.mark.parametrize("fault", [FaultKind.DUPLICATE, FaultKind.RESET_AFTER])
async def test_what_arrives_twice_has_one_key(scene: Scene, fault: FaultKind) -> None:
    scene.faults.script("webhook", fault)
    delivery = await scene.stand_in.say(WANG, None, "日报")
    first, second = scene.bot.incoming
    assert (delivery.attempts, first.message_key) == (2, second.message_key)
    assert first.message_key == f"m:{first.message_id}"


async def test_a_press_is_the_buttons_sentence_and_shows_its_toast(scene: Scene) -> None:
    message_id = await send_card(scene)
    scene.bot.outcome = Outcome(toast="已同意 R12")
    delivery = await scene.stand_in.press(LI, message_id, 0)
    assert (delivery.status, delivery.toast) == (200, "已同意 R12")
    (pressed,) = scene.bot.incoming
    assert pressed.kind is IncomingKind.ACTION
    assert pressed.action == Action("同意 R12", "", 3, message_id)
    assert pressed.sender.keys[0].value == LI
    assert pressed.message_key.startswith("c:")
    assert pressed.conversation is not None
    assert pressed.conversation.kind is ConversationKind.GROUP
    assert [e.kind for e in scene.journal.since()] == [EntryKind.SENT, EntryKind.PRESSED, EntryKind.TOAST]


async def test_a_press_can_redraw_the_card(scene: Scene) -> None:
    message_id = await send_card(scene)
    scene.bot.outcome = Outcome(toast="已同意", card=card("资源申请 R12", ("结果", "已同意"), tone="good"))
    await scene.stand_in.press(LI, message_id, 0)
    drawn = next(e for e in scene.journal.since() if e.kind is EntryKind.UPDATED)
    assert drawn.message_id == message_id
    assert drawn.card is not None
    assert (drawn.card["rows"], drawn.card["buttons"]) == ([("结果", "已同意")], [])
    with pytest.raises(ValueError, match="cannot press"):
        await scene.stand_in.press(LI, message_id, 0)


async def test_a_press_in_a_direct_chat_says_so(scene: Scene) -> None:
    message_id = await send_card(scene, Address("feishu", ConversationKind.DIRECT, WANG))
    await scene.stand_in.press(WANG, message_id, 1)
    (pressed,) = scene.bot.incoming
    assert pressed.conversation is not None
    assert pressed.conversation.kind is ConversationKind.DIRECT
    assert pressed.conversation.id == scene.stand_in.direct_id(WANG)


async def test_a_failed_press_shows_the_platforms_error_and_is_not_repeated(scene: Scene) -> None:
    message_id = await send_card(scene)
    scene.bot.status = [503]
    delivery = await scene.stand_in.press(LI, message_id, 0)
    assert (delivery.status, delivery.attempts) == (503, 1)
    assert "200671" in delivery.toast
    assert scene.bot.incoming == []


async def test_a_button_that_is_not_ours_is_answered_politely(scene: Scene) -> None:
    message_id = await send_card(scene)
    native = scene.stand_in.tenant.messages[message_id].content.native
    elements = json.loads(json.dumps(native))["body"]["elements"]
    button = elements[-1]["columns"][0]["elements"][0]
    button["behaviors"][0]["value"] = {"op": "approve"}
    scene.stand_in.tenant.messages[message_id].content.native["body"]["elements"][:] = elements
    delivery = await scene.stand_in.press(LI, message_id, 0)
    assert (delivery.status, delivery.toast) == (200, "这个按钮已经失效，请直接发消息告诉我。")
    assert scene.bot.received[0].ignored == "not our button"


async def test_only_members_press_and_speak(scene: Scene) -> None:
    scene.stand_in.add_user("ou_else", "on_else", "u3", "赵六")
    message_id = await send_card(scene)
    with pytest.raises(ValueError, match="cannot press"):
        await scene.stand_in.press("ou_else", message_id, 0)
    with pytest.raises(ValueError, match="is not in"):
        await scene.stand_in.say("ou_else", GROUP, "你好")


async def test_what_happens_to_people_and_chats_is_told(scene: Scene) -> None:
    await scene.stand_in.say(WANG, GROUP, "报结 T12")
    message_id = scene.journal.since()[0].message_id
    await scene.stand_in.recall(WANG, message_id)
    await scene.stand_in.remove_bot(WANG, GROUP)
    await scene.stand_in.invite_bot(WANG, GROUP)
    await scene.stand_in.open_direct(LI)
    await scene.stand_in.leave(LI)
    await scene.stand_in.disband(WANG, GROUP)
    told = scene.bot.incoming
    assert [heard.kind for heard in told] == [
        IncomingKind.MESSAGE,
        IncomingKind.RECALLED,
        IncomingKind.BOT_LEFT,
        IncomingKind.BOT_JOINED,
        IncomingKind.BOT_JOINED,
        IncomingKind.PERSON_LEFT,
        IncomingKind.BOT_LEFT,
    ]
    assert told[1].message_id == message_id
    assert told[3].conversation is not None
    assert told[3].conversation.title == "营商环境专班"
    assert told[4].conversation is not None
    assert told[4].conversation.kind is ConversationKind.DIRECT
    assert told[5].sender.keys[0].value == LI
    assert len({heard.message_key for heard in told}) == len(told)


async def test_opening_the_chat_again_is_nothing_new(scene: Scene) -> None:
    await scene.stand_in.say(WANG, None, "你好")
    await scene.stand_in.open_direct(WANG)
    assert scene.bot.received[-1].ignored == "direct chat opened again"


async def test_a_text_with_buttons_is_a_card_that_can_be_pressed(scene: Scene) -> None:
    text = Text("共 3 项需要您过目。\n<at id=all></at>", (Button("已阅", "已阅 D3"),), card="c1", no=2)
    sent = await scene.connector.send(IN_GROUP, text, idem_key="k", blobs=Blobs())
    assert sent.updatable
    entry = scene.journal.since()[-1]
    assert entry.card is not None
    assert entry.card["remark"] == text.body
    await scene.stand_in.press(WANG, sent.handle, 0)
    assert scene.bot.incoming[0].action == Action("已阅 D3", "c1", 2, sent.handle)


async def test_the_journal_shows_what_the_bot_sent_as_readers_see_it(scene: Scene) -> None:
    await send_card(scene)
    (entry,) = scene.journal.since()
    assert (entry.author, entry.conversation_id, entry.idem_key) == (BOT, GROUP, "k-card")
    assert entry.card == {
        "title": "资源申请 R12",
        "rows": [("申请单位", "财政局"), ("数量", "2 台")],
        "remark": "请在周五前决定",
        "buttons": [{"label": "同意", "live": True}, {"label": "不同意", "live": True}],
    }
