"""Messages on their way out, where they go, and how fast they may."""

from datetime import datetime
from enum import StrEnum

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from storage.types import BigId, UtcDateTime, enum_type


class Address(SQLModel, table=True):
    """Where messages go, in order. ``target``: as in ``connectors.chat.Address``."""

    __tablename__ = "address"
    __table_args__ = (
        sa.UniqueConstraint("binding", "kind", "target"),
        sa.Index(
            "ix_address_dead",
            "id",
            sqlite_where=sa.text("dead_reason IS NOT NULL"),
            postgresql_where=sa.text("dead_reason IS NOT NULL"),
        ),
    )

    id: int = Field(default=None, primary_key=True, sa_type=BigId)
    binding: str
    app: str = ""  #: the rate and quota domain; rows of ``app_state``
    kind: str  #: ``group`` or ``direct``
    target: str
    conversation_id: int | None = Field(default=None, foreign_key="conversation.id", sa_type=BigId)
    not_before: datetime | None = Field(default=None, sa_type=UtcDateTime)  #: system time: waits until
    dead_reason: str | None = None


class AppState(SQLModel, table=True):
    """An app-level stop (quota, credential, IP): every address of the app waits."""

    __tablename__ = "app_state"

    app: str = Field(primary_key=True)
    not_before: datetime | None = Field(default=None, sa_type=UtcDateTime)
    reason: str | None = None


class OutboxState(StrEnum):
    DUE = "due"
    SENDING = "sending"
    DELIVERED = "delivered"  #: final
    REFUSED = "refused"  #: final: the platform said no, ``result`` says why
    UNKNOWN = "unknown"  #: final and shown: no clear answer, and sending again could show it twice
    EXPIRED = "expired"  #: final
    WITHDRAWN = "withdrawn"  #: final: the person acted before it was sent
    MERGED = "merged"  #: final: part of another message
    HELD = "held"  #: after a restore: a person decides


class OutboxEntry(SQLModel, table=True):
    """All times are system time. See ``storage/outbox.py`` for the life of a row."""

    __tablename__ = "outbox"
    __table_args__ = (
        sa.Index(
            "uq_outbox_one_in_flight",
            "address_id",
            unique=True,
            sqlite_where=sa.text("state = 'sending'"),
            postgresql_where=sa.text("state = 'sending'"),
        ),
        sa.Index(
            "ix_outbox_due",
            "lane",
            "due_at",
            "id",
            sqlite_where=sa.text("state = 'due'"),
            postgresql_where=sa.text("state = 'due'"),
        ),
        sa.Index(
            "ix_outbox_due_by_address",
            "address_id",
            "lane",
            "id",
            sqlite_where=sa.text("state = 'due'"),
            postgresql_where=sa.text("state = 'due'"),
        ),
        sa.Index(
            "ix_outbox_person_subject",
            "person_id",
            "subject",
            sqlite_where=sa.text("state = 'due'"),
            postgresql_where=sa.text("state = 'due'"),
        ),
        sa.Index(
            "ix_outbox_expires",
            "expires_at",
            sqlite_where=sa.text("state = 'due' AND expires_at IS NOT NULL"),
            postgresql_where=sa.text("state = 'due' AND expires_at IS NOT NULL"),
        ),
    )

    id: int = Field(default=None, primary_key=True, sa_type=BigId)
    address_id: int = Field(foreign_key="address.id", sa_type=BigId)
    lane: int = 0  #: 0 answers, 1 reminders, 2 bulk
    dedup_key: str = Field(unique=True)
    reply: str | None = Field(default=None, sa_type=sa.Text)
    """A short-lived way to answer the very message (``connectors.chat.ReplyHandle``); a secret."""
    idem_key: str  #: HMAC(installation key, dedup_key): fixed before the first try
    subject: str = ""
    person_id: int | None = None
    body: str = Field(sa_type=sa.Text)  #: JSON of the neutral message
    card_id: str | None = None  #: the SentCard to complete with the platform's handle
    replaces: str | None = None  #: a SentCard id: update that card instead of sending a new message
    or_send: bool = False  #: with ``replaces``: sent as a new message where the card cannot be updated
    due_at: datetime = Field(sa_type=UtcDateTime)
    expires_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    state: OutboxState = Field(default=OutboxState.DUE, sa_type=enum_type(OutboxState))
    attempts: int = 0
    lease_until: datetime | None = Field(default=None, sa_type=UtcDateTime)
    key_until: datetime | None = Field(default=None, sa_type=UtcDateTime)
    maybe_twice: bool = False
    on_unknown: str = "again"  #: ``again`` or ``hold``
    result: str | None = None
    done_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class Rate(SQLModel, table=True):
    """A token bucket shared by replicas."""

    __tablename__ = "rate"

    key: str = Field(primary_key=True)
    tokens: float
    at: float  #: system time, Unix seconds
