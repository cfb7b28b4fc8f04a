"""T35 特急: what the office marks is reminded of on days off as well, until it is not marked any more."""

import pytest
from sqlmodel import Session

from commands.reminders.rules import ladder_of
from commands.tasks.handlers import SUBJECT as TASKS
from commands.urgency.handlers import SUBJECT
from storage.audit_check import verify
from storage.models import ObligationState, TaskState
from tests.factories import Case, at, make_case, make_task
from tests.stage import Sent, Stage, only

MARKED = "督查室：T35 清运楼道大件垃圾 已列为特急，双休日、节假日也会提醒。"
UNMARKED = "督查室：T35 清运楼道大件垃圾 不再特急，按平常提醒。"


@pytest.fixture
def case(session: Session) -> Case:
    made = make_case(session)
    for number, title in ((35, "清运楼道大件垃圾"), (36, "更换破损桶站")):
        make_task(
            session,
            made.initiative,
            made.units["城管局"],
            number=number,
            title=title,
            state=ObligationState.IN_PROGRESS,
            due_at=at(12, 31, 18),
            handler=made["丁凯"],
        )
    return made


@pytest.fixture
def stage(session: Session, case: Case) -> Stage:
    return Stage(session, SUBJECT, TASKS, people=case.people, groups=case.groups, now=at(12, 28, 10))


def urgent(session: Session, case: Case) -> set[int]:
    session.refresh(case.initiative)
    return set(ladder_of(case.initiative.rules).urgent)


def heard(sent: list[Sent]) -> dict[str, str]:
    return {one.to: one.text.splitlines()[0] for one in sent}


def test_the_office_marks_it_at_once_and_who_does_it_is_told(
    session: Session, case: Case, stage: Stage
) -> None:
    before = dict(case.initiative.rules)
    told = heard(stage.say("陈立", "T35 特急"))
    assert set(told) == {"陈立", "丁凯", "王磊"}
    assert told["陈立"] == "T35 已列为特急，双休日、节假日和免打扰时段也提醒。"
    assert told["丁凯"] == told["王磊"] == MARKED
    assert urgent(session, case) == {35}
    assert {**case.initiative.rules, "urgent": None} == {**before, "urgent": None}
    assert "已经是特急" in only(stage.say("赵敏", "T35 特急"), "赵敏").text

    told = heard(stage.say("陈立", "T35 取消特急"))
    assert told["丁凯"] == UNMARKED
    assert urgent(session, case) == set()
    assert "T35 不是特急" in only(stage.say("陈立", "T35 取消特急"), "陈立").text
    assert verify(session).problems == ()


def test_it_is_taken_back_within_ten_minutes(session: Session, case: Case, stage: Stage) -> None:
    stage.say("陈立", "把T35、T36列为特急")
    assert urgent(session, case) == {35, 36}
    told = heard(stage.say("陈立", "撤回"))
    assert told["陈立"] == "已撤回：T35、T36 特急。"
    assert told["丁凯"] in (UNMARKED, "督查室：T36 更换破损桶站 不再特急，按平常提醒。")
    assert urgent(session, case) == set()

    stage.say("陈立", "T35 特急")
    stage.say("赵敏", "T35 取消特急")
    assert "这之后又改过" in only(stage.say("陈立", "撤回"), "陈立").text
    assert urgent(session, case) == set()


def test_all_of_them_or_none(session: Session, case: Case, stage: Stage) -> None:
    stage.say("陈立", "T35 特急")
    assert "T35 已经是特急" in only(stage.say("陈立", "T35、T36 特急"), "陈立").text
    assert "没有找到 T99" in only(stage.say("陈立", "T36、T99 特急"), "陈立").text
    assert urgent(session, case) == {35}


def test_what_is_over_is_not_urgent(session: Session, case: Case, stage: Stage) -> None:
    make_task(session, case.initiative, case.units["城管局"], number=37, title="旧事").state = TaskState.DONE
    session.flush()
    assert "T37 没有在办" in only(stage.say("陈立", "T37 特急"), "陈立").text


@pytest.mark.parametrize("name", ["王磊", "丁凯", "罗建", "钱坤", "李娜"])
def test_nobody_else_marks(session: Session, case: Case, stage: Stage, name: str) -> None:
    assert "督查室" in only(stage.say(name, "T35 特急"), name).text
    assert urgent(session, case) == set()
