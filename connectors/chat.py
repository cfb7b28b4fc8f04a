"""The vocabulary of chat: what people say and what we say back, with no platform in it.

Everything here is frozen and made of plain values, so that it can be written to a row as JSON
(``dump``) and read back (``load``) by another replica. The limits of a card are the smallest common
frame of the three platforms (WeCom's template card); ``Card`` refuses what would not fit everywhere.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Literal

from pydantic import TypeAdapter

MAX_TITLE = 26  #: characters of a card's title
MAX_ROWS = 6  #: rows of a card
MAX_KEY = 5  #: characters of a row's key
MAX_VALUE = 26  #: characters of a row's value
MAX_REMARK = 112  #: characters of a card's remark
MAX_BUTTONS = 6  #: buttons of a card
MAX_LABEL = 4  #: characters of a button's label
BOT_NAME = "督办助手"  #: what people mention the bot by, unless the settings name it otherwise
MAX_SENTENCE = 2000  #: characters of a message that are understood; the rest is never read


class ConversationKind(StrEnum):
    GROUP = "group"  #: 群聊; the bot hears only what mentions it
    DIRECT = "direct"  #: 私聊 between one person and the bot


class IncomingKind(StrEnum):
    MESSAGE = "message"  #: text, possibly with files
    ACTION = "action"  #: a card's button was pressed; ``action`` is set
    EDITED = "edited"  #: an earlier message was edited; ``text`` is the new text
    RECALLED = "recalled"  #: an earlier message was taken back by its sender
    BOT_JOINED = "bot_joined"  #: the bot was added to the conversation, or a direct chat was opened
    BOT_LEFT = "bot_left"  #: the bot was removed, or the conversation dissolved
    PERSON_LEFT = "person_left"  #: ``sender`` left the organisation; their rights end at once
    PERSON_CHANGED = "person_changed"  #: the platform's directory changed ``sender`` (keys, name, phone)


@dataclass(frozen=True, slots=True)
class AccountKey:
    """One identifier of an account in the platform's own words, unique in its binding.

    ``kind``: ``open_id``, ``union_id``, ``user_id`` (Feishu); ``staff_id``, ``union_id``,
    ``dingtalk_id`` (DingTalk); ``userid``, ``encrypted_userid``, ``open_userid`` (WeCom).
    """

    kind: str
    value: str


@dataclass(frozen=True, slots=True)
class Account:
    """Somebody as the platform names them. Never a person of ours until looked up by key."""

    keys: tuple[AccountKey, ...] = ()
    name: str = ""  #: display name, as typed by that user: never an identity
    foreign: bool = False  #: of another tenant, or an id that cannot be resolved: has no rights
    mobile: str = field(default="", repr=False)  #: as the platform writes it, where a change tells it


@dataclass(frozen=True, slots=True)
class Conversation:
    kind: ConversationKind
    id: str  #: the platform's id; for WeCom's direct chats the user's id
    title: str = ""


@dataclass(frozen=True, slots=True)
class Mention:
    """``@somebody`` in a text. The text keeps ``@name`` at that place, but for the bot itself."""

    name: str
    account: Account | None = None
    everyone: bool = False


@dataclass(frozen=True, slots=True)
class File:
    """A file somebody sent. ``handle`` is what the connector needs to fetch it; never an open URL."""

    name: str
    handle: str
    kind: Literal["file", "image", "audio", "video"] = "file"
    size: int | None = None


@dataclass(frozen=True, slots=True)
class Action:
    """A pressed button. ``card`` and ``no`` name the card it was on (see ``Card``)."""

    sentence: str
    card: str = ""
    no: int = 0
    message_id: str = ""  #: the platform's handle of the card that was pressed


@dataclass(frozen=True, slots=True)
class Quoted:
    """The message this one replies to. Quoted text is never taken as speech."""

    message_id: str
    text: str = ""


@dataclass(frozen=True, slots=True)
class ReplyHandle:
    """A short-lived way to answer exactly this message (never used for DingTalk over HTTP)."""

    value: str
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Incoming:
    """One verified, decrypted, normalised event.

    ``message_key`` names endpoint and kind and is unique in the binding for as long as the platform
    may deliver again (72 h). ``text`` has no mention of the bot and no surrounding blanks; at most
    ``MAX_SENTENCE`` characters of it are ever understood. ``at`` is the platform's time of the event.
    """

    binding: str
    message_key: str
    kind: IncomingKind
    conversation: Conversation | None
    sender: Account
    at: datetime
    text: str = ""
    message_id: str = ""
    mentions: tuple[Mention, ...] = ()
    files: tuple[File, ...] = ()
    action: Action | None = None
    quoted: Quoted | None = None
    reply_handle: ReplyHandle | None = None
    proof: str = ""
    """What vouches for this request and is spent by its first message (DingTalk's header
    timestamp); empty where the signature covers the body."""
    doubtful: bool = False
    """Set by the intake when ``proof`` was already spent: no decision is taken on such a message."""


@dataclass(frozen=True, slots=True)
class Button:
    """A button is a sentence: pressing it is the same as typing it."""

    label: str
    sentence: str
    style: Literal["default", "primary", "danger"] = "default"


@dataclass(frozen=True, slots=True)
class Row:
    key: str
    value: str


@dataclass(frozen=True, slots=True)
class Card:
    """A neutral card. ``id`` is random per sent card and carried by its buttons, with ``no``.

    Build it with ``card()``, which shortens what would not fit; the constructor refuses it.
    ``no`` is the subject's ``decision_no`` that this card shows.
    """

    title: str
    rows: tuple[Row, ...] = ()
    remark: str = ""
    buttons: tuple[Button, ...] = ()
    tone: Literal["plain", "good", "warning", "bad"] = "plain"
    id: str = ""
    no: int = 0
    type: Literal["card"] = "card"

    def __post_init__(self) -> None:
        if (
            not 0 < len(self.title) <= MAX_TITLE
            or len(self.rows) > MAX_ROWS
            or len(self.remark) > MAX_REMARK
            or len(self.buttons) > MAX_BUTTONS
            or any(not 0 < len(r.key) <= MAX_KEY or len(r.value) > MAX_VALUE for r in self.rows)
            or any(not 0 < len(b.label) <= MAX_LABEL for b in self.buttons)
        ):
            raise ValueError(f"card does not fit every platform: {self.title!r}")


@dataclass(frozen=True, slots=True)
class Text:
    """Plain text, several lines allowed. Never markup: renderers escape what a platform would read."""

    body: str
    buttons: tuple[Button, ...] = ()  #: at most three, for the leader's message
    card: str = ""
    no: int = 0
    type: Literal["text"] = "text"


@dataclass(frozen=True, slots=True)
class Picture:
    """A PNG kept under ``blob`` (``storage`` key); ``alt`` says in words what it shows."""

    blob: str
    alt: str
    type: Literal["picture"] = "picture"


@dataclass(frozen=True, slots=True)
class Document:
    """A file kept under ``blob``, sent with the name people gave it."""

    blob: str
    name: str
    type: Literal["document"] = "document"


Message = Card | Text | Picture | Document


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of an event, for those answers that can show it (a card click's toast).

    ``card``: what the pressed card should look like now, where the platform redraws in its answer.
    ``told``: the toast's words go out as a message as well: where a toast would be one, it is left out.
    """

    toast: str = ""
    ok: bool = True
    told: bool = False
    card: Card | None = None


@dataclass(frozen=True, slots=True)
class Address:
    """Where a message goes: a group, or one account's direct chat, through one binding."""

    binding: str
    kind: ConversationKind
    target: str
    """The platform's conversation id, or for a direct chat the value of the account key the
    platform sends to (open_id, staff_id, userid)."""
    push_secret: str = field(default="", repr=False)
    """WeCom: the group's message-push webhook address, where an aibot over HTTP cannot push."""


def card(
    title: str,
    *rows: tuple[str, str] | Row,
    remark: str = "",
    buttons: tuple[Button, ...] = (),
    tone: Literal["plain", "good", "warning", "bad"] = "plain",
    no: int = 0,
) -> Card:
    """A card that fits: values, title and remark are shortened with an ellipsis, rows past the
    sixth are counted in the last one. Long content belongs into a text or a page."""
    fitted = [r if isinstance(r, Row) else Row(*r) for r in rows]
    if len(fitted) > MAX_ROWS:
        left_out = len(fitted) - MAX_ROWS + 1
        fitted = [*fitted[: MAX_ROWS - 1], Row("其余", f"另有 {left_out} 项")]
    return Card(
        title=shorten(title, MAX_TITLE),
        rows=tuple(Row(shorten(r.key, MAX_KEY), shorten(r.value, MAX_VALUE)) for r in fitted),
        remark=shorten(remark, MAX_REMARK),
        buttons=buttons[:MAX_BUTTONS],
        tone=tone,
        no=no,
    )


def shorten(text: str, limit: int) -> str:
    """At most ``limit`` characters, on one line, with ``…`` where something was left out."""
    line = " ".join(text.split())
    return line if len(line) <= limit else line[: limit - 1] + "…"


def few(names: Iterable[str], most: int) -> str:
    """``T1、T2、T3 等 5 项``: each once, the first ``most`` of them."""
    named = list(dict.fromkeys(names))
    more = f" 等 {len(named)} 项" if len(named) > most else ""
    return "、".join(named[:most]) + more


def as_text(message: Message, *, mention_name: str = "") -> str:
    """The plain-text form of any message; each button becomes a sentence to type.

    ``mention_name``: in a group the sentences start with ``@mention_name``, since only what
    mentions the bot arrives.
    """
    if isinstance(message, Picture):
        return message.alt
    if isinstance(message, Document):
        return message.name
    says = to_say(message.buttons, mention_name)
    if isinstance(message, Text):
        return "\n".join([message.body, *says])
    lines = [f"【{message.title}】", *(f"{r.key}：{r.value}" for r in message.rows)]
    if message.remark:
        lines.append(message.remark)
    if says:
        lines += ["可以回复：", *says]
    return "\n".join(lines)


def to_say(buttons: tuple[Button, ...], mention_name: str = "") -> list[str]:
    """A line for each button with the sentence to type; a label that is the sentence is said once."""
    at = f"@{mention_name} " if mention_name else ""
    return [
        f"· {at}{b.sentence}" if b.label == b.sentence else f"· {b.label}：{at}{b.sentence}" for b in buttons
    ]


_INCOMING = TypeAdapter(Incoming)
_REPLY = TypeAdapter(ReplyHandle)
_MESSAGE: TypeAdapter[Message] = TypeAdapter(Message)


def dump(value: Incoming | Message) -> str:
    """``value`` as JSON text, for a row."""
    if isinstance(value, Incoming):
        return _INCOMING.dump_json(value).decode()
    return _MESSAGE.dump_json(value).decode()


def load_incoming(text: str) -> Incoming:
    """The ``Incoming`` that ``dump`` wrote."""
    return _INCOMING.validate_json(text)


def load_message(text: str) -> Message:
    """The ``Message`` that ``dump`` wrote."""
    return _MESSAGE.validate_json(text)


def dump_reply(handle: ReplyHandle | None) -> str | None:
    """``handle`` as JSON text, for a row; a secret."""
    return None if handle is None else _REPLY.dump_json(handle).decode()


def load_reply(text: str | None) -> ReplyHandle | None:
    """The ``ReplyHandle`` that ``dump_reply`` wrote."""
    return None if text is None else _REPLY.validate_json(text)
