"""代办: who stands in for a head says what the head would, on those days, and never over their own work."""

import json
from datetime import date

import pytest
from sqlmodel import Session, col, select

from commands.extensions.handlers import SUBJECT as EXTENSIONS
from commands.leave.handlers import SUBJECT as LEAVE
from commands.tasks.handlers import SUBJECT as TASKS
from storage.models import AuditEntry, ExtensionRequest, ExtensionState, Leave, ObligationState, Person, Role
from tests.commands.tasks.conftest import Matters
from tests.factories import Case, at, make_person
from tests.stage import Sent, Stage, only, to

S = ObligationState
TOMORROW = at(12, 10, 9)


@pytest.fixture
def stage(session: Session, case: Case, matters: Matters) -> Stage:
    """T6 of 城管局 in the hands of 丁凯; 罗建, who lets its reports out, is away for the day and 王磊, its
    liaison, stands in."""
    matters.make(6, "城管局", handler="丁凯", title="招牌评估")
    away(session, case["罗建"], case["王磊"])
    return Stage(session, TASKS, EXTENSIONS, LEAVE, people=case.people, groups=case.groups, now=at(12, 9, 10))


def away(session: Session, person: Person, deputy: Person) -> Leave:
    row = Leave(
        person_id=person.id,
        deputy_id=deputy.id,
        starts_on=date(2026, 12, 7),
        ends_on=date(2026, 12, 9),
        created_at=at(12, 4),
    )
    session.add(row)
    session.flush()
    return row


def reported(stage: Stage, name: str = "丁凯", number: int = 6) -> list[Sent]:
    stage.say(name, f"T{number} 办好了")
    return stage.press(name, "提交")


def whose(session: Session, action: str, kind: str = "obligation") -> list[object]:
    """In whose stead it was done, entry by entry."""
    entries = session.exec(
        select(AuditEntry).where(AuditEntry.action == action).order_by(col(AuditEntry.id))
    ).all()
    bodies = [json.loads(one.body or "{}") for one in entries if one.object.startswith(f"{kind}:")]
    return [body.get("in_stead_of") for body in bodies]


def test_who_stands_in_is_asked_instead_and_both_names_are_said_and_kept(
    session: Session, case: Case, stage: Stage, matters: Matters
) -> None:
    shown = only(stage.say("丁凯", "T6 办好了"), "丁凯")
    assert shown.row("先送") == "王磊 代 罗建 审核"
    sent = stage.press("丁凯", "提交")
    assert to(sent, "罗建") == []
    asked = only(sent, "王磊")
    assert asked.title == "请您审核：T6 报出"
    assert "罗建请假，请您代罗建审核" in asked.text

    sent = stage.press("王磊", "同意报出")
    assert only(sent, "丁凯").text == "王磊 代 罗建已同意，T6 已送督查室。"
    assert only(sent, "陈立").title.startswith("城管局")
    assert matters[6, 1].state is S.SUBMITTED
    assert whose(session, "release") == [case["罗建"].id]
    assert whose(session, "submit_for_release") == [None]
    assert "王磊 代 罗建 同意报出" in "\n".join(one.text for one in stage.say("丁凯", "T6"))


def test_who_is_away_may_still_say_it_in_their_own_name(
    session: Session, stage: Stage, matters: Matters
) -> None:
    reported(stage)
    assert only(stage.say("罗建", "同意报出 T6"), "丁凯").text == "罗局已同意，T6 已送督查室。"
    assert whose(session, "release") == [None]
    again = only(stage.press("王磊", "同意报出"), "王磊").text
    assert "已由罗建于" in again


def test_it_is_sent_back_in_the_head_s_stead(session: Session, case: Case, stage: Stage) -> None:
    reported(stage)
    sent = stage.say("王磊", "退改 T6 数字对不上")
    told = only(sent, "丁凯")
    assert (told.row("审核"), told.row("理由")) == ("王磊 代 罗建", "数字对不上")
    assert whose(session, "revise") == [case["罗建"].id]


def test_who_was_decided_for_is_told_who_decided_in_whose_stead(stage: Stage) -> None:
    reported(stage)
    stage.press("王磊", "同意报出")
    assert "已由王磊 代 罗建于" in only(stage.say("罗建", "同意报出 T6"), "罗建").text


@pytest.mark.parametrize("cancelled", [False, True])
def test_a_card_pressed_after_the_leave_is_refused_and_says_so(
    stage: Stage, matters: Matters, cancelled: bool
) -> None:
    reported(stage)
    if cancelled:
        stage.say("罗建", "取消请假")
    else:
        stage.now = TOMORROW
    refused = only(stage.press("王磊", "同意报出"), "王磊").text
    assert refused == "您已不再代罗建办理，这件事由单位负责人办理。"
    assert matters[6, 1].state is S.RELEASING
    assert only(stage.say("罗建", "同意报出 T6"), "丁凯").text == "罗局已同意，T6 已送督查室。"


def test_what_was_let_out_is_taken_back_on_those_days_only(stage: Stage, matters: Matters) -> None:
    reported(stage)
    stage.now = at(12, 9, 23, 56)
    stage.press("王磊", "同意报出")
    stage.say("王磊", "撤回")
    assert matters[6, 1].state is S.RELEASING
    stage.say("王磊", "同意报出 T6")
    stage.later(minutes=6)  # the next day
    refused = only(stage.say("王磊", "撤回"), "王磊").text
    assert "没有撤回：您已不再代罗建办理，这件事现在由单位负责人办理。" in refused
    assert matters[6, 1].state is S.SUBMITTED


def test_the_own_report_is_not_let_out_by_who_stands_in(
    session: Session, case: Case, stage: Stage, matters: Matters
) -> None:
    matters.make(8, "城管局", handler="王磊")
    sent = reported(stage, "王磊", 8)
    assert only(sent, "罗建").title == "请您审核：T8 报出"
    refused = only(stage.say("王磊", "同意报出 T8"), "王磊").text
    assert refused == "T8 是您或罗建经办的，不能代为审核，请本单位其他负责人审核。"
    assert only(stage.say("王磊", "T8 通过"), "王磊").text == refused
    assert matters[8, 1].state is S.RELEASING


def test_the_own_report_goes_to_the_head_above(
    session: Session, case: Case, stage: Stage, matters: Matters
) -> None:
    case.people["马昊"] = make_person(session, "马昊", case.units["城管局"], Role.HEAD, title="局长")
    matters.make(8, "城管局", handler="王磊")
    assert to(reported(stage), "马昊") == []
    sent = reported(stage, "王磊", 8)
    assert only(sent, "马昊").title == "请您审核：T8 报出"
    assert to(sent, "罗建") == []


def test_what_somebody_else_handed_in_of_the_own_work_is_no_more_theirs_to_let_out(
    session: Session, case: Case, stage: Stage, matters: Matters
) -> None:
    session.exec(select(Leave)).one().deputy_id = case["丁凯"].id
    sent = reported(stage, "王磊")
    assert to(sent, "丁凯") == []
    assert only(sent, "罗建").title == "请您审核：T6 报出"
    assert "不能代为审核" in only(stage.say("丁凯", "同意报出 T6"), "丁凯").text
    assert matters[6, 1].state is S.RELEASING


def test_in_another_unit_it_gives_no_say(
    session: Session, case: Case, stage: Stage, matters: Matters
) -> None:
    matters.make(9, "社区办", handler="许静", state=S.RELEASING)
    refused = only(stage.say("王磊", "同意报出 T9"), "王磊").text
    assert "由社区办负责人审核" in refused
    assert matters[9, 1].state is S.RELEASING


def test_who_stands_in_for_the_liaison_divides_the_work(
    session: Session, case: Case, stage: Stage, matters: Matters
) -> None:
    third = case.people["马昊"] = make_person(session, "马昊", case.units["城管局"])
    case.people["江帆"] = make_person(session, "江帆", case.units["城管局"])
    away(session, case["王磊"], third)
    stage.say("马昊", "T6 分办给江帆")
    assert matters[6, 1].handler_id == case["江帆"].id
    assert whose(session, "delegate") == [case["王磊"].id]
    stage.now = TOMORROW
    stage.say("马昊", "T6 分办给丁凯")
    assert matters[6, 1].handler_id == case["江帆"].id


def test_the_waiting_reports_are_listed_but_not_the_own(
    session: Session, case: Case, stage: Stage, matters: Matters
) -> None:
    matters.make(8, "城管局", handler="王磊", title="自己的")
    reported(stage)
    reported(stage, "王磊", 8)
    assert "等您同意报出：T6。" in only(stage.say("王磊", "我的"), "王磊").text
    assert "等您同意报出：T6、T8。" in only(stage.say("罗建", "我的"), "罗建").text
    stage.now = TOMORROW
    assert "同意报出" not in only(stage.say("王磊", "我的"), "王磊").text


def test_an_extension_goes_the_same_way(session: Session, case: Case, stage: Stage) -> None:
    shown = only(stage.say("丁凯", "T6延到12月30日，专家没定下来"), "丁凯")
    assert shown.row("流程").startswith("王磊 代 罗建审核")
    sent = stage.press("丁凯", "提交")
    assert "罗建请假，请您代罗建审核" in only(sent, "王磊").text
    assert to(sent, "罗建") == []
    sent = stage.press("王磊", "同意报出")
    assert only(sent, "丁凯").text == "王磊 代 罗建已同意，T6 延期已送督查室。"
    assert session.exec(select(ExtensionRequest)).one().state is ExtensionState.ASKED
    assert whose(session, "release_extension", "extension_request") == [case["罗建"].id]


def test_the_own_extension_is_not_let_out_by_who_stands_in(
    session: Session, stage: Stage, matters: Matters
) -> None:
    matters.make(8, "城管局", handler="王磊")
    stage.say("王磊", "T8延到12月30日，专家没定下来")
    assert only(stage.press("王磊", "提交"), "罗建").title.startswith("请您审核")
    assert "不能代为审核" in only(stage.say("王磊", "同意报出 T8 延期"), "王磊").text
    assert session.exec(select(ExtensionRequest)).one().state is ExtensionState.RELEASING


def test_a_new_matter_is_signed_for_by_who_stands_in_for_the_liaison(
    session: Session, case: Case, stage: Stage, matters: Matters
) -> None:
    third = case.people["马昊"] = make_person(session, "马昊", case.units["城管局"])
    away(session, case["王磊"], third)
    matters.make(12, "环保局", "城管局", handler="高宁")
    stage.say("高宁", "T12 城管局12月11号前给点位")
    sent = stage.press("高宁", "发出")
    assert to(sent, "王磊") == []
    assert only(sent, "马昊").message
    stage.press("马昊", "签收")
    assert matters[12, 2].state is S.IN_PROGRESS
    assert whose(session, "acknowledge") == [case["王磊"].id]


def test_who_is_asked_to_stand_in_reads_what_waits_already(
    session: Session, stage: Stage, matters: Matters
) -> None:
    stage.say("罗建", "取消请假")
    matters.make(8, "城管局", handler="王磊")
    reported(stage)
    reported(stage, "王磊", 8)
    told = only(stage.say("罗建", "请假到周五，由王磊代"), "王磊")
    assert told.title == "罗建请假，请您代办"
    assert told.row("等您") == "同意报出 T6"
    assert only(stage.press("王磊", "同意报出", title="请您代办"), "丁凯").text.startswith(
        "王磊 代 罗建已同意"
    )
