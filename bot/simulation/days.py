"""The days of the simulated winter, kept apart from the product's own calendar so that the checks do not
ask the program they check. 演示数据: made up for the play, not an official notice."""

from datetime import date, datetime, time, timedelta

from commands.calendar import SHANGHAI

FIRST_MONDAY = date(2026, 11, 23)
#: What the administrator types, each with the days it takes off and the weekend days it makes working days.
NOTICES = (
    "2027年1月1日到3日放假，1月4日上班",
    "2027年2月5日到11日放假，2月13日上班",
)
_OFF = frozenset(
    [date(2027, 1, 1) + timedelta(days=n) for n in range(3)]
    + [date(2027, 2, 5) + timedelta(days=n) for n in range(7)]
)
_WORKED = frozenset({date(2027, 2, 13)})


def is_workday(day: date) -> bool:
    return day in _WORKED or (day.weekday() < 5 and day not in _OFF)


def add(day: date, workdays: int) -> date:
    """So many working days after ``day`` (before it, if negative); 0 is ``day`` itself."""
    step = timedelta(days=1 if workdays > 0 else -1)
    left = abs(workdays)
    while left:
        day += step
        left -= is_workday(day)
    return day


def between(start: date, end: date) -> int:
    """Working days after ``start`` up to ``end``; negative when ``end`` is before it."""
    if end < start:
        return -between(end, start)
    return sum(is_workday(start + timedelta(days=n)) for n in range(1, (end - start).days + 1))


def at(day: date, hour: int, minute: int = 0) -> datetime:
    return datetime.combine(day, time(hour, minute), SHANGHAI)
