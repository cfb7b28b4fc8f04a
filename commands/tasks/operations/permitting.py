"""Whose say each step is: asked again when it is taken back, and noted where it is somebody's in whose
stead the actor acts. Every step that can be taken back has its line here."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from commands.access import WHO, Permission
from commands.errors import NotAllowed
from commands.tasks import rules
from commands.tasks.operations.acting import Acting, speaks_for
from commands.tasks.rules import Step
from storage.models import CooperationRequest, Obligation, Role, Task
from storage.queries import tasks as queries


class Of(StrEnum):
    """Where the permission is asked for."""

    INITIATIVE = "initiative"  #: by a role there
    UNIT = "unit"  #: by a role in the unit whose part it is
    SPEAKER = "speaker"  #: of who acts for the part: see ``speaks_for``
    LEAD = "lead"  #: of who acts for the lead's part
    ASKED = "asked"  #: of who speaks for the unit that was asked
    ASKER = "asker"  #: of who asked, or acts for the part
    OWN = "own"  #: what one said of one's own work: of anybody of the unit


@dataclass(frozen=True, slots=True)
class Need:
    """``office``: whoever may this in the initiative may take the step as well."""

    of: Of
    permission: Permission
    office: Permission | None = None


_P = Permission
NEEDS: Mapping[str, Need] = {
    Step.DISPATCH: Need(Of.INITIATIVE, _P.DISPATCH),
    Step.VERIFY: Need(Of.INITIATIVE, _P.VERIFY),
    Step.SEND_BACK: Need(Of.INITIATIVE, _P.VERIFY),
    Step.SUSPEND: Need(Of.INITIATIVE, _P.ADJUST),
    Step.CANCEL: Need(Of.INITIATIVE, _P.ADJUST),
    "change_limit": Need(Of.INITIATIVE, _P.ADJUST),
    "keep_clock": Need(Of.INITIATIVE, _P.ADJUST),
    "grant_extension": Need(Of.INITIATIVE, _P.ADJUST),
    "deny_extension": Need(Of.INITIATIVE, _P.ADJUST),
    Step.DELEGATE: Need(Of.UNIT, _P.DELEGATE),
    Step.RELEASE: Need(Of.UNIT, _P.RELEASE),
    Step.REVISE: Need(Of.UNIT, _P.RELEASE),
    "release_extension": Need(Of.UNIT, _P.RELEASE),
    "revise_extension": Need(Of.UNIT, _P.RELEASE),
    Step.ACKNOWLEDGE: Need(Of.SPEAKER, _P.REPORT),
    Step.HAND_OVER: Need(Of.SPEAKER, _P.REPORT),
    Step.SUBMIT: Need(Of.SPEAKER, _P.REPORT),
    Step.SUBMIT_FOR_RELEASE: Need(Of.SPEAKER, _P.REPORT),
    Step.RESUME: Need(Of.SPEAKER, _P.REPORT, office=_P.ADJUST),
    "unblock": Need(Of.SPEAKER, _P.REPORT, office=_P.ADJUST),
    "ask_extension": Need(Of.SPEAKER, _P.REPORT),
    "block": Need(Of.SPEAKER, _P.REPORT),
    "ask_unit": Need(Of.SPEAKER, _P.REPORT),
    "object_to_matter": Need(Of.SPEAKER, _P.REPORT),
    "propose_limit": Need(Of.SPEAKER, _P.REPORT),
    Step.SPECIFY: Need(Of.LEAD, _P.SPECIFY),
    Step.WAIVE: Need(Of.LEAD, _P.SPECIFY, office=_P.ADJUST),
    Step.ACCEPT: Need(Of.LEAD, _P.ACCEPT, office=_P.VERIFY),
    Step.ASK_FOR_MORE: Need(Of.LEAD, _P.ACCEPT, office=_P.VERIFY),
    "agree_limit": Need(Of.LEAD, _P.ACCEPT, office=_P.ADJUST),
    "keep_concern": Need(Of.LEAD, _P.ACCEPT, office=_P.ADJUST),
    "answer_unit": Need(Of.ASKED, _P.DELEGATE),
    "enough": Need(Of.ASKER, _P.REPORT),
    "ask_unit_for_more": Need(Of.ASKER, _P.REPORT),
    Step.REPORT: Need(Of.OWN, _P.REPORT),
    "correct": Need(Of.OWN, _P.REPORT),
}

Was = Mapping[str, Mapping[str, Any]]  #: row → columns as they were before the step


def require_still(act: Acting, action: str, what: str, rows: Mapping[str, Any], was: Was) -> None:
    """Raises ``NotAllowed`` unless the actor may take the step today: who may not does not take it back.

    ``rows``: what it changed and made, by name; the tasks among them, or of them, are locked.
    """
    need = NEEDS.get(action)
    if need is not None and _may(act, need, rows, was):
        return
    who = WHO[need.permission] if need is not None else "督查室"
    over = ""
    if need is not None and need.of is Of.UNIT:
        over = act.rights.no_more(need.permission, unit_id=act.actor.unit_id)
    raise NotAllowed(f"“{what}”没有撤回：{over}这件事现在由{who}办理。要改请联系他们。")


def _may(act: Acting, need: Need, rows: Mapping[str, Any], was: Was) -> bool:
    parts = parts_of(act, rows)
    tasks = _tasks(act, rows, parts)
    if need.of is Of.INITIATIVE:
        return _everywhere(act, need.permission, tasks)
    if need.office is not None and _everywhere(act, need.office, tasks):
        return True
    match need.of:
        case Of.UNIT | Of.OWN:
            return any(act.rights.may(need.permission, unit_id=one.unit_id) for one in parts)
        case Of.SPEAKER:
            return any(_spoke(act, one, was) for one in parts)
        case Of.LEAD:
            return bool(parts) and all(speaks_for(act, one) for one in _leads(act, parts))
        case Of.ASKED:
            asked = _asked(rows)
            return bool(asked) and all(_answers(act, one.to_unit_id) for one in asked)
    return any(one.person_id == act.actor.id for one in _asked(rows)) or any(
        speaks_for(act, one) for one in parts
    )


def _everywhere(act: Acting, permission: Permission, tasks: Sequence[Task]) -> bool:
    return bool(tasks) and all(act.rights.may(permission, initiative_id=one.initiative_id) for one in tasks)


def parts_of(act: Acting, rows: Mapping[str, Any]) -> list[Obligation]:
    """The obligations among ``rows``, else those that they belong to."""
    own = [row for row in rows.values() if isinstance(row, Obligation)]
    if own:
        return own
    ids = {row.obligation_id: None for row in rows.values() if getattr(row, "obligation_id", None)}
    return [act.session.get_one(Obligation, one) for one in ids]


def _tasks(act: Acting, rows: Mapping[str, Any], parts: Sequence[Obligation]) -> list[Task]:
    found = {row.id: row for row in rows.values() if isinstance(row, Task)}
    found |= {one.task_id: act.session.get_one(Task, one.task_id) for one in parts}
    return list(found.values())


def _spoke(act: Acting, one: Obligation, was: Was) -> bool:
    """Whether the actor acts for it, or would if it were in the hands it was in before."""
    before = was.get(f"obligation:{one.id}", {}).get("handler_id", one.handler_id)
    then = Obligation(task_id=one.task_id, part=one.part, unit_id=one.unit_id, handler_id=before)
    return speaks_for(act, one) or speaks_for(act, then)


def _leads(act: Acting, parts: Sequence[Obligation]) -> list[Obligation]:
    all_of = queries.obligations_of(act.session, {one.task_id for one in parts})
    return [rules.lead_of(all_of[one.task_id], one.period) for one in parts]


def _asked(rows: Mapping[str, Any]) -> list[CooperationRequest]:
    return [row for row in rows.values() if isinstance(row, CooperationRequest)]


def _answers(act: Acting, unit_id: int | None) -> bool:
    if unit_id is None or unit_id != act.actor.unit_id:
        return False
    return act.rights.may(Permission.DELEGATE, unit_id=unit_id) or not act.doors(unit_id)


def in_whose_stead(act: Acting, action: str, rows: Mapping[str, Any], was: Was) -> int | None:
    """Whose role made it possible where no role of the actor's own did; None: nobody's but theirs."""
    need, unit_id = NEEDS.get(action), act.actor.unit_id
    if not act.rights.lent or need is None or need.of in (Of.INITIATIVE, Of.OWN):
        return None
    parts = parts_of(act, rows)
    concerned = [*parts, *(_leads(act, parts) if need.of is Of.LEAD else ())]
    if unit_id not in {one.unit_id for one in concerned} and need.of is not Of.ASKED:
        return None
    if need.of is not Of.UNIT and any(_is_theirs(act, one, was) for one in concerned):
        return None
    lenders = act.rights.lenders(need.permission if need.of is Of.UNIT else _P.DELEGATE, unit_id=unit_id)
    by_door = sorted(lenders, key=lambda one: one.role is not Role.LIAISON)
    return by_door[0].person_id if by_door else None


def _is_theirs(act: Acting, one: Obligation, was: Was) -> bool:
    """In the actor's own hands before the step; what it puts there is not."""
    before = was.get(f"obligation:{one.id}", {}).get("handler_id", one.handler_id)
    return bool(before == act.actor.id)
