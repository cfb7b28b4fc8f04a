"""A period's ranking: begun, counted in batches of units, concluded; again without what was objected to."""

from collections.abc import Sequence
from datetime import datetime

from sqlmodel import Session

from commands.ranking.operations.counting import Lateness, count, window_of
from commands.ranking.rules import bands, periods, scoring
from commands.ranking.rules.figures import Figures
from storage import audit
from storage.models import Initiative, ObjectionState, Ranking, RankingLine, RankingState, Unit
from storage.queries import ranking as queries

ACTOR = "job:ranking"
_BATCH = {"sqlite": 5, "postgresql": 50}  #: units counted in one transaction; SQLite's writer is alone


def begin(
    session: Session, initiative: Initiative, units: Sequence[Unit], number: int, *, as_of: datetime
) -> Ranking:
    """An empty ranking of the period, one line a unit in the official order."""
    span = periods.period(initiative.starts_on, number)
    ranking = Ranking(
        initiative_id=initiative.id,
        number=number,
        first=span.first,
        last=span.last,
        as_of=as_of,
        formula=formula(),
    )
    session.add(ranking)
    session.flush()
    for position, unit in enumerate(units, start=1):
        session.add(RankingLine(ranking_id=ranking.id, unit_id=unit.id, position=position))
    session.flush()
    return ranking


def formula() -> dict[str, object]:
    """What a period is counted with; a change of it takes effect with the next one."""
    weights = {aspect.value: str(weight) for aspect, weight in scoring.WEIGHTS.items()}
    return {"weights": weights, "prior": scoring.PRIOR, "fewest": scoring.FEWEST, "z": str(scoring.Z)}


def batch(session: Session) -> int:
    """How many units to count at a time."""
    return _BATCH[session.get_bind().dialect.name]


def count_lines(session: Session, ranking: Ranking, lines: Sequence[RankingLine], lateness: Lateness) -> None:
    """The figures of some units."""
    found = count(session, window_of(ranking), [line.unit_id for line in lines], lateness)
    for line in lines:
        line.figures = found[line.unit_id].dump()


def conclude(session: Session, ranking: Ranking, *, now: datetime, check_until: datetime) -> None:
    """Every line is counted: the units are to check."""
    rerank(session, ranking)
    ranking.state = RankingState.CHECKING
    ranking.check_until = check_until
    session.flush()
    record(session, ranking, "ranking.count", now=now, actor=ACTOR)


def result(session: Session, ranking: Ranking) -> bands.Result:
    """Everything that follows from the stored figures, open and upheld objections left out."""
    without = queries.objections(session, ranking.id, (ObjectionState.OPEN, ObjectionState.EXCLUDED))
    if ranking.state is RankingState.PUBLISHED:
        # What was published stands until the office has answered.
        without = [each for each in without if each.state is ObjectionState.EXCLUDED]
    units = []
    for line in queries.lines(session, ranking.id):
        figures = Figures.load(line.figures)
        for objection in without:
            if objection.unit_id == line.unit_id:
                figures = figures.minus(Figures.load(objection.figures))
        units.append(bands.Unit(line.unit_id, line.position, figures))
    return bands.rank(units)


def rerank(session: Session, ranking: Ranking) -> bool:
    """Write band and index of every line anew; whether a band changed. The caller holds the lock."""
    ranked = result(session, ranking)
    of = {standing.unit.id: standing for standing in ranked.standings}
    changed = False
    for line in queries.lines(session, ranking.id):
        standing = of[line.unit_id]
        changed |= line.band != standing.band
        line.band = standing.band.value
        line.index = str(standing.index.value) if standing.index else ""
    ranking.averages = {aspect.value: str(mean) for aspect, mean in ranked.averages.items()}
    ranking.version += 1
    session.flush()
    return changed


def record(
    session: Session, ranking: Ranking, action: str, *, now: datetime, actor: str, **words: object
) -> None:
    """Into 办理记录, with the bands as they now are."""
    lines = {str(line.unit_id): [line.band, line.index] for line in queries.lines(session, ranking.id)}
    after = {"state": ranking.state, "averages": ranking.averages}
    body = {"after": after, "lines": lines, **words}
    audit.record(session, at=now, actor=actor, action=action, object=f"ranking:{ranking.id}", body=body)
