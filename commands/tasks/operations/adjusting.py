"""What the office adjusts: 暂停计时, 恢复, 终止, 调整时限. The original limit is always kept."""

from collections.abc import Collection, Sequence
from datetime import datetime

from commands.access import Permission
from commands.errors import BadInput, NotAllowed, NotNow
from commands.tasks import rules
from commands.tasks.operations.acting import Acting, Matter, speaks_for, step, tell
from commands.tasks.operations.changing import changing
from commands.tasks.operations.describing import office, said_limit
from commands.tasks.operations.settling import settle
from commands.tasks.rules import Step, day_of
from connectors.chat import Button, Text
from storage.models import ConcernKind, Grain, Obligation, TaskState, UndoStep
from storage.queries import tasks as queries


def require_office(act: Acting, matter: Matter) -> None:
    """Raises ``NotAllowed`` unless the office's word counts here; nobody adjusts their own."""
    act.rights.require(Permission.ADJUST, initiative_id=matter.task.initiative_id)
    if rules.is_own(matter.obligation, person_id=act.actor.id, unit_id=act.actor.unit_id):
        raise NotAllowed(f"{matter.name} 是您单位的，由督查室其他同志或领导定。")


def suspend(act: Acting, matter: Matter, *, why: str = "") -> UndoStep:
    """暂停计时: the clock stops until 恢复; then the limit moves by the working days that it stood.

    Raises:
        NotAllowed: not the office, or its own.
        NotNow: the clock does not run.
    """
    require_office(act, matter)
    one = matter.obligation
    with changing(act, Step.SUSPEND, matter, words=why) as change:
        step(act, matter, Step.SUSPEND)
    news = Text(f"{matter.name} 已暂停计时。恢复以后，停了几个工作日，时限顺延几个工作日。")
    told = tell(act, _doers(act, one), news, key=f"suspended:{one.id}:{matter.task.version}")
    return change.undoable(
        f"{matter.name} 暂停计时", told=[(told, f"督查室撤回了 {matter.name} 的暂停，照常计时。")]
    )


def resume(act: Acting, matter: Matter, *, why: str = "") -> tuple[int, UndoStep]:
    """恢复, by the office or by who does the work; how many working days the limit moved.

    Raises:
        NotAllowed: it is somebody else's.
        NotNow: it is not suspended.
    """
    one = matter.obligation
    if not speaks_for(act, one):
        require_office(act, matter)
    stood = _stood(act, one)
    with changing(act, Step.RESUME, matter, words=why) as change:
        step(act, matter, Step.RESUME)
        if stood and one.due_at is not None:
            one.original_due_at = one.original_due_at or one.due_at
            one.due_at = rules.moved_due(one.due_at, stood, act.calendar)
            one.decision_no += 1
    moved = f"，顺延 {stood} 个工作日" if stood else ""
    news = Text(f"{matter.name} 已恢复计时，时限 {limits(act, one)}{moved}。")
    people = [*_doers(act, one), *office(act, matter)]
    told = tell(act, people, news, key=f"resumed:{one.id}:{matter.task.version}")
    undo = change.undoable(
        f"{matter.name} 恢复计时", told=[(told, f"{matter.name} 的恢复已撤回，仍暂停计时。")]
    )
    return stood, undo


def _stood(act: Acting, one: Obligation) -> int:
    """Working days since its clock was stopped."""
    entry = queries.last_entry(act.session, one.id, [Step.SUSPEND])
    if one.state is not rules.S.SUSPENDED or entry is None:
        return 0
    return max(0, act.calendar.between(day_of(entry.at), day_of(act.now)))


def require_movable(matter: Matter) -> None:
    """Raises ``NotNow``: it is handed in or over, or has no limit yet."""
    one = matter.obligation
    if one.state not in rules.MOVES:
        raise NotNow(f"{matter.name} 现在是“{rules.SAID[one.state]}”，时限不能再改。")


def move_limit(one: Obligation, at: datetime, grain: Grain) -> None:
    """The original limit is kept beside the new one; cards that show the old one no longer fit."""
    one.original_due_at = one.original_due_at or one.due_at
    one.due_at, one.due_grain = at, grain
    one.decision_no += 1


def change_limit(
    act: Acting,
    matter: Matter,
    at: datetime,
    grain: Grain,
    *,
    answers: Collection[ConcernKind] = (ConcernKind.LIMIT,),
) -> UndoStep:
    """调整时限 by the office, earlier or later. ``answers``: what the unit raised is answered by it.

    Raises:
        NotAllowed: not the office, or its own.
        NotNow: it is handed in or over.
        BadInput: the day is past.
    """
    require_office(act, matter)
    require_movable(matter)
    one = matter.obligation
    if at <= act.now:
        raise BadInput(f"{said_limit(act, at, grain)} 已经过了，请换一个日子。")
    with changing(act, "change_limit", matter) as change:
        move_limit(one, at, grain)
        raised = settle(act, change, matter, f"时限改为 {limits(act, one)}", answers)
    told = _tell_limit(act, matter, raised)
    return change.undoable(
        f"{matter.name} 调整时限", told=[(told, f"督查室撤回了 {matter.name} 时限的调整，按原来的办。")]
    )


def _tell_limit(act: Acting, matter: Matter, raised: Sequence[int]) -> list[int]:
    """Who does it and ``raised``, who had asked; with a way to sign: the card to sign shows the old limit."""
    one = matter.obligation
    why = "这是对您单位所提的答复。" if raised else ""
    unsigned = one.state is rules.S.ASSIGNED
    news = Text(
        f"督查室调整了 {matter.name} 的时限：{limits(act, one)}。{why}",
        buttons=(Button("签收", f"签收 {matter.ref}"),) if unsigned else (),
        no=one.decision_no,
    )
    subject = f"obligation:{one.id}" if unsigned else ""
    return tell(
        act, [*raised, *_doers(act, one)], news, key=f"limit:{one.id}:{one.decision_no}", subject=subject
    )


def cancel(act: Acting, matter: Matter, reason: str) -> UndoStep:
    """终止 of the whole matter; scored against nobody. The groups hear that, the units why.

    Raises:
        NotAllowed: not the office.
        NotNow: it is over already.
    """
    act.rights.require(Permission.ADJUST, initiative_id=matter.task.initiative_id)
    task = matter.task
    if task.state is not TaskState.ACTIVE:
        raise NotNow(f"{matter.name} 现在是“{rules.SAID_OF_TASK[task.state]}”，不用终止。")
    running = [Matter(task, matter.obligations, o) for o in matter.obligations if o.state not in rules.CLOSED]
    people: list[int] = []
    with changing(act, Step.CANCEL, *running, words=reason) as change:
        for part in running:
            step(act, part, Step.CANCEL)
            part.obligation.decision_no += 1
            people += settle(act, change, part, "终止")
        task.state = TaskState.CANCELLED
    people += [person for part in running for person in _doers(act, part.obligation)]
    key = f"cancelled:{task.id}:{task.version}"
    told = tell(act, people, Text(f"{matter.name} 已终止：{reason}。不用再办，也不计分。"), key=key)
    groups = queries.groups_of(act.session, task.initiative_id, {p.obligation.unit_id for p in running})
    for group in groups:
        act.notices.to_group(group, Text(f"{matter.name} {task.title} 已终止，不用再办。"), key=key)
    back = f"{matter.name} 的终止已撤回，仍请办理。"
    return change.undoable(f"终止 {matter.name}", told=[(told, back)], groups=[(g, back) for g in groups])


def limits(act: Acting, one: Obligation) -> str:
    """``12月16日（周三），原 12月11日（周五）``: the original one wherever it differs."""
    now = said_limit(act, one.due_at, one.due_grain)
    if one.original_due_at is None or one.original_due_at == one.due_at:
        return now
    return f"{now}，原 {said_limit(act, one.original_due_at, one.due_grain)}"


def _doers(act: Acting, one: Obligation) -> Sequence[int]:
    return [*act.receivers(one), *act.doors(one.unit_id)]
