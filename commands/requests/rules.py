"""Whose say a request needs, for how long, and who comes next. Pure; no session."""

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from commands.calendar import SHANGHAI, Workdays, say_date
from storage.models import ResourceKind, Role

#: One level up: from whoever decides to who decides instead.
LADDER = (Role.LIAISON, Role.VICE_HEAD, Role.HEAD, Role.OFFICE, Role.LEADER)
UNIT_ROLES = frozenset({Role.LIAISON, Role.VICE_HEAD, Role.HEAD})
OWN_UNIT_BEGINS = Role.VICE_HEAD  #: 分管负责人
OWNER_BEGINS = Role.LIAISON
HOURS = 8  #: working hours a step has, unless the initiative's rules say ``request_hours``

#: Working hours of a day; nobody's clock runs at noon.
_SPANS = ((time(9), time(12)), (time(13), time(18)))
_KINDS = (
    (ResourceKind.MONEY, ("经费", "资金", "费", "款")),
    (ResourceKind.VEHICLE, ("车",)),
    (ResourceKind.VENUE, ("会议室", "场地", "礼堂", "教室", "会场")),
    (ResourceKind.DATA, ("数据", "名单", "台账", "资料")),
    (ResourceKind.PEOPLE, ("人员", "人手", "队员", "志愿者", "人")),
)


def kind_of(resource: str) -> ResourceKind:
    return next((kind for kind, words in _KINDS if any(w in resource for w in words)), ResourceKind.EQUIPMENT)


def is_parallel(initiative_rules: Mapping[str, Any]) -> bool:
    """并联, where the initiative says ``request_route = "parallel"``."""
    return initiative_rules.get("request_route") == "parallel"


def hours(initiative_rules: Mapping[str, Any]) -> int:
    value = initiative_rules.get("request_hours", HOURS)
    return value if isinstance(value, int) and 0 < value <= 240 else HOURS


def after_hours(at: datetime, count: int, calendar: Workdays) -> datetime:
    """``count`` working hours later."""
    local, left = at.astimezone(SHANGHAI), timedelta(hours=count)
    day = calendar.next_workday(local.date(), include_today=True)
    while True:
        for begins, ends in _SPANS:
            start = max(datetime.combine(day, begins, SHANGHAI), local)
            end = datetime.combine(day, ends, SHANGHAI)
            if start >= end:
                continue
            if start + left <= end:
                return start + left
            left -= end - start
        day = calendar.next_workday(day)


def worked(start: datetime, end: datetime, calendar: Workdays) -> timedelta:
    """Working time between two moments."""
    first, last = start.astimezone(SHANGHAI), end.astimezone(SHANGHAI)
    total, day = timedelta(0), first.date()
    while day <= last.date():
        if calendar.is_workday(day):
            for begins, ends in _SPANS:
                since = max(datetime.combine(day, begins, SHANGHAI), first)
                until = min(datetime.combine(day, ends, SHANGHAI), last)
                total += max(timedelta(0), until - since)
        day += timedelta(days=1)
    return total


def say_worked(time: timedelta) -> str:
    """``2.5 小时``, ``40 分钟``: working time."""
    minutes = round(time.total_seconds() / 60)
    if minutes < 60:
        return f"{minutes} 分钟"
    said = Decimal(minutes) / 60
    return f"{said.quantize(Decimal('0.1')).normalize():f} 小时"


def figures(quantity: object) -> str:
    """The quantity in plain figures: ``2``, ``35000``, ``1.5``."""
    return f"{Decimal(str(quantity)).normalize():f}"


def say_period(starts_on: date | None, ends_on: date | None, *, now: datetime) -> str:
    if starts_on is None:
        return "未写"
    first = say_date(starts_on, now=now)
    if ends_on is None or ends_on == starts_on:
        return first
    return f"{starts_on.month}月{starts_on.day}日—{say_date(ends_on, now=now)}"
