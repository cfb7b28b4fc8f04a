"""调整时限, 终止, by the office."""

from commands.command import Context, Reply
from commands.tasks.handlers.meaning import acting, missing, refs, text_slot, undoable
from commands.tasks.operations import adjusting
from commands.tasks.operations.acting import Acting, matters
from commands.tasks.operations.settling import shown
from connectors.chat import Button, Text
from storage.models import ConcernKind, Grain

_UNDO = (Button("撤回", "撤回"),)


def change_limit(ctx: Context) -> Reply:
    """调整T12时限到12月20日 · T12时限改到12月20日."""
    act = acting(ctx)
    ctx.private = True
    said, due = refs(ctx), ctx.said.due
    if not said:
        return missing(ctx, "task_id")
    answers = answered(ctx, act) or (ConcernKind.LIMIT,)
    matter = matters(act, said[:1])[0]
    adjusting.require_office(act, matter)
    if due is None or due.past:
        past = due is not None and due.past
        return missing(ctx, "deadline", f"{'这个日子已经过了。' if past else ''}{matter.name} 改到哪一天？")
    undoable(ctx, adjusting.change_limit(act, matter, due.at, Grain(due.grain), answers=answers))
    return Text(
        f"{matter.name} 时限已改：{adjusting.limits(act, matter.obligation)}，已告知。", buttons=_UNDO
    )


def answered(ctx: Context, act: Acting) -> tuple[ConcernKind, ...]:
    """What a unit raised, on the pressed card, which this step answers; said in words where no card comes
    with them.

    Raises:
        StaleCard: it was answered or taken back already.
    """
    concern_id = ctx.card_subject("concern")
    spoken = ctx.incoming.action.sentence if ctx.incoming.action else ctx.incoming.text
    if concern_id is None:
        return tuple(ConcernKind) if "异议" in (ctx.said.sentence or spoken) else ()
    _, row = shown(act, concern_id)
    return (row.kind, ConcernKind.LIMIT)


def cancel(ctx: Context) -> Reply:
    """终止 T12 政策调整 · T12 不用办了，并入T3."""
    act = acting(ctx)
    ctx.private = True
    if ctx.said.slots.get("draft"):
        return ctx.catalogue.by_intent["discard"].handle(ctx)
    said = refs(ctx)
    if not said:
        return missing(ctx, "task_id", "终止哪一项？说编号就行，例如“终止 T12 政策调整”。")
    answered(ctx, act)
    matter = matters(act, said[:1])[0]
    reason = text_slot(ctx, "reason", "note")
    if not reason:
        return missing(ctx, "reason", f"终止 {matter.name} 的理由？写一句就行。")
    undoable(ctx, adjusting.cancel(act, matter, reason))
    return Text(f"{matter.name} 已终止，已告知相关单位。", buttons=_UNDO)
