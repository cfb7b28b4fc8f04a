"""交办: the office sets a new matter going; it is shown first and leaves with ［发出］."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlmodel import select

from commands.access import Permission
from commands.calendar import say_due
from commands.errors import BadInput
from commands.tasks.cards import assigning as cards
from commands.tasks.operations.acting import Acting, tell
from commands.tasks.operations.changing import Change
from commands.tasks.operations.drafting import ASSIGN, open_draft
from commands.tasks.rules import Step
from connectors.chat import Card, Text
from storage import numbers
from storage.models import (
    Conversation,
    Draft,
    Grain,
    Initiative,
    InitiativeMember,
    Obligation,
    ObligationState,
    Part,
    Person,
    Task,
    TaskState,
    UndoStep,
)
from storage.queries import tasks as queries


@dataclass(frozen=True, slots=True)
class NewMatter:
    """``units``: the lead first, then those that co-operate."""

    initiative_id: int
    units: tuple[int, ...]
    title: str
    due_at: datetime
    grain: Grain
    handler_id: int | None = None
    recurrence: str = ""
    provisional: bool = False
    group_id: int | None = None  #: where it was said


def draft_matter(act: Acting, new: NewMatter) -> tuple[Draft, Card]:
    """Check, take its number, show.

    Raises:
        NotAllowed: the actor is not the office of that initiative.
        BadInput: a day that is past, a unit that is no member, a handler of another unit.
    """
    act.rights.require(Permission.DISPATCH, initiative_id=new.initiative_id)
    initiative = act.session.get_one(Initiative, new.initiative_id)
    _check(act, new, initiative)
    number = numbers.take(act.session, "T")
    payload: dict[str, object] = {
        "number": number,
        "initiative": new.initiative_id,
        "units": list(new.units),
        "title": new.title,
        "due": new.due_at,
        "grain": new.grain,
        "handler": new.handler_id,
        "recurrence": new.recurrence,
        "provisional": new.provisional,
        "group": new.group_id,
    }
    shown = cards.to_check(
        number=number,
        lead=act.unit(new.units[0]),
        handler=act.person(new.handler_id),
        cooperate=[act.unit(n) for n in new.units[1:]],
        title=new.title,
        due=say_due(new.due_at, "minute", now=act.now, calendar=act.calendar),
        provisional=new.provisional,
        initiative=initiative.title if len(queries.running_initiatives(act.session)) > 1 else "",
    )
    return open_draft(act, ASSIGN, number, payload), shown


def _check(act: Acting, new: NewMatter, initiative: Initiative) -> None:
    if new.due_at <= act.now:
        raise BadInput(f"时限 {say_due(new.due_at, 'minute', now=act.now)} 已经过了，请换一个时间。")
    query = select(InitiativeMember.unit_id).where(InitiativeMember.initiative_id == initiative.id)
    members = set(act.session.exec(query))
    strangers = [act.unit(n) for n in new.units if n not in members]
    if strangers:
        raise BadInput(f"{'、'.join(strangers)}不是“{initiative.title}”的成员单位，请先调整成员单位。")
    if new.handler_id is not None:
        handler = act.session.get_one(Person, new.handler_id)
        if handler.unit_id != new.units[0]:
            raise BadInput(f"{handler.name}不是{act.unit(new.units[0])}的人，请再说一遍由谁办。")


def assign(act: Acting, draft: Draft) -> tuple[Task, list[str], UndoStep]:
    """发出 of a draft: rows, the lead's liaison, the groups. Who was told, in words.

    Raises:
        NotAllowed: the actor is no longer the office.
        BadInput: its time limit has passed meanwhile.
    """
    new, number = _of(draft)
    act.rights.require(Permission.DISPATCH, initiative_id=new.initiative_id)
    _check(act, new, act.session.get_one(Initiative, new.initiative_id))
    change = Change(act, Step.DISPATCH, new.title)
    task, lead = _rows(act, change, new, number)
    told = _ask_lead(act, task, lead, new)
    groups = _groups(act, new)
    cooperate = [act.unit(n) for n in new.units[1:]]
    day = say_due(new.due_at, new.grain.value, now=act.now, calendar=act.calendar)
    news = cards.announced(
        number=number, lead=act.unit(new.units[0]), cooperate=cooperate, title=new.title, day=day
    )
    for group in groups:
        act.notices.to_group(group, Text(news), key=f"assigned:{task.id}")
    taken_back = f"T{number} 的交办已由督查室撤回，不用再办。"
    undo = change.undoable(
        f"交办 T{number}", told=[(told, taken_back)], groups=[(g, taken_back) for g in groups]
    )
    return task, [act.person(n) for n in told], undo


def _rows(act: Acting, change: Change, new: NewMatter, number: int) -> tuple[Task, Obligation]:
    """The task and the lead's obligation."""
    task = Task(
        number=number,
        initiative_id=new.initiative_id,
        title=new.title,
        state=TaskState.ACTIVE,
        recurrence=new.recurrence,
        provisional=new.provisional,
        created_by_id=act.actor.id,
        created_at=act.now,
        dispatched_at=act.now,
    )
    act.session.add(task)
    act.session.flush()
    change.add(task, task)
    obligations = [_obligation(act, task, new, position) for position in range(1, len(new.units) + 1)]
    for one in obligations:
        change.add(task, one)
    change.conclude()
    return task, obligations[0]


def _of(draft: Draft) -> tuple[NewMatter, int]:
    said: dict[str, Any] = draft.payload
    new = NewMatter(
        initiative_id=said["initiative"],
        units=tuple(said["units"]),
        title=said["title"],
        due_at=datetime.fromisoformat(said["due"]),
        grain=Grain(said["grain"]),
        handler_id=said["handler"],
        recurrence=said["recurrence"],
        provisional=said["provisional"],
        group_id=said["group"],
    )
    return new, said["number"]


def _obligation(act: Acting, task: Task, new: NewMatter, position: int) -> Obligation:
    lead = position == 1
    return Obligation(
        task_id=task.id,
        position=position,
        part=Part.LEAD if lead else Part.COOPERATE,
        unit_id=new.units[position - 1],
        handler_id=new.handler_id if lead else None,
        state=ObligationState.ASSIGNED if lead else ObligationState.UNSPECIFIED,
        due_at=new.due_at if lead else None,
        original_due_at=new.due_at if lead else None,
        due_grain=new.grain,
        dispatched_at=act.now,
    )


def _ask_lead(act: Acting, task: Task, lead: Obligation, new: NewMatter) -> list[int]:
    shown = cards.please_lead(
        number=task.number,
        lead=act.unit(lead.unit_id),
        title=task.title,
        due=say_due(new.due_at, "minute", now=act.now, calendar=act.calendar),
        cooperate=[act.unit(n) for n in new.units[1:]],
        no=lead.decision_no,
    )
    people = [*act.doors(lead.unit_id), *([new.handler_id] if new.handler_id else [])]
    return tell(act, people, shown, key=f"sign:{lead.id}:{lead.decision_no}", subject=f"obligation:{lead.id}")


def _groups(act: Acting, new: NewMatter) -> Sequence[Conversation]:
    """Where the units sit, and where it was said."""
    groups = {g.id: g for g in queries.groups_of(act.session, new.initiative_id, new.units)}
    if new.group_id is not None and new.group_id not in groups:
        groups[new.group_id] = act.session.get_one(Conversation, new.group_id)
    return [groups[n] for n in sorted(groups)]
