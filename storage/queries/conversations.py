"""Chats by their platform's id."""

from typing import Protocol

import sqlalchemy as sa
from sqlmodel import Session, col, select

from storage import rows
from storage.dialects import core, table
from storage.models import Address, Conversation, SentCard
from storage.prepared import Prepared


class Place(Protocol):
    """A chat as ``connectors.chat.Conversation`` names it."""

    @property
    def kind(self) -> str: ...
    @property
    def id(self) -> str: ...
    @property
    def title(self) -> str: ...


class Event(Protocol):
    """The part of ``connectors.chat.Incoming`` that says where it happened."""

    @property
    def binding(self) -> str: ...
    @property
    def conversation(self) -> Place | None: ...


_CONVERSATION = table("conversation")

_ENTER = Prepared(
    sa.text(
        "INSERT INTO conversation (binding, kind, platform_id, title, last_no, push_secret)"
        " VALUES (:binding, :kind, :platform_id, :title, 1, '')"
        " ON CONFLICT (binding, kind, platform_id) DO UPDATE SET last_no = conversation.last_no + 1,"
        " title = CASE WHEN excluded.title <> '' THEN excluded.title ELSE conversation.title END,"
        " closed_at = NULL"
        " RETURNING id, binding, kind, platform_id, title, last_no, push_secret, closed_at"
    ).columns(*_CONVERSATION.c)
)


def enter(session: Session, event: Event) -> Conversation:
    """The row of the event's chat: created when new, numbered and locked until the transaction ends.

    One upsert, which is the chat's lock: run it inside the savepoint, before anything else is locked.
    A title that came replaces the old one; an event from a closed chat opens it again.

    Raises:
        ValueError: the event happened in no chat.
    """
    place = event.conversation
    if place is None:
        raise ValueError("the event has no conversation")
    said_here = {
        "binding": event.binding,
        "kind": str(place.kind),
        "platform_id": place.id,
        "title": place.title,
    }
    [entered] = _ENTER.all(core(session), said_here)
    return rows.loaded(session, Conversation, entered)


def card_named(session: Session, binding: str, handle: str) -> SentCard | None:
    """The card the platform calls ``handle``; None for any other message."""
    if not handle:
        return None
    query = (
        select(SentCard)
        .join(Address, col(Address.id) == col(SentCard.address_id))
        .where(SentCard.handle == handle, Address.binding == binding)
    )
    return session.exec(query).first()
