"""Decrypted event pushes and card clicks → ``Incoming``. Sources: ``configure-stream-push``,
``event-callback-card``.

DingTalk publishes no event for the bot being added to or removed from a group: the first message
from a group, and the errors of sending there, take their place.
"""

import hashlib
from datetime import datetime
from typing import Any

import orjson

from connectors.chat import (
    Account,
    Action,
    Conversation,
    ConversationKind,
    Incoming,
    IncomingKind,
)
from connectors.dingtalk.fields import label, moment, opaque, words
from connectors.dingtalk.messages import account_of
from connectors.errors import MalformedEvent

CHECK_URL = "check_url"  #: sent when the address is saved in the console
_PEOPLE = {
    "user_leave_org": IncomingKind.PERSON_LEFT,
    "user_add_org": IncomingKind.PERSON_CHANGED,
    "user_modify_org": IncomingKind.PERSON_CHANGED,
    "user_active_org": IncomingKind.PERSON_CHANGED,
}


def parse(content: bytes | str) -> dict[str, Any]:
    """A JSON object. Raises MalformedEvent for everything else."""
    try:
        body = orjson.loads(content)
    except orjson.JSONDecodeError:
        raise MalformedEvent("body") from None
    if not isinstance(body, dict):
        raise MalformedEvent("body")
    return body


def happened(event: dict[str, Any], plaintext: bytes, binding: str, now: datetime) -> tuple[Incoming, ...]:
    """What an event means to us, one ``Incoming`` per person or chat; empty when nothing."""
    kind = opaque(event.get("EventType"))
    at = moment(event.get("EventTime"), now)
    key = "e:" + (opaque(event.get("eventId")) or hashlib.sha256(plaintext).hexdigest())
    if kind == "chat_disband":
        chat = opaque(event.get("openConversationId"))
        if not chat:
            return ()
        operator = account_of(event.get("operator"), event.get("operatorUnionId"))
        group = Conversation(ConversationKind.GROUP, chat)
        return (Incoming(binding, key, IncomingKind.BOT_LEFT, group, operator, at),)
    if kind not in _PEOPLE:
        return ()
    users = event.get("userId")
    people = [user for user in users if opaque(user)] if isinstance(users, list) else []
    return tuple(
        Incoming(binding, f"{key}:{number}", _PEOPLE[kind], None, _person(event, user), at)
        for number, user in enumerate(dict.fromkeys(people))
    )


def _person(event: dict[str, Any], user: str) -> Account:
    """``diffInfo`` tells the new name, but not of whom when several changed."""
    change = event.get("diffInfo")
    name = ""
    if isinstance(change, dict) and change.get("userid") == user and isinstance(change.get("curr"), dict):
        name = label(change["curr"].get("name"))
    return account_of(user, None, name=name)


def pressed(body: dict[str, Any], *, binding: str, timestamp: str, now: datetime) -> Incoming | None:
    """A pressed button of a card that was made by ``render.template_data``; None if it was not.

    Two shapes are published: ``content``, and the older ``value`` with ``params`` beside
    ``cardPrivateData``.

    Raises:
        MalformedEvent: no card, no user, or unreadable content.
    """
    track_id = opaque(body.get("outTrackId"))
    user = opaque(body.get("userId"))
    content = body.get("content", body.get("value"))
    if not track_id or not user or content is None:
        raise MalformedEvent("body")
    inner = content if isinstance(content, dict) else parse(str(content))
    params = _params(inner)
    sentence = words(params.get("say")).strip()
    if not sentence:
        return None
    by_union = str(body.get("userIdType")) == "2"
    sender = account_of(None, user) if by_union else account_of(user, None)
    parts = orjson.dumps([track_id, user, inner, timestamp], option=orjson.OPT_SORT_KEYS)
    return Incoming(
        binding=binding,
        message_key="c:" + hashlib.sha256(parts).hexdigest(),
        kind=IncomingKind.ACTION,
        conversation=_place(body, params),
        sender=sender,
        at=now,
        text=sentence,
        message_id=track_id,
        action=Action(
            sentence=sentence,
            card=opaque(params.get("card")),
            no=_number(params.get("no")),
            message_id=track_id,
        ),
        proof=f"card:{timestamp}",
    )


def _params(content: dict[str, Any]) -> dict[str, Any]:
    private = content.get("cardPrivateData")
    params = (private if isinstance(private, dict) else {}).get("params", content.get("params"))
    return params if isinstance(params, dict) else {}


def _number(value: object) -> int:
    text = str(value)
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0


def _place(body: dict[str, Any], params: dict[str, Any]) -> Conversation | None:
    """Groups and direct chats may both be called ``IM``; what the card was made for decides."""
    space = opaque(body.get("spaceId"))
    if not space:
        return None
    direct = params.get("chat") == ConversationKind.DIRECT or body.get("spaceType") == "IM_ROBOT"
    return Conversation(ConversationKind.DIRECT if direct else ConversationKind.GROUP, space)
