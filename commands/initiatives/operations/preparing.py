"""Before 下发: drafts from a file, the day of weekly matters, what would be sent."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from commands.access import Permission
from commands.errors import NotNow
from commands.initiatives import rules
from commands.initiatives.importing import draft
from commands.initiatives.operations.choosing import Acting
from commands.initiatives.overview import Overview, overview
from commands.initiatives.resolving import Said, resolve
from commands.tasks.rules import day_of
from storage import audit
from storage.models import (
    Conversation,
    Initiative,
    InitiativeGroup,
    InitiativeState,
    Obligation,
    Person,
    Task,
    TaskState,
    Unit,
)
from storage.queries import initiatives as queries
from storage.queries import leave
from storage.queries import tasks as task_queries


def import_division(
    act: Acting, name: str, data: bytes, *, title: str, lead_unit_id: int | None, starts_on: date
) -> Overview:
    """Drafts of what the file says, made by the actor; nobody is told.

    Raises:
        BadInput: the file cannot be read, or some of its cells are wrong; nothing was written.
    """
    act.rights.require(Permission.PLAN, everywhere=True)
    said = Said(starts_on, title=title, lead_unit_id=lead_unit_id)
    division = resolve(act.session, name, data, said, calendar=act.calendar)
    made = draft(
        act.session,
        division,
        starts_on=starts_on,
        actor=act.name,
        created_by=act.actor.id,
        moment=act.moment,
    )
    return overview(act.session, made)


def set_weekly_day(
    act: Acting, initiative: Initiative, day: int, numbers: Sequence[int]
) -> list[tuple[Task, Obligation]]:
    """Weekly matters of a draft get their day: those named, else those without one, else all of them.

    Raises:
        NotNow: it was sent out already, or has no such matter.
    """
    act.rights.require(Permission.PLAN, initiative_id=initiative.id)
    require_draft(act, initiative)
    seen = overview(act.session, initiative, states=(TaskState.DRAFT,), lock=True)
    weekly = [(t, one) for t, one in seen.leads() if t.recurrence.startswith(rules.WEEKLY)]
    chosen = [(t, one) for t, one in weekly if t.number in numbers]
    if not numbers:
        chosen = [(t, one) for t, one in weekly if t.recurrence == rules.WEEKLY] or weekly
    if not chosen:
        raise NotNow("没有按周的事项要定日子。")
    limit = rules.weekly(day, starts_on=initiative.starts_on, calendar=act.calendar)
    for task, one in chosen:
        changed = {"recurrence": limit.recurrence, "provisional": limit.provisional}
        _change(act, task, f"task:{task.id}", changed)
        due = {"due_at": limit.at, "original_due_at": limit.at, "due_grain": limit.grain}
        _change(act, one, f"obligation:{one.id}", due)
        task.version += 1
    act.session.flush()
    return chosen


def _change(act: Acting, row: Task | Obligation, name: str, after: Mapping[str, object]) -> None:
    before = {key: getattr(row, key) for key in after}
    for key, value in after.items():
        setattr(row, key, value)
    body = {"before": before, "after": after, "inverse": before}
    audit.record(act.session, at=act.now, actor=act.name, action="weekly_day", object=name, body=body)


def require_draft(act: Acting, initiative: Initiative) -> Initiative:
    """The initiative locked, still a draft.

    Raises:
        NotNow: it was sent out already.
    """
    locked = queries.locked(act.session, initiative.id)
    if locked is None or locked.state is not InitiativeState.DRAFT:
        raise NotNow(f"“{initiative.title}”已经下发。要改某一项，请直接说，例如“T5 时限改到12月4日”。")
    return locked


@dataclass(frozen=True, slots=True)
class Recipients:
    """Who would be told. ``liaisons`` and ``heads`` by unit; ``missing``: units nobody receives for."""

    groups: tuple[tuple[InitiativeGroup, Conversation], ...]
    liaisons: dict[int, list[Person]]
    heads: dict[int, list[Person]]
    missing: tuple[str, ...]

    @property
    def counts(self) -> tuple[int, int, int]:
        """Groups, liaisons, heads: one message each."""
        people = [sum(len(of) for of in by_unit.values()) for by_unit in (self.liaisons, self.heads)]
        return len(self.groups), people[0], people[1]


def recipients(act: Acting, seen: Overview) -> Recipients:
    """A unit without a liaison is received for by its head, who then is not told twice; who is away is
    stood in for."""
    having = [share.unit_id for share in seen.shares]
    today = day_of(act.now)
    liaisons = leave.there_by_unit(act.session, task_queries.liaisons(act.session, having), today)
    named = {unit_id: task_queries.releasers(act.session, unit_id) for unit_id in having}
    heads: dict[int, list[Person]] = {}
    for unit_id, there in leave.there_by_unit(act.session, named, today).items():
        receiving = {person.id for person in liaisons[unit_id]}
        heads[unit_id] = [person for person in there if person.id not in receiving]
    with_part = [
        (group, place)
        for group, place in queries.groups(act.session, seen.initiative.id)
        if set(group.unit_ids) & set(having)
    ]
    missing = tuple(seen.names[unit_id] for unit_id in having if not liaisons[unit_id])
    return Recipients(tuple(with_part), liaisons, heads, missing)


def units_in(group: InitiativeGroup, seen: Overview) -> list[Unit]:
    """The member units that sit in a group, in their official order."""
    return [unit for unit in seen.units if unit.id in group.unit_ids]
