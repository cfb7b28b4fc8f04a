"""呈审定: the leader's word on a division of work before it is sent out."""

import pytest
from sqlmodel import Session, col, select

from storage.models import AuditEntry, Initiative, Role, RoleGrant
from tests.commands.initiatives.conftest import SENT, START, labels, read
from tests.stage import Stage, only, to

LEADER = "周明"


@pytest.fixture
def handed_up(drafted: Stage) -> Stage:
    drafted.say("陈立", "预览")
    drafted.press("陈立", "呈审定")
    return drafted


def test_the_leader_reads_the_plan_in_few_words_and_the_office_that_he_was_asked(drafted: Stage) -> None:
    assert labels(only(drafted.say("陈立", "预览"), "陈立")) == ["下发", "呈审定", "暂不发"]
    sent = drafted.press("陈立", "呈审定")
    asked = only(sent, LEADER)
    assert read(asked).splitlines() == [
        "【请您审定：垃圾分类任务分工】",
        "启动：11月23日（周一）",
        "事项：8 项，4 家牵头，配合 13 项次",
        "最早：11月27日（周五），指导居民正确投放",
        "最晚：2027年1月5日（周二），联合入户宣传",
        "呈报：督查室 陈立",
        "您同意以后，由督查室写明依据下发；现在还没有发给任何单位。",
    ]
    assert labels(asked) == ["同意下发", "不同意", "看全表"]
    answer = only(sent, "陈立").text
    assert answer.startswith("“垃圾分类”的任务分工已呈周副市长审定，答复了告诉您。")
    assert len(sent) == 2


def test_who_is_asked_may_look_at_the_whole_table(handed_up: Stage) -> None:
    whole = only(handed_up.press(LEADER, "看全表"), LEADER).text
    assert "T5 设置分类投放点：物业协会牵头，社区办配合" in whole
    assert handed_up.button(LEADER, "同意下发")


def test_the_office_hears_the_consent_and_sends_it_out_with_its_basis(handed_up: Stage) -> None:
    sent = handed_up.press(LEADER, "同意下发")
    assert "同意下发“垃圾分类”" in only(sent, LEADER).text
    news = only(sent, "陈立")
    assert news.title == "周副市长同意下发"
    assert "依据什么下发" in only(handed_up.press("陈立", "下发", title="同意下发"), "陈立").text
    assert to(handed_up.say("陈立", "市政办发〔2026〕31号"), "李娜")[0].title == "环保局牵头 4 项，请签收"


def test_a_refusal_asks_for_a_word_and_passes_it_on_as_said(handed_up: Stage) -> None:
    assert "要改哪里" in only(handed_up.press(LEADER, "不同意"), LEADER).text
    sent = handed_up.say(LEADER, "投放点应由社区办牵头，先和他们商量")
    assert "没有同意下发“垃圾分类”：投放点应由社区办牵头，先和他们商量" in only(sent, "陈立").text
    assert "已经答复过了" in only(handed_up.press(LEADER, "同意下发"), LEADER).text


@pytest.mark.parametrize(
    "words", ["T5改由社区办牵头", "T5 退回重办，投放点太少", "T7的时限调整到12月20日再发"]
)
def test_a_refusal_s_word_may_name_a_matter(handed_up: Stage, words: str) -> None:
    handed_up.press(LEADER, "不同意")
    sent = handed_up.say(LEADER, words)
    assert f"没有同意下发“垃圾分类”：{words}" in only(sent, "陈立").text


def test_a_typed_answer_counts_as_well(handed_up: Stage) -> None:
    sent = handed_up.say(LEADER, "不同意下发，太急")
    assert "：太急" in only(sent, "陈立").text


def test_both_can_be_taken_back(handed_up: Stage) -> None:
    handed_up.press(LEADER, "同意下发")
    assert "已有答复" in only(handed_up.say("陈立", "撤回"), "陈立").text
    sent = handed_up.say(LEADER, "撤回")
    assert "收回了" in only(sent, "陈立").text
    assert only(handed_up.say(LEADER, "同意下发"), "陈立").title == "周副市长同意下发"
    handed_up.say(LEADER, "撤回")

    sent = handed_up.say("陈立", "撤回")
    assert "不用您审定了" in only(sent, LEADER).text
    assert "没有等您审定" in only(handed_up.say(LEADER, "同意下发"), LEADER).text


def test_the_same_plan_is_handed_up_once_and_a_new_table_takes_its_place(handed_up: Stage) -> None:
    assert "正等答复" in only(handed_up.say("陈立", "呈审定"), "陈立").text
    held = handed_up.button(LEADER, "同意下发")
    handed_up.say("陈立", START, files=[SENT])
    assert "已经收回或改过" in only(handed_up.press_held(LEADER, held), LEADER).text
    handed_up.say("陈立", "都按周五")
    sent = handed_up.say("陈立", "呈审定")
    assert only(sent, LEADER).title == "请您审定：垃圾分类任务分工"
    assert "已经收回或改过" in only(handed_up.press_held(LEADER, held), LEADER).text
    assert only(handed_up.press(LEADER, "同意下发"), "陈立").title == "周副市长同意下发"


def test_what_was_sent_out_meanwhile_needs_no_word(handed_up: Stage) -> None:
    handed_up.say("陈立", "下发 依据市政办发〔2026〕31号")
    assert "已经下发，不用再审定" in only(handed_up.press(LEADER, "同意下发"), LEADER).text


def test_what_is_not_settled_is_not_handed_up(stage: Stage) -> None:
    stage.say("陈立", START, files=[SENT])
    assert "还没定周几" in only(stage.say("陈立", "呈审定"), "陈立").text


def test_without_a_leader_the_office_is_told_what_to_do(drafted: Stage, session: Session) -> None:
    for grant in session.exec(select(RoleGrant).where(RoleGrant.role == Role.LEADER)):
        session.delete(grant)
    for one in session.exec(select(Initiative)):
        one.leader_id = None
    session.flush()
    assert "还没有写明领导" in only(drafted.say("陈立", "呈审定"), "陈立").text


def test_every_step_is_in_the_record(handed_up: Stage, session: Session) -> None:
    handed_up.press(LEADER, "同意下发")
    handed_up.say(LEADER, "撤回")
    handed_up.say("陈立", "撤回")
    steps = {"submit", "approve", "answer_back", "submit_back"}
    entries = session.exec(select(AuditEntry).order_by(col(AuditEntry.id))).all()
    said = [entry.action.removeprefix("initiative.") for entry in entries]
    assert [one for one in said if one in steps] == ["submit", "approve", "answer_back", "submit_back"]
