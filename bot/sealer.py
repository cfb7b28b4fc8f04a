"""Seals the 办理记录 each minute, and once a day hands out the end of its chain."""

import asyncio
import contextlib
from collections.abc import Callable

import structlog
from sqlalchemy.orm import Session

from storage import audit
from storage.audit_chain import Root
from storage.clock import Moment
from storage.database import Database
from storage.job_runs import ChunkResult, Job, JobRunState

SEAL_EVERY = 60.0  #: seconds
CHUNK = 500  #: entries in one transaction

_log = structlog.get_logger()

#: Puts the root into the outbox for groups on at least two platforms.
Announce = Callable[[Session, Root, Moment], None]


class Sealer:
    """Every replica has one; the head's row lock lets one of them seal at a time."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._stopping = asyncio.Event()

    async def run(self) -> None:
        """Until ``stop``. A database that is away only delays."""
        while not self._stopping.is_set():
            try:
                await self.seal_all()
            except Exception:
                _log.exception("sealer.round_failed")
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._stopping.wait(), SEAL_EVERY)

    async def seal_all(self) -> int:
        """Seal everything committed by now; how many entries."""
        sealed = 0
        while True:
            count = await self._database.write(lambda session: audit.seal(session, CHUNK))
            sealed += count
            if count < CHUNK:
                return sealed

    async def stop(self) -> None:
        self._stopping.set()


def root_job(announce: Announce, *, hour: int = 17, minute: int = 30) -> Job:
    """Seals what is left, then announces the root and writes down that it was announced."""

    def chunk(session: Session, run: JobRunState, moment: Moment) -> ChunkResult:
        if audit.seal(session, CHUNK) == CHUNK:
            return ChunkResult(cursor=run.cursor)
        root = audit.root(session)
        if root.count:
            audit.announced(session, root, at=moment.business)
            announce(session, root, moment)
        return ChunkResult(done=True)

    return Job("audit_root", {"hour": hour, "minute": minute}, chunk, catch_up="once")
