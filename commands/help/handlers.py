"""帮助, made from the catalogue: what this person may say, an example each."""

from commands.access import Permission
from commands.command import Command, Context, Reply, Subject
from connectors.chat import Text

MOST = 8  #: commands shown at once


def help_(ctx: Context) -> Reply:
    """帮助 shows the first commands of this person's roles; 帮助 延期 shows one in full."""
    about = str(ctx.said.slots.get("about", "") or ctx.said.rest)
    mine = [c for c in ctx.catalogue.by_intent.values() if c.examples and ctx.rights.may(c.permission)]
    named = [c for c in mine if about and (c.name in about or about in c.name)]
    if named:
        return Text("\n\n".join(_in_full(c) for c in named[:3]))
    lines = [f"· {c.name}：{c.examples[0]}" for c in mine[:MOST]]
    bot_name = ctx.notices.bot_name(ctx.conversation.binding)
    end = f"想看某一项，请说“帮助 报结”。群里请先 @{bot_name}；私聊不用。"
    return Text("\n".join(["您可以直接说，例如：", *lines, end]))


def _in_full(command: Command) -> str:
    examples = "\n".join(f"· {example}" for example in command.examples)
    return f"{command.name}\n用法：{command.usage}\n例如：\n{examples}"


SUBJECT = Subject(
    "帮助",
    commands=(
        Command("帮助", "help", help_, Permission.ASK, "帮助 [命令]", ("帮助", "帮助 报结"), settles=False),
    ),
)
