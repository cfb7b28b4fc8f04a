"""Access tokens: cached, refreshed once for many waiters, shared between replicas through a store.

A token is a secret: it is never logged, and a store keeps it sealed.
"""

import asyncio
import hashlib
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Protocol

EARLY = 300.0  #: seconds before its end that a token is refreshed


@dataclass(frozen=True, slots=True)
class Token:
    """``until``: system time (Unix seconds) after which the platform refuses it."""

    value: str
    until: float


class TokenStore(Protocol):
    """Keeps one token per app for all replicas; values are sealed at rest."""

    async def load(self, app: str) -> Token | None: ...

    async def begin_refresh(self, app: str) -> bool:
        """True for the one caller who should refresh now (compare-and-set, for about 20 s)."""
        ...

    async def save(self, app: str, token: Token) -> None: ...

    async def evict(self, app: str, value_hash: str) -> None:
        """Forget the stored token if it is the one with this SHA-256: the platform refused it."""
        ...


class MemoryTokenStore:
    """For one process: what ``replay`` and the connectors' own tests use."""

    def __init__(self) -> None:
        self._tokens: dict[str, Token] = {}

    async def load(self, app: str) -> Token | None:
        return self._tokens.get(app)

    async def begin_refresh(self, app: str) -> bool:
        return True

    async def save(self, app: str, token: Token) -> None:
        self._tokens[app] = token

    async def evict(self, app: str, value_hash: str) -> None:
        token = self._tokens.get(app)
        if token is not None and digest(token.value) == value_hash:
            del self._tokens[app]


def digest(value: str) -> str:
    """How a token is named where it must not be shown."""
    return hashlib.sha256(value.encode()).hexdigest()


class TokenCache:
    """One app's token. ``fetch`` asks the platform and returns ``(value, seconds it lives)``."""

    def __init__(
        self, app: str, store: TokenStore, fetch: Callable[[], Awaitable[tuple[str, float]]]
    ) -> None:
        self._app = app
        self._store = store
        self._fetch = fetch
        self._lock = asyncio.Lock()
        self._token: Token | None = None

    async def get(self) -> str:
        """A token that is good for now. Many waiters cause one refresh; while another replica
        refreshes, a token that is still good is used on.

        Raises:
            SendError: what ``fetch`` raised.
        """
        if self._token is not None and time.time() < self._token.until - EARLY:
            return self._token.value
        async with self._lock:
            stored = await self._store.load(self._app)
            now = time.time()
            if stored is not None and now < stored.until - EARLY:
                self._token = stored
            elif await self._store.begin_refresh(self._app) or stored is None or now >= stored.until:
                value, seconds = await self._fetch()
                self._token = Token(value, time.time() + seconds)
                await self._store.save(self._app, self._token)
            else:
                self._token = stored
            assert self._token is not None  # noqa: S101 - every branch set it
            return self._token.value

    async def refused(self, value: str) -> None:
        """The platform refused ``value``: evict it, by its hash, if it is still the current one."""
        if self._token is not None and self._token.value == value:
            self._token = None
        await self._store.evict(self._app, digest(value))
