"""The 办理记录 is sealed, and the end of its chain handed out."""

import asyncio
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from bot.scheduler import Scheduler
from bot.sealer import Sealer, root_job
from storage import audit
from storage.audit_chain import Root
from storage.clock import Moment
from storage.database import Database

SHANGHAI = ZoneInfo("Asia/Shanghai")


def at(day: int, hour: int = 9, minute: int = 0) -> datetime:
    return datetime(2026, 12, day, hour, minute, tzinfo=SHANGHAI)


def morning() -> Moment:
    return Moment(business=at(8, 8), system=datetime.now(UTC))


def write_entries(database: Database, count: int) -> None:
    def work(session: Session) -> None:
        for n in range(count):
            audit.record(session, at=at(8), actor="person:1", action="note", object="task:1", body={"n": n})

    database.write_now(work)


async def test_the_sealer_seals_everything_that_is_committed(database: Database) -> None:
    write_entries(database, 501)
    sealer = Sealer(database)
    assert await sealer.seal_all() == 501
    assert await sealer.seal_all() == 0
    assert database.read_now(audit.verify).ok


async def test_the_root_is_announced_once_a_day_with_the_one_before_it(database: Database) -> None:
    announced: list[tuple[int, datetime]] = []

    def announce(session: Session, root: Root, moment: Moment) -> None:
        announced.append((root.count, moment.business.astimezone(SHANGHAI)))

    write_entries(database, 501)
    scheduler = Scheduler(database, [root_job(announce)], morning)
    await scheduler.run_until(at(9, 18))
    assert announced == [(501, at(8, 17, 30)), (502, at(9, 17, 30))]
    result = database.read_now(audit.verify)
    assert (result.ok, result.sealed, result.unsealed) == (True, 502, 1)


async def test_the_running_sealer_stops(database: Database) -> None:
    sealer = Sealer(database)
    async with asyncio.timeout(20):
        running = asyncio.create_task(sealer.run())
        await sealer.stop()
        await running
