"""What the clock does by itself: next periods at midnight, the morning cards, 首日签收 in the afternoon."""

from collections.abc import Mapping
from datetime import time

from sqlmodel import Session

from commands.command import World
from commands.notify import Notices
from commands.reminders.operations import first_day, mornings
from commands.reminders.operations.gathering import round_of
from commands.reminders.operations.recurring import open_periods
from commands.workdays.snapshot import calendar
from storage.clock import Moment
from storage.job_runs import ChunkResult, Job, JobRunState
from storage.queries.reminders import NOTHING_SAID

MORNING = "reminders.morning"
FIRST_DAY = "reminders.first_day"
PERIODS = "reminders.periods"
_AFTER_MIDNIGHT = time(0, 5)


def jobs(world: World) -> tuple[Job, ...]:
    """Every day: days off are told apart when it is time, since some Saturdays are worked."""

    def morning(session: Session, run: JobRunState, moment: Moment) -> ChunkResult:
        return _morning(world, session, run, moment)

    def first(session: Session, run: JobRunState, moment: Moment) -> ChunkResult:
        notices = _notices(world, session, run, moment)
        first_day.tell(session, notices, run.planned, calendar(session), world.policy)
        notices.flush()
        return ChunkResult(done=True)

    def periods(session: Session, run: JobRunState, moment: Moment) -> ChunkResult:
        return open_periods(session, run, calendar(session))

    return (
        Job(MORNING, at(world.policy.digest_at), morning),
        Job(FIRST_DAY, at(world.policy.first_day_at), first, catch_up="skip"),
        Job(PERIODS, at(_AFTER_MIDNIGHT), periods),
    )


def at(clock: time) -> Mapping[str, str | int]:
    """The trigger of every day at that time."""
    return {"hour": clock.hour, "minute": clock.minute}


def _morning(world: World, session: Session, run: JobRunState, moment: Moment) -> ChunkResult:
    working = calendar(session)
    if run.late and not run.cursor and mornings.is_over(run.planned, moment.business, world.policy):
        return ChunkResult(NOTHING_SAID, done=True)
    now = round_of(session, MORNING, run.planned, working, quiet=world.policy.is_quiet(run.planned))
    if mornings.says_nothing_today(session, working, now):
        return ChunkResult(done=True)
    notices = _notices(world, session, run, moment)
    waiting = [subject.waiting for subject in world.catalogue.subjects if subject.waiting is not None]
    result = mornings.tell_some(
        mornings.Run(session, notices, now, world.policy, waiting, run.late), run.cursor
    )
    notices.flush()
    return result


def _notices(world: World, session: Session, run: JobRunState, moment: Moment) -> Notices:
    return Notices(session, world.channels, moment, f"job:{run.job}:{run.planned.isoformat()}")
