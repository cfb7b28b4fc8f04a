"""The outbound path under kills, pauses and a platform that loses, resets and stalls.

Seen red, each with one edit: 9 without the partial unique index and its guard; 10 with an expired lease
taken as unsent; 11 with a dead address that stops its app; 18 with leases that follow the moved clock.
"""

import asyncio
import random
from collections import defaultdict
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from bot.delivery import Delivery
from bot.scheduler import Scheduler
from connectors import chat
from storage import outbox
from storage.clock import Moment
from storage.database import Database, system_now
from storage.dialects import table
from storage.job_runs import ChunkResult, Job, JobRunState
from storage.models import OutboxEntry, OutboxState
from storage.outbox import Outgoing
from tests.loopback import FakePlatform, LoopbackConnector, NoBlobs, serving
from tests.replicas import Replicas, running, sender

CHATS, EACH = 30, 8
LEASE = 3.0
KEYED, KEYLESS = "keyed", "keyless"
FAULTS = {"lose": 0.02, "busy": 0.03, "reset": 0.02, "stall": 0.004, "slow": 0.05}
OPEN = (OutboxState.DUE, OutboxState.SENDING)


def fill(session: Session) -> None:
    """Words are ``chat/lane/number``; half of the chats are on a platform that knows no keys."""
    dice = random.Random(3)
    items = []
    for n in range(CHATS):
        binding = KEYED if n % 2 else KEYLESS
        there = outbox.address_for(
            session, binding=binding, app=f"app:{binding}", kind="group", target=f"oc_{n}"
        )
        for number in range(EACH):
            lane = dice.randrange(2)
            words = f"oc_{n}/{lane}/{number:02}"
            items.append(
                Outgoing(
                    address_id=there,
                    body=chat.dump(chat.Text(words)),
                    dedup_key=words,
                    lane=lane,
                    on_unknown=dice.choice(["again", "hold"]),
                    due_at=system_now(session),
                )
            )
    outbox.enqueue(session, items, key=b"k")


def all_rows(url: str) -> list[OutboxEntry]:
    database = Database(url, read_only=True)
    try:
        return database.read_now(lambda session: list(session.scalars(sa.select(OutboxEntry))))
    finally:
        database.close()


async def reached(platforms: list[FakePlatform], is_enough: Callable[[], bool]) -> None:
    """Looks whenever a call comes, and a little later for what is recorded after the last one."""
    while not is_enough():
        waits = [asyncio.create_task(platform.arrived.wait()) for platform in platforms]
        await asyncio.wait(waits, timeout=0.1, return_when=asyncio.FIRST_COMPLETED)
        for platform, wait in zip(platforms, waits, strict=True):
            wait.cancel()
            platform.arrived.clear()


@pytest.fixture
async def platforms() -> AsyncIterator[list[FakePlatform]]:
    """The keyed one and the keyless one; the last chat but one of each is gone."""
    async with AsyncExitStack() as stack:
        made = [FakePlatform(honours_key=keyed, chances=FAULTS, seed=5 + keyed) for keyed in (True, False)]
        for platform in made:
            platform.always |= {"oc_1": "gone", "oc_2": "gone"}
            await stack.enter_async_context(serving(platform))
        yield made


async def torment(replicas: Replicas, platforms: list[FakePlatform], kills: int) -> None:
    """A kill after each so many calls, and a pause shorter than half a lease."""
    dice = random.Random(11)
    for _ in range(kills):
        seen = sum(platform.calls for platform in platforms)
        await reached(platforms, lambda seen=seen: sum(platform.calls for platform in platforms) >= seen + 12)
        replicas.kill(dice.randrange(len(replicas.processes)))
        with replicas.paused(dice.randrange(len(replicas.processes))):
            await reached(platforms, _after(3))


def _after(looks: int) -> Callable[[], bool]:
    left = iter(range(looks))
    return lambda: next(left, None) is None


@pytest.mark.parametrize(("engine", "count", "kills"), [("sqlite", 1, 5), ("postgres", 3, 9)])
async def test_invariant_09_order_is_kept_and_nothing_doubles_under_kills(
    request: pytest.FixtureRequest, platforms: list[FakePlatform], engine: str, count: int, kills: int
) -> None:
    url: str = request.getfixturevalue(f"{engine}_url")
    database = Database(url)
    database.write_now(fill)
    database.close()
    places = [(KEYED, platforms[0].url, 3600.0), (KEYLESS, platforms[1].url, 0.0)]
    async with asyncio.timeout(90):
        with running(lambda _: sender(url, places, LEASE), count) as replicas:
            await torment(replicas, platforms, kills)
            await reached(platforms, lambda: not any(row.state in OPEN for row in all_rows(url)))
    rows = {row.dedup_key: row for row in all_rows(url)}
    for platform in platforms:
        assert platform.overlaps == 0
        check_order(platform)
    check_doubles(platforms[0], rows, keyed=True)
    check_doubles(platforms[1], rows, keyed=False)
    check_outcomes(platforms, rows)


def check_order(platform: FakePlatform) -> None:
    """Invariant 9: within a chat and lane, each message is first seen after those before it."""
    last: dict[str, str] = {}
    for words in dict.fromkeys(shown.words for shown in platform.shown):
        chat_and_lane, _, number = words.rpartition("/")
        assert last.get(chat_and_lane, "") < number, words
        last[chat_and_lane] = number


def check_doubles(platform: FakePlatform, rows: dict[str, OutboxEntry], *, keyed: bool) -> None:
    """Invariant 10: no double with a key or ``hold``, and every double is marked."""
    times: dict[str, int] = defaultdict(int)
    for shown in platform.shown:
        times[shown.words] += 1
    doubles = [rows[words] for words, count in times.items() if count > 1]
    assert not (keyed and doubles)
    assert all(row.on_unknown == "again" and row.maybe_twice for row in doubles)
    assert all(count <= 2 for count in times.values())


def check_outcomes(platforms: list[FakePlatform], rows: dict[str, OutboxEntry]) -> None:
    shown = {each.words for platform in platforms for each in platform.shown}
    for words, row in rows.items():
        gone = words.split("/")[0] in ("oc_1", "oc_2")
        assert (row.state == OutboxState.REFUSED) is gone
        if row.state == OutboxState.DELIVERED:
            assert words in shown
        elif not gone:
            assert row.state == OutboxState.UNKNOWN
            assert row.on_unknown == "hold" or row.maybe_twice


@pytest.mark.parametrize("way", ["reset", "stall", "kill"])
@pytest.mark.parametrize(
    ("key_life", "on_unknown", "shown", "state"),
    [
        (3600.0, "hold", 1, OutboxState.DELIVERED),
        (0.0, "again", 2, OutboxState.DELIVERED),  # once more, and marked
        (0.0, "hold", 1, OutboxState.UNKNOWN),
    ],
)
async def test_invariant_10_unknown_is_not_failed(
    engine_url: str, way: str, key_life: float, on_unknown: str, shown: int, state: OutboxState
) -> None:
    platform = FakePlatform(honours_key=key_life > 0, faults={"oc_1": [way.replace("kill", "stall")]})

    def put(session: Session) -> None:
        there = outbox.address_for(session, binding="b", app="app:b", kind="group", target="oc_1")
        item = Outgoing(
            address_id=there,
            body=chat.dump(chat.Text("m")),
            dedup_key="m",
            on_unknown=on_unknown,
            due_at=system_now(session),
        )
        outbox.enqueue(session, [item], key=b"k")

    def time_passes(session: Session) -> None:
        session.execute(sa.update(table("address")).values(not_before=None))
        session.execute(sa.update(table("outbox")).values(lease_until=datetime(2020, 1, 1, tzinfo=UTC)))

    async with serving(platform), asyncio.timeout(30):
        database = Database(engine_url)
        database.write_now(put)
        if way == "kill":
            database.close()
            with running(lambda _: sender(engine_url, [("b", platform.url, key_life)], 60.0), 1):
                await platform.arrived.wait()
            database = Database(engine_url)
        connector = LoopbackConnector(platform.url, key_life=key_life, app="app:b", binding="b")
        delivery = Delivery(database, {"b": connector}, NoBlobs(), call_timeout=0.2)
        for _ in range(3):
            await delivery.drain()
            database.write_now(time_passes)
        await connector.close()
        database.close()
    [row] = all_rows(engine_url)
    assert (len(platform.shown), row.state, row.maybe_twice) == (shown, state, shown > 1)


async def test_invariant_11_a_dead_and_a_slow_address_hold_up_nobody_else(database: Database) -> None:
    platform = FakePlatform(always={"oc_1": "gone", "oc_2": "stall"})

    def work(session: Session) -> None:
        for n in range(60):
            there = outbox.address_for(session, binding="b", app="a", kind="group", target=f"oc_{n}")
            for number in range(2):
                words = f"{n}/{number}"
                message = chat.dump(chat.Text(words))
                item = Outgoing(address_id=there, body=message, dedup_key=words, due_at=system_now(session))
                outbox.enqueue(session, [item], key=b"k")

    database.write_now(work)
    async with serving(platform), asyncio.timeout(30):
        connector = LoopbackConnector(platform.url, app="a", binding="b")
        delivery = Delivery(database, {"b": connector}, NoBlobs(), in_flight=4)
        sending = asyncio.create_task(delivery.run())
        await reached([platform], lambda: len(platform.shown) == 58 * 2 + 1)  # the slow one's first, too
        assert platform.words("oc_1") == []
        platform.always.clear()
        platform.release()
        await reached([platform], lambda: len(platform.shown) == 58 * 2 + 2)
        await delivery.stop()
        await sending
        await connector.close()
    assert platform.words("oc_2") == ["2/0", "2/1"]


async def test_invariant_18_moving_the_demo_clock_sends_nothing_twice(database: Database) -> None:
    platform = FakePlatform(honours_key=False, faults={"oc_1": ["stall"], "oc_2": ["stall"]})
    start = datetime(2026, 12, 8, 0, 0, tzinfo=UTC)
    clock = [start]

    def chunk(session: Session, run: JobRunState, moment: Moment) -> ChunkResult:
        for n in range(1, 4):
            there = outbox.address_for(session, binding="b", app="a", kind="group", target=f"oc_{n}")
            words = f"{run.planned:%d}/{n}"
            message = chat.dump(chat.Text(words))
            item = Outgoing(address_id=there, body=message, dedup_key=words, lane=1, due_at=moment.system)
            outbox.enqueue(session, [item], key=b"k")
        return ChunkResult(done=True)

    async with serving(platform), asyncio.timeout(30):
        connector = LoopbackConnector(platform.url, key_life=0.0, app="a", binding="b")
        delivery = Delivery(database, {"b": connector}, NoBlobs())
        job = Job("remind", {"hour": 9, "minute": 0}, chunk, catch_up="each")
        scheduler = Scheduler(
            database,
            [job],
            lambda: Moment(business=clock[0], system=datetime.now(UTC)),
            wake_delivery=delivery.wake,
        )
        sending = asyncio.create_task(delivery.run())
        await scheduler.tick()
        clock[0] = start + timedelta(hours=2)
        await scheduler.tick()
        await reached([platform], lambda: len(platform.shown) == 3)  # two of them still in flight
        clock[0] = start + timedelta(days=1, hours=2)
        await scheduler.tick()
        await reached([platform], lambda: len(platform.shown) == 4)  # only the free chat goes on
        another = Delivery(database, {"b": connector}, NoBlobs())
        for _ in range(2):  # what a replica takes for lost is sent when its back-off has passed
            await another.drain()
            database.write_now(lambda s: s.execute(sa.update(table("address")).values(not_before=None)))
        assert platform.calls == 4
        platform.release()
        await reached([platform], lambda: len(platform.shown) == 6)
        await delivery.stop()
        await sending
        await connector.close()
    assert [platform.words(f"oc_{n}") for n in (1, 2, 3)] == [[f"08/{n}", f"09/{n}"] for n in (1, 2, 3)]
    assert platform.calls == 6
