"""明确配合, 不需配合, 确认, 请补充."""

from collections.abc import Callable, Sequence

from commands.command import Context, Reply
from commands.errors import NotFound, NotNow
from commands.tasks import rules
from commands.tasks.cards import cooperation as cards
from commands.tasks.handlers import adjusting
from commands.tasks.handlers.meaning import (
    LATER,
    acting,
    check_card,
    in_every_period,
    missing,
    number_of,
    on_card,
    one_a_matter,
    one_of,
    refs,
    show_draft,
    text_slot,
    undoable,
)
from commands.tasks.operations import accepting, specifying
from commands.tasks.operations.acting import Acting, Matter, how_it_stands, matter_of, matters
from commands.tasks.operations.specifying import Wanted
from commands.tasks.rules import Step, next_state
from commands.understanding.engine import understand
from commands.understanding.invocation import Invocation
from connectors.chat import Button, Row, Text
from storage.models import Draft, Grain, ObligationState, Part
from storage.queries import tasks as queries


def specify(ctx: Context) -> Reply:
    """T1 城管局12月9号前给执法意见，社区办12月9号前给小区底数 · 明确配合 T1."""
    act = acting(ctx)
    matter = one_of(
        ctx,
        act,
        lambda: queries.of_person(ctx.session, ctx.actor.id),
        step=Step.SPECIFY,
        nothing="您名下没有牵头的事项。",
        say="明确配合 T",
    )
    if not isinstance(matter, Matter):
        return matter
    period = rules.period_to_specify(matter.obligations, act.now)
    of_period = Matter(matter.task, matter.obligations, rules.lead_of(matter.obligations, period))
    lead = specifying.lead_matter(act, of_period)
    said = _completed(ctx, lead.name)
    if not said.demands:
        return _ask_demands(ctx, act, lead)
    if said.ask == "deadline":
        past = any(d.due is not None and d.due.past for d in said.demands)
        return missing(ctx, "deadline", "这个时间已经过了，改成什么时候？" if past else "")
    wanted = [
        Wanted(d.unit_id, d.what, d.due.at if d.due else None, Grain(d.due.grain) if d.due else Grain.DAY)
        for d in said.demands
    ]
    draft, shown = specifying.draft_demands(act, lead, wanted)
    return show_draft(ctx, draft, shown)


def _completed(ctx: Context, task: str) -> Invocation:
    """What was said; an answer to the question below, which names no task, with the task's number."""
    answer = text_slot(ctx, "content")
    if ctx.said.demands or not answer:
        return ctx.said
    sentence = f"{task} {answer}"
    return understand(sentence, now=ctx.now, directory=ctx.directory, calendar=ctx.calendar)


def _ask_demands(ctx: Context, act: Acting, lead: Matter) -> Reply:
    units = [act.unit(one.unit_id) for one in rules.still_wanted(lead.together)]
    if not units:
        raise NotFound(f"{lead.name} 没有等您明确的配合单位。")
    example = f"“{units[0]}12月9号前给执法意见”"
    question = f"{lead.name} 要{'、'.join(units)}配合什么、什么时候要？例如{example}。"
    return missing(ctx, "content", question)


def send_demands(ctx: Context, draft: Draft) -> Reply:
    """［发出］ of 明确配合."""
    told, undo = specifying.specify(acting(ctx), draft)
    undoable(ctx, undo)
    return Text(f"已发{'、'.join(told)}。", buttons=(Button("撤回", "撤回"),))


def waive(ctx: Context) -> Reply:
    """T3 社区办不需配合; the office also says 调整 T12 时限."""
    said = refs(ctx)
    ctx.private = True
    if ctx.said.slots.get("kind") == "due":
        return adjusting.change_limit(ctx)
    if ctx.said.slots.get("kind") != "waive" and not ctx.said.slots.get("remove"):
        return LATER
    act = acting(ctx)
    if not said:
        return missing(ctx, "task_id")
    adjusting.answered(ctx, act)
    chosen = [m for m in matters(act, said) if m.obligation.part is Part.COOPERATE]
    if ctx.said.unit_ids or not chosen:
        chosen = _of_units(matters(act, said)[0], ctx.said.unit_ids)
    if not chosen:
        raise NotFound("请写明哪一家不需配合，例如“T3 社区办不需配合”。")
    parts, undo = specifying.waive(act, _in_open_periods(chosen))
    undoable(ctx, undo)
    units = "、".join(dict.fromkeys(part.unit for part in parts))
    return Text(f"{parts[0].name} 已不需{units}配合，不计分。", buttons=(Button("撤回", "撤回"),))


def _in_open_periods(chosen: Sequence[Matter]) -> list[Matter]:
    """Every open period in which nobody said what is wanted; where that was said for all of them, every
    one that can still be left out."""
    everywhere = in_every_period(chosen, Step.WAIVE)
    unclear = {
        (m.task.id, m.obligation.position)
        for m in everywhere
        if m.obligation.state is ObligationState.UNSPECIFIED
    }
    return [
        m
        for m in everywhere
        if (m.task.id, m.obligation.position) not in unclear
        or m.obligation.state is ObligationState.UNSPECIFIED
    ]


def _of_units(matter: Matter, unit_ids: tuple[int, ...]) -> list[Matter]:
    return [
        Matter(matter.task, matter.obligations, one)
        for one in matter.together
        if one.part is Part.COOPERATE and one.unit_id in unit_ids
    ]


#: What is asked after 确认, of the part by its name ``T1.2``: a row and its buttons.
ThenAsk = Callable[[str], tuple[Row, tuple[Button, ...]]]


def confirm(ctx: Context, then_ask: ThenAsk) -> Reply:
    """确认 T1.2 · T1 确认."""
    act = acting(ctx)
    matter = _reported(ctx, act, "确认", Step.ACCEPT)
    if not isinstance(matter, Matter):
        return matter
    check_card(ctx, act, matter, Step.ACCEPT)
    part, undo = accepting.accept(act, matter)
    undoable(ctx, undo)
    ctx.private = True
    asked, answers = then_ask(f"T{matter.task.number}.{matter.obligation.position}")
    return cards.confirmed(part, asked, answers)


def ask_for_more(ctx: Context) -> Reply:
    """请补充 T1.2 · T1 请补充 缺沿街商户部分."""
    act = acting(ctx)
    matter = _reported(ctx, act, "请补充", Step.ASK_FOR_MORE)
    if not isinstance(matter, Matter):
        return matter
    check_card(ctx, act, matter, Step.ASK_FOR_MORE)
    accepting.require_lead(act, matter)
    one = matter.obligation
    if rules.next_state(one.part, Step.ASK_FOR_MORE, one.state) is None:
        raise NotNow(how_it_stands(act, matter, Step.ASK_FOR_MORE))
    ctx.private = True
    reason = text_slot(ctx, "note", "reason")
    if not reason:
        return missing(ctx, "note", "缺什么？写一句就行。")
    part, undo = accepting.ask_for_more(act, matter, reason)
    undoable(ctx, undo)
    return Text(f"已请{part.unit}补充：{reason}。原报出时间保留。", buttons=(Button("撤回", "撤回"),))


def _reported(ctx: Context, act: Acting, verb: str, step: Step) -> Matter | Reply:
    """The co-operation the lead means: the one shown or said, else the one that waits for it."""
    said, shown = refs(ctx), on_card(ctx)
    if shown is not None and (not said or number_of(ctx, shown) == said[0][0]):
        return matter_of(act, shown)
    if said and said[0][1] is not None:
        return matters(act, said[:1], step=step)[0]
    if not said:
        return _only_waiting(ctx, act, verb)
    matter = matters(act, said[:1])[0]
    named = ctx.said.unit_ids
    handed_in = [o for o in matter.obligations if next_state(o.part, step, o.state) is not None]
    ours = [o for o in matter.together if o.part is Part.COOPERATE]
    if named and (step is Step.ACCEPT or any(o.unit_id in named for o in handed_in)):
        # What is wanted may name another unit: then it says nothing about whose it is.
        handed_in = [o for o in handed_in if o.unit_id in named]
        ours = [o for o in ours if o.unit_id in named]
    chosen = handed_in if handed_in or len(ours) != 1 else ours
    if len({o.position for o in chosen}) == 1:
        return Matter(matter.task, matter.obligations, chosen[0])
    if not chosen:
        raise NotFound(f"{matter.name} 没有等您确认的配合。说“{matter.name}”看进展。")
    units = dict.fromkeys(act.unit(o.unit_id) for o in chosen)
    return _which_unit([(matter.name, unit) for unit in units], verb)


def _only_waiting(ctx: Context, act: Acting, verb: str) -> Matter | Reply:
    unit_id = ctx.actor.unit_id
    found = queries.submitted_to_lead(ctx.session, unit_id) if unit_id else []
    waiting = one_a_matter(found, Step.ACCEPT)
    if len(waiting) == 1:
        return matter_of(act, waiting[0][1].id)
    if not waiting:
        raise NotFound("没有等您确认的配合。说“我的”看自己的事项。")
    return _which_unit([(f"T{task.number}", act.unit(one.unit_id)) for task, one in waiting], verb)


def _which_unit(found: list[tuple[str, str]], verb: str) -> Reply:
    sentences = [
        (unit, f"确认 {name} {unit}" if verb == "确认" else f"{name} {unit}{verb}")
        for name, unit in found[:8]
    ]
    lines = "\n".join(f"· {sentence}" for _, sentence in sentences)
    buttons = tuple(Button(unit[:4], sentence) for unit, sentence in sentences[:3])
    return Text(f"是哪一家的？\n{lines}", buttons=buttons)
