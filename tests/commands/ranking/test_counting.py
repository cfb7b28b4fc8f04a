"""What is counted, and what is not, out of the database."""

import random
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from sqlmodel import Session

from commands.calendar import Workdays
from commands.ranking.operations.counting import Lateness, count, of_asked, of_item
from commands.ranking.rules.figures import Figures, Late
from storage.models import (
    CooperationRequest,
    CooperationState,
    ExtensionRequest,
    ExtensionState,
    ObligationState,
    Task,
    TaskState,
)
from storage.queries import ranking_figures as queries
from storage.queries.ranking_figures import Window
from tests.factories import Case, at

if TYPE_CHECKING:
    from tests.commands.ranking.conftest import Work

CALENDAR = Workdays()


@pytest.fixture
def window(case: Case) -> Window:
    return Window(case.initiative.id, at(11, 23, 0), at(12, 21, 0), at(12, 21, 9))


def counted(session: Session, window: Window, *units: int) -> dict[int, Figures]:
    return count(session, window, units, Lateness(CALENDAR))


def of(session: Session, case: Case, window: Window, name: str) -> Figures:
    unit_id = case.units[name].id
    return counted(session, window, unit_id)[unit_id]


def test_late_by_working_days_over_what_was_planned(
    session: Session, case: Case, window: Window, work: "Work"
) -> None:
    work.done("社区办")
    work.done("社区办", due=at(12, 10, 18), late=1, begun=at(12, 3))  # Friday; five days planned
    work.done("社区办", due=at(12, 11, 18), late=4, begun=at(11, 27))  # Tuesday; ten days planned
    found = of(session, case, window, "社区办")
    assert found == Figures(on_time=1, late=(Late.of(1, 5), Late.of(2, 10)), passed=3)


def test_who_handed_in_on_the_same_day_but_after_the_hour_is_one_day_late(
    session: Session, case: Case, window: Window, work: "Work"
) -> None:
    one = work.done("社区办")
    one.first_submitted_at = at(12, 10, 18, 1)
    assert of(session, case, window, "社区办").late[0].days == 1


def test_what_was_not_reported_is_late_until_it_is_counted(
    session: Session, case: Case, window: Window, work: "Work"
) -> None:
    one = work.done("社区办", due=at(12, 17, 18), accepted=False)
    one.first_submitted_at, one.state = None, ObligationState.IN_PROGRESS
    later = work.done("社区办", due=at(12, 17, 18), accepted=False)
    later.first_submitted_at = at(12, 21, 10)
    found = of(session, case, window, "社区办")
    assert found.on_time == 0
    assert [(late.days, late.count) for late in found.late] == [(2, 2)]
    assert found.accepted == 0


def test_returns_cost_a_half_then_all(session: Session, case: Case, window: Window, work: "Work") -> None:
    for returned in (0, 1, 2, 3):
        work.done("社区办", returned=returned)
    work.done("社区办", accepted=False)
    work.done("社区办", accepted=False, returned=1)
    found = of(session, case, window, "社区办")
    assert (found.on_time, found.passed, found.once, found.more) == (6, 1, 2, 2)


def test_what_does_not_count(session: Session, case: Case, window: Window, work: "Work") -> None:
    for state in (ObligationState.UNSPECIFIED, ObligationState.SUSPENDED, ObligationState.CANCELLED):
        work.done("社区办").state = state
    work.done("社区办", due=at(11, 22, 18))
    work.done("社区办", due=at(12, 21, 18))
    own = work.done("社区办")
    session.get_one(Task, own.task_id).created_by_id = case["许静"].id
    dropped = work.done("社区办")
    session.get_one(Task, dropped.task_id).state = TaskState.CANCELLED
    session.flush()
    assert of(session, case, window, "社区办") == Figures()


def test_the_leads_facts_count_once_the_co_operation_is_confirmed(
    session: Session, case: Case, window: Window, work: "Work"
) -> None:
    work.done("社区办", cooperates_with="环保局", facts=(True, True, False))
    work.done("社区办", cooperates_with="环保局", facts=(True, True, True))
    work.done("社区办", cooperates_with="环保局", facts=(False, False, False), accepted=False)
    found = of(session, case, window, "社区办")
    assert (found.on_time, found.helped, found.yes) == (3, 2, 5)
    assert of(session, case, window, "环保局") == Figures()


def request_to(
    session: Session, case: Case, work: "Work", unit: str, answered: datetime | None, due: datetime
) -> CooperationRequest:
    asking = work.done("环保局", due=at(3, 1, year=2027))
    row = CooperationRequest(
        obligation_id=asking.id,
        person_id=case["高宁"].id,
        from_unit_id=case.units["环保局"].id,
        to_unit_id=case.units[unit].id,
        what="点位",
        asked_at=due - timedelta(days=2),
        answer_due_at=due,
        answered_at=answered,
    )
    session.add(row)
    session.flush()
    return row


def test_answers_count_by_their_time_limit_and_a_no_is_an_answer(
    session: Session, case: Case, window: Window, work: "Work"
) -> None:
    due = at(12, 10, 15)
    request_to(session, case, work, "社区办", due, due).state = CooperationState.REFUSED
    request_to(session, case, work, "社区办", at(12, 10, 15, 1), due)
    request_to(session, case, work, "社区办", None, due)
    request_to(session, case, work, "社区办", None, at(12, 21, 15))  # still open
    request_to(session, case, work, "社区办", None, due).state = CooperationState.WITHDRAWN
    session.flush()
    found = of(session, case, window, "社区办")
    assert (found.asked, found.answered) == (3, 1)
    listed = queries.asked(session, window, case.units["社区办"].id)
    assert [each.in_time for each in listed] == [True, False, False]
    assert [each.answered_at for each in listed] == [due, at(12, 10, 15, 1), None]
    assert [of_asked(each).answered for each in listed] == [1, 0, 0]


@pytest.mark.parametrize(("asked", "days"), [(at(12, 4, 17), 0), (at(12, 7, 9), 3)])
def test_an_extension_counts_only_if_asked_for_a_working_day_before(
    session: Session, case: Case, window: Window, work: "Work", asked: datetime, days: int
) -> None:
    one = work.done("社区办", due=at(12, 10, 18), returned=1)
    session.add(
        ExtensionRequest(
            obligation_id=one.id,
            person_id=case["秦月"].id,
            from_due_at=at(12, 7, 18),
            to_due_at=at(12, 10, 18),
            reason="下雨",
            state=ExtensionState.GRANTED,
            asked_at=asked,
        )
    )
    work.done("社区办")
    session.flush()
    found = of(session, case, window, "社区办")
    assert sum(late.days for late in found.late) == days
    assert (found.matters, found.once) == (2, 1)


def test_all_of_it_equals_the_sum_of_its_matters(
    session: Session, case: Case, window: Window, work: "Work"
) -> None:
    chance = random.Random(7)
    for _ in range(60):
        begun = at(11, 23) + timedelta(days=chance.randrange(10))
        work.done(
            chance.choice(["城管局", "社区办"]),
            due=begun + timedelta(days=chance.randrange(1, 25), hours=chance.randrange(9)),
            late=chance.choice([0, 0, -1, 1, 3, 9, 20]),
            returned=chance.choice([0, 0, 1, 2, 3]),
            begun=begun,
            cooperates_with="环保局",
            facts=chance.choice([None, (True, False, True), (True, True, True)]),
            accepted=chance.random() < 0.8,
            weight=chance.choice([1, 1, 2, 3]),
        )
    found = counted(session, window, case.units["城管局"].id, case.units["社区办"].id)
    for unit_id, figures in found.items():
        total = Figures()
        for item in queries.items(session, window, unit_id):
            total = total.plus(of_item(item, window, Lateness(CALENDAR)))
        assert total == figures
        assert figures.matters > 10
        assert [weight for weight, _ in figures.heavier] == [2, 3]
