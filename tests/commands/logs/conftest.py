"""The second day's people."""

import pytest
from sqlmodel import Session

from commands.logs.handlers import SUBJECT as LOGS
from commands.tasks.handlers import SUBJECT as TASKS
from storage.models import ObligationState, Task
from tests.factories import Case, at, make_case, make_task
from tests.stage import Stage


@pytest.fixture
def case(session: Session) -> Case:
    return make_case(session)


@pytest.fixture
def tasks(session: Session, case: Case) -> dict[int, Task]:
    """T1 is done, T7 and T21 are 丁凯's, T2 is 高宁's of another unit."""
    city, green = case.units["城管局"], case.units["环保局"]
    made = [
        make_task(session, case.initiative, city, number=1, state=ObligationState.DONE, handler=case["丁凯"]),
        make_task(session, case.initiative, green, number=2, handler=case["高宁"]),
        make_task(
            session,
            case.initiative,
            city,
            number=7,
            state=ObligationState.IN_PROGRESS,
            handler=case["丁凯"],
            title="违规投放执法检查",
        ),
        make_task(session, case.initiative, city, number=21, handler=case["丁凯"], title="背街小巷清理"),
    ]
    return {task.number: task for task in made}


@pytest.fixture
def stage(session: Session, case: Case, tasks: dict[int, Task]) -> Stage:
    return Stage(session, LOGS, TASKS, people=case.people, groups=case.groups, now=at(12, 9, 16, 50))
