"""What the morning card needs, for some people at a time: Core rows, since it is read for everybody."""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col, func, select

from storage.dialects import table
from storage.models import (
    Grain,
    HandOver,
    HandOverState,
    Initiative,
    InitiativeState,
    JobRun,
    JobState,
    Obligation,
    ObligationState,
    Part,
    Person,
    Progress,
    ReminderSetting,
    Role,
    Scope,
    Snooze,
    Task,
    TaskState,
    Unit,
)
from storage.queries import tasks

NOTHING_SAID = "nothing said"  #: the cursor a run ends with when it told nobody anything
_MOST = 1000  #: rows of units and initiatives read for one chunk; the soonest come first
_RUNNING = (ObligationState.ASSIGNED, ObligationState.IN_PROGRESS, ObligationState.RELEASING)


@dataclass(frozen=True, slots=True)
class Row:
    """An open obligation of a running matter, and what of its task and lead is needed with it.

    ``handler_id``, ``lead_handler_id``: None once they left, then the unit's door does it.
    """

    id: int
    task_id: int
    period: int
    position: int
    part: Part
    unit_id: int
    handler_id: int | None
    content: str
    state: ObligationState
    due_at: datetime | None
    due_grain: Grain
    supplement_due_at: datetime | None
    first_submitted_at: datetime | None
    dispatched_at: datetime | None
    acknowledged_by_id: int | None
    acknowledged_at: datetime | None
    submitted_by_id: int | None
    submitted_at: datetime | None
    number: int
    title: str
    recurrence: str
    provisional: bool
    initiative_id: int
    lead_unit_id: int
    lead_handler_id: int | None


_GRANT, _PERSON = table("role_grant"), table("person")
_LEAD = sa.orm.aliased(Obligation)
_HANDLER, _LEADER = table("person").alias("handler"), table("person").alias("lead_handler")
_NOBODY = sa.or_(col(Obligation.handler_id).is_(None), _HANDLER.c.left_at.is_not(None))
_NOBODY_LEADS = sa.or_(col(_LEAD.handler_id).is_(None), _LEADER.c.left_at.is_not(None))
_OF_TASK = ("number", "title", "recurrence", "provisional", "initiative_id")
_OWN = Row.__slots__[: Row.__slots__.index("number")]


def _own() -> list[tuple[str, Any]]:
    return [(name, getattr(Obligation, name)) for name in _OWN]


def _rows(session: Session, *conditions: sa.ColumnElement[bool], most: int | None = None) -> list[Row]:
    columns: list[sa.ColumnElement[Any]] = [
        *(sa.case((_NOBODY, None), else_=one) if name == "handler_id" else one for name, one in _own()),
        *(getattr(Task, name) for name in _OF_TASK),
        *(getattr(_LEAD, name) for name in ("unit_id",)),
        sa.case((_NOBODY_LEADS, None), else_=col(_LEAD.handler_id)),
    ]
    query = (
        sa.select(*columns)
        .join(Task, col(Task.id) == col(Obligation.task_id))
        .join(Initiative, col(Initiative.id) == col(Task.initiative_id))
        .join(
            _LEAD,
            sa.and_(
                col(_LEAD.task_id) == col(Obligation.task_id),
                col(_LEAD.period) == col(Obligation.period),
                col(_LEAD.part) == Part.LEAD,
            ),
        )
        .outerjoin(_HANDLER, _HANDLER.c.id == col(Obligation.handler_id))
        .outerjoin(_LEADER, _LEADER.c.id == col(_LEAD.handler_id))
        .where(
            col(Task.state) == TaskState.ACTIVE,
            col(Initiative.state) == InitiativeState.ACTIVE,
            col(Obligation.state).in_(tasks.OPEN),
            *conditions,
        )
    )
    if most is not None:
        query = query.order_by(col(Obligation.due_at).is_(None), col(Obligation.due_at)).limit(most)
    return [Row(*found) for found in session.execute(query)]


def of_handlers(session: Session, people: Collection[int]) -> list[Row]:
    """What these people do themselves."""
    return _rows(session, col(Obligation.handler_id).in_(people)) if people else []


def of_units(session: Session, units: Collection[int], until: datetime) -> list[Row]:
    """What these units' doors and heads may hear of: running and due up to ``until``, not signed for, or
    with nobody named; and what waits for 同意报出."""
    if not units:
        return []
    concerns = sa.or_(
        sa.and_(col(Obligation.state).in_(_RUNNING), col(Obligation.due_at) <= until),
        col(Obligation.state).in_([ObligationState.ASSIGNED, ObligationState.RELEASING]),
        sa.and_(
            _NOBODY,
            col(Obligation.state).in_([*_RUNNING, ObligationState.SUSPENDED]),
        ),
    )
    return _rows(session, col(Obligation.unit_id).in_(units), concerns, most=_MOST)


def waiting_for_lead(session: Session, people: Collection[int], units: Collection[int]) -> list[Row]:
    """Co-operation handed in or not yet made clear, where these people or doors do the lead's part."""
    doing: list[sa.ColumnElement[bool]] = [col(_LEAD.handler_id).in_(people)]
    if units:
        doing.append(sa.and_(_NOBODY_LEADS, col(_LEAD.unit_id).in_(units)))
    waits = [ObligationState.SUBMITTED, ObligationState.UNSPECIFIED]
    return _rows(
        session, sa.or_(*doing), col(Obligation.part) == Part.COOPERATE, col(Obligation.state).in_(waits)
    )


def of_initiatives(session: Session, initiatives: Collection[int], before: datetime) -> list[Row]:
    """What the office may hear of: leads handed in, and what runs past a limit before ``before``."""
    if not initiatives:
        return []
    concerns = sa.or_(
        sa.and_(col(Obligation.part) == Part.LEAD, col(Obligation.state) == ObligationState.SUBMITTED),
        sa.and_(col(Obligation.state).in_(_RUNNING), col(Obligation.due_at) < before),
    )
    return _rows(session, col(Task.initiative_id).in_(initiatives), concerns, most=_MOST)


def all_of_initiative(session: Session, initiative_id: int) -> list[Row]:
    """Everything of it that is open."""
    return _rows(session, col(Task.initiative_id) == initiative_id)


def offered(session: Session, people: Collection[int]) -> list[tuple[Row, int]]:
    """Obligations offered to one of these people and not answered, with whom they wait for."""
    query = select(HandOver.obligation_id, HandOver.to_id).where(
        col(HandOver.to_id).in_(people), HandOver.state == HandOverState.OFFERED
    )
    offers = dict(session.exec(query).all())
    rows = _rows(session, col(Obligation.id).in_(offers)) if offers else []
    return [(row, offers[row.id]) for row in rows]


@dataclass(frozen=True, slots=True)
class Listener:
    """Somebody who may get a morning card."""

    id: int
    unit_id: int | None


def listeners(session: Session, after: int, most: int) -> list[Listener]:
    """People who have not left, by id."""
    query = (
        select(Person.id, Person.unit_id)
        .where(col(Person.id) > after, col(Person.left_at).is_(None))
        .order_by(col(Person.id))
        .limit(most)
    )
    return [Listener(*found) for found in session.exec(query)]


def grants_of(session: Session, people: Collection[int]) -> list[tuple[int, Role, Scope, int]]:
    """(person, role, scope, place) of these people."""
    columns = (_GRANT.c.person_id, _GRANT.c.role, _GRANT.c.scope, _GRANT.c.scope_id)
    rows = session.execute(sa.select(*columns).where(_GRANT.c.person_id.in_(people)))
    return [(row.person_id, row.role, row.scope, row.scope_id) for row in rows]


@dataclass(frozen=True, slots=True)
class UnitPeople:
    """``receivers``: the unit's door: its liaisons, else its 分管负责人, else its head."""

    receivers: tuple[int, ...] = ()
    vice_heads: tuple[int, ...] = ()
    heads: tuple[int, ...] = ()


def unit_people(session: Session, units: Collection[int]) -> dict[int, UnitPeople]:
    """Who speaks for each unit; those who left are left out."""
    query = (
        sa.select(_GRANT.c.scope_id, _GRANT.c.role, _GRANT.c.person_id)
        .join(_PERSON, _PERSON.c.id == _GRANT.c.person_id)
        .where(
            _GRANT.c.scope == Scope.UNIT,
            _GRANT.c.scope_id.in_(units),
            _GRANT.c.role.in_([Role.LIAISON, Role.VICE_HEAD, Role.HEAD]),
            _PERSON.c.left_at.is_(None),
        )
        .order_by(_GRANT.c.person_id)
    )
    held: dict[int, dict[Role, list[int]]] = defaultdict(lambda: defaultdict(list))
    for row in session.execute(query) if units else ():
        held[row.scope_id][row.role].append(row.person_id)
    found: dict[int, UnitPeople] = {}
    for unit in units:
        of = held[unit]
        liaisons, vice, heads = (tuple(of[r]) for r in (Role.LIAISON, Role.VICE_HEAD, Role.HEAD))
        found[unit] = UnitPeople(liaisons or vice or heads, vice, heads)
    return found


def officers_by_initiative(session: Session) -> dict[int, tuple[int, ...]]:
    """Who of the office looks after each running initiative: see ``tasks.officers``."""
    running = tasks.running_initiatives(session)
    return {one.id: tuple(person.id for person in tasks.officers(session, one)) for one in running}


def names(session: Session, people: Collection[int], units: Collection[int]) -> tuple[dict[int, str], ...]:
    """The names of people and of units, by id."""
    of_people = select(Person.id, Person.name).where(col(Person.id).in_(people))
    of_units = select(Unit.id, Unit.name).where(col(Unit.id).in_(units))
    return dict(session.exec(of_people).all()), dict(session.exec(of_units).all())


def acts_since(
    session: Session, obligations: Collection[int], since: datetime
) -> list[tuple[int, int, datetime]]:
    """(obligation, person, when) of progress reported since then."""
    query = select(Progress.obligation_id, Progress.person_id, Progress.at).where(
        col(Progress.obligation_id).in_(obligations),
        col(Progress.at) >= since,
        col(Progress.withdrawn_at).is_(None),
    )
    return list(session.exec(query)) if obligations else []


def snoozes(session: Session, people: Collection[int], since: date) -> dict[int, dict[int, date]]:
    """Obligation → person → the day until which they do not want to hear of it; those over before
    ``since`` are left out."""
    query = select(Snooze).where(col(Snooze.person_id).in_(people), col(Snooze.until) >= since)
    found: dict[int, dict[int, date]] = defaultdict(dict)
    for row in session.exec(query):
        found[row.obligation_id][row.person_id] = row.until
    return found


def quiet_hours(session: Session, people: Collection[int]) -> dict[int, tuple[str, str]]:
    """Those who want none, from and to."""
    query = select(ReminderSetting.person_id, ReminderSetting.quiet_from, ReminderSetting.quiet_to)
    rows = session.exec(query.where(col(ReminderSetting.person_id).in_(people)))
    return {person: (start, end) for person, start, end in rows}


def last_round(session: Session, job: str, before: datetime) -> datetime | None:
    """The planned time of the last run before ``before`` that is over and did tell."""
    query = select(func.max(JobRun.planned)).where(
        JobRun.job == job,
        JobRun.state == JobState.DONE,
        JobRun.cursor != NOTHING_SAID,
        col(JobRun.planned) < before,
    )
    return session.exec(query).one()


def any_urgent(session: Session) -> bool:
    """Whether a running initiative names matters that are 特急 (``Initiative.rules``)."""
    query = select(Initiative.rules).where(Initiative.state == InitiativeState.ACTIVE)
    return any(rules.get("urgent") for rules in session.exec(query))
