"""下发: one deliberate act that makes drafts into work and tells everybody at once; and its 撤回."""

from dataclasses import dataclass

from commands.access import Permission
from commands.errors import BadInput, NotNow
from commands.initiatives import rules
from commands.initiatives.cards import sending as cards
from commands.initiatives.operations.choosing import Acting
from commands.initiatives.operations.preparing import Recipients, recipients, require_draft, units_in
from commands.initiatives.overview import Overview, overview
from commands.tasks.rules import Step, next_state
from commands.undo.steps import undoable
from storage import audit
from storage.models import (
    Conversation,
    Initiative,
    InitiativeState,
    ObligationState,
    TaskState,
    UndoStep,
)
from storage.queries import initiatives as queries

UNDO = "initiatives.take_back"
MAX_BASIS = 60


@dataclass(frozen=True, slots=True)
class Dispatched:
    seen: Overview
    sent: int  #: messages, the answer to the actor not counted
    undo: UndoStep


def require_ready(act: Acting, seen: Overview, told: Recipients) -> None:
    """Raises:
    NotNow: something has to be settled first; the answer says what.
    BadInput: a time limit has passed meanwhile.
    """
    if not seen.tasks:
        raise NotNow(f"“{seen.initiative.title}”还没有事项，请先传任务分工表。")
    if seen.without_day:
        which = rules.numbers((task.number for task in seen.without_day), "、")
        raise NotNow(f"{which} 还没定周几，请先说，例如“都按周五”。")
    if told.missing:
        raise NotNow(f"{'、'.join(told.missing)}还没有可以接收的人，请先在通讯录里补上联络员，再下发。")
    past = [task.number for task, one in seen.leads() if one.due_at is not None and one.due_at <= act.now]
    if past:
        raise BadInput(f"{rules.numbers(past, '、')} 的时限已经过了，请改好任务分工表重新传。")


def dispatch(act: Acting, initiative: Initiative, *, basis: str) -> Dispatched:
    """Every draft of the initiative becomes work; groups, liaisons and heads each hear their part.

    Raises:
        NotAllowed: the actor is not of the office.
        NotNow: it was sent out already, or something has to be settled first.
        BadInput: the basis is too long, or a time limit has passed.
    """
    act.rights.require(Permission.DISPATCH, initiative_id=initiative.id)
    initiative = require_draft(act, initiative)
    if len(basis) > MAX_BASIS:
        raise BadInput(f"依据请写在 {MAX_BASIS} 字以内，例如“市政办发〔2026〕31号”。")
    seen = overview(act.session, initiative, states=(TaskState.DRAFT,), lock=True)
    told = recipients(act, seen)
    require_ready(act, seen, told)
    initiative.basis = basis
    initiative.state = InitiativeState.ACTIVE
    initiative.dispatched_at = act.now
    initiative.ack_due_at = rules.acknowledge_by(act.now, act.calendar)
    initiative.version += 1
    for task in seen.tasks:
        task.state, task.dispatched_at = TaskState.ACTIVE, act.now
        task.basis = task.basis or basis
        task.version += 1
    for _, one in seen.parts:
        one.state = next_state(one.part, Step.DISPATCH, one.state) or one.state
        one.dispatched_at = act.now
    act.session.flush()
    _record(act, seen, Step.DISPATCH)
    sent = _tell(act, seen, told)
    return Dispatched(seen, sent, _undo_step(act, seen, told))


def _record(act: Acting, seen: Overview, action: str) -> None:
    """One entry a row; what it holds now can be compared with the row."""
    whole = seen.initiative
    rows: dict[str, dict[str, object]] = {
        f"initiative:{whole.id}": {
            "state": whole.state,
            "basis": whole.basis,
            "dispatched_at": whole.dispatched_at,
            "ack_due_at": whole.ack_due_at,
        }
    }
    tasks = {f"task:{task.id}": task for task in seen.tasks}
    parts = {f"obligation:{one.id}": one for _, one in seen.parts}
    rows |= {
        name: {"state": row.state, "dispatched_at": row.dispatched_at}
        for name, row in (tasks | parts).items()
    }
    for row, after in rows.items():
        audit.record(
            act.session, at=act.now, actor=act.name, action=action, object=row, body={"after": after}
        )


def _tell(act: Acting, seen: Overview, told: Recipients) -> int:
    """One message each; how many."""
    of = {share.unit_id: share for share in seen.shares}
    key = f"dispatch:{seen.initiative.id}:{seen.initiative.version}"
    subject = f"initiative:{seen.initiative.id}"
    for group, place in told.groups:
        mine = [(unit, of[unit.id]) for unit in units_in(group, seen) if unit.id in of]
        names = [person.name for unit, _ in mine for person in told.liaisons[unit.id]]
        bot_name = act.notices.bot_name(place.binding)
        shown = cards.dispatched_to_group(seen, mine, receivers=names, bot_name=bot_name, now=act.now)
        act.notices.to_group(place, shown, key=key, subject=subject)
    for unit in seen.units:
        if unit.id not in of:
            continue
        receivers = told.liaisons[unit.id]
        to_sign = cards.to_sign(seen, unit, now=act.now)
        act.notices.to_people(
            [p.id for p in receivers], to_sign, key=f"{key}:sign:{unit.id}", subject=subject
        )
        names = [person.name for person in receivers]
        news = cards.for_information(seen, unit, of[unit.id], liaisons=names)
        heads = [person.id for person in told.heads[unit.id]]
        act.notices.to_people(heads, news, key=f"{key}:head:{unit.id}", subject=subject)
    return sum(told.counts)


def _undo_step(act: Acting, seen: Overview, told: Recipients) -> UndoStep:
    people = {p.id for by_unit in (told.liaisons, told.heads) for of in by_unit.values() for p in of}
    inverse = {
        "initiative_id": seen.initiative.id,
        "people": sorted(people),
        "groups": sorted(place.id for _, place in told.groups),
    }
    guard = {f"T{task.number}": task.version for task in seen.tasks}
    return undoable(act, f"下发“{seen.initiative.title}”", UNDO, inverse, guard=guard)


def take_back(act: Acting, step: UndoStep) -> tuple[Initiative, int]:
    """撤回 of a 下发: everything is a draft again, and whoever was told is told so; how many were.

    Raises:
        NotNow: a unit has acted on it meanwhile.
    """
    initiative_id = int(step.inverse["initiative_id"])
    act.rights.require(Permission.DISPATCH, initiative_id=initiative_id)
    initiative = queries.locked(act.session, initiative_id)
    if initiative is None or initiative.state is not InitiativeState.ACTIVE:
        raise NotNow("这次下发已经撤回过了。")
    seen = overview(act.session, initiative, states=(TaskState.ACTIVE,), lock=True)
    _require_untouched(act, seen, step)
    initiative.state = InitiativeState.DRAFT
    initiative.dispatched_at = initiative.ack_due_at = None
    initiative.version += 1
    for task in seen.tasks:
        task.state, task.dispatched_at = TaskState.DRAFT, None
        task.version += 1
    for _, one in seen.parts:
        one.state, one.dispatched_at = ObligationState.DRAFT, None
    act.session.flush()
    _record(act, seen, "take_back")
    news = cards.taken_back_news(initiative.title)
    key = f"taken_back:{initiative.id}:{initiative.version}"
    act.notices.to_people(step.inverse["people"], news, key=key)
    for place_id in step.inverse["groups"]:
        act.notices.to_group(act.session.get_one(Conversation, place_id), news, key=key)
    return initiative, len(step.inverse["people"]) + len(step.inverse["groups"])


def _require_untouched(act: Acting, seen: Overview, step: UndoStep) -> None:
    now = {f"T{task.number}": task.version for task in seen.tasks}
    changed = sorted({*now.items()} ^ {*step.guard.items()})
    if changed:
        which = "、".join(dict.fromkeys(name for name, _ in changed))
        raise NotNow(f"已有单位办理（{which}），整批不能撤回。个别事项可以说“终止”，或者“调整”。")
