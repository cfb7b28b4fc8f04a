"""待我审批, 我的申请: what there is, and whom it waits for."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlmodel import Session

from commands.calendar import say_due
from commands.requests.operations.routing import Desk, approvers, names
from commands.requests.operations.submitting import said
from commands.tasks.rules import day_of
from storage.models import RequestStep, ResourceRequest, Role, Scope, StepState
from storage.queries import leave, reminders
from storage.queries import requests as queries

_INSTALLATION = (Role.OFFICE, Role.LEADER)
_UNIT = (Role.LIAISON, Role.VICE_HEAD, Role.HEAD)
_LINES = 10


def waits_for(desk: Desk, request: ResourceRequest) -> str:
    """Who is asked now, in words."""
    return names(desk, asked_now(desk, request))


def asked_now(desk: Desk, request: ResourceRequest) -> list[int]:
    """Who is asked now."""
    now_open = [s for s in queries.steps_of(desk.session, request.id) if s.state is StepState.OPEN]
    told = [p for s in now_open for p in approvers(desk.session, s, request, desk.now).told]
    return list(dict.fromkeys(told))


def may_decide(desk: Desk, request: ResourceRequest, step: RequestStep) -> bool:
    """Whether the actor's say is wanted on this step."""
    return approvers(desk.session, step, request, desk.now).may(desk.actor_id or 0)


def _waiting(
    session: Session, person_ids: Sequence[int], now: datetime
) -> list[tuple[ResourceRequest, RequestStep, list[int]]]:
    """What these people decide, for themselves or for whom they stand in; and which of them, each."""
    persons = [*person_ids, *leave.stood_in_for(session, person_ids, day_of(now))]
    places = {
        (role, None if role in _INSTALLATION else scope_id)
        for _, role, scope, scope_id in reminders.grants_of(session, persons)
        if role in _INSTALLATION or (role in _UNIT and scope is Scope.UNIT)
    }
    found = []
    for request, step in queries.open_steps(session, persons, sorted(places, key=str)):
        own = approvers(session, step, request, now)
        deciding = [person for person in person_ids if own.may(person)]
        if deciding:
            found.append((request, step, deciding))
    return found


def to_approve(desk: Desk) -> str:
    """待我审批, soonest first."""
    found = _waiting(desk.session, [desk.actor_id or 0], desk.now)
    if not found:
        return "没有等您审批的申请。"
    lines = [_line(desk, request, step.due_at) for request, step, _ in found[:_LINES]]
    numbers = "、".join(f"R{request.number}" for request, _, _ in found[:2])
    how = f"可以说“{numbers}一并通过”，或“不同意 R{found[0][0].number} 理由”。"
    return "\n".join([f"待您审批 {len(found)} 份：", *lines, how])


def mine(desk: Desk) -> str:
    """我的申请 that are not decided."""
    found = queries.open_of_person(desk.session, desk.actor_id or 0)
    if not found:
        return "您没有在审批的申请。"
    lines = [f"{_line(desk, request, None)}，等{waits_for(desk, request)}" for request in found[:_LINES]]
    return "\n".join([f"在审批 {len(found)} 份：", *lines])


def _line(desk: Desk, request: ResourceRequest, due_at: datetime | None) -> str:
    shown = said(desk, request)
    until = f"，{say_due(due_at, 'minute', now=desk.now)} 前" if due_at is not None else ""
    return f"· {shown.name} {shown.applicant}：{shown.what}，{shown.period}{until}"


def for_mornings(
    session: Session, person_ids: Sequence[int], now: datetime
) -> Mapping[int, Sequence[tuple[str, str]]]:
    """Rows of the morning card: what waits for each one's approval."""
    numbers: dict[int, list[str]] = {}
    for request, _, deciding in _waiting(session, person_ids, now):
        for person_id in deciding:
            numbers.setdefault(person_id, []).append(f"R{request.number}")
    return {
        person_id: [("待审批", "、".join(own[:3]) + (f" 等 {len(own)} 份" if len(own) > 3 else ""))]
        for person_id, own in numbers.items()
    }
