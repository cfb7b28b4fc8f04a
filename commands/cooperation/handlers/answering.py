"""可以, 有条件, 暂不能; 给T21; 够用了, 请补充."""

from commands.command import Context, Reply
from commands.cooperation.handlers.meaning import Found, asked_of_us, of_task, on_card, the_one
from commands.cooperation.operations import answering, giving
from commands.errors import NotFound
from commands.tasks.handlers.meaning import acting, missing, refs, text_slot, undoable
from commands.tasks.operations import reporting
from connectors.chat import Button, Text
from storage.models import Answer, CooperationState

_UNDO = (Button("撤回", "撤回"),)
_NOTHING = "没有等您单位答复的商请。"


def answer(ctx: Context) -> Reply:
    """可以 T21 · 有条件 T21 要先签协议 · 暂不能 T21 没有这份名单."""
    said = Answer(str(ctx.said.slots.get("answer", Answer.YES)))
    act = acting(ctx)
    ctx.private = True
    matter, row = the_one(asked_of_us(ctx, act), _NOTHING)
    answering.require_asked(act, matter, row)
    answering.require_open(act, matter, row)
    words = text_slot(ctx, "note", "reason")
    if said is not Answer.YES and not words:
        question = "什么条件？写一句就行。" if said is Answer.CONDITIONAL else "为什么暂不能？写一句就行。"
        return missing(ctx, "note", question)
    undoable(ctx, answering.answer(act, matter, row, said, words))
    to = f"{act.unit(row.from_unit_id)}{act.person(row.person_id)}"
    if said is Answer.NO:
        return Text(f"已告知{to}和督查室。", buttons=_UNDO)
    return Text(f"已告知{to}。文件请私聊发我，写上 {matter.name}。", buttons=_UNDO)


def is_asked(ctx: Context) -> bool:
    """Whether 可以, 有条件 or 暂不能 without more is said to a 商请."""
    if ctx.card is not None and ctx.card.subject:
        return ctx.card_subject("cooperation") is not None
    found = asked_of_us(ctx, acting(ctx))
    return found is not None and found[1].state in (CooperationState.ASKED, CooperationState.REFUSED)


def give(ctx: Context) -> Reply:
    """〔北门住户.xlsx〕给T21."""
    act = acting(ctx)
    ctx.private = True
    kept = reporting.keep_files(act, ctx.incoming.binding, ctx.incoming.files)
    name = f"T{refs(ctx)[0][0]}" if refs(ctx) else ""
    matter, row = the_one(
        asked_of_us(ctx, act), f"{name} 没有商请您单位的材料。要报结自己的事项，请说“{name or 'T1'} 报结”。"
    )
    files = kept or reporting.files_to_hand_in(act)
    note = text_slot(ctx, "note")
    if not files and not note:
        raise NotFound(f"没有收到文件。请把文件私聊发我，再说“给{matter.name}”。")
    given = giving.give(act, matter, row, files, note)
    late = f"，晚 {given.late} 个工作日" if given.late else ""
    missing_files = [f.name for f in files if f.blob_key is None]
    later = f"《{missing_files[0]}》收到后一并转去。" if missing_files else ""
    return Text(f"已转{given.to}{late}。{later}")


def is_given(ctx: Context) -> bool:
    """Whether 够用了 or 请补充 is said to what another unit gave."""
    if ctx.card is not None and ctx.card.subject:
        return ctx.card_subject("cooperation") is not None
    act = acting(ctx)
    if not refs(ctx):
        return False
    found = of_task(ctx, act, lambda row: row.state is CooperationState.DELIVERED)
    return found is not None and giving.may_take(act, *found)


def enough(ctx: Context) -> Reply:
    """T21 够用了."""
    act = acting(ctx)
    ctx.private = True
    matter, row = the_one(_given(ctx), "没有等您确认的材料。")
    undoable(ctx, giving.enough(act, matter, row))
    return Text(f"已告诉{act.unit(row.to_unit_id or 0)}，{matter.name} 继续办理。", buttons=_UNDO)


def more(ctx: Context) -> Reply:
    """T21 请补充 少两户."""
    act = acting(ctx)
    ctx.private = True
    matter, row = the_one(_given(ctx), "没有等您确认的材料。")
    words = text_slot(ctx, "note", "reason")
    if not words:
        return missing(ctx, "note", "缺什么？写一句就行。")
    undoable(ctx, giving.more(act, matter, row, words))
    return Text(f"已请{act.unit(row.to_unit_id or 0)}补充：{words}。", buttons=_UNDO)


def _given(ctx: Context) -> Found | None:
    act = acting(ctx)
    return on_card(ctx, act) or of_task(ctx, act, lambda row: row.state is CooperationState.DELIVERED)
