"""同意 and 维持: the answer to 有异议 and 商量时限, once, by who gave the matter or its limit."""

from dataclasses import dataclass

from commands.access import Permission
from commands.concerns import cards
from commands.concerns.operations.raising import check_day
from commands.errors import NotAllowed
from commands.extensions.operations import Later
from commands.tasks import rules as tasks_rules
from commands.tasks.operations import adjusting
from commands.tasks.operations.acting import Acting, Matter, speaks_for, tell
from commands.tasks.operations.changing import changing
from commands.tasks.operations.describing import said_limit
from commands.tasks.operations.settling import answerers, decide, is_leads, require_open
from storage.models import Concern, ConcernKind, ConcernState, ObligationState, UndoStep

AGREE, KEEP = "agree_limit", "keep_concern"


@dataclass(frozen=True, slots=True)
class Answered:
    unit: str
    limit: str  #: that runs now
    undo: UndoStep


def agree(act: Acting, matter: Matter, row: Concern, other: Later | None = None) -> Answered:
    """同意: the limit moves as by 调整时限, at once; ``other``: to another day than the one proposed.

    It is no 延期 of the unit's: no ``ExtensionRequest`` is made, so it counts neither towards 最多申请 n 次
    nor as asked for too late in the ranking. A limit talked over when the matter is received is the first
    one both sides agree on. The original one stays on every card beside it, and what is on time is
    measured by the new one.

    Raises:
        NotAllowed: neither gave the limit nor is the office.
        NotNow: it was answered already, or the matter is handed in or over.
        BadInput: the day has passed meanwhile, or is after the lead's own limit.
    """
    require_answerer(act, matter, row)
    require_open(act, matter, row)
    later = other or _proposed(row)
    adjusting.require_movable(matter)
    check_day(act, matter, later)
    one = matter.obligation
    with changing(act, AGREE, matter) as change:
        change.watch(matter.task, row)
        row.to_due_at, row.to_grain = later.at, later.grain
        decide(act, row, ConcernState.AGREED)
        adjusting.move_limit(one, later.at, later.grain)
    shown = cards.agreed(
        matter.name,
        matter.ref,
        by=_speaker(act, matter),
        limit=adjusting.limits(act, one),
        no=one.decision_no,
        unsigned=one.state is ObligationState.ASSIGNED,
    )
    told = tell(
        act, _hearers(act, matter, row), shown, key=f"concern:{row.id}:agreed", subject=f"obligation:{one.id}"
    )
    back = f"{_speaker(act, matter)}撤回了 {matter.name} 时限的答复，时限先按原来的，定了再告诉您。"
    undo = change.undoable(f"同意 {matter.name} 商量的时限", told=[(told, back)])
    return Answered(act.unit(one.unit_id), adjusting.limits(act, one), undo)


def _proposed(row: Concern) -> Later:
    assert row.to_due_at is not None  # noqa: S101 - a limit is proposed with its day
    return Later(row.to_due_at, row.to_grain)


def keep(act: Acting, matter: Matter, row: Concern, reason: str) -> Answered:
    """维持, with the reason, told privately: everything is as it was given.

    Raises:
        NotAllowed, NotNow: as ``agree``.
    """
    require_answerer(act, matter, row)
    require_open(act, matter, row)
    one = matter.obligation
    with changing(act, KEEP, matter, words=reason) as change:
        change.watch(matter.task, row)
        decide(act, row, ConcernState.KEPT, reason)
    limit = said_limit(act, one.due_at, one.due_grain)
    shown = cards.kept(
        matter.name,
        matter.ref,
        what="维持原分工" if row.kind is ConcernKind.OBJECTION else "维持原时限",
        by=_speaker(act, matter),
        reason=reason,
        limit=limit,
        no=one.decision_no,
        unsigned=one.state is ObligationState.ASSIGNED,
    )
    told = tell(
        act, _hearers(act, matter, row), shown, key=f"concern:{row.id}:kept", subject=f"obligation:{one.id}"
    )
    back = f"{_speaker(act, matter)}撤回了对 {matter.name} 的答复，定了再告诉您。"
    undo = change.undoable(f"维持 {matter.name}", told=[(told, back)])
    return Answered(act.unit(one.unit_id), limit, undo)


def require_answerer(act: Acting, matter: Matter, row: Concern) -> None:
    """Raises ``NotAllowed`` unless the actor may answer it; nobody answers their own.

    The office answers everything; the lead what is said about a limit it set.
    """
    one = matter.obligation
    own = tasks_rules.is_own(one, person_id=act.actor.id, unit_id=act.actor.unit_id)
    if own or row.person_id == act.actor.id:
        raise NotAllowed(f"{matter.name} 是您单位提的，由{answerers(act, matter, row.kind)}答复。")
    if may_answer(act, matter, row.kind):
        return
    raise NotAllowed(f"{matter.name} 的这件事由{answerers(act, matter, row.kind)}答复。")


def may_answer(act: Acting, matter: Matter, kind: ConcernKind) -> bool:
    if act.rights.may(Permission.ADJUST, initiative_id=matter.task.initiative_id):
        return True
    return is_leads(matter, kind) and speaks_for(act, matter.lead)


def _speaker(act: Acting, matter: Matter) -> str:
    """In whose name it is answered."""
    if act.rights.may(Permission.ADJUST, initiative_id=matter.task.initiative_id):
        return "督查室"
    return act.unit(matter.lead.unit_id)


def _hearers(act: Acting, matter: Matter, row: Concern) -> list[int]:
    """Who raised it, who does the work, and the unit's door."""
    one = matter.obligation
    return [row.person_id, *act.receivers(one), *act.doors(one.unit_id)]
