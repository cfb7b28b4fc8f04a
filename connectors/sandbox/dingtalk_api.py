"""The API of the DingTalk stand-in: what the bot calls. It checks what the platform checks, keeps what
it accepted in the journal, and refuses in the platform's words."""

import json
import secrets
import time
from collections import defaultdict, deque
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from aiohttp import web

from connectors.chat import ConversationKind
from connectors.sandbox.dingtalk_wire import TEMPLATES, card_of, instance_card, text_of
from connectors.sandbox.dingtalk_world import (
    PLATFORM,
    Message,
    OldRefused,
    Refused,
    World,
    answer_of,
    card_data,
    direct_id,
    read_json,
    throttled,
    token_header,
    token_refused,
    union_id,
)
from connectors.sandbox.journal import BOT, EntryKind, FileView

MAX_PARAM = 15_000  #: bytes of ``msgParam``
MAX_PEOPLE = 20  #: of one direct send
MAX_UPLOAD = 20 * 1024 * 1024
_TYPES = frozenset({"image", "voice", "video", "file"})
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class DingTalkApi:
    def __init__(self, world: World) -> None:
        self._world = world
        self._calls: dict[str, deque[float]] = defaultdict(deque)

    def app(self) -> web.Application:
        app = web.Application(client_max_size=MAX_UPLOAD + 1024 * 1024)
        new = "/v1.0"
        app.router.add_post(f"{new}/oauth2/accessToken", self._faulty("token", self._token, open_=True))
        group, direct = f"{new}/robot/groupMessages/send", f"{new}/robot/oToMessages/batchSend"
        app.router.add_post(group, self._faulty("send", self._to_group))
        app.router.add_post(direct, self._faulty("send", self._to_people))
        app.router.add_post(f"{new}/robot/messageFiles/download", self._faulty("download", self._locate))
        app.router.add_post(f"{new}/card/instances/createAndDeliver", self._faulty("send", self._card))
        app.router.add_put(f"{new}/card/instances", self._faulty("update", self._update))
        app.router.add_post(f"{new}/card/callbacks/register", self._faulty("register", self._register))
        app.router.add_post("/media/upload", self._faulty("upload", self._upload, old=True))
        app.router.add_post("/topapi/user/getbyunionid", self._faulty("lookup", self._member, old=True))
        app.router.add_post("/robot/sendBySession", self._by_session)
        app.router.add_get("/file/{code}", self._file)
        return app

    def _faulty(self, route: str, handler: Handler, *, old: bool = False, open_: bool = False) -> Handler:
        """``open_``: a call without an access token."""

        async def guarded(request: web.Request) -> web.StreamResponse:
            try:
                if not open_:
                    self._admit(request, old=old)
                return await handler(request)
            except Refused as refused:
                return answer_of(refused)

        def expired() -> web.Response:
            self.expire_token()
            return token_refused(old)

        async def entry(request: web.Request) -> web.StreamResponse:
            return await self._world.faults.play(
                route, request, guarded, throttled=lambda: throttled(old), expired=expired
            )

        return entry

    def _admit(self, request: web.Request, *, old: bool) -> None:
        world = self._world
        given = request.query.get("access_token") if old else token_header(request)
        if not world.token or given != world.token or time.time() >= world.token_until:
            if old:
                raise OldRefused(40014)
            raise Refused("InvalidAuthentication", 401)
        if world.calls_left is not None and not old:
            if world.calls_left <= 0:
                raise Refused("Forbidden.AccessDenied.ApiCountLimitForOrg", 403)
            world.calls_left -= 1
        recent, now = self._calls[request.path], time.monotonic()
        while recent and recent[0] <= now - 1:
            recent.popleft()
        if len(recent) >= world.calls_a_second:
            raise Refused("Forbidden.AccessDenied.QpsLimitForAppkeyAndApi", 403)
        recent.append(now)

    def expire_token(self) -> None:
        self._world.token = ""

    async def _token(self, request: web.Request) -> web.Response:
        body, world = await read_json(request), self._world
        if (body.get("appKey"), body.get("appSecret")) != (world.app_key, world.app_secret):
            raise Refused("invalidClientIdOrSecret")
        if not world.token or time.time() >= world.token_until:
            world.token, world.token_until = secrets.token_hex(16), time.time() + 7200
        return web.json_response(
            {"accessToken": world.token, "expireIn": int(world.token_until - time.time())}
        )

    async def _to_group(self, request: web.Request) -> web.Response:
        body = await read_json(request)
        key, param = self._message(body)
        chat = str(body.get("openConversationId", ""))
        if chat not in self._world.chats:
            raise Refused("group.disbanded" if chat else "miss.param.openConversationId")
        query_key = self._shown((ConversationKind.GROUP, chat), key, param, body)
        return web.json_response({"processQueryKey": query_key})

    async def _to_people(self, request: web.Request) -> web.Response:
        body, world = await read_json(request), self._world
        key, param = self._message(body)
        people = body.get("userIds")
        if not isinstance(people, list) or not 0 < len(people) <= MAX_PEOPLE:
            raise Refused("invalidParameter.userIds.invalid")
        unknown = [user for user in people if user not in world.users]
        late = [user for user in people if user in world.users and user in world.held_back]
        reached = [user for user in people if user in world.users and user not in world.held_back]
        query_keys = [
            self._shown((ConversationKind.DIRECT, direct_id(user)), key, param, body) for user in reached
        ]
        answer = {"invalidStaffIdList": unknown, "flowControlledStaffIdList": late, "filteredStaffIdList": []}
        return web.json_response({"processQueryKey": query_keys[0] if query_keys else "", **answer})

    def _message(self, body: Mapping[str, Any]) -> tuple[str, dict[str, Any]]:
        """The template and its members, checked as the platform does."""
        if body.get("robotCode") != self._world.app_key:
            raise Refused("invalidParameter.robotCode.invalid")
        key, text = str(body.get("msgKey")), body.get("msgParam")
        if key not in TEMPLATES:
            raise Refused("invalidParameter.msgKey.invalid")
        if not isinstance(text, str) or len(text.encode()) > MAX_PARAM:
            raise Refused("invalidParameter.msgParam.invalid")
        try:
            param = json.loads(text)
        except ValueError:
            raise Refused("invalidParameter.msgParam.invalid") from None
        if not isinstance(param, dict) or not all(param.get(member) for member in TEMPLATES[key]):
            raise Refused("invalidParameter.msgParam.invalid")
        return key, param

    def _shown(
        self, place: tuple[ConversationKind, str], key: str, param: dict[str, Any], native: dict[str, Any]
    ) -> str:
        """Keep one message in the journal and return its handle."""
        world, message_id = self._world, "pqk" + secrets.token_urlsafe(12)
        world.messages[message_id] = Message(message_id, place, {"key": key, "param": param})
        media = param.get("photoURL") or param.get("mediaId")
        name, content = world.files.get(str(media), ("", b""))
        view = FileView(name=str(param.get("fileName", name)), size=len(content)) if media else None
        if media:
            world.journal.keep(message_id, content)
        world.journal.add(
            PLATFORM,
            EntryKind.FILE if media else EntryKind.SENT,
            place,
            BOT,
            message_id=message_id,
            text=text_of(param),
            card=card_of(key, param),
            file=view,
            native=native,
        )
        return message_id

    async def _card(self, request: web.Request) -> web.Response:
        body = await read_json(request)
        track_id, data = str(body.get("outTrackId", "")), card_data(body)
        if not track_id or not body.get("cardTemplateId"):
            raise Refused("param.outTrackIdEmpty" if not track_id else "param.cardTemplateIdEmpty")
        place = self._space(str(body.get("openSpaceId", "")))
        if track_id not in self._world.messages and place is not None:
            self._world.messages[track_id] = Message(
                track_id, place, {"data": data, "route": body.get("callbackRouteKey")}, is_card=True
            )
            self._world.journal.add(
                PLATFORM,
                EntryKind.SENT,
                place,
                BOT,
                message_id=track_id,
                text=data.get("title", ""),
                card=instance_card(data),
                native=body,
                idem_key=track_id,
            )
        result = {"success": place is not None, "errorMsg": "" if place else "spaceId is illegal"}
        delivered = {"outTrackId": track_id, "deliverResults": [result]}
        return web.json_response({"success": True, "result": delivered})

    def _space(self, space: str) -> tuple[ConversationKind, str] | None:
        kind, _, target = space.removeprefix("dtv1.card//").partition(".")
        if kind == "IM_GROUP" and target in self._world.chats:
            return ConversationKind.GROUP, target
        if kind == "IM_ROBOT" and target in self._world.users:
            return ConversationKind.DIRECT, direct_id(target)
        if kind not in ("IM_GROUP", "IM_ROBOT"):
            raise Refused("param.openSpaceIdInvalid")
        return None

    async def _register(self, request: web.Request) -> web.Response:
        """A route key that is taken keeps its address unless it is forced over."""
        body = await read_json(request)
        names = ("callbackUrl", "apiSecret")
        if body.get("forceUpdate") is True or body.get("callbackRouteKey") not in self._world.callbacks:
            given = {name: str(body.get(name, "")) for name in names}
            self._world.callbacks[str(body.get("callbackRouteKey"))] = given
        result = self._world.callbacks[str(body.get("callbackRouteKey"))]
        return web.json_response({"success": True, "result": result})

    async def _update(self, request: web.Request) -> web.Response:
        body = await read_json(request)
        card = self._world.messages.get(str(body.get("outTrackId")))
        if card is None or not card.is_card:
            raise Refused("param.cardNotExist")
        self.redraw(card, body)
        return web.json_response({"success": True, "result": True})

    def redraw(self, card: Message, body: Mapping[str, Any]) -> None:
        """Without ``updateCardDataByKey`` all variables that are not given vanish."""
        data, options = card_data(body), body.get("cardUpdateOptions") or {}
        by_key = options.get("updateCardDataByKey") is True
        card.native["data"] = {**card.native["data"], **data} if by_key else data
        self._world.journal.add(
            PLATFORM,
            EntryKind.UPDATED,
            card.place,
            BOT,
            message_id=card.id,
            text=card.native["data"].get("title", ""),
            card=instance_card(card.native["data"]),
            native=dict(body),
        )

    async def _upload(self, request: web.Request) -> web.Response:
        if request.query.get("type") not in _TYPES:
            raise OldRefused(40004)
        media = (await request.post()).get("media")
        if not isinstance(media, web.FileField) or not media.filename:
            raise OldRefused(40035)
        content = media.file.read()
        if not 0 < len(content) <= MAX_UPLOAD:
            raise OldRefused(40009)
        media_id = "@lAD" + secrets.token_urlsafe(12)
        self._world.files[media_id] = (media.filename, content)
        return web.json_response({"errcode": 0, "media_id": media_id, "type": request.query["type"]})

    async def _locate(self, request: web.Request) -> web.Response:
        """A download code works once."""
        body, world = await read_json(request), self._world
        code = str(body.get("downloadCode"))
        if body.get("robotCode") != world.app_key:
            raise Refused("invalidParameter.robotCode.auth")
        if code not in world.files:
            raise Refused("invalidParameter.robotCode.downloadCode")
        place = secrets.token_urlsafe(12)
        world.files[place] = world.files.pop(code)
        url = request.url.origin().with_path(f"/file/{place}").with_query(Expires="9999999999")
        return web.json_response({"downloadUrl": str(url)})

    async def _file(self, request: web.Request) -> web.Response:
        found = self._world.files.get(request.match_info["code"])
        if found is None or token_header(request) is not None:
            raise web.HTTPForbidden
        return web.Response(body=found[1], content_type="application/octet-stream")

    async def _member(self, request: web.Request) -> web.Response:
        body, world = await read_json(request), self._world
        for key in world.users:
            if union_id(key) == body.get("unionid"):
                return web.json_response({"errcode": 0, "result": {"contact_type": 0, "userid": key}})
        raise OldRefused(60121)

    async def _by_session(self, request: web.Request) -> web.Response:
        """The short-lived way to answer that a forger controls: kept, so that a test sees it was used."""
        native = {"sessionWebhook": str(request.query.get("session", "")), **await read_json(request)}
        place = (ConversationKind.GROUP, "")
        self._world.journal.add(PLATFORM, EntryKind.SENT, place, BOT, native=native)
        return web.json_response({"errcode": 0, "errmsg": "ok"})
