"""资源申请: everything people can say or press about it, one entry each."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from commands.access import Permission
from commands.command import Command, Context, Reply, Subject, Undo
from commands.errors import NotAllowed, NotFound, StaleCard
from commands.requests import cards, rules
from commands.requests.operations import deciding, listing, submitting
from commands.requests.operations.routing import Desk
from commands.requests.operations.submitting import Wanted
from commands.tasks.handlers.meaning import acting, missing, show_draft, text_slot
from commands.tasks.operations.drafting import open_draft
from commands.undo import steps
from connectors.chat import Button, Text
from storage.models import Draft, Person, RequestState, ResourceRequest, StepState, UndoStep
from storage.queries import requests as queries
from storage.queries import tasks as task_queries

ASK = "requests.ask"
TAKE_BACK = "requests.take_back"


def desk(ctx: Context) -> Desk:
    return Desk(ctx.session, ctx.now, ctx.calendar, ctx.notices, ctx.actor.id)


def request_resource(ctx: Context) -> Reply:
    """想借城管局的云梯车一台，下周二至周四用，查外墙 · 申请2台执法车 周四用 因联合检查."""
    unit_id = ctx.actor.unit_id
    if unit_id is None:
        raise NotAllowed("您还没有登记单位，不能提资源申请，请联系管理员。")
    if ctx.said.ask:
        return missing(ctx, ctx.said.ask, _QUESTIONS.get(ctx.said.ask, ""))
    slots = ctx.said.slots
    owner = next((n for n in ctx.said.unit_ids if n != unit_id), None)
    wanted = {
        "initiative": _initiative(ctx),
        "unit": unit_id,
        "owner": owner,
        "resource": text_slot(ctx, "resource"),
        "quantity": rules.figures(slots.get("quantity", 1)),
        "measure": text_slot(ctx, "unit"),
        "starts": text_slot(ctx, "period_start") or None,
        "ends": text_slot(ctx, "period_end") or None,
        "purpose": text_slot(ctx, "reason"),
    }
    at = desk(ctx)
    shown = submitting.check(at, submitting.built(ctx.actor.id, _wanted(wanted), at))
    return show_draft(ctx, open_draft(acting(ctx), ASK, 0, wanted), shown)


_QUESTIONS = {"quantity": "要多少？说个数就行，例如“两台”。", "resource": "要什么？写一句就行。"}


def _initiative(ctx: Context) -> int | None:
    """The group's, else the only one running."""
    own = task_queries.initiatives_of_group(ctx.session, ctx.conversation.id) if ctx.in_group else []
    found = own or task_queries.running_initiatives(ctx.session)
    return found[0].id if len(found) == 1 else None


def _wanted(said: Mapping[str, Any]) -> Wanted:
    starts, ends = (date.fromisoformat(said[k]) if said[k] else None for k in ("starts", "ends"))
    return Wanted(
        said["initiative"],
        said["unit"],
        said["owner"],
        said["resource"],
        said["quantity"],
        said["measure"],
        starts,
        ends,
        said["purpose"],
    )


def _send(ctx: Context, draft: Draft) -> Reply:
    """［提交］."""
    at = desk(ctx)
    request = submitting.submit(at, submitting.built(ctx.actor.id, _wanted(draft.payload), at))
    what, inverse = f"R{request.number} 资源申请", {"number": request.number}
    step = steps.undoable(steps.acting(ctx), what, TAKE_BACK, inverse)
    ctx.subject = f"undo:{step.id}"
    who = listing.waits_for(at, request)
    return Text(
        f"R{request.number} 已送{who}，结果告诉您。", buttons=(Button("撤回", f"撤回R{request.number}"),)
    )


def approve(ctx: Context) -> Reply:
    """同意 R7 · R20、R21一并通过."""
    ctx.private = True
    lines = []
    for request in _requests(ctx):
        last = deciding.approve(desk(ctx), request)
        said = submitting.said(desk(ctx), request)
        tail = "已告诉申请人" if last else f"再到{listing.waits_for(desk(ctx), request)}"
        lines.append(f"{said.name} 已同意：{said.what}，{said.period}，{tail}。")
    return Text("\n".join(lines))


def reject(ctx: Context) -> Reply:
    """驳回 R7 预算不足，先用自有车."""
    ctx.private = True
    found = _requests(ctx)
    for request in found:
        deciding.my_step(desk(ctx), request)
    reason = text_slot(ctx, "reason", "note")
    if not reason:
        return missing(ctx, "reason", "不同意的理由？写一句就行。")
    for request in found:
        deciding.reject(desk(ctx), request, reason)
    names = "、".join(f"R{request.number}" for request in found)
    return Text(f"{names} 没有同意，理由已告诉申请人。")


def is_meant(ctx: Context) -> bool:
    """Whether 同意 or 不同意 is about a request."""
    return ctx.card_subject("request") is not None or any(ref.kind == "R" for ref in ctx.said.refs)


def hand_on(ctx: Context) -> Reply:
    """R7 转给罗建 · R7 转分管领导."""
    ctx.private = True
    if not is_meant(ctx):
        return Text("提级督办请直接与督查室说明是哪一项、为什么。要转交审批请说“R7 转给某某”。")
    request = _requests(ctx)[0]
    to = ctx.session.get(Person, ctx.said.person_ids[0]) if ctx.said.person_ids else None
    if to is not None:
        deciding.hand_on(desk(ctx), request, to)
        return Text(f"R{request.number} 已转{to.name}审批。")
    if not text_slot(ctx, "to", "who"):
        return missing(ctx, "assignee", "转给哪一位？请说姓名。")
    people = deciding.raise_step(desk(ctx), request, deciding.my_step(desk(ctx), request))
    if not people:
        raise NotFound(f"R{request.number} 上面没有可以转的人，请说姓名，例如“R{request.number} 转给某某”。")
    return Text(f"R{request.number} 已转{'、'.join(desk(ctx).person(p) for p in people)}审批。")


def withdraw(ctx: Context) -> Reply:
    """撤回 R7, as long as it is not decided."""
    ctx.private = True
    request = _requests(ctx)[0]
    submitting.withdraw(desk(ctx), request)
    return Text(f"R{request.number} 已撤回，已告诉审批的人。")


def _take_back(ctx: Context, step: UndoStep) -> Reply:
    found = queries.by_number(ctx.session, [int(step.inverse["number"])])
    for request in found.values():
        submitting.withdraw(desk(ctx), request)
    return Text(f"已撤回：{step.what}，已告诉审批的人。")


def change(ctx: Context) -> Reply:
    """R7 改成3台 · R7 时间改到下周五: everybody decides anew."""
    ctx.private = True
    if ctx.said.ask:
        return missing(ctx, ctx.said.ask, "改成多少，或者改到哪天？")
    request = _requests(ctx)[0]
    quantity = ctx.said.slots.get("quantity")
    starts, ends = (text_slot(ctx, name) for name in ("period_start", "period_end"))
    submitting.change(
        desk(ctx),
        request,
        quantity="" if quantity is None else rules.figures(quantity),
        measure=text_slot(ctx, "unit"),
        starts_on=date.fromisoformat(starts) if starts else None,
        ends_on=date.fromisoformat(ends) if ends else None,
    )
    said = submitting.said(desk(ctx), request)
    return Text(
        f"{said.name} 已改：{said.what}，{said.period}，重新送{listing.waits_for(desk(ctx), request)}。"
    )


def query(ctx: Context) -> Reply:
    """R7 · 待我审批 · 我的申请."""
    at = desk(ctx)
    match ctx.said.slots.get("about"):
        case "to_approve":
            return Text(listing.to_approve(at))
        case "mine":
            return Text(listing.mine(at))
    request = _requests(ctx)[0]
    steps = [deciding.in_words(at, request, step) for step in queries.steps_of(ctx.session, request.id)]
    mine = request.person_id == ctx.actor.id and request.state is RequestState.OPEN
    return cards.stands(
        submitting.said(at, request), state=submitting.SAID[request.state], steps=steps, mine=mine
    )


def _requests(ctx: Context) -> list[ResourceRequest]:
    """Those said, else the one on the card, locked; each visible to this person.

    Raises:
        NotFound: one does not exist or is none of their business.
        StaleCard: the card shows another amount, period or step.
    """
    numbers = [ref.number for ref in ctx.said.refs if ref.kind == "R"]
    shown = ctx.card_subject("request")
    on_card = queries.number_of(ctx.session, shown) if shown is not None else None
    wanted = numbers or ([on_card] if on_card is not None else [])
    if not wanted:
        raise NotFound("是哪一份申请？说编号就行，例如“同意 R7”。说“待我审批”看清单。")
    found = queries.by_number(ctx.session, wanted)
    for number in wanted:
        request = found.get(number)
        if request is None or not _sees(ctx, request):
            raise NotFound(f"没有找到 R{number}。说“待我审批”或“我的申请”看清单。")
        if shown == request.id and ctx.card is not None and ctx.card.no != request.decision_no:
            raise StaleCard(_changed(ctx, request))
    return [found[number] for number in dict.fromkeys(wanted)]


def _changed(ctx: Context, request: ResourceRequest) -> str:
    at = desk(ctx)
    if request.state is not RequestState.OPEN:
        return deciding.how_it_stands(at, request, queries.steps_of(ctx.session, request.id))
    said = submitting.said(at, request)
    return f"{said.name} 改过：{said.what}，{said.period}。请看最新的一张。"


def _sees(ctx: Context, request: ResourceRequest) -> bool:
    if request.person_id == ctx.actor.id or ctx.rights.may(Permission.SEE_ALL, everywhere=True):
        return True
    steps = queries.steps_of(ctx.session, request.id)
    own_unit = ctx.actor.unit_id in (request.unit_id, request.from_unit_id)
    return own_unit or any(
        step.decided_by_id == ctx.actor.id
        or (step.state is StepState.OPEN and listing.may_decide(desk(ctx), request, step))
        for step in steps
    )


SUBJECT = Subject(
    "资源申请",
    commands=(
        Command(
            "资源申请",
            "request_resource",
            request_resource,
            Permission.ASK,
            "申请 数量 什么 什么时候用 因为什么",
            ("想借城管局的云梯车一台，下周二至周四用，查外墙", "申请2台执法车 周四用 因联合检查"),
            settles=False,
        ),
        Command(
            "转交审批",
            "escalate",
            hand_on,
            Permission.ASK,
            "R编号 转给 姓名",
            ("R7 转给罗建",),
            decides=True,
        ),
        Command(
            "撤回申请", "withdraw_request", withdraw, Permission.ASK, "撤回 R编号", ("撤回 R7",), decides=True
        ),
        Command(
            "改申请",
            "change_request",
            change,
            Permission.ASK,
            "R编号 改成 多少",
            ("R7 改成3台",),
            decides=True,
        ),
        Command(
            "查申请",
            "query_request",
            query,
            Permission.ASK,
            "R编号，待我审批，我的申请",
            ("R7", "待我审批", "我的申请"),
            private=True,
            settles=False,
        ),
    ),
    drafts={ASK: _send},
    undos={TAKE_BACK: Undo(_take_back, Permission.ASK)},
    waiting=listing.for_mornings,
)
