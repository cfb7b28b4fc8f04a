"""交办 by a sentence: read, completed by one question, shown, sent."""

from dataclasses import dataclass

from commands.access import Permission
from commands.command import Context, Reply
from commands.errors import BadInput, NotFound
from commands.questions import ask
from commands.tasks.handlers.meaning import acting, missing, show_draft, text_slot, undoable
from commands.tasks.operations import assigning
from commands.tasks.operations.assigning import NewMatter
from connectors.chat import Button, Text
from storage.models import Draft, Grain, Initiative, Person
from storage.queries import tasks as queries


@dataclass(frozen=True, slots=True)
class _Doers:
    units: tuple[int, ...]  #: the lead first
    handler_id: int | None


def assign(ctx: Context) -> Reply:
    """请社区办牵头、物业协会配合，周四前报12个试点小区名单."""
    act = acting(ctx)
    act.rights.require(Permission.DISPATCH)
    if ctx.said.ask:
        return missing(ctx)
    doers = _doers(ctx)
    if not doers.units:
        return missing(ctx, "dept")
    title = text_slot(ctx, "title", "note")
    if not title:
        return missing(ctx, "title")
    due = ctx.said.due
    if due is None or due.past:
        return missing(ctx, "deadline")
    initiative = _initiative(ctx)
    if not isinstance(initiative, Initiative):
        return initiative
    new = NewMatter(
        initiative_id=initiative.id,
        units=doers.units,
        title=title,
        due_at=due.at,
        grain=Grain(due.grain),
        handler_id=doers.handler_id,
        recurrence=due.recurrence or "",
        provisional=due.provisional,
        group_id=ctx.conversation.id if ctx.in_group else None,
    )
    draft, shown = assigning.draft_matter(act, new)
    return show_draft(ctx, draft, shown)


def send(ctx: Context, draft: Draft) -> Reply:
    """［发出］ of 交办."""
    task, told, undo = assigning.assign(acting(ctx), draft)
    undoable(ctx, undo)
    return Text(f"T{task.number} 已交办，已告诉{'、'.join(told)}。", buttons=(Button("撤回", "撤回"),))


def _doers(ctx: Context) -> _Doers:
    """The lead is who is called so, else the unit of the person named, else the first unit said.

    Only those called 配合 co-operate: other units may be named in what is to be done.
    """
    person = ctx.session.get(Person, ctx.said.person_ids[0]) if ctx.said.person_ids else None
    called = _units_called(ctx, text_slot(ctx, "dept"))
    lead = next(iter(called), None)
    if lead is None and person is not None:
        lead = person.unit_id
    if lead is None:
        lead = next(iter(ctx.said.unit_ids), None)
    if lead is None:
        return _Doers((), None)
    helping = ctx.said.slots.get("co_depts")
    names = helping if isinstance(helping, list | tuple) else ()
    cooperate = [unit_id for name in names for unit_id in _units_called(ctx, str(name))]
    units = tuple(dict.fromkeys([lead, *cooperate]))
    return _Doers(units, person.id if person is not None and person.unit_id == lead else None)


def _units_called(ctx: Context, name: str) -> list[int]:
    units = (ctx.directory.units.get(unit_id) for unit_id in ctx.said.unit_ids)
    return [unit.id for unit in units if unit is not None and name in (unit.name, *unit.short_names)]


def _initiative(ctx: Context) -> Initiative | Reply:
    """The group's, else the only one the actor may dispatch in, else the one answered."""
    if ctx.in_group:
        found = queries.initiatives_of_group(ctx.session, ctx.conversation.id)
    else:
        found = queries.running_initiatives(ctx.session)
    found = [i for i in found if ctx.rights.may(Permission.DISPATCH, initiative_id=i.id)]
    if not found:
        raise NotFound("没有已下发的专项，或本群还没有用于哪个专项。请先下发专项，再交办。")
    answer = text_slot(ctx, "what")
    chosen = [i for i in found if answer and (i.title in answer or answer in i.title)]
    if len(found) == 1 or len(chosen) == 1:
        return (chosen or found)[0]
    if answer:
        raise BadInput(f"没有叫“{answer}”的专项，什么也没改。")
    buttons = tuple(Button(i.title[:4], i.title) for i in found[:3])
    return ask(ctx, "what", f"属于哪个专项？{'、'.join(i.title for i in found)}。", buttons=buttons)
