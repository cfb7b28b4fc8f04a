"""What the clock does with requests: a step nobody answered in time goes one level up."""

from sqlmodel import Session

from commands.command import World
from commands.notify import Notices
from commands.requests.operations.deciding import raise_step
from commands.requests.operations.routing import Desk
from commands.tasks.rules import day_of
from commands.workdays.snapshot import calendar
from storage.clock import Moment
from storage.job_runs import CHUNK_PEOPLE, ChunkResult, Job, JobRunState
from storage.models import RequestState, StepState
from storage.queries import requests as queries

RAISE = "requests.raise"
_HOURS = "9-18"  #: from the first limit of a day to the hour of the last (18:00)
_CHUNK = min(20, CHUNK_PEOPLE)  #: requests of one transaction


def jobs(world: World) -> tuple[Job, ...]:
    """Every ten minutes of the hours in which time limits end; nobody is asked at night or on a day off."""

    def chunk(session: Session, run: JobRunState, moment: Moment) -> ChunkResult:
        return _raise(world, session, run, moment)

    return (Job(RAISE, {"hour": _HOURS, "minute": "*/10"}, chunk),)


def _raise(world: World, session: Session, run: JobRunState, moment: Moment) -> ChunkResult:
    """Requests by id; each is locked and looked at again before its steps go up."""
    now = moment.business
    working = calendar(session)
    if world.policy.is_quiet(now) or not working.is_workday(day_of(now)):
        return ChunkResult(done=True)
    notices = Notices(session, world.channels, moment, f"job:{run.job}:{run.planned.isoformat()}")
    desk = Desk(session, now, working, notices, None)
    late = queries.late_requests(session, now, int(run.cursor or 0), _CHUNK)
    locked = queries.by_number(session, [number for _, number in late])
    for request in locked.values():
        if request.state is not RequestState.OPEN:
            continue
        for step in queries.steps_of(session, request.id):
            if step.state is StepState.OPEN and step.due_at is not None and step.due_at <= now:
                raise_step(desk, request, step)
    notices.flush()
    return ChunkResult(str(late[-1][0]) if late else "", done=len(late) < _CHUNK)
