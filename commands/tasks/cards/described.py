"""An obligation in words, and the phrases several cards share."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from connectors import chat

_WEEKDAYS = {"MO": "一", "TU": "二", "WE": "三", "TH": "四", "FR": "五", "SA": "六", "SU": "日"}
_COUNTS = "零一两三四五六七八九十"
_RANKS = (
    "秘书长",
    "局长",
    "主任",
    "科长",
    "处长",
    "部长",
    "书记",
    "院长",
    "校长",
    "经理",
    "总监",
    "队长",
    "站长",
)
NORMAL, OVERDUE = "正常", "逾期"
_UNNAMED = "文件"  #: what the connectors call a file without a name
_ONE_CHARACTER = frozenset({"局长", "处长", "科长", "部长", "院长"})  #: 罗局长 is called 罗局


@dataclass(frozen=True, slots=True)
class Described:
    """``due`` is what a list shows (``每周五``, ``12月9日（周三）``, empty when none is set); ``limit`` the
    day of its period, with its clock time where one was said. ``periods``: how many are open of what is
    shown as one (``merged``)."""

    name: str  #: T1
    title: str
    is_lead: bool
    unit: str
    lead_unit: str
    handler: str
    lead_handler: str
    content: str
    due: str
    limit: str
    state: str
    light: str
    late: int = 0  #: working days the report came late
    periods: int = 1
    period: str = ""  #: ``11月20日（周五）``, where several periods are open and this is one of them
    reported: str = ""  #: when it was first reported, where that is shown


def say_recurrence(rule: str) -> str:
    """``WEEKLY:FR 18:00`` → ``每周五``."""
    kind, _, which = rule.partition(" ")[0].partition(":")
    match kind:
        case "WEEKLY" if which:
            return "每周" + "、".join(_WEEKDAYS.get(day, day) for day in which.split(","))
        case "MONTHLY" if which:
            return "每月底" if which == "-1" else f"每月{which}日"
        case "QUARTERLY":
            return "每季度"
        case "YEARLY" if "-" in which:
            month, _, day = which.partition("-")
            return f"每年{month}月{day}日"
        case _:
            return {"DAILY": "每天", "WORKDAY": "每个工作日", "WEEKLY": "每周", "MONTHLY": "每月"}.get(
                kind, rule
            )


def called(name: str, title: str) -> str:
    """How a head is spoken of: 罗建, 分管副局长 → 罗局."""
    rank = next((rank for rank in _RANKS if rank in title or rank in title.replace("副", "")), None)
    if rank is None:
        return name
    return name[:1] + (rank[0] if rank in _ONE_CHARACTER else rank)


def in_stead(name: str, away: str) -> str:
    """How who stands in for a colleague is spoken of, with whom they stand in for."""
    return f"{name} 代 {away}"


def count(n: int) -> str:
    """两 of 两家; figures from eleven on."""
    return _COUNTS[n] if n < len(_COUNTS) else str(n)


def named(parts: Sequence[Described]) -> str:
    """``T1、T2、T3``."""
    return "、".join(dict.fromkeys(part.name for part in parts))


def with_due(text: str, due: str, limit: int = chat.MAX_VALUE) -> str:
    """``分类标准，12月14日（周一）``: the text is shortened, never the day."""
    if not due:
        return chat.shorten(text, limit)
    return f"{chat.shorten(text, max(2, limit - 1 - len(due)))}，{due}"


def which_period(part: Described) -> list[tuple[str, str]]:
    """A row where several periods are open: which one this is about."""
    return [("哪一期", f"{part.period}一期")] if part.period else []


def for_handler(part: Described) -> tuple[str, str]:
    """A row of a person's list: what it is, and when."""
    if part.is_lead:
        return part.name, with_due(part.title, part.due)
    return part.name, with_due(f"配合{part.lead_unit}", part.due or "待明确")


def for_unit(part: Described) -> tuple[str, str]:
    """A row of the unit's echo: which part, and when."""
    return part.name, with_due("牵头" if part.is_lead else "配合", part.due or "待明确")


def by_matter(parts: Sequence[Described]) -> list[tuple[str, str]]:
    """One row a matter, its open periods counted: ``每周五，3 期``."""
    return [(one.name, one.due if one.periods > 1 else one.limit or "时限未定") for one in merged(parts)]


def merged(parts: Sequence[Described]) -> list[Described]:
    """The open periods of a unit's part in a recurring matter as one, where the first of them stood: its
    day is ``每周五，3 期``, its limit the first period's, its light how many of them are late."""
    found: dict[tuple[str, bool, str], list[Described]] = {}
    for part in parts:
        found.setdefault((part.name, part.is_lead, part.unit), []).append(part)
    return [of[0] if len(of) == 1 else _as_one(of) for of in found.values()]


def _as_one(periods: Sequence[Described]) -> Described:
    first = periods[0]
    states = {part.state for part in periods}
    return replace(
        first,
        handler="、".join(dict.fromkeys(part.handler for part in periods if part.handler)),
        due=f"{first.due}，{len(periods)} 期",
        state=first.state if len(states) == 1 else "",
        light=_light(periods),
        periods=len(periods),
    )


def _light(periods: Sequence[Described]) -> str:
    """逾期 where all are, ``2 期逾期`` where some are; else the first that is not 正常."""
    late = sum(part.light == OVERDUE for part in periods)
    if 0 < late < len(periods):
        return f"{late} 期{OVERDUE}"
    return next((part.light for part in periods if part.light != NORMAL), NORMAL)


def few(rows: Sequence[tuple[str, str]], most: int) -> list[tuple[str, str]]:
    """At most ``most`` rows; those left out are counted in the last one."""
    if len(rows) <= most:
        return list(rows)
    return [*rows[: most - 1], ("其余", f"另有 {len(rows) - most + 1} 项")]


def lead_first(parts: Sequence[Described]) -> list[Described]:
    return sorted(parts, key=lambda part: not part.is_lead)


def who(unit: str, person: str) -> str:
    """``环保局 高宁``."""
    return f"{unit} {person}".strip()


def said_files(names: Sequence[str]) -> str:
    """``执法意见.docx``; ``1 个文件`` for one whose platform tells its name only with its content."""
    named = [name for name in names if name != _UNNAMED]
    unnamed = len(names) - len(named)
    return "、".join([*named, f"{unnamed} 个文件"] if unnamed else named)
