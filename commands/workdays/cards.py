"""放假安排, to check; 还没有工作日历."""

from collections.abc import Sequence
from datetime import date, datetime
from itertools import groupby

from commands.calendar import say_date
from commands.tasks.rules import day_of
from commands.workdays.rules import Arrangement, Effect, runs
from connectors.chat import Button, Card, Text, card

_ONE_BY_ONE = 3  #: limits with a row of their own


def to_check(arrangement: Arrangement, effects: Sequence[Effect], *, now: datetime) -> Card:
    """【放假安排，请核对】."""
    made_up = "、".join(say_date(day, now=now) for day in arrangement.made_up())
    rows = [("放假", say_days(arrangement.off, now)), ("补班", made_up or "无")]
    counted = [one for one in effects if not one.limit.recurrence]
    if len(counted) <= _ONE_BY_ONE:
        rows += [(f"T{one.limit.number}", _becomes(one, now)) for one in counted]
    else:
        moved = sum(one.moves for one in counted)
        of_them = f"，其中 {moved} 项改日期" if moved else ""
        rows.append(("时限", f"{len(counted)} 项去掉“暂定”{of_them}"))
    rows += [("顺延", said) for said in put_off(effects, now=now)]
    return card(
        "放假安排，请核对",
        *rows,
        buttons=(Button("写入", "发出", "primary"), Button("修改", "修改")),
    )


def say_days(days: Sequence[date], now: datetime) -> str:
    """``1月1日（周五）—1月3日（周日）``."""
    said = []
    for first, last in runs(days):
        end = f"—{say_date(last, now=datetime.combine(last, now.timetz()))}" if last != first else ""
        said.append(f"{say_date(first, now=datetime.combine(first, now.timetz()))}{end}")
    return "、".join(said)


def _becomes(one: Effect, now: datetime) -> str:
    word = "改为" if one.moves else "仍为"
    end = "，去掉“暂定”" if one.settles else ""
    return f"{word} {_short(one.due_at, now)}{end}"


def _short(at: datetime, now: datetime) -> str:
    """Without the year: the arrangement has said it."""
    return say_date(day_of(at), now=at) if at.year - now.year <= 1 else say_date(day_of(at), now=now)


def put_off(effects: Sequence[Effect], *, now: datetime) -> list[str]:
    """``T6 T7 T8 本期到 1月4日（周一）``, a line a day."""
    recurring = sorted((one for one in effects if one.limit.recurrence), key=lambda one: one.due_at)
    found = []
    for day, group in groupby(recurring, key=lambda one: day_of(one.due_at)):
        numbers = " ".join(f"T{n}" for n in sorted(one.limit.number for one in group))
        found.append(f"{numbers} 本期到 {say_date(day, now=datetime.combine(day, now.timetz()))}")
    return found


def note_of(one: Effect, *, now: datetime) -> tuple[str, str]:
    """A line of the next morning card of who does it."""
    if one.limit.recurrence:
        return "顺延", f"T{one.limit.number} 本期到 {_short(one.due_at, now)}"
    return "时限", f"T{one.limit.number} {_becomes(one, now)}"


def written(count: int) -> Text:
    """To who entered it."""
    return Text(
        f"放假安排已写入，{count} 项受影响，时限都已写明。经办人在下一个工作日的汇总里看到。"
        "10 分钟内可以撤回。",
        buttons=(Button("撤回", "撤回"),),
    )


def updated(name: str, count: int) -> Text:
    """To the office."""
    return Text(f"{name}安排已更新，{count} 项受影响，时限都已写明。")


def taken_back(name: str, count: int, kept: int) -> Text:
    """``count``: matters as they were again; ``kept``: limits that somebody changed since."""
    rest = f"另有 {kept} 项这之后改过时限，没有动。" if kept else ""
    return Text(f"{name}安排已撤回，{count} 项的时限恢复原样。{rest}")


def no_calendar_yet(year: int, provisional: Sequence[tuple[int, datetime]], *, now: datetime) -> Card:
    """【还没有 2027 年工作日历】."""
    rows = []
    if provisional:
        (number, due_at), *more = provisional
        said = f"T{number} 暂定 {say_date(day_of(due_at), now=now)}"
        rows.append(("影响", f"{said} 等 {len(more) + 1} 项" if more else said))
    return card(
        f"还没有 {year} 年工作日历",
        *rows,
        remark="放假通知公布后，把安排发给我。在此之前跨年的时限都标“暂定”。",
        buttons=(Button("知道了", "已阅"),),
    )
