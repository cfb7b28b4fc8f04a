"""By which way a message goes: the app, a group's message push, the robot's reply address."""

from datetime import UTC, datetime, timedelta

import pytest
from aiohttp import web

from connectors.chat import (
    Address,
    Button,
    ConversationKind,
    Document,
    File,
    Picture,
    ReplyHandle,
    Text,
    card,
)
from connectors.errors import SendDeferred, SendError, SendRefused, SendUnknown
from connectors.sandbox.faults import FaultKind
from connectors.sandbox.journal import EntryKind
from connectors.tokens import MemoryTokenStore
from connectors.wecom.connector import build

GROUP = "wrkSFfCgAAsandbox_ChatId"
PNG = b"\x89PNG\r\n\x1a\n" + b"picture" * 20


@pytest.mark.parametrize(
    ("status", "expected"), [(404, SendRefused), (429, SendDeferred), (502, SendUnknown)]
)
async def test_a_push_that_fails_never_stops_the_app(house, configure, platform, status, expected):
    async def answer(_: web.Request) -> web.Response:
        return web.Response(status=status, text="<html>")

    async with platform(**{"webhook/send": answer}) as url:
        connector = build(configure(house.stand_in, base_url=url), tokens=MemoryTokenStore())
        address = Address("wecom", ConversationKind.GROUP, GROUP, f"{url}cgi-bin/webhook/send?key=k")
        with pytest.raises(expected) as error:
            await connector.send(address, Text("一"), idem_key="k", blobs=house.files)
        assert not getattr(error.value, "whole_app", False)
        await connector.close()


async def test_a_group_gets_everything_through_its_message_push(house):
    house.files.kept |= {"b1": PNG, "b2": b"0123456789"}
    await house.send(Text("T35 由城管局牵头清运。"), to=house.group())
    await house.send(
        card("T1 请签收", ("时限", "12月9日"), buttons=(Button("签收", "签收 T1"),)), to=house.group()
    )
    await house.send(Picture("b1", "协作情况"), to=house.group())
    await house.send(Document("b2", "周报.docx"), to=house.group())
    text, with_card, picture, document = house.shown()
    assert text.text == "T35 由城管局牵头清运。"
    assert with_card.card["title"] == "T1 请签收"
    assert "@督办助手 签收 T1" in with_card.text
    assert house.stand_in.journal.blob(picture.message_id) == PNG
    assert document.file["name"] == "周报.docx"
    assert house.connector.group_key_life == 0


async def test_a_throttled_push_is_not_the_apps_limit(house):
    house.stand_in.tenant.limits.per_push = 0
    with pytest.raises(SendDeferred) as deferred:
        await house.send(Text("一"), to=house.group())
    assert not deferred.value.whole_app


@pytest.mark.parametrize(
    "push",
    [
        "",
        "http://127.0.0.1:1/cgi-bin/webhook/send?key=k",
        "https://qyapi.weixin.qq.com.evil.example/cgi-bin/webhook/send?key=k",
        "{base}/cgi-bin/webhook/../gettoken?key=k",
        "{base}/cgi-bin/message/send?key=k",
        "not an address",
        "http://[",
    ],
)
async def test_a_push_address_elsewhere_is_never_asked(house, push):
    address = house.group()
    address = type(address)(
        "wecom", address.kind, GROUP, push.format(base=house.stand_in.base_url.rstrip("/"))
    )
    with pytest.raises(SendRefused, match="push_address"):
        await house.send(Text("一"), to=address)
    assert house.shown() == []


async def test_a_removed_push_is_a_dead_address_and_its_key_is_not_told(house):
    address = house.group()
    gone = type(address)("wecom", address.kind, GROUP, address.push_secret[:-8] + "deadbeef")
    with pytest.raises(SendRefused, match="93000") as refused:
        await house.send(Text("一"), to=gone)
    assert refused.value.dead_address
    assert "deadbeef" not in str(refused.value)


async def test_an_answer_goes_back_through_the_robot_once_and_then_by_the_push(house):
    await house.stand_in.say("DingKai", GROUP, "T1 怎么样了")
    reply = house.bot.incoming[0].reply_handle
    await house.send(Text("T1：办理中"), to=house.group(), key="a1", reply=reply)
    await house.send(Text("T1：还有一句"), to=house.group(), key="a2", reply=reply)
    first, second = house.shown()
    assert first.native["msgtype"] == "markdown"
    assert second.native["msgtype"] == "text"


async def test_an_unclear_answer_is_tried_again_and_known_to_have_arrived(house):
    await house.stand_in.say("DingKai", GROUP, "T1 怎么样了")
    reply = house.bot.incoming[0].reply_handle
    house.stand_in.faults.script("answer", FaultKind.RESET_AFTER)
    with pytest.raises(SendUnknown):
        await house.send(Text("T1：办理中"), to=house.group(), key="a1", reply=reply)
    await house.send(Text("T1：办理中"), to=house.group(), key="a1", reply=reply)
    assert len(house.shown()) == 1


async def test_an_address_that_another_replica_used_up_never_stands_for_a_delivery(house):
    await house.stand_in.say("DingKai", GROUP, "T1 怎么样了")
    reply = house.bot.incoming[0].reply_handle
    house.stand_in.tenant.replies.clear()
    house.stand_in.faults.script("push", FaultKind.THROTTLED)
    with pytest.raises(SendDeferred):
        await house.send(Text("T1：办理中"), to=house.group(), reply=reply)
    await house.send(Text("T1：办理中"), to=house.group(), reply=reply)
    assert [entry.native["msgtype"] for entry in house.shown()] == ["text"]


async def test_an_answer_that_was_throttled_and_then_used_up_elsewhere_is_not_taken_for_sent(house):
    await house.stand_in.say("DingKai", GROUP, "T1 怎么样了")
    reply = house.bot.incoming[0].reply_handle
    house.stand_in.faults.script("answer", FaultKind.THROTTLED)
    with pytest.raises(SendDeferred):
        await house.send(Text("T1：办理中"), to=house.group(), reply=reply)
    house.stand_in.tenant.replies.clear()
    await house.send(Text("T1：办理中"), to=house.group(), reply=reply)
    assert [entry.native["msgtype"] for entry in house.shown()] == ["text"]


@pytest.mark.parametrize("broken", ["expired", "foreign"])
async def test_a_reply_that_cannot_be_used_gives_way(house, broken):
    await house.stand_in.say("DingKai", GROUP, "T1 怎么样了")
    reply = house.bot.incoming[0].reply_handle
    if broken == "expired":
        reply = ReplyHandle(reply.value, datetime.now(UTC) - timedelta(seconds=1))
    else:
        reply = ReplyHandle("http://127.0.0.1:1/cgi-bin/aibot/response?response_code=x", reply.expires_at)
    await house.send(Text("T1：办理中"), to=house.group(), reply=reply)
    assert house.shown()[0].native["msgtype"] == "text"


async def test_a_sent_card_is_redrawn_once(house):
    sent = await house.send(card("R12 请审批", buttons=(Button("同意", "同意 R12"),)))
    await house.connector.update(sent.handle, house.direct(), card("R12 已撤回"))
    entry = house.stand_in.journal.since()[-1]
    assert (entry.kind, entry.card["title"]) == (EntryKind.UPDATED, "R12 已撤回")
    with pytest.raises(SendRefused):
        await house.connector.update(sent.handle, house.direct(), card("R12 已撤回"))
    with pytest.raises(SendRefused, match="not_updatable"):
        await house.connector.update("", house.group(), card("R12 已撤回"))


async def test_a_card_is_redrawn_by_the_code_of_a_press_too_and_not_after_72_hours(house):
    await house.send(card("R12 请审批", buttons=(Button("同意", "同意 R12"),)))
    await house.stand_in.press("WangLei", house.shown()[0].message_id, 0)
    handle = house.bot.incoming[0].action.message_id
    house.clock.ahead = 72 * 3600 + 1
    with pytest.raises(SendError):
        await house.connector.update(handle, house.direct(), card("R12 已同意"))


async def test_a_file_sent_to_the_app_is_fetched_and_its_loss_is_told(house):
    house.files.kept["b1"] = PNG
    await house.send(Picture("b1", "图"))
    media_id = house.shown()[0].native["image"]["media_id"]
    assert await house.connector.fetch(File("图片.jpg", f"media:{media_id}", "image")) == PNG
    assert (await house.connector.fetch_named(File("图片", f"media:{media_id}", "image")))[0] == "图片.png"
    for handle in ("media:gone", "aibot:http://127.0.0.1:1/x", "https://example.org/x"):
        with pytest.raises(SendRefused):
            await house.connector.fetch(File("图片.jpg", handle, "image"))


async def test_check_says_what_is_good(house):
    assert all(good for _, good, _ in await house.connector.check())
