"""By which way a message goes out, and in which form.

- An answer to the robot goes back through the message's ``response_url``: once, within the hour.
- A group gets everything else through its message push (消息推送), whose address is a secret.
- A person gets everything else from the app, with the duplicate check switched on.
"""

import base64
import hashlib
from collections import OrderedDict
from typing import Any

from connectors.chat import Address, Card, ConversationKind, Document, Message, Picture, ReplyHandle, Text
from connectors.connector import Blobs, Sent
from connectors.errors import SendDeferred, SendRefused
from connectors.wecom import render
from connectors.wecom.client import WeComClient
from connectors.wecom.settings import WeComSettings

DUPLICATE_CHECK = 4 * 3600  #: seconds; the longest the platform offers
PUSH_PICTURE = 2 * 1024 * 1024  #: bytes of a picture in a message push
_REMEMBERED = 4096
_USED_UP = ""  #: of a response_url: by a message we do not know (no idem_key is empty)

Json = dict[str, Any]


class Outgoing:
    """Sends messages, each with at most one attempt that could show it."""

    def __init__(self, settings: WeComSettings, client: WeComClient) -> None:
        self._settings = settings
        self._client = client
        self._bot_name = settings.bot_names[0]
        self._answered: OrderedDict[str, str] = OrderedDict()  # hash of a response_url → its idem_key
        self._uploaded: OrderedDict[str, str] = OrderedDict()  # idem_key → media_id

    async def answer(
        self, address: Address, message: Text | Card, idem_key: str, reply: ReplyHandle
    ) -> Sent | None:
        """Through the ``response_url``; None if that is spent, so that another way must be taken.

        The address takes one message. If it refuses a repetition, the first attempt, which got no
        readable answer, has arrived.
        """
        spent = hashlib.sha256(reply.value.encode()).hexdigest()
        first = self._answered.get(spent)
        if first not in (None, idem_key) or not self._client.is_ours(reply.value, "aibot/response"):
            return None
        _remember(self._answered, spent, idem_key)
        try:
            await self._client.post(reply.value, self._robot_body(address, message, idem_key))
        except SendRefused:
            if first == idem_key:
                return Sent()
            self._answered[spent] = _USED_UP
            return None
        except SendDeferred:
            if first is None:  # certainly not sent: the address is as good as before
                del self._answered[spent]
            raise
        return Sent()

    async def push(self, address: Address, message: Message, blobs: Blobs) -> Sent:
        """To a group, through its message push.

        Raises:
            SendError: ``SendRefused`` without an address, or with one that is not our host's.
        """
        if not address.push_secret:
            raise SendRefused("no_push_address", "这个群没有配置消息推送地址")
        if not self._client.is_ours(address.push_secret, "webhook/send"):
            raise SendRefused("bad_push_address", "消息推送地址不是企业微信的")
        await self._client.post(address.push_secret, await self._push_body(address, message, blobs))
        return Sent()

    async def to_person(self, address: Address, message: Message, idem_key: str, blobs: Blobs) -> Sent:
        """To a person, from the app. A lost ``media_id`` is uploaded anew once."""
        if not self._settings.has_app:
            raise SendRefused("no_app", "没有配置自建应用，不能主动发给个人")
        kept = idem_key in self._uploaded
        try:
            return await self._send(address, await self._app_body(message, idem_key, blobs))
        except SendRefused as refused:
            if refused.code != "40007" or not kept:
                raise
        del self._uploaded[idem_key]
        return await self._send(address, await self._app_body(message, idem_key, blobs))

    async def _send(self, address: Address, content: Json) -> Sent:
        body = {
            "touser": address.target,
            "agentid": self._settings.agent_id,
            "safe": 0,
            "enable_duplicate_check": 1,
            "duplicate_check_interval": DUPLICATE_CHECK,
            **content,
        }
        answer = await self._client.call("message/send", body)
        for name in ("invaliduser", "unlicenseduser"):
            if answer.get(name):  # with errcode 0: there was one receiver, and it is not reached
                raise SendRefused(name, "收件人不在可见范围", dead_address=True)
        code = str(answer.get("response_code") or "")
        return Sent(code or str(answer.get("msgid") or ""), updatable=bool(code))

    async def update(self, handle: str, address: Address, card: Card) -> None:
        """Redraw the app's card in the direct chat; a handle (``response_code``) works once, for 72 h."""
        if not handle or not self._settings.has_app or address.kind is not ConversationKind.DIRECT:
            raise SendRefused("not_updatable")
        shown = self._card(card, "")
        if shown is None:
            raise SendRefused("key_too_long")
        del shown["task_id"]
        body = {
            "userids": [address.target],
            "agentid": self._settings.agent_id,
            "response_code": handle,
            "template_card": shown,
        }
        answer = await self._client.call("message/update_template_card", body)
        if answer.get("invaliduser"):
            raise SendRefused("invaliduser")

    def redrawn(self, card: Card) -> Json | None:
        """``card`` for an answer to a press."""
        return self._card(card, "")

    async def _app_body(self, message: Message, idem_key: str, blobs: Blobs) -> Json:
        match message:
            case Picture():
                return {
                    "msgtype": "image",
                    "image": {"media_id": await self._media(message, idem_key, blobs)},
                }
            case Document():
                return {"msgtype": "file", "file": {"media_id": await self._media(message, idem_key, blobs)}}
            case Text():
                card = render.text_as_card(message)
            case Card():
                card = message
        shown = self._card(card, idem_key) if card else None
        if shown is None:
            return render.direct_text(message, idem_key)
        return {"msgtype": "template_card", "template_card": shown}

    async def _media(self, message: Picture | Document, idem_key: str, blobs: Blobs) -> str:
        """The uploaded file's id: the same for a repetition, or the duplicate check would not see it."""
        known = self._uploaded.get(idem_key)
        if known is not None:
            return known
        content = await blobs.read(message.blob)
        if isinstance(message, Picture):
            media_id = await self._client.upload("图片.png", content, "image")
        else:
            media_id = await self._client.upload(message.name, content, "file")
        _remember(self._uploaded, idem_key, media_id)
        return media_id

    async def _push_body(self, address: Address, message: Message, blobs: Blobs) -> Json:
        match message:
            case Picture() | Document():
                return await self._push_file(address, message, await blobs.read(message.blob))
            case Text():
                text = render.group_text(message, self._bot_name)
                if len(text.encode()) <= render.TEXT_BYTES:
                    return {"msgtype": "text", "text": {"content": text}}
        content = render.markdown(message, limit=render.PUSH_BYTES, dialect="push", bot_name=self._bot_name)
        return {"msgtype": "markdown", "markdown": {"content": content}}

    async def _push_file(self, address: Address, message: Picture | Document, content: bytes) -> Json:
        if isinstance(message, Picture) and len(content) <= PUSH_PICTURE:
            digest = hashlib.md5(content, usedforsecurity=False).hexdigest()
            return {
                "msgtype": "image",
                "image": {"base64": base64.b64encode(content).decode(), "md5": digest},
            }
        name = "图片.png" if isinstance(message, Picture) else message.name
        media_id = await self._client.upload_for_push(address.push_secret, name, content)
        return {"msgtype": "file", "file": {"media_id": media_id}}

    def _robot_body(self, address: Address, message: Text | Card, idem_key: str) -> Json:
        """In a group always Markdown with what to type; alone with somebody, a card with live buttons."""
        group = address.kind is ConversationKind.GROUP
        if not group:
            card = message if isinstance(message, Card) else render.text_as_card(message)
            shown = self._card(card, idem_key) if card else None
            if shown is not None:
                return {"msgtype": "template_card", "template_card": shown}
        name = self._bot_name if group else ""
        content = render.markdown(message, limit=render.ROBOT_BYTES, dialect="robot", bot_name=name)
        return {"msgtype": "markdown", "markdown": {"content": content}}

    def _card(self, card: Card, idem_key: str) -> Json | None:
        return render.direct_card(
            card, bot_name=self._bot_name, card_url=self._settings.card_url, idem_key=idem_key
        )


def _remember(where: OrderedDict[str, str], key: str, value: str) -> None:
    where[key] = value
    if len(where) > _REMEMBERED:
        where.popitem(last=False)
