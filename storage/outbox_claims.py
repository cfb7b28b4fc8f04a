"""Which rows of the outbox could go now, and making one of them ours.

Order per address and lane rests on this: only the head of an address is offered, and a partial unique
index lets one row per address be *sending*. Statements are built once per dialect.
"""

import functools
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from storage.dialects import moments, on_postgres, system_time_on, table
from storage.models import OutboxState
from storage.outbox import DUE, SENDING

LEASE = 30.0  #: seconds a claim holds; what is not recorded by then is unknown
FOR_EVER = 10 * 365 * 86_400.0  #: the longest life of a key that is written down

_OUTBOX = table("outbox")
_ADDRESS = table("address")
_APP = table("app_state")
_CONVERSATION = table("conversation")
_CARD = table("sent_card")


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
    reply: str | None = field(repr=False, default=None)


def heads(session: Session, *, app: str, lane: int, limit: int = 500) -> list[Head]:
    """What could be sent now through ``app``, oldest first; at most one row an address. A plain read."""
    postgres = on_postgres(session)
    values = {"app": app, "in_lane": lane, "most": limit} | moments(postgres, now=0)
    rows = session.execute(_heads(postgres), values)
    return [Head(id=row.id, address_id=row.address_id, app=app, lane=lane) for row in rows]


def claim(
    session: Session,
    head: Head,
    *,
    key_life: float,
    group_key_life: float | None = None,
    lease: float = LEASE,
) -> Claim | None:
    """Make ``head`` ours, in a transaction of its own; None if it is no longer to be had.

    The key's life counts from the first claim; ``group_key_life`` is a group's, where it differs. A
    redrawn card may be redrawn again at any time.

    Raises:
        sqlalchemy.exc.IntegrityError: another sender took this address at the same moment.
    """
    postgres = on_postgres(session)
    in_groups = key_life if group_key_life is None else group_key_life
    times = moments(
        postgres,
        now=0,
        lease=lease,
        good_for=min(key_life, FOR_EVER),
        good_in_group=min(in_groups, FOR_EVER),
        for_ever=FOR_EVER,
    )
    values = {"row": head.id, "address": head.address_id, "app": head.app} | times
    attempt = session.execute(_claiming(postgres), values).scalar()
    if attempt is None:
        return None
    row = session.execute(_CLAIMED, {"row": head.id}).one()
    return Claim(id=head.id, attempt=attempt, app=head.app, address_id=head.address_id, **row._mapping)


@functools.cache
def _heads(postgres: bool) -> sa.Executable:
    row, before, flying = _OUTBOX.alias("o"), _OUTBOX.alias("p"), _OUTBOX.alias("s")
    now = system_time_on(postgres, "now")
    earlier = sa.or_(before.c.lane < row.c.lane, sa.and_(before.c.lane == row.c.lane, before.c.id < row.c.id))
    overtaken = sa.exists().where(
        before.c.address_id == row.c.address_id, before.c.state == DUE, before.c.due_at <= now, earlier
    )
    in_flight = sa.exists().where(flying.c.address_id == row.c.address_id, flying.c.state == SENDING)
    return (
        sa.select(row.c.id, row.c.address_id)
        .where(row.c.state == DUE, row.c.lane == sa.bindparam("in_lane"), row.c.due_at <= now)
        .where(~overtaken, ~in_flight, _is_open(row.c.address_id, now))
        .order_by(row.c.due_at, row.c.id)
        .limit(sa.bindparam("most"))
    )


@functools.cache
def _claiming(postgres: bool) -> sa.Executable:
    flying = _OUTBOX.alias("s")
    in_flight = sa.exists().where(flying.c.address_id == sa.bindparam("address"), flying.c.state == SENDING)
    now = system_time_on(postgres, "now")
    key_until = sa.case(
        (_OUTBOX.c.replaces.is_not(None), system_time_on(postgres, "for_ever")),
        (
            sa.select(_ADDRESS.c.kind).where(_ADDRESS.c.id == sa.bindparam("address")).scalar_subquery()
            == "group",
            sa.func.coalesce(_OUTBOX.c.key_until, system_time_on(postgres, "good_in_group")),
        ),
        else_=sa.func.coalesce(_OUTBOX.c.key_until, system_time_on(postgres, "good_for")),
    )
    return (
        sa.update(_OUTBOX)
        .where(_OUTBOX.c.id == sa.bindparam("row"), _OUTBOX.c.state == OutboxState.DUE, ~in_flight)
        .where(sa.or_(_OUTBOX.c.expires_at.is_(None), _OUTBOX.c.expires_at > now))
        .where(_is_open(_OUTBOX.c.address_id, now))
        .values(
            state=OutboxState.SENDING,
            attempts=_OUTBOX.c.attempts + 1,
            lease_until=system_time_on(postgres, "lease"),
            key_until=key_until,
        )
        .returning(_OUTBOX.c.attempts)
    )


def _is_open(address_id: sa.ColumnElement[Any], now: sa.ColumnElement[Any]) -> sa.ColumnElement[bool]:
    """The address and its app wait for nothing."""
    app: sa.BindParameter[str] = sa.bindparam("app")
    ready = sa.or_(_ADDRESS.c.not_before.is_(None), _ADDRESS.c.not_before <= now)
    there = (_ADDRESS.c.id == address_id, _ADDRESS.c.app == app, ready, _ADDRESS.c.dead_reason.is_(None))
    return sa.and_(sa.exists().where(*there), ~sa.exists().where(_APP.c.app == app, _APP.c.not_before > now))


_CLAIMED = (
    sa.select(
        *(_ADDRESS.c[name] for name in ("binding", "kind", "target")),
        *(_OUTBOX.c[name] for name in ("body", "idem_key", "card_id", "replaces", "or_send", "reply")),
        sa.func.coalesce(_CONVERSATION.c.push_secret, "").label("push_secret"),
        sa.case((_CARD.c.updatable, _CARD.c.handle), else_="").label("handle"),
    )
    .select_from(_OUTBOX)
    .join(_ADDRESS, _ADDRESS.c.id == _OUTBOX.c.address_id)
    .outerjoin(_CONVERSATION, _CONVERSATION.c.id == _ADDRESS.c.conversation_id)
    .outerjoin(_CARD, _CARD.c.id == _OUTBOX.c.replaces)
    .where(_OUTBOX.c.id == sa.bindparam("row"))
)
