"""Quiet hours and snoozes are each person's own, and never move a time limit."""

import pytest
from sqlmodel import Session, select

from commands.reminders.handlers import SUBJECT
from storage.models import Obligation, ObligationState, ReminderSetting, Snooze
from tests.factories import Case, at, make_case, make_task
from tests.stage import Stage, only

S = ObligationState


@pytest.fixture
def case(session: Session) -> Case:
    case = make_case(session)
    make_task(
        session,
        case.initiative,
        case.units["城管局"],
        number=30,
        state=S.IN_PROGRESS,
        handler=case["丁凯"],
        due_at=at(12, 16, 18),
    )
    return case


@pytest.fixture
def stage(session: Session, case: Case) -> Stage:
    return Stage(session, SUBJECT, people=case.people, groups=case.groups, now=at(12, 9, 10))


@pytest.mark.parametrize(
    ("said", "hours"),
    [
        ("晚上八点以后别给我推消息", ("20:00", "08:00")),
        ("免打扰 22点到7点", ("22:00", "07:00")),
        ("别在晚上提醒", ("20:00", "08:00")),
    ],
)
def test_quiet_hours_are_set(session: Session, stage: Stage, said: str, hours: tuple[str, str]) -> None:
    assert "不给您推提醒" in only(stage.say("丁凯", said), "丁凯").text
    row = session.get_one(ReminderSetting, stage.people["丁凯"].id)
    assert (row.quiet_from, row.quiet_to) == hours
    stage.say("丁凯", "免打扰 21点到6点")
    assert (row.quiet_from, row.quiet_to) == ("21:00", "06:00")


def test_a_whole_day_of_quiet_is_refused(session: Session, stage: Stage) -> None:
    assert "最多 16 小时" in only(stage.say("丁凯", "免打扰 8点到7点"), "丁凯").text
    assert session.exec(select(ReminderSetting)).all() == []


def test_a_snooze_says_the_day_and_that_the_limit_stays(session: Session, stage: Stage) -> None:
    answer = only(stage.say("丁凯", "T30下周一再提醒"), "丁凯").text
    assert answer == "T30 12月14日（周一）再提醒您。时限 12月16日（周三） 不变。"
    row = session.exec(select(Snooze)).one()
    assert (row.person_id, row.until) == (stage.people["丁凯"].id, at(12, 14).date())
    assert session.get_one(Obligation, row.obligation_id).due_at == at(12, 16, 18)
    stage.say("丁凯", "T30周五再提醒")
    assert session.exec(select(Snooze)).one().until == at(12, 11).date()


def test_a_snooze_past_the_limit_says_so(stage: Stage) -> None:
    assert "在那之前，没有改" in only(stage.say("丁凯", "T30 12月18日再提醒"), "丁凯").text


def test_nobody_snoozes_what_is_anothers(session: Session, stage: Stage) -> None:
    assert "不由您办" in only(stage.say("高宁", "T30下周一再提醒"), "高宁").text
    assert session.exec(select(Snooze)).all() == []


def test_other_wishes_are_answered_with_how_it_is(stage: Stage) -> None:
    assert "提醒按专项的规定发" in only(stage.say("丁凯", "T30 提前三天提醒我"), "丁凯").text
