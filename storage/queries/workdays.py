"""Time limits that a change of the calendar may touch, and the days entered."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from sqlmodel import Session, col, select

from storage.models import (
    CalendarDay,
    Initiative,
    InitiativeState,
    Obligation,
    ObligationState,
    Part,
    Role,
    Task,
    TaskState,
)
from storage.queries import people

_OPEN = (
    ObligationState.DRAFT,
    ObligationState.ASSIGNED,
    ObligationState.IN_PROGRESS,
    ObligationState.RELEASING,
    ObligationState.SUSPENDED,
)


@dataclass(frozen=True, slots=True)
class Lead:
    """A lead's obligation that is not handed in."""

    task: Task
    obligation: Obligation
    starts_on: date


def leads(session: Session, *, lock: bool = False) -> list[Lead]:
    """Of matters that recur or are 暂定, drafts too, by number. ``lock``: their tasks' rows, read again."""
    tasks = select(Task).where(
        col(Task.state).in_([TaskState.DRAFT, TaskState.ACTIVE]),
        col(Task.provisional) | (col(Task.recurrence) != ""),
    )
    if lock:
        tasks = tasks.order_by(col(Task.id)).with_for_update(key_share=True)
        tasks = tasks.execution_options(populate_existing=True)
    found = {task.id: task for task in session.exec(tasks)}
    query = (
        select(Obligation, Initiative)
        .join(Task, col(Task.id) == col(Obligation.task_id))
        .join(Initiative, col(Initiative.id) == col(Task.initiative_id))
        .where(
            col(Obligation.task_id).in_(found),
            Obligation.part == Part.LEAD,
            col(Obligation.state).in_(_OPEN),
            col(Obligation.due_at).is_not(None),
            Initiative.state != InitiativeState.CLOSED,
        )
        .order_by(col(Task.number), col(Obligation.period))
    )
    if lock:
        query = query.execution_options(populate_existing=True)
    return [Lead(found[one.task_id], one, initiative.starts_on) for one, initiative in session.exec(query)]


def beside(session: Session, lead: Obligation) -> list[Obligation]:
    """The co-operating obligations of the same period that are not handed in."""
    query = select(Obligation).where(
        Obligation.task_id == lead.task_id,
        Obligation.period == lead.period,
        Obligation.part == Part.COOPERATE,
        col(Obligation.state).in_(_OPEN),
    )
    return list(session.exec(query.order_by(col(Obligation.position))))


def provisional(session: Session) -> list[tuple[int, datetime]]:
    """(number, due) of running matters whose limit is 暂定, soonest first."""
    query = (
        select(Task.number, Obligation.due_at)
        .join(Obligation, col(Obligation.task_id) == col(Task.id))
        .where(
            col(Task.provisional),
            Task.state == TaskState.ACTIVE,
            Obligation.part == Part.LEAD,
            col(Obligation.state).in_(_OPEN),
        )
        .order_by(col(Obligation.due_at), col(Task.number))
    )
    return [(number, due_at) for number, due_at in session.exec(query) if due_at is not None]


def entered(session: Session) -> dict[date, bool]:
    """Every day entered so far → whether it is worked."""
    return {row.day: row.worked for row in session.exec(select(CalendarDay))}


def enter(session: Session, days: Mapping[date, bool], *, by: int, now: datetime) -> list[CalendarDay]:
    """Write the days; a day entered before is changed. Returned by day."""
    known = {row.day: row for row in session.exec(select(CalendarDay).where(col(CalendarDay.day).in_(days)))}
    rows = []
    for day, worked in sorted(days.items()):
        row = known.get(day) or CalendarDay(day=day, worked=worked, entered_by_id=by, entered_at=now)
        row.worked, row.entered_by_id, row.entered_at = worked, by, now
        session.add(row)
        rows.append(row)
    session.flush()
    return rows


def holders(session: Session, roles: Iterable[Role]) -> list[int]:
    """Who holds one of the roles for the whole installation, each once."""
    return list(dict.fromkeys(person.id for _, person in people.holders(session, roles)))
