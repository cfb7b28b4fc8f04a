"""The way out under load: what the head query costs, how fast rows go, how long an answer waits."""

import asyncio
import contextlib
import functools
import statistics
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from sqlmodel import Session

from bot.delivery import Delivery
from bot.pace import Rates
from connectors import chat
from connectors.chat import Account, Address, Card, File, Message, ReplyHandle
from connectors.connector import Blobs, Received, Sent, WebhookRequest
from storage import outbox, outbox_claims
from storage.database import Database
from storage.installation import migrate
from storage.outbox import Outgoing, Place
from storage.rates import Limit

_APP, _BINDING = "bench:app", "bench"
_BODY = chat.dump(chat.Text("T12 临期提醒：12月9日（周三）18:00 前报结。"))


@dataclass(frozen=True, slots=True)
class Heads:
    due: int
    median_ms: float  #: one read of the reminders' lane


@dataclass(frozen=True, slots=True)
class Throughput:
    messages: int
    per_second: float


@dataclass(frozen=True, slots=True)
class AnswerWait:
    """Invariant 12: answers under 1 s at p99, and reminders still move."""

    reminders_due: int
    answers: int
    p99_ms: float
    reminders_sent: int
    seconds: float


def heads(due: int = 100_000) -> Heads:
    """With ``due`` reminders waiting at 20,000 addresses."""
    with _database() as database:
        for start in range(0, due, 5000):
            _put(database, [(f"ou_{n % 20_000}", f"r{n}", 1) for n in range(start, start + 5000)])
        took = []
        for _ in range(20):
            began = time.perf_counter()
            database.read_now(lambda session: outbox_claims.heads(session, app=_APP, lane=1))
            took.append((time.perf_counter() - began) * 1000)
        return Heads(due, statistics.median(took))


def throughput(messages: int = 1_000) -> Throughput:
    """To as many people, no rate, a platform that answers at once."""
    with _database() as database:
        _put(database, [(f"ou_{n}", f"r{n}", 1) for n in range(messages)])
        delivery = Delivery(database, {_BINDING: _Instant()}, _NoBlobs(), rates={})
        began = time.perf_counter()
        asyncio.run(delivery.drain())
        return Throughput(messages, messages / (time.perf_counter() - began))


def answer_wait(reminders: int = 10_000, seconds: float = 6.0) -> AnswerWait:
    """Answers, ten a second, while ``reminders`` wait for an app that takes 20 calls a second."""
    with _database() as database:
        _put(database, [(f"ou_{n}", f"r{n}", 1) for n in range(reminders)])
        return asyncio.run(_answer_wait(database, reminders, seconds))


async def _answer_wait(database: Database, reminders: int, seconds: float) -> AnswerWait:
    platform = _Instant()
    pace = Rates(app=Limit(20, 20), chat=Limit(5, 5))
    delivery = Delivery(database, {_BINDING: platform}, _NoBlobs(), rates={platform.platform: pace})
    sending = asyncio.create_task(delivery.run())
    asked: dict[str, float] = {}
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        key = f"a{len(asked)}"
        asked[key] = time.monotonic()
        await database.write(functools.partial(_enqueue, rows=[(f"oc_{key}", key, 0)]))
        delivery.wake()
        await asyncio.sleep(0.1)
    async with asyncio.timeout(5):
        while any(f"oc_{key}" not in platform.taken for key in asked):
            platform.arrived.clear()
            await platform.arrived.wait()
    await delivery.stop()
    await sending
    waits = [(platform.taken[f"oc_{key}"] - at) * 1000 for key, at in asked.items()]
    sent = sum(target.startswith("ou_") for target in platform.taken)
    return AnswerWait(reminders, len(asked), statistics.quantiles(waits, n=100)[98], sent, seconds)


def _put(database: Database, rows: list[tuple[str, str, int]]) -> None:
    database.write_now(lambda session: _enqueue(session, rows))


def _enqueue(session: Session, rows: list[tuple[str, str, int]]) -> None:
    places = {target: Place(_BINDING, _APP, "direct", target) for target, _, _ in rows}
    ids = outbox.addresses_for(session, list(places.values()))
    now = datetime.now(UTC)
    items = [Outgoing(ids[places[target]], _BODY, key, now, lane=lane) for target, key, lane in rows]
    outbox.enqueue(session, items, key=b"bench")


@contextlib.contextmanager
def _database() -> Iterator[Database]:
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{Path(folder) / 'bench.db'}"
        migrate(url, create=True)
        database = Database(url)
        try:
            yield database
        finally:
            database.close()


class _NoBlobs:
    async def read(self, key: str) -> bytes:
        raise KeyError(key)


class _Instant:
    """A platform that takes everything at once. ``taken``: when each target's first message came."""

    binding, app, platform = _BINDING, _APP, "bench"
    key_life, group_key_life, edge_timeout, patience = 3600.0, 3600.0, 1.0, 60.0

    def __init__(self) -> None:
        self.taken: dict[str, float] = {}
        self.arrived = asyncio.Event()

    async def send(
        self,
        address: Address,
        message: Message,
        *,
        idem_key: str,
        blobs: Blobs,
        reply: ReplyHandle | None = None,
    ) -> Sent:
        self.taken.setdefault(address.target, time.monotonic())
        self.arrived.set()
        return Sent()

    async def update(self, handle: str, address: Address, card: Card) -> None:
        raise ValueError("nothing here is updated")

    def receive(self, request: WebhookRequest, now: datetime) -> Received:
        raise ValueError("nothing comes from here")

    async def fetch(self, file: File) -> bytes:
        raise ValueError("there are no files here")

    async def resolve(self, account: Account) -> Account:
        return account

    async def check(self) -> list[tuple[str, bool, str]]:
        return []

    async def close(self) -> None:
        pass
