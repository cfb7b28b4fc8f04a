"""A stand-in for WeCom: one corporation with an app and a robot, as the bot and its users meet them.

Groups are heard through the robot, and only where it is mentioned; people write to the app, but send files
to the robot (the app takes none). In groups nothing can be pressed: ``press`` types what the message says.
"""

import secrets
import time
import uuid
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from aiohttp import web

from connectors.chat import ConversationKind
from connectors.sandbox.faults import Faults
from connectors.sandbox.journal import (
    Delivery,
    EntryKind,
    Journal,
    SandboxChat,
    SandboxUser,
    Upload,
)
from connectors.sandbox.webhooks import Courier, Deliver
from connectors.sandbox.wecom_api import WeComApi
from connectors.sandbox.wecom_cipher import EndpointCipher
from connectors.sandbox.wecom_deliveries import RETRIES, BadReply, Deliveries
from connectors.sandbox.wecom_media import Media
from connectors.sandbox.wecom_replies import Replies
from connectors.sandbox.wecom_tenant import REPLY_LIFE, Limits, SentMessage, Tenant, WeComKeys, Where

_PICTURES = (".png", ".jpg", ".jpeg")
_NOT_DELIVERED = Delivery(0, attempts=0)

Json = dict[str, Any]


class WeComStandIn:
    """See ``StandIn``. Serve ``app()`` and set ``base_url`` to where it is served."""

    platform = "wecom"

    def __init__(
        self,
        users: Iterable[SandboxUser],
        chats: Iterable[SandboxChat],
        deliver: Deliver,
        *,
        keys: WeComKeys | None = None,
        journal: Journal | None = None,
        faults: Faults | None = None,
        limits: Limits | None = None,
        retries: Sequence[float] = RETRIES,
        encrypted_ids: bool = False,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.keys = keys or WeComKeys()
        self.journal = journal or Journal()
        self.faults = faults or Faults()
        self.encrypted_ids = encrypted_ids
        self.tenant = Tenant(
            users,
            chats,
            keys=self.keys,
            journal=self.journal,
            faults=self.faults,
            limits=limits or Limits(),
            clock=clock,
        )
        app = EndpointCipher(self.keys.token, self.keys.encoding_aes_key, self.keys.corp_id)
        robot = EndpointCipher(self.keys.aibot_token, self.keys.aibot_encoding_aes_key, "")
        self._media = Media(self.tenant, robot)
        self._deliveries = Deliveries(deliver, app, robot, self.faults, retries=retries, clock=clock)
        self._replies = Replies(self.tenant)
        self._deliver = deliver

    @property
    def users(self) -> Mapping[str, SandboxUser]:
        return self.tenant.users

    @property
    def chats(self) -> Mapping[str, SandboxChat]:
        return self.tenant.chats

    @property
    def base_url(self) -> str:
        return self.tenant.base_url

    @base_url.setter
    def base_url(self, url: str) -> None:
        self.tenant.base_url = url.rstrip("/")

    def app(self) -> web.Application:
        return WeComApi(self.tenant, self._media).app()

    def direct_id(self, user_key: str) -> str:
        return self.users[user_key].key

    def push_address(self, chat_id: str) -> str:
        """The message-push address of a group, as its owner copies it: ``Address.push_secret``."""
        return f"{self.base_url}/cgi-bin/webhook/send?key={self.tenant.push_key(chat_id)}"

    async def verify_url(self, endpoint: str) -> bool:
        """Save ``app`` or ``aibot`` in the console: whether the bot answers the challenge."""
        return await self._deliveries.verify_url(endpoint)

    async def say(
        self,
        user_key: str,
        conversation_id: str | None,
        text: str,
        *,
        files: Sequence[Upload] = (),
        mention_bot: bool = True,
    ) -> Delivery:
        """See ``StandIn``. Of what the platform does not pass on, ``attempts`` is 0."""
        user = self.users[user_key]
        if conversation_id is not None and conversation_id in self.chats:
            return await self._say_in_group(user, conversation_id, text, files, mention_bot)
        if conversation_id not in (None, user.key):
            raise KeyError(conversation_id)
        where = (ConversationKind.DIRECT, user.key)
        if not files:
            message_id = str(secrets.randbelow(10**18))
            self._said(where, user, text, message_id)
            body = {"MsgType": "text", "Content": text, "MsgId": message_id}
            return await self._to_app(user, body)
        delivery = _NOT_DELIVERED
        for file in files:
            message_id = self._sent_file(where, user, file)
            kind = "image" if file.name.lower().endswith(_PICTURES) else "file"
            offered = self._media.offer(file.name, file.content)
            delivery = await self._to_robot(
                user, where, message_id, {"msgtype": kind, kind: {"url": offered}}
            )
        if text:  # behind the file, in the robot's chat, where the person is
            message_id = self._said(where, user, text)
            native = {"msgtype": "text", "text": {"content": text}}
            delivery = await self._to_robot(user, where, message_id, native)
        return delivery

    async def press(self, user_key: str, message_id: str, index: int) -> Delivery:
        """See ``StandIn``. Raises ``KeyError`` or ``IndexError`` where there is no such button."""
        user, message = self.users[user_key], self.tenant.messages[message_id]
        says, card = message.shown.says[index], message.shown.card
        if card is None or not card["buttons"][index]["live"]:
            group = message.where[0] is ConversationKind.GROUP
            return await self.say(user_key, message.where[1] if group else None, says)
        label = card["buttons"][index]["label"]
        self.journal.add(
            self.platform, EntryKind.PRESSED, message.where, user.key, message_id=message_id, text=label
        )
        if message.robot:
            pressed = {"card_type": message.card_type, "event_key": says, "task_id": message.task_id}
            event = {"eventtype": "template_card_event", "template_card_event": pressed}
            native: Json = {"msgtype": "event", "event": event}
            return await self._to_robot(user, message.where, uuid.uuid4().hex, native, message)
        body = {
            "MsgType": "event",
            "Event": "template_card_event",
            "EventKey": says,
            "TaskId": message.task_id,
            "CardType": message.card_type,
            "ResponseCode": self.tenant.new_code(message.id),
        }
        return await self._to_app(user, body, message)

    async def open_robot(self, user_key: str) -> Delivery:
        """A person opens the chat with the robot for the first time that day."""
        user = self.users[user_key]
        where = (ConversationKind.DIRECT, user.key)
        event: Json = {"msgtype": "event", "event": {"eventtype": "enter_chat"}}
        return await self._to_robot(user, where, uuid.uuid4().hex, event)

    async def change_contact(self, change: Mapping[str, str]) -> Delivery:
        """An event of the directory: ``ChangeType``, ``UserID`` and what else it tells."""
        body = {
            "FromUserName": "sys",
            "CreateTime": int(self.tenant.clock()),
            "MsgType": "event",
            "Event": "change_contact",
            **change,
        }
        delivery, _ = await self._deliveries.to_app(body, self.keys.corp_id)
        return delivery

    async def close(self) -> None:
        """Closes ``deliver`` too, if it is a courier."""
        if isinstance(self._deliver, Courier):
            await self._deliver.close()

    async def _say_in_group(
        self, user: SandboxUser, chat_id: str, text: str, files: Sequence[Upload], mention_bot: bool
    ) -> Delivery:
        """Of files, only pictures beside a text reach the robot from a group."""
        where = (ConversationKind.GROUP, chat_id)
        said = f"@{self.keys.bot_name} {text}" if mention_bot else text
        items: list[Json] = [{"msgtype": "text", "text": {"content": said}}]
        for file in files:
            self._sent_file(where, user, file)
            if file.name.lower().endswith(_PICTURES):
                url = self._media.offer(file.name, file.content)
                items.append({"msgtype": "image", "image": {"url": url}})
        message_id = self._said(where, user, said)
        if not mention_bot:
            return _NOT_DELIVERED
        mixed = {"msgtype": "mixed", "mixed": {"msg_item": items}}
        return await self._to_robot(user, where, message_id, items[0] if len(items) == 1 else mixed)

    def _said(self, where: Where, user: SandboxUser, text: str, message_id: str = "") -> str:
        message_id = message_id or secrets.token_urlsafe(16)
        self.journal.add(self.platform, EntryKind.SAID, where, user.key, message_id=message_id, text=text)
        return message_id

    def _sent_file(self, where: Where, user: SandboxUser, file: Upload) -> str:
        message_id = secrets.token_urlsafe(16)
        self.journal.keep(message_id, file.content)
        self.journal.add(
            self.platform,
            EntryKind.FILE,
            where,
            user.key,
            message_id=message_id,
            text=file.name,
            file={"name": file.name, "size": len(file.content)},
        )
        return message_id

    async def _to_app(self, user: SandboxUser, body: Json, pressed: SentMessage | None = None) -> Delivery:
        head = {"FromUserName": user.key, "CreateTime": int(self.tenant.clock())}
        inner = {**head, **body, "AgentID": self.keys.agent_id}
        where = (ConversationKind.DIRECT, user.key)
        try:
            delivery, reply = await self._deliveries.to_app(inner, self.keys.corp_id)
            return delivery if reply is None else self._replies.app(delivery, where, reply, pressed)
        except BadReply as bad:
            return self._replies.bad(where, str(bad))

    async def _to_robot(
        self,
        user: SandboxUser,
        where: Where,
        message_id: str,
        body: Json,
        pressed: SentMessage | None = None,
    ) -> Delivery:
        """A press is delivered once, whatever becomes of it."""
        envelope = self._envelope(user, where, message_id, body)
        try:
            delivery, reply = await self._deliveries.to_robot(envelope, once=pressed is not None)
        except BadReply as bad:
            return self._replies.bad(where, str(bad))
        if reply is not None:
            self._replies.robot(where, reply, pressed)
        return delivery

    def _envelope(self, user: SandboxUser, where: Where, message_id: str, body: Json) -> Json:
        kind, conversation_id = where
        group = kind is ConversationKind.GROUP
        userid = self.tenant.encrypted_id(user.key) if self.encrypted_ids else user.key
        found: Json = {
            "msgid": message_id,
            "create_time": int(self.tenant.clock()),
            "aibotid": self.keys.aibot_id,
            "chattype": "group" if group else "single",
            "from": {"userid": userid},
            **({"chatid": conversation_id} if group else {}),
            **body,
        }
        if body.get("event", {}).get("eventtype") != "enter_chat":
            code = secrets.token_urlsafe(30)
            self.tenant.replies[code] = (where, self.tenant.clock() + REPLY_LIFE)
            found["response_url"] = f"{self.base_url}/cgi-bin/aibot/response?response_code={code}"
        return found
