"""Units that lend and borrow, on a stage."""

import pytest
from sqlmodel import Session

from commands.cooperation.handlers import SUBJECT as COOPERATION
from commands.requests.handlers import SUBJECT
from commands.tasks.handlers import SUBJECT as TASKS
from tests.factories import Case, at, make_case
from tests.stage import Stage


@pytest.fixture
def case(session: Session) -> Case:
    return make_case(session, release_required=True)


@pytest.fixture
def stage(session: Session, case: Case) -> Stage:
    subjects = (TASKS, COOPERATION, SUBJECT)
    return Stage(session, *subjects, people=case.people, groups=case.groups, now=at(12, 9, 9, 30))
