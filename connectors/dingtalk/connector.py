"""One DingTalk binding: an internal app's robot over HTTP.

``key_life`` is 0: only an own template's card carries a key (``outTrackId``), while texts, pictures and
cards in their ordinary form have none, and one figure must hold for all that is sent.
"""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

import orjson

from connectors.chat import (
    Account,
    Address,
    Card,
    ConversationKind,
    File,
    Message,
    Outcome,
    Picture,
    ReplyHandle,
    Text,
)
from connectors.connector import Answer, Blobs, Received, Sent, WebhookRequest
from connectors.dingtalk import crypto, events, messages, render
from connectors.dingtalk.client import DingTalkClient
from connectors.dingtalk.settings import DingTalkSettings
from connectors.errors import BadSignature, MalformedEvent, SendError, SendRefused, StaleRequest
from connectors.tokens import TokenStore

PATIENCE = 3600.0  #: seconds a timestamp may lie in the past or the future
_MAX_ID_IN_QUERY = 16


def build(
    settings: DingTalkSettings, *, binding: str = "dingtalk", tokens: TokenStore
) -> "DingTalkConnector":
    """Raises ConfigurationError when an endpoint in use has an empty key."""
    settings.require()
    return DingTalkConnector(settings, binding, tokens)


class DingTalkConnector:
    platform = "dingtalk"
    key_life = group_key_life = 0.0
    edge_timeout = 1.3
    patience = PATIENCE

    def __init__(self, settings: DingTalkSettings, binding: str, tokens: TokenStore) -> None:
        self.binding = binding
        self.app = f"dingtalk:{settings.app_key}"
        self.bot_name = settings.bot_name
        self._settings = settings
        self._client = DingTalkClient(settings, tokens)
        self._cipher = None
        if settings.takes_events:
            token, aes_key = settings.token.get_secret_value(), settings.aes_key.get_secret_value()
            self._cipher = crypto.EventCipher(token, aes_key, settings.owner)

    def receive(self, request: WebhookRequest, now: datetime) -> Received:
        if request.method != "POST":
            raise MalformedEvent("method")
        match request.endpoint:
            case "robot":
                return self._robot(request, now)
            case "event":
                return self._event(request, now)
            case "card":
                return self._card(request, now)
        raise MalformedEvent("endpoint")

    def _robot(self, request: WebhookRequest, now: datetime) -> Received:
        """Never answered in the response or through ``sessionWebhook``: both go to whoever sent this."""
        secret = self._settings.app_secret.get_secret_value()
        timestamp = _signed(request.headers, "timestamp", "sign", lambda at: crypto.robot_sign(secret, at))
        _check_age(timestamp, now)
        body = events.parse(request.body)
        if "encrypt" in body and "msgId" not in body:
            raise MalformedEvent("encrypted_body")
        if messages.over_quota(body):
            return Received(None, _nothing, ignored="monthly_quota")
        heard = messages.said(body, settings=self._settings, binding=self.binding, proof=timestamp, now=now)
        return Received(heard, _nothing)

    def _event(self, request: WebhookRequest, now: datetime) -> Received:
        if self._cipher is None:
            raise BadSignature("not_configured")
        query = request.query
        signature = query.get("msg_signature") or query.get("signature")
        timestamp = query.get("timestamp") or query.get("timeStamp")
        nonce = query.get("nonce")
        if not signature or not timestamp or not nonce:
            raise BadSignature("params")
        encrypt = events.parse(request.body).get("encrypt")
        if not isinstance(encrypt, str) or not encrypt:
            raise MalformedEvent("body")
        self._cipher.verify(signature, timestamp, nonce, encrypt)
        _check_age(timestamp, now, seconds_too=True)
        plaintext = self._cipher.open(encrypt)
        event = events.parse(plaintext)
        self._check_corp(event.get("CorpId"))
        success = _sealed(self._cipher, now)
        happened = events.happened(event, plaintext, self.binding, now)
        if not happened:
            return Received(None, success, ignored=str(event.get("EventType", ""))[:64] or "unnamed")
        return Received(happened[0], success, also=happened[1:])

    def _card(self, request: WebhookRequest, now: datetime) -> Received:
        secret = self._settings.card_secret.get_secret_value()
        if not secret:
            raise BadSignature("not_configured")
        timestamp = _signed(
            request.headers,
            "x-ddpaas-signature-timestamp",
            "x-ddpaas-signature",
            lambda at: crypto.card_sign(secret, at),
        )
        _check_age(timestamp, now)
        body = events.parse(request.body)
        self._check_corp(body.get("corpId"))
        click = events.pressed(body, binding=self.binding, timestamp=timestamp, now=now)
        if click is None:
            return Received(None, _json({}), ignored="unknown_card")
        kind = click.conversation.kind if click.conversation else ConversationKind.GROUP
        return Received(click, lambda outcome: _redrawn(outcome, kind))

    def _check_corp(self, corp: object) -> None:
        if corp and self._settings.corps and corp not in self._settings.corps:
            raise BadSignature("corp")

    async def send(
        self,
        address: Address,
        message: Message,
        *,
        idem_key: str,
        blobs: Blobs,
        reply: ReplyHandle | None = None,
    ) -> Sent:
        if isinstance(message, Card) and self._settings.card_template_id:
            data = render.template_data(message, address.kind)
            if data is not None:
                await self._client.deliver_card(self._instance(address, data, idem_key))
                return Sent(idem_key, updatable=True)
        native = await self._native(message, address.kind, blobs)
        if address.kind is ConversationKind.GROUP:
            return Sent(await self._client.send_to_group(address.target, native))
        return Sent(await self._client.send_to_person(address.target, native))

    async def _native(self, message: Message, kind: ConversationKind, blobs: Blobs) -> render.Native:
        if isinstance(message, Card | Text):
            return render.native(message, kind, self._settings.bot_name)
        if isinstance(message, Picture):
            content = await blobs.read(message.blob)
            return render.picture(await self._client.upload(content, "picture.png", "image"))
        render.file_type(message.name)
        content = await blobs.read(message.blob)
        media_id = await self._client.upload(content, message.name, "file")
        return render.document(media_id, message.name)

    def _instance(self, address: Address, data: dict[str, str], track_id: str) -> dict[str, Any]:
        """``outTrackId`` makes a repeat harmless, and is not guessable because ``idem_key`` is not."""
        card: dict[str, Any] = {
            "cardTemplateId": self._settings.card_template_id,
            "outTrackId": track_id,
            "callbackType": "HTTP",
            "callbackRouteKey": self._settings.card_route_key,
            "cardData": {"cardParamMap": data},
            "userIdType": 1,
        }
        robot = self._settings.robot
        space = {"supportForward": False, "lastMessageI18n": {"ZH_CN": data["title"]}}
        if address.kind is ConversationKind.GROUP:
            card["openSpaceId"] = f"dtv1.card//IM_GROUP.{address.target}"
            card["imGroupOpenSpaceModel"] = space
            card["imGroupOpenDeliverModel"] = {"robotCode": robot}
        else:
            card["openSpaceId"] = f"dtv1.card//IM_ROBOT.{address.target}"
            card["imRobotOpenSpaceModel"] = space
            card["imRobotOpenDeliverModel"] = {"spaceType": "IM_ROBOT", "robotCode": robot}
        return card

    async def update(self, handle: str, address: Address, card: Card) -> None:
        if not self._settings.card_template_id:
            raise SendRefused("not_updatable")
        data = render.template_data(card, address.kind)
        if data is None:
            raise SendRefused("card_too_long")
        await self._client.update_card(handle, data)

    async def fetch(self, file: File) -> bytes:
        return await self._client.download(file.handle)

    async def resolve(self, account: Account) -> Account:
        """A mention without staff id (an outsider, or a client that leaves it out) by its union id."""
        kinds = {key.kind: key.value for key in account.keys}
        if account.foreign or "staff_id" in kinds or "union_id" not in kinds:
            return account
        staff_id = await self._client.member(kinds["union_id"])
        return messages.account_of(
            staff_id, kinds["union_id"], kinds.get("dingtalk_id"), name=account.name, foreign=not staff_id
        )

    async def check(self) -> list[tuple[str, bool, str]]:
        lines = []
        try:
            await self._client.token()
            lines.append(("钉钉：应用凭证可用", True, ""))
        except SendError as error:
            what = f"核对 app_key、app_secret 和出口 IP 白名单（{error.code}）"
            lines.append(("钉钉：应用凭证可用", False, what))
        if not self._settings.takes_events:
            lines.append(
                ("钉钉：事件订阅未启用", True, "人员离职等变动不会自动生效；需要时设置 aes_key 和 token")
            )
        if not self._settings.corps:
            lines.append(("钉钉：未限定组织", True, "设置 corp_id 后，其他组织的请求一律拒绝"))
        return lines

    async def close(self) -> None:
        await self._client.close()


def _signed(
    headers: Mapping[str, str], timestamp_name: str, sign_name: str, sign: Callable[[str], str]
) -> str:
    """The timestamp of two right headers. Raises BadSignature."""
    timestamp, given = headers.get(timestamp_name), headers.get(sign_name)
    if not timestamp or not given:
        raise BadSignature("headers")
    if not crypto.same(given, sign(timestamp)):
        raise BadSignature("sign")
    return timestamp


def _check_age(timestamp: str, now: datetime, *, seconds_too: bool = False) -> None:
    """Milliseconds; ``seconds_too``: or seconds, told apart by size. Raises StaleRequest."""
    if not (timestamp.isascii() and timestamp.isdigit() and len(timestamp) <= _MAX_ID_IN_QUERY):
        raise StaleRequest("timestamp")
    at = int(timestamp)
    if seconds_too and at < 100_000_000_000:
        at *= 1000
    if abs(at - now.astimezone(UTC).timestamp() * 1000) > PATIENCE * 1000:
        raise StaleRequest("timestamp")


def _nothing(outcome: Outcome) -> Answer:
    return Answer()


def _json(body: dict[str, Any]) -> Callable[[Outcome], Answer]:
    content = orjson.dumps(body)
    return lambda outcome: Answer(200, content, "application/json; charset=utf-8")


def _sealed(cipher: crypto.EventCipher, now: datetime) -> Callable[[Outcome], Answer]:
    def answer(outcome: Outcome) -> Answer:
        return _json(cipher.seal(b"success", str(int(now.timestamp() * 1000))))(outcome)

    return answer


def _redrawn(outcome: Outcome, kind: ConversationKind) -> Answer:
    """The platform has no toast: the result stands as ``notice`` on the card of the person who pressed."""
    body: dict[str, Any] = {
        "cardUpdateOptions": {"updateCardDataByKey": True, "updatePrivateDataByKey": True}
    }
    data = render.template_data(outcome.card, kind) if outcome.card else None
    if data is not None:
        body["cardData"] = {"cardParamMap": data}
    if outcome.toast:
        body["userPrivateData"] = {"cardParamMap": {"notice": outcome.toast[:200]}}
    return _json(body)(outcome)
