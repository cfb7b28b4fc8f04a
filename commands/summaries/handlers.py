"""已阅, and what a leader says in their own words."""

from commands.access import Permission
from commands.command import Command, Context, Reply, Subject
from commands.errors import Silence
from commands.summaries import operations
from connectors.chat import Text
from storage.models import Role, UndoStep


def read(ctx: Context) -> Reply:
    """［已阅］: nothing to do, and nothing asked back."""
    return Text("好。")


def words(ctx: Context) -> Reply:
    """Whatever a leader says in the direct chat that is no command is an opinion, kept word for word."""
    if ctx.in_group or not ctx.rights.has(Role.LEADER):
        raise Silence
    said = ctx.incoming.text.strip()
    card, step = operations.keep_words(
        ctx.session, ctx.actor, said, ctx.notices, ctx.now, ctx.conversation.id
    )
    ctx.subject = f"undo:{step.id}"
    return card


def _take_back(ctx: Context, step: UndoStep) -> Reply:
    return operations.take_back(ctx.session, ctx.actor, step.inverse["words"], ctx.notices, ctx.now)


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
    ),
    undos={operations.TAKE_BACK: _take_back},
)
