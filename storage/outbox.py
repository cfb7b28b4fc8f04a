"""Messages on their way out: written in the transaction of what they tell about, sent later.

::

    due ──claim──▶ sending ─▶ delivered | refused(reason)          due ─▶ expired | withdrawn | merged
     ▲  deferred: the ADDRESS (or app) waits, the order stays │
     └── key still good, or on_unknown='again' and not yet maybe_twice ◀── no clear answer, or
                                                    lease_until passed ──▶ unknown (final, shown)

Here is what business code uses; what the sender does with the rows is in
``storage/outbox_claims.py`` and ``storage/outbox_sending.py``.
All times are system time.
"""

import functools
import hashlib
import hmac
import re
from collections.abc import Sequence
from dataclasses import dataclass, field, fields
from datetime import datetime
from typing import Literal

import sqlalchemy as sa
from sqlalchemy.orm import Session

from storage.dialects import core, insert_into, insert_on, on_postgres, system_time, table
from storage.models import OutboxState
from storage.prepared import Prepared, given

_OUTBOX = table("outbox")
_ADDRESS = table("address")

#: Written out in the SQL: a bound parameter would keep SQLite from using the partial indexes.
DUE: sa.ColumnElement[str] = sa.literal_column(f"'{OutboxState.DUE}'")
SENDING: sa.ColumnElement[str] = sa.literal_column(f"'{OutboxState.SENDING}'")


_NUMBERS = re.compile(r"([0-9]+)")
_MANY = 500  #: keys in one query
_FEW = 4  #: rows that are written one by one


@dataclass(frozen=True, slots=True)
class Outgoing:
    """One message to one address.

    ``dedup_key`` says what it tells, for ever: a second one with the same key is not written. ``body``
    is the neutral message as JSON. ``lane``: 0 answers, 1 reminders, 2 bulk. ``on_unknown``: what
    happens when nobody knows whether it arrived and the platform could show it twice; ``again`` sends
    once more and marks it, ``hold`` leaves it to the office. ``replaces`` names a ``SentCard`` to be
    redrawn; where it cannot be, the row is refused, or sent as a message if ``or_send``.
    """

    address_id: int
    body: str
    dedup_key: str
    due_at: datetime
    lane: int = 0
    subject: str = ""
    person_id: int | None = None
    card_id: str | None = None
    replaces: str | None = None
    on_unknown: Literal["again", "hold"] | str = "again"
    expires_at: datetime | None = None
    or_send: bool = False
    reply: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Place:
    """What an address is known by."""

    binding: str
    app: str
    kind: str
    target: str


def address_for(
    session: Session, *, binding: str, app: str, kind: str, target: str, conversation_id: int | None = None
) -> int:
    """The id of the address, made if it is new.

    Read first: an upsert would lock the address, and two transactions that tell the same groups in
    another order would wait for each other.
    """
    place = {"binding": binding, "kind": kind, "target": target}
    known = _FIND.first(core(session), place)
    if known is None:
        values = {**place, "app": app, "conversation_id": conversation_id}
        fresh = insert_into(session, _ADDRESS).values(**values)
        made = session.execute(fresh.on_conflict_do_nothing().returning(_ADDRESS.c.id)).scalar()
        if made is not None:
            return int(made)
        [known] = _FIND.all(core(session), place)
    address_id, known_app, known_chat = known
    chat = conversation_id if conversation_id is not None else known_chat
    if (known_app, known_chat) != (app, chat):
        changed = sa.update(_ADDRESS).where(_ADDRESS.c.id == address_id)
        session.execute(changed.values(app=app, conversation_id=chat))
    return int(address_id)


def addresses_for(session: Session, wanted: Sequence[Place]) -> dict[Place, int]:
    """``address_for`` for many in a few statements; their conversations and apps stay as they are."""
    places = sorted(set(wanted), key=lambda place: (place.binding, place.kind, place.target))
    found = _known(session, places)
    missing = [place for place in places if place not in found]
    if missing:
        rows = [{"binding": p.binding, "app": p.app, "kind": p.kind, "target": p.target} for p in missing]
        session.execute(insert_into(session, _ADDRESS).on_conflict_do_nothing(), rows)
        found |= _known(session, missing)
    return found


def _known(session: Session, places: Sequence[Place]) -> dict[Place, int]:
    by_key = {(place.binding, place.kind, place.target): place for place in places}
    found: dict[Place, int] = {}
    for binding, kind in dict.fromkeys((place.binding, place.kind) for place in places):
        targets = [place.target for place in places if (place.binding, place.kind) == (binding, kind)]
        for start in range(0, len(targets), _MANY):
            query = sa.select(_ADDRESS.c.id, _ADDRESS.c.target).where(
                _ADDRESS.c.binding == binding,
                _ADDRESS.c.kind == kind,
                _ADDRESS.c.target.in_(targets[start : start + _MANY]),
            )
            for row in session.execute(query):
                found[by_key[binding, kind, row.target]] = row.id
    return found


def revive(session: Session, address_id: int) -> None:
    """Somebody spoke there: a dead address lives again and what is due goes out at once."""
    session.execute(
        sa.update(_ADDRESS)
        .where(_ADDRESS.c.id == address_id, _ADDRESS.c.dead_reason.is_not(None))
        .values(dead_reason=None, not_before=None)
    )


def enqueue(session: Session, items: Sequence[Outgoing], *, key: bytes) -> int:
    """Write ``items`` (the last inserts of a transaction); how many were new.

    ``key`` is the installation's secret: the platform's idempotency key is fixed here, before the
    first try, the same after a restore, and not to be guessed.
    """
    rows = [_row(item, key) for item in sorted(items, key=_place_in_order)]
    if len(rows) <= _FEW:
        return len(_INSERT.each(core(session), rows))
    return len(core(session).execute(_inserting(on_postgres(session)), rows).all())


def withdraw(session: Session, *, person_id: int, subject: str, now: datetime) -> int:
    """The person acted on ``subject``: what is still due to them about it is not sent, answers apart.

    One being sent is past recall, and one locked by a sender is skipped rather than waited for.
    """
    return len(_WITHDRAW.all(core(session), {"person": person_id, "about": subject, "at": now}))


def readdress(session: Session, old: int, new: int) -> int:
    """What is due at ``old`` goes to ``new``: somebody has an account now, or another one."""
    statement = (
        sa.update(_OUTBOX)
        .where(_OUTBOX.c.address_id == old, _OUTBOX.c.state == DUE)
        .values(address_id=new)
        .returning(_OUTBOX.c.id)
    )
    return len(session.execute(statement).all())


def hold_all(session: Session) -> int:
    """After a restore: what was under way then may have arrived long ago. A person decides."""
    statement = (
        sa.update(_OUTBOX)
        .where(_OUTBOX.c.state.in_([OutboxState.DUE, OutboxState.SENDING]))
        .values(state=OutboxState.HELD, result="restored", done_at=system_time(session))
    )
    return len(session.execute(statement.returning(_OUTBOX.c.id)).all())


def idem_key(key: bytes, dedup_key: str) -> str:
    """32 hexadecimal characters: what fits every platform's field."""
    return hmac.new(key, dedup_key.encode(), hashlib.sha256).hexdigest()[:32]


def _place_in_order(item: Outgoing) -> list[str | int]:
    """The same order in every transaction, so that none waits for another in a circle; numbers as people
    count them, since messages to one address go out as they were written."""
    pieces = _NUMBERS.split(item.dedup_key)
    return [int(piece) if at % 2 else piece for at, piece in enumerate(pieces)]


def _row(item: Outgoing, key: bytes) -> dict[str, object]:
    row: dict[str, object] = {name: getattr(item, name) for name in _SAID}
    return row | {"idem_key": idem_key(key, item.dedup_key), **_NEW}


# Statements of every event, built once: building one costs as much as executing it four times.

_FIND = Prepared(
    sa.select(_ADDRESS.c.id, _ADDRESS.c.app, _ADDRESS.c.conversation_id).where(
        _ADDRESS.c.binding == sa.bindparam("binding"),
        _ADDRESS.c.kind == sa.bindparam("kind"),
        _ADDRESS.c.target == sa.bindparam("target"),
    )
)

_WAITING = (
    sa.select(_OUTBOX.c.id)
    .where(
        _OUTBOX.c.state == DUE,
        _OUTBOX.c.person_id == sa.bindparam("person"),
        _OUTBOX.c.subject == sa.bindparam("about"),
        _OUTBOX.c.lane > 0,
    )
    .order_by(_OUTBOX.c.id)
    .with_for_update(key_share=True, skip_locked=True)
    .cte("waiting")
)

_WITHDRAW = Prepared(
    sa.update(_OUTBOX)
    .where(_OUTBOX.c.id.in_(sa.select(_WAITING.c.id)), _OUTBOX.c.state == DUE)
    .values(state=OutboxState.WITHDRAWN, done_at=sa.bindparam("at"))
    .returning(_OUTBOX.c.id)
)


@functools.cache
def _inserting(postgres: bool) -> sa.Executable:
    once = insert_on(postgres, _OUTBOX).on_conflict_do_nothing(index_elements=[_OUTBOX.c.dedup_key])
    return once.returning(_OUTBOX.c.id)


_SAID = tuple(field.name for field in fields(Outgoing))  #: columns of the same names
_NEW = {"state": OutboxState.DUE, "attempts": 0, "maybe_twice": False}

_INSERT = Prepared(
    lambda postgres: (
        insert_on(postgres, _OUTBOX)
        .values(given(_OUTBOX, (*_SAID, "idem_key", *_NEW)))
        .on_conflict_do_nothing(index_elements=[_OUTBOX.c.dedup_key])
        .returning(_OUTBOX.c.id)
    )
)
