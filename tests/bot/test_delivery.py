"""Delivery against a platform on loopback that misbehaves, on both engines."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from bot.delivery import Delivery
from connectors import chat
from storage import outbox
from storage.database import Database, system_now
from storage.models import Conversation, OutboxState
from storage.outbox import Outgoing
from tests.loopback import APP, BINDING, FakePlatform, LoopbackConnector, NoBlobs
from tests.outgoing import PATIENCE, drain, open_gates, put, rows, states


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


async def test_a_drain_whose_caller_goes_away_leaves_no_claim_behind(
    database: Database, platform: FakePlatform, delivery: Delivery
) -> None:
    for n in range(20):
        put(database, f"oc_{n}", f"m{n}")
        draining = asyncio.create_task(delivery.drain())
        asyncio.get_running_loop().call_later(0.002 * n, draining.cancel)
        await asyncio.wait([draining], timeout=PATIENCE)
    await delivery.stop()
    assert set(states(database).values()) <= {"delivered", "due"}
    assert len(platform.shown) == list(states(database).values()).count("delivered")


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


async def test_a_call_that_would_begin_late_in_its_lease_is_not_made(
    database: Database, platform: FakePlatform, connector: LoopbackConnector
) -> None:
    deferred = asyncio.Event()
    delivery = Delivery(
        database,
        {BINDING: connector},
        NoBlobs(),
        lease=0.0001,
        report=lambda app, outcome: deferred.set() if outcome == "deferred" else None,
    )
    put(database, "oc_1", "a")
    running = asyncio.create_task(delivery.run())
    async with asyncio.timeout(PATIENCE):
        await deferred.wait()
        await delivery.stop()
        await running
    assert platform.calls == 0


def outcomes(reports: Sequence[tuple[str, str]]) -> list[str]:
    return sorted(outcome for _, outcome in reports)


async def test_where_nothing_waits_all_apps_are_looked_at_in_one_reading(sqlite_url: str) -> None:
    database, begun = Database(sqlite_url), []
    connectors = {
        name: LoopbackConnector("http://127.0.0.1:9", app=f"app:{name}", binding=name) for name in "abc"
    }
    delivery = Delivery(database, connectors, NoBlobs())
    await drain(delivery)

    def begin(conn: sa.Connection) -> None:
        begun.append(conn)

    sa.event.listen(sa.Engine, "begin", begin)
    await drain(delivery)
    sa.event.remove(sa.Engine, "begin", begin)
    assert len(begun) == 2, "one to tidy, one to read"
    database.close()


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
