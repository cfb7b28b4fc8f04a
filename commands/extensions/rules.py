"""Until when a time limit may be moved, and how often. Pure; no session."""

import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from commands.calendar import SHANGHAI, Workdays
from commands.tasks import rules
from storage.models import Obligation, ObligationState

MOST = 2  #: extensions of one obligation, unless the initiative's rules say ``extension_max``

#: States in which more time can be asked for.
ASKABLE = frozenset({ObligationState.ASSIGNED, ObligationState.IN_PROGRESS})

_LENGTH = re.compile(r"^P(?P<count>\d+(?:\.5)?)(?P<unit>[DWM])$")
_DAYS = {"D": 1, "W": 7, "M": 30}


def most(initiative_rules: Mapping[str, Any]) -> int:
    """How many extensions one obligation may be asked for; 0 forbids them."""
    value = initiative_rules.get("extension_max", MOST)
    return value if isinstance(value, int) and value >= 0 else MOST


def is_past(obligation: Obligation, now: datetime) -> bool:
    """Whether the limit has passed: then it is too late to ask."""
    return obligation.due_at is not None and now > obligation.due_at


def moved(due_at: datetime, slots: Mapping[str, object], calendar: Workdays) -> datetime | None:
    """``due_at`` later by the length said: working days, or days that end on a working day.

    None when no length that can be counted was said.
    """
    workdays = slots.get("delta_workdays")
    if isinstance(workdays, int) and 0 < workdays <= 250:
        return rules.moved_due(due_at, workdays, calendar)
    match = _LENGTH.match(str(slots.get("delta", "")))
    if match is None:
        return None
    days = round(float(match["count"]) * _DAYS[match["unit"]])
    if not 0 < days <= 366:
        return None
    local = due_at.astimezone(SHANGHAI)
    day = calendar.next_workday(local.date() + timedelta(days=days), include_today=True)
    return datetime.combine(day, local.timetz())
