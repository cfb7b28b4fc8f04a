"""From a 任务分工表 to drafts: an initiative, its members, its tasks, what each unit has of them.

Nobody is told. A draft of the same name is replaced and keeps its numbers; one that was sent out is
never touched. With any error nothing is written at all.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from sqlmodel import Session, col, delete, select

from commands.calendar import Workdays
from commands.errors import BadInput
from commands.initiatives.cards.preparing import division_read
from commands.initiatives.overview import Overview, overview
from commands.initiatives.resolving import Resolved, ResolvedRow, Said, resolve
from commands.sheets import MAX_BYTES
from connectors import chat
from storage import audit, numbers
from storage.clock import Moment
from storage.models import (
    Initiative,
    InitiativeMember,
    InitiativeState,
    Obligation,
    Part,
    Task,
    TaskState,
)
from storage.queries import initiatives as queries


@dataclass(frozen=True, slots=True)
class Report:
    """What an import made, for the command line."""

    initiative_id: int
    overview: Overview
    text: str


def import_file(
    session: Session,
    path: Path,
    *,
    starts_on: date,
    weekly_day: int | None = None,
    calendar: Workdays,
    actor: str,
    moment: Moment,
) -> Report:
    """Read a file and draft what it says, in the caller's transaction.

    Raises:
        BadInput: the file cannot be read, or some of its cells are wrong; nothing was written.
    """
    try:
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise BadInput(f"打不开“{path.name}”：{error.strerror}。") from error
    said = Said(starts_on, weekly_day=weekly_day)
    resolved = resolve(session, path.name, data, said, calendar=calendar)
    drafted = draft(session, resolved, starts_on=starts_on, actor=actor, created_by=None, moment=moment)
    seen = overview(session, drafted)
    shown = division_read(seen, now=moment.business)
    text = chat.as_text(chat.card(shown.title, *shown.rows, remark=shown.remark))
    return Report(drafted.id, seen, text)


def draft(
    session: Session,
    division: Resolved,
    *,
    starts_on: date,
    actor: str,
    created_by: int | None,
    moment: Moment,
) -> Initiative:
    """Write the drafts.

    Raises:
        BadInput: an initiative of this name was sent out already.
    """
    initiative = _initiative(session, division, starts_on, created_by, moment)
    log = _Log(session, actor, moment)
    old = _cleared(session, initiative, log)
    for position, unit_id in enumerate(division.unit_ids, start=1):
        session.add(InitiativeMember(initiative_id=initiative.id, unit_id=unit_id, position=position))
    missing = len(division.rows) - len(old)
    first = numbers.take(session, "T", missing) if missing > 0 else 0
    taken = [*old, *range(first, first + max(missing, 0))][: len(division.rows)]
    _draft_tasks(session, initiative, taken, division.rows, log)
    after = {"title": initiative.title, "starts_on": starts_on, "state": initiative.state}
    log.write(f"initiative:{initiative.id}", after)
    return initiative


@dataclass(frozen=True, slots=True)
class _Log:
    """An entry for every row that comes or goes: ids of rows that went are given out again."""

    session: Session
    actor: str
    moment: Moment

    def write(self, row: str, after: dict[str, object] | None) -> None:
        audit.record(
            self.session,
            at=self.moment.business,
            actor=self.actor,
            action="initiative.import",
            object=row,
            body={"after": after},
        )


def _initiative(
    session: Session, division: Resolved, starts_on: date, created_by: int | None, moment: Moment
) -> Initiative:
    known = session.exec(select(Initiative.id).where(Initiative.title == division.title)).first()
    initiative = queries.locked(session, known) if known is not None else None
    if initiative is None:
        initiative = Initiative(title=division.title, starts_on=starts_on, created_at=moment.business)
        session.add(initiative)
    elif initiative.state is not InitiativeState.DRAFT:
        raise BadInput(f"“{division.title}”已经下发，分工表不再整份导入。要加事项请直接交办。")
    initiative.lead_unit_id = division.lead_unit_id
    initiative.leader_id = division.leader_id
    initiative.basis = division.basis or initiative.basis
    initiative.starts_on = starts_on
    initiative.created_by_id = created_by if created_by is not None else initiative.created_by_id
    initiative.version += 1
    session.flush()
    return initiative


def _cleared(session: Session, initiative: Initiative, log: _Log) -> list[int]:
    """Take the old draft's rows away; their numbers, to be used again."""
    tasks = queries.tasks(session, initiative.id, states=[TaskState.DRAFT], lock=True)
    ids, old = [task.id for task in tasks], [task.number for task in tasks]
    if ids:
        mine = col(Obligation.task_id).in_(ids)
        for obligation_id in session.exec(select(Obligation.id).where(mine)).all():
            log.write(f"obligation:{obligation_id}", None)
        for task_id in ids:
            log.write(f"task:{task_id}", None)
        session.exec(delete(Obligation).where(mine))
        session.exec(delete(Task).where(col(Task.id).in_(ids)))
    session.exec(delete(InitiativeMember).where(col(InitiativeMember.initiative_id) == initiative.id))
    return old


def _draft_tasks(
    session: Session, initiative: Initiative, taken: Sequence[int], rows: Sequence[ResolvedRow], log: _Log
) -> None:
    tasks = [
        Task(
            number=number,
            initiative_id=initiative.id,
            title=row.title,
            outcome=row.outcome,
            recurrence=row.limit.recurrence,
            provisional=row.limit.provisional,
            weight=row.weight,
            created_by_id=initiative.created_by_id,
            created_at=log.moment.business,
        )
        for number, row in zip(taken, rows, strict=True)
    ]
    session.add_all(tasks)
    session.flush()
    obligations = [one for task, row in zip(tasks, rows, strict=True) for one in _obligations(task, row)]
    session.add_all(obligations)
    session.flush()
    for task in tasks:
        after = {"number": task.number, "title": task.title, "state": task.state}
        log.write(f"task:{task.id}", {**after, "recurrence": task.recurrence, "weight": task.weight})
    for one in obligations:
        after = {"task_id": one.task_id, "part": one.part, "unit_id": one.unit_id, "state": one.state}
        log.write(f"obligation:{one.id}", {**after, "due_at": one.due_at})


def _obligations(task: Task, row: ResolvedRow) -> list[Obligation]:
    """The lead's first; a co-operating unit has no time limit until the lead says what is wanted."""
    lead = Obligation(
        task_id=task.id,
        position=1,
        part=Part.LEAD,
        unit_id=row.lead,
        due_at=row.limit.at,
        due_grain=row.limit.grain,
        original_due_at=row.limit.at,
    )
    others = [
        Obligation(task_id=task.id, position=position, part=Part.COOPERATE, unit_id=unit_id)
        for position, unit_id in enumerate(row.cooperate, start=2)
    ]
    return [lead, *others]
