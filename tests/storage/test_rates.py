"""Token buckets shared by replicas."""

import threading
import time

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from storage import rates
from storage.database import Database
from storage.dialects import table
from storage.rates import Limit

SLOW = Limit(rate=0.01, burst=2)


def go_back(session: Session, seconds: float) -> None:
    """As if the bucket had last been used that long ago."""
    rate = table("rate")
    session.execute(sa.update(rate).values(at=rate.c.at - seconds))


def test_a_bucket_starts_full_and_then_says_how_long_to_wait(session: Session) -> None:
    assert [rates.take(session, "k", SLOW) for _ in range(2)] == [0.0, 0.0]
    assert 99 < rates.take(session, "k", SLOW) <= 100


def test_buckets_are_apart(session: Session) -> None:
    for _ in range(3):
        rates.take(session, "k", SLOW)
    assert rates.take(session, "other", SLOW) == 0.0


def test_tokens_come_back_with_time_and_never_more_than_the_burst(session: Session) -> None:
    for _ in range(3):
        rates.take(session, "k", SLOW)
    go_back(session, 100_000)
    assert [rates.take(session, "k", SLOW) == 0.0 for _ in range(3)] == [True, True, False]


def test_a_clock_that_steps_back_neither_adds_nor_takes(session: Session) -> None:
    rates.take(session, "k", SLOW)
    go_back(session, -1000)
    assert rates.take(session, "k", SLOW) == 0.0
    assert rates.take(session, "k", SLOW) > 0.0


def test_a_token_given_back_can_be_taken_again(session: Session) -> None:
    for _ in range(2):
        rates.take(session, "k", SLOW)
    rates.give_back(session, "k", SLOW)
    assert rates.take(session, "k", SLOW) == 0.0
    assert rates.take(session, "k", SLOW) > 0.0


@pytest.mark.parametrize(("rate", "burst"), [(0.0, 1.0), (1.0, 0.5)])
def test_a_limit_that_would_never_let_anything_through_is_refused(rate: float, burst: float) -> None:
    with pytest.raises(ValueError, match="limit"):
        Limit(rate=rate, burst=burst)


def test_many_takers_together_stay_within_the_rate(database: Database) -> None:
    limit, seconds = Limit(rate=50, burst=5), 0.6
    taken: list[float] = []
    began = time.monotonic()

    def take_all() -> None:
        while time.monotonic() < began + seconds:
            if database.write_now(lambda session: rates.take(session, "k", limit)) == 0.0:
                taken.append(time.monotonic() - began)

    threads = [threading.Thread(target=take_all) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    # The last token may be taken a little after the end, by a transaction that began before it.
    assert 10 <= len(taken) <= limit.burst + limit.rate * max(taken) + 1
