"""Feishu (飞书): an in-house app's events and clicks in, messages and cards out."""

import asyncio
import contextlib
import dataclasses
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import orjson

from connectors.chat import Account, Address, Card, Document, File, Message, Picture, ReplyHandle
from connectors.connector import Answer, Blobs, Outcome, Received, Sent, WebhookRequest
from connectors.errors import BadSignature, MalformedEvent, SendError, StaleRequest
from connectors.feishu import checks, content, crypto, events, render
from connectors.feishu.client import Draft, FeishuClient
from connectors.feishu.settings import FeishuSettings
from connectors.tokens import TokenStore

PATIENCE = 8 * 3600.0  #: the last redelivery comes after 7 h 05 min, perhaps with its first timestamp
AHEAD = 300.0  #: seconds a timestamp may be in the future
KEY_LIFE = 50 * 60.0  #: the platform promises an hour for one ``uuid``
CLOSE_SECONDS = 2.0  #: that closing waits for a question under way: its thread cannot be stopped

_JSON = "application/json; charset=utf-8"
_DONE = Answer(body=b"{}", content_type=_JSON)


def build(settings: FeishuSettings, *, binding: str = "feishu", tokens: TokenStore) -> "FeishuConnector":
    """Raises:
    ConfigurationError: something is missing.
    """
    settings.require_complete()
    return FeishuConnector(settings, binding, tokens)


class FeishuConnector:
    """See ``connectors.connector.Connector``."""

    platform = "feishu"
    key_life = group_key_life = KEY_LIFE
    edge_timeout = 1.8
    patience = PATIENCE

    def __init__(self, settings: FeishuSettings, binding: str, tokens: TokenStore) -> None:
        self.binding = binding
        self.app = f"feishu:{settings.app_id}"
        self.bot_name = settings.bot_name
        self._app_id = settings.app_id
        self._encrypt_key = settings.encrypt_key.get_secret_value()
        self._aes_key = crypto.derive(self._encrypt_key)
        self._verification_token = settings.verification_token.get_secret_value()
        self._bot = content.Bot(settings.bot_name, settings.bot_open_id)
        self._learning: asyncio.Task[None] | None = None  #: runs once, after the first send
        self._client = FeishuClient(settings, tokens, app=self.app)

    def receive(self, request: WebhookRequest, now: datetime) -> Received:
        signed = self._verify(request, now)
        payload = self._open(request.body)
        if payload.get("type") == "url_verification":
            return self._challenge(payload)
        if not signed:
            raise BadSignature("signature_missing")
        got = events.envelope(payload)
        if got is None:
            raise MalformedEvent("envelope")
        if not crypto.same(got.token, self._verification_token):
            raise BadSignature("token")
        if got.app_id and got.app_id != self._app_id:
            raise BadSignature("app_id")
        if got.type == "card.action.trigger":
            return self._clicked(got, now)
        found = events.read(got, binding=self.binding, bot=self._bot, now=now)
        if isinstance(found, events.Ignored):
            return Received(None, lambda outcome: _DONE, found.why)
        return Received(found, lambda outcome: _DONE)

    def _verify(self, request: WebhookRequest, now: datetime) -> bool:
        """Whether the request is signed; only a challenge may be without (it has no headers at all)."""
        headers = request.headers
        given = headers.get("x-lark-signature")
        if given is None:
            return False
        timestamp = headers.get("x-lark-request-timestamp", "")
        nonce = headers.get("x-lark-request-nonce", "")
        expected = crypto.signature(timestamp, nonce, self._encrypt_key, request.body)
        if not crypto.same(given, expected):
            raise BadSignature("signature")
        if not timestamp.isascii() or not timestamp.isdigit() or len(timestamp) > 12:
            raise StaleRequest("timestamp")
        age = now.timestamp() - int(timestamp)
        if not -AHEAD <= age <= PATIENCE:
            raise StaleRequest("timestamp")
        return True

    def _open(self, body: bytes) -> Mapping[str, Any]:
        """The decrypted payload. A clear body is refused: somebody leaves the encryption out."""
        envelope = _object(body, "envelope")
        if "encrypt" not in envelope:
            raise BadSignature("not_encrypted")
        encrypted = envelope["encrypt"]
        if not isinstance(encrypted, str):
            raise MalformedEvent("envelope")
        return _object(crypto.decrypt(self._aes_key, encrypted), "inner_json")

    def _challenge(self, payload: Mapping[str, Any]) -> Received:
        if not crypto.same(content.text(payload, "token"), self._verification_token):
            raise BadSignature("token")
        answer = Answer(
            body=orjson.dumps({"challenge": content.text(payload, "challenge")}), content_type=_JSON
        )
        return Received(None, lambda outcome: answer, "challenge")

    def _clicked(self, got: events.Envelope, now: datetime) -> Received:
        found = events.read(got, binding=self.binding, bot=self._bot, now=now)
        if isinstance(found, events.Ignored):
            old = _toast(Outcome("这个按钮已经失效，请直接发消息告诉我。", ok=False), {})
            return Received(None, lambda outcome: old, found.why)
        conversation = found.conversation

        def answer(outcome: Outcome) -> Answer:
            if outcome.card is None or conversation is None:
                return _toast(outcome, {})
            shown = render.card(outcome.card, conversation.kind)
            return _toast(outcome, {"card": {"type": "raw", "data": shown}})

        return Received(found, answer)

    async def send(
        self,
        address: Address,
        message: Message,
        *,
        idem_key: str,
        blobs: Blobs,
        reply: ReplyHandle | None = None,
    ) -> Sent:
        """``reply`` makes it a reply to that message, or, where that one is gone, an ordinary message."""
        draft = await self._draft(address, message, blobs)
        to = reply.value if reply is not None and reply.expires_at > datetime.now(UTC) else ""
        handle = await self._client.post(draft, address, idem_key=idem_key, reply_to=to)
        if not self._bot.open_id and self._learning is None:
            self._learning = asyncio.create_task(self._learn_bot())
        return Sent(handle, updatable=draft.kind == "interactive")

    async def _draft(self, address: Address, message: Message, blobs: Blobs) -> Draft:
        if isinstance(message, Picture):
            return Draft("image", upload=await blobs.read(message.blob))
        if isinstance(message, Document):
            return Draft("file", upload=await blobs.read(message.blob), name=message.name)
        if isinstance(message, Card):
            return Draft("interactive", render.card(message, address.kind))
        if message.buttons:
            return Draft("interactive", render.text_card(message, address.kind))
        return Draft("post", render.post(message))

    async def update(self, handle: str, address: Address, card: Card) -> None:
        await self._client.patch(handle, render.card(card, address.kind))

    async def fetch(self, file: File) -> bytes:
        return await self._client.access.download(file.handle)

    async def resolve(self, account: Account) -> Account:
        return account

    async def _learn_bot(self) -> None:
        """Ask for the bot's open_id, to tell its mention by that from now on instead of by its name."""
        with contextlib.suppress(SendError):
            self._bot = dataclasses.replace(self._bot, open_id=await self._client.bot_open_id())

    async def check(self) -> list[tuple[str, bool, str]]:
        if not self._bot.open_id:
            await self._learn_bot()
        return await checks.run(self._client, self._bot)

    async def close(self) -> None:
        if self._learning is not None:
            await asyncio.wait([self._learning], timeout=CLOSE_SECONDS)
            self._learning.cancel()
        await self._client.close()


def _object(text: bytes, reason: str) -> Mapping[str, Any]:
    try:
        found = orjson.loads(text)
    except orjson.JSONDecodeError:
        raise MalformedEvent(reason) from None
    if not isinstance(found, dict):
        raise MalformedEvent(reason)
    return found


def _toast(outcome: Outcome, more: Mapping[str, Any]) -> Answer:
    body = dict(more)
    if outcome.toast:
        body["toast"] = {"type": "success" if outcome.ok else "warning", "content": outcome.toast}
    return Answer(body=orjson.dumps(body), content_type=_JSON)
