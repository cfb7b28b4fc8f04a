"""What a stand-in platform accepted and said, and the driver's side that all stand-ins share.

A stand-in answers the bot like the real platform (``app``) and lets a driver, which is the demo page
or a test, speak as its users (``say``, ``press``). Everything that passes is an ``Entry``.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, Protocol, TypedDict

from aiohttp import web

from connectors.chat import ConversationKind

BOT = "bot"  #: the author of what the bot sent


class EntryKind(StrEnum):
    SENT = "sent"  #: the bot sent a message
    UPDATED = "updated"  #: the bot redrew one of its cards; ``message_id`` is the card's
    SAID = "said"  #: a user said something
    PRESSED = "pressed"  #: a user pressed a button of ``message_id``; ``text`` is its label
    TOAST = "toast"  #: what the platform showed that user alone, after a press
    FILE = "file"  #: a user sent a file, or the bot sent a picture or document: ``Journal.blob``
    SYSTEM = "system"  #: anything else: joined, left, recalled, a delivery given up


class ButtonView(TypedDict):
    """``live``: pressing it reaches the bot."""

    label: str
    live: bool


class CardView(TypedDict):
    """A card as a reader sees it, read back from the native payload."""

    title: str
    rows: list[tuple[str, str]]
    remark: str
    buttons: list[ButtonView]


class FileView(TypedDict):
    name: str
    size: int


@dataclass(frozen=True, slots=True)
class Entry:
    """``seq`` counts from 1 in its journal. ``native`` is the platform's own payload, ``text`` what a
    person reads of it; ``idem_key`` what the bot gave so that a repeat is not shown twice."""

    seq: int
    platform: str
    at: datetime
    kind: EntryKind
    conversation_id: str
    conversation_kind: ConversationKind
    author: str  #: a user's key or ``BOT``
    message_id: str = ""
    text: str = ""
    card: CardView | None = None
    file: FileView | None = None
    native: Mapping[str, Any] = field(default_factory=dict)
    idem_key: str = ""


def _utc_now() -> datetime:
    return datetime.now(UTC)


class Journal:
    """Append-only and in memory; one may be shared by several stand-ins.

    ``clock`` dates the entries; the demo passes its business clock.
    """

    def __init__(self, clock: Callable[[], datetime] = _utc_now) -> None:
        self._clock = clock
        self._entries: list[Entry] = []
        self._blobs: dict[str, bytes] = {}
        self._grown = asyncio.Event()
        self._ended = False

    def add(
        self,
        platform: str,
        kind: EntryKind,
        conversation: tuple[ConversationKind, str],
        author: str,
        *,
        message_id: str = "",
        text: str = "",
        card: CardView | None = None,
        file: FileView | None = None,
        native: Mapping[str, Any] | None = None,
        idem_key: str = "",
    ) -> Entry:
        conversation_kind, conversation_id = conversation
        entry = Entry(
            seq=len(self._entries) + 1,
            platform=platform,
            at=self._clock(),
            kind=kind,
            conversation_id=conversation_id,
            conversation_kind=conversation_kind,
            author=author,
            message_id=message_id,
            text=text,
            card=card,
            file=file,
            native=native or {},
            idem_key=idem_key,
        )
        self._entries.append(entry)
        self._wake()
        return entry

    def end(self) -> None:
        """Who subscribed reads what there is, and that is all."""
        self._ended = True
        self._wake()

    def _wake(self) -> None:
        self._grown.set()
        self._grown = asyncio.Event()

    def now(self) -> datetime:
        """The clock that entries are dated by."""
        return self._clock()

    def since(self, seq: int = 0) -> list[Entry]:
        """The entries after ``seq``, oldest first."""
        return self._entries[seq:]

    async def subscribe(self, after: int = 0) -> AsyncIterator[Entry]:
        """The entries after ``after``, then each new one, until ``end``."""
        while True:
            grown = self._grown
            for entry in self.since(after):
                after = entry.seq
                yield entry
            if self._ended:
                return
            await grown.wait()

    async def wait_for(self, wanted: Callable[[Entry], bool], after: int = 0) -> Entry:
        """The first entry after ``after`` that is ``wanted``; waits for it without limit."""
        while True:
            grown = self._grown
            for entry in self.since(after):
                if wanted(entry):
                    return entry
                after = entry.seq
            await grown.wait()

    def keep(self, message_id: str, content: bytes) -> None:
        """Keep the bytes of the file that ``message_id`` carries."""
        self._blobs[message_id] = content

    def blob(self, message_id: str) -> bytes:
        """The bytes kept for ``message_id``. Raises ``KeyError``."""
        return self._blobs[message_id]


@dataclass(frozen=True, slots=True)
class Upload:
    """A file that a user sends."""

    name: str
    content: bytes


@dataclass(frozen=True, slots=True)
class SandboxUser:
    """``key`` is how the platform names this user to the bot (open_id, staff id, userid)."""

    key: str
    name: str


@dataclass(frozen=True, slots=True)
class SandboxChat:
    """A group; ``members`` are user keys."""

    id: str
    title: str
    members: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Delivery:
    """How the bot took a webhook: the last HTTP status (0: no answer at all), the toast shown to the
    user who pressed, and how often it was delivered (0: the platform tells the bot nothing of it)."""

    status: int
    toast: str = ""
    attempts: int = 1


class StandIn(Protocol):
    """What the demo page and the tests drive; one implementation per platform."""

    platform: str
    journal: Journal

    @property
    def users(self) -> Mapping[str, SandboxUser]:
        """By key."""
        ...

    @property
    def chats(self) -> Mapping[str, SandboxChat]:
        """The groups, by id."""
        ...

    async def say(
        self,
        user_key: str,
        conversation_id: str | None,
        text: str,
        *,
        files: Sequence[Upload] = (),
        mention_bot: bool = True,
    ) -> Delivery:
        """``None`` is the user's direct chat. In ``text``, ``@name`` of a member is a mention;
        ``mention_bot`` puts the bot's in front (groups only)."""
        ...

    async def press(self, user_key: str, message_id: str, index: int) -> Delivery:
        """Press the ``index``-th button (from 0) of a card as it looks now."""
        ...

    def direct_id(self, user_key: str) -> str:
        """The conversation id of the direct chat between this user and the bot."""
        ...

    def app(self) -> web.Application:
        """The platform's API, to be served or mounted."""
        ...

    async def close(self) -> None: ...
