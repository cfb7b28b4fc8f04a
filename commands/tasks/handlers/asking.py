"""我的, 部门任务, 逾期, T12."""

from commands.command import Context, Reply
from commands.errors import NotFound
from commands.tasks.cards import lists
from commands.tasks.cards.described import Described
from commands.tasks.handlers.meaning import acting, missing, refs
from commands.tasks.operations import listing
from commands.tasks.operations.acting import matters
from commands.tasks.rules import Light


def mine(ctx: Context) -> Reply:
    """我的 · 列一下我牵头的 · 我今天要交什么."""
    act = acting(ctx)
    kind = ctx.said.slots.get("filter")
    parts = [part for part in listing.mine(act) if _fits(part, kind)]
    return lists.mine(
        parts,
        unsigned=listing.unsigned(act),
        to_accept=listing.to_accept(act),
        to_release=listing.to_release(act),
    )


def _fits(part: Described, kind: object) -> bool:
    match kind:
        case "lead":
            return part.is_lead
        case "cooperate":
            return not part.is_lead
        case "overdue":
            return part.light == Light.OVERDUE
        case "due_today":
            return part.light in (Light.NEAR, Light.OVERDUE)
        case _:
            return True


def of_unit(ctx: Context) -> Reply:
    """部门任务 · 城管局名下在办多少件."""
    act = acting(ctx)
    unit_id = ctx.said.unit_ids[0] if ctx.said.unit_ids else ctx.actor.unit_id
    if unit_id is None:
        raise NotFound("您还没有登记单位，请写明是哪个单位，例如“城管局的任务”。")
    parts = listing.of_unit(act, unit_id)
    return lists.of_unit(act.unit(unit_id), parts, with_lights=not ctx.in_group)


def pressing(ctx: Context) -> Reply:
    """哪些部门有逾期 · 超期的 · 谁还没签收."""
    unit_id = ctx.said.unit_ids[0] if ctx.said.unit_ids else None
    return lists.pressing(listing.pressing(acting(ctx), unit_id))


def task(ctx: Context) -> Reply:
    """T12 · 查T14的流转记录."""
    act = acting(ctx)
    said = refs(ctx)
    if not said:
        return missing(ctx, "task_id")
    matter = matters(act, [(said[0][0], None)], lock=False)[0]
    periods, history = listing.whole(act, matter)
    return lists.whole(
        periods,
        history=history if ctx.said.slots.get("about") == "history" else history[:5],
        initiative=act.initiative(matter.task).title,
    )
