"""Verified events on their way into the database: their turn, one unit of work, the platform's answer."""

import asyncio
import functools
import time
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import replace
from datetime import datetime
from functools import partial

import sqlalchemy as sa
import structlog
from prometheus_client import Counter
from pydantic import TypeAdapter
from sqlmodel import Session

from bot.clock import Clock
from bot.fair_queue import FairQueue, TooBusy
from commands.errors import CommandError, NotYet
from connectors import chat
from connectors.chat import Incoming, IncomingKind, Outcome
from connectors.connector import Answer, Connector, Received
from storage.clock import Moment
from storage.database import Database
from storage.models.inbox import InboxState
from storage.unit_of_work import Handled, handle

WORK_SECONDS = 0.8  #: T_work: from a request's first byte until its work is given up and kept pending
LEAST_WORK_SECONDS = 0.2  #: what an event gets that waited long for its turn
POSTGRES_THREADS = 8
SQLITE_AHEAD = 128  #: events handed to the writer at once: one group in work, one ready

_EVENTS = Counter("chengquan_events", "Events taken, by what became of them.", ["binding", "state"])
_counted = functools.cache(_EVENTS.labels)  #: finding a counter takes as long as counting
_DOUBTFUL = Counter("chengquan_doubtful_events", "Events whose proof was spent before.", ["binding"])
_LOG = structlog.get_logger()
_NOTHING = Outcome()
_LATER = Outcome(toast="已收到，办好后答复您")
_OUTCOME = TypeAdapter(Outcome)

Dispatch = Callable[[Session, Incoming, Moment], Outcome]
Refuse = Callable[[Session, Incoming, CommandError, Moment], Outcome]


class Unavailable(Exception):
    """Nothing is promised: the platform should send it again."""


class ChatEvent:
    """An ``Incoming`` as a ``storage.unit_of_work.Event``; ``outcome`` is set once it was handled."""

    refusals: type[Exception] = CommandError
    not_yet: type[Exception] = NotYet

    def __init__(self, incoming: Incoming, dispatch: Dispatch, refuse: Refuse, clock: Clock) -> None:
        self.incoming = incoming
        self.binding = incoming.binding
        self.message_key = incoming.message_key
        self.proof = incoming.proof
        self.outcome = _NOTHING
        self._dispatch = dispatch
        self._refuse = refuse
        self._clock = clock

    def doubt(self) -> None:
        self.incoming = replace(self.incoming, doubtful=True)
        _DOUBTFUL.labels(self.binding).inc()

    def dispatch(self, session: Session, now: datetime) -> str:
        try:
            return self._keep(self._dispatch(session, self.incoming, self._clock.moment(now)))
        except NotYet as missing:
            if missing.files:  # kept as if it had brought what an earlier message did
                self.incoming = replace(self.incoming, files=missing.files)
            raise

    def refuse(self, session: Session, refusal: Exception, now: datetime) -> str:
        assert isinstance(refusal, CommandError)  # noqa: S101 - what ``refusals`` promises
        return self._keep(self._refuse(session, self.incoming, refusal, self._clock.moment(now)))

    def payload(self) -> str:
        return chat.dump(self.incoming)

    def _keep(self, outcome: Outcome) -> str:
        """Only a click's answer shows anything, so only that is kept for a second delivery."""
        self.outcome = outcome
        if self.incoming.kind is not IncomingKind.ACTION or outcome == _NOTHING:
            return ""
        return _OUTCOME.dump_json(outcome).decode()


class Intake:
    """One per process. ``on_pending`` is called when an event was kept for the pending worker."""

    def __init__(
        self,
        database: Database,
        dispatch: Dispatch,
        refuse: Refuse,
        clock: Clock,
        *,
        on_pending: Callable[[], None] = lambda: None,
        on_done: Callable[[], None] = lambda: None,
        capacity: int = 2000,
        work_seconds: float = WORK_SECONDS,
    ) -> None:
        """``on_done`` is called after a commit that may have put something into the outbox."""
        self.clock = clock
        self._database = database
        self._dispatch = dispatch
        self._refuse = refuse
        self._on_pending = on_pending
        self._on_done = on_done
        self._work_seconds = work_seconds
        on_sqlite = database.dialect == "sqlite"
        self._queue: FairQueue[Handled] = FairQueue(
            width=SQLITE_AHEAD if on_sqlite else POSTGRES_THREADS,
            one_at_a_time=not on_sqlite,
            capacity=capacity,
        )

    async def take(self, connector: Connector, received: Received, *, arrived: float | None = None) -> Answer:
        """Handle a believed request and answer it: after the commit, or 503.

        ``arrived``: monotonic seconds of its first byte.
        """
        if received.incoming is None:
            return received.answer(_NOTHING)
        try:
            outcome = await self.accept(received.incoming, connector.edge_timeout, arrived=arrived)
            for further in received.also:
                await self.accept(further, connector.edge_timeout, arrived=arrived)
        except Unavailable:
            return Answer(status=503)
        return received.answer(outcome)

    async def accept(
        self, incoming: Incoming, edge_timeout: float, *, arrived: float | None = None
    ) -> Outcome:
        """The outcome, committed. For long connections too.

        Raises:
            Unavailable: nothing is known to be stored; delivered again, the key decides.
        """
        arrived = time.monotonic() if arrived is None else arrived
        event = ChatEvent(incoming, self._dispatch, self._refuse, self.clock)
        try:
            handled = await self._wait(event, arrived, edge_timeout)
        except Unavailable:
            _counted(incoming.binding, "unavailable").inc()
            raise
        return self._conclude(event, handled)

    async def _wait(self, event: ChatEvent, arrived: float, edge_timeout: float) -> Handled:
        try:
            future = self._queue.put(_line(event.incoming), partial(self._start, event, arrived))
        except TooBusy:
            raise Unavailable from None
        left = edge_timeout - (time.monotonic() - arrived)
        timer = asyncio.get_running_loop().call_later(max(left, 0.0), _expire, future)
        try:
            return await future
        except Unavailable:
            raise
        except Exception as error:
            _LOG.error(
                "event not stored", binding=event.binding, message_key=event.message_key, exc_info=error
            )
            raise Unavailable from error
        finally:
            timer.cancel()

    def _start(self, event: ChatEvent, arrived: float) -> Future[Handled]:
        def work(conn: sa.Connection, now: datetime) -> Handled:
            enough = max(arrived + self._work_seconds, time.monotonic() + LEAST_WORK_SECONDS)
            return handle(conn, event, now, enough)

        return self._database.submit(work)

    def _conclude(self, event: ChatEvent, handled: Handled) -> Outcome:
        state = "seen" if handled.seen else handled.state.value
        _counted(event.binding, state).inc()
        if handled.seen:
            known = _OUTCOME.validate_json(handled.answer) if handled.answer else _NOTHING
            return known if handled.state is InboxState.DONE else _later(event)
        if handled.state is InboxState.DONE:
            self._on_done()
            return event.outcome
        log_failure(event, handled)
        self._on_pending()
        return _later(event)


def _expire(future: asyncio.Future[Handled]) -> None:
    """The platform waits no longer. Work that has begun ends as it ends, and the key decides."""
    if not future.done():
        future.set_exception(Unavailable())


def log_failure(event: ChatEvent, handled: Handled) -> None:
    """Never with what was said. What only waits for the network is no failure."""
    quiet = isinstance(handled.failure, NotYet)
    _LOG.log(
        20 if quiet else 40,
        f"event {handled.state.value}",
        binding=event.binding,
        message_key=event.message_key,
        exc_info=None if quiet else handled.failure,
    )


def _later(event: ChatEvent) -> Outcome:
    return _LATER if event.incoming.kind is IncomingKind.ACTION else _NOTHING


def _line(incoming: Incoming) -> tuple[str, str, str]:
    """Which line an event waits in: its conversation's, else its own."""
    if incoming.conversation is None:
        return incoming.binding, "", incoming.message_key
    return incoming.binding, incoming.conversation.kind, incoming.conversation.id
