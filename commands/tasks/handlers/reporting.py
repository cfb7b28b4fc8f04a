"""进展, 更正, 收材料, 报结, 补充, 同意报出, 退改."""

from datetime import timedelta

from commands.access import Permission
from commands.command import Context, Reply
from commands.errors import NotFound, NotNow
from commands.notify import LANE_REMINDER
from commands.tasks import rules
from commands.tasks.cards import reporting as cards
from commands.tasks.handlers.meaning import (
    Part,
    acting,
    check_card,
    missing,
    one_of,
    ref_of,
    show_draft,
    text_slot,
    undoable,
)
from commands.tasks.operations import releasing, reporting
from commands.tasks.operations.acting import Acting, Matter, how_it_stands
from commands.tasks.rules import Step
from connectors.chat import Button, Text
from storage.models import Draft, ObligationState
from storage.queries import cooperation
from storage.queries import tasks as queries

_NEW_INITIATIVE = "要新建专项，请说“新建专项垃圾分类，环保局牵头”。"
_SENTENCE_FOLLOWS = timedelta(seconds=10)  #: on platforms where a file is a message of its own
_NOTHING = "您名下没有在办的事项。说“部门任务”看本单位的。"


def _mine(act: Acting) -> list[Part]:
    """What the actor has in work; of a liaison also what nobody has."""
    own = queries.of_person(act.session, act.actor.id)
    in_work = [part for part in own if rules.next_state(part[1].part, Step.SUBMIT, part[1].state)]
    return in_work or own


def progress(ctx: Context) -> Reply:
    """T21 清了六条巷，还剩北门两条 · 进展 T12 60% 已完成培训; T18 图纸拿到了 恢复 is no mere progress."""
    if ctx.said.slots.get("unblock"):
        return ctx.catalogue.by_intent["resume"].handle(ctx)
    act = acting(ctx)
    _keep(ctx, act)
    matter = one_of(
        ctx, act, lambda: _mine(act), step=Step.REPORT, nothing=_NOTHING, say=_said(ctx, "进展 T")
    )
    if not isinstance(matter, Matter):
        return matter
    if ctx.said.ask:
        return missing(ctx)
    percent = _percent(ctx)
    note = text_slot(ctx, "note") or ("" if percent is not None else text_slot(ctx, "title"))
    if not note and percent is None:
        return missing(ctx, "note", f"{matter.name} 进展怎样？写一句就行。")
    kept = reporting.report_progress(act, matter, note=note, percent=percent)
    undoable(ctx, kept.undo)
    return cards.progress_kept(
        kept.part, note=note, percent=percent, signed=kept.signed, in_group=ctx.in_group
    )


def correct(ctx: Context) -> Reply:
    """更正 T7 查了13处: the new words count, the last ones do not."""
    act = acting(ctx)
    matter = one_of(
        ctx, act, lambda: _mine(act), step=Step.REPORT, nothing=_NOTHING, say=_said(ctx, "更正 T")
    )
    if not isinstance(matter, Matter):
        return matter
    percent, note = _percent(ctx), text_slot(ctx, "note")
    if not note and percent is None:
        return missing(ctx, "note", f"{matter.name} 应该怎么写？请把这一句重说一遍。")
    kept = reporting.correct_progress(act, matter, note=note, percent=percent)
    undoable(ctx, kept.undo)
    return cards.progress_kept(kept.part, note=note, percent=percent, signed=False, in_group=ctx.in_group)


def _said(ctx: Context, start: str) -> str:
    """The sentence again, with room for the number."""
    percent, note = _percent(ctx), text_slot(ctx, "note")
    return " ".join(word for word in (start, f"{percent}%" if percent is not None else "", note) if word)


def _percent(ctx: Context) -> int | None:
    value = ctx.said.slots.get("percent")
    return round(value) if isinstance(value, int | float) else None


def files(ctx: Context) -> Reply:
    """A file without a word: kept, until 报结 says what it is for."""
    act = acting(ctx)
    kept = _keep(ctx, act)
    ctx.private = True
    named = "".join(f"《{name}》" for name in kept if "." in name)  # some platforms tell it only later
    names = named or f" {len(kept)} 个文件"
    if not ctx.incoming.files:
        raise NotFound("没有收到文件，请再发一次。")
    use = _use_of_files(act)
    answer = Text(f"已收到{names}。{use}")
    if use != _NEW_INITIATIVE:
        return answer
    ctx.notices.to_person(
        ctx.actor.id, answer, key="files", subject=rules.TABLE, lane=LANE_REMINDER, delay=_SENTENCE_FOLLOWS
    )
    return None


def _use_of_files(act: Acting) -> str:
    """What to say next so that a file is of use: to who has work, to whose unit was asked for papers, to
    the office, to anybody else."""
    mine = _mine(act)
    if mine:
        return f"说“{ref_of(mine[0])} 报结”就提交。"
    asked = cooperation.asked_of_unit(act.session, act.actor.unit_id) if act.actor.unit_id else []
    if asked:
        return f"是给哪件事的，请连编号一起说，例如“给T{asked[0][1].number}”。"
    if act.rights.may(Permission.PLAN):
        return _NEW_INITIATIVE
    return "您名下没有在办的事项；是随哪件事报的，请连编号一起说，例如“T12 报结”。"


def _keep(ctx: Context, act: Acting) -> list[str]:
    return [row.name for row in reporting.keep_files(act, ctx.incoming.binding, ctx.incoming.files)]


def complete(ctx: Context) -> Reply:
    """T1 办好了 · T7 报结 · 隐患台账更新好了."""
    act = acting(ctx)
    _keep(ctx, act)
    matter = one_of(
        ctx, act, lambda: _mine(act), step=Step.SUBMIT, nothing=_NOTHING, say=_said(ctx, "T 报结")
    )
    if not isinstance(matter, Matter):
        return matter
    draft, shown = reporting.draft_report(act, matter, note=text_slot(ctx, "note"))
    return show_draft(ctx, draft, shown)


def send_report(ctx: Context, draft: Draft) -> Reply:
    """［提交］."""
    done = reporting.submit(acting(ctx), draft)
    undoable(ctx, done.undo)
    return _sent(done)


def _sent(done: reporting.Submitted) -> Reply:
    verb = "审核" if done.part.state == rules.SAID[ObligationState.RELEASING] else ""
    return Text(f"已送{done.to.replace(' ', '')}{verb}。", buttons=(Button("撤回", "撤回"),))


def supplement(ctx: Context) -> Reply:
    """T1补好了, with the file: straight to the lead who asked for more."""
    act = acting(ctx)
    _keep(ctx, act)
    matter = one_of(
        ctx, act, lambda: _returned(act), step=Step.SUBMIT, nothing="没有等您补充的事项。", say="T 补好了"
    )
    if not isinstance(matter, Matter):
        return matter
    note = text_slot(ctx, "note").strip("了。")
    if not reporting.is_supplement(matter):
        draft, shown = reporting.draft_report(act, matter, note=note)
        return show_draft(ctx, draft, shown)
    check_card(ctx, act, matter, Step.SUBMIT)
    done = reporting.hand_in(act, matter, note=note, files=reporting.files_to_hand_in(act))
    undoable(ctx, done.undo)
    ctx.private = True
    return _sent(done)


def _returned(act: Acting) -> list[Part]:
    return [
        part
        for part in queries.of_person(act.session, act.actor.id)
        if part[1].returned and part[1].state is ObligationState.IN_PROGRESS
    ]


def release(ctx: Context) -> Reply:
    """同意报出 T1 · 退改 T1 数字对不上."""
    if ctx.said.slots.get("answer") == "revise":
        return revise(ctx)
    act = acting(ctx)
    matter = _to_release(ctx, act, Step.RELEASE, "同意报出 T")
    if not isinstance(matter, Matter):
        return matter
    part, to, undo = releasing.release(act, matter)
    undoable(ctx, undo)
    return Text(f"{part.name} 已送{to.replace(' ', '')}。", buttons=(Button("撤回", "撤回"),))


def revise(ctx: Context) -> Reply:
    """退改 T1 数字对不上."""
    act = acting(ctx)
    matter = _to_release(ctx, act, Step.REVISE, "退改 T")
    if not isinstance(matter, Matter):
        return matter
    reason = text_slot(ctx, "reason", "note")
    if not reason:
        return missing(ctx, "reason", "要改什么？写一句就行。")
    part, undo = releasing.revise(act, matter, reason)
    undoable(ctx, undo)
    return Text(f"{part.name} 已退给{part.handler}改：{reason}。", buttons=(Button("撤回", "撤回"),))


def _to_release(ctx: Context, act: Acting, step: Step, say: str) -> Matter | Reply:
    """What waits for this head, before a reason is asked for.

    Raises:
        StaleCard, NotAllowed, NotNow: the card is old, it is another's to decide, it does not wait.
    """
    ctx.private = True
    matter = one_of(ctx, act, lambda: _waiting(act), step=step, nothing="没有等您审核报出的事项。", say=say)
    if isinstance(matter, Matter):
        check_card(ctx, act, matter, step)
        releasing.require_head(act, matter)
        if rules.next_state(matter.obligation.part, step, matter.obligation.state) is None:
            raise NotNow(how_it_stands(act, matter, step))
    return matter


def _waiting(act: Acting) -> list[Part]:
    unit_id = act.actor.unit_id
    return queries.waiting_for_release(act.session, unit_id) if unit_id is not None else []
