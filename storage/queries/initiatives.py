"""Initiatives, the units in them, their groups, and what is divided among them."""

from collections.abc import Iterable, Sequence

from sqlmodel import Session, col, select

from storage.models import (
    Conversation,
    GroupState,
    Initiative,
    InitiativeGroup,
    InitiativeMember,
    InitiativeState,
    Obligation,
    ObligationState,
    Task,
    TaskState,
    Unit,
)

Part = tuple[Task, Obligation]


def open_initiatives(session: Session) -> list[Initiative]:
    """Those not closed, oldest first."""
    query = select(Initiative).where(Initiative.state != InitiativeState.CLOSED).order_by(col(Initiative.id))
    return list(session.exec(query))


def initiatives_of_unit(session: Session, unit_id: int) -> list[Initiative]:
    """Those not closed that the unit is a member of."""
    query = (
        select(Initiative)
        .join(InitiativeMember, col(InitiativeMember.initiative_id) == col(Initiative.id))
        .where(InitiativeMember.unit_id == unit_id, Initiative.state != InitiativeState.CLOSED)
        .order_by(col(Initiative.id))
    )
    return list(session.exec(query))


def initiatives_of_group(session: Session, conversation_id: int) -> list[Initiative]:
    """Those not closed that the group was confirmed for."""
    query = (
        select(Initiative)
        .join(InitiativeGroup, col(InitiativeGroup.initiative_id) == col(Initiative.id))
        .where(
            InitiativeGroup.conversation_id == conversation_id,
            InitiativeGroup.state == GroupState.CONFIRMED,
            Initiative.state != InitiativeState.CLOSED,
        )
        .order_by(col(Initiative.id))
    )
    return list(session.exec(query))


def locked(session: Session, initiative_id: int) -> Initiative | None:
    """The initiative, locked and read again: the first root of the lock order."""
    query = select(Initiative).where(Initiative.id == initiative_id)
    locking = query.with_for_update(key_share=True).execution_options(populate_existing=True)
    return session.exec(locking).first()


def members(session: Session, initiative_id: int) -> list[Unit]:
    """The member units in the initiative's official order (机构序)."""
    query = (
        select(Unit)
        .join(InitiativeMember, col(InitiativeMember.unit_id) == col(Unit.id))
        .where(InitiativeMember.initiative_id == initiative_id)
        .order_by(col(InitiativeMember.position), col(Unit.position), col(Unit.id))
    )
    return list(session.exec(query))


def groups(
    session: Session, initiative_id: int, *, states: Sequence[GroupState] = (GroupState.CONFIRMED,)
) -> list[tuple[InitiativeGroup, Conversation]]:
    """The group chats that serve it and still exist, oldest first."""
    query = (
        select(InitiativeGroup, Conversation)
        .join(Conversation, col(Conversation.id) == col(InitiativeGroup.conversation_id))
        .where(
            InitiativeGroup.initiative_id == initiative_id,
            col(InitiativeGroup.state).in_(list(states)),
            col(Conversation.closed_at).is_(None),
        )
        .order_by(col(InitiativeGroup.id))
    )
    return list(session.exec(query))


def tasks(
    session: Session, initiative_id: int, *, states: Iterable[TaskState], lock: bool = False
) -> list[Task]:
    """Its tasks by number. ``lock``: their rows by ascending id, read again."""
    query = select(Task).where(Task.initiative_id == initiative_id, col(Task.state).in_(list(states)))
    if lock:
        query = query.order_by(col(Task.id)).with_for_update(key_share=True)
        query = query.execution_options(populate_existing=True)
    return sorted(session.exec(query), key=lambda task: task.number)


def parts(session: Session, task_ids: Iterable[int], *, period: int = 1) -> list[Part]:
    """Every obligation of these tasks that is not cancelled, with its task: by number, then position."""
    query = (
        select(Task, Obligation)
        .join(Obligation, col(Obligation.task_id) == col(Task.id))
        .where(
            col(Task.id).in_(list(task_ids)),
            Obligation.period == period,
            Obligation.state != ObligationState.CANCELLED,
        )
        .order_by(col(Task.number), col(Obligation.position))
        .execution_options(populate_existing=True)
    )
    return list(session.exec(query))
