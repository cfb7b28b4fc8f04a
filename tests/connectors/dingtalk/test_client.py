"""What a call's answer, or its absence, means to a message."""

import asyncio

import orjson
import pytest

from connectors.chat import Address, Card, ConversationKind, File, Text
from connectors.connector import Sent
from connectors.dingtalk import codes
from connectors.dingtalk.client import DingTalkClient, secured
from connectors.dingtalk.connector import build
from connectors.dingtalk.render import Native
from connectors.dingtalk.settings import DingTalkSettings
from connectors.errors import (
    CredentialError,
    SendDeferred,
    SendError,
    SendRefused,
    SendUnknown,
)
from connectors.sandbox.faults import Fault, FaultKind
from connectors.sandbox.journal import EntryKind
from connectors.tokens import MemoryTokenStore
from tests.connectors.dingtalk.scene import GROUP, KEYS, LI, Scene

TO_GROUP = Address("dingtalk", ConversationKind.GROUP, GROUP.id)
TO_LI = Address("dingtalk", ConversationKind.DIRECT, LI.key)


class NoBlobs:
    async def read(self, key: str) -> bytes:
        raise AssertionError(key)


async def send(scene: Scene, address: Address = TO_GROUP, text: str = "好") -> Sent:
    return await scene.connector.send(address, Text(text), idem_key="key", blobs=NoBlobs())


def shown(scene: Scene) -> int:
    return sum(entry.kind is EntryKind.SENT for entry in scene.stand_in.journal.since())


@pytest.mark.parametrize("address", [TO_GROUP, TO_LI])
async def test_an_expired_token_is_replaced_once_and_the_message_arrives_once(
    scene: Scene, address: Address
) -> None:
    await send(scene, address)
    scene.stand_in.expire_token()
    await send(scene, address)
    assert shown(scene) == 2


async def test_a_token_that_is_refused_again_and_again_is_the_apps_fault(scene: Scene) -> None:
    scene.stand_in.faults.script("send", FaultKind.EXPIRED_TOKEN, FaultKind.EXPIRED_TOKEN)
    with pytest.raises(CredentialError, match="InvalidAuthentication"):
        await send(scene)
    assert shown(scene) == 0
    await send(scene)
    assert shown(scene) == 1


@pytest.mark.parametrize(
    ("fault", "error", "arrived"),
    [
        (FaultKind.RESET_BEFORE, SendUnknown, 0),
        (FaultKind.RESET_AFTER, SendUnknown, 1),
        (FaultKind.BROKEN, SendUnknown, 0),
        (FaultKind.THROTTLED, SendDeferred, 0),
        (FaultKind.GARBAGE, SendUnknown, 1),
    ],
)
async def test_a_fault_on_the_way_is_named_for_what_it_is(
    scene: Scene, fault: FaultKind, error: type[SendError], arrived: int
) -> None:
    scene.stand_in.faults.script("send", fault)
    with pytest.raises(error):
        await send(scene)
    assert shown(scene) == arrived


@pytest.mark.parametrize("fault", [FaultKind.RESET_BEFORE, FaultKind.RESET_AFTER, FaultKind.BROKEN])
async def test_a_call_that_shows_nothing_is_only_deferred(scene: Scene, fault: FaultKind) -> None:
    scene.stand_in.faults.script("token", fault)
    with pytest.raises(SendDeferred):
        await send(scene)
    scene.stand_in.faults.script("download", fault)
    with pytest.raises(SendDeferred):
        await scene.connector.fetch(File("a", "code"))
    await send(scene)
    assert shown(scene) == 1


async def test_a_late_answer_is_waited_for(scene: Scene) -> None:
    scene.stand_in.faults.script("send", Fault(FaultKind.DELAY, 0.05))
    await send(scene)
    assert shown(scene) == 1


async def test_a_call_that_takes_too_long_may_have_arrived(scene: Scene) -> None:
    settings = DingTalkSettings.model_validate({**KEYS, "base_url": scene.api, "old_base_url": scene.api})
    client = DingTalkClient(settings, MemoryTokenStore(), timeout=0.1)
    await client.token()
    scene.stand_in.faults.script("send", Fault(FaultKind.DELAY, 0.3))
    with pytest.raises(SendUnknown, match="no_answer"):
        await client.send_to_group(GROUP.id, Native("sampleText", {"content": "好"}))
    await client.close()


async def test_nobody_listening_is_certainly_not_sent() -> None:
    settings = DingTalkSettings.model_validate(
        {**KEYS, "base_url": "http://127.0.0.1:1", "old_base_url": "http://127.0.0.1:1"}
    )
    connector = build(settings, tokens=MemoryTokenStore())
    with pytest.raises(SendDeferred, match="unreachable"):
        await connector.send(TO_GROUP, Text("好"), idem_key="k", blobs=NoBlobs())
    ((what, good, advice), *_) = await connector.check()
    assert what
    assert not good
    assert KEYS["app_secret"] not in advice
    await connector.close()


async def test_a_wrong_secret_is_the_apps_fault(scene: Scene) -> None:
    settings = DingTalkSettings.model_validate(
        {**KEYS, "app_secret": "wrong", "base_url": scene.api, "old_base_url": scene.api}
    )
    connector = build(settings, tokens=MemoryTokenStore())
    with pytest.raises(CredentialError, match="invalidClientIdOrSecret"):
        await connector.send(TO_GROUP, Text("好"), idem_key="k", blobs=NoBlobs())
    await connector.close()


async def test_a_person_who_is_unknown_is_a_dead_address_and_one_held_back_waits(scene: Scene) -> None:
    with pytest.raises(SendRefused) as refused:
        await send(scene, Address("dingtalk", ConversationKind.DIRECT, "nobody"))
    assert refused.value.dead_address
    scene.stand_in.world.held_back.add(LI.key)
    with pytest.raises(SendDeferred) as deferred:
        await send(scene, TO_LI)
    assert not deferred.value.whole_app
    assert shown(scene) == 0


async def test_too_many_calls_a_second_are_the_whole_apps_wait(scene: Scene) -> None:
    results = await asyncio.gather(*(send(scene) for _ in range(25)), return_exceptions=True)
    refused = [result for result in results if isinstance(result, SendDeferred)]
    assert refused
    assert all(error.whole_app for error in refused)
    assert shown(scene) == sum(isinstance(result, Sent) for result in results)


async def test_a_used_up_month_stops_the_app(scene: Scene) -> None:
    scene.stand_in.world.calls_left = 0
    with pytest.raises(CredentialError, match="ApiCountLimitForOrg"):
        await send(scene)


@pytest.mark.parametrize("template", ["6f0c.schema"])
async def test_a_card_whose_answer_was_lost_is_shown_once_when_sent_again(scene: Scene) -> None:
    scene.stand_in.faults.script("send", FaultKind.RESET_AFTER)
    with pytest.raises(SendUnknown):
        await scene.connector.send(TO_GROUP, Card("事项"), idem_key="track", blobs=NoBlobs())
    await scene.connector.send(TO_GROUP, Card("事项"), idem_key="track", blobs=NoBlobs())
    assert shown(scene) == 1


@pytest.mark.parametrize("taken", [{}, {"callbackUrl": "https://old.test", "apiSecret": "old"}])
async def test_the_card_callback_is_registered_before_the_first_card_and_taken_over(
    scene: Scene, taken: dict[str, str]
) -> None:
    callbacks = scene.stand_in.world.callbacks
    if taken:
        callbacks["chengquan"] = taken
    settings = DingTalkSettings.model_validate(
        {
            **KEYS,
            "base_url": scene.api,
            "old_base_url": scene.api,
            "card_template_id": "6f0c.schema",
            "card_callback_url": "https://bot.test/webhooks/dingtalk/card",
        }
    )
    connector = build(settings, tokens=MemoryTokenStore())
    scene.stand_in.faults.script("register", FaultKind.BROKEN)
    with pytest.raises(SendDeferred):
        await connector.send(TO_GROUP, Card("事项"), idem_key="t1", blobs=NoBlobs())
    for key in ("t1", "t2"):
        await connector.send(TO_GROUP, Card("事项"), idem_key=key, blobs=NoBlobs())
    assert callbacks["chengquan"] == {
        "callbackUrl": settings.card_callback_url,
        "apiSecret": KEYS["card_secret"],
    }
    assert shown(scene) == 2
    await connector.close()


def named(code: str, **more: object) -> bytes:
    return orjson.dumps({"code": code, "message": "m", "requestid": "r", **more})


def numbered(code: object, **more: object) -> bytes:
    return orjson.dumps({"errcode": code, "errmsg": "m", **more})


DENIED = "Forbidden.AccessDenied."
TABLE: list[tuple[int, bytes, type[SendError], dict[str, object]]] = [
    (403, named(DENIED + "QpsLimitForAppkeyAndApi"), SendDeferred, {"retry_after": 1, "whole_app": True}),
    (200, numbered(90018), SendDeferred, {"retry_after": 1, "whole_app": True}),
    (403, named(DENIED + "QpsLimitForApi"), SendDeferred, {"retry_after": 10, "whole_app": True}),
    (200, numbered(90002), SendDeferred, {"retry_after": 10, "whole_app": True}),
    (403, named(DENIED + "QpmLimitForAppkeyAndApi"), SendDeferred, {"retry_after": 60, "whole_app": True}),
    (200, numbered(90005), SendDeferred, {"retry_after": 60, "whole_app": True}),
    (200, numbered("90006"), SendDeferred, {"retry_after": 60, "whole_app": True}),
    (200, numbered(90019), SendDeferred, {"retry_after": 60, "whole_app": True}),
    (403, named(DENIED + "ApiCountLimitForOrg"), CredentialError, {}),
    (200, numbered(90020), CredentialError, {}),
    (
        200,
        b'{"status":1111,"wait":5,"source":"x5","punish":"deny"}',
        SendDeferred,
        {"retry_after": 300, "whole_app": True},
    ),
    (200, b"<!DOCTYPE html><html>punish</html>", SendDeferred, {"retry_after": 300, "whole_app": True}),
    (403, b"\n<html>1111</html>", SendDeferred, {"retry_after": 300, "whole_app": True}),
    (200, b"<html>it works</html>", SendUnknown, {}),
    (429, b"", SendDeferred, {"retry_after": 60, "whole_app": True}),
    (400, named("send.too.fast"), SendDeferred, {"retry_after": 2, "whole_app": False}),
    (400, named("send.byToken.tooFast"), SendDeferred, {"retry_after": 2, "whole_app": False}),
    (400, named("too.many.group"), SendDeferred, {"retry_after": 2, "whole_app": False}),
    (400, named("too.many.people"), SendDeferred, {"retry_after": 2, "whole_app": False}),
    (401, named("whatever"), CredentialError, {}),
    (400, named("InvalidAuthentication"), CredentialError, {}),
    (400, named("invalidauthentication"), CredentialError, {}),
    (200, numbered(40014), CredentialError, {}),
    (200, numbered(42001), CredentialError, {}),
    (200, numbered("40001"), CredentialError, {}),
    (
        403,
        named(
            DENIED + "AccessTokenPermissionDenied",
            accessdenieddetail={"requiredScopes": ["qyapi_robot_sendmsg"]},
        ),
        CredentialError,
        {"detail": "缺少权限：qyapi_robot_sendmsg"},
    ),
    (200, numbered(60011), CredentialError, {}),
    (200, numbered(88, sub_code="60011", sub_msg="no scope"), CredentialError, {"detail": "no scope"}),
    (403, named(DENIED + "IpNotInWhiteList"), CredentialError, {}),
    (200, numbered(60020), CredentialError, {}),
    (403, named("forbidden.accessDenied.realmControl"), CredentialError, {}),
    (400, named("invalidClientIdOrSecret"), CredentialError, {}),
    (500, named("system.error"), SendUnknown, {}),
    (500, named("system.busy"), SendUnknown, {}),
    (200, numbered(-1), SendUnknown, {}),
    (200, numbered(15), SendUnknown, {}),
    (200, numbered(88), SendUnknown, {}),
    (502, b"<html>bad gateway</html>", SendUnknown, {}),
    (503, b"", SendUnknown, {}),
    (504, b"timeout", SendUnknown, {}),
    (200, b"not json", SendUnknown, {}),
    (200, b"[1]", SendUnknown, {}),
    (400, named("invalidParameter.msgKey.invalid"), SendRefused, {"dead_address": False}),
    (400, named("miss.param.msgKey"), SendRefused, {"dead_address": False}),
    (400, named("template.not.exist"), SendRefused, {"dead_address": False}),
    (400, named("invalid.openConversationId"), SendRefused, {"dead_address": True}),
    (400, named("group.disbanded"), SendRefused, {"dead_address": True}),
    (400, named("bot.stopped"), SendRefused, {"dead_address": True}),
    (400, named("resource.not.found"), SendRefused, {"dead_address": True}),
    (400, named("conversation.org.notMatch"), SendRefused, {"dead_address": True}),
    (400, named("invalidParameter.robotCode.invalid"), SendRefused, {"dead_address": True}),
    (400, named("invalidParameter.robotCode.downloadCode"), SendRefused, {"dead_address": False}),
    (400, named("contain.notAllowed.word"), SendRefused, {"dead_address": False}),
    (400, named("contain.unsafe.url"), SendRefused, {"dead_address": False}),
    (400, named("param.contentUnsafe"), SendRefused, {"dead_address": False}),
    (400, named("chatbotId.notAllow.sendOTO"), SendRefused, {"dead_address": False}),
    (400, named("something.new"), SendRefused, {"dead_address": False}),
    (200, numbered(60121), SendRefused, {"dead_address": False}),
]


@pytest.mark.parametrize(("status", "content", "error", "traits"), TABLE)
def test_every_documented_refusal_has_its_consequence(
    status: int, content: bytes, error: type[SendError], traits: dict[str, object]
) -> None:
    failure = codes.read(status, content).failure()
    assert type(failure) is error
    assert {name: getattr(failure, name) for name in traits} == traits


def test_a_file_named_over_plain_http_is_fetched_over_https() -> None:
    assert secured("http://a.dingtalk.com/x?Expires=1") == "https://a.dingtalk.com/x?Expires=1"
    assert secured("https://a.dingtalk.com/x") == "https://a.dingtalk.com/x"


@pytest.mark.parametrize(
    "content", [b'{"processQueryKey":"k"}', b'{"errcode":"0","errmsg":"ok"}', b'{"errcode":0}', b"{}"]
)
def test_a_good_answer_is_no_refusal(content: bytes) -> None:
    assert codes.read(200, content).failure() is None
