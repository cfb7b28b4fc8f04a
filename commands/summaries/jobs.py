"""The leader's week, and what waits for a decision on the other days."""

from datetime import date, timedelta

from sqlmodel import Session

from commands.calendar import Workdays
from commands.command import World
from commands.summaries import operations
from commands.tasks.rules import day_of
from commands.workdays.snapshot import calendar
from storage.clock import Moment
from storage.job_runs import ChunkResult, Job, JobRunState
from storage.queries import summaries as queries

SUMMARY = "summaries.week"
_DAYS = ("mon", "tue", "wed", "thu", "fri")


def _is_last(today: date, wanted: int, working: Workdays) -> bool:
    """Whether the week's summary is due: on the day of the setting, or before it when that one is off."""
    target = today - timedelta(days=today.weekday()) + timedelta(days=wanted)
    return today <= target < working.next_workday(today)


def jobs(world: World) -> tuple[Job, ...]:
    """One leader a chunk; at the time of ``Policy``, on working days."""
    at = world.policy.leader_summary_at

    def tell(session: Session, run: JobRunState, moment: Moment) -> ChunkResult:
        working = calendar(session)
        today = day_of(run.planned)
        if not working.is_workday(today):
            return ChunkResult(done=True)
        left = [one for one in queries.leaders(session) if one.id > int(run.cursor or 0)]
        if not left:
            return ChunkResult(run.cursor, done=True)
        weekly = _is_last(today, _DAYS.index(world.policy.leader_summary_day), working)
        operations.tell(
            session,
            left[0],
            run.planned,
            working,
            weekly=weekly,
            channels=world.channels,
            moment=moment,
        )
        return ChunkResult(str(left[0].id), done=len(left) == 1)

    return (Job(SUMMARY, {"hour": at.hour, "minute": at.minute}, tell, catch_up="once"),)
