"""Rankings: their periods, lines and objections."""

from collections.abc import Iterable

import sqlalchemy as sa
from sqlmodel import Session, col, select

from storage.models import Objection, ObjectionState, Ranking, RankingLine, RankingState


def locked(session: Session, ranking_id: int) -> Ranking | None:
    """The ranking, locked and read again."""
    query = select(Ranking).where(Ranking.id == ranking_id)
    return session.exec(
        query.with_for_update(key_share=True).execution_options(populate_existing=True)
    ).first()


def newest(
    session: Session, initiative_id: int, states: Iterable[RankingState], *, number: int | None = None
) -> Ranking | None:
    """The latest period in one of ``states``."""
    query = select(Ranking).where(
        Ranking.initiative_id == initiative_id, col(Ranking.state).in_(list(states))
    )
    if number is not None:
        query = query.where(Ranking.number == number)
    return session.exec(query.order_by(col(Ranking.number).desc()).limit(1)).first()


def in_states(session: Session, states: Iterable[RankingState]) -> list[Ranking]:
    """By id."""
    query = select(Ranking).where(col(Ranking.state).in_(list(states))).order_by(col(Ranking.id))
    return list(session.exec(query))


def last_number(session: Session, initiative_id: int) -> int:
    """0 when there is none."""
    query = select(sa.func.max(Ranking.number)).where(Ranking.initiative_id == initiative_id)
    return session.exec(query).one() or 0


def lines(session: Session, ranking_id: int) -> list[RankingLine]:
    """In the official order."""
    query = select(RankingLine).where(RankingLine.ranking_id == ranking_id)
    return list(session.exec(query.order_by(col(RankingLine.position), col(RankingLine.unit_id))))


def objections(
    session: Session, ranking_id: int, states: Iterable[ObjectionState] = tuple(ObjectionState)
) -> list[Objection]:
    """Oldest first."""
    query = select(Objection).where(
        Objection.ranking_id == ranking_id, col(Objection.state).in_(list(states))
    )
    return list(session.exec(query.order_by(col(Objection.id))))
