"""One event, one transaction: its key, its effect or its refusal, or the promise to try again.

The caller opens and commits the transaction, and only then answers the platform. An error that
leaves ``handle`` means that nothing may be committed: roll back, answer that it should be sent again.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

import sqlalchemy as sa
from sqlmodel import Session

from storage import inbox
from storage.deadline import arm, disarm, is_alive, is_failed, is_transient
from storage.errors import WorkTooLong
from storage.models.inbox import InboxState

_TRIES = 3  #: in one transaction, when the database was at fault
_WORTH_A_TRY = 0.05  #: seconds that must be left for another one
_REFUSAL_SECONDS = 0.2  #: for keeping a refusal, even after a slow command


class Event(inbox.Arrival, Protocol):
    """An event and what is done with it. ``dispatch`` and ``refuse`` may run more than once: what an
    earlier run did is rolled back."""

    refusals: type[Exception]  #: normal outcomes: rolled back, then ``refuse``
    not_yet: type[Exception]  #: something must come over the network first

    def doubt(self) -> None:
        """What vouches for the request was spent by another event."""
        ...

    def dispatch(self, session: Session, now: datetime) -> str:
        """Do it; the answer to keep for a second delivery (empty: none)."""
        ...

    def refuse(self, session: Session, refusal: Exception, now: datetime) -> str:
        """Keep the refusal's reply and its traces; the answer to keep for a second delivery."""
        ...

    def payload(self) -> str:
        """The event as text, to run it later."""
        ...


@dataclass(frozen=True, slots=True)
class Handled:
    """``answer``: what was kept by the delivery that ran first, if this was not it.

    ``failure``: why it is not done, for the log.
    """

    state: InboxState
    seen: bool = False
    answer: str = ""
    failure: Exception | None = None


def handle(conn: sa.Connection, event: Event, now: datetime, deadline: float) -> Handled:
    """Take the event's key and do its work. ``deadline``: monotonic seconds.

    Raises:
        Exception: the transaction is gone, or the database could not even take the key.
    """
    remembered = inbox.remember(conn, event, now)
    if remembered.id is None:
        state, answer = inbox.answer_of(conn, event)
        return Handled(state, seen=True, answer=answer)
    if remembered.proof_spent:
        event.doubt()
    failure = _work(conn, remembered.id, event, now, deadline)
    if failure is None:
        return Handled(InboxState.DONE)
    state = _keep_pending(conn, remembered.id, event, failure, now, attempts=0)
    return Handled(state, failure=failure)


def rehandle(
    conn: sa.Connection, claimed: inbox.Claimed, event: Event, now: datetime, deadline: float
) -> Handled | None:
    """Do a pending event's work. None: another worker has it by now, nothing was done.

    Raises:
        Exception: as ``handle``.
    """
    if not inbox.finish(conn, claimed):
        return None
    failure = _work(conn, claimed.id, event, now, deadline)
    if failure is None:
        return Handled(InboxState.DONE)
    before = claimed.attempts - 1  # the claim counted this one already
    state = _keep_pending(conn, claimed.id, event, failure, now, attempts=before, had=claimed.error)
    return Handled(state, failure=failure)


def _work(conn: sa.Connection, entry: int, event: Event, now: datetime, deadline: float) -> Exception | None:
    """Dispatch in a savepoint, again when the database was at fault. What went wrong at last, if
    anything; the savepoint is rolled back then."""
    for attempt in range(_TRIES):
        failure = _try(conn, entry, lambda s: event.dispatch(s, now), now, deadline)
        if isinstance(failure, event.refusals):
            refusal = failure
            enough = max(deadline, time.monotonic() + _REFUSAL_SECONDS)
            failure = _try(conn, entry, lambda s: event.refuse(s, refusal, now), now, enough)  # noqa: B023
        if failure is None or not is_transient(failure) or attempt == _TRIES - 1:
            return failure
        if deadline - time.monotonic() < _WORTH_A_TRY:
            return failure
    raise AssertionError("unreachable")


def _try(
    conn: sa.Connection, entry: int, run: Callable[[Session], str], now: datetime, deadline: float
) -> Exception | None:
    """``run`` in a savepoint of its own: released, or rolled back and its error returned.

    Raises:
        Exception: the error, if the whole transaction went with it.
    """
    savepoint = conn.begin_nested()
    session = Session(
        bind=conn,
        join_transaction_mode="rollback_only",
        expire_on_commit=False,
        info={"system_now": now, "connection": conn},
    )
    try:
        arm(deadline)
        answer = run(session)
        if answer:
            inbox.keep_answer(conn, entry, answer)
        session.flush()
        if disarm() or is_failed(conn):
            raise WorkTooLong("a statement failed or was stopped, and the handler went on")
        savepoint.commit()
    except Exception as error:
        disarm()  # first: an armed check would stop ROLLBACK TO as well
        if not is_alive(conn):
            raise
        if savepoint.is_active:  # a failed flush has rolled it back already
            savepoint.rollback()
        return error
    finally:
        disarm()
        if is_alive(conn):
            session.close()
    return None


def _keep_pending(
    conn: sa.Connection,
    entry: int,
    event: Event,
    failure: Exception,
    now: datetime,
    *,
    attempts: int,
    had: str = "",
) -> InboxState:
    """What waits for the network is due at once and not counted, unless it was given that already."""
    if isinstance(failure, event.not_yet) and had != f"{inbox.GOT}{failure}":
        counted, wait, error = attempts, 0.0, f"{inbox.NEEDS}{failure}"
    elif is_transient(failure):
        counted, wait, error = attempts, inbox.LADDER[0], _describe(failure)
    else:
        counted, error = attempts + 1, _describe(failure)
        wait = inbox.wait_after(counted)
    inbox.make_pending(
        conn, entry, payload=event.payload(), error=error, attempts=counted, now=now, wait=wait
    )
    return InboxState.ASIDE if counted >= inbox.ATTEMPTS else InboxState.PENDING


def _describe(error: Exception) -> str:
    """Kind and text, without the parameters of a statement: they hold what people said."""
    cause = getattr(error, "orig", None) or error
    return f"{type(error).__name__}: {cause}"
