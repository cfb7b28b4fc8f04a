"""When a recurring matter is due again. Pure.

A rule is text: ``WEEKLY:FR[ hh:mm]``, ``MONTHLY:25``, ``MONTHLY:-1`` … (``understanding.invocation.Due``). A
day that is not worked moves on to the next working day; a period that would then be due no later than
the one before it is left out.
"""

from calendar import monthrange
from datetime import date, timedelta

from commands.calendar import Workdays

_CODES = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
_SEARCH = 800  #: days looked at: two years, for a yearly rule whose day is left out once
_OFTEN = frozenset({"WEEKLY", "WORKDAY", "DAILY"})


def is_weekly(rule: str) -> bool:
    """Whether it recurs at least once a week: reminded of on the day only."""
    return _kind(rule)[0] in _OFTEN


def next_due(rule: str, last: date, calendar: Workdays, *, not_before: date) -> date | None:
    """The due day of the period after the one due on ``last``, not before ``not_before``: periods that
    passed while nobody ran are left out. None: the rule names no day."""
    start = nominal(rule, last, calendar) or last
    for n in range(1, _SEARCH):
        day = start + timedelta(days=n)
        if not happens_on(rule, day, calendar):
            continue
        due = calendar.next_workday(day, include_today=True)
        if due > last and due >= not_before:
            return due
    return None


def nominal(rule: str, due: date, calendar: Workdays) -> date | None:
    """The rule's own day behind a due day: the last one it names up to then."""
    for n in range(_SEARCH):
        day = due - timedelta(days=n)
        if happens_on(rule, day, calendar):
            return day
    return None


def say_period(rule: str, due: date, today: date) -> str:
    """Which of several open periods is meant: ``本周``, ``本月``, else ``11月20日一期``."""
    kind, which = _kind(rule)
    once = "," not in which
    if kind == "WEEKLY" and once and due.isocalendar()[:2] == today.isocalendar()[:2]:
        return "本周"
    if kind == "MONTHLY" and once and (due.year, due.month) == (today.year, today.month):
        return "本月"
    return f"{due.month}月{due.day}日一期"


def happens_on(rule: str, day: date, calendar: Workdays) -> bool:
    """Whether the rule names ``day``; a 31st is the last day of a shorter month."""
    kind, which = _kind(rule)
    match kind:
        case "DAILY":
            return True
        case "WORKDAY":
            return calendar.is_workday(day)
        case "WEEKLY":
            return _CODES[day.weekday()] in which.split(",")
        case "MONTHLY":
            return _is_day_of_month(day, which)
        case "QUARTERLY":
            month, _, number = which.rpartition("-") if which != "-1" else ("3", "", "-1")
            return month.isdigit() and (day.month - 1) % 3 + 1 == int(month) and _is_day_of_month(day, number)
        case "YEARLY":
            month, _, number = which.partition("-")
            return month.isdigit() and day.month == int(month) and _is_day_of_month(day, number)
        case _:
            return False


def _kind(rule: str) -> tuple[str, str]:
    kind, _, which = rule.partition(" ")[0].partition(":")
    return kind, which


def _is_day_of_month(day: date, number: str) -> bool:
    last = monthrange(day.year, day.month)[1]
    if number == "-1":
        return day.day == last
    return number.isdigit() and day.day == min(int(number), last)
