"""Builds ledger files off the event path: claimed, read, packed in a thread, put into the outbox."""

import asyncio
import contextlib
from collections.abc import Callable

import structlog

from bot.clock import Clock
from commands.errors import CommandError
from commands.ledger import operations, rules
from commands.notify import Channels
from storage.database import Database
from storage.queries.ledger import ATTEMPTS

POLL_SECONDS = 5.0  #: another replica may have queued one, or died over one

_log = structlog.get_logger()


class Exports:
    """Every replica has one; a lease lets one of them build a file."""

    def __init__(
        self, database: Database, clock: Clock, channels: Channels, wake_delivery: Callable[[], None]
    ) -> None:
        self._database = database
        self._clock = clock
        self._channels = channels
        self._wake_delivery = wake_delivery
        self._woken = asyncio.Event()

    def wake(self) -> None:
        self._woken.set()

    async def run(self) -> None:
        """Until cancelled. A database that is away only delays."""
        while True:
            try:
                while await self.step():
                    pass
            except Exception:
                _log.exception("exports.round_failed")
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._woken.wait(), POLL_SECONDS)
            self._woken.clear()

    async def step(self) -> bool:
        """Build one file; False when none waits."""
        now = self._database.now()
        waits = await self._database.read(lambda s: operations.is_waiting(s, now))
        claimed = await self._database.write(lambda s: operations.claim(s, now)) if waits else None
        if claimed is None:
            return False
        export, attempt = claimed
        try:
            await self._build(export)
        except Exception as error:
            if not isinstance(error, CommandError):
                _log.exception("exports.failed", export=export, attempt=attempt)
            if attempt >= ATTEMPTS or isinstance(error, CommandError):
                await self._database.write(
                    lambda s: operations.give_up(
                        s, export, channels=self._channels, moment=self._clock.moment()
                    )
                )
        self._wake_delivery()
        return True

    async def _build(self, export: int) -> None:
        gathered = await self._database.read(lambda s: operations.gather(s, export))
        count = len(gathered.lines)
        if count > rules.LONG:
            await self._database.write(
                lambda s: operations.say_progress(
                    s, export, count, channels=self._channels, moment=self._clock.moment()
                )
            )
            self._wake_delivery()
        data = await asyncio.to_thread(rules.workbook, gathered.lines)
        await self._database.write(
            lambda s: operations.send(
                s, export, gathered.name, data, channels=self._channels, moment=self._clock.moment()
            )
        )
