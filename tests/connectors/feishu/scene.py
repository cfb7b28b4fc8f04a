"""A Feishu stand-in and a connector that talk to each other over loopback."""

from dataclasses import dataclass, field
from datetime import UTC, datetime

from aiohttp import web

from connectors.chat import Incoming
from connectors.connector import Outcome, Received, WebhookRequest
from connectors.errors import WebhookError
from connectors.feishu.connector import FeishuConnector, build
from connectors.feishu.settings import FeishuSettings
from connectors.sandbox.faults import Faults
from connectors.sandbox.feishu import FeishuStandIn
from connectors.sandbox.journal import Journal
from connectors.tokens import MemoryTokenStore

KEYS = {
    "app_id": "cli_0123456789abcdef",
    "app_secret": "secret-of-the-app",
    "encrypt_key": "encrypt-key-of-the-app",
    "verification_token": "token-of-the-app",
}
GROUP = "oc_group"
WANG, LI = "ou_wang", "ou_li"


@dataclass
class Bot:
    """The bot's side of the webhook. ``status`` other than 200 is what it answers without reading."""

    connector: FeishuConnector | None = None
    received: list[Received] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    outcome: Outcome = field(default_factory=Outcome)
    status: list[int] = field(default_factory=list)

    @property
    def incoming(self) -> list[Incoming]:
        return [r.incoming for r in self.received if r.incoming is not None]

    async def handle(self, request: web.Request) -> web.Response:
        assert self.connector is not None
        if self.status:
            return web.Response(status=self.status.pop(0))
        headers = {name.lower(): value for name, value in request.headers.items()}
        asked = WebhookRequest("POST", "", dict(request.query), headers, await request.read())
        try:
            received = self.connector.receive(asked, datetime.now(UTC))
        except WebhookError as error:
            self.refused.append(error.reason)
            return web.Response(status=error.status)
        self.received.append(received)
        answer = received.answer(self.outcome)
        return web.Response(
            status=answer.status, body=answer.body, headers={"Content-Type": answer.content_type}
        )


@dataclass
class Scene:
    stand_in: FeishuStandIn
    connector: FeishuConnector
    bot: Bot
    faults: Faults
    journal: Journal
    base_url: str


class Blobs:
    """What messages point to, by key."""

    def __init__(self, **kept: bytes) -> None:
        self.kept = kept

    async def read(self, key: str) -> bytes:
        return self.kept[key]


def connector_at(base_url: str) -> FeishuConnector:
    settings = FeishuSettings.model_validate({**KEYS, "base_url": base_url.rstrip("/")})
    return build(settings, tokens=MemoryTokenStore())
