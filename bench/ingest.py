"""A signed Feishu group message on its way in, next to a bare handler that only reads the request.

Both serve in a process of their own, on SQLite with every commit on disk; a second process sends. The
message is verified, decrypted, understood, stored, its reply queued and the whole committed before it
is answered. What counts is the ratio: the figures themselves are the machine's.
"""

import asyncio
import base64
import hashlib
import json
import multiprocessing
import statistics
import tempfile
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from multiprocessing.connection import Connection
from pathlib import Path

from aiohttp import web
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from sqlmodel import Session

from bot import logs, webhooks
from bot.clock import Clock
from bot.intake import Intake
from bot.memory import settle
from commands.catalogue import CATALOGUE
from commands.command import World
from commands.directory import snapshot
from commands.dispatch import Dispatcher
from commands.notify import Channels
from connectors.chat import Incoming, Outcome
from connectors.feishu.connector import FeishuConnector
from connectors.feishu.settings import FeishuSettings
from connectors.tokens import MemoryTokenStore
from storage.clock import Moment
from storage.database import Database
from storage.installation import migrate
from tests import factories

PEOPLE, CHATS = 60, 30
CONNECTIONS = 64
_ENCRYPT_KEY, _TOKEN, _APP = "bench-encrypt-key", "bench-token", "cli_bench"
_FORKED = multiprocessing.get_context("spawn")


@dataclass(frozen=True, slots=True)
class Load:
    """``failed``: answers other than 200."""

    requests: int
    per_second: float
    p50_ms: float
    p99_ms: float
    failed: int


@dataclass(frozen=True, slots=True)
class Ingest:
    """``ratio``: ours ÷ bare, each the median of the rounds. ``stored``: the same way with nothing
    understood or done, only the event remembered: what the machinery costs. ``at_half_load``: ours, paced.
    """

    bare: Load
    stored: Load
    ours: Load
    ratio: float
    at_half_load: Load


def measure(*, messages: int = 4000, rounds: int = 3) -> Ingest:
    """In turns, so that a busy machine slows both."""
    bare: list[Load] = []
    stored: list[Load] = []
    ours: list[Load] = []
    for no in range(rounds):
        requests = [_request(f"{no}:{n}", n) for n in range(messages)]
        bare.append(_run("bare", requests))
        stored.append(_run("stored", requests))
        ours.append(_run("ours", requests))
    middle = _median(ours)
    paced = [_request(f"paced:{n}", n) for n in range(messages // 2)]
    half = _run("ours", paced, per_second=middle.per_second / 2)
    ratio = middle.per_second / _median(bare).per_second
    return Ingest(_median(bare), _median(stored), middle, ratio, half)


def _median(loads: Sequence[Load]) -> Load:
    return sorted(loads, key=lambda load: load.per_second)[len(loads) // 2]


# -- what is sent --------------------------------------------------------------------------------


def _request(key: str, no: int) -> bytes:
    """One HTTP request; the person ``no`` reports progress on a task of his own in one of the chats."""
    who = no % PEOPLE
    now = datetime.now(UTC)
    payload = {
        "schema": "2.0",
        "header": {
            "event_id": key,
            "event_type": "im.message.receive_v1",
            "token": _TOKEN,
            "app_id": _APP,
            "tenant_key": "tenant",
            "create_time": str(int(now.timestamp() * 1000)),
        },
        "event": {
            "sender": {
                "sender_id": {"open_id": f"ou_{who}"},
                "sender_type": "user",
                "tenant_key": "tenant",
            },
            "message": {
                "message_id": f"om_{key}",
                "chat_id": f"oc_{who % CHATS}",
                "chat_type": "group",
                "message_type": "text",
                "content": json.dumps({"text": f"@_user_1 T{100 + who} 完成{no % 90 + 1}%，标准初稿已写好"}),
                "create_time": str(int(now.timestamp() * 1000)),
                "mentions": [
                    {
                        "key": "@_user_1",
                        "id": {"open_id": "ou_bot"},
                        "mentioned_type": "bot",
                        "name": "督办助手",
                    }
                ],
            },
        },
    }
    body = json.dumps({"encrypt": _seal(json.dumps(payload, ensure_ascii=False).encode())}).encode()
    stamp = str(int(now.timestamp()))
    signature = hashlib.sha256((stamp + "nonce" + _ENCRYPT_KEY).encode() + body).hexdigest()
    head = (
        "POST /webhooks/feishu HTTP/1.1\r\nHost: bench\r\nContent-Type: application/json\r\n"
        f"X-Lark-Request-Timestamp: {stamp}\r\nX-Lark-Request-Nonce: nonce\r\n"
        f"X-Lark-Signature: {signature}\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


def _seal(plain: bytes) -> str:
    fill = 16 - len(plain) % 16
    key = hashlib.sha256(_ENCRYPT_KEY.encode()).digest()
    sealing = Cipher(algorithms.AES256(key), modes.CBC(bytes(16))).encryptor()
    sealed = sealing.update(plain + bytes([fill]) * fill) + sealing.finalize()
    return base64.b64encode(bytes(16) + sealed).decode()


def _run(kind: str, requests: Sequence[bytes], *, per_second: float | None = None) -> Load:
    with tempfile.TemporaryDirectory() as place:
        ours, theirs = _FORKED.Pipe()
        server = _FORKED.Process(target=_serve, args=(kind, f"sqlite:///{Path(place) / 'bench.db'}", theirs))
        server.start()
        try:
            port: int = ours.recv()
            asyncio.run(_send(port, [_request(f"warm:{n}", n) for n in range(200)], None))
            return asyncio.run(_send(port, requests, per_second))
        finally:
            ours.send("stop")
            server.join(30)


async def _send(port: int, requests: Sequence[bytes], per_second: float | None) -> Load:
    """``CONNECTIONS`` connections, each with one request on its way; paced if ``per_second``."""
    waiting = iter(enumerate(requests))
    took: list[float] = []
    failed = 0
    began = time.perf_counter()

    async def work() -> None:
        nonlocal failed
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        for no, request in waiting:
            if per_second is not None:
                await asyncio.sleep(max(0.0, began + no / per_second - time.perf_counter()))
            sent = time.perf_counter()
            writer.write(request)
            head = await reader.readuntil(b"\r\n\r\n")
            length = head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0]
            await reader.readexactly(int(length or 0))
            took.append(time.perf_counter() - sent)
            failed += not head.startswith(b"HTTP/1.1 200")
        writer.close()

    await asyncio.gather(*(work() for _ in range(min(CONNECTIONS, len(requests)))))
    seconds = time.perf_counter() - began
    if len(took) < 2:
        return Load(len(took), 0, 0, 0, failed)
    cuts = statistics.quantiles(took, n=100)
    return Load(len(took), len(took) / seconds, cuts[49] * 1000, cuts[98] * 1000, failed)


# -- what serves ---------------------------------------------------------------------------------


def _serve(kind: str, url: str, parent: Connection) -> None:
    logs.configure()
    asyncio.run(_serve_until_told(kind, url, parent))


async def _serve_until_told(kind: str, url: str, parent: Connection) -> None:
    async with _bare() if kind == "bare" else _ours(url, does=kind == "ours") as app:
        runner = web.AppRunner(app, access_log=None)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        settle()  # as ``serve`` does
        parent.send(runner.addresses[0][1])
        await asyncio.to_thread(parent.recv)
        await runner.cleanup()


@asynccontextmanager
async def _bare() -> AsyncIterator[web.Application]:
    async def handle(request: web.Request) -> web.Response:
        await request.read()
        return web.Response(body=b"{}")

    app = web.Application()
    app.add_routes([web.post("/webhooks/{binding}", handle)])
    yield app


@asynccontextmanager
async def _ours(url: str, *, does: bool = True) -> AsyncIterator[web.Application]:
    """The service without its background work: nothing else takes from the one core."""
    migrate(url, create=True)
    database = Database(url)
    await database.write(_people_with_tasks)
    feishu = FeishuConnector(
        FeishuSettings.model_validate(
            {"app_id": _APP, "app_secret": "s", "encrypt_key": _ENCRYPT_KEY, "verification_token": _TOKEN}
        ),
        "feishu",
        MemoryTokenStore(),
    )
    world = World(
        channels=Channels(key=b"bench", apps={"feishu": feishu.app}, redraws=frozenset({"feishu"})),
        catalogue=CATALOGUE,
    )
    dispatcher = Dispatcher(world)
    clock = await Clock.load(database)
    dispatch = dispatcher.dispatch if does else _nothing
    intake = Intake(database, dispatch, dispatcher.refuse, clock)
    app = web.Application(client_max_size=webhooks.MAX_BODY)
    app.add_routes(webhooks.routes({"feishu": feishu}, intake))
    yield app
    await asyncio.to_thread(database.close)


def _nothing(session: Session, incoming: Incoming, moment: Moment) -> Outcome:
    return Outcome()


def _people_with_tasks(session: Session) -> None:
    due = datetime.now(UTC) + timedelta(days=30)
    unit = factories.make_unit(session, "环保局")
    office = factories.make_person(session, "陈立", None, binding="")
    initiative = factories.make_initiative(session, units=[unit], created_by=office)
    for no in range(PEOPLE):
        person = factories.make_person(session, f"经办人{no}", unit, binding="")
        factories.make_account(session, person, "feishu", f"ou_{no}")
        factories.make_task(session, initiative, unit, number=100 + no, handler=person, due_at=due)
    snapshot.bump(session)  # as an import does: names are read once, not with every sentence


if __name__ == "__main__":
    result = measure()
    for name in ("bare", "stored", "ours", "ratio", "at_half_load"):
        print(f"{name:12} {getattr(result, name)}")
