"""Reminders for many people: how long they take to reach the outbox, and for how long at a time."""

import asyncio
import itertools
import statistics
import tempfile
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import sqlalchemy as sa
from sqlmodel import Session

from bench.events import beside_events
from bot.memory import settle
from bot.scheduler import Scheduler
from connectors import chat
from storage import job_runs, outbox
from storage.clock import Moment
from storage.database import Database
from storage.installation import migrate
from storage.job_runs import ChunkResult, Job, JobRunState
from storage.models import OutboxEntry
from storage.outbox import Outgoing, Place

_START = datetime(2026, 12, 8, 0, 0, tzinfo=UTC)
_BODY = chat.dump(chat.card("临期提醒", ("事项", "T12 建筑垃圾台账"), ("时限", "12月9日（周三）18:00")))


@dataclass(frozen=True, slots=True)
class FanOut:
    people: int
    seconds: float
    chunks: int
    median_chunk_ms: float
    longest_chunk_ms: float  #: invariant 14: no job holds the writer for more than 50 ms
    event_p99_ms: float  #: what an event of one insert waited meanwhile
    grown_mb: float  #: of the process, while it ran


def reminders(people: int = 100_000) -> FanOut:
    """One reminder for each of ``people``, on SQLite, with events coming in meanwhile."""
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{Path(folder) / 'bench.db'}"
        migrate(url, create=True)
        database = Database(url)
        try:
            return asyncio.run(_reminders(database, people))
        finally:
            database.close()


async def _reminders(database: Database, people: int) -> FanOut:
    chunks: list[float] = []

    def chunk(session: Session, run: JobRunState, moment: Moment) -> ChunkResult:
        began = time.perf_counter()
        first = int(run.cursor or 0) + 1
        left = range(first, min(first + job_runs.CHUNK_PEOPLE + 1, people + 1))
        done = job_runs.for_each(session, left, _place, cursor=str)
        addresses = outbox.addresses_for(session, done.results)
        items = [
            Outgoing(
                address_id=addresses[place],
                body=_BODY,
                dedup_key=f"{run.job}:{run.planned.isoformat()}:{place.target}",
                due_at=moment.system,
                lane=1,
            )
            for place in done.results
        ]
        outbox.enqueue(session, items, key=b"bench")
        chunks.append((time.perf_counter() - began) * 1000)
        return done.chunk

    clock = itertools.chain([_START], itertools.repeat(_START + timedelta(hours=2)))
    job = Job("remind", {"hour": 9, "minute": 0}, chunk)
    scheduler = Scheduler(database, [job], lambda: Moment(next(clock), datetime.now(UTC)))
    await scheduler.tick()  # begins here, before nine
    settle()  # as ``serve`` does once it serves
    meanwhile = await beside_events(database, scheduler.tick())
    count = await database.read(lambda s: s.scalar(sa.select(sa.func.count()).select_from(OutboxEntry)))
    if count != people:
        raise RuntimeError(f"{count} reminders for {people} people")
    return FanOut(
        people=people,
        seconds=meanwhile.seconds,
        chunks=len(chunks),
        median_chunk_ms=statistics.median(chunks),
        longest_chunk_ms=max(chunks),
        event_p99_ms=meanwhile.event_p99_ms,
        grown_mb=meanwhile.grown_mb,
    )


def _place(person: int) -> Place:
    return Place("feishu", "feishu:cli", "direct", f"ou_{person}")
