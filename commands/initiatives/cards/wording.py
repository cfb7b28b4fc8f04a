"""Words that several cards share."""

from datetime import datetime

from commands.calendar import SHANGHAI, say_date, say_due
from commands.initiatives.rules import say_every
from connectors.chat import MAX_KEY
from storage.models import Initiative, Obligation, Task, Unit


def key_of(unit: Unit) -> str:
    """The unit's name if it fits beside a row, else its shortest short name that does."""
    fitting = [name for name in sorted(unit.short_names, key=len, reverse=True) if len(name) <= MAX_KEY]
    return unit.name if len(unit.name) <= MAX_KEY or not fitting else fitting[0]


def limit_of(task: Task, one: Obligation, *, now: datetime) -> str:
    """每周五, or the day: what a unit reads beside its matter."""
    if task.recurrence:
        return say_every(task.recurrence)
    return say_due(one.due_at, one.due_grain, now=now) if one.due_at else "未定"


def acknowledge_until(initiative: Initiative, *, now: datetime) -> str:
    at = initiative.ack_due_at
    if at is None:
        return ""
    local = at.astimezone(SHANGHAI)
    return f"{say_date(local.date(), now=now)}{local:%H:%M} "
