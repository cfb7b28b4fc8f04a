"""签收 and 分办: a unit takes what it was given and names who does it."""

from collections.abc import Sequence
from dataclasses import dataclass

from commands.access import Permission
from commands.calendar import say_date
from commands.errors import NotAllowed
from commands.tasks import rules
from commands.tasks.cards import signing as cards
from commands.tasks.cards.described import Described, named
from commands.tasks.operations.acting import Acting, Matter, require_speaker, step, tell
from commands.tasks.operations.changing import changing
from commands.tasks.operations.describing import described
from commands.tasks.rules import Step
from storage.models import Obligation, ObligationState, Person, UndoStep


@dataclass(frozen=True, slots=True)
class Signed:
    parts: list[Described]
    undo: UndoStep


def acknowledge(act: Acting, matters: Sequence[Matter], *, handler: Person | None = None) -> Signed:
    """签收 for the unit. Whoever signs is the handler, unless one was named before or is named now.

    Raises:
        NotAllowed: it is another unit's, or another colleague's.
        NotNow: nothing waits for 签收 there.
    """
    for matter in matters:
        require_speaker(act, matter)
    if handler is not None:
        _require_colleague(act, handler)
    with changing(act, Step.ACKNOWLEDGE, *matters) as change:
        for matter in matters:
            step(act, matter, Step.ACKNOWLEDGE)
            one = matter.obligation
            sign(act, one)
            one.handler_id = handler.id if handler else one.handler_id or act.actor.id
            act.notices.withdraw(act.actor.id, f"obligation:{one.id}")
    told = _give(act, matters, handler) if handler else []
    parts = [described(act, matter) for matter in matters]
    what = f"签收 {named(parts)}"
    undo = change.undoable(what, told=[(told, f"{act.actor.name}撤回了{named(parts)}的签收和分办。")])
    return Signed(parts, undo)


def sign(act: Acting, one: Obligation) -> bool:
    """Note who signed and when, if nobody did; whether it was this."""
    if one.acknowledged_at is not None:
        return False
    one.acknowledged_at = act.now
    one.acknowledged_by_id = act.actor.id
    return True


def delegate(act: Acting, matters: Sequence[Matter], handler: Person) -> Signed:
    """分办 inside the unit: the handler changes at once, and is told.

    Raises:
        NotAllowed: the person is of another unit, or the actor does not speak for this one.
        NotNow: it is handed in or over.
    """
    _require_colleague(act, handler)
    for matter in matters:
        require_speaker(act, matter)
        act.rights.require(Permission.DELEGATE, unit_id=matter.obligation.unit_id)
    before = {matter.obligation.handler_id for matter in matters}
    with changing(act, Step.DELEGATE, *matters) as change:
        for matter in matters:
            step(act, matter, Step.DELEGATE)
            matter.obligation.handler_id = handler.id
    told = _give(act, matters, handler)
    parts = [described(act, matter) for matter in matters]
    left = [person_id for person_id in before if person_id not in (None, handler.id)]
    news = cards.moved(parts, by=act.actor.name, to=handler.name)
    told += tell(act, left, news, key=f"moved:{matters[0].task.id}:{matters[0].task.version}")
    undo = change.undoable(
        f"分办 {named(parts)} 给{handler.name}",
        told=[(told, f"{act.actor.name}撤回了{named(parts)}的分办。")],
    )
    return Signed(parts, undo)


def _require_colleague(act: Acting, handler: Person) -> None:
    if handler.unit_id == act.actor.unit_id and handler.left_at is None:
        return
    if handler.left_at is not None:
        raise NotAllowed(f"{handler.name}已经离岗，请换一位。")
    where = act.unit(handler.unit_id) if handler.unit_id else "别的单位"
    raise NotAllowed(f"{handler.name}是{where}的，分办只能给本单位的人。要请别的单位办，请说“申请改派”。")


def _give(act: Acting, matters: Sequence[Matter], handler: Person) -> list[int]:
    """The new handler's card; who was told."""
    parts = [described(act, matter) for matter in matters]
    lead = next((m for m in matters if _has_to_specify(m)), None)
    until = act.calendar.add(rules.day_of(act.now), rules.SPECIFY_WORKDAYS)
    shown = cards.given(
        parts,
        by=act.actor.name,
        first=described(act, lead) if lead else None,
        wanted_of=len(_unspecified(lead)) if lead else 0,
        until=say_date(until, now=act.now),
    )
    first = matters[0]
    return tell(
        act,
        [handler.id],
        shown,
        key=f"given:{first.obligation.id}:{first.task.version}",
        subject=f"obligation:{first.obligation.id}" if len(matters) == 1 else "",
    )


def _has_to_specify(matter: Matter) -> bool:
    return matter.obligation is matter.lead and bool(_unspecified(matter))


def _unspecified(matter: Matter) -> list[Obligation]:
    return [one for one in rules.still_wanted(matter.together) if one.state is ObligationState.UNSPECIFIED]
