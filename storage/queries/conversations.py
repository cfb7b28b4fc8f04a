"""Chats by their platform's id."""

from typing import Protocol

import sqlalchemy as sa
from sqlmodel import Session, col

from storage.dialects import insert_into, table
from storage.models import Conversation


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
    new = insert_into(session, table("conversation")).values(
        binding=event.binding,
        kind=str(place.kind),
        platform_id=place.id,
        title=place.title,
        last_no=1,
        push_secret="",
    )
    title = sa.case((new.excluded.title != "", new.excluded.title), else_=col(Conversation.title))
    upsert = new.on_conflict_do_update(
        index_elements=["binding", "kind", "platform_id"],
        set_={"last_no": col(Conversation.last_no) + 1, "title": title, "closed_at": None},
    ).returning(*table("conversation").c)
    row = sa.select(Conversation).from_statement(upsert)
    entered: Conversation = session.scalars(row, execution_options={"populate_existing": True}).one()
    return entered
