"""Who may not, what has changed, what is not clear: said privately, and nothing changes."""

import pytest
from sqlmodel import Session, select

from storage.models import AuditEntry, Draft, ObligationState, Task
from tests.commands.tasks.conftest import Matters
from tests.factories import Case, at, make_initiative, make_person, make_unit
from tests.stage import Stage, only, to

SUBMITTED = ObligationState.SUBMITTED
IN_PROGRESS = ObligationState.IN_PROGRESS


def reported(matters: Matters, case: Case) -> None:
    """城管局 has handed in its part of T1, which 高宁 leads."""
    matters.make(1, "环保局", "城管局", handler="高宁", cooperate_state=SUBMITTED)
    one = matters[1, 2]
    one.handler_id = one.submitted_by_id = case["丁凯"].id
    one.submitted_at = one.first_submitted_at = at(12, 9)


@pytest.mark.parametrize(
    ("name", "sentence", "answer"),
    [
        ("丁凯", "确认 T1.2", "T1 配合是本单位报的，由牵头单位环保局确认。"),
        ("王磊", "请补充 T1.2", "T1 配合是本单位报的，由牵头单位环保局确认。"),
        ("许静", "确认 T1.2", "T1 配合由牵头单位环保局确认。"),
        ("陈立", "T1.2 通过", "T1 配合由牵头单位环保局确认。"),
        ("陈立", "确认 T1.2", "T1 配合由牵头单位环保局确认。"),
        ("王磊", "签收 T1", "T1（城管局配合）现在是“已报结”"),
        ("丁凯", "T1.1 报结", "T1 由环保局办理。"),
        ("丁凯", "T1 今天查了三处", "已报结"),
        ("高宁", "确认 T99", "没有找到 T99。"),
        ("何川", "同意报出 T1.2", "T1 报出由城管局负责人审核。"),
        ("丁凯", "T1.2转给高宁", "高宁是环保局的，转交只能给本单位的人。要请别的单位办，请说“申请改派”。"),
        ("李娜", "T1给丁凯", "丁凯是城管局的，分办只能给本单位的人。要请别的单位办，请说“申请改派”。"),
        ("丁凯", "请社区办牵头，周四前报名单", "这件事由督查室办理。"),
    ],
)
def test_who_may_not_is_told_who_does_it(
    stage: Stage, matters: Matters, case: Case, session: Session, name: str, sentence: str, answer: str
) -> None:
    reported(matters, case)
    before = len(session.exec(select(AuditEntry.id)).all())
    stage.now = at(12, 9, 10)
    binding = {"丁凯": "wecom", "王磊": "wecom", "许静": "feishu"}.get(name, "dingtalk")

    sent = stage.say(name, sentence, group=binding)

    assert [message.to for message in sent] == [name]
    shown = only(sent, name).text
    assert answer in shown
    assert matters[1, 2].state is SUBMITTED
    assert len(session.exec(select(AuditEntry.id)).all()) == before


def test_the_office_confirms_for_a_lead_that_stays_silent_two_working_days(
    stage: Stage, matters: Matters, case: Case
) -> None:
    reported(matters, case)
    stage.now = at(12, 11, 10)
    stage.say("陈立", "确认 T1.2")
    assert matters[1, 2].state is ObligationState.DONE


def test_the_office_cannot_pass_while_co_operation_is_open(
    stage: Stage, matters: Matters, session: Session
) -> None:
    matters.make(3, "环保局", "社区办", handler="高宁", state=SUBMITTED)
    answer = only(stage.say("陈立", "T3 通过"), "陈立").text
    assert answer.startswith("T3 还有社区办的配合没确认。")
    assert matters[3, 1].state is SUBMITTED


def test_deciding_twice_says_who_decided_when(stage: Stage, matters: Matters, case: Case) -> None:
    reported(matters, case)
    stage.now = at(12, 9, 16, 5)
    stage.say("高宁", "确认 T1.2")
    answer = only(stage.say("李娜", "确认 T1.2"), "李娜").text
    assert answer == "T1（城管局配合）已由高宁于12月9日（周三）16:05办理：确认。"


def test_an_old_card_decides_nothing_about_a_newer_report(stage: Stage, matters: Matters, case: Case) -> None:
    matters.make(1, "环保局", "城管局", handler="高宁", cooperate_state=IN_PROGRESS)
    matters[1, 2].handler_id = case["丁凯"].id
    stage.now = at(12, 8)
    stage.say("罗建", "T1.2 报结")  # a head needs nobody's release
    stage.press("罗建", "提交")
    old = stage.button("高宁", "确认")
    stage.press("高宁", "请补充")
    stage.say("高宁", "缺沿街商户部分")
    stage.say("丁凯", "T1补好了", files=["执法意见2.docx"])

    answer = only(stage.press_held("高宁", old), "高宁").text
    assert "在这张卡片之后变过" in answer
    assert matters[1, 2].state is SUBMITTED
    stage.press("高宁", "确认", title="城管局已补")
    assert matters[1, 2].state is ObligationState.DONE


def test_a_card_sent_to_somebody_else_is_refused_without_a_word_of_it(
    stage: Stage, matters: Matters, case: Case
) -> None:
    matters.make(1, "环保局", "城管局", handler="高宁", cooperate_state=IN_PROGRESS)
    stage.say("罗建", "T1.2 报结")
    stage.press("罗建", "提交")
    held = stage.button("高宁", "确认")
    answer = only(stage.press_held("李娜", held), "李娜").text
    assert "T1" not in answer
    assert matters[1, 2].state is SUBMITTED


def test_a_stranger_to_the_initiative_finds_nothing(
    stage: Stage, matters: Matters, case: Case, session: Session
) -> None:
    matters.make(1, "环保局", handler="高宁")
    case.people["王五"] = make_person(session, "王五", make_unit(session, "税务局"))
    assert only(stage.say("王五", "T1"), "王五").text.startswith("没有找到 T1。")


@pytest.mark.parametrize(
    ("sentence", "answer"),
    [
        ("T1 社区办12月9号前给小区底数", "社区办不是 T1 的配合单位（配合：城管局）。"),
        ("T1 城管局12月20号前给执法意见", "晚于您自己的时限 12月14日（周一），请提前。"),
        ("T1 城管局12月1号上午给执法意见", "这个时间已经过了，改成什么时候？"),
    ],
)
def test_a_demand_that_cannot_be_is_not_drafted(
    stage: Stage, matters: Matters, session: Session, sentence: str, answer: str
) -> None:
    matters.make(1, "环保局", "城管局", handler="高宁")
    stage.now = at(12, 1, 15)
    assert answer in only(stage.say("高宁", sentence), "高宁").text
    assert session.exec(select(Draft)).all() == []


def test_a_missing_day_is_asked_once_and_completes_the_sentence(
    stage: Stage, matters: Matters, session: Session, case: Case
) -> None:
    stage.now = at(11, 23, 15)
    question = only(stage.say("陈立", "请城管局牵头报占道点位"), "陈立")
    assert question.text.startswith("什么时候要？")
    shown = only(stage.press("陈立", "周五下班"), "陈立")
    assert shown.title.startswith("新事项 T")
    assert shown.row("时限") == "11月27日（周五）18:00"
    assert session.exec(select(Task)).all() == []


def test_with_several_initiatives_the_bot_asks_which(stage: Stage, case: Case, session: Session) -> None:
    make_initiative(session, "智慧交通", units=[case.units["城管局"]], created_by=case["陈立"])
    stage.now = at(11, 23, 15)
    question = only(stage.say("陈立", "请城管局周四前报占道点位"), "陈立")
    assert question.text.startswith("属于哪个专项？")
    shown = only(stage.say("陈立", "智慧交通"), "陈立")
    assert shown.row("专项") == "智慧交通"


def test_a_title_instead_of_a_number_means_the_matter_called_so(stage: Stage, matters: Matters) -> None:
    matters.make(1, "环保局", handler="高宁", title="更新隐患台账")
    matters.make(2, "环保局", handler="高宁", title="编印宣传材料")
    assert only(stage.say("高宁", "隐患台账更新好了"), "高宁").title == "T1 报结，请核对"


def test_a_title_that_fits_none_is_asked_about(stage: Stage, matters: Matters) -> None:
    matters.make(1, "环保局", handler="高宁", title="社区培训")
    matters.make(2, "环保局", handler="高宁", title="编印宣传材料")
    question = only(stage.say("高宁", "隐患台账更新好了"), "高宁")
    assert question.text.startswith("是哪一项？")
    assert only(stage.press("高宁", "T2"), "高宁").title == "T2 报结，请核对"
    assert only(stage.say("高宁", "T2 报结"), "高宁").title == "T2 报结，请核对"


def test_one_file_is_kept_and_handed_in_with_the_report(
    stage: Stage, matters: Matters, session: Session
) -> None:
    matters.make(1, "环保局", handler="高宁")
    answer = only(stage.say("高宁", files=["标准文本.docx"]), "高宁").text
    assert answer == "已收到《标准文本.docx》。说“T1 报结”就提交。"
    assert only(stage.say("高宁", "T1 报结"), "高宁").row("材料") == "标准文本.docx"

    stage.press("高宁", "换材料")
    shown = only(stage.say("高宁", "T1 报结", files=["标准文本（定稿）.docx"]), "高宁")
    assert shown.row("材料") == "标准文本（定稿）.docx"


@pytest.mark.parametrize(
    ("name", "answer"),
    [
        ("陈立", "要新建专项，请说“新建专项垃圾分类，环保局牵头”。"),
        ("丁凯", "您名下没有在办的事项；是随哪件事报的，请连编号一起说，例如“T12 报结”。"),
    ],
)
def test_a_file_from_somebody_without_a_matter_is_answered_with_what_they_can_do(
    stage: Stage, matters: Matters, name: str, answer: str
) -> None:
    matters.make(1, "环保局", handler="高宁")
    assert only(stage.say(name, files=["分工表.xlsx"]), name).text == f"已收到《分工表.xlsx》。{answer}"


def test_saying_it_twice_keeps_the_file_on_the_newer_draft(stage: Stage, matters: Matters) -> None:
    matters.make(1, "环保局", handler="高宁")
    stage.say("高宁", "T1 报结", files=["标准文本.docx"])
    assert only(stage.say("高宁", "T1 报结"), "高宁").row("材料") == "标准文本.docx"


def test_a_draft_is_sent_once(stage: Stage, matters: Matters) -> None:
    matters.make(1, "环保局", handler="何川")
    stage.say("何川", "T1 报结")
    held = stage.button("何川", "提交")
    assert len(to(stage.press_held("何川", held), "陈立")) == 1
    again = stage.press_held("何川", held)
    assert to(again, "陈立") == []
    assert "已经发出" in only(again, "何川").text


def test_a_pressed_demand_is_asked_for_and_read_with_its_number(
    stage: Stage, matters: Matters, session: Session
) -> None:
    matters.make(1, "环保局", "城管局", "社区办", state=ObligationState.ASSIGNED)
    stage.say("李娜", "T1 签收，给高宁")
    question = only(stage.press("高宁", "明确配合"), "高宁").text
    assert question.startswith("T1 要城管局、社区办配合什么、什么时候要？")
    shown = only(stage.say("高宁", "城管局12月9号前给执法意见"), "高宁")
    assert shown.title == "T1 配合事项，请核对"
    assert shown.row("城管局") == "执法意见，12月9日（周三）"


def test_what_cannot_be_signed_for_is_said_beside_what_was(stage: Stage, matters: Matters) -> None:
    matters.make(1, "环保局", state=ObligationState.ASSIGNED)
    matters.make(4, "社区办", "环保局")
    shown = only(stage.say("李娜", "签收 T1、T4"), "李娜")
    assert shown.title == "已签收 1 项"
    assert "T4（环保局配合）现在是“待明确”，先不签收。" in shown.text
