"""首日签收: the office hears once, on the day of a 下发."""

from sqlmodel import Session, select

from commands.reminders.jobs import jobs
from storage.models import Concern, ConcernKind, ConcernState, Obligation, ObligationState
from tests.clock import run, told, world
from tests.factories import at, make_case, make_task

S = ObligationState


def test_the_office_reads_how_far_the_units_have_signed(session: Session) -> None:
    case = make_case(session)
    units = case.units
    for n in range(1, 9):
        others = [units["社区办"]] if n < 8 else [units["社区办"], units["物业协会"]]
        make_task(session, case.initiative, units["环保局"], *others, number=n, state=S.IN_PROGRESS)
    late = make_task(session, case.initiative, units["社区办"], units["物业协会"], number=9)
    for one in session.exec(select(Obligation).where(Obligation.task_id == late.id)):
        one.dispatched_at = at(11, 23, 15)
    session.flush()
    run(session, jobs(world())[1], at(11, 23, 17))
    (sent,) = told(session, list(case.people.values()))["陈立"]
    assert sent.title == "垃圾分类：首日签收"
    assert sent.rows == [
        ("牵头", "9 项，已签收 8 项"),
        ("未签收", "T9 社区办，11月24日（周二）到时"),
        ("配合", "10 项，已明确 0，待明确 10"),
    ]
    assert "11月24日（周二）08:35 由我提醒社区办，不用您催。" in sent.text
    assert sent.sentences == ["看签收"]


def test_it_says_what_is_objected_to_and_whether_that_is_answered(session: Session) -> None:
    case = make_case(session)
    for n, state in ((5, ConcernState.KEPT), (7, ConcernState.OPEN)):
        task = make_task(session, case.initiative, case.units["物业协会"], number=n)
        one = session.exec(select(Obligation).where(Obligation.task_id == task.id)).one()
        raised = Concern(
            obligation_id=one.id,
            kind=ConcernKind.OBJECTION,
            person_id=case["吴桐"].id,
            words="点位应由社区办划",
            state=state,
            at=at(11, 23, 10),
        )
        session.add(raised)
    session.flush()
    run(session, jobs(world())[1], at(11, 23, 17))
    (sent,) = told(session, list(case.people.values()))["陈立"]
    assert [row for row in sent.rows if row[0] == "异议"] == [
        ("异议", "T7，等您答复"),
        ("异议", "T5，已答复"),
    ]


def test_the_next_day_it_is_not_said_again(session: Session) -> None:
    case = make_case(session)
    make_task(session, case.initiative, case.units["环保局"])
    run(session, jobs(world())[1], at(11, 24, 17))
    assert told(session, list(case.people.values())) == {}
