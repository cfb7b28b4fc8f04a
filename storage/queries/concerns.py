"""有异议, 商量时限: what is open, what was answered last, what waits."""

from collections.abc import Iterable
from dataclasses import dataclass

from sqlmodel import Session, col, select

from storage.models import (
    Concern,
    ConcernKind,
    ConcernState,
    Obligation,
    ObligationState,
    Part,
    Person,
    Task,
)

_OVER = (ObligationState.DONE, ObligationState.CANCELLED)
_MOST = 200  #: rows that wait, looked at in one go


def open_of(session: Session, obligation_ids: Iterable[int]) -> list[Concern]:
    """What is open on these obligations, oldest first; read again, for use after the task's lock."""
    query = (
        select(Concern)
        .where(col(Concern.obligation_id).in_(list(obligation_ids)))
        .where(Concern.state == ConcernState.OPEN)
        .order_by(col(Concern.id))
        .execution_options(populate_existing=True)
    )
    return list(session.exec(query))


def of_obligations(session: Session, obligation_ids: Iterable[int]) -> list[Concern]:
    """All that was raised and not taken back, oldest first."""
    query = (
        select(Concern)
        .where(col(Concern.obligation_id).in_(list(obligation_ids)))
        .where(Concern.state != ConcernState.WITHDRAWN)
        .order_by(col(Concern.id))
    )
    return list(session.exec(query))


def last_of(session: Session, obligation_ids: Iterable[int], kinds: Iterable[ConcernKind]) -> Concern | None:
    """The newest, wherever it stands."""
    query = (
        select(Concern)
        .where(col(Concern.obligation_id).in_(list(obligation_ids)))
        .where(col(Concern.kind).in_(list(kinds)))
        .order_by(col(Concern.id).desc())
    )
    return session.exec(query).first()


@dataclass(frozen=True, slots=True)
class Waiting:
    """One that is not answered, and who leads its matter. ``lead_handler_id``: None once they left."""

    concern: Concern
    number: int
    part: Part
    lead_unit_id: int
    lead_handler_id: int | None


def waiting(session: Session) -> list[Waiting]:
    """What nobody has answered of matters that are not over, oldest first."""
    query = (
        select(Concern, Obligation, Task.number)
        .join(Obligation, col(Obligation.id) == col(Concern.obligation_id))
        .join(Task, col(Task.id) == col(Obligation.task_id))
        .where(Concern.state == ConcernState.OPEN)
        .where(col(Obligation.state).not_in(_OVER))
        .order_by(col(Concern.id))
        .limit(_MOST)
    )
    rows = list(session.exec(query))
    leads = _leads(session, {one.task_id for _, one, _ in rows})
    left = _left(session, (lead.handler_id for lead in leads.values()))
    return [
        Waiting(concern, number, one.part, lead.unit_id, None if lead.handler_id in left else lead.handler_id)
        for concern, one, number in rows
        if (lead := leads.get((one.task_id, one.period))) is not None
    ]


def _leads(session: Session, task_ids: Iterable[int]) -> dict[tuple[int, int], Obligation]:
    query = select(Obligation).where(
        col(Obligation.task_id).in_(sorted(task_ids)), Obligation.part == Part.LEAD
    )
    return {(one.task_id, one.period): one for one in session.exec(query)}


def _left(session: Session, people: Iterable[int | None]) -> set[int]:
    known = sorted({person for person in people if person is not None})
    query = select(Person.id).where(col(Person.id).in_(known), col(Person.left_at).is_not(None))
    return set(session.exec(query))
