"""The smart robot's callbacks in URL mode: decrypted JSON → what happened.

Source: developer.work.weixin.qq.com/document/path/100719 (messages), 101027 (events).
"""

import re
from datetime import UTC, datetime
from typing import Any

import orjson

from connectors.chat import (
    Account,
    AccountKey,
    Conversation,
    ConversationKind,
    File,
    Incoming,
    IncomingKind,
    Mention,
    Quoted,
    ReplyHandle,
)
from connectors.errors import BadSignature, MalformedEvent
from connectors.wecom.buttons import action_of
from connectors.wecom.characters import legal

_ENCRYPTED_ID = re.compile(r"wo[A-Za-z0-9_-]{26,}")
_MENTION = re.compile(r"@([^\s@,，。;；:：、!！?？()（）]+)")
_EVERYONE = ("all", "所有人", "全体成员")
_BLANKS = " \u2005"  #: what clients put behind a mention
_LONGEST_ID = 256


def parse(text: str | bytes, reason: str) -> dict[str, Any]:
    """A JSON object; ``reason`` names what was wrong. Raises ``MalformedEvent``."""
    try:
        value = orjson.loads(text)
    except orjson.JSONDecodeError as error:
        raise MalformedEvent(reason) from error
    if not isinstance(value, dict):
        raise MalformedEvent(reason)
    return value


def encrypted_part(body: str) -> str:
    """The text of the envelope's ``encrypt``. Raises ``MalformedEvent``."""
    encrypted = parse(body, "bad_body").get("encrypt")
    if not isinstance(encrypted, str):
        raise MalformedEvent("bad_body")
    return encrypted


class Robot:
    """How to read one robot's messages: its binding, its names, and (if known) its id."""

    def __init__(self, binding: str, names: tuple[str, ...], aibot_id: str) -> None:
        self.binding = binding
        self.names = names
        self.aibot_id = aibot_id

    def read(self, message: dict[str, Any], at: datetime, reply: ReplyHandle | None) -> Incoming | str:
        """What a decrypted message says, or why there is nothing in it for us.

        ``at``: the request's time, for messages that carry none (older traffic).

        Raises:
            MalformedEvent: not a message of the platform.
            BadSignature: another robot's.
        """
        message_id, kind = _string(message, "msgid"), _string(message, "msgtype")
        user = _string(_object(message, "from"), "userid")
        if not message_id or not kind or not user:
            raise MalformedEvent("bad_message")
        if self.aibot_id and _string(message, "aibotid") != self.aibot_id:
            raise BadSignature("aibot_mismatch")
        created = message.get("create_time")
        if isinstance(created, int) and 0 < created < 10**11:
            at = datetime.fromtimestamp(created, UTC)
        where, sender = _conversation(message, user), _account(user)
        if kind == "event":
            return self._event(message, f"aibot:e:{message_id}", where, sender, at, reply)
        text, files, mixed = _content(message, kind)
        if not mixed and not files and kind not in ("text", "voice"):
            return "stream_refresh" if kind == "stream" else "message_kind"
        renamed = where.kind is ConversationKind.GROUP and "quote" not in message
        text = self._unmentioned(text, guess=renamed)
        return Incoming(
            binding=self.binding,
            message_key=f"aibot:m:{message_id}",
            kind=IncomingKind.MESSAGE,
            conversation=where,
            sender=sender,
            at=at,
            text=text,
            message_id=message_id,
            mentions=tuple(Mention(name, everyone=name in _EVERYONE) for name in _MENTION.findall(text)),
            files=files,
            quoted=_quoted(message),
            reply_handle=reply,
        )

    def _event(
        self,
        message: dict[str, Any],
        key: str,
        where: Conversation,
        sender: Account,
        at: datetime,
        reply: ReplyHandle | None,
    ) -> Incoming | str:
        event = _object(message, "event")
        name, action = _string(event, "eventtype"), None
        if name == "enter_chat":
            kind, reply = IncomingKind.BOT_JOINED, None
        elif name == "template_card_event":
            pressed = event.get(name) if isinstance(event.get(name), dict) else event
            assert isinstance(pressed, dict)  # noqa: S101 - one or the other is
            kind = IncomingKind.ACTION
            action = action_of(_string(pressed, "event_key"), _string(pressed, "task_id"))
            if action is None:
                return "foreign_card"
        else:
            return "event_kind"
        return Incoming(self.binding, key, kind, where, sender, at, action=action, reply_handle=reply)

    def _unmentioned(self, text: str, *, guess: bool) -> str:
        """``text`` without the mention of the robot.

        An administrator can rename it at any time. Where none of its names is found, ``guess`` takes the
        mention that the text begins with for its new name: in groups, since nothing else arrives from
        there, and unless something is quoted (then the mention may be missing).
        """
        for name in self.names:
            before, found, after = text.partition(f"@{name}")
            if found:
                return f"{before.rstrip(_BLANKS)} {after.lstrip(_BLANKS)}".strip()
        text = text.strip()
        if guess and text.startswith("@"):
            _, _, rest = re.sub(r"\s", " ", text, count=1).partition(" ")
            return rest.strip()
        return text


def _content(message: dict[str, Any], kind: str) -> tuple[str, tuple[File, ...], bool]:
    """Text and files, and whether the message was a mixture (of which nothing may be left)."""
    if kind == "mixed":
        items = _object(message, "mixed").get("msg_item")
        if not isinstance(items, list):
            raise MalformedEvent("bad_message")
        parts = [_item(item) for item in items[:50] if isinstance(item, dict)]
        return "\n".join(t for t, _ in parts if t), tuple(f for _, f in parts if f), True
    text, file = _item(message)
    return text, (file,) if file else (), False


def _item(item: dict[str, Any]) -> tuple[str, File | None]:
    kind = _string(item, "msgtype")
    if kind in ("text", "voice"):
        return _string(_object(item, kind), "content", longest=1 << 20), None
    if kind not in ("image", "file", "video"):
        return "", None
    handle = f"aibot:{_string(_object(item, kind), 'url', longest=4096)}"
    if kind == "image":
        return "", File("图片", handle, "image")
    return "", File("视频", handle, "video") if kind == "video" else File("文件", handle)


def _quoted(message: dict[str, Any]) -> Quoted | None:
    if "quote" not in message:
        return None
    try:
        quote = _object(message, "quote")
        text, _, _ = _content(quote, _string(quote, "msgtype"))
    except MalformedEvent:
        return Quoted("")  # a kind of message that we do not know must not lose what was said about it
    return Quoted("", text.strip())


def _conversation(message: dict[str, Any], user: str) -> Conversation:
    if _string(message, "chattype") != "group":
        return Conversation(ConversationKind.DIRECT, user)
    chat = _string(message, "chatid")
    if not chat:
        raise MalformedEvent("bad_message")
    return Conversation(ConversationKind.GROUP, chat)


def _account(user: str) -> Account:
    """A robot made by anybody but a super administrator is told encrypted ids (``wo…``), which
    ``WeComConnector.resolve`` turns into plain ones."""
    kind = "encrypted_userid" if _ENCRYPTED_ID.fullmatch(user) else "userid"
    return Account((AccountKey(kind, user),))


def _object(of: dict[str, Any], name: str) -> dict[str, Any]:
    value = of.get(name)
    if not isinstance(value, dict):
        raise MalformedEvent("bad_message")
    return value


def _string(of: dict[str, Any], name: str, *, longest: int = _LONGEST_ID) -> str:
    """A string; "" where there is none. Keys of buttons are up to 1024 bytes."""
    value = of.get(name, "")
    if not isinstance(value, str) or len(value) > (1024 if name == "event_key" else longest):
        raise MalformedEvent("bad_message")
    return legal(value)
