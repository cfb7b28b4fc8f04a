"""Events that arrived, each remembered once."""

from datetime import datetime
from enum import StrEnum

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from storage.types import BigId, UtcDateTime, enum_type


class InboxState(StrEnum):
    DONE = "done"  #: its effect, or its refusal, is in the same commit
    PENDING = "pending"  #: failed or waits for the network; a worker tries again
    ASIDE = "aside"  #: five counted attempts failed; `chengquan check` lists it


class InboxEntry(SQLModel, table=True):
    """All times are system time."""

    __tablename__ = "inbox"
    __table_args__ = (
        sa.UniqueConstraint("binding", "message_key"),
        sa.Index(
            "ix_inbox_pending",
            "next_at",
            sqlite_where=sa.text("state = 'pending'"),
            postgresql_where=sa.text("state = 'pending'"),
        ),
        sa.Index(
            "uq_inbox_proof",
            "binding",
            "proof",
            unique=True,
            sqlite_where=sa.text("proof IS NOT NULL"),
            postgresql_where=sa.text("proof IS NOT NULL"),
        ),
        sa.Index("ix_inbox_received_at", "received_at"),
    )

    id: int = Field(default=None, primary_key=True, sa_type=BigId)
    binding: str
    message_key: str
    state: InboxState = Field(default=InboxState.DONE, sa_type=enum_type(InboxState))
    attempts: int = 0
    next_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    received_at: datetime = Field(sa_type=UtcDateTime)
    payload: str | None = Field(default=None, sa_type=sa.Text)  #: the Incoming, only while pending or aside
    answer: str | None = Field(default=None, sa_type=sa.Text)  #: the Outcome, for a redelivered click
    error: str | None = Field(default=None, sa_type=sa.Text)
    proof: str | None = None  #: what vouched for the request; spent by its first message
