"""A weekly matter: last week's report waits for its answer while this week's work goes on."""

import pytest
from sqlmodel import Session

from storage.models import Obligation, ObligationState, TaskState
from storage.queries import tasks as queries
from tests.commands.tasks.conftest import Matters
from tests.factories import Case, at, make_obligation
from tests.stage import Stage, only

S = ObligationState


@pytest.fixture
def weekly(matters: Matters, session: Session, case: Case) -> list[Obligation]:
    """T7: the first week reported, the second in work; 物业协会 co-operates in both."""
    task = matters.make(
        7,
        "城管局",
        "物业协会",
        handler="丁凯",
        state=S.SUBMITTED,
        cooperate_state=S.DONE,
        recurrence="WEEKLY:FR",
    )
    urban, property_ = case.units["城管局"], case.units["物业协会"]
    make_obligation(
        session, task, urban, state=S.IN_PROGRESS, due_at=at(12, 4, 18), handler=case["丁凯"], period=2
    )
    make_obligation(session, task, property_, state=S.UNSPECIFIED, period=2)
    return queries.obligations_of(session, [task.id])[task.id]


def test_progress_counts_for_the_week_in_work(
    stage: Stage, weekly: list[Obligation], session: Session
) -> None:
    shown = only(stage.say("丁凯", "T7 查了12处"), "丁凯")
    assert shown.row("时限") == "12月4日（周五），正常"
    assert [p.obligation_id for p in queries.progress_of(session, [o.id for o in weekly])] == [weekly[2].id]


def test_passing_ends_the_week_that_was_reported_and_not_the_matter(
    stage: Stage, weekly: list[Obligation], session: Session
) -> None:
    answer = only(stage.say("陈立", "T7 通过"), "陈立").text
    assert answer.startswith("T7 本期已通过")
    assert [o.state for o in weekly] == [S.DONE, S.DONE, S.IN_PROGRESS, S.UNSPECIFIED]
    task = queries.of_person(session, weekly[2].handler_id or 0)[0][0]
    assert task.state is TaskState.ACTIVE


def test_sending_back_reopens_the_week_that_was_reported(stage: Stage, weekly: list[Obligation]) -> None:
    stage.say("陈立", "T7 退回 照片是去年的")
    assert [o.state for o in weekly[::2]] == [S.IN_PROGRESS, S.IN_PROGRESS]
    assert [o.returned for o in weekly[::2]] == [1, 0]


def test_demands_are_for_the_week_that_waits_for_them(stage: Stage, weekly: list[Obligation]) -> None:
    stage.say("丁凯", "T7 物业协会12月3号前给点位")
    stage.press("丁凯", "发出")
    assert [o.state for o in weekly[1::2]] == [S.DONE, S.ASSIGNED]
    assert only(stage.press("吴桐", "签收"), "吴桐").title == "已签收 1 项"


def test_reporting_hands_in_the_week_in_work(stage: Stage, weekly: list[Obligation]) -> None:
    stage.say("丁凯", "T7 报结")
    stage.press("丁凯", "提交")
    stage.press("罗建", "同意报出")
    assert [o.state for o in weekly[::2]] == [S.SUBMITTED, S.SUBMITTED]
    stage.say("陈立", "T7 通过")
    assert [o.state for o in weekly[::2]] == [S.DONE, S.SUBMITTED]


def test_the_lead_confirms_the_week_that_was_handed_in(
    stage: Stage, weekly: list[Obligation], session: Session
) -> None:
    weekly[1].state, weekly[1].done_at = S.SUBMITTED, None
    weekly[1].first_submitted_at = weekly[1].submitted_at = at(11, 23)
    session.flush()
    stage.say("丁凯", "确认 T7.2")
    assert [o.state for o in weekly[1::2]] == [S.DONE, S.UNSPECIFIED]
