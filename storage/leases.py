"""Who alone may act on something for now, among replicas.

A lease is renewed every few seconds and trusted only until *local monotonic time before the statement*
plus ``TRUST``: a process that was stopped in between notices by itself that its time is over.
"""

import secrets
import time
from dataclasses import dataclass

import sqlalchemy as sa
from sqlmodel import Session

from storage.dialects import insert_into, system_time, table

SECONDS = 20.0  #: until others may take it
TRUST = 15.0  #: after the request for it began, its holder acts no more
RENEW = 5.0  #: between two renewals

_LEASE = table("lease")


@dataclass(frozen=True, slots=True)
class Held:
    """``term`` rises with each change of holder. ``until``: local monotonic seconds."""

    name: str
    term: int
    until: float

    def is_good(self) -> bool:
        return time.monotonic() < self.until


def new_holder() -> str:
    """A name for this process that no other has, not even after a restart."""
    return secrets.token_hex(8)


def acquire(session: Session, name: str, holder: str, *, began: float) -> Held | None:
    """Take or renew the lease; None while somebody else has it. Commit before acting on it.

    ``began``: ``time.monotonic()`` before the transaction was asked for.
    """
    now = system_time(session)
    change = insert_into(session, _LEASE).values(
        name=name, holder=holder, until=system_time(session, SECONDS), term=1
    )
    mine = _LEASE.c.holder == change.excluded.holder
    taken = change.on_conflict_do_update(
        index_elements=[_LEASE.c.name],
        set_={
            "holder": change.excluded.holder,
            "until": change.excluded.until,
            "term": _LEASE.c.term + sa.case((mine, 0), else_=1),
        },
        where=sa.or_(mine, _LEASE.c.until < now),
    ).returning(_LEASE.c.term)
    term = session.execute(taken).scalar()
    return None if term is None else Held(name, term, began + TRUST)


def release(session: Session, name: str, holder: str) -> None:
    """Give it back at once, so that nobody waits for its end. The next holder's term is higher."""
    mine = sa.and_(_LEASE.c.name == name, _LEASE.c.holder == holder)
    ended = sa.update(_LEASE).where(mine).values(until=system_time(session, -1.0), holder="")
    session.execute(ended)
