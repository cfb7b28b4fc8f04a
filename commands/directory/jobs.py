"""Who left at night or on a day off: their unit hears of it on the next working morning."""

from datetime import timedelta

from sqlmodel import Session, col, select

from commands.command import World
from commands.directory import operations
from commands.notify import Notices
from commands.tasks.rules import day_of
from commands.workdays.snapshot import calendar
from storage.clock import Moment
from storage.job_runs import CHUNK_PEOPLE, ChunkResult, Job, JobRunState
from storage.models import Person, Unit

DEPARTURES = "directory.departures"
_LONGEST = timedelta(days=14)  #: from one working morning to the next; what was told is not told again


def jobs(world: World) -> tuple[Job, ...]:
    """At the time of the morning card."""
    at = world.policy.digest_at

    def tell(session: Session, run: JobRunState, moment: Moment) -> ChunkResult:
        return _tell(world, session, run, moment)

    return (Job(DEPARTURES, {"hour": at.hour, "minute": at.minute}, tell),)


def _tell(world: World, session: Session, run: JobRunState, moment: Moment) -> ChunkResult:
    """People by id. The origin is the same each day, so that each departure is told once."""
    working = calendar(session)
    if not working.is_workday(day_of(run.planned)):
        return ChunkResult(done=True)
    query = (
        select(Person, Unit)
        .join(Unit, col(Unit.id) == col(Person.unit_id))
        .where(
            col(Person.id) > int(run.cursor or 0),
            col(Person.left_at) > run.planned - _LONGEST,
            col(Person.left_at) <= run.planned,
        )
        .order_by(col(Person.id))
        .limit(CHUNK_PEOPLE)
    )
    found = session.exec(query).all()
    notices = Notices(session, world.channels, moment, f"job:{DEPARTURES}")
    for person, unit in found:
        if person.left_at is not None and not operations.told_at_once(person.left_at, working):
            operations.tell_unit(session, unit, person, now=moment.business, notices=notices)
    notices.flush()
    return ChunkResult(str(found[-1][0].id) if found else "", done=len(found) < CHUNK_PEOPLE)
