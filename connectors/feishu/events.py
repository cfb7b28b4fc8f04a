"""Feishu's events in our words. Pure: a decrypted, believed payload in, an ``Incoming`` or a reason out.

Each event's fields: https://open.feishu.cn/document/uAjLw4CM/ukTMukTMukTM/reference/im-v1/message/events/receive
and its neighbours; no event tells of an edited message. Unknown fields are ignored, missing ones
tolerated: what was signed by the platform is never answered with an error, or it would be pushed
again for seven hours.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from connectors.chat import (
    Account,
    AccountKey,
    Action,
    Conversation,
    ConversationKind,
    Incoming,
    IncomingKind,
    Quoted,
    ReplyHandle,
)
from connectors.feishu import content

REPLY_LIFE = timedelta(days=1)  #: how long a group message is answered as a reply; the platform sets no limit

Fields = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Envelope:
    """What an event of either schema says about itself. ``id`` is the same in each redelivery."""

    id: str
    type: str
    app_id: str
    token: str
    tenant_key: str
    at: datetime | None
    event: Fields


@dataclass(frozen=True, slots=True)
class Ignored:
    """An authentic event with nothing for us; ``why`` is a short code."""

    why: str


def envelope(payload: Fields) -> Envelope | None:
    """None if the payload is of neither schema (2.0 with a header, 1.0 ``event_callback``)."""
    header, event = payload.get("header"), payload.get("event")
    if isinstance(header, dict):
        return Envelope(
            id=text(header, "event_id"),
            type=text(header, "event_type"),
            app_id=text(header, "app_id"),
            token=text(header, "token"),
            tenant_key=text(header, "tenant_key"),
            at=moment(header.get("create_time")),
            event=event if isinstance(event, dict) else {},
        )
    if payload.get("type") != "event_callback" or not isinstance(event, dict):
        return None
    return Envelope(
        id=text(payload, "uuid"),
        type=text(event, "type"),
        app_id=text(event, "app_id"),
        token=text(payload, "token"),
        tenant_key=text(event, "tenant_key"),
        at=moment(payload.get("ts")),
        event=event,
    )


def read(got: Envelope, *, binding: str, bot: content.Bot, now: datetime) -> Incoming | Ignored:
    """What this event is for us. ``now`` stands in where an event has no time of its own."""
    reader = _READERS.get(got.type)
    if reader is None:
        return Ignored(f"event {got.type[:60]}")
    if not got.id:
        return Ignored("no event id")
    return reader(_Reading(got, binding, bot, now))


@dataclass(frozen=True, slots=True)
class _Reading:
    got: Envelope
    binding: str
    bot: content.Bot
    now: datetime

    @property
    def at(self) -> datetime:
        return self.got.at or self.now

    def incoming(
        self, kind: IncomingKind, conversation: Conversation | None, sender: Account, **more: Any
    ) -> Incoming:
        more.setdefault("message_key", f"e:{self.got.id}")
        more.setdefault("at", self.at)
        return Incoming(binding=self.binding, kind=kind, conversation=conversation, sender=sender, **more)

    def account(self, ids: object, tenant_key: str = "", name: str = "") -> Account:
        return account(ids, foreign=bool(tenant_key) and tenant_key != self.got.tenant_key, name=name)


def _message(r: _Reading) -> Incoming | Ignored:
    message, sender = fields(r.got.event, "message"), fields(r.got.event, "sender")
    message_id, chat_id = text(message, "message_id"), text(message, "chat_id")
    who = r.account(sender.get("sender_id"), text(sender, "tenant_key"))
    if not message_id or not chat_id or not who.keys:
        return Ignored("incomplete message")
    if text(sender, "sender_type") != "user":
        return Ignored("said by a bot")
    said = content.read(message, bot=r.bot, tenant_key=r.got.tenant_key)
    if said is None:
        return Ignored(f"message {text(message, 'message_type')[:30]}")
    direct = text(message, "chat_type") == "p2p"
    if not direct and not said.bot_mentioned:
        return Ignored("bot not mentioned")
    at = moment(message.get("create_time")) or r.at
    parent = text(message, "parent_id")
    return r.incoming(
        IncomingKind.MESSAGE,
        Conversation(ConversationKind.DIRECT if direct else ConversationKind.GROUP, chat_id),
        who,
        message_key=f"m:{message_id}",
        at=at,
        text=said.text,
        message_id=message_id,
        mentions=said.mentions,
        files=said.files,
        quoted=Quoted(parent) if parent else None,
        # In a topic a plain send would open a new topic, and not every topic's event says that it is one.
        reply_handle=None if direct else ReplyHandle(message_id, r.now + REPLY_LIFE),
    )


def _action(r: _Reading) -> Incoming | Ignored:
    operator, value = fields(r.got.event, "operator"), fields(r.got.event, "action").get("value")
    context = fields(r.got.event, "context")
    who = r.account(operator, text(operator, "tenant_key"))
    chat_id, message_id = text(context, "open_chat_id"), text(context, "open_message_id")
    if not who.keys or not chat_id:
        return Ignored("incomplete click")
    if not isinstance(value, dict) or not text(value, "say") or not isinstance(value.get("no", 0), int):
        return Ignored("not our button")
    return r.incoming(
        IncomingKind.ACTION,
        # A click does not say what kind of chat it was in; our buttons do (``render``).
        Conversation(ConversationKind.DIRECT if value.get("direct") else ConversationKind.GROUP, chat_id),
        who,
        message_key=f"c:{r.got.id}",
        text=text(value, "say"),
        message_id=message_id,
        action=Action(text(value, "say"), text(value, "card"), value.get("no", 0), message_id),
    )


def _bot_moved(kind: IncomingKind) -> Callable[[_Reading], Incoming | Ignored]:
    def reader(r: _Reading) -> Incoming | Ignored:
        event = r.got.event
        chat_id = text(event, "chat_id")
        if not chat_id:
            return Ignored("no chat id")
        who = r.account(event.get("operator_id"), text(event, "operator_tenant_key"))
        return r.incoming(kind, Conversation(ConversationKind.GROUP, chat_id, text(event, "name")), who)

    return reader


def _direct_opened(r: _Reading) -> Incoming | Ignored:
    """Comes each time somebody opens the chat with the bot; only the first time nothing was said yet."""
    event = r.got.event
    who, chat_id = r.account(event.get("operator_id")), text(event, "chat_id")
    if not chat_id or not who.keys:
        return Ignored("no chat id")
    if text(event, "last_message_id"):
        return Ignored("direct chat opened again")
    return r.incoming(IncomingKind.BOT_JOINED, Conversation(ConversationKind.DIRECT, chat_id), who)


def _recalled(r: _Reading) -> Incoming | Ignored:
    """Says neither who recalled nor what kind of chat it was; a group is the cautious reading."""
    chat_id, message_id = text(r.got.event, "chat_id"), text(r.got.event, "message_id")
    if not chat_id or not message_id:
        return Ignored("incomplete recall")
    conversation = Conversation(ConversationKind.GROUP, chat_id)
    at = moment(r.got.event.get("recall_time")) or r.at
    return r.incoming(IncomingKind.RECALLED, conversation, Account(), message_id=message_id, at=at)


def _person(kind: IncomingKind) -> Callable[[_Reading], Incoming | Ignored]:
    def reader(r: _Reading) -> Incoming | Ignored:
        person = fields(r.got.event, "object")
        who = replace(r.account(person, name=text(person, "name")), mobile=text(person, "mobile"))
        return r.incoming(kind, None, who) if who.keys else Ignored("person without id")

    return reader


_READERS: Mapping[str, Callable[[_Reading], Incoming | Ignored]] = {
    "im.message.receive_v1": _message,
    "card.action.trigger": _action,
    "im.message.recalled_v1": _recalled,
    "im.chat.member.bot.added_v1": _bot_moved(IncomingKind.BOT_JOINED),
    "im.chat.member.bot.deleted_v1": _bot_moved(IncomingKind.BOT_LEFT),
    "im.chat.disbanded_v1": _bot_moved(IncomingKind.BOT_LEFT),
    "im.chat.access_event.bot_p2p_chat_entered_v1": _direct_opened,
    "contact.user.deleted_v3": _person(IncomingKind.PERSON_LEFT),
    "contact.user.updated_v3": _person(IncomingKind.PERSON_CHANGED),
}


def account(ids: object, *, foreign: bool = False, name: str = "") -> Account:
    """An account from ``{"open_id", "union_id", "user_id"}``; absent, null and empty ids are left out."""
    if not isinstance(ids, dict):
        return Account(name=name, foreign=foreign)
    keys = tuple(AccountKey(kind, text(ids, kind)) for kind in content.ID_KINDS if text(ids, kind))
    return Account(keys, name, foreign)


def moment(value: object) -> datetime | None:
    """A time in seconds, milliseconds or microseconds, told apart by size; number or string."""
    if not isinstance(value, str | int | float) or isinstance(value, bool):
        return None
    try:
        number = float(value)
        if number > 1e14:
            number /= 1e6
        elif number > 1e11:
            number /= 1e3
        return datetime.fromtimestamp(number, UTC) if number > 0 else None
    except (ValueError, OverflowError, OSError):
        return None


fields = content.fields
text = content.text
