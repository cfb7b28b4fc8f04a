"""资源申请, their steps, and whom they wait for."""

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlmodel import Session, col, select

from storage.models import (
    RequestState,
    RequestStep,
    ResourceRequest,
    Role,
    StepState,
)

_LISTED = 200  #: rows a list for people holds at most


def by_number(session: Session, numbers: Sequence[int]) -> dict[int, ResourceRequest]:
    """Locked by ascending id in one statement and read again."""
    query = (
        select(ResourceRequest)
        .where(col(ResourceRequest.number).in_(set(numbers)))
        .order_by(col(ResourceRequest.id))
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    )
    return {row.number: row for row in session.exec(query)}


def number_of(session: Session, request_id: int) -> int | None:
    return session.exec(select(ResourceRequest.number).where(ResourceRequest.id == request_id)).first()


def steps_of(session: Session, request_id: int) -> list[RequestStep]:
    """In their order; read again, for use after the request's lock."""
    query = select(RequestStep).where(RequestStep.request_id == request_id)
    ordered = query.order_by(col(RequestStep.position)).execution_options(populate_existing=True)
    return list(session.exec(ordered))


def open_of_person(session: Session, person_id: int) -> list[ResourceRequest]:
    """What the person asked for and is not decided, newest first."""
    query = select(ResourceRequest).where(
        ResourceRequest.person_id == person_id, ResourceRequest.state == RequestState.OPEN
    )
    return list(session.exec(query.order_by(col(ResourceRequest.id).desc()).limit(_LISTED)))


def open_steps(
    session: Session, person_ids: Sequence[int], places: Sequence[tuple[Role, int | None]]
) -> list[tuple[ResourceRequest, RequestStep]]:
    """What waits for one of these people or for who holds one of these roles there, soonest first."""
    fits = [
        sa.and_(
            col(RequestStep.person_id).is_(None),
            col(RequestStep.role) == role,
            col(RequestStep.unit_id).is_(None) if unit_id is None else col(RequestStep.unit_id) == unit_id,
        )
        for role, unit_id in places
    ]
    query = (
        select(ResourceRequest, RequestStep)
        .join(RequestStep, col(RequestStep.request_id) == col(ResourceRequest.id))
        .where(RequestStep.state == StepState.OPEN, ResourceRequest.state == RequestState.OPEN)
        .where(sa.or_(col(RequestStep.person_id).in_(list(person_ids)), *fits))
        .order_by(col(RequestStep.due_at).is_(None), col(RequestStep.due_at), col(RequestStep.id))
        .limit(_LISTED)
    )
    return list(session.exec(query))


def late_requests(session: Session, now: datetime, after: int, most: int) -> list[tuple[int, int]]:
    """(id, number) of requests with a step past its time, by id, behind ``after``."""
    query = (
        select(ResourceRequest.id, ResourceRequest.number)
        .join(RequestStep, col(RequestStep.request_id) == col(ResourceRequest.id))
        .where(
            RequestStep.state == StepState.OPEN,
            ResourceRequest.state == RequestState.OPEN,
            col(RequestStep.due_at) <= now,
            col(ResourceRequest.id) > after,
        )
        .distinct()
        .order_by(col(ResourceRequest.id))
        .limit(most)
    )
    return list(session.exec(query))
