"""The app's token, and the files that people sent: what goes to the API without the SDK.

The SDK follows redirects, with the app's secret in the body of the token call, and reads an answer
whole however large it is.
"""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import aiohttp

from connectors.errors import SendDeferred, SendError, SendRefused
from connectors.feishu import outcomes
from connectors.feishu.api import Reply
from connectors.feishu.settings import FeishuSettings
from connectors.tokens import TokenCache, TokenStore

MAX_BYTES = 30 * 1024 * 1024
FETCH_SECONDS = 30.0

_HANDLE = re.compile(r"([A-Za-z0-9_-]+)/([A-Za-z0-9_-]+)/(image|file)")
_CHUNK = 64 * 1024


class Access:
    """``app``: under which name the token is kept."""

    def __init__(self, settings: FeishuSettings, tokens: TokenStore, *, app: str, seconds: float) -> None:
        self._base_url = settings.base_url.rstrip("/")
        self._app_id = settings.app_id
        self._app_secret = settings.app_secret
        self._timeout = aiohttp.ClientTimeout(total=seconds, connect=3.0)
        self._tokens = TokenCache(app, tokens, self._new_token)
        self._session: aiohttp.ClientSession | None = None

    async def token(self) -> str:
        """
        Raises:
            SendDeferred: none to be had now.
            CredentialError: the app is refused.
        """
        try:
            return await self._tokens.get()
        except SendError as error:
            raise outcomes.before(error) from None

    async def refused(self, token: str) -> None:
        """The platform refused ``token``: never use it again."""
        await self._tokens.refused(token)

    async def download(self, handle: str) -> bytes:
        """A file that somebody sent, by its ``File.handle``; never from another host than the API's.

        https://open.feishu.cn/document/uAjLw4CM/ukTMukTMukTM/reference/im-v1/message-resource/get

        Raises:
            SendError: refused, too large, or not to be had now.
        """
        found = _HANDLE.fullmatch(handle)
        if found is None:
            raise SendRefused("handle")
        message_id, key, kind = found.groups()
        path = f"/open-apis/im/v1/messages/{message_id}/resources/{key}"
        token = await self.token()
        try:
            return await self._read(path, kind, token)
        except SendError as error:
            if error.code not in map(str, outcomes.TOKEN_REFUSED):
                raise outcomes.before(error) from None
        await self.refused(token)
        token = await self.token()
        try:
            return await self._read(path, kind, token)
        except SendError as error:
            raise outcomes.before(error) from None

    async def _read(self, path: str, kind: str, token: str) -> bytes:
        headers = {"Authorization": f"Bearer {token}"}
        timeout = aiohttp.ClientTimeout(total=FETCH_SECONDS, connect=3.0)
        async with self._ask(
            "GET", path, params={"type": kind}, headers=headers, timeout=timeout
        ) as response:
            # A file may itself be JSON; only files come with a name to save them under.
            if response.status == 200 and (
                response.content_type != "application/json" or "Content-Disposition" in response.headers
            ):
                return await _bounded(response)
            reply = await _reply(response)
        answer = outcomes.read(reply)
        if answer["code"] == 0:
            raise SendRefused("fetch_answer")
        raise outcomes.of(reply, answer)

    async def _new_token(self) -> tuple[str, float]:
        body = {"app_id": self._app_id, "app_secret": self._app_secret.get_secret_value()}
        path = "/open-apis/auth/v3/tenant_access_token/internal"
        async with self._ask("POST", path, json=body) as response:
            reply = await _reply(response)
        answer = outcomes.read(reply)
        value, expire = answer.get("tenant_access_token"), answer.get("expire")
        if answer["code"] != 0:
            raise outcomes.of(reply, answer)
        if not isinstance(value, str) or not isinstance(expire, int):
            raise outcomes.unreadable(reply.status, reply.headers)
        return value, float(expire)

    @asynccontextmanager
    async def _ask(self, method: str, path: str, **options: Any) -> AsyncIterator[aiohttp.ClientResponse]:
        if self._session is None:
            self._session = aiohttp.ClientSession(
                timeout=self._timeout, cookie_jar=aiohttp.DummyCookieJar(), trust_env=True
            )
        try:
            async with self._session.request(
                method, self._base_url + path, allow_redirects=False, **options
            ) as response:
                yield response
        except (aiohttp.ClientError, TimeoutError):
            raise SendDeferred("unreachable", retry_after=5.0) from None

    async def close(self) -> None:
        if self._session is not None:
            await self._session.close()
            self._session = None


async def _reply(response: aiohttp.ClientResponse) -> Reply:
    headers = {name.lower(): value for name, value in response.headers.items()}
    return Reply(response.status, headers, await response.read())


async def _bounded(response: aiohttp.ClientResponse) -> bytes:
    if (response.content_length or 0) > MAX_BYTES:
        raise SendRefused("fetch_size")
    received = bytearray()
    async for chunk in response.content.iter_chunked(_CHUNK):
        received += chunk
        if len(received) > MAX_BYTES:
            raise SendRefused("fetch_size")
    return bytes(received)
