"""特急: a matter whose reminders come on days off and in quiet hours as well."""

from commands.access import Permission
from commands.command import Command, Context, Reply, Subject, Undo
from commands.errors import BadInput
from commands.undo.steps import acting
from commands.urgency import operations
from connectors.chat import Button, Text
from storage.models import UndoStep


def mark(ctx: Context) -> Reply:
    """T35 特急 · T35 取消特急; it counts at once."""
    numbers = list(dict.fromkeys(ref.number for ref in ctx.said.refs if ref.kind == "T"))
    if not numbers:
        raise BadInput("请连编号一起说，例如“T35 特急”或“T35 取消特急”。")
    on = ctx.said.slots.get("answer") != "off"
    step = operations.mark(acting(ctx), numbers, on=on)
    ctx.subject = f"undo:{step.id}"
    names = "、".join(f"T{number}" for number in numbers)
    said = "已列为特急，双休日、节假日和免打扰时段也提醒。" if on else "不再特急，按平常提醒。"
    return Text(f"{names} {said}", buttons=(Button("撤回", "撤回"),))


def _take_back(ctx: Context, step: UndoStep) -> Reply:
    return operations.take_back(acting(ctx), step)


SUBJECT = Subject(
    "特急",
    commands=(
        Command(
            "特急",
            "urgent",
            mark,
            Permission.ADJUST,
            "T编号 特急，或 T编号 取消特急",
            ("T35 特急", "T35 取消特急"),
            decides=True,
        ),
    ),
    undos={operations.MARK: Undo(_take_back, Permission.ADJUST)},
)
