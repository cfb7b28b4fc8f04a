"""Planned times of jobs, each claimed once by one replica."""

from datetime import datetime
from enum import StrEnum

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from storage.types import BigId, UtcDateTime, enum_type


class JobState(StrEnum):
    RUNNING = "running"
    DONE = "done"
    SKIPPED = "skipped"  #: the catch-up policy let it go
    ASIDE = "aside"  #: five attempts failed; alarm


class JobRun(SQLModel, table=True):
    __tablename__ = "job_run"
    __table_args__ = (sa.UniqueConstraint("job", "planned"),)

    id: int = Field(default=None, primary_key=True, sa_type=BigId)
    job: str
    planned: datetime = Field(sa_type=UtcDateTime)  #: business time
    state: JobState = Field(default=JobState.RUNNING, sa_type=enum_type(JobState))
    cursor: str = ""
    attempts: int = 0  #: of the chunk at ``cursor``; counted before it begins
    lease_until: datetime | None = Field(default=None, sa_type=UtcDateTime)  #: system time: others wait
    failed: int = 0  #: people who were skipped because their row failed
    late: bool = False  #: caught up after a stop
    started_at: datetime = Field(sa_type=UtcDateTime)  #: system time
    finished_at: datetime | None = Field(default=None, sa_type=UtcDateTime)  #: system time
    error: str | None = Field(default=None, sa_type=sa.Text)
