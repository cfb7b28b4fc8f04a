"""同意, 不同意, 转交, one level up: each step decided once, by who may, never by the applicant."""

from commands.errors import NotAllowed, NotNow
from commands.requests import cards, rules
from commands.requests.operations.routing import Desk, approvers, names, one_up
from commands.requests.operations.submitting import SAID, ask, open_next, said
from commands.tasks.rules import say_moment
from connectors.chat import Text
from storage.models import Person, RequestState, RequestStep, ResourceRequest, StepState
from storage.queries import requests as queries


def my_step(desk: Desk, request: ResourceRequest) -> RequestStep:
    """The open step this person decides.

    Raises:
        NotNow: decided or withdrawn; the answer says by whom and when.
        NotAllowed: their own, or somebody else's say.
    """
    steps = queries.steps_of(desk.session, request.id)
    if request.state is not RequestState.OPEN:
        raise NotNow(how_it_stands(desk, request, steps))
    actor_id = desk.actor_id or 0
    if request.person_id == actor_id:
        raise NotAllowed(f"R{request.number} 是您自己提的，由别人审批。要收回请说“撤回R{request.number}”。")
    now_open = [step for step in steps if step.state is StepState.OPEN]
    for step in now_open:
        if approvers(desk.session, step, request, desk.now).may(actor_id):
            return step
    mine = next((step for step in steps if step.decided_by_id == actor_id), None)
    if mine is not None:
        raise NotNow(_decided(desk, request, mine))
    waits = [names(desk, approvers(desk.session, step, request, desk.now).told) for step in now_open]
    raise NotAllowed(f"R{request.number} 现在由{'、'.join(waits)}审批。")


def approve(desk: Desk, request: ResourceRequest) -> bool:
    """同意; whether that was the last say.

    Raises:
        NotNow, NotAllowed: see ``my_step``.
    """
    step = my_step(desk, request)
    _decide(desk, request, step, StepState.APPROVED, "")
    steps = queries.steps_of(desk.session, request.id)
    if any(s.state in (StepState.OPEN, StepState.LATER) for s in steps):
        if not any(s.state is StepState.OPEN for s in steps):
            open_next(desk, request, steps)
        return False
    request.state, request.decided_at = RequestState.APPROVED, desk.now
    _conclude(desk, request, steps, "已同意", "")
    return True


def reject(desk: Desk, request: ResourceRequest, reason: str) -> None:
    """不同意, with the reason: nobody else is asked any more.

    Raises:
        NotNow, NotAllowed: see ``my_step``.
    """
    step = my_step(desk, request)
    _decide(desk, request, step, StepState.REJECTED, reason)
    steps = queries.steps_of(desk.session, request.id)
    told: list[int] = []
    for other in steps:
        if other.state is StepState.OPEN:
            told += approvers(desk.session, other, request, desk.now).told
        if other.state in (StepState.OPEN, StepState.LATER):
            other.state = StepState.VOID
    request.state, request.decided_at = RequestState.REJECTED, desk.now
    news = Text(f"R{request.number} 已有单位不同意，不用再审批。")
    desk.notices.to_people(told, news, key=f"request:{request.id}:void")
    _conclude(desk, request, steps, "没有同意", reason)


def _decide(desk: Desk, request: ResourceRequest, step: RequestStep, state: StepState, reason: str) -> None:
    own = approvers(desk.session, step, request, desk.now)
    actor_id = desk.actor_id or 0
    step.state, step.decided_at, step.decided_by_id, step.reason = state, desk.now, actor_id, reason
    step.stood_in_for_id = None if actor_id in own.own else own.standing_in.get(actor_id)
    desk.notices.withdraw(actor_id, f"request:{request.id}")
    after = {"state": state.value, "decided_by_id": actor_id, "stood_in_for_id": step.stood_in_for_id}
    what = f"{request.quantity} {request.measure}"
    action = "approve_request" if state is StepState.APPROVED else "reject_request"
    desk.record(
        action,
        request,
        {"state": "open"},
        {**after, "step": step.position, "what": what},
        reason,
    )
    desk.session.flush()


def _conclude(
    desk: Desk, request: ResourceRequest, steps: list[RequestStep], outcome: str, reason: str
) -> None:
    decided = [(_who(desk, s), _took(desk, s)) for s in steps if s.decided_at is not None]
    total = rules.say_worked(rules.worked(request.submitted_at, desk.now, desk.calendar))
    shown = cards.concluded(said(desk, request), outcome=outcome, steps=decided, total=total, reason=reason)
    desk.notices.to_person(request.person_id, shown, key=f"request:{request.id}:outcome")


def _who(desk: Desk, step: RequestStep) -> str:
    """环保局李娜, 代何川."""
    who = f"{desk.unit(step.unit_id)}{desk.person(step.decided_by_id)}"
    return who + (f"代{desk.person(step.stood_in_for_id)}" if step.stood_in_for_id is not None else "")


def _took(desk: Desk, step: RequestStep) -> str:
    if step.opened_at is None or step.decided_at is None:
        return ""
    return f"用 {rules.say_worked(rules.worked(step.opened_at, step.decided_at, desk.calendar))}"


def hand_on(desk: Desk, request: ResourceRequest, to: Person) -> None:
    """转交 to somebody: the time limit stays; both names are in the record.

    Raises:
        NotNow, NotAllowed: see ``my_step``; or the person asked for it, or has left.
    """
    step = my_step(desk, request)
    if to.id == request.person_id:
        raise NotAllowed(f"R{request.number} 是{to.name}提的，不能由本人审批，请换一位。")
    if to.left_at is not None:
        raise NotAllowed(f"{to.name}已经离岗，请换一位。")
    before = {"person_id": step.person_id, "role": step.role.value}
    step.person_id = to.id
    desk.record(
        "hand_on_request",
        request,
        before,
        {"person_id": to.id, "step": step.position},
    )
    ask(desk, request, step)


def raise_step(desk: Desk, request: ResourceRequest, step: RequestStep) -> list[int]:
    """One level up, with a new time limit; who is asked now. Nobody at the top: the limit is off."""
    place = one_up(desk.session, step, request)
    before = {"role": step.role.value, "unit_id": step.unit_id, "person_id": step.person_id}
    if place is None:
        step.due_at = None
        return []
    step.role, step.person_id = place[0], None
    step.unit_id = place[1] if place[1] is not None else None
    step.raised_at = desk.now
    step.due_at = rules.after_hours(desk.now, rules.hours(desk.rules_of(request)), desk.calendar)
    after = {"role": step.role.value, "unit_id": step.unit_id, "step": step.position}
    desk.record("raise_request", request, before, after)
    return ask(desk, request, step, raised=True)


def how_it_stands(desk: Desk, request: ResourceRequest, steps: list[RequestStep]) -> str:
    if request.state is RequestState.WITHDRAWN:
        return f"R{request.number} 已由{desk.person(request.person_id)}撤回，不用再审批。"
    last = max(
        (s for s in steps if s.decided_at is not None), key=lambda s: (s.decided_at, s.id), default=None
    )
    return _decided(desk, request, last) if last else f"R{request.number} {SAID[request.state]}。"


def _decided(desk: Desk, request: ResourceRequest, step: RequestStep) -> str:
    when = say_moment(step.decided_at) if step.decided_at else ""
    verb = "同意" if step.state is StepState.APPROVED else "不同意"
    return f"R{request.number} 已由{_who(desk, step)}于{when}答复：{verb}。"


def in_words(desk: Desk, request: ResourceRequest, step: RequestStep) -> str:
    """A step of R7 for who looks."""
    match step.state:
        case StepState.OPEN:
            return f"等{names(desk, approvers(desk.session, step, request, desk.now).told)}"
        case StepState.LATER:
            return "还没到"
        case StepState.VOID:
            return "不用了"
    return f"{_who(desk, step)}，{_took(desk, step)}"
