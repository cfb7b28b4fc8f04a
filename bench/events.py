"""Small events that come in while a job is at work: what they wait, and what the job costs meanwhile."""

import asyncio
import itertools
import statistics
import time
from collections.abc import Awaitable
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from bench.memory import megabytes
from storage.database import Database
from storage.dialects import table

_SECURITY = table("security_log")
_EVERY = 0.01  #: seconds: a hundred a second


@dataclass(frozen=True, slots=True)
class Meanwhile:
    seconds: float  #: the work took
    event_p99_ms: float  #: what an event of one insert waited
    grown_mb: float  #: of the process, while the work ran


async def beside_events(database: Database, work: Awaitable[None]) -> Meanwhile:
    """Do ``work`` while a hundred small events a second come in."""
    waits: list[float] = []
    events = asyncio.create_task(_events(database, waits))
    memory, began = megabytes(), time.perf_counter()
    await work
    seconds, grown = time.perf_counter() - began, megabytes() - memory
    events.cancel()
    await asyncio.wait([events])
    return Meanwhile(seconds, statistics.quantiles(waits, n=100)[98] if len(waits) > 1 else 0.0, grown)


async def _events(database: Database, waits: list[float]) -> None:
    for n in itertools.count():

        def event(conn: sa.Connection, now: datetime, n: int = n) -> None:
            conn.execute(
                _SECURITY.insert().values(kind="bench", binding="", account=str(n), detail="", at=now)
            )

        began = time.perf_counter()
        await asyncio.wrap_future(database.submit(event))
        waits.append((time.perf_counter() - began) * 1000)
        await asyncio.sleep(_EVERY)
