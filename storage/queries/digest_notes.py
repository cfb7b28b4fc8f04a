"""Lines for somebody's next morning card: what needs no message of its own."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col, select

from storage.dialects import insert_into, table
from storage.models import DigestNote

_NOTE = table("digest_note")


def note(
    session: Session,
    people: Iterable[int | None],
    label: str,
    text: str,
    *,
    key: str,
    now: datetime,
    day: date,
) -> None:
    """A line on the morning card of ``day`` (or the next there is) of each of these people.

    ``key`` says what it tells, for ever: told twice it is written once. ``now`` is business time.
    """
    rows: list[dict[str, Any]] = [
        {
            "person_id": person,
            "label": label,
            "text": text,
            "dedup_key": f"{key}:p{person}",
            "not_before": day,
            "created_at": now,
        }
        for person in sorted({person for person in people if person is not None})
    ]
    if rows:
        session.execute(insert_into(session, _NOTE).on_conflict_do_nothing(), rows)


def forget(session: Session, keys: str) -> None:
    """Take back lines that are on no card yet. ``keys``: a LIKE pattern of their keys."""
    session.execute(
        sa.delete(_NOTE).where(_NOTE.c.dedup_key.like(keys, escape="\\"), _NOTE.c.told_at.is_(None))
    )


def waiting_notes(session: Session, people: Collection[int], day: date) -> Mapping[int, Sequence[DigestNote]]:
    """What is to be on the cards of that day, oldest first."""
    query = (
        select(DigestNote)
        .where(
            col(DigestNote.person_id).in_(people),
            col(DigestNote.told_at).is_(None),
            col(DigestNote.not_before) <= day,
        )
        .order_by(col(DigestNote.id))
    )
    found: dict[int, list[DigestNote]] = defaultdict(list)
    for one in session.exec(query):
        found[one.person_id].append(one)
    return found


def mark_told(session: Session, notes: Iterable[DigestNote], now: datetime) -> None:
    """They are on a card; ``now`` is business time."""
    ids = sorted(note.id for note in notes)
    if ids:
        session.execute(sa.update(_NOTE).where(_NOTE.c.id.in_(ids)).values(told_at=now))
