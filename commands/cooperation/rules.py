"""By when a 商请 is answered, how much later a late giver makes the waiter, how often is urged. Pure."""

import re
from collections.abc import Iterable, Mapping
from datetime import datetime, time, timedelta

from commands.calendar import SHANGHAI, Workdays
from commands.policy import Policy
from commands.tasks.rules import day_of, moved_due
from storage.models import Answer, CooperationRequest, CooperationState, ObligationState

ANSWER_WORKDAYS = 2  #: 48 hours of the working calendar

SAID: Mapping[Answer, str] = {Answer.YES: "可以", Answer.CONDITIONAL: "有条件", Answer.NO: "暂不能"}

#: States of an obligation in which it can be waiting for somebody.
BLOCKABLE = frozenset({ObligationState.ASSIGNED, ObligationState.IN_PROGRESS, ObligationState.SUSPENDED})
#: States in which something may be given.
GIVABLE = frozenset(
    {CooperationState.ASKED, CooperationState.ANSWERED, CooperationState.REFUSED, CooperationState.DELIVERED}
)

_PERSONAL = re.compile("名单|住户|居民|户主|身份证|电话|手机|联系方式|住址|花名册")


def answer_by(asked_at: datetime, calendar: Workdays) -> datetime:
    """Two working days after it was asked, at the same time of day."""
    return moved_due(asked_at, ANSWER_WORKDAYS, calendar)


def is_personal(what: str) -> bool:
    """Whether it likely holds personal data: then the card says that it stays in the direct chat."""
    return _PERSONAL.search(what) is not None


def workdays_late(row: CooperationRequest, at: datetime, calendar: Workdays) -> int:
    """By how many working days something given at ``at`` is late; at least 1 when late at all."""
    if row.due_at is None or at <= row.due_at:
        return 0
    return max(1, calendar.between(day_of(row.due_at), day_of(at)))


def shift(late: int, others: Iterable[CooperationRequest]) -> int:
    """By how much the waiter's limit moves. Units wait in parallel: what another one moved counts once."""
    return max(0, late - max((other.shifted for other in others), default=0))


def half_day(at: datetime) -> str:
    """``2026-12-09 am``."""
    local = at.astimezone(SHANGHAI)
    return f"{local.date().isoformat()} {'am' if local.hour < 12 else 'pm'}"


def say_half_day(at: datetime) -> tuple[str, str]:
    """This half-day and when the next one is: 上午 → 下午, 下午 → 下一个工作日."""
    return ("上午", "下午再催") if at.astimezone(SHANGHAI).hour < 12 else ("下午", "下一个工作日再催")


def speaks_at(now: datetime, calendar: Workdays, policy: Policy) -> datetime:
    """When an urge goes out: at once, or with the next morning's card in quiet hours and on days off."""
    local = now.astimezone(SHANGHAI)
    if calendar.is_workday(local.date()) and not policy.is_quiet(local):
        return now
    same_morning = calendar.is_workday(local.date()) and local.time() < policy.digest_at
    day = local.date() if same_morning else calendar.add(local.date(), 1)
    return datetime.combine(day, policy.digest_at, SHANGHAI)


def noon_or_close(now: datetime, calendar: Workdays) -> tuple[tuple[str, str], ...]:
    """Buttons for 哪天要: label and the sentence it says, none of them past."""
    local = now.astimezone(SHANGHAI)
    worked = calendar.is_workday(local.date())
    today = (("今天下班", "今天下班"),) if worked and local.time() < time(17) else ()
    tomorrow = (("明天中午", "明天中午"),) if calendar.is_workday(local.date() + timedelta(days=1)) else ()
    return (*today, *tomorrow, ("周五下班", "周五下班"))
