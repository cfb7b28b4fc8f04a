"""撤回: the rows are as they were, whoever was told is told again, and nobody's later act is undone."""

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import SQLModel

from commands.access import tasks_for
from commands.errors import NotNow
from commands.tasks.operations.acting import Acting, tell
from commands.tasks.operations.changing import Change
from commands.tasks.operations.permitting import require_still
from connectors.chat import Text
from storage.models import (
    Attachment,
    Concern,
    ConcernState,
    Conversation,
    CooperationRequest,
    CooperationState,
    ExtensionRequest,
    ExtensionState,
    HandOver,
    HandOverState,
    Obligation,
    ObligationState,
    Progress,
    Task,
    TaskState,
    UndoStep,
)
from storage.types import UtcDateTime

_ROWS: dict[str, type[SQLModel]] = {
    "task": Task,
    "obligation": Obligation,
    "progress": Progress,
    "attachment": Attachment,
    "hand_over": HandOver,
    "extension_request": ExtensionRequest,
    "cooperation_request": CooperationRequest,
    "concern": Concern,
}


def take_back(act: Acting, undo: UndoStep) -> list[int]:
    """Undo ``undo``; who was told.

    Raises:
        NotAllowed: the actor may no longer take the step, so they may not take it back either.
        NotNow: somebody acted on one of the tasks since.
    """
    tasks = tasks_for(act.session, act.rights, undo.inverse["tasks"], lock=True)
    _require_still(act, undo)
    for number, task in tasks.items():
        known = undo.guard.get(f"T{number}")
        if known is not None and known != task.version:
            raise NotNow(f"T{number} 在这之后又有人办理过，不能撤回。要改请联系对方或督查室。")
    _require_unanswered(act, undo)
    change = Change(act, "undo", undo.what)
    by_id = {task.id: task for task in tasks.values()}
    for name, was in undo.inverse["rows"].items():
        row = _row(act, name)
        change.watch(_task_of(act, row, by_id), row)
        _restore(row, was)
    for name in undo.inverse["created"]:
        row = _row(act, name)
        change.watch(_task_of(act, row, by_id), row)
        _remove(row, act.now)
    change.conclude()
    told: list[int] = []
    for n, (people, text) in enumerate(undo.inverse["told"]):
        told += tell(act, people, Text(text), key=f"undone:{undo.id}:{n}")
    for conversation_id, text in undo.inverse["groups"]:
        group = act.session.get_one(Conversation, conversation_id)
        act.notices.to_group(group, Text(text), key=f"undone:{undo.id}")
    return told


def _require_unanswered(act: Acting, undo: UndoStep) -> None:
    """Raises ``NotNow``: what was raised has its answer, or was said anew."""
    made = [_row(act, name) for name in undo.inverse["created"]]
    if any(isinstance(row, Concern) and row.state is not ConcernState.OPEN for row in made):
        raise NotNow(f"“{undo.what}”已经有答复，或者重新提过了，不能撤回。")


def _require_still(act: Acting, undo: UndoStep) -> None:
    was, created = undo.inverse["rows"], undo.inverse["created"]
    rows = {name: _row(act, name) for name in [*was, *created]}
    require_still(act, str(undo.inverse.get("action", "")), undo.what, rows, was)


def _row(act: Acting, name: str) -> Any:
    kind, _, number = name.partition(":")
    return act.session.get_one(_ROWS[kind], int(number), populate_existing=True)


def _task_of(act: Acting, row: Any, tasks: dict[int, Task]) -> Task:
    """The task whose lock guards ``row``."""
    if isinstance(row, Task):
        return row
    if isinstance(row, Obligation):
        return tasks[row.task_id]
    if row.obligation_id is None:
        return next(iter(tasks.values()))
    return tasks[act.session.get_one(Obligation, row.obligation_id).task_id]


def _restore(row: Any, was: dict[str, Any]) -> None:
    """The columns as they were; ``decision_no`` only ever rises, so that no old card fits again."""
    columns = sa.inspect(type(row)).columns
    for key, value in was.items():
        if key == "decision_no":
            row.decision_no += 1
        else:
            setattr(row, key, _typed(columns[key].type, value))


def _typed(kind: Any, value: Any) -> Any:
    if value is None:
        return None
    if isinstance(kind, UtcDateTime):
        return datetime.fromisoformat(value)
    if isinstance(kind, sa.Enum) and kind.enum_class is not None:
        return kind.enum_class(value)
    return value


def _remove(row: Any, now: datetime) -> None:
    """Nothing is deleted: what was made stops counting."""
    match row:
        case Progress():
            row.withdrawn_at = now
        case HandOver():
            row.state, row.decided_at = HandOverState.WITHDRAWN, now
        case ExtensionRequest():
            row.state, row.decided_at = ExtensionState.WITHDRAWN, now
            row.decision_no += 1
        case CooperationRequest():
            row.state, row.closed_at = CooperationState.WITHDRAWN, now
            row.decision_no += 1
        case Concern():
            row.state, row.decided_at = ConcernState.WITHDRAWN, now
        case Obligation():
            row.state = ObligationState.CANCELLED
            row.decision_no += 1
        case Task():
            row.state = TaskState.CANCELLED
