"""日报：…, 补周四的日志：…, 更正日报：…, 写日报, 谁没交日报, 本周小结：…"""

import re
from dataclasses import replace
from datetime import date, timedelta

from commands.access import Permission
from commands.command import Command, Context, Reply, Subject, Undo
from commands.errors import BadInput, NotAllowed
from commands.logs import cards, rules
from commands.logs.operations import correcting, drafting, keeping
from commands.logs.rules import PARTS, Said
from commands.questions import ask
from commands.tasks.handlers.meaning import acting, show_draft, undoable
from commands.understanding.engine import understand
from commands.understanding.invocation import Invocation
from connectors.chat import Card, Text
from storage.models import Draft, LogKind, UndoStep, WorkLog
from storage.queries import logs as queries

_HOW = "请连“日报”两个字一起说，例如：日报：T7查了12处；明天去北门。"
_CORRECTS = re.compile(
    r"^\s*(?:更正|改正|纠正|勘误)[:：,，\s]*|(?<=日报|日志)(?:写|说|打|报)错了?[,，:：]?(?:应为|应该?是|改成)?"
)

_HEAD = re.compile(r"^\s*(?:更正|改正)?[:：]?(?:日报|日志)[:：]\s*")
_ENDS = " ，,。：:"


def log(ctx: Context) -> Reply:
    """日报：上午T7查了12处；明天去北门 · 写日报 · 谁没交日报 · 本周小结：…"""
    slots = ctx.said.slots
    if slots.get("filter") == "missing":
        return _missing(ctx)
    if slots.get("draft"):
        made, said = drafting.draft(acting(ctx))
        return show_draft(ctx, made, cards.drafted(said, now=ctx.now))
    sentence = _with_answer(ctx, _sentence(ctx))
    said = _said(ctx, _read(ctx, sentence) if "content" in slots else ctx.said, sentence)
    if said.empty:
        return ask(ctx, "content", f"做了什么？{_HOW}")
    kept = keeping.keep(acting(ctx), said)
    undoable(ctx, kept.undo)
    return cards.kept(
        kept.said,
        now=ctx.now,
        late=kept.late,
        updated=kept.written.names,
        added_to=kept.added_to,
        notes=_notes(ctx, kept),
    )


def correct(ctx: Context) -> Reply:
    """更正日报：上午T7查了13处；明天去北门: the whole of it is said anew."""
    sentence = _with_answer(ctx, _CORRECTS.sub("", _sentence(ctx)))
    said = _said(ctx, _read(ctx, sentence), sentence)
    shown = _shown(ctx)
    if said.empty:
        row = shown or keeping.own_log(ctx.session, ctx.actor.id, None)
        day = cards.title_of(row.kind, row.day, now=ctx.now, verb="")
        return ask(ctx, "content", f"{day}：请把改好的整条再说一遍，以“更正日报：”开头。")
    if shown is not None and said.kind is LogKind.DAY and said.day == rules.today(ctx.now):
        said = replace(said, kind=shown.kind, day=shown.day)
    kept = correcting.correct(acting(ctx), said)
    undoable(ctx, kept.undo)
    return cards.corrected(
        kept.said, now=ctx.now, late=kept.late, updated=kept.written.names, notes=_notes(ctx, kept)
    )


def _with_answer(ctx: Context, sentence: str) -> str:
    """What was asked for, put behind the words it was asked about: 昨天的日报 → 昨天的日报：走访三家企业."""
    content = ctx.said.slots.get("content")
    if not isinstance(content, str):
        return sentence
    return f"{sentence.rstrip(_ENDS)}：{_HEAD.sub('', content)}"


def _shown(ctx: Context) -> WorkLog | None:
    """The log on the pressed card, or on the card whose question is answered."""
    step_id = ctx.card_subject("undo")
    step = ctx.session.get(UndoStep, step_id) if step_id is not None else None
    if step is None or step.person_id != ctx.actor.id or step.operation != keeping.TAKE_BACK:
        return None
    return ctx.session.get(WorkLog, step.inverse["log"])


def _sentence(ctx: Context) -> str:
    action = ctx.incoming.action
    return ctx.said.sentence or (action.sentence if action else ctx.incoming.text)


def _read(ctx: Context, sentence: str) -> Invocation:
    return understand(sentence, now=ctx.now, directory=ctx.directory, calendar=ctx.calendar)


def _said(ctx: Context, invocation: Invocation, sentence: str) -> Said:
    """The slots as a log; ``sentence`` is what they were read from."""
    slots = invocation.slots
    period = slots.get("period")
    kind = LogKind(period) if period in ("week", "month") else LogKind.DAY
    said_day = slots.get("date")
    day = date.fromisoformat(said_day) if isinstance(said_day, str) else rules.today(ctx.now)
    parts: dict[str, tuple[str, ...]] = {}
    for name in PARTS:
        texts = slots.get(name)
        parts[name] = tuple(str(text) for text in texts) if isinstance(texts, list) else ()
    parts["done"] = rules.in_clauses(parts["done"], sentence)
    return Said(kind, rules.period_start(kind, day), **parts)


def _notes(ctx: Context, kept: keeping.Kept) -> str:
    """What could not be updated: in a group it goes to the direct chat."""
    signed = f"{'、'.join(kept.written.signed)} 已一并签收。" if kept.written.signed else ""
    notes = "".join(kept.written.notes)
    if notes and ctx.in_group:
        ctx.notices.to_person(ctx.actor.id, Text(notes), key=f"log_notes:{kept.undo.id}")
        return signed
    return signed + notes


def _missing(ctx: Context) -> Reply:
    """By unit for the office, the own unit for its liaison and heads; always privately.

    Raises:
        NotAllowed: anybody else.
        BadInput: weekly summaries: nobody has to write one.
    """
    ctx.private = True
    sentence = _sentence(ctx)
    if "周报" in sentence or "小结" in sentence:
        raise BadInput("周报、小结不作要求，不统计谁没写。日报可以说“谁没交日报”。")
    unit_id = None
    if not ctx.rights.may(Permission.VERIFY, everywhere=True):
        unit_id = ctx.rights.unit_id
        if unit_id is None or not ctx.rights.may(Permission.DELEGATE, unit_id=unit_id):
            raise NotAllowed("谁没交日报，由督查室和各单位联络员看。")
    day = rules.today(ctx.now) - timedelta(days=1 if "昨" in sentence else 0)
    if not ctx.calendar.is_workday(day):
        return Text("这天不是工作日，不用交日报。")
    return cards.missing(queries.missing_by_unit(ctx.session, day, unit_id), day, now=ctx.now)


def _keep_draft(ctx: Context, made: Draft) -> Card:
    """［记下］."""
    kept = drafting.keep_draft(acting(ctx), made)
    undoable(ctx, kept.undo)
    return cards.kept(kept.said, now=ctx.now, late=kept.late, updated=(), added_to=kept.added_to)


def _take_back(ctx: Context, step: UndoStep) -> Reply:
    keeping.take_back(acting(ctx), step)
    return Text(f"已撤回 {step.what}。")


SUBJECT = Subject(
    "日报",
    commands=(
        Command(
            "日报",
            "daily_log",
            log,
            Permission.ASK,
            "日报：做了什么；明天做什么",
            ("日报：上午T7查了12处；明天去北门", "补周四的日志：走访三家企业", "写日报", "谁没交日报"),
        ),
        Command(
            "更正日报",
            "correct_log",
            correct,
            Permission.ASK,
            "更正日报：改好的整条",
            ("更正日报：上午T7查了13处；明天去北门",),
            settles=False,
        ),
    ),
    drafts={drafting.DAY: _keep_draft},
    undos={keeping.TAKE_BACK: Undo(_take_back, Permission.ASK)},
)
