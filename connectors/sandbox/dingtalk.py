"""A stand-in for DingTalk: an organisation with people and groups, its robot's API, and its webhooks
(``robot``, ``event``, ``card``) posted over real HTTP.

In a group only what mentions the bot is delivered. A group's ordinary message has no live button:
pressing one there means typing its sentence, as a user would.
"""

import json
import secrets
import time
from collections.abc import Mapping, Sequence
from pathlib import PurePath
from types import MappingProxyType
from typing import Any

from aiohttp import web

from connectors.chat import BOT_NAME, ConversationKind
from connectors.sandbox.dingtalk_api import DingTalkApi
from connectors.sandbox.dingtalk_events import EventPush
from connectors.sandbox.dingtalk_wire import (
    EventCodec,
    buttons_of,
    card_headers,
    instance_buttons,
    robot_headers,
)
from connectors.sandbox.dingtalk_world import (
    PLATFORM,
    Message,
    World,
    dingtalk_id,
    direct_id,
    union_id,
)
from connectors.sandbox.faults import FaultKind, Faults
from connectors.sandbox.journal import (
    BOT,
    Delivery,
    EntryKind,
    FileView,
    Journal,
    SandboxChat,
    SandboxUser,
    Upload,
)
from connectors.sandbox.webhooks import Courier, Deliver, WebhookAnswer, WebhookCall

_PICTURES = frozenset({".png", ".jpg", ".jpeg", ".gif", ".bmp"})
_BOT_ID = "$:LWCP_v1:$bot"
_SESSION_LIFE = 5_400_000  #: milliseconds


class DingTalkStandIn:
    """``deliver`` brings webhooks to the bot (a ``Courier``, closed with the stand-in)."""

    platform = PLATFORM

    def __init__(
        self,
        deliver: Deliver,
        *,
        app_key: str,
        app_secret: str,
        aes_key: str = "",
        token: str = "",
        card_secret: str = "",
        corp_id: str = "ding5a4db0c0",
        users: Sequence[SandboxUser] = (),
        chats: Sequence[SandboxChat] = (),
        journal: Journal | None = None,
        faults: Faults | None = None,
        bot_name: str = BOT_NAME,
        calls_a_second: int = 20,
        retries: Sequence[float] = (10.0, 30.0),
    ) -> None:
        """``calls_a_second``: of one API, before it refuses. ``retries``: seconds before each repetition of
        an event that was not answered rightly."""
        self.journal = journal or Journal()
        self.faults = faults or Faults()
        self.corp_id = corp_id
        self.bot_name = bot_name
        self.public_url = "https://oapi.dingtalk.com"  #: where ``sessionWebhook`` points to
        self._deliver = deliver
        self._card_secret = card_secret
        self.world = World(
            app_key=app_key,
            app_secret=app_secret,
            users={user.key: user for user in users},
            chats={chat.id: chat for chat in chats},
            journal=self.journal,
            faults=self.faults,
            calls_a_second=calls_a_second,
        )
        self._api = DingTalkApi(self.world)
        codec = EventCodec(token, aes_key, app_key) if aes_key else None
        self.events = EventPush(deliver, self.world, codec, corp_id=corp_id, retries=tuple(retries))

    @property
    def users(self) -> Mapping[str, SandboxUser]:
        return MappingProxyType(self.world.users)

    @property
    def chats(self) -> Mapping[str, SandboxChat]:
        return MappingProxyType(self.world.chats)

    def direct_id(self, user_key: str) -> str:
        return direct_id(user_key)

    def app(self) -> web.Application:
        return self._api.app()

    def expire_token(self) -> None:
        """The bot's access token is not known any more."""
        self._api.expire_token()

    async def close(self) -> None:
        if isinstance(self._deliver, Courier):
            await self._deliver.close()

    async def say(
        self,
        user_key: str,
        conversation_id: str | None,
        text: str,
        *,
        files: Sequence[Upload] = (),
        mention_bot: bool = True,
    ) -> Delivery:
        """Pictures travel with the text; other files are messages of their own, sent before it, and reach
        the bot in a direct chat only. Not delivered at all: 0 attempts.

        Raises:
            KeyError: an unknown place.
        """
        direct = (ConversationKind.DIRECT, self.direct_id(self.world.users[user_key].key))
        chat = None if conversation_id in (None, direct[1]) else self.world.chats[conversation_id]
        place = (ConversationKind.GROUP, chat.id) if chat else direct
        pictures = [file for file in files if PurePath(file.name).suffix.lower() in _PICTURES]
        delivery = Delivery(0, attempts=0)
        heard = not chat or mention_bot
        for file in files:
            if file not in pictures:
                message_id, code = self._sent(user_key, place, file)
                if not chat:
                    inner = {"fileName": file.name, "downloadCode": code, "spaceId": "1", "fileId": "1"}
                    content = {"msgtype": "file", "content": inner}
                    delivery = await self._push(user_key, chat, place, message_id, "", content)
        if text or pictures:
            shown = f"@{self.bot_name} {text}" if chat and mention_bot else text
            message_id = self._said(user_key, place, shown)
            content = self._content(user_key, place, text, pictures)
            if heard:
                delivery = await self._push(user_key, chat, place, message_id, text, content)
        return delivery

    def _said(self, user_key: str, place: tuple[ConversationKind, str], text: str) -> str:
        message_id = _new_id()
        self.journal.add(PLATFORM, EntryKind.SAID, place, user_key, message_id=message_id, text=text)
        return message_id

    def _sent(self, user_key: str, place: tuple[ConversationKind, str], file: Upload) -> tuple[str, str]:
        """Keep a file and return its message's id and its download code."""
        message_id, code = _new_id(), "mIof" + secrets.token_urlsafe(24)
        self.world.files[code] = (file.name, file.content)
        self.journal.keep(message_id, file.content)
        view = FileView(name=file.name, size=len(file.content))
        self.journal.add(PLATFORM, EntryKind.FILE, place, user_key, message_id=message_id, file=view)
        return message_id, code

    def _content(
        self, user_key: str, place: tuple[ConversationKind, str], text: str, pictures: Sequence[Upload]
    ) -> dict[str, Any]:
        codes = [self._sent(user_key, place, picture)[1] for picture in pictures]
        if not codes:
            blank = " " if place[0] is ConversationKind.GROUP else ""
            return {"msgtype": "text", "text": {"content": blank + text}}
        if not text and len(codes) == 1:
            return {"msgtype": "picture", "content": {"downloadCode": codes[0]}}
        parts: list[dict[str, str]] = [{"text": text}] if text else []
        parts += [{"type": "picture", "downloadCode": code} for code in codes]
        return {"msgtype": "richText", "content": {"richText": parts}}

    async def _push(
        self,
        user_key: str,
        chat: SandboxChat | None,
        place: tuple[ConversationKind, str],
        message_id: str,
        text: str,
        content: dict[str, Any],
    ) -> Delivery:
        now = int(time.time() * 1000)
        user = self.world.users[user_key]
        body: dict[str, Any] = {
            "conversationId": place[1],
            "conversationType": "2" if chat else "1",
            "msgId": message_id,
            "createAt": now,
            "senderId": dingtalk_id(user_key),
            "senderNick": user.name,
            "senderStaffId": user_key,
            "senderUnionId": union_id(user_key),
            "senderCorpId": self.corp_id,
            "isAdmin": False,
            "chatbotCorpId": self.corp_id,
            "chatbotUserId": _BOT_ID,
            "robotCode": self.world.app_key,
            "sessionWebhook": f"{self.public_url}/robot/sendBySession?session={message_id}",
            "sessionWebhookExpiredTime": now + _SESSION_LIFE,
            **content,
        }
        if chat:
            body |= {"conversationTitle": chat.title, "isInAtList": True, "atUsers": self._at(text, chat)}
        content_type = {"Content-Type": "application/json; charset=utf-8"}
        headers = content_type | robot_headers(self.world.app_secret, str(now))
        call = WebhookCall(json.dumps(body, ensure_ascii=False).encode(), "robot", headers=headers)
        answer, attempts = await self._send(call)
        self._reply_in_response(answer, place)
        return Delivery(answer.status, attempts=attempts)

    def _at(self, text: str, chat: SandboxChat) -> list[dict[str, str]]:
        """Who is mentioned; the bot is always among them."""
        users = [self.world.users[key] for key in chat.members if key in self.world.users]
        return [{"dingtalkId": _BOT_ID}] + [
            {"dingtalkId": dingtalk_id(user.key), "staffId": user.key, "unionId": union_id(user.key)}
            for user in users
            if f"@{user.name}" in text
        ]

    async def _send(self, call: WebhookCall) -> tuple[WebhookAnswer, int]:
        fault = self.faults.take("webhook")
        answer = await self._deliver(call)
        if fault is not None and fault.kind is FaultKind.DUPLICATE:
            return await self._deliver(call), 2
        return answer, 1

    def _reply_in_response(self, answer: WebhookAnswer, place: tuple[ConversationKind, str]) -> None:
        """The platform shows a message that stands in the response."""
        try:
            body = json.loads(answer.body or b"{}")
        except ValueError:
            return
        if answer.status == 200 and isinstance(body, dict) and body.get("msgtype", "empty") != "empty":
            self.journal.add(PLATFORM, EntryKind.SENT, place, BOT, native={"response": body})

    async def press(self, user_key: str, message_id: str, index: int) -> Delivery:
        message = self.world.messages[message_id]
        if message.is_card:
            return await self._click(user_key, message, index)
        label, sentence, _ = buttons_of(message.native["key"], message.native["param"])[index]
        self._pressed(user_key, message, label)
        group = message.place[1] if message.place[0] is ConversationKind.GROUP else None
        return await self.say(user_key, group, sentence)

    def _pressed(self, user_key: str, message: Message, label: str) -> None:
        self.journal.add(
            PLATFORM, EntryKind.PRESSED, message.place, user_key, message_id=message.id, text=label
        )

    async def _click(self, user_key: str, message: Message, index: int) -> Delivery:
        data = message.native["data"]
        button = instance_buttons(data)[index]
        self._pressed(user_key, message, button["label"])
        params = {"say": button["say"], "card": data["card"], "no": data["no"], "chat": data["chat"]}
        private = {"cardPrivateData": {"actionIds": ["say"], "params": params}}
        body = {
            "type": "actionCallback",
            "outTrackId": message.id,
            "corpId": self.corp_id,
            "userId": user_key,
            "userIdType": 1,
            "spaceType": "IM",
            "spaceId": message.place[1],
            "extension": "{}",
            "content": json.dumps(private, ensure_ascii=False),
        }
        headers = {"Content-Type": "application/json"}
        registered = self.world.callbacks.get(message.native["route"], {})
        secret = registered.get("apiSecret", self._card_secret)
        headers |= card_headers(secret, str(int(time.time() * 1000)))
        call = WebhookCall(json.dumps(body, ensure_ascii=False).encode(), "card", headers=headers)
        answer, attempts = await self._send(call)
        toast = self._apply(message, user_key, answer)
        return Delivery(answer.status, toast=toast, attempts=attempts)

    def _apply(self, message: Message, user_key: str, answer: WebhookAnswer) -> str:
        """Redraw the card as the answer says; what only the person who pressed sees is returned."""
        if answer.status != 200:
            return ""
        body = json.loads(answer.body or b"{}")
        if "cardData" in body:
            self._api.redraw(message, body)
        private = (body.get("userPrivateData") or {}).get("cardParamMap") or {}
        notice = str(private.get("notice", ""))
        if notice:
            self.journal.add(
                PLATFORM, EntryKind.TOAST, message.place, user_key, message_id=message.id, text=notice
            )
        return notice


def _new_id() -> str:
    return "msg" + secrets.token_urlsafe(12)
