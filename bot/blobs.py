"""Files kept in the database: every replica sees them, a backup holds them."""

import asyncio
import hashlib

import structlog
from sqlmodel import Session

from bot.charts import Charts
from commands.ranking.operations.pictures import CHART, SPEC
from storage.database import Database
from storage.dialects import insert_into, system_time, table
from storage.models import Blob

_BLOB = table("blob")
_log = structlog.get_logger()


class DatabaseBlobs:
    """What a ``Picture`` or ``Document`` points to. A chart is drawn when it is first read, and kept."""

    def __init__(self, database: Database, charts: Charts | None = None) -> None:
        self._database = database
        self._charts = charts or Charts()
        self._drawing: dict[str, asyncio.Task[bytes | None]] = {}

    async def read(self, key: str) -> bytes:
        """Raises:
        KeyError: there is no such blob.
        ChartsUnavailable: it is a chart and cannot be drawn here.
        """
        data = await self._read(key)
        if data is None and key.startswith(CHART):
            data = await self._drawn(key)
        if data is None:
            raise KeyError(key)
        return data

    def close(self) -> None:
        self._charts.close()

    async def _read(self, key: str) -> bytes | None:
        def read(session: Session) -> bytes | None:
            blob = session.get(Blob, key)
            return blob.data if blob is not None else None

        return await self._database.read(read)

    async def _drawn(self, key: str) -> bytes | None:
        """Drawn once, however many groups wait for it; one that gives up does not stop the others."""
        if key not in self._drawing:
            self._drawing[key] = asyncio.create_task(self._draw(key))
            self._drawing[key].add_done_callback(lambda _: self._drawing.pop(key, None))
        return await asyncio.shield(self._drawing[key])

    async def _draw(self, key: str) -> bytes | None:
        spec = await self._read(SPEC + key.removeprefix(CHART))
        if spec is None:
            return None
        png = await self._charts.render(spec)
        await self._database.write(lambda session: _keep(session, key, png))
        _log.info("chart.drawn", key=key, size=len(png))
        return png


def _keep(session: Session, key: str, png: bytes) -> None:
    """Another replica may have drawn it meanwhile: the first one stays."""
    new = insert_into(session, _BLOB).values(
        key=key,
        name="chart.png",
        content_type="image/png",
        size=len(png),
        sha256=hashlib.sha256(png).hexdigest(),
        data=png,
        created_at=system_time(session),
    )
    session.execute(new.on_conflict_do_nothing())
