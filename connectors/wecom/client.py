"""WeCom's HTTP API: tokens, calls, uploads. Every failure is a ``SendError`` that says what is certain.

Source: developer.work.weixin.qq.com/document/path/91039 (token), 90253 (media), 90313 (codes).
"""

import re
from typing import Any

import aiohttp
import orjson
from yarl import URL

from connectors.errors import CredentialError, SendDeferred, SendError, SendRefused, SendUnknown
from connectors.fetching import MAX_BYTES, MAX_SECONDS
from connectors.tokens import TokenCache, TokenStore
from connectors.wecom.codes import BLOCKED, TOKEN_REFUSED, error_of
from connectors.wecom.settings import WeComSettings

CALL = aiohttp.ClientTimeout(total=10, sock_connect=5)
TRANSFER = aiohttp.ClientTimeout(total=MAX_SECONDS, sock_connect=5)
_CHUNK = 1 << 16
_UNREACHABLE = "unreachable"
_BAD_NAME = re.compile(r'["\\/\r\n\x00-\x1f]')

Json = dict[str, Any]


class WeComClient:
    """Calls ``base_url`` and nothing else; without an app only what needs no token."""

    def __init__(self, settings: WeComSettings, app: str, store: TokenStore) -> None:
        self._settings = settings
        self._base = URL(settings.base_url.rstrip("/") + "/cgi-bin/")
        self._tokens = TokenCache(app, store, self._fetch_token)
        self._session: aiohttp.ClientSession | None = None

    def is_ours(self, address: str, path: str) -> bool:
        """Whether an address that came in or is on record is ``path`` of our own host."""
        try:
            url = URL(address)
            wanted = self._base / path
            return (url.scheme, url.host, url.port, url.path, url.user) == (
                *(wanted.scheme, wanted.host, wanted.port, wanted.path),
                None,
            )
        except ValueError:
            return False

    async def call(self, path: str, body: Json) -> Json:
        """Post to the app's API. A refused token is fetched anew once, and the call repeated once.

        Raises:
            SendError: see ``connectors.wecom.codes``; ``SendUnknown`` if written and not answered.
        """
        answer: Json = {}
        for _ in range(2):
            token = await self._tokens.get()
            url = (self._base / path).with_query(access_token=token)
            answer = await self._ask("POST", url, data=orjson.dumps(body))
            if answer["errcode"] not in TOKEN_REFUSED:
                break
            await self._tokens.refused(token)
        return _good(answer)

    async def post(self, address: str, body: Json) -> Json:
        """Post to an address that carries its own secret (a message push, a ``response_url``).

        Raises:
            SendError: as ``call``, but for ``CredentialError``: what is wrong is this address's alone.
        """
        return await self._ask_address(URL(address), data=orjson.dumps(body))

    async def upload(self, name: str, content: bytes, kind: str) -> str:
        """The ``media_id`` of an uploaded file (``image`` or ``file``), good for three days.

        Raises:
            SendError: never ``SendUnknown``: an upload shows nothing to anybody.
        """
        answer: Json = {}
        try:
            for _ in range(2):
                token = await self._tokens.get()
                url = (self._base / "media/upload").with_query(access_token=token, type=kind)
                answer = await self._ask("POST", url, data=_form(name, content), within=TRANSFER)
                if answer["errcode"] not in TOKEN_REFUSED:
                    break
                await self._tokens.refused(token)
        except SendUnknown as unclear:
            raise SendDeferred(unclear.code) from None
        return _media_id(_good(answer))

    async def upload_for_push(self, push_address: str, name: str, content: bytes) -> str:
        """The ``media_id`` of a file for one group's message push. Raises as ``upload``."""
        key = URL(push_address).query.get("key", "")
        url = (self._base / "webhook/upload_media").with_query(key=key, type="file")
        try:
            answer = await self._ask_address(url, data=_form(name, content), within=TRANSFER)
        except SendUnknown as unclear:
            raise SendDeferred(unclear.code) from None
        return _media_id(answer)

    async def download(self, media_id: str) -> tuple[str, bytes]:
        """Name ("" if none) and bytes of a file sent to the app, at most 30 MB. Raises ``SendError``."""
        for _ in range(2):
            token = await self._tokens.get()
            url = (self._base / "media/get").with_query(access_token=token, media_id=media_id)
            found = await self._bytes(url)
            if isinstance(found, tuple):
                return found
            if found["errcode"] not in TOKEN_REFUSED:
                raise error_of(found["errcode"], str(found.get("errmsg", "")))
            await self._tokens.refused(token)
        raise CredentialError("40014")

    async def find_user(self, userid: str) -> bool:
        """Whether the directory knows a plain id. Raises ``SendError`` where it cannot be asked."""
        answer: Json = {}
        for _ in range(2):
            token = await self._tokens.get()
            url = (self._base / "user/get").with_query(access_token=token, userid=userid)
            answer = await self._ask("GET", url)
            if answer["errcode"] not in TOKEN_REFUSED:
                break
            await self._tokens.refused(token)
        try:
            _good(answer)
        except SendRefused:
            return False
        return True

    async def check_token(self) -> None:
        """Raises ``SendError`` if no token can be had."""
        await self._tokens.get()

    async def check_app(self) -> None:
        """Ask for the app's own entry, as any call from an address that is not trusted is refused.

        Raises ``SendError``. https://developer.work.weixin.qq.com/document/path/90227
        """
        token = await self._tokens.get()
        query = {"access_token": token, "agentid": str(self._settings.agent_id)}
        _good(await self._ask("GET", (self._base / "agent/get").with_query(query)))

    async def close(self) -> None:
        if self._session is not None:
            await self._session.close()
            self._session = None

    async def _fetch_token(self) -> tuple[str, float]:
        secret = self._settings.secret.get_secret_value()
        url = (self._base / "gettoken").with_query(corpid=self._settings.corp_id, corpsecret=secret)
        try:
            answer = _good(await self._ask("GET", url))
        except SendUnknown as unclear:
            raise SendDeferred(unclear.code, whole_app=True) from None
        except SendRefused as refused:
            raise CredentialError(refused.code, refused.detail) from None
        token, seconds = answer.get("access_token"), answer.get("expires_in")
        if not isinstance(token, str) or not token or not isinstance(seconds, int):
            raise SendDeferred("unreadable", whole_app=True)
        return token, float(seconds)

    async def _ask(
        self, method: str, url: URL, *, data: Any = None, within: aiohttp.ClientTimeout = CALL
    ) -> Json:
        """The answer's JSON, with an integer ``errcode``."""
        try:
            async with self._open().request(
                method, url, data=data, timeout=within, allow_redirects=False, headers=_headers(data)
            ) as response:
                return _read(response.status, await response.read())
        except (aiohttp.ClientError, TimeoutError) as error:
            raise _network(error) from None

    async def _ask_address(self, url: URL, *, data: Any, within: aiohttp.ClientTimeout = CALL) -> Json:
        try:
            return _good(await self._ask("POST", url, data=data, within=within))
        except CredentialError as error:
            raise SendRefused(error.code, error.detail) from None
        except SendDeferred as error:
            error.whole_app = error.code == _UNREACHABLE  # then the whole platform is
            raise

    async def _bytes(self, url: URL) -> tuple[str, bytes] | Json:
        """The file at ``url``, or the JSON that stands in its place (then it is no attachment)."""
        try:
            async with self._open().get(url, timeout=TRANSFER, allow_redirects=False) as response:
                received = bytearray()
                async for chunk in response.content.iter_chunked(_CHUNK):
                    received += chunk
                    if len(received) > MAX_BYTES:
                        raise SendRefused("fetch_size")
                disposition = response.content_disposition
                if response.status == 200 and (disposition or response.content_type != "application/json"):
                    return (disposition and disposition.filename) or "", bytes(received)
                return _read(response.status, bytes(received))
        except SendUnknown as unclear:
            raise SendDeferred(unclear.code) from None
        except (aiohttp.ClientError, TimeoutError):
            raise SendDeferred("no_answer") from None

    def _open(self) -> aiohttp.ClientSession:
        if self._session is None:
            self._session = aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar())
        return self._session


def _headers(data: Any) -> dict[str, str]:
    return {"Content-Type": "application/json; charset=utf-8"} if isinstance(data, bytes) else {}


def _network(error: Exception) -> SendError:
    """Never made a connection: certainly not sent. Anything later: nobody knows."""
    if isinstance(error, aiohttp.ClientConnectorError | aiohttp.ConnectionTimeoutError):
        return SendDeferred(_UNREACHABLE, retry_after=10, whole_app=True)
    return SendUnknown("no_answer")


def _read(status: int, content: bytes) -> Json:
    """Decide on ``errcode`` alone, whatever the status; without one the status must do."""
    try:
        answer = orjson.loads(content)
    except orjson.JSONDecodeError:
        answer = None
    if isinstance(answer, dict) and isinstance(answer.get("errcode", 0 if status == 200 else None), int):
        return {"errcode": 0, **answer}
    if status == 429:
        raise SendDeferred("http_429", retry_after=BLOCKED, whole_app=True)
    if 300 <= status < 500:
        raise CredentialError(f"http_{status}", "base_url 不是企业微信的接口")
    raise SendUnknown("unreadable" if status == 200 else f"http_{status}")


def _good(answer: Json) -> Json:
    code = answer["errcode"]
    if code:
        raise error_of(code, str(answer.get("errmsg", "")))
    return answer


def _media_id(answer: Json) -> str:
    media_id = answer.get("media_id")
    if not isinstance(media_id, str) or not media_id:
        raise SendDeferred("unreadable")
    return media_id


def _form(name: str, content: bytes) -> aiohttp.FormData:
    """The part ``media``. Its name is sent as raw UTF-8: an encoded one is refused with 44001."""
    form = aiohttp.FormData(quote_fields=False)
    safe = _BAD_NAME.sub("_", name)[-120:] or "file"
    form.add_field("media", content, filename=safe, content_type="application/octet-stream")
    return form
