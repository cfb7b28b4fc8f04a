"""已阅, what a leader says in their own words, and the office that forwards it."""

from commands.access import Permission
from commands.command import Command, Context, Reply, Subject, Undo
from commands.errors import Silence
from commands.summaries import forwarding
from commands.undo.steps import acting
from connectors.chat import Text
from storage.models import Role, UndoStep


def read(ctx: Context) -> Reply:
    """［已阅］: nothing to do, and nothing asked back."""
    return Text("好。")


def words(ctx: Context) -> Reply:
    """Whatever a leader says in the direct chat that is no command is an opinion, kept word for word."""
    if ctx.in_group or not ctx.rights.has(Role.LEADER):
        raise Silence
    due = ctx.said.due.at if ctx.said.due is not None else None
    said = ctx.incoming.text.strip()
    card, step = forwarding.keep_words(acting(ctx), said, units=ctx.said.unit_ids, due=due)
    ctx.subject = f"undo:{step.id}"
    return card


def forward(ctx: Context) -> Reply:
    """［转发］［不转发］ · 转发意见 给城管局 · 转发意见 T35."""
    number = str(ctx.said.slots.get("number", ""))
    words_id = int(number) if number else ctx.card_subject("words")
    if ctx.said.slots.get("answer") == "no":
        reply, step = forwarding.lay_aside(acting(ctx), words_id)
    else:
        ref = next((ref.number for ref in ctx.said.refs if ref.kind == "T"), None)
        reply, step = forwarding.forward(acting(ctx), words_id, units=ctx.said.unit_ids, task_number=ref)
    ctx.subject = f"undo:{step.id}"
    return reply


def _take_back(ctx: Context, step: UndoStep) -> Reply:
    return forwarding.take_back(acting(ctx), step.inverse["words"])


def _take_back_forward(ctx: Context, step: UndoStep) -> Reply:
    return forwarding.take_back_forward(acting(ctx), step.inverse["words"])


SUBJECT = Subject(
    "领导",
    commands=(
        Command("已阅", "read", read, Permission.ASK, "已阅", ("已阅",), private=True),
        Command(
            "意见",
            "leader_words",
            words,
            Permission.PUBLISH,
            "领导在私聊里直接说",
            ("按督查室意见办，抓紧",),
            private=True,
            settles=False,
        ),
        Command(
            "转发意见",
            "forward_words",
            forward,
            Permission.DISPATCH,
            "转发意见 给 单位，或 转发意见 T编号；不转发意见",
            ("转发意见", "转发意见 给城管局", "不转发意见"),
            decides=True,
            private=True,
        ),
    ),
    undos={
        forwarding.TAKE_BACK: Undo(_take_back, Permission.PUBLISH),
        forwarding.FORWARD: Undo(_take_back_forward, Permission.DISPATCH),
    },
)
