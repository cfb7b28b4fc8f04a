"""Events, each remembered once: seen before means done before.

A row is written first and in the same transaction as the event's effect. When the work fails the
same row becomes *pending*: a second copy cannot be written while the first may still commit. All
times are system time.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol

import sqlalchemy as sa

from storage.dialects import table
from storage.models.inbox import InboxState
from storage.prepared import Prepared
from storage.types import UtcDateTime

_INBOX = table("inbox")

LADDER = (1.0, 10.0, 60.0, 600.0)  #: seconds until the next try, after each counted failure
ATTEMPTS = len(LADDER) + 1  #: counted failures until an event is set aside
LEASE = 60.0  #: seconds until a claimed event may be claimed by another worker
KEEP = timedelta(hours=72)  #: keys outlive every redelivery: the longest case is 8 h + 5 min + 7 h 05
KEEP_ASIDE = timedelta(days=30)
MAX_ERROR = 2_000  #: characters of an error that are kept

NEEDS = "needs "  #: begins ``error`` while an event waits for the network
GOT = "got "  #: begins ``error`` after the network gave what was needed


class Arrival(Protocol):
    """How an event is recognised."""

    @property
    def binding(self) -> str: ...
    @property
    def message_key(self) -> str: ...
    @property
    def proof(self) -> str: ...


@dataclass(frozen=True, slots=True)
class Remembered:
    """``id`` is None when the event was seen before. ``proof_spent``: another event had its proof."""

    id: int | None
    proof_spent: bool = False


@dataclass(frozen=True, slots=True)
class Claimed:
    """A pending event that this worker may try once, until the lease passes."""

    id: int
    attempts: int
    payload: str
    error: str


def _typed(sql: str, *times: str) -> sa.TextClause:
    """Plain SQL that both engines understand."""
    return sa.text(sql).bindparams(*(sa.bindparam(name, type_=UtcDateTime) for name in times))


_REMEMBER = Prepared(
    _typed(
        "INSERT INTO inbox (binding, message_key, state, attempts, received_at, proof)"
        " VALUES (:binding, :key, 'done', 0, :now, :proof) ON CONFLICT DO NOTHING RETURNING id",
        "now",
    )
)
_ANSWER_OF = sa.text("SELECT state, answer FROM inbox WHERE binding = :binding AND message_key = :key")
_KEEP_ANSWER = sa.text("UPDATE inbox SET answer = :answer WHERE id = :id")
_PENDING = _typed(
    "UPDATE inbox SET state = :state, attempts = :attempts, next_at = :next_at, payload = :payload,"
    " error = :error WHERE id = :id",
    "next_at",
)
_CLAIM = (
    "UPDATE inbox SET attempts = attempts + 1, next_at = :until WHERE id = (SELECT id FROM inbox"
    " WHERE state = 'pending' AND next_at <= :now ORDER BY id LIMIT 1{lock})"
    " RETURNING id, attempts, payload, error"
)
_CLAIM_ALONE = _typed(_CLAIM.format(lock=""), "now", "until")
_CLAIM_SHARED = _typed(_CLAIM.format(lock=" FOR UPDATE SKIP LOCKED"), "now", "until")
_FENCE = sa.text(
    "UPDATE inbox SET state = 'done', payload = NULL, error = NULL, next_at = NULL"
    " WHERE id = :id AND state = 'pending' AND attempts = :attempts RETURNING id"
)


def remember(conn: sa.Connection, arrival: Arrival, now: datetime) -> Remembered:
    """Take the event's key, in the caller's transaction; PostgreSQL waits here for a twin in flight.

    A proof is spent by the first event it brings; a later one is taken all the same, without it.
    """
    row = {
        "binding": arrival.binding,
        "key": arrival.message_key,
        "now": now,
        "proof": arrival.proof or None,
    }
    won = _REMEMBER.first(conn, row)
    if won is not None or not arrival.proof:
        return Remembered(won[0] if won else None)
    won = _REMEMBER.first(conn, {**row, "proof": None})
    return Remembered(won[0] if won else None, proof_spent=won is not None)


def answer_of(conn: sa.Connection, arrival: Arrival) -> tuple[InboxState, str]:
    """Where an event that was seen before stands, and the answer that was kept for it."""
    row = conn.execute(_ANSWER_OF, {"binding": arrival.binding, "key": arrival.message_key}).first()
    return (InboxState.DONE, "") if row is None else (InboxState(row[0]), row[1] or "")


def keep_answer(conn: sa.Connection, entry: int, answer: str) -> None:
    """For the same event delivered again."""
    conn.execute(_KEEP_ANSWER, {"id": entry, "answer": answer})


def make_pending(
    conn: sa.Connection, entry: int, *, payload: str, error: str, attempts: int, now: datetime, wait: float
) -> None:
    """Keep the event for the worker: after ``wait`` seconds, or aside when its attempts are used up.

    ``attempts``: counted failures so far, this one included if it counts.
    """
    aside = attempts >= ATTEMPTS
    conn.execute(
        _PENDING,
        {
            "id": entry,
            "state": InboxState.ASIDE.value if aside else InboxState.PENDING.value,
            "attempts": attempts,
            "next_at": None if aside else now + timedelta(seconds=wait),
            "payload": payload,
            "error": error[:MAX_ERROR],
        },
    )


def wait_after(attempts: int) -> float:
    """Seconds until the next try, after ``attempts`` counted failures."""
    return LADDER[min(max(attempts, 1), len(LADDER)) - 1]


def claim_pending(conn: sa.Connection, now: datetime) -> Claimed | None:
    """The oldest pending event that is due. Commit before working on it: the attempt is counted even
    if the work kills the process."""
    statement = _CLAIM_SHARED if conn.dialect.name == "postgresql" else _CLAIM_ALONE
    row = conn.execute(statement, {"now": now, "until": now + timedelta(seconds=LEASE)}).first()
    return None if row is None else Claimed(row[0], row[1], row[2] or "", row[3] or "")


def finish(conn: sa.Connection, claimed: Claimed) -> bool:
    """The fence, first in the transaction that does the work. False: another worker has it by now."""
    fenced = conn.execute(_FENCE, {"id": claimed.id, "attempts": claimed.attempts})
    return fenced.scalar() is not None


def give_back(
    conn: sa.Connection,
    claimed: Claimed,
    *,
    now: datetime,
    error: str,
    payload: str | None = None,
    wait: float = 0.0,
) -> bool:
    """Due again after ``wait`` seconds, the claim not counted: what was needed is in ``payload`` now,
    or could not be had for reasons that will pass."""
    changed = _mine(claimed).values(
        attempts=_INBOX.c.attempts - 1, next_at=now + timedelta(seconds=wait), error=error[:MAX_ERROR]
    )
    if payload is not None:
        changed = changed.values(payload=payload)
    return conn.execute(changed.returning(_INBOX.c.id)).scalar() is not None


def fail(conn: sa.Connection, claimed: Claimed, *, now: datetime, error: str) -> InboxState | None:
    """The claim counts: later again, or aside. None: another worker has it by now."""
    aside = claimed.attempts >= ATTEMPTS
    if aside:
        changed = _mine(claimed).values(state=InboxState.ASIDE, next_at=None, error=error[:MAX_ERROR])
    else:
        later = now + timedelta(seconds=wait_after(claimed.attempts))
        changed = _mine(claimed).values(next_at=later, error=error[:MAX_ERROR])
    if conn.execute(changed.returning(_INBOX.c.id)).scalar() is None:
        return None
    return InboxState.ASIDE if aside else InboxState.PENDING


def _mine(claimed: Claimed) -> sa.Update:
    return sa.update(_INBOX).where(
        _INBOX.c.id == claimed.id,
        _INBOX.c.state == InboxState.PENDING,
        _INBOX.c.attempts == claimed.attempts,
    )


def list_aside(conn: sa.Connection, limit: int = 100) -> list[tuple[int, str, str, datetime, str]]:
    """Events that were given up: ``(id, binding, message_key, received_at, error)``, oldest first."""
    columns = (_INBOX.c.id, _INBOX.c.binding, _INBOX.c.message_key, _INBOX.c.received_at, _INBOX.c.error)
    rows = conn.execute(
        sa.select(*columns).where(_INBOX.c.state == InboxState.ASIDE).order_by(_INBOX.c.id).limit(limit)
    )
    return [(row[0], row[1], row[2], row[3], row[4] or "") for row in rows]


def rerun(conn: sa.Connection, entry: int, now: datetime) -> bool:
    """Give an event that was set aside its attempts anew. False: there is no such event."""
    changed = (
        sa.update(_INBOX)
        .where(_INBOX.c.id == entry, _INBOX.c.state == InboxState.ASIDE)
        .values(state=InboxState.PENDING, attempts=0, next_at=now)
    )
    return conn.execute(changed.returning(_INBOX.c.id)).scalar() is not None


def prune(conn: sa.Connection, now: datetime, limit: int = 500) -> int:
    """Forget at most ``limit`` old keys; call it again, in a new transaction, while it returns ``limit``.

    Never a pending event; what was set aside is kept for 30 days.
    """
    old = sa.or_(
        sa.and_(_INBOX.c.state == InboxState.DONE, _INBOX.c.received_at < now - KEEP),
        sa.and_(_INBOX.c.state == InboxState.ASIDE, _INBOX.c.received_at < now - KEEP_ASIDE),
    )
    chosen = sa.select(_INBOX.c.id).where(old).order_by(_INBOX.c.received_at).limit(limit)
    gone: Any = conn.execute(sa.delete(_INBOX).where(_INBOX.c.id.in_(chosen)).returning(_INBOX.c.id))
    return len(gone.all())
