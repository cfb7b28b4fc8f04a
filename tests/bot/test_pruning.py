"""What is old is forgotten in chunks, and only what nobody needs."""

from datetime import timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from bot.pruning import CHUNK, Pruner
from storage import inbox, job_runs, outbox, retention
from storage.database import Database
from storage.dialects import table
from storage.job_runs import Planned
from storage.models import JobState, OutboxState
from storage.queries.reminders import NOTHING_SAID

INBOX, OUTBOX, RUN = table("inbox"), table("outbox"), table("job_run")


async def test_old_keys_go_and_young_ones_stay(database: Database) -> None:
    now = database.now()
    rows = [
        {
            "binding": "feishu",
            "message_key": f"m:{no}",
            "state": "done",
            "attempts": 0,
            "received_at": now - inbox.KEEP + timedelta(hours=-1 if no else 1),
        }
        for no in range(CHUNK + 11)
    ]
    database.write_now(lambda session: session.execute(sa.insert(INBOX), rows) and None)
    assert await Pruner(database).prune_all() == CHUNK + 10
    left = database.read_now(lambda session: session.execute(sa.select(INBOX.c.message_key)).scalars().all())
    assert left == ["m:0"]


def written(database: Database, *messages: tuple[str, str, timedelta]) -> None:
    """Messages of (key, state, age), in the order in which they were written."""
    now = database.now()

    def write(session: Session) -> None:
        place = outbox.address_for(session, binding="feishu", app="a", kind="group", target="oc_1")
        rows = [
            {
                "address_id": place,
                "lane": 1,
                "dedup_key": key,
                "idem_key": key,
                "subject": "",
                "body": "{}",
                "or_send": False,
                "due_at": now - age,
                "state": state,
                "attempts": 1,
                "maybe_twice": False,
                "on_unknown": "hold",
                "done_at": None if state in ("due", "sending") else now - age,
            }
            for key, state, age in messages
        ]
        session.execute(sa.insert(OUTBOX), rows)

    database.write_now(write)


def keys(database: Database) -> set[str]:
    return set(database.read_now(lambda session: session.execute(sa.select(OUTBOX.c.dedup_key)).scalars()))


OLD = retention.KEEP + timedelta(hours=1)
YOUNG = retention.KEEP - timedelta(hours=1)


async def test_old_messages_go_once_they_are_over(database: Database) -> None:
    states = list(OutboxState)
    written(database, *((f"old {state}", state, OLD) for state in states))
    written(database, *((f"young {state}", state, YOUNG) for state in states if state != "sending"))
    await Pruner(database).prune_all()
    assert {key for key in keys(database) if key.startswith("old")} == {
        f"old {state}" for state in ("due", "sending", "unknown", "held")
    }
    assert len(keys(database)) == 4 + len(states) - 1


async def test_many_old_messages_go_however_many_of_them_are_kept(database: Database) -> None:
    """The first pages hold only what waits for people without an account."""
    written(database, *((f"kept {no}", "due", 2 * OLD) for no in range(CHUNK + 3)))
    written(database, *((f"old {no}", "delivered", OLD) for no in range(CHUNK + 7)))
    written(database, ("young", "delivered", timedelta(0)))
    assert await Pruner(database).prune_all() == CHUNK + 7
    assert len(keys(database)) == CHUNK + 4
    assert await Pruner(database).prune_all() == 0


async def test_a_message_that_was_long_in_coming_is_kept_from_its_end_on(database: Database) -> None:
    written(database, ("waited", "due", 3 * OLD))
    recorded = sa.update(OUTBOX).values(state="delivered", done_at=database.now() - YOUNG)
    database.write_now(lambda session: session.execute(recorded) and None)
    assert await Pruner(database).prune_all() == 0


def ran(
    database: Database, job: str, days_ago: int, state: JobState = JobState.DONE, cursor: str = ""
) -> None:
    at = database.now() - timedelta(days=days_ago)

    def write(session: Session) -> None:
        job_runs.claim(session, job, [Planned(at)])
        over = None if state is JobState.RUNNING else at
        mine = sa.update(RUN).where(RUN.c.job == job, RUN.c.planned == at)
        session.execute(mine.values(state=state, cursor=cursor, finished_at=over))

    database.write_now(write)


def ages(database: Database, job: str) -> list[int]:
    now = database.now()
    query = sa.select(RUN.c.planned).where(RUN.c.job == job).order_by(RUN.c.planned)
    planned = database.read_now(lambda session: session.execute(query).scalars().all())
    return [(now - at).days for at in planned]


async def test_old_runs_go_and_what_the_next_one_counts_from_stays(database: Database) -> None:
    for days in (90, 60, 40, 29, 1):
        ran(database, "daily", days)
    for days in (90, 60):
        ran(database, "stopped", days)
    ran(database, "digest", 80)
    ran(database, "digest", 70)  # the last one that told anybody anything
    for days in (50, 40):
        ran(database, "digest", days, cursor=NOTHING_SAID)
    ran(database, "rare", 90)
    ran(database, "rare", 60, JobState.SKIPPED)
    assert await Pruner(database).prune_all() == 3 + 1 + 1
    assert ages(database, "daily") == [29, 1]
    assert ages(database, "stopped") == [60]
    assert ages(database, "digest") == [70, 50, 40]
    assert ages(database, "rare") == [90, 60]


async def test_a_run_under_way_or_set_aside_stays(database: Database) -> None:
    ran(database, "daily", 90, JobState.ASIDE)
    ran(database, "daily", 80, JobState.RUNNING)
    ran(database, "daily", 70, JobState.SKIPPED)
    ran(database, "daily", 60)
    assert await Pruner(database).prune_all() == 1
    assert ages(database, "daily") == [90, 80, 60]


async def test_what_was_pruned_is_not_planned_anew(database: Database) -> None:
    for days in (90, 60, 2):
        ran(database, "daily", days)
    last = database.read_now(lambda session: job_runs.last_planned(session, ["daily"]))
    await Pruner(database).prune_all()
    assert database.read_now(lambda session: job_runs.last_planned(session, ["daily"])) == last
