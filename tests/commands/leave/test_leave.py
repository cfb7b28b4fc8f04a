"""请假: reminders and approvals go to who stands in, and come back by themselves."""

from datetime import date

import pytest
from sqlmodel import Session, select

from commands.leave.handlers import SUBJECT
from storage.models import AuditEntry, Leave, Person
from storage.queries.leave import stand_ins, stands_in_for, stood_in_for
from tests.factories import Case, at, make_case, make_person
from tests.stage import Stage, only, to

MONDAY = date(2026, 12, 7)


@pytest.fixture
def case(session: Session) -> Case:
    return make_case(session)


@pytest.fixture
def stage(session: Session, case: Case) -> Stage:
    return Stage(session, SUBJECT, people=case.people, groups=case.groups, now=at(12, 7, 10))


def away(
    session: Session,
    person: Person,
    deputy: Person | None,
    since: date = MONDAY,
    until: date = date(2026, 12, 9),
) -> Leave:
    row = Leave(
        person_id=person.id,
        deputy_id=deputy.id if deputy else None,
        starts_on=since,
        ends_on=until,
        created_at=at(12, 1),
    )
    session.add(row)
    session.flush()
    return row


def test_one_sentence_names_the_days_and_the_deputy(session: Session, case: Case, stage: Stage) -> None:
    sent = stage.say("丁凯", "请假到周三，由王磊代")
    shown = only(sent, "丁凯")
    assert shown.title == "请假已记"
    assert shown.row("时间") == "12月7日（周一）—12月9日（周三）"
    assert shown.row("代办") == "王磊"
    assert only(sent, "王磊").title == "丁凯请假，请您代办"
    for day, who in (
        (MONDAY, "王磊"),
        (date(2026, 12, 9), "王磊"),
        (date(2026, 12, 10), "丁凯"),
        (date(2026, 12, 6), "丁凯"),
    ):
        assert stands_in_for(session, case["丁凯"].id, day) == case[who].id
    assert session.exec(select(AuditEntry.action)).all() == ["leave"]


def test_it_can_be_taken_back_by_a_button(session: Session, case: Case, stage: Stage) -> None:
    stage.say("丁凯", "请假到周三，由王磊代")
    sent = stage.press("丁凯", "取消")
    assert "已取消请假" in only(sent, "丁凯").text
    assert only(sent, "王磊").text == "丁凯已取消请假，不用再代办。"
    assert stands_in_for(session, case["丁凯"].id, MONDAY) == case["丁凯"].id
    assert "没有记着" in only(stage.say("丁凯", "取消请假"), "丁凯").text


def test_saying_it_again_replaces_what_overlaps(session: Session, case: Case, stage: Stage) -> None:
    stage.say("丁凯", "请假到周三，由王磊代")
    stage.say("丁凯", "请假到周五，由罗建代")
    assert stands_in_for(session, case["丁凯"].id, MONDAY) == case["罗建"].id
    assert len(session.exec(select(Leave).where(Leave.cancelled_at.is_(None))).all()) == 1  # type: ignore[union-attr]


def test_without_a_name_the_standing_deputy_stands_in(session: Session, case: Case, stage: Stage) -> None:
    assert "未指定" in only(stage.say("丁凯", "明天请假"), "丁凯").text
    case["丁凯"].deputy_id = case["王磊"].id
    session.flush()
    assert only(stage.say("丁凯", "请假三天"), "丁凯").row("代办") == "王磊（B角）"
    assert stands_in_for(session, case["丁凯"].id, MONDAY) == case["王磊"].id


def test_the_end_is_asked_for(stage: Stage) -> None:
    assert only(stage.say("丁凯", "请假"), "丁凯").text == "请到哪天？说一个日子就行，例如“到周三”。"
    assert only(stage.say("丁凯", "到周三"), "丁凯").title == "请假已记"


@pytest.mark.parametrize(
    ("said", "answer"),
    [
        ("请假到周三，由高宁代", "不是本单位的"),
        ("请假到周三，由丁凯代", "不能由您自己代"),
        ("11月2日到11月3日请假，由王磊代", "已经过去"),
    ],
)
def test_what_cannot_be_is_refused(session: Session, stage: Stage, said: str, answer: str) -> None:
    assert answer in only(stage.say("丁凯", said), "丁凯").text
    assert session.exec(select(Leave)).all() == []


def test_two_who_are_away_do_not_stand_in_for_each_other(session: Session, case: Case, stage: Stage) -> None:
    away(session, case["王磊"], case["丁凯"])
    sent = stage.say("丁凯", "请假到周三，由王磊代")
    assert "那几天也请假，由您代" in only(sent, "丁凯").text
    assert to(sent, "王磊") == []


def test_a_deputy_who_is_away_is_stood_in_for_in_turn(session: Session, case: Case) -> None:
    third = make_person(session, "马昊", case.units["城管局"])
    away(session, case["丁凯"], case["王磊"])
    away(session, case["王磊"], third)
    assert stands_in_for(session, case["丁凯"].id, MONDAY) == third.id
    assert stood_in_for(session, [third.id], MONDAY) == {case["丁凯"].id, case["王磊"].id}
    assert stand_ins(session, [case["丁凯"].id, case["李娜"].id], MONDAY) == {case["丁凯"].id: third.id}


def test_a_circle_and_a_deputy_who_left_leave_it_with_the_person(session: Session, case: Case) -> None:
    away(session, case["丁凯"], case["王磊"])
    away(session, case["王磊"], case["丁凯"])
    assert stands_in_for(session, case["丁凯"].id, MONDAY) == case["丁凯"].id
    away(session, case["李娜"], case["高宁"])
    case["高宁"].left_at = at(12, 1)
    session.flush()
    assert stands_in_for(session, case["李娜"].id, MONDAY) == case["李娜"].id
