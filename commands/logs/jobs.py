"""On working days: who said nothing is asked in the afternoon, and the office's line is counted at night."""

from datetime import time

from sqlmodel import Session

from commands.calendar import SHANGHAI
from commands.command import World
from commands.logs.operations import reminding
from commands.notify import Notices
from commands.workdays.snapshot import calendar
from storage.clock import Moment
from storage.job_runs import ChunkResult, Job, JobRunState

REMINDER = "logs.reminder"
COUNT = "logs.count"
_LATE_EVENING = time(23, 30)  #: the day is over for everybody; before the next morning's cards


def jobs(world: World) -> tuple[Job, ...]:
    """Every day: days off are told apart when it is time, since some Saturdays are worked."""

    def remind(session: Session, run: JobRunState, moment: Moment) -> ChunkResult:
        if not world.policy.log_reminder or _too_late(world, run, moment) or not _worked(session, run):
            return ChunkResult(done=True)
        notices = Notices(session, world.channels, moment, f"job:{run.job}:{run.planned.isoformat()}")
        result = reminding.remind_some(session, notices, run.planned, run.cursor)
        notices.flush()
        return result

    def count(session: Session, run: JobRunState, moment: Moment) -> ChunkResult:
        if not world.policy.log_reminder or not _worked(session, run):
            return ChunkResult(done=True)
        return reminding.count_some(session, run.planned, calendar(session), moment.business, run.cursor)

    return (
        Job(REMINDER, _at(world.policy.log_reminder_at), remind),
        Job(COUNT, _at(_LATE_EVENING), count),
    )


def _at(clock: time) -> dict[str, str | int]:
    return {"hour": clock.hour, "minute": clock.minute}


def _worked(session: Session, run: JobRunState) -> bool:
    return calendar(session).is_workday(run.planned.astimezone(SHANGHAI).date())


def _too_late(world: World, run: JobRunState, moment: Moment) -> bool:
    """Caught up on another day, or in the evening: nobody is asked any more."""
    now = moment.business
    same_day = run.planned.astimezone(SHANGHAI).date() == now.astimezone(SHANGHAI).date()
    return run.late and (not same_day or world.policy.is_quiet(now))
