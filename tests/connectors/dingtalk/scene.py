"""A real connector's edge, signed requests for it, and who lives in the stand-in's organisation."""

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import pytest
from aiohttp import web

from connectors.chat import Incoming, Outcome
from connectors.connector import Answer, Received, WebhookRequest
from connectors.dingtalk import crypto
from connectors.dingtalk.connector import DingTalkConnector, build
from connectors.dingtalk.settings import DingTalkSettings
from connectors.errors import WebhookError
from connectors.sandbox.dingtalk import DingTalkStandIn
from connectors.sandbox.journal import SandboxChat, SandboxUser
from connectors.tokens import MemoryTokenStore

KEYS = {
    "app_key": "dingappkey01",
    "app_secret": "app-secret",
    "aes_key": "Qm9va2VlcGVyU2V0QWFiY2RlZmdoaWprbG1ub3BxcnM",
    "token": "evtoken",
    "card_secret": "card-secret",
}
WANG, LI = SandboxUser("0131", "王小芳"), SandboxUser("manager44", "李强")
GROUP = SandboxChat("cidGroup==", "春季展会🚀", ("0131", "manager44"))


@dataclass
class Bot:
    """The bot's edge: every request through the real connector, answered with ``outcome``."""

    connector: DingTalkConnector | None = None
    outcome: Outcome = field(default_factory=Outcome)
    received: list[Received] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    answers: list[Answer] = field(default_factory=list)

    async def handle(self, request: web.Request) -> web.Response:
        assert self.connector is not None
        asked = WebhookRequest(
            method=request.method,
            endpoint=request.match_info["endpoint"],
            query=dict(request.query),
            headers={name.lower(): value for name, value in request.headers.items()},
            body=await request.read(),
        )
        try:
            received = self.connector.receive(asked, datetime.now(UTC))
        except WebhookError as error:
            self.refused.append(error.reason)
            return web.Response(status=error.status)
        self.received.append(received)
        answer = received.answer(self.outcome)
        self.answers.append(answer)
        return web.Response(
            status=answer.status, body=answer.body, headers={"Content-Type": answer.content_type}
        )

    @property
    def heard(self) -> Incoming:
        """The last thing that reached the bot."""
        incoming = self.received[-1].incoming
        assert incoming is not None
        return incoming


@dataclass
class Scene:
    bot: Bot
    stand_in: DingTalkStandIn
    connector: DingTalkConnector
    api: str  #: the stand-in's address


NOW = datetime(2026, 11, 24, 9, 30, tzinfo=UTC)
NOW_MS = str(int(NOW.timestamp() * 1000))
GROUP_MESSAGE: dict[str, Any] = {
    "conversationId": "cid1==",
    "conversationType": "2",
    "msgId": "msg1",
    "createAt": int(NOW_MS) - 200,
    "senderId": "$:LWCP_v1:$w",
    "senderStaffId": "0131",
    "senderUnionId": "uni",
    "senderNick": "王小芳",
    "senderCorpId": "ding1",
    "chatbotCorpId": "ding1",
    "chatbotUserId": "$:LWCP_v1:$bot",
    "robotCode": KEYS["app_key"],
    "msgtype": "text",
    "text": {"content": " 进展 T1 60%"},
}


def connector(**changes: Any) -> DingTalkConnector:
    return build(
        DingTalkSettings.model_validate({**KEYS, "corp_id": "ding1, ding2", **changes}),
        tokens=MemoryTokenStore(),
    )


def robot(body: Any, timestamp: str = NOW_MS, **headers: str) -> WebhookRequest:
    signed = {"timestamp": timestamp, "sign": crypto.robot_sign(KEYS["app_secret"], timestamp)}
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    return WebhookRequest("POST", "robot", {}, {**signed, **headers}, raw)


def event(plain: dict[str, Any], *, at: str = NOW_MS, owner: str = KEYS["app_key"]) -> WebhookRequest:
    cipher = crypto.EventCipher(KEYS["token"], KEYS["aes_key"], owner)
    sealed = cipher.seal(json.dumps(plain, ensure_ascii=False).encode(), at)
    query = {"msg_signature": sealed["msg_signature"], "timestamp": at, "nonce": sealed["nonce"]}
    return WebhookRequest("POST", "event", query, {}, json.dumps({"encrypt": sealed["encrypt"]}).encode())


def click(body: dict[str, Any], timestamp: str = NOW_MS) -> WebhookRequest:
    headers = {
        "x-ddpaas-signature-timestamp": timestamp,
        "x-ddpaas-signature": crypto.card_sign(KEYS["card_secret"], timestamp),
    }
    return WebhookRequest("POST", "card", {}, headers, json.dumps(body).encode())


CLICK: dict[str, Any] = {
    "outTrackId": "track",
    "corpId": "ding1",
    "userId": "0131",
    "userIdType": 1,
    "spaceType": "IM",
    "spaceId": "cid1==",
    "content": json.dumps(
        {"cardPrivateData": {"actionIds": ["say"], "params": {"say": "同意 R1", "card": "c", "no": "2"}}}
    ),
}


def reason(request: WebhookRequest, **settings: Any) -> str:
    with pytest.raises(WebhookError) as refused:
        connector(**settings).receive(request, NOW)
    return refused.value.reason
