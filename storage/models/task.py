"""Matters (事项), their obligations (牵头, 配合), what was reported and handed in."""

from datetime import datetime
from enum import StrEnum

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from storage.types import BigId, UtcDateTime, enum_type


class TaskState(StrEnum):
    DRAFT = "draft"  #: nobody was told
    ACTIVE = "active"  #: 已下发 or 已交办
    DONE = "done"  #: 办结: the office verified the lead's report
    CANCELLED = "cancelled"  #: 终止


class Part(StrEnum):
    LEAD = "lead"  #: 牵头, exactly one per task and period
    COOPERATE = "cooperate"  #: 配合


class ObligationState(StrEnum):
    DRAFT = "draft"  #: nobody was told
    UNSPECIFIED = "unspecified"  #: 待明确: the lead has not said what is wanted; no clock, no score
    ASSIGNED = "assigned"  #: 待签收
    IN_PROGRESS = "in_progress"  #: 办理中
    RELEASING = "releasing"  #: 待本单位同意报出
    SUBMITTED = "submitted"  #: 已报结: the lead (配合) or the office (牵头) looks at it
    DONE = "done"  #: 确认, 通过
    SUSPENDED = "suspended"  #: 暂停计时
    CANCELLED = "cancelled"  #: 终止, 不需配合


class Grain(StrEnum):
    """How exactly a time limit was said."""

    DAY = "day"
    HALF = "half"
    MINUTE = "minute"


class Task(SQLModel, table=True):
    """事项 ``T12``. Its row lock guards its obligations."""

    __tablename__ = "task"

    id: int = Field(default=None, primary_key=True, sa_type=BigId)
    number: int = Field(unique=True)  #: the 12 of T12
    initiative_id: int = Field(foreign_key="initiative.id", index=True, sa_type=BigId)
    title: str
    outcome: str = ""  #: 成果: what is handed in
    state: TaskState = Field(default=TaskState.DRAFT, sa_type=enum_type(TaskState))
    recurrence: str = ""  #: ``WEEKLY:FR 18:00``; empty for a matter done once
    basis: str = ""
    provisional: bool = False  #: 暂定: the due year's work calendar is not published yet
    weight: int = 1  #: 权重, 1 to 3, of every unit's part of it in the ranking; fixed once it is sent out
    created_by_id: int | None = Field(default=None, foreign_key="person.id", sa_type=BigId)
    created_at: datetime = Field(sa_type=UtcDateTime)
    dispatched_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    version: int = 0  #: rises with each change of the task or its obligations


class Obligation(SQLModel, table=True):
    """One unit's part of a task, with its own content, time limit, clock and acceptance."""

    __tablename__ = "obligation"
    __table_args__ = (sa.UniqueConstraint("task_id", "period", "position"),)

    id: int = Field(default=None, primary_key=True, sa_type=BigId)
    task_id: int = Field(foreign_key="task.id", index=True, sa_type=BigId)
    period: int = 1  #: 第 n 期 of a recurring matter
    position: int = 1  #: 1 is the lead; ``T12.2`` the second
    part: Part = Field(sa_type=enum_type(Part))
    unit_id: int = Field(foreign_key="unit.id", index=True, sa_type=BigId)
    #: 经办人
    handler_id: int | None = Field(
        default=None, foreign_key="person.id", index=True, sa_type=BigId
    )  #: 经办人
    content: str = ""  #: what is wanted of a co-operating unit
    state: ObligationState = Field(default=ObligationState.DRAFT, sa_type=enum_type(ObligationState))
    due_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    due_grain: Grain = Field(default=Grain.DAY, sa_type=enum_type(Grain))
    original_due_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    decision_no: int = 0  #: rises when what is decided on changes: content, due time, submission
    dispatched_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    acknowledged_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    acknowledged_by_id: int | None = Field(default=None, foreign_key="person.id", sa_type=BigId)
    submitted_at: datetime | None = Field(default=None, sa_type=UtcDateTime)  #: of the version last handed in
    first_submitted_at: datetime | None = Field(default=None, sa_type=UtcDateTime)  #: 原报出时间, kept
    submitted_by_id: int | None = Field(default=None, foreign_key="person.id", sa_type=BigId)
    done_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    returned: int = 0  #: times 请补充 or 退回重办
    #: until when what was asked for is to be added; the time limit itself and 原报出时间 stay
    supplement_due_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class Progress(SQLModel, table=True):
    """进展: what a person says about their own work; counts at once."""

    __tablename__ = "progress"
    __table_args__ = (sa.Index("ix_progress_person_at", "person_id", "at"),)

    id: int = Field(default=None, primary_key=True, sa_type=BigId)
    obligation_id: int = Field(foreign_key="obligation.id", index=True, sa_type=BigId)
    person_id: int = Field(foreign_key="person.id", sa_type=BigId)
    note: str
    percent: int | None = None
    at: datetime = Field(sa_type=UtcDateTime)
    withdrawn_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class Attachment(SQLModel, table=True):
    """材料: a file somebody sent, at first only named; ``blob_key`` is set once it was fetched."""

    __tablename__ = "attachment"

    id: int = Field(default=None, primary_key=True, sa_type=BigId)
    obligation_id: int | None = Field(default=None, foreign_key="obligation.id", index=True, sa_type=BigId)
    person_id: int = Field(foreign_key="person.id", index=True, sa_type=BigId)
    binding: str
    name: str
    handle: str  #: the connector's; a secret while it can be fetched
    kind: str = "file"
    size: int | None = None
    blob_key: str | None = Field(default=None, foreign_key="blob.key")
    submission: int = 0  #: 0: sent but not yet handed in; else which submission it belongs to
    at: datetime = Field(sa_type=UtcDateTime)
    fetch_attempts: int = 0
    fetch_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    """System time before which nobody tries to fetch it (again)."""


class HandOverState(StrEnum):
    OFFERED = "offered"  #: 等对方接收; the old handler stays responsible
    TAKEN = "taken"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"


class HandOver(SQLModel, table=True):
    """转交: one obligation offered by its handler to a colleague."""

    __tablename__ = "hand_over"

    id: int = Field(default=None, primary_key=True, sa_type=BigId)
    obligation_id: int = Field(foreign_key="obligation.id", index=True, sa_type=BigId)
    from_id: int = Field(foreign_key="person.id", sa_type=BigId)
    to_id: int = Field(foreign_key="person.id", index=True, sa_type=BigId)
    note: str = ""
    state: HandOverState = Field(default=HandOverState.OFFERED, sa_type=enum_type(HandOverState))
    at: datetime = Field(sa_type=UtcDateTime)
    decided_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
