"""The ledger's rows, and exports that wait."""

from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import aliased
from sqlmodel import Session, col, select

from storage.models import (
    ExportState,
    Initiative,
    LedgerExport,
    Obligation,
    ObligationState,
    Person,
    Progress,
    Task,
    Unit,
)

LEASE = timedelta(minutes=2)
ATTEMPTS = 3

Row = tuple[Task, Obligation, str, str, str]  #: title of the initiative, unit, handler
_HIDDEN = (ObligationState.DRAFT,)


def claim(session: Session, now: datetime) -> LedgerExport | None:
    """The oldest export nobody is at, its attempt counted; commit before building. ``now``: system time."""
    free = select(LedgerExport).where(
        LedgerExport.state == ExportState.QUEUED,
        col(LedgerExport.lease_until).is_(None) | (col(LedgerExport.lease_until) < now),
    )
    found = session.exec(
        free.order_by(col(LedgerExport.id)).limit(1).with_for_update(key_share=True, skip_locked=True)
    ).first()
    if found is not None:
        found.attempts += 1
        found.lease_until = now + LEASE
        session.flush()
    return found


def waits(session: Session, now: datetime) -> bool:
    """Whether there is anything for ``claim``."""
    free = select(LedgerExport.id).where(
        LedgerExport.state == ExportState.QUEUED,
        col(LedgerExport.lease_until).is_(None) | (col(LedgerExport.lease_until) < now),
    )
    return session.exec(free.limit(1)).first() is not None


def rows(session: Session, *, unit_id: int | None, initiative_id: int | None) -> list[Row]:
    """By number, period and position. ``unit_id``: tasks in which that unit has a part, all parts shown."""
    handler = aliased(Person)
    query = (
        sa.select(
            Task,
            Obligation,
            col(Initiative.title),
            col(Unit.name),
            sa.func.coalesce(col(handler.name), ""),
        )
        .join(Obligation, col(Obligation.task_id) == col(Task.id))
        .join(Initiative, col(Initiative.id) == col(Task.initiative_id))
        .join(Unit, col(Unit.id) == col(Obligation.unit_id))
        .outerjoin(handler, col(handler.id) == col(Obligation.handler_id))
        .where(col(Obligation.state).not_in(_HIDDEN))
        .order_by(col(Task.number), col(Obligation.period), col(Obligation.position))
    )
    if unit_id is not None:
        own = select(Obligation.task_id).where(
            Obligation.unit_id == unit_id, col(Obligation.state).not_in(_HIDDEN)
        )
        query = query.where(col(Task.id).in_(own))
    if initiative_id is not None:
        query = query.where(col(Task.initiative_id) == initiative_id)
    return [(task, one, title, unit, who) for task, one, title, unit, who in session.execute(query)]


def latest_progress(session: Session, *, unit_id: int | None) -> dict[int, str]:
    """By obligation, the last entry that counts; of one unit's obligations, or of all."""
    newest = sa.select(sa.func.max(Progress.id)).where(col(Progress.withdrawn_at).is_(None))
    if unit_id is not None:
        newest = newest.join(Obligation, col(Obligation.id) == col(Progress.obligation_id)).where(
            col(Obligation.unit_id) == unit_id
        )
    ids = newest.group_by(col(Progress.obligation_id))
    query = select(Progress.obligation_id, Progress.note).where(col(Progress.id).in_(ids))
    return dict(session.exec(query).all())
