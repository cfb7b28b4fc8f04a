"""Tries again what failed, and fetches what an event needs from the network first.

Claiming and working are two transactions, so that an attempt is counted even if it kills the process.
A worker that was away longer than its lease changes nothing: its claim no longer fits.
"""

import asyncio
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from functools import partial

import sqlalchemy as sa
import structlog
from sqlmodel import Session

from bot.clock import Clock
from bot.downloads import fetch, keep
from bot.in_hand import InHand
from bot.intake import WORK_SECONDS, ChatEvent, Dispatch, Refuse, log_failure
from commands.dispatch import SPOKEN
from commands.errors import GivenUp
from connectors import chat
from connectors.chat import Incoming
from connectors.connector import Connector
from connectors.errors import SendDeferred
from storage import inbox
from storage.database import Database, system_now
from storage.models.inbox import InboxState
from storage.unit_of_work import Handled, rehandle

POLL_SECONDS = 1.0
AT_ONCE = 4  #: events worked on together; a slow download does not hold the others
LEAST_WAIT = 10.0  #: seconds before the network is asked again after it was busy

_LOG = structlog.get_logger()


class PendingWorker:
    """One per process; any number of processes."""

    def __init__(
        self,
        database: Database,
        dispatch: Dispatch,
        refuse: Refuse,
        clock: Clock,
        connectors: Mapping[str, Connector],
        *,
        on_done: Callable[[], None] = lambda: None,
        work_seconds: float = WORK_SECONDS,
    ) -> None:
        """``on_done`` is called after a commit that may have put something into the outbox."""
        self._on_done = on_done
        self._work_seconds = work_seconds
        self._database = database
        self._dispatch = dispatch
        self._refuse = refuse
        self._clock = clock
        self._connectors = connectors
        self._woken = asyncio.Event()
        self.in_hand = InHand()  #: what ``run`` claimed

    def wake(self) -> None:
        """There may be something to do: look before the next poll."""
        self._woken.set()

    async def run(self) -> None:
        """Until cancelled; what is in work then is left to its lease."""
        free = asyncio.Semaphore(AT_ONCE)
        async with asyncio.TaskGroup() as tasks:
            while True:
                await free.acquire()
                self._woken.clear()
                with self.in_hand.one():
                    claimed = await self._claim()
                    if claimed is not None:
                        task = tasks.create_task(self._work_in_hand(claimed))
                        task.add_done_callback(lambda _: free.release())
                        continue
                free.release()
                with suppress(TimeoutError):
                    async with asyncio.timeout(POLL_SECONDS):
                        await self._woken.wait()

    async def step(self) -> bool:
        """Work on one pending event that is due. False: there was none."""
        claimed = await self._claim()
        if claimed is not None:
            await self._work_safely(claimed)
        return claimed is not None

    async def _claim(self) -> inbox.Claimed | None:
        try:
            return await self._database.write(
                lambda session: inbox.claim_pending(session.connection(), system_now(session))
            )
        except sa.exc.SQLAlchemyError as error:
            _LOG.warning("pending events cannot be claimed", error=type(error).__name__)
            return None

    async def _work_in_hand(self, claimed: inbox.Claimed) -> None:
        with self.in_hand.one():
            await self._work_safely(claimed)

    async def _work_safely(self, claimed: inbox.Claimed) -> None:
        """An error here leaves the claim counted, and the event due again after its lease."""
        try:
            await self._work(claimed)
        except Exception as error:
            _LOG.error("pending event failed", entry=claimed.id, exc_info=error)

    async def _work(self, claimed: inbox.Claimed) -> None:
        if claimed.attempts > inbox.ATTEMPTS:
            await self._fail(claimed, claimed.error or "never came to an end", _read(claimed))
            return
        incoming = _read(claimed)
        if incoming is None:
            await self._fail(claimed, "the kept event cannot be read", None)
            return
        if claimed.error.startswith(inbox.NEEDS):
            await self._ask_network(claimed, incoming)
            return
        event = ChatEvent(incoming, self._dispatch, self._refuse, self._clock)

        def work(conn: sa.Connection, now: datetime) -> Handled | None:
            return rehandle(conn, claimed, event, now, time.monotonic() + self._work_seconds)

        handled = await asyncio.wrap_future(self._database.submit(work))
        if handled is not None and handled.failure is not None:
            log_failure(event, handled)
            self.wake()
            if handled.state is InboxState.ASIDE:
                await self._tell_sender(incoming)
        elif handled is not None:
            self._on_done()

    async def _ask_network(self, claimed: inbox.Claimed, incoming: Incoming) -> None:
        needs = claimed.error.removeprefix(inbox.NEEDS)
        connector = self._connectors.get(incoming.binding)
        if connector is None:
            await self._fail(claimed, "its binding is not configured", incoming)
            return
        try:
            if needs == "file":
                await self._fetch(connector, incoming)
            else:
                incoming = await _resolve(connector, incoming)
        except SendDeferred as busy:
            wait = max(busy.retry_after, LEAST_WAIT)
            await self._give_back(claimed, claimed.error, wait=wait)
        except Exception as error:
            kind = type(error).__name__
            _LOG.warning("pending event needs the network", entry=claimed.id, needs=needs, error=kind)
            await self._fail(claimed, claimed.error, incoming)
        else:
            await self._give_back(claimed, f"{inbox.GOT}{needs}", payload=chat.dump(incoming))
            self.wake()

    async def _fetch(self, connector: Connector, incoming: Incoming) -> None:
        for file in incoming.files:
            fetched = await fetch(self._database, connector, incoming.binding, file)
            await self._database.write(partial(keep, binding=incoming.binding, file=file, fetched=fetched))

    async def _give_back(
        self, claimed: inbox.Claimed, error: str, *, payload: str | None = None, wait: float = 0.0
    ) -> None:
        def change(session: Session) -> bool:
            conn, now = session.connection(), system_now(session)
            return inbox.give_back(conn, claimed, now=now, error=error, payload=payload, wait=wait)

        await self._database.write(change)

    async def _fail(self, claimed: inbox.Claimed, error: str, incoming: Incoming | None) -> None:
        state = await self._database.write(
            lambda s: inbox.fail(s.connection(), claimed, now=system_now(s), error=error)
        )
        if state is InboxState.ASIDE and incoming is not None:
            await self._tell_sender(incoming)

    async def _tell_sender(self, incoming: Incoming) -> None:
        """It was given up. Told at most once, after that is stored: what cannot even be told stays aside."""
        if incoming.kind not in SPOKEN:
            return
        said = incoming.action.sentence if incoming.action else incoming.text
        await self._database.write(
            lambda s: self._refuse(s, incoming, GivenUp(said), self._clock.moment(system_now(s)))
        )
        self._on_done()


def _read(claimed: inbox.Claimed) -> Incoming | None:
    try:
        return chat.load_incoming(claimed.payload)
    except ValueError:
        return None


async def _resolve(connector: Connector, incoming: Incoming) -> Incoming:
    """The sender and everybody mentioned, with the keys that only the network knows."""
    mentions = []
    for mention in incoming.mentions:
        account = mention.account and await connector.resolve(mention.account)
        mentions.append(replace(mention, account=account))
    sender = await connector.resolve(incoming.sender)
    return replace(incoming, sender=sender, mentions=tuple(mentions))
