"""晚上八点以后别给我推消息; T30下周一再提醒."""

from datetime import datetime, time

from commands.access import Permission
from commands.calendar import SHANGHAI
from commands.command import Command, Context, Reply, Subject
from commands.errors import BadInput
from commands.questions import ask
from commands.reminders.operations import wishes
from commands.tasks.handlers.meaning import acting
from commands.tasks.operations.acting import matters
from connectors.chat import Text

_FROM, _TO = "20:00", "08:00"  #: where a sentence names only one of them
_AS_IT_IS = Text(
    "提醒按专项的规定发：时限前 3 个、1 个工作日和当天早上各一次，节假日不发。"
    "要晚点再提醒，可以说“T30下周一再提醒”；要免打扰，可以说“免打扰 20点到8点”。"
)


def setting(ctx: Context) -> Reply:
    """免打扰 20点到8点 · T30下周一再提醒; other wishes are answered with how it is."""
    match ctx.said.slots.get("kind"):
        case "quiet":
            return _quiet(ctx)
        case "snooze":
            return _snooze(ctx)
        case _:
            return _AS_IT_IS


def _quiet(ctx: Context) -> Reply:
    slots = ctx.said.slots
    if slots.get("days") == "weekend":
        return Text("周末和节假日本来就不发提醒，只有特急的例外。")
    if {"on", "until"} & slots.keys():
        return Text("按天的免打扰请用请假，例如：请假到周三，由王五代。提醒和审批会发给代办的同事。")
    start, end = (_clock(slots.get(name) or usual) for name, usual in (("from", _FROM), ("to", _TO)))
    return wishes.be_quiet(acting(ctx), start, end)


def _clock(said: object) -> time:
    try:
        return time.fromisoformat(str(said))
    except ValueError:
        raise BadInput("没有读出几点到几点。请这样说：免打扰 20点到8点。") from None


def _snooze(ctx: Context) -> Reply:
    if ctx.said.ask is not None:
        return ask(ctx, ctx.said.ask, "哪天再提醒？说一个日子就行，例如“下周一”。")
    refs = [(ref.number, ref.part) for ref in ctx.said.refs if ref.kind == "T"]
    said = ctx.said.slots.get("until")
    if len(refs) != 1 or not isinstance(said, str):
        raise BadInput("请一次说一项，例如“T30下周一再提醒”。")
    act = acting(ctx)
    (matter,) = matters(act, refs, lock=False)
    return wishes.snooze(act, matter, datetime.fromisoformat(said).astimezone(SHANGHAI).date())


SUBJECT = Subject(
    "提醒",
    commands=(
        Command(
            "提醒设置",
            "remind_setting",
            setting,
            Permission.ASK,
            "免打扰 20点到8点",
            ("免打扰 20点到8点", "T30下周一再提醒", "晚上八点以后别给我推消息"),
            private=True,
        ),
    ),
)
