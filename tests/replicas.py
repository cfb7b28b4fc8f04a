"""Processes of their own, so that they can be killed: senders, and schedulers with a fan-out."""

import asyncio
import contextlib
import itertools
import logging
import multiprocessing
import os
import signal
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from multiprocessing.context import ForkServerProcess
from uuid import uuid4
from zoneinfo import ZoneInfo

import sqlalchemy as sa
import structlog
from sqlalchemy.orm import Session

from bot.delivery import Delivery
from bot.scheduler import Scheduler
from storage import job_runs, outbox
from storage.clock import Moment
from storage.database import Database, system_now
from storage.job_runs import ChunkResult, Job, JobRunState
from storage.models import JobRun, JobState
from storage.outbox import Outgoing
from tests.loopback import LoopbackConnector, NoBlobs

_context = multiprocessing.get_context("forkserver")
#: See ``tests.inbound``: one server for both.
_context.set_forkserver_preload(["tests.inbound", "tests.replicas"])

PEOPLE = 400
START = datetime(2026, 12, 8, 8, 0, tzinfo=ZoneInfo("Asia/Shanghai"))
DAYS = 3  #: planned times that have come when the schedulers start


class Replicas:
    """``start`` makes the n-th process; those that died by SIGKILL are started anew."""

    def __init__(self, start: Callable[[int], ForkServerProcess], count: int) -> None:
        self._start = start
        self.started = count
        self.processes = [start(n) for n in range(count)]

    def kill(self, index: int) -> None:
        self.processes[index].kill()
        self.processes[index].join()
        self.replace_dead()

    @contextlib.contextmanager
    def paused(self, index: int) -> Iterator[None]:
        pid = self.processes[index].pid
        assert pid is not None
        os.kill(pid, signal.SIGSTOP)
        yield
        os.kill(pid, signal.SIGCONT)

    def replace_dead(self) -> int:
        """How many had been killed."""
        replaced = 0
        for index, process in enumerate(self.processes):
            if process.exitcode == -signal.SIGKILL:
                self.processes[index] = self._start(self.started)
                self.started += 1
                replaced += 1
        return replaced

    def ended(self) -> bool:
        return all(process.exitcode == 0 for process in self.processes)

    def sentinels(self) -> list[int]:
        return [process.sentinel for process in self.processes if process.is_alive()]

    def end(self) -> None:
        for process in self.processes:
            process.kill()
            process.join()


@contextlib.contextmanager
def running(start: Callable[[int], ForkServerProcess], count: int) -> Iterator[Replicas]:
    replicas = Replicas(start, count)
    try:
        yield replicas
    finally:
        replicas.end()


def sender(database_url: str, platforms: Sequence[tuple[str, str, float]], lease: float) -> ForkServerProcess:
    """``platforms``: (binding, url, key_life)."""
    process = _context.Process(target=_send, args=(database_url, platforms, lease), daemon=True)
    process.start()
    return process


def fan_out(database_url: str, *, chunks: int) -> ForkServerProcess:
    """Runs what is planned and ends, or kills itself in the middle of a chunk after so many (0: never)."""
    process = _context.Process(target=_fan_out, args=(database_url, chunks), daemon=True)
    process.start()
    return process


def _send(database_url: str, platforms: Sequence[tuple[str, str, float]], lease: float) -> None:
    _be_quiet()
    connectors = {
        binding: LoopbackConnector(url, key_life=life, app=f"app:{binding}", binding=binding)
        for binding, url, life in platforms
    }
    delivery = Delivery(
        Database(database_url), connectors, NoBlobs(), lease=lease, call_timeout=lease / 4, in_flight=8
    )
    asyncio.run(delivery.run())


def _fan_out(database_url: str, chunks: int) -> None:
    _be_quiet()
    database = Database(database_url)
    begun = itertools.count(1)

    def chunk(session: Session, run: JobRunState, moment: Moment) -> ChunkResult:
        there = outbox.address_for(session, binding="b", app="a", kind="direct", target="everybody")
        first = int(run.cursor or 0) + 1
        dies_at = first + 1 if next(begun) > chunks > 0 else 0

        def remind(person: int) -> None:
            if person == dies_at:
                os.kill(os.getpid(), signal.SIGKILL)
            item = Outgoing(
                address_id=there,
                body="{}",
                dedup_key=uuid4().hex,  # nothing here depends on the outbox's unique key
                subject=run.planned.isoformat(),
                person_id=person,
                due_at=system_now(session),
            )
            outbox.enqueue(session, [item], key=b"k")

        left = range(first, min(first + 60, PEOPLE + 1))
        result = job_runs.for_each(session, left, remind, cursor=str).chunk
        return ChunkResult(cursor=result.cursor, done=int(result.cursor or 0) >= PEOPLE, failed=result.failed)

    job = Job("remind", {"hour": 9, "minute": 0}, chunk, catch_up="each")

    def now() -> Moment:
        return Moment(business=START + timedelta(days=DAYS), system=datetime.now(UTC))

    async def work() -> None:
        scheduler = Scheduler(database, [job], now, lease=0.5)
        running = asyncio.create_task(scheduler.run())
        while not await database.read(_all_done):
            scheduler.wake()
            await asyncio.sleep(0.02)  # what others still do can only be seen by looking
        await scheduler.stop()
        await running

    asyncio.run(work())


def _all_done(session: Session) -> bool:
    done = sa.select(sa.func.count()).select_from(JobRun).where(JobRun.state == JobState.DONE)
    return session.scalar(done) == DAYS


def _be_quiet() -> None:
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
