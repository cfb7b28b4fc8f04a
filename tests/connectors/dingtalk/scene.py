"""A real connector's edge, and who lives in the stand-in's organisation."""

from dataclasses import dataclass, field
from datetime import UTC, datetime

from aiohttp import web

from connectors.chat import Incoming, Outcome
from connectors.connector import Answer, Received, WebhookRequest
from connectors.dingtalk.connector import DingTalkConnector
from connectors.errors import WebhookError
from connectors.sandbox.dingtalk import DingTalkStandIn
from connectors.sandbox.journal import SandboxChat, SandboxUser

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
