"""申请延期: the open one, and how many there were."""

from collections.abc import Iterable

from sqlmodel import Session, col, func, select

from storage.models import ExtensionRequest, ExtensionState, Obligation, Task

OPEN = (ExtensionState.RELEASING, ExtensionState.ASKED)
_COUNT = (*OPEN, ExtensionState.GRANTED, ExtensionState.DENIED)


def open_of(session: Session, obligation_ids: Iterable[int]) -> list[ExtensionRequest]:
    """What is not decided on these obligations; read again, for use after the task's lock."""
    query = (
        select(ExtensionRequest)
        .where(col(ExtensionRequest.obligation_id).in_(list(obligation_ids)))
        .where(col(ExtensionRequest.state).in_(OPEN))
        .order_by(col(ExtensionRequest.id))
        .execution_options(populate_existing=True)
    )
    return list(session.exec(query))


def last_of(session: Session, obligation_ids: Iterable[int]) -> ExtensionRequest | None:
    """The newest that was decided or is open."""
    query = select(ExtensionRequest).where(
        col(ExtensionRequest.obligation_id).in_(list(obligation_ids)),
        ExtensionRequest.state != ExtensionState.WITHDRAWN,
    )
    return session.exec(query.order_by(col(ExtensionRequest.id).desc())).first()


def asked_before(session: Session, obligation_id: int) -> int:
    """How many were asked for and not taken back."""
    query = (
        select(func.count())
        .select_from(ExtensionRequest)
        .where(ExtensionRequest.obligation_id == obligation_id, col(ExtensionRequest.state).in_(_COUNT))
    )
    return session.exec(query).one()


def waiting_for_office(session: Session) -> list[tuple[ExtensionRequest, Obligation]]:
    """What waits for the office, oldest first."""
    query = (
        select(ExtensionRequest, Obligation)
        .join(Obligation, col(Obligation.id) == col(ExtensionRequest.obligation_id))
        .where(ExtensionRequest.state == ExtensionState.ASKED)
        .order_by(col(ExtensionRequest.id))
        .limit(200)
    )
    return list(session.exec(query))


def undecided(session: Session) -> list[tuple[ExtensionRequest, int, int]]:
    """Every one that is open, its unit's id and its task's number, oldest first."""
    query = (
        select(ExtensionRequest, Obligation.unit_id, Task.number)
        .join(Obligation, col(Obligation.id) == col(ExtensionRequest.obligation_id))
        .join(Task, col(Task.id) == col(Obligation.task_id))
        .where(col(ExtensionRequest.state).in_(OPEN))
        .order_by(col(ExtensionRequest.id))
        .limit(200)
    )
    return list(session.exec(query))
