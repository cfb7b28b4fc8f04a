"""What became of a claimed row; its life is drawn in ``storage/outbox.py``.

A row without a clear answer goes back to its place (or to *unknown*) in one statement: resolving it
later would let the next message overtake. Results are recorded only by the attempt that made them.
"""

import functools
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from storage.dialects import insert_into, moments, on_postgres, system_time, system_time_on, table
from storage.models import OutboxState
from storage.outbox import DUE, SENDING
from storage.outbox_claims import Claim

MAX_UNCLEAR = 20  #: attempts after which even a good key is not tried again: about an hour
MAX_BACK_OFF = 300.0  #: seconds

_OUTBOX = table("outbox")
_ADDRESS = table("address")
_APP = table("app_state")
_CARD = table("sent_card")

_UNCLEAR = "unclear: "


def delivered(
    session: Session, claimed: Claim, *, handle: str, updatable: bool, redrawn: bool = False
) -> bool:
    """The platform took it. A late truth is welcome: it also replaces *unknown*, and *due* again."""
    if not _finish(session, claimed, OutboxState.DELIVERED, None):
        return False
    if claimed.card_id is not None and not redrawn:
        card = sa.update(_CARD).where(_CARD.c.id == claimed.card_id)
        session.execute(card.values(handle=handle, updatable=updatable and bool(handle)))
    return True


def refused(session: Session, claimed: Claim, *, reason: str, dead_address: bool = False) -> bool:
    """The platform said no. ``dead_address``: nothing else reaches it; ``sweep`` refuses what waits there."""
    if dead_address:
        address = sa.update(_ADDRESS).where(_ADDRESS.c.id == claimed.address_id)
        session.execute(address.values(dead_reason=reason))
    return _finish(session, claimed, OutboxState.REFUSED, reason)


def deferred(session: Session, claimed: Claim, *, reason: str, wait: float, whole_app: bool = False) -> bool:
    """Certainly not sent: the row goes back to its place; its address, or the whole app, waits."""
    # That it may have arrived before is not forgotten.
    unclear_before = _OUTBOX.c.result.startswith(_UNCLEAR)
    result = sa.case((unclear_before, _OUTBOX.c.result), else_=reason)
    if not _back_to_due(session, claimed, result=result):
        return False
    until = system_time(session, wait)
    if whole_app:
        stop = insert_into(session, _APP).values(app=claimed.app, not_before=until, reason=reason)
        session.execute(
            stop.on_conflict_do_update(
                index_elements=[_APP.c.app], set_={"not_before": until, "reason": reason}
            )
        )
    elif wait > 0:
        _wait(session, {claimed.address_id: wait})
    return True


def unclear(session: Session, claimed: Claim | None = None, *, reason: str = "lease passed") -> int:
    """No clear answer to ``claimed``, and every row whose lease passed; how many rows there were.

    One statement decides: again while the key holds, else once more and marked (``again``), else
    *unknown*. An expired lease means unknown, not unsent.
    """
    now, again = system_time(session), _OUTBOX.c.on_unknown == "again"
    key_good = _OUTBOX.c.key_until > now
    once_more = sa.and_(again, sa.not_(_OUTBOX.c.maybe_twice))
    retry = sa.and_(_OUTBOX.c.attempts < MAX_UNCLEAR, sa.or_(key_good, once_more))
    which = _OUTBOX.c.lease_until < now
    if claimed is not None:
        mine = sa.and_(_OUTBOX.c.id == claimed.id, _OUTBOX.c.attempts == claimed.attempt)
        which = sa.or_(which, mine)
    statement = (
        sa.update(_OUTBOX)
        .where(_OUTBOX.c.state == SENDING, which)
        .values(
            state=sa.case((retry, _state(OutboxState.DUE)), else_=_state(OutboxState.UNKNOWN)),
            maybe_twice=sa.or_(_OUTBOX.c.maybe_twice, sa.and_(sa.not_(key_good), again)),
            done_at=sa.case((retry, sa.null()), else_=now),
            result=_UNCLEAR + reason,
            lease_until=None,
        )
        .returning(_OUTBOX.c.address_id, _OUTBOX.c.attempts, _OUTBOX.c.state)
    )
    rows = session.execute(statement).all()
    _wait(session, {r.address_id: back_off(r.attempts) for r in rows if r.state == OutboxState.DUE})
    return len(rows)


def send_instead(session: Session, claimed: Claim) -> bool:
    """The card cannot be redrawn and the row says so: it becomes a message with a fresh key."""
    return _back_to_due(session, claimed, replaces=None, card_id=claimed.replaces, key_until=None)


def merge(session: Session, claimed: Claim) -> bool:
    """The card to be redrawn still waits here itself: it goes out as it should look now."""
    original = (
        sa.update(_OUTBOX)
        .where(
            _OUTBOX.c.state == DUE,
            _OUTBOX.c.address_id == claimed.address_id,
            _OUTBOX.c.card_id == claimed.replaces,
        )
        .values(body=claimed.body)
        .returning(_OUTBOX.c.id)
    )
    if session.execute(original).first() is None:
        return False
    return _finish(session, claimed, OutboxState.MERGED, None)


def sweep(session: Session, limit: int = 500) -> int:
    """End what can no longer be sent: rows behind a dead address, rows past their time. In chunks:
    called again while it returns ``limit`` or more."""
    dead = sa.select(_ADDRESS.c.id).where(_ADDRESS.c.dead_reason.is_not(None))
    behind = _OUTBOX.c.address_id.in_(dead)
    swept = _end(session, behind, {"state": OutboxState.REFUSED, "result": "address dead"}, limit)
    now = system_time(session)
    past = sa.and_(_OUTBOX.c.expires_at.is_not(None), _OUTBOX.c.expires_at <= now)
    # One that may have arrived is not called expired.
    maybe = sa.or_(_OUTBOX.c.maybe_twice, _OUTBOX.c.result.startswith(_UNCLEAR))
    ended = sa.case((maybe, _state(OutboxState.UNKNOWN)), else_=_state(OutboxState.EXPIRED))
    return swept + _end(session, past, {"state": ended}, limit)


def name_apps(session: Session, apps: dict[str, str]) -> None:
    """Bring the addresses' apps up to date; ``apps``: binding → app. Settings may have changed."""
    for binding, app in sorted(apps.items()):
        stale = sa.update(_ADDRESS).where(_ADDRESS.c.binding == binding, _ADDRESS.c.app != app)
        session.execute(stale.values(app=app))


def back_off(attempts: int) -> float:
    """Seconds an address waits after its ``attempts``-th attempt got no clear answer: 1, 2, 4 … 300."""
    return min(2.0 ** min(attempts - 1, 16), MAX_BACK_OFF)


def _state(state: OutboxState) -> sa.ColumnElement[OutboxState]:
    return sa.literal(state, _OUTBOX.c.state.type)


def _finish(session: Session, claimed: Claim, state: OutboxState, result: str | None) -> bool:
    postgres = on_postgres(session)
    values = {"row": claimed.id, "attempt": claimed.attempt, "state": state, "result": result}
    return session.execute(_finishing(postgres), values | moments(postgres, now=0)).first() is not None


@functools.cache
def _finishing(postgres: bool) -> sa.Executable:
    over = [OutboxState.SENDING, OutboxState.UNKNOWN, OutboxState.DUE]
    return (
        sa.update(_OUTBOX)
        .where(_OUTBOX.c.id == sa.bindparam("row"), _OUTBOX.c.attempts == sa.bindparam("attempt"))
        .where(_OUTBOX.c.state.in_(over))
        .values(
            state=sa.bindparam("state", type_=_OUTBOX.c.state.type),
            result=sa.bindparam("result"),
            done_at=system_time_on(postgres, "now"),
            lease_until=None,
        )
        .returning(_OUTBOX.c.id)
    )


def _back_to_due(session: Session, claimed: Claim, **values: Any) -> bool:
    statement = (
        sa.update(_OUTBOX)
        .where(_OUTBOX.c.id == claimed.id, _OUTBOX.c.attempts == claimed.attempt)
        .where(_OUTBOX.c.state == OutboxState.SENDING)
        .values(state=OutboxState.DUE, lease_until=None, **values)
        .returning(_OUTBOX.c.id)
    )
    return session.execute(statement).first() is not None


def _wait(session: Session, waits: dict[int, float]) -> None:
    for address_id, seconds in sorted(waits.items()):
        address = sa.update(_ADDRESS).where(_ADDRESS.c.id == address_id)
        session.execute(address.values(not_before=system_time(session, seconds)))


def _end(session: Session, which: sa.ColumnElement[bool], values: dict[str, Any], limit: int) -> int:
    # A plain subquery with LIMIT may be run once a row by PostgreSQL, and pass its limit.
    chosen = (
        sa.select(_OUTBOX.c.id)
        .where(_OUTBOX.c.state == DUE, which)
        .order_by(_OUTBOX.c.id)
        .limit(limit)
        .with_for_update(key_share=True, skip_locked=True)
        .cte("chosen")
    )
    statement = (
        sa.update(_OUTBOX)
        .where(_OUTBOX.c.id.in_(sa.select(chosen.c.id)), _OUTBOX.c.state == DUE)
        .values(**values, done_at=system_time(session))
        .returning(_OUTBOX.c.id)
    )
    return len(session.execute(statement).all())
