"""The platforms' requests: bounded, verified, handled, answered."""

import asyncio
import time
from collections.abc import Mapping

import structlog
from aiohttp import web
from prometheus_client import Counter

from bot.intake import Intake
from connectors.connector import Answer, Connector, WebhookRequest
from connectors.errors import WebhookError

MAX_BODY = 1024 * 1024  #: bytes
READ_SECONDS = 5.0  #: for the whole body

_REFUSED = Counter("chengquan_webhooks_refused", "Requests not believed.", ["binding", "reason"])
_IGNORED = Counter("chengquan_webhooks_ignored", "Believed requests with nothing for us.", ["binding"])
_LOG = structlog.get_logger()


def routes(connectors: Mapping[str, Connector], intake: Intake) -> list[web.RouteDef]:
    """``/webhooks/{binding}`` and the platform's sub-paths below it."""
    webhooks = _Webhooks(connectors, intake)
    return [
        web.route(method, path, webhooks.handle)
        for path in ("/webhooks/{binding}", "/webhooks/{binding}/{endpoint}")
        for method in ("GET", "POST")
    ]


class _Webhooks:
    def __init__(self, connectors: Mapping[str, Connector], intake: Intake) -> None:
        self._connectors = connectors
        self._intake = intake

    async def handle(self, request: web.Request) -> web.Response:
        arrived = time.monotonic()
        binding = request.match_info["binding"]
        connector = self._connectors.get(binding)
        if connector is None:
            return web.Response(status=404)
        refused, body = await _read(request)
        if refused:
            return _refuse(binding, refused, "body")
        try:
            received = connector.receive(_as_received(request, body), self._intake.clock.moment().system)
        except WebhookError as error:
            return _refuse(binding, error.status, error.reason)
        if received.incoming is None:
            _IGNORED.labels(binding).inc()
        return _respond(await self._intake.take(connector, received, arrived=arrived))


async def _read(request: web.Request) -> tuple[int, bytes]:
    """The raw body, or the status that refuses it. No platform compresses, so nothing is unpacked."""
    if not request.body_exists:
        return 0, b""
    if "Content-Encoding" in request.headers:
        return 415, b""
    if (request.content_length or 0) > MAX_BODY:
        return 413, b""
    body = bytearray()
    try:
        async with asyncio.timeout(READ_SECONDS):
            async for chunk in request.content.iter_any():
                body += chunk
                if len(body) > MAX_BODY:
                    return 413, b""
    except TimeoutError:
        return 408, b""
    return 0, bytes(body)


def _as_received(request: web.Request, body: bytes) -> WebhookRequest:
    return WebhookRequest(
        method=request.method,
        endpoint=request.match_info.get("endpoint", ""),
        query=request.query,
        headers={name.lower(): value for name, value in request.headers.items()},
        body=body,
    )


def _refuse(binding: str, status: int, reason: str) -> web.Response:
    """Nothing is stored, and the answer says nothing that helps an attacker."""
    _REFUSED.labels(binding, reason).inc()
    _LOG.warning("webhook refused", binding=binding, status=status, reason=reason)
    response = web.Response(status=status)
    if status in (408, 413):
        response.force_close()  # the rest of the body is not read
    return response


def _respond(answer: Answer) -> web.Response:
    return web.Response(status=answer.status, body=answer.body, headers={"Content-Type": answer.content_type})
