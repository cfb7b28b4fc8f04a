"""One holder at a time, and each new one under a higher term."""

import time
from datetime import UTC, datetime, timedelta

import sqlalchemy as sa
from sqlmodel import Session

from storage import leases
from storage.dialects import table

NAME = "aibot:wecom"


def acquire(session: Session, holder: str) -> leases.Held | None:
    return leases.acquire(session, NAME, holder, began=time.monotonic())


def end(session: Session) -> None:
    """Its time passes."""
    past = datetime.now(UTC) - timedelta(seconds=1)
    session.execute(sa.update(table("lease")).values(until=past))


def test_one_has_it_and_the_other_waits(session: Session) -> None:
    assert acquire(session, "a") is not None
    assert acquire(session, "b") is None


def test_renewing_keeps_the_term(session: Session) -> None:
    first, second = acquire(session, "a"), acquire(session, "a")
    assert first is not None
    assert second is not None
    assert (first.term, second.term) == (1, 1)
    assert second.until >= first.until


def test_a_passed_lease_is_taken_under_a_higher_term(session: Session) -> None:
    acquire(session, "a")
    end(session)
    taken = acquire(session, "b")
    assert taken is not None
    assert taken.term == 2
    assert acquire(session, "a") is None


def test_what_was_given_back_is_free_at_once_and_keeps_counting(session: Session) -> None:
    acquire(session, "a")
    leases.release(session, NAME, "b")
    assert acquire(session, "b") is None
    leases.release(session, NAME, "a")
    taken = acquire(session, "b")
    assert taken is not None
    assert taken.term == 2


def test_it_is_trusted_for_less_than_it_lasts_counted_from_before_the_request(session: Session) -> None:
    held = leases.acquire(session, NAME, "a", began=time.monotonic() - leases.TRUST + 5)
    assert held is not None
    assert held.is_good()
    held = leases.acquire(session, NAME, "a", began=time.monotonic() - leases.TRUST)
    assert held is not None
    assert not held.is_good()
    assert leases.TRUST < leases.SECONDS


def test_every_process_has_a_name_of_its_own() -> None:
    assert leases.new_holder() != leases.new_holder()
