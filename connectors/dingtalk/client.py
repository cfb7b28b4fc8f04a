"""Calls to DingTalk's API, at the hosts from the settings and nowhere else.

What goes wrong before a request is written is *deferred*; what is written and not readably answered is
*unknown* for calls that show a message, and *deferred* for all others.
"""

import asyncio
from collections.abc import Callable
from typing import Any

import aiohttp
import orjson

from connectors.dingtalk import codes
from connectors.dingtalk.render import Native
from connectors.dingtalk.settings import DingTalkSettings
from connectors.errors import SendDeferred, SendError, SendRefused, SendUnknown
from connectors.fetching import AllowedHost, Fetcher
from connectors.tokens import TokenCache, TokenStore

TIMEOUT = 10.0  #: seconds for one call
_CONNECT = 4.0  #: of these, for a connection: what takes longer was certainly not sent
_TOKEN_LIFE = 7200.0  #: seconds, where the platform does not say
_REGISTER = "/v1.0/card/callbacks/register"
_NO_SUCH_USER = "60121"
_AGAIN = 5.0  #: seconds before a call is repeated that did not show anything

Body = Callable[[], Any]


class DingTalkClient:
    """One app's calls. ``close`` ends its sessions."""

    def __init__(self, settings: DingTalkSettings, tokens: TokenStore, *, timeout: float = TIMEOUT) -> None:
        self._settings = settings
        self._timeout = aiohttp.ClientTimeout(total=timeout, connect=min(timeout, _CONNECT))
        self._base = settings.base_url.rstrip("/")
        self._old_base = settings.old_base_url.rstrip("/")
        self._tokens = TokenCache(f"dingtalk:{settings.app_key}", tokens, self._new_token)
        self._session: aiohttp.ClientSession | None = None
        hosts = [AllowedHost(host) for host in settings.hosts]
        inside = [AllowedHost.of_base(url) for url in (self._base, self._old_base) if url.startswith("http:")]
        self._fetcher = Fetcher([*hosts, *inside])
        self._inside = bool(inside)
        self._registering = asyncio.Lock()
        self._registered = not settings.card_callback_url

    async def token(self) -> str:
        """The access token that is good now. Raises ``SendError``."""
        return await self._tokens.get()

    async def send_to_group(self, conversation_id: str, message: Native) -> str:
        """Source: ``groupMessages/send``; returns the ``processQueryKey``. Nobody can be mentioned."""
        answer = await self._shown(
            "POST",
            "/v1.0/robot/groupMessages/send",
            {
                "robotCode": self._settings.robot,
                "openConversationId": conversation_id,
                "msgKey": message.key,
                "msgParam": message.text(),
            },
        )
        return str(answer.get("processQueryKey", ""))

    async def send_to_person(self, staff_id: str, message: Native) -> str:
        """Source: ``oToMessages/batchSend``; HTTP 200 can still be a refusal of this person."""
        answer = await self._shown(
            "POST",
            "/v1.0/robot/oToMessages/batchSend",
            {
                "robotCode": self._settings.robot,
                "userIds": [staff_id],
                "msgKey": message.key,
                "msgParam": message.text(),
            },
        )
        if answer.get("invalidStaffIdList"):
            raise SendRefused("invalidStaffId", dead_address=True)
        if answer.get("flowControlledStaffIdList"):
            raise SendDeferred("flowControlledStaffId", retry_after=10)
        if answer.get("filteredStaffIdList"):
            raise SendRefused("filteredStaffId")
        return str(answer.get("processQueryKey", ""))

    async def deliver_card(self, card: dict[str, Any]) -> None:
        """Source: ``create-and-deliver-cards``. ``success: true`` does not mean delivered."""
        await self._register_callback()
        answer = await self._shown("POST", "/v1.0/card/instances/createAndDeliver", card)
        result = answer.get("result")
        delivered = result.get("deliverResults") if isinstance(result, dict) else None
        for space in delivered if isinstance(delivered, list) else []:
            if isinstance(space, dict) and not space.get("success"):
                raise SendRefused("cardNotDelivered", str(space.get("errorMsg", ""))[:200])
        if not answer.get("success") or not delivered:
            raise SendUnknown("cardNotDelivered")

    async def _register_callback(self) -> None:
        """Source: ``register-card-callback-address``. Once a process: a key that leads elsewhere is
        moved here, and with it every card that uses it."""
        async with self._registering:
            if self._registered:
                return
            asked: dict[str, Any] = {
                "callbackRouteKey": self._settings.card_route_key,
                "callbackUrl": self._settings.card_callback_url,
                "apiSecret": self._settings.card_secret.get_secret_value(),
            }
            try:
                answer = await self._silent("POST", _REGISTER, {**asked, "forceUpdate": False})
                result = answer.get("result")
                ours = isinstance(result, dict) and all(
                    result.get(name) == asked[name] for name in ("callbackUrl", "apiSecret")
                )
            except SendRefused as refused:
                if refused.code != "param.callbackRouteKeyExist":
                    raise
                ours = False
            if not ours:
                await self._silent("POST", _REGISTER, {**asked, "forceUpdate": True})
            self._registered = True

    async def update_card(self, track_id: str, data: dict[str, str]) -> None:
        """By key: without that option all other variables would vanish."""
        options = {"updateCardDataByKey": True, "updatePrivateDataByKey": True}
        await self._silent(
            "PUT",
            "/v1.0/card/instances",
            {
                "outTrackId": track_id,
                "cardData": {"cardParamMap": data},
                "cardUpdateOptions": options,
                "userIdType": 1,
            },
        )

    async def upload(self, content: bytes, name: str, kind: str) -> str:
        """The media id of ``content``. ``kind``: ``image`` or ``file``, at most 20 MB."""

        def form() -> aiohttp.FormData:
            data = aiohttp.FormData()
            data.add_field("type", kind)
            data.add_field("media", content, filename=name, content_type="application/octet-stream")
            return data

        answer = await self._old("/media/upload", form, type=kind)
        return str(answer.get("media_id", ""))

    async def download(self, code: str) -> bytes:
        """The bytes behind a ``downloadCode``, which lives shortly and belongs to this robot."""
        asked = {"downloadCode": code, "robotCode": self._settings.robot}
        answer = await self._silent("POST", "/v1.0/robot/messageFiles/download", asked)
        url = str(answer.get("downloadUrl", ""))
        return await self._fetcher.get(url if self._inside else secured(url))

    async def member(self, union_id: str) -> str:
        """The staff id of a member by union id, "" for somebody outside. Not metered."""
        body = orjson.dumps({"unionid": union_id})
        try:
            answer = await self._old("/topapi/user/getbyunionid", lambda: body, json=True)
        except SendRefused as refused:
            if refused.code == _NO_SUCH_USER:
                return ""
            raise
        found = answer.get("result")
        if not isinstance(found, dict) or str(found.get("contact_type")) != "0":
            return ""
        return str(found.get("userid", ""))

    async def close(self) -> None:
        await self._fetcher.close()
        if self._session is not None:
            await self._session.close()
            self._session = None

    async def _shown(self, method: str, path: str, body: dict[str, Any]) -> dict[str, Any]:
        return await self._with_token(method, self._base + path, lambda: orjson.dumps(body))

    async def _silent(self, method: str, path: str, body: dict[str, Any]) -> dict[str, Any]:
        try:
            return await self._shown(method, path, body)
        except SendUnknown as unclear:
            raise _again(unclear) from None

    async def _old(self, path: str, body: Body, *, json: bool = False, **query: str) -> dict[str, Any]:
        try:
            return await self._with_token("POST", self._old_base + path, body, old=query, json=json)
        except SendUnknown as unclear:
            raise _again(unclear) from None

    async def _with_token(
        self, method: str, url: str, body: Body, *, old: dict[str, str] | None = None, json: bool = True
    ) -> dict[str, Any]:
        """One call; repeated once with a new token when the platform refused the old one.

        ``old``: the query of a call of the old generation, which takes the token there.
        """
        for last in (False, True):
            token = await self._tokens.get()
            query = {} if old is None else {**old, "access_token": token}
            headers = {"x-acs-dingtalk-access-token": token} if old is None else {}
            if json:
                headers["Content-Type"] = "application/json"
            reply = await self._call(method, url, body(), query=query, headers=headers)
            if reply.rule is None:
                return reply.body
            if reply.rule.meaning is not codes.Meaning.TOKEN:
                break
            await self._tokens.refused(token)
            if last:
                break
        failure = reply.failure()
        raise failure if failure is not None else SendUnknown(reply.code)

    async def _call(
        self, method: str, url: str, body: Any, *, query: dict[str, str], headers: dict[str, str]
    ) -> codes.Reply:
        session = self._open()
        try:
            async with session.request(
                method, url, params=query, headers=headers, data=body, allow_redirects=False
            ) as response:
                return codes.read(response.status, await response.read())
        except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError):
            raise SendDeferred("unreachable", retry_after=_AGAIN) from None
        except (aiohttp.ClientError, TimeoutError):
            raise SendUnknown("no_answer") from None

    async def _new_token(self) -> tuple[str, float]:
        secret = self._settings.app_secret.get_secret_value()
        body = orjson.dumps({"appKey": self._settings.app_key, "appSecret": secret})
        headers = {"Content-Type": "application/json"}
        url = self._base + "/v1.0/oauth2/accessToken"
        try:
            reply = await self._call("POST", url, body, query={}, headers=headers)
            failure = reply.failure()
            if failure is not None:
                raise failure
        except SendUnknown as unclear:
            raise _again(unclear) from None
        value = reply.body.get("accessToken")
        seconds = reply.body.get("expireIn")
        if not isinstance(value, str) or not value:
            raise SendDeferred("no_token", retry_after=_AGAIN, whole_app=True)
        return value, float(seconds) if isinstance(seconds, int | float) else _TOKEN_LIFE

    def _open(self) -> aiohttp.ClientSession:
        if self._session is None:
            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(keepalive_timeout=10),
                cookie_jar=aiohttp.DummyCookieJar(),
                timeout=self._timeout,
            )
        return self._session


def secured(url: str) -> str:
    """The platform may name a file over plain http; its hosts answer over https as well."""
    return "https:" + url.removeprefix("http:") if url.startswith("http:") else url


def _again(unclear: SendError) -> SendDeferred:
    """A call that showed nothing can be made again, whatever became of it."""
    return SendDeferred(unclear.code, unclear.detail, retry_after=_AGAIN)
