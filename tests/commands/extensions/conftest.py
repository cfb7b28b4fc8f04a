"""T33 of 城管局, in the hands of 丁凯, on a stage."""

import pytest
from sqlmodel import Session

from commands.extensions.handlers import SUBJECT
from commands.tasks.handlers import SUBJECT as TASKS
from storage.models import Obligation, ObligationState
from storage.queries import tasks as queries
from tests.factories import Case, at, make_case, make_task
from tests.stage import Stage


@pytest.fixture
def case(session: Session) -> Case:
    return make_case(session, release_required=True)


@pytest.fixture
def stage(session: Session, case: Case) -> Stage:
    return Stage(session, TASKS, SUBJECT, people=case.people, groups=case.groups, now=at(12, 9, 14, 20))


@pytest.fixture
def t33(session: Session, case: Case) -> Obligation:
    task = make_task(
        session,
        case.initiative,
        case.units["城管局"],
        number=33,
        title="招牌评估",
        state=ObligationState.IN_PROGRESS,
        due_at=at(12, 11, 18),
        handler=case["丁凯"],
    )
    return queries.obligations_of(session, [task.id])[task.id][0]
