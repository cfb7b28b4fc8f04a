"""Sending, over loopback, to a platform that is late, busy, broken, or has forgotten who we are."""

import socket
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

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
from connectors.errors import CredentialError, SendDeferred, SendError, SendRefused, SendUnknown
from connectors.sandbox.faults import FaultKind
from connectors.sandbox.journal import EntryKind
from connectors.tokens import MemoryTokenStore
from connectors.wecom.connector import build

GROUP = "wrkSFfCgAAsandbox_ChatId"
PNG = b"\x89PNG\r\n\x1a\n" + b"picture" * 20


@asynccontextmanager
async def platform(**handlers):
    """The address of a platform with answers of its own; GET and POST alike."""
    app = web.Application()
    for path, handler in handlers.items():
        app.router.add_route("*", f"/cgi-bin/{path}", handler)
    server = TestServer(app)
    await server.start_server()
    yield str(server.make_url("/"))
    await server.close()


def shown(house):
    kinds = (EntryKind.SENT, EntryKind.FILE)
    return [entry for entry in house.stand_in.journal.since() if entry.kind in kinds]


async def send(house, message, *, to=None, key="k1", reply=None):
    address = to or house.direct()
    return await house.connector.send(address, message, idem_key=key, blobs=house.files, reply=reply)


async def test_a_person_gets_text_and_card_from_the_app(house):
    plain = await send(house, Text("已记。\nT21：还剩北门两条"), key="k1")
    with_card = await send(house, card("今日待办", ("今天", "T1 配合环保局"), remark="共 1 项"), key="k2")
    assert shown(house)[0].text == "已记。\nT21：还剩北门两条"
    assert shown(house)[1].card["rows"] == [("今天", "T1 配合环保局")]
    assert plain.handle
    assert not plain.updatable
    assert not with_card.updatable  # nothing to press, no response_code


async def test_two_honest_messages_of_one_wording_are_both_shown_and_a_repetition_once(house):
    await send(house, Text("已转城管局。"), key="first")
    await send(house, Text("已转城管局。"), key="second")
    await send(house, Text("已转城管局。"), key="second")
    await send(house, card("请审批", buttons=(Button("同意", "同意 R1"),)), key="third")
    await send(house, card("请审批", buttons=(Button("同意", "同意 R1"),)), key="third")
    assert len(shown(house)) == 3
    assert shown(house)[0].text == shown(house)[1].text == "已转城管局。"
    sent = shown(house)[0].native
    assert (sent["enable_duplicate_check"], sent["duplicate_check_interval"]) == (1, 14400)
    assert house.connector.key_life == 14400


@pytest.mark.parametrize("fault", [FaultKind.RESET_AFTER, FaultKind.GARBAGE])
async def test_accepted_without_a_readable_answer_is_unknown_and_its_repetition_is_not_shown_twice(
    house, fault
):
    house.stand_in.faults.script("send", fault)
    with pytest.raises(SendUnknown):
        await send(house, Text("已记。"))
    assert (await send(house, Text("已记。"))).handle
    assert len(shown(house)) == 1


@pytest.mark.parametrize("fault", [FaultKind.RESET_BEFORE, FaultKind.BROKEN])
async def test_written_and_broken_is_unknown_too(house, fault):
    house.stand_in.faults.script("send", fault)
    with pytest.raises(SendUnknown):
        await send(house, Text("已记。"))
    assert shown(house) == []


async def test_a_document_repeated_after_an_unclear_answer_is_not_shown_twice(house):
    house.files.kept["b1"] = b"0123456789"
    house.stand_in.faults.script("send", FaultKind.RESET_AFTER)
    with pytest.raises(SendUnknown):
        await send(house, Document("b1", "北门 住户.xlsx"))
    await send(house, Document("b1", "北门 住户.xlsx"))
    (entry,) = shown(house)
    assert entry.file == {"name": "北门 住户.xlsx", "size": 10}
    assert house.stand_in.journal.blob(entry.message_id) == b"0123456789"


async def test_a_forgotten_upload_is_made_again_once(house):
    house.files.kept["b1"] = PNG
    house.stand_in.faults.script("send", FaultKind.THROTTLED)
    with pytest.raises(SendDeferred):
        await send(house, Picture("b1", "协作情况"))
    house.clock.ahead = 4 * 86400
    await send(house, Picture("b1", "协作情况"))
    assert len(shown(house)) == 1


async def test_a_throttled_app_waits_a_minute(house):
    house.stand_in.faults.script("send", FaultKind.THROTTLED)
    with pytest.raises(SendDeferred) as deferred:
        await send(house, Text("已记。"))
    assert (deferred.value.retry_after, deferred.value.whole_app) == (60, True)


async def test_an_expired_token_is_fetched_anew_once_and_the_message_sent(house):
    await send(house, Text("一"), key="k1")
    house.stand_in.faults.script("send", FaultKind.EXPIRED_TOKEN)
    await send(house, Text("二"), key="k2")
    house.stand_in.faults.script("send", FaultKind.EXPIRED_TOKEN, FaultKind.EXPIRED_TOKEN)
    with pytest.raises(CredentialError):
        await send(house, Text("三"), key="k3")
    assert [entry.text for entry in shown(house)] == ["一", "二"]


async def test_a_token_revoked_by_the_platform_heals(house):
    await send(house, Text("一"), key="k1")
    house.stand_in.tenant.token = ""
    await send(house, Text("二"), key="k2")
    assert len(shown(house)) == 2


@pytest.mark.parametrize("fault", list(FaultKind))
async def test_a_token_that_cannot_be_had_defers_and_is_never_unknown(house, fault):
    if fault in (FaultKind.DELAY, FaultKind.DUPLICATE):
        await send(house, Text("一"))
        return
    house.stand_in.faults.script("token", fault, fault)  # twice: reading is repeated by the client itself
    with pytest.raises((SendDeferred, CredentialError)):
        await send(house, Text("一"))
    assert shown(house) == []


async def test_a_wrong_secret_is_the_apps_fault(house, configure):
    connector = build(configure(house.stand_in, secret="wrong"), tokens=MemoryTokenStore())
    with pytest.raises(CredentialError, match="40001"):
        await connector.send(house.direct(), Text("一"), idem_key="k", blobs=house.files)
    line = next(line for line in await connector.check() if "令牌" in line[0])
    assert not line[1]
    assert "wrong" not in line[2]
    await connector.close()


async def test_an_address_outside_the_trusted_ones_is_shown_to_the_office(house):
    house.stand_in.tenant.refuse_with = (60020, "not allow to access from your ip, from ip: 203.0.113.8")
    with pytest.raises(CredentialError, match=r"203\.0\.113\.8"):
        await send(house, Text("一"))


async def test_a_person_out_of_range_or_unknown_is_refused_for_good(house):
    house.stand_in.tenant.out_of_range.add("DingKai")
    for target in ("DingKai", "nobody"):
        with pytest.raises(SendRefused, match="81013") as refused:
            await send(house, Text("一"), to=house.direct(target))
        assert refused.value.dead_address


async def test_success_with_an_invalid_receiver_is_no_success(house, configure):
    async def partly(_: web.Request) -> web.Response:
        return web.json_response(
            {"errcode": 0, "errmsg": "ok", "invaliduser": "wanglei", "access_token": "t"}
        )

    async def token(_: web.Request) -> web.Response:
        return web.json_response({"errcode": 0, "access_token": "t", "expires_in": 7200})

    async with platform(gettoken=token, **{"message/send": partly}) as url:
        connector = build(configure(house.stand_in, base_url=url), tokens=MemoryTokenStore())
        with pytest.raises(SendRefused, match="invaliduser"):
            await connector.send(house.direct(), Text("一"), idem_key="k", blobs=house.files)
        await connector.close()


async def test_a_refused_connection_is_certainly_not_sent(house, configure):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{free.getsockname()[1]}"
    connector = build(configure(house.stand_in, base_url=url), tokens=MemoryTokenStore())
    with pytest.raises(SendDeferred, match="unreachable"):
        await connector.send(house.direct(), Text("一"), idem_key="k", blobs=house.files)
    assert not all(good for _, good, _ in await connector.check())
    await connector.close()


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        (301, CredentialError),
        (404, CredentialError),
        (429, SendDeferred),
        (502, SendUnknown),
        (200, SendUnknown),
    ],
)
async def test_an_answer_without_an_errcode_is_judged_by_its_status(house, configure, status, expected):
    async def answer(request: web.Request) -> web.Response:
        if request.path.endswith("gettoken"):
            return web.json_response({"errcode": 0, "access_token": "t", "expires_in": 7200})
        return web.Response(status=status, text="<html>", headers={"Location": "/elsewhere"})

    async with platform(gettoken=answer, **{"message/send": answer}) as url:
        connector = build(configure(house.stand_in, base_url=url), tokens=MemoryTokenStore())
        with pytest.raises(expected):
            await connector.send(house.direct(), Text("一"), idem_key="k", blobs=house.files)
        await connector.close()


@pytest.mark.parametrize(
    ("status", "expected"), [(404, SendRefused), (429, SendDeferred), (502, SendUnknown)]
)
async def test_a_push_that_fails_never_stops_the_app(house, configure, status, expected):
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
    await send(house, Text("T35 由城管局牵头清运。"), to=house.group())
    await send(
        house, card("T1 请签收", ("时限", "12月9日"), buttons=(Button("签收", "签收 T1"),)), to=house.group()
    )
    await send(house, Picture("b1", "协作情况"), to=house.group())
    await send(house, Document("b2", "周报.docx"), to=house.group())
    text, with_card, picture, document = shown(house)
    assert text.text == "T35 由城管局牵头清运。"
    assert with_card.card["title"] == "T1 请签收"
    assert "@督办助手 签收 T1" in with_card.text
    assert house.stand_in.journal.blob(picture.message_id) == PNG
    assert document.file["name"] == "周报.docx"
    assert house.connector.key_life_of(house.group()) == 0


async def test_a_throttled_push_is_not_the_apps_limit(house):
    house.stand_in.tenant.limits.per_push = 0
    with pytest.raises(SendDeferred) as deferred:
        await send(house, Text("一"), to=house.group())
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
        await send(house, Text("一"), to=address)
    assert shown(house) == []


async def test_a_removed_push_is_a_dead_address_and_its_key_is_not_told(house):
    address = house.group()
    gone = type(address)("wecom", address.kind, GROUP, address.push_secret[:-8] + "deadbeef")
    with pytest.raises(SendRefused, match="93000") as refused:
        await send(house, Text("一"), to=gone)
    assert refused.value.dead_address
    assert "deadbeef" not in str(refused.value)


async def test_an_answer_goes_back_through_the_robot_once_and_then_by_the_push(house):
    await house.stand_in.say("DingKai", GROUP, "T1 怎么样了")
    reply = house.bot.incoming[0].reply_handle
    await send(house, Text("T1：办理中"), to=house.group(), key="a1", reply=reply)
    await send(house, Text("T1：还有一句"), to=house.group(), key="a2", reply=reply)
    first, second = shown(house)
    assert first.native["msgtype"] == "markdown"
    assert second.native["msgtype"] == "text"


async def test_an_unclear_answer_is_tried_again_and_known_to_have_arrived(house):
    await house.stand_in.say("DingKai", GROUP, "T1 怎么样了")
    reply = house.bot.incoming[0].reply_handle
    house.stand_in.faults.script("answer", FaultKind.RESET_AFTER)
    with pytest.raises(SendUnknown):
        await send(house, Text("T1：办理中"), to=house.group(), key="a1", reply=reply)
    await send(house, Text("T1：办理中"), to=house.group(), key="a1", reply=reply)
    assert len(shown(house)) == 1


async def test_an_address_that_another_replica_used_up_never_stands_for_a_delivery(house):
    await house.stand_in.say("DingKai", GROUP, "T1 怎么样了")
    reply = house.bot.incoming[0].reply_handle
    house.stand_in.tenant.replies.clear()
    house.stand_in.faults.script("push", FaultKind.THROTTLED)
    with pytest.raises(SendDeferred):
        await send(house, Text("T1：办理中"), to=house.group(), reply=reply)
    await send(house, Text("T1：办理中"), to=house.group(), reply=reply)
    assert [entry.native["msgtype"] for entry in shown(house)] == ["text"]


async def test_an_answer_that_was_throttled_and_then_used_up_elsewhere_is_not_taken_for_sent(house):
    await house.stand_in.say("DingKai", GROUP, "T1 怎么样了")
    reply = house.bot.incoming[0].reply_handle
    house.stand_in.faults.script("answer", FaultKind.THROTTLED)
    with pytest.raises(SendDeferred):
        await send(house, Text("T1：办理中"), to=house.group(), reply=reply)
    house.stand_in.tenant.replies.clear()
    await send(house, Text("T1：办理中"), to=house.group(), reply=reply)
    assert [entry.native["msgtype"] for entry in shown(house)] == ["text"]


@pytest.mark.parametrize("broken", ["expired", "foreign"])
async def test_a_reply_that_cannot_be_used_gives_way(house, broken):
    await house.stand_in.say("DingKai", GROUP, "T1 怎么样了")
    reply = house.bot.incoming[0].reply_handle
    if broken == "expired":
        reply = ReplyHandle(reply.value, datetime.now(UTC) - timedelta(seconds=1))
    else:
        reply = ReplyHandle("http://127.0.0.1:1/cgi-bin/aibot/response?response_code=x", reply.expires_at)
    await send(house, Text("T1：办理中"), to=house.group(), reply=reply)
    assert shown(house)[0].native["msgtype"] == "text"


async def test_a_sent_card_is_redrawn_once(house):
    sent = await send(house, card("R12 请审批", buttons=(Button("同意", "同意 R12"),)))
    await house.connector.update(sent.handle, house.direct(), card("R12 已撤回"))
    entry = house.stand_in.journal.since()[-1]
    assert (entry.kind, entry.card["title"]) == (EntryKind.UPDATED, "R12 已撤回")
    with pytest.raises(SendRefused):
        await house.connector.update(sent.handle, house.direct(), card("R12 已撤回"))
    with pytest.raises(SendRefused, match="not_updatable"):
        await house.connector.update("", house.group(), card("R12 已撤回"))


async def test_a_card_is_redrawn_by_the_code_of_a_press_too_and_not_after_72_hours(house):
    await send(house, card("R12 请审批", buttons=(Button("同意", "同意 R12"),)))
    await house.stand_in.press("WangLei", shown(house)[0].message_id, 0)
    handle = house.bot.incoming[0].action.message_id
    house.clock.ahead = 72 * 3600 + 1
    with pytest.raises(SendError):
        await house.connector.update(handle, house.direct(), card("R12 已同意"))


async def test_a_file_sent_to_the_app_is_fetched_and_its_loss_is_told(house):
    house.files.kept["b1"] = PNG
    await send(house, Picture("b1", "图"))
    media_id = shown(house)[0].native["image"]["media_id"]
    assert await house.connector.fetch(File("图片.jpg", f"media:{media_id}", "image")) == PNG
    assert (await house.connector.fetch_named(File("图片", f"media:{media_id}", "image")))[0] == "图片.png"
    for handle in ("media:gone", "aibot:http://127.0.0.1:1/x", "https://example.org/x"):
        with pytest.raises(SendRefused):
            await house.connector.fetch(File("图片.jpg", handle, "image"))


async def test_check_says_what_is_good(house):
    assert all(good for _, good, _ in await house.connector.check())
