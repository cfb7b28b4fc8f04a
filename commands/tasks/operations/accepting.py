"""确认 / 请补充 by the lead, 通过 / 退回重办 by the office. Nobody accepts their own."""

from datetime import datetime, time

from commands.access import Permission
from commands.calendar import SHANGHAI, say_date
from commands.errors import NotAllowed, NotNow
from commands.tasks import rules
from commands.tasks.cards import cooperation, reporting
from commands.tasks.cards.described import Described
from commands.tasks.operations.acting import Acting, Matter, speaks_for, step, tell
from commands.tasks.operations.changing import changing
from commands.tasks.operations.describing import described, waiting_for
from commands.tasks.rules import Step
from connectors.chat import Text
from storage.models import Part, TaskState, UndoStep
from storage.queries import tasks as queries

CLOSE_OF_WORK = time(18)
OFFICE_STEPS_IN = 2  #: working days without 确认, then the office may say it for the lead


def accept(act: Acting, matter: Matter) -> tuple[Described, UndoStep]:
    """确认: the lead has what it asked for.

    Raises:
        NotAllowed: the actor does not act for the lead, or it is their own.
        NotNow: it is not handed in, or decided already; the answer says by whom.
    """
    require_lead(act, matter)
    one = matter.obligation
    with changing(act, Step.ACCEPT, matter) as change:
        step(act, matter, Step.ACCEPT)
        one.done_at = act.now
        one.supplement_due_at = None
    part = described(act, matter)
    news = Text(cooperation.accepted(part, returned=one.returned))
    told = tell(act, _doers(act, matter), news, key=f"accepted:{one.id}:{one.decision_no}")
    undo = change.undoable(
        f"{matter.name} 确认", told=[(told, f"{part.lead_unit}撤回了对 {part.name} 配合的确认。")]
    )
    return part, undo


def ask_for_more(act: Acting, matter: Matter, reason: str) -> tuple[Described, UndoStep]:
    """请补充: back to the co-operating unit; its 原报出时间 is kept.

    Raises:
        NotAllowed, NotNow: as ``accept``.
    """
    require_lead(act, matter)
    one = matter.obligation
    until = act.calendar.add(rules.day_of(act.now), rules.SUPPLEMENT_WORKDAYS)
    with changing(act, Step.ASK_FOR_MORE, matter, words=reason) as change:
        step(act, matter, Step.ASK_FOR_MORE)
        one.returned += 1
        one.decision_no += 1
        one.supplement_due_at = datetime.combine(until, CLOSE_OF_WORK, SHANGHAI)
    part = described(act, matter)
    reported = rules.say_moment(one.first_submitted_at) if one.first_submitted_at else ""
    shown = cooperation.more_is_wanted(
        part, reason=reason, until=say_date(until, now=act.now), reported=reported, no=one.decision_no
    )
    told = tell(
        act,
        [*_doers(act, matter), *act.doors(one.unit_id)],
        shown,
        key=f"more:{one.id}:{one.decision_no}",
        subject=f"obligation:{one.id}",
    )
    taken_back = f"{part.lead_unit}撤回了“{part.name} 请补充”，先不用补。"
    return part, change.undoable(f"{matter.name} 请补充", told=[(told, taken_back)])


def require_lead(act: Acting, matter: Matter) -> None:
    """Raises ``NotAllowed`` unless the actor may say 确认 or 请补充 of this; see ``accept``."""
    one, lead = matter.obligation, matter.lead
    if one.part is Part.LEAD:
        raise NotAllowed(f"{matter.name} 牵头办的由督查室审核；要确认配合，请说“确认 {matter.name}”。")
    if rules.is_own(one, person_id=act.actor.id, unit_id=act.actor.unit_id):
        raise NotAllowed(f"{matter.name} 配合是本单位报的，由牵头单位{act.unit(lead.unit_id)}确认。")
    if speaks_for(act, lead):
        act.rights.require(Permission.ACCEPT, unit_id=lead.unit_id)
    elif not _office_may_step_in(act, matter):
        raise NotAllowed(f"{matter.name} 配合由牵头单位{act.unit(lead.unit_id)}确认。")


def _office_may_step_in(act: Acting, matter: Matter) -> bool:
    one = matter.obligation
    if one.submitted_at is None:
        return False
    waited = act.calendar.between(rules.day_of(one.submitted_at), rules.day_of(act.now))
    may = act.rights.may(Permission.VERIFY, initiative_id=matter.task.initiative_id)
    return may and waited >= OFFICE_STEPS_IN


def verify(act: Acting, matter: Matter) -> tuple[Described, UndoStep]:
    """通过: the lead's part is done, and with it the matter unless it comes back every period.

    Raises:
        NotAllowed: the actor is not the office, or it is their own.
        NotNow: not handed in, decided already, or co-operation is still open.
    """
    require_office(act, matter)
    one, task = matter.obligation, matter.task
    open_units = waiting_for(act, matter)
    if one.state is rules.S.SUBMITTED and open_units:
        raise NotNow(
            f"{matter.name} 还有{'、'.join(open_units)}的配合没确认。请牵头单位先确认；不需要的，"
            f"说“{matter.name} {open_units[0]}不需配合”。"
        )
    with changing(act, Step.VERIFY, matter) as change:
        step(act, matter, Step.VERIFY)
        one.done_at = act.now
        if not task.recurrence:
            task.state = TaskState.DONE
    part = described(act, matter)
    key = f"done:{one.id}:{one.decision_no}"
    period = "本期" if task.recurrence else ""
    news = f"{matter.name} {period}已由督查室审核通过，办结。"
    told = tell(act, _doers(act, matter), Text(news), key=key)
    groups = queries.groups_of(act.session, task.initiative_id)
    for group in groups:
        act.notices.to_group(
            group, Text(f"{matter.name} {period}已办结：{part.unit} {task.title}。"), key=key
        )
    taken_back = f"{matter.name} 的办结已撤回，督查室再核。"
    undo = change.undoable(
        f"{matter.name} 通过", told=[(told, taken_back)], groups=[(g, taken_back) for g in groups]
    )
    return part, undo


def send_back(act: Acting, matter: Matter, reason: str) -> tuple[Described, UndoStep]:
    """退回重办: the time limit stays, the reason is told privately.

    Raises:
        NotAllowed, NotNow: as ``verify``.
    """
    require_office(act, matter)
    one = matter.obligation
    with changing(act, Step.SEND_BACK, matter, words=reason) as change:
        step(act, matter, Step.SEND_BACK)
        one.returned += 1
        one.decision_no += 1
    part = described(act, matter)
    shown = reporting.sent_back(part, reason=reason, no=one.decision_no)
    told = tell(
        act,
        [*_doers(act, matter), *act.doors(one.unit_id)],
        shown,
        key=f"back:{one.id}:{one.decision_no}",
        subject=f"obligation:{one.id}",
    )
    undo = change.undoable(
        f"{matter.name} 退回重办", told=[(told, f"督查室撤回了“{matter.name} 退回重办”，等审核。")]
    )
    return part, undo


def require_office(act: Acting, matter: Matter) -> None:
    """Raises ``NotAllowed`` unless the actor may say 通过 or 退回重办 of this; see ``verify``."""
    one = matter.obligation
    own = rules.is_own(one, person_id=act.actor.id, unit_id=act.actor.unit_id)
    office = act.rights.may(Permission.VERIFY, initiative_id=matter.task.initiative_id)
    if office and one.part is Part.COOPERATE:
        raise NotAllowed(f"{matter.name} 配合由牵头单位{act.unit(matter.lead.unit_id)}确认。")
    if office and not own:
        return
    shown = reporting.not_yours_to_verify(
        described(act, matter), own=own, state=one.state, recurring=bool(matter.task.recurrence)
    )
    raise NotAllowed(shown)


def _doers(act: Acting, matter: Matter) -> list[int | None]:
    """Who did it: its handler, else its unit's door, and who handed it in."""
    return [*act.receivers(matter.obligation), matter.obligation.submitted_by_id]
