"""Conversations take turns, keep their order, and what nobody waits for never runs."""

import asyncio
from concurrent.futures import Future

import pytest

from bot.fair_queue import FairQueue, TooBusy


class Work:
    """Counts as a database: remembers what was begun, ends when told."""

    def __init__(self) -> None:
        self.begun: list[str] = []
        self.futures: dict[str, Future[str]] = {}

    def starter(self, name: str):  # type: ignore[no-untyped-def]
        def start() -> Future[str]:
            self.begun.append(name)
            self.futures[name] = Future()
            return self.futures[name]

        return start

    async def end(self, name: str) -> None:
        future = self.futures[name]
        future.set_running_or_notify_cancel()
        future.set_result(name)
        await asyncio.sleep(0)  # the loop hears of it


async def test_conversations_take_turns() -> None:
    queue, work = FairQueue[str](width=1, one_at_a_time=False), Work()
    for name in ("a1", "a2", "a3", "b1", "c1"):
        queue.put(name[0], work.starter(name))
    for name in ("a1", "a2", "b1", "c1", "a3"):
        assert work.begun[-1] == name
        await work.end(name)


async def test_a_conversation_is_not_offered_again_before_its_event_ended() -> None:
    queue, work = FairQueue[str](width=8, one_at_a_time=True), Work()
    for name in ("a1", "a2", "b1"):
        queue.put(name[0], work.starter(name))
    assert work.begun == ["a1", "b1"]
    await work.end("a1")
    assert work.begun == ["a1", "b1", "a2"]


async def test_a_slow_event_nobody_waits_for_still_holds_back_its_conversation() -> None:
    queue, work = FairQueue[str](width=8, one_at_a_time=True), Work()
    first = queue.put("a", work.starter("a1"))
    queue.put("a", work.starter("a2"))
    work.futures["a1"].set_running_or_notify_cancel()
    first.cancel()
    await asyncio.sleep(0)
    assert work.begun == ["a1"]
    work.futures["a1"].set_result("a1")
    await asyncio.sleep(0)
    assert work.begun == ["a1", "a2"]


async def test_cancelled_before_its_turn_it_never_begins() -> None:
    queue, work = FairQueue[str](width=1, one_at_a_time=False), Work()
    queue.put("a", work.starter("a1"))
    second = queue.put("a", work.starter("a2"))
    third = queue.put("a", work.starter("a3"))
    second.cancel()
    await work.end("a1")
    assert work.begun == ["a1", "a3"]
    await work.end("a3")
    assert await third == "a3"


async def test_cancelled_after_its_turn_but_before_the_thread_took_it_it_never_runs() -> None:
    queue, work = FairQueue[str](width=1, one_at_a_time=False), Work()
    first = queue.put("a", work.starter("a1"))
    queue.put("a", work.starter("a2"))
    first.cancel()
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    assert work.futures["a1"].cancelled()
    assert work.begun == ["a1", "a2"]


async def test_errors_reach_whoever_waits() -> None:
    queue, work = FairQueue[str](width=1, one_at_a_time=True), Work()
    first = queue.put("a", work.starter("a1"))
    work.futures["a1"].set_running_or_notify_cancel()
    work.futures["a1"].set_exception(ZeroDivisionError())
    with pytest.raises(ZeroDivisionError):
        await first

    def cannot_start() -> Future[str]:
        raise LookupError

    with pytest.raises(LookupError):
        await queue.put("a", cannot_start)
    queue.put("a", work.starter("a2"))
    assert work.begun[-1] == "a2"


async def test_too_many_waiting_are_refused_at_once() -> None:
    queue, work = FairQueue[str](width=1, one_at_a_time=False, capacity=2), Work()
    for no in range(3):
        queue.put(no, work.starter(str(no)))
    with pytest.raises(TooBusy):
        queue.put(9, work.starter("9"))
    assert queue.waiting == 2
