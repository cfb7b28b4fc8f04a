"""A stand-in for Feishu: users who speak and press, pushed to the bot like the platform does, and the
open API for the bot to answer through.
"""

import json
import secrets
import time
from collections.abc import Mapping, Sequence
from typing import Any

from aiohttp import web

from connectors.chat import BOT_NAME
from connectors.sandbox import feishu_content
from connectors.sandbox.faults import Faults
from connectors.sandbox.feishu_api import CARD_TOKEN_USES, FeishuApi
from connectors.sandbox.feishu_content import ContentRefused
from connectors.sandbox.feishu_push import FeishuPush
from connectors.sandbox.feishu_speech import FeishuSpeech
from connectors.sandbox.feishu_tenant import PLATFORM, Message, Person, Tenant
from connectors.sandbox.journal import Delivery, EntryKind, Journal, SandboxChat, SandboxUser, Upload
from connectors.sandbox.webhooks import Courier, Deliver, WebhookAnswer

CARD_TOKEN_LIFE = 1800.0


class FeishuStandIn:
    """See ``connectors.sandbox.journal.StandIn``. ``tenant`` can be changed to make things fail: scopes,
    who is reachable, limits. User keys are open_ids."""

    platform = PLATFORM

    def __init__(
        self,
        *,
        app_id: str,
        app_secret: str,
        encrypt_key: str,
        verification_token: str,
        journal: Journal,
        faults: Faults,
        deliver: Deliver,
        bot_name: str = BOT_NAME,
    ) -> None:
        self.journal = journal
        self.bot_name = bot_name
        self._deliver = deliver
        self.tenant = Tenant(lambda: journal.now().timestamp())
        self._api = FeishuApi(self.tenant, journal, faults, app_id=app_id, app_secret=app_secret)
        self._push = FeishuPush(
            app_id=app_id,
            encrypt_key=encrypt_key,
            verification_token=verification_token,
            deliver=deliver,
            faults=faults,
        )
        self._speech = FeishuSpeech(self.tenant, journal, self._push, bot_name=bot_name)

    def app(self) -> web.Application:
        return self._api.app()

    @property
    def users(self) -> Mapping[str, SandboxUser]:
        return self.tenant.users()

    @property
    def chats(self) -> Mapping[str, SandboxChat]:
        return self.tenant.chats

    def direct_id(self, user_key: str) -> str:
        return self.tenant.direct_id(self._person(user_key).open_id)

    def add_user(
        self, open_id: str, union_id: str, user_id: str, name: str, *, tenant_key: str = ""
    ) -> SandboxUser:
        """``tenant_key``: of another company, for a guest."""
        person = Person(open_id, union_id, user_id, name, tenant_key or self.tenant.tenant_key)
        self.tenant.people[open_id] = person
        return SandboxUser(open_id, name)

    def add_chat(
        self, chat_id: str, title: str, members: Sequence[str], *, with_bot: bool = True
    ) -> SandboxChat:
        """A group that is already there: nothing is pushed."""
        chat = SandboxChat(chat_id, title, tuple(members))
        self.tenant.chats[chat_id] = chat
        if with_bot:
            self.tenant.bot_in.add(chat_id)
        return chat

    async def verify_url(self) -> bool:
        """Whether the bot answers the challenge that saving its address sends."""
        return await self._push.challenge()

    async def say(
        self,
        user_key: str,
        conversation_id: str | None,
        text: str,
        *,
        files: Sequence[Upload] = (),
        mention_bot: bool = True,
    ) -> Delivery:
        """In a group, only pictures can stand in a message that mentions the bot: any other file goes
        alone, unseen by the bot, and the text follows as a reply to it."""
        person = self._person(user_key)
        chat_id = conversation_id or self.direct_id(user_key)
        if not self.tenant.is_member(user_key, chat_id):
            raise ValueError(f"{person.name} is not in {chat_id}")
        return await self._speech.say(person, chat_id, text, files, mention_bot)

    async def press(self, user_key: str, message_id: str, index: int) -> Delivery:
        """Raises ``ValueError`` where there is no such live button or the user is not in its chat."""
        person, message = self._person(user_key), self.tenant.messages[message_id]
        pressed = (
            feishu_content.buttons(message.content.native)[index : index + 1] if message.content.card else []
        )
        value = feishu_content.callback_value(pressed[0]) if pressed else None
        if value is None or not self.tenant.is_member(user_key, message.chat_id):
            raise ValueError(f"{person.name} cannot press button {index} of {message_id}")
        self._write(EntryKind.PRESSED, message, value, pressed[0]["text"]["content"], user_key)
        token = "c-" + secrets.token_hex(20)
        event = {
            "operator": {**self.tenant.ids(person), "tenant_key": person.tenant_key},
            "token": token,
            "action": {"value": value, "tag": "button", "timezone": "Asia/Shanghai"},
            "host": "im_message",
            "context": {"open_message_id": message.id, "open_chat_id": message.chat_id},
        }
        answer = await self._push.callback(self.tenant.tenant_key, event)
        toast = self._answered(message, answer)
        if answer.status == 200:
            message.tokens[token] = (CARD_TOKEN_USES, time.monotonic() + CARD_TOKEN_LIFE)
        if toast:
            self._write(EntryKind.TOAST, message, {}, toast, user_key)
        return Delivery(answer.status, toast)

    def _answered(self, message: Message, answer: WebhookAnswer) -> str:
        """Do what the answer to a click says; the toast, or what the client shows instead."""
        if answer.status != 200:
            return _failure(200671 if answer.status else 200341)
        try:
            body = json.loads(answer.body or b"{}")
            toast, card = body.get("toast", {}), body.get("card")
            shown = str(toast.get("content", ""))
        except (ValueError, AttributeError):
            return _failure(200672)
        if card is None:
            return shown
        data = card.get("data") if isinstance(card, dict) and card.get("type") == "raw" else None
        if isinstance(data, dict) and data.get("schema") != "2.0":
            return _failure(200830)
        try:
            message.content = feishu_content.card(data or {})
        except ContentRefused:
            return _failure(200673)
        self._write(EntryKind.UPDATED, message, data or {}, message.content.text)
        return shown

    async def recall(self, user_key: str, message_id: str) -> Delivery:
        """Take back one's own message."""
        message = self.tenant.message(message_id)
        if message.author != user_key:
            raise ValueError(f"{message_id} is not by {user_key}")
        message.recalled = True
        self._write(EntryKind.SYSTEM, message, {}, "撤回了一条消息", user_key)
        event = {
            "message_id": message.id,
            "chat_id": message.chat_id,
            "recall_time": str(int(self.tenant.now() * 1000)),
            "recall_type": "message_owner",
        }
        return await self._event("im.message.recalled_v1", event)

    async def invite_bot(self, user_key: str, chat_id: str) -> Delivery:
        self.tenant.bot_in.add(chat_id)
        return await self._chat_event("im.chat.member.bot.added_v1", user_key, chat_id)

    async def remove_bot(self, user_key: str, chat_id: str) -> Delivery:
        self.tenant.bot_in.discard(chat_id)
        return await self._chat_event("im.chat.member.bot.deleted_v1", user_key, chat_id)

    async def disband(self, user_key: str, chat_id: str) -> Delivery:
        delivery = await self._chat_event("im.chat.disbanded_v1", user_key, chat_id)
        del self.tenant.chats[chat_id]
        self.tenant.bot_in.discard(chat_id)
        return delivery

    async def open_direct(self, user_key: str) -> Delivery:
        """The user opens the chat with the bot."""
        chat_id = self.direct_id(user_key)
        event: dict[str, Any] = {"chat_id": chat_id, "operator_id": self.tenant.ids(self._person(user_key))}
        said = [m.id for m in self.tenant.messages.values() if m.chat_id == chat_id]
        if said:
            event["last_message_id"] = said[-1]
        return await self._event("im.chat.access_event.bot_p2p_chat_entered_v1", event)

    async def leave(self, user_key: str) -> Delivery:
        """The user leaves the company, and all groups with it."""
        person = self.tenant.people.pop(user_key)
        for chat in list(self.tenant.chats.values()):
            members = tuple(m for m in chat.members if m != user_key)
            self.tenant.chats[chat.id] = SandboxChat(chat.id, chat.title, members)
        event = {
            "object": {**self.tenant.ids(person), "name": person.name},
            "old_object": {"open_id": user_key},
        }
        return await self._event("contact.user.deleted_v3", event)

    async def change_mobile(self, user_key: str, mobile: str) -> Delivery:
        """The company writes another number into the user's entry."""
        person = self._person(user_key)
        event = {"object": {**self.tenant.ids(person), "name": person.name, "mobile": mobile}}
        return await self._event("contact.user.updated_v3", event)

    async def close(self) -> None:
        """Close ``deliver`` too, where it is a ``Courier``."""
        if isinstance(self._deliver, Courier):
            await self._deliver.close()

    async def _event(self, kind: str, event: Mapping[str, Any]) -> Delivery:
        status, attempts = await self._push.event(kind, self.tenant.tenant_key, event)
        return Delivery(status, attempts=attempts)

    async def _chat_event(self, kind: str, user_key: str, chat_id: str) -> Delivery:
        person, chat = self._person(user_key), self.tenant.chats[chat_id]
        event = {
            "chat_id": chat_id,
            "operator_id": self.tenant.ids(person),
            "external": False,
            "operator_tenant_key": person.tenant_key,
            "name": chat.title,
            "i18n_names": {"zh_cn": chat.title, "en_us": "", "ja_jp": ""},
        }
        return await self._event(kind, event)

    def _write(
        self, kind: EntryKind, message: Message, native: Mapping[str, Any], text: str = "", author: str = ""
    ) -> None:
        self.journal.add(
            PLATFORM,
            kind,
            self.tenant.conversation(message.chat_id),
            author or message.author,
            message_id=message.id,
            text=text,
            card=message.content.card if kind is EntryKind.UPDATED else None,
            native=native,
        )

    def _person(self, user_key: str) -> Person:
        return self.tenant.people[user_key]


def _failure(code: int) -> str:
    """What the client shows where a click went wrong."""
    return f"出错了，请稍后重试（code: {code}）"
