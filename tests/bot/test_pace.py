"""Rates and lanes, on both engines."""

import asyncio

from bot.delivery import Delivery
from bot.pace import Rates
from storage.database import Database
from storage.rates import Limit
from tests.loopback import BINDING, FakePlatform, LoopbackConnector, NoBlobs
from tests.outgoing import drain, put


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
