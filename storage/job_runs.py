"""What the calendar triggers: each planned time is claimed once, its work done in chunks by anybody.

Claim and work are apart: one transaction for a hundred thousand people would hold SQLite's writer for
seconds, and PostgreSQL's other replicas at the key. A chunk moves the cursor in the same commit as its
rows, so that a crash repeats nothing and skips nobody.
"""

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Generic, Literal, TypeVar

import sqlalchemy as sa
import structlog
from sqlmodel import Session

from storage import deadline
from storage.clock import Moment
from storage.dialects import insert_into, system_time, table
from storage.models import JobState

CHUNK_PEOPLE = 200  #: a chunk ends after so many people
CHUNK_SECONDS = 0.02  #: or after so long
LEASE = 10.0  #: seconds for which nobody else begins the chunk; a chunk takes a fiftieth of one
MAX_ATTEMPTS = 5  #: of one chunk, counted before it begins; then the run is set aside

_RUN = table("job_run")
_RUNNING: sa.ColumnElement[str] = sa.literal_column(f"'{JobState.RUNNING}'")
_log = structlog.get_logger()
T = TypeVar("T")
R = TypeVar("R")


@dataclass(frozen=True, slots=True)
class JobRunState:
    """One planned time as a chunk finds it. ``late``: caught up after a stop; say so to people."""

    id: int
    job: str
    planned: datetime  #: business time
    cursor: str
    attempt: int
    late: bool


@dataclass(frozen=True, slots=True)
class ChunkResult:
    """``cursor``: where the next chunk begins, in the job's own words; ``done``: there is none.
    ``failed``: people who were left out because something about them broke."""

    cursor: str = ""
    done: bool = False
    failed: int = 0


Chunk = Callable[[Session, JobRunState, Moment], ChunkResult]


@dataclass(frozen=True, slots=True)
class Job:
    """``trigger``: fields of a cron trigger (``hour``, ``minute``, ``day_of_week="mon-fri"`` …) in
    Asia/Shanghai. ``catch_up``, for times that passed while nobody ran: ``once`` does the last of them,
    marked late; ``skip`` none; ``each`` every one in order.

    Raises:
        ValueError: a weekday is a number: libraries disagree on what 1 means.
    """

    id: str
    trigger: Mapping[str, str | int]
    chunk: Chunk = field(repr=False)
    catch_up: Literal["once", "skip", "each"] = "once"

    def __post_init__(self) -> None:
        if any(letter.isdigit() for letter in str(self.trigger.get("day_of_week", ""))):
            raise ValueError(f"job {self.id}: write weekdays as mon, tue …")


@dataclass(frozen=True, slots=True)
class Planned:
    """A planned time to be claimed, and what becomes of it."""

    at: datetime
    state: JobState = JobState.RUNNING
    late: bool = False


def last_planned(session: Session, jobs: Iterable[str]) -> dict[str, datetime]:
    """By job, the latest planned time that was claimed; it need not be done. Jobs never seen are left
    out. One look into an index for each, however long the table."""
    latest = sa.select(_RUN.c.planned).where(_RUN.c.job == sa.bindparam("job"))
    latest = latest.order_by(_RUN.c.planned.desc()).limit(1)
    found = {job: session.execute(latest, {"job": job}).scalar() for job in jobs}
    return {job: planned for job, planned in found.items() if planned is not None}


def claim(session: Session, job: str, times: Sequence[Planned]) -> int:
    """Claim planned times, earliest first, in a transaction of its own; how many were still free."""
    claimed = 0
    for planned in sorted(times, key=lambda each: each.at):
        now = system_time(session)
        values: dict[str, Any] = {"job": job, "planned": planned.at, "state": planned.state}
        values |= {"cursor": "", "attempts": 0, "failed": 0, "late": planned.late, "started_at": now}
        if planned.state != JobState.RUNNING:
            values["finished_at"] = now
        statement = insert_into(session, _RUN).values(**values).on_conflict_do_nothing()
        claimed += session.execute(statement.returning(_RUN.c.id)).first() is not None
    return claimed


def workable(session: Session, limit: int = 100) -> list[tuple[int, str]]:
    """(id, job) of runs with a chunk to do that nobody is at, earliest first. A plain read."""
    query = (
        sa.select(_RUN.c.id, _RUN.c.job)
        .where(_RUN.c.state == _RUNNING, _nobody_at_it(session))
        .order_by(_RUN.c.planned, _RUN.c.id)
        .limit(limit)
    )
    return [(row.id, row.job) for row in session.execute(query)]


def begin(session: Session, run_id: int, *, lease: float = LEASE) -> JobRunState | None:
    """Count an attempt before the chunk, in a transaction of its own; None if somebody else is at it.

    A run whose chunk was begun five times and never ended is set aside.
    """
    free = (
        sa.select(_RUN.c.id)
        .where(_RUN.c.id == run_id, _RUN.c.state == JobState.RUNNING, _nobody_at_it(session))
        .with_for_update(key_share=True, skip_locked=True)
        .cte("free")
    )
    statement = (
        sa.update(_RUN)
        .where(_RUN.c.id.in_(sa.select(free.c.id)))
        .values(attempts=_RUN.c.attempts + 1, lease_until=system_time(session, lease))
        .returning(_RUN.c.id, _RUN.c.job, _RUN.c.planned, _RUN.c.cursor, _RUN.c.attempts, _RUN.c.late)
    )
    row = session.execute(statement).first()
    if row is None:
        return None
    state = JobRunState(*row)
    if state.attempt > MAX_ATTEMPTS:
        _set_aside(session, state, "its chunk never ended")
        return None
    return state


def advance(
    session: Session, state: JobRunState, chunk: Chunk, moment: Moment, *, lease: float = LEASE
) -> JobRunState | None:
    """Do one chunk; its rows and the cursor are in one commit. Returns what the next one begins with,
    its attempt counted already; None if there is none, or if another replica took the run over."""
    # Not skipped when locked: the run is ours by its lease, and another's look at it ends in a moment.
    held = (
        sa.select(_RUN.c.id)
        .where(_RUN.c.id == state.id, _RUN.c.state == JobState.RUNNING)
        .where(_RUN.c.attempts == state.attempt, _RUN.c.cursor == state.cursor)
        .with_for_update(key_share=True)
    )
    if session.execute(held).first() is None:
        return None
    result = chunk(session, state, moment)
    session.flush()
    values: dict[str, Any] = {"cursor": result.cursor, "failed": _RUN.c.failed + result.failed}
    if result.done:
        values |= {"state": JobState.DONE, "lease_until": None, "attempts": 0, "error": None}
        values["finished_at"] = system_time(session)
    else:
        values |= {"attempts": 1, "lease_until": system_time(session, lease)}
    session.execute(sa.update(_RUN).where(_RUN.c.id == state.id).values(**values))
    if result.done:
        return None
    return JobRunState(state.id, state.job, state.planned, result.cursor, 1, state.late)


def failed(session: Session, state: JobRunState, error: str) -> bool:
    """The chunk raised and was rolled back: again after 1, 2, 4, 8 s; True if it is set aside instead."""
    if state.attempt >= MAX_ATTEMPTS:
        return _set_aside(session, state, error)
    wait = system_time(session, 2.0 ** (state.attempt - 1))
    _mine(session, state, lease_until=wait, error=error)
    return False


def put_down(session: Session, state: JobRunState) -> None:
    """We stop: whoever runs goes on at once, and the attempt does not count."""
    _mine(session, state, lease_until=None, attempts=state.attempt - 1)


def run_again(session: Session, run_id: int) -> bool:
    """An administrator's word: a run that was set aside goes on where it stood."""
    statement = sa.update(_RUN).where(_RUN.c.id == run_id, _RUN.c.state == JobState.ASIDE)
    fresh = statement.values(state=JobState.RUNNING, attempts=0, lease_until=None, finished_at=None)
    return session.execute(fresh.returning(_RUN.c.id)).first() is not None


def skip_missed(session: Session, jobs: Iterable[str], until: datetime) -> None:
    """After a restore: what was planned up to ``until`` (business time) is not caught up."""
    for job in sorted(set(jobs)):
        claim(session, job, [Planned(until, JobState.SKIPPED)])


@dataclass(frozen=True, slots=True)
class Handled(Generic[R]):
    """``results``: what ``work`` gave for those that did not break; ``chunk``: what the chunk returns."""

    results: list[R]
    chunk: ChunkResult


def for_each(
    session: Session, items: Iterable[T], work: Callable[[T], R], *, cursor: Callable[[T], str]
) -> Handled[R]:
    """Do ``work`` for each item until the chunk is full.

    ``items`` begin behind the run's cursor, in the cursor's order, and may be read lazily; one more than
    ``CHUNK_PEOPLE`` of them is enough. They share a savepoint; when one breaks, those so far are done
    again in one each, and the broken one is logged, counted and left out. So ``work`` must act only
    through the session: what is told to people is made of ``results``, after it.
    """
    until = time.monotonic() + CHUNK_SECONDS
    taken: list[T] = []
    results: list[R] = []
    full = False
    try:
        with session.begin_nested():
            for item in items:
                full = len(taken) >= CHUNK_PEOPLE or (bool(taken) and time.monotonic() >= until)
                if full:
                    break
                taken.append(item)
                results.append(work(item))
            session.flush()
    except Exception as error:
        if not taken or _is_the_databases(error):
            raise
        results = _one_by_one(session, taken, work, cursor)
        full = True
    place = cursor(taken[-1]) if taken else ""
    return Handled(results, ChunkResult(place, done=not full, failed=len(taken) - len(results)))


def _one_by_one(
    session: Session, items: Sequence[T], work: Callable[[T], R], cursor: Callable[[T], str]
) -> list[R]:
    results = []
    for item in items:
        try:
            with session.begin_nested():
                result = work(item)
                session.flush()
        except Exception as error:
            if _is_the_databases(error):
                raise
            _log.exception("job.person_left_out", place=cursor(item))
        else:
            results.append(result)
    return results


def _is_the_databases(error: Exception) -> bool:
    """Not this person's fault: the whole chunk is done again."""
    return isinstance(error, sa.exc.DBAPIError) and (
        error.connection_invalidated or deadline.is_transient(error)
    )


def _nobody_at_it(session: Session) -> sa.ColumnElement[bool]:
    return sa.or_(_RUN.c.lease_until.is_(None), _RUN.c.lease_until <= system_time(session))


def _mine(session: Session, run: JobRunState, **values: Any) -> bool:
    statement = sa.update(_RUN).where(
        _RUN.c.id == run.id, _RUN.c.state == JobState.RUNNING, _RUN.c.attempts == run.attempt
    )
    return session.execute(statement.values(**values).returning(_RUN.c.id)).first() is not None


def _set_aside(session: Session, run: JobRunState, error: str) -> bool:
    now = system_time(session)
    return _mine(session, run, state=JobState.ASIDE, error=error, finished_at=now, lease_until=None)
