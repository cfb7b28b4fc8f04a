"""每周三、每月25号、每季度末月25号: the rule as text (see ``invocation.Due``) and its first day to come."""

import re
from collections.abc import Callable
from datetime import date, timedelta

from commands.calendar import Workdays
from commands.understanding.days import Given, exact_date, last_of_month, weekday_index
from commands.understanding.numbers import read_integer

CODES = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
_PLAIN = {
    "周": "WEEKLY",
    "星期": "WEEKLY",
    "月": "MONTHLY",
    "季": "QUARTERLY",
    "季度": "QUARTERLY",
    "年": "YEARLY",
}
_SEARCH = 400  #: days ahead that are looked at
_MONTH_OF_QUARTER = {"首月": 1, "第一个月": 1, "中间月": 2, "第二个月": 2}


def read(given: Given, start: date, calendar: Workdays) -> tuple[str | None, date | None]:
    """The rule, and the first day from ``start`` on that it names; no rule when its days do not exist."""
    if given.get("e_workday"):
        return "WORKDAY", calendar.next_workday(start, include_today=True)
    if given.get("e_day"):
        return "DAILY", start
    if given.get("e_wd"):
        days = sorted({weekday_index(said) for said in re.findall("[一二三四五六日天1-7]", given["e_wd"])})
        return f"WEEKLY:{','.join(CODES[n] for n in days)}", _first(start, lambda day: day.weekday() in days)
    if given.get("e_mend"):
        return "MONTHLY:-1", _first(start, lambda day: day == last_of_month(day.year, day.month))
    if given.get("e_qend"):
        return "QUARTERLY:-1", _first(
            start, lambda day: day.month % 3 == 0 and day == last_of_month(day.year, day.month)
        )
    return _numbered(given, start)


def _numbered(given: Given, start: date) -> tuple[str | None, date | None]:
    """每两周, 每隔一月 and 每月15日和30日 are no rule we keep (see ``invocation.Due``): the bot asks."""
    if given.get("e_odd") or given.get("e_many"):
        return None, None
    if given.get("e_md"):
        number = read_integer(given["e_md"])
        first = _first(start, lambda day: day.day == number)
        return (f"MONTHLY:{number}", first) if first else (None, None)
    if given.get("e_qm"):
        number, month = read_integer(given["e_qd"]), _MONTH_OF_QUARTER.get(given["e_qm"], 3)
        first = _first(start, lambda day: day.day == number and (day.month - 1) % 3 + 1 == month)
        return (f"QUARTERLY:{month}-{number}", first) if first else (None, None)
    if given.get("e_ym"):
        named = _yearly(read_integer(given["e_ym"]), given["e_yd"] or "")
        if named is None:
            return None, None
        first = _first(start, lambda day: (day.month, day.day) == (named.month, named.day))
        return f"YEARLY:{named.month}-{named.day}", first
    return _PLAIN[given["e_plain"]], None


def _yearly(month: int | None, day: str) -> date | None:
    if day in ("底", "末"):
        return last_of_month(2025, month) if month and month <= 12 else None
    return exact_date(2024, month, read_integer(day.rstrip("日号")))


def _first(start: date, named: Callable[[date], bool]) -> date | None:
    return next((day for n in range(_SEARCH) if named(day := start + timedelta(days=n))), None)
