"""A recurring matter in the leader's summary: one line, and no place taken from others."""

from datetime import timedelta

import pytest
from sqlmodel import Session

from commands.summaries.rules import Late
from storage.models import ObligationState
from storage.queries import summaries as queries
from tests.factories import Case, at, make_case, make_obligation, make_task

S = ObligationState
NOW = at(12, 25, 16, 30)


@pytest.fixture
def case(session: Session) -> Case:
    return make_case(session)


def test_periods_are_merged_before_the_list_is_cut(session: Session, case: Case) -> None:
    urban = case.units["城管局"]
    often = make_task(
        session,
        case.initiative,
        urban,
        number=7,
        title="执法检查",
        state=S.IN_PROGRESS,
        due_at=at(9, 1, 18),
        recurrence="DAILY",
    )
    for period in range(2, 62):
        due_at = at(9, 1, 18) + timedelta(days=period)
        make_obligation(session, often, urban, state=S.IN_PROGRESS, due_at=due_at, period=period)
    make_task(
        session, case.initiative, case.units["物业协会"], number=5, state=S.IN_PROGRESS, due_at=at(12, 23, 18)
    )
    found = [
        (task.number, since, unit.name, periods)
        for task, since, unit, periods in queries.overdue(session, case.initiative.id, NOW)
    ]
    assert found == [(7, at(9, 1, 18), "城管局", 61), (5, at(12, 23, 18), "物业协会", 1)]


def test_what_was_done_in_many_periods_leaves_room_for_the_others(session: Session, case: Case) -> None:
    urban = case.units["城管局"]
    often = make_task(
        session, case.initiative, urban, number=1, state=S.DONE, recurrence="DAILY", due_at=at(12, 22)
    )
    rows = [
        make_obligation(session, often, urban, state=S.DONE, due_at=at(12, 22), period=period)
        for period in range(2, 62)
    ]
    once = make_task(session, case.initiative, case.units["环保局"], number=2, state=S.DONE)
    rows.append(make_obligation(session, once, case.units["环保局"], state=S.DONE, period=2))
    for row in rows:
        row.done_at = at(12, 23, 10)
    session.flush()
    done = queries.done_between(session, case.initiative.id, at(12, 21, 0), NOW)
    assert [task.number for task in done] == [1, 2]


@pytest.mark.parametrize(
    ("periods", "said"),
    [
        (1, "执法检查逾期 2 个工作日（时限 12月23日（周三），城管局）"),
        (3, "执法检查逾期 2 个工作日（3 期，最早时限 12月23日（周三），城管局）"),
    ],
)
def test_how_many_periods_are_late_is_said(periods: int, said: str) -> None:
    assert Late("执法检查", 2, "12月23日（周三）", "城管局", periods).words == said
