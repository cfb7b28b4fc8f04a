"""What a 放假安排 changes: days, and the time limits counted over them. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from commands.calendar import SHANGHAI, Workdays
from commands.tasks import periods
from commands.understanding import festivals

_MOST = 60  #: days in one sentence: the longest holiday and its worked Saturdays are a fifth of that
_AHEAD = 2  #: years ahead that anybody publishes
_NAMES = {
    "元旦": "元旦",
    "春节": "春节",
    "清明": "清明",
    "五一": "劳动节",
    "端午": "端午",
    "中秋": "中秋",
    "国庆": "国庆",
}


@dataclass(frozen=True, slots=True)
class Arrangement:
    """Days off and days that are worked, as said; both in order, each once.

    Raises:
        ValueError: nothing usable; the text says why, for the person.
    """

    off: tuple[date, ...]
    on: tuple[date, ...] = ()

    def check(self, today: date) -> None:
        """Raises ``ValueError`` where it contradicts itself or is out of reach."""
        days = [*self.off, *self.on]
        if not days:
            raise ValueError("没有读出放假的日期")
        if both := sorted(set(self.off) & set(self.on)):
            raise ValueError(f"{both[0].month}月{both[0].day}日既放假又上班")
        if len(days) > _MOST:
            raise ValueError(f"一次最多写 {_MOST} 天，请分几句说")
        if max(days) < today:
            raise ValueError("这些日期都已经过去")
        if max(days).year > today.year + _AHEAD:
            raise ValueError(f"只能写到 {today.year + _AHEAD} 年")

    def days(self) -> dict[date, bool]:
        """Day → whether it is worked."""
        return {**dict.fromkeys(self.off, False), **dict.fromkeys(self.on, True)}

    def made_up(self) -> list[date]:
        """补班: days worked that would be off by their weekday."""
        return [day for day in self.on if day.weekday() >= 5]

    def name(self) -> str:
        """元旦; 放假 where no festival is in it."""
        for said, name in _NAMES.items():
            if any(festivals.day_of(said, year) in self.off for year in {day.year for day in self.off}):
                return name
        return "放假"


def arrangement(off: Iterable[str], on: Iterable[str]) -> Arrangement:
    """From the ISO days of a sentence. 上班 on a working day only says when the holiday ends."""

    def days(said: Iterable[str]) -> tuple[date, ...]:
        return tuple(sorted({date.fromisoformat(one) for one in said}))

    return Arrangement(days(off), days(on))


def runs(days: Sequence[date]) -> list[tuple[date, date]]:
    """First and last of each stretch of days in a row."""
    found: list[tuple[date, date]] = []
    for day in days:
        if found and day - found[-1][1] == timedelta(days=1):
            found[-1] = (found[-1][0], day)
        else:
            found.append((day, day))
    return found


@dataclass(frozen=True, slots=True)
class Limit:
    """The time limit of a lead's obligation. ``counted_from``: the day its working days count from."""

    number: int
    due_at: datetime
    recurrence: str
    provisional: bool
    counted_from: date
    extended: bool = False  #: 延期 or 调整 gave it a day of its own


@dataclass(frozen=True, slots=True)
class Effect:
    """What becomes of a limit. ``put_off``: its rule's own day is off now."""

    limit: Limit
    due_at: datetime
    provisional: bool
    put_off: bool = False

    @property
    def moves(self) -> bool:
        return self.due_at != self.limit.due_at

    @property
    def settles(self) -> bool:
        """暂定 goes."""
        return self.limit.provisional and not self.provisional


def effect(
    limit: Limit, days: Mapping[date, bool], old: Workdays, new: Workdays, today: date
) -> Effect | None:
    """None: nothing about this limit changes, nor is its day among ``days``.

    A recurring matter goes by its rule's own day; a limit counted in working days is counted anew
    over the new calendar; a limit that names its day keeps it.
    """
    local = limit.due_at.astimezone(SHANGHAI)
    day, put_off = local.date(), False
    if day < today:
        return None
    if limit.recurrence and not limit.extended:
        own = periods.nominal(limit.recurrence, day, new)
        if own is not None:
            day = new.next_workday(own, include_today=True)
            put_off = own in days and not days[own]
    elif limit.provisional and not limit.extended:
        count = old.between(limit.counted_from, day)
        day = new.add(limit.counted_from, count)
    provisional = limit.provisional and new.is_provisional(today, day)
    due_at = datetime.combine(day, local.timetz())
    found = Effect(limit, due_at, provisional, put_off)
    return found if found.moves or found.settles or put_off else None
