"""商请 and 受阻 by matter and by unit; 催办 by half-day."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from sqlmodel import Session, col, select

from storage.dialects import insert_into, table
from storage.models import (
    Attachment,
    ClockDecision,
    CooperationDelivery,
    CooperationRequest,
    CooperationState,
    Obligation,
    Task,
    Urge,
)

#: Something is still to come, or to be said about what came.
OPEN = (
    CooperationState.ASKED,
    CooperationState.ANSWERED,
    CooperationState.REFUSED,
    CooperationState.DELIVERED,
)


def of_obligations(
    session: Session, obligation_ids: Iterable[int], states: Sequence[CooperationState] = OPEN
) -> list[CooperationRequest]:
    """What these obligations wait for, oldest first; read again, for use after the task's lock."""
    query = (
        select(CooperationRequest)
        .where(col(CooperationRequest.obligation_id).in_(list(obligation_ids)))
        .where(col(CooperationRequest.state).in_(states))
        .order_by(col(CooperationRequest.id))
        .execution_options(populate_existing=True)
    )
    return list(session.exec(query))


def asked_of_unit(session: Session, unit_id: int) -> list[tuple[CooperationRequest, Task]]:
    """What the unit was asked for and is not closed, oldest first."""
    query = (
        select(CooperationRequest, Task)
        .join(Obligation, col(Obligation.id) == col(CooperationRequest.obligation_id))
        .join(Task, col(Task.id) == col(Obligation.task_id))
        .where(CooperationRequest.to_unit_id == unit_id, col(CooperationRequest.state).in_(OPEN))
        .order_by(col(CooperationRequest.id))
        .limit(200)
    )
    return list(session.exec(query))


def unanswered(session: Session, unit_ids: Iterable[int]) -> list[tuple[CooperationRequest, Task]]:
    """What these units were asked and have not answered, soonest first."""
    query = (
        select(CooperationRequest, Task)
        .join(Obligation, col(Obligation.id) == col(CooperationRequest.obligation_id))
        .join(Task, col(Task.id) == col(Obligation.task_id))
        .where(
            col(CooperationRequest.to_unit_id).in_(list(unit_ids)),
            CooperationRequest.state == CooperationState.ASKED,
        )
        .order_by(col(CooperationRequest.answer_due_at), col(CooperationRequest.id))
        .limit(200)
    )
    return list(session.exec(query))


def clock_open(session: Session) -> list[tuple[CooperationRequest, Task]]:
    """Blocked matters about whose clock the office has not said anything, oldest first."""
    query = (
        select(CooperationRequest, Task)
        .join(Obligation, col(Obligation.id) == col(CooperationRequest.obligation_id))
        .join(Task, col(Task.id) == col(Obligation.task_id))
        .where(CooperationRequest.clock == ClockDecision.OPEN, col(CooperationRequest.state).in_(OPEN))
        .order_by(col(CooperationRequest.id))
        .limit(200)
    )
    return list(session.exec(query))


def last_deliverer(session: Session, cooperation_id: int) -> int | None:
    """Who gave something for it last."""
    query = (
        select(CooperationDelivery.person_id)
        .where(CooperationDelivery.cooperation_id == cooperation_id)
        .order_by(col(CooperationDelivery.id).desc())
    )
    return session.exec(query).first()


def request_of_file(session: Session, attachment_id: int) -> CooperationRequest | None:
    """For which request a file was given."""
    query = (
        select(CooperationRequest)
        .join(CooperationDelivery, col(CooperationDelivery.cooperation_id) == col(CooperationRequest.id))
        .where(CooperationDelivery.attachment_id == attachment_id)
    )
    return session.exec(query).first()


def files_of(session: Session, cooperation_id: int) -> list[Attachment]:
    """Everything given for it, oldest first."""
    query = (
        select(Attachment)
        .join(CooperationDelivery, col(CooperationDelivery.attachment_id) == col(Attachment.id))
        .where(CooperationDelivery.cooperation_id == cooperation_id)
        .order_by(col(Attachment.id))
    )
    return list(session.exec(query))


def note_urge(session: Session, *, object: str, half_day: str, person_id: int, at: datetime) -> bool:
    """Whether this is the first urge of that half-day; then it is noted."""
    statement = (
        insert_into(session, table("urge"))
        .values(object=object, half_day=half_day, person_id=person_id, at=at)
        .on_conflict_do_nothing(index_elements=["object", "half_day"])
        .returning(table("urge").c.id)
    )
    return session.scalars(statement).first() is not None


def urge_of(session: Session, *, object: str, half_day: str) -> Urge | None:
    """Who urged it in that half-day, and when."""
    return session.exec(select(Urge).where(Urge.object == object, Urge.half_day == half_day)).first()
