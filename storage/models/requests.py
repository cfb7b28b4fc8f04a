"""资源申请 R7: people, money, equipment, vehicles, rooms or data of another unit, and who agrees to it."""

from datetime import date, datetime
from enum import StrEnum

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from storage.models.organisation import Role
from storage.types import BigId, UtcDateTime, enum_type


class ResourceKind(StrEnum):
    PEOPLE = "people"
    MONEY = "money"
    EQUIPMENT = "equipment"
    VEHICLE = "vehicle"
    VENUE = "venue"
    DATA = "data"


class RequestState(StrEnum):
    OPEN = "open"  #: 审批中
    APPROVED = "approved"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"


class StepState(StrEnum):
    LATER = "later"  #: an earlier step comes first
    OPEN = "open"
    APPROVED = "approved"
    REJECTED = "rejected"
    VOID = "void"  #: not needed any more: rejected elsewhere, or withdrawn


class ResourceRequest(SQLModel, table=True):
    """资源申请 ``R7``. Its row lock guards its steps."""

    __tablename__ = "resource_request"

    id: int = Field(default=None, primary_key=True, sa_type=BigId)
    number: int = Field(unique=True)  #: the 7 of R7
    initiative_id: int | None = Field(default=None, foreign_key="initiative.id", index=True, sa_type=BigId)
    person_id: int = Field(foreign_key="person.id", index=True, sa_type=BigId)  #: who asks
    unit_id: int = Field(foreign_key="unit.id", index=True, sa_type=BigId)
    from_unit_id: int | None = Field(default=None, foreign_key="unit.id", sa_type=BigId)  #: whose it is
    kind: ResourceKind = Field(default=ResourceKind.EQUIPMENT, sa_type=enum_type(ResourceKind))
    resource: str
    quantity: str  #: a decimal number in figures: ``2``, ``35000``, ``1.5``
    measure: str = ""  #: 台, 元 …
    starts_on: date | None = None
    ends_on: date | None = None
    purpose: str = ""
    parallel: bool = False  #: 并联: every step at once
    state: RequestState = Field(default=RequestState.OPEN, sa_type=enum_type(RequestState))
    decision_no: int = 0  #: rises when amount, period or steps change
    submitted_at: datetime = Field(sa_type=UtcDateTime)
    decided_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class RequestStep(SQLModel, table=True):
    """One unit's say. Whoever holds ``role`` there may give it, or ``person_id`` alone after 转交."""

    __tablename__ = "request_step"
    __table_args__ = (
        sa.UniqueConstraint("request_id", "position"),
        sa.Index("ix_request_step_due", "state", "due_at"),
    )

    id: int = Field(default=None, primary_key=True, sa_type=BigId)
    request_id: int = Field(foreign_key="resource_request.id", sa_type=BigId)
    position: int
    unit_id: int | None = Field(default=None, foreign_key="unit.id", sa_type=BigId)  #: None: the office
    role: Role = Field(sa_type=enum_type(Role))
    person_id: int | None = Field(default=None, foreign_key="person.id", sa_type=BigId)  #: 转交给
    state: StepState = Field(default=StepState.LATER, sa_type=enum_type(StepState))
    opened_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    due_at: datetime | None = Field(default=None, sa_type=UtcDateTime)  #: then one level up
    raised_at: datetime | None = Field(default=None, sa_type=UtcDateTime)  #: when it last went up
    decided_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    decided_by_id: int | None = Field(default=None, foreign_key="person.id", sa_type=BigId)
    stood_in_for_id: int | None = Field(default=None, foreign_key="person.id", sa_type=BigId)  #: 代 …
    reason: str = ""
