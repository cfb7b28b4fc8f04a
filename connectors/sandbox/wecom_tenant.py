"""The made-up corporation behind the WeCom stand-in: its keys, people, groups and messages."""

import hashlib
import hmac
import time
import uuid
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

from connectors.chat import BOT_NAME, ConversationKind
from connectors.sandbox.faults import Faults
from connectors.sandbox.journal import BOT, EntryKind, Journal, SandboxChat, SandboxUser
from connectors.sandbox.wecom_answers import Refused
from connectors.sandbox.wecom_views import Shown

Where = tuple[ConversationKind, str]

TOKEN_LIFE = 7200.0
CARD_LIFE = 72 * 3600.0
REPLY_LIFE = 3600.0


@dataclass(frozen=True, slots=True)
class WeComKeys:
    """What the bot is configured with; the names are those of its settings."""

    corp_id: str = "ww5a4d8b1c2e3f6079"
    agent_id: int = 1000002
    secret: str = field(default="sandbox-app-secret", repr=False)
    token: str = field(default="SandboxAppToken", repr=False)
    encoding_aes_key: str = field(default="SandboxAppKey0123456789abcdefghijklmnopqrst", repr=False)
    aibot_token: str = field(default="SandboxRobotToken", repr=False)
    aibot_encoding_aes_key: str = field(default="SandboxRobotKey0123456789abcdefghijklmnopqr", repr=False)
    aibot_id: str = "aibSANDBOX0001"
    bot_name: str = BOT_NAME


@dataclass(slots=True)
class SentMessage:
    """A message on somebody's screen. ``code``: what an update of it must name."""

    id: str
    where: Where
    shown: Shown
    robot: bool = False  #: of the robot, which hears its own presses
    task_id: str = ""
    card_type: str = ""
    at: float = 0.0


@dataclass(slots=True)
class Limits:
    """Messages a minute: beyond it the app's are dropped without a word, and a push is refused."""

    per_member: int = 30
    per_push: int = 20


class Tenant:
    """Everything the platform remembers. ``clock`` is system time in Unix seconds."""

    def __init__(
        self,
        users: Iterable[SandboxUser],
        chats: Iterable[SandboxChat],
        *,
        keys: WeComKeys,
        journal: Journal,
        faults: Faults,
        limits: Limits,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.users: Mapping[str, SandboxUser] = {user.key: user for user in users}
        self.chats: Mapping[str, SandboxChat] = {chat.id: chat for chat in chats}
        self.keys, self.journal, self.faults, self.limits, self.clock = keys, journal, faults, limits, clock
        self.base_url = ""
        self.refuse_with: tuple[int, str] | None = None  #: every call, for instance 60020
        self.out_of_range: set[str] = set()  #: users outside the app's visible range
        self.messages: dict[str, SentMessage] = {}
        self.token, self.token_until = "", 0.0
        self.replies: dict[str, tuple[Where, float]] = {}  #: unused response_urls, by code
        self.codes: dict[str, tuple[str, float]] = {}  #: unused response_codes → message
        self.task_ids: set[str] = set()
        self.seen: dict[str, float] = {}  #: hash of a message and receiver → when first sent
        self._sent_at: dict[str, list[float]] = {}

    def require_token(self, request: web.Request) -> None:
        """Raises ``Refused``."""
        given = request.query.get("access_token", "")
        if not given:
            raise Refused(41001, "access_token missing")
        if not self.token or not hmac.compare_digest(given, self.token):
            raise Refused(40014, "invalid access_token")
        if self.clock() >= self.token_until:
            raise Refused(42001, "access_token expired")
        if self.refuse_with is not None:
            raise Refused(*self.refuse_with)

    def expire_token(self) -> web.Response:
        """Before its time, and say so."""
        self.token = ""
        return Refused(42001, "access_token expired").answer()

    def push_key(self, chat_id: str) -> str:
        """The secret in a group's message-push address."""
        return str(uuid.uuid5(uuid.NAMESPACE_URL, f"{self.keys.secret}/{chat_id}"))

    def chat_of_push(self, key: str) -> str | None:
        return next((chat for chat in self.chats if self.push_key(chat) == key), None)

    def find_user(self, userid: str) -> str | None:
        """Ids are told apart without regard to case on input."""
        return next((key for key in self.users if key.casefold() == userid.casefold()), None)

    def encrypted_id(self, user_key: str) -> str:
        digest = hashlib.sha256(f"{self.keys.corp_id}/{user_key}".encode()).hexdigest()
        return f"wo{digest[:30]}"

    def allowed(self, who: str, per_minute: int) -> bool:
        """Counts one message to ``who``; False once there are too many in this minute."""
        now = self.clock()
        recent = [at for at in self._sent_at.get(who, ()) if now - at < 60]
        self._sent_at[who] = [*recent, now] if len(recent) < per_minute else recent
        return len(recent) < per_minute

    def new_code(self, message_id: str) -> str:
        code = uuid.uuid4().hex + uuid.uuid4().hex
        self.codes[code] = (message_id, self.clock() + CARD_LIFE)
        return code

    def show(
        self,
        where: Where,
        shown: Shown,
        native: Mapping[str, Any],
        *,
        card: Mapping[str, Any] | None = None,
        robot: bool = False,
        file: tuple[str, bytes] | None = None,
    ) -> SentMessage:
        """Put a message of the bot on the screen and into the journal."""
        message = SentMessage(uuid.uuid4().hex, where, shown, robot, at=self.clock())
        if card is not None:
            message.task_id, message.card_type = str(card.get("task_id", "")), str(card["card_type"])
        self.messages[message.id] = message
        if file is not None:
            self.journal.keep(message.id, file[1])
        self.journal.add(
            "wecom",
            EntryKind.SENT if file is None else EntryKind.FILE,
            where,
            BOT,
            message_id=message.id,
            text=shown.text,
            card=shown.card,
            file=None if file is None else {"name": file[0], "size": len(file[1])},
            native=native,
            idem_key=message.task_id,
        )
        return message

    def redraw(self, message: SentMessage, shown: Shown, native: Mapping[str, Any]) -> None:
        """What a card looks like from now on."""
        message.shown = shown
        self.journal.add(
            "wecom",
            EntryKind.UPDATED,
            message.where,
            BOT,
            message_id=message.id,
            text=shown.text,
            card=shown.card,
            native=native,
            idem_key=message.task_id,
        )
