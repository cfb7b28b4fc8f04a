"""Periods of four weeks from the Monday of the initiative's first week, and the days given to object."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from commands.calendar import SHANGHAI, Workdays

LENGTH = timedelta(weeks=4)
CLOSE_OF_WORK = time(18)
CHECK_WORKDAYS = 3  #: for a unit to check its figures, the day they come counted
OBJECT_WORKDAYS = 3  #: after publication
ANSWER_WORKDAYS = 2  #: for the office to answer an objection
REPLY_WORKDAYS = 2  #: 48 hours of working days in which a request is to be answered


@dataclass(frozen=True, slots=True)
class Period:
    """Both days belong to it; ``last`` is a Sunday."""

    number: int
    first: date
    last: date

    @property
    def begins(self) -> datetime:
        return datetime.combine(self.first, time.min, SHANGHAI)

    @property
    def ends(self) -> datetime:
        """The first moment after it."""
        return datetime.combine(self.last + timedelta(days=1), time.min, SHANGHAI)

    def says(self, calendar: Workdays) -> str:
        """``11月23日—12月18日``: up to its last working day."""
        last = self.last
        while last > self.first and not calendar.is_workday(last):
            last -= timedelta(days=1)
        return f"{_day(self.first)}—{_day(last)}"


def period(starts_on: date, number: int) -> Period:
    """The ``number``-th; the first one begins on ``starts_on`` itself, in the middle of a week too."""
    monday = starts_on - timedelta(days=starts_on.weekday()) + LENGTH * (number - 1)
    return Period(number, max(monday, starts_on), monday + LENGTH - timedelta(days=1))


def last_ended(starts_on: date, today: date) -> int:
    """The number of the last period that is over by ``today``; 0 before the first one is."""
    monday = starts_on - timedelta(days=starts_on.weekday())
    return max(0, (today - monday) // LENGTH)


def check_until(sent_on: date, calendar: Workdays) -> datetime:
    """The close of work of the third working day, the day itself counted."""
    last = calendar.add(sent_on, CHECK_WORKDAYS - 1)
    return datetime.combine(last, CLOSE_OF_WORK, SHANGHAI)


def object_until(published_on: date, calendar: Workdays) -> date:
    return calendar.add(published_on, OBJECT_WORKDAYS)


def answer_until(objected_on: date, calendar: Workdays) -> date:
    return calendar.add(objected_on, ANSWER_WORKDAYS)


def reply_by(asked_at: datetime, calendar: Workdays) -> datetime:
    """48 hours, days off left out: the same time two working days later. Nights count, so that nobody
    has to answer in one."""
    local = asked_at.astimezone(SHANGHAI)
    if not calendar.is_workday(local.date()):
        local = datetime.combine(calendar.next_workday(local.date()), time.min, SHANGHAI)
    return datetime.combine(calendar.add(local.date(), REPLY_WORKDAYS), local.time(), SHANGHAI)


def workdays_late(due: date, reported: date, calendar: Workdays) -> int:
    """Of a report that came after its limit: at least 1."""
    return max(1, calendar.between(due, reported))


def _day(day: date) -> str:
    return f"{day.month}月{day.day}日"
