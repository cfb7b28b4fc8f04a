"""Matters that come back: the next period opens the day after the last one was due, or once it is over."""

from collections.abc import Sequence
from datetime import datetime

import pytest
from sqlmodel import Session, col, select

from commands.reminders.jobs import jobs
from storage.models import AuditEntry, CalendarDay, Obligation, ObligationState, Part, Task, TaskState
from tests.clock import run, told, world
from tests.factories import Case, at, make_case, make_obligation, make_task

S = ObligationState
FRIDAY = at(12, 4, 18)
SATURDAY = at(12, 5, 0, 5)


@pytest.fixture
def case(session: Session) -> Case:
    return make_case(session)


def weekly(session: Session, case: Case, *, state: S = S.IN_PROGRESS, due_at: datetime = FRIDAY) -> Task:
    task = make_task(
        session,
        case.initiative,
        case.units["城管局"],
        number=7,
        title="检查周报",
        state=state,
        due_at=due_at,
        handler=case["丁凯"],
        recurrence="WEEKLY:FR",
    )
    make_obligation(
        session, task, case.units["社区办"], state=S.IN_PROGRESS, due_at=at(12, 3, 12), content="点位"
    )
    make_obligation(session, task, case.units["物业协会"], state=S.CANCELLED)
    for one in session.exec(select(Obligation).where(Obligation.task_id == task.id)):
        one.acknowledged_at = at(11, 24)
    session.flush()
    return task


def midnight(session: Session, planned: datetime = SATURDAY) -> None:
    run(session, jobs(world())[2], planned)


def period(session: Session, task: Task, number: int) -> Sequence[Obligation]:
    query = select(Obligation).where(Obligation.task_id == task.id, Obligation.period == number)
    return session.exec(query.order_by(Obligation.position)).all()


def test_the_next_period_opens_with_the_same_units_and_days(session: Session, case: Case) -> None:
    task = weekly(session, case)
    midnight(session)
    lead, other = period(session, task, 2)
    assert (lead.part, lead.due_at, lead.handler_id) == (Part.LEAD, at(12, 11, 18), case["丁凯"].id)
    assert (other.position, other.due_at, other.content) == (2, at(12, 10, 12), "点位")
    assert {one.state for one in (lead, other)} == {S.IN_PROGRESS}  # signed for once and for all
    entries = session.exec(
        select(AuditEntry).where(AuditEntry.actor == "job:tasks.periods").order_by(col(AuditEntry.id))
    ).all()
    assert [entry.object for entry in entries] == [f"obligation:{lead.id}", f"obligation:{other.id}"]
    assert told(session, list(case.people.values())) == {}


def test_it_opens_once(session: Session, case: Case) -> None:
    task = weekly(session, case)
    midnight(session)
    midnight(session, at(12, 6, 0, 5))
    assert period(session, task, 3) == []


def test_nothing_opens_while_the_period_runs(session: Session, case: Case) -> None:
    task = weekly(session, case)
    midnight(session, at(12, 4, 0, 5))
    assert period(session, task, 2) == []


def test_it_opens_early_once_the_period_is_over(session: Session, case: Case) -> None:
    task = weekly(session, case, state=S.DONE)
    midnight(session, at(12, 3, 0, 5))
    assert period(session, task, 2)[0].due_at == at(12, 11, 18)


@pytest.mark.parametrize("state", [S.SUSPENDED, S.CANCELLED])
def test_nothing_opens_while_the_clock_stands_or_after_the_end(
    session: Session, case: Case, state: S
) -> None:
    task = weekly(session, case, state=state)
    midnight(session)
    assert period(session, task, 2) == []


def test_a_matter_that_ended_does_not_come_back(session: Session, case: Case) -> None:
    task = weekly(session, case)
    task.state = TaskState.CANCELLED
    session.flush()
    midnight(session)
    assert period(session, task, 2) == []


def test_a_holiday_puts_the_period_off_and_the_one_after_is_its_own_again(
    session: Session, case: Case
) -> None:
    task = weekly(session, case, due_at=at(12, 25, 18))
    midnight(session, at(12, 26, 0, 5))
    assert period(session, task, 2)[0].due_at == at(1, 4, 18, year=2027)
    assert task.provisional  # nobody has published 2027
    session.add(CalendarDay(day=at(1, 1, year=2027).date(), worked=False, entered_at=at(12, 28)))
    midnight(session, at(1, 5, 0, 5, year=2027))
    assert period(session, task, 3)[0].due_at == at(1, 8, 18, year=2027)


def test_an_extension_was_for_its_own_period(session: Session, case: Case) -> None:
    task = weekly(session, case)
    lead = period(session, task, 1)[0]
    lead.due_at = at(12, 8, 18)
    session.flush()
    midnight(session, at(12, 9, 0, 5))
    assert [one.due_at for one in period(session, task, 2)] == [at(12, 11, 18), at(12, 10, 12)]


def test_weeks_in_which_nobody_ran_are_not_made_up_for(session: Session, case: Case) -> None:
    task = weekly(session, case)
    midnight(session, at(12, 23, 0, 5))
    assert period(session, task, 2)[0].due_at == at(12, 25, 18)
