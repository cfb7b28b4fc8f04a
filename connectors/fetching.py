"""Fetching addresses that came in from outside: downloads, and where a platform says to answer.

The client for a platform's API knows its hosts from the settings. This one is for every other address,
so it goes nowhere but to the listed hosts, whatever their spelling, redirects or DNS say.
"""

import ipaddress
import socket
from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult
from aiohttp.resolver import DefaultResolver
from yarl import URL

from connectors.errors import SendDeferred, SendRefused, SendUnknown

MAX_BYTES = 30 * 1024 * 1024  #: of a fetched file
MAX_SECONDS = 30.0  #: for one fetch, from the first look-up to the last byte
_CHUNK = 64 * 1024


class FetchRefused(SendRefused):
    """The address is not on the list, or what it gave is not acceptable. The address is never shown."""


@dataclass(frozen=True, slots=True)
class AllowedHost:
    """A host that may be asked: ``name`` itself and everything under it.

    ``plain_http`` allows http and private addresses besides (a stand-in, a proxy inside the house);
    an IP address can be listed only so, and only as itself. ``port`` None means the scheme's own.
    """

    name: str
    path: str = "/"  #: what the path must start with
    plain_http: bool = False
    port: int | None = None

    @classmethod
    def of_base(cls, base_url: str) -> "AllowedHost":
        """The host of a configured base address, with its scheme and port."""
        url = URL(base_url)
        return cls(url.host or "", plain_http=url.scheme == "http", port=url.explicit_port)

    def takes(self, url: URL) -> bool:
        """Whether this entry lets ``url`` through."""
        host = url.host or ""
        if _address(host) is not None or _address(self.name) is not None:
            named = self.plain_http and host == self.name
        else:
            named = host == self.name or host.endswith("." + self.name)
        schemes = ("https", "http") if self.plain_http else ("https",)
        port = url.is_default_port() if self.port is None else url.port == self.port
        return named and url.scheme in schemes and port and url.path.startswith(self.path)


class Fetcher:
    """Guarded client without cookies, credentials or redirects.

    ``resolver`` looks names up (the system's by default); its answers are checked.
    """

    def __init__(
        self,
        allowed: Sequence[AllowedHost],
        *,
        resolver: AbstractResolver | None = None,
        max_bytes: int = MAX_BYTES,
    ) -> None:
        self._allowed = tuple(allowed)
        self._max_bytes = max_bytes
        self._resolver = resolver
        self._session: aiohttp.ClientSession | None = None

    def check(self, url: str) -> URL:
        """``url``, parsed once, if it may be asked.

        Raises:
            FetchRefused: it may not.
        """
        try:
            parsed = URL(url)
            host = parsed.host
            port = parsed.port
        except ValueError:
            raise FetchRefused("fetch_url") from None
        if parsed.user is not None or parsed.password is not None or not host or not port:
            raise FetchRefused("fetch_url")
        if ".." in parsed.parts or not any(entry.takes(parsed) for entry in self._allowed):
            raise FetchRefused("fetch_host")
        return parsed

    async def get(self, url: str) -> bytes:
        """The bytes at ``url``: at most ``max_bytes`` in ``MAX_SECONDS``.

        Raises:
            FetchRefused: not on the list, redirected, too large, or answered with an error.
            SendDeferred: not reachable now.
        """
        return (await self.get_named(url))[1]

    async def get_named(self, url: str) -> tuple[str, bytes]:
        """As ``get``, with the name that ``Content-Disposition`` gives the file, as it is; "" if none."""
        try:
            return await self._ask("GET", self.check(url), None)
        except SendUnknown as unclear:
            raise SendDeferred(unclear.code, retry_after=10) from None

    async def post(self, url: str, body: object) -> bytes:
        """Post ``body`` as JSON to a listed address and return what it answers.

        Raises:
            FetchRefused: not on the list, redirected, or refused with a 4xx.
            SendDeferred: certainly not sent.
            SendUnknown: written, and no readable answer came.
        """
        return (await self._ask("POST", self.check(url), body))[1]

    async def _ask(self, method: str, url: URL, body: object) -> tuple[str, bytes]:
        try:
            async with self._open().request(method, url, json=body, allow_redirects=False) as response:
                if response.status >= 500:
                    raise SendUnknown(f"fetch_{response.status}")
                if response.status != 200:
                    raise FetchRefused(f"fetch_{response.status}")
                if (response.content_length or 0) > self._max_bytes:
                    raise FetchRefused("fetch_size")
                received = bytearray()
                async for chunk in response.content.iter_chunked(_CHUNK):
                    received += chunk
                    if len(received) > self._max_bytes:
                        raise FetchRefused("fetch_size")
                disposition = response.content_disposition
                return (disposition and disposition.filename) or "", bytes(received)
        except aiohttp.InvalidURL:
            raise FetchRefused("fetch_url") from None
        except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError):
            raise SendDeferred("fetch_unreachable", retry_after=10) from None
        except (aiohttp.ClientError, TimeoutError):
            raise SendUnknown("fetch_no_answer") from None

    def _open(self) -> aiohttp.ClientSession:
        if self._session is None:
            resolver = _CheckedResolver(self._resolver or DefaultResolver(), self._allowed)
            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(resolver=resolver, use_dns_cache=False, force_close=True),
                cookie_jar=aiohttp.DummyCookieJar(),
                timeout=aiohttp.ClientTimeout(total=MAX_SECONDS, connect=10),
                headers={"Accept-Encoding": "identity"},
            )
        return self._session

    async def close(self) -> None:
        if self._session is not None:
            await self._session.close()
            self._session = None


class _CheckedResolver(AbstractResolver):
    """Refuses a name that leads inside, but for hosts listed with ``plain_http``.

    aiohttp connects to exactly what this returns, so a second look-up cannot bring another address.
    It never asks for an IP literal: ``AllowedHost.takes`` has refused those.
    """

    def __init__(self, inner: AbstractResolver, allowed: Sequence[AllowedHost]) -> None:
        self._inner = inner
        self._inside = frozenset(entry.name for entry in allowed if entry.plain_http)

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        found = await self._inner.resolve(host, port, family)
        if host not in self._inside:
            for result in found:
                if not _is_public(result["host"]):
                    raise FetchRefused("fetch_address")
        return found

    async def close(self) -> None:
        await self._inner.close()


def _address(host: str) -> IPv4Address | IPv6Address | None:
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None


def _is_public(host: str) -> bool:
    """Whether an address is one of the Internet's; what hides an IPv4 address is judged by that."""
    address = _address(host.partition("%")[0])
    if isinstance(address, IPv6Address):
        hidden = address.ipv4_mapped or address.sixtofour or (address.teredo and address.teredo[1])
        if hidden:
            return _is_public(str(hidden))
        if address in ipaddress.ip_network("64:ff9b::/96"):
            return _is_public(str(IPv4Address(int(address) & 0xFFFFFFFF)))
    return address is not None and address.is_global and not address.is_multicast
