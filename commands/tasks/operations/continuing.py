"""The next period of a recurring matter: same number, same units, the day after the last one was due."""

from collections.abc import Sequence
from datetime import date, datetime

from sqlmodel import Session

from commands.calendar import SHANGHAI, Workdays
from commands.tasks import periods, rules
from commands.tasks.operations.changing import row_name, values_of
from commands.tasks.rules import Step, day_of
from storage import audit
from storage.models import Obligation, ObligationState, Part, Task

_ACTOR = "job:tasks.periods"
S = ObligationState


def continue_task(
    session: Session, task: Task, obligations: Sequence[Obligation], calendar: Workdays, now: datetime
) -> list[Obligation]:
    """Open the period after the last one once that was due before today or is over; empty while it is
    not, while the clock stands still (暂停计时), or after 终止.

    ``task`` is locked. Units go on as they are: who signed once need not sign each week, what is
    wanted of a co-operating unit is wanted again, who was told 不需配合 is left out.
    """
    last = _last_period(obligations)
    lead = next((one for one in last if one.part is Part.LEAD), None)
    if lead is None or lead.due_at is None or lead.state in (S.SUSPENDED, S.CANCELLED, S.DRAFT):
        return []
    today, due = day_of(now), day_of(lead.due_at)
    if due >= today and lead.state not in rules.CLOSED:
        return []
    day = periods.next_due(task.recurrence, due, calendar, not_before=today)
    if day is None:
        return []
    made = [_next(one, lead, day, calendar, now) for one in last if one.state is not S.CANCELLED]
    session.add_all(made)
    task.provisional = calendar.is_provisional(today, day)
    task.version += 1
    session.flush()
    for one in made:
        _record(session, one, now)
    return made


def _last_period(obligations: Sequence[Obligation]) -> list[Obligation]:
    number = max((one.period for one in obligations), default=0)
    return [one for one in obligations if one.period == number]


def _next(one: Obligation, lead: Obligation, day: date, calendar: Workdays, now: datetime) -> Obligation:
    due_at = _due(one, lead, day, calendar)
    return Obligation(
        task_id=one.task_id,
        period=one.period + 1,
        position=one.position,
        part=one.part,
        unit_id=one.unit_id,
        handler_id=one.handler_id,
        content=one.content,
        state=_state(one),
        due_at=due_at,
        due_grain=one.due_grain,
        original_due_at=due_at,
        dispatched_at=now,
        acknowledged_at=one.acknowledged_at,
        acknowledged_by_id=one.acknowledged_by_id,
    )


def _state(one: Obligation) -> ObligationState:
    if one.state is S.UNSPECIFIED:
        return S.UNSPECIFIED
    return S.IN_PROGRESS if one.acknowledged_at is not None or one.state is not S.ASSIGNED else S.ASSIGNED


def _due(one: Obligation, lead: Obligation, day: date, calendar: Workdays) -> datetime | None:
    """The lead's new day; a co-operating unit as many working days before it as in the first count."""
    if one.due_at is None or lead.due_at is None:
        return None
    local = _own(one).astimezone(SHANGHAI)
    before = calendar.between(local.date(), day_of(_own(lead)))
    return datetime.combine(calendar.add(day, -before) if before else day, local.timetz())


def _own(one: Obligation) -> datetime:
    """The limit as it was first set: an extension was for that period."""
    assert one.due_at is not None  # noqa: S101 - asked for by the caller
    return one.original_due_at or one.due_at


def _record(session: Session, one: Obligation, now: datetime) -> None:
    body: dict[str, object] = {"after": values_of(one), "words": f"第 {one.period} 期"}
    audit.record(session, at=now, actor=_ACTOR, action=Step.DISPATCH, object=row_name(one), body=body)
