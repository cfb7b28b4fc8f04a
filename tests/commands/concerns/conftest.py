"""Two matters just given out: T7, which 社区办 is to lead, and what 环保局 wants of 城管局 in T1."""

import pytest
from sqlmodel import Session, col, select

from commands.concerns.handlers import SUBJECT
from commands.cooperation.handlers import SUBJECT as COOPERATION
from commands.extensions.handlers import SUBJECT as EXTENSIONS
from commands.ranking.handlers import SUBJECT as RANKING
from commands.tasks.handlers import SUBJECT as TASKS
from storage.models import Concern, NumberCounter, Obligation, ObligationState, Task
from storage.queries import tasks as queries
from tests.factories import Case, at, make_case, make_task
from tests.stage import Stage

BEGINS = at(11, 23, 15)


@pytest.fixture
def case(session: Session) -> Case:
    return make_case(session, release_required=True)


@pytest.fixture
def stage(session: Session, case: Case) -> Stage:
    subjects = (TASKS, EXTENSIONS, COOPERATION, RANKING, SUBJECT)
    return Stage(session, *subjects, people=case.people, groups=case.groups, now=BEGINS)


@pytest.fixture
def t7(stage: Stage, session: Session) -> Obligation:
    """Given to 社区办 by the office, due 12月1日; 许静 has the card to sign."""
    counter = session.get(NumberCounter, "T") or NumberCounter(kind="T")
    counter.next_value = 7
    session.add(counter)
    stage.say("陈立", "请社区办牵头，12月1日前报12个试点小区名单")
    stage.press("陈立", "发出")
    found = session.exec(select(Task).where(Task.number == 7).order_by(col(Task.id).desc())).first()
    assert found is not None
    return queries.obligations_of(session, [found.id])[found.id][0]


@pytest.fixture
def t1(stage: Stage, session: Session, case: Case) -> Obligation:
    """城管局's part of T1, wanted by 高宁 of 环保局 by 12月9日; 环保局 itself has until 12月14日."""
    task = make_task(
        session,
        case.initiative,
        case.units["环保局"],
        case.units["城管局"],
        number=1,
        title="分类标准",
        state=ObligationState.IN_PROGRESS,
        handler=case["高宁"],
    )
    stage.say("高宁", "T1 城管局12月9号前给执法意见")
    stage.press("高宁", "发出")
    return queries.obligations_of(session, [task.id])[task.id][1]


def last(session: Session) -> Concern:
    """The newest of what was raised."""
    session.flush()
    return session.exec(select(Concern).order_by(col(Concern.id).desc())).all()[0]
