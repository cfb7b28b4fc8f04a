"""日报 and 小结: what a person says they did. Never counted, never scored."""

from datetime import date, datetime
from enum import StrEnum

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from storage.types import BigId, Json, UtcDateTime, enum_type


class LogKind(StrEnum):
    DAY = "day"  #: 日报
    WEEK = "week"  #: 本周小结
    MONTH = "month"  #: 本月小结


class WorkLog(SQLModel, table=True):
    """One a person and day (week, month): what is said later is added to it."""

    __tablename__ = "work_log"
    __table_args__ = (
        sa.Index(
            "uq_work_log_standing",
            "person_id",
            "kind",
            "day",
            unique=True,
            sqlite_where=sa.text("withdrawn_at IS NULL"),
            postgresql_where=sa.text("withdrawn_at IS NULL"),
        ),
    )

    id: int = Field(default=None, primary_key=True, sa_type=BigId)
    person_id: int = Field(foreign_key="person.id", sa_type=BigId)
    kind: LogKind = Field(default=LogKind.DAY, sa_type=enum_type(LogKind))
    day: date  #: the day it is for; of a week its Monday, of a month the first
    late: bool = False  #: 补: said on a later day
    done: list[str] = Field(default_factory=list, sa_type=Json)
    plan: list[str] = Field(default_factory=list, sa_type=Json)
    issues: list[str] = Field(default_factory=list, sa_type=Json)
    needs: list[str] = Field(default_factory=list, sa_type=Json)
    progress_ids: list[int] = Field(default_factory=list, sa_type=Json)  #: entries it wrote that still count
    at: datetime = Field(sa_type=UtcDateTime)  #: when it was first said
    changed_at: datetime = Field(sa_type=UtcDateTime)
    withdrawn_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
