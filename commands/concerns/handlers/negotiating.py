"""商量时限: another limit is proposed while the matter is being received."""

from dataclasses import replace

from commands.command import Context, Reply
from commands.concerns import rules
from commands.concerns.handlers.objecting import check_card
from commands.concerns.operations import raising
from commands.extensions.handlers import said_later
from commands.tasks.handlers.meaning import Part, acting, missing, one_of, text_slot, undoable
from commands.tasks.operations.acting import Acting, Matter, speaks_for
from commands.tasks.operations.describing import said_limit
from commands.tasks.operations.settling import answerers
from commands.tasks.rules import Step
from connectors.chat import Button, Text
from storage.models import ConcernKind
from storage.queries import tasks as queries

_UNDO = (Button("撤回", "撤回"),)


def negotiate(ctx: Context) -> Reply:
    """T7 商量时限，改到12月5日，因为设备没到, by who may sign; what is missing is asked in turn."""
    act = acting(ctx)
    ctx.private = True
    matter = one_of(
        ctx,
        act,
        lambda: _unsigned(act),
        step=Step.ACKNOWLEDGE,
        nothing="您单位没有等签收的事项。签收以后要更多时间，请说“T编号 延到哪天，理由”。",
        say="T商量时限",
    )
    if not isinstance(matter, Matter):
        return matter
    raising.check_limit(act, matter)
    check_card(ctx, act, matter, "商量时限")
    later = said_later(ctx, matter)
    if later is None:
        return _ask_day(ctx, act, matter)
    raising.check_limit(act, matter, later)
    reason = text_slot(ctx, "reason")
    if len(reason) < rules.FEWEST_WORDS:
        return missing(ctx, "reason", f"{matter.name} 为什么要改？写一句就行，会原话转告。")
    undoable(ctx, raising.propose(act, matter, later, reason))
    who, to = answerers(act, matter, ConcernKind.LIMIT), said_limit(act, later.at, later.grain)
    one = matter.obligation
    now = said_limit(act, one.due_at, one.due_grain)
    return Text(
        f"已请{who}定：{matter.name} 从 {now} 改到 {to}。答复之前时限不变，先按原来的办，定了告诉您。",
        buttons=_UNDO,
    )


def _ask_day(ctx: Context, act: Acting, matter: Matter) -> Reply:
    one, due = matter.obligation, ctx.said.due
    past = due is not None and due.past
    limit = said_limit(act, one.due_at, one.due_grain)
    if past:  # a day that is past would stay the first one said
        ctx.said = replace(ctx.said, due=None, sentence=f"{matter.ref} 商量时限")
    question = f"{matter.name} 现在的时限是 {limit}，想改到哪一天？说一个日子就行，例如“下周三”。"
    return missing(ctx, "deadline", f"{'这个日子已经过了。' if past else ''}{question}")


def _unsigned(act: Acting) -> list[Part]:
    unit_id = act.actor.unit_id
    if unit_id is None:
        return []
    return [part for part in queries.unsigned_of_unit(act.session, unit_id) if speaks_for(act, part[1])]
