"""Matters that come back every period."""

from sqlmodel import Session, col, select

from storage.job_runs import CHUNK_PEOPLE
from storage.models import Initiative, InitiativeState, Task, TaskState


def recurring(session: Session, after: int) -> list[int]:
    """Ids of running ones behind ``after``, enough for one chunk and one more."""
    query = (
        select(Task.id)
        .join(Initiative, col(Initiative.id) == col(Task.initiative_id))
        .where(
            col(Task.id) > after,
            Task.state == TaskState.ACTIVE,
            Task.recurrence != "",
            Initiative.state == InitiativeState.ACTIVE,
        )
        .order_by(col(Task.id))
        .limit(CHUNK_PEOPLE + 1)
    )
    return list(session.exec(query))


def locked(session: Session, task_id: int) -> Task | None:
    """One of them, locked and read again; None when it ended meanwhile."""
    query = select(Task).where(Task.id == task_id, Task.state == TaskState.ACTIVE, Task.recurrence != "")
    locking = query.with_for_update(key_share=True).execution_options(populate_existing=True)
    return session.exec(locking).first()
