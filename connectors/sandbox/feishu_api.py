"""The Feishu stand-in's open API, as far as a message bot uses it."""

import json
import secrets
import time
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from aiohttp import web

from connectors.sandbox import feishu_content
from connectors.sandbox.faults import Faults
from connectors.sandbox.feishu_content import Content, ContentRefused
from connectors.sandbox.feishu_tenant import PLATFORM, Message, Refused, Tenant
from connectors.sandbox.journal import BOT, EntryKind, FileView, Journal

MAX_REQUEST = 40 * 1024 * 1024
CARD_LIFE = 14 * 86400.0  #: seconds a sent card can be updated
CARD_TOKEN_USES = 2
_MAX_UUID = 50
_MAX_FILE = 30 * 1024 * 1024
_MAX_IMAGE = 10 * 1024 * 1024
_FILE_TYPES = frozenset({"opus", "mp4", "pdf", "doc", "xls", "ppt", "stream"})

Answer = Mapping[str, Any]
Endpoint = Callable[[web.Request], Awaitable[Answer | web.StreamResponse]]


class FeishuApi:
    """``app_id`` and ``app_secret`` are the one app that is known here."""

    def __init__(
        self, tenant: Tenant, journal: Journal, faults: Faults, *, app_id: str, app_secret: str
    ) -> None:
        self._tenant = tenant
        self._journal = journal
        self._faults = faults
        self._app_id = app_id
        self._app_secret = app_secret

    def app(self) -> web.Application:
        app = web.Application(client_max_size=MAX_REQUEST)
        im = "/open-apis/im/v1"
        token = "/open-apis/auth/v3/tenant_access_token/internal"  # noqa: S105 - a path
        for method, path, route, endpoint, public in (
            ("POST", token, "token", self._token, True),
            ("GET", "/open-apis/bot/v3/info", "info", self._bot_info, False),
            ("GET", "/open-apis/application/v6/scopes", "info", self._scopes, False),
            ("POST", f"{im}/messages", "send", self._send, False),
            ("POST", f"{im}/messages/{{id}}/reply", "send", self._reply, False),
            ("PATCH", f"{im}/messages/{{id}}", "update", self._patch, False),
            ("POST", "/open-apis/interactive/v1/card/update", "update", self._delayed_update, False),
            ("POST", f"{im}/images", "upload", self._image, False),
            ("POST", f"{im}/files", "upload", self._file, False),
            ("GET", f"{im}/messages/{{id}}/resources/{{key}}", "download", self._resource, False),
        ):
            app.router.add_route(method, path, self._guarded(route, endpoint, public))
        return app

    def _guarded(self, route: str, endpoint: Endpoint, public: bool) -> Any:
        """The endpoint behind token check and script of faults, its refusals in the platform's form."""

        async def plain(request: web.Request) -> web.StreamResponse:
            try:
                if not public:
                    self._check_token(request)
                answer = await endpoint(request)
            except Refused as refused:
                return _refusal(refused)
            except ContentRefused as refused:
                return _refusal(Refused(refused.code, refused.msg))
            return answer if isinstance(answer, web.StreamResponse) else _json(answer)

        def expired() -> web.Response:
            self._tenant.expire_tokens()
            return _refusal(Refused(99991663, "Invalid access token for authorization."))

        async def handle(request: web.Request) -> web.StreamResponse:
            return await self._faults.play(route, request, plain, throttled=_throttled, expired=expired)

        return handle

    def _check_token(self, request: web.Request) -> None:
        scheme, _, value = request.headers.get("Authorization", "").partition(" ")
        if scheme != "Bearer" or not value:
            raise Refused(99991661, "Missing access token for authorization.")
        if not self._tenant.knows_token(value):
            raise Refused(99991663, "Invalid access token for authorization.")

    async def _token(self, request: web.Request) -> Answer:
        body = await _body(request)
        if (body.get("app_id"), body.get("app_secret")) != (self._app_id, self._app_secret):
            raise Refused(10014, "app secret invalid", status=200)
        value, expire = self._tenant.token()
        return {"code": 0, "msg": "ok", "tenant_access_token": value, "expire": expire}

    async def _bot_info(self, request: web.Request) -> Answer:
        bot = {"open_id": self._tenant.bot_open_id, "app_name": "", "activate_status": 2, "ip_white_list": []}
        return {"code": 0, "msg": "ok", "bot": bot}

    async def _scopes(self, request: web.Request) -> Answer:
        granted = [{"scope_name": s, "grant_status": 1} for s in sorted(self._tenant.scopes)]
        return _success({"scopes": granted})

    async def _send(self, request: web.Request) -> Answer:
        body = await _body(request)

        def target() -> str:
            id_type = request.query.get("receive_id_type", "")
            return self._tenant.target(id_type, str(body.get("receive_id", "")))

        return self._accept("send", body, target, {})

    async def _reply(self, request: web.Request) -> Answer:
        parent_id = request.match_info["id"]

        def target() -> str:
            chat_id = self._tenant.message(parent_id).chat_id
            if chat_id not in self._tenant.directs:
                self._tenant.check_bot_in(chat_id)
            return chat_id

        more = {"root_id": parent_id, "parent_id": parent_id}
        return self._accept("reply", await _body(request), target, more)

    def _accept(
        self, api: str, body: Mapping[str, Any], target: Callable[[], str], more: Mapping[str, str]
    ) -> Answer:
        """Take a message once per ``uuid`` and journal it."""
        tenant = self._tenant
        tenant.require_scope("im:message", "im:message:send_as_bot")
        uuid, kind = str(body.get("uuid", "")), str(body.get("msg_type", ""))
        if len(uuid) > _MAX_UUID:
            raise Refused(99992402, "field validation failed: uuid")
        earlier = tenant.earlier(api, uuid)
        if earlier is not None:
            return _success(earlier)
        chat_id = target()
        content = feishu_content.read(kind, body.get("content"))
        file = self._uploaded(content, kind)
        tenant.spend_rate(chat_id)
        message = tenant.add_message(chat_id, BOT, kind, content)
        if file is not None:
            self._journal.keep(message.id, tenant.uploads[content.key][1])
        self._journal.add(
            PLATFORM,
            EntryKind.FILE if file else EntryKind.SENT,
            tenant.conversation(chat_id),
            BOT,
            message_id=message.id,
            text=content.text,
            card=content.card,
            file=file,
            native=dict(body),
            idem_key=uuid,
        )
        answer = {"message_id": message.id, "chat_id": chat_id, "msg_type": kind, **more}
        tenant.remember(api, uuid, answer)
        return _success(answer)

    def _uploaded(self, content: Content, kind: str) -> FileView | None:
        """The file a picture or file message carries, if its key is of our upload."""
        if not content.key:
            return None
        name, data = self._tenant.uploads.get(content.key, ("", b""))
        if not data:
            raise Refused(230055 if kind == "file" else 230001, f"invalid {kind}_key")
        return {"name": name, "size": len(data)}

    async def _patch(self, request: web.Request) -> Answer:
        body = await _body(request)
        message = self._tenant.message(request.match_info["id"])
        if message.author != BOT or message.kind != "interactive":
            raise Refused(230001, "only a card of this bot can be updated")
        if self._tenant.now() - message.created > CARD_LIFE:
            raise Refused(230031, "The message exceeds the time limit for updating.")
        self._tenant.spend_rate(message.id)
        self._redraw(message, feishu_content.read("interactive", body.get("content")))
        return _success({})

    async def _delayed_update(self, request: web.Request) -> Answer:
        """By a click's token: 30 minutes, two uses, and only after the click was answered."""
        body = await _body(request)
        token, card = str(body.get("token", "")), body.get("card")
        message = next((m for m in self._tenant.messages.values() if token in m.tokens), None)
        if message is None:
            raise Refused(300020, "token is invalid")
        uses, until = message.tokens[token]
        if time.monotonic() > until:
            raise Refused(300030, "token is expired")
        if uses < 1:
            raise Refused(300040, "token is used up")
        if message.recalled:
            raise Refused(200000, "message is recalled")
        if not isinstance(card, dict):
            raise Refused(10002, "card is not an object")
        self._redraw(message, feishu_content.card(card))
        message.tokens[token] = (uses - 1, until)
        return _success({})

    def _redraw(self, message: Message, content: Content) -> None:
        message.content = content
        self._journal.add(
            PLATFORM,
            EntryKind.UPDATED,
            self._tenant.conversation(message.chat_id),
            BOT,
            message_id=message.id,
            text=content.text,
            card=content.card,
            native=content.native,
        )

    async def _image(self, request: web.Request) -> Answer:
        form = await request.post()
        if form.get("image_type") != "message":
            raise Refused(234001, "invalid image_type")
        return _success({"image_key": self._keep("img", "图片", form.get("image"), _MAX_IMAGE)})

    async def _file(self, request: web.Request) -> Answer:
        form = await request.post()
        name = form.get("file_name")
        if form.get("file_type") not in _FILE_TYPES or not isinstance(name, str) or not name:
            raise Refused(234001, "invalid file_type or file_name")
        return _success({"file_key": self._keep("file", name, form.get("file"), _MAX_FILE)})

    def _keep(self, prefix: str, name: str, given: object, limit: int) -> str:
        self._tenant.require_scope("im:resource", "im:resource:upload")
        data = given.file.read() if isinstance(given, web.FileField) else b""
        if not data:
            raise Refused(234010, "File size can not be zero.")
        if len(data) > limit:
            raise Refused(234006, "The file size exceeds the max value.")
        key = f"{prefix}_v3_{secrets.token_hex(10)}"
        self._tenant.uploads[key] = (name, data)
        return key

    async def _resource(self, request: web.Request) -> web.StreamResponse:
        self._tenant.require_scope("im:message", "im:message:readonly", "im:message.history:readonly")
        message = self._tenant.message(request.match_info["id"])
        found = self._tenant.resources.get((message.id, request.match_info["key"]))
        if found is None:
            raise Refused(234003, "File not in msg.")
        kind, _, data = found
        if request.query.get("type") != kind:
            raise Refused(234001, "invalid type")
        if message.chat_id not in self._tenant.directs and message.chat_id not in self._tenant.bot_in:
            raise Refused(234004, "Bot is not in the chat.")
        headers = {"Content-Disposition": 'attachment; filename="file"'}
        return web.Response(body=data, content_type="application/octet-stream", headers=headers)


async def _body(request: web.Request) -> Mapping[str, Any]:
    try:
        body = json.loads(await request.read())
    except ValueError:
        raise Refused(9499, "Bad Request") from None
    if not isinstance(body, dict):
        raise Refused(9499, "Bad Request")
    return body


def _success(data: Answer) -> Answer:
    return {"code": 0, "msg": "success", "data": data}


def _json(answer: Answer, status: int = 200, headers: Mapping[str, str] | None = None) -> web.Response:
    return web.json_response(
        answer, status=status, headers={"X-Tt-Logid": secrets.token_hex(12), **(headers or {})}
    )


def _refusal(refused: Refused) -> web.Response:
    answer = {"code": refused.code, "msg": refused.msg, "error": {"log_id": secrets.token_hex(12)}}
    return _json(answer, refused.status, refused.headers)


def _throttled() -> web.Response:
    headers = {"x-ogw-ratelimit-limit": "50", "x-ogw-ratelimit-reset": "2"}
    return _refusal(Refused(99991400, "request trigger frequency limit", status=429, headers=headers))
