"""Somebody left: the unit's liaison takes their matters, or offers them all at once to a colleague."""

from collections.abc import Sequence

from commands.access import Permission
from commands.errors import NotAllowed, NotFound
from commands.joining import cards
from commands.tasks.cards.described import by_matter
from commands.tasks.operations import handing_over
from commands.tasks.operations.acting import Acting, Matter, matters_by_id, step, tell
from commands.tasks.operations.changing import changing
from commands.tasks.operations.describing import described
from commands.tasks.rules import Step, next_state
from connectors.chat import Card, Text
from storage.models import Draft, HandOver, HandOverState, Person, UndoStep
from storage.queries import joining as queries
from storage.queries import tasks

SUCCESSION = "joining.succession"


def left_behind(act: Acting, what: Step, leaver_id: int | None = None) -> list[Matter]:
    """What people who left still have in their name in the actor's unit, where ``what`` can be done.

    Raises:
        NotAllowed: the actor does not divide the unit's work.
        NotFound: there is nothing.
    """
    unit_id = act.actor.unit_id
    if unit_id is None or not act.rights.may(Permission.DELEGATE, unit_id=unit_id):
        raise NotAllowed(f"离岗同事的事项由{_who_divides(act)}接办或分办。")
    ids = queries.left_behind(act.session, unit_id, leaver_id)
    fitting = [
        one
        for one in (matters_by_id(act, ids) if ids else [])
        if next_state(one.obligation.part, what, one.obligation.state) is not None
    ]
    if not fitting:
        raise NotFound("没有等交接的事项。")
    return fitting


def _who_divides(act: Acting) -> str:
    """The unit's liaison by name; without one, whoever stands in for the liaison."""
    unit_id = act.actor.unit_id
    named = tasks.liaisons(act.session, [unit_id])[unit_id] if unit_id is not None else []
    return "本单位" + "、".join(one.name for one in named) if named else "单位联络员"


def take_myself(act: Acting, leaver_id: int | None) -> tuple[Text, UndoStep]:
    """［我来办］."""
    found = left_behind(act, Step.DELEGATE, leaver_id)
    with changing(act, Step.DELEGATE, *found) as change:
        for matter in found:
            step(act, matter, Step.DELEGATE)
            matter.obligation.handler_id = act.actor.id
    names = _names(found)
    return Text(f"{names} 由您办理，时限不变。"), change.undoable(f"{names} 由自己办理")


def draft(act: Acting, to: Person, leaver_id: int | None) -> tuple[Draft, Card]:
    """都给马昊: shown first.

    Raises:
        NotAllowed: who is named is of another unit, or left.
    """
    _require_colleague(act, to)
    found = left_behind(act, Step.HAND_OVER, leaver_id)
    made = Draft(
        kind=SUCCESSION,
        person_id=act.actor.id,
        payload={"to": to.id, "obligations": [one.obligation.id for one in found]},
        created_at=act.now,
    )
    act.session.add(made)
    act.session.flush()
    return made, cards.succession_to_check(to.name, _names(found))


def send(act: Acting, made: Draft) -> tuple[Text, UndoStep]:
    """［发出］: offered; until it is taken the liaison stays responsible."""
    to = act.session.get_one(Person, int(made.payload["to"]))
    _require_colleague(act, to)
    wanted = set(made.payload["obligations"])
    found = [one for one in left_behind(act, Step.HAND_OVER) if one.obligation.id in wanted]
    if not found:
        raise NotFound("这些事项已经有人接手，没有发出。")
    with changing(act, Step.HAND_OVER, *found) as change:
        for matter in found:
            step(act, matter, Step.HAND_OVER)
            for older in tasks.offers_of(act.session, matter.obligation.id):
                change.watch(matter.task, older)
                older.state, older.decided_at = HandOverState.WITHDRAWN, act.now
            row = HandOver(obligation_id=matter.obligation.id, from_id=act.actor.id, to_id=to.id, at=act.now)
            change.add(matter.task, row)
    shown = cards.succession_offered(act.actor.name, by_matter([described(act, one) for one in found]))
    told = tell(act, [to.id], shown, key=f"succession:{made.id}", subject=f"succession:{made.id}")
    names = _names(found)
    undo = change.undoable(f"{names} 的交接", told=[(told, f"{act.actor.name}收回了{names}的交接。")])
    return Text(f"已请{to.name}接收 {names}。接收前仍由您负责。"), undo


def take(act: Acting) -> Text:
    """全部接收: everything offered to the actor.

    Raises:
        NotFound: nothing is.
    """
    offered, names = _offered(act)
    for row in offered:
        if row.state is HandOverState.OFFERED:  # not taken with another period of its matter
            handing_over.take(act, row.id)
    return Text(f"{names} 由您负责了，时限不变。")


def decline(act: Acting, reason: str) -> Text:
    """有困难, and what it is: everything offered to the actor stays with who offered it.

    Raises:
        NotFound: as ``take``.
    """
    offered, names = _offered(act)
    who = who_offers(act)
    for row in offered:
        if row.state is HandOverState.OFFERED:
            handing_over.decline(act, row.id, reason)
    return Text(f"好，{names} 您没有接，原因已转给{who}。")


def who_offers(act: Acting) -> str:
    """Who waits for the actor's answer, in words.

    Raises:
        NotFound: as ``take``.
    """
    offered, _ = _offered(act)
    return "、".join(dict.fromkeys(act.person(row.from_id) for row in offered))


def _offered(act: Acting) -> tuple[Sequence[HandOver], str]:
    offered = tasks.offered_to(act.session, act.actor.id)
    if not offered:
        raise NotFound("没有等您接收的事项。")
    return offered, _names(matters_by_id(act, [row.obligation_id for row in offered]))


def _require_colleague(act: Acting, to: Person) -> None:
    if to.unit_id != act.actor.unit_id or to.left_at is not None:
        raise NotAllowed(f"{to.name}不是本单位在岗的同事，交接只能给本单位的人。")


def _names(found: Sequence[Matter]) -> str:
    return "、".join(dict.fromkeys(one.name for one in found))
