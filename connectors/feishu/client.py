"""Feishu's API as far as we use it: messages, cards, uploads, and what ``check`` asks.

https://open.feishu.cn/document/uAjLw4CM/ukTMukTMukTM/reference/im-v1/message/create
"""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import orjson

from connectors.chat import Address, ConversationKind
from connectors.errors import SendError, SendRefused, SendUnknown
from connectors.feishu import outcomes, render
from connectors.feishu.access import Access
from connectors.feishu.api import CALL_SECONDS, Api, Call, Upload
from connectors.feishu.settings import FeishuSettings
from connectors.tokens import TokenStore

SEND_SECONDS = 9.0  #: for all calls of one send (token, upload, message): whoever sends waits 10
MAX_FILE = 30 * 1024 * 1024  #: bytes
MAX_IMAGE = 10 * 1024 * 1024
MAX_UUID = 50  #: characters of ``uuid``

_ID_TYPES = (("oc_", "chat_id"), ("ou_", "open_id"), ("on_", "union_id"))
_FILE_TYPES = {
    "pdf": "pdf",
    "doc": "doc",
    "docx": "doc",
    "xls": "xls",
    "xlsx": "xls",
    "ppt": "ppt",
    "pptx": "ppt",
}  #: by extension; all else is ``stream``: mp4 and opus would have to go as other kinds of message


@dataclass(frozen=True, slots=True)
class Draft:
    """A message in Feishu's form: ``content``, or for an ``image`` or ``file`` the bytes to upload first."""

    kind: Literal["post", "interactive", "image", "file"]
    content: Mapping[str, Any] = field(default_factory=dict)
    upload: bytes = field(default=b"", repr=False)
    name: str = ""


class FeishuClient:
    """One app's client; ``seconds`` bounds each call."""

    def __init__(
        self, settings: FeishuSettings, tokens: TokenStore, *, app: str, seconds: float = CALL_SECONDS
    ) -> None:
        self.access = Access(settings, tokens, app=app, seconds=seconds)
        self._api = Api(settings.base_url.rstrip("/"), seconds=seconds)

    async def post(self, draft: Draft, address: Address, *, idem_key: str, reply_to: str = "") -> str:
        """Send and return the message id; ``reply_to`` is the id of the message this is a reply to.

        Raises:
            SendError: see ``outcomes``.
        """
        await self._api.load()
        try:
            async with asyncio.timeout(SEND_SECONDS):
                content = await self._content(draft)
                body = {"msg_type": draft.kind, "content": content, "uuid": idem_key[:MAX_UUID]}
                return await self._post(body, address, reply_to)
        except TimeoutError:
            raise SendUnknown("timeout") from None

    async def _post(self, body: Mapping[str, Any], address: Address, reply_to: str) -> str:
        if reply_to:
            path = "/open-apis/im/v1/messages/:message_id/reply"
            try:
                return _message_id(await self.call(Call("POST", path, {"message_id": reply_to}, body=body)))
            except SendRefused as refused:
                if refused.code not in map(str, outcomes.REPLY_GONE):
                    raise
        id_type = next((name for prefix, name in _ID_TYPES if address.target.startswith(prefix)), "")
        if not id_type:
            id_type = "chat_id" if address.kind is ConversationKind.GROUP else "user_id"
        call = Call(
            "POST",
            "/open-apis/im/v1/messages",
            query={"receive_id_type": id_type},
            body={"receive_id": address.target, **body},
        )
        return _message_id(await self.call(call))

    async def patch(self, message_id: str, card: Mapping[str, Any]) -> None:
        """Redraw a card, up to 14 days after it was sent.

        Raises:
            SendError: see ``outcomes``.
        """
        path = "/open-apis/im/v1/messages/:message_id"
        await self.call(Call("PATCH", path, {"message_id": message_id}, body={"content": _encoded(card)}))

    async def _content(self, draft: Draft) -> str:
        """``content`` as the string it has to be. An upload that failed has shown nothing to anybody."""
        if draft.kind == "post" or draft.kind == "interactive":
            return _encoded(draft.content)
        try:
            return _encoded(await self._uploaded(draft))
        except SendError as error:
            raise outcomes.before(error) from None

    async def _uploaded(self, draft: Draft) -> Mapping[str, str]:
        limit = MAX_IMAGE if draft.kind == "image" else MAX_FILE
        if not 0 < len(draft.upload) <= limit:
            raise SendRefused("upload_size", f"{len(draft.upload)} bytes")
        if draft.kind == "image":
            form, upload = {"image_type": "message"}, Upload("image", "picture.png", draft.upload)
        else:
            file_type = _FILE_TYPES.get(draft.name.rpartition(".")[2].lower(), "stream")
            form = {"file_type": file_type, "file_name": draft.name}
            upload = Upload("file", draft.name, draft.upload)
        data = await self.call(Call("POST", f"/open-apis/im/v1/{draft.kind}s", body=form, upload=upload))
        key = data.get(f"{draft.kind}_key")
        if not isinstance(key, str):
            raise SendUnknown("upload_answer")
        return {f"{draft.kind}_key": key}

    async def call(self, call: Call) -> Mapping[str, Any]:
        """``data`` of the answer, or the answer where it has none. A refused token is replaced once.

        Raises:
            SendError: see ``outcomes``.
        """
        token = await self.access.token()
        reply = await self._api.call(call, token)
        answer = outcomes.read(reply)
        if answer["code"] in outcomes.TOKEN_REFUSED:
            await self.access.refused(token)
            reply = await self._api.call(call, await self.access.token())
            answer = outcomes.read(reply)
        if answer["code"] != 0:
            raise outcomes.of(reply, answer)
        data = answer.get("data")
        return data if isinstance(data, dict) else answer

    async def bot_open_id(self) -> str:
        """The bot's own open_id; empty if the platform names none.

        Raises:
            SendError: see ``outcomes``.
        """
        answer = await self.call(Call("GET", "/open-apis/bot/v3/info"))
        bot = answer.get("bot")
        open_id = bot.get("open_id") if isinstance(bot, dict) else None
        return open_id if isinstance(open_id, str) else ""

    async def granted_scopes(self) -> set[str]:
        """The permissions the tenant has granted. The call itself needs none.

        https://open.feishu.cn/document/uAjLw4CM/ukTMukTMukTM/application-v6/scope/list

        Raises:
            SendError: see ``outcomes``.
        """
        scopes = (await self.call(Call("GET", "/open-apis/application/v6/scopes"))).get("scopes")
        listed = [s for s in scopes if isinstance(s, dict)] if isinstance(scopes, list) else []
        return {str(s.get("scope_name")) for s in listed if s.get("grant_status") == 1}

    async def close(self) -> None:
        self._api.close()
        await self.access.close()


def _encoded(content: Mapping[str, Any]) -> str:
    """
    Raises:
        SendRefused: longer than the platform takes.
    """
    text = orjson.dumps(content)
    if len(text) > render.MAX_BYTES:
        raise SendRefused("too_long", f"{len(text)} bytes")
    return text.decode()


def _message_id(data: Mapping[str, Any]) -> str:
    """An accepted message without a name still is one; it just cannot be redrawn."""
    message_id = data.get("message_id")
    return message_id if isinstance(message_id, str) else ""
