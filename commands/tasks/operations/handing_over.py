"""转交: a handler offers an obligation to a colleague and stays responsible until it is taken.

A recurring matter is offered, taken and declined with all its open periods.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from commands.errors import NotAllowed, NotFound, NotNow
from commands.tasks.cards import signing as cards
from commands.tasks.cards.described import Described, merged
from commands.tasks.operations.acting import Acting, Matter, matter_of, require_speaker, step, tell
from commands.tasks.operations.changing import changing
from commands.tasks.operations.describing import described
from commands.tasks.rules import Step, day_of
from connectors.chat import Text
from storage.models import HandOver, HandOverState, Person, UndoStep
from storage.queries import digest_notes
from storage.queries import tasks as queries

_SAID = {
    HandOverState.TAKEN: "已经接收",
    HandOverState.DECLINED: "没有接",
    HandOverState.WITHDRAWN: "已经收回",
}


@dataclass(frozen=True, slots=True)
class Offered:
    part: Described
    undo: UndoStep


def offer(act: Acting, periods: Sequence[Matter], to: Person, note: str) -> Offered:
    """The colleague is asked; an older offer of the same obligation is withdrawn. ``periods``: of one
    matter, at least one.

    Raises:
        NotAllowed: not the actor's, or the other one is of another unit: that is 申请改派.
        NotNow: it is handed in or over.
    """
    matter, one = periods[0], periods[0].obligation
    for each in periods:
        require_speaker(act, each)
    if to.unit_id != one.unit_id:
        where = act.unit(to.unit_id) if to.unit_id else "别的单位"
        raise NotAllowed(f"{to.name}是{where}的，转交只能给本单位的人。要请别的单位办，请说“申请改派”。")
    if to.left_at is not None or to.id == one.handler_id:
        raise NotAllowed(f"{matter.name} 不能转给{to.name}，请换一位。")
    rows: list[HandOver] = []
    with changing(act, Step.HAND_OVER, *periods, words=note) as change:
        for each in periods:
            step(act, each, Step.HAND_OVER)
            for older in queries.offers_of(act.session, each.obligation.id):
                change.watch(matter.task, older)
                older.state, older.decided_at = HandOverState.WITHDRAWN, act.now
            from_id = each.obligation.handler_id or act.actor.id
            row = HandOver(
                obligation_id=each.obligation.id, from_id=from_id, to_id=to.id, note=note, at=act.now
            )
            change.add(matter.task, row)
            rows.append(row)
    row = rows[0]
    (part,) = merged([described(act, each) for each in periods])
    shown = cards.hand_over_received(part, by=act.actor.name, note=note)
    told = tell(act, [to.id], shown, key=f"hand_over:{row.id}", subject=f"hand_over:{row.id}")
    undo = change.undoable(
        f"{matter.name} 转交", told=[(told, f"{act.actor.name}收回了 {matter.name} 的转交。")]
    )
    return Offered(part, undo)


def take(act: Acting, hand_over_id: int | None) -> Described:
    """接收: the actor is the handler from now on, the old one is told.

    Raises:
        NotFound, NotNow: nothing was offered to the actor; it was answered, taken back or moved on.
    """
    offered = _offered(act, hand_over_id)
    row, matter = offered[0]
    with changing(act, Step.HAND_OVER, *(each for _, each in offered)) as change:
        for asked, each in offered:
            change.watch(matter.task, asked)
            one = each.obligation
            if one.handler_id not in (None, asked.from_id) and not _left(act, one.handler_id):
                raise NotNow(f"{matter.name} 已由本单位改派给{act.person(one.handler_id)}，不用接收。")
            step(act, each, Step.HAND_OVER)
            asked.state, asked.decided_at = HandOverState.TAKEN, act.now
            one.handler_id = act.actor.id
    news = Text(f"{matter.name} 已由{act.actor.name}接收。")
    tell(act, [row.from_id], news, key=f"taken:{row.id}")
    _note_for_heads(act, matter, row)
    return merged([described(act, each) for _, each in offered])[0]


def _note_for_heads(act: Acting, matter: Matter, row: HandOver) -> None:
    """A line of their next morning card: who of their unit does it now."""
    heads = [person.id for person in queries.releasers(act.session, matter.obligation.unit_id)]
    told = [head for head in heads if head not in (row.from_id, row.to_id)]
    text = f"{matter.name} {act.person(row.from_id)}转给{act.person(row.to_id)}"
    digest_notes.note(
        act.session, told, "转交", text, key=f"taken:{row.id}", now=act.now, day=day_of(act.now)
    )


def decline(act: Acting, hand_over_id: int | None, reason: str = "") -> Described:
    """不接: the old handler keeps it and is told, with the reason as said.

    Raises:
        NotFound, NotNow: as ``take``.
    """
    offered = _offered(act, hand_over_id)
    row, matter = offered[0]
    with changing(act, Step.HAND_OVER, *(each for _, each in offered), words=reason) as change:
        for asked, _ in offered:
            change.watch(matter.task, asked)
            asked.state, asked.decided_at = HandOverState.DECLINED, act.now
    why = f"（{reason}）" if reason else ""
    news = Text(f"{act.actor.name}没有接 {matter.name}{why}，仍由您负责。")
    tell(act, [row.from_id], news, key=f"declined:{row.id}")
    return merged([described(act, each) for _, each in offered])[0]


def _left(act: Acting, person_id: int | None) -> bool:
    """Who had it is gone, and the liaison offered it."""
    return person_id is not None and act.session.get_one(Person, person_id).left_at is not None


def _offered(act: Acting, hand_over_id: int | None) -> list[tuple[HandOver, Matter]]:
    """The offer meant, first, and those of the matter's other periods."""
    if hand_over_id is None:
        mine = queries.offered_to(act.session, act.actor.id)
        if not mine:
            raise NotFound("没有等您接收的事项。要签收请说“全部签收”。")
        names = list(dict.fromkeys(matter_of(act, row.obligation_id, lock=False).name for row in mine))
        if len(names) > 1:
            raise NotNow(
                f"有 {len(names)} 项等您接收（{'、'.join(names)}），请说“接收 T几”，或点卡片上的按钮。"
            )
        hand_over_id = mine[0].id
    found = act.session.get(HandOver, hand_over_id)
    if found is None or found.to_id != act.actor.id:
        raise NotFound("没有等您接收的事项。")
    matter = matter_of(act, found.obligation_id)
    act.session.refresh(found)
    if found.state is not HandOverState.OFFERED:
        raise NotNow(f"{matter.name} 的转交{_SAID[found.state]}，不用再答。")
    same = {one.id: one for one in matter.obligations if one.position == matter.obligation.position}
    others = [
        (row, Matter(matter.task, matter.obligations, same[row.obligation_id]))
        for row in queries.offered_to(act.session, act.actor.id)
        if row.id != found.id and row.from_id == found.from_id and row.obligation_id in same
    ]
    return [(found, matter), *others]
