"""受阻 and 商请: what is wanted of whom, shown first, then sent in the office's name."""

from dataclasses import dataclass
from datetime import datetime

from commands.cooperation import cards, rules
from commands.errors import BadInput, NotNow, StaleCard
from commands.tasks import rules as tasks_rules
from commands.tasks.operations.acting import Acting, Matter, matter_of, require_speaker, said_matter, tell
from commands.tasks.operations.changing import changing
from commands.tasks.operations.describing import office, said_limit
from commands.tasks.operations.drafting import open_draft
from connectors.chat import Card
from storage.models import ClockDecision, CooperationRequest, Draft, Grain, UndoStep, Unit
from storage.queries import cooperation as queries

ASK = "cooperation.ask"


@dataclass(frozen=True, slots=True)
class Wanted:
    """``unit_id`` None: no unit's; ``due_at`` None only then. ``blocks``: the asker cannot go on without."""

    unit_id: int | None
    what: str
    due_at: datetime | None
    grain: Grain
    blocks: bool


def check(act: Acting, matter: Matter, unit_id: int | None) -> None:
    """Whether something may be asked for here.

    Raises:
        NotAllowed: it is not the actor's.
        NotNow: it is handed in, over, not specified yet, or that unit was asked already.
        BadInput: the unit is the actor's own, or closed.
    """
    require_speaker(act, matter)
    one = matter.obligation
    if one.state not in rules.BLOCKABLE:
        raise NotNow(f"{said_matter(act, matter)}现在是“{tasks_rules.SAID[one.state]}”，不用再等别的单位。")
    if unit_id is None:
        return
    if unit_id == one.unit_id:
        raise BadInput("等本单位的，请直接找联络员分办；要等别的单位，请写明是哪一家。")
    if act.session.get_one(Unit, unit_id).closed_at is not None:
        raise BadInput(f"{act.unit(unit_id)}已经撤并，请换一家。")


def draft(act: Acting, matter: Matter, wanted: Wanted) -> tuple[Draft, Card]:
    """Shown first to who asks; nobody else is told yet.

    Raises:
        NotAllowed, NotNow, BadInput: see ``check``; a day that is past.
    """
    check(act, matter, wanted.unit_id)
    one = matter.obligation
    limit = said_limit(act, wanted.due_at, wanted.grain)
    if wanted.due_at is not None and wanted.due_at <= act.now:
        raise BadInput(f"{limit} 已经过了，请换一个时间。")
    payload = {
        "obligation": one.id,
        "unit": wanted.unit_id,
        "what": wanted.what,
        "due": wanted.due_at,
        "grain": wanted.grain,
        "blocks": wanted.blocks,
    }
    kept = open_draft(act, ASK, one.id, payload)
    if wanted.unit_id is None:
        own = said_limit(act, one.due_at, one.due_grain)
        return kept, cards.obstacle_to_check(name=matter.name, what=wanted.what, limit=own)
    shown = cards.to_check(
        unit=act.unit(wanted.unit_id),
        asker=act.unit(one.unit_id),
        what=wanted.what,
        limit=limit,
        personal=rules.is_personal(wanted.what),
    )
    return kept, shown


@dataclass(frozen=True, slots=True)
class Asked:
    matter: Matter
    row: CooperationRequest
    people: list[int]  #: of the unit that was asked
    undo: UndoStep


def ask(act: Acting, draft: Draft) -> Asked:
    """［发出］: the other unit is asked, and the office whether the clock goes on.

    Raises:
        StaleCard: the time wanted has passed since.
        NotAllowed, NotNow, BadInput: see ``check``.
    """
    said = draft.payload
    matter = matter_of(act, int(said["obligation"]))
    one, unit_id = matter.obligation, said["unit"]
    check(act, matter, unit_id)
    due_at = datetime.fromisoformat(said["due"]) if said["due"] else None
    if due_at is not None and due_at <= act.now:
        raise StaleCard("要的时间已经过了，请重新说一遍。")
    row = CooperationRequest(
        obligation_id=one.id,
        person_id=act.actor.id,
        from_unit_id=one.unit_id,
        to_unit_id=unit_id,
        what=said["what"],
        due_at=due_at,
        due_grain=Grain(said["grain"]),
        asked_at=act.now,
        answer_due_at=rules.answer_by(act.now, act.calendar),
        clock=_clock(matter, blocks=bool(said["blocks"])),
    )
    with changing(act, "block" if said["blocks"] else "ask_unit", matter, words=row.what) as change:
        change.add(matter.task, row)
    people = _ask_unit(act, matter, row)
    told = people + _ask_office(act, matter, row)
    taken_back = f"{act.unit(one.unit_id)}撤回了 {matter.name} 的商请，不用再办。"
    return Asked(matter, row, people, change.undoable(f"{matter.name} 商请", told=[(told, taken_back)]))


def _clock(matter: Matter, *, blocks: bool) -> ClockDecision:
    """A clock that stands already, or that nothing blocks, is not asked about."""
    stands = matter.obligation.state is tasks_rules.S.SUSPENDED
    return ClockDecision.OPEN if blocks and not stands else ClockDecision.NONE


def _ask_unit(act: Acting, matter: Matter, row: CooperationRequest) -> list[int]:
    if row.to_unit_id is None:
        return []
    shown = cards.asked(
        name=matter.name,
        title=matter.task.title,
        asker=act.unit(row.from_unit_id),
        what=row.what,
        limit=said_limit(act, row.due_at, row.due_grain),
        no=row.decision_no,
    )
    key = f"cooperation:{row.id}:asked"
    return tell(act, act.doors(row.to_unit_id), shown, key=key, subject=subject(row))


def _ask_office(act: Acting, matter: Matter, row: CooperationRequest) -> list[int]:
    if row.clock is not ClockDecision.OPEN:
        return []
    one = matter.obligation
    shown = cards.clock_to_decide(
        name=matter.name,
        ref=matter.ref,
        unit=act.unit(one.unit_id),
        waits_for=act.unit(row.to_unit_id) if row.to_unit_id is not None else "",
        what=row.what,
        limit=said_limit(act, one.due_at, one.due_grain),
    )
    return tell(act, office(act, matter), shown, key=f"cooperation:{row.id}:clock", subject=f"clock:{row.id}")


def subject(row: CooperationRequest) -> str:
    return f"cooperation:{row.id}"


def waited_for(act: Acting, matter: Matter) -> list[CooperationRequest]:
    """What the obligation waits for."""
    return queries.of_obligations(act.session, [matter.obligation.id])
