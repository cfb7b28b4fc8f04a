"""Sending: what each answer, fault and limit of the platform means for a message."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from connectors.chat import Address, Button, ConversationKind, Document, File, Picture, Text, card
from connectors.connector import Sent
from connectors.errors import (
    CredentialError,
    SendDeferred,
    SendError,
    SendRefused,
    SendUnknown,
)
from connectors.feishu import outcomes
from connectors.feishu.client import Draft, FeishuClient
from connectors.feishu.connector import FeishuConnector, build
from connectors.feishu.settings import FeishuSettings
from connectors.sandbox.faults import FaultKind
from connectors.sandbox.journal import EntryKind, Upload
from connectors.tokens import MemoryTokenStore
from tests.connectors.feishu.scene import GROUP, KEYS, LI, WANG, Scene

IN_GROUP = Address("feishu", ConversationKind.GROUP, GROUP)
TO_WANG = Address("feishu", ConversationKind.DIRECT, WANG)


class Blobs:
    def __init__(self, **kept: bytes) -> None:
        self.kept = kept

    async def read(self, key: str) -> bytes:
        return self.kept[key]


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


async def test_many_senders_ask_for_one_token() -> None:
    asked = 0

    async def token(request: web.Request) -> web.Response:
        nonlocal asked
        asked += 1
        return web.json_response({"code": 0, "msg": "ok", "tenant_access_token": "t-1", "expire": 7200})

    async def take(request: web.Request) -> web.Response:
        assert request.headers["Authorization"] == "Bearer t-1"
        return web.json_response({"code": 0, "data": {"message_id": "om_1"}})

    app = web.Application()
    app.router.add_post("/open-apis/auth/v3/tenant_access_token/internal", token)
    app.router.add_post("/open-apis/im/v1/messages", take)
    async with TestServer(app) as server:
        connector = connector_at(str(server.make_url("")))
        sends = [connector.send(IN_GROUP, Text("您好"), idem_key=f"k{n}", blobs=Blobs()) for n in range(8)]
        await asyncio.gather(*sends)
        await connector.close()
    assert asked == 1


Answers = Callable[[web.Request], web.Response]


@pytest.fixture
async def scripted() -> AsyncIterator[Callable[[Answers], Any]]:
    """A platform whose token is good and whose messages are answered by the test."""
    servers: list[TestServer] = []

    async def start(answer: Answers) -> str:
        async def token(request: web.Request) -> web.Response:
            return web.json_response({"code": 0, "tenant_access_token": "t-1", "expire": 7200})

        async def take(request: web.Request) -> web.Response:
            await request.read()
            return answer(request)

        app = web.Application()
        app.router.add_post("/open-apis/auth/v3/tenant_access_token/internal", token)
        app.router.add_post("/open-apis/im/v1/messages", take)
        server = TestServer(app)
        await server.start_server()
        servers.append(server)
        return str(server.make_url(""))

    yield start
    for server in servers:
        await server.close()


def connector_at(base_url: str) -> FeishuConnector:
    settings = FeishuSettings.model_validate({**KEYS, "base_url": base_url.rstrip("/")})
    return build(settings, tokens=MemoryTokenStore())


#: The platform's error list: (HTTP status, code, class, whole app waits / address is dead)
ERRORS: list[tuple[int, int, type[SendError], bool]] = [
    (429, 99991400, SendDeferred, True),
    (400, 99991400, SendDeferred, True),
    (400, 11232, SendDeferred, True),
    (400, 230020, SendDeferred, False),
    (400, 232096, SendDeferred, False),
    (429, 1, SendDeferred, True),
    (400, 2200, SendUnknown, False),
    (500, 2200, SendUnknown, False),
    (500, 1, SendUnknown, False),
    (400, 230049, SendUnknown, False),
    *((400, code, CredentialError, False) for code in (99991661, 99991663, 99991664, 99991665, 99991671)),
    *((400, code, CredentialError, False) for code in (99991672, 99991679, 99991401, 99991403)),
    *((400, code, CredentialError, False) for code in (230006, 232025)),
    *((400, code, SendRefused, True) for code in (230002, 232009, 232011, 230013, 230053, 230029)),
    *((400, code, SendRefused, False) for code in (230018, 230035, 230022, 230028, 230025)),
    *((400, code, SendRefused, False) for code in (230001, 230034, 230054, 230055, 230099)),
    *((400, code, SendRefused, False) for code in (230011, 230110, 230031, 230071, 230072, 230027)),
    (200, 987654, SendRefused, False),
]


@pytest.mark.parametrize(("status", "code", "error", "flag"), ERRORS)
async def test_every_error_code_has_its_class(
    scripted: Callable[[Answers], Any], status: int, code: int, error: type[SendError], flag: bool
) -> None:
    base_url = await scripted(
        lambda _: web.json_response({"code": code, "msg": "no", "error": {"log_id": "log-7"}}, status=status)
    )
    connector = connector_at(base_url)
    with pytest.raises(SendError) as raised:
        await connector.send(IN_GROUP, Text("您好"), idem_key="k", blobs=Blobs())
    await connector.close()
    assert (type(raised.value), raised.value.code) == (error, str(code))
    assert "log-7" in raised.value.detail
    if isinstance(raised.value, SendDeferred):
        assert raised.value.whole_app == flag
    if isinstance(raised.value, SendRefused):
        assert raised.value.dead_address == flag


@pytest.mark.parametrize(
    ("status", "error"),
    [(200, SendUnknown), (502, SendUnknown), (504, SendUnknown), (404, SendDeferred), (407, SendDeferred)],
)
async def test_an_answer_that_is_no_answer_is_judged_by_its_status(
    scripted: Callable[[Answers], Any], status: int, error: type[SendError]
) -> None:
    base_url = await scripted(lambda _: web.Response(status=status, text="<html>gateway</html>"))
    connector = connector_at(base_url)
    with pytest.raises(error):
        await connector.send(IN_GROUP, Text("您好"), idem_key="k", blobs=Blobs())
    await connector.close()


async def test_missing_permissions_are_named(scripted: Callable[[Answers], Any]) -> None:
    error = {"permission_violations": [{"type": "action_scope_required", "subject": "im:message"}]}
    base_url = await scripted(
        lambda _: web.json_response({"code": 99991672, "msg": "Access denied", "error": error}, status=400)
    )
    connector = connector_at(base_url)
    with pytest.raises(CredentialError) as refused:
        await connector.send(IN_GROUP, Text("您好"), idem_key="k", blobs=Blobs())
    await connector.close()
    assert "scope im:message" in refused.value.detail


async def test_a_platform_that_is_not_there_took_nothing(unused_tcp_port: int) -> None:
    connector = connector_at(f"http://127.0.0.1:{unused_tcp_port}")
    with pytest.raises(SendDeferred):
        await connector.send(IN_GROUP, Text("您好"), idem_key="k", blobs=Blobs())
    await connector.close()


async def test_a_refused_connection_took_nothing_even_with_a_token(
    scripted: Callable[[Answers], Any], unused_tcp_port: int
) -> None:
    """The token is at hand, so that the message itself is what is not connected."""
    tokens = MemoryTokenStore()
    first = build(FeishuSettings.model_validate({**KEYS, "base_url": await scripted(_accept)}), tokens=tokens)
    await first.send(IN_GROUP, Text("您好"), idem_key="k", blobs=Blobs())
    await first.close()
    gone = FeishuSettings.model_validate({**KEYS, "base_url": f"http://127.0.0.1:{unused_tcp_port}"})
    second = build(gone, tokens=tokens)
    with pytest.raises(SendDeferred) as deferred:
        await second.send(IN_GROUP, Text("您好"), idem_key="k", blobs=Blobs())
    await second.close()
    assert deferred.value.code == "unreachable"


def _accept(request: web.Request) -> web.Response:
    return web.json_response({"code": 0, "data": {"message_id": "om_1"}})


async def test_a_platform_that_hangs_may_have_taken_it_but_for_what_had_to_wait() -> None:
    """Sixteen calls run at once; the one that got no thread in time certainly was not sent."""
    release, asked = asyncio.Event(), 0

    async def token(request: web.Request) -> web.Response:
        return web.json_response({"code": 0, "tenant_access_token": "t-1", "expire": 7200})

    async def hang(request: web.Request) -> web.Response:
        nonlocal asked
        asked += 1
        await release.wait()
        return _accept(request)

    app = web.Application()
    app.router.add_post("/open-apis/auth/v3/tenant_access_token/internal", token)
    app.router.add_post("/open-apis/im/v1/messages", hang)
    async with TestServer(app) as server:
        settings = FeishuSettings.model_validate({**KEYS, "base_url": str(server.make_url("")).rstrip("/")})
        client = FeishuClient(settings, MemoryTokenStore(), app="feishu:x", seconds=0.4)
        posts = [client.post(Draft("post", {"zh_cn": {}}), IN_GROUP, idem_key=f"k{n}") for n in range(17)]
        async with asyncio.timeout(5):
            ended = await asyncio.gather(*posts, return_exceptions=True)
        release.set()
        await client.close()
    assert sorted(type(error).__name__ for error in ended) == ["SendDeferred", *["SendUnknown"] * 16]
    assert asked <= 16


async def test_the_secret_is_not_sent_on_to_where_a_redirect_points() -> None:
    followed = False

    async def elsewhere(request: web.Request) -> web.Response:
        nonlocal followed
        followed = True
        return web.json_response({"code": 0, "tenant_access_token": "t-1", "expire": 7200})

    async def redirect(request: web.Request) -> web.Response:
        raise web.HTTPTemporaryRedirect("/elsewhere")

    app = web.Application()
    app.router.add_post("/open-apis/auth/v3/tenant_access_token/internal", redirect)
    app.router.add_post("/elsewhere", elsewhere)
    async with TestServer(app) as server:
        connector = connector_at(str(server.make_url("")))
        with pytest.raises(SendDeferred):
            await connector.send(IN_GROUP, Text("您好"), idem_key="k", blobs=Blobs())
        await connector.close()
    assert not followed


@pytest.mark.parametrize(
    "handle",
    [
        "",
        "om_1",
        "om_1/file_1",
        "om_1/file_1/exe",
        "../x/y/file",
        "om_1/a%2fb/file",
        "http://h/x/file",
        "a/b/file\n",
    ],
)
async def test_a_handle_that_is_none_asks_nobody(scene: Scene, handle: str) -> None:
    scene.faults.script("token", FaultKind.BROKEN)
    with pytest.raises(SendRefused) as refused:
        await scene.connector.fetch(File("x", handle))
    assert refused.value.code == "handle"


async def test_fetching_survives_an_expired_token(scene: Scene) -> None:
    await scene.stand_in.say(WANG, None, "", files=[Upload("a.json", b'{"code": 7}')])
    (heard,) = scene.bot.incoming
    assert await scene.connector.fetch(heard.files[0]) == b'{"code": 7}'
    scene.stand_in.tenant.expire_tokens()
    assert await scene.connector.fetch(heard.files[0]) == b'{"code": 7}'


async def test_fetching_says_what_went_wrong(scene: Scene) -> None:
    await scene.stand_in.say(LI, None, "", files=[Upload("big.bin", bytes(30 * 1024 * 1024 + 1))])
    (heard,) = scene.bot.incoming
    with pytest.raises(SendRefused) as refused:
        await scene.connector.fetch(heard.files[0])
    assert refused.value.code == "fetch_size"
    with pytest.raises(SendRefused) as refused:
        await scene.connector.fetch(File("x", f"{heard.message_id}/file_other/file"))
    assert refused.value.code == "234003"
    # A cut connection is tried again at once where it was an old one: asking twice does no harm.
    for faults in ([FaultKind.BROKEN], [FaultKind.RESET_BEFORE] * 2):
        scene.faults.script("download", *faults)
        with pytest.raises(SendDeferred):
            await scene.connector.fetch(heard.files[0])


def test_the_class_of_what_prepares_a_message_is_never_unknown() -> None:
    assert isinstance(outcomes.before(SendUnknown("x")), SendDeferred)
    refused = SendRefused("x")
    assert outcomes.before(refused) is refused
