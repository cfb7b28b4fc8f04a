"""Faults that a stand-in plays from a script, each for one request of one route, in order."""

import asyncio
from collections import defaultdict, deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from enum import StrEnum

from aiohttp import web

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
Refusal = Callable[[], web.Response]


class FaultKind(StrEnum):
    DELAY = "delay"  #: the request is taken ``seconds`` late
    THROTTLED = "throttled"  #: refused by the platform's rate limit (HTTP 429 or its own form)
    BROKEN = "broken"  #: HTTP 500 with no readable body, before anything was accepted
    RESET_BEFORE = "reset_before"  #: the connection is cut, nothing was accepted
    RESET_AFTER = "reset_after"  #: accepted, then the connection is cut without an answer
    GARBAGE = "garbage"  #: accepted, then answered with something that is no answer
    EXPIRED_TOKEN = "expired_token"  # noqa: S105 #: refused: the access token is not known any more
    DUPLICATE = "duplicate"  #: on a webhook: delivered twice although the bot answered


@dataclass(frozen=True, slots=True)
class Fault:
    kind: FaultKind
    seconds: float = 0.0


class Faults:
    """Scripted queues, one per route. The names of routes are each stand-in's own; all know
    ``token``, ``send``, ``update``, ``upload``, ``download`` and ``webhook``."""

    def __init__(self) -> None:
        self._queues: dict[str, deque[Fault]] = defaultdict(deque)

    def script(self, route: str, *faults: Fault | FaultKind) -> None:
        """The next requests to ``route`` meet these, one each."""
        self._queues[route].extend(f if isinstance(f, Fault) else Fault(f) for f in faults)

    def take(self, route: str) -> Fault | None:
        """The fault for this request, used up."""
        queue = self._queues[route]
        return queue.popleft() if queue else None

    async def play(
        self, route: str, request: web.Request, handler: Handler, *, throttled: Refusal, expired: Refusal
    ) -> web.StreamResponse:
        """Answer ``request`` with ``handler``, under the fault that is due on ``route``.

        ``throttled`` and ``expired`` are how this platform says so.
        """
        fault = self.take(route)
        match fault.kind if fault else None:
            case FaultKind.THROTTLED:
                return throttled()
            case FaultKind.EXPIRED_TOKEN:
                return expired()
            case FaultKind.BROKEN:
                return web.Response(status=500, text="upstream connect error")
            case FaultKind.RESET_BEFORE:
                return _cut(request)
            case FaultKind.RESET_AFTER:
                await handler(request)
                return _cut(request)
            case FaultKind.GARBAGE:
                await handler(request)
                return web.Response(text="<html>it works</html>", content_type="text/html")
        if fault is not None and fault.kind is FaultKind.DELAY:
            await asyncio.sleep(fault.seconds)
        return await handler(request)


def _cut(request: web.Request) -> web.Response:
    """Reset the connection; the response goes nowhere."""
    if request.transport is not None:
        request.transport.abort()
    return web.Response(status=500)
