"""What the calendar triggers, with a clock that is moved by hand."""

import asyncio
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Literal
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from bot.scheduler import Scheduler
from storage.clock import Moment
from storage.database import Database
from storage.dialects import table
from storage.job_runs import ChunkResult, Job, JobRunState
from storage.models import JobRun, JobState, Unit

SHANGHAI = ZoneInfo("Asia/Shanghai")
DAILY: Mapping[str, str | int] = {"hour": 9, "minute": 0}


def at(day: int, hour: int = 9, minute: int = 0) -> datetime:
    return datetime(2026, 12, day, hour, minute, tzinfo=SHANGHAI)


class Clock:
    """Business time stands where it is put."""

    def __init__(self, business: datetime) -> None:
        self.business = business

    def __call__(self) -> Moment:
        return Moment(business=self.business, system=datetime.now(UTC))


class Diary:
    """Jobs that write down when they ran: (planned, business time of the chunk, late)."""

    def __init__(self) -> None:
        self.lines: list[tuple[str, datetime, datetime, bool]] = []

    def job(
        self,
        id: str = "remind",
        trigger: Mapping[str, str | int] = DAILY,
        catch_up: Literal["once", "skip", "each"] = "once",
    ) -> Job:
        def chunk(session: Session, run: JobRunState, moment: Moment) -> ChunkResult:
            self.lines.append((id, run.planned.astimezone(SHANGHAI), moment.business, run.late))
            return ChunkResult(done=True)

        return Job(id, trigger, chunk, catch_up)

    def planned(self) -> list[datetime]:
        return [planned for _, planned, _, _ in self.lines]


def states(database: Database) -> list[JobState]:
    query = sa.select(JobRun.state).order_by(JobRun.planned)
    return list(database.read_now(lambda session: session.scalars(query).all()))


async def test_a_job_runs_when_its_time_has_come_and_not_again(database: Database) -> None:
    clock, diary = Clock(at(8, 8)), Diary()
    scheduler = Scheduler(database, [diary.job()], clock)
    await scheduler.tick()
    assert diary.lines == []  # what was planned before the first start is not caught up
    clock.business = at(8, 9, 1)
    await scheduler.tick()
    await scheduler.tick()
    assert diary.lines == [("remind", at(8), at(8, 9, 1), False)]


async def test_nine_o_clock_is_nine_in_shanghai_on_any_machine(database: Database) -> None:
    clock, diary = Clock(datetime(2026, 12, 8, 0, 59, tzinfo=UTC)), Diary()
    scheduler = Scheduler(database, [diary.job()], clock)
    await scheduler.tick()
    clock.business = datetime(2026, 12, 8, 1, 0, tzinfo=UTC)
    await scheduler.tick()
    assert diary.planned() == [at(8)]


@pytest.mark.parametrize(
    ("catch_up", "ran"),
    [
        ("once", [(at(11), True)]),
        ("skip", []),
        ("each", [(at(9), True), (at(10), True), (at(11), True)]),
    ],
)
async def test_after_a_stop_the_jobs_own_rule_decides(
    database: Database, catch_up: Literal["once", "skip", "each"], ran: list[tuple[datetime, bool]]
) -> None:
    clock, diary = Clock(at(8)), Diary()
    await Scheduler(database, [diary.job(catch_up=catch_up)], clock).tick()
    clock.business = at(11, 12)
    restarted = Scheduler(database, [diary.job(catch_up=catch_up)], clock)
    await restarted.tick()
    await restarted.tick()
    assert [(planned, late) for _, planned, _, late in diary.lines] == ran
    clock.business = at(12)
    await restarted.tick()
    assert diary.planned()[-1] == at(12)


async def test_two_replicas_run_each_planned_time_once(database: Database) -> None:
    clock, diary = Clock(at(8, 8)), Diary()
    replicas = [Scheduler(database, [diary.job()], clock) for _ in range(3)]
    await replicas[0].tick()
    for day in range(8, 12):
        clock.business = at(day)
        await asyncio.gather(*(replica.tick() for replica in replicas))
    assert diary.planned() == [at(day) for day in range(8, 12)]


async def test_working_days_are_named(database: Database) -> None:
    diary = Diary()
    job = diary.job(trigger={"day_of_week": "mon-fri", "hour": 9, "minute": 0})
    scheduler = Scheduler(database, [job], Clock(at(10, 12)))  # a Thursday
    await scheduler.run_until(at(15, 12))
    assert diary.planned() == [at(11), at(14), at(15)]


async def test_moving_the_clock_runs_each_planned_time_in_order_and_drains_between(
    database: Database,
) -> None:
    diary, drained = Diary(), []

    async def drain() -> None:
        drained.append(len(diary.lines))

    jobs = [diary.job("evening", {"hour": 17, "minute": 30}), diary.job("morning", DAILY)]
    clock = Clock(at(8, 8))
    scheduler = Scheduler(database, jobs, clock, drain=drain)
    await scheduler.run_until(at(9, 18))
    assert [(name, planned) for name, planned, _, _ in diary.lines] == [
        ("morning", at(8)),
        ("evening", at(8, 17, 30)),
        ("morning", at(9)),
        ("evening", at(9, 17, 30)),
    ]
    assert all(planned == business and not late for _, planned, business, late in diary.lines)
    assert drained == [1, 2, 3, 4]
    clock.business = at(9, 18)
    await scheduler.tick()
    assert len(diary.lines) == 4


async def test_moving_the_clock_far_a_job_of_every_few_minutes_looks_once_before_each_other(
    database: Database,
) -> None:
    diary = Diary()
    jobs = [diary.job("look", {"minute": "*/10"}), diary.job("morning", DAILY)]
    scheduler = Scheduler(database, jobs, Clock(at(8, 8, 5)))
    await scheduler.run_until(at(9, 9, 15))
    assert [(name, planned) for name, planned, _, _ in diary.lines] == [
        ("look", at(8)),
        ("morning", at(8)),
        ("look", at(9)),
        ("morning", at(9)),
        ("look", at(9, 9, 10)),
    ]


async def test_a_chunk_that_fails_is_tried_again_and_then_set_aside(database: Database) -> None:
    tried: list[int] = []

    def chunk(session: Session, run: JobRunState, moment: Moment) -> ChunkResult:
        session.add(Unit(name="half"))
        session.flush()
        tried.append(run.attempt)
        raise ValueError("broken")

    clock = Clock(at(8, 8))
    scheduler = Scheduler(database, [Job("remind", DAILY, chunk)], clock)
    await scheduler.tick()
    clock.business = at(8)
    past = datetime(2020, 1, 1, tzinfo=UTC)
    for _ in range(7):
        await scheduler.tick()
        database.write_now(lambda s: s.execute(sa.update(table("job_run")).values(lease_until=past)))
    assert tried == [1, 2, 3, 4, 5]
    assert states(database) == [JobState.SKIPPED, JobState.ASIDE]
    assert database.read_now(lambda session: session.scalars(sa.select(Unit)).all()) == []


async def test_a_run_of_a_job_we_do_not_know_is_left_alone(database: Database) -> None:
    clock, diary = Clock(at(8, 8)), Diary()
    newer = Scheduler(database, [diary.job("new", DAILY)], clock)
    await newer.tick()
    older = Scheduler(database, [diary.job("old", DAILY)], clock)
    database.write_now(
        lambda s: s.execute(sa.update(table("job_run")).values(state=JobState.RUNNING, finished_at=None))
    )
    await older.tick()
    assert diary.lines == []
    await newer.tick()
    assert len(diary.lines) == 1


async def test_delivery_is_woken_after_each_chunk(database: Database) -> None:
    woken: list[int] = []

    def chunk(session: Session, run: JobRunState, moment: Moment) -> ChunkResult:
        return ChunkResult(cursor=f"{run.cursor}x", done=run.cursor == "xx")

    scheduler = Scheduler(
        database, [Job("remind", DAILY, chunk)], Clock(at(8, 8)), wake_delivery=lambda: woken.append(1)
    )
    await scheduler.run_until(at(8))
    assert len(woken) == 3


async def test_while_the_clock_is_moved_each_planned_time_is_drained_once_and_nobody_woken(
    database: Database,
) -> None:
    """To wake delivery for what is drained a moment later would let it look through the outbox twice."""
    happened: list[str] = []

    def chunk(session: Session, run: JobRunState, moment: Moment) -> ChunkResult:
        happened.append(f"chunk {run.cursor}")
        return ChunkResult(cursor=f"{run.cursor}x", done=run.cursor == "x")

    async def drain() -> None:
        happened.append("drain")

    scheduler = Scheduler(
        database,
        [Job("remind", DAILY, chunk)],
        Clock(at(8, 8)),
        wake_delivery=lambda: happened.append("woken"),
        drain=drain,
    )
    await scheduler.run_until(at(9))
    assert happened == ["chunk ", "chunk x", "drain"] * 2


async def test_the_running_scheduler_looks_when_woken_and_stops(database: Database) -> None:
    clock, ran = Clock(at(8, 8)), asyncio.Event()
    loop = asyncio.get_running_loop()

    def chunk(session: Session, run: JobRunState, moment: Moment) -> ChunkResult:
        loop.call_soon_threadsafe(ran.set)
        return ChunkResult(done=True)

    scheduler = Scheduler(database, [Job("remind", DAILY, chunk)], clock)
    async with asyncio.timeout(20):
        await scheduler.tick()
        running = asyncio.create_task(scheduler.run())
        clock.business = at(8)
        scheduler.wake()
        await ran.wait()
        await scheduler.stop()
        await running


async def test_the_timer_wakes_the_scheduler_when_something_is_planned(sqlite_url: str) -> None:
    database, ran, loop = Database(sqlite_url), asyncio.Event(), asyncio.get_running_loop()

    def chunk(session: Session, run: JobRunState, moment: Moment) -> ChunkResult:
        loop.call_soon_threadsafe(ran.set)
        return ChunkResult(done=True)

    def now() -> Moment:
        return Moment(business=datetime.now(UTC), system=datetime.now(UTC))

    scheduler = Scheduler(database, [Job("often", {"second": "*"}, chunk)], now)
    async with asyncio.timeout(10):
        running = asyncio.create_task(scheduler.run())
        await ran.wait()
        await scheduler.stop()
        await running
    database.close()


async def test_a_stop_does_not_wait_for_a_long_drain(sqlite_url: str) -> None:
    database, draining, drained = Database(sqlite_url), asyncio.Event(), asyncio.Event()

    async def drain() -> None:
        draining.set()
        await drained.wait()

    scheduler = Scheduler(database, [Diary().job()], Clock(at(8, 8)), drain=drain)
    async with asyncio.timeout(20):
        moving = asyncio.create_task(scheduler.run_until(at(20)))
        await draining.wait()
        await scheduler.stop()
        await moving
        drained.set()
    assert states(database) == [JobState.SKIPPED, JobState.DONE]
    database.close()


def test_a_job_is_registered_once(sqlite_url: str) -> None:
    database, diary = Database(sqlite_url), Diary()
    with pytest.raises(ValueError, match="same id"):
        Scheduler(database, [diary.job(), diary.job()], Clock(at(8)))
    database.close()
