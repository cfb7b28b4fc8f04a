"""From the 任务分工表 to drafts that the office looks at (1.01, 1.02)."""

from datetime import timedelta

import pytest
from sqlmodel import Session, select

from commands.errors import NotYet
from storage.models import (
    Attachment,
    Initiative,
    OutboxEntry,
    OutboxState,
    Person,
    Task,
)
from tests.commands.initiatives.conftest import SENT, START, fetched, labels, read
from tests.stage import Stage, only


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
    received = only(stage.say("陈立", files=[SENT]), "陈立").text
    assert received.endswith("要新建专项，请说“新建专项垃圾分类，环保局牵头”。")
    assert only(stage.say("陈立", START), "陈立").title == "任务分工表已读，请核对"
    assert session.exec(select(Attachment)).all() == []


def test_what_to_say_about_a_table_is_not_told_to_who_says_it_at_once(stage: Stage, session: Session) -> None:
    stage.say("陈立", files=[SENT])
    (told,) = session.exec(select(OutboxEntry)).all()
    assert timedelta(0) < told.due_at - stage.now <= timedelta(seconds=10)
    assert told.state is OutboxState.DUE
    stage.say("陈立", START)
    session.refresh(told)
    assert told.state is OutboxState.WITHDRAWN


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


def test_a_draft_is_nobody_elses_business(drafted: Stage) -> None:
    for name in ("李娜", "何川"):
        assert "没有找到" in only(drafted.say(name, "看清单"), name).text


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
