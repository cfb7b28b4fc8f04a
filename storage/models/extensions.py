"""延期: a later time limit, asked for before the old one has passed and decided by the office."""

from datetime import datetime
from enum import StrEnum

from sqlmodel import Field, SQLModel

from storage.models.task import Grain
from storage.types import BigId, UtcDateTime, enum_type


class ExtensionState(StrEnum):
    RELEASING = "releasing"  #: 待本单位同意报出
    ASKED = "asked"  #: with the office
    GRANTED = "granted"
    DENIED = "denied"
    WITHDRAWN = "withdrawn"  #: taken back by its unit, or sent back by its head


class ExtensionRequest(SQLModel, table=True):
    """申请延期 of one obligation; at most one is undecided. Guarded by the lock of its task."""

    __tablename__ = "extension_request"

    id: int = Field(default=None, primary_key=True, sa_type=BigId)
    obligation_id: int = Field(foreign_key="obligation.id", index=True, sa_type=BigId)
    person_id: int = Field(foreign_key="person.id", sa_type=BigId)  #: who asks
    from_due_at: datetime = Field(sa_type=UtcDateTime)  #: the limit when it was asked for
    to_due_at: datetime = Field(sa_type=UtcDateTime)  #: asked for; once granted, the one granted
    to_grain: Grain = Field(default=Grain.DAY, sa_type=enum_type(Grain))
    reason: str
    nth: int = 1  #: 第 n 次 of this obligation; taken back ones do not count
    state: ExtensionState = Field(default=ExtensionState.ASKED, sa_type=enum_type(ExtensionState))
    decision_no: int = 0  #: rises with each step, so that old cards do not fit
    asked_at: datetime = Field(sa_type=UtcDateTime)
    released_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    released_by_id: int | None = Field(default=None, foreign_key="person.id", sa_type=BigId)
    decided_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    decided_by_id: int | None = Field(default=None, foreign_key="person.id", sa_type=BigId)
    answer: str = ""  #: why not
