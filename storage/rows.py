"""Single rows without the ORM's price: a new one written at once, one that was read made an object."""

import functools
from collections.abc import Mapping, Sequence
from typing import Any, TypeVar

import sqlalchemy as sa
from sqlalchemy.orm import make_transient_to_detached
from sqlalchemy.orm.attributes import instance_dict, instance_state, set_committed_value
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


def write(session: Session, kind: type[M], **values: Any) -> M:
    """A new row of ``kind`` with these columns, the others as its model leaves them; written at once.

    Half the price of making the object first and then inserting it.

    Raises:
        TypeError: the table has no such column.
    """
    names, statement = _inserting(kind)
    unknown = values.keys() - names
    if unknown:
        raise TypeError(f"{kind.__name__} has no {', '.join(sorted(unknown))}")
    for name in names - values.keys():
        values[name] = kind.model_fields[name].get_default(call_default_factory=True)
    values["id"] = statement.all(core(session), values)[0][0]
    return _adopted(session, kind, values)


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
    return _adopted(session, kind, values)


def _adopted(session: Session, kind: type[M], values: Mapping[str, Any]) -> M:
    """An object of a row that is there, as the session's: what a query does with a row, in its order.
    ``Session.add`` would look for everything that hangs on it, for three times the price."""
    mapper, _ = _mapped(kind)
    made: M = mapper.class_manager.new_instance()
    state = instance_state(made)
    state.dict.update(values)
    state.key = mapper.identity_key_from_primary_key((values["id"],))
    state.session_id = session.hash_key
    session.identity_map.add(state)
    return made


@functools.cache
def _mapped(kind: type[SQLModel]) -> tuple[sa.orm.Mapper[Any], tuple[str, ...]]:
    mapper = sa.inspect(kind)
    return mapper, tuple(mapper.local_table.columns.keys())


@functools.cache
def _inserting(kind: type[SQLModel]) -> tuple[frozenset[str], Prepared]:
    held = sa.inspect(kind).local_table
    names = frozenset(column.name for column in held.columns if column.name != "id")
    return names, Prepared(sa.insert(held).values(given(held, names)).returning(held.c.id))
