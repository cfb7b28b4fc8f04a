"""Sends what the outbox holds: in order per address, answers first, never faster than allowed.

Any number of replicas do this at once. A row is claimed only when a sender is free for it, and sent
with no transaction open; ``storage/outbox_claims.py`` holds the statements, ``bot/sending.py`` the
meaning of a platform's answer.
"""

import asyncio
import contextlib
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

import sqlalchemy as sa
import structlog
from sqlalchemy.orm import Session

from bot.lanes import LANES, Lanes
from bot.pace import RATES, Rates, Wait, claim_paced
from bot.sending import CALL_TIMEOUT, Result, attempt, not_now
from connectors.connector import Blobs, Connector
from storage import deadline, outbox_claims, outbox_sending
from storage.database import Database
from storage.outbox_claims import Claim, Head

POLL = 1.0  #: seconds between two looks when nobody wakes us: what other replicas wrote, what fell due
STOP_PATIENCE = 10.0  #: seconds that calls in flight get when we stop
REREAD = (0.01, 0.25, 0.25)  #: seconds between two reads of a lane that still has something to offer
RECORD_DELAYS = (0.1, 0.5, 2.0, 5.0)  #: seconds; a result that cannot be written by then is unknown

_log = structlog.get_logger()


def _no_report(app: str, outcome: str) -> None:
    pass


@dataclass(slots=True)
class _Gates:
    """Monotonic times before which asking for another token is useless."""

    apps: dict[str, float] = field(default_factory=dict)
    chats: dict[int, float] = field(default_factory=dict)

    def close(self, head: Head, wait: Wait) -> None:
        now = time.monotonic()
        if wait.app:
            self.apps[head.app] = now + wait.app
        else:
            self.chats[head.address_id] = now + wait.chat

    def next_opening(self) -> float | None:
        """Seconds until the next one opens, if any is closed; forgets those that are open."""
        now = time.monotonic()
        self.apps = {app: at for app, at in self.apps.items() if at > now}
        self.chats = {chat: at for chat, at in self.chats.items() if at > now}
        closed = [*self.apps.values(), *self.chats.values()]
        return min(closed) - now if closed else None


class Delivery:
    """``connectors`` by binding, looked at anew each round. ``report`` is told (app, outcome)."""

    def __init__(
        self,
        database: Database,
        connectors: Mapping[str, Connector],
        blobs: Blobs,
        *,
        rates: Mapping[str, Rates] = RATES,
        in_flight: int = 16,
        lease: float = outbox_claims.LEASE,
        call_timeout: float = CALL_TIMEOUT,
        report: Callable[[str, str], None] = _no_report,
    ) -> None:
        self._database = database
        self._connectors = connectors
        self._blobs = blobs
        self._rates = rates
        self._in_flight = in_flight
        self._lease = lease
        self._call_timeout = call_timeout
        self._report = report
        self._lanes = Lanes()
        self._gates = _Gates()
        self._stale: set[tuple[str, int]] = set()  #: (app, lane) to be read again
        self._read_at: dict[tuple[str, int], float] = {}
        self._served: dict[str, float] = {}  #: when an app last had its turn
        self._named: dict[str, str] = {}
        self._tidied_at = -POLL
        self._untidy = False  #: something was sent since: a chat may have turned out to be dead
        self._flying: dict[int, asyncio.Task[None]] = {}  #: by address
        self._launching: asyncio.Task[bool] | None = None
        self._changed = asyncio.Event()
        self._pumping = asyncio.Lock()
        self._stopping = False

    async def run(self) -> None:
        """Until ``stop``. A database that is away only delays."""
        while not self._stopping:
            try:
                await self._pump()
            except Exception:
                _log.exception("delivery.round_failed")
            await self._pause(POLL)

    async def drain(self) -> None:
        """Send everything due now; return when nothing is left that may go, and nothing in flight."""
        self._tidied_at = -POLL
        await self._pump()

    async def _pump(self) -> None:
        async with self._pumping:
            self._mark_stale()
            while not self._stopping:
                self._changed.clear()
                if time.monotonic() - self._tidied_at >= POLL and await self._tidy():
                    self._mark_stale()
                if len(self._flying) < self._in_flight and await self._launch_one():
                    self._untidy = True
                    continue
                opening = self._gates.next_opening()
                if not self._flying and opening is None:
                    if self._untidy and await self._tidy():
                        self._mark_stale()
                    elif not self._changed.is_set():
                        return
                    continue
                self._mark_stale()
                await self._pause(POLL if opening is None else min(opening, POLL))

    def wake(self) -> None:
        """Something may have been put into the outbox. Called from the loop's thread."""
        self._mark_stale()
        self._changed.set()

    async def stop(self) -> None:
        """Claim nothing more; calls in flight get 10 s. What they leave open is rescued by somebody."""
        self._stopping = True
        self._changed.set()
        async with self._pumping:  # what is being claimed now is sent yet
            if self._launching is not None:
                await asyncio.wait([self._launching])
        flying = list(self._flying.values())
        if flying:
            await asyncio.wait(flying, timeout=STOP_PATIENCE)
        for task in flying:
            task.cancel()
        await asyncio.gather(*flying, return_exceptions=True)

    # -- choosing --------------------------------------------------------------------------------

    async def _launch_one(self) -> bool:
        """Claim one row of the app that waited longest and send it; False if nothing can go now."""
        apps = {connector.app: connector for connector in self._connectors.values()}
        await self._read_for(apps)
        for app in sorted(apps, key=lambda app: self._served.get(app, 0.0)):
            while self._gates.apps.get(app, 0.0) <= time.monotonic():
                head = await self._next(app)
                if head is None or self._stopping:
                    break
                # Shielded: a claim whose caller went away would lie there until its lease has passed.
                self._launching = asyncio.create_task(self._launch(head, apps[app]))
                if await asyncio.shield(self._launching):
                    return True
        return False

    async def _launch(self, head: Head, connector: Connector) -> bool:
        before = time.monotonic()
        claimed = await self._claim(head, connector)
        if claimed is None:
            return False
        self._served[head.app] = before
        self._lanes.sent(head.app)
        self._flying[claimed.address_id] = asyncio.create_task(self._deliver(claimed, before))
        return True

    async def _next(self, app: str) -> Head | None:
        now = time.monotonic()
        await self._read([key for key in self._stale_of(app) if now - self._last_read(key) >= REREAD[key[1]]])
        head = self._lanes.pick(app, self._is_free)
        if head is None:
            await self._read(self._stale_of(app))
            head = self._lanes.pick(app, self._is_free)
        return head

    async def _read_for(self, apps: Iterable[str]) -> None:
        """All that have nothing left to offer, in one go: most often there is nothing for most of them."""
        now = time.monotonic()
        idle = [
            app
            for app in apps
            if self._gates.apps.get(app, 0.0) <= now and not self._lanes.offers(app, self._is_free)
        ]
        await self._read([key for app in idle for key in self._stale_of(app)])

    def _stale_of(self, app: str) -> list[tuple[str, int]]:
        return [(app, lane) for lane in LANES if (app, lane) in self._stale]

    def _last_read(self, key: tuple[str, int]) -> float:
        return self._read_at.get(key, 0.0)

    async def _read(self, keys: list[tuple[str, int]]) -> None:
        """``keys``: (app, lane)."""
        if not keys:
            return
        self._stale -= set(keys)

        def heads(session: Session) -> list[list[Head]]:
            return [outbox_claims.heads(session, app=app, lane=lane) for app, lane in keys]

        try:
            found = await self._database.read(heads)
        except BaseException:
            self._stale |= set(keys)
            raise
        for (app, lane), waiting in zip(keys, found, strict=True):
            self._lanes.replace(app, lane, waiting)
            self._read_at[app, lane] = time.monotonic()

    def _is_free(self, head: Head) -> bool:
        opens = self._gates.chats.get(head.address_id, 0.0)
        return head.address_id not in self._flying and opens <= time.monotonic()

    async def _claim(self, head: Head, connector: Connector) -> Claim | None:
        pace = self._rates.get(connector.platform)

        def work(session: Session) -> Claim | Wait | None:
            return claim_paced(
                session,
                head,
                pace,
                key_life=connector.key_life,
                group_key_life=connector.group_key_life,
                lease=self._lease,
            )

        try:
            claimed = await self._database.write(work)
        except sa.exc.IntegrityError:  # the partial unique index: another replica has this address
            return None
        except sa.exc.DBAPIError as error:
            if not deadline.is_transient(error):
                raise
            return None
        if isinstance(claimed, Wait):
            self._lanes.put_back(head)
            self._gates.close(head, claimed)
            return None
        return claimed

    # -- sending ---------------------------------------------------------------------------------

    async def _deliver(self, claimed: Claim, before: float) -> None:
        try:
            result = await self._attempt(claimed, before)
            if await self._record(claimed, result):
                self._report(claimed.app, result.outcome)
        finally:
            del self._flying[claimed.address_id]
            self._mark_stale(claimed.app)
            self._changed.set()

    async def _attempt(self, claimed: Claim, before: float) -> Result:
        connector = self._connectors.get(claimed.binding)
        if connector is None:
            return not_now(claimed, "binding is not configured", wait=60)
        if time.monotonic() - before > self._lease / 2:  # half of it must be left when a call begins
            return not_now(claimed, "too late to begin", wait=0)
        return await attempt(connector, claimed, self._blobs, seconds=self._call_timeout)

    async def _record(self, claimed: Claim, result: Result) -> bool:
        for delay in (*RECORD_DELAYS, None):
            try:
                await self._database.write(result.record)
            except Exception:
                _log.exception("delivery.not_recorded", row=claimed.id, outcome=result.outcome)
                if delay is None:
                    return False
                await asyncio.sleep(delay)
            else:
                return True
        return False

    # -- the rest --------------------------------------------------------------------------------

    async def _tidy(self) -> bool:
        """Rescue what a dead sender left, end what can no longer go; whether there was any."""
        apps = {binding: connector.app for binding, connector in self._connectors.items()}

        def work(session: Session) -> int:
            if apps != self._named:
                outbox_sending.name_apps(session, apps)
            return outbox_sending.unclear(session) + outbox_sending.sweep(session)

        found = await self._database.write(work)
        self._named, self._tidied_at, self._untidy = apps, time.monotonic(), found > 0
        return found > 0

    def _mark_stale(self, app: str | None = None) -> None:
        apps = [app] if app is not None else [c.app for c in self._connectors.values()]
        self._stale |= {(each, lane) for each in apps for lane in LANES}

    async def _pause(self, seconds: float) -> None:
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._changed.wait(), seconds)
