"""The manual, made from the catalogue: ``make manual`` writes ``docs/manual.zh-CN.md``."""

from commands.access import TABLE, WHO, Permission
from commands.command import Catalogue, Command
from storage.models import Role

_HEAD = """# 怎么说

群里先 @督办助手，私聊直接说。下面每一句都可以照着说，编号、日期、单位换成您的就行。

日期说“周五”“三个工作日内”“下月10号前”都可以，助手会写明是哪一天再算数。
发给别的单位的，先给您核对；记自己的事马上算数，十分钟内可以撤回。按钮和句子是一回事。
"""


def manual(catalogue: Catalogue) -> str:
    """Every subject and command with its examples and who may say it, as Markdown."""
    parts = [_HEAD]
    for subject in catalogue.subjects:
        shown = [command for command in subject.commands if command.examples]
        if shown:
            parts.append(f"\n## {subject.name}\n")
            parts += [_one(command) for command in shown]
    return "".join(parts)


def _one(command: Command) -> str:
    examples = "".join(f"- {example}\n" for example in command.examples)
    return f"\n### {command.name}\n\n{command.usage}（{_who(command.permission)}）\n\n{examples}"


def _who(permission: Permission) -> str:
    return "所有人" if TABLE[permission] == frozenset(Role) else WHO[permission]
