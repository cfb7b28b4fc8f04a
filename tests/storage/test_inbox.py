"""The inbox: a key is taken once, a failure keeps the event, and a stalled worker is fenced off."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa
from sqlmodel import Session

from storage import inbox
from storage.dialects import table
from storage.models.inbox import InboxState

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
INBOX = table("inbox")


@dataclass(frozen=True)
class Arrival:
    message_key: str
    proof: str = ""
    binding: str = "dingtalk"


@pytest.fixture
def conn(session: Session) -> sa.Connection:
    return session.connection()


def take(conn: sa.Connection, key: str, proof: str = "", *, at: datetime = NOW) -> int:
    entry = inbox.remember(conn, Arrival(key, proof), at).id
    assert entry is not None
    return entry


def keep_pending(conn: sa.Connection, key: str, *, attempts: int = 1, wait: float = 1.0) -> int:
    entry = take(conn, key)
    inbox.make_pending(
        conn, entry, payload="{}", error="ValueError: x", attempts=attempts, now=NOW, wait=wait
    )
    return entry


def test_a_key_is_taken_once_and_its_answer_is_found_again(conn: sa.Connection) -> None:
    entry = take(conn, "robot:m:1")
    inbox.keep_answer(conn, entry, "{}")
    assert inbox.remember(conn, Arrival("robot:m:1"), NOW) == inbox.Remembered(None)
    assert inbox.answer_of(conn, Arrival("robot:m:1")) == (InboxState.DONE, "{}")


def test_two_bindings_never_share_a_key(conn: sa.Connection) -> None:
    take(conn, "m:1")
    assert inbox.remember(conn, Arrival("m:1", binding="dingtalk-2"), NOW).id is not None


def test_a_proof_is_spent_by_the_first_event_and_the_second_is_doubtful(conn: sa.Connection) -> None:
    take(conn, "robot:m:1", "1772413200000")
    second = inbox.remember(conn, Arrival("robot:m:2", "1772413200000"), NOW)
    assert second.id is not None
    assert second.proof_spent


def test_a_redelivery_under_its_own_proof_is_simply_seen(conn: sa.Connection) -> None:
    take(conn, "robot:m:1", "1772413200000")
    assert inbox.remember(conn, Arrival("robot:m:1", "1772413200000"), NOW) == inbox.Remembered(None)


def test_an_event_is_due_again_after_one_ten_sixty_and_six_hundred_seconds_then_aside(
    conn: sa.Connection,
) -> None:
    keep_pending(conn, "m:1", attempts=1, wait=inbox.wait_after(1))
    now, waits = NOW, []
    while True:
        due = conn.execute(sa.select(INBOX.c.next_at).where(INBOX.c.state == InboxState.PENDING)).scalar()
        if due is None:
            break
        waits.append((due - now).total_seconds())
        assert inbox.claim_pending(conn, due - timedelta(seconds=0.01)) is None
        now = due
        claimed = inbox.claim_pending(conn, now)
        assert claimed is not None
        assert inbox.fail(conn, claimed, now=now, error="again") is not None
    assert waits == [1, 10, 60, 600]
    assert [row[2] for row in inbox.list_aside(conn)] == ["m:1"]


def test_what_is_aside_can_be_run_again_from_the_beginning(conn: sa.Connection) -> None:
    entry = keep_pending(conn, "m:1", attempts=inbox.ATTEMPTS)
    assert inbox.claim_pending(conn, NOW + timedelta(days=1)) is None
    assert inbox.rerun(conn, entry, NOW)
    claimed = inbox.claim_pending(conn, NOW)
    assert claimed == inbox.Claimed(entry, 1, "{}", "ValueError: x")
    assert not inbox.rerun(conn, entry, NOW)


def test_a_claimed_event_is_nobody_elses_until_its_lease_has_passed(conn: sa.Connection) -> None:
    keep_pending(conn, "m:1", wait=0)
    first = inbox.claim_pending(conn, NOW)
    assert first is not None
    assert inbox.claim_pending(conn, NOW + timedelta(seconds=inbox.LEASE - 1)) is None
    second = inbox.claim_pending(conn, NOW + timedelta(seconds=inbox.LEASE))
    assert second is not None
    assert not inbox.finish(conn, first)
    assert inbox.finish(conn, second)
    assert inbox.fail(conn, second, now=NOW, error="too late") is None


def test_what_the_network_gave_is_put_into_the_event_and_not_counted(conn: sa.Connection) -> None:
    keep_pending(conn, "m:1", attempts=0, wait=0)
    claimed = inbox.claim_pending(conn, NOW)
    assert claimed is not None
    assert inbox.give_back(conn, claimed, now=NOW, error="got account", payload='{"more": 1}')
    again = inbox.claim_pending(conn, NOW)
    assert again == inbox.Claimed(claimed.id, 1, '{"more": 1}', "got account")


def test_old_keys_are_forgotten_in_chunks_and_pending_ones_never(conn: sa.Connection) -> None:
    for no in range(5):
        take(conn, f"old:{no}", at=NOW - inbox.KEEP - timedelta(seconds=1))
    take(conn, "young", at=NOW - inbox.KEEP)
    keep_pending(conn, "waiting")
    keep_pending(conn, "aside", attempts=inbox.ATTEMPTS)
    conn.execute(
        sa.update(INBOX)
        .where(INBOX.c.message_key.in_(["waiting", "aside"]))
        .values(received_at=NOW - timedelta(days=29))
    )
    assert [inbox.prune(conn, NOW, limit=3) for _ in range(3)] == [3, 2, 0]
    left = set(conn.execute(sa.select(INBOX.c.message_key)).scalars())
    assert left == {"young", "waiting", "aside"}
    assert inbox.prune(conn, NOW + timedelta(days=2)) >= 1
    assert "waiting" in set(conn.execute(sa.select(INBOX.c.message_key)).scalars())
    assert inbox.list_aside(conn) == []
