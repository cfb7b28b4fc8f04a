"""The database: units of work for an async service and for plain programs.

SQLite: one process, one writer thread. PostgreSQL: any number of replicas, a small pool, one
transaction an event. A unit of work is a plain function; it is run in a worker thread, committed,
and only then is its caller told. It may be run again after a rollback, so it must not act outside
the database.
"""

import asyncio
import random
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import TypeVar

import sqlalchemy as sa
from sqlmodel import Session

from storage import deadline
from storage.engines import parse, postgres_engine, sqlite_engine, sqlite_path
from storage.errors import DatabaseClosed, DatabaseMissing
from storage.sqlite_file import FileLock, refuse_shared_file_system
from storage.sqlite_writer import SqliteWriter

T = TypeVar("T")

#: A unit of work as events use it: inside an open transaction, with the system time it began.
EventWork = Callable[[sa.Connection, datetime], T]

_JOBS = 4  #: threads for units of work that are no events (PostgreSQL), so that those never wait for them
_READERS = 4
_EVENT_LIMITS = ("800ms", "300ms")
_JOB_LIMITS = ("5s", "300ms")
_ATTEMPTS = 3

# lock_timeout lies below the server's 1 s deadlock check: a lock wait ends as 55P03 and is tried again.
_LIMITS = sa.text(
    "SELECT set_config('statement_timeout', :statement, true), set_config('lock_timeout', :lock, true),"
    " set_config('idle_in_transaction_session_timeout', '5s', true), statement_timestamp()"
)


class Database:
    """Open it once per process; ``close`` it.

    Raises:
        DatabaseRefused: the file is missing, in use, or not on a local disk.
    """

    def __init__(self, url: str, *, pool: int = 8, read_only: bool = False) -> None:
        """``read_only``: takes no lock, so that a second program can look at a running SQLite service."""
        sa.orm.configure_mappers()  # takes a while, and no event should wait for it
        self.url = parse(url)
        self.dialect = self.url.get_backend_name()
        self._lock: FileLock | None = None
        self._writer: SqliteWriter | None = None
        self._jobs: ThreadPoolExecutor | None = None
        self._events: ThreadPoolExecutor | None = None
        self._base: tuple[datetime, float] | None = None
        if self.dialect == "sqlite":
            self._open_sqlite(read_only)
        else:
            self.engine = self._reading = postgres_engine(self.url, pool=pool + _JOBS + _READERS)
            deadline.install(self.engine)
            self._events = ThreadPoolExecutor(pool, "event")
            self._jobs = ThreadPoolExecutor(_JOBS, "job")
        self._readers = ThreadPoolExecutor(_READERS, "read")

    def _open_sqlite(self, read_only: bool) -> None:
        path = sqlite_path(self.url)
        if not path.is_file():
            raise DatabaseMissing(f"there is no database {path}; 'migrate --create' makes one")
        refuse_shared_file_system(path)
        self._reading = sqlite_engine(path, write=False, pool=_READERS + 1)
        self.engine = self._reading if read_only else sqlite_engine(path, write=True, pool=1)
        if not read_only:
            self._lock = FileLock(path)
            deadline.install(self.engine)
            self._writer = SqliteWriter(self.engine)

    # -- units of work ---------------------------------------------------------------------------

    def submit(self, work: EventWork[T]) -> "Future[T]":
        """An event's unit of work; the future is done after the commit.

        Cancelling it before it began means it never runs. On SQLite several share one commit, so
        ``work`` keeps its own failures inside a savepoint (``storage.unit_of_work``).

        Raises:
            DatabaseClosed: the database is closing or read-only.
        """
        if self._writer is not None:
            return self._writer.event(lambda conn: work(conn, datetime.now(UTC)))
        if self._events is None:
            raise DatabaseClosed("the database was opened for reading")
        return self._events.submit(self._transact, work, _EVENT_LIMITS)

    async def write(self, fn: Callable[[Session], T]) -> T:
        """``fn`` in a transaction of its own, tried again when the database was at fault."""
        return await asyncio.wrap_future(self.start(fn))

    def write_now(self, fn: Callable[[Session], T]) -> T:
        """``write`` for plain programs; blocks."""
        return self.start(fn).result()

    async def read(self, fn: Callable[[Session], T]) -> T:
        """``fn`` sees one state of the database and cannot change it. Return plain values."""
        return await asyncio.wrap_future(self._readers.submit(self.read_now, fn))

    def read_now(self, fn: Callable[[Session], T]) -> T:
        """``read`` for plain programs; blocks."""
        with self._reading.connect() as conn:
            now = datetime.now(UTC)
            if self.dialect != "sqlite":
                conn.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
                now = self._limit(conn, _JOB_LIMITS)
            with _session(conn, now) as session:
                return fn(session)

    def start(self, fn: Callable[[Session], T]) -> "Future[T]":
        """``write`` for callers that wait elsewhere; the future is done after the commit."""

        def work(conn: sa.Connection, now: datetime) -> T:
            with _session(conn, now) as session:
                result = fn(session)
                session.flush()
                return result

        if self._writer is not None:
            return self._writer.job(lambda conn: work(conn, datetime.now(UTC)))
        if self._jobs is None:
            raise DatabaseClosed("the database was opened for reading")
        return self._jobs.submit(self._transact_patiently, work)

    # -- PostgreSQL ------------------------------------------------------------------------------

    def _transact(self, work: EventWork[T], limits: tuple[str, str]) -> T:
        conn, now = self._open(limits)
        with conn:
            result = work(conn, now)
            conn.commit()
            return result

    def _transact_patiently(self, work: EventWork[T]) -> T:
        for attempt in range(1, _ATTEMPTS):
            try:
                return self._transact(work, _JOB_LIMITS)
            except sa.exc.DBAPIError as error:
                if not deadline.is_transient(error):
                    raise
                time.sleep(random.uniform(0.01, 0.05) * attempt)  # noqa: S311 - spreads retries, no secret
        return self._transact(work, _JOB_LIMITS)

    def _open(self, limits: tuple[str, str]) -> tuple[sa.Connection, datetime]:
        """A connection lost while idle shows at the first statement, when nothing was done yet."""
        conn = self.engine.connect()
        try:
            return conn, self._limit(conn, limits)
        except sa.exc.DBAPIError as error:
            conn.close()
            if not error.connection_invalidated:
                raise
        conn = self.engine.connect()
        try:
            return conn, self._limit(conn, limits)
        except sa.exc.DBAPIError:
            conn.close()
            raise

    def _limit(self, conn: sa.Connection, limits: tuple[str, str]) -> datetime:
        row = conn.execute(_LIMITS, {"statement": limits[0], "lock": limits[1]}).one()
        now: datetime = row[3].astimezone(UTC)
        self._base = (now, time.monotonic())
        return now

    # -- the rest --------------------------------------------------------------------------------

    def now(self) -> datetime:
        """System time: the machine's on SQLite, the database's on PostgreSQL (as last seen, carried
        on by this machine's monotonic clock)."""
        if self.dialect == "sqlite":
            return datetime.now(UTC)
        if self._base is None:
            self.read_now(lambda _: None)
        assert self._base is not None  # noqa: S101 - every transaction sets it
        seen, at = self._base
        return seen + timedelta(seconds=time.monotonic() - at)

    def stuck_for(self) -> float:
        """Seconds for which SQLite's writer has been at the same piece of work; 0 when idle."""
        return self._writer.stuck_for() if self._writer is not None else 0.0

    def close(self) -> None:
        """Finishes what was submitted, then lets go of the database."""
        for pool in (self._events, self._jobs, self._readers):
            if pool is not None:
                pool.shutdown()
        if self._writer is not None:
            self._writer.close()
        self.engine.dispose()
        self._reading.dispose()
        if self._lock is not None:
            self._lock.release()
            self._lock = None


def _session(conn: sa.Connection, now: datetime) -> Session:
    return Session(
        bind=conn, expire_on_commit=False, join_transaction_mode="rollback_only", info={"system_now": now}
    )


def system_now(session: Session) -> datetime:
    """The system time at which the session's transaction began."""
    now: datetime = session.info["system_now"]
    return now
