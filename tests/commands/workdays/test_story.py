"""An administrator sends the 放假安排: checked, written, told."""

from datetime import date

import pytest
from sqlmodel import Session, col, select

from commands.workdays import snapshot
from commands.workdays.handlers import SUBJECT
from commands.workdays.jobs import jobs
from connectors.chat import Card
from storage.audit_check import verify
from storage.models import AuditEntry, CalendarDay, DigestNote, Obligation, ObligationState, Task
from tests.clock import run, told, world
from tests.factories import Case, at, make_case, make_obligation, make_task
from tests.stage import Stage, only

SAID = "2027年1月1日到3日放假，1月4日上班（演示数据，以正式通知为准）"
S = ObligationState


@pytest.fixture
def case(session: Session) -> Case:
    case = make_case(session)
    units = case.units
    four = make_task(
        session,
        case.initiative,
        units["社区办"],
        number=4,
        state=S.IN_PROGRESS,
        handler=case["秦月"],
        due_at=at(1, 5, 18, year=2027),
    )
    four.provisional = True
    for n, unit, who in ((6, "物业协会", "吴桐"), (7, "城管局", "丁凯"), (8, "环保局", "李娜")):
        make_task(
            session,
            case.initiative,
            units[unit],
            number=n,
            state=S.IN_PROGRESS,
            handler=case[who],
            due_at=at(1, 4, 18, year=2027),
            recurrence="WEEKLY:FR",
        )
    make_obligation(
        session,
        the_task(session, 6),
        units["社区办"],
        state=S.IN_PROGRESS,
        handler=case["秦月"],
        due_at=at(1, 4, 18, year=2027),
    )
    session.flush()
    return case


@pytest.fixture
def stage(session: Session, case: Case) -> Stage:
    return Stage(session, SUBJECT, people=case.people, groups=case.groups, now=at(12, 28, 10))


def the_task(session: Session, number: int) -> Task:
    return session.exec(select(Task).where(Task.number == number)).one()


def lead(session: Session, number: int) -> Obligation:
    query = select(Obligation).where(
        Obligation.task_id == the_task(session, number).id, Obligation.position == 1
    )
    return session.exec(query).one()


def dues(session: Session) -> list[Obligation]:
    return list(session.exec(select(Obligation).order_by(Obligation.id)))  # type: ignore[arg-type]


def test_it_is_shown_with_everything_it_changes_before_it_counts(session: Session, stage: Stage) -> None:
    shown = only(stage.say("钱坤", SAID), "钱坤").message
    assert isinstance(shown, Card)
    assert shown.title == "放假安排，请核对"
    assert [(r.key, r.value) for r in shown.rows] == [
        ("放假", "1月1日（周五）—1月3日（周日）"),
        ("补班", "无"),
        ("T4", "仍为 1月5日（周二），去掉“暂定”"),
        ("顺延", "T6 T7 T8 本期到 1月4日（周一）"),
    ]
    assert [(b.label, b.sentence) for b in shown.buttons] == [("写入", "发出"), ("修改", "修改")]
    assert session.exec(select(CalendarDay)).all() == []
    assert the_task(session, 4).provisional


def test_writing_it_settles_what_was_provisional_and_tells_the_office(session: Session, stage: Stage) -> None:
    stage.say("钱坤", SAID)
    sent = stage.press("钱坤", "写入")
    assert only(sent, "陈立").text == "元旦安排已更新，4 项受影响，时限都已写明。"
    assert "4 项受影响" in only(sent, "钱坤").text
    assert not the_task(session, 4).provisional
    assert snapshot.calendar(session).is_published(2027)
    assert not snapshot.calendar(session).is_workday(date(2027, 1, 1))
    assert lead(session, 6).due_at == at(1, 4, 18, year=2027)
    notes = {(n.person_id, n.label, n.text) for n in session.exec(select(DigestNote))}
    people = stage.people
    assert (people["秦月"].id, "时限", "T4 仍为 1月5日（周二），去掉“暂定”") in notes
    assert (people["秦月"].id, "顺延", "T6 本期到 1月4日（周一）") in notes
    assert (people["丁凯"].id, "顺延", "T7 本期到 1月4日（周一）") in notes
    entries = session.exec(select(AuditEntry).where(AuditEntry.action == "workdays.enter")).all()
    assert len(entries) == 5  # four days and one mark


def test_more_days_off_move_what_is_counted_over_them(session: Session, stage: Stage) -> None:
    stage.say("钱坤", "2027年1月1日到4日放假，1月5日上班")
    stage.press("钱坤", "写入")
    assert lead(session, 4).due_at == at(1, 6, 18, year=2027)
    assert lead(session, 4).original_due_at == at(1, 6, 18, year=2027)
    assert lead(session, 7).due_at == at(1, 5, 18, year=2027)
    other = session.exec(
        select(Obligation).where(Obligation.task_id == the_task(session, 6).id, Obligation.position == 2)
    ).one()
    assert other.due_at == at(1, 5, 18, year=2027)  # co-operation due the same day goes with it


def test_a_later_sentence_wins_over_an_earlier_one(session: Session, stage: Stage) -> None:
    for said in (SAID, "2027年1月4日放假，1月3日上班"):
        stage.say("钱坤", said)
        stage.press("钱坤", "写入")
    working = snapshot.calendar(session)
    assert working.is_workday(date(2027, 1, 3))
    assert not working.is_workday(date(2027, 1, 4))
    assert not working.is_workday(date(2027, 1, 1))


def test_taken_back_within_ten_minutes_everything_is_as_it_was(session: Session, stage: Stage) -> None:
    before = [(one.id, one.due_at, one.original_due_at) for one in dues(session)]
    notes = session.exec(select(DigestNote).order_by(col(DigestNote.id))).all()
    stage.say("钱坤", "2027年1月1日到4日放假，1月5日上班")
    stage.press("钱坤", "写入")
    assert [(one.id, one.due_at, one.original_due_at) for one in dues(session)] != before
    sent = stage.press("钱坤", "撤回")
    assert only(sent, "钱坤").text == "元旦安排已撤回，4 项的时限恢复原样。"
    assert only(sent, "陈立").text == "元旦安排已撤回，4 项的时限恢复原样。"
    assert [(one.id, one.due_at, one.original_due_at) for one in dues(session)] == before
    assert the_task(session, 4).provisional
    assert session.exec(select(CalendarDay)).all() == []
    assert not snapshot.calendar(session).is_published(2027)
    assert session.exec(select(DigestNote).order_by(col(DigestNote.id))).all() == notes
    assert verify(session).problems == ()


def test_a_limit_changed_since_stays_when_the_days_are_taken_back(session: Session, stage: Stage) -> None:
    stage.say("钱坤", "2027年1月1日到4日放假，1月5日上班")
    stage.press("钱坤", "写入")
    lead(session, 7).due_at = at(1, 8, 18, year=2027)
    session.flush()
    said = only(stage.say("钱坤", "撤回"), "钱坤").text
    assert said == "元旦安排已撤回，3 项的时限恢复原样。另有 1 项这之后改过时限，没有动。"
    assert lead(session, 7).due_at == at(1, 8, 18, year=2027)
    assert lead(session, 8).due_at == at(1, 4, 18, year=2027)


def test_a_day_that_was_known_before_is_known_again(session: Session, stage: Stage) -> None:
    for said in (SAID, "2027年1月4日放假，1月3日上班"):
        stage.say("钱坤", said)
        stage.press("钱坤", "写入")
    stage.say("钱坤", "撤回")
    working = snapshot.calendar(session)
    assert working.is_workday(date(2027, 1, 4))
    assert not working.is_workday(date(2027, 1, 3))


def test_after_ten_minutes_it_stays(session: Session, stage: Stage) -> None:
    stage.say("钱坤", SAID)
    stage.press("钱坤", "写入")
    stage.later(minutes=11)
    assert "已经超过 10 分钟" in only(stage.say("钱坤", "撤回"), "钱坤").text
    assert len(session.exec(select(CalendarDay)).all()) == 4


@pytest.mark.parametrize("name", ["陈立", "周明", "李娜", "丁凯", "罗建"])
def test_only_an_administrator_may(session: Session, stage: Stage, name: str) -> None:
    assert "管理员" in only(stage.say(name, SAID), name).text
    assert session.exec(select(CalendarDay)).all() == []


def test_days_that_are_over_are_refused(stage: Stage) -> None:
    assert "已经过去" in only(stage.say("钱坤", "2026年10月1日到7日放假，10月10日上班"), "钱坤").text


def test_a_year_without_a_calendar_is_said_on_the_first_working_day_of_december(
    session: Session, case: Case
) -> None:
    warn, remind = jobs(world())
    run(session, warn, at(12, 1, 9))
    run(session, warn, at(12, 2, 9))
    sent = told(session, list(case.people.values()))
    assert sorted(sent) == ["赵敏", "钱坤", "陈立"]
    (shown,) = sent["陈立"]
    assert shown.title == "还没有 2027 年工作日历"
    assert shown.rows == [("影响", "T4 暂定 2027年1月5日（周二）")]
    run(session, remind, at(12, 7, 0, 10))
    notes = session.exec(select(DigestNote)).all()
    assert {(n.label, n.text) for n in notes} == {("日历", "还没有 2027 年的，1 项时限暂定")}
    assert len(notes) == 3


def test_it_is_said_each_monday_until_there_is_one(session: Session, case: Case, stage: Stage) -> None:
    _, remind = jobs(world())
    for month, day, year in ((12, 14, 2026), (12, 21, 2026), (1, 4, 2027), (2, 1, 2027)):
        run(session, remind, at(month, day, 0, 10, year=year))
    assert len(session.exec(select(DigestNote)).all()) == 4 * 3
    run(session, remind, at(11, 23, 0, 10))  # of next year nobody asks before December
    assert len(session.exec(select(DigestNote)).all()) == 4 * 3


def test_once_it_is_entered_nothing_more_is_said(session: Session, case: Case, stage: Stage) -> None:
    stage.now = at(12, 1, 8)
    stage.say("钱坤", SAID)
    stage.press("钱坤", "写入")
    warn, remind = jobs(world())
    run(session, warn, at(12, 1, 9))
    run(session, remind, at(12, 7, 0, 10))
    titles = [one.title for sent in told(session, list(case.people.values())).values() for one in sent]
    assert "还没有 2027 年工作日历" not in titles
    assert all(note.label != "日历" for note in session.exec(select(DigestNote)))
