"""我的, 部门任务, T12: what each person sees, and what a group does not."""

from sqlmodel import Session

from connectors.chat import Card, Text
from storage.models import ObligationState, Role
from tests.commands.tasks.conftest import Matters
from tests.factories import Case, at, grant
from tests.stage import Stage, only


def test_my_list_shows_what_is_mine_and_what_waits_for_me(stage: Stage, matters: Matters, case: Case) -> None:
    matters.make(1, "环保局", "城管局", handler="李娜", cooperate_state=ObligationState.SUBMITTED)
    matters.make(3, "环保局", state=ObligationState.ASSIGNED, title="社区培训")
    shown = only(stage.say("李娜", "我的"), "李娜")
    assert shown.title == "您的事项 1 项"
    assert shown.row("T1") == "分类标准，12月14日（周一）"
    assert "等签收：T3。" in shown.text
    assert "等您确认：T1 城管局。" in shown.text
    assert only(stage.say("高宁", "我的"), "高宁").text.startswith("您名下没有在办的事项。")


def test_a_long_list_becomes_a_text(stage: Stage, matters: Matters) -> None:
    for number in range(1, 9):
        matters.make(number, "环保局", handler="高宁", title=f"第{number}件")
    shown = only(stage.say("高宁", "我的"), "高宁")
    assert isinstance(shown.message, Text)
    assert shown.text.count("\n") == 8


def test_my_list_in_a_group_is_answered_privately(stage: Stage, matters: Matters) -> None:
    matters.make(1, "环保局", handler="高宁")
    assert [m.to for m in stage.say("高宁", "我的", group="dingtalk")] == ["高宁"]


def test_a_group_sees_the_unit_s_matters_without_who_is_late(stage: Stage, matters: Matters) -> None:
    matters.make(1, "环保局", handler="高宁")
    stage.now = at(12, 20)
    in_group = only(stage.say("李娜", "部门任务", group="dingtalk"), "dingtalk#")
    assert isinstance(in_group.message, Card)
    assert in_group.title == "环保局在办 1 项"
    assert "逾期" not in in_group.text
    assert "逾期" in only(stage.say("李娜", "部门任务"), "李娜").text


def test_other_units_lists_are_for_the_office(stage: Stage, matters: Matters) -> None:
    matters.make(7, "城管局", handler="丁凯", title="执法检查")
    assert only(stage.say("陈立", "城管局的任务"), "陈立").title == "城管局在办 1 项"
    answer = only(stage.say("李娜", "城管局的任务", group="dingtalk"), "李娜").text
    assert answer.startswith("别的单位的清单请问督查室")


def test_who_sees_all_reads_what_presses_by_unit(stage: Stage, matters: Matters) -> None:
    matters.make(1, "环保局", "城管局", handler="高宁", cooperate_state=ObligationState.SUBMITTED)
    matters.make(2, "环保局", handler="李娜", title="编印宣传材料")
    matters.make(5, "物业协会", title="设置投放点", state=ObligationState.ASSIGNED)
    matters[2, 1].due_at = at(12, 21, 18)
    matters[5, 1].due_at = at(12, 30, 18)
    stage.now = at(12, 18)
    assert only(stage.say("陈立", "哪些部门有逾期？"), "陈立").text.splitlines() == [
        "逾期 1 项：",
        "· 环保局：T1 分类标准，12月14日（周一）",
        "快到期 1 项：",
        "· 环保局：T2 编印宣传材料，12月21日（周一）",
        "没签收 1 项：",
        "· 物业协会：T5 设置投放点，12月30日（周三）",
    ]
    asked = only(stage.say("周明", "物业协会还有什么逾期的"), "周明").text
    assert "T5" in asked
    assert "T1" not in asked


def test_a_unit_reads_what_presses_of_its_own_and_privately(stage: Stage, matters: Matters) -> None:
    matters.make(1, "环保局", handler="高宁")
    matters.make(7, "城管局", handler="丁凯", title="执法检查")
    stage.now = at(12, 20)
    shown = only(stage.say("李娜", "超期的", group="dingtalk"), "李娜").text
    assert shown == "逾期 1 项：\n· 环保局：T1 分类标准，12月14日（周一）"
    assert only(stage.say("吴桐", "超期的"), "吴桐").text == "没有逾期的事项，也没有快到期和没签收的。"
    refused = only(stage.say("李娜", "城管局还有什么逾期的"), "李娜").text
    assert refused.startswith("别的单位的清单请问督查室")


def test_a_matter_that_comes_back_presses_once(stage: Stage, matters: Matters) -> None:
    matters.make(7, "城管局", handler="丁凯", title="执法检查", recurrence="WEEKLY:FR 18:00")
    stage.now = at(12, 20)
    assert only(stage.say("丁凯", "超期的"), "丁凯").text.count("T7") == 1


def test_a_matter_shows_everybody_in_it_and_what_happened(
    stage: Stage, matters: Matters, session: Session, case: Case
) -> None:
    matters.make(1, "环保局", "城管局", state=ObligationState.ASSIGNED)
    stage.say("李娜", "T1 签收，给高宁")
    stage.say("高宁", "T1 走访了五家，还差两家")
    shown = only(stage.say("高宁", "查T1的流转记录"), "高宁").text
    assert shown.splitlines()[:4] == [
        "【T1 分类标准】",
        "专项：垃圾分类",
        "牵头：环保局 高宁，12月14日（周一），办理中",
        "配合：城管局，待明确",
    ]
    assert "· 11月23日（周一）09:12 李娜 签收" in shown
    assert "· 11月23日（周一）09:12 高宁 进展：走访了五家，还差两家" in shown


def test_reasons_are_shown_to_the_units_concerned_only(stage: Stage, matters: Matters, case: Case) -> None:
    matters.make(3, "环保局", handler="高宁", state=ObligationState.SUBMITTED)
    stage.say("陈立", "T3 退回 照片是去年的")
    for name, told in (("高宁", True), ("陈立", True), ("周明", True), ("许静", False)):
        shown = only(stage.say(name, "查T3的流转记录"), name).text
        assert "退回重办" in shown
        assert ("照片是去年的" in shown) is told


def test_a_liaison_without_one_leaves_the_door_to_the_head(
    stage: Stage, matters: Matters, session: Session, case: Case
) -> None:
    matters.make(7, "城管局", state=ObligationState.ASSIGNED)
    case["王磊"].left_at = at(11, 20)
    session.flush()
    assert only(stage.say("罗建", "全部签收"), "罗建").title == "已签收 1 项"
    assert matters[7, 1].handler_id == case["罗建"].id


def test_a_colleague_who_was_not_named_does_not_sign_for_the_unit(
    stage: Stage, matters: Matters, session: Session, case: Case
) -> None:
    matters.make(7, "城管局", state=ObligationState.ASSIGNED)
    assert only(stage.say("丁凯", "签收 T7"), "丁凯").text == "T7 由本单位王磊办理。"
    grant(session, case["丁凯"], Role.LIAISON, unit=case.units["城管局"])
    stage.say("丁凯", "签收 T7")
    assert matters[7, 1].state is ObligationState.IN_PROGRESS


def test_a_group_does_not_read_who_is_late(stage: Stage, matters: Matters) -> None:
    matters.make(1, "环保局", handler="高宁")
    stage.now = at(12, 20)
    in_group = only(stage.say("高宁", "T1 走访了五家，还差两家", group="dingtalk"), "dingtalk#")
    assert in_group.row("时限") == "12月14日（周一）"
    privately = only(stage.say("高宁", "T1 走访了六家，还差一家"), "高宁")
    assert privately.row("时限") == "12月14日（周一），逾期"


def test_work_on_what_was_not_signed_for_signs_for_it(stage: Stage, matters: Matters, case: Case) -> None:
    matters.make(1, "环保局", state=ObligationState.ASSIGNED)
    shown = only(stage.say("李娜", "T1 走访了五家，还差两家"), "李娜")
    assert "已一并签收" in shown.text
    one = matters[1, 1]
    assert (one.state, one.acknowledged_by_id, one.handler_id) == (
        ObligationState.IN_PROGRESS,
        case["李娜"].id,
        case["李娜"].id,
    )
    stage.say("李娜", "撤回")
    assert matters[1, 1].state is ObligationState.ASSIGNED


def test_percent_far_behind_the_time_that_passed_is_shown(stage: Stage, matters: Matters) -> None:
    matters.make(1, "环保局", handler="高宁")
    stage.now = at(12, 8)
    shown = only(stage.say("高宁", "进展 T1 20% 刚开了会"), "高宁")
    assert shown.row("完成") == "20%"
    assert shown.row("时限") == "12月14日（周一），滞后"
