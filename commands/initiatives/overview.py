"""An initiative as it is looked at before and after 下发: who has what, what is still open."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from sqlmodel import Session

from commands.initiatives.rules import WEEKLY, Share, shares
from storage.models import Initiative, Obligation, Part, Task, TaskState, Unit
from storage.queries import initiatives as queries


@dataclass(frozen=True, slots=True)
class Overview:
    """``parts``: every obligation with its task, by number. ``units``: members in their official order."""

    initiative: Initiative
    tasks: tuple[Task, ...]
    parts: tuple[tuple[Task, Obligation], ...]
    units: tuple[Unit, ...]
    shares: tuple[Share, ...]
    names: Mapping[int, str] = field(repr=False)  #: unit → name

    def leads(self, unit_id: int | None = None) -> list[tuple[Task, Obligation]]:
        """The leading obligations, of one unit or of all."""
        return [
            (task, one)
            for task, one in self.parts
            if one.part is Part.LEAD and unit_id in (None, one.unit_id)
        ]

    def cooperations(self, unit_id: int | None = None) -> list[tuple[Task, Obligation]]:
        return [
            (task, one)
            for task, one in self.parts
            if one.part is Part.COOPERATE and unit_id in (None, one.unit_id)
        ]

    @property
    def without_day(self) -> list[Task]:
        """Matters that say 每周 and no day."""
        return [task for task in self.tasks if task.recurrence == WEEKLY]

    @property
    def provisional(self) -> list[tuple[Task, Obligation]]:
        return [(task, one) for task, one in self.leads() if task.provisional]

    @property
    def busiest(self) -> tuple[str, int] | None:
        """The unit that co-operates most, when it does so more than once and more than any other."""
        counted = Counter(one.unit_id for _, one in self.cooperations()).most_common(2)
        if not counted or counted[0][1] < 2 or (len(counted) > 1 and counted[0][1] == counted[1][1]):
            return None
        return self.names[counted[0][0]], counted[0][1]

    def soonest(self, unit_ids: list[int]) -> tuple[Task, datetime] | None:
        """What these units have to hand in first."""
        due = [(one.due_at, task.number, task) for task, one in self.leads() if one.unit_id in unit_ids]
        dated = [(at, number, task) for at, number, task in due if at is not None]
        if not dated:
            return None
        at, _, task = min(dated, key=lambda each: each[:2])
        return task, at


def overview(
    session: Session,
    initiative: Initiative,
    *,
    states: tuple[TaskState, ...] = (TaskState.DRAFT, TaskState.ACTIVE),
    lock: bool = False,
) -> Overview:
    """Read it; ``lock`` the tasks, whose locks guard their obligations, after the initiative's."""
    tasks = queries.tasks(session, initiative.id, states=states, lock=lock)
    parts = queries.parts(session, [task.id for task in tasks])
    units = queries.members(session, initiative.id)
    order = [unit.id for unit in units]
    known = {unit.id: unit for unit in units}
    for _, one in parts:  # somebody was given a part later and is no member
        if one.unit_id not in known:
            known[one.unit_id] = session.get_one(Unit, one.unit_id)
            order.append(one.unit_id)
    return Overview(
        initiative,
        tuple(tasks),
        tuple(parts),
        tuple(known[unit_id] for unit_id in order),
        tuple(shares(((task.number, one.part, one.unit_id) for task, one in parts), order)),
        {unit_id: unit.name for unit_id, unit in known.items()},
    )
