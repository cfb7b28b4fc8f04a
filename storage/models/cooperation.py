"""商请: what one unit asks of another in the office's name, often because it is blocked (受阻); 催办."""

from datetime import datetime
from enum import StrEnum

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from storage.models.task import Grain
from storage.types import BigId, UtcDateTime, enum_type


class CooperationState(StrEnum):
    ASKED = "asked"  #: sent, not answered
    ANSWERED = "answered"  #: 可以 or 有条件: something is to come
    REFUSED = "refused"  #: 暂不能
    DELIVERED = "delivered"  #: given; the asker looks at it
    CLOSED = "closed"  #: 够用了, or the obstacle is gone (恢复)
    WITHDRAWN = "withdrawn"


class Answer(StrEnum):
    YES = "yes"  #: 可以
    CONDITIONAL = "conditional"  #: 有条件
    NO = "no"  #: 暂不能


class ClockDecision(StrEnum):
    """What the office says to a matter that is blocked."""

    OPEN = "open"  #: not said yet
    SUSPEND = "suspend"  #: 暂停计时
    KEEP = "keep"  #: 照常计时
    NONE = "none"  #: nothing is to be said: a mere 商请


class CooperationRequest(SQLModel, table=True):
    """受阻 or 商请 of one obligation. Guarded by the lock of its task.

    ``to_unit_id`` None: blocked by something that is no unit's, such as money or weather.
    答复及时 reads ``asked_at``, ``answer_due_at`` and ``answered_at`` (all business time).
    """

    __tablename__ = "cooperation_request"

    id: int = Field(default=None, primary_key=True, sa_type=BigId)
    obligation_id: int = Field(foreign_key="obligation.id", index=True, sa_type=BigId)
    person_id: int = Field(foreign_key="person.id", sa_type=BigId)  #: who asks
    from_unit_id: int = Field(foreign_key="unit.id", sa_type=BigId)
    to_unit_id: int | None = Field(default=None, foreign_key="unit.id", index=True, sa_type=BigId)
    what: str
    due_at: datetime | None = Field(default=None, sa_type=UtcDateTime)  #: by when it is wanted
    due_grain: Grain = Field(default=Grain.DAY, sa_type=enum_type(Grain))
    state: CooperationState = Field(default=CooperationState.ASKED, sa_type=enum_type(CooperationState))
    decision_no: int = 0  #: rises when what is answered changes
    asked_at: datetime = Field(sa_type=UtcDateTime)
    answer_due_at: datetime = Field(sa_type=UtcDateTime)  #: two working days after asking
    answered_at: datetime | None = Field(default=None, sa_type=UtcDateTime)  #: the first answer
    answered_by_id: int | None = Field(default=None, foreign_key="person.id", sa_type=BigId)
    answer: Answer | None = Field(default=None, sa_type=enum_type(Answer))
    said: str = ""  #: the condition, or why not
    delivered_at: datetime | None = Field(default=None, sa_type=UtcDateTime)  #: the first delivery
    shifted: int = 0  #: working days by which its late delivery moved the asker's limit
    clock: ClockDecision = Field(default=ClockDecision.OPEN, sa_type=enum_type(ClockDecision))
    clock_by_id: int | None = Field(default=None, foreign_key="person.id", sa_type=BigId)
    clock_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    closed_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class CooperationDelivery(SQLModel, table=True):
    """A file, or words, given for a request."""

    __tablename__ = "cooperation_delivery"

    id: int = Field(default=None, primary_key=True, sa_type=BigId)
    cooperation_id: int = Field(foreign_key="cooperation_request.id", index=True, sa_type=BigId)
    person_id: int = Field(foreign_key="person.id", sa_type=BigId)
    attachment_id: int | None = Field(default=None, foreign_key="attachment.id", index=True, sa_type=BigId)
    note: str = ""
    at: datetime = Field(sa_type=UtcDateTime)


class Urge(SQLModel, table=True):
    """催办: once per matter and half-day, whoever asks for it."""

    __tablename__ = "urge"
    __table_args__ = (sa.UniqueConstraint("object", "half_day"),)

    id: int = Field(default=None, primary_key=True, sa_type=BigId)
    object: str  #: ``obligation:12``, ``cooperation_request:3``, ``resource_request:7``
    half_day: str  #: ``2026-12-09 am``, in Asia/Shanghai
    person_id: int = Field(foreign_key="person.id", sa_type=BigId)
    at: datetime = Field(sa_type=UtcDateTime)
