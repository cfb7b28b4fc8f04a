"""The case's people on a stage, with the matters of the first day."""

import pytest
from sqlmodel import Session, select

from commands.tasks.handlers import SUBJECT
from storage.models import Obligation, ObligationState, Task
from storage.queries import tasks as queries
from tests.factories import Case, at, make_case, make_task
from tests.stage import Stage


@pytest.fixture
def case(session: Session) -> Case:
    return make_case(session, release_required=True)


@pytest.fixture
def stage(session: Session, case: Case) -> Stage:
    return Stage(session, SUBJECT, people=case.people, groups=case.groups, now=at(11, 23, 9, 12))


class Matters:
    """Rows as they are now, by number and position."""

    def __init__(self, session: Session, case: Case) -> None:
        self._session = session
        self._case = case

    def make(
        self,
        number: int,
        lead: str,
        *cooperate: str,
        handler: str = "",
        title: str = "分类标准",
        state: ObligationState = ObligationState.IN_PROGRESS,
        cooperate_state: ObligationState = ObligationState.UNSPECIFIED,
        recurrence: str = "",
    ) -> Task:
        units = [self._case.units[name] for name in cooperate]
        return make_task(
            self._session,
            self._case.initiative,
            self._case.units[lead],
            *units,
            number=number,
            title=title,
            state=state,
            cooperate_state=cooperate_state,
            handler=self._case[handler] if handler else None,
            recurrence=recurrence,
        )

    def __getitem__(self, at: tuple[int, int]) -> Obligation:
        number, position = at
        self._session.flush()
        found = self._session.exec(select(Task).where(Task.number == number)).one()
        return queries.obligations_of(self._session, [found.id])[found.id][position - 1]


@pytest.fixture
def matters(session: Session, case: Case) -> Matters:
    return Matters(session, case)
