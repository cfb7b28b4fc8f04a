"""``/healthz``: the process lives. ``/readyz``: it can do its work. ``/metrics``: for Prometheus."""

import asyncio
from collections.abc import Callable

import prometheus_client
import sqlalchemy as sa
from aiohttp import web

from storage.database import Database

READY_TIMEOUT = 2.0  #: seconds the database may take to answer
STUCK = 10.0  #: seconds of one piece of work after which SQLite's writer counts as stuck


def routes(database: Database, serving: Callable[[], bool]) -> list[web.RouteDef]:
    """``serving`` is false once the service is stopping: a balancer then sends nothing more here."""

    async def healthz(request: web.Request) -> web.Response:
        stuck = database.stuck_for() > STUCK
        return web.Response(status=503 if stuck else 200, text="the writer is stuck\n" if stuck else "ok\n")

    async def readyz(request: web.Request) -> web.Response:
        if not serving():
            return web.Response(status=503, text="stopping\n")
        try:
            async with asyncio.timeout(READY_TIMEOUT):
                await database.read(lambda session: session.execute(sa.text("SELECT 1")).scalar())
        except Exception:
            return web.Response(status=503, text="no database\n")
        return web.Response(text="ready\n")

    async def metrics(request: web.Request) -> web.Response:
        body = prometheus_client.generate_latest()
        return web.Response(body=body, headers={"Content-Type": prometheus_client.CONTENT_TYPE_LATEST})

    return [web.get("/healthz", healthz), web.get("/readyz", readyz), web.get("/metrics", metrics)]
