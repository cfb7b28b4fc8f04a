"""The same words from different people: each says what is theirs to say."""

from sqlmodel import Session, select

from storage.models import ObligationState, Progress
from tests.commands.tasks.conftest import Matters
from tests.factories import Case, at, make_person
from tests.stage import Stage, only


def reported(matters: Matters, case: Case, state: ObligationState) -> None:
    matters.make(1, "环保局", "城管局", handler="高宁", cooperate_state=state)
    one = matters[1, 2]
    one.handler_id = one.submitted_by_id = case["丁凯"].id
    one.submitted_at = one.first_submitted_at = at(11, 23)


def test_pass_said_by_the_lead_confirms_what_the_other_unit_handed_in(
    stage: Stage, matters: Matters, case: Case
) -> None:
    reported(matters, case, ObligationState.SUBMITTED)
    assert only(stage.say("高宁", "T1 通过"), "高宁").title == "T1 配合已确认"
    assert matters[1, 2].state is ObligationState.DONE


def test_send_back_said_by_the_lead_asks_for_more(stage: Stage, matters: Matters, case: Case) -> None:
    reported(matters, case, ObligationState.SUBMITTED)
    sent = stage.say("高宁", "T1 退回 数据口径不对")
    assert only(sent, "丁凯").row("环保局") == "数据口径不对"
    assert matters[1, 2].returned == 1


def test_pass_said_by_the_head_lets_it_out_and_send_back_does_not(
    stage: Stage, matters: Matters, case: Case
) -> None:
    reported(matters, case, ObligationState.RELEASING)
    stage.say("罗建", "T1 退回 数字对不上")
    assert matters[1, 2].state is ObligationState.IN_PROGRESS
    stage.say("丁凯", "T1 报结")
    stage.press("丁凯", "提交")
    assert matters[1, 2].state is ObligationState.RELEASING
    stage.say("罗建", "T1 通过")
    assert matters[1, 2].state is ObligationState.SUBMITTED


def test_of_two_who_are_called_the_same_the_colleague_is_meant(
    stage: Stage, matters: Matters, session: Session, case: Case
) -> None:
    make_person(session, "丁凯", case.units["社区办"], binding="feishu")
    matters.make(7, "城管局", state=ObligationState.ASSIGNED)
    stage.say("王磊", "T7 签收，给丁凯")
    assert matters[7, 1].handler_id == case["丁凯"].id


def test_two_colleagues_of_one_name_are_never_guessed_between(
    stage: Stage, matters: Matters, session: Session, case: Case
) -> None:
    make_person(session, "丁凯", case.units["城管局"], binding="wecom")
    matters.make(7, "城管局", state=ObligationState.ASSIGNED)
    assert "有 2 位丁凯" in only(stage.say("王磊", "T7 签收，给丁凯"), "王磊").text
    assert matters[7, 1].state is ObligationState.ASSIGNED


def test_each_colleague_gets_their_own(stage: Stage, matters: Matters, case: Case) -> None:
    matters.make(1, "环保局", handler="李娜")
    matters.make(2, "环保局", handler="李娜", title="宣传材料")
    sent = stage.say("李娜", "T1给高宁，T2给何川")
    assert only(sent, "李娜").row("高宁") == "T1"
    assert only(sent, "李娜").row("何川") == "T2"
    assert (matters[1, 1].handler_id, matters[2, 1].handler_id) == (case["高宁"].id, case["何川"].id)


def test_a_unit_named_in_what_is_to_be_done_does_not_co_operate(stage: Stage) -> None:
    shown = only(stage.say("陈立", "请城管局周五前核对社区办的小区名单"), "陈立")
    assert shown.row("牵头") == "城管局"
    assert "配合：" not in shown.text


def test_give_said_by_a_handler_is_an_offer(stage: Stage, matters: Matters, case: Case) -> None:
    matters.make(1, "环保局", handler="高宁")
    assert only(stage.say("高宁", "T1给李娜"), "高宁").title == "T1 等李娜接收"
    assert matters[1, 1].handler_id == case["高宁"].id
    stage.press("李娜", "接收")
    assert matters[1, 1].handler_id == case["李娜"].id


def test_several_are_not_offered_by_one_sentence(stage: Stage, matters: Matters) -> None:
    matters.make(1, "环保局", handler="高宁")
    matters.make(2, "环保局", handler="高宁", title="宣传材料")
    answer = only(stage.say("高宁", "T1T2给李娜"), "高宁").text
    assert answer == "转交请一项一项说，例如“T1转给李娜”。"


def test_what_looks_like_a_one_time_code_is_part_of_the_sentence_when_none_was_asked_for(
    stage: Stage, matters: Matters, session: Session
) -> None:
    matters.make(1, "环保局", "城管局", handler="高宁")
    stage.say("高宁", "T1 进展 已采购设备 ABCDEF")
    assert session.exec(select(Progress.note)).all() == ["已采购设备 ABCDEF"]
