"""Neutral messages → DingTalk's message templates. Sources: ``robot-message-type``,
``create-and-deliver-cards``.

An ordinary message has no button that reaches us. In a direct chat a ``dtmd://`` link sends its text as the
person who taps it; in a group such a text need not mention the bot, so groups are told what to type.
What people wrote is never markup: where a message is markdown, its marks become full-width characters,
because clients differ in which backslash escapes they honour.
"""

import re
from dataclasses import dataclass
from pathlib import PurePath
from typing import Any
from urllib.parse import quote

import orjson

from connectors.chat import Button, Card, ConversationKind, Text, as_text
from connectors.errors import SendRefused

MAX_PARAM = 15_000  #: bytes of ``msgParam``
MAX_CARD_VALUE = 1_000  #: bytes of one value of a template's data
MAX_CARD_BUTTONS = 5  #: of ``sampleActionCardN``
FILE_TYPES = frozenset({"xlsx", "pdf", "zip", "rar", "doc", "docx"})  #: that ``sampleFile`` takes
_CUT = "…（内容过长，已截断）"
_MARKS = str.maketrans(dict(zip("\\`*_[]<>~|#!&", "＼｀＊＿［］＜＞～｜＃！＆", strict=True)))
_LINE_START = re.compile(r"^[ \t]*([-+=])", re.MULTILINE)
_WIDE = {"-": "－", "+": "＋", "=": "＝"}
_ACTING_LINK = re.compile(r"(dtmd|dingtalk):", re.IGNORECASE)
_WEB_LINK = re.compile(r"(https?://[\w\-./?=&%#:+,;~]+)", re.ASCII)


@dataclass(frozen=True, slots=True)
class Native:
    """A message template and its members (``msgKey``, ``msgParam``)."""

    key: str
    param: dict[str, Any]

    def text(self) -> str:
        """The members as the JSON text that goes out."""
        return orjson.dumps(self.param).decode()


def native(message: Card | Text, kind: ConversationKind, bot_name: str) -> Native:
    """A card or text as an ordinary message for a group or a direct chat."""
    if isinstance(message, Text) and (kind is ConversationKind.GROUP or not message.buttons):
        return _fitted("sampleText", {}, "content", inert(as_text(message, mention_name=bot_name)))
    if kind is ConversationKind.GROUP:
        says = [f"- @{plain(bot_name)} {plain(button.sentence)}" for button in message.buttons]
        return _markdown(message, ["可以回复：\n\n" + "\n".join(says)] if says else [])
    if len(message.buttons) > MAX_CARD_BUTTONS:
        links = [f"[{plain(b.label)}]({acting_link(b)})" for b in message.buttons]
        return _markdown(message, ["\u3000".join(links)])
    if not message.buttons:
        return _markdown(message, [])
    return _action_card(message)


def picture(media_id: str) -> Native:
    return Native("sampleImageMsg", {"photoURL": media_id})


def document(media_id: str, name: str) -> Native:
    """Raises SendRefused for a type that cannot be sent."""
    return Native("sampleFile", {"mediaId": media_id, "fileName": name, "fileType": file_type(name)})


def file_type(name: str) -> str:
    """The type of a document by its name. Raises SendRefused for one that cannot be sent."""
    found = PurePath(name).suffix.lower().removeprefix(".")
    if found not in FILE_TYPES:
        raise SendRefused("file_type", found[:16])
    return found


def template_data(card: Card, kind: ConversationKind, remark: str = "") -> dict[str, str] | None:
    """The data of the own card template (``cardParamMap``), all values text; None if it does not fit.

    Variables: ``title``, ``body`` (markdown), ``remark``, ``tone``, ``buttons`` (JSON: label, say, style)
    and ``card``, ``no``, ``chat``, which each button passes on in its ``params`` beside ``say``.
    """
    buttons = [{"label": b.label, "say": b.sentence, "style": b.style} for b in card.buttons]
    data = {
        "title": card.title,
        "body": _rows(card),
        "remark": remark or card.remark,
        "tone": card.tone,
        "buttons": orjson.dumps(buttons).decode(),
        "card": card.id,
        "no": str(card.no),
        "chat": kind.value,
    }
    fits = all(len(value.encode()) <= MAX_CARD_VALUE for value in data.values())
    return data if fits else None


def acting_link(button: Button) -> str:
    """Tapping it sends the button's sentence into this chat, as the person who taps."""
    return "dtmd://dingtalkclient/sendMessage?content=" + quote(button.sentence, safe="")


def inert(text: str) -> str:
    """Text whose addresses cannot make a reader's client act."""
    return _ACTING_LINK.sub(r"\1：", text)


def plain(text: str) -> str:
    """Text that no markdown reads as markup; web addresses stay as they are."""
    started = _LINE_START.sub(lambda found: _WIDE[found[1]], inert(text))
    around_links = _WEB_LINK.split(started)
    around_links[::2] = [part.translate(_MARKS) for part in around_links[::2]]
    return "".join(around_links)


def _rows(card: Card) -> str:
    return "  \n".join(f"**{plain(row.key)}**：{plain(row.value)}" for row in card.rows)


def _markdown(message: Card | Text, after: list[str]) -> Native:
    title, body = _title_and_body(message)
    return _fitted("sampleMarkdown", {"title": title}, "text", "\n\n".join([body, *after]))


def _action_card(message: Card | Text) -> Native:
    title, body = _title_and_body(message)
    buttons = message.buttons
    if len(buttons) == 1:
        only = {"singleTitle": buttons[0].label, "singleURL": acting_link(buttons[0])}
        return _fitted("sampleActionCard", {"title": title, **only}, "text", body)
    actions: dict[str, Any] = {"title": title}
    for number, button in enumerate(buttons, 1):
        actions[f"actionTitle{number}"] = button.label
        actions[f"actionURL{number}"] = acting_link(button)
    return _fitted(f"sampleActionCard{len(buttons)}", actions, "text", body)


def _title_and_body(message: Card | Text) -> tuple[str, str]:
    """``title`` is what the list of chats shows, so the text repeats it."""
    if isinstance(message, Text):
        lines = plain(message.body).split("\n")
        return inert(next((line for line in message.body.split("\n") if line.strip()), "消息"))[:26], (
            "  \n".join(lines)
        )
    parts = [f"### {plain(message.title)}", _rows(message)]
    if message.remark:
        parts.append(f"> {plain(message.remark)}")
    return inert(message.title), "\n\n".join(part for part in parts if part)


def _fitted(key: str, param: dict[str, Any], member: str, text: str) -> Native:
    """The template with ``text`` as ``member``, cut where the platform's limit is passed."""
    whole = Native(key, {**param, member: text})
    shown = text
    while len(whole.text().encode()) > MAX_PARAM:
        shown = shown[: len(shown) * 9 // 10]
        whole = Native(key, {**param, member: shown + _CUT})
    return whole
