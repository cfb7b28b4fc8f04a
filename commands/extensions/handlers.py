"""申请延期, 同意延期, 不同意延期, 改日期."""

from commands.access import Permission
from commands.command import Command, Context, Reply, Subject
from commands.errors import NotFound, StaleCard
from commands.extensions import operations, rules
from commands.extensions.operations import Later
from commands.extensions.waiting import for_mornings
from commands.tasks.handlers.meaning import (
    Part,
    acting,
    in_every_period,
    missing,
    on_card,
    one_of,
    refs,
    show_draft,
    text_slot,
    undoable,
)
from commands.tasks.operations.acting import Acting, Matter, matter_of, matters, speaks_for
from commands.tasks.operations.describing import said_limit
from commands.tasks.rules import Step, of_open_periods
from connectors.chat import Button, Text
from storage.models import Draft, ExtensionRequest, ExtensionState, Grain, ObligationState
from storage.queries import extensions as queries
from storage.queries import tasks as task_queries

_UNDO = (Button("撤回", "撤回"),)
_SHORTEST = 2  #: characters of a reason
_DAYS = "延到哪一天？说一个日子就行，例如“下周三”或“三个工作日”。"


def extend(ctx: Context) -> Reply:
    """T33延到下周三，专家没定下来 · T61 顺延两个工作日，等盖章; by the office: T33 延期改到12月15日."""
    act = acting(ctx)
    ctx.private = True  # why somebody is late is nothing for the group
    decided = _asked_of_office(ctx, act)
    if decided is not None:
        return _change_date(ctx, act, *decided)
    matter = one_of(
        ctx, act, lambda: _mine(act), step=Step.REPORT, nothing="您名下没有在办的事项。", say="T 延期"
    )
    if not isinstance(matter, Matter):
        return matter
    if on_card(ctx) is None:
        matter = _still_ahead(act, matter)
    operations.check(act, matter)
    later = said_later(ctx, matter)
    if later is None:
        past = ctx.said.due is not None and ctx.said.due.past
        return missing(ctx, "deadline", "这个日子已经过了。" + _DAYS if past else _DAYS)
    operations.check(act, matter, later)
    reason = text_slot(ctx, "reason")
    if len(reason) < _SHORTEST:
        return missing(ctx, "reason", f"{matter.name} 为什么要延？写一句就行。")
    draft, shown = operations.draft(act, matter, later, reason)
    return show_draft(ctx, draft, shown)


def _still_ahead(act: Acting, matter: Matter) -> Matter:
    """Of several open periods the first whose limit has not passed: more time can be asked for that one."""
    periods = in_every_period([matter], Step.REPORT)
    ahead = (m for m in periods if not rules.is_past(m.obligation, act.now))
    return next(ahead, matter)


def _mine(act: Acting) -> list[Part]:
    own = task_queries.of_person(act.session, act.actor.id)
    return [part for part in own if part[1].state in rules.ASKABLE]


def said_later(ctx: Context, matter: Matter) -> Later | None:
    """The limit to come: the day said, or so much later than the limit that runs."""
    one, due = matter.obligation, ctx.said.due
    if one.due_at is not None:
        at = rules.moved(one.due_at, ctx.said.slots, ctx.calendar)
        if at is not None:
            return Later(at, one.due_grain)
    if due is None or due.past or ctx.said.ask == "deadline":
        return None
    return Later(due.at, Grain(due.grain))


def _asked_of_office(ctx: Context, act: Acting) -> tuple[Matter, ExtensionRequest] | None:
    """What the office means with a later day: an extension that waits for its decision."""
    said = refs(ctx)
    if ctx.card_subject("extension") is None and not said:
        return None
    if not act.rights.may(Permission.ADJUST):
        return None
    if said and ctx.card_subject("extension") is None:
        matter = matters(act, said[:1])[0]
        if speaks_for(act, matter.obligation) or not _open_of(act, matter):
            return None
    return find(ctx, act)


def _change_date(ctx: Context, act: Acting, matter: Matter, row: ExtensionRequest) -> Reply:
    operations.require_office(act, matter, row)
    ctx.private = True
    later = said_later(ctx, matter)
    if later is None:
        return missing(ctx, "deadline", f"{matter.name} 延到哪一天？说一个日子就行，例如“下周三”。")
    return _granted(ctx, act, matter, row, later)


def grant(ctx: Context) -> Reply:
    """同意T21延期 · 同意T21延期到12月15日 · T27晚两天交我知道了，准."""
    act = acting(ctx)
    ctx.private = True
    matter, row = find(ctx, act)
    due = ctx.said.due
    other = ctx.said.slots.get("deadline") is not None and due is not None and not due.past
    later = Later(due.at, Grain(due.grain)) if other and due is not None else None
    return _granted(ctx, act, matter, row, later)


def _granted(ctx: Context, act: Acting, matter: Matter, row: ExtensionRequest, later: Later | None) -> Reply:
    undoable(ctx, operations.grant(act, matter, row, later))
    to = said_limit(act, row.to_due_at, row.to_grain)
    return Text(
        f"{matter.name} 延期已同意，延到 {to}，已告诉{act.unit(matter.obligation.unit_id)}。", buttons=_UNDO
    )


def deny(ctx: Context) -> Reply:
    """不同意T33延期 · T16延期不批，本周必须见东西."""
    act = acting(ctx)
    ctx.private = True
    matter, row = find(ctx, act)
    operations.require_office(act, matter, row)
    if row.state is not ExtensionState.ASKED:
        raise StaleCard(operations.how_it_stands(act, matter, row))
    reason = text_slot(ctx, "reason", "note")
    if not reason:
        return missing(ctx, "reason", "不同意的理由？写一句就行。")
    undoable(ctx, operations.deny(act, matter, row, reason))
    unit = act.unit(matter.obligation.unit_id)
    return Text(f"{matter.name} 延期没有同意，时限不变，理由已告诉{unit}。", buttons=_UNDO)


def release(ctx: Context) -> Reply:
    """同意报出 T33 延期 · 退改 T33 延期 理由, by the head of the unit."""
    act = acting(ctx)
    ctx.private = True
    matter, row = find(ctx, act)
    if ctx.said.slots.get("answer") != "revise":
        undoable(ctx, operations.release(act, matter, row))
        return Text(f"{matter.name} 延期已送督查室。", buttons=_UNDO)
    reason = text_slot(ctx, "reason", "note").removeprefix("延期").strip(" ，,")
    if not reason:
        return missing(ctx, "reason", "要改什么？写一句就行。")
    undoable(ctx, operations.revise(act, matter, row, reason))
    return Text(f"{matter.name} 延期没有报出，已告诉{act.person(row.person_id)}：{reason}。", buttons=_UNDO)


def is_meant(ctx: Context) -> bool:
    """Whether 同意, 不同意 or 同意报出 is about an extension."""
    if ctx.card is not None and ctx.card.subject:
        if ctx.card_subject("extension") is not None:
            return True
        if not ctx.card.subject.startswith("obligation:"):
            return False
    of, said = ctx.said.slots.get("of"), refs(ctx)
    if of is not None or not said:
        return of == "extend" or (of is None and "延期" in ctx.incoming.text)
    act = acting(ctx)
    matter = matters(act, said[:1])[0]
    reported = matter.obligation.state in (ObligationState.RELEASING, ObligationState.SUBMITTED)
    if reported and "延期" not in ctx.incoming.text:
        return False  # a report waits for the same word
    return bool(_open_of(act, matter))


def find(ctx: Context, act: Acting) -> tuple[Matter, ExtensionRequest]:
    """The extension on the card, of the matter said, or the only one that waits; under its task's lock.

    Raises:
        NotFound: there is none.
        StaleCard: the card shows what was decided or changed since.
    """
    shown, said = ctx.card_subject("extension"), refs(ctx)
    if shown is not None:
        row = act.session.get_one(ExtensionRequest, shown)
        matter = matter_of(act, row.obligation_id)
        act.session.refresh(row)
        if ctx.card is not None and ctx.card.no != row.decision_no:
            raise StaleCard(operations.how_it_stands(act, matter, row))
        return matter, row
    if not said:
        return _only(act)
    matter = matters(act, said[:1])[0]
    found = _open_of(act, matter) or _last_of(act, matter)
    if not found:
        raise NotFound(f"{matter.name} 没有等答复的延期申请。")
    return matter_of(act, found[0].obligation_id), found[0]


def _only(act: Acting) -> tuple[Matter, ExtensionRequest]:
    waiting = queries.waiting_for_office(act.session)
    if len(waiting) != 1:
        raise NotFound("是哪一项的延期？请连编号一起说，例如“同意T33延期”。")
    row, one = waiting[0]
    return matter_of(act, one.id), row


def _open_of(act: Acting, matter: Matter) -> list[ExtensionRequest]:
    """The one of the obligation meant first, then the others of the open periods."""
    now = of_open_periods(matter.obligations)
    found = queries.open_of(act.session, [one.id for one in now])
    return sorted(found, key=lambda row: row.obligation_id != matter.obligation.id)


def _last_of(act: Acting, matter: Matter) -> list[ExtensionRequest]:
    last = queries.last_of(act.session, [one.id for one in of_open_periods(matter.obligations)])
    return [] if last is None else [last]


def _send(ctx: Context, draft: Draft) -> Reply:
    """［提交］."""
    to, undo = operations.submit(acting(ctx), draft)
    undoable(ctx, undo)
    verb = "审核" if to != "督查室" else "，定了告诉您"
    return Text(f"已送{to}{verb}。", buttons=_UNDO)


SUBJECT = Subject(
    "延期",
    commands=(
        Command(
            "申请延期",
            "extend",
            extend,
            Permission.ASK,  # whose it is and who decides is asked by the operation
            "T编号 延到哪天，理由",
            ("T33延到下周三，专家没定下来", "T61 顺延两个工作日，等盖章"),
            settles=False,
        ),
    ),
    drafts={operations.ASK: _send},
    waiting=for_mornings,
)
