"""明确配合: the lead says what it wants of others, and by when; 不需配合: that it wants nothing."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from commands.access import Permission
from commands.errors import BadInput, NotAllowed, NotNow
from commands.tasks import rules
from commands.tasks.cards import cooperation as cards
from commands.tasks.cards import signing
from commands.tasks.cards.described import Described, named
from commands.tasks.operations.acting import Acting, Matter, matters_by_id, speaks_for, step, tell
from commands.tasks.operations.changing import changing
from commands.tasks.operations.describing import describe, said_limit
from commands.tasks.operations.drafting import SPECIFY, open_draft
from commands.tasks.operations.settling import settle
from commands.tasks.rules import Step
from connectors.chat import Card, Text
from storage.models import ConcernKind, Draft, Grain, Obligation, Part, UndoStep


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is wanted of one unit. ``due_at`` None: nobody said when."""

    unit_id: int
    what: str
    due_at: datetime | None
    grain: Grain


def lead_matter(act: Acting, matter: Matter) -> Matter:
    """The same task seen from its lead.

    Raises:
        NotAllowed: the actor does not act for the lead; the answer says who does.
    """
    lead = Matter(matter.task, matter.obligations, matter.lead)
    if not speaks_for(act, lead.obligation):
        who = "、".join(act.person(person_id) for person_id in act.receivers(lead.obligation))
        raise NotAllowed(f"{lead.name} 要什么，由牵头单位{act.unit(lead.obligation.unit_id)}{who}写明。")
    act.rights.require(Permission.SPECIFY, unit_id=lead.obligation.unit_id)
    return lead


def draft_demands(act: Acting, matter: Matter, wanted: Sequence[Wanted]) -> tuple[Draft, Card]:
    """Check and show; nobody else is told yet.

    Raises:
        BadInput: a unit that does not co-operate here, a day that is past or after the lead's own limit.
    """
    lead = lead_matter(act, matter)
    chosen = [(_cooperation(act, lead, one), one) for one in wanted]
    for _, one in chosen:
        _check_due(act, lead, one)
    payload = {
        "task": lead.task.id,
        "demands": [
            {"obligation": o.id, "no": o.decision_no, "what": w.what, "due": w.due_at, "grain": w.grain}
            for o, w in chosen
        ],
    }
    draft = open_draft(act, SPECIFY, lead.task.id, payload)
    own = lead.obligation
    latest = max((w.due_at for w in wanted if w.due_at), default=None)
    left = 0
    if own.due_at and latest:
        left = act.calendar.between(rules.day_of(latest), rules.day_of(own.due_at))
    lines = [(act.unit(w.unit_id), w.what, said_limit(act, w.due_at, w.grain)) for w in wanted]
    limit = said_limit(act, own.due_at, own.due_grain)
    chosen_parts = [Matter(lead.task, lead.obligations, one) for one, _ in chosen]
    older = len({m.obligation.period for m in _before(chosen_parts)})
    shown = cards.demands_to_check(lead.name, lines, limit=limit, workdays_left=left, older=older)
    return draft, shown


def _cooperation(act: Acting, lead: Matter, wanted: Wanted) -> Obligation:
    ours = [o for o in lead.together if o.part is Part.COOPERATE]
    found = next((o for o in ours if o.unit_id == wanted.unit_id), None)
    if found is None:
        units = "、".join(act.unit(o.unit_id) for o in ours) or "没有"
        raise BadInput(
            f"{act.unit(wanted.unit_id)}不是 {lead.name} 的配合单位（配合：{units}）。要增加请联系督查室。"
        )
    if rules.next_state(found.part, Step.SPECIFY, found.state) is None:
        said = rules.SAID[found.state]
        raise NotNow(f"{act.unit(wanted.unit_id)}的配合现在是“{said}”，要改内容或时限请和对方商量。")
    return found


def _check_due(act: Acting, lead: Matter, wanted: Wanted) -> None:
    if wanted.due_at is None:
        raise BadInput(f"请写明{act.unit(wanted.unit_id)}什么时候给，例如“12月9号前”。")
    said = said_limit(act, wanted.due_at, wanted.grain)
    if wanted.due_at <= act.now:
        raise BadInput(f"{act.unit(wanted.unit_id)}的时限 {said} 已经过了，请换一个日子。")
    own = lead.obligation.due_at
    if own is not None and wanted.due_at > own:
        limit = said_limit(act, own, lead.obligation.due_grain)
        raise BadInput(f"{act.unit(wanted.unit_id)}的时限 {said} 晚于您自己的时限 {limit}，请提前。")


def specify(act: Acting, draft: Draft) -> tuple[list[str], UndoStep]:
    """发出 of a draft: the clocks of those units start, each is asked to sign. Who was told, in words.

    Raises:
        NotNow: one of them changed since the draft was shown.
    """
    demands = draft.payload["demands"]
    matters = matters_by_id(act, [int(d["obligation"]) for d in demands])
    lead = lead_matter(act, matters[0])
    older = _before(matters)
    with changing(act, Step.SPECIFY, *matters, *older) as change:
        for matter in older:
            step(act, matter, Step.WAIVE)
            matter.obligation.decision_no += 1
        for matter, demand in zip(matters, demands, strict=True):
            one = matter.obligation
            if one.decision_no != demand["no"]:
                raise NotNow(f"{act.unit(one.unit_id)}的配合在这之后变过，请重新说一遍。")
            step(act, matter, Step.SPECIFY)
            one.content = str(demand["what"])
            one.due_at = one.original_due_at = datetime.fromisoformat(str(demand["due"]))
            one.due_grain = Grain(str(demand["grain"]))
            one.dispatched_at = act.now
            one.decision_no += 1
            settle(act, change, matter, "配合要求重新写明", (ConcernKind.LIMIT,))
    told: list[int] = []
    said: list[str] = []
    for matter in matters:
        doors = _ask_to_sign(act, matter)
        told += doors
        said.append(f"{act.unit(matter.obligation.unit_id)}{'、'.join(act.person(p) for p in doors)}")
    taken_back = f"{lead.name} 的配合要求已由{act.unit(lead.obligation.unit_id)}撤回，先不用办。"
    return said, change.undoable(f"{lead.name} 明确配合", told=[(told, taken_back)])


def _before(matters: Sequence[Matter]) -> list[Matter]:
    """The same units' parts in earlier periods for which nobody said what was wanted: nothing is any more."""
    return [
        Matter(m.task, m.obligations, one)
        for m in matters
        for one in m.obligations
        if one.period < m.obligation.period
        and one.position == m.obligation.position
        and one.state is rules.S.UNSPECIFIED
    ]


def _ask_to_sign(act: Acting, matter: Matter) -> list[int]:
    one = matter.obligation
    shown = signing.please_sign(describe(act, matter.task, one, matter.lead), no=one.decision_no)
    people = [*act.doors(one.unit_id), *([one.handler_id] if one.handler_id else [])]
    return tell(act, people, shown, key=f"sign:{one.id}:{one.decision_no}", subject=f"obligation:{one.id}")


def waive(act: Acting, matters: Sequence[Matter]) -> tuple[list[Described], UndoStep]:
    """不需配合, said by the lead or the office; scored against nobody.

    Raises:
        NotAllowed: neither leads the task nor is the office.
        NotNow: it was handed in already.
    """
    for matter in matters:
        if not act.rights.may(Permission.ADJUST, initiative_id=matter.task.initiative_id):
            lead_matter(act, matter)
    told: list[int] = []
    with changing(act, Step.WAIVE, *matters) as change:
        for matter in matters:
            known = matter.obligation.state is not rules.S.UNSPECIFIED
            step(act, matter, Step.WAIVE)
            matter.obligation.decision_no += 1
            raised = settle(act, change, matter, "不需配合")
            if known or raised:
                told += _tell_waived(act, matter, raised)
    parts = [describe(act, m.task, m.obligation, m.lead) for m in matters]
    names = named(parts)
    taken_back = f"{names} 仍请配合，刚才的“不需配合”已撤回。"
    return parts, change.undoable(f"{names} 不需配合", told=[(told, taken_back)])


def _tell_waived(act: Acting, matter: Matter, raised: Sequence[int]) -> list[int]:
    one = matter.obligation
    news = Text(f"{matter.name} 已不需{act.unit(one.unit_id)}配合，不用再办，也不计分。")
    return tell(act, [*raised, *act.receivers(one)], news, key=f"waived:{one.id}:{one.decision_no}")
