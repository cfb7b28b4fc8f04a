"""The stand-in speaks, the real connector hears; the connector sends, the stand-in shows."""

import pytest

from connectors.chat import (
    Account,
    AccountKey,
    Address,
    Button,
    Card,
    ConversationKind,
    Document,
    IncomingKind,
    Message,
    Outcome,
    Picture,
    Row,
    Text,
)
from connectors.connector import Sent
from connectors.errors import SendRefused
from connectors.sandbox.dingtalk_world import dingtalk_id, union_id
from connectors.sandbox.faults import FaultKind
from connectors.sandbox.journal import BOT, EntryKind, Upload
from tests.connectors.dingtalk.scene import GROUP, LI, WANG, Scene

TO_GROUP = Address("dingtalk", ConversationKind.GROUP, GROUP.id)
TO_LI = Address("dingtalk", ConversationKind.DIRECT, LI.key)
APPROVAL = Card(
    "资源申请 R12",
    rows=(Row("申请", "投影仪 ×2"), Row("时间", "11月25日（周三）")),
    remark="预算_内*",
    buttons=(Button("同意", "同意 R12"), Button("不同意", "不同意 R12")),
    id="k7q2",
    no=3,
)
TEMPLATE = pytest.mark.parametrize("template", ["6f0c.schema"])


class Blobs:
    async def read(self, key: str) -> bytes:
        return f"bytes of {key}".encode()


async def send(scene: Scene, address: Address, message: Message, idem_key: str = "key-1") -> Sent:
    return await scene.connector.send(address, message, idem_key=idem_key, blobs=Blobs())


async def test_a_mention_in_a_group_arrives_with_its_author_and_whom_it_names(scene: Scene) -> None:
    delivery = await scene.stand_in.say(WANG.key, GROUP.id, "派任务 @李强 周五前报价")
    heard = scene.bot.heard
    assert delivery.status == 200
    assert heard.kind is IncomingKind.MESSAGE
    assert heard.text == "派任务 @李强 周五前报价"
    assert heard.conversation is not None
    assert (heard.conversation.kind, heard.conversation.id) == (ConversationKind.GROUP, GROUP.id)
    assert heard.conversation.title == GROUP.title
    assert heard.sender.keys == (
        AccountKey("staff_id", WANG.key),
        AccountKey("union_id", union_id(WANG.key)),
        AccountKey("dingtalk_id", dingtalk_id(WANG.key)),
    )
    assert not heard.sender.foreign
    (mention,) = heard.mentions
    assert mention.name == "李强"
    assert mention.account is not None
    assert AccountKey("staff_id", LI.key) in mention.account.keys
    assert heard.message_key.startswith("robot:m:")
    assert heard.proof.isdigit()
    assert heard.reply_handle is None


async def test_what_does_not_mention_the_bot_in_a_group_never_reaches_it(scene: Scene) -> None:
    assert (await scene.stand_in.say(WANG.key, GROUP.id, "吃饭去", mention_bot=False)).attempts == 0
    assert (await scene.stand_in.say(WANG.key, None, "在吗")).attempts == 1
    assert (await scene.stand_in.say(WANG.key, scene.stand_in.direct_id(WANG.key), "在吗")).attempts == 1
    assert len(scene.bot.received) == 2
    with pytest.raises(KeyError):
        await scene.stand_in.say(WANG.key, "cidNone", "在吗")


async def test_the_response_is_empty_and_the_session_webhook_is_never_used(scene: Scene) -> None:
    await scene.stand_in.say(WANG.key, GROUP.id, "帮助")
    await send(scene, TO_GROUP, Text("好的"))
    assert [(answer.status, answer.body) for answer in scene.bot.answers] == [(200, b"")]
    sent = [entry for entry in scene.stand_in.journal.since() if entry.kind is EntryKind.SENT]
    assert [entry.native.get("msgKey") for entry in sent] == ["sampleText"]


async def test_a_duplicate_delivery_has_the_same_key(scene: Scene) -> None:
    scene.stand_in.faults.script("webhook", FaultKind.DUPLICATE)
    assert (await scene.stand_in.say(WANG.key, None, "进展 T1 60%")).attempts == 2
    keys = {received.incoming.message_key for received in scene.bot.received if received.incoming}
    assert len(scene.bot.received) == 2
    assert len(keys) == 1


async def test_a_picture_and_a_file_are_fetched_by_their_codes_once(scene: Scene) -> None:
    picture, table = Upload("现场.png", b"png"), Upload("预算.xlsx", b"xlsx")
    await scene.stand_in.say(WANG.key, None, "请看", files=[picture, table])
    (second, first) = scene.bot.received
    assert first.incoming is not None
    assert second.incoming is not None
    assert first.incoming.text == "请看"
    assert [file.kind for file in first.incoming.files] == ["image"]
    assert [(file.name, file.kind) for file in second.incoming.files] == [("预算.xlsx", "file")]
    assert await scene.connector.fetch(first.incoming.files[0]) == b"png"
    assert await scene.connector.fetch(second.incoming.files[0]) == b"xlsx"
    with pytest.raises(SendRefused, match="downloadCode"):
        await scene.connector.fetch(second.incoming.files[0])


async def test_a_single_picture_without_text_is_a_message_with_a_file(scene: Scene) -> None:
    await scene.stand_in.say(WANG.key, GROUP.id, "", files=[Upload("a.jpg", b"jpg")])
    assert scene.bot.heard.text == ""
    assert len(scene.bot.heard.files) == 1


async def test_a_card_in_a_group_says_what_to_type_and_typing_it_arrives(scene: Scene) -> None:
    sent = await send(scene, TO_GROUP, APPROVAL)
    (entry,) = scene.stand_in.journal.since()
    assert not sent.updatable
    assert entry.message_id == sent.handle
    assert entry.author == BOT
    assert entry.card is not None
    assert entry.card["title"] == "资源申请 R12"
    assert entry.card["rows"] == [("申请", "投影仪 ×2"), ("时间", "11月25日（周三）")]
    assert entry.card["remark"] == "预算＿内＊"
    assert entry.card["buttons"] == [
        {"label": "同意 R12", "live": False},
        {"label": "不同意 R12", "live": False},
    ]
    await scene.stand_in.press(LI.key, sent.handle, 1)
    assert scene.bot.heard.text == "不同意 R12"
    assert scene.bot.heard.conversation is not None
    assert scene.bot.heard.conversation.kind is ConversationKind.GROUP


@pytest.mark.parametrize("count", [1, 2, 3, 5, 6])
async def test_buttons_in_a_direct_chat_say_their_sentence(scene: Scene, count: int) -> None:
    buttons = tuple(Button(f"按钮{n}", f"同意 R{n}&=（急）") for n in range(count))
    sent = await send(scene, TO_LI, Card("资源申请", buttons=buttons))
    (entry,) = scene.stand_in.journal.since()
    assert entry.conversation_id == scene.stand_in.direct_id(LI.key)
    assert entry.card is not None
    assert entry.card["buttons"] == [{"label": f"按钮{n}", "live": True} for n in range(count)]
    await scene.stand_in.press(LI.key, sent.handle, count - 1)
    assert scene.bot.heard.text == f"同意 R{count - 1}&=（急）"
    assert scene.bot.heard.sender.keys[0] == AccountKey("staff_id", LI.key)


async def test_a_text_is_shown_as_it_is_and_its_buttons_in_a_group_are_sentences(scene: Scene) -> None:
    body = "第一行 **不是粗体**\n[链接](http://x) dtmd://dingtalkclient/sendMessage?content=1"
    sent = await send(scene, TO_GROUP, Text(body, buttons=(Button("同意", "同意 D1"),)))
    (entry,) = scene.stand_in.journal.since()
    assert entry.native["msgKey"] == "sampleText"
    assert entry.text.startswith("第一行 **不是粗体**\n[链接](http://x) dtmd：//")
    assert entry.card is None
    await scene.stand_in.press(LI.key, sent.handle, 0)
    assert scene.bot.heard.text == "同意 D1"


async def test_pictures_and_documents_are_uploaded_first(scene: Scene) -> None:
    await send(scene, TO_GROUP, Picture("chart", "排名"))
    await send(scene, TO_LI, Document("report", "周报.docx"))
    picture, report = scene.stand_in.journal.since()
    assert (picture.kind, report.kind) == (EntryKind.FILE, EntryKind.FILE)
    assert scene.stand_in.journal.blob(picture.message_id) == b"bytes of chart"
    assert report.file == {"name": "周报.docx", "size": len(b"bytes of report")}
    with pytest.raises(SendRefused, match="file_type"):
        await send(scene, TO_LI, Document("x", "run.exe"))


@TEMPLATE
@pytest.mark.parametrize("address", [TO_GROUP, TO_LI])
async def test_a_template_card_has_live_buttons_that_name_card_and_number(
    scene: Scene, address: Address
) -> None:
    sent = await send(scene, address, APPROVAL, idem_key="track-1")
    assert sent == Sent("track-1", updatable=True)
    (entry,) = scene.stand_in.journal.since()
    assert entry.idem_key == "track-1"
    assert entry.card is not None
    assert [button["live"] for button in entry.card["buttons"]] == [True, True]
    scene.bot.outcome = Outcome("已同意", card=Card("已同意 R12", id="k7q2", no=4))
    delivery = await scene.stand_in.press(LI.key, "track-1", 0)
    heard = scene.bot.heard
    assert heard.kind is IncomingKind.ACTION
    assert heard.action is not None
    assert (heard.action.sentence, heard.action.card, heard.action.no) == ("同意 R12", "k7q2", 3)
    assert heard.action.message_id == heard.message_id == "track-1"
    assert heard.message_key.startswith("c:")
    assert heard.proof.startswith("card:")
    assert heard.sender.keys == (AccountKey("staff_id", LI.key),)
    assert heard.conversation is not None
    assert heard.conversation.kind is address.kind
    assert delivery.toast == "已同意"
    kinds = [entry.kind for entry in scene.stand_in.journal.since()]
    assert kinds == [EntryKind.SENT, EntryKind.PRESSED, EntryKind.UPDATED, EntryKind.TOAST]
    updated = scene.stand_in.journal.since()[2].card
    assert updated is not None
    assert updated["title"] == "已同意 R12"
    assert updated["buttons"] == []


@TEMPLATE
async def test_a_card_sent_twice_with_one_key_is_shown_once_and_can_be_redrawn(scene: Scene) -> None:
    for _ in range(2):
        await send(scene, TO_GROUP, APPROVAL, idem_key="track-1")
    await scene.connector.update("track-1", TO_GROUP, Card("已办结"))
    sent, updated = scene.stand_in.journal.since()
    assert (sent.kind, updated.kind) == (EntryKind.SENT, EntryKind.UPDATED)
    assert updated.text == "已办结"
    assert updated.native["cardUpdateOptions"]["updateCardDataByKey"] is True
    with pytest.raises(SendRefused, match="cardNotExist"):
        await scene.connector.update("track-2", TO_GROUP, Card("已办结"))


@TEMPLATE
async def test_a_card_that_was_not_delivered_is_refused_although_the_call_went_well(scene: Scene) -> None:
    with pytest.raises(SendRefused, match="cardNotDelivered"):
        await send(scene, Address("dingtalk", ConversationKind.GROUP, "cidNone"), APPROVAL)


async def test_an_ordinary_card_cannot_be_redrawn(scene: Scene) -> None:
    with pytest.raises(SendRefused, match="not_updatable"):
        await scene.connector.update("pqk1", TO_GROUP, APPROVAL)


async def test_everybody_who_left_at_once_is_told_apart(scene: Scene) -> None:
    delivery = await scene.stand_in.events.leave(WANG.key, LI.key)
    assert (delivery.status, delivery.attempts) == (200, 1)
    (received,) = scene.bot.received
    assert received.incoming is not None
    left = (received.incoming, *received.also)
    assert [event.kind for event in left] == [IncomingKind.PERSON_LEFT] * 2
    assert [event.sender.keys[0].value for event in left] == [WANG.key, LI.key]
    assert len({event.message_key for event in left}) == 2
    assert all(event.message_key.startswith("e:evt") for event in left)


async def test_a_dissolved_group_is_a_group_without_the_bot(scene: Scene) -> None:
    await scene.stand_in.events.disband(GROUP.id, WANG.key)
    assert scene.bot.heard.kind is IncomingKind.BOT_LEFT
    assert scene.bot.heard.conversation is not None
    assert scene.bot.heard.conversation.id == GROUP.id
    with pytest.raises(SendRefused) as refused:
        await send(scene, TO_GROUP, Text("还在吗"))
    assert refused.value.dead_address


async def test_the_console_accepts_the_address_and_other_events_are_ignored(scene: Scene) -> None:
    assert await scene.stand_in.events.check_url()
    await scene.stand_in.events.push("bpms_instance_change", processInstanceId="p1", type="finish")
    assert [received.ignored for received in scene.bot.received] == ["check_url", "bpms_instance_change"]
    assert [received.incoming for received in scene.bot.received] == [None, None]
    assert scene.stand_in.events.failed == []


async def test_an_event_of_another_organisation_is_refused_and_given_up(scene: Scene) -> None:
    delivery = await scene.stand_in.events.push("user_leave_org", CorpId="dingother", userId=["u1"])
    assert (delivery.status, delivery.attempts) == (401, 3)
    assert len(scene.stand_in.events.failed) == 1
    assert scene.bot.refused == ["corp"] * 3


async def test_a_mention_without_staff_id_is_looked_up_by_its_union_id(scene: Scene) -> None:
    known = Account((AccountKey("union_id", union_id(LI.key)),), name="李强")
    resolved = await scene.connector.resolve(known)
    assert resolved.keys[0] == AccountKey("staff_id", LI.key)
    assert not resolved.foreign
    whole = Account((AccountKey("staff_id", LI.key), AccountKey("union_id", union_id(LI.key))))
    assert await scene.connector.resolve(whole) is whole
    outsider = Account((AccountKey("union_id", "uniNobody"), AccountKey("dingtalk_id", "$x")))
    assert (await scene.connector.resolve(outsider)).foreign


async def test_check_says_whether_the_credentials_are_good(scene: Scene) -> None:
    assert (await scene.connector.check())[0][1]
