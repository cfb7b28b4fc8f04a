"""放假安排 typed by an administrator."""

from commands.access import Permission
from commands.command import Command, Context, Reply, Subject, Undo
from commands.errors import BadInput
from commands.undo.steps import acting
from commands.workdays.operations import entering, taking_back
from commands.workdays.rules import Arrangement, arrangement
from storage.models import Draft, UndoStep


def _days(said: object) -> list[str]:
    return [str(day) for day in said] if isinstance(said, list) else []


def _said(slots: object) -> Arrangement:
    given = slots if isinstance(slots, dict) else {}
    try:
        return arrangement(_days(given.get("off")), _days(given.get("on")))
    except ValueError:
        raise BadInput("没有读出日期。请这样说：2027年1月1日到3日放假，1月4日上班。") from None


def holiday(ctx: Context) -> Reply:
    """2027年1月1日到3日放假，1月4日上班."""
    draft, shown = entering.draft(acting(ctx), _said(dict(ctx.said.slots)))
    ctx.subject = f"draft:{draft.id}"
    return shown


def _enter(ctx: Context, draft: Draft) -> Reply:
    reply, step = entering.enter(acting(ctx), _said(draft.payload))
    ctx.subject = f"undo:{step.id}"
    return reply


def _take_back(ctx: Context, step: UndoStep) -> Reply:
    return taking_back.take_back(acting(ctx), step)


SUBJECT = Subject(
    "工作日历",
    commands=(
        Command(
            "放假安排",
            "holiday",
            holiday,
            Permission.MANAGE,
            "2027年1月1日到3日放假，1月4日上班",
            ("2027年1月1日到3日放假，1月4日上班",),
            private=True,
        ),
    ),
    drafts={entering.ENTER: _enter},
    undos={entering.TAKE_BACK: Undo(_take_back, Permission.MANAGE)},
)
