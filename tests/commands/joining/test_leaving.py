"""丁凯离岗: his matters are handed over all at once; until then the liaison answers for them."""

import pytest
from sqlmodel import Session

from commands.joining.handlers import SUBJECT
from commands.tasks.handlers import SUBJECT as TASKS
from storage.models import Obligation, ObligationState
from storage.queries import tasks as queries
from tests.factories import Case, at, make_case, make_person, make_task
from tests.stage import Stage, only, to


@pytest.fixture
def case(session: Session) -> Case:
    made = make_case(session)
    made.people["马昊"] = make_person(session, "马昊", made.units["城管局"], binding="wecom")
    for number, due in ((35, at(12, 30, 18)), (7, at(1, 4, 18, year=2027))):
        make_task(
            session,
            made.initiative,
            made.units["城管局"],
            number=number,
            state=ObligationState.IN_PROGRESS,
            due_at=due,
            handler=made["丁凯"],
        )
    made["丁凯"].left_at = at(12, 29, 0, 20)
    session.flush()
    return made


@pytest.fixture
def stage(session: Session, case: Case) -> Stage:
    return Stage(session, SUBJECT, TASKS, people=case.people, groups=case.groups, now=at(12, 29, 8, 40))


def handlers(session: Session, case: Case) -> dict[int, int | None]:
    parts: list[tuple[int, Obligation]] = [
        (task.number, one) for task, one in queries.of_unit(session, case.units["城管局"].id)
    ]
    return {number: one.handler_id for number, one in parts}


def test_all_of_it_is_shown_offered_and_taken_at_once(session: Session, case: Case, stage: Stage) -> None:
    shown = only(stage.say("王磊", "都给马昊"), "王磊")
    assert shown.title == "交接，请核对"
    assert (shown.row("接手"), shown.row("事项"), shown.row("时限")) == ("马昊", "T7、T35", "不变")
    offered = only(stage.press("王磊", "发出"), "马昊")
    assert offered.title == "王磊交给您 2 项"
    assert offered.row("T35") == "12月30日（周三）"
    assert "原经办人的记录和材料都在" in offered.text
    assert set(handlers(session, case).values()) == {case["丁凯"].id}
    taken = stage.press("马昊", "接收")
    assert len(to(taken, "王磊")) == 2
    assert set(handlers(session, case).values()) == {case["马昊"].id}


def test_the_leaver_may_be_named_though_the_directory_no_longer_does(
    stage: Stage, session: Session, case: Case
) -> None:
    shown = only(stage.say("王磊", "丁凯的任务都交给马昊"), "王磊")
    assert (shown.row("接手"), shown.row("事项")) == ("马昊", "T7、T35")
    assert "没有离岗" in only(stage.say("王磊", "高宁的任务都交给马昊"), "王磊").text


def test_who_cannot_take_it_leaves_it_with_the_liaison(session: Session, case: Case, stage: Stage) -> None:
    stage.say("王磊", "都给马昊")
    stage.press("王磊", "发出")
    asked = only(stage.press("马昊", "有困难"), "马昊")
    assert asked.text == "有什么困难？写一句就行，会转给王磊。"
    sent = stage.say("马昊", "手上已有三项，月底前顾不上")
    assert to(sent, "王磊")[0].text == "马昊没有接 T7（手上已有三项，月底前顾不上），仍由您负责。"
    assert only(sent, "马昊").text == "好，T7、T35 您没有接，原因已转给王磊。"
    assert set(handlers(session, case).values()) == {case["丁凯"].id}
    assert only(stage.say("王磊", "都给马昊"), "王磊").row("事项") == "T7、T35"


def test_the_reason_may_be_said_at_once(session: Session, case: Case, stage: Stage) -> None:
    stage.say("王磊", "都给马昊")
    stage.press("王磊", "发出")
    sent = to(stage.say("马昊", "接不了，手上已有三项"), "王磊")
    assert [one.text for one in sent] == [
        f"马昊没有接 T{number}（手上已有三项），仍由您负责。" for number in (7, 35)
    ]


def test_the_liaison_may_do_it(session: Session, case: Case, stage: Stage) -> None:
    assert "由您办理" in only(stage.say("王磊", "我来办"), "王磊").text
    assert set(handlers(session, case).values()) == {case["王磊"].id}
    stage.say("王磊", "撤回")
    assert set(handlers(session, case).values()) == {case["丁凯"].id}


def test_another_units_people_get_nothing_and_handlers_give_nothing(
    session: Session, case: Case, stage: Stage
) -> None:
    assert "本单位" in only(stage.say("王磊", "都给高宁"), "王磊").text
    refused = stage.say("马昊", "我来办")
    assert [one.to for one in refused] == ["马昊"]
    assert only(refused, "马昊").text == "离岗同事的事项由本单位王磊接办或分办。"
    assert set(handlers(session, case).values()) == {case["丁凯"].id}
