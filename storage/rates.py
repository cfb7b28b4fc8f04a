"""How fast we may send: token buckets in the database, shared by replicas. System time."""

import functools
import time
from dataclasses import dataclass
from typing import NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import Session

from storage.dialects import insert_on, on_postgres, table

_RATE = table("rate")


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
    bucket = _bucket(on_postgres(session))
    values = {"which": key, "speed": limit.rate, "most": limit.burst, "seconds": time.time()}
    if session.execute(bucket.take, values).first() is not None:
        return 0.0
    there = session.execute(bucket.look, values).scalar()
    if there is not None:
        return float(max((1.0 - there) / limit.rate, 0.001))
    session.execute(bucket.fill, values)
    return 0.0 if session.execute(bucket.take, values).first() is not None else 1.0 / limit.rate


def give_back(session: Session, key: str, limit: Limit) -> None:
    """Return a token taken in this transaction that is not used after all."""
    bucket = _bucket(on_postgres(session))
    session.execute(bucket.give_back, {"which": key, "most": limit.burst})


class _Bucket(NamedTuple):
    take: sa.Executable
    look: sa.Executable
    fill: sa.Executable
    give_back: sa.Executable


@functools.cache
def _bucket(postgres: bool) -> _Bucket:
    """Its statements, built once. System time is the database's on PostgreSQL; a clock that steps back
    adds no tokens and takes none."""
    greatest, least = (sa.func.greatest, sa.func.least) if postgres else (sa.func.max, sa.func.min)
    seconds = sa.bindparam("seconds", type_=sa.Float)
    now = sa.cast(sa.extract("epoch", sa.func.statement_timestamp()), sa.Float) if postgres else seconds
    most, speed = sa.bindparam("most", type_=sa.Float), sa.bindparam("speed", type_=sa.Float)
    mine = _RATE.c.key == sa.bindparam("which")
    passed = greatest(_RATE.c.at, now) - _RATE.c.at
    there = least(most, _RATE.c.tokens + passed * speed)
    full = {"key": sa.bindparam("which"), "tokens": most, "at": now}
    return _Bucket(
        take=sa.update(_RATE)
        .where(mine, there >= 1.0)
        .values(tokens=there - 1.0, at=greatest(_RATE.c.at, now))
        .returning(_RATE.c.key),
        look=sa.select(there).where(mine),
        fill=insert_on(postgres, _RATE).values(full).on_conflict_do_nothing(),
        give_back=sa.update(_RATE).where(mine).values(tokens=least(most, _RATE.c.tokens + 1.0)),
    )
