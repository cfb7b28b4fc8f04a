"""Single rows without the ORM's price: a new one written at once, one that was read made an object."""

import functools
from collections.abc import Sequence
from typing import Any, TypeVar

import sqlalchemy as sa
from sqlalchemy.orm import make_transient_to_detached
from sqlalchemy.orm.attributes import instance_dict, set_committed_value
from sqlmodel import Session, SQLModel

from storage.dialects import core
from storage.prepared import Prepared, given

M = TypeVar("M", bound=SQLModel)


def insert(session: Session, row: SQLModel) -> None:
    """Write the new ``row``, whose key is its ``id``; it has it then, and is the session's.

    What the session holds goes first: this one may refer to it.
    """
    names, statement = _inserting(type(row))
    made: Any = row
    held = instance_dict(row)
    made.id = statement.all(core(session), {name: held[name] for name in names})[0][0]
    make_transient_to_detached(row)
    session.add(row)


def loaded(session: Session, kind: type[M], row: Sequence[Any]) -> M:
    """The session's object of a ``row`` that a prepared statement read, columns in the table's order.

    One that the session has already is brought up to date, as by ``populate_existing``.
    """
    mapper, names = _mapped(kind)
    values = dict(zip(names, row, strict=True))
    if session.identity_map:
        known: M | None = session.identity_map.get(mapper.identity_key_from_primary_key((values["id"],)))
        if known is not None:
            for name, value in values.items():
                set_committed_value(known, name, value)
            return known
    made: M = mapper.class_manager.new_instance()
    instance_dict(made).update(values)
    make_transient_to_detached(made)
    session.add(made)
    return made


@functools.cache
def _mapped(kind: type[SQLModel]) -> tuple[sa.orm.Mapper[Any], tuple[str, ...]]:
    mapper = sa.inspect(kind)
    return mapper, tuple(mapper.local_table.columns.keys())


@functools.cache
def _inserting(kind: type[SQLModel]) -> tuple[tuple[str, ...], Prepared]:
    held = sa.inspect(kind).local_table
    names = tuple(column.name for column in held.columns if column.name != "id")
    return names, Prepared(sa.insert(held).values(given(held, names)).returning(held.c.id))
