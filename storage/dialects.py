"""What SQLite and PostgreSQL say differently: inserts that may meet a key, and the time."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from storage.models import metadata
from storage.types import UtcDateTime

Insert = postgresql.Insert | sqlite.Insert


def on_postgres(session: Session) -> bool:
    return session.get_bind().dialect.name == "postgresql"


def insert_into(session: Session, table: sa.Table) -> Insert:
    """An INSERT that knows ``on_conflict_do_nothing`` and ``on_conflict_do_update``.

    Ask for RETURNING to learn whether a row was written: rowcount does not tell on PostgreSQL.
    """
    return insert_on(on_postgres(session), table)


def insert_on(postgres: bool, table: sa.Table) -> Insert:
    """``insert_into`` for statements that are built once and kept: building one costs four executions."""
    make: Callable[[sa.Table], Insert] = postgresql.insert if postgres else sqlite.insert
    return make(table)


def system_time(session: Session, plus: float = 0.0) -> sa.ColumnElement[Any]:
    """System time, ``plus`` seconds from now, as an expression of one statement.

    The database's on PostgreSQL, so that replicas agree; taken once a statement, because
    ``clock_timestamp()`` would change between two rows of one query. The machine's on SQLite.
    """
    if on_postgres(session):
        now = sa.func.statement_timestamp(type_=UtcDateTime())
        return now if not plus else now + sa.literal(timedelta(seconds=plus), sa.Interval())
    return sa.literal(datetime.now(UTC) + timedelta(seconds=plus), UtcDateTime())


def system_time_on(postgres: bool, name: str) -> sa.ColumnElement[Any]:
    """``system_time`` for statements that are built once: ``name`` is given by ``moments``."""
    if postgres:
        now = sa.func.statement_timestamp(type_=UtcDateTime())
        return now + sa.bindparam(name, type_=sa.Interval())
    return sa.bindparam(name, type_=UtcDateTime())


def moments(postgres: bool, **plus: float) -> dict[str, datetime | timedelta]:
    """What ``system_time_on`` wants: each name so many seconds from now."""
    times = {name: timedelta(seconds=seconds) for name, seconds in plus.items()}
    if postgres:
        return {**times}
    now = datetime.now(UTC)
    return {name: now + after for name, after in times.items()}


def is_among(postgres: bool, column: sa.ColumnElement[Any], name: str) -> sa.ColumnElement[bool]:
    """``column IN …`` for a list of numbers or texts given as the one parameter ``name``."""
    kind = column.type
    if postgres:
        return column == sa.any_(sa.bindparam(name, type_=postgresql.ARRAY(kind)))
    listed = sa.func.json_each(sa.bindparam(name, type_=sa.JSON())).table_valued("value")
    return column.in_(sa.select(listed.c.value))


def core(session: Session) -> sa.Connection:
    """The session's connection, with what the session holds written first. ``info["connection"]`` is set
    where it stays the same for the session's whole life: finding it takes as long as a small statement.

    Raises:
        sqlalchemy.exc.PendingRollbackError: a flush failed, and whoever caught the error goes on.

    A statement that was built once and brings no objects costs a third there of what it costs through
    the session; events run a dozen of them.
    """
    session.flush()
    held: sa.Connection | None = session.info.get("connection")
    return held if held is not None and session.is_active else session.connection()


def table(name: str) -> sa.Table:
    """The table for Core statements: what every event writes is written without the ORM."""
    return metadata.tables[name]
