"""Neutral messages in WeCom's words. Text from users never becomes markup, a link or a mention.

Source: developer.work.weixin.qq.com/document/path/90236 (messages), 94888 (cards), 99110 (message push),
101031 and 101138 (the robot's answers).
"""

import hashlib
import re
from typing import Any, Literal

from connectors.chat import (
    MAX_KEY,
    MAX_REMARK,
    MAX_ROWS,
    MAX_TITLE,
    MAX_VALUE,
    Button,
    Card,
    Row,
    Text,
    as_text,
    to_say,
)
from connectors.wecom.buttons import key_of

TEXT_BYTES = 2048  #: a text message; the app's are cut without a word beyond it
PUSH_BYTES = 4096  #: Markdown of a message push
ROBOT_BYTES = 20480  #: Markdown of the robot

TOO_LONG = "…（内容过长，已截断）"

_ACTIVE = re.compile(r"<(?=[A-Za-z/@!?])")
_WIDE = str.maketrans("<>[]`*|~", "＜＞［］｀＊｜～")
_UNDERSCORE = re.compile(r"(?<![A-Za-z0-9])_|_(?![A-Za-z0-9])")
_LINE_MARK = re.compile(r"^(\s*)(#+)(?=\s)", re.MULTILINE)
_RULE = re.compile(r"^\s*([-=])\1{2,}\s*$", re.MULTILINE)
_MARKS = "\u200b\u200c\u2060\u2063"  #: four signs that show nothing

Json = dict[str, Any]


def plain(text: str) -> str:
    """For a text message, where ``<a href>`` and ``<@userid>`` are read: neither can be typed."""
    return _ACTIVE.sub("＜", text)


def escape(text: str) -> str:
    """For Markdown. WeCom knows no escape sign, so that look-alikes take the place of what it reads."""
    text = _UNDERSCORE.sub("＿", text.translate(_WIDE))
    text = _LINE_MARK.sub(lambda m: m[1] + "＃" * len(m[2]), text)
    return _RULE.sub(lambda m: m[0].replace("-", "－").replace("=", "＝"), text)


def cut(text: str, limit: int, tail: str = "") -> str:
    """``text + tail`` in at most ``limit`` bytes: ``text`` is cut between characters, and says so."""
    whole = text + tail
    if len(whole.encode()) <= limit:
        return whole
    room = max(0, limit - len((TOO_LONG + tail).encode()))
    return text.encode()[:room].decode("utf-8", "ignore") + TOO_LONG + tail


def mark(idem_key: str) -> str:
    """Eight signs that show nothing and differ from message to message.

    The duplicate check (four hours) drops an identical message to the same person; two honest messages
    of the same wording must therefore differ, and a repetition of one message must not.
    """
    number = int.from_bytes(hashlib.sha256(idem_key.encode()).digest()[:2], "big")
    return "".join(_MARKS[number >> shift & 3] for shift in range(0, 16, 2))


def task_id(idem_key: str) -> str:
    """The id of a card: unique for the app for ever, the same for a repetition."""
    return f"cq-{hashlib.sha256(idem_key.encode()).hexdigest()[:40]}"


def direct_text(message: Text | Card, idem_key: str) -> Json:
    """A text message of the app, with the sentences to type in place of buttons."""
    if isinstance(message, Text):
        says = f"\n{_lines(message.buttons)}" if message.buttons else ""
        content = cut(plain(message.body), TEXT_BYTES, plain(says) + mark(idem_key))
    else:
        content = cut(plain(as_text(message)), TEXT_BYTES, mark(idem_key))
    return {"msgtype": "text", "text": {"content": content}}


def direct_card(
    card: Card, *, bot_name: str, card_url: str, idem_key: str, replace_text: str = ""
) -> Json | None:
    """A template card for a direct chat; None where a button's sentence does not fit into its key.

    ``button_interaction`` with buttons, ``text_notice`` without. ``replace_text`` (updates only) takes the
    place of the buttons that were there.
    """
    shown: Json = {
        "card_type": "button_interaction" if card.buttons else "text_notice",
        "source": {"desc": bot_name, "desc_color": _COLOUR[card.tone]},
        "main_title": {"title": card.title},
    }
    if card.remark:
        shown["sub_title_text"] = card.remark
    if card.rows:
        shown["horizontal_content_list"] = [{"keyname": r.key, "value": r.value} for r in card.rows]
    if card.buttons:
        buttons = _button_list(card.buttons, card.id, card.no)
        if buttons is None:
            return None
        shown["button_list"] = buttons
        if replace_text:
            shown["replace_text"] = replace_text
    else:
        shown["card_action"] = {"type": 1, "url": card_url}
    shown["task_id"] = task_id(idem_key)
    return shown


def text_as_card(text: Text) -> Card | None:
    """A short text with buttons, as the card that a direct chat can show buttons on; None if too long.

    The first line is the title. The others are rows where each of them is one (``完成：两件办结。``), else
    the remark: the platform shows a remark above the rows, and smaller than they are.
    """
    title, _, rest = text.body.partition("\n")
    if not text.buttons or not 0 < len(title) <= MAX_TITLE or len(rest) > MAX_REMARK:
        return None
    rows = _rows(rest)
    remark = "" if rows else rest
    return Card(title, rows=rows, remark=remark, buttons=text.buttons, id=text.card, no=text.no)


def _rows(lines: str) -> tuple[Row, ...]:
    """All lines as rows; none where one is no row or there are too many."""
    found = [line.partition("：") for line in lines.split("\n")]
    fit = all(0 < len(key) <= MAX_KEY and 0 < len(value) <= MAX_VALUE for key, _, value in found)
    return tuple(Row(key, value) for key, _, value in found) if fit and len(found) <= MAX_ROWS else ()


def group_text(text: Text, bot_name: str) -> str:
    """The plain form of a text for a group, with what to type."""
    says = f"\n{_lines(text.buttons, bot_name)}" if text.buttons else ""
    return plain(text.body + says)


def markdown(
    message: Text | Card, *, limit: int, dialect: Literal["push", "robot"], bot_name: str = ""
) -> str:
    """A message as Markdown for a group, or (without ``bot_name``) for a direct chat with the robot.

    Message pushes know three font colours, the robot none; both show one level of quotation.
    """
    says = escape(_lines(message.buttons, bot_name))
    if isinstance(message, Text):
        return cut(escape(message.body), limit, f"\n{says}" if says else "")
    title = escape(message.title)
    colour = _FONT[message.tone]
    lines = [f'**<font color="{colour}">{title}</font>**' if colour and dialect == "push" else f"**{title}**"]
    lines += [f"> {escape(row.key)}：{escape(row.value)}" for row in message.rows]
    if message.remark:
        lines += ["", escape(message.remark)]
    return cut("\n".join(lines), limit, f"\n\n可以回复：\n{says}" if says else "")


def _lines(buttons: tuple[Button, ...], bot_name: str = "") -> str:
    return "\n".join(to_say(buttons, bot_name))


def _button_list(buttons: tuple[Button, ...], card: str, no: int) -> list[Json] | None:
    """The buttons; two that say the same are one (keys must differ)."""
    found: dict[str, Json] = {}
    for button in buttons:
        key = key_of(button, card, no)
        if key is None:
            return None
        found.setdefault(key, {"text": button.label, "style": _STYLE[button.style], "key": key})
    return list(found.values())


_COLOUR = {"plain": 0, "good": 3, "warning": 2, "bad": 2}  #: of the line above the title: grey, green, red
_FONT = {"plain": "", "good": "info", "warning": "warning", "bad": "warning"}
_STYLE = {"default": 4, "primary": 1, "danger": 3}
