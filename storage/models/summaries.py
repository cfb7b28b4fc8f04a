"""What a leader said, word for word."""

from datetime import datetime

from sqlmodel import Field, SQLModel

from storage.types import BigId, Json, UtcDateTime


class LeaderWords(SQLModel, table=True):
    """Kept as said; the office checks them before they reach a unit. Settled: forwarded to ``sent_to``,
    or to nobody."""

    __tablename__ = "leader_words"

    id: int = Field(default=None, primary_key=True, sa_type=BigId)
    person_id: int = Field(foreign_key="person.id", index=True, sa_type=BigId)
    words: str
    unit_ids: list[int] = Field(default_factory=list, sa_type=Json)  #: units that the words name
    at: datetime = Field(sa_type=UtcDateTime)  #: business time
    withdrawn_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    sent_to: list[int] = Field(default_factory=list, sa_type=Json)  #: units
    settled_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    settled_by_id: int | None = Field(default=None, foreign_key="person.id", sa_type=BigId)
