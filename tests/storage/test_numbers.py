"""Short numbers."""

import threading

import pytest
from sqlalchemy.orm import Session

from storage import numbers
from storage.database import Database


def test_numbers_of_a_kind_count_up_from_one(session: Session) -> None:
    assert [numbers.take(session, "X"), numbers.take(session, "X"), numbers.take(session, "Y")] == [1, 2, 1]


def test_a_run_of_numbers_is_consecutive(session: Session) -> None:
    assert [numbers.take(session, "X", 40), numbers.take(session, "X")] == [1, 41]


@pytest.mark.parametrize("how_many", [0, -1])
def test_at_least_one_number_is_taken(session: Session, how_many: int) -> None:
    with pytest.raises(ValueError, match="at least one"):
        numbers.take(session, "X", how_many)


def test_after_a_restore_numbers_people_may_have_seen_are_skipped(session: Session) -> None:
    numbers.take(session, "X", 12)
    numbers.skip(session, 100)
    assert numbers.take(session, "X") == 113


def test_a_rollback_gives_the_number_back(session: Session) -> None:
    numbers.take(session, "X")
    with session.begin_nested() as savepoint:
        numbers.take(session, "X")
        savepoint.rollback()
    assert numbers.take(session, "X") == 2


def test_nobody_gets_a_number_twice(database: Database) -> None:
    taken: list[int] = []

    def take_some() -> None:
        for _ in range(10):
            taken.append(database.write_now(lambda session: numbers.take(session, "T")))

    threads = [threading.Thread(target=take_some) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(taken) == list(range(1, 41))
