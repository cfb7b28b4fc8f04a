"""WeCom's HTTP API as the bot meets it: every answer has status 200 and an ``errcode``.

Source: developer.work.weixin.qq.com/document/path/91039, 90236, 94888, 90253, 99110, 101138, 101521.
"""

import hashlib
import hmac
import json
import uuid
from base64 import b64decode
from collections.abc import Awaitable, Callable

from aiohttp import web

from connectors.chat import ConversationKind
from connectors.sandbox.journal import BOT, EntryKind
from connectors.sandbox.wecom_answers import Refused, read_body
from connectors.sandbox.wecom_media import Media
from connectors.sandbox.wecom_replies import replaced
from connectors.sandbox.wecom_tenant import TOKEN_LIFE, Tenant
from connectors.sandbox.wecom_views import (
    Json,
    Shown,
    cut_silently,
    fault_of_card,
    fault_of_task_id,
    show_card,
    show_markdown,
    show_text,
)

MAX_BODY = 32 * 1024 * 1024
_DIRECT, _GROUP = ConversationKind.DIRECT, ConversationKind.GROUP


class WeComApi:
    """The routes."""

    def __init__(self, tenant: Tenant, media: Media) -> None:
        self._tenant = tenant
        self._media = media

    def app(self) -> web.Application:
        app = web.Application(client_max_size=MAX_BODY)
        routes: list[tuple[str, str, str, Callable[[web.Request], Awaitable[Json]]]] = [
            ("GET", "gettoken", "token", self._gettoken),
            ("POST", "message/send", "send", self._with_token(self._send)),
            ("POST", "message/update_template_card", "update", self._with_token(self._update)),
            ("POST", "media/upload", "upload", self._with_token(self._media.upload)),
            ("POST", "webhook/upload_media", "upload", self._media.upload_for_push),
            ("POST", "webhook/send", "push", self._push),
            ("POST", "aibot/response", "answer", self._answer),
            ("POST", "batch/openuserid_to_userid", "convert", self._with_token(self._convert)),
            ("GET", "user/get", "user", self._with_token(self._user)),
            ("GET", "agent/get", "agent", self._with_token(self._agent)),
        ]
        for method, path, route, handler in routes:
            app.router.add_route(method, f"/cgi-bin/{path}", self._played(route, handler))
        app.router.add_get("/cgi-bin/media/get", self._media.download)
        app.router.add_get("/files/{id}", self._media.robot_file)
        return app

    def _played(
        self, route: str, handler: Callable[[web.Request], Awaitable[Json]]
    ) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
        async def answer(request: web.Request) -> web.StreamResponse:
            try:
                return web.json_response({"errcode": 0, "errmsg": "ok", **await handler(request)})
            except Refused as refused:
                return refused.answer()

        async def play(request: web.Request) -> web.StreamResponse:
            return await self._tenant.faults.play(
                route,
                request,
                answer,
                throttled=Refused(45009, "api freq out of limit").answer,
                expired=self._tenant.expire_token,
            )

        return play

    def _with_token(
        self, handler: Callable[[web.Request], Awaitable[Json]]
    ) -> Callable[[web.Request], Awaitable[Json]]:
        async def checked(request: web.Request) -> Json:
            self._tenant.require_token(request)
            return await handler(request)

        return checked

    async def _gettoken(self, request: web.Request) -> Json:
        tenant = self._tenant
        if request.query.get("corpid") != tenant.keys.corp_id:
            raise Refused(40013, "invalid corpid")
        if not hmac.compare_digest(request.query.get("corpsecret", ""), tenant.keys.secret):
            raise Refused(40001, "invalid credential")
        if not tenant.token or tenant.clock() >= tenant.token_until:
            tenant.token, tenant.token_until = uuid.uuid4().hex * 4, tenant.clock() + TOKEN_LIFE
        return {"access_token": tenant.token, "expires_in": int(tenant.token_until - tenant.clock())}

    async def _agent(self, request: web.Request) -> Json:
        if request.query.get("agentid") != str(self._tenant.keys.agent_id):
            raise Refused(40056, "invalid agentid")
        return {"agentid": self._tenant.keys.agent_id, "name": self._tenant.keys.bot_name}

    async def _send(self, request: web.Request) -> Json:
        tenant, body = self._tenant, await read_body(request)
        if body.get("agentid") != tenant.keys.agent_id:
            raise Refused(40056, "invalid agentid")
        asked = [part for part in str(body.get("touser", "")).split("|") if part]
        if not asked:
            raise Refused(40035, "touser, toparty and totag are empty")
        found = {name: tenant.find_user(name) for name in asked}
        good = {name: user for name, user in found.items() if user and user not in tenant.out_of_range}
        if not good:
            raise Refused(81013, "user & party & tag all invalid")
        bad = "|".join(name.lower() for name in asked if name not in good)
        answer: Json = {"invaliduser": bad, "invalidparty": "", "invalidtag": "", "msgid": uuid.uuid4().hex}
        fresh = [user for user in good.values() if not self._is_repeated(body, user)]
        if not fresh:
            return answer
        shown, native, file = self._app_message(body)
        for user in fresh:
            tenant.seen[_digest(body, user)] = tenant.clock()
            if not tenant.allowed(user, tenant.limits.per_member):
                tenant.journal.add("wecom", EntryKind.SYSTEM, (_DIRECT, user), BOT, text="超过频率，未送达")
                continue
            card = native if body["msgtype"] == "template_card" else None
            message = tenant.show((_DIRECT, user), shown, body, card=card, file=file)
            answer["msgid"] = message.id
            if card and card["card_type"] == "button_interaction":
                answer["response_code"] = tenant.new_code(message.id)
        return answer

    def _is_repeated(self, body: Json, user: str) -> bool:
        """The duplicate check: answered as sent, and nothing is delivered."""
        if not body.get("enable_duplicate_check"):
            return False
        span = min(float(body.get("duplicate_check_interval", 1800)), 14400.0)
        first = self._tenant.seen.get(_digest(body, user))
        return first is not None and self._tenant.clock() - first < span

    def _app_message(self, body: Json) -> tuple[Shown, Json, tuple[str, bytes] | None]:
        kind = body.get("msgtype")
        native = body.get(str(kind))
        if not isinstance(native, dict):
            raise Refused(40008, "invalid message type")
        match kind:
            case "text":
                if not native.get("content"):
                    raise Refused(44004, "empty content")
                return show_text(cut_silently(str(native["content"]), 2048)), native, None
            case "markdown":
                return show_markdown(cut_silently(str(native.get("content", "")), 2048)), native, None
            case "image" | "file":
                name, content = self._media.get(native.get("media_id"))
                return Shown(name), native, (name, content)
            case "template_card":
                self._require_card(native)
                return show_card(native), native, None
        raise Refused(40008, "invalid message type")

    def _require_card(self, native: Json) -> None:
        field = fault_of_card(native) or fault_of_task_id(native)
        if field:
            raise Refused(40058, f"invalid template_card: {field}")
        task_id = str(native.get("task_id", ""))
        if task_id and task_id in self._tenant.task_ids:
            raise Refused(40058, "task_id has been used")
        self._tenant.task_ids.add(task_id)

    async def _update(self, request: web.Request) -> Json:
        tenant, body = self._tenant, await read_body(request)
        if body.get("agentid") != tenant.keys.agent_id:
            raise Refused(40056, "invalid agentid")
        message_id, until = tenant.codes.pop(str(body.get("response_code")), ("", 0.0))
        if not message_id or tenant.clock() >= until:
            raise Refused(40058, "response_code is used or expired")
        message = tenant.messages[message_id]
        native = body.get("template_card")
        if native is None:
            name = str((body.get("button") or {}).get("replace_name", ""))
            if not name or message.shown.card is None:
                raise Refused(40058, "button")
            tenant.redraw(message, replaced(message.shown, name), body)
            return {"invaliduser": []}
        field = fault_of_card(native)
        if field:
            raise Refused(40058, f"invalid template_card: {field}")
        users = [str(user) for user in body.get("userids", ())]
        if message.where[1].casefold() not in {user.casefold() for user in users}:
            return {"invaliduser": users}
        tenant.redraw(message, show_card(native), body)
        return {"invaliduser": []}

    async def _push(self, request: web.Request) -> Json:
        tenant = self._tenant
        chat = tenant.chat_of_push(request.query.get("key", ""))
        if chat is None:
            raise Refused(93000, "invalid webhook url")
        body = await read_body(request)
        shown, file = self._pushed(body)
        if not tenant.allowed(f"push/{chat}", tenant.limits.per_push):
            raise Refused(45009, "api freq out of limit")
        tenant.show((_GROUP, chat), shown, body, file=file)
        return {}

    def _pushed(self, body: Json) -> tuple[Shown, tuple[str, bytes] | None]:
        kind = body.get("msgtype")
        native = body.get(str(kind))
        if not isinstance(native, dict):
            raise Refused(40008, "invalid message type")
        content = str(native.get("content", ""))
        match kind:
            case "text" | "markdown":
                limit = 2048 if kind == "text" else 4096
                if not content:
                    raise Refused(44004, "empty content")
                if len(content.encode()) > limit:
                    raise Refused(45002, "content size out of limit")
                return (show_text(content) if kind == "text" else show_markdown(content)), None
            case "image":
                picture = b64decode(str(native.get("base64", "")))
                digest = hashlib.md5(picture, usedforsecurity=False).hexdigest()
                if digest != native.get("md5") or len(picture) > 2 * 1024 * 1024:
                    raise Refused(40058, "image")
                return Shown("图片"), ("图片.png", picture)
            case "file":
                name, found = self._media.get(native.get("media_id"))
                return Shown(name), (name, found)
        raise Refused(40008, "invalid message type")

    async def _answer(self, request: web.Request) -> Json:
        """A robot's late answer: one for each ``response_url``."""
        tenant, body = self._tenant, await read_body(request)
        code = request.query.get("response_code", "")
        where, until = tenant.replies.get(code, ((_DIRECT, ""), 0.0))
        if not where[1] or tenant.clock() >= until:
            raise Refused(40058, "response_code is used or expired")
        shown, card = self._answered(body)
        del tenant.replies[code]
        tenant.show(where, shown, body, card=card, robot=True)
        return {}

    def _answered(self, body: Json) -> tuple[Shown, Json | None]:
        if body.get("msgtype") == "markdown":
            content = str((body.get("markdown") or {}).get("content", ""))
            if not 0 < len(content.encode()) <= 20480:
                raise Refused(40058, "markdown.content")
            return show_markdown(content), None
        if body.get("msgtype") != "template_card":
            raise Refused(40008, "invalid message type")
        card: Json = body.get("template_card") or {}
        self._require_card(card)
        return show_card(card), card

    async def _convert(self, request: web.Request) -> Json:
        asked = [str(value) for value in (await read_body(request)).get("open_userid_list", ())]
        known = {self._tenant.encrypted_id(user): user for user in self._tenant.users}
        found = [{"open_userid": value, "userid": known[value]} for value in asked if value in known]
        return {
            "userid_list": found,
            "invalid_open_userid_list": [value for value in asked if value not in known],
        }

    async def _user(self, request: web.Request) -> Json:
        user = self._tenant.find_user(request.query.get("userid", ""))
        if user is None:
            raise Refused(60111, "userid not found")
        return {"userid": user, "name": self._tenant.users[user].name, "status": 1}


def _digest(body: Json, user: str) -> str:
    content = json.dumps({**body, "touser": user.casefold()}, sort_keys=True).encode()
    return hashlib.sha256(content).hexdigest()
