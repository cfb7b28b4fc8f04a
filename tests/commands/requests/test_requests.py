"""资源申请: made in one sentence, decided step by step, by nobody for themselves."""

from datetime import date, timedelta

import pytest
from apscheduler.triggers.cron import CronTrigger
from sqlmodel import Session, col, select

from commands.calendar import SHANGHAI
from commands.command import Catalogue, World
from commands.notify import Channels
from commands.requests.jobs import jobs
from commands.requests.operations.listing import for_mornings
from storage.clock import Moment
from storage.job_runs import JobRunState
from storage.models import (
    AuditEntry,
    Leave,
    OutboxEntry,
    RequestState,
    RequestStep,
    ResourceRequest,
    Role,
    StepState,
)
from tests.factories import Case, at, grant, make_account
from tests.stage import BINDINGS, Stage, only, to

LADDER_TRUCK = "想借城管局的云梯车一台，下周二至周四用，查外墙"


def row(session: Session, number: int = 1) -> ResourceRequest:
    session.flush()
    return session.exec(select(ResourceRequest).where(ResourceRequest.number == number)).one()


def steps(session: Session, number: int = 1) -> list[RequestStep]:
    query = select(RequestStep).where(RequestStep.request_id == row(session, number).id)
    return list(session.exec(query.order_by(col(RequestStep.position))))


def asked(stage: Stage, name: str = "高宁", sentence: str = LADDER_TRUCK) -> None:
    """何川 has it first, then 王磊."""
    stage.say(name, sentence)
    stage.press(name, "提交")


def clock(session: Session, stage: Stage) -> None:
    """The job, at the stage's time."""
    world = World(Channels(key=b"k" * 32, apps={name: name for name in BINDINGS}), Catalogue(()))
    (job,) = jobs(world)
    run = JobRunState(1, job.id, stage.now, "", 1, False)
    job.chunk(session, run, Moment(stage.now, stage.now))
    session.flush()


def titles_to(session: Session, case: Case, name: str) -> list[str]:
    query = select(OutboxEntry).where(OutboxEntry.person_id == case[name].id).order_by(col(OutboxEntry.id))
    return [entry.body for entry in session.exec(query)]


def test_one_sentence_is_checked_numbered_and_decided_in_two_steps(stage: Stage, session: Session) -> None:
    shown = only(stage.say("高宁", LADDER_TRUCK), "高宁")
    assert shown.title == "资源申请，请核对"
    assert shown.row("要什么") == "云梯车 1 台"
    assert shown.row("时间") == "12月15日—12月17日（周四）"
    assert shown.row("用途") == "查外墙"
    assert shown.row("向谁") == "城管局"
    assert shown.row("流程") == "何川，再到王磊"

    sent = stage.press("高宁", "提交")
    assert only(sent, "高宁").text.startswith("R1 已送何川，结果告诉您。")
    first = only(sent, "何川")
    assert first.title == "R1 资源申请，请审批"
    assert first.row("单位") == "环保局 高宁"
    assert first.row("时限") == "12月10日（周四）09:30"
    assert to(sent, "王磊") == []

    stage.now = at(12, 9, 11)
    sent = stage.press("何川", "同意")
    assert "R1 已同意：云梯车 1 台，12月15日—12月17日（周四），再到王磊。" in only(sent, "何川").text
    assert only(sent, "王磊").title == "R1 资源申请，请审批"

    stage.now = at(12, 9, 14)
    done = only(stage.say("王磊", "同意 R1"), "高宁")
    assert done.title == "R1 已同意"
    assert [r.value for r in done.message.rows if r.key == "审批"] == [  # type: ignore[union-attr]
        "环保局何川，用 1.5 小时",
        "城管局王磊，用 2 小时",
    ]
    assert done.row("合计") == "3.5 小时"
    assert row(session).state is RequestState.APPROVED


def test_a_refusal_gives_its_reason_and_ends_it(stage: Stage, session: Session) -> None:
    asked(stage)
    assert "写一句就行" in only(stage.press("何川", "不同意"), "何川").text
    done = only(stage.say("何川", "先用自有车"), "高宁")
    assert done.title == "R1 没有同意"
    assert "理由：先用自有车" in done.text
    assert [s.state for s in steps(session)] == [StepState.REJECTED, StepState.VOID]
    assert (
        "已由环保局何川于12月9日（周三）09:30答复：不同意" in only(stage.say("何川", "同意 R1"), "何川").text
    )


def test_units_side_by_side_decide_at_once(stage: Stage, session: Session, case: Case) -> None:
    case.initiative.rules = {"request_route": "parallel"}
    session.flush()
    assert only(stage.say("高宁", LADDER_TRUCK), "高宁").row("流程") == "何川、王磊同时审批"
    sent = stage.press("高宁", "提交")
    assert only(sent, "何川").title == only(sent, "王磊").title
    stage.press("王磊", "同意")
    assert row(session).state is RequestState.OPEN
    assert only(stage.press("何川", "同意"), "高宁").title == "R1 已同意"


def test_what_nobody_owns_goes_to_the_office(stage: Stage, session: Session) -> None:
    asked(stage, sentence="申请2台执法车 周四用 因联合检查")
    assert row(session).quantity == "2"
    sent = stage.press("何川", "同意")
    assert {s.to for s in sent if "请审批" in s.title and not s.redrawn} == {"陈立", "赵敏"}


def test_nobody_approves_their_own_whatever_account(stage: Stage, session: Session, case: Case) -> None:
    asked(stage, name="何川")  # the unit's own vice head: its next level up is the office
    assert steps(session)[0].role is Role.OFFICE
    make_account(session, case["何川"], "wecom")
    for account in (0, 1):
        refused = only(stage.say("何川", "同意 R1", account=account), "何川")
        assert "是您自己提的，由别人审批" in refused.text
    grant(session, case["何川"], Role.OFFICE)
    assert "是您自己提的" in only(stage.say("何川", "同意 R1"), "何川").text
    assert steps(session)[0].state is StepState.OPEN


@pytest.mark.parametrize("name", ["丁凯", "秦月", "王磊", "李娜", "陈立"])
def test_only_who_is_asked_decides(stage: Stage, session: Session, name: str) -> None:
    asked(stage)
    for sentence in ("同意 R1", "不同意 R1 没车"):
        assert [s.to for s in stage.say(name, sentence)] == [name]
    assert steps(session)[0].state is StepState.OPEN


def test_strangers_do_not_learn_that_it_exists(stage: Stage) -> None:
    asked(stage)
    assert only(stage.say("许静", "R1"), "许静").text.startswith("没有找到 R1。")
    assert only(stage.say("许静", "R9"), "许静").text.startswith("没有找到 R9。")


def test_a_changed_amount_makes_old_cards_stale_and_asks_anew(stage: Stage, session: Session) -> None:
    asked(stage)
    held = stage.button("何川", "同意")
    sent = stage.say("高宁", "R1 改成3台")
    assert only(sent, "何川").row("要什么") == "云梯车 3 台"
    stale = only(stage.press_held("何川", held), "何川")
    assert stale.text == "R1 改过：云梯车 3 台，12月15日—12月17日（周四）。请看最新的一张。"
    assert steps(session)[0].state is StepState.OPEN
    stage.press("何川", "同意")
    assert "已由环保局何川于" in only(stage.say("何川", "不同意 R1 又想了想"), "何川").text
    stage.say("高宁", "R1 改成4台")
    assert [s.state for s in steps(session)] == [StepState.OPEN, StepState.LATER]


def test_who_asked_withdraws_it(stage: Stage, session: Session) -> None:
    asked(stage)
    sent = stage.say("高宁", "撤回 R1")
    assert "R1 已由高宁撤回" in only(sent, "何川").text
    assert row(session).state is RequestState.WITHDRAWN
    assert "已由高宁撤回" in only(stage.press("何川", "同意"), "何川").text
    assert "由其本人" in only(stage.say("何川", "撤回 R1"), "何川").text


def test_a_fresh_request_is_taken_back_like_any_step(stage: Stage, session: Session) -> None:
    asked(stage)
    assert "R1" in only(stage.say("高宁", "撤回"), "何川").text
    assert row(session).state is RequestState.WITHDRAWN


def test_it_is_handed_on_but_not_to_who_asked(stage: Stage, session: Session) -> None:
    asked(stage)
    assert "不能由本人审批" in only(stage.say("何川", "R1 转给高宁"), "何川").text
    sent = stage.say("何川", "R1 转给李娜")
    assert only(sent, "李娜").title == "R1 资源申请，请审批"
    assert "现在由李娜审批" in only(stage.say("何川", "同意 R1"), "何川").text
    stage.press("李娜", "同意")
    assert steps(session)[0].state is StepState.APPROVED


def test_a_step_past_its_time_goes_one_level_up_once(stage: Stage, session: Session, case: Case) -> None:
    asked(stage)
    stage.now = at(12, 10, 9, 29)
    clock(session, stage)
    assert steps(session)[0].role is Role.VICE_HEAD
    stage.now = at(12, 10, 9, 30)
    clock(session, stage)
    clock(session, stage)
    (raised, _) = steps(session)
    session.refresh(raised)
    assert (raised.role, raised.due_at) == (Role.OFFICE, at(12, 11, 9, 30))
    assert sum("请审批" in body for body in titles_to(session, case, "陈立")) == 1
    assert "上一级到时没有答复" in titles_to(session, case, "陈立")[-1]
    assert "现在由陈立、赵敏审批" in only(stage.say("何川", "同意 R1"), "何川").text
    stage.say("赵敏", "同意 R1")
    assert steps(session)[0].state is StepState.APPROVED


def test_a_deputy_decides_and_both_names_are_kept(stage: Stage, session: Session, case: Case) -> None:
    session.add(
        Leave(
            person_id=case["何川"].id,
            deputy_id=case["李娜"].id,
            starts_on=date(2026, 12, 9),
            ends_on=date(2026, 12, 11),
            created_at=at(12, 8),
        )
    )
    session.flush()
    stage.say("高宁", LADDER_TRUCK)
    sent = stage.press("高宁", "提交")
    assert only(sent, "李娜").title == "R1 资源申请，请审批"
    assert to(sent, "何川") == []
    assert "R1" in only(stage.say("李娜", "待我审批"), "李娜").text
    stage.press("李娜", "同意")
    done = only(stage.say("王磊", "同意 R1"), "高宁")
    assert "环保局李娜代何川" in done.text


def test_a_deputy_never_decides_their_own(stage: Stage, session: Session, case: Case) -> None:
    session.add(
        Leave(
            person_id=case["何川"].id,
            deputy_id=case["高宁"].id,
            starts_on=date(2026, 12, 9),
            ends_on=date(2026, 12, 11),
            created_at=at(12, 8),
        )
    )
    session.flush()
    asked(stage)
    assert "是您自己提的" in only(stage.say("高宁", "同意 R1"), "高宁").text
    assert steps(session)[0].state is StepState.OPEN


def test_several_are_decided_in_one_sentence(stage: Stage, session: Session) -> None:
    asked(stage)
    asked(stage, sentence="想借城管局的发电机两台，周五用，夜间照明")
    listed = only(stage.say("何川", "待我审批"), "何川").text
    assert "待您审批 2 份" in listed
    assert "“R1、R2一并通过”" in listed
    answer = only(stage.say("何川", "R1、R2一并通过"), "何川").text
    assert "R1 已同意" in answer
    assert "R2 已同意" in answer
    assert [steps(session, n)[0].state for n in (1, 2)] == [StepState.APPROVED] * 2


def test_one_that_cannot_be_decided_stops_the_whole_sentence(stage: Stage, session: Session) -> None:
    asked(stage)
    asked(stage, name="何川", sentence="想借城管局的发电机两台，周五用，夜间照明")
    stage.say("何川", "R1、R2一并通过")
    assert steps(session, 1)[0].state is StepState.OPEN


def test_it_is_urged_once_a_half_day_in_the_offices_name(stage: Stage, session: Session) -> None:
    asked(stage)
    sent = stage.say("高宁", "催一下 R1")
    assert only(sent, "何川").text.startswith("督查室催办：R1 环保局 高宁申请云梯车 1 台")
    assert "上午已催过" in only(stage.say("高宁", "催一下 R1"), "高宁").text
    assert "没有找到您提的 R1" in only(stage.say("许静", "催一下 R1"), "许静").text


def test_where_it_is_can_be_asked(stage: Stage) -> None:
    asked(stage)
    shown = only(stage.say("高宁", "R1 到哪一步了"), "高宁")
    assert shown.row("状态") == "在审批"
    assert shown.row("第 1 步") == "等何川"
    assert "R1" in only(stage.say("高宁", "我的申请"), "高宁").text


def test_every_change_is_in_the_record(stage: Stage, session: Session) -> None:
    asked(stage)
    stage.say("高宁", "R1 改成3台")
    stage.press("何川", "同意")
    stage.say("王磊", "同意 R1")
    query = select(AuditEntry).where(AuditEntry.object == f"resource_request:{row(session).id}")
    actions = [entry.action for entry in session.exec(query.order_by(col(AuditEntry.id)))]
    assert actions == ["submit_request", "change_request", "approve_request", "approve_request"]


def test_what_waits_is_on_the_morning_card(stage: Stage, session: Session, case: Case) -> None:
    people = [person.id for person in case.people.values()]
    assert for_mornings(session, people, stage.now) == {}
    asked(stage)
    session.flush()
    assert for_mornings(session, people, stage.now) == {case["何川"].id: [("待审批", "R1")]}
    stage.press("何川", "同意")
    session.flush()
    assert for_mornings(session, people, stage.now) == {case["王磊"].id: [("待审批", "R1")]}


def test_nobody_is_asked_on_a_day_off_or_after_hours(stage: Stage, session: Session, case: Case) -> None:
    stage.now = at(12, 11, 9)  # a Friday; the step ends at 18:00
    asked(stage)
    for day, hour in ((12, 10), (13, 10), (11, 22)):
        stage.now = at(12, day, hour)
        clock(session, stage)
        assert steps(session)[0].raised_at is None
    stage.now = at(12, 14, 9)
    clock(session, stage)
    assert steps(session)[0].raised_at == stage.now


def test_the_clock_looks_in_working_hours_only() -> None:
    world = World(Channels(key=b"k" * 32, apps={}), Catalogue(()))
    (job,) = jobs(world)
    trigger = CronTrigger(**job.trigger, timezone=SHANGHAI)
    fired = []
    fires = trigger.get_next_fire_time(None, at(12, 9, 0))
    while fires is not None and fires < at(12, 10, 0):
        fired.append(fires)
        fires = trigger.get_next_fire_time(fires, fires + timedelta(seconds=1))
    assert (fired[0], fired[-1]) == (at(12, 9, 9), at(12, 9, 18, 50))
    assert at(12, 9, 18) in fired
