"""Forgets what nobody needs any more: keys of events that no platform can deliver again, messages that
went out long ago, runs of jobs that are over."""

import asyncio
from collections.abc import Callable
from datetime import datetime
from functools import partial

import structlog
from sqlmodel import Session

from storage import inbox, retention
from storage.database import Database, system_now

EVERY = 3600.0  #: seconds
CHUNK = 500  #: rows in one transaction

_LOG = structlog.get_logger()


class Pruner:
    """Every replica has one; what one has removed the others do not find."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def run(self) -> None:
        """Until cancelled. A database that is away only delays."""
        while True:
            try:
                await self.prune_all()
            except Exception as error:
                _LOG.warning("what is old is still kept", exc_info=error)
            await asyncio.sleep(EVERY)

    async def prune_all(self) -> int:
        """How many rows were removed; in chunks, so that events get their turn in between."""
        return await self._while_full(_prune_inbox) + await self._messages() + await self._runs()

    async def _messages(self) -> int:
        """What is old is looked for beside the writer, which only removes it."""
        removed, after = 0, 0
        while True:
            page = await self._database.read(partial(_old_messages, after=after))
            if page.old:
                removed += await self._database.write(partial(retention.forget_messages, ids=page.old))
            if page.last is None:
                return removed
            after = page.last

    async def _runs(self) -> int:
        removed = 0
        for job, last in sorted((await self._database.read(retention.last_rounds)).items()):
            removed += await self._while_full(partial(_prune_runs, job=job, last=last))
        return removed

    async def _while_full(self, prune: Callable[[Session], int]) -> int:
        removed = 0
        while True:
            count = await self._database.write(prune)
            removed += count
            if count < CHUNK:
                return removed


def _prune_inbox(session: Session) -> int:
    return inbox.prune(session.connection(), system_now(session), CHUNK)


def _old_messages(session: Session, after: int) -> retention.Page:
    return retention.old_messages(session, after, system_now(session), CHUNK)


def _prune_runs(session: Session, job: str, last: datetime) -> int:
    return retention.forget_runs(session, job, last, system_now(session), CHUNK)
