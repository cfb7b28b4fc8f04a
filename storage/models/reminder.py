"""What is said by the clock: notes for the next morning card, and what people want of their reminders."""

from datetime import date, datetime

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from storage.types import BigId, UtcDateTime


class DigestNote(SQLModel, table=True):
    """A line for somebody's next morning card: what needs no message of its own."""

    __tablename__ = "digest_note"
    __table_args__ = (
        sa.Index(
            "ix_digest_note_waiting",
            "person_id",
            sqlite_where=sa.text("told_at IS NULL"),
            postgresql_where=sa.text("told_at IS NULL"),
        ),
    )

    id: int = Field(default=None, primary_key=True, sa_type=BigId)
    person_id: int = Field(foreign_key="person.id", sa_type=BigId)
    label: str  #: the row's key on the card, at most five characters: 日报, 顺延
    text: str
    dedup_key: str = Field(unique=True)  #: says what it tells, for ever
    not_before: date  #: the day of the card it may be on
    created_at: datetime = Field(sa_type=UtcDateTime)  #: business time
    told_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class ReminderSetting(SQLModel, table=True):
    """A person's own quiet hours; ``hh:mm`` in Asia/Shanghai. Answers and 特急 still come."""

    __tablename__ = "reminder_setting"

    person_id: int = Field(primary_key=True, foreign_key="person.id", sa_type=BigId)
    quiet_from: str
    quiet_to: str
    changed_at: datetime = Field(sa_type=UtcDateTime)


class Snooze(SQLModel, table=True):
    """T30 下周一再提醒: this person's own reminders of it wait until that day. Time limits stay."""

    __tablename__ = "snooze"
    __table_args__ = (sa.UniqueConstraint("person_id", "obligation_id"),)

    id: int = Field(default=None, primary_key=True, sa_type=BigId)
    person_id: int = Field(foreign_key="person.id", sa_type=BigId)
    obligation_id: int = Field(foreign_key="obligation.id", index=True, sa_type=BigId)
    until: date
    created_at: datetime = Field(sa_type=UtcDateTime)
