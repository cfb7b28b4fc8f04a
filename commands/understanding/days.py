"""Which day is meant: 周五, 25号, 12月8日, 下下周五, 月底; seen from one moment in Asia/Shanghai."""

import calendar as months
import re
from datetime import date, datetime, time, timedelta

from commands.calendar import SHANGHAI, WEEKDAYS, Workdays
from commands.understanding import dates
from commands.understanding.invocation import Grain
from commands.understanding.numbers import read_integer

CLOSE_OF_WORK = time(18)
_HALF_HOURS = {
    "凌晨": 6, "清晨": 8, "清早": 8, "一早": 9, "早上": 9, "早晨": 9, "早": 9, "上班": 9,
    "一上班": 9, "上午": 12,
    "中午": 12, "正午": 12, "午间": 12, "午后": 18, "下午": 18, "下班": 18, "收工": 18, "天黑": 18,
    "天亮": 6, "傍晚": 18,
    "早上班": 9, "早上上班": 9, "晚上": 21, "晚间": 21, "晚": 21, "夜里": 21, "深夜": 23, "午夜": 23,
}  # fmt: skip
_AFTERNOON = {"下午", "午后", "傍晚", "晚上", "晚间", "晚", "夜里", "深夜"}
_LONG_AGO = 90  #: days: a day without a year that passed less than this ago was not meant for next year

#: What a match of the grammar says, by group name.
Given = dict[str, str]


class Days:
    """Reads the day out of what was said. ``calendar`` is needed for the last working day of a week."""

    def __init__(self, now: datetime, calendar: Workdays) -> None:
        self.now = now.astimezone(SHANGHAI)
        self.today = self.now.date()
        self.calendar = calendar

    def day(self, given: Given) -> tuple[date | None, date | None]:
        """The day meant, and the same words looking back."""
        if given.get("iso"):
            year, month, day = (int(n) for n in re.split("[-/.]", given["iso"]))
            exact = exact_date(year, month, day)
            return exact, exact
        if given.get("md"):
            month, day = (int(n) for n in re.split("[-/.]", given["md"]))
            return self._month_day(None, month, day)
        if given.get("mo"):
            return self._month_day(given.get("y"), read_integer(given["mo"]), read_integer(given["d"]))
        if given.get("mrel"):
            start = self._shifted_month(given["mrel"])
            exact = exact_date(start.year, start.month, read_integer(given["d2"]))
            return exact, exact
        if given.get("r2"):
            if given.get("rm"):
                return self._month_day(None, int(given["rm"]), int(given["r2"]))
            return self._next_numbered(int(given["r2"]), given)
        if given.get("d3"):
            return self._next_numbered(read_integer(given["d3"]) or 0, given)
        if given.get("word"):
            exact = self.today + timedelta(days=dates.day_offset(given["word"]))
            return exact, exact
        return self._weekday(given)

    def _month_day(
        self, year: str | None, month: int | None, day: int | None
    ) -> tuple[date | None, date | None]:
        if month is None or day is None:
            return None, None
        if year is not None:
            exact = exact_date(self._year(year), month, day)
            return exact, exact
        this, last, following = (exact_date(self.today.year + n, month, day) for n in (0, -1, 1))
        recent = this if this and this <= self.today else last
        if this and (self.today - this).days > _LONG_AGO:
            return following, recent
        return this, recent

    def _year(self, said: str) -> int:
        relative = {"今": 0, "明": 1, "后": 2, "去": -1}
        if said in relative:
            return self.today.year + relative[said]
        return read_integer(said) or 0

    def _next_numbered(self, day: int, given: Given) -> tuple[date | None, date | None]:
        """The next such day: this month's while it is still to come, else that of the next month with one."""
        first, recent = self.today.replace(day=1), None
        for back in range(3):
            recent = recent or exact_date(*plus_months(first, -back), day)
            if recent and recent > self.today:
                recent = None
        for ahead in range(3):
            candidate = exact_date(*plus_months(first, ahead), day)
            if candidate and self._still_to_come(candidate, given):
                return candidate, recent
        return None, recent

    def _still_to_come(self, day: date, given: Given) -> bool:
        said = clock(given)
        at = said[0] if said else CLOSE_OF_WORK
        return datetime.combine(day, at, SHANGHAI) >= self.now

    def _weekday(self, given: Given) -> tuple[date | None, date | None]:
        said, relative = given["wd"], (given.get("wrel") or "").replace("个", "")
        index = 6 if said[0] == "末" else weekday_index(said)
        monday = self.today - timedelta(days=self.today.weekday())
        weeks = {"本": 0, "这": 0, "当": 0, "下": 1, "次": 1, "下下": 2, "上": -1, "上上": -2}.get(relative)
        if weeks is not None:
            exact = monday + timedelta(days=7 * weeks + index)
            return exact, exact
        here = monday + timedelta(days=index)
        day = here if self._still_to_come(here, given) else here + timedelta(days=7)
        return day, here if here <= self.today else here - timedelta(days=7)

    def _shifted_month(self, said: str) -> date:
        said = said.replace("个", "")
        shift = {"下月": 1, "次月": 1, "下下月": 2, "上月": -1}.get(said, 0)
        return date(*plus_months(self.today.replace(day=1), shift), 1)

    def part(self, given: Given) -> date | None:
        """The last day of what was named; None for 初, which names no day."""
        part = given["part"]
        if part.startswith("初"):
            return None
        start, end = self._stretch(given)
        if "工作日" in part:
            return self.calendar.add(end + timedelta(days=1), -1)
        if part == "上旬":
            return start.replace(day=10)
        if part == "中":
            return self._middle(start, given)
        if part == "中旬":
            return start.replace(day=20)
        return end

    def _middle(self, start: date, given: Given) -> date | None:
        """The 15th; 月中 alone is the next one to come. 年中 and 周中 name no day."""
        if given.get("prel") == "月" and self.today.day > 15:
            start = date(*plus_months(start, 1), 1)
        return start.replace(day=15) if given.get("pm") or "月" in (given.get("prel") or "") else None

    def _stretch(self, given: Given) -> tuple[date, date]:
        relative = (given.get("prel") or "").replace("个", "").replace("星期", "周").replace("礼拜", "周")
        if relative.endswith("周"):
            monday = self.today - timedelta(days=self.today.weekday())
            monday += timedelta(days={"下周": 7, "下下周": 14, "上周": -7}.get(relative, 0))
            friday = self.calendar.add(monday + timedelta(days=7), -1)
            return monday, friday if friday >= self.today else monday + timedelta(days=6)
        if "季" in relative:
            number = (self.today.month + 2) // 3 + (relative == "下季度")
            return _months(self.today.year, 3 * number - 2, 3)
        if relative.endswith("年"):
            return _months(self.today.year + (relative == "明年"), 1, 12)
        quarter = given.get("quarter") or given.get("quarter2")
        if quarter:
            return self._coming(given, 3 * (read_integer(quarter) or 1) - 2, 3)
        if given.get("half_year"):
            return self._coming(given, 1 if given["half_year"] == "上" else 7, 6)
        if given.get("pm"):
            return self._coming(given, read_integer(given["pm"]) or 1, 1)
        month = self._shifted_month(relative)
        return _months(month.year, month.month, 1)

    def _coming(self, given: Given, month: int, count: int) -> tuple[date, date]:
        if given.get("y"):
            return _months(self._year(given["y"]), month, count)
        stretch = _months(self.today.year, month, count)
        return stretch if stretch[1] >= self.today else _months(self.today.year + 1, month, count)


def clock(given: Given) -> tuple[time, Grain, int] | None:
    """Time of day, how exact, and days to add (晚上12点 is the next day's midnight). None: impossible."""
    half, hour_said = given.get("half") or "", given.get("h")
    if hour_said is None:
        return (time(_HALF_HOURS[half]), "half", 0) if half else (CLOSE_OF_WORK, "day", 0)
    hour = read_integer(hour_said)
    minute = 30 if given.get("hf") else {"一": 15, "三": 45}.get(given.get("qk") or "", 0)
    if said := given.get("mi") or given.get("mi2"):
        minute = read_integer(said) or 0
    if hour is None or hour > 24 or minute > 59 or (hour == 24 and minute):
        return None
    if not half and not given.get("mi") and 1 <= hour <= 5:
        half = "下午"  # nobody works at 周五三点 in the night; 03:00 and 凌晨三点 say so
    if (half in _AFTERNOON and hour < 12) or (half in ("中午", "正午") and hour <= 2):
        hour += 12
    elif half in _AFTERNOON and half not in ("下午", "午后") and hour == 12:
        hour = 24
    return time(hour % 24, minute), "minute", hour // 24


def last_of_month(year: int, month: int) -> date:
    return date(year, month, months.monthrange(year, month)[1])


def exact_date(year: int, month: int | None, day: int | None) -> date | None:
    """None where no such day is."""
    try:
        return date(year, month or 0, day or 0)
    except (ValueError, OverflowError):
        return None


def plus_months(day: date, count: int) -> tuple[int, int]:
    """Year and month that many months later."""
    month = day.month - 1 + count
    return day.year + month // 12, month % 12 + 1


def weekday_index(said: str) -> int:
    return int(said) - 1 if said.isdigit() else WEEKDAYS.index(said.replace("天", "日"))


def _months(year: int, month: int, count: int) -> tuple[date, date]:
    """First and last day of ``count`` months; a month beyond December is the next year's."""
    year, month = year + (month - 1) // 12, (month - 1) % 12 + 1
    return date(year, month, 1), last_of_month(*plus_months(date(year, month, 1), count - 1))
