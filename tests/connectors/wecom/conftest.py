"""A small corporation on the stand-in, a bot's webhook server, and the connector between them."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from pydantic import SecretStr

from connectors.chat import Address, ConversationKind, Incoming, Message
from connectors.connector import Outcome, Sent, WebhookRequest
from connectors.errors import WebhookError
from connectors.sandbox.journal import Entry, EntryKind, SandboxChat, SandboxUser
from connectors.sandbox.webhooks import Courier
from connectors.sandbox.wecom import WeComStandIn
from connectors.tokens import MemoryTokenStore
from connectors.wecom.connector import WeComConnector, build
from connectors.wecom.settings import WeComSettings

GROUP = "wrkSFfCgAAsandbox_ChatId"


class Clock:
    """System time as the platform has it, moved by hand."""

    def __init__(self) -> None:
        self.ahead = 0.0

    def __call__(self) -> float:
        return datetime.now(UTC).timestamp() + self.ahead


class Files:
    """What pictures and documents point to."""

    def __init__(self) -> None:
        self.kept: dict[str, bytes] = {}

    async def read(self, key: str) -> bytes:
        return self.kept[key]


@dataclass
class Bot:
    """The bot's edge: verifies, keeps what came, and answers with ``outcome``. ``refusing`` is a status."""

    connector: WeComConnector
    outcome: Outcome = field(default_factory=Outcome)
    incoming: list[Incoming] = field(default_factory=list)
    ignored: list[str] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    refusing: int = 0

    async def handle(self, request: web.Request) -> web.Response:
        endpoint = request.match_info["endpoint"]
        call = WebhookRequest(request.method, endpoint, request.query, request.headers, await request.read())
        try:
            received = self.connector.receive(call, datetime.now(UTC))
        except WebhookError as error:
            self.refused.append(error.reason)
            return web.Response(status=error.status)
        if received.incoming is None:
            self.ignored.append(received.ignored)
        else:
            self.incoming.append(received.incoming)
        if self.refusing:
            return web.Response(status=self.refusing)
        answer = received.answer(self.outcome)
        kind, _, charset = answer.content_type.partition("; charset=")
        return web.Response(status=answer.status, body=answer.body, content_type=kind, charset=charset)


@dataclass
class House:
    stand_in: WeComStandIn
    connector: WeComConnector
    bot: Bot
    clock: Clock
    files: Files

    def direct(self, user: str = "WangLei") -> Address:
        return Address("wecom", ConversationKind.DIRECT, user)

    async def send(self, message: Message, *, to: Address | None = None, key: str = "k1", reply=None) -> Sent:
        address = to or self.direct()
        return await self.connector.send(address, message, idem_key=key, blobs=self.files, reply=reply)

    def shown(self) -> list[Entry]:
        """What the bot has put on screens."""
        kinds = (EntryKind.SENT, EntryKind.FILE)
        return [entry for entry in self.stand_in.journal.since() if entry.kind in kinds]

    def group(self) -> Address:
        push = self.stand_in.push_address(GROUP)
        return Address("wecom", ConversationKind.GROUP, GROUP, push)


def settings_of(stand_in: WeComStandIn, **changed: object) -> WeComSettings:
    keys = stand_in.keys
    given: dict[str, object] = {
        "corp_id": keys.corp_id,
        "agent_id": keys.agent_id,
        "secret": SecretStr(keys.secret),
        "token": SecretStr(keys.token),
        "encoding_aes_key": SecretStr(keys.encoding_aes_key),
        "aibot_token": SecretStr(keys.aibot_token),
        "aibot_encoding_aes_key": SecretStr(keys.aibot_encoding_aes_key),
        "aibot_id": keys.aibot_id,
        "base_url": stand_in.base_url,
        **changed,
    }
    return WeComSettings.model_validate(given)


@pytest.fixture
def configure():
    """Settings that fit a stand-in, with some changed."""
    return settings_of


@pytest.fixture
def platform():
    """The address of a platform with answers of its own, by path; GET and POST alike."""

    @asynccontextmanager
    async def serve(**handlers):
        app = web.Application()
        for path, handler in handlers.items():
            app.router.add_route("*", f"/cgi-bin/{path}", handler)
        server = TestServer(app)
        await server.start_server()
        yield str(server.make_url("/"))
        await server.close()

    return serve


@pytest.fixture
async def house() -> AsyncIterator[House]:
    clock = Clock()
    edge = web.Application(client_max_size=4 << 20)
    edge_server = TestServer(edge)
    bots: list[Bot] = []

    async def handle(request: web.Request) -> web.Response:
        return await bots[0].handle(request)

    edge.router.add_route("*", "/webhooks/wecom/{endpoint}", handle)
    await edge_server.start_server()
    users = [SandboxUser("WangLei", "王磊"), SandboxUser("DingKai", "丁凯"), SandboxUser("LuoJian", "罗建")]
    stand_in = WeComStandIn(
        users,
        [SandboxChat(GROUP, "垃圾分类·城管", ("WangLei", "DingKai", "LuoJian"))],
        Courier(str(edge_server.make_url("/webhooks/wecom"))),
        retries=(0.0, 0.0, 0.0),
        clock=clock,
    )
    platform = TestServer(stand_in.app())
    await platform.start_server()
    stand_in.base_url = str(platform.make_url("/"))
    connector = build(settings_of(stand_in), tokens=MemoryTokenStore())
    bots.append(Bot(connector))
    yield House(stand_in, connector, bots[0], clock, Files())
    await connector.close()
    await stand_in.close()
    await platform.close()
    await edge_server.close()
