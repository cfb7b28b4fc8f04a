"""延期 of a weekly matter of which last week's report is late: this week's limit can still move."""

import pytest
from sqlmodel import Session

from storage.models import Obligation, ObligationState
from storage.queries import tasks as queries
from tests.factories import Case, at, make_obligation, make_task
from tests.stage import Stage, only


@pytest.fixture
def weekly(session: Session, case: Case) -> list[Obligation]:
    urban, who = case.units["城管局"], case["丁凯"]
    task = make_task(
        session,
        case.initiative,
        urban,
        number=7,
        state=ObligationState.IN_PROGRESS,
        due_at=at(12, 4, 18),
        handler=who,
        recurrence="WEEKLY:FR",
    )
    make_obligation(
        session, task, urban, state=ObligationState.IN_PROGRESS, due_at=at(12, 11, 18), handler=who, period=2
    )
    return queries.obligations_of(session, [task.id])[task.id]


@pytest.mark.parametrize("answer", ["同意T7延期", "T7延期批了"])
def test_more_time_is_asked_for_the_period_whose_limit_is_ahead(
    stage: Stage, weekly: list[Obligation], answer: str
) -> None:
    shown = only(stage.say("丁凯", "T7延到下周三，专家没定下来"), "丁凯")
    assert (shown.row("原时限"), shown.row("延到")) == ("12月11日（周五）", "12月16日（周三），3 个工作日")
    stage.press("丁凯", "提交")
    stage.press("罗建", "同意报出")
    told = only(stage.say("陈立", answer), "丁凯")
    assert told.text == "T7 延期已同意：12月16日（周三），原 12月11日（周五）。"
    assert [one.due_at for one in weekly] == [at(12, 4, 18), at(12, 16, 18)]


def test_where_all_are_past_it_is_said_of_the_first(stage: Stage, weekly: list[Obligation]) -> None:
    stage.now = at(12, 14)
    assert (
        "T7 的时限 12月4日（周五） 已经过了"
        in only(stage.say("丁凯", "T7延到下周三，专家没定下来"), "丁凯").text
    )
