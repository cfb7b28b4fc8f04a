"""有异议 to a matter that was given to the unit."""

from commands.command import Context, Reply
from commands.concerns import rules
from commands.concerns.operations import raising
from commands.errors import BadInput, StaleCard
from commands.tasks.handlers.meaning import (
    Part,
    acting,
    missing,
    on_card,
    one_of,
    text_slot,
    undoable,
)
from commands.tasks.operations.acting import Acting, Matter, speaks_for
from commands.tasks.operations.describing import said_limit
from commands.tasks.rules import SAID, Step
from connectors.chat import Button, Text
from storage.queries import tasks as queries

_UNDO = (Button("撤回", "撤回"),)


def object_to(ctx: Context) -> Reply:
    """T7 有异议，城管局已经在做 · 有异议 T7; by whoever may sign for it. The reason is asked for once."""
    act = acting(ctx)
    ctx.private = True  # why a unit does not agree is nothing for the group
    if on_card(ctx) is None and rules.matters_said(_said(ctx)) > 1:
        raise BadInput("异议请一项一项说，例如“T7 有异议，理由”。什么也没有送出。")
    words = said_words(ctx)
    matter = one_of(
        ctx,
        act,
        lambda: to_object_to(act),
        step=Step.ACKNOWLEDGE,
        nothing="您单位没有等签收的事项。请连编号和理由一起说，例如“T7 有异议，理由”。",
        say=f"T有异议，{words}" if words else "T有异议",
    )
    if not isinstance(matter, Matter):
        return matter
    raising.check_objection(act, matter)
    check_card(ctx, act, matter, "有异议")
    if not words:
        return missing(ctx, "reason", f"对 {matter.name} 有什么异议？写一句理由就行，会原话送督查室。")
    undoable(ctx, raising.object_to(act, matter, words))
    one = matter.obligation
    limit = said_limit(act, one.due_at, one.due_grain)
    until = f"，时限 {limit}" if limit else ""
    return Text(
        f"{matter.name} 的异议已送督查室，定了告诉您。答复之前先按原分工办{until}，不变。", buttons=_UNDO
    )


def said_words(ctx: Context) -> str:
    """The reason, word for word: the answer to the question, else what the sentence holds."""
    answer = text_slot(ctx, "reason") if ctx.said.sentence else ""
    return answer or rules.objection_words(_said(ctx))


def _said(ctx: Context) -> str:
    """The sentence; while a question is answered the one that was asked about."""
    spoken = ctx.incoming.action.sentence if ctx.incoming.action else ctx.incoming.text
    return ctx.said.sentence or spoken


def to_object_to(act: Acting) -> list[Part]:
    """What the actor could sign for, else what they have in hand."""
    unit_id = act.actor.unit_id
    unsigned = queries.unsigned_of_unit(act.session, unit_id) if unit_id is not None else []
    own = [part for part in unsigned if speaks_for(act, part[1])]
    return own or [part for part in queries.of_person(act.session, act.actor.id) if speaks_for(act, part[1])]


def check_card(ctx: Context, act: Acting, matter: Matter, verb: str) -> None:
    """Raises ``StaleCard``: the pressed card shows the matter as it was before."""
    one = matter.obligation
    if ctx.card is None or on_card(ctx) != one.id or ctx.card.no == one.decision_no:
        return
    limit = said_limit(act, one.due_at, one.due_grain)
    until = f"，时限 {limit}" if limit else ""
    raise StaleCard(
        f"{matter.name} 在这张卡片之后变过，现在是“{SAID[one.state]}”{until}。"
        f"还要提，请直接说“{matter.name} {verb}”。"
    )
