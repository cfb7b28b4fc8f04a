"""What each answer of the platform, and each way of getting none, means for a message."""

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from connectors.chat import Address, ConversationKind, Text
from connectors.errors import (
    CredentialError,
    SendDeferred,
    SendError,
    SendRefused,
    SendUnknown,
)
from connectors.feishu import outcomes
from connectors.feishu.client import Draft, FeishuClient
from connectors.feishu.connector import build
from connectors.feishu.settings import FeishuSettings
from connectors.tokens import MemoryTokenStore
from tests.connectors.feishu.scene import GROUP, KEYS, Blobs, connector_at

IN_GROUP = Address("feishu", ConversationKind.GROUP, GROUP)


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


def test_the_class_of_what_prepares_a_message_is_never_unknown() -> None:
    assert isinstance(outcomes.before(SendUnknown("x")), SendDeferred)
    refused = SendRefused("x")
    assert outcomes.before(refused) is refused
