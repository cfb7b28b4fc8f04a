"""导出台账."""

from commands.access import Permission
from commands.command import Command, Context, Reply, Subject
from commands.ledger import operations
from connectors.chat import Text
from storage.queries import initiatives


def export(ctx: Context) -> Reply:
    """导出台账 · 导出垃圾分类台账: one initiative when it is named, else all."""
    what = str(ctx.said.slots.get("what") or ctx.said.sentence or ctx.incoming.text)
    if "台账" not in what and "清单" not in what:
        return Text("现在能导出的是台账，请说“导出台账”。")
    named = [one for one in initiatives.open_initiatives(ctx.session) if one.title in what]
    return operations.ask(ctx, named[0] if len(named) == 1 else None)


SUBJECT = Subject(
    "台账",
    commands=(
        Command(
            "导出",
            "export",
            export,
            Permission.ASK,  # 督查室 all, a liaison or head the own unit's: the operation asks
            "导出台账，或 导出某专项台账",
            ("导出台账", "导出垃圾分类台账"),
            private=True,
            settles=False,
        ),
    ),
)
