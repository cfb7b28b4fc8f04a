"""What a said date means, seen from now: days, limits, lengths, ranges. All of it in Asia/Shanghai."""

import re
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from commands.calendar import SHANGHAI, WEEKDAYS, Workdays
from commands.understanding import dates, festivals, recurrence
from commands.understanding.days import (
    CLOSE_OF_WORK,
    Days,
    Given,
    clock,
    exact_date,
    last_of_month,
    plus_months,
)
from commands.understanding.invocation import Due
from commands.understanding.numbers import read_integer, read_number

_UNITS = {
    "工作日": "workday", "小时": "hour", "钟头": "hour", "分钟": "minute", "刻钟": "quarter hour",
    "天": "day", "日": "day", "周": "week", "星期": "week", "礼拜": "week", "月": "month",
    "季度": "quarter", "年": "year",
}  # fmt: skip
_BEFORE = re.compile(f" ?{dates.BEFORE}")
#: 限三天, 限时两小时: as with 内. 宽限 and 年限 set no limit from now.
_LIMITED = re.compile(r"(?<![宽年权界上下有无延时期])限[时期]?[:为在]? ?$")
_MINUTES = {"hour": 60, "quarter hour": 15, "minute": 1}


@dataclass(frozen=True, slots=True)
class Length:
    """A length of time: ``两个工作日``, ``半个月`` (15 days), ``48小时``."""

    count: int | float
    unit: str  #: workday, day, week, month, year, hour, minute

    def iso(self) -> str:
        """ISO 8601, ``P2D``; working days are written as days."""
        if self.unit == "quarter hour":
            return f"PT{15 * self.count:g}M"
        letter = {"workday": "D", "day": "D", "week": "W", "month": "M", "year": "Y"}.get(self.unit)
        return f"P{self.count:g}{letter}" if letter else f"PT{self.count:g}{self.unit[0].upper()}"


@dataclass(frozen=True, slots=True)
class When:
    """A span of text that says a time. ``day`` is None when what is said cannot be (2月30日) or
    contradicts itself (11月27日（周一）): then there is no ``due`` and the bot asks."""

    start: int
    end: int
    text: str
    day: date | None = None
    due: Due | None = None
    since: date | None = None  #: the beginning, when a range was said
    length: Length | None = None
    period: str | None = None  #: ``2026-10``, ``2026-Q3``, ``2026-W47``, ``2026``
    limit: bool = False  #: said as a limit: 前, 内, 截止
    after: bool = False  #: said as 后, 以后, 起
    recent: date | None = None  #: the same words looking back, for logs
    named: bool = False  #: names a day (not only a time of day)


class Clock:
    """Reads spans for one moment ``now`` and one calendar."""

    def __init__(self, now: datetime, calendar: Workdays) -> None:
        self.days = Days(now, calendar)
        self.now, self.today, self.calendar = self.days.now, self.days.today, calendar

    def find(self, text: str) -> list[When]:
        found: list[When] = []
        for match in dates.find(text):
            when = self.read(match)
            if when is None:
                continue
            if found and (joined := self._joined(found[-1], when, text)):
                found[-1] = joined
            else:
                found.append(self._of_that_evening(found, when))
        return found

    def _of_that_evening(self, found: list[When], at: When) -> When:
        """今晚加个班，9点半前修好: a bare time of day behind a later half of a day is that half's."""
        evening = next((when for when in reversed(found) if when.due and when.due.grain == "half"), None)
        if at.named or at.due is None or at.due.grain != "minute" or evening is None or evening.due is None:
            return at
        bare = at.text[:1].isdigit() or at.text[:1] in "一二两三四五六七八九十"
        if not bare or evening.due.at.hour < 18 or at.due.at.hour >= 12:
            return at
        moment = datetime.combine(evening.due.at.date(), at.due.at.time(), SHANGHAI) + timedelta(hours=12)
        return replace(at, day=moment.date(), due=replace(at.due, at=moment, past=moment < self.now))

    def read(self, match: re.Match[str]) -> When | None:
        """What one match of the grammar means; None when it means nothing by itself."""
        given = match.groupdict()
        said = match[0].rstrip(" 的")
        blank = When(match.start(), match.start() + len(said), said)
        if given.get("period"):
            return replace(blank, period=self._period(given["period"]))
        if given.get("unknown"):
            return replace(blank, named=True, limit=blank.text.endswith(("前", "内")))
        if given.get("unit"):
            return self._length(
                blank, given, limited=_LIMITED.search(match.string, 0, match.start()) is not None
            )
        if given.get("holiday"):
            named = festivals.coming if given.get("onday") else festivals.eve
            day = named(given["holiday"], self.today)
            return self._on(replace(blank, limit=not given.get("onday"), named=True), day, given)
        if given.get("part") is not None:
            day = self.days.part(given)
            return self._on(replace(blank, limit=day is not None, named=True), day, given)
        if given.get("every") is not None:
            return self._every(blank, given)
        if "mo" not in given:
            return self._time_of_today(blank, given)
        day, recent = self.days.day(given)
        if day and given.get("check") and WEEKDAYS[day.weekday()] != given["check"].replace("天", "日"):
            day = None
        since = None
        if given.get("r1") and day:
            first = int(given["r1"])
            since = day.replace(day=first) if first <= day.day else None
        return self._on(replace(blank, recent=recent, since=since, named=True), day, given)

    def _on(self, when: When, day: date | None, given: Given) -> When:
        """The moment on that day: at the time said, else at the close of work."""
        suffix = given.get("suf") or ""
        limit = when.limit or suffix.startswith(
            ("之前", "以前", "前", "截止", "为止", "止", "之内", "以内", "内", "里")
        )
        after = suffix.startswith(("之后", "以后", "后", "过后", "起"))
        said = clock(given) if day else None
        if day is None or said is None:
            return replace(when, day=None, limit=limit, after=after)
        at, grain, overnight = said
        moment = datetime.combine(day, at, SHANGHAI) + timedelta(days=overnight)
        due = Due(moment, grain, past=moment < self.now)
        return replace(when, day=day, due=due, limit=limit, after=after)

    def _length(self, when: When, given: Given, *, limited: bool) -> When | None:
        """三天 alone is a length; 三天内, 限三天, 三天后 are days from now; 三天前 looks back."""
        count = read_number(given["n"])
        unit = _UNITS[given["unit"]]
        if count is None or count > 5000:
            return None
        if given.get("hf2") or given.get("hf3"):
            count += 0.5
        direction = given.get("dir") or ("后" if given.get("through") else "内" if limited else "")
        length = Length(count, unit)
        bare = given["unit"] in ("月", "日", "年", "季度") and not when.text.startswith(given["n"] + "个")
        bare = bare and given.get("lasting") is None
        if not direction or "前" in direction:
            return None if bare and given["n"] != "半" else replace(when, length=length)
        if bare and given["unit"] != "日" and given["n"] != "半" and given["unit"] != "年":
            return None
        return self.after(replace(when, length=length), length, limit="内" in direction or "里" in direction)

    def after(self, when: When, length: Length, *, limit: bool) -> When:
        """The moment ``length`` from now: to the minute for hours, else that day's close of work."""
        if length.unit == "day" and length.count < 1:
            return replace(when, named=True)
        if length.unit in _MINUTES:
            minutes = round(length.count * _MINUTES[length.unit])
            moment = self.now + timedelta(minutes=minutes)
            return replace(when, day=moment.date(), due=Due(moment, "minute"), limit=limit, named=True)
        day = self.shift(self.today, length)
        if day is None:
            return when
        moment = datetime.combine(day, CLOSE_OF_WORK, SHANGHAI)
        provisional = length.unit == "workday" and self.calendar.is_provisional(self.today, day)
        due = Due(moment, "day", past=moment < self.now, provisional=provisional)
        return replace(when, day=day, due=due, limit=limit, named=True)

    def shift(self, day: date, length: Length) -> date | None:
        """That day moved on; half a month is 15 days. None beyond the calendar."""
        try:
            if length.unit == "workday":
                return self.calendar.add(day, int(length.count))
            months = length.count * {"month": 1, "quarter": 3, "year": 12}.get(length.unit, 0)
            if months and months == int(months):
                year, month = plus_months(day, int(months))
                return min(
                    last_of_month(year, month),
                    date(year, month, min(day.day, 28)) + timedelta(days=max(0, day.day - 28)),
                )
            days = {"day": 1, "week": 7, "month": 30, "year": 365}.get(length.unit, 0) * length.count
            return day + timedelta(days=round(days + 0.001))
        except (OverflowError, ValueError):
            return None

    def _time_of_today(self, when: When, given: Given) -> When:
        """A time without a day is today's; ``named`` stays false so that any day said wins over it."""
        return self._on(when, self.today, given)

    def _every(self, when: When, given: Given) -> When:
        """每周三下午3点: the rule, and the first moment to come. 每周 alone names no day: the bot asks."""
        rule, first = recurrence.read(given, self.today, self.calendar)
        when_in_day = (given.get("e_day") or "")[:1]
        said = clock(
            {**given, "half": given.get("half") or (when_in_day if when_in_day in ("早", "晚") else "")}
        )
        if rule is None or said is None:
            return replace(when, named=True, limit=True)
        at, grain, _ = said
        if first is not None and datetime.combine(first, at, SHANGHAI) < self.now:
            _, first = recurrence.read(given, self.today + timedelta(days=1), self.calendar)
        if grain == "minute":
            rule += f" {at:%H:%M}"
        if first is None:
            return replace(when, period=rule, named=True, limit=True)
        due = Due(datetime.combine(first, at, SHANGHAI), grain, rule)
        return replace(when, day=first, due=due, limit=True, named=True)

    def _joined(self, first: When, second: When, text: str) -> When | None:
        """Two spans that make one: 24号到27号, 11月24日9点至11点, 周三（11月25日）."""
        between = text[first.end : second.start].strip()
        if between in ("到", "至", "~", "-", "--") and first.day and (second.day or second.due):
            return self._range(first, second, text)
        if (
            between in ("", "(", ",")
            and (first.named and first.day and first.due and not first.due.recurrence)
            and (second.named and second.day and not second.text.startswith("每"))
        ):
            end = second.end + (text[second.end : second.end + 1] == ")" and between == "(")
            before = _BEFORE.match(text, end)
            limit, end = second.limit or before is not None, before.end() if before else end
            if first.day == second.day:
                return replace(second, start=first.start, end=end, text=text[first.start : end], limit=limit)
            if between == "(" or (between == "" and _is_weekday(first.text) != _is_weekday(second.text)):
                return When(first.start, end, text[first.start : end], named=True, limit=limit)
        if (
            between == ""
            and first.named
            and first.due
            and first.due.grain == "day"
            and second.due
            and not second.named
        ):
            return self._at_time_of(first, second, text)
        return None

    def _at_time_of(self, day: When, at: When, text: str) -> When | None:
        """A day and a time of day, said apart: 周五（11月27日）前 18点."""
        if day.day is None or at.due is None:
            return None
        moment = datetime.combine(day.day, at.due.at.time(), SHANGHAI)
        due = replace(at.due, at=moment, past=moment < self.now)
        return replace(day, end=at.end, text=text[day.start : at.end], due=due, limit=day.limit or at.limit)

    def _range(self, first: When, second: When, text: str) -> When | None:
        """From the first to the second; the second takes month, week or day from the first."""
        begin, end, due = first.day, second.day, second.due
        if begin is None or end is None or due is None:
            return None
        if not second.named:
            end = begin
        elif end < begin or _needs_month(second.text):
            end = _follows(begin, second.text, end)
        if end is None or end < begin:
            return When(first.start, second.end, text[first.start : second.end], named=True)
        moment = datetime.combine(end, due.at.time(), SHANGHAI)
        due = replace(due, at=moment, past=moment < self.now)
        recent = _follows(first.recent, second.text, first.recent) if first.recent else None
        return When(
            first.start, second.end, text[first.start : second.end], end, due, since=begin, recent=recent,
            limit=second.limit, after=second.after, named=first.named,
        )  # fmt: skip

    def _numbered(self, number: int, of: str) -> str:
        """The last one that has begun: 10月 said in November is this year's, said in March last year's."""
        this = self.today.month if of[0] == "月" else (self.today.month + 2) // 3
        year = self.today.year - (number > this)
        return f"{year}-{number:02}" if of[0] == "月" else f"{year}-Q{number}"

    def _period(self, said: str) -> str:
        if said.endswith("半年"):
            return f"{self.today.year}-H{1 if said[0] == '上' else 2}"
        numbered = _NUMBERED.fullmatch(said)
        if numbered:
            return self._numbered(read_integer(numbered["n"]) or 1, numbered["of"])
        said = said.replace("个", "").replace("这", "本").replace("当", "本").replace("度", "")
        shift = -2 if said.startswith("上上") else {"上": -1, "去": -1, "下": 1, "明": 1}.get(said[0], 0)
        if said.endswith("周"):
            year, week, _ = (self.today + timedelta(days=7 * shift)).isocalendar()
            return f"{year}-W{week:02}"
        if "季" in said:
            year, month = plus_months(self.today.replace(day=1), 3 * shift)
            return f"{year}-Q{(month + 2) // 3}"
        if said.endswith("月"):
            year, month = plus_months(self.today.replace(day=1), shift)
            return f"{year}-{month:02}"
        return str(self.today.year + shift)


def _is_weekday(said: str) -> bool:
    return re.search("周|星期|礼拜", said) is not None


#: A month or quarter said by its number: 10月, 第三季度.
_NUMBERED = re.compile(r"第?(?P<n>\d{1,2}|[一二三四五六七八九十]{1,2})(?P<of>月份?|季度)")


def _needs_month(said: str) -> bool:
    """Whether the end of a range names its day without a month or week: 27号, 周四."""
    return bool(re.match(r"\d{1,2}[日号]|[一二三十廿]{1,3}[日号]|周|星期|礼拜", said))


def _follows(begin: date, said: str, end: date) -> date | None:
    """The end of a range that began at ``begin``."""
    if said[0] in "周星礼":
        return begin + timedelta(days=(end.weekday() - begin.weekday()) % 7)
    if _needs_month(said):
        for ahead in range(2):
            candidate = exact_date(*plus_months(begin.replace(day=1), ahead), end.day)
            if candidate and candidate >= begin:
                return candidate
        return None
    return exact_date(end.year + 1, end.month, end.day) if end < begin else end
