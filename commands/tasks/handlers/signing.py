"""签收, 分办, 转交, 接收, 不接."""

from collections.abc import Mapping, Sequence

from commands.access import Permission
from commands.command import Context, Reply
from commands.errors import BadInput, NotAllowed, NotFound, NotNow
from commands.leave import handlers as leave
from commands.tasks.cards import signing as cards
from commands.tasks.cards.described import Described
from commands.tasks.handlers.meaning import (
    Part,
    acting,
    check_card,
    colleague,
    in_every_period,
    missing,
    one_of,
    refs,
    several,
    text_slot,
    undoable,
)
from commands.tasks.operations import handing_over, listing, signing
from commands.tasks.operations.acting import Acting, Matter, how_it_stands, require_speaker
from commands.tasks.rules import SAID, Step, next_state
from connectors.chat import Text
from storage.models import ObligationState, Person
from storage.queries import tasks as queries
from storage.queries.joining import hands_over


def acknowledge(ctx: Context) -> Reply:
    """签收 T1、T7 · 全部签收 · T1、T7 城管局签收，都给丁凯."""
    act = acting(ctx)
    unit_id = ctx.actor.unit_id
    if unit_id is None or any(said != unit_id for said in ctx.said.unit_ids):
        raise NotAllowed("签收由承办单位自己办，不能代签。")
    asked = several(ctx, act, lambda: queries.unsigned_of_unit(ctx.session, unit_id), step=Step.ACKNOWLEDGE)
    if not asked:
        raise NotNow("没有等签收的事项。说“部门任务”可以看全部。")
    for matter in asked:
        check_card(ctx, act, matter, Step.ACKNOWLEDGE)
    asked = in_every_period(asked, Step.ACKNOWLEDGE)
    handler = colleague(ctx)
    names = "、".join(dict.fromkeys(matter.name for matter in asked))
    hint = f"要改由{handler.name}办，请说“{names}给{handler.name}”。" if handler else ""
    waiting, left = _split(act, asked, Step.ACKNOWLEDGE, hint=hint)
    done = signing.acknowledge(act, waiting, handler=handler)
    undoable(ctx, done.undo)
    handlers = sorted({part.handler for part in done.parts}) if handler or _named_before(act, done) else []
    unit = act.unit(unit_id)
    return cards.signed(done.parts, handlers=handlers, unit=unit, in_group=ctx.in_group, left=left)


def _split(act: Acting, asked: Sequence[Matter], what: Step, *, hint: str = "") -> tuple[list[Matter], str]:
    """Of a list those that can take the step, and why the others cannot. ``hint``: said
    where none can because of how they stand.

    Raises:
        NotAllowed, NotNow: none of them can.
    """
    ready: list[Matter] = []
    left: dict[str, NotAllowed | NotNow] = {}
    for matter in asked:
        try:
            require_speaker(act, matter)
            if next_state(matter.obligation.part, what, matter.obligation.state) is None:
                raise NotNow(how_it_stands(act, matter, what))
        except (NotAllowed, NotNow) as refused:
            left.setdefault(matter.name, refused)
        else:
            ready.append(matter)
    said = _signed_before(asked, left) if what is Step.ACKNOWLEDGE else ""
    said = said or "".join(str(refused) for refused in left.values())
    if left and not ready:
        first = next(iter(left.values()))
        raise type(first)(said + hint if isinstance(first, NotNow) else said)
    return ready, said


def _signed_before(asked: Sequence[Matter], left: Mapping[str, object]) -> str:
    """Several that were all signed are named together; one says by whom and when."""
    before = {m.name for m in asked if m.name in left and m.obligation.acknowledged_at is not None}
    if len(before) < 2 or before != left.keys():
        return ""
    return f"{'、'.join(left)} 之前已经签收。"


def _named_before(act: Acting, done: signing.Signed) -> bool:
    """Somebody else had been named to do it."""
    return any(part.handler != act.actor.name for part in done.parts)


def delegate(ctx: Context) -> Reply:
    """T1T2给高宁 · 都给丁凯 · 分办 T3 李娜. Who may not 分办 offers what is their own."""
    if ctx.said.slots.get("kind") == "deputy":
        ctx.private = True
        return leave.deputy(ctx)
    act = acting(ctx)
    if not ctx.rights.may(Permission.DELEGATE, unit_id=ctx.actor.unit_id):
        return transfer(ctx)
    if not refs(ctx) and ctx.actor.unit_id is not None and hands_over(ctx.session, ctx.actor.unit_id):
        return ctx.catalogue.by_intent["handover"].handle(ctx)  # 都给马昊: what somebody who left had
    given, left = _given(ctx, act)
    if not given:
        return missing(ctx, "assignee")
    shown: dict[str, list[Described]] = {}
    for handler, asked in given:
        done = signing.delegate(act, asked, handler)
        undoable(ctx, done.undo)
        shown.setdefault(handler.name, []).extend(done.parts)
    unsigned = [p for parts in shown.values() for p in parts if p.state == SAID[ObligationState.ASSIGNED]]
    kept = [part for part in listing.mine(act) if part.name not in _names(shown)]
    own = sorted(shown.get(ctx.actor.name, []) + kept, key=lambda part: int(part.name[1:]))
    return cards.delegated({**shown, ctx.actor.name: own}, unsigned=unsigned, left=left)


def _names(shown: dict[str, list[Described]]) -> set[str]:
    return {part.name for parts in shown.values() for part in parts}


def _given(ctx: Context, act: Acting) -> tuple[list[tuple[Person, list[Matter]]], str]:
    """Who gets which, and why the others of the list are not given; the tasks are locked together before
    the first is given away."""
    first = colleague(ctx)
    if first is None:
        return [], ""
    others = (ctx.session.get(Person, n) for n in ctx.said.person_ids[1:])
    people = [first, *(person for person in others if person is not None)]
    asked = several(ctx, act, lambda: _held(act), step=Step.DELEGATE)
    if not asked:
        raise NotNow("没有可以分办的事项。")
    asked, left = _split(act, in_every_period(asked, Step.DELEGATE), Step.DELEGATE)
    pairs = ctx.said.slots.get("pairs")
    if not isinstance(pairs, list | tuple) or len(people) < 2:
        return [(people[0], asked)], left
    given = []
    for pair in pairs:
        handler = next((p for p in people if p.name == pair["assignee"]), None)
        own = [m for m in asked if m.ref in pair["task_ids"] or m.name in pair["task_ids"]]
        if handler is not None and own:
            given.append((handler, own))
    return given, left


def _held(act: Acting) -> list[Part]:
    """The unit's matters that lie with the actor or with nobody."""
    if act.actor.unit_id is None:
        return []
    return [
        (task, one)
        for task, one in queries.of_unit(act.session, act.actor.unit_id)
        if one.handler_id in (None, act.actor.id) and next_state(one.part, Step.DELEGATE, one.state)
    ]


def transfer(ctx: Context) -> Reply:
    """T2转给李娜，我下周脱产学习 · 接收 · 不接."""
    answer = ctx.said.slots.get("answer")
    if answer in ("accept", "decline"):
        return _answer(ctx, taken=answer == "accept")
    act = acting(ctx)
    to = colleague(ctx)
    if to is None:
        if ctx.said.unit_ids:
            raise NotAllowed("转交只能给本单位的人。要请别的单位办，请说“申请改派”。")
        return missing(ctx, "assignee")
    if len(refs(ctx)) > 1:
        raise BadInput(f"转交请一项一项说，例如“T{refs(ctx)[0][0]}转给{to.name}”。")
    reason = text_slot(ctx, "reason", "note")
    matter = one_of(
        ctx,
        act,
        lambda: queries.of_person(ctx.session, ctx.actor.id),
        step=Step.HAND_OVER,
        nothing="您名下没有可以转交的事项。",
        say=f"T转给{to.name}，{reason}" if reason else f"T转给{to.name}",
    )
    if not isinstance(matter, Matter):
        return matter
    handler_id = matter.obligation.handler_id
    periods = in_every_period([matter], Step.HAND_OVER)
    own = [m for m in periods if m.obligation.handler_id == handler_id] or [matter]
    offered = handing_over.offer(act, own, to, reason)
    undoable(ctx, offered.undo)
    ctx.private = True
    return cards.hand_over_offered(offered.part, to=to.name)


def _answer(ctx: Context, *, taken: bool) -> Reply:
    act = acting(ctx)
    which = ctx.card_subject("hand_over")
    if which is None and refs(ctx):
        which = _offer_of(act, refs(ctx)[0][0])
    ctx.private = True
    if taken:
        part = handing_over.take(act, which)
        return Text(f"{part.name} 由您负责了，时限 {cards.limit_of(part)}，不变。")
    part = handing_over.decline(act, which)
    return Text(f"好，{part.name} 您没有接，已告诉对方。")


def _offer_of(act: Acting, number: int) -> int:
    """The offer to the actor of the task with this number."""
    for row in queries.offered_to(act.session, act.actor.id):
        if queries.number_of(act.session, row.obligation_id) == number:
            return row.id
    raise NotFound(f"T{number} 没有等您接收。要签收请说“签收 T{number}”。")
