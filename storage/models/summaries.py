"""What a leader said, word for word."""

from datetime import datetime

from sqlmodel import Field, SQLModel

from storage.types import BigId, UtcDateTime


class LeaderWords(SQLModel, table=True):
    """Kept as said; the office checks them before they reach a unit."""

    __tablename__ = "leader_words"

    id: int = Field(default=None, primary_key=True, sa_type=BigId)
    person_id: int = Field(foreign_key="person.id", index=True, sa_type=BigId)
    words: str
    at: datetime = Field(sa_type=UtcDateTime)  #: business time
    withdrawn_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
