"""Wakes when something is planned; the database says what is due and who does it.

APScheduler's own bookkeeping is not used: it loses jobs over a stop, and every replica would run them.
"""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Iterable, Sequence
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import structlog
from apscheduler.schedulers.asyncio import AsyncIOScheduler
from apscheduler.triggers.cron import CronTrigger
from apscheduler.triggers.interval import IntervalTrigger
from sqlmodel import Session

from storage import job_runs
from storage.clock import Moment
from storage.database import Database
from storage.job_runs import Job, JobRunState, Planned
from storage.models import JobState

SHANGHAI = ZoneInfo("Asia/Shanghai")
WAKE_EVERY = 20  #: seconds; a clock that was moved, or stood still, shows by then
LATE_AFTER = timedelta(minutes=5)  #: behind its planned time a run is a late one
MAX_WALK = 10_000  #: planned times of a job looked at in one go
FREQUENT = timedelta(hours=1)  #: a job planned more often than this looks around for what is due
MAX_CLAIMS = 100  #: planned times of a job claimed in one transaction

_log = structlog.get_logger()


def _nothing() -> None:
    pass


class Scheduler:
    """``now`` gives both times. ``wake_delivery`` is called after each chunk; ``drain`` sends everything
    that is due (``run_until`` calls it after each planned time)."""

    def __init__(
        self,
        database: Database,
        jobs: Sequence[Job],
        now: Callable[[], Moment],
        *,
        wake_delivery: Callable[[], None] = _nothing,
        drain: Callable[[], Awaitable[None]] | None = None,
        lease: float = job_runs.LEASE,
    ) -> None:
        self._database = database
        self._jobs = {job.id: job for job in jobs}
        if len(self._jobs) != len(jobs):
            raise ValueError("two jobs have the same id")
        # Without timezone= a trigger takes the machine's zone, not the scheduler's.
        self._triggers = {job.id: CronTrigger(**job.trigger, timezone=SHANGHAI) for job in jobs}
        self._now = now
        self._wake_delivery = wake_delivery
        self._drain = drain
        self._lease = lease
        self._woken = asyncio.Event()
        self._ticking = asyncio.Lock()
        self._stopped = asyncio.Event()
        self._draining: asyncio.Future[None] | None = None
        #: The planned time that ``run_until`` has come to; None when it does not run.
        self.reached: datetime | None = None

    async def run(self) -> None:
        """Until ``stop``. A database that is away only delays."""
        timer = AsyncIOScheduler(
            timezone=SHANGHAI, job_defaults={"misfire_grace_time": 3600, "coalesce": True}
        )
        for trigger in (*self._triggers.values(), IntervalTrigger(seconds=WAKE_EVERY, timezone=SHANGHAI)):
            timer.add_job(self._fired, trigger)
        timer.start()
        try:
            while not self._stopped.is_set():
                self._woken.clear()
                try:
                    await self.tick()
                except Exception:
                    _log.exception("scheduler.round_failed")
                if not self._stopped.is_set():
                    await self._woken.wait()
        finally:
            timer.shutdown(wait=False)

    async def _fired(self) -> None:
        """A coroutine, because the timer runs plain functions in a thread."""
        self.wake()

    def wake(self) -> None:
        """Look now. Called from the loop's thread."""
        self._woken.set()

    async def stop(self) -> None:
        """The chunk under way is finished, the next is anybody's."""
        self._stopped.set()
        self._woken.set()
        async with self._ticking:
            pass

    async def tick(self) -> None:
        """Claim what the business clock has reached, and work until no chunk is left to do."""
        async with self._ticking:
            now = self._now()
            last = await self._last_planned(now)
            for job in self._jobs.values():
                times = self._missed(job, last[job.id], now.business)
                if times:
                    await self._claim(job, times)
            await self._work(self._now)

    async def run_until(self, business_time: datetime) -> None:
        """Each planned time up to ``business_time`` in order, the outbox drained in between.

        For the demo: called before its clock is moved there; each job sees its planned time as now.
        """
        async with self._ticking:
            try:
                await self._walk(business_time)
            finally:
                self.reached = None

    async def _walk(self, business_time: datetime) -> None:
        last = await self._last_planned(self._now())
        coming = {job_id: self._next(job_id, last[job_id], business_time) for job_id in self._jobs}
        while not self._stopped.is_set():
            reached = [(at, job_id) for job_id, times in coming.items() for at in times]
            if not reached:
                return
            (first, job_id), *others = sorted(reached, key=lambda each: each[0])
            planned = self._last_in_a_row(job_id, first, others[0][0] if others else business_time)
            self.reached = planned
            coming[job_id] = self._next(job_id, planned, business_time)
            runs = await self._claim(self._jobs[job_id], [Planned(planned)])

            def then(at: datetime = planned) -> Moment:
                return Moment(business=at, system=self._now().system)

            for run_id in self._known(runs):
                await self._run(run_id, then)
            await self._drain_or_stop()

    async def _drain_or_stop(self) -> None:
        """Rates may make it long; a stop does not wait for it, and delivery's own stop ends it."""
        if self._drain is None:
            return
        self._draining = asyncio.ensure_future(self._drain())
        stopped = asyncio.ensure_future(self._stopped.wait())
        await asyncio.wait({self._draining, stopped}, return_when=asyncio.FIRST_COMPLETED)
        stopped.cancel()
        if self._draining.done():
            self._draining.result()

    # -- planned times ---------------------------------------------------------------------------

    async def _last_planned(self, now: Moment) -> dict[str, datetime]:
        """A job seen for the first time begins now: nothing before is caught up."""
        last = await self._database.read(lambda session: job_runs.last_planned(session, self._jobs))
        for job_id in self._jobs.keys() - last.keys():
            await self._claim(self._jobs[job_id], [Planned(now.business, JobState.SKIPPED)])
            last[job_id] = now.business
        return last

    def _next(self, job_id: str, after: datetime, until: datetime) -> list[datetime]:
        """The next planned time of a job, if it is not past ``until``."""
        at = self._triggers[job_id].get_next_fire_time(after, after + timedelta(microseconds=1))
        return [at] if at is not None and at <= until else []

    def _last_in_a_row(self, job_id: str, at: datetime, until: datetime) -> datetime:
        """A job that looks around every few minutes need look only once before the next job's turn."""
        if self._jobs[job_id].catch_up == "each":
            return at
        while (found := self._next(job_id, at, until)) and found[0] - at < FREQUENT:
            at = found[0]
        return at

    def _missed(self, job: Job, after: datetime, now: datetime) -> list[Planned]:
        times: list[datetime] = []
        while len(times) < MAX_WALK and (found := self._next(job.id, times[-1] if times else after, now)):
            times += found
        planned = [self._judged(job, at, now) for at in times]
        # Of many missed times only the last is written down: the walk goes on from there.
        return planned[:MAX_CLAIMS] if job.catch_up == "each" else planned[-1:]

    def _judged(self, job: Job, at: datetime, now: datetime) -> Planned:
        late = now - at > LATE_AFTER
        state = JobState.SKIPPED if late and job.catch_up == "skip" else JobState.RUNNING
        return Planned(at, state, late)

    async def _claim(self, job: Job, times: list[Planned]) -> list[tuple[int, str]]:
        """Returns what is workable then, whoever claimed it."""

        def claim(session: Session) -> list[tuple[int, str]]:
            job_runs.claim(session, job.id, times)
            return job_runs.workable(session)

        return await self._database.write(claim)

    # -- work ------------------------------------------------------------------------------------

    async def _work(self, now: Callable[[], Moment]) -> None:
        """Runs of jobs this program does not know are left to one that does."""
        worked = True
        while worked and not self._stopped.is_set():
            runs = await self._database.read(job_runs.workable)
            worked = False
            for run_id in self._known(runs):
                worked |= await self._run(run_id, now)

    def _known(self, runs: Iterable[tuple[int, str]]) -> list[int]:
        return [run_id for run_id, job in runs if job in self._jobs]

    async def _run(self, run_id: int, now: Callable[[], Moment]) -> bool:
        """Chunk after chunk; False if somebody else is at it."""
        state = await self._database.write(lambda session: job_runs.begin(session, run_id, lease=self._lease))
        if state is None:
            return False
        while state is not None:
            if self._stopped.is_set():
                await self._put_down(state)
                return True
            state = await self._chunk(state, now())
            if self.reached is None or self._drain is None:  # else all is sent before the next planned time
                self._wake_delivery()
        return True

    async def _chunk(self, state: JobRunState, moment: Moment) -> JobRunState | None:
        chunk = self._jobs[state.job].chunk
        try:
            return await self._database.write(
                lambda session: job_runs.advance(session, state, chunk, moment, lease=self._lease)
            )
        except Exception as error:
            reason = f"{type(error).__name__}: {error}"[:500]
            _log.exception("job.chunk_failed", job=state.job, attempt=state.attempt)
            if await self._database.write(lambda session: job_runs.failed(session, state, reason)):
                _log.error("job.set_aside", job=state.job, run=state.id)
            return None

    async def _put_down(self, state: JobRunState) -> None:
        with contextlib.suppress(Exception):  # its lease ends it as well
            await self._database.write(lambda session: job_runs.put_down(session, state))
