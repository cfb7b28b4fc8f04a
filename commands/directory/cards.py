"""How changes of the directory read."""

from collections.abc import Sequence
from datetime import datetime

from commands.calendar import say_due
from connectors.chat import Button, Card, card
from storage.models import Obligation, Person, Task, Unit


def departure(person: Person, open_: Sequence[tuple[Task, Obligation]], *, now: datetime) -> Card:
    """To the liaison: what somebody who left had in hand."""
    rows = [
        (f"T{task.number}", say_due(part.due_at, part.due_grain, now=now) if part.due_at else task.title)
        for task, part in open_
    ]
    return card(
        f"{person.name}离岗，{len(open_)} 项待交接",
        *rows,
        remark="交接前由您负责，提醒也发给您。定了接手的人，请说“都给”加姓名。",
        buttons=(Button("我来办", "我来办", "primary"), Button("看清单", "部门任务")),
    )


def no_liaison(unit: Unit) -> Card:
    """To the unit's head: nobody answers for the unit now."""
    return card(
        f"{unit.name}暂无联络员，请指定",
        remark="指定前，本单位的事项发给您。请把新联络员的姓名告诉督查室。",
        tone="warning",
    )
