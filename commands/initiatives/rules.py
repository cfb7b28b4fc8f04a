"""Time limits of a division of work, and what of it belongs to whom: pure, no session."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from commands.calendar import SHANGHAI, WEEKDAYS, Workdays
from commands.understanding.moments import Clock
from commands.understanding.normalise import fold
from storage.models import Grain, Part

WEEKLY = "WEEKLY"  #: the recurrence of a matter that says 每周 and no day yet
_CODES = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
_ACKNOWLEDGE_BY = time(18, 0)

_SINCE_START = re.compile(r"^(?:自|从)?(?:专项)?启动(?:之日)?(?:之后|以后|后|起|日起)?")
_LENGTH = re.compile(r"^[\d一二两三四五六七八九十百]{1,6}个?(?:工作日|天|日|周|星期|月)$")
_EVERY_WEEK = re.compile(r"^每(?:个)?(?:周|星期|礼拜)(?:报?一次|1次)?$")


@dataclass(frozen=True, slots=True)
class Limit:
    """A time limit. ``at`` None: weekly, and which day has to be asked."""

    at: datetime | None
    grain: Grain = Grain.DAY
    recurrence: str = ""
    provisional: bool = False


def limit_of(said: str, *, starts_on: date, calendar: Workdays, weekly_day: int | None = None) -> Limit:
    """启动后15个工作日, 每周五, 12月14日前 → a limit. ``weekly_day`` (Monday is 0) answers a bare 每周.

    A recurring matter is due for the first time after the start day; a day that is not worked
    moves on to the next working day.

    Raises:
        ValueError: nothing that was understood; the text says why, to go behind the column's name.
    """
    text = fold(said).strip("。;")
    if not text:
        raise ValueError("没有填写")
    if _EVERY_WEEK.match(text):
        if weekly_day is None:
            return Limit(None, recurrence=WEEKLY)
        return weekly(weekly_day, starts_on=starts_on, calendar=calendar)
    text = _SINCE_START.sub("", text)
    if _LENGTH.match(text):
        text += "内"
    start = datetime.combine(starts_on, time.min, SHANGHAI)
    every = text.startswith("每")
    found = Clock(start + timedelta(days=1) if every else start, calendar).find(text)
    dues = [when.due for when in found if when.due is not None]
    if len(dues) != 1:
        hint = "要写明哪一天，例如“每月25日”" if every else "读不出日期"
        raise ValueError(f"写的是“{said}”，{hint}" if not dues else f"写的是“{said}”，有不止一个日期")
    due = dues[0]
    if due.recurrence:
        return _recurring(due.recurrence, due.at, Grain(due.grain), starts_on=starts_on, calendar=calendar)
    if due.at < start:
        raise ValueError(f"写的是“{said}”，早于启动日")
    return Limit(due.at, Grain(due.grain), provisional=due.provisional)


def weekly(day: int, *, starts_on: date, calendar: Workdays) -> Limit:
    """Every week on that day, the first time after the start."""
    first = starts_on + timedelta(days=(day - starts_on.weekday() - 1) % 7 + 1)
    at = datetime.combine(first, time(18), SHANGHAI)
    return _recurring(f"{WEEKLY}:{_CODES[day]}", at, Grain.DAY, starts_on=starts_on, calendar=calendar)


def _recurring(rule: str, at: datetime, grain: Grain, *, starts_on: date, calendar: Workdays) -> Limit:
    day = at.astimezone(SHANGHAI).date()
    worked = calendar.next_workday(day, include_today=True)
    at += timedelta(days=(worked - day).days)
    return Limit(at, grain, rule, calendar.is_provisional(starts_on, worked))


def weekday_of(recurrence: str) -> int | None:
    """The one weekday a weekly rule names, or None."""
    kind, _, rest = recurrence.partition(":")
    code = rest.partition(" ")[0]
    return _CODES.index(code) if kind == WEEKLY and code in _CODES else None


def say_every(recurrence: str) -> str:
    """``WEEKLY:FR`` → 每周五; empty for a matter done once."""
    kind, _, rest = recurrence.partition(":")
    rest, _, clock = rest.partition(" ")
    clock = clock if ":" in clock else ""
    match kind:
        case "WEEKLY":
            days = "、".join(WEEKDAYS[_CODES.index(code)] for code in rest.split(",") if code in _CODES)
            said = f"每周{days}"
        case "MONTHLY":
            said = "每月底" if rest == "-1" else f"每月{rest}日"
        case "QUARTERLY":
            month, _, day = rest.partition("-")
            said = "每季度末" if not month else f"每季度第{month}个月{day}日"
        case "YEARLY":
            month, _, day = rest.partition("-")
            said = f"每年{month}月{day}日"
        case "WORKDAY":
            said = "每个工作日"
        case "DAILY":
            said = "每天"
        case _:
            return ""
    return said + clock


def acknowledge_by(now: datetime, calendar: Workdays) -> datetime:
    """签收 by six in the evening of the next working day."""
    day = calendar.next_workday(now.astimezone(SHANGHAI).date())
    return datetime.combine(day, _ACKNOWLEDGE_BY, SHANGHAI)


@dataclass(frozen=True, slots=True)
class Share:
    """What of an initiative one unit has: the numbers of its tasks, as lead and as co-operating."""

    unit_id: int
    lead: tuple[int, ...]
    cooperate: tuple[int, ...]

    def says(self, within: int | None = None) -> str:
        """``牵头 T1 T2，配合 T4``; within so many characters ``配合 T1-T3 T5-T8``, else only how many."""
        parts = [(word, of) for word, of in (("牵头", self.lead), ("配合", self.cooperate)) if of]
        ways = (numbers, spans, lambda of: f"{len(of)} 项")
        said = ["，".join(f"{word} {way(of)}" for word, of in parts) for way in ways]
        return next((text for text in said if within is None or len(text) <= within), said[-1])


def numbers(of: Iterable[int], between: str = " ") -> str:
    """T1 T2 T3."""
    return between.join(f"T{number}" for number in of)


def numbers_within(of: Sequence[int], longest: int) -> str:
    """T1 T2 T3 等 7 项: whole numbers only, in at most ``longest`` characters where one fits at all."""
    whole = numbers(of)
    if len(whole) <= longest:
        return whole
    end = f" 等 {len(of)} 项"
    for count in range(len(of) - 1, 0, -1):
        if len(cut := numbers(of[:count]) + end) <= longest:
            return cut
    return f"{len(of)} 项"


def spans(of: Sequence[int]) -> str:
    """T1-T3 T5: three and more in a row are written as a span. ``of`` ascends."""
    runs: list[list[int]] = []
    for number in of:
        if runs and runs[-1][-1] == number - 1:
            runs[-1].append(number)
        else:
            runs.append([number])
    return " ".join(f"T{run[0]}-T{run[-1]}" if len(run) > 2 else numbers(run) for run in runs)


def shares(parts: Iterable[tuple[int, Part, int]], unit_ids: Sequence[int]) -> list[Share]:
    """(number, part, unit) of every obligation → a share per unit, in the order of ``unit_ids``;
    units without any are left out."""
    lead: Mapping[int, list[int]] = {unit_id: [] for unit_id in unit_ids}
    cooperate: Mapping[int, list[int]] = {unit_id: [] for unit_id in unit_ids}
    for number, part, unit_id in sorted(set(parts)):
        (lead if part is Part.LEAD else cooperate)[unit_id].append(number)
    return [
        Share(unit_id, tuple(lead[unit_id]), tuple(cooperate[unit_id]))
        for unit_id in unit_ids
        if lead[unit_id] or cooperate[unit_id]
    ]
