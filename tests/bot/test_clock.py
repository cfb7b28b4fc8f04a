"""The demo moves business time; system time moves by itself only."""

from datetime import timedelta

import pytest

from bot.clock import Clock
from storage.database import Database

CLOSE = timedelta(seconds=5)


async def test_moved_business_time_survives_a_restart_and_system_time_never_moves(database: Database) -> None:
    clock = await Clock.load(database)
    assert abs(clock.now() - database.now()) < CLOSE
    await clock.advance(timedelta(days=1))
    await clock.advance(timedelta(hours=2))
    for known in (clock, await Clock.load(database)):
        moment = known.moment()
        assert abs(moment.business - moment.system - timedelta(days=1, hours=2)) < CLOSE
        assert abs(moment.system - database.now()) < CLOSE


async def test_business_time_never_goes_back(database: Database) -> None:
    with pytest.raises(ValueError, match="forward"):
        await Clock(database).advance(timedelta(seconds=-1))
