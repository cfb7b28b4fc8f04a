"""日报: one text is the log and the progress of what it names."""

import json
from datetime import date

import pytest
from sqlmodel import Session, col, select

from commands.tasks.operations.changing import values_of
from connectors.chat import Card
from storage.models import AuditEntry, LogKind, Progress, Task, WorkLog
from tests.factories import Case
from tests.stage import Sent, Stage, only, to

TODAY = "日报：上午T7查了12处、劝导9起；下午补T1材料；明天去北门"


def rows(sent: Sent) -> list[tuple[str, str]]:
    assert isinstance(sent.message, Card)
    return [(row.key, row.value) for row in sent.message.rows]


def remark(sent: Sent) -> str:
    assert isinstance(sent.message, Card)
    return sent.message.remark


def notes(session: Session, *, counting: bool = True) -> list[str]:
    query = select(Progress.note).order_by(col(Progress.id))
    if counting:
        query = query.where(col(Progress.withdrawn_at).is_(None))
    return list(session.exec(query))


def logs(session: Session) -> list[WorkLog]:
    standing = select(WorkLog).where(col(WorkLog.withdrawn_at).is_(None)).order_by(col(WorkLog.id))
    return list(session.exec(standing))


def test_one_text_in_the_group_is_the_log_and_the_progress(session: Session, stage: Stage) -> None:
    shown = only(stage.say("丁凯", TODAY, group="wecom"), "wecom#")
    assert shown.title == "日报已记 12月9日（周三）"
    assert rows(shown) == [("T7", "检查 12 处，劝导 9 起"), ("T1", "补材料"), ("明天", "去北门")]
    assert remark(shown) == "T7 进展已一并更新，不用再报。"
    assert isinstance(shown.message, Card)
    assert [button.label for button in shown.message.buttons] == ["更正", "撤回"]
    assert notes(session) == ["查了12处、劝导9起"]
    assert [(log.day, log.late, log.plan) for log in logs(session)] == [
        (date(2026, 12, 9), False, ["去北门"])
    ]


@pytest.mark.parametrize("words", ["刚才那条不算", "撤回"])
def test_taking_it_back_takes_back_the_progress_as_well(session: Session, stage: Stage, words: str) -> None:
    stage.say("丁凯", TODAY, group="wecom")
    stage.later(minutes=2)
    assert only(stage.say("丁凯", words, group="wecom"), "wecom#").text == "已撤回 16:50 的日报和 T7 进展。"
    assert notes(session) == []
    assert logs(session) == []
    stage.later(minutes=1)
    stage.say("丁凯", "日报：上午T7查了13处；明天去北门", group="wecom")
    assert notes(session) == ["查了13处"]


def test_the_words_of_taking_it_back(stage: Stage) -> None:
    stage.say("丁凯", TODAY)
    stage.later(minutes=2)
    assert only(stage.press("丁凯", "撤回"), "丁凯").text == "已撤回 16:50 的日报和 T7 进展。"


def test_after_ten_minutes_it_stays(session: Session, stage: Stage) -> None:
    stage.say("丁凯", TODAY)
    stage.later(minutes=11)
    assert "超过 10 分钟" in only(stage.say("丁凯", "撤回"), "丁凯").text
    assert len(logs(session)) == 1


def test_a_second_log_is_added_and_says_so(session: Session, stage: Stage) -> None:
    stage.say("丁凯", TODAY)
    stage.later(minutes=30)
    shown = only(stage.say("丁凯", "日报：T21清了六条巷；开协调会"), "丁凯")
    assert remark(shown).startswith(
        "接在 16:50 那条后面，原来的还在。T21 进展已一并更新，不用再报。T21 已一并签收。"
    )
    assert [key for key, _ in rows(shown)] == ["T7", "T1", "T21", "其他", "明天"]
    assert notes(session) == ["查了12处、劝导9起", "清了六条巷"]
    stage.say("丁凯", "撤回")
    assert notes(session) == ["查了12处、劝导9起"]
    assert [log.done for log in logs(session)] == [["T7查了12处、劝导9起", "补T1材料"]]


def test_what_was_said_already_is_not_written_twice(session: Session, stage: Stage) -> None:
    stage.say("丁凯", TODAY)
    assert "已经记过" in only(stage.say("丁凯", TODAY), "丁凯").text
    assert notes(session) == ["查了12处、劝导9起"]


def test_an_earlier_day_is_marked_as_filled_in(session: Session, stage: Stage) -> None:
    shown = only(stage.say("丁凯", "补周四的日志：T7走访三家企业"), "丁凯")
    assert shown.title == "日报已记（补） 12月3日（周四）"
    assert notes(session) == ["12月3日（周四）：走访三家企业"]
    assert [(log.day, log.late) for log in logs(session)] == [(date(2026, 12, 3), True)]


def test_somebody_elses_matter_gets_no_progress_and_that_is_said(session: Session, stage: Stage) -> None:
    shown = only(stage.say("丁凯", "日报：T2帮忙查了两处；T99开了会；T7查了3处"), "丁凯")
    assert "T2 由环保局办理" in remark(shown)
    assert "没有找到 T99" in remark(shown)
    assert notes(session) == ["查了3处"]


def test_in_a_group_that_is_said_privately(stage: Stage) -> None:
    sent = stage.say("丁凯", "日报：T2帮忙查了两处", group="wecom")
    assert "环保局" not in only(sent, "wecom#").text
    assert "T2 由环保局办理" in only(sent, "丁凯").text


def test_commas_stay_with_the_matter_they_follow(session: Session, stage: Stage) -> None:
    shown = only(stage.say("丁凯", "日报：T7查了12处，劝导9起；下午开会"), "丁凯")
    assert rows(shown) == [("T7", "检查 12 处，劝导 9 起"), ("其他", "开会")]
    assert notes(session) == ["查了12处，劝导9起"]


def test_correcting_rewrites_both_and_keeps_what_was_said(session: Session, stage: Stage) -> None:
    stage.say("丁凯", TODAY)
    stage.later(minutes=5)
    shown = only(stage.say("丁凯", "更正日报：上午T7查了13处；T21清了两条巷"), "丁凯")
    assert shown.title == "日报已更正 12月9日（周三）"
    assert notes(session) == ["查了13处", "清了两条巷"]
    assert notes(session, counting=False) == ["查了12处、劝导9起", "查了13处", "清了两条巷"]
    assert [log.done for log in logs(session)] == [["T7查了13处", "T21清了两条巷"]]
    entries = session.exec(select(AuditEntry).where(AuditEntry.action == "log_corrected")).all()
    assert len(entries) == 1
    assert "12处" in (entries[0].body or "")
    stage.say("丁凯", "撤回")
    assert notes(session) == ["查了12处、劝导9起"]
    assert [log.plan for log in logs(session)] == [["去北门"]]


def test_the_button_asks_for_the_whole_text(session: Session, stage: Stage) -> None:
    stage.say("丁凯", "日报：开协调会")
    assert "整条再说一遍" in only(stage.press("丁凯", "更正"), "丁凯").text
    stage.say("丁凯", "开了两次协调会")
    assert [log.done for log in logs(session)] == [["开了两次协调会"]]


def test_the_answer_belongs_to_the_day_it_was_asked_about(session: Session, stage: Stage) -> None:
    stage.say("丁凯", "昨天的日志补一下")
    stage.say("丁凯", "走访三家企业")
    assert [(log.day, log.late, log.done) for log in logs(session)] == [
        (date(2026, 12, 8), True, ["走访三家企业"])
    ]
    stage.later(minutes=1)
    stage.say("丁凯", "日报：开协调会")
    shown = only(stage.say("丁凯", "更正昨天的日报：走访四家企业"), "丁凯")
    assert shown.title == "日报已更正（补） 12月8日（周二）"
    assert [log.done for log in logs(session)] == [["走访四家企业"], ["开协调会"]]


def test_the_record_says_what_the_log_says(session: Session, stage: Stage) -> None:
    for words in (TODAY, "日报：T21清了六条巷", "撤回", "更正日报：T7查了13处", "撤回"):
        stage.say("丁凯", words)
        row = logs(session)[0]
        said: dict[str, object] = {}
        for body in session.exec(
            select(AuditEntry.body)
            .where(AuditEntry.object == f"work_log:{row.id}")
            .order_by(col(AuditEntry.id))
        ):
            said |= json.loads(body or "{}")["after"]
        assert said == values_of(row)


def test_who_filed_no_log_has_none_to_correct(stage: Stage) -> None:
    assert "还没有您的日报" in only(stage.say("丁凯", "更正日报：查了13处"), "丁凯").text


def test_a_draft_is_made_of_the_days_record_and_writes_no_progress_again(
    session: Session, stage: Stage, tasks: dict[int, Task]
) -> None:
    stage.say("丁凯", "T7 查了12处")
    stage.say("丁凯", "签收 T21")
    shown = only(stage.say("丁凯", "写日报"), "丁凯")
    assert shown.title == "日报草稿 12月9日（周三）"
    assert rows(shown) == [("T7", "检查 12 处"), ("T21", "签收")]
    assert only(stage.press("丁凯", "记下"), "丁凯").title == "日报已记 12月9日（周三）"
    assert notes(session) == ["查了12处"]
    assert [log.done for log in logs(session)] == [["T7查了12处", "T21签收"]]
    assert "没有还没写进日报" in only(stage.say("丁凯", "写日报"), "丁凯").text


def test_a_weeks_summary_is_kept_and_reports_nothing(session: Session, stage: Stage) -> None:
    shown = only(stage.say("丁凯", "本周小结：办结3项，滞后1项（T7），请求协调经费"), "丁凯")
    assert shown.title == "周小结已记 12月7日至12月11日"
    assert notes(session) == []
    assert [(log.kind, log.day) for log in logs(session)] == [(LogKind.WEEK, date(2026, 12, 7))]


def test_a_log_without_a_word_is_asked_for(session: Session, stage: Stage) -> None:
    assert "做了什么" in only(stage.say("丁凯", "日报"), "丁凯").text
    stage.say("丁凯", "开协调会")
    assert [log.done for log in logs(session)] == [["开协调会"]]


def test_the_office_sees_every_unit_and_a_liaison_their_own(case: Case, stage: Stage) -> None:
    assert rows(only(stage.say("陈立", "谁没交日报"), "陈立")) == [
        ("环保局", "1 人，高宁"),
        ("城管局", "1 人，丁凯"),
    ]
    assert rows(only(stage.say("王磊", "谁没交日报", group="wecom"), "王磊")) == [("城管局", "1 人，丁凯")]
    stage.say("丁凯", "T7 查了12处")
    assert only(stage.say("王磊", "谁没交日报"), "王磊").text == "12月9日（周三）都交了日报或报了进展。"


def test_anybody_else_is_told_whose_it_is(stage: Stage) -> None:
    sent = stage.say("丁凯", "谁没交日报", group="wecom")
    assert to(sent, "wecom#") == []
    assert only(sent, "丁凯").text == "谁没交日报，由督查室和各单位联络员看。"
