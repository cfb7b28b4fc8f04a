"""How a stand-in delivers its webhooks: over real HTTP, in each platform's own form."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field

import aiohttp

TIMEOUT = 5.0  #: seconds a delivery waits for the bot's answer


@dataclass(frozen=True, slots=True)
class WebhookCall:
    """``endpoint``: the part of the path behind the binding (``""``, ``robot``, ``app``, …)."""

    body: bytes
    endpoint: str = ""
    query: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    method: str = "POST"


@dataclass(frozen=True, slots=True)
class WebhookAnswer:
    """``status`` 0: there was no answer."""

    status: int
    body: bytes = b""


Deliver = Callable[[WebhookCall], Awaitable[WebhookAnswer]]


class Courier:
    """Delivers to the bot at ``webhook_url`` (``http://127.0.0.1:8080/webhooks/feishu``)."""

    def __init__(self, webhook_url: str, *, timeout: float = TIMEOUT) -> None:
        self._url = webhook_url.rstrip("/")
        self._timeout = aiohttp.ClientTimeout(total=timeout)
        self._session: aiohttp.ClientSession | None = None

    async def __call__(self, call: WebhookCall) -> WebhookAnswer:
        if self._session is None:
            self._session = aiohttp.ClientSession(timeout=self._timeout)
        url = f"{self._url}/{call.endpoint}" if call.endpoint else self._url
        try:
            async with self._session.request(
                call.method, url, params=call.query, headers=call.headers, data=call.body
            ) as response:
                return WebhookAnswer(response.status, await response.read())
        except (aiohttp.ClientError, TimeoutError):
            return WebhookAnswer(0)

    async def close(self) -> None:
        if self._session is not None:
            await self._session.close()
            self._session = None
