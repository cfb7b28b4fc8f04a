"""撤回: within ten minutes, unless somebody acted since; who was told is told again."""

import pytest
from sqlmodel import Session, select

from commands.tasks import rules
from storage import audit_check
from storage.audit import seal
from storage.models import HandOver, HandOverState, ObligationState, Progress, RoleGrant, Task, TaskState
from storage.queries import tasks as queries
from tests.commands.tasks.conftest import Matters
from tests.factories import Case, at
from tests.stage import Stage, only, to


def test_signing_is_taken_back_and_the_new_handler_is_told(stage: Stage, matters: Matters) -> None:
    matters.make(1, "环保局", "城管局", state=ObligationState.ASSIGNED)
    stage.say("李娜", "T1 签收，给高宁")
    sent = stage.press("李娜", "撤回")
    assert only(sent, "李娜").text == "已撤回：签收 T1，已告诉相关的人。"
    assert only(sent, "高宁").text == "李娜撤回了T1的签收和分办。"
    one = matters[1, 1]
    assert (one.state, one.handler_id, one.acknowledged_at) == (ObligationState.ASSIGNED, None, None)


def test_after_ten_minutes_it_stays(stage: Stage, matters: Matters) -> None:
    matters.make(1, "环保局", state=ObligationState.ASSIGNED)
    stage.say("李娜", "签收 T1")
    stage.later(minutes=10)
    assert "已经超过 10 分钟" in only(stage.say("李娜", "撤回"), "李娜").text
    assert matters[1, 1].state is ObligationState.IN_PROGRESS


def test_what_somebody_acted_on_is_not_undone_under_them(stage: Stage, matters: Matters, case: Case) -> None:
    matters.make(1, "环保局", "城管局", handler="高宁", cooperate_state=ObligationState.IN_PROGRESS)
    stage.say("罗建", "T1.2 报结")
    stage.press("罗建", "提交")
    stage.press("高宁", "确认")
    answer = only(stage.say("罗建", "撤回"), "罗建").text
    assert answer == "T1 在这之后又有人办理过，不能撤回。要改请联系对方或督查室。"
    assert matters[1, 2].state is ObligationState.DONE


def test_progress_is_withdrawn_whatever_others_did_meanwhile(
    stage: Stage, matters: Matters, session: Session, case: Case
) -> None:
    matters.make(1, "环保局", "城管局", handler="高宁", cooperate_state=ObligationState.IN_PROGRESS)
    stage.say("高宁", "T1 走访了五家，还差两家")
    stage.say("罗建", "T1.2 已走访三家")
    assert only(stage.say("高宁", "刚才那条不算"), "高宁").text == "已撤回：T1 进展。"
    entries = session.exec(select(Progress).order_by(Progress.id)).all()  # type: ignore[arg-type]
    assert [entry.withdrawn_at is not None for entry in entries] == [True, False]


def test_a_correction_replaces_the_entry_and_its_undo_brings_it_back(
    stage: Stage, matters: Matters, session: Session
) -> None:
    matters.make(7, "城管局", handler="丁凯")
    stage.say("丁凯", "T7 查了12处")
    sent = stage.say("丁凯", "更正 T7 查了13处")
    assert only(sent, "丁凯").row("内容") == "查了13处"
    one = matters[7, 1]
    assert [entry.note for entry in queries.progress_of(session, [one.id])] == ["查了13处"]
    stage.say("丁凯", "撤回")
    assert [entry.note for entry in queries.progress_of(session, [one.id])] == ["查了12处"]


def test_a_report_taken_back_gives_the_file_back_and_voids_the_card(
    stage: Stage, matters: Matters, session: Session, case: Case
) -> None:
    matters.make(1, "环保局", "城管局", handler="高宁", cooperate_state=ObligationState.IN_PROGRESS)
    stage.say("罗建", "T1.2 报结", files=["执法意见.docx"])
    stage.press("罗建", "提交")
    held = stage.button("高宁", "确认")
    sent = stage.say("罗建", "撤回")
    assert only(sent, "高宁").text == "罗建撤回了 T1 的报结，不用再看。"
    assert [f.name for f in queries.waiting_files(session, case["罗建"].id, since=at(11, 20))] == [
        "执法意见.docx"
    ]

    stage.say("罗建", "T1.2 报结")
    stage.press("罗建", "提交")
    answer = only(stage.press_held("高宁", held), "高宁").text
    assert "在这张卡片之后变过" in answer
    assert matters[1, 2].state is ObligationState.SUBMITTED


def test_demands_taken_back_stop_the_clocks(stage: Stage, matters: Matters) -> None:
    matters.make(1, "环保局", "城管局", handler="高宁")
    stage.say("高宁", "T1 城管局12月9号前给执法意见")
    stage.press("高宁", "发出")
    sent = stage.press("高宁", "撤回")
    assert only(sent, "王磊").text == "T1 的配合要求已由环保局撤回，先不用办。"
    one = matters[1, 2]
    assert (one.state, one.due_at, one.content) == (ObligationState.UNSPECIFIED, None, "")
    assert one.decision_no == 2


def test_a_new_matter_taken_back_is_over_and_everybody_hears(
    stage: Stage, session: Session, case: Case
) -> None:
    stage.now = at(11, 23, 15)
    stage.say("陈立", "请社区办牵头、物业协会配合，周四前报12个试点小区名单")
    stage.press("陈立", "发出")
    sent = stage.press("陈立", "撤回")
    task = session.exec(select(Task)).one()
    assert task.state is TaskState.CANCELLED
    assert only(sent, "许静").text == f"T{task.number} 的交办已由督查室撤回，不用再办。"
    assert len(to(sent, "feishu#")) == 1


def test_an_offer_taken_back_can_no_longer_be_taken(
    stage: Stage, matters: Matters, session: Session, case: Case
) -> None:
    matters.make(2, "环保局", handler="高宁")
    stage.say("高宁", "T2转给李娜")
    stage.press("高宁", "撤回")
    assert "已经收回" in only(stage.press("李娜", "接收"), "李娜").text
    assert session.exec(select(HandOver.state)).one() is HandOverState.WITHDRAWN
    assert matters[2, 1].handler_id == case["高宁"].id


def test_a_pass_taken_back_is_told_where_it_was_told(
    stage: Stage, matters: Matters, session: Session
) -> None:
    task = matters.make(3, "环保局", handler="高宁", state=ObligationState.SUBMITTED)
    stage.say("陈立", "T3 通过")
    sent = stage.say("陈立", "撤回")
    for group in ("dingtalk#", "wecom#", "feishu#"):
        assert only(sent, group).text == "T3 的办结已撤回，督查室再核。"
    session.refresh(task)
    assert task.state is TaskState.ACTIVE
    assert matters[3, 1].state is ObligationState.SUBMITTED


def test_who_lost_the_role_since_takes_nothing_back(
    stage: Stage, matters: Matters, session: Session, case: Case
) -> None:
    matters.make(1, "环保局", "城管局", handler="高宁", cooperate_state=ObligationState.IN_PROGRESS)
    stage.say("王磊", "T1 报结 已核", files=["执法意见.docx"])
    stage.press("王磊", "提交")
    stage.press("罗建", "同意报出")
    for grant in session.exec(select(RoleGrant).where(RoleGrant.person_id == case["罗建"].id)):
        session.delete(grant)
    session.flush()
    sent = stage.say("罗建", "撤回")
    assert [one.to for one in sent] == ["罗建"]
    assert "没有撤回：这件事现在由单位负责人办理" in only(sent, "罗建").text
    assert matters[1, 2].state is ObligationState.SUBMITTED


@pytest.mark.parametrize("undo", [False, True])
def test_the_records_say_what_the_rows_hold(
    stage: Stage, matters: Matters, session: Session, undo: bool
) -> None:
    matters.make(1, "环保局", "城管局", state=ObligationState.ASSIGNED)
    stage.say("李娜", "T1 签收，给高宁")
    stage.say("高宁", "T1 城管局12月9号前给执法意见")
    stage.press("高宁", "发出")
    stage.press("王磊", "签收")
    stage.now = at(12, 10, 9)
    stage.say("王磊", "T1 报结 已核", files=["执法意见.docx"])
    stage.press("王磊", "提交")
    stage.press("罗建", "同意报出")
    if undo:
        stage.say("罗建", "撤回")
    lead, one = matters[1, 1], matters[1, 2]
    assert one.state is (ObligationState.RELEASING if undo else ObligationState.SUBMITTED)
    assert lead.due_at == (at(12, 14, 18) if undo else at(12, 15, 18))
    assert rules.day_of(lead.original_due_at or at(1, 1)).day == 14
    while seal(session):
        continue
    assert audit_check.verify(session).problems == ()
