"""What a unit raised about a matter (有异议, 商量时限): where it is; a change of the matter answers it."""

from collections.abc import Collection
from datetime import datetime

from commands.access import Permission
from commands.errors import NotNow, StaleCard
from commands.tasks.operations.acting import Acting, Matter, matter_of
from commands.tasks.operations.changing import Change
from commands.tasks.rules import say_moment
from storage.models import Concern, ConcernKind, ConcernState, Part
from storage.queries import concerns as queries

SAID_KIND = {ConcernKind.OBJECTION: "异议", ConcernKind.LIMIT: "商量时限"}
_SAID_STATE = {ConcernState.AGREED: "同意", ConcernState.KEPT: "维持"}


def settle(
    act: Acting, change: Change, matter: Matter, answer: str, kinds: Collection[ConcernKind] = SAID_KIND
) -> list[int]:
    """Whatever of ``kinds`` is open on the obligation is answered by ``change``, and open again when that
    is taken back. Who raised it: they are to hear of the change."""
    rows = [row for row in queries.open_of(act.session, [matter.obligation.id]) if row.kind in kinds]
    for row in rows:
        change.watch(matter.task, row)
        decide(act, row, ConcernState.CHANGED, answer)
    return [row.person_id for row in rows]


def decide(act: Acting, row: Concern, state: ConcernState, answer: str = "") -> None:
    row.state, row.answer = state, answer
    row.decided_at, row.decided_by_id = act.now, act.actor.id


def shown(act: Acting, concern_id: int) -> tuple[Matter, Concern]:
    """The one on a card, under its task's lock.

    Raises:
        NotFound: the matter is none of the actor's business.
        StaleCard: it was answered, taken back or said anew since; the answer says which.
    """
    row = act.session.get_one(Concern, concern_id)
    matter = matter_of(act, row.obligation_id)
    act.session.refresh(row)
    if row.state is not ConcernState.OPEN:
        raise StaleCard(how_it_stands(act, matter, row))
    return matter, row


def require_open(act: Acting, matter: Matter, row: Concern) -> None:
    """Raises ``NotNow`` when it was answered or taken back; the answer says by whom and when."""
    if row.state is not ConcernState.OPEN:
        raise NotNow(how_it_stands(act, matter, row))


def how_it_stands(act: Acting, matter: Matter, row: Concern) -> str:
    """Who answered it, when and how; or who is to."""
    what = f"{matter.name} {act.unit(matter.obligation.unit_id)}的{SAID_KIND[row.kind]}"
    if row.state is ConcernState.OPEN:
        return f"{what}还没有答复，由{answerers(act, matter, row.kind)}定。"
    if row.state is ConcernState.WITHDRAWN:
        anew = row.decided_by_id is not None  # who takes it back decides nothing
        return f"{what}已经重新提过，请看最新的一张。" if anew else f"{what}已经撤回，不用再答。"
    when = say_moment(row.decided_at) if row.decided_at else ""
    said = _SAID_STATE.get(row.state, row.answer)
    return f"{what}已由{act.person(row.decided_by_id)}于{when}答复：{said}。"


def answerers(act: Acting, matter: Matter, kind: ConcernKind) -> str:
    """``督查室``; ``牵头单位环保局高宁`` where the lead gave the limit."""
    if not is_leads(matter, kind):
        return "督查室"
    people = "、".join(act.person(person_id) for person_id in act.receivers(matter.lead))
    return f"牵头单位{act.unit(matter.lead.unit_id)}{people}"


def is_leads(matter: Matter, kind: ConcernKind) -> bool:
    """Whether the lead answers it: the limit of a co-operation is what the lead asked for; everything else
    the office gave out."""
    return kind is ConcernKind.LIMIT and matter.obligation.part is Part.COOPERATE


def raised_lines(act: Acting, matter: Matter) -> list[tuple[str, str]]:
    """What was raised and how it was answered, as lines of 办理记录 with their moments. The words are shown
    to the unit itself and to those who see all."""
    all_of_it = act.rights.may(Permission.SEE_ALL, initiative_id=matter.task.initiative_id)
    units = {one.id: one.unit_id for one in matter.obligations}
    lines = []
    for row in queries.of_obligations(act.session, list(units)):
        shows = all_of_it or units[row.obligation_id] == act.actor.unit_id
        what = "有异议" if row.kind is ConcernKind.OBJECTION else "商量时限"
        lines.append((row.at, _line(act, row.at, row.person_id, what, row.words if shows else "")))
        if row.decided_at is not None and row.state is ConcernState.KEPT:
            kept = f"答复{SAID_KIND[row.kind]}：维持"
            lines.append(
                (
                    row.decided_at,
                    _line(act, row.decided_at, row.decided_by_id, kept, row.answer if shows else ""),
                )
            )
    return [(at.isoformat(), line) for at, line in lines]


def _line(act: Acting, at: datetime, person_id: int | None, what: str, words: str) -> str:
    said = f"{say_moment(at)} {act.person(person_id)} {what}"
    return f"{said}：{words}" if words else said
