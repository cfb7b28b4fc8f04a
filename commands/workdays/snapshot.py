"""The calendar everything counts with: what is published, and the installation's own days on top."""

import secrets

import sqlalchemy as sa
from sqlmodel import Session, col, select

from commands.calendar import Workdays
from storage.dialects import core, insert_into, table
from storage.models import CalendarDay, WorkCalendar
from storage.prepared import Prepared

_KEPT = 4  #: calendars a process keeps; a service has one, tests have many
_VERSIONS = 2**31 - 1  #: what fits the column
_PUBLISHED = Workdays()
_CALENDAR = table("work_calendar")

_built: dict[int, Workdays] = {}

_VERSION = Prepared(sa.select(_CALENDAR.c.version).where(_CALENDAR.c.id == 1))


def calendar(session: Session) -> Workdays:
    """As of this transaction. One small read when nothing has changed."""
    [version] = _VERSION.first(core(session), {}) or [0]
    if not version:
        return _PUBLISHED
    if version not in _built:
        days = {day.day: day.worked for day in session.exec(select(CalendarDay))}
        if len(_built) >= _KEPT:
            _built.clear()
        _built[version] = Workdays(days)
    return _built[version]


def bump(session: Session) -> None:
    """Days were entered or taken back: every process reads them anew.

    The new version is random: a counter could reach the same number again after a rollback, and a
    process would go on with days that were never committed.
    """
    version = 1 + secrets.randbelow(_VERSIONS)
    fresh = insert_into(session, _CALENDAR).values(id=1, version=version)
    session.execute(fresh.on_conflict_do_update(index_elements=["id"], set_={"version": version}))


def lock(session: Session) -> None:
    """One change of the calendar at a time."""
    session.execute(insert_into(session, _CALENDAR).values(id=1, version=0).on_conflict_do_nothing())
    query = select(WorkCalendar).where(col(WorkCalendar.id) == 1)
    session.exec(query.with_for_update(key_share=True).execution_options(populate_existing=True)).one()
