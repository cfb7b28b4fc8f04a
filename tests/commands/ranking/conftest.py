"""The case's people and units, on both engines, with figures to be counted."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa
from sqlmodel import Session

from storage.engines import parse, postgres_engine, sqlite_engine
from storage.models import (
    HelpFact,
    Obligation,
    ObligationState,
    Task,
    metadata,
)
from tests.factories import Case, at, make_case, make_task


@pytest.fixture(params=["sqlite", "postgres"])
def session(request: pytest.FixtureRequest) -> Iterator[Session]:
    """As the shared one; every table of the models is there."""
    engine = _engine(request)
    metadata.create_all(engine)
    with engine.connect() as connection:
        transaction = connection.begin()
        with Session(
            connection,
            expire_on_commit=False,
            join_transaction_mode="create_savepoint",
            info={"system_now": datetime.now(UTC)},
        ) as opened:
            yield opened
        transaction.rollback()


def _engine(request: pytest.FixtureRequest) -> sa.Engine:
    engine: sa.Engine = request.getfixturevalue(f"_ranking_{request.param}")
    return engine


@pytest.fixture(scope="package")
def _ranking_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Iterator[sa.Engine]:
    engine = sqlite_engine(tmp_path_factory.mktemp("ranking") / "ranking.db", write=True, create=True)
    yield engine
    engine.dispose()


@pytest.fixture(scope="package")
def _ranking_postgres(postgres_cluster: object) -> Iterator[sa.Engine]:
    with postgres_cluster.database() as url:  # type: ignore[attr-defined]
        engine = postgres_engine(parse(url), pool=2)
        yield engine
        engine.dispose()


@pytest.fixture
def case(session: Session) -> Case:
    return make_case(session)


class Work:
    """What units did, one line each."""

    def __init__(self, session: Session, case: Case) -> None:
        self.session = session
        self.case = case
        self._number = 0

    def done(
        self,
        unit: str,
        *,
        due: datetime | None = None,
        late: int = 0,
        returned: int = 0,
        begun: datetime | None = None,
        cooperates_with: str = "",
        facts: tuple[bool, bool, bool] | None = None,
        accepted: bool = True,
        weight: int = 1,
    ) -> Obligation:
        """A matter of ``unit`` due (by default) on the 10th of December, reported ``late`` days after.

        ``cooperates_with``: the unit that leads it; its lead's part is not due in the period.
        """
        self._number += 1
        units = self.case.units
        due = due or at(12, 10, 18)
        lead = units[cooperates_with or unit]
        others = [units[unit]] if cooperates_with else []
        task = make_task(
            self.session, self.case.initiative, lead, *others, number=self._number, title=f"事{self._number}"
        )
        task.weight = weight
        one = self._parts(task)[-1]
        if cooperates_with:
            self._parts(task)[0].due_at = at(3, 1, year=2027)
        one.due_at = one.original_due_at = due
        one.dispatched_at = begun or at(11, 27)
        one.first_submitted_at = one.submitted_at = due - timedelta(hours=1) + timedelta(days=late)
        one.returned = returned
        one.state = ObligationState.DONE if accepted else ObligationState.SUBMITTED
        one.done_at = one.submitted_at if accepted else None
        self.session.flush()
        if facts is not None:
            person = self.case.people["高宁"]
            row = HelpFact(obligation_id=one.id, person_id=person.id, at=one.done_at or due)
            row.in_time, row.usable, row.asked_once = facts
            self.session.add(row)
            self.session.flush()
        return one

    def _parts(self, task: Task) -> list[Obligation]:
        query = sa.select(Obligation).where(Obligation.task_id == task.id).order_by(Obligation.position)  # type: ignore[arg-type]
        return list(self.session.scalars(query))


@pytest.fixture
def work(session: Session, case: Case) -> Work:
    return Work(session, case)
