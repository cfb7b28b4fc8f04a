"""SQLite's one writer: a thread, two lanes, several events in one commit.

Events go first; after each group of them at most one other unit of work runs, so that neither lane
starves. Nobody is answered before the commit that holds his event.
"""

import threading
import time
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any, Generic, TypeVar

import sqlalchemy as sa

from storage.errors import DatabaseClosed

T = TypeVar("T")

GROUP = 64  #: events in one commit
#: A group takes no further event after this long: with 20 ms fewer are done a second, with 50 some wait.
GROUP_SECONDS = 0.03


class Work(Generic[T]):
    """One unit of work and its waiter. ``run`` may be called twice, after a rollback."""

    __slots__ = ("future", "run")

    def __init__(self, run: Callable[[sa.Connection], T]) -> None:
        self.run = run
        self.future: Future[T] = Future()


class SqliteWriter:
    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine
        self._events: deque[Work[Any]] = deque()
        self._jobs: deque[Work[Any]] = deque()
        self._wake = threading.Condition()
        self._closing = False
        self._taken: list[Work[Any]] = []
        self._busy_since: float | None = None
        self._conn: sa.Connection | None = None
        self._thread = threading.Thread(target=self._live, name="sqlite-writer", daemon=True)
        self._thread.start()

    def event(self, run: Callable[[sa.Connection], T]) -> Future[T]:
        """Runs in a group. An error of ``run`` rolls the group back, and each runs again alone."""
        return self._put(self._events, Work(run))

    def job(self, run: Callable[[sa.Connection], T]) -> Future[T]:
        """Runs in a transaction of its own."""
        return self._put(self._jobs, Work(run))

    def stuck_for(self) -> float:
        """Seconds since the thread began the unit of work it is at; 0 when idle."""
        since = self._busy_since
        return 0.0 if since is None else time.monotonic() - since

    def close(self) -> None:
        """Does what was given before, then ends."""
        with self._wake:
            self._closing = True
            self._wake.notify()
        self._thread.join()

    def _put(self, lane: deque[Work[Any]], work: Work[T]) -> Future[T]:
        with self._wake:
            if self._closing:
                raise DatabaseClosed("the database is closing")
            lane.append(work)
            self._wake.notify()
        return work.future

    def _live(self) -> None:
        try:
            while self._wait():
                if self._events:
                    self._run_group()
                if self._jobs:
                    self._take(self._jobs.popleft())
                    self._run_alone()
                self._busy_since = None
        finally:
            self._busy_since = None
            self._fail_waiting()
            if self._conn is not None:
                self._conn.close()

    def _wait(self) -> bool:
        with self._wake:
            while not (self._events or self._jobs):
                if self._closing:
                    return False
                self._wake.wait()
        return True

    def _fail_waiting(self) -> None:
        """However the thread ends, nobody waits for ever."""
        with self._wake:
            self._closing = True
        gone = DatabaseClosed("the writer ended before this was stored")
        for work in self._taken:
            work.future.set_exception(gone)
        for lane in (self._events, self._jobs):
            while lane:
                work = lane.popleft()
                if work.future.set_running_or_notify_cancel():
                    work.future.set_exception(gone)

    def _take(self, work: Work[Any]) -> bool:
        if not work.future.set_running_or_notify_cancel():
            return False
        self._taken.append(work)
        return True

    def _run_group(self) -> None:
        began = time.monotonic()
        results: list[Any] = []
        transaction: sa.RootTransaction | None = None
        try:
            while len(self._taken) < GROUP and self._events:
                if not self._take(self._events.popleft()):
                    continue
                if transaction is None:
                    transaction = self._begin()
                self._busy_since = time.monotonic()
                results.append(self._taken[-1].run(transaction.connection))
                if time.monotonic() - began >= GROUP_SECONDS:
                    break
            if transaction is not None:
                transaction.commit()
        except Exception as error:
            self._roll_back(transaction)
            if len(self._taken) == 1:
                self._taken.pop().future.set_exception(error)
            self._run_alone()
            return
        taken, self._taken = self._taken, []
        for work, result in zip(taken, results, strict=True):
            work.future.set_result(result)

    def _run_alone(self) -> None:
        """Each taken work in its own transaction, in order."""
        while self._taken:
            transaction: sa.RootTransaction | None = None
            self._busy_since = time.monotonic()
            try:
                transaction = self._begin()
                result = self._taken[0].run(transaction.connection)
                transaction.commit()
            except Exception as error:
                self._roll_back(transaction)
                self._taken.pop(0).future.set_exception(error)
            else:
                self._taken.pop(0).future.set_result(result)

    def _begin(self) -> sa.RootTransaction:
        if self._conn is None:
            self._conn = self._engine.connect()
        return self._conn.begin()

    def _roll_back(self, transaction: sa.RootTransaction | None) -> None:
        """A connection that cannot even roll back is replaced."""
        try:
            if transaction is not None:
                transaction.rollback()
        except Exception:
            conn, self._conn = self._conn, None
            if conn is not None:
                conn.invalidate()
                conn.close()
