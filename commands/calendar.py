"""Working days with 调休, and how a day is said on a card.

The published calendar comes from ``chinese_calendar``; a table of overrides (放假安排 typed or imported by
the office) wins over it. For a year nobody has published yet, Monday to Friday count as working days
except the holidays whose date is fixed by law (see ``_FIXED_HOLIDAYS``); whatever is counted over such a
year is provisional (暂定): ask ``is_published``.
"""

import functools
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from chinese_calendar.constants import holidays, workdays

SHANGHAI = ZoneInfo("Asia/Shanghai")
WEEKDAYS = "一二三四五六日"

_PUBLISHED: frozenset[int] = frozenset(day.year for day in holidays)
_FIXED_HOLIDAYS = frozenset({(1, 1), (5, 1), (5, 2), (10, 1), (10, 2), (10, 3)})
_COUNTED = 4096  #: pairs of days whose distance is remembered: every card asks it of a few
_LONGEST_WALK = 3660  #: days ``add`` walks at most; a table of overrides could close every day


class Workdays:
    """A calendar of working days. Immutable; one object may serve every thread."""

    def __init__(self, overrides: Mapping[date, bool] | None = None) -> None:
        """``overrides``: day → whether it is worked, for days that differ from what is published."""
        self._overrides = dict(overrides or {})
        self._counted = functools.lru_cache(_COUNTED)(self._count)

    def is_workday(self, day: date) -> bool:
        if day in self._overrides:
            return self._overrides[day]
        if day in workdays:
            return True
        if day in holidays:
            return False
        if day.year not in _PUBLISHED and (day.month, day.day) in _FIXED_HOLIDAYS:
            return False
        return day.weekday() < 5

    def is_published(self, year: int) -> bool:
        """Whether the 放假安排 of that year is known: published, or entered as overrides."""
        return year in _PUBLISHED or any(day.year == year for day in self._overrides)

    def is_provisional(self, start: date, end: date) -> bool:
        """Whether a count from ``start`` to ``end`` crosses a year that is not published."""
        return any(not self.is_published(year) for year in range(start.year, end.year + 1))

    def add(self, day: date, count: int) -> date:
        """The ``count``-th working day after ``day`` (before it, when negative). 0 → ``day`` itself.

        Raises ``OverflowError`` when it is more than ten years away.
        """
        step = timedelta(days=1 if count > 0 else -1)
        left, walked = abs(count), 0
        while left:
            day += step
            walked += 1
            if walked > _LONGEST_WALK:
                raise OverflowError("more than ten years away")
            left -= self.is_workday(day)
        return day

    def between(self, start: date, end: date) -> int:
        """Working days after ``start`` up to and including ``end``; negative when ``end`` is earlier."""
        return -self._counted(end, start) if end < start else self._counted(start, end)

    def _count(self, start: date, end: date) -> int:
        return sum(self.is_workday(start + timedelta(days=n)) for n in range(1, (end - start).days + 1))

    def next_workday(self, day: date, include_today: bool = False) -> date:
        """The first working day after ``day``, or ``day`` itself when asked for and it is one."""
        return day if include_today and self.is_workday(day) else self.add(day, 1)


def say_date(day: date, *, now: datetime) -> str:
    """``11月24日（周二）``; the year is said when it is not the year of ``now`` in Shanghai."""
    year = f"{day.year}年" if day.year != now.astimezone(SHANGHAI).year else ""
    return f"{year}{day.month}月{day.day}日（周{WEEKDAYS[day.weekday()]}）"


def say_due(at: datetime, grain: str, *, now: datetime, calendar: Workdays | None = None) -> str:
    """A due time: the day alone for grain ``day``, else with its clock time, ``12月10日（周四）12:00``.

    With ``calendar`` a weekend day that is worked says so, ``10月10日（周六，补班）``, lest it be taken for a
    slip.
    """
    local = at.astimezone(SHANGHAI)
    day = local.date()
    said = say_date(day, now=now)
    if calendar is not None and day.weekday() >= 5 and calendar.is_workday(day):
        said = said.replace("）", "，补班）")
    return said if grain == "day" else f"{said}{local:%H:%M}"
