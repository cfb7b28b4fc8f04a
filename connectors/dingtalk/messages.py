"""What somebody said to the robot → ``Incoming``. Source: ``receive-message``, ``robot-message-type``.

The body is not covered by the header's signature, so nothing here is believed beyond what the intake
checks again: sender, chat, and that the header's timestamp was not spent before.
"""

import re
from datetime import datetime
from typing import Any, Literal

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
)
from connectors.dingtalk.fields import label, moment, opaque, words
from connectors.dingtalk.settings import DingTalkSettings
from connectors.errors import BadSignature, MalformedEvent

_KINDS = {"1": ConversationKind.DIRECT, "2": ConversationKind.GROUP}
_AT = re.compile(r"@(\S+)")
_MAX_FILES = 20

FileKind = Literal["file", "image", "audio", "video"]
_FILES: dict[str, tuple[FileKind, str]] = {
    "picture": ("image", "图片"),
    "audio": ("audio", "语音"),
    "video": ("video", "视频"),
    "file": ("file", "文件"),
}


def said(
    body: dict[str, Any], *, settings: DingTalkSettings, binding: str, proof: str, now: datetime
) -> Incoming:
    """One robot message. ``proof`` is the header's timestamp, ``now`` the time where the body has none.

    Raises:
        BadSignature: for another robot or organisation.
        MalformedEvent: no message id, sender or conversation.
    """
    _check_receiver(body, settings)
    message_id = opaque(body.get("msgId"))
    kind = _KINDS.get(str(body.get("conversationType")))
    conversation_id = opaque(body.get("conversationId"))
    if not message_id or not kind or not conversation_id:
        raise MalformedEvent("body")
    sender = _sender(body, settings)
    mentioned = _mentioned(body)
    text = _without_bot(_text(body), settings.bot_name)
    return Incoming(
        binding=binding,
        message_key=f"robot:m:{message_id}",
        kind=IncomingKind.MESSAGE,
        conversation=Conversation(kind, conversation_id, label(body.get("conversationTitle"))),
        sender=sender,
        at=moment(body.get("createAt"), now),
        text=text,
        message_id=message_id,
        mentions=_named(mentioned, text),
        files=_files(body),
        quoted=_quoted(body),
        proof=proof,
    )


def over_quota(body: dict[str, Any]) -> bool:
    """Whether the organisation's monthly message quota is used up: then no text comes with it."""
    return bool(body.get("errorCode")) and "text" not in body and "content" not in body


def _check_receiver(body: dict[str, Any], settings: DingTalkSettings) -> None:
    robot = body.get("robotCode")
    if robot is not None and robot != settings.robot:
        raise BadSignature("robot")
    corp = body.get("chatbotCorpId")
    if corp is not None and settings.corps and corp not in settings.corps:
        raise BadSignature("corp")


def _sender(body: dict[str, Any], settings: DingTalkSettings) -> Account:
    """Without a staff id, or of another organisation: foreign. A staff id of another organisation
    could be the same as one of ours, so it is not taken over."""
    corp = body.get("senderCorpId")
    own = settings.corps or (body.get("chatbotCorpId"),)
    elsewhere = bool(corp) and own != (None,) and corp not in own
    account = account_of(
        None if elsewhere else body.get("senderStaffId"),
        body.get("senderUnionId"),
        body.get("senderId"),
        name=label(body.get("senderNick")),
        foreign=elsewhere or not opaque(body.get("senderStaffId")),
    )
    if not account.keys:
        raise MalformedEvent("sender")
    return account


def account_of(
    staff_id: object, union_id: object, dingtalk_id: object = None, *, name: str = "", foreign: bool = False
) -> Account:
    """An account by the keys that are there."""
    found = (("staff_id", staff_id), ("union_id", union_id), ("dingtalk_id", dingtalk_id))
    keys = tuple(AccountKey(kind, value) for kind, given in found if (value := opaque(given)))
    return Account(keys, name=name, foreign=foreign)


def _mentioned(body: dict[str, Any]) -> list[Account]:
    """Who is mentioned, but for the bot itself."""
    bot = body.get("chatbotUserId")
    users = body.get("atUsers")
    found = []
    for user in users if isinstance(users, list) else []:
        if isinstance(user, dict) and not (bot and user.get("dingtalkId") == bot):
            account = account_of(user.get("staffId"), user.get("unionId"), user.get("dingtalkId"))
            if account.keys:
                found.append(account)
    return found


def _named(mentioned: list[Account], text: str) -> tuple[Mention, ...]:
    """The platform does not say which ``@name`` in the text is whom, and its order is not promised:
    only a single mention gets the single name."""
    names = _AT.findall(text)
    if len(mentioned) == 1 and len(names) == 1:
        return (Mention(label(names[0]), mentioned[0]),)
    return tuple(Mention("", account) for account in mentioned)


def _without_bot(text: str, bot_name: str) -> str:
    """Some clients leave the bot's own mention in the text."""
    if bot_name and "@" in text:
        text = re.sub(rf"@{re.escape(bot_name)}(?:[\s\u2005]+|$)", "", text)
    return text.strip()


def _content(body: dict[str, Any]) -> dict[str, Any]:
    content = body.get("content")
    return content if isinstance(content, dict) else {}


def _parts(body: dict[str, Any]) -> list[dict[str, Any]]:
    parts = _content(body).get("richText")
    return [part for part in parts if isinstance(part, dict)] if isinstance(parts, list) else []


def _text(body: dict[str, Any]) -> str:
    text = body.get("text")
    if isinstance(text, dict):
        return words(text.get("content"))
    if isinstance(body.get("content"), str):
        return words(body["content"])
    if body.get("msgtype") == "richText":
        return "".join(words(part.get("text")) for part in _parts(body))
    return words(_content(body).get("recognition"))


def _files(body: dict[str, Any]) -> tuple[File, ...]:
    kind = body.get("msgtype")
    if kind == "richText":
        pictures = [part for part in _parts(body) if part.get("type") == "picture"][:_MAX_FILES]
        found = [_file(part, "picture", number) for number, part in enumerate(pictures, 1)]
    else:
        found = [_file(_content(body), kind)] if isinstance(kind, str) and kind in _FILES else []
    return tuple(file for file in found if file)


def _file(content: dict[str, Any], kind: str, number: int = 1) -> File | None:
    handle = opaque(content.get("downloadCode"))
    what, name = _FILES[kind]
    given = label(content.get("fileName"))
    return File(given or f"{name}{number}", handle, what) if handle else None


def _quoted(body: dict[str, Any]) -> Quoted | None:
    """Undocumented members, seen in the field. The bot's own message is named by what sending it
    returned (``processQueryKey``)."""
    text = body.get("text")
    reply = text.get("repliedMsg") if isinstance(text, dict) else None
    reply = reply if isinstance(reply, dict) else {}
    candidates = (body.get("originalProcessQueryKey"), body.get("originalMsgId"), reply.get("msgId"))
    message_id = next((found for given in candidates if (found := opaque(given))), "")
    content = reply.get("content")
    said_before = content.get("text") if isinstance(content, dict) else content
    return Quoted(message_id, words(said_before)) if message_id else None
