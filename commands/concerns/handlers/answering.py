"""同意T7改到12月5日, 维持 T7 理由: the answer to what a unit raised."""

import re
from collections.abc import Sequence

from commands.command import Context, Reply
from commands.concerns import rules
from commands.concerns.operations import answering
from commands.errors import BadInput, NotFound
from commands.extensions.operations import Later
from commands.tasks.handlers.meaning import acting, missing, refs, text_slot, undoable
from commands.tasks.operations.acting import Acting, Matter, matter_of, matters
from commands.tasks.operations.settling import SAID_KIND, require_open, shown
from commands.tasks.rules import DECIDED_ON, day_of
from commands.understanding.invocation import Due
from connectors.chat import Button, Text
from storage.models import Concern, ConcernKind, ConcernState, Grain
from storage.queries import concerns as queries
from storage.queries import extensions

_UNDO = (Button("撤回", "撤回"),)
_LIMIT_WORDS, _PART_WORDS = ("时限", "原定", "改到"), ("分工", "牵头", "异议")


def is_meant(ctx: Context) -> bool:
    """Whether 同意 or 不同意 is the answer to a 商量时限, or said of a 异议."""
    if ctx.card is not None and ctx.card.subject:
        return ctx.card_subject("concern") is not None
    of = ctx.said.slots.get("of")
    if not refs(ctx) or "延期" in _said(ctx) or of in ("complete", "return"):
        return False
    act = acting(ctx)
    matter = matters(act, refs(ctx)[:1])[0]
    ids = [one.id for one in matter.obligations]
    if extensions.open_of(act.session, ids):
        return False
    raised = queries.of_obligations(act.session, ids)
    if "异议" in _said(ctx):
        return any(row.kind is ConcernKind.OBJECTION for row in raised)
    found = [row for row in raised if row.kind is ConcernKind.LIMIT]
    if any(row.state is ConcernState.OPEN for row in found):
        return of == "extend" or matter.obligation.state not in DECIDED_ON  # a report waits for the same word
    return of == "extend" and bool(found) and extensions.last_of(act.session, ids) is None


def agree(ctx: Context) -> Reply:
    """同意T7改到12月5日 · 同意T7改到12月8日, another day than the one proposed."""
    act = acting(ctx)
    ctx.private = True
    kind = ConcernKind.OBJECTION if "异议" in _said(ctx) else ConcernKind.LIMIT
    matter, row = _find(ctx, act, (kind,))
    if row.kind is ConcernKind.OBJECTION:
        raise BadInput(
            f"同意 {matter.name} 的异议，请说怎么改：“调整{matter.name}时限 答复异议”或“终止 {matter.name}”；"
            f"不改请说“维持 {matter.name} 分工，理由”。什么也没有改。"
        )
    due, other = ctx.said.due, None
    if not ctx.pressed and due is not None and not due.past and not _is_proposed(row, due):
        other = Later(due.at, Grain(due.grain))
    done = answering.agree(act, matter, row, other)
    undoable(ctx, done.undo)
    return Text(f"{matter.name} 时限已改：{done.limit}，已告诉{done.unit}。", buttons=_UNDO)


def _is_proposed(row: Concern, due: Due) -> bool:
    """Whether the day said is the one proposed, at whatever hour that is."""
    if row.to_due_at is None or due.grain != "day":
        return due.at == row.to_due_at
    return day_of(due.at) == day_of(row.to_due_at)


def keep(ctx: Context) -> Reply:
    """维持 T7 分工，三定方案写明了 · 不同意T7改到12月5日 理由."""
    act = acting(ctx)
    ctx.private = True
    matter, row = _find(ctx, act, tuple(ConcernKind))
    answering.require_answerer(act, matter, row)
    require_open(act, matter, row)
    reason = _reason(ctx)
    if len(reason) < rules.FEWEST_WORDS:
        unit = act.unit(matter.obligation.unit_id)
        return missing(ctx, "reason", f"维持的理由？写一句就行，会原话告诉{unit}。")
    done = answering.keep(act, matter, row, reason)
    undoable(ctx, done.undo)
    what = "分工和时限" if row.kind is ConcernKind.OBJECTION else "时限"
    return Text(f"{matter.name} {what}不变，理由已告诉{done.unit}。", buttons=_UNDO)


def _reason(ctx: Context) -> str:
    """Word for word after 维持; after 不同意 what is not said by number and day."""
    if ctx.said.sentence:
        return text_slot(ctx, "reason")
    if ctx.said.intent == "adjust":
        return rules.kept_words(_said(ctx))
    return rules.refused_words(text_slot(ctx, "reason", "note"))


def _said(ctx: Context) -> str:
    """The sentence; while a question is answered the one that was asked about."""
    spoken = ctx.incoming.action.sentence if ctx.incoming.action else ctx.incoming.text
    return ctx.said.sentence or spoken


def _find(ctx: Context, act: Acting, kinds: Sequence[ConcernKind]) -> tuple[Matter, Concern]:
    """The one on the card, of the matter said, or the only one that waits; under its task's lock.

    Raises:
        NotFound: there is none.
        BadInput: it could be several.
        StaleCard: the card shows one that was answered or said anew since.
    """
    on_card = ctx.card_subject("concern")
    if on_card is not None:
        return shown(act, on_card)
    if not refs(ctx):
        raise NotFound("是哪一项？请连编号一起说，例如“维持 T7 分工，理由”。")
    matter = matters(act, refs(ctx)[:1])[0]
    exact = refs(ctx)[0][1] is not None
    of = [one.id for one in matter.obligations if not exact or one.position == matter.obligation.position]
    kinds = _meant(kinds, _said(ctx))
    found = [row for row in queries.open_of(act.session, of) if row.kind in kinds]
    if len(found) > 1:
        raise BadInput(_which(act, matter, found))
    row = found[0] if found else queries.last_of(act.session, of, kinds)
    if row is None:
        raise NotFound(f"{matter.name} 没有等答复的{'或'.join(SAID_KIND[kind] for kind in kinds)}。")
    return matter_of(act, row.obligation_id), row


def _meant(kinds: Sequence[ConcernKind], said: str) -> Sequence[ConcernKind]:
    """Those the words are about, else all of them. Only the words next to 维持: the others are the reason."""
    before, _, behind = said.rpartition("维持")
    near = [before[-4:], *re.split(r"[，,。：:；; ]", behind.strip())[:2]]
    named = {
        ConcernKind.LIMIT: any(word in part for word in _LIMIT_WORDS for part in near),
        ConcernKind.OBJECTION: any(word in part for word in _PART_WORDS for part in near),
    }
    return [kind for kind in kinds if named[kind]] or kinds


def _which(act: Acting, matter: Matter, found: Sequence[Concern]) -> str:
    parts = {one.id: one for one in matter.obligations}
    lines = []
    for row in found[:6]:
        one = Matter(matter.task, matter.obligations, parts[row.obligation_id])
        what = "分工" if row.kind is ConcernKind.OBJECTION else "时限"
        lines.append(f"· {act.unit(one.obligation.unit_id)}：维持 {one.ref} {what}，理由")
    return "\n".join([f"{matter.name} 有 {len(found)} 条等答复，请说是哪一条：", *lines])
