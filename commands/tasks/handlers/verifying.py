"""审核 by the office: 通过, 退回重办."""

from commands.access import Permission
from commands.command import Context, Reply
from commands.errors import NotNow
from commands.tasks import rules
from commands.tasks.handlers import cooperation, reporting
from commands.tasks.handlers.meaning import (
    LATER,
    acting,
    check_card,
    missing,
    number_of,
    on_card,
    refs,
    text_slot,
    undoable,
)
from commands.tasks.operations import accepting
from commands.tasks.operations.acting import Acting, Matter, how_it_stands, matter_of, matters
from commands.tasks.rules import Step
from connectors.chat import Button, Text
from storage.models import ObligationState, Part


def approve(ctx: Context, then_ask: cooperation.ThenAsk) -> Reply:
    """T12 通过 · 准予销号. Said by a head it is 同意报出, by the lead of others' work 确认."""
    if ctx.said.slots.get("of", "complete") != "complete" or any(r.kind == "R" for r in ctx.said.refs):
        ctx.private = True
        return LATER
    act = acting(ctx)
    ctx.private = True
    matter = _reported(ctx, act, Step.VERIFY)
    if matter is None:
        return missing(ctx, "task_id", "通过哪一项？说编号就行，例如“T1 通过”。")
    match _said_by(act, matter):
        case Step.RELEASE:
            return reporting.release(ctx)
        case Step.ACCEPT:
            return cooperation.confirm(ctx, then_ask)
    check_card(ctx, act, matter, Step.VERIFY)
    part, undo = accepting.verify(act, matter)
    undoable(ctx, undo)
    done = "本期已通过" if matter.task.recurrence else "已通过，办结"
    return Text(f"{part.name} {done}，已告诉{part.unit}。", buttons=(Button("撤回", "撤回"),))


def give_back(ctx: Context) -> Reply:
    """T12 退回 数据口径不对，重报. Said by a head it is 退改, by the lead of others' work 请补充."""
    act = acting(ctx)
    ctx.private = True
    if ctx.said.slots.get("kind") != "rework":
        return LATER
    matter = _reported(ctx, act, Step.SEND_BACK)
    if matter is None:
        return missing(ctx, "task_id", "退回哪一项？说编号就行，例如“T1 退回 数据口径不对”。")
    match _said_by(act, matter):
        case Step.RELEASE:
            return reporting.revise(ctx)
        case Step.ACCEPT:
            return cooperation.ask_for_more(ctx)
    check_card(ctx, act, matter, Step.SEND_BACK)
    accepting.require_office(act, matter)
    one = matter.obligation
    if rules.next_state(one.part, Step.SEND_BACK, one.state) is None:
        raise NotNow(how_it_stands(act, matter, Step.SEND_BACK))
    reason = text_slot(ctx, "reason", "note")
    if not reason:
        return missing(ctx, "reason", "退回的理由？写一句就行。")
    part, undo = accepting.send_back(act, matter, reason)
    undoable(ctx, undo)
    return Text(f"{part.name} 已退回{part.unit}重办，时限不变。", buttons=(Button("撤回", "撤回"),))


def _said_by(act: Acting, matter: Matter) -> Step:
    """Whose yes or no it is: the head's over what waits to leave the unit, the lead's over what others
    handed in, else the office's."""
    unit_id = act.actor.unit_id
    own = [o for o in matter.obligations if o.unit_id == unit_id]
    leaving = unit_id is not None and any(o.state is ObligationState.RELEASING for o in own)
    if leaving and act.rights.may(Permission.RELEASE, unit_id=unit_id):
        return Step.RELEASE
    if act.rights.may(Permission.VERIFY, initiative_id=matter.task.initiative_id):
        return Step.VERIFY
    others = [o for o in matter.obligations if o.part is Part.COOPERATE]
    if matter.lead.unit_id == unit_id and any(o.state is ObligationState.SUBMITTED for o in others):
        return Step.ACCEPT
    return Step.VERIFY


def _reported(ctx: Context, act: Acting, step: Step) -> Matter | None:
    """What the office looks at: the lead's part, unless another one was named."""
    said, shown = refs(ctx), on_card(ctx)
    if shown is not None and (not said or number_of(ctx, shown) == said[0][0]):
        return matter_of(act, shown)
    if not said:
        return None
    matter = matters(act, said[:1], step=step)[0]
    if said[0][1] is not None:
        return matter
    period = rules.first_period(matter.obligations, step, Part.LEAD)
    return Matter(matter.task, matter.obligations, rules.lead_of(matter.obligations, period))
