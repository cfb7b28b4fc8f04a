"""Matters, their obligations, and whom they concern."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm.attributes import set_committed_value
from sqlmodel import Session, col, func, select

from storage import rows
from storage.dialects import core, is_among, table
from storage.models import (
    Attachment,
    AuditEntry,
    Conversation,
    GroupState,
    HandOver,
    HandOverState,
    Initiative,
    InitiativeGroup,
    InitiativeMember,
    InitiativeState,
    Obligation,
    ObligationState,
    Person,
    Progress,
    Role,
    Scope,
    Task,
    TaskState,
)
from storage.prepared import Prepared
from storage.queries import people

#: States in which a unit still has something to do or to wait for.
OPEN = (
    ObligationState.UNSPECIFIED,
    ObligationState.ASSIGNED,
    ObligationState.IN_PROGRESS,
    ObligationState.RELEASING,
    ObligationState.SUBMITTED,
    ObligationState.SUSPENDED,
)
_LISTED = 200  #: rows a list for people holds at most

Part = tuple[Task, Obligation]

_TASK = table("task")
_TASK_COLUMNS = len(_TASK.columns)
_OBLIGATION = table("obligation")
_MEMBER = (
    sa.select(col(InitiativeMember.id))
    .where(
        col(InitiativeMember.initiative_id) == col(Task.initiative_id),
        col(InitiativeMember.unit_id) == sa.bindparam("unit"),
    )
    .exists()
)


def _by_number(postgres: bool) -> sa.Select[Any]:
    query = sa.select(*_TASK.c, _MEMBER).where(is_among(postgres, _TASK.c.number, "numbers"))
    return query.order_by(_TASK.c.id)


_BY_NUMBER = Prepared(_by_number)
_BY_NUMBER_LOCKED = Prepared(lambda postgres: _by_number(postgres).with_for_update(key_share=True, of=_TASK))
_OBLIGATIONS = Prepared(
    lambda postgres: (
        sa.select(_OBLIGATION)
        .where(is_among(postgres, _OBLIGATION.c.task_id, "tasks"))
        .order_by(_OBLIGATION.c.task_id, _OBLIGATION.c.period, _OBLIGATION.c.position)
    )
)


def by_numbers(
    session: Session, numbers: Iterable[int], *, unit_id: int | None, lock: bool
) -> list[tuple[Task, bool]]:
    """The tasks with these numbers by ascending id, each with whether ``unit_id`` is a member of its
    initiative. ``lock``: in one statement, read again, so that what follows is decided on what is there."""
    asked = {"numbers": sorted(set(numbers)), "unit": unit_id}
    found = (_BY_NUMBER_LOCKED if lock else _BY_NUMBER).all(core(session), asked)
    return [(rows.loaded(session, Task, row[:_TASK_COLUMNS]), bool(row[_TASK_COLUMNS])) for row in found]


def obligations_of(session: Session, task_ids: Iterable[int]) -> dict[int, list[Obligation]]:
    """Every obligation of each task, by period and position; read again, for use after the lock."""
    ids = sorted(set(task_ids))
    found: dict[int, list[Obligation]] = {task_id: [] for task_id in ids}
    for row in _OBLIGATIONS.all(core(session), {"tasks": ids}):
        one = rows.loaded(session, Obligation, row)
        found[one.task_id].append(one)
    return found


_RAISE = Prepared(
    sa.update(_TASK).where(_TASK.c.id == sa.bindparam("changed")).values(version=_TASK.c.version + 1)
)


def raise_versions(session: Session, changed: Iterable[Task]) -> None:
    """The tasks, locked, or something of theirs changed."""
    for task in changed:
        _RAISE.all(core(session), {"changed": task.id})
        set_committed_value(task, "version", task.version + 1)


def of_person(session: Session, person_id: int) -> list[Part]:
    """What this person has to do, soonest first."""
    return _parts(session, Obligation.handler_id == person_id)


def of_unit(session: Session, unit_id: int) -> list[Part]:
    """What the unit has to do, soonest first."""
    return _parts(session, Obligation.unit_id == unit_id)


def unsigned_of_unit(session: Session, unit_id: int) -> list[Part]:
    """What waits for the unit's 签收, by number as the sheet lists it."""
    found = _parts(session, Obligation.unit_id == unit_id, col(Obligation.state) == ObligationState.ASSIGNED)
    return sorted(found, key=lambda part: (part[0].number, part[1].position))


def waiting_for_release(session: Session, unit_id: int) -> list[Part]:
    """What waits for 同意报出 by the unit's head."""
    return _parts(session, Obligation.unit_id == unit_id, col(Obligation.state) == ObligationState.RELEASING)


def pressing(session: Session, until: datetime, unit_id: int | None) -> list[Part]:
    """What is due before ``until`` or not signed yet, of one unit or (None) of all, soonest first."""
    soon = sa.or_(col(Obligation.due_at) < until, col(Obligation.state) == ObligationState.ASSIGNED)
    return _parts(session, soon, *([] if unit_id is None else [Obligation.unit_id == unit_id]))


def _parts(session: Session, *conditions: object) -> list[Part]:
    query = (
        select(Task, Obligation)
        .join(Obligation, col(Obligation.task_id) == col(Task.id))
        .where(Task.state == TaskState.ACTIVE, col(Obligation.state).in_(OPEN), *conditions)  # type: ignore[arg-type]
        .order_by(col(Obligation.due_at).is_(None), col(Obligation.due_at), col(Task.number))
        .limit(_LISTED)
    )
    return list(session.exec(query))


def liaisons(session: Session, unit_ids: Iterable[int]) -> dict[int, list[Person]]:
    """Who receives for each unit: its liaisons, else its 分管负责人, else its head."""
    ids = sorted(set(unit_ids))
    found: dict[int, list[Person]] = {unit_id: [] for unit_id in ids}
    for role in (Role.LIAISON, Role.VICE_HEAD, Role.HEAD):
        missing = [unit_id for unit_id in ids if not found[unit_id]]
        if missing:
            for grant, person in people.holders(session, [role], scope=Scope.UNIT, scope_ids=missing):
                found[grant.scope_id].append(person)
    return found


def releasers(session: Session, unit_id: int) -> list[Person]:
    """Who says 同意报出: the unit's 分管负责人, else its head."""
    for role in (Role.VICE_HEAD, Role.HEAD):
        held = people.holders(session, [role], scope=Scope.UNIT, scope_ids=[unit_id])
        if held:
            return [person for _, person in held]
    return []


def officers(session: Session, initiative: Initiative) -> list[Person]:
    """Who of the office looks after the initiative: who made it, else everybody of the office."""
    held = [
        *people.holders(session, [Role.OFFICE], scope=Scope.INITIATIVE, scope_ids=[initiative.id]),
        *people.holders(session, [Role.OFFICE]),
    ]
    everybody = list({person.id: person for _, person in held}.values())
    made = [person for person in everybody if person.id == initiative.created_by_id]
    return made or everybody


def groups_of(
    session: Session, initiative_id: int, unit_ids: Iterable[int] | None = None
) -> list[Conversation]:
    """The confirmed groups of the initiative, those only where one of ``unit_ids`` sits if given."""
    query = (
        select(InitiativeGroup, Conversation)
        .join(Conversation, col(Conversation.id) == col(InitiativeGroup.conversation_id))
        .where(
            InitiativeGroup.initiative_id == initiative_id,
            InitiativeGroup.state == GroupState.CONFIRMED,
            col(Conversation.closed_at).is_(None),
        )
        .order_by(col(Conversation.id))
    )
    wanted = None if unit_ids is None else set(unit_ids)
    return [place for group, place in session.exec(query) if wanted is None or wanted & set(group.unit_ids)]


def initiatives_of_group(session: Session, conversation_id: int) -> list[Initiative]:
    """The running initiatives a group serves."""
    query = (
        select(Initiative)
        .join(InitiativeGroup, col(InitiativeGroup.initiative_id) == col(Initiative.id))
        .where(
            InitiativeGroup.conversation_id == conversation_id,
            InitiativeGroup.state == GroupState.CONFIRMED,
            Initiative.state == InitiativeState.ACTIVE,
        )
        .order_by(col(Initiative.id))
    )
    return list(session.exec(query))


def running_initiatives(session: Session) -> list[Initiative]:
    query = select(Initiative).where(Initiative.state == InitiativeState.ACTIVE).order_by(col(Initiative.id))
    return list(session.exec(query))


def waiting_files(session: Session, person_id: int, *, since: datetime) -> list[Attachment]:
    """What the person sent after ``since`` and has not handed in yet, oldest first."""
    query = (
        select(Attachment)
        .where(Attachment.person_id == person_id, Attachment.submission == 0, col(Attachment.at) > since)
        .order_by(col(Attachment.id))
    )
    return list(session.exec(query))


def last_submission(session: Session, obligation_id: int) -> list[Attachment]:
    """The files of the version last handed in."""
    newest = select(func.max(col(Attachment.submission))).where(Attachment.obligation_id == obligation_id)
    number = session.exec(newest).one()
    if not number:
        return []
    query = select(Attachment).where(
        Attachment.obligation_id == obligation_id, Attachment.submission == number
    )
    return list(session.exec(query.order_by(col(Attachment.id))))


def files_by_id(session: Session, ids: Sequence[int]) -> list[Attachment]:
    """Locked and read again: whoever brings a file's content waits, or sees what became of it."""
    if not ids:
        return []
    query = select(Attachment).where(col(Attachment.id).in_(ids)).order_by(col(Attachment.id))
    locked = query.with_for_update(key_share=True).execution_options(populate_existing=True)
    return list(session.exec(locked))


def last_percents(session: Session, obligation_ids: Sequence[int]) -> dict[int, int]:
    """The percent last reported, for those obligations that have one."""
    query = (
        select(Progress.obligation_id, Progress.percent)
        .where(
            col(Progress.obligation_id).in_(obligation_ids),
            col(Progress.percent).is_not(None),
            col(Progress.withdrawn_at).is_(None),
        )
        .order_by(col(Progress.id))
    )
    return {obligation_id: percent for obligation_id, percent in session.exec(query) if percent is not None}


def progress_of(session: Session, obligation_ids: Sequence[int], most: int = 20) -> list[Progress]:
    """The latest entries that still count, newest first."""
    query = (
        select(Progress)
        .where(col(Progress.obligation_id).in_(obligation_ids), col(Progress.withdrawn_at).is_(None))
        .order_by(col(Progress.id).desc())
        .limit(most)
    )
    return list(session.exec(query))


def history(session: Session, task_id: int, obligation_ids: Sequence[int]) -> list[AuditEntry]:
    """办理记录 of a task and its obligations, newest first."""
    objects = [f"task:{task_id}", *(f"obligation:{n}" for n in obligation_ids)]
    query = select(AuditEntry).where(col(AuditEntry.object).in_(objects))
    return list(session.exec(query.order_by(col(AuditEntry.id).desc()).limit(_LISTED)))


def last_entry(session: Session, obligation_id: int, actions: Iterable[str]) -> AuditEntry | None:
    """Who did one of ``actions`` to the obligation last."""
    query = (
        select(AuditEntry)
        .where(AuditEntry.object == f"obligation:{obligation_id}", col(AuditEntry.action).in_(list(actions)))
        .order_by(col(AuditEntry.id).desc())
    )
    return session.exec(query).first()


def offered_to(session: Session, person_id: int) -> list[HandOver]:
    """What was offered to this person and not answered yet."""
    query = select(HandOver).where(HandOver.to_id == person_id, HandOver.state == HandOverState.OFFERED)
    return list(session.exec(query.order_by(col(HandOver.id))))


def offers_of(session: Session, obligation_id: int) -> list[HandOver]:
    """Open offers of one obligation."""
    query = select(HandOver).where(
        HandOver.obligation_id == obligation_id, HandOver.state == HandOverState.OFFERED
    )
    return list(session.exec(query))


def submitted_to_lead(session: Session, unit_id: int) -> list[Part]:
    """Co-operation that waits for 确认 by the unit that leads the task."""
    lead = (
        select(Obligation.task_id)
        .where(Obligation.unit_id == unit_id, Obligation.position == 1)
        .scalar_subquery()
    )
    return _parts(
        session,
        col(Obligation.task_id).in_(lead),
        col(Obligation.position) != 1,
        col(Obligation.state) == ObligationState.SUBMITTED,
    )


def number_of(session: Session, obligation_id: int) -> int | None:
    """The number people type for an obligation's task."""
    query = (
        select(Task.number)
        .join(Obligation, col(Obligation.task_id) == col(Task.id))
        .where(Obligation.id == obligation_id)
    )
    return session.exec(query).first()
