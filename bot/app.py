"""The HTTP application of a service; reads like a table of contents."""

import socket
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager

from aiohttp import web
from aiohttp.typedefs import Middleware

from bot import health, webhooks
from bot.service import Service

SHUTDOWN = 3.0  #: seconds that open requests get when we stop


def build_app(
    service: Service, *, routes: Iterable[web.RouteDef] = (), middlewares: Iterable[Middleware] = ()
) -> web.Application:
    """``routes`` and ``middlewares``: what ``demo`` adds. The service is opened and closed by the caller."""
    app = web.Application(client_max_size=webhooks.MAX_BODY, middlewares=tuple(middlewares))
    app.add_routes(webhooks.routes(service.connectors, service.intake))
    app.add_routes(health.routes(service.database, lambda: service.serving))
    app.add_routes(routes)
    return app


def listener(host: str, port: int) -> socket.socket:
    """A bound socket; ``port`` 0 takes any free one. Raises ``OSError`` when the port is taken."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    bound = socket.socket(family, socket.SOCK_STREAM)
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    bound.bind((host, port))
    return bound


@asynccontextmanager
async def served(app: web.Application, bound: socket.socket) -> AsyncIterator[None]:
    """``app`` answers on this socket meanwhile; open requests get ``SHUTDOWN`` seconds at the end."""
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=SHUTDOWN)
    try:
        await runner.setup()
        await web.SockSite(runner, bound).start()
        yield
    finally:
        await runner.cleanup()
        bound.close()
