"""What the Feishu stand-in knows: people, chats, messages, resources, tokens, and the platform's limits."""

import hashlib
import secrets
import time
from collections import defaultdict, deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from connectors.chat import ConversationKind
from connectors.sandbox.feishu_content import Content
from connectors.sandbox.journal import SandboxChat, SandboxUser

PLATFORM = "feishu"
TOKEN_LIFE = 7200.0
TOKEN_RENEWED = 1800.0  #: with less than this left, asking gives a new token; before that the same
UUID_LIFE = 3600.0  #: for so long a repeated ``uuid`` is not shown again
CHAT_RATE = 5  #: messages a second to one chat, of all bots together
SCOPES = frozenset(
    {
        "im:message",
        "im:message:send_as_bot",
        "im:message.group_at_msg:readonly",
        "im:message.p2p_msg:readonly",
        "im:resource",
        "im:chat",
        "contact:contact.base:readonly",
        "contact:user.employee_id:readonly",
    }
)


class Refused(Exception):
    """An API error: ``code`` and ``msg`` of its body, with the HTTP ``status``."""

    def __init__(
        self, code: int, msg: str, *, status: int = 400, headers: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(msg)
        self.code = code
        self.msg = msg
        self.status = status
        self.headers = headers or {}


@dataclass(frozen=True, slots=True)
class Person:
    open_id: str
    union_id: str
    user_id: str
    name: str
    tenant_key: str


@dataclass(slots=True)
class Message:
    """``tokens``: how often each card token may still be used, and until when (monotonic)."""

    id: str
    chat_id: str
    author: str
    kind: str
    content: Content
    created: float
    recalled: bool = False
    tokens: dict[str, tuple[int, float]] = field(default_factory=dict)


class Tenant:
    """``now``: the clock that messages age by; tokens and rates live by the machine's."""

    def __init__(self, now: Callable[[], float]) -> None:
        self.now = now
        self.tenant_key = secrets.token_hex(8)
        self.bot_open_id = "ou_" + secrets.token_hex(16)
        self.people: dict[str, Person] = {}
        self.chats: dict[str, SandboxChat] = {}
        self.directs: dict[str, str] = {}  #: chat id → open_id
        self.messages: dict[str, Message] = {}
        self.uploads: dict[str, tuple[str, bytes]] = {}  #: what the bot uploaded: key → (name, bytes)
        self.resources: dict[tuple[str, str], tuple[str, str, bytes]] = {}
        """What people sent: (message id, key) → (kind, name, bytes)."""
        self.bot_in: set[str] = set()
        self.scopes: set[str] = set(SCOPES)
        self.unreachable: dict[str, int] = {}  #: open_id → the code that a send to them gets
        self.rates_enforced = False
        self._tokens: dict[str, float] = {}
        self._seen: dict[tuple[str, str], tuple[float, Mapping[str, Any]]] = {}
        self._rates: dict[str, deque[float]] = defaultdict(deque)

    def users(self) -> Mapping[str, SandboxUser]:
        return {key: SandboxUser(key, person.name) for key, person in self.people.items()}

    def ids(self, person: Person) -> dict[str, str | None]:
        """A person as events name them; ``user_id`` needs a scope of its own."""
        shown = "contact:user.employee_id:readonly" in self.scopes
        return {
            "open_id": person.open_id,
            "union_id": person.union_id,
            "user_id": person.user_id if shown else None,
        }

    def direct_id(self, open_id: str) -> str:
        chat_id = "oc_" + hashlib.sha256(f"direct {open_id}".encode()).hexdigest()[:32]
        self.directs[chat_id] = open_id
        return chat_id

    def conversation(self, chat_id: str) -> tuple[ConversationKind, str]:
        direct = chat_id in self.directs
        return (ConversationKind.DIRECT if direct else ConversationKind.GROUP), chat_id

    def is_member(self, open_id: str, chat_id: str) -> bool:
        chat = self.chats.get(chat_id)
        return open_id in chat.members if chat else self.directs.get(chat_id) == open_id

    def target(self, id_type: str, receive_id: str) -> str:
        """The chat that a send goes to. Raises ``Refused``."""
        if id_type == "chat_id":
            open_id = self.directs.get(receive_id)
            if open_id is None:
                self.check_bot_in(receive_id)
                return receive_id
        elif id_type in ("open_id", "union_id", "user_id"):
            found = [p for p in self.people.values() if getattr(p, id_type) == receive_id]
            if not found:
                raise Refused(230013, "Bot has NO availability to this user.")
            open_id = found[0].open_id
        else:
            raise Refused(99992402, "field validation failed: receive_id_type")
        if open_id in self.unreachable:
            raise Refused(self.unreachable[open_id], "This user cannot be reached.")
        return self.direct_id(open_id)

    def check_bot_in(self, chat_id: str) -> None:
        if chat_id not in self.chats:
            raise Refused(
                230001, "Your request contains an invalid request parameter, ext=invalid receive_id"
            )
        if chat_id not in self.bot_in:
            raise Refused(230002, "Bot/User can NOT be out of the chat.")

    def require_scope(self, *any_of: str) -> None:
        if not self.scopes.intersection(any_of):
            raise Refused(
                99991672, f"Access denied. One of the following scopes is required: [{', '.join(any_of)}]"
            )

    def add_message(self, chat_id: str, author: str, kind: str, content: Content) -> Message:
        message = Message("om_" + secrets.token_hex(16), chat_id, author, kind, content, self.now())
        self.messages[message.id] = message
        return message

    def message(self, message_id: str) -> Message:
        """Raises ``Refused``."""
        message = self.messages.get(message_id)
        if message is None:
            raise Refused(
                230001, "Your request contains an invalid request parameter, ext=invalid message_id"
            )
        if message.recalled:
            raise Refused(230011, "The message is recalled.")
        return message

    def token(self) -> tuple[str, int]:
        """A token and the seconds it lives; the old one stays good until its end."""
        now = time.monotonic()
        for value, until in self._tokens.items():
            if until - now >= TOKEN_RENEWED:
                return value, int(until - now)
        value = "t-" + secrets.token_hex(20)
        self._tokens[value] = now + TOKEN_LIFE
        return value, int(TOKEN_LIFE)

    def knows_token(self, value: str) -> bool:
        return self._tokens.get(value, 0.0) > time.monotonic()

    def expire_tokens(self) -> None:
        self._tokens.clear()

    def earlier(self, api: str, uuid: str) -> Mapping[str, Any] | None:
        """What the first call with this ``uuid`` was answered; each API keeps its own."""
        at, answer = self._seen.get((api, uuid), (0.0, {}))
        return answer if uuid and answer and time.monotonic() - at < UUID_LIFE else None

    def remember(self, api: str, uuid: str, answer: Mapping[str, Any]) -> None:
        if uuid:
            self._seen[(api, uuid)] = (time.monotonic(), answer)

    def spend_rate(self, key: str) -> None:
        """Five a second for one chat or card, where enforced. Raises ``Refused``."""
        if not self.rates_enforced:
            return
        now, recent = time.monotonic(), self._rates[key]
        while recent and now - recent[0] >= 1.0:
            recent.popleft()
        if len(recent) >= CHAT_RATE:
            raise Refused(230020, "The operation triggers the frequency limit, ext=chat rate limit")
        recent.append(now)
