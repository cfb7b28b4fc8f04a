"""A ranking as people read it."""

from sqlmodel import Session, select

from commands.calendar import Workdays
from commands.ranking.cards.wording import Shown
from commands.ranking.operations.computing import result
from commands.ranking.rules.bands import Band, Standing
from commands.ranking.rules.periods import Period
from storage.models import Initiative, Ranking, Unit
from storage.queries import ranking as queries


def names_of(session: Session, unit_ids: list[int]) -> dict[int, str]:
    units = session.exec(select(Unit).where(Unit.id.in_(unit_ids)))  # type: ignore[attr-defined]
    return {unit.id: unit.name for unit in units}


def shown(session: Session, ranking: Ranking, initiative: Initiative, calendar: Workdays) -> Shown:
    """With the bands as they stand."""
    lines = queries.lines(session, ranking.id)
    names = names_of(session, [line.unit_id for line in lines])
    bands = [(band, [names[line.unit_id] for line in lines if line.band == band]) for band in Band]
    span = Period(ranking.number, ranking.first, ranking.last).says(calendar)
    filled = [(band, units) for band, units in bands if units]
    return Shown(initiative.title, ranking.number, span, filled, ranking.version)


def standing_of(session: Session, ranking: Ranking, unit_id: int) -> Standing:
    """The unit's place, with everything it follows from."""
    return next(each for each in result(session, ranking).standings if each.unit.id == unit_id)
