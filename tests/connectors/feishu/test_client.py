"""Sending: what each answer, fault and limit of the platform means for a message."""

import json

import pytest

from connectors.chat import Address, Button, ConversationKind, Document, Picture, Text, card
from connectors.connector import Sent
from connectors.errors import (
    CredentialError,
    SendDeferred,
    SendError,
    SendRefused,
    SendUnknown,
)
from connectors.feishu.connector import build
from connectors.feishu.settings import FeishuSettings
from connectors.sandbox.faults import FaultKind
from connectors.sandbox.journal import EntryKind
from connectors.tokens import MemoryTokenStore
from tests.connectors.feishu.scene import GROUP, KEYS, WANG, Blobs, Scene

IN_GROUP = Address("feishu", ConversationKind.GROUP, GROUP)
TO_WANG = Address("feishu", ConversationKind.DIRECT, WANG)


async def send(scene: Scene, body: str = "您好", key: str = "k", address: Address = IN_GROUP) -> Sent:
    return await scene.connector.send(address, Text(body), idem_key=key, blobs=Blobs())


async def test_a_text_arrives_as_rich_text_that_is_no_markup(scene: Scene) -> None:
    body = '<at user_id="all">所有人</at>\n[点我](https://example.com) **重要**'
    sent = await send(scene, body)
    (entry,) = scene.journal.since()
    assert (entry.message_id, entry.text, sent.updatable) == (sent.handle, body, False)
    content = json.loads(entry.native["content"])
    assert {node["tag"] for line in content["zh_cn"]["content"] for node in line} == {"text"}


@pytest.mark.parametrize("target", [WANG, "on_wang", "u1"])
async def test_a_person_is_reached_by_any_of_their_ids(scene: Scene, target: str) -> None:
    await send(scene, address=Address("feishu", ConversationKind.DIRECT, target))
    (entry,) = scene.journal.since()
    assert entry.conversation_id == scene.stand_in.direct_id(WANG)
    assert entry.conversation_kind is ConversationKind.DIRECT


async def test_the_id_of_a_direct_chat_is_an_address_too(scene: Scene) -> None:
    chat_id = scene.stand_in.direct_id(WANG)
    await send(scene, address=Address("feishu", ConversationKind.DIRECT, chat_id))
    assert scene.journal.since()[0].conversation_id == chat_id


async def test_a_group_message_is_answered_as_a_reply(scene: Scene) -> None:
    await scene.stand_in.say(WANG, GROUP, "我的事项")
    (heard,) = scene.bot.incoming
    sent = await scene.connector.send(
        IN_GROUP, Text("共 3 项"), idem_key="k", blobs=Blobs(), reply=heard.reply_handle
    )
    entry = scene.journal.since()[-1]
    assert entry.message_id == sent.handle
    assert "receive_id" not in entry.native


async def test_a_reply_to_a_recalled_message_goes_to_its_chat(scene: Scene) -> None:
    await scene.stand_in.say(WANG, GROUP, "我的事项")
    (heard,) = scene.bot.incoming
    await scene.stand_in.recall(WANG, heard.message_id)
    await scene.connector.send(
        IN_GROUP, Text("共 3 项"), idem_key="k", blobs=Blobs(), reply=heard.reply_handle
    )
    entry = scene.journal.since()[-1]
    assert (entry.text, entry.native["receive_id"]) == ("共 3 项", GROUP)


async def test_a_picture_and_a_document_are_uploaded_first(scene: Scene) -> None:
    blobs = Blobs(p=b"\x89PNG picture", d=b"PK document")
    await scene.connector.send(IN_GROUP, Picture("p", "排名"), idem_key="k1", blobs=blobs)
    await scene.connector.send(IN_GROUP, Document("d", "周报（第 9 周）.xlsx"), idem_key="k2", blobs=blobs)
    picture, document = scene.journal.since()
    assert [e.kind for e in (picture, document)] == [EntryKind.FILE, EntryKind.FILE]
    assert scene.journal.blob(picture.message_id) == b"\x89PNG picture"
    assert document.file == {"name": "周报（第 9 周）.xlsx", "size": 11}
    assert scene.journal.blob(document.message_id) == b"PK document"


async def test_a_card_is_redrawn_in_place(scene: Scene) -> None:
    shown = card("事项 T12", ("时限", "周五"), buttons=(Button("签收", "签收 T12"),))
    sent = await scene.connector.send(IN_GROUP, shown, idem_key="k", blobs=Blobs())
    assert sent.updatable
    await scene.connector.update(sent.handle, IN_GROUP, card("事项 T12", ("状态", "已签收")))
    drawn = scene.journal.since()[-1]
    assert (drawn.kind, drawn.message_id) == (EntryKind.UPDATED, sent.handle)
    assert drawn.card is not None
    assert drawn.card["rows"] == [("状态", "已签收")]


async def test_a_message_that_is_no_card_cannot_be_redrawn(scene: Scene) -> None:
    sent = await send(scene)
    with pytest.raises(SendRefused):
        await scene.connector.update(sent.handle, IN_GROUP, card("事项"))


@pytest.mark.parametrize(
    ("route", "fault", "error", "shown"),
    [
        ("send", FaultKind.THROTTLED, SendDeferred, 0),
        ("send", FaultKind.BROKEN, SendUnknown, 0),
        ("send", FaultKind.RESET_BEFORE, SendUnknown, 0),
        ("send", FaultKind.RESET_AFTER, SendUnknown, 1),
        ("send", FaultKind.GARBAGE, SendUnknown, 1),
        ("token", FaultKind.THROTTLED, SendDeferred, 0),
        ("token", FaultKind.BROKEN, SendDeferred, 0),
        ("token", FaultKind.RESET_BEFORE, SendDeferred, 0),
        ("token", FaultKind.RESET_AFTER, SendDeferred, 0),
        ("token", FaultKind.GARBAGE, SendDeferred, 0),
    ],
)
async def test_a_fault_is_told_for_what_it_is_and_a_repeat_is_shown_once(
    scene: Scene, route: str, fault: FaultKind, error: type[SendError], shown: int
) -> None:
    scene.faults.script(route, fault)
    with pytest.raises(error) as raised:
        await send(scene)
    assert type(raised.value) is error
    assert len(scene.journal.since()) == shown
    await send(scene)
    assert len(scene.journal.since()) == 1


@pytest.mark.parametrize("fault", [FaultKind.BROKEN, FaultKind.RESET_AFTER, FaultKind.GARBAGE])
async def test_a_failed_upload_has_shown_nothing(scene: Scene, fault: FaultKind) -> None:
    scene.faults.script("upload", fault)
    with pytest.raises(SendDeferred):
        await scene.connector.send(IN_GROUP, Picture("p", "图"), idem_key="k", blobs=Blobs(p=b"\x89PNG"))
    assert scene.journal.since() == []


async def test_the_apps_limit_says_when_to_come_back(scene: Scene) -> None:
    scene.faults.script("send", FaultKind.THROTTLED)
    with pytest.raises(SendDeferred) as deferred:
        await send(scene)
    assert (deferred.value.code, deferred.value.whole_app, deferred.value.retry_after) == (
        "99991400",
        True,
        2.0,
    )


async def test_a_chats_limit_is_that_chats_alone(scene: Scene) -> None:
    scene.stand_in.tenant.rates_enforced = True
    for n in range(5):
        await send(scene, key=f"k{n}")
    with pytest.raises(SendDeferred) as deferred:
        await send(scene, key="k5")
    assert (deferred.value.code, deferred.value.whole_app) == ("230020", False)
    await send(scene, key="k6", address=TO_WANG)


async def test_a_long_key_is_cut_to_what_the_platform_takes(scene: Scene) -> None:
    for _ in range(2):
        await send(scene, key="0123456789abcdef" * 4)
    (entry,) = scene.journal.since()
    assert (len(entry.idem_key), entry.idem_key[:4]) == (50, "0123")


async def test_an_expired_token_is_replaced_once(scene: Scene) -> None:
    await send(scene, key="k0")
    scene.stand_in.tenant.expire_tokens()
    await send(scene, key="k1")
    assert len(scene.journal.since()) == 2
    scene.faults.script("send", FaultKind.EXPIRED_TOKEN, FaultKind.EXPIRED_TOKEN)
    with pytest.raises(CredentialError):
        await send(scene, key="k2")
    await send(scene, key="k3")


async def test_a_wrong_secret_is_the_apps_trouble(scene: Scene) -> None:
    settings = FeishuSettings.model_validate({**KEYS, "app_secret": "wrong", "base_url": scene.base_url})
    connector = build(settings, tokens=MemoryTokenStore())
    with pytest.raises(CredentialError) as refused:
        await connector.send(IN_GROUP, Text("您好"), idem_key="k", blobs=Blobs())
    await connector.close()
    assert refused.value.code == "10014"
    assert "wrong" not in repr(refused.value)


async def test_addresses_that_are_gone_are_dead(scene: Scene) -> None:
    scene.stand_in.tenant.unreachable[WANG] = 230053
    with pytest.raises(SendRefused) as refused:
        await send(scene, address=TO_WANG)
    assert refused.value.dead_address
    await scene.stand_in.remove_bot(WANG, GROUP)
    with pytest.raises(SendRefused) as refused:
        await send(scene)
    assert (refused.value.code, refused.value.dead_address) == ("230002", True)


async def test_what_is_too_long_is_refused_before_it_is_sent(scene: Scene) -> None:
    with pytest.raises(SendRefused) as refused:
        await send(scene, "长" * 10_001)
    assert (refused.value.code, scene.journal.since()) == ("too_long", [])
