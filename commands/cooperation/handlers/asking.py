"""受阻 and 商请: T21卡住了，等社区办给北门两条巷的住户名单."""

from datetime import datetime

from commands.command import Context, Reply
from commands.cooperation import rules
from commands.cooperation.operations import asking
from commands.cooperation.operations.asking import Wanted
from commands.questions import ask
from commands.tasks.handlers.meaning import (
    Part,
    acting,
    missing,
    one_of,
    show_draft,
    text_slot,
    undoable,
)
from commands.tasks.operations.acting import Acting, Matter
from commands.tasks.rules import Step
from connectors.chat import Button, Text
from storage.models import ClockDecision, Draft, Grain
from storage.queries import tasks as queries


def blocked(ctx: Context) -> Reply:
    """T21卡住了，等社区办给北门两条巷的住户名单 · T3受阻：资金没到位."""
    act = acting(ctx)
    ctx.private = True  # who waits for whom is nothing for the group
    matter = one_of(
        ctx, act, lambda: _mine(act), step=Step.REPORT, nothing="您名下没有在办的事项。", say="T 受阻"
    )
    if not isinstance(matter, Matter):
        return matter
    what = text_slot(ctx, "note")
    unit_id = next((n for n in ctx.said.unit_ids if n != matter.obligation.unit_id), None)
    return _check(ctx, act, matter, unit_id, what, blocks=True)


def collaborate(ctx: Context) -> Reply:
    """请求协作 城管局 提供上月路口事故数据 用于T15: asked, and the own clock goes on."""
    act = acting(ctx)
    ctx.private = True
    matter = one_of(
        ctx, act, lambda: _mine(act), step=Step.REPORT, nothing="您名下没有在办的事项。", say="用于T"
    )
    if not isinstance(matter, Matter):
        return matter
    unit_id = next((n for n in ctx.said.unit_ids if n != matter.obligation.unit_id), None)
    if unit_id is None:
        return missing(ctx, "dept", "请哪个单位协助？")
    return _check(ctx, act, matter, unit_id, text_slot(ctx, "content"), blocks=False)


def _check(
    ctx: Context, act: Acting, matter: Matter, unit_id: int | None, what: str, *, blocks: bool
) -> Reply:
    asking.check(act, matter, unit_id)
    slot = "note" if blocks else "content"
    if not what:
        return missing(ctx, slot, "等什么？写一句就行。" if unit_id is None else "要什么？写一句就行。")
    due = ctx.said.due
    at: datetime | None = None if due is None or due.past else due.at
    if unit_id is not None and at is None:
        return _ask_when(ctx, act, matter, unit_id, what)
    grain = Grain(due.grain) if due is not None and at is not None else Grain.DAY
    draft, shown = asking.draft(act, matter, Wanted(unit_id, what, at, grain, blocks))
    return show_draft(ctx, draft, shown)


def _ask_when(ctx: Context, act: Acting, matter: Matter, unit_id: int, what: str) -> Reply:
    if ctx.in_group:
        ctx.private = True
        return missing(ctx, "needed_by", f"{act.unit(unit_id)}哪天要给？")
    buttons = tuple(Button(label, says) for label, says in rules.noon_or_close(ctx.now, ctx.calendar))
    question = f"【{matter.name} 等{act.unit(unit_id)}】\n要什么：{what}\n哪天要？"
    return ask(ctx, "needed_by", question, buttons=buttons)


def _mine(act: Acting) -> list[Part]:
    return [p for p in queries.of_person(act.session, act.actor.id) if p[1].state in rules.BLOCKABLE]


def send(ctx: Context, draft: Draft) -> Reply:
    """［发出］."""
    act = acting(ctx)
    done = asking.ask(act, draft)
    undoable(ctx, done.undo)
    sent = f"已发{'、'.join(act.person(n) for n in done.people)}。" if done.people else ""
    if done.row.to_unit_id is not None and not done.people:
        sent = f"{act.unit(done.row.to_unit_id)}还没有联络员，暂时没有人收到，请联系督查室。"
    name = done.matter.name
    clock = f"{name} 是否暂停计时，由督查室定，定了告诉您。" if done.row.clock is ClockDecision.OPEN else ""
    return Text(sent + clock or f"{name} 已记。", buttons=(Button("撤回", "撤回"),))
