"""One row written at once, by an INSERT put together once a table: a flush costs several times as much."""

import functools
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import make_transient_to_detached
from sqlmodel import Session, SQLModel

from storage.dialects import core


def insert(session: Session, row: SQLModel) -> None:
    """Write the new ``row``, whose key is its ``id``; it has it then, and is the session's.

    What the session holds goes first: this one may refer to it.
    """
    names, statement = _inserting(type(row))
    made: Any = row
    made.id = core(session).execute(statement, {name: getattr(row, name) for name in names}).scalar_one()
    make_transient_to_detached(row)
    session.add(row)


@functools.cache
def _inserting(kind: type[SQLModel]) -> tuple[tuple[str, ...], sa.Executable]:
    held = sa.inspect(kind).local_table
    names = tuple(column.name for column in held.columns if column.name != "id")
    return names, sa.insert(held).returning(held.c.id)
