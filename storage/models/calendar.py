"""The installation's own working days (放假安排), and who is away."""

from datetime import date, datetime

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from storage.types import BigId, UtcDateTime


class CalendarDay(SQLModel, table=True):
    """A day that differs from what is published: entered from a 放假安排, it wins."""

    __tablename__ = "calendar_day"

    id: int = Field(default=None, primary_key=True, sa_type=BigId)
    day: date = Field(unique=True)  #: in Asia/Shanghai
    worked: bool  #: 补班, 上班; else 放假
    entered_by_id: int | None = Field(default=None, foreign_key="person.id", sa_type=BigId)
    entered_at: datetime = Field(sa_type=UtcDateTime)  #: business time


class WorkCalendar(SQLModel, table=True):
    """One row: changes with every change of ``CalendarDay``, so that processes know to read again."""

    __tablename__ = "work_calendar"

    id: int = Field(default=1, primary_key=True)
    version: int = 0  #: random, see ``commands.workdays.snapshot``


class Leave(SQLModel, table=True):
    """请假: a period in which ``deputy_id`` (代办, B角) gets the reminders and approvals of somebody.

    Without a deputy of its own the person's standing B角 stands in (``Person.deputy_id``).
    """

    __tablename__ = "leave"
    __table_args__ = (sa.Index("ix_leave_deputy_ends", "deputy_id", "ends_on"),)

    id: int = Field(default=None, primary_key=True, sa_type=BigId)
    person_id: int = Field(foreign_key="person.id", index=True, sa_type=BigId)
    deputy_id: int | None = Field(default=None, foreign_key="person.id", sa_type=BigId)
    starts_on: date
    ends_on: date  #: the last day away
    created_at: datetime = Field(sa_type=UtcDateTime)
    cancelled_at: datetime | None = Field(default=None, sa_type=UtcDateTime)  #: 销假, or replaced
