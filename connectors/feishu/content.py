"""What a message says: text, mentions and files out of ``content``, for each ``message_type``."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from connectors.chat import Account, AccountKey, File, Mention

ID_KINDS = ("open_id", "union_id", "user_id")
EVERYONE = "@_all"  #: the placeholder of 所有人; it stands in the text even where ``mentions`` lacks it

_BLANKS = "".join(filter(str.isspace, map(chr, range(0x3001)))) + "\u200b\u200c\u200e\u200f\u2060\ufeff"
"""What editors leave around a mention; ``str.strip`` alone knows no zero-width blanks."""
_PLACEHOLDER = re.compile(r"@_user_[0-9]+|@_all(?![0-9A-Za-z_])")
_MAX_NODES = 2000  #: nodes of a rich text that are read

Fields = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Bot:
    """How to tell the bot's own mention: by ``open_id`` once it is known, until then by ``name``."""

    name: str
    open_id: str = ""


@dataclass(frozen=True, slots=True)
class Said:
    """``text`` without the bot's mention and without blanks around it."""

    text: str
    mentions: tuple[Mention, ...] = ()
    files: tuple[File, ...] = ()
    bot_mentioned: bool = False


def read(message: Fields, *, bot: Bot, tenant_key: str) -> Said | None:
    """None for kinds of message that are no speech (stickers, cards, shared chats …)."""
    try:
        body = orjson.loads(text(message, "content"))
    except orjson.JSONDecodeError:
        return None
    if not isinstance(body, dict):
        return None
    message_id = text(message, "message_id")
    raw, files = "", tuple[File, ...]()
    match text(message, "message_type"):
        case "text":
            raw = text(body, "text")
        case "post":
            raw, files = _flatten(body, message_id)
        case "image" | "file" | "audio" | "media" as kind:
            files = _file(kind, body, message_id)
        case _:
            return None
    mentions = message.get("mentions")
    listed = [m for m in mentions if isinstance(m, dict)] if isinstance(mentions, list) else []
    return _resolve(raw, files, listed, bot, tenant_key)


def _resolve(raw: str, files: tuple[File, ...], listed: Sequence[Fields], bot: Bot, tenant_key: str) -> Said:
    """Put names for placeholders, each read to its last digit: ``@_user_1`` is not in ``@_user_10``."""
    ours = {text(m, "key") for m in listed if _is_bot(m, listed, bot)}
    others = {text(m, "key"): _mention(m, tenant_key) for m in listed if text(m, "key") not in ours}
    if EVERYONE in _PLACEHOLDER.findall(raw):
        others[EVERYONE] = Mention("所有人", everyone=True)

    def name(found: re.Match[str]) -> str:
        key = found.group()
        if key in ours:
            return ""
        return f"@{others[key].name}" if key in others else key

    return Said(
        text=_PLACEHOLDER.sub(name, raw).strip(_BLANKS),
        mentions=tuple(others.values()),
        files=files,
        bot_mentioned=bool(ours),
    )


def _is_bot(mention: Fields, listed: Sequence[Fields], bot: Bot) -> bool:
    """Whether this mention is the bot's own.

    With an unknown open_id: by name among the bots, or the only bot there is, since such a message
    was pushed because it mentions this one.
    """
    if bot.open_id:
        return text(fields(mention, "id"), "open_id") == bot.open_id
    kind = text(mention, "mentioned_type")
    if kind and kind != "bot":
        return False
    if text(mention, "name") == bot.name:
        return True
    return kind == "bot" and sum(text(m, "mentioned_type") == "bot" for m in listed) == 1


def _mention(mention: Fields, tenant_key: str) -> Mention:
    if text(mention, "key") == EVERYONE:
        return Mention(text(mention, "name") or "所有人", everyone=True)
    ids, theirs = fields(mention, "id"), text(mention, "tenant_key")
    keys = tuple(AccountKey(kind, text(ids, kind)) for kind in ID_KINDS if text(ids, kind))
    name = " ".join(text(mention, "name").split())
    foreign = bool(theirs) and theirs != tenant_key
    return Mention(name, Account(keys, name, foreign) if keys else None)


def _flatten(body: Fields, message_id: str) -> tuple[str, tuple[File, ...]]:
    """A rich text as lines; it comes without a language level, but one is tolerated."""
    if not isinstance(body.get("content"), list):
        body = next((v for v in body.values() if isinstance(v, dict) and "content" in v), {})
    lines = [text(body, "title")]
    files: list[File] = []
    left = _MAX_NODES
    paragraphs = body.get("content")
    for paragraph in paragraphs if isinstance(paragraphs, list) else ():
        nodes = [n for n in paragraph if isinstance(n, dict)] if isinstance(paragraph, list) else []
        lines.append("".join(_node_text(node) for node in nodes[:left]))
        for node in nodes[:left]:
            files += _file({"img": "image"}.get(text(node, "tag"), text(node, "tag")), node, message_id)
        left -= len(nodes[:left])
    return "\n".join(line for line in lines if line.strip(_BLANKS)), tuple(files)


def _node_text(node: Fields) -> str:
    match text(node, "tag"):
        case "text" | "md" | "code_block":
            return text(node, "text")
        case "a":
            label, href = text(node, "text"), text(node, "href")
            return f"[{label}]({href})" if href and href != label else label
        case "at":
            who = text(node, "user_id")
            if who == "all":
                return EVERYONE
            return who if _PLACEHOLDER.fullmatch(who) else f"@{text(node, 'user_name')}"
        case _:
            return ""


def _file(kind: str, body: Fields, message_id: str) -> tuple[File, ...]:
    """The file of a message or of a rich text's node; none where its key is missing."""
    image, key = text(body, "image_key"), text(body, "file_key")
    if kind == "image" and image:
        return (File("图片", file_handle(message_id, image, "image"), "image"),)
    handle = file_handle(message_id, key, "file")
    if kind == "file" and key:
        return (File(text(body, "file_name") or "文件", handle, "file"),)
    if kind == "audio" and key:
        return (File("语音", handle, "audio"),)
    if kind == "media" and key:
        return (File(text(body, "file_name") or "视频", handle, "video"),)
    return ()


def file_handle(message_id: str, key: str, kind: str) -> str:
    """What names a resource to the API: its key is good only together with its message."""
    return f"{message_id}/{key}/{kind}"


def fields(value: Fields, name: str) -> Fields:
    """The object under ``name``; empty where there is none."""
    found = value.get(name)
    return found if isinstance(found, dict) else {}


def text(value: Fields, name: str) -> str:
    """The string under ``name``; empty where there is none."""
    found = value.get(name)
    return found if isinstance(found, str) else ""
