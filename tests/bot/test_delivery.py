"""Delivery against a platform on loopback that misbehaves, on both engines."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from datetime import timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from bot.delivery import Delivery
from bot.pace import Rates
from connectors import chat
from storage import outbox
from storage.database import Database, system_now
from storage.dialects import table
from storage.models import Conversation, OutboxEntry, OutboxState, SentCard
from storage.outbox import Outgoing
from storage.rates import Limit
from tests.loopback import APP, BINDING, FakePlatform, LoopbackConnector, NoBlobs, serving

PATIENCE = 20  #: seconds after which a test has failed


@pytest.fixture
async def platform() -> AsyncIterator[FakePlatform]:
    async with serving(FakePlatform()) as running:
        yield running


@pytest.fixture
async def connector(platform: FakePlatform) -> AsyncIterator[LoopbackConnector]:
    made = LoopbackConnector(platform.url)
    yield made
    await made.close()


@pytest.fixture
def delivery(database: Database, connector: LoopbackConnector) -> Delivery:
    return Delivery(database, {BINDING: connector}, NoBlobs(), call_timeout=0.3)


def put(
    database: Database, target: str, *words: str, lane: int = 0, kind: str = "group", **more: object
) -> None:
    """Messages into the outbox; a message's words are also its key."""

    def work(session: Session) -> None:
        there = outbox.address_for(session, binding=BINDING, app=APP, kind=kind, target=target)
        items = [
            Outgoing(
                address_id=there,
                dedup_key=text,
                lane=lane,
                due_at=system_now(session),
                **{"body": chat.dump(chat.Text(text)), **more},  # type: ignore[arg-type]
            )
            for text in words
        ]
        outbox.enqueue(session, items, key=b"k")

    database.write_now(work)


def rows(database: Database) -> dict[str, OutboxEntry]:
    return database.read_now(lambda s: {row.dedup_key: row for row in s.scalars(sa.select(OutboxEntry))})


def states(database: Database) -> dict[str, str]:
    return {key: row.state.value for key, row in rows(database).items()}


def open_gates(database: Database) -> None:
    """As if the waiting times had passed."""

    def work(session: Session) -> None:
        session.execute(sa.update(table("address")).values(not_before=None))
        session.execute(sa.update(table("app_state")).values(not_before=None))

    database.write_now(work)


async def drain(delivery: Delivery) -> None:
    async with asyncio.timeout(PATIENCE):
        await delivery.drain()


async def test_messages_of_one_chat_arrive_in_order(
    database: Database, platform: FakePlatform, delivery: Delivery
) -> None:
    put(database, "oc_1", *(f"m{n}" for n in range(9)))
    put(database, "oc_2", "other")
    await drain(delivery)
    assert platform.words("oc_1") == [f"m{n}" for n in range(9)]
    assert set(states(database).values()) == {"delivered"}
    assert platform.overlaps == 0


async def test_answers_go_before_reminders(
    database: Database, platform: FakePlatform, delivery: Delivery
) -> None:
    put(database, "oc_1", "reminder", lane=1)
    put(database, "oc_1", "answer")
    await drain(delivery)
    assert platform.words("oc_1") == ["answer", "reminder"]


async def test_a_busy_platform_delays_and_keeps_the_order(
    database: Database, platform: FakePlatform, delivery: Delivery
) -> None:
    platform.faults["oc_1"] = ["busy"]
    put(database, "oc_1", "first", "second")
    await drain(delivery)
    assert (platform.words("oc_1"), states(database)["first"]) == ([], "due")
    open_gates(database)
    await drain(delivery)
    assert platform.words("oc_1") == ["first", "second"]


@pytest.mark.parametrize("fault", ["reset", "stall"])
async def test_an_accepted_message_without_an_answer_is_not_shown_twice(
    database: Database, platform: FakePlatform, delivery: Delivery, fault: str
) -> None:
    platform.faults["oc_1"] = [fault]
    put(database, "oc_1", "first", "second")
    await drain(delivery)
    assert states(database) == {"first": "due", "second": "due"}
    open_gates(database)
    await drain(delivery)
    assert platform.words("oc_1") == ["first", "second"]
    assert rows(database)["first"].maybe_twice is False


async def test_a_dead_chat_refuses_what_waits_behind_and_disturbs_nobody(
    database: Database, platform: FakePlatform, delivery: Delivery
) -> None:
    platform.always["oc_1"] = "gone"
    put(database, "oc_1", "a", "b")
    put(database, "oc_2", "c")
    await drain(delivery)
    assert states(database) == {"a": "refused", "b": "refused", "c": "delivered"}
    assert platform.calls == 2


async def test_a_refused_message_does_not_hold_up_the_next(
    database: Database, platform: FakePlatform, delivery: Delivery
) -> None:
    platform.faults["oc_1"] = ["broken"]
    put(database, "oc_1", "a", "b")
    put(database, "oc_1", "c", body="no message")
    await drain(delivery)
    assert states(database) == {"a": "refused", "b": "delivered", "c": "refused"}
    assert rows(database)["a"].result == "broken"


async def test_a_refused_credential_stops_the_app_and_loses_nothing(
    database: Database, platform: FakePlatform, delivery: Delivery
) -> None:
    platform.faults["oc_1"] = ["denied"]
    put(database, "oc_1", "a", "b")
    await drain(delivery)
    assert states(database) == {"a": "due", "b": "due"}
    put(database, "oc_2", "c")
    await drain(delivery)
    assert platform.calls == 1
    open_gates(database)
    await drain(delivery)
    assert (platform.words("oc_1"), platform.words("oc_2")) == (["a", "b"], ["c"])


def card_row(database: Database, *, handle: str) -> None:
    def work(session: Session) -> None:
        there = outbox.address_for(session, binding=BINDING, app=APP, kind="group", target="oc_1")
        now = system_now(session)
        session.add(
            SentCard(
                id="c1",
                subject="task:1",
                address_id=there,
                card="{}",
                handle=handle,
                updatable=bool(handle),
                created_at=now,
            )
        )

    database.write_now(work)


DONE = chat.dump(chat.card("已办结"))


async def test_a_replaced_card_is_redrawn_and_nothing_new_is_sent(
    database: Database, platform: FakePlatform, delivery: Delivery
) -> None:
    card_row(database, handle="om_1")
    put(database, "oc_1", "redraw", body=DONE, replaces="c1")
    await drain(delivery)
    assert (platform.redrawn, platform.shown) == ([("om_1", "已办结")], [])
    assert states(database) == {"redraw": "delivered"}


@pytest.mark.parametrize(("or_send", "state", "shown"), [(False, "refused", 0), (True, "delivered", 1)])
async def test_a_card_that_cannot_be_redrawn_is_sent_only_where_the_row_says_so(
    database: Database, platform: FakePlatform, delivery: Delivery, or_send: bool, state: str, shown: int
) -> None:
    card_row(database, handle="om_1")
    platform.always["om_1"] = "broken"
    put(database, "oc_1", "redraw", body=DONE, replaces="c1", or_send=or_send)
    put(database, "oc_1", "next")
    await drain(delivery)
    assert states(database) == {"redraw": state, "next": "delivered"}
    assert len(platform.words("oc_1")) == shown + 1


async def test_a_card_that_was_never_sent_goes_out_as_it_should_look_now(
    database: Database, platform: FakePlatform, delivery: Delivery
) -> None:
    card_row(database, handle="")
    put(database, "oc_1", "card", body=chat.dump(chat.card("办理中")), card_id="c1", lane=1)
    put(database, "oc_1", "redraw", body=DONE, replaces="c1")
    await drain(delivery)
    assert platform.words("oc_1") == ["【已办结】"]
    handle = database.read_now(lambda s: s.get_one(SentCard, "c1").handle)
    assert handle.startswith("oc_1/")


async def test_the_groups_push_address_travels_with_the_message(
    database: Database, platform: FakePlatform, delivery: Delivery
) -> None:
    def work(session: Session) -> None:
        group = Conversation(binding=BINDING, kind="group", platform_id="oc_1", push_secret="s3cret")
        session.add(group)
        session.flush()
        outbox.address_for(
            session, binding=BINDING, app=APP, kind="group", target="oc_1", conversation_id=group.id
        )

    database.write_now(work)
    put(database, "oc_1", "a")
    await drain(delivery)
    assert platform.secrets == ["s3cret"]


async def test_what_is_past_its_time_is_not_sent(
    database: Database, platform: FakePlatform, delivery: Delivery
) -> None:
    put(database, "oc_1", "old", expires_at=database.now() - timedelta(seconds=1))
    put(database, "oc_1", "new", expires_at=database.now() + timedelta(hours=1))
    await drain(delivery)
    assert states(database) == {"old": "expired", "new": "delivered"}


async def test_the_app_is_never_faster_than_its_rate(
    database: Database, platform: FakePlatform, connector: LoopbackConnector
) -> None:
    pace = Rates(app=Limit(20, 2), chat=Limit(1000, 1000))
    delivery = Delivery(database, {BINDING: connector}, NoBlobs(), rates={"loopback": pace})
    for n in range(8):
        put(database, f"oc_{n}", f"m{n}")
    began = asyncio.get_running_loop().time()
    await drain(delivery)
    assert len(platform.shown) == 8
    assert asyncio.get_running_loop().time() - began >= (8 - 2) / 20 - 0.02


async def test_one_chat_at_its_rate_does_not_hold_up_others(
    database: Database, platform: FakePlatform, connector: LoopbackConnector
) -> None:
    pace = Rates(app=Limit(1000, 1000), chat=Limit(10, 1))
    delivery = Delivery(database, {BINDING: connector}, NoBlobs(), rates={"loopback": pace})
    put(database, "oc_1", "a1", "a2", "a3")
    put(database, "oc_2", "b1")
    await drain(delivery)
    assert [each.words for each in platform.shown] in (
        ["a1", "b1", "a2", "a3"],
        ["b1", "a1", "a2", "a3"],
    )


async def test_each_tenth_message_is_of_the_highest_waiting_lane(
    database: Database, platform: FakePlatform, connector: LoopbackConnector
) -> None:
    delivery = Delivery(database, {BINDING: connector}, NoBlobs(), in_flight=1)
    for n in range(30):
        put(database, f"oc_{n}", f"answer{n}")
    for n in range(30, 33):
        put(database, f"oc_{n}", f"bulk{n}", lane=2)
    await drain(delivery)
    order = ["b" if each.words.startswith("bulk") else "a" for each in platform.shown]
    assert [n for n, kind in enumerate(order) if kind == "b"] == [9, 19, 29]


async def test_running_delivery_sends_what_wakes_it_and_stops(
    database: Database, platform: FakePlatform, delivery: Delivery
) -> None:
    running = asyncio.create_task(delivery.run())
    async with asyncio.timeout(PATIENCE):
        put(database, "oc_1", "a")
        delivery.wake()
        await platform.arrived.wait()
        await delivery.stop()
        await running
    put(database, "oc_1", "b")
    assert states(database) == {"a": "delivered", "b": "due"}


async def test_a_call_in_flight_is_recorded_before_we_stop(
    database: Database, platform: FakePlatform, connector: LoopbackConnector
) -> None:
    delivery = Delivery(database, {BINDING: connector}, NoBlobs())
    platform.faults["oc_1"] = ["stall"]
    put(database, "oc_1", "a", "b")
    running = asyncio.create_task(delivery.run())
    async with asyncio.timeout(PATIENCE):
        await platform.arrived.wait()
        asyncio.get_running_loop().call_soon(platform.release)
        await asyncio.gather(delivery.stop(), running)
    assert states(database) == {"a": "delivered", "b": "due"}


async def test_a_message_for_a_binding_we_do_not_have_waits(
    database: Database, platform: FakePlatform, delivery: Delivery
) -> None:
    def work(session: Session) -> None:
        there = outbox.address_for(session, binding="", app="", kind="direct", target="person:3")
        item = Outgoing(address_id=there, body="{}", dedup_key="a", due_at=system_now(session))
        outbox.enqueue(session, [item], key=b"k")

    database.write_now(work)
    await drain(delivery)
    assert states(database) == {"a": OutboxState.DUE}


async def test_addresses_follow_their_bindings_app(
    database: Database, platform: FakePlatform, delivery: Delivery
) -> None:
    def work(session: Session) -> None:
        there = outbox.address_for(session, binding=BINDING, app="loopback:old", kind="group", target="oc_1")
        item = Outgoing(
            address_id=there,
            body=chat.dump(chat.Text("a")),
            dedup_key="a",
            due_at=system_now(session),
        )
        outbox.enqueue(session, [item], key=b"k")

    database.write_now(work)
    await drain(delivery)
    assert states(database) == {"a": OutboxState.DELIVERED}


def outcomes(reports: Sequence[tuple[str, str]]) -> list[str]:
    return sorted(outcome for _, outcome in reports)


async def test_outcomes_are_reported(
    database: Database, platform: FakePlatform, connector: LoopbackConnector
) -> None:
    reports: list[tuple[str, str]] = []
    delivery = Delivery(
        database, {BINDING: connector}, NoBlobs(), report=lambda app, outcome: reports.append((app, outcome))
    )
    platform.faults["oc_1"] = ["broken"]
    put(database, "oc_1", "a", "b")
    await drain(delivery)
    assert outcomes(reports) == ["delivered", "refused"]
