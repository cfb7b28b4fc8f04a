"""What 部门协作情况 counts, grouped where it lies: set by set on either engine, memory flat."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session

from storage.dialects import on_postgres, table
from storage.models import CooperationState, ExtensionState, ObligationState, TaskState

#: Obligations that count. What waits for the lead's word, stands still or was cancelled does not.
COUNTED = (
    ObligationState.ASSIGNED,
    ObligationState.IN_PROGRESS,
    ObligationState.RELEASING,
    ObligationState.SUBMITTED,
    ObligationState.DONE,
)
_FETCH = 2000  #: grouped rows in memory at a time

_O, _T, _P = table("obligation"), table("task"), table("person")
_HELP, _ASKED, _EXTENSION = table("help_fact"), table("cooperation_request"), table("extension_request")


@dataclass(frozen=True, slots=True)
class Window:
    """One initiative's matters due in [begins, ends), as they stood at ``as_of``."""

    initiative_id: int
    begins: datetime
    ends: datetime
    as_of: datetime


@dataclass(frozen=True, slots=True)
class Alike:
    """``count`` matters of one unit that are counted alike.

    ``due``, ``reported`` and ``begun`` (days in Shanghai) are None when on time: they do not matter then.
    ``returned``: times sent back, 2 standing for more; None while nothing is known of the quality.
    ``weight``: of each of them. ``helped``: how many of them the lead gave its facts on; ``yes``: facts
    that hold.
    """

    unit_id: int
    due: date | None
    reported: date | None
    begun: date | None
    returned: int | None
    weight: int
    count: int
    helped: int
    yes: int


def matters(session: Session, window: Window, unit_ids: Sequence[int]) -> Iterator[Alike]:
    """Everything the units had to do, grouped; ordered by unit, read as it comes."""
    late = _late(window)
    one = (
        sa.select(
            _O.c.unit_id,
            sa.case((late, _day(session, _O.c.due_at))).label("due"),
            sa.case((late, _day(session, _reported(window)))).label("reported"),
            sa.case((late, _day(session, _O.c.dispatched_at))).label("begun"),
            _returned(window).label("returned"),
            _T.c.weight,
            _HELP.c.id.label("help"),
            _facts().label("facts"),
        )
        .select_from(_counted().outerjoin(_HELP, _help_counts(window)))
        .where(*_in_window(session, window), _O.c.unit_id.in_(unit_ids))
        .subquery("one")
    )
    alike = [one.c.unit_id, one.c.due, one.c.reported, one.c.begun, one.c.returned, one.c.weight]
    sums = [sa.func.count(), sa.func.count(one.c.help), sa.func.coalesce(sa.func.sum(one.c.facts), 0)]
    query = sa.select(*alike, *sums).group_by(*alike).order_by(one.c.unit_id)
    for row in session.execute(query.execution_options(yield_per=_FETCH)):
        unit_id, due, reported, begun, returned, weight, *counts = row
        count, helped, yes = map(int, counts)
        days = _date(due), _date(reported), _date(begun)
        yield Alike(unit_id, *days, returned, weight, count, helped, yes)


@dataclass(frozen=True, slots=True)
class Item:
    """One matter of a unit, for people to look at."""

    obligation_id: int
    number: int
    title: str
    recurrence: str
    period: int
    position: int
    due_at: datetime
    due: date
    reported: date | None  #: None: not reported by then
    begun: date | None
    late: bool
    returned: int | None
    facts: tuple[bool, bool, bool] | None
    weight: int


def items(
    session: Session, window: Window, unit_id: int, *, obligation_id: int | None = None, most: int = 500
) -> list[Item]:
    """The unit's matters one by one, by number, as ``matters`` counts them."""
    only = () if obligation_id is None else (_O.c.id == obligation_id,)
    seen = sa.case((_O.c.first_submitted_at <= window.as_of, _O.c.first_submitted_at))
    query = (
        sa.select(
            _O.c.id,
            _T.c.number,
            _T.c.title,
            _T.c.recurrence,
            _O.c.period,
            _O.c.position,
            _O.c.due_at,
            _day(session, _O.c.due_at).label("due"),
            _day(session, seen).label("reported"),
            _day(session, _O.c.dispatched_at).label("begun"),
            sa.cast(sa.case((_late(window), 1), else_=0), sa.Integer).label("late"),
            _returned(window).label("returned"),
            _HELP.c.in_time,
            _HELP.c.usable,
            _HELP.c.asked_once,
            _T.c.weight,
        )
        .select_from(_counted().outerjoin(_HELP, _help_counts(window)))
        .where(*_in_window(session, window), _O.c.unit_id == unit_id, *only)
        .order_by(_T.c.number, _O.c.period, _O.c.position)
        .limit(most)
    )
    return [
        Item(
            obligation_id=row.id,
            number=row.number,
            title=row.title,
            recurrence=row.recurrence,
            period=row.period,
            position=row.position,
            due_at=row.due_at,
            due=_must(row.due),
            reported=_date(row.reported),
            begun=_date(row.begun),
            late=bool(row.late),
            returned=row.returned,
            facts=None if row.in_time is None else (row.in_time, row.usable, row.asked_once),
            weight=row.weight,
        )
        for row in session.execute(query)
    ]


@dataclass(frozen=True, slots=True)
class Asked:
    """A 商请 that was to be answered in the period."""

    id: int
    unit_id: int
    number: int  #: of the matter it is for
    what: str
    answer_due_at: datetime
    answered_at: datetime | None  #: None: not by then

    @property
    def in_time(self) -> bool:
        return self.answered_at is not None and self.answered_at <= self.answer_due_at


def answers(session: Session, window: Window, unit_ids: Sequence[int]) -> dict[int, tuple[int, int]]:
    """Unit → (requests of other units to be answered in the period, answered in time)."""
    in_time = sa.and_(_ASKED.c.answered_at <= _ASKED.c.answer_due_at, _ASKED.c.answered_at <= window.as_of)
    query = (
        sa.select(
            _ASKED.c.to_unit_id,
            sa.func.count().label("asked"),
            sa.func.sum(sa.case((in_time, 1), else_=0)).label("answered"),
        )
        .select_from(_asked_for())
        .where(*_asked_in(window), _ASKED.c.to_unit_id.in_(unit_ids))
        .group_by(_ASKED.c.to_unit_id)
    )
    return {row.to_unit_id: (row.asked, int(row.answered)) for row in session.execute(query)}


def asked(session: Session, window: Window, unit_id: int) -> list[Asked]:
    """The unit's requests one by one, as ``answers`` counts them."""
    by_then = sa.case((_ASKED.c.answered_at <= window.as_of, _ASKED.c.answered_at))
    query = (
        sa.select(
            _ASKED.c.id,
            _ASKED.c.to_unit_id,
            _T.c.number,
            _ASKED.c.what,
            _ASKED.c.answer_due_at,
            sa.type_coerce(by_then, _ASKED.c.answered_at.type),
        )
        .select_from(_asked_for())
        .where(*_asked_in(window), _ASKED.c.to_unit_id == unit_id)
        .order_by(_ASKED.c.answer_due_at, _ASKED.c.id)
    )
    return [Asked(*row) for row in session.execute(query)]


@dataclass(frozen=True, slots=True)
class Extended:
    """A matter whose limit was moved: ``asked`` and ``was`` are days, ``was`` the limit before."""

    obligation_id: int
    unit_id: int
    asked: date
    was: date


def extended(session: Session, window: Window, unit_ids: Sequence[int]) -> list[Extended]:
    """Granted extensions of matters in the window, latest grant first."""
    query = (
        sa.select(
            _O.c.id,
            _O.c.unit_id,
            _day(session, _EXTENSION.c.asked_at).label("asked"),
            _day(session, _EXTENSION.c.from_due_at).label("was"),
        )
        .select_from(_counted().join(_EXTENSION, _EXTENSION.c.obligation_id == _O.c.id))
        .where(
            *_in_window(session, window),
            _O.c.unit_id.in_(unit_ids),
            _EXTENSION.c.state == ExtensionState.GRANTED,
        )
        .order_by(_EXTENSION.c.id.desc())
    )
    return [Extended(r.id, r.unit_id, _must(r.asked), _must(r.was)) for r in session.execute(query)]


# -- what is counted, in SQL ------------------------------------------------------------------------


def _counted() -> sa.Join:
    return _O.join(_T, _T.c.id == _O.c.task_id).outerjoin(_P, _P.c.id == _T.c.created_by_id)


def _in_window(session: Session, window: Window) -> tuple[sa.ColumnElement[bool], ...]:
    """What a unit gave itself does not count: nobody collects points with work of their own making."""
    initiative: sa.ColumnElement[Any] = _T.c.initiative_id
    if not on_postgres(session):
        # Not by the index on the initiative: SQLite would read all its units' matters for a few of them.
        initiative = initiative + 0
    return (
        initiative == window.initiative_id,
        _T.c.state.in_([TaskState.ACTIVE, TaskState.DONE]),
        _O.c.state.in_(COUNTED),
        _O.c.due_at >= window.begins,
        _O.c.due_at < window.ends,
        sa.or_(_P.c.unit_id.is_(None), _P.c.unit_id != _O.c.unit_id),
    )


def _reported(window: Window) -> sa.ColumnElement[Any]:
    """When it was first reported; what was not counts as reported now."""
    first = sa.case((_O.c.first_submitted_at <= window.as_of, _O.c.first_submitted_at))
    return sa.func.coalesce(first, sa.literal(window.as_of, _O.c.due_at.type))


def _late(window: Window) -> sa.ColumnElement[bool]:
    return _reported(window) > _O.c.due_at


def _returned(window: Window) -> sa.ColumnElement[Any]:
    return sa.case(
        (_O.c.returned > 1, 2),
        (_O.c.returned == 1, 1),
        (sa.and_(_O.c.state == ObligationState.DONE, _O.c.done_at <= window.as_of), 0),
    )


def _help_counts(window: Window) -> sa.ColumnElement[bool]:
    return sa.and_(
        _HELP.c.obligation_id == _O.c.id,
        _HELP.c.at <= window.as_of,
        _O.c.state == ObligationState.DONE,
    )


def _facts() -> sa.ColumnElement[int]:
    each = [sa.cast(fact, sa.Integer) for fact in (_HELP.c.in_time, _HELP.c.usable, _HELP.c.asked_once)]
    return each[0] + each[1] + each[2]


def _asked_for() -> sa.Join:
    return _ASKED.join(_O, _O.c.id == _ASKED.c.obligation_id).join(_T, _T.c.id == _O.c.task_id)


def _asked_in(window: Window) -> tuple[sa.ColumnElement[bool], ...]:
    return (
        _T.c.initiative_id == window.initiative_id,
        _ASKED.c.state != CooperationState.WITHDRAWN,
        _ASKED.c.from_unit_id != _ASKED.c.to_unit_id,
        _ASKED.c.answer_due_at >= window.begins,
        _ASKED.c.answer_due_at < window.ends,
    )


def _day(session: Session, at: sa.ColumnElement[Any]) -> sa.ColumnElement[Any]:
    """The day in Shanghai: a date on PostgreSQL, ``2026-12-09`` on SQLite."""
    if on_postgres(session):
        return sa.cast(sa.func.timezone("Asia/Shanghai", at), sa.Date)
    return sa.func.date(at, "+8 hours", type_=sa.String())


def _date(value: date | str | None) -> date | None:
    return date.fromisoformat(value) if isinstance(value, str) else value


def _must(value: date | str) -> date:
    return date.fromisoformat(value) if isinstance(value, str) else value
