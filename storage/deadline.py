"""Ends work that takes too long, before it can do half of something.

A thread cannot be stopped, so each statement asks first. On SQLite a long SELECT is interrupted as
well; a write never is, because interrupting one ends SQLite's *whole* transaction and whatever a
careless handler does next would commit by itself, statement by statement.
"""

import re
import sqlite3
import threading
import time
from typing import Any

import sqlalchemy as sa

from storage.errors import TransactionGone, WorkTooLong

_STEPS = 5_000  #: SQLite instructions between two looks at the clock, well under a millisecond

#: A SELECT, also behind WITH; never a statement that writes.
_READS = re.compile(
    r"\s*(SELECT\b|WITH\b(?!.*\b(INSERT|UPDATE|DELETE|REPLACE)\b))", re.IGNORECASE | re.DOTALL
)

#: SQLSTATE of deadlock, serialization failure, lock time-out: the database's fault, worth another try.
_TRANSIENT = frozenset({"40P01", "40001", "55P03"})


class _Armed(threading.local):
    """What the running thread's unit of work may still use. ``until``: monotonic seconds."""

    until: float | None = None
    selecting: bool = False
    struck: bool = False  #: something was stopped, perhaps behind a handler's ``except``


_armed = _Armed()


def arm(deadline: float) -> None:
    """From now on each statement of this thread checks ``deadline`` (monotonic seconds)."""
    _armed.until = deadline
    _armed.struck = False


def disarm() -> bool:
    """Before RELEASE and ROLLBACK TO: an armed check would stop them and half the work would stay.

    True: something was stopped since ``arm``; what was done is not whole, whoever caught the error.
    """
    _armed.until = None
    _armed.selecting = False
    return _armed.struck


def install(engine: sa.Engine) -> None:
    """Add the checks to an engine's connections."""

    def before_execute(
        conn: sa.Connection, cursor: Any, statement: str, parameters: Any, context: Any, many: bool
    ) -> None:
        if _armed.until is not None:
            check(cursor, reads=is_reading(statement))

    sa.event.listen(engine, "before_cursor_execute", before_execute)
    if engine.dialect.name == "sqlite":
        sa.event.listen(engine, "connect", _watch_selects)


def is_reading(sql: str) -> bool:
    """Whether it only reads, so that it may be interrupted."""
    return _READS.match(sql) is not None


def check(cursor: Any, *, reads: bool) -> None:
    """Before a statement of ``cursor``; nothing where nothing is armed.

    Raises:
        WorkTooLong: the time is over.
        TransactionGone: SQLite ended the transaction; a statement would commit by itself.
    """
    until = _armed.until
    if until is None:
        return
    if time.monotonic() >= until:
        _armed.struck = True
        raise WorkTooLong("time limit of the unit of work")
    raw = cursor.connection
    if isinstance(raw, sqlite3.Connection):
        if not raw.in_transaction:
            raise TransactionGone("the transaction ended on its own")
        _armed.selecting = reads


def _watch_selects(raw: sqlite3.Connection, _record: object) -> None:
    def too_long() -> bool:
        if not _armed.selecting or _armed.until is None or time.monotonic() < _armed.until:
            return False
        _armed.struck = True
        return True

    raw.set_progress_handler(too_long, _STEPS)


def is_alive(conn: sa.Connection) -> bool:
    """Whether the transaction can still store something."""
    if conn.closed or conn.invalidated:
        return False
    raw: Any = conn.connection.dbapi_connection
    if isinstance(raw, sqlite3.Connection):
        return raw.in_transaction
    return raw is not None and not raw.closed


def is_failed(conn: sa.Connection) -> bool:
    """PostgreSQL: a statement failed and somebody caught the error. RELEASE would fail now, and after
    that SQLAlchemy believes the savepoint gone and sends no ROLLBACK TO."""
    raw: Any = conn.connection.dbapi_connection
    return conn.dialect.name == "postgresql" and raw.info.transaction_status.name == "INERROR"


def is_transient(error: BaseException) -> bool:
    """Whether the same work may well succeed a moment later."""
    return getattr(getattr(error, "orig", error), "sqlstate", None) in _TRANSIENT
