"""Sending, over loopback, to a platform that is late, busy, broken, or has forgotten who we are."""

import socket

import pytest
from aiohttp import web

from connectors.chat import (
    Button,
    Document,
    Picture,
    Text,
    card,
)
from connectors.errors import CredentialError, SendDeferred, SendRefused, SendUnknown
from connectors.sandbox.faults import FaultKind
from connectors.tokens import MemoryTokenStore
from connectors.wecom.connector import build

GROUP = "wrkSFfCgAAsandbox_ChatId"
PNG = b"\x89PNG\r\n\x1a\n" + b"picture" * 20


async def test_a_person_gets_text_and_card_from_the_app(house):
    plain = await house.send(Text("已记。\nT21：还剩北门两条"), key="k1")
    with_card = await house.send(card("今日待办", ("今天", "T1 配合环保局"), remark="共 1 项"), key="k2")
    assert house.shown()[0].text == "已记。\nT21：还剩北门两条"
    assert house.shown()[1].card["rows"] == [("今天", "T1 配合环保局")]
    assert plain.handle
    assert not plain.updatable
    assert not with_card.updatable  # nothing to press, no response_code


async def test_two_honest_messages_of_one_wording_are_both_shown_and_a_repetition_once(house):
    await house.send(Text("已转城管局。"), key="first")
    await house.send(Text("已转城管局。"), key="second")
    await house.send(Text("已转城管局。"), key="second")
    await house.send(card("请审批", buttons=(Button("同意", "同意 R1"),)), key="third")
    await house.send(card("请审批", buttons=(Button("同意", "同意 R1"),)), key="third")
    assert len(house.shown()) == 3
    assert house.shown()[0].text == house.shown()[1].text == "已转城管局。"
    sent = house.shown()[0].native
    assert (sent["enable_duplicate_check"], sent["duplicate_check_interval"]) == (1, 14400)
    assert house.connector.key_life == 14400


@pytest.mark.parametrize("fault", [FaultKind.RESET_AFTER, FaultKind.GARBAGE])
async def test_accepted_without_a_readable_answer_is_unknown_and_its_repetition_is_not_shown_twice(
    house, fault
):
    house.stand_in.faults.script("send", fault)
    with pytest.raises(SendUnknown):
        await house.send(Text("已记。"))
    assert (await house.send(Text("已记。"))).handle
    assert len(house.shown()) == 1


@pytest.mark.parametrize("fault", [FaultKind.RESET_BEFORE, FaultKind.BROKEN])
async def test_written_and_broken_is_unknown_too(house, fault):
    house.stand_in.faults.script("send", fault)
    with pytest.raises(SendUnknown):
        await house.send(Text("已记。"))
    assert house.shown() == []


async def test_a_document_repeated_after_an_unclear_answer_is_not_shown_twice(house):
    house.files.kept["b1"] = b"0123456789"
    house.stand_in.faults.script("send", FaultKind.RESET_AFTER)
    with pytest.raises(SendUnknown):
        await house.send(Document("b1", "北门 住户.xlsx"))
    await house.send(Document("b1", "北门 住户.xlsx"))
    (entry,) = house.shown()
    assert entry.file == {"name": "北门 住户.xlsx", "size": 10}
    assert house.stand_in.journal.blob(entry.message_id) == b"0123456789"


async def test_a_forgotten_upload_is_made_again_once(house):
    house.files.kept["b1"] = PNG
    house.stand_in.faults.script("send", FaultKind.THROTTLED)
    with pytest.raises(SendDeferred):
        await house.send(Picture("b1", "协作情况"))
    house.clock.ahead = 4 * 86400
    await house.send(Picture("b1", "协作情况"))
    assert len(house.shown()) == 1


async def test_a_throttled_app_waits_a_minute(house):
    house.stand_in.faults.script("send", FaultKind.THROTTLED)
    with pytest.raises(SendDeferred) as deferred:
        await house.send(Text("已记。"))
    assert (deferred.value.retry_after, deferred.value.whole_app) == (60, True)


async def test_an_expired_token_is_fetched_anew_once_and_the_message_sent(house):
    await house.send(Text("一"), key="k1")
    house.stand_in.faults.script("send", FaultKind.EXPIRED_TOKEN)
    await house.send(Text("二"), key="k2")
    house.stand_in.faults.script("send", FaultKind.EXPIRED_TOKEN, FaultKind.EXPIRED_TOKEN)
    with pytest.raises(CredentialError):
        await house.send(Text("三"), key="k3")
    assert [entry.text for entry in house.shown()] == ["一", "二"]


async def test_a_token_revoked_by_the_platform_heals(house):
    await house.send(Text("一"), key="k1")
    house.stand_in.tenant.token = ""
    await house.send(Text("二"), key="k2")
    assert len(house.shown()) == 2


@pytest.mark.parametrize("fault", list(FaultKind))
async def test_a_token_that_cannot_be_had_defers_and_is_never_unknown(house, fault):
    if fault in (FaultKind.DELAY, FaultKind.DUPLICATE):
        await house.send(Text("一"))
        return
    house.stand_in.faults.script("token", fault, fault)  # twice: reading is repeated by the client itself
    with pytest.raises((SendDeferred, CredentialError)):
        await house.send(Text("一"))
    assert house.shown() == []


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
        await house.send(Text("一"))


async def test_a_person_out_of_range_or_unknown_is_refused_for_good(house):
    house.stand_in.tenant.out_of_range.add("DingKai")
    for target in ("DingKai", "nobody"):
        with pytest.raises(SendRefused, match="81013") as refused:
            await house.send(Text("一"), to=house.direct(target))
        assert refused.value.dead_address


async def test_success_with_an_invalid_receiver_is_no_success(house, configure, platform):
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
async def test_an_answer_without_an_errcode_is_judged_by_its_status(
    house, configure, platform, status, expected
):
    async def good(_: web.Request) -> web.Response:
        return web.json_response({"errcode": 0, "access_token": "t", "expires_in": 7200, "msgid": "m"})

    async def answer(_: web.Request) -> web.Response:
        return web.Response(status=status, text="<html>", headers={"Location": "/cgi-bin/elsewhere"})

    async with platform(gettoken=good, elsewhere=good, **{"message/send": answer}) as url:
        connector = build(configure(house.stand_in, base_url=url), tokens=MemoryTokenStore())
        with pytest.raises(expected):
            await connector.send(house.direct(), Text("一"), idem_key="k", blobs=house.files)
        await connector.close()
