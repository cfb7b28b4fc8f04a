"""What a leader's summary says: done, late, and who reads it."""

from collections.abc import Iterable
from datetime import datetime

from sqlmodel import Session, col, func, select

from storage.models import (
    Initiative,
    InitiativeState,
    Obligation,
    ObligationState,
    Part,
    Person,
    Ranking,
    RankingState,
    Role,
    Task,
    TaskState,
    Unit,
)
from storage.queries import people

_RUNS = (ObligationState.ASSIGNED, ObligationState.IN_PROGRESS, ObligationState.RELEASING)
_MOST = 50


def leaders(session: Session) -> list[Person]:
    return list({person.id: person for _, person in people.holders(session, [Role.LEADER])}.values())


def secretaries(session: Session, leader: Person) -> list[Person]:
    """Who sits in the leader's unit and is called 秘书 (a 秘书长 is a head, not a secretary)."""
    query = select(Person).where(
        Person.unit_id == leader.unit_id, col(Person.left_at).is_(None), col(Person.title).contains("秘书")
    )
    found = session.exec(query.order_by(col(Person.id)))
    return [one for one in found if "秘书长" not in one.title and one.id != leader.id]


def initiatives_of(session: Session, leader_id: int) -> list[Initiative]:
    """Running ones this leader looks after: named as their leader, or with no leader named."""
    query = select(Initiative).where(
        Initiative.state == InitiativeState.ACTIVE,
        (col(Initiative.leader_id) == leader_id) | col(Initiative.leader_id).is_(None),
    )
    return list(session.exec(query.order_by(col(Initiative.id))))


def done_between(session: Session, initiative_id: int, since: datetime, until: datetime) -> list[Task]:
    """Matters whose lead was 办结 in [since, until], by number, each once."""
    done = select(Obligation.task_id).where(
        Obligation.part == Part.LEAD,
        Obligation.state == ObligationState.DONE,
        col(Obligation.done_at) >= since,
        col(Obligation.done_at) <= until,
    )
    query = select(Task).where(Task.initiative_id == initiative_id, col(Task.id).in_(done))
    return list(session.exec(query.order_by(col(Task.number)).limit(_MOST)))


def overdue(session: Session, initiative_id: int, now: datetime) -> list[tuple[Task, datetime, Unit, int]]:
    """Leads past their time limit, longest first: since when, whose, and how many periods of a recurring
    matter it is; the oldest one counts."""
    since = func.min(col(Obligation.due_at))
    query = (
        select(Task, since, Unit, func.count())
        .join(Obligation, col(Obligation.task_id) == col(Task.id))
        .join(Unit, col(Unit.id) == col(Obligation.unit_id))
        .where(
            Task.initiative_id == initiative_id,
            Task.state == TaskState.ACTIVE,
            Obligation.part == Part.LEAD,
            col(Obligation.state).in_(_RUNS),
            col(Obligation.due_at) < now,
        )
        .group_by(col(Task.id), col(Unit.id))
        .order_by(since, col(Task.number))
        .limit(_MOST)
    )
    rows = session.exec(query)
    return [(task, due, unit, periods) for task, due, unit, periods in rows if due is not None]


def to_decide(session: Session, initiative_ids: Iterable[int], state: RankingState) -> list[Ranking]:
    """What waits for a leader: periods in ``state``."""
    query = select(Ranking).where(
        col(Ranking.initiative_id).in_(list(initiative_ids)), Ranking.state == state
    )
    return list(session.exec(query.order_by(col(Ranking.id))))
