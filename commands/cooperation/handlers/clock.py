"""暂停计时, 照常计时, 恢复."""

from commands.command import Context, Reply
from commands.cooperation.handlers.meaning import of_task, on_card
from commands.cooperation.operations import clock
from commands.errors import NotNow
from commands.tasks.handlers.meaning import acting, missing, refs, text_slot, undoable
from commands.tasks.operations import adjusting
from commands.tasks.operations.acting import Matter, matters
from commands.tasks.operations.describing import said_limit
from connectors.chat import Button, Text
from storage.models import ClockDecision

_UNDO = (Button("撤回", "撤回"),)


def suspend(ctx: Context) -> Reply:
    """暂停计时 T21 · T21 照常计时; by the office, of what is blocked or of anything."""
    act = acting(ctx)
    ctx.private = True
    keeps = ctx.said.slots.get("answer") == "keep"
    found = on_card(ctx, act, "clock") or of_task(ctx, act, lambda row: row.clock is not ClockDecision.NONE)
    if found is None and not refs(ctx):
        return missing(ctx, "task_id", "是哪一项？说编号就行，例如“暂停计时 T21”。")
    matter = found[0] if found else matters(act, refs(ctx)[:1])[0]
    open_row = found[1] if found and (ctx.card is not None or found[1].clock is ClockDecision.OPEN) else None
    if keeps:
        if open_row is None:
            raise NotNow(f"{matter.name} 没有等您定的受阻，本来就照常计时。")
        undoable(ctx, clock.keep(act, matter, open_row))
        return Text(f"{matter.name} 照常计时，已告诉{act.unit(matter.obligation.unit_id)}。", buttons=_UNDO)
    if open_row is not None:
        undoable(ctx, clock.suspend(act, matter, open_row))
    else:
        undoable(ctx, adjusting.suspend(act, matter, why=text_slot(ctx, "reason", "note")))
    return Text(f"{matter.name} 已暂停计时，已告诉{act.unit(matter.obligation.unit_id)}。", buttons=_UNDO)


def resume(ctx: Context) -> Reply:
    """T21 恢复计时 · T18 图纸拿到了 恢复."""
    act = acting(ctx)
    said = refs(ctx)
    if not said:
        return missing(ctx, "task_id", "恢复哪一项？说编号就行，例如“T21 恢复计时”。")
    matter = matters(act, said[:1])[0]
    ctx.private = True
    stood, undo = clock.over(act, matter, ctx.incoming.text.strip())
    undoable(ctx, undo)
    return Text(
        _resumed(matter, stood, said_limit(act, matter.obligation.due_at, matter.obligation.due_grain)),
        buttons=_UNDO,
    )


def _resumed(matter: Matter, stood: int, limit: str) -> str:
    moved = f"，顺延 {stood} 个工作日" if stood else ""
    return f"{matter.name} 照常办理，时限 {limit or '未定'}{moved}。"
