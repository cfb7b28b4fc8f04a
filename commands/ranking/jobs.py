"""What the calendar triggers: counting when four weeks are over, settling, publishing.

Where a run stands is in the rankings themselves, so a run caught up after a stop goes on with what is
there; the cursor only counts the steps.
"""

from collections.abc import Callable
from datetime import datetime

from sqlmodel import Session, col, select

from commands.calendar import SHANGHAI, Workdays
from commands.command import World
from commands.notify import Notices
from commands.ranking.operations import checking, computing, publishing
from commands.ranking.operations.counting import Lateness
from commands.ranking.rules import periods
from commands.workdays.snapshot import calendar
from storage.clock import Moment
from storage.job_runs import ChunkResult, Job, JobRunState
from storage.models import Initiative, InitiativeState, Ranking, RankingState
from storage.queries import initiatives
from storage.queries import ranking as queries

COUNT, SETTLE, PUBLISH = "ranking_count", "ranking_settle", "ranking_publish"
_DAYS = "mon-sun"  #: every day: 调休 makes working days of some Sundays


def jobs(world: World) -> tuple[Job, ...]:
    """Three jobs; on days off they do nothing."""

    def on_workdays(step: Callable[[Session, World, JobRunState, Notices, datetime], bool]) -> object:
        def chunk(session: Session, run: JobRunState, moment: Moment) -> ChunkResult:
            if not calendar(session).is_workday(run.planned.astimezone(SHANGHAI).date()):
                return ChunkResult(done=True)
            origin = f"{run.job}:{run.planned.isoformat()}"
            notices = Notices(session, world.channels, moment, origin)
            more = step(session, world, run, notices, moment.business)
            notices.flush()
            return ChunkResult(cursor=str(int(run.cursor or 0) + 1), done=not more)

        return chunk

    return (
        Job(COUNT, {"day_of_week": _DAYS, "hour": 9, "minute": 0}, on_workdays(_count)),  # type: ignore[arg-type]
        Job(PUBLISH, {"day_of_week": _DAYS, "hour": 9, "minute": 5}, on_workdays(_publish)),  # type: ignore[arg-type]
        Job(SETTLE, {"day_of_week": _DAYS, "hour": 18, "minute": 5}, on_workdays(_settle)),  # type: ignore[arg-type]
    )


def _count(session: Session, world: World, run: JobRunState, notices: Notices, now: datetime) -> bool:
    """One step: begin a period that is over, or count some units of it, or conclude it."""
    counting = queries.in_states(session, (RankingState.COUNTING,))
    if not counting:
        return _begin(session, run.planned)
    ranking = queries.locked(session, counting[0].id)
    if ranking is None or ranking.state is not RankingState.COUNTING:
        return True
    left = [line for line in queries.lines(session, ranking.id) if not line.figures]
    some = left[: computing.batch(session)]
    computing.count_lines(session, ranking, some, Lateness(calendar(session)))
    session.flush()
    if len(some) == len(left):
        _conclude(session, ranking, calendar(session), notices, now)
    return True


def _begin(session: Session, planned: datetime) -> bool:
    """Whether there was a period to begin: of each initiative the one after its last, if it is over."""
    today = planned.astimezone(SHANGHAI).date()
    running = (
        select(Initiative).where(Initiative.state == InitiativeState.ACTIVE).order_by(col(Initiative.id))
    )
    for initiative in session.exec(running):
        number = queries.last_number(session, initiative.id) + 1
        units = initiatives.members(session, initiative.id)
        if units and number <= periods.last_ended(initiative.starts_on, today):
            computing.begin(session, initiative, units, number, as_of=planned)
            return True
    return False


def _conclude(
    session: Session, ranking: Ranking, calendar: Workdays, notices: Notices, now: datetime
) -> None:
    until = periods.check_until(now.astimezone(SHANGHAI).date(), calendar)
    computing.conclude(session, ranking, now=now, check_until=until)
    if not ranking.averages:
        ranking.state = RankingState.EMPTY
        session.flush()
        return
    checking.send_figures(session, ranking, notices, calendar, now=now)


def _settle(session: Session, world: World, run: JobRunState, notices: Notices, now: datetime) -> bool:
    """Every period whose days to check are over."""
    auto = world.policy.publish == "auto"
    for each in queries.in_states(session, (RankingState.CHECKING,)):
        ranking = queries.locked(session, each.id)
        if ranking is not None:
            publishing.settle(session, ranking, notices, calendar(session), now=now, auto=auto)
    return False


def _publish(session: Session, world: World, run: JobRunState, notices: Notices, now: datetime) -> bool:
    """Every approved period whose day has come."""
    today = now.astimezone(SHANGHAI).date()
    for each in queries.in_states(session, (RankingState.APPROVED,)):
        ranking = queries.locked(session, each.id)
        if ranking is None or ranking.state is not RankingState.APPROVED:
            continue
        if ranking.publish_on is not None and ranking.publish_on <= today:
            publishing.publish(session, ranking, notices, calendar(session), now=now)
    return False
