"""撤回 of a 放假安排: the days and the limits counted over them are as they were before."""

from datetime import date, datetime
from typing import Any

from sqlmodel import col, select

from commands.access import Permission
from commands.undo.steps import Acting
from commands.workdays import cards, snapshot
from commands.workdays.operations.entering import TAKE_BACK, record, tell_office
from connectors.chat import Text
from storage.models import CalendarDay, Obligation, Task, UndoStep
from storage.queries import digest_notes


def take_back(act: Acting, step: UndoStep) -> Text:
    """What was changed by somebody else since stays: a day entered anew, a limit that was extended.

    Raises:
        NotAllowed: the actor is no administrator any more.
    """
    act.rights.require(Permission.MANAGE)
    snapshot.lock(act.session)
    said = step.inverse
    for day, (before, after) in sorted(said["days"].items()):
        _day(act, date.fromisoformat(day), before, after)
    snapshot.bump(act.session)
    limits = {int(n): [_moment(at) for at in moments] for n, moments in said["limits"].items()}
    obligations = select(Obligation.task_id).where(col(Obligation.id).in_(limits))
    tasks = _tasks(act, {*said["settled"], *act.session.exec(obligations)})
    touched, kept = _settled(act, tasks, said["settled"]), 0
    rows = select(Obligation).where(col(Obligation.id).in_(limits)).order_by(col(Obligation.id))
    for one in act.session.exec(rows.execution_options(populate_existing=True)):
        due, original, after = limits[one.id]
        if one.due_at != after:
            kept += 1
            continue
        _move(act, one, due, original)
        touched.add(one.task_id)
    for task_id in touched:
        tasks[task_id].version += 1
    act.session.flush()
    digest_notes.forget(act.session, f"workdays:%:{said['notes']}:p%")
    shown = cards.taken_back(str(said["name"]), len(touched), kept)
    tell_office(act, shown, key=f"workdays_back:{step.id}")
    return shown


def _moment(said: str | None) -> datetime | None:
    return datetime.fromisoformat(said) if said else None


def _tasks(act: Acting, ids: set[int]) -> dict[int, Task]:
    query = select(Task).where(col(Task.id).in_(ids)).order_by(col(Task.id))
    locked = query.with_for_update(key_share=True).execution_options(populate_existing=True)
    return {task.id: task for task in act.session.exec(locked)}


def _day(act: Acting, day: date, before: bool | None, after: bool | None) -> None:
    row = act.session.exec(select(CalendarDay).where(CalendarDay.day == day)).first()
    if row is None or row.worked is not after or row.entered_by_id != act.actor.id:
        return
    name, was = f"calendar_day:{row.id}", {"day": row.day, "worked": row.worked}
    if before is None:
        act.session.delete(row)
        record(act, name, was, None, action=TAKE_BACK)
    else:
        row.worked = before
        record(act, name, was, {"worked": before}, action=TAKE_BACK)
    act.session.flush()


def _settled(act: Acting, tasks: dict[int, Task], settled: list[int]) -> set[int]:
    """What was 暂定 is so again; whose."""
    found = set()
    for task_id in settled:
        task = tasks.get(task_id)
        if task is not None and not task.provisional:
            record(act, f"task:{task.id}", {"provisional": False}, {"provisional": True}, action=TAKE_BACK)
            task.provisional = True
            found.add(task.id)
    return found


def _move(act: Acting, one: Obligation, due: datetime | None, original: datetime | None) -> None:
    before: dict[str, Any] = {"due_at": one.due_at, "original_due_at": one.original_due_at}
    one.due_at, one.original_due_at = due, original
    one.decision_no += 1
    after = {"due_at": due, "original_due_at": original, "decision_no": one.decision_no}
    record(act, f"obligation:{one.id}", before, after, action=TAKE_BACK)
