"""Codes, wrong tries, and requests of accounts that want to be joined."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlmodel import Session, col, func, select

from storage.dialects import insert_into, table
from storage.models import (
    Account,
    BindingCode,
    HandOver,
    HandOverState,
    JoinRequest,
    JoinState,
    Obligation,
    ObligationState,
    Person,
    Task,
)
from storage.models.joining import CodeTries
from storage.queries.tasks import OPEN as OPEN_STATES

OPEN = (JoinState.ASKED, JoinState.CHECKED)
_TRIES = table("code_tries")


def code_for(session: Session, sealed: str) -> BindingCode | None:
    """The code, locked and read again."""
    query = select(BindingCode).where(BindingCode.sealed == sealed)
    return session.exec(
        query.with_for_update(key_share=True).execution_options(populate_existing=True)
    ).first()


def unused_codes(session: Session, person_id: int) -> list[BindingCode]:
    query = select(BindingCode).where(BindingCode.person_id == person_id, col(BindingCode.used_at).is_(None))
    return list(session.exec(query.order_by(col(BindingCode.id)).with_for_update(key_share=True)))


def wrong_tries(session: Session, binding: str, account: str, at: datetime) -> int:
    """In the hour of ``at`` (system time); of all accounts with empty names."""
    query = select(CodeTries.wrong).where(
        CodeTries.binding == binding, CodeTries.account == account, CodeTries.hour == _hour(at)
    )
    return session.exec(query).first() or 0


def count_wrong(session: Session, binding: str, account: str, at: datetime) -> int:
    """One more, and how many there are now."""
    one = insert_into(session, _TRIES).values(binding=binding, account=account, hour=_hour(at), wrong=1)
    counted = one.on_conflict_do_update(
        index_elements=["binding", "account", "hour"], set_={"wrong": _TRIES.c.wrong + 1}
    )
    return int(session.execute(counted.returning(_TRIES.c.wrong)).scalar_one())


def _hour(at: datetime) -> datetime:
    return at.replace(minute=0, second=0, microsecond=0)


def person_locked(session: Session, person_id: int) -> Person:
    """Whoever joins an account to a person waits here for the other who does."""
    query = select(Person).where(Person.id == person_id)
    return session.exec(query.with_for_update(key_share=True).execution_options(populate_existing=True)).one()


def has_account(session: Session, person_id: int, binding: str) -> bool:
    query = select(Account.id).where(
        Account.person_id == person_id, Account.binding == binding, col(Account.closed_at).is_(None)
    )
    return session.exec(query).first() is not None


def request_locked(session: Session, request_id: int) -> JoinRequest | None:
    query = select(JoinRequest).where(JoinRequest.id == request_id)
    return session.exec(
        query.with_for_update(key_share=True).execution_options(populate_existing=True)
    ).first()


def requests_of_account(
    session: Session, binding: str, target: str, states: Sequence[JoinState] = tuple(JoinState)
) -> list[JoinRequest]:
    """Oldest first, locked."""
    query = select(JoinRequest).where(
        JoinRequest.binding == binding, JoinRequest.target == target, col(JoinRequest.state).in_(states)
    )
    return list(session.exec(query.order_by(col(JoinRequest.id)).with_for_update(key_share=True)))


def requests_since(session: Session, binding: str, target: str, now: datetime) -> int:
    """How many the account made in the last 24 hours of business time."""
    query = select(func.count(col(JoinRequest.id))).where(
        JoinRequest.binding == binding,
        JoinRequest.target == target,
        col(JoinRequest.at) > now - timedelta(hours=24),
    )
    return session.exec(query).one()


def open_requests(session: Session, unit_id: int | None, state: JoinState) -> list[JoinRequest]:
    """Of people of that unit, of every unit with None; oldest first."""
    query = (
        select(JoinRequest)
        .join(Person, col(Person.id) == col(JoinRequest.person_id))
        .where(JoinRequest.state == state)
    )
    if unit_id is not None:
        query = query.where(Person.unit_id == unit_id)
    return list(session.exec(query.order_by(col(JoinRequest.id))))


def waiting_cards(session: Session, old: int, new: int) -> None:
    """Cards that were to go to the address ``old`` go to ``new``."""
    cards = table("sent_card")
    session.execute(sa.update(cards).where(cards.c.address_id == old).values(address_id=new))


def left_behind(session: Session, unit_id: int, leaver_id: int | None = None) -> list[int]:
    """Open obligations of a unit whose handler left and that nobody was offered yet, by number."""
    offered = select(HandOver.obligation_id).where(HandOver.state == HandOverState.OFFERED)
    query = (
        select(Obligation.id)
        .join(Person, col(Person.id) == col(Obligation.handler_id))
        .join(Task, col(Task.id) == col(Obligation.task_id))
        .where(
            Obligation.unit_id == unit_id,
            col(Obligation.state).in_(OPEN_STATES),
            col(Person.left_at).is_not(None),
            col(Obligation.id).not_in(offered),
        )
        .order_by(col(Task.number), col(Obligation.position))
    )
    if leaver_id is not None:
        query = query.where(Person.id == leaver_id)
    return list(session.exec(query))


def hands_over(session: Session, unit_id: int) -> bool:
    """Whether any of ``left_behind`` can be offered to a colleague now."""
    movable = (ObligationState.ASSIGNED, ObligationState.IN_PROGRESS, ObligationState.SUSPENDED)
    ids = left_behind(session, unit_id)
    query = select(Obligation.id).where(col(Obligation.id).in_(ids), col(Obligation.state).in_(movable))
    return bool(ids) and session.exec(query.limit(1)).first() is not None


def leaver(session: Session, unit_id: int | None, name: str) -> int | None:
    """Who of the unit was called so and left; the latest of several."""
    query = select(Person.id).where(
        Person.unit_id == unit_id, Person.name == name, col(Person.left_at).is_not(None)
    )
    return session.exec(query.order_by(col(Person.left_at).desc())).first()
