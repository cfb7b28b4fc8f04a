"""审核 by the office: 通过, 退回重办."""

from commands.command import Context, Reply
from commands.errors import NotNow
from commands.tasks import rules
from commands.tasks.handlers import cooperation, reporting
from commands.tasks.handlers.meaning import (
    LATER,
    acting,
    check_card,
    missing,
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


def approve(ctx: Context) -> Reply:
    """T12 通过 · 准予销号."""
    if ctx.said.slots.get("of", "complete") != "complete" or any(r.kind == "R" for r in ctx.said.refs):
        ctx.private = True
        return LATER
    act = acting(ctx)
    ctx.private = True
    matter = _reported(ctx, act)
    if matter is None:
        return missing(ctx, "task_id", "通过哪一项？说编号就行，例如“T1 通过”。")
    check_card(ctx, act, matter, Step.VERIFY)
    part, undo = accepting.verify(act, matter)
    undoable(ctx, undo)
    done = "本期已通过" if matter.task.recurrence else "已通过，办结"
    return Text(f"{part.name} {done}，已告诉{part.unit}。", buttons=(Button("撤回", "撤回"),))


def give_back(ctx: Context) -> Reply:
    """T12 退回 数据口径不对，重报: by the office; 退改 by the head, 请补充 by the lead."""
    act = acting(ctx)
    ctx.private = True
    if ctx.said.slots.get("kind") != "rework":
        return LATER
    matter = _reported(ctx, act)
    if matter is None:
        return missing(ctx, "task_id", "退回哪一项？说编号就行，例如“T1 退回 数据口径不对”。")
    if matter.obligation.state is ObligationState.RELEASING:
        return reporting.release(ctx)
    if matter.obligation.part is Part.COOPERATE:
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


def _reported(ctx: Context, act: Acting) -> Matter | None:
    """What the office looks at: the lead's part, unless another one was named."""
    said, shown = refs(ctx), on_card(ctx)
    if said:
        matter = matters(act, said[:1])[0]
        return matter if said[0][1] is not None else Matter(matter.task, matter.obligations, matter.lead)
    return matter_of(act, shown) if shown is not None else None
