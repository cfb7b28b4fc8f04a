"""The morning round of an installation in which everybody has something due tomorrow.

What is measured is the real thing: facts read, the rule applied, cards made and written to the outbox,
in chunks, on SQLite, with small events coming in meanwhile.
"""

import asyncio
import itertools
import statistics
import tempfile
import time
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session

from bench.events import beside_events
from bot.memory import settle
from bot.scheduler import Scheduler
from commands.calendar import SHANGHAI
from commands.command import Catalogue, World
from commands.notify import Channels
from commands.reminders.jobs import MORNING, jobs
from storage.clock import Moment
from storage.database import Database
from storage.dialects import table
from storage.job_runs import Chunk, ChunkResult, Job, JobRunState
from storage.models import (
    Grain,
    InitiativeState,
    ObligationState,
    OutboxEntry,
    Part,
    Role,
    Scope,
    TaskState,
    metadata,
)

_BEFORE = datetime(2026, 12, 8, 8, 0, tzinfo=SHANGHAI)
_AFTER = datetime(2026, 12, 8, 8, 36, tzinfo=SHANGHAI)
_DUE = datetime(2026, 12, 9, 18, 0, tzinfo=SHANGHAI)
_GIVEN = datetime(2026, 11, 23, 9, 5, tzinfo=SHANGHAI)
_UNITS = 1000


@dataclass(frozen=True, slots=True)
class Round:
    people: int
    seconds: float
    cards: int
    chunks: int
    median_chunk_ms: float
    longest_chunk_ms: float  #: how long the writer is held at a time
    event_p99_ms: float  #: what an event of one insert waited meanwhile
    grown_mb: float  #: of the process, while it ran


def morning(people: int = 100_000) -> Round:
    """One morning; everybody's one matter is due tomorrow."""
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{Path(folder) / 'bench.db'}"
        engine = _created(url)
        engine.dispose()
        database = Database(url)
        try:
            database.write_now(lambda session: _fill(session, people))
            settle()  # as ``serve`` does once it serves
            return asyncio.run(_morning(database, people))
        finally:
            database.close()


def _created(url: str) -> sa.Engine:
    from storage.installation import migrate

    migrate(url, create=True)
    engine = sa.create_engine(url)
    metadata.create_all(engine)
    return engine


async def _morning(database: Database, people: int) -> Round:
    chunks: list[float] = []
    world = World(Channels(b"bench", {"feishu": "feishu"}), Catalogue(()))
    job = next(one for one in jobs(world) if one.id == MORNING)
    times = itertools.chain([_BEFORE], itertools.repeat(_AFTER))
    measured = Job(job.id, job.trigger, _measured(job.chunk, chunks), job.catch_up)
    scheduler = Scheduler(database, [measured], lambda: Moment(next(times), datetime.now(UTC)))
    await scheduler.tick()  # begins here, before the round
    meanwhile = await beside_events(database, scheduler.tick())
    cards = await database.read(lambda s: s.scalar(sa.select(sa.func.count()).select_from(OutboxEntry)))
    if cards != people:
        raise RuntimeError(f"{cards} cards for {people} people")
    return Round(
        people=people,
        seconds=meanwhile.seconds,
        cards=cards,
        chunks=len(chunks),
        median_chunk_ms=statistics.median(chunks),
        longest_chunk_ms=max(chunks),
        event_p99_ms=meanwhile.event_p99_ms,
        grown_mb=meanwhile.grown_mb,
    )


def _measured(chunk: Chunk, times: list[float]) -> Chunk:
    def measured(session: Session, run: JobRunState, moment: Moment) -> ChunkResult:
        began = time.perf_counter()
        result = chunk(session, run, moment)
        times.append((time.perf_counter() - began) * 1000)
        return result

    return measured


def _fill(session: Session, people: int) -> None:
    """Units with a liaison among their people, one initiative, one matter a person."""

    def insert(name: str, rows: list[dict[str, Any]]) -> None:
        session.execute(table(name).insert(), rows)

    units = min(_UNITS, max(1, people // 10))
    insert(
        "unit",
        [
            {"id": n, "name": f"单位{n}", "short_names": [], "position": n, "platform": ""}
            for n in range(1, units + 1)
        ],
    )
    nobody = {"title": "", "aliases": [], "mobile": "", "employee_no": ""}
    everybody = range(1, people + 1)
    insert("person", [{"id": n, "name": f"某{n}", "unit_id": 1 + n % units, **nobody} for n in everybody])
    insert(
        "account",
        [{"person_id": n, "binding": "feishu", "direct_target": f"ou_{n}", "name": ""} for n in everybody],
    )
    insert(
        "role_grant",
        [
            {"person_id": n, "role": Role.LIAISON, "scope": Scope.UNIT, "scope_id": 1 + n % units}
            for n in range(1, units + 1)
        ],
    )
    insert(
        "initiative",
        [
            {
                "id": 1,
                "title": "专项",
                "basis": "",
                "starts_on": date(2026, 11, 23),
                "state": InitiativeState.ACTIVE,
                "rules": {},
                "created_at": _GIVEN,
                "dispatched_at": _GIVEN,
                "version": 0,
            }
        ],
    )
    insert(
        "task",
        [
            {
                "id": n,
                "number": n,
                "initiative_id": 1,
                "title": f"第{n}件事",
                "outcome": "",
                "state": TaskState.ACTIVE,
                "recurrence": "",
                "basis": "",
                "provisional": False,
                "weight": 1,
                "created_at": _GIVEN,
                "dispatched_at": _GIVEN,
                "version": 0,
            }
            for n in everybody
        ],
    )
    insert(
        "obligation",
        [
            {
                "task_id": n,
                "period": 1,
                "position": 1,
                "part": Part.LEAD,
                "unit_id": 1 + n % units,
                "handler_id": n,
                "content": "",
                "state": ObligationState.IN_PROGRESS,
                "due_at": _DUE,
                "due_grain": Grain.DAY,
                "original_due_at": _DUE,
                "decision_no": 0,
                "dispatched_at": _GIVEN,
                "returned": 0,
            }
            for n in everybody
        ],
    )
