"""Forgets keys of events that no platform can deliver again."""

import asyncio

import structlog
from sqlmodel import Session

from storage import inbox
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
                _LOG.warning("old events are still kept", exc_info=error)
            await asyncio.sleep(EVERY)

    async def prune_all(self) -> int:
        """How many were removed; in chunks, so that events get their turn in between."""
        removed = 0
        while True:
            count = await self._database.write(_prune)
            removed += count
            if count < CHUNK:
                return removed


def _prune(session: Session) -> int:
    return inbox.prune(session.connection(), system_now(session), CHUNK)
