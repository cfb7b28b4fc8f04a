"""日报: what was filed, what it can be drafted from, and who filed nothing on a day."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlmodel import Session, col, func, select

from storage.models import (
    Initiative,
    InitiativeState,
    Leave,
    LogKind,
    Obligation,
    ObligationState,
    Person,
    Progress,
    Task,
    TaskState,
    Unit,
    WorkLog,
)

_IN_WORK = (ObligationState.ASSIGNED, ObligationState.IN_PROGRESS)
_SHANGHAI = ZoneInfo("Asia/Shanghai")


def standing(session: Session, person_id: int, kind: LogKind, day: date) -> WorkLog | None:
    """The person's log of that day that still counts, read again."""
    query = select(WorkLog).where(
        WorkLog.person_id == person_id,
        WorkLog.kind == kind,
        WorkLog.day == day,
        col(WorkLog.withdrawn_at).is_(None),
    )
    return session.exec(query.execution_options(populate_existing=True)).first()


def latest(session: Session, person_id: int) -> WorkLog | None:
    """The log the person changed last and that counts."""
    query = select(WorkLog).where(WorkLog.person_id == person_id, col(WorkLog.withdrawn_at).is_(None))
    return session.exec(query.order_by(col(WorkLog.changed_at).desc(), col(WorkLog.id).desc())).first()


def lock_person(session: Session, person_id: int) -> None:
    """One change of a person's logs at a time."""
    session.exec(select(Person.id).where(Person.id == person_id).with_for_update(key_share=True)).one()


def progress_on(session: Session, person_id: int, day: date) -> list[tuple[Task, Obligation, Progress]]:
    """What the person reported on that day and still counts, oldest first."""
    query = (
        select(Task, Obligation, Progress)
        .join(Obligation, col(Obligation.task_id) == col(Task.id))
        .join(Progress, col(Progress.obligation_id) == col(Obligation.id))
        .where(
            Progress.person_id == person_id, *_within(Progress.at, day), col(Progress.withdrawn_at).is_(None)
        )
        .order_by(col(Progress.id))
    )
    return list(session.exec(query))


def handed_in_on(session: Session, person_id: int, unit_id: int, day: date) -> list[tuple[Task, Obligation]]:
    """What the person reported as done (报结) on that day."""
    return _acts(session, unit_id, Obligation.submitted_by_id == person_id, Obligation.submitted_at, day)


def signed_on(session: Session, person_id: int, unit_id: int, day: date) -> list[tuple[Task, Obligation]]:
    """What the person signed for on that day."""
    return _acts(
        session, unit_id, Obligation.acknowledged_by_id == person_id, Obligation.acknowledged_at, day
    )


def _acts(
    session: Session, unit_id: int, who: object, when: datetime | None, day: date
) -> list[tuple[Task, Obligation]]:
    query = (
        select(Task, Obligation)
        .join(Obligation, col(Obligation.task_id) == col(Task.id))
        .where(Obligation.unit_id == unit_id, who, *_within(when, day))  # type: ignore[arg-type]
        .order_by(col(Task.number), col(Obligation.id))
    )
    return list(session.exec(query))


def entries(session: Session, ids: Collection[int]) -> list[Progress]:
    """Progress by id, that which still counts, in the order it was written."""
    if not ids:
        return []
    query = select(Progress).where(col(Progress.id).in_(ids), col(Progress.withdrawn_at).is_(None))
    return list(session.exec(query.order_by(col(Progress.id)).execution_options(populate_existing=True)))


@dataclass(frozen=True, slots=True)
class Missing:
    """Somebody with work in hand who filed neither a log nor progress. ``matter``: the number of what they
    have in hand that is due first."""

    id: int
    name: str
    unit_id: int | None
    matter: int


@dataclass(frozen=True, slots=True)
class Window:
    """Those of the people looked at; ``after``: where the next look begins, None when all were seen."""

    missing: list[Missing]
    after: int | None


def people_without_log(session: Session, day: date, after_id: int, limit: int) -> Window:
    """Look at the next ``limit`` people by id: who of them filed neither a log nor progress on ``day``.

    Only those who handle something in work since before that day: on the day it is given, there is
    nothing to report yet. Not those away that day or gone.
    """
    some = select(Person.id).where(col(Person.id) > after_id).order_by(col(Person.id)).limit(limit)
    ids = list(session.exec(some))
    found = _missing(session, day, col(Person.id).in_(ids)) if ids else []
    return Window(found, ids[-1] if len(ids) == limit else None)


def missing_by_unit(session: Session, day: date, unit_id: int | None = None) -> dict[str, list[str]]:
    """Unit → names of those who filed nothing, units in 机构序; of one unit only when given."""
    of_unit = (col(Person.unit_id) == unit_id,) if unit_id is not None else ()
    found = _missing(session, day, *of_unit)
    units = select(Unit).where(col(Unit.id).in_({one.unit_id for one in found}))
    names = session.exec(units.order_by(col(Unit.position), col(Unit.id))).all()
    return {unit.name: [one.name for one in found if one.unit_id == unit.id] for unit in names}


def count_missing(session: Session, day: date) -> int:
    """How many filed neither a log nor progress on ``day``. Reads everybody: for small installations and
    tests; the job counts in windows of ``people_without_log``."""
    return len(_missing(session, day))


def _missing(session: Session, day: date, *conditions: sa.ColumnElement[bool]) -> list[Missing]:
    query = (
        select(Person.id, Person.name, Person.unit_id, _due_first(day))
        .where(
            col(Person.left_at).is_(None),
            _has_work(day).exists(),
            ~_filed_log(day),
            ~_reported(day),
            ~_handed_in(day),
            ~_away(day),
            *conditions,
        )
        .order_by(col(Person.id))
    )
    return [Missing(*row) for row in session.exec(query)]


def _due_first(day: date) -> sa.ScalarSelect[int]:
    work = _has_work(day).order_by(col(Obligation.due_at).is_(None), col(Obligation.due_at), col(Task.number))
    number: sa.ScalarSelect[int] = work.limit(1).scalar_subquery()
    return number


def _has_work(day: date) -> sa.Select[int]:
    """The numbers of what the person has in hand since before that day."""
    return (
        sa.select(col(Task.number))
        .select_from(Obligation)
        .join(Task, col(Task.id) == col(Obligation.task_id))
        .join(Initiative, col(Initiative.id) == col(Task.initiative_id))
        .where(
            col(Obligation.handler_id) == col(Person.id),
            col(Obligation.state).in_(_IN_WORK),
            col(Task.state) == TaskState.ACTIVE,
            col(Task.dispatched_at) < datetime.combine(day, time(), _SHANGHAI),
            col(Initiative.state) == InitiativeState.ACTIVE,
        )
        .correlate(Person)
    )


def _filed_log(day: date) -> sa.ColumnElement[bool]:
    return sa.exists().where(
        col(WorkLog.person_id) == col(Person.id),
        col(WorkLog.kind) == LogKind.DAY,
        col(WorkLog.day) == day,
        col(WorkLog.withdrawn_at).is_(None),
    )


def _reported(day: date) -> sa.ColumnElement[bool]:
    return sa.exists().where(
        col(Progress.person_id) == col(Person.id),
        *_within(Progress.at, day),
        col(Progress.withdrawn_at).is_(None),
    )


def _handed_in(day: date) -> sa.ColumnElement[bool]:
    return (
        sa.select(sa.literal(1))
        .select_from(Obligation)
        .where(
            col(Obligation.handler_id) == col(Person.id),
            col(Obligation.submitted_by_id) == col(Person.id),
            *_within(Obligation.submitted_at, day),
        )
        .correlate(Person)
        .exists()
    )


def _away(day: date) -> sa.ColumnElement[bool]:
    return sa.exists().where(
        col(Leave.person_id) == col(Person.id),
        col(Leave.cancelled_at).is_(None),
        col(Leave.starts_on) <= day,
        col(Leave.ends_on) >= day,
    )


def _within(column: datetime | None, day: date) -> tuple[sa.ColumnElement[bool], ...]:
    """On that day in Shanghai."""
    start = datetime.combine(day, time(), _SHANGHAI)
    return (col(column) >= start, col(column) < start + timedelta(days=1))


def names_of(session: Session, progress_ids: Collection[int]) -> list[str]:
    """``T7`` of the matters these entries are about, by number."""
    if not progress_ids:
        return []
    query = (
        select(Task.number)
        .join(Obligation, col(Obligation.task_id) == col(Task.id))
        .join(Progress, col(Progress.obligation_id) == col(Obligation.id))
        .where(col(Progress.id).in_(progress_ids))
        .group_by(col(Task.number))
        .order_by(func.min(col(Progress.id)))
    )
    return [f"T{number}" for number in session.exec(query)]
