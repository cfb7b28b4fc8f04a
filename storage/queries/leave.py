"""Who is away, and who stands in for them (代办, B角)."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import sqlalchemy as sa
from sqlmodel import Session, col, func, select

from storage.dialects import core, is_among, table
from storage.models import Leave, Person, Role, Scope
from storage.prepared import Prepared

#: What a stand-in may do as the absent person: their roles in the unit, never those beyond it.
LENT = frozenset({Role.VICE_HEAD, Role.HEAD, Role.LIAISON})
_REMEMBERED = timedelta(days=30)  #: so long after it a leave is spoken of to who stood in
_CHAIN = 5  #: the one standing in may be away too; further nobody looks


def stands_in_for(session: Session, person_id: int, day: date) -> int:
    """Who gets what would go to ``person_id`` on that day: themselves unless they are away.

    A stand-in who is away as well is stood in for in turn; in a circle, or where nobody who is still
    there was named, it is the person themselves.
    """
    return stand_ins(session, [person_id], day).get(person_id, person_id)


def stand_ins(session: Session, person_ids: Iterable[int], day: date) -> dict[int, int]:
    """``stands_in_for`` of many: those who are stood in for → who does. Everybody else is left out."""
    wanted = sorted(set(person_ids))
    named: dict[int, int] = {}
    reached, asked = set(wanted), set[int]()
    for _ in range(_CHAIN):
        if not reached - asked:
            break
        found = _named(session, reached - asked, day)
        asked |= reached
        named |= found
        reached = set(found.values())
    return {person: end for person in wanted if (end := _end(person, named)) != person}


def who_are_there(session: Session, persons: Sequence[Person], day: date) -> list[Person]:
    """These people, who stands in for them instead of those away; each once."""
    return there_by_unit(session, {0: persons}, day)[0]


def there_by_unit(
    session: Session, persons: Mapping[int, Sequence[Person]], day: date
) -> dict[int, list[Person]]:
    """``who_are_there`` for many units."""
    instead = stand_ins(session, [one.id for own in persons.values() for one in own], day)
    return {
        unit_id: list(
            {
                who.id: who
                for one in own
                for who in [session.get_one(Person, instead[one.id]) if one.id in instead else one]
            }.values()
        )
        for unit_id, own in persons.items()
    }


def stood_in_for(session: Session, deputy_ids: Iterable[int], day: date) -> set[int]:
    """Those away on that day whose stand-in, at the end of the chain, may be one of ``deputy_ids``."""
    found: set[int] = set()
    reached = set(deputy_ids)
    for _ in range(_CHAIN):
        if not reached:
            break
        own = select(Leave.person_id).where(col(Leave.deputy_id).in_(reached), *_on(day))
        standing = (
            select(Leave.person_id)
            .join(Person, col(Person.id) == col(Leave.person_id))
            .where(col(Leave.deputy_id).is_(None), col(Person.deputy_id).in_(reached), *_on(day))
        )
        reached = {*session.exec(own), *session.exec(standing)} - found
        found |= reached
    return found


@dataclass(frozen=True, slots=True)
class Lent:
    """A unit's role that somebody away leaves to their stand-in."""

    role: Role
    unit_id: int
    person_id: int  #: whose it is
    name: str


@dataclass(frozen=True, slots=True)
class Held:
    """``own``: roles, places and their ids. ``lent``: for that day; ``over``: no more."""

    own: list[tuple[Role, Scope, int]]
    lent: tuple[Lent, ...] = ()
    over: tuple[Lent, ...] = ()


_GRANT, _LEAVE, _AWAY = table("role_grant"), table("leave"), table("person")
_OF_UNIT = sa.and_(
    _GRANT.c.person_id == _LEAVE.c.person_id,
    _GRANT.c.scope == Scope.UNIT,
    _GRANT.c.scope_id == _AWAY.c.unit_id,
)


def _left_to(*conditions: sa.ColumnElement[bool]) -> sa.Select[tuple[object, ...]]:
    """Leaves, each with the roles of who is away, which may be none."""
    return (
        sa.select(
            _GRANT.c.role,
            _GRANT.c.scope,
            _GRANT.c.scope_id,
            _LEAVE.c.person_id,
            _AWAY.c.name,
            _LEAVE.c.starts_on,
            _LEAVE.c.ends_on,
            _LEAVE.c.cancelled_at,
        )
        .join_from(_LEAVE, _AWAY, _AWAY.c.id == _LEAVE.c.person_id)
        .outerjoin(_GRANT, _OF_UNIT)
        .where(
            _AWAY.c.left_at.is_(None),
            _AWAY.c.unit_id == sa.bindparam("unit"),
            *conditions,
        )
    )


_TODAY = (
    _LEAVE.c.cancelled_at.is_(None),
    _LEAVE.c.starts_on <= sa.bindparam("day", type_=sa.Date()),
    _LEAVE.c.ends_on >= sa.bindparam("day", type_=sa.Date()),
)
_ME: sa.BindParameter[int] = sa.bindparam("person")
_NOTHING = sa.null()
#: Every event asks it: what a person holds, and who left them something. Two keys are looked up.
_HELD = Prepared(
    sa.union_all(
        _left_to(_LEAVE.c.deputy_id == _ME, _LEAVE.c.ends_on >= sa.bindparam("since")),
        _left_to(_LEAVE.c.deputy_id.is_(None), _AWAY.c.deputy_id == _ME, *_TODAY),
        sa.select(_GRANT.c.role, _GRANT.c.scope, _GRANT.c.scope_id, *[_NOTHING] * 5).where(
            _GRANT.c.person_id == _ME
        ),
    )
)
_STAND_IN = table("person").alias("stand_in")
_DEPUTY = sa.func.coalesce(_LEAVE.c.deputy_id, _AWAY.c.deputy_id)
#: Who of a unit is away on a day, and who was named for it, the latest leave last.
_AWAY_TODAY = Prepared(
    sa.select(_LEAVE.c.person_id, _DEPUTY, _AWAY.c.name, _GRANT.c.role)
    .join_from(_LEAVE, _AWAY, _AWAY.c.id == _LEAVE.c.person_id)
    .join(_STAND_IN, _STAND_IN.c.id == _DEPUTY)
    .outerjoin(_GRANT, _OF_UNIT)
    .where(
        _AWAY.c.unit_id == sa.bindparam("unit"),
        _AWAY.c.left_at.is_(None),
        _STAND_IN.c.left_at.is_(None),
        *_TODAY,
    )
    .order_by(_LEAVE.c.id, _GRANT.c.id)
)


def held(session: Session, person_id: int, unit_id: int | None, day: date) -> Held:
    """What the person holds, and what colleagues of their unit who are away on ``day`` leave to them.

    One statement; a second one for who does stand in, since the one named may be away as well.
    """
    values = {"person": person_id, "unit": unit_id or 0, "day": day, "since": day - _REMEMBERED}
    own: list[tuple[Role, Scope, int]] = []
    over: list[Lent] = []
    standing = False
    for role, scope, place, lender, name, first, last, cancelled in _HELD.all(core(session), values):
        if lender is None:
            own.append((role, scope, place))
        elif cancelled is None and first <= day <= last:
            standing = True
        elif first <= day and role in LENT:
            over.append(Lent(role, place, lender, name))
    lent = _lent(session, person_id, unit_id, day) if standing and unit_id is not None else []
    return Held(own, tuple(lent), tuple(over))


def _lent(session: Session, person_id: int, unit_id: int, day: date) -> list[Lent]:
    """The roles of those whose stand-in, at the end of the chain, this is."""
    rows = _AWAY_TODAY.all(core(session), {"unit": unit_id, "day": day})
    named = {away: stand_in for away, stand_in, _, _ in rows}
    return [
        Lent(role, unit_id, away, name)
        for away, stand_in, name, role in rows
        if role in LENT and named[away] == stand_in and _end(away, named) == person_id != away
    ]


_CONCERNED = Prepared(
    lambda postgres: sa.union_all(
        sa.select(_LEAVE.c.id).where(is_among(postgres, _LEAVE.c.person_id, "people"), *_TODAY),
        sa.select(_LEAVE.c.id).where(is_among(postgres, _LEAVE.c.deputy_id, "people"), *_TODAY),
        sa.select(_LEAVE.c.id)
        .join_from(_LEAVE, _AWAY, _AWAY.c.id == _LEAVE.c.person_id)
        .where(_LEAVE.c.deputy_id.is_(None), is_among(postgres, _AWAY.c.deputy_id, "people"), *_TODAY),
    )
)


def whose_roles(session: Session, person_ids: Collection[int], day: date) -> dict[int, int]:
    """Whose roles concern these people, and who is asked by each: their own, by themselves or by who stands
    in for them, and those of whom they stand in for. One statement where no leave concerns them."""
    people = sorted(person_ids)
    if not _CONCERNED.all(core(session), {"people": people, "day": day}):
        return {person: person for person in people}
    reached = {*people, *stood_in_for(session, people, day)}
    instead = stand_ins(session, reached, day)
    asked = {person: instead.get(person, person) for person in sorted(reached)}
    return {person: who for person, who in asked.items() if who in person_ids or person in person_ids}


def leave_of(session: Session, person_id: int, day: date) -> Leave | None:
    """The leave that counts on that day or is the next to come: the earliest not over."""
    query = select(Leave).where(
        Leave.person_id == person_id, col(Leave.cancelled_at).is_(None), col(Leave.ends_on) >= day
    )
    return session.exec(query.order_by(col(Leave.starts_on), col(Leave.id))).first()


def _on(day: date) -> tuple[sa.ColumnElement[bool], ...]:
    return (col(Leave.cancelled_at).is_(None), col(Leave.starts_on) <= day, col(Leave.ends_on) >= day)


def _named(session: Session, person_ids: set[int], day: date) -> dict[int, int]:
    """Whom each of those away named, the latest leave first; else their standing B角. Somebody who left, or
    is of another unit by now, stands in for nobody."""
    deputy = func.coalesce(Leave.deputy_id, Person.deputy_id)
    query = (
        select(Leave.person_id, Person.unit_id, deputy)
        .join(Person, col(Person.id) == col(Leave.person_id))
        .where(col(Leave.person_id).in_(person_ids), *_on(day))
        .order_by(col(Leave.id))
    )
    named = {person: (stand_in, unit) for person, unit, stand_in in session.exec(query) if stand_in}
    ids = {stand_in for stand_in, _ in named.values()}
    there = select(Person.id, Person.unit_id).where(col(Person.id).in_(ids), col(Person.left_at).is_(None))
    staying = set(session.exec(there)) if named else set()
    return {person: found[0] for person, found in named.items() if found in staying}


def _end(person: int, named: Mapping[int, int]) -> int:
    seen = {person}
    at = person
    while at in named:
        at = named[at]
        if at in seen:
            return person
        seen.add(at)
    return at
