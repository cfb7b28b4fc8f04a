"""预览, 下发 and its 撤回, 看签收 (1.05, 1.06)."""

import pytest
from sqlmodel import Session, select

from storage.audit_check import verify
from storage.models import (
    AuditEntry,
    Initiative,
    InitiativeState,
    Obligation,
    ObligationState,
    Part,
    Task,
    TaskState,
)
from tests.commands.initiatives.conftest import SENT, START, labels, read
from tests.factories import at, make_leave
from tests.stage import Stage, only


def test_the_preview_counts_what_will_be_sent(grouped: Stage) -> None:
    sent = only(grouped.say("陈立", "预览"), "陈立")
    assert sent.message.body.splitlines() == [  # type: ignore[union-attr]
        "环保局：牵头 T1 T2 T3 T8，配合 T4",
        "城管局：牵头 T7，配合 T1 T8",
        "社区办：牵头 T4，配合 T1 T2 T3 T5 T6 T7 T8",
        "物业协会：牵头 T5 T6，配合 T4 T7 T8",
        "将发 11 条：3 个群、4 位联络员、4 位分管负责人（知悉）各 1 条。",
        "请写明依据（文号或会议）。",
    ]
    assert labels(sent) == ["下发", "呈审定", "暂不发"]


def test_dispatch_tells_groups_liaisons_and_heads_their_own_part(grouped: Stage, session: Session) -> None:
    sent = grouped.say("陈立", "下发 依据市政办发〔2026〕31号")
    assert read(only(sent, "陈立")) == "\n".join(
        [
            "【垃圾分类已下发】",
            "依据：市政办发〔2026〕31号",
            "事项：8 项，已发 11 条",
            "签收：11月24日（周二）18:00 前",
            "10 分钟内可撤回，撤回时会告知已收到的人。",
        ]
    )
    assert labels(only(sent, "陈立")) == ["看签收", "撤回"]
    assert read(only(sent, "dingtalk#")) == "\n".join(
        [
            "【垃圾分类任务已下发】",
            "环保局：牵头 T1 T2 T3 T8，配合 T4",
            "最近：T8 11月27日（周五）",
            "联络员李娜已收到。看清单请说：@督办助手 部门任务",
        ]
    )
    both = only(sent, "feishu#")
    assert both.row("社区办") == "牵头 T4，配合 T1-T3 T5-T8"
    assert both.row("物业协会") == "牵头 T5 T6，配合 T4 T7 T8"
    assert read(only(sent, "李娜")) == "\n".join(
        [
            "【环保局牵头 4 项，请签收】",
            "T1：制定生活垃圾分类标准，12月14日（周一）",
            "T2：编印宣传材料，12月21日（周一）",
            "T3：培训社区工作人员，12月28日（周一）",
            "T8：汇总参与率与准确率，每周五",
            "配合：T4，待社区办明确要什么",
            "请在 11月24日（周二）18:00 前签收。",
        ]
    )
    assert labels(only(sent, "李娜")) == ["全部签收", "逐项看", "有异议"]
    assert read(only(sent, "何川")) == "\n".join(
        ["【知悉：环保局牵头 4 项】", "依据：市政办发〔2026〕31号", "联络员：李娜"]
    )
    told = {message.to for message in sent if not message.redrawn}
    assert told == {
        *("陈立", "dingtalk#", "wecom#", "feishu#", "李娜", "王磊", "许静", "吴桐"),
        *("何川", "罗建", "苏岚", "方志"),
    }
    for one in session.exec(select(Obligation)):
        wanted = ObligationState.ASSIGNED if one.part is Part.LEAD else ObligationState.UNSPECIFIED
        assert one.state is wanted
    initiative = session.exec(select(Initiative)).one()
    assert initiative.state is InitiativeState.ACTIVE
    assert initiative.ack_due_at == at(11, 24, 18)
    assert {
        entry.actor for entry in session.exec(select(AuditEntry).where(AuditEntry.action == "dispatch"))
    } == {f"person:{grouped.people['陈立'].id}"}


def test_the_basis_is_asked_for_when_it_is_missing(grouped: Stage, session: Session) -> None:
    grouped.say("陈立", "预览")
    sent = grouped.press("陈立", "下发")
    assert "依据什么下发" in only(sent, "陈立").text
    assert session.exec(select(Initiative.state)).one() is InitiativeState.DRAFT
    assert only(grouped.say("陈立", "市政办发〔2026〕31号"), "陈立").title == "垃圾分类已下发"
    assert session.exec(select(Initiative.basis)).one() == "市政办发〔2026〕31号"


def test_nothing_is_sent_before_the_weekly_day_is_known(stage: Stage, session: Session) -> None:
    stage.say("陈立", START, files=[SENT])
    sent = stage.say("陈立", "下发 依据市政办发〔2026〕31号")
    assert "T6、T7 还没定周几" in only(sent, "陈立").text
    assert session.exec(select(Task.state).distinct()).all() == [TaskState.DRAFT]


def test_nothing_is_sent_to_a_unit_that_nobody_receives_for(grouped: Stage, session: Session) -> None:
    for name in ("方志", "吴桐"):
        grouped.people[name].left_at = grouped.now
    session.flush()
    assert "物业协会还没有可以接收的人" in only(grouped.say("陈立", "预览"), "陈立").text
    sent = grouped.say("陈立", "下发 依据市政办发〔2026〕31号")
    assert "物业协会还没有可以接收的人" in only(sent, "陈立").text
    assert len(sent) == 1


@pytest.mark.parametrize("name", ["李娜", "何川", "高宁", "钱坤", "周明"])
def test_only_the_office_sends_out(grouped: Stage, name: str) -> None:
    sent = grouped.say(name, "下发 依据市政办发〔2026〕31号")
    assert "由督查室办理" in only(sent, name).text
    assert len(sent) == 1


def test_it_is_sent_out_once(grouped: Stage) -> None:
    grouped.say("陈立", "下发 依据市政办发〔2026〕31号")
    sent = grouped.say("赵敏", "下发 依据市政办发〔2026〕31号")
    assert only(sent, "赵敏").text == "“垃圾分类”已经下发。"
    assert len(sent) == 1
    assert "已经下发" in only(grouped.press("陈立", "都按周五"), "陈立").text


def test_the_dispatch_can_be_taken_back_and_sent_again(grouped: Stage, session: Session) -> None:
    grouped.say("陈立", "下发 依据市政办发〔2026〕31号")
    grouped.later(minutes=9)
    sent = grouped.press("陈立", "撤回")
    assert "已告知收到的 11 处" in only(sent, "陈立").text
    for name in ("李娜", "何川", "wecom#"):
        assert "督查室撤回了“垃圾分类”的下发" in only(sent, name).text
    assert session.exec(select(Obligation.state).distinct()).all() == [ObligationState.DRAFT]
    again = grouped.say("陈立", "下发 依据市政办发〔2026〕32号")
    assert only(again, "陈立").row("事项") == "8 项，已发 11 条"
    assert verify(session).problems == ()


def test_a_table_sent_again_after_a_dispatch_was_taken_back_replaces_it(
    grouped: Stage, session: Session
) -> None:
    grouped.say("陈立", "下发 依据市政办发〔2026〕31号")
    grouped.press("陈立", "撤回")
    assert only(grouped.say("陈立", START, files=[SENT]), "陈立").title == "任务分工表已读，请核对"
    assert verify(session).problems == ()


def test_the_dispatch_stays_once_a_unit_has_acted(grouped: Stage, session: Session) -> None:
    grouped.say("陈立", "下发 依据市政办发〔2026〕31号")
    grouped.press("李娜", "全部签收")
    sent = grouped.press("陈立", "撤回")
    assert "已有单位办理（T1、T2、T3、T8）" in only(sent, "陈立").text
    assert session.exec(select(Initiative.state)).one() is InitiativeState.ACTIVE


def test_the_dispatch_stays_after_ten_minutes(grouped: Stage) -> None:
    grouped.say("陈立", "下发 依据市政办发〔2026〕31号")
    grouped.later(minutes=10)
    assert "超过 10 分钟" in only(grouped.press("陈立", "撤回"), "陈立").text


def test_who_has_signed_is_seen_at_a_glance(grouped: Stage) -> None:
    grouped.say("陈立", "下发 依据市政办发〔2026〕31号")
    grouped.press("李娜", "全部签收")
    sent = only(grouped.press("陈立", "看签收"), "陈立")
    assert read(sent) == "\n".join(
        [
            "【垃圾分类：签收情况】",
            "牵头：8 项，已签收 4 项",
            "未签收：社区办 T4",
            "未签收：物业协会 T5 T6",
            "未签收：城管局 T7",
            "配合：13 项，已明确 0，待明确 13",
            "11月24日（周二）18:00 到时。",
        ]
    )


def test_a_head_sees_the_units_own_list(grouped: Stage) -> None:
    grouped.say("陈立", "下发 依据市政办发〔2026〕31号")
    text = only(grouped.press("罗建", "看清单"), "罗建").text
    assert "T7 违规投放执法检查：城管局牵头" in text
    assert "T1 " in text
    assert "T2 " not in text


def test_who_stands_in_for_a_liaison_or_a_head_is_told_and_signs(grouped: Stage, session: Session) -> None:
    people = grouped.people
    today = grouped.now.date()
    make_leave(session, people["王磊"], people["丁凯"], today)
    make_leave(session, people["何川"], people["高宁"], today)
    sent = grouped.say("陈立", "下发 依据市政办发〔2026〕31号")
    assert only(sent, "丁凯").title == "城管局牵头 1 项，请签收"
    assert only(sent, "高宁").title == "知悉：环保局牵头 4 项"
    assert not {"王磊", "何川"} & {message.to for message in sent}
    grouped.press("丁凯", "全部签收")
    query = select(Obligation).where(Obligation.acknowledged_by_id == people["丁凯"].id)
    assert {one.state for one in session.exec(query)} == {ObligationState.IN_PROGRESS}
