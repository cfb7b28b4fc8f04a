"""Somebody who waits for a background worker waits for what it has claimed, too."""

import asyncio
from dataclasses import dataclass, field

from bot.in_hand import InHand
from connectors.chat import File
from storage.database import Database
from tests.inbound import PlainConnector, Scene, said, states


@dataclass
class Gated(PlainConnector):
    """A download that takes until it is let through."""

    asked: asyncio.Event = field(default_factory=asyncio.Event)
    gate: asyncio.Event = field(default_factory=asyncio.Event)

    async def fetch(self, file: File) -> bytes:
        self.asked.set()
        await self.gate.wait()
        return b"report"


async def test_nothing_in_hand_is_not_waited_for() -> None:
    assert await InHand().done() is False


async def test_whoever_waits_hears_of_the_last_thing_done() -> None:
    hand = InHand()
    with hand.one():
        waiting = asyncio.create_task(hand.done())
        with hand.one():
            await asyncio.sleep(0)
        await asyncio.sleep(0)
        assert not waiting.done()
    assert await waiting is True


async def test_what_a_worker_claimed_is_waited_for_until_it_is_done(database: Database) -> None:
    gated = Gated()
    scene = Scene(database, connector=gated)
    async with asyncio.timeout(20):
        worker = asyncio.create_task(scene.pending.run())
        await scene.take(said("m:1", "fetch", files=(File("材料.pdf", "h1"),)))
        scene.pending.wake()
        await gated.asked.wait()
        assert not await scene.pending.step()  # nothing more is due, and yet it is not over
        gated.gate.set()
        waited = 0
        while await scene.pending.in_hand.done() or await scene.pending.step():
            waited += 1
        assert waited
        assert states(database)["m:1"][0] == "done"
        worker.cancel()
