"""Who is away, and who stands in for them (代办, B角)."""

from collections.abc import Iterable, Mapping
from datetime import date

import sqlalchemy as sa
from sqlmodel import Session, col, func, select

from storage.models import Leave, Person

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


def leave_of(session: Session, person_id: int, day: date) -> Leave | None:
    """The leave that counts on that day or is the next to come: the earliest not over."""
    query = select(Leave).where(
        Leave.person_id == person_id, col(Leave.cancelled_at).is_(None), col(Leave.ends_on) >= day
    )
    return session.exec(query.order_by(col(Leave.starts_on), col(Leave.id))).first()


def _on(day: date) -> tuple[sa.ColumnElement[bool], ...]:
    return (col(Leave.cancelled_at).is_(None), col(Leave.starts_on) <= day, col(Leave.ends_on) >= day)


def _named(session: Session, person_ids: set[int], day: date) -> dict[int, int]:
    """Whom each of those away named, the latest leave first; else their standing B角."""
    deputy = func.coalesce(Leave.deputy_id, Person.deputy_id)
    query = (
        select(Leave.person_id, deputy)
        .join(Person, col(Person.id) == col(Leave.person_id))
        .where(col(Leave.person_id).in_(person_ids), *_on(day))
        .order_by(col(Leave.id))
    )
    named = {person: stand_in for person, stand_in in session.exec(query) if stand_in is not None}
    there = select(Person.id).where(col(Person.id).in_(named.values()), col(Person.left_at).is_(None))
    staying = set(session.exec(there)) if named else set()
    return {person: stand_in for person, stand_in in named.items() if stand_in in staying}


def _end(person: int, named: Mapping[int, int]) -> int:
    seen = {person}
    at = person
    while at in named:
        at = named[at]
        if at in seen:
            return person
        seen.add(at)
    return at
