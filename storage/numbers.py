"""Short numbers people type: T12, R7, D1."""

import functools

import sqlalchemy as sa
from sqlalchemy.orm import Session

from storage.dialects import insert_on, on_postgres, table

_COUNTER = table("number_counter")


def take(session: Session, kind: str, how_many: int = 1) -> int:
    """The first of ``how_many`` consecutive numbers of ``kind``, which nobody else gets.

    Locks the counter until the transaction ends: taken after the rows of what is worked on (lock
    order, step 4), several kinds in alphabetical order. A rollback gives the numbers back.
    """
    if how_many < 1:
        raise ValueError("take at least one number")
    values = {"kind": kind, "next_value": 1 + how_many, "how_many": how_many}
    after: int = session.execute(_taking(on_postgres(session)), values).scalar_one()
    return after - how_many


def skip(session: Session, distance: int) -> None:
    """Move every counter on: after a restore people's chats still name numbers that were lost."""
    session.execute(sa.update(_COUNTER).values(next_value=_COUNTER.c.next_value + distance))


@functools.cache
def _taking(postgres: bool) -> sa.Executable:
    """A new kind begins behind the numbers taken; a known one moves on by them."""
    moved = _COUNTER.c.next_value + sa.bindparam("how_many")
    return (
        insert_on(postgres, _COUNTER)
        .values(kind=sa.bindparam("kind"), next_value=sa.bindparam("next_value"))
        .on_conflict_do_update(index_elements=[_COUNTER.c.kind], set_={"next_value": moved})
        .returning(_COUNTER.c.next_value)
    )
