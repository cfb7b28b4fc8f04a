"""请假到周三，由王五代; 取消请假; and 审批请王五代, which says the same."""

from datetime import date

from commands.access import Permission
from commands.command import Command, Context, Reply, Subject
from commands.errors import BadInput
from commands.leave import operations
from commands.questions import ask


def _acting(ctx: Context) -> operations.Acting:
    return operations.Acting(ctx.session, ctx.actor, ctx.now, ctx.notices)


def leave(ctx: Context) -> Reply:
    """请假到周三，由王五代 · 取消请假."""
    if ctx.said.slots.get("kind") == "back":
        return operations.come_back(_acting(ctx))
    if ctx.said.ask == "until":
        return ask(ctx, "until", "请到哪天？说一个日子就行，例如“到周三”。")
    return _take(ctx, "since", "until")


def deputy(ctx: Context) -> Reply:
    """我周一到周三出差，审批请王五代: intent ``delegate`` of kind ``deputy``."""
    return _take(ctx, "period_start", "period_end")


def _take(ctx: Context, since: str, until: str) -> Reply:
    first = _day(ctx, since)
    last = _day(ctx, until) or first
    if first is None or last is None:
        raise BadInput("请写明哪天到哪天，例如：周一到周三请假，由王五代。")
    if ctx.said.slots.get("assignee") and len(ctx.said.person_ids) != 1:
        raise BadInput("没有认出由谁代，请写本单位同事的姓名。")
    return operations.take(_acting(ctx), first, last, next(iter(ctx.said.person_ids), None))


def _day(ctx: Context, slot: str) -> date | None:
    said = ctx.said.slots.get(slot)
    try:
        return date.fromisoformat(said[:10]) if isinstance(said, str) else None
    except ValueError:
        return None


SUBJECT = Subject(
    "请假",
    commands=(
        Command(
            "请假",
            "leave",
            leave,
            Permission.ASK,
            "请假到周三，由王五代",
            ("请假到周三，由丁凯代", "取消请假"),
            private=True,
        ),
    ),
)
