"""The office adjusts: 调整时限, 终止; the original limit stays in sight."""

from sqlmodel import Session

from storage.models import ObligationState, Task, TaskState
from tests.commands.tasks.conftest import Matters
from tests.factories import Case, at
from tests.stage import Stage, only, to


def test_the_office_moves_a_limit_and_the_original_one_is_named(stage: Stage, matters: Matters) -> None:
    matters.make(1, "环保局", handler="高宁")
    sent = stage.say("陈立", "T1时限改到12月20日")
    assert only(sent, "高宁").text == "督查室调整了 T1 的时限：12月20日（周日），原 12月14日（周一）。"
    assert only(sent, "李娜").text == only(sent, "高宁").text
    assert (matters[1, 1].due_at, matters[1, 1].original_due_at) == (at(12, 20, 18), at(12, 14, 18))
    stage.say("陈立", "调整T1时限到12月21日")
    assert matters[1, 1].due_at == at(12, 21, 18)
    assert "按原来的办" in only(stage.say("陈立", "撤回"), "高宁").text
    assert matters[1, 1].due_at == at(12, 20, 18)


def test_a_past_day_is_asked_again(stage: Stage, matters: Matters) -> None:
    matters.make(1, "环保局", handler="高宁")
    assert "已经过了" in only(stage.say("陈立", "T1时限改到11月20日"), "陈立").text
    assert matters[1, 1].due_at == at(12, 14, 18)


def test_only_the_office_adjusts(stage: Stage, matters: Matters) -> None:
    matters.make(1, "环保局", handler="高宁")
    for name in ("高宁", "何川", "王磊", "周明"):
        for sentence in ("T1时限改到12月20日", "终止 T1 政策调整"):
            assert [s.to for s in stage.say(name, sentence)] == [name]
    assert matters[1, 1].due_at == at(12, 14, 18)
    assert matters[1, 1].state is ObligationState.IN_PROGRESS


def test_an_ended_matter_is_told_with_its_reason_privately_and_without_in_the_groups(
    stage: Stage, session: Session, case: Case, matters: Matters
) -> None:
    task = matters.make(1, "环保局", "城管局", handler="高宁")
    sent = stage.say("陈立", "终止 T1 政策调整")
    assert only(sent, "高宁").text == "T1 已终止：政策调整。不用再办，也不计分。"
    assert to(sent, "王磊")
    assert only(sent, "dingtalk#").text == "T1 分类标准 已终止，不用再办。"
    assert session.get_one(Task, task.id).state is TaskState.CANCELLED
    assert {matters[1, 1].state, matters[1, 2].state} == {ObligationState.CANCELLED}
    assert "终止" in only(stage.say("陈立", "终止 T1 又说一遍"), "陈立").text
    stage.say("陈立", "撤回")
    assert session.get_one(Task, task.id).state is TaskState.ACTIVE
    assert matters[1, 1].state is ObligationState.IN_PROGRESS


def test_an_end_without_a_reason_asks_for_it(stage: Stage, matters: Matters) -> None:
    matters.make(1, "环保局", handler="高宁")
    assert "理由" in only(stage.say("陈立", "终止 T1"), "陈立").text
    assert "政策调整" in only(stage.say("陈立", "政策调整"), "高宁").text
