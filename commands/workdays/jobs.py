"""A year without a calendar is said aloud in December, until it has one."""

from datetime import datetime, time

from sqlmodel import Session

from commands.calendar import SHANGHAI, Workdays
from commands.command import World
from commands.notify import LANE_REMINDER, Notices
from commands.tasks.rules import day_of
from commands.workdays import cards, snapshot
from storage.clock import Moment
from storage.job_runs import ChunkResult, Job, JobRunState
from storage.models import Role
from storage.queries import digest_notes
from storage.queries import workdays as queries

WARNING, WEEKLY = "workdays.warning", "workdays.weekly"
_DECEMBER = 12
_BEFORE_THE_DIGEST = time(0, 10)
_WHO = (Role.ADMIN, Role.OFFICE)


def jobs(world: World) -> tuple[Job, ...]:
    """A card on the first working day of December, a line of the morning card each Monday after it, also
    in a year that began without a calendar."""
    at = world.policy.calendar_warning_at

    def warn(session: Session, run: JobRunState, moment: Moment) -> ChunkResult:
        _warn(world, session, run, moment)
        return ChunkResult(done=True)

    def remind(session: Session, run: JobRunState, moment: Moment) -> ChunkResult:
        _remind(session, run.planned)
        return ChunkResult(done=True)

    return (
        Job(WARNING, {"month": _DECEMBER, "hour": at.hour, "minute": at.minute}, warn),
        Job(
            WEEKLY,
            {
                "day_of_week": "mon",
                "hour": _BEFORE_THE_DIGEST.hour,
                "minute": _BEFORE_THE_DIGEST.minute,
            },
            remind,
        ),
    )


def _missing_year(planned: datetime, calendar: Workdays) -> int | None:
    today = planned.astimezone(SHANGHAI)
    years = (today.year, today.year + 1) if today.month == _DECEMBER else (today.year,)
    return next((year for year in years if not calendar.is_published(year)), None)


def _is_first_workday(planned: datetime, calendar: Workdays) -> bool:
    today = day_of(planned)
    return today == calendar.next_workday(today.replace(day=1), include_today=True)


def _warn(world: World, session: Session, run: JobRunState, moment: Moment) -> None:
    calendar = snapshot.calendar(session)
    year = _missing_year(run.planned, calendar)
    if year is None or not _is_first_workday(run.planned, calendar):
        return
    shown = cards.no_calendar_yet(year, queries.provisional(session), now=run.planned)
    notices = Notices(session, world.channels, moment, f"job:{WARNING}:{year}")
    for person in queries.holders(session, _WHO):
        notices.to_person(person, shown, key="calendar", lane=LANE_REMINDER, on_unknown="hold")
    notices.flush()


def _remind(session: Session, planned: datetime) -> None:
    calendar = snapshot.calendar(session)
    year = _missing_year(planned, calendar)
    warned_today = day_of(planned).month == _DECEMBER and _is_first_workday(planned, calendar)
    if year is None or warned_today:
        return
    count = len(queries.provisional(session))
    text = f"还没有 {year} 年的，{count} 项时限暂定" if count else f"还没有 {year} 年的工作日历"
    today = day_of(planned)
    people = queries.holders(session, _WHO)
    digest_notes.note(
        session, people, "日历", text, key=f"{WEEKLY}:{today.isoformat()}", now=planned, day=today
    )
