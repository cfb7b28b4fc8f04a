"""How users of the Feishu stand-in speak: messages as the platform forms and pushes them."""

import json
import re
import secrets
from collections.abc import Mapping, Sequence
from typing import Any

from connectors.sandbox.feishu_content import Content
from connectors.sandbox.feishu_push import FeishuPush
from connectors.sandbox.feishu_tenant import PLATFORM, Message, Person, Tenant
from connectors.sandbox.journal import Delivery, EntryKind, Journal, Upload

NOT_PUSHED = Delivery(0, attempts=0)
_IMAGES = (".png", ".jpg", ".jpeg", ".gif", ".webp", ".bmp")


class FeishuSpeech:
    """``bot_name``: what the bot's mention looks like."""

    def __init__(self, tenant: Tenant, journal: Journal, push: FeishuPush, *, bot_name: str) -> None:
        self._tenant = tenant
        self._journal = journal
        self._push = push
        self._bot_name = bot_name

    async def say(
        self, person: Person, chat_id: str, text: str, files: Sequence[Upload], mention_bot: bool
    ) -> Delivery:
        """The delivery of the last message of these."""
        mention_bot = mention_bot and chat_id not in self._tenant.directs
        inside = [f for f in files if mention_bot and f.name.lower().endswith(_IMAGES)]
        delivery, parent = NOT_PUSHED, ""
        for file in files:
            if file not in inside:
                message, delivery = await self._say_file(person, chat_id, file)
                parent = message.id
        if text or inside or not files:
            reply_to = "" if chat_id in self._tenant.directs else parent
            delivery = await self._say_text(person, chat_id, text, inside, mention_bot, reply_to)
        return delivery

    async def _say_text(
        self,
        person: Person,
        chat_id: str,
        text: str,
        pictures: Sequence[Upload],
        mention_bot: bool,
        reply_to: str,
    ) -> Delivery:
        at_bot = f"@{self._bot_name}"
        typed = f"{at_bot} {text}".strip() if mention_bot and at_bot not in text else text
        raw, mentions = self._placeholders(typed, chat_id, mention_bot)
        kind, native, keys = "text", dict[str, Any](text=raw), [_new_key("img") for _ in pictures]
        if pictures:
            lines = [[{"tag": "img", "image_key": key}] for key in keys]
            kind = "post"
            native = {"title": "", "content": [_nodes(raw), *lines]}
        message = self._tenant.add_message(chat_id, person.open_id, kind, Content(native, typed))
        for key, picture in zip(keys, pictures, strict=True):
            self._tenant.resources[(message.id, key)] = ("image", picture.name, picture.content)
        conversation = self._tenant.conversation(chat_id)
        self._journal.add(
            PLATFORM,
            EntryKind.SAID,
            conversation,
            person.open_id,
            message_id=message.id,
            text=typed,
            native=native,
        )
        for picture in pictures:
            self._write_file(message, picture, native)
        more = {"parent_id": reply_to, "root_id": reply_to} if reply_to else {}
        return await self._push_message(person, message, mentions, more)

    async def _say_file(self, person: Person, chat_id: str, file: Upload) -> tuple[Message, Delivery]:
        image = file.name.lower().endswith(_IMAGES)
        kind, key = ("image", _new_key("img")) if image else ("file", _new_key("file"))
        native = {"image_key": key} if image else {"file_key": key, "file_name": file.name}
        message = self._tenant.add_message(chat_id, person.open_id, kind, Content(native, key=key))
        self._tenant.resources[(message.id, key)] = (kind, file.name, file.content)
        self._write_file(message, file, native)
        return message, await self._push_message(person, message, [], {})

    async def _push_message(
        self,
        person: Person,
        message: Message,
        mentions: Sequence[Mapping[str, Any]],
        more: Mapping[str, str],
    ) -> Delivery:
        """Push what the app's scopes let it hear."""
        direct = message.chat_id in self._tenant.directs
        at_bot = any(m["id"]["open_id"] == self._tenant.bot_open_id for m in mentions)
        heard = {"im:message.group_msg"} | ({"im:message.group_at_msg:readonly"} if at_bot else set())
        if direct:
            heard = {"im:message.p2p_msg:readonly"}
        if not heard & self._tenant.scopes or (not direct and message.chat_id not in self._tenant.bot_in):
            return NOT_PUSHED
        stamp = str(int(message.created * 1000))
        body: dict[str, Any] = {
            "message_id": message.id,
            "create_time": stamp,
            "update_time": stamp,
            "chat_id": message.chat_id,
            "chat_type": "p2p" if direct else "group",
            "message_type": message.kind,
            "content": json.dumps(message.content.native, ensure_ascii=False, separators=(",", ":")),
            **more,
        }
        if mentions:
            body["mentions"] = mentions
        sender = {
            "sender_id": self._tenant.ids(person),
            "sender_type": "user",
            "tenant_key": person.tenant_key,
        }
        event = {"sender": sender, "message": body}
        status, attempts = await self._push.event("im.message.receive_v1", self._tenant.tenant_key, event)
        return Delivery(status, attempts=attempts)

    def _placeholders(
        self, typed: str, chat_id: str, mention_bot: bool
    ) -> tuple[str, list[Mapping[str, Any]]]:
        """``@name`` becomes ``@_user_N``, numbered by appearance; the same person keeps the number."""
        chat = self._tenant.chats.get(chat_id)
        known = {p.name: p for p in (self._tenant.people[key] for key in chat.members)} if chat else {}
        mentions: dict[str, Mapping[str, Any]] = {}

        def placeholder(found: re.Match[str]) -> str:
            name = found.group()[1:]
            if name == "所有人":
                return "@_all"
            if name not in mentions:
                mentions[name] = self._mention(f"@_user_{len(mentions) + 1}", name, known.get(name))
            return str(mentions[name]["key"])

        names = sorted([*known, *([self._bot_name] if mention_bot else []), "所有人"], key=len, reverse=True)
        raw = re.sub("@(?:" + "|".join(map(re.escape, names)) + ")", placeholder, typed) if chat else typed
        return raw, list(mentions.values())

    def _mention(self, key: str, name: str, person: Person | None) -> Mapping[str, Any]:
        bot = {"open_id": self._tenant.bot_open_id, "union_id": "on_bot", "user_id": ""}
        return {
            "key": key,
            "id": self._tenant.ids(person) if person else bot,
            "mentioned_type": "user" if person else "bot",
            "name": name,
            "tenant_key": person.tenant_key if person else self._tenant.tenant_key,
        }

    def _write_file(self, message: Message, file: Upload, native: Mapping[str, Any]) -> None:
        self._journal.keep(message.id, file.content)
        self._journal.add(
            PLATFORM,
            EntryKind.FILE,
            self._tenant.conversation(message.chat_id),
            message.author,
            message_id=message.id,
            text=file.name,
            file={"name": file.name, "size": len(file.content)},
            native=native,
        )


def _nodes(raw: str) -> list[Mapping[str, Any]]:
    """A line of rich text: mentions are nodes of their own."""
    parts = [part for part in re.split(r"(@_user_\d+|@_all)", raw) if part]
    return [
        {"tag": "at", "user_id": part, "user_name": ""}
        if part.startswith("@_")
        else {"tag": "text", "text": part, "style": []}
        for part in parts
    ]


def _new_key(prefix: str) -> str:
    return f"{prefix}_v3_{secrets.token_hex(10)}"
