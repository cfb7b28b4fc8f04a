"""Promises about what arrives that rest on the database: no deadlock, long memory, on disk."""

import json
import random
import subprocess
import sys
import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlmodel import Session

from commands.access import Rights, rights_of, tasks_for
from connectors.dingtalk.connector import DingTalkConnector
from connectors.feishu.connector import AHEAD, FeishuConnector
from connectors.feishu.settings import FeishuSettings
from connectors.tokens import MemoryTokenStore
from connectors.wecom.connector import WeComConnector
from storage import inbox, outbox
from storage.backup import backup
from storage.database import Database
from storage.dialects import table
from storage.engines import parse, postgres_engine
from storage.queries import conversations
from tests import factories
from tests.connectors.feishu import sealing
from tests.connectors.feishu.scene import KEYS
from tests.inbound import BINDING, Scene, said, traces

THREADS, TRANSACTIONS = 8, 320
COUNTER = table("number_counter")


def test_invariant_08_conversations_tasks_and_keys_in_any_order_never_deadlock(postgres_url: str) -> None:
    engine = postgres_engine(parse(postgres_url), pool=THREADS)
    with Session(engine) as session:
        numbers, rights, addresses = _prepare(session)
        session.commit()

    def work(no: int) -> None:
        dice = random.Random(no)
        with Session(engine) as session:
            conversations.enter(session, said(f"m:{no}", "ok", chat=f"c{dice.randrange(4)}"))
            tasks_for(session, rights, dice.sample(numbers, 3), lock=True)
            keys = dice.sample(range(no // 8, no // 8 + 6), 4)
            now = datetime.now(UTC)
            messages = [outbox.Outgoing(dice.choice(addresses), "{}", f"key:{key}", now) for key in keys]
            outbox.enqueue(session, messages, key=b"key")
            session.commit()

    with ThreadPoolExecutor(THREADS) as pool:
        done = [pool.submit(work, no) for no in range(TRANSACTIONS)]
        failed = Counter(getattr(f.exception(30), "orig", f.exception()).__class__.__name__ for f in done)
    engine.dispose()
    assert failed == {"NoneType": TRANSACTIONS}


def test_invariant_08_the_same_keys_at_the_same_moment_never_deadlock(postgres_url: str) -> None:
    engine = postgres_engine(parse(postgres_url), pool=THREADS)
    with Session(engine) as session:
        addresses = _prepare(session)[2]
        session.commit()
    together = threading.Barrier(THREADS, timeout=30)

    def work(thread: int) -> None:
        dice, now = random.Random(thread), datetime.now(UTC)
        for round_no in range(10):
            keys = dice.sample(range(60), 40)
            messages = [outbox.Outgoing(addresses[0], "{}", f"{round_no}:{key}", now) for key in keys]
            with Session(engine) as session:
                session.connection()
                together.wait()
                outbox.enqueue(session, messages, key=b"key")
                session.commit()

    with ThreadPoolExecutor(THREADS) as pool:
        failed = [done.exception(30) for done in [pool.submit(work, no) for no in range(THREADS)]]
    engine.dispose()
    assert failed == [None] * THREADS


def _prepare(session: Session) -> tuple[list[int], Rights, list[int]]:
    """Ten tasks, somebody who may see them all, and addresses whose chats others are working in."""
    case = factories.make_case(session)
    numbers = list(range(500, 510))
    for number in numbers:
        factories.make_task(session, case.initiative, case.units["环保局"], number=number)
    addresses = []
    for no in range(4):
        chat = conversations.enter(session, said("m:0", "ok", chat=f"c{no}"))
        where = {"binding": BINDING, "app": "plain:1", "kind": "group", "target": chat.platform_id}
        addresses.append(outbox.address_for(session, **where, conversation_id=chat.id))
    return numbers, rights_of(session, case.people["陈立"], factories.NOW.date()), addresses


LADDER = {  # seconds from the first delivery to the last
    FeishuConnector: 15 + 300 + 3600 + 6 * 3600,
    DingTalkConnector: 10 + 30,
    WeComConnector: 3 * 5,
}


@pytest.mark.parametrize("connector", LADDER)
def test_invariant_21_keys_are_kept_longer_than_window_and_ladder(connector: type) -> None:
    longest = timedelta(seconds=connector.patience + AHEAD + LADDER[connector])  # type: ignore[attr-defined]
    assert longest < inbox.KEEP


async def test_invariant_21_the_last_redelivery_passes_with_its_first_timestamp_and_has_no_effect(
    database: Database,
) -> None:
    scene = Scene(database)
    feishu = FeishuConnector(FeishuSettings(**KEYS), "feishu", MemoryTokenStore())
    body = sealing.body_of(_spoken("ok"))
    first = sealing.signed(body)
    for after in (timedelta(), timedelta(hours=7, minutes=5)):
        received = feishu.receive(first, sealing.NOW + after)
        assert received.incoming is not None
        assert (await scene.intake.take(feishu, received)).status == 200
    assert traces(database) == {"m:om_1": Counter({"effect": 1, "reply": 1})}


def _spoken(text: str) -> dict[str, object]:
    header = {
        "event_id": "e1",
        "event_type": "im.message.receive_v1",
        "token": KEYS["verification_token"],
        "app_id": KEYS["app_id"],
        "tenant_key": "t",
        "create_time": "1772413200000",
    }
    sender = {"sender_id": {"open_id": "ou_1"}, "sender_type": "user", "tenant_key": "t"}
    message = {
        "message_id": "om_1",
        "chat_id": "oc_1",
        "chat_type": "p2p",
        "message_type": "text",
        "content": json.dumps({"text": text}),
        "create_time": "1772413200000",
    }
    return {"schema": "2.0", "header": header, "event": {"sender": sender, "message": message}}


def test_invariant_24_every_answered_event_was_synchronised_to_disk(sqlite_url: str) -> None:
    root = Path(__file__).parents[2]
    ran = subprocess.run(
        [sys.executable, "tests/fsyncs.py", sqlite_url, "40"],
        cwd=root,
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    if ran.stdout.strip() == "not permitted":  # a machine where nobody may trace: what SQLite says must do
        database = Database(sqlite_url)
        assert database.write_now(lambda s: s.execute(sa.text("PRAGMA synchronous")).scalar()) == 2
        database.close()
    else:
        assert int(ran.stdout) >= 40


def test_invariant_24_a_backup_is_a_prefix_of_the_commits(sqlite_url: str, tmp_path: Path) -> None:
    database = Database(sqlite_url)
    committed, enough = 0, threading.Event()

    def write_on() -> None:
        nonlocal committed
        while not enough.is_set():
            row = {"kind": str(committed), "next_value": committed}
            database.write_now(lambda s, row=row: s.execute(sa.insert(COUNTER).values(**row)) and None)  # type: ignore[misc]
            committed += 1

    writer = threading.Thread(target=write_on)
    writer.start()
    try:
        for no in range(4):
            before = committed
            backup(sqlite_url, tmp_path / f"{no}.db")
            after = committed
            copy = Database(f"sqlite:///{tmp_path / f'{no}.db'}", read_only=True)
            held = copy.read_now(lambda s: sorted(s.execute(sa.select(COUNTER.c.next_value)).scalars()))
            copy.close()
            assert held == list(range(len(held)))
            assert before <= len(held) <= after + 1
    finally:
        enough.set()
        writer.join(10)
        database.close()
