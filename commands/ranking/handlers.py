"""部门协作情况: everything people can say or press around it, one entry each."""

import re
from collections.abc import Sequence

from commands import questions
from commands.access import Permission
from commands.command import Command, Context, Reply, Subject
from commands.errors import BadInput, NotFound
from commands.ranking.cards import checking as checking_cards
from commands.ranking.cards import deciding as deciding_cards
from commands.ranking.cards import helping as helping_cards
from commands.ranking.cards import items as item_cards
from commands.ranking.cards import publishing as cards
from commands.ranking.cards.deciding import Decision
from commands.ranking.operations import asking, checking, helping, publishing, recording
from commands.ranking.operations.acting import (
    DECIDABLE,
    SHOWN,
    Acting,
    called,
    own_unit,
    the_initiative,
    the_ranking,
)
from commands.ranking.operations.showing import shown, standing_of
from connectors.chat import Text
from storage.models import Draft, Initiative, Objection, ObjectionState, Ranking, RankingState

_FILED = re.compile(r"^[对就]?(?:本单位|我们)?(?:的)?(?:协作)?数据?(?:有异议|异议)[:,，：]?")
_PUBLIC = (RankingState.PUBLISHED,)


def _said(ctx: Context) -> str:
    return ctx.incoming.action.sentence if ctx.incoming.action else ctx.incoming.text


def acting(ctx: Context) -> Acting:
    return Acting(
        ctx.session,
        ctx.actor,
        ctx.rights,
        ctx.calendar,
        ctx.notices,
        ctx.now,
        ctx.conversation,
        _said(ctx),
    )


def ranking(ctx: Context) -> Reply:
    """协作情况 · 本局排第几 · 为什么我们是B."""
    own = ctx.said.slots.get("scope") == "own" or ctx.said.slots.get("explain") or ctx.said.unit_ids
    if own:
        return _own(ctx)
    act = acting(ctx)
    found, initiative = the_ranking(act, SHOWN)
    seen = shown(ctx.session, found, initiative, ctx.calendar)
    ctx.private = True
    if found.state is RankingState.PUBLISHED and found.object_until is not None:
        ctx.subject = f"ranking:{found.id}"
        return cards.published(seen, object_until=found.object_until, now=ctx.now)
    return cards.not_published(seen)


def _own(ctx: Context) -> Reply:
    ctx.private = True
    act = acting(ctx)
    found, initiative = the_ranking(act, SHOWN, shown=ctx.card_subject("ranking"))
    unit = own_unit(act, found, wanted=ctx.said.unit_ids)
    seen = shown(ctx.session, found, initiative, ctx.calendar)
    ctx.subject = f"ranking:{found.id}:{unit.id}"
    standing = standing_of(ctx.session, found, unit.id)
    return cards.own(unit.name, standing, seen, settled=found.state in asking.SETTLED)


def method(ctx: Context) -> Reply:
    """看算法: one's own sums, or the rules for those who have none."""
    act = acting(ctx)
    try:
        found, _ = the_ranking(act, SHOWN, shown=ctx.card_subject("ranking"))
        unit = own_unit(act, found, wanted=_shown_unit(ctx))
    except (NotFound, BadInput):
        return cards.method_for_all()
    return cards.method(asking.method_lines(ctx.session, found, unit))


def items(ctx: Context) -> Reply:
    """逐件看."""
    act = acting(ctx)
    found, initiative = the_ranking(act, SHOWN, shown=ctx.card_subject("ranking"))
    unit = own_unit(act, found, wanted=_shown_unit(ctx))
    seen = shown(ctx.session, found, initiative, ctx.calendar)
    return item_cards.items(unit.name, seen, *asking.item_lines(act, found, unit))


def _shown_unit(ctx: Context) -> tuple[int, ...]:
    """The unit on the pressed card, or the one that was said."""
    about = ctx.card.subject.split(":") if ctx.card is not None else []
    if len(about) == 3 and about[0] == "ranking":
        return (int(about[2]),)
    return ctx.said.unit_ids


def check(ctx: Context) -> Reply:
    """无异议."""
    act = acting(ctx)
    found, _ = the_ranking(act, SHOWN, shown=ctx.card_subject("ranking"))
    return checking_cards.checked(checking.check(act, found).name)


def may_object(ctx: Context, numbers: Sequence[int] = ()) -> bool:
    """Whether the person's unit can object to its figures now; with ``numbers``, to one of these matters."""
    if not ctx.rights.may(Permission.CHECK_FIGURES):
        return False
    act = acting(ctx)
    try:
        found, _ = the_ranking(act, SHOWN)
        return checking.is_open_for(act, found, own_unit(act, found), numbers)
    except NotFound:
        return False
    except BadInput:  # of several initiatives
        return not numbers


def object_to(ctx: Context) -> Reply:
    """有异议 to the unit's figures; asked back which matter and why when that is missing."""
    ctx.rights.require(Permission.CHECK_FIGURES)
    act = acting(ctx)
    if any(ref.kind == "D" for ref in ctx.said.refs):
        raise BadInput("裁定的复核还不能在这里提，请直接找督查室。")
    found, initiative = the_ranking(act, SHOWN, shown=ctx.card_subject("ranking"))
    unit = own_unit(act, found)
    # What was answered to the question comes as the reason, word for word, in place of the sentence.
    reason = str(ctx.said.slots.get("reason", "")).strip()
    said = _FILED.sub("", _said(ctx)).strip()
    words = reason if checking.names_item(reason) else said
    if not checking.names_item(words):
        return questions.ask(ctx, "reason", checking_cards.which_item(unit.name))
    made = checking.object_to(act, found, initiative, words)
    left_out = found.state is not RankingState.PUBLISHED
    return checking_cards.objection_kept(made.said, until=made.answer_until, now=ctx.now, left_out=left_out)


def answer_objection(ctx: Context) -> Reply:
    """不计入 · 维持 理由."""
    exclude = ctx.said.slots.get("answer") == "exclude"
    reason = str(ctx.said.slots.get("reason", "")).strip()
    objection_id = ctx.card_subject("objection")
    if not exclude and not reason:
        _require_open(ctx, objection_id)
        return questions.ask(ctx, "reason", "维持原数据的理由是什么？会原话转给这家单位。")
    objection, unit = checking.answer(acting(ctx), objection_id, exclude=exclude, reason=reason)
    return checking_cards.answered_to_office(unit.name, objection.said, excluded=exclude)


def _require_open(ctx: Context, objection_id: int | None) -> None:
    found = ctx.session.get(Objection, objection_id) if objection_id is not None else None
    if found is not None and found.state is not ObjectionState.OPEN:
        checking.answer(acting(ctx), objection_id, exclude=False, reason="-")  # says that it was answered


def decide(ctx: Context) -> Reply:
    """看发布 · 同意发布 · 发各单位 · 暂缓发布."""
    act = acting(ctx)
    answer = str(ctx.said.slots.get("answer", "look"))
    shown_id = ctx.card_subject("ranking")
    if answer == "look":
        found, initiative = the_ranking(act, DECIDABLE, shown=shown_id)
        publishing.require_leader(act, initiative)
        return _to_decide(ctx, found, initiative)
    states = SHOWN if shown_id is not None else DECIDABLE
    found, initiative = the_ranking(act, states, shown=shown_id)
    decision = Decision(answer)
    no = ctx.incoming.action.no if ctx.incoming.action and shown_id is not None else None
    seen = publishing.decide(act, found, initiative, decision, no=no)
    return deciding_cards.decided(seen.shown, decision, groups=seen.groups, day=seen.day, now=ctx.now)


def _to_decide(ctx: Context, found: Ranking, initiative: Initiative) -> Reply:
    seen = publishing.to_decide(ctx.session, found, initiative, ctx.calendar, now=ctx.now)
    ctx.subject = f"ranking:{found.id}"
    return deciding_cards.to_decide(
        seen.shown, objections=seen.objections, groups=seen.groups, day=seen.day, now=ctx.now
    )


def record(ctx: Context) -> Reply:
    """代录 周副市长电话同意发布第一期."""
    read = recording.read_decision(str(ctx.said.slots.get("content", "")))
    if read is None:
        raise BadInput("现在能代录的是协作情况的审定，例如“代录 周副市长电话同意发布第一期”。")
    act = acting(ctx)
    made, recorded = recording.draft(act, *read)
    ctx.subject = f"draft:{made.id}"
    return recording.said_of(act, recorded)


def send_record(ctx: Context, draft: Draft) -> Reply:
    """［记录］."""
    ctx.private = True
    recorded = recording.record(acting(ctx), draft)
    seen = shown(ctx.session, recorded.ranking, recorded.initiative, ctx.calendar)
    return deciding_cards.recorded(called(recorded.leader), seen, recorded.decision)


def record_wrong(ctx: Context) -> Reply:
    """代录有误, said by the leader."""
    act = acting(ctx)
    found, initiative = the_ranking(act, SHOWN, shown=ctx.card_subject("ranking"))
    publishing.require_leader(act, initiative)
    seen = publishing.undo_record(act, found, initiative)
    return Text(f"已撤掉这条代录，{seen.nth}协作情况回到待您审定，督查室已知道。")


def help_fact(ctx: Context) -> Reply:
    """T12.2 配合 三项都是 · T12.2 配合 不按时、反复要."""
    ref = next((ref for ref in ctx.said.refs if ref.kind == "T"), None)
    if ref is None:
        raise BadInput("请连编号一起说，例如“T12.2 配合 三项都是”。")
    said = _said(ctx).replace("不可用", "不能用").replace("没帮上", "不能用")
    nos = frozenset(word for word in helping_cards.NOS if word in said)
    name, facts = helping.record_help(acting(ctx), ref.number, ref.part, nos=nos)
    return helping_cards.kept(name, facts)


def slowest(ctx: Context) -> Reply:
    """哪家最慢."""
    act = acting(ctx)
    initiative = the_initiative(act)
    ctx.rights.require(Permission.SEE_ALL, initiative_id=initiative.id)
    slow = asking.slowest(ctx.session, initiative, now=ctx.now, calendar=ctx.calendar)
    return cards.slowest(slow.overdue, slow.units, slow.lagging)


SUBJECT = Subject(
    "协作情况",
    commands=(
        Command(
            "协作情况",
            "ranking",
            ranking,
            Permission.ASK,
            "协作情况；本单位协作情况；为什么我们是B",
            ("协作情况", "本局排第几", "为什么我们是B"),
            private=True,
            settles=False,
        ),
        Command(
            "看算法",
            "ranking_method",
            method,
            Permission.ASK,
            "看算法",
            ("看算法",),
            private=True,
            settles=False,
        ),
        Command(
            "逐件看",
            "ranking_items",
            items,
            Permission.ASK,
            "逐件看",
            ("逐件看",),
            private=True,
            settles=False,
        ),
        Command(
            "无异议",
            "ranking_check",
            check,
            Permission.CHECK_FIGURES,
            "协作数据无异议",
            ("协作数据无异议",),
            private=True,
        ),
        Command(
            "答复异议",
            "objection_answer",
            answer_objection,
            Permission.ANSWER_OBJECTION,
            "异议不计入，或 异议维持 理由",
            ("异议不计入", "异议维持 当天已提醒过"),
            decides=True,
            private=True,
        ),
        Command(
            "审定",
            "ranking_decide",
            decide,
            Permission.PUBLISH,
            "看发布；同意发布；发各单位；暂缓发布",
            ("看发布", "同意发布第一期"),
            decides=True,
            private=True,
        ),
        Command(
            "代录",
            "record",
            record,
            Permission.RECORD,
            "代录（领导）（电话、当面）同意发布第一期",
            ("代录 周副市长电话同意发布第一期",),
            private=True,
        ),
        Command(
            "代录有误",
            "record_wrong",
            record_wrong,
            Permission.PUBLISH,
            "代录有误",
            (),
            decides=True,
            private=True,
        ),
        Command(
            "配合三问",
            "help_fact",
            help_fact,
            Permission.ACCEPT,
            "T12.2 配合 三项都是，或 不按时、不能用、反复要",
            ("T12.2 配合 三项都是",),
            private=True,
            settles=False,
        ),
        Command(
            "哪家慢",
            "slowest",
            slowest,
            Permission.SEE_ALL,
            "哪家最慢",
            ("哪家最慢",),
            private=True,
            settles=False,
        ),
    ),
    drafts={recording.DRAFT: send_record},
)
