"""What a unit raises about a matter given to it: 有异议, 商量时限."""

from datetime import datetime
from enum import StrEnum

from sqlmodel import Field, SQLModel

from storage.models.task import Grain
from storage.types import BigId, UtcDateTime, enum_type


class ConcernKind(StrEnum):
    OBJECTION = "objection"  #: 有异议: to being given it, to what is wanted, to when
    LIMIT = "limit"  #: 商量时限: another limit is proposed


class ConcernState(StrEnum):
    OPEN = "open"  #: everything stays as it was given until it is answered
    AGREED = "agreed"  #: the limit proposed is the limit now
    KEPT = "kept"  #: 维持
    CHANGED = "changed"  #: answered by a change of the matter: another limit, 不需配合, 终止
    WITHDRAWN = "withdrawn"  #: taken back, or said anew


class Concern(SQLModel, table=True):
    """At most one of a kind is open on an obligation; said anew it is a new row, so a card fits as long as
    its row is open. Guarded by the lock of its task."""

    __tablename__ = "concern"

    id: int = Field(default=None, primary_key=True, sa_type=BigId)
    obligation_id: int = Field(foreign_key="obligation.id", index=True, sa_type=BigId)
    kind: ConcernKind = Field(sa_type=enum_type(ConcernKind))
    person_id: int = Field(foreign_key="person.id", sa_type=BigId)  #: who raised it
    words: str  #: as they were said
    to_due_at: datetime | None = Field(default=None, sa_type=UtcDateTime)  #: proposed
    to_grain: Grain = Field(default=Grain.DAY, sa_type=enum_type(Grain))
    state: ConcernState = Field(default=ConcernState.OPEN, sa_type=enum_type(ConcernState))
    at: datetime = Field(sa_type=UtcDateTime)
    decided_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    decided_by_id: int | None = Field(default=None, foreign_key="person.id", sa_type=BigId)
    answer: str = ""  #: why it is kept; what was changed
