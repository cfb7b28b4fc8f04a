"""What a command is, what a handler is given, and what a subject offers."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlmodel import Session

from commands.access import Permission, Rights
from commands.calendar import Workdays
from commands.errors import CommandError
from commands.notify import Channels, Notices
from commands.policy import Policy
from commands.understanding.directory import Directory
from commands.understanding.invocation import Invocation
from connectors.chat import Card, ConversationKind, Incoming, IncomingKind, Text
from storage.clock import Moment
from storage.models import Conversation, Draft, Person, SentCard, UndoStep

Reply = Card | Text | None  #: None: nothing is said


@dataclass(slots=True)
class Context:
    """One event, seen by its handler. Operations take what they need of it, never the whole."""

    session: Session
    actor: Person
    rights: Rights
    conversation: Conversation
    incoming: Incoming
    said: Invocation
    moment: Moment
    directory: Directory
    calendar: Workdays
    notices: Notices
    catalogue: "Catalogue"
    policy: Policy = field(default_factory=Policy)
    card: SentCard | None = None  #: the card that was pressed, or that the message replies to
    subject: str = ""  #: set by a handler: what its reply card is about, ``draft:3``
    asked: bool = False  #: set when the reply is a question: the pressed card keeps its buttons
    private: bool = False  #: set by a handler: this answer goes to the direct chat although said in a group

    @property
    def now(self) -> datetime:
        """Business time."""
        return self.moment.business

    @property
    def in_group(self) -> bool:
        return self.conversation.kind == ConversationKind.GROUP

    @property
    def pressed(self) -> bool:
        return self.incoming.kind is IncomingKind.ACTION

    def card_subject(self, kind: str) -> int | None:
        """The id behind ``kind:`` of the pressed card's subject, or None."""
        if self.card is None or not self.card.subject.startswith(f"{kind}:"):
            return None
        return int(self.card.subject.partition(":")[2].partition(":")[0])


Handler = Callable[[Context], Reply]


@dataclass(frozen=True, slots=True)
class Command:
    """One thing people can say or press.

    ``permission`` is checked before the handler in its widest sense (some role carries it
    somewhere); the operation asks again for the very task, unit or initiative.
    ``decides``: not done on a doubtful message without a one-time code.
    ``private``: the answer always goes to the direct chat.
    ``settles``: pressing it takes the buttons off the pressed card.
    ``reasons``: what, said when its reason is asked for, is that reason although it names a number.
    """

    name: str
    intent: str
    handle: Handler
    permission: Permission
    usage: str
    examples: tuple[str, ...]
    decides: bool = False
    private: bool = False
    settles: bool = True
    reasons: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Undo:
    """How a step is taken back: by who did it, if they may still do it.

    ``permission`` is checked first, in its widest sense; the operation asks again for the very thing.
    ``ASK``: the operation alone knows whose it was.
    """

    take_back: Callable[[Context, UndoStep], Reply]
    permission: Permission


#: Session, people, business time → person → rows (key of at most five characters, value) of what waits
#: for a decision of theirs, for the morning card. Called for some people at a time.
Waiting = Callable[[Session, Sequence[int], datetime], Mapping[int, Sequence[tuple[str, str]]]]


@dataclass(frozen=True, slots=True)
class Subject:
    """A folder of ``commands``: what it lets people do.

    ``drafts``: draft kind → what ［发出］ does with it. ``undos``: operation → how it is taken back.
    ``arrivals``: what happens when a chat or an account changes (bot added, somebody left).
    """

    name: str
    commands: tuple[Command, ...] = ()
    drafts: Mapping[str, Callable[[Context, Draft], Reply]] = field(default_factory=dict)
    undos: Mapping[str, Undo] = field(default_factory=dict)
    arrivals: Mapping[IncomingKind, Callable[["Arrival"], None]] = field(default_factory=dict)
    waiting: Waiting | None = None
    strangers: "Strangers | None" = None


@dataclass(frozen=True, slots=True)
class Arrival:
    """Something happened to a chat or an account without anybody speaking."""

    session: Session
    incoming: Incoming
    conversation: Conversation | None
    person: Person | None
    notices: Notices
    moment: Moment


@dataclass(frozen=True, slots=True)
class Stranger:
    """An account we do not know spoke; ``said`` is what it said, understood. ``key``: the installation's
    secret."""

    session: Session
    incoming: Incoming
    conversation: Conversation
    notices: Notices
    moment: Moment
    said: Invocation
    key: bytes = field(repr=False)

    @property
    def in_group(self) -> bool:
        return self.conversation.kind == ConversationKind.GROUP


@dataclass(frozen=True, slots=True)
class Strangers:
    """What happens with accounts we do not know. ``meet`` answers one, privately.

    ``refused`` runs after ``meet`` refused and was rolled back: what it writes stays.
    """

    meet: Callable[[Stranger], Reply]
    refused: Callable[[Stranger, CommandError], None]


@dataclass(frozen=True, slots=True)
class Catalogue:
    """Every subject, indexed once at start.

    Raises:
        ValueError: two commands share an intent, or two subjects a draft or undo kind.
    """

    subjects: tuple[Subject, ...]
    by_intent: Mapping[str, Command] = field(init=False)
    drafts: Mapping[str, Callable[[Context, Draft], Reply]] = field(init=False)
    undos: Mapping[str, Undo] = field(init=False)
    arrivals: Mapping[IncomingKind, Callable[[Arrival], None]] = field(init=False)

    @property
    def strangers(self) -> Strangers | None:
        return next((s.strangers for s in self.subjects if s.strangers is not None), None)

    def __post_init__(self) -> None:
        commands = [(c.intent, c) for s in self.subjects for c in s.commands]
        object.__setattr__(self, "by_intent", _unique("intent", commands))
        for name in ("drafts", "undos", "arrivals"):
            pairs = [pair for s in self.subjects for pair in getattr(s, name).items()]
            object.__setattr__(self, name, _unique(name, pairs))


def _unique(what: str, pairs: list[tuple[Any, Any]]) -> dict[Any, Any]:
    found: dict[Any, Any] = {}
    for key, value in pairs:
        if key in found:
            raise ValueError(f"two subjects share {what} {key!r}")
        found[key] = value
    return found


@dataclass(frozen=True, slots=True)
class World:
    """What stays the same from event to event."""

    channels: Channels
    catalogue: Catalogue
    policy: Policy = field(default_factory=Policy)
