"""The lead's three facts on a co-operation it has confirmed: asked once, inside the answer to 确认."""

from sqlmodel import Session, col, select

from commands.access import Permission
from commands.errors import BadInput, NotFound, NotNow
from commands.ranking.cards import helping as cards
from commands.ranking.operations.acting import Acting
from connectors.chat import Button, Row
from storage import audit
from storage.models import HelpFact, Obligation, ObligationState, Part, Task

ALL_YES = (True, True, True)


def help_question(ref: str) -> tuple[Row, tuple[Button, ...]]:
    """What the card that answers 确认 adds; ``ref`` as people say the part: ``T12.2``."""
    return cards.row(), cards.buttons(ref)


def record_help(
    act: Acting, number: int, part: int | None, *, nos: frozenset[str]
) -> tuple[str, tuple[bool, bool, bool]]:
    """Keep the facts: ``nos`` are the words for "no" said now (none: all three are yes). A "no" adds to
    the ones before. Returns the part as people say it, and the facts.

    Raises:
        NotFound: there is no such co-operation.
        NotAllowed: the actor does not act for the lead.
        NotNow: it is not confirmed.
        BadInput: the task has several co-operating units and none was named.
    """
    task, one, lead = _meant(act, number, part)
    act.rights.require(Permission.ACCEPT, unit_id=lead.unit_id)
    ref = f"T{task.number}.{one.position}"
    if lead.unit_id == one.unit_id:
        raise NotFound(f"{ref} 是本单位自己的，不用答。")
    if one.state is not ObligationState.DONE:
        raise NotNow(f"{ref} 还没确认，确认以后再答这三问。")
    row = act.session.exec(select(HelpFact).where(HelpFact.obligation_id == one.id)).first()
    before = (row.in_time, row.usable, row.asked_once) if row is not None else ALL_YES
    said = tuple(word not in nos for word in cards.NOS)
    in_time, usable, asked_once = (a and b for a, b in zip(before, said, strict=True)) if nos else ALL_YES
    if row is None:
        row = HelpFact(
            obligation_id=one.id,
            person_id=act.actor.id,
            at=act.now,
            in_time=in_time,
            usable=usable,
            asked_once=asked_once,
        )
    row.in_time, row.usable, row.asked_once = in_time, usable, asked_once
    row.person_id, row.at = act.actor.id, act.now
    act.session.add(row)
    act.session.flush()
    after = {"in_time": row.in_time, "usable": row.usable, "asked_once": row.asked_once}
    audit.record(
        act.session,
        at=act.now,
        actor=act.name,
        action="help_fact",
        object=f"help_fact:{row.id}",
        body={"task": task.number, "after": after},
    )
    return ref, (row.in_time, row.usable, row.asked_once)


def _meant(act: Acting, number: int, part: int | None) -> tuple[Task, Obligation, Obligation]:
    session: Session = act.session
    query = select(Task).where(Task.number == number).with_for_update(key_share=True)
    task = session.exec(query).first()
    parts = list(
        session.exec(
            select(Obligation)
            .where(Obligation.task_id == (task.id if task else 0))
            .order_by(col(Obligation.period).desc(), col(Obligation.position))
            .execution_options(populate_existing=True)
        )
    )
    others = [one for one in parts if one.part is Part.COOPERATE and part in (None, one.position)]
    # Of a matter that comes back, the period confirmed last.
    done = [one for one in others if one.state is ObligationState.DONE] or others
    newest = [one for one in done if one.period == done[0].period]
    if task is None or not newest:
        raise NotFound(f"没有找到 T{number} 的这项配合。")
    if len(newest) > 1:
        raise BadInput(f"T{number} 有几家配合，请写上第几个，例如“T{number}.2 配合 三项都是”。")
    one = newest[0]
    lead = next(each for each in parts if each.part is Part.LEAD and each.period == one.period)
    return task, one, lead
