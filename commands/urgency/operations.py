"""Which matters of an initiative are 特急: ``Initiative.rules["urgent"]``, a list of numbers."""

from collections.abc import Collection, Sequence
from typing import Any

from sqlmodel import col, select

from commands.access import Permission, tasks_for
from commands.errors import NotNow
from commands.tasks.rules import CLOCK_RUNS
from commands.undo.steps import Acting, undoable
from connectors.chat import Text
from storage import audit
from storage.models import Initiative, Obligation, Person, Task, TaskState, UndoStep
from storage.queries import tasks as queries

MARK = "urgency.mark"


def mark(act: Acting, numbers: Sequence[int], *, on: bool) -> UndoStep:
    """Mark these matters, all of them or none. Who does them is told.

    Raises:
        NotAllowed: the actor is not of the office there.
        NotFound: there is no such matter.
        NotNow: one is over, or it is so already.
    """
    tasks = list(tasks_for(act.session, act.rights, numbers, lock=True).values())
    for task in tasks:
        act.rights.require(Permission.ADJUST, initiative_id=task.initiative_id)
        if on and task.state is not TaskState.ACTIVE:
            raise NotNow(f"T{task.number} 没有在办，不用列为特急。")
    for initiative in _initiatives(act, {task.initiative_id for task in tasks}):
        own = {task.number for task in tasks if task.initiative_id == initiative.id}
        before = urgent_of(initiative)
        same = sorted(own & before if on else own - before)
        if same:
            raise NotNow(f"T{same[0]} {'已经是特急' if on else '不是特急'}，不用再改。")
        _write(act, initiative, before | own if on else before - own)
    _tell(act, tasks, on=on)
    what = "、".join(f"T{task.number}" for task in tasks) + (" 特急" if on else " 取消特急")
    return undoable(act, what, MARK, {"numbers": [task.number for task in tasks], "on": on})


def take_back(act: Acting, step: UndoStep) -> Text:
    """撤回: as before; who was told is told.

    Raises:
        NotAllowed, NotNow: as ``mark``; somebody changed it since.
    """
    numbers = [int(number) for number in step.inverse["numbers"]]
    tasks = list(tasks_for(act.session, act.rights, numbers, lock=True).values())
    on = bool(step.inverse["on"])
    for initiative in _initiatives(act, {task.initiative_id for task in tasks}):
        act.rights.require(Permission.ADJUST, initiative_id=initiative.id)
        own = {task.number for task in tasks if task.initiative_id == initiative.id}
        now = urgent_of(initiative)
        if (own - now) if on else (own & now):
            raise NotNow("这之后又改过，不能撤回。要改请直接说“T编号 特急”或“T编号 取消特急”。")
        _write(act, initiative, now - own if on else now | own)
    _tell(act, tasks, on=not on)
    return Text(f"已撤回：{step.what}。")


def urgent_of(initiative: Initiative) -> set[int]:
    said = initiative.rules.get("urgent", [])
    return {number for number in said if isinstance(number, int)} if isinstance(said, list) else set()


def _initiatives(act: Acting, ids: Collection[int]) -> list[Initiative]:
    """Locked and read again, by id."""
    query = select(Initiative).where(col(Initiative.id).in_(ids)).order_by(col(Initiative.id))
    locked = query.with_for_update(key_share=True).execution_options(populate_existing=True)
    return list(act.session.exec(locked))


def _write(act: Acting, initiative: Initiative, urgent: Collection[int]) -> None:
    before = dict(initiative.rules)
    after: dict[str, Any] = {**before, "urgent": sorted(urgent)}
    initiative.rules = after
    act.session.flush()
    audit.record(
        act.session,
        at=act.now,
        actor=act.name,
        action="initiative.urgent",
        object=f"initiative:{initiative.id}",
        body={"before": {"rules": before}, "after": {"rules": after}, "inverse": {"rules": before}},
    )


def _tell(act: Acting, tasks: Sequence[Task], *, on: bool) -> None:
    parts = queries.obligations_of(act.session, [task.id for task in tasks])
    for task in tasks:
        running = [one for one in parts[task.id] if one.state in CLOCK_RUNS and one.dispatched_at]
        said = "已列为特急，双休日、节假日也会提醒。" if on else "不再特急，按平常提醒。"
        told = [person for person in _doers(act, running) if person != act.actor.id]
        key = f"urgent:{task.id}:{on}:{act.now.isoformat()}"
        act.notices.to_people(told, Text(f"督查室：T{task.number} {task.title} {said}"), key=key)


def _doers(act: Acting, parts: Sequence[Obligation]) -> list[int]:
    """Each part's handler and its unit's door, each once."""
    doors = queries.liaisons(act.session, {one.unit_id for one in parts})
    found = [one.handler_id for one in parts if one.handler_id is not None]
    found += [person.id for one in parts for person in doors[one.unit_id]]
    left = select(Person.id).where(col(Person.id).in_(found), col(Person.left_at).is_not(None))
    gone = set(act.session.exec(left)) if found else set()
    return [person for person in dict.fromkeys(found) if person not in gone]
