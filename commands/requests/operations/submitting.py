"""资源申请: made, numbered, changed and withdrawn by who asks."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from commands.calendar import say_due
from commands.errors import BadInput, NotAllowed, NotNow
from commands.requests import cards, rules
from commands.requests.cards import Said
from commands.requests.operations.routing import Desk, approvers, names, route
from commands.tasks.rules import day_of
from connectors.chat import Card, Text
from storage import numbers
from storage.models import RequestState, RequestStep, ResourceRequest, Role, StepState
from storage.queries import requests as queries


@dataclass(frozen=True, slots=True)
class Wanted:
    initiative_id: int | None
    unit_id: int
    from_unit_id: int | None
    resource: str
    quantity: str
    measure: str
    starts_on: date | None
    ends_on: date | None
    purpose: str


def built(person_id: int, wanted: Wanted, desk: Desk) -> ResourceRequest:
    """The row, not stored yet."""
    request = ResourceRequest(
        number=0,
        person_id=person_id,
        initiative_id=wanted.initiative_id,
        unit_id=wanted.unit_id,
        from_unit_id=wanted.from_unit_id,
        kind=rules.kind_of(wanted.resource),
        resource=wanted.resource,
        quantity=wanted.quantity,
        measure=wanted.measure,
        starts_on=wanted.starts_on,
        ends_on=wanted.ends_on or wanted.starts_on,
        purpose=wanted.purpose,
        submitted_at=desk.now,
    )
    request.parallel = rules.is_parallel(desk.rules_of(request))
    return request


def check(desk: Desk, request: ResourceRequest) -> Card:
    """The draft's card.

    Raises:
        BadInput: a period that is past or ends before it begins.
        NotNow: nobody is on record who could decide it.
    """
    _check_period(desk, request.starts_on, request.ends_on)
    places = route(desk.session, request)
    if not places:
        raise NotNow("还没有登记能审批的人，请先联系督查室。")
    steps = _steps(0, places)
    who = [names(desk, approvers(desk.session, step, request, desk.now).told) for step in steps]
    way = ("、".join(who) + "同时审批") if request.parallel and len(who) > 1 else "，再到".join(who)
    return cards.to_check(said(desk, request), way=way)


def _check_period(desk: Desk, starts_on: date | None, ends_on: date | None) -> None:
    today = day_of(desk.now)
    if starts_on is not None and starts_on < today:
        raise BadInput("用的日子已经过了，请换一个。")
    if starts_on is not None and ends_on is not None and ends_on < starts_on:
        raise BadInput("结束的日子早于开始，请重新说一遍。")


def submit(desk: Desk, request: ResourceRequest) -> ResourceRequest:
    """［提交］: numbered, and its first step (并联: every step) asked.

    Raises:
        BadInput, NotNow: see ``check``.
    """
    check(desk, request)
    request.number = numbers.take(desk.session, "R")
    desk.session.add(request)
    desk.session.flush()
    steps = _steps(request.id, route(desk.session, request))
    desk.session.add_all(steps)
    desk.session.flush()
    desk.record("submit_request", request, {}, values(request))
    open_next(desk, request, steps)
    return request


def _steps(request_id: int, places: Sequence[tuple[Role, int | None]]) -> list[RequestStep]:
    return [
        RequestStep(request_id=request_id, position=n, role=role, unit_id=unit_id)
        for n, (role, unit_id) in enumerate(places, start=1)
    ]


def open_next(
    desk: Desk, request: ResourceRequest, steps: Sequence[RequestStep], *, changed: bool = False
) -> None:
    """Ask whoever is next; 并联 asks all at once."""
    later = [step for step in steps if step.state is StepState.LATER]
    for step in later if request.parallel else later[:1]:
        step.state, step.opened_at = StepState.OPEN, desk.now
        step.due_at = rules.after_hours(desk.now, rules.hours(desk.rules_of(request)), desk.calendar)
        ask(desk, request, step, changed=changed)


def ask(
    desk: Desk, request: ResourceRequest, step: RequestStep, *, raised: bool = False, changed: bool = False
) -> list[int]:
    """The card to whoever decides the step; who got it."""
    desk.session.flush()
    until = say_due(step.due_at, "minute", now=desk.now) if step.due_at is not None else ""
    shown = cards.to_decide(
        said(desk, request), until=until, no=request.decision_no, raised=raised, changed=changed
    )
    people = approvers(desk.session, step, request, desk.now).told
    key = f"request:{request.id}:{request.decision_no}:{step.id}:{step.role}:{step.person_id or 0}"
    desk.notices.to_people(people, shown, key=key, subject=f"request:{request.id}")
    return people


def change(
    desk: Desk,
    request: ResourceRequest,
    *,
    quantity: str,
    measure: str,
    starts_on: date | None,
    ends_on: date | None,
) -> None:
    """Another amount or period: everybody decides anew, on a new card.

    Raises:
        NotAllowed: not the applicant's.
        NotNow: decided or withdrawn.
        BadInput: see ``check``.
    """
    _require_own_and_open(desk, request)
    _check_period(desk, starts_on, ends_on)
    before = values(request)
    if quantity:
        request.quantity, request.measure = quantity, measure or request.measure
    if starts_on is not None:
        request.starts_on, request.ends_on = starts_on, ends_on or starts_on
    request.decision_no += 1
    steps = queries.steps_of(desk.session, request.id)
    for step in steps:
        step.state, step.opened_at, step.due_at = StepState.LATER, None, None
        step.decided_at, step.decided_by_id, step.stood_in_for_id = None, None, None
    open_next(desk, request, steps, changed=True)
    after = values(request)
    changed = {key: value for key, value in after.items() if before[key] != value}
    desk.record("change_request", request, {k: before[k] for k in changed}, changed)


def withdraw(desk: Desk, request: ResourceRequest) -> None:
    """撤回 by the applicant, as long as it is not decided.

    Raises:
        NotAllowed, NotNow: as ``change``.
    """
    _require_own_and_open(desk, request)
    told: list[int] = []
    for step in queries.steps_of(desk.session, request.id):
        if step.state is StepState.OPEN:
            told += approvers(desk.session, step, request, desk.now).told
        if step.state in (StepState.OPEN, StepState.LATER):
            step.state = StepState.VOID
    request.state, request.decided_at = RequestState.WITHDRAWN, desk.now
    request.decision_no += 1
    news = Text(f"R{request.number} 已由{desk.person(request.person_id)}撤回，不用再审批。")
    desk.notices.to_people(told, news, key=f"request:{request.id}:withdrawn")
    desk.record("withdraw_request", request, {"state": "open"}, {"state": "withdrawn"})


def _require_own_and_open(desk: Desk, request: ResourceRequest) -> None:
    if request.person_id != desk.actor_id:
        raise NotAllowed(f"R{request.number} 由{desk.person(request.person_id)}提出，由其本人改或撤回。")
    if request.state is not RequestState.OPEN:
        raise NotNow(f"R{request.number} 已经{SAID[request.state]}，不能再改。要的话请重新提。")


SAID = {
    RequestState.OPEN: "在审批",
    RequestState.APPROVED: "同意",
    RequestState.REJECTED: "答复不同意",
    RequestState.WITHDRAWN: "撤回",
}


def said(desk: Desk, request: ResourceRequest) -> Said:
    owner = desk.unit(request.from_unit_id) if request.from_unit_id is not None else "督查室协调"
    return Said(
        name=f"R{request.number}" if request.number else "",
        applicant=f"{desk.unit(request.unit_id)} {desk.person(request.person_id)}",
        what=f"{request.resource} {request.quantity} {request.measure}".strip(),
        period=rules.say_period(request.starts_on, request.ends_on, now=desk.now),
        purpose=request.purpose,
        owner=owner,
    )


def values(request: ResourceRequest) -> dict[str, object]:
    return {key: value for key, value in request.model_dump().items() if key != "id"}
