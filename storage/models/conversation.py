"""Chats we know, cards we sent into them, what we asked, what waits for a go."""

from datetime import datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from storage.types import BigId, Json, UtcDateTime, enum_type


class Conversation(SQLModel, table=True):
    """A group or a direct chat. ``kind`` is ``group`` or ``direct`` (``connectors.chat``)."""

    __tablename__ = "conversation"
    __table_args__ = (sa.UniqueConstraint("binding", "kind", "platform_id"),)

    id: int = Field(default=None, primary_key=True, sa_type=BigId)
    binding: str
    kind: str
    platform_id: str
    title: str = ""
    last_no: int = 0  #: events so far; raising it is the conversation's lock
    push_secret: str = ""  #: WeCom's message-push address of the group: a secret, never logged or shown
    closed_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class SentCard(SQLModel, table=True):
    """A card somebody can still press. ``id`` is random and travels in its buttons."""

    __tablename__ = "sent_card"
    __table_args__ = (sa.Index("ix_sent_card_handle", "handle"),)

    id: str = Field(primary_key=True)
    subject: str = Field(index=True)  #: ``task:12``, ``draft:3``, ``hand_over:4`` …
    no: int = 0  #: the subject's ``decision_no`` it showed
    person_id: int | None = Field(default=None, foreign_key="person.id", sa_type=BigId)  #: None: a group card
    address_id: int = Field(foreign_key="address.id", sa_type=BigId)
    card: str  #: JSON of the neutral card as last shown
    handle: str = ""  #: the platform's name of the message; empty until delivered
    updatable: bool = False
    created_at: datetime = Field(sa_type=UtcDateTime)  #: business time


class PendingQuestion(SQLModel, table=True):
    """The one question put to a person in a conversation; a new one replaces it."""

    __tablename__ = "pending_question"
    __table_args__ = (sa.UniqueConstraint("person_id", "conversation_id"),)

    id: int = Field(default=None, primary_key=True, sa_type=BigId)
    person_id: int = Field(foreign_key="person.id", sa_type=BigId)
    conversation_id: int = Field(foreign_key="conversation.id", sa_type=BigId)
    command: str  #: the intent it completes
    sentence: str  #: what had been said
    slots: dict[str, Any] = Field(default_factory=dict, sa_type=Json)
    ask: str  #: the slot that is missing
    expires_at: datetime = Field(sa_type=UtcDateTime)  #: business time, ten minutes after asking


class DraftState(StrEnum):
    OPEN = "open"  #: shown to its author: 请核对
    SENT = "sent"  #: 发出: its effect has happened
    DROPPED = "dropped"  #: 不发, or replaced by a corrected one


class Draft(SQLModel, table=True):
    """What goes to another unit is shown first; ［发出］ carries it out."""

    __tablename__ = "draft"

    id: int = Field(default=None, primary_key=True, sa_type=BigId)
    kind: str  #: names the operation in ``commands`` that carries it out
    person_id: int = Field(foreign_key="person.id", index=True, sa_type=BigId)
    payload: dict[str, Any] = Field(default_factory=dict, sa_type=Json)
    state: DraftState = Field(default=DraftState.OPEN, sa_type=enum_type(DraftState))
    created_at: datetime = Field(sa_type=UtcDateTime)
    decided_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class UndoStep(SQLModel, table=True):
    """What a person did last and can take back (撤回) for ten minutes.

    ``inverse`` names an undo operation and its arguments; ``guard`` lists the rows' versions that
    must be unchanged, so that nobody's later act is undone with it.
    """

    __tablename__ = "undo_step"

    id: int = Field(default=None, primary_key=True, sa_type=BigId)
    person_id: int = Field(foreign_key="person.id", index=True, sa_type=BigId)
    conversation_id: int | None = Field(default=None, foreign_key="conversation.id", sa_type=BigId)
    what: str  #: in words, for the answer
    operation: str
    inverse: dict[str, Any] = Field(default_factory=dict, sa_type=Json)
    guard: dict[str, Any] = Field(default_factory=dict, sa_type=Json)
    at: datetime = Field(sa_type=UtcDateTime)
    expires_at: datetime = Field(sa_type=UtcDateTime)
    undone_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
