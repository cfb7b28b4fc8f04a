"""How fast we may send: token buckets in the database, shared by replicas. System time."""

from collections.abc import Callable
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from storage.dialects import insert_into, on_postgres, system_seconds, table

_RATE = table("rate")

_Pick = Callable[..., sa.ColumnElement[float]]


@dataclass(frozen=True, slots=True)
class Limit:
    """``rate`` tokens a second, at most ``burst`` kept."""

    rate: float
    burst: float

    def __post_init__(self) -> None:
        if self.rate <= 0 or self.burst < 1:
            raise ValueError("a limit needs a rate above 0 and room for one token")


def take(session: Session, key: str, limit: Limit) -> float:
    """Take one token from ``key``: 0.0 if there was one, else the seconds until there may be.

    The bucket's row is locked until the transaction ends; taken in one order everywhere: the chat's,
    then the app's. A rollback puts the token back.
    """
    if _taken(session, key, limit):
        return 0.0
    there = session.execute(sa.select(_available(session, limit)).where(_RATE.c.key == key)).scalar()
    if there is not None:
        return float(max((1.0 - there) / limit.rate, 0.001))
    fresh = insert_into(session, _RATE).values(key=key, tokens=limit.burst, at=system_seconds(session))
    session.execute(fresh.on_conflict_do_nothing())
    return 0.0 if _taken(session, key, limit) else 1.0 / limit.rate


def give_back(session: Session, key: str, limit: Limit) -> None:
    """Return a token taken in this transaction that is not used after all."""
    _, least = _greatest_and_least(session)
    tokens = least(limit.burst, _RATE.c.tokens + 1.0)
    session.execute(sa.update(_RATE).where(_RATE.c.key == key).values(tokens=tokens))


def _taken(session: Session, key: str, limit: Limit) -> bool:
    greatest, _ = _greatest_and_least(session)
    available = _available(session, limit)
    statement = (
        sa.update(_RATE)
        .where(_RATE.c.key == key, available >= 1.0)
        .values(tokens=available - 1.0, at=greatest(_RATE.c.at, system_seconds(session)))
        .returning(_RATE.c.key)
    )
    return session.execute(statement).first() is not None


def _available(session: Session, limit: Limit) -> sa.ColumnElement[float]:
    """Tokens by now. A clock that steps back adds none and takes none."""
    greatest, least = _greatest_and_least(session)
    passed = greatest(_RATE.c.at, system_seconds(session)) - _RATE.c.at
    return least(limit.burst, _RATE.c.tokens + passed * limit.rate)


def _greatest_and_least(session: Session) -> tuple[_Pick, _Pick]:
    if on_postgres(session):
        return sa.func.greatest, sa.func.least
    return sa.func.max, sa.func.min
