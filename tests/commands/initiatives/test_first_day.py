"""From the 任务分工表 to 下发, as the office, the liaisons and the groups read it."""

import pytest
from sqlmodel import Session, select

from commands.errors import NotYet
from connectors.chat import as_text
from storage.audit_check import verify
from storage.models import (
    Attachment,
    AuditEntry,
    GroupState,
    Initiative,
    InitiativeGroup,
    InitiativeState,
    Obligation,
    ObligationState,
    Part,
    Person,
    Task,
    TaskState,
)
from tests.commands.initiatives.conftest import SENT, fetched
from tests.factories import at
from tests.stage import Sent, Stage, only, to

START = "新建专项垃圾分类，环保局牵头，今天启动"


def labels(sent: Sent) -> list[str]:
    return [button.label for button in sent.message.buttons]  # type: ignore[union-attr]


def read(sent: Sent) -> str:
    """The message without what can be pressed."""
    return as_text(sent.message).partition("\n可以回复：")[0]


def test_the_division_is_read_and_shown_to_its_author_alone(stage: Stage) -> None:
    sent = stage.say("陈立", START, files=[SENT])
    assert [message.to for message in sent] == ["陈立"]
    assert read(sent[0]) == "\n".join(
        [
            "【任务分工表已读，请核对】",
            "专项：垃圾分类，11月23日（周一）启动",
            "事项：8 项，4 家牵头，配合 13 项次",
            "问一处：T6、T7 只写“每周”，定周几？",
            "待明确：13 项配合都没写要什么",
            "暂定：T4 2027年1月5日（周二）",
            "2027 年放假安排尚未公布，T4 先按周末和元旦推算，公布后复核。"
            "社区办配合 7 项，最多。现在都是草稿，没有发给任何人。",
        ]
    )
    assert labels(sent[0]) == ["都按周五", "看全表", "重新传"]


def test_the_file_may_come_before_the_sentence(stage: Stage, session: Session) -> None:
    stage.say("陈立", files=[SENT])
    assert only(stage.say("陈立", START), "陈立").title == "任务分工表已读，请核对"
    assert session.exec(select(Attachment)).all() == []


def test_a_file_that_was_not_fetched_yet_is_fetched_first(stage: Stage) -> None:
    stage.say("陈立", files=["未取.md"])
    with pytest.raises(NotYet) as missing:
        stage.say("陈立", START)
    assert [(file.name, file.handle) for file in missing.value.files] == [("未取.md", "handle-未取.md")]


def test_the_file_may_come_after_the_sentence(stage: Stage) -> None:
    assert "请把任务分工表" in only(stage.say("陈立", START), "陈立").text
    assert only(stage.say("陈立", files=[SENT]), "陈立").row("专项") == "垃圾分类，11月23日（周一）启动"


def test_a_file_that_came_much_earlier_is_not_meant(stage: Stage) -> None:
    stage.say("陈立", files=[SENT])
    stage.later(minutes=61)
    assert "请把任务分工表" in only(stage.say("陈立", START), "陈立").text


def test_weekly_matters_get_their_day(stage: Stage) -> None:
    stage.say("陈立", START, files=[SENT])
    sent = only(stage.press("陈立", "都按周五"), "陈立")
    assert read(sent) == "\n".join(
        ["【T6、T7 定为每周五】", "首期：11月27日（周五）", "遇放假：顺延到下一个工作日"]
    )
    assert labels(sent) == ["预览", "修改"]


def test_the_day_can_be_changed_again_and_for_one_matter(drafted: Stage) -> None:
    assert "T6、T7、T8 定周几" in only(drafted.press("陈立", "修改"), "陈立").text
    sent = only(drafted.press("陈立", "周三"), "陈立")
    assert sent.title == "T6、T7、T8 定为每周三"
    sent = only(drafted.say("陈立", "T6定在每周一"), "陈立")
    assert sent.title == "T6 定为每周一"
    assert sent.row("首期") == "11月30日（周一）"


def test_the_whole_table_is_text(drafted: Stage) -> None:
    lines = only(drafted.press("陈立", "看全表"), "陈立").text.splitlines()
    assert lines[0] == "垃圾分类（11月23日（周一）启动）"
    assert lines[1] == (
        "T1 制定生活垃圾分类标准：环保局牵头，城管局、社区办配合；12月14日（周一）；成果：标准文本"
    )
    assert lines[4].endswith("；2027年1月5日（周二）（暂定）；成果：入户台账")
    assert lines[6].startswith("T6 指导居民正确投放：物业协会牵头，社区办配合；每周五")


def test_a_long_table_counts_what_it_leaves_out(stage: Stage, session: Session) -> None:
    rows = [f"| {'清理背街小巷' * 5}{n} | 城管局 | 环保局 | 每周五 |" for n in range(60)]
    table = "\n".join(["# 背街小巷", "| 事项 | 牵头 | 配合 | 完成时限 |", "|---|---|---|---|", *rows])
    fetched(session, "长.md", table.encode())
    stage.say("陈立", "新建专项背街小巷，城管局牵头，今天启动", files=["长.md"])
    lines = only(stage.press("陈立", "看全表"), "陈立").message.body.splitlines()  # type: ignore[union-attr]
    assert len("\n".join(lines).encode()) < 2048
    assert lines[-1] == f"还有 {60 - (len(lines) - 2)} 项，请说编号逐项看，例如“T1”。"


def test_a_new_file_replaces_the_draft_and_keeps_the_numbers(drafted: Stage, session: Session) -> None:
    assert "编号不变" in only(drafted.press("陈立", "重新传"), "陈立").text
    changed = "\n".join(
        [
            "# 垃圾分类",
            "| 事项 | 牵头 | 配合 | 完成时限 |",
            "|---|---|---|---|",
            "| 定标准 | 环保局 | 城管局 | 每周五 |",
        ]
    )
    fetched(session, "改.md", changed.encode())
    sent = only(drafted.say("陈立", START, files=["改.md"]), "陈立")
    assert sent.row("事项") == "1 项，1 家牵头，配合 1 项次"
    assert [(t.number, t.title) for t in session.exec(select(Task))] == [(1, "定标准")]
    assert len(session.exec(select(Initiative)).all()) == 1


def test_a_group_is_proposed_by_a_liaison_and_confirmed_by_the_office(
    drafted: Stage, session: Session
) -> None:
    sent = drafted.say("王磊", "本群用于垃圾分类", group="wecom")
    assert read(only(sent, "wecom#")) == "\n".join(
        ["【已请督查室确认】", "专项：垃圾分类", "确认前，本群不发任何事项。"]
    )
    question = only(sent, "陈立")
    assert read(question) == "\n".join(
        ["【请确认群】", "专项：垃圾分类", "群名：垃圾分类·城管（企业微信）", "提出：城管局 王磊"]
    )
    assert labels(question) == ["确认", "不是"]
    assert len(sent) == 2
    welcome = only(drafted.press("陈立", "确认"), "wecom#")
    assert welcome.title == "本群用于“垃圾分类”"
    assert "涉密、敏感信息" in welcome.text
    assert labels(welcome) == ["怎么用"]


def test_a_group_of_two_units_serves_both(drafted: Stage, session: Session) -> None:
    sent = drafted.say("许静", "本群用于垃圾分类", group="feishu")
    assert only(sent, "陈立").row("单位") == "社区办、物业协会"


def test_a_declined_group_is_told_to_whoever_proposed_it_alone(drafted: Stage, session: Session) -> None:
    drafted.say("王磊", "本群用于垃圾分类", group="wecom")
    sent = drafted.press("陈立", "不是")
    assert "没有确认" in only(sent, "王磊").text
    assert not to(sent, "wecom#")
    assert session.exec(select(InitiativeGroup.state)).all() == [GroupState.DECLINED]


def test_a_group_is_decided_once(drafted: Stage) -> None:
    drafted.say("王磊", "本群用于垃圾分类", group="wecom")
    held = drafted.button("陈立", "确认")
    drafted.press_held("陈立", held)
    assert "已经确认过了" in only(drafted.press_held("陈立", held), "陈立").text


def test_the_office_confirms_its_own_group_at_once(drafted: Stage) -> None:
    sent = drafted.say("陈立", "本群用于垃圾分类", group="dingtalk")
    assert only(sent, "dingtalk#").title == "本群用于“垃圾分类”"
    assert "不用再说" in only(drafted.say("陈立", "本群用于垃圾分类", group="dingtalk"), "陈立").text


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        ("丁凯", "本群用于垃圾分类", "由单位联络员办理"),
        ("王磊", "本群用于智慧交通", "没有找到专项“智慧交通”"),
    ],
)
def test_a_refused_proposal_is_answered_privately(drafted: Stage, name: str, text: str, words: str) -> None:
    sent = drafted.say(name, text, group="wecom")
    assert words in only(sent, name).text
    assert len(sent) == 1


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
    assert labels(sent) == ["下发", "暂不发"]


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
            "联络员李娜已收到。看清单请 @我 说：部门任务",
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


def test_a_draft_is_nobody_elses_business(drafted: Stage) -> None:
    for name in ("李娜", "何川"):
        assert "没有找到" in only(drafted.say(name, "看清单"), name).text


def test_a_group_confirmed_after_dispatch_hears_at_once_what_its_units_have(drafted: Stage) -> None:
    drafted.now = at(11, 23, 9, 5)
    drafted.say("陈立", "下发 依据市政办发〔2026〕31号")
    drafted.say("王磊", "本群用于垃圾分类", group="wecom")
    sent = to(drafted.press("陈立", "确认"), "wecom#")
    assert {message.title for message in sent} == {"本群用于“垃圾分类”", "垃圾分类任务已下发"}


def test_several_initiatives_are_told_apart_by_name(drafted: Stage, people: dict[str, Person]) -> None:
    other = "# 背街小巷\n| 事项 | 牵头 | 完成时限 |\n|---|---|---|\n| 清巷 | 城管局 | 每周五 |"
    fetched(drafted.session, "二.md", other.encode())
    drafted.say("陈立", "新建专项背街小巷，城管局牵头，今天启动", files=["二.md"])
    refused = only(drafted.say("陈立", "预览"), "陈立").text
    assert "“垃圾分类”、“背街小巷”" in refused
    assert "城管局：牵头 T9" in only(drafted.say("陈立", "预览 背街小巷"), "陈立").text
    assert only(drafted.press("陈立", "下发", title="城管局：牵头 T9"), "陈立").text.startswith(
        "“背街小巷”依据"
    )
    assert only(drafted.say("陈立", "市长办公会"), "陈立").title == "背街小巷已下发"
