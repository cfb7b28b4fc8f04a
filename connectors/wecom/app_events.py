"""The self-built app's callbacks: decrypted XML → what happened.

Source: developer.work.weixin.qq.com/document/path/90239 (messages), 90240 (events), 90970 (directory).
"""

import hashlib
from datetime import UTC, datetime
from typing import Literal
from xml.etree.ElementTree import Element, ParseError

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import fromstring

from connectors.chat import (
    Account,
    AccountKey,
    Action,
    Conversation,
    ConversationKind,
    File,
    Incoming,
    IncomingKind,
)
from connectors.errors import MalformedEvent
from connectors.wecom.buttons import action_of
from connectors.wecom.characters import legal

_FILES: dict[str, tuple[str, Literal["image", "audio", "video"]]] = {
    "image": ("图片.jpg", "image"),
    "voice": ("语音.amr", "audio"),
    "video": ("视频.mp4", "video"),
}
_CARD_EVENTS = ("template_card_event", "template_card_menu_event")
_LONGEST_ID = 128


def parse(text: str) -> Element:
    """One XML element, with no document type of any kind in it.

    Raises:
        MalformedEvent: a DTD, an entity, or not well-formed.
    """
    try:
        root: Element = fromstring(text, forbid_dtd=True)
    except DefusedXmlException as error:
        raise MalformedEvent("xml_dtd_forbidden") from error
    except (ParseError, ValueError) as error:
        raise MalformedEvent("bad_body") from error
    return root


def encrypted_part(body: str) -> str:
    """The text of the envelope's one ``Encrypt``. Raises ``MalformedEvent``."""
    root = parse(body)
    found = list(root.iter("Encrypt"))
    if len(found) != 1 or found[0] not in list(root) or len(found[0]):
        raise MalformedEvent("bad_body")
    return found[0].text or ""


def read(text: str, binding: str) -> Incoming | str:
    """What a decrypted message says, or why there is nothing in it for us.

    Users type control characters that XML does not allow and the platform passes on; they are dropped.

    Raises:
        MalformedEvent: not a message of the platform.
    """
    root = parse(legal(text))
    user = _id(root, "FromUserName")
    kind = _text(root, "MsgType")
    if not user or not kind:
        raise MalformedEvent("bad_message")
    at = _time(root)
    if kind == "event":
        return _event(root, binding, user, at)
    return _message(root, binding, user, kind, at)


def _message(root: Element, binding: str, user: str, kind: str, at: datetime) -> Incoming | str:
    message_id = _id(root, "MsgId")
    if not message_id:
        raise MalformedEvent("bad_message")
    files = _files(root, kind)
    if kind != "text" and not files:
        return "message_kind"
    return Incoming(
        binding=binding,
        message_key=f"app:m:{message_id}",
        kind=IncomingKind.MESSAGE,
        conversation=_direct(user),
        sender=_account(user),
        at=at,
        text=_text(root, "Content").strip() if kind == "text" else "",
        message_id=message_id,
        files=files,
    )


def _files(root: Element, kind: str) -> tuple[File, ...]:
    """Files sent to the app: pictures, voice and video; ``file`` is undocumented but taken if it comes."""
    media = _text(root, "MediaId")
    if not media:
        return ()
    if kind == "file":
        return (File(_text(root, "FileName") or _text(root, "Title") or "文件", f"media:{media}"),)
    if kind not in _FILES:
        return ()
    name, sort = _FILES[kind]
    return (File(name, f"media:{media}", sort),)


def _event(root: Element, binding: str, user: str, at: datetime) -> Incoming | str:
    name = _text(root, "Event")
    if not name:
        raise MalformedEvent("bad_message")
    if name == "change_contact":
        return _contact(root, binding, at)
    key = _text(root, "EventKey")
    action = None
    match name:
        case "subscribe":
            kind = IncomingKind.BOT_JOINED
        case "unsubscribe":
            kind = IncomingKind.BOT_LEFT
        case "click":  # a menu entry's key is the sentence it stands for
            kind, action = IncomingKind.ACTION, Action(key.strip())
        case _ if name in _CARD_EVENTS:
            kind, action = IncomingKind.ACTION, action_of(key, _text(root, "ResponseCode"))
        case _:
            return "event_kind"
    if kind is IncomingKind.ACTION and (action is None or not action.sentence):
        return "foreign_card"
    return Incoming(
        binding=binding,
        message_key=_event_key(root, user, at),
        kind=kind,
        conversation=_direct(user),
        sender=_account(user),
        at=at,
        action=action,
    )


def _contact(root: Element, binding: str, at: datetime) -> Incoming | str:
    """A change of the directory. After a changed id the sender has two keys: the old, then the new."""
    change, user = _text(root, "ChangeType"), _id(root, "UserID")
    if change not in ("delete_user", "update_user"):
        return "contact_change"
    if not user:
        raise MalformedEvent("bad_message")
    renamed, name = _id(root, "NewUserID"), _text(root, "Name")
    if change == "update_user" and not renamed and not name:
        return "contact_change"
    keys = (user, renamed) if renamed and change == "update_user" else (user,)
    return Incoming(
        binding=binding,
        message_key=_event_key(root, "sys", at),
        kind=IncomingKind.PERSON_LEFT if change == "delete_user" else IncomingKind.PERSON_CHANGED,
        conversation=None,
        sender=Account(tuple(AccountKey("userid", key) for key in keys), name=name),
        at=at,
    )


def _event_key(root: Element, user: str, at: datetime) -> str:
    """Events have no id: user, time and event name them, and what tells two of one second apart
    (the pressed key and card; contact changes all come from ``sys``)."""
    telling = ("Event", "EventKey", "TaskId", "ChangeType", "UserID", "NewUserID")
    parts = "\x1f".join([_text(root, name) for name in telling])
    digest = hashlib.sha256(parts.encode()).hexdigest()[:24]
    return f"app:e:{user}:{int(at.timestamp())}:{digest}"


def _direct(user: str) -> Conversation:
    return Conversation(ConversationKind.DIRECT, user)


def _account(user: str) -> Account:
    return Account((AccountKey("userid", user),))


def _time(root: Element) -> datetime:
    text = _text(root, "CreateTime").strip()
    if not (text.isascii() and text.isdigit() and len(text) <= 11):
        raise MalformedEvent("bad_message")
    return datetime.fromtimestamp(int(text), UTC)


def _id(root: Element, name: str) -> str:
    text = _text(root, name).strip()
    if len(text) > _LONGEST_ID:
        raise MalformedEvent("bad_message")
    return text


def _text(root: Element, name: str) -> str:
    return root.findtext(name) or ""
