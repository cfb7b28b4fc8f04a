"""Events wait here in one line per conversation, and the conversations take turns.

So that one busy chat cannot starve the others. At most ``width`` events are handed on at once; what
is handed on is the database's to order.
"""

import asyncio
import contextlib
from collections import deque
from collections.abc import Callable, Hashable
from concurrent.futures import Future
from typing import Generic, TypeVar

T = TypeVar("T")


class TooBusy(Exception):
    """More waiting events than can be handled in time; the platform should send it again."""


class _Waiting(Generic[T]):
    __slots__ = ("conversation", "future", "running", "start")

    def __init__(
        self, conversation: Hashable, start: Callable[[], Future[T]], future: asyncio.Future[T]
    ) -> None:
        self.conversation = conversation
        self.start = start
        self.future = future
        self.running: Future[T] | None = None


class FairQueue(Generic[T]):
    """Belongs to one event loop.

    ``one_at_a_time``: a conversation is not offered again before its event has ended. Needed where
    several threads work (PostgreSQL); with one writer order is kept without it.
    """

    def __init__(self, *, width: int, one_at_a_time: bool, capacity: int = 2000) -> None:
        self._width = width
        self._one_at_a_time = one_at_a_time
        self._capacity = capacity
        self._lines: dict[Hashable, deque[_Waiting[T]]] = {}
        self._turns: deque[Hashable] = deque()
        self._running = 0
        self._waiting = 0
        self._ended: deque[_Waiting[T]] = deque()  # filled by worker threads
        self._told = False  # the loop will look at ``_ended``

    @property
    def waiting(self) -> int:
        """Events that were not handed on yet."""
        return self._waiting

    def put(self, conversation: Hashable, start: Callable[[], Future[T]]) -> asyncio.Future[T]:
        """``start`` is called when it is this event's turn.

        Ending the returned future (cancelled, or with an exception) before the work has begun means
        that it never runs; after that the work ends as it ends, and its conversation waits for it.

        Raises:
            TooBusy: ``capacity`` events wait already.
        """
        if self._waiting >= self._capacity:
            raise TooBusy
        item = _Waiting(conversation, start, asyncio.get_running_loop().create_future())
        line = self._lines.get(conversation)
        if line is None:
            self._lines[conversation] = deque((item,))
            self._turns.append(conversation)
        else:
            line.append(item)
        self._waiting += 1
        self._advance()
        return item.future

    def _advance(self) -> None:
        while self._turns and self._running < self._width:
            conversation = self._turns.popleft()
            item = self._lines[conversation].popleft()
            self._waiting -= 1
            begun = not item.future.done() and self._begin(item)
            if not (begun and self._one_at_a_time):
                self._next_turn(conversation)

    def _next_turn(self, conversation: Hashable) -> None:
        if self._lines[conversation]:
            self._turns.append(conversation)
        else:
            del self._lines[conversation]

    def _begin(self, item: _Waiting[T]) -> bool:
        try:
            running = item.start()
        except Exception as error:
            item.future.set_exception(error)
            return False
        self._running += 1
        item.running = running
        item.future.add_done_callback(lambda _: running.cancel())  # too late when it ended normally
        loop = item.future.get_loop()
        running.add_done_callback(lambda _: self._tell(item, loop))
        return True

    def _tell(self, item: _Waiting[T], loop: asyncio.AbstractEventLoop) -> None:
        """In a worker thread. One wake-up of the loop serves a whole group of events."""
        self._ended.append(item)
        if not self._told:
            self._told = True
            with contextlib.suppress(RuntimeError):  # the loop is closed: nobody waits any more
                loop.call_soon_threadsafe(self._collect)

    def _collect(self) -> None:
        self._told = False  # before looking: what comes now wakes the loop again
        while self._ended:
            item = self._ended.popleft()
            self._running -= 1
            _hand_over(item)
            if self._one_at_a_time:
                self._next_turn(item.conversation)
        self._advance()


def _hand_over(item: _Waiting[T]) -> None:
    if item.future.done() or item.running is None:
        return
    if item.running.cancelled():
        item.future.cancel()
    elif (error := item.running.exception()) is not None:
        item.future.set_exception(error)
    else:
        item.future.set_result(item.running.result())
