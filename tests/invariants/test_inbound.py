"""Promises about what arrives: stored once answered, one effect, nothing half done, nobody starved.

The rest of the promises about what arrives, shown with real processes: test_inbound_processes.py.
"""

import asyncio
import sqlite3
from collections import Counter

import pytest
import sqlalchemy as sa
from sqlmodel import Session

from bot.intake import SQLITE_AHEAD
from connectors.chat import File
from storage import inbox
from storage.database import Database, system_now
from storage.dialects import table
from tests.inbound import (
    BINDING,
    Scene,
    order_of_effects,
    said,
    states,
    traces,
)

WHOLE = Counter({"effect": 1, "reply": 1})
TOLD = Counter({"refusal": 1})


@pytest.mark.parametrize("fault", ["raise-once", "hang", "slow-select", "slow-statements", "swallow"])
async def test_invariant_02_a_failing_handler_leaves_one_row_and_no_half_work(
    database: Database, fault: str
) -> None:
    scene = Scene(database)
    answer = await scene.take(said("m:1", fault))
    assert answer.status == 200
    assert states(database) == {"m:1": ("pending", 1)}
    assert traces(database) == {}


async def test_invariant_02_delivered_again_a_failed_event_is_not_done_a_second_time(
    database: Database,
) -> None:
    scene = Scene(database)
    for _ in range(3):
        assert (await scene.take(said("m:1", "raise-once"))).status == 200
    await scene.retry_all()
    assert traces(database) == {"m:1": WHOLE}
    assert scene.script.runs["m:1"] == 2


async def test_invariant_02_what_the_edge_gave_up_is_done_once_however_it_ends(database: Database) -> None:
    scene = Scene(database)
    scene.connector.edge_timeout = 0.05
    assert (await scene.take(said("m:1", "slow-statements"))).status == 503
    scene.connector.edge_timeout = 5.0
    assert (await scene.take(said("m:1", "slow-statements"))).status == 200
    assert states(database) == {"m:1": ("pending", 1)}
    assert traces(database) == {}


async def test_invariant_02_a_refusal_keeps_its_reply_and_nothing_else(database: Database) -> None:
    scene = Scene(database)
    assert (await scene.take(said("m:1", "refuse"))).status == 200
    assert traces(database) == {"m:1": Counter({"refusal": 1})}
    assert states(database) == {"m:1": ("done", 0)}


async def test_a_click_delivered_again_gets_the_answer_of_the_first(database: Database) -> None:
    scene = Scene(database)
    answers = [(await scene.take(said("c:1", "press"))).body.decode() for _ in range(2)]
    assert answers == ["done press", "done press"]
    assert traces(database) == {"c:1": WHOLE}


async def test_invariant_03_an_interrupted_write_in_a_group_spares_the_others(sqlite_url: str) -> None:
    database = Database(sqlite_url)
    scene = Scene(database)
    write = scene.script.dispatch

    def interrupted(session: Session, incoming, moment):  # type: ignore[no-untyped-def]
        outcome = write(session, incoming, moment)
        if incoming.message_key == "m:2":
            _interrupt_a_write(session)
        return outcome

    scene.script.dispatch = interrupted  # type: ignore[method-assign]
    broken = Scene(database)
    broken.intake._dispatch = interrupted
    answers = await asyncio.gather(*(broken.take(said(f"m:{n}", "ok", chat=f"c{n}")) for n in range(5)))
    assert [answer.status for answer in answers] == [200, 200, 503, 200, 200]
    assert traces(database) == {f"m:{n}": WHOLE for n in (0, 1, 3, 4)}
    assert "m:2" not in states(database)
    kept = sa.select(table("number_counter").c.kind)
    assert "leak" not in database.read_now(lambda s: s.execute(kept).scalars().all()), "written on its own"
    database.close()


def _interrupt_a_write(session: Session) -> None:
    """SQLite ends the whole transaction then; the handler does not care and writes on."""
    raw = session.connection().connection.dbapi_connection
    assert isinstance(raw, sqlite3.Connection)
    raw.set_progress_handler(lambda: True, 1)
    try:
        session.execute(sa.update(table("security_log")).values(detail="x"))
    except sa.exc.OperationalError:
        raw.set_progress_handler(None, 1)
    session.execute(sa.insert(table("number_counter")).values(kind="leak", next_value=1))


async def test_invariant_05_poison_ends_aside_after_five_counted_attempts(database: Database) -> None:
    scene = Scene(database)
    assert (await scene.take(said("m:1", "raise"))).status == 200
    await scene.retry_all()
    assert scene.script.runs["m:1"] == inbox.ATTEMPTS == 5
    assert states(database) == {"m:1": ("aside", 5)}
    assert traces(database) == {"m:1": TOLD}, "nothing of it was done, and its sender was told so once"
    assert scene.script.refused[0].startswith("“raise”没能办成，什么也没改。")
    listed = database.read_now(lambda s: inbox.list_aside(s.connection()))
    assert [(row[1], row[2], row[4].partition(":")[0]) for row in listed] == [
        (BINDING, "m:1", "ZeroDivisionError")
    ]


async def test_invariant_05_a_lock_held_by_others_is_never_counted(postgres_url: str) -> None:
    database = Database(postgres_url)
    scene = Scene(database, work_seconds=0.8)
    await scene.take(said("m:0", "ok"))
    with database.engine.begin() as conn:
        conn.execute(sa.text("SELECT id FROM conversation FOR NO KEY UPDATE"))
        assert (await scene.take(said("m:1", "ok"))).status == 200
        assert states(database)["m:1"] == ("pending", 0)
        for _ in range(3):
            database.write_now(_make_due_now)
            assert await scene.pending.step()
            assert states(database)["m:1"] == ("pending", 0)
    await scene.retry_all()
    assert traces(database)["m:1"] == WHOLE
    database.close()


def _make_due_now(session: Session) -> None:
    session.execute(
        sa.text("UPDATE inbox SET next_at = :now WHERE state = 'pending'").bindparams(
            sa.bindparam("now", system_now(session), type_=table("inbox").c.next_at.type)
        )
    )


async def test_invariant_06_a_worker_stalled_past_its_lease_changes_nothing(database: Database) -> None:
    scene = Scene(database)
    await scene.take(said("m:1", "raise-once"))
    claims = []
    for _ in range(2):  # the first stalls, its lease passes, the second claims
        database.write_now(_make_due_now)
        claims.append(await scene.pending._claim())
    stalled, current = claims
    assert stalled is not None
    assert current is not None
    await scene.pending._work(current)
    await scene.pending._work(stalled)
    assert traces(database) == {"m:1": WHOLE}
    assert states(database)["m:1"] == ("done", 3)


async def test_invariant_07_one_chat_cannot_starve_the_others_and_keeps_its_order(
    database: Database,
) -> None:
    scene = Scene(database, work_seconds=30)
    scene.connector.edge_timeout = 60
    flood = [scene.take(said(f"flood:{n:03}", "ok", chat="busy")) for n in range(200)]
    others = [scene.take(said(f"other:{n:02}", "ok", chat=f"c{n}")) for n in range(60)]
    async with asyncio.timeout(60):
        answers = await asyncio.gather(*flood, *others)
    assert {answer.status for answer in answers} == {200}
    effects = order_of_effects(database)
    in_chat = [key for key in effects if key.startswith("flood")]
    assert in_chat == sorted(in_chat)
    last_other = max(effects.index(f"other:{n:02}") for n in range(60))
    before = sum(key.startswith("flood") for key in effects[:last_other])
    assert before < 150


async def test_more_than_the_capacity_is_turned_away_at_once(sqlite_url: str) -> None:
    database = Database(sqlite_url)
    scene = Scene(database, work_seconds=30, capacity=100)
    scene.connector.edge_timeout = 60
    events = [scene.take(said(f"m:{n}", "ok", chat=f"c{n}")) for n in range(100 + SQLITE_AHEAD + 50)]
    async with asyncio.timeout(30):
        answers = await asyncio.gather(*events)
    counted = Counter(answer.status for answer in answers)
    assert counted == {200: 100 + SQLITE_AHEAD, 503: 50}
    assert len(order_of_effects(database)) == counted[200]
    database.close()


async def test_invariant_22_under_a_spent_header_no_decision_is_taken(database: Database) -> None:
    scene = Scene(database)
    pair = "1772413200000"
    await scene.take(said("robot:m:honest", "ok", proof=pair))
    forged = await scene.take(said("robot:m:forged", "decide 同意 R12", proof=pair))
    assert (forged.status, forged.body) == (200, b"")
    assert traces(database)["robot:m:forged"] == Counter({"code": 1, "reply": 1})
    await scene.take(said("robot:m:other", "decide 同意 R12", proof="1772413200001"))
    assert traces(database)["robot:m:other"] == Counter({"decide": 1, "reply": 1})


async def test_invariant_22_a_doubtful_event_stays_doubtful_when_it_is_tried_again(
    database: Database,
) -> None:
    scene = Scene(database)
    await scene.take(said("robot:m:honest", "ok", proof="1"))
    dispatch, seen = scene.script.dispatch, []

    def first_fails(session, incoming, moment):  # type: ignore[no-untyped-def]
        seen.append(incoming.doubtful)
        if len(seen) == 1:
            raise ZeroDivisionError
        return dispatch(session, incoming, moment)

    scene.intake._dispatch = scene.pending._dispatch = first_fails
    await scene.take(said("robot:m:forged", "decide 同意 R12", proof="1"))
    await scene.retry_all()
    assert seen == [True, True]
    assert traces(database)["robot:m:forged"] == Counter({"code": 1, "reply": 1})


async def test_an_event_that_needs_a_file_is_fetched_between_two_transactions(database: Database) -> None:
    scene = Scene(database)
    scene.connector.files["h1"] = b"report"
    await scene.take(said("m:1", "fetch", files=(File("材料.pdf", "h1"),)))
    assert states(database) == {"m:1": ("pending", 0)}
    await scene.retry_all()
    assert traces(database) == {"m:1": WHOLE}
    assert database.read_now(lambda s: s.execute(sa.text("SELECT data FROM blob")).scalar()) == b"report"


async def test_an_event_whose_file_cannot_be_had_ends_aside(database: Database) -> None:
    scene = Scene(database)
    await scene.take(said("m:1", "fetch", files=(File("材料.pdf", "gone"),)))
    await scene.retry_all()
    assert states(database) == {"m:1": ("aside", 5)}
    assert traces(database) == {"m:1": TOLD}


async def test_a_refusal_that_cannot_be_kept_is_tried_again(database: Database) -> None:
    scene = Scene(database)

    def broken(session, incoming, refusal, moment):  # type: ignore[no-untyped-def]
        raise LookupError

    scene.intake._refuse = broken
    assert (await scene.take(said("m:1", "refuse"))).status == 200
    assert states(database) == {"m:1": ("pending", 1)}
    await scene.retry_all()
    assert traces(database) == {"m:1": Counter({"refusal": 1})}
