"""A platform of a few lines on loopback that keeps a journal and misbehaves as told, and its connector.

Faults by target or at random: ``lose`` (drops the connection before taking the message), ``busy`` (429),
``reset`` and ``stall`` (take the message, then drop the connection or never answer), ``gone`` (the chat
is dissolved), ``denied`` (the app is refused), ``slow``.
"""

import asyncio
import contextlib
import random
from collections import defaultdict
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

import aiohttp
from aiohttp import web

from connectors import chat
from connectors.chat import Account, Address, Card, File, Message, ReplyHandle, Text
from connectors.connector import Blobs, Received, Sent, WebhookRequest
from connectors.errors import CredentialError, SendDeferred, SendRefused, SendUnknown

BINDING, APP = "loopback", "loopback:app"


@dataclass(frozen=True, slots=True)
class Shown:
    """What people see: ``words`` in ``target``; ``idem_key`` as it came."""

    target: str
    words: str
    idem_key: str


@dataclass
class FakePlatform:
    """``honours_key``: a second message with the same key is not shown again."""

    honours_key: bool = True
    faults: dict[str, Sequence[str]] = field(default_factory=dict)  #: by target, used up one by one
    always: dict[str, str] = field(default_factory=dict)  #: by target, for ever
    chances: Mapping[str, float] = field(default_factory=dict)  #: at random
    shown: list[Shown] = field(default_factory=list)
    redrawn: list[tuple[str, str]] = field(default_factory=list)  #: (handle, title)
    secrets: list[str] = field(default_factory=list)  #: push addresses that came along
    calls: int = 0
    overlaps: int = 0  #: calls to one target while somebody still waited for another
    open_calls: dict[str, list[web.Request]] = field(default_factory=lambda: defaultdict(list))
    url: str = ""
    seed: int = 7
    _released: asyncio.Event = field(default_factory=asyncio.Event)
    arrived: asyncio.Event = field(default_factory=asyncio.Event)

    def __post_init__(self) -> None:
        self._dice = random.Random(self.seed)

    def words(self, target: str) -> list[str]:
        return [each.words for each in self.shown if each.target == target]

    def release(self) -> None:
        """Let stalled calls end."""
        self._released.set()

    async def send(self, request: web.Request) -> web.Response:
        body = await request.json()
        target = body["target"]
        self.calls += 1
        self.secrets.append(body["secret"])
        self.overlaps += any(_is_awaited(other) for other in self.open_calls[target])
        self.open_calls[target].append(request)
        try:
            return await self._answer(request, target, body)
        finally:
            self.open_calls[target].remove(request)

    async def _answer(self, request: web.Request, target: str, body: dict[str, str]) -> web.Response:
        fault = self._fault(target)
        if fault == "lose":
            _drop(request)
        elif fault == "busy":
            return web.Response(status=429, headers={"Retry-After": "0.01"})
        elif fault in ("gone", "denied", "broken"):
            return web.Response(status={"gone": 410, "denied": 401, "broken": 422}[fault])
        else:
            self._take(target, body)
            if fault == "slow":
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(self._released.wait(), 0.15)
            if fault == "reset":
                _drop(request)
            if fault == "stall":
                await self._released.wait()
        return web.json_response({"handle": f"{target}/{body['key']}"})

    def _take(self, target: str, body: dict[str, str]) -> None:
        known = self.honours_key and any(each.idem_key == body["key"] for each in self.shown)
        if not known:
            self.shown.append(Shown(target, body["words"], body["key"]))
        self.arrived.set()

    def _fault(self, target: str) -> str:
        if target in self.always:
            return self.always[target]
        if script := list(self.faults.get(target, ())):
            self.faults[target] = script[1:]
            return script[0]
        roll = self._dice.random()
        for fault, chance in self.chances.items():
            roll -= chance
            if roll < 0:
                return fault
        return ""

    async def redraw(self, request: web.Request) -> web.Response:
        body = await request.json()
        if self.always.get(body["handle"]) == "broken":
            return web.Response(status=422)
        self.redrawn.append((body["handle"], body["title"]))
        return web.json_response({})


def _is_awaited(request: web.Request) -> bool:
    """A caller who gave up, or was killed, has closed the connection."""
    return request.transport is not None and not request.transport.is_closing()


def _drop(request: web.Request) -> None:
    if request.transport is not None:
        request.transport.abort()


@contextlib.asynccontextmanager
async def serving(platform: FakePlatform) -> AsyncIterator[FakePlatform]:
    application = web.Application()
    application.router.add_post("/send", platform.send)
    application.router.add_post("/redraw", platform.redraw)
    runner = web.AppRunner(application, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    port = runner.addresses[0][1]
    platform.url = f"http://127.0.0.1:{port}"
    try:
        yield platform
    finally:
        platform.release()
        await runner.cleanup()


class NoBlobs:
    async def read(self, key: str) -> bytes:
        raise KeyError(key)


class LoopbackConnector:
    """Speaks to a ``FakePlatform``."""

    platform = "loopback"
    edge_timeout = 1.0
    patience = 60.0

    def __init__(self, url: str, *, key_life: float = 3600.0, app: str = APP, binding: str = BINDING) -> None:
        self.binding, self.app, self.key_life = binding, app, key_life
        self.group_key_life = key_life
        self._url = url
        self._http: aiohttp.ClientSession | None = None

    async def send(
        self,
        address: Address,
        message: Message,
        *,
        idem_key: str,
        blobs: Blobs,
        reply: ReplyHandle | None = None,
    ) -> Sent:
        words = message.body if isinstance(message, Text) else chat.as_text(message)
        answer = await self._post(
            "/send",
            {"target": address.target, "words": words, "key": idem_key, "secret": address.push_secret},
        )
        return Sent(handle=answer["handle"], updatable=isinstance(message, Card))

    async def update(self, handle: str, address: Address, card: Card) -> None:
        await self._post("/redraw", {"handle": handle, "title": card.title})

    async def _post(self, path: str, body: dict[str, str]) -> dict[str, str]:
        if self._http is None:
            self._http = aiohttp.ClientSession()
        try:
            async with self._http.post(self._url + path, json=body) as response:
                if response.status == 429:
                    raise SendDeferred("busy", retry_after=float(response.headers["Retry-After"]))
                if response.status == 410:
                    raise SendRefused("gone", dead_address=True)
                if response.status == 401:
                    raise CredentialError("denied")
                if response.status == 422:
                    raise SendRefused("broken")
                answer: dict[str, str] = await response.json()
                return answer
        except aiohttp.ClientConnectorError as error:
            raise SendDeferred("no_connection", retry_after=0.01) from error
        except (aiohttp.ClientError, ConnectionError) as error:
            raise SendUnknown("no_answer") from error

    async def close(self) -> None:
        if self._http is not None:
            await self._http.close()

    def receive(self, request: WebhookRequest, now: datetime) -> Received:
        raise ValueError("this platform only takes messages")

    async def fetch(self, file: File) -> bytes:
        raise ValueError("this platform has no files")

    async def resolve(self, account: Account) -> Account:
        return account

    async def check(self) -> list[tuple[str, bool, str]]:
        return []
