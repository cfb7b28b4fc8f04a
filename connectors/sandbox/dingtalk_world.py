"""What the DingTalk stand-in knows, and how the platform refuses."""

import hashlib
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

from connectors.chat import ConversationKind
from connectors.sandbox.faults import Faults
from connectors.sandbox.journal import Journal, SandboxChat, SandboxUser

PLATFORM = "dingtalk"
MAX_CARD_VALUE = 1024  #: bytes


def union_id(staff_id: str) -> str:
    """The person's id within the developer organisation."""
    return "uni" + hashlib.sha256(staff_id.encode()).hexdigest()[:20] + "iE"


def dingtalk_id(staff_id: str) -> str:
    """The person's opaque id."""
    return "$:LWCP_v1:$" + hashlib.sha256(b"lwcp" + staff_id.encode()).hexdigest()[:20]


def direct_id(staff_id: str) -> str:
    """The conversation id of the person's direct chat with the bot."""
    return "cid" + hashlib.sha256(b"direct" + staff_id.encode()).hexdigest()[:24] + "=="


@dataclass(slots=True)
class Message:
    """An ordinary message or a card instance that the bot sent."""

    id: str
    place: tuple[ConversationKind, str]
    native: dict[str, Any]
    is_card: bool = False


@dataclass(slots=True)
class World:
    """What the stand-in knows."""

    app_key: str
    app_secret: str
    users: dict[str, SandboxUser]
    chats: dict[str, SandboxChat]
    journal: Journal
    faults: Faults
    calls_a_second: int  #: of one API
    messages: dict[str, Message] = field(default_factory=dict)
    files: dict[str, tuple[str, bytes]] = field(default_factory=dict)  #: by download code or media id
    callbacks: dict[str, dict[str, str]] = field(default_factory=dict)  #: registered, by route key
    held_back: set[str] = field(default_factory=set)  #: staff ids under flow control
    calls_left: int | None = None  #: of this month; None: without end
    token: str = ""
    token_until: float = 0.0


class Refused(Exception):
    """Answered in the form of the new API."""

    def __init__(self, code: str, status: int = 400, **more: Any) -> None:
        super().__init__(code)
        self.status = status
        self.body = {"code": code, "message": code, "requestid": secrets.token_hex(8), **more}


class OldRefused(Refused):
    """Answered in the form of the old API: HTTP 200."""

    def __init__(self, code: int) -> None:
        super().__init__(str(code), 200)
        self.body = {"errcode": code, "errmsg": f"error {code}"}


def throttled(old: bool) -> web.Response:
    name = "Forbidden.AccessDenied.QpsLimitForAppkeyAndApi"
    return answer_of(OldRefused(90018) if old else Refused(name, 403))


def token_refused(old: bool) -> web.Response:
    return answer_of(OldRefused(40014) if old else Refused("InvalidAuthentication", 401))


def answer_of(refused: Refused) -> web.Response:
    return web.json_response(refused.body, status=refused.status)


def token_header(request: web.Request) -> str | None:
    return request.headers.get("x-acs-dingtalk-access-token")


async def read_json(request: web.Request) -> dict[str, Any]:
    try:
        body = await request.json()
    except ValueError:
        raise Refused("invalidParameter.body") from None
    if not isinstance(body, dict):
        raise Refused("invalidParameter.body")
    return body


def card_data(body: Mapping[str, Any]) -> dict[str, str]:
    """All values are text of at most 1 KB."""
    data = (body.get("cardData") or {}).get("cardParamMap") or {}
    if not all(isinstance(value, str) and len(value.encode()) <= MAX_CARD_VALUE for value in data.values()):
        raise Refused("param.cardPublicDataInvalid")
    return dict(data)
