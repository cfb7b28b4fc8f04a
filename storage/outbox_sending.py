"""What the sender does with the rows of the outbox; the life of a row is drawn in ``storage/outbox.py``.

Order per address and lane rests on three things: only the head of an address is offered, a partial
unique index lets one row per address be *sending*, and a row without a clear answer goes back to its
place (or to *unknown*) in one statement: resolving it later would let the next message overtake.
All times are system time; results are recorded only by the attempt that made them (``attempts``).
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from storage.dialects import insert_into, system_time, table
from storage.models import OutboxState
from storage.outbox import DUE, SENDING

LEASE = 30.0  #: seconds a claim holds; what is not recorded by then is unknown
FOR_EVER = 10 * 365 * 86_400.0  #: the longest life of a key that is written down
MAX_UNCLEAR = 20  #: attempts after which even a good key is not tried again: about an hour
MAX_BACK_OFF = 300.0  #: seconds

_OUTBOX = table("outbox")
_ADDRESS = table("address")
_APP = table("app_state")
_CONVERSATION = table("conversation")
_CARD = table("sent_card")

_UNCLEAR = "unclear: "


@dataclass(frozen=True, slots=True)
class Head:
    """The next row of an address."""

    id: int
    address_id: int
    app: str
    lane: int


@dataclass(frozen=True, slots=True)
class Claim:
    """A row that is ours to send once. ``attempt`` fences what is recorded of it.

    ``handle``: the platform's name of the card to be redrawn; empty if it never was delivered or
    cannot be updated.
    """

    id: int
    attempt: int
    app: str
    binding: str
    kind: str
    target: str
    push_secret: str = field(repr=False)
    address_id: int
    body: str = field(repr=False)
    idem_key: str = field(repr=False)
    card_id: str | None
    replaces: str | None
    or_send: bool
    handle: str


def heads(session: Session, *, app: str, lane: int, limit: int = 500) -> list[Head]:
    """What could be sent now through ``app``, oldest first; at most one row an address. A plain read."""
    row, before, flying = _OUTBOX.alias("o"), _OUTBOX.alias("p"), _OUTBOX.alias("s")
    now = system_time(session)
    earlier = sa.or_(before.c.lane < row.c.lane, sa.and_(before.c.lane == row.c.lane, before.c.id < row.c.id))
    overtaken = sa.exists().where(
        before.c.address_id == row.c.address_id, before.c.state == DUE, before.c.due_at <= now, earlier
    )
    in_flight = sa.exists().where(flying.c.address_id == row.c.address_id, flying.c.state == SENDING)
    query = (
        sa.select(row.c.id, row.c.address_id)
        .where(row.c.state == DUE, row.c.lane == lane, row.c.due_at <= now, ~overtaken, ~in_flight)
        .where(_open_address(session, row.c.address_id, app))
        .order_by(row.c.due_at, row.c.id)
        .limit(limit)
    )
    return [Head(id=r.id, address_id=r.address_id, app=app, lane=lane) for r in session.execute(query)]


def claim(session: Session, head: Head, *, key_life: float, lease: float = LEASE) -> Claim | None:
    """Make ``head`` ours, in a transaction of its own; None if it is no longer to be had.

    The key's life counts from the first claim. A redrawn card may be redrawn again at any time.

    Raises:
        sqlalchemy.exc.IntegrityError: another sender took this address at the same moment.
    """
    flying = _OUTBOX.alias("s")
    in_flight = sa.exists().where(flying.c.address_id == head.address_id, flying.c.state == SENDING)
    now, good_for = system_time(session), system_time(session, min(key_life, FOR_EVER))
    key_until = sa.case(
        (_OUTBOX.c.replaces.is_not(None), system_time(session, FOR_EVER)),
        else_=sa.func.coalesce(_OUTBOX.c.key_until, good_for),
    )
    statement = (
        sa.update(_OUTBOX)
        .where(_OUTBOX.c.id == head.id, _OUTBOX.c.state == OutboxState.DUE, ~in_flight)
        .where(sa.or_(_OUTBOX.c.expires_at.is_(None), _OUTBOX.c.expires_at > now))
        .where(_open_address(session, _OUTBOX.c.address_id, head.app))
        .values(
            state=OutboxState.SENDING,
            attempts=_OUTBOX.c.attempts + 1,
            lease_until=system_time(session, lease),
            key_until=key_until,
        )
        .returning(_OUTBOX.c.attempts)
    )
    attempt = session.execute(statement).scalar()
    return None if attempt is None else _claimed(session, head, attempt)


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
    back = {"state": OutboxState.DUE, "lease_until": None, "result": reason}
    if not _leave(session, claimed, [OutboxState.SENDING], back):
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
    message = {
        "state": OutboxState.DUE,
        "replaces": None,
        "card_id": claimed.replaces,
        "key_until": None,
        "lease_until": None,
    }
    return _leave(session, claimed, [OutboxState.SENDING], message)


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


def _open_address(session: Session, address_id: Any, app: str) -> sa.ColumnElement[bool]:
    now = system_time(session)
    stopped = sa.exists().where(_APP.c.app == app, _APP.c.not_before > now)
    ready = sa.or_(_ADDRESS.c.not_before.is_(None), _ADDRESS.c.not_before <= now)
    return sa.and_(
        sa.exists().where(
            _ADDRESS.c.id == address_id, _ADDRESS.c.app == app, ready, _ADDRESS.c.dead_reason.is_(None)
        ),
        ~stopped,
    )


def _claimed(session: Session, head: Head, attempt: int) -> Claim:
    row = session.execute(
        sa.select(
            *(_ADDRESS.c[name] for name in ("binding", "kind", "target")),
            *(_OUTBOX.c[name] for name in ("body", "idem_key", "card_id", "replaces", "or_send")),
            sa.func.coalesce(_CONVERSATION.c.push_secret, "").label("push_secret"),
            sa.case((_CARD.c.updatable, _CARD.c.handle), else_="").label("handle"),
        )
        .select_from(_OUTBOX)
        .join(_ADDRESS, _ADDRESS.c.id == _OUTBOX.c.address_id)
        .outerjoin(_CONVERSATION, _CONVERSATION.c.id == _ADDRESS.c.conversation_id)
        .outerjoin(_CARD, _CARD.c.id == _OUTBOX.c.replaces)
        .where(_OUTBOX.c.id == head.id)
    ).one()
    return Claim(id=head.id, attempt=attempt, app=head.app, address_id=head.address_id, **row._mapping)


def _finish(session: Session, claimed: Claim, state: OutboxState, result: str | None) -> bool:
    over = [OutboxState.SENDING, OutboxState.UNKNOWN, OutboxState.DUE]
    end = {"state": state, "result": result, "done_at": system_time(session), "lease_until": None}
    return _leave(session, claimed, over, end)


def _leave(session: Session, claimed: Claim, states: Sequence[OutboxState], values: dict[str, Any]) -> bool:
    statement = (
        sa.update(_OUTBOX)
        .where(_OUTBOX.c.id == claimed.id, _OUTBOX.c.attempts == claimed.attempt, _OUTBOX.c.state.in_(states))
        .values(**values)
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
