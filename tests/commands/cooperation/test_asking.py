"""受阻 and 商请, from the sentence to 够用了, as in the second day of the case."""

import pytest
from sqlmodel import Session, select

from storage.models import (
    Answer,
    ClockDecision,
    CooperationRequest,
    CooperationState,
    Obligation,
    ObligationState,
)
from tests.factories import Case, at
from tests.stage import Stage, only, to

BLOCKED = "T21卡住了，等社区办给北门两条巷的住户名单"


def row(session: Session) -> CooperationRequest:
    session.flush()
    return session.exec(select(CooperationRequest).order_by(CooperationRequest.id.desc())).all()[0]  # type: ignore[attr-defined]


def asked(stage: Stage) -> None:
    """许静 has the request, 陈立 the question about the clock."""
    stage.say("丁凯", BLOCKED)
    stage.press("丁凯", "明天中午")
    stage.press("丁凯", "发出")


def test_being_blocked_asks_the_other_unit_in_the_offices_name(
    stage: Stage, session: Session, t21: Obligation
) -> None:
    first = only(stage.say("丁凯", BLOCKED), "丁凯")
    assert first.text.startswith("【T21 等社区办】\n要什么：北门两条巷的住户名单\n哪天要？")
    shown = only(stage.press("丁凯", "明天中午"), "丁凯")
    assert shown.title == "商请社区办，请核对"
    assert shown.row("要什么") == "北门两条巷的住户名单"
    assert shown.row("时限") == "12月10日（周四）12:00"
    assert shown.row("署名") == "督查室转城管局商请"
    assert "名单含个人信息，只发到您私聊。" in shown.text

    sent = stage.press("丁凯", "发出")
    assert only(sent, "丁凯").text.startswith("已发许静。T21 是否暂停计时，由督查室定，定了告诉您。")
    card = only(sent, "许静")
    assert card.title == "督查室转：城管局商请协助"
    assert card.row("事由") == "T21 背街小巷清理"
    assert card.row("要什么") == "北门两条巷的住户名单"
    assert card.row("时限") == "12月10日（周四）12:00"
    office = only(sent, "陈立")
    assert office.title == "T21 受阻，请定"
    assert office.row("单位") == "城管局，等社区办"
    assert office.row("时限") == "12月18日（周五）"
    assert not [s for s in sent if s.to.endswith("#")]


def test_yes_keep_the_clock_and_the_file_in_time(stage: Stage, session: Session, t21: Obligation) -> None:
    asked(stage)
    stage.now = at(12, 9, 9, 50)
    sent = stage.press("许静", "可以")
    assert only(sent, "许静").text.startswith("已告知城管局丁凯。文件请私聊发我，写上 T21。")
    assert only(sent, "丁凯").text == "社区办许静答复：可以，12月10日（周四）12:00 前给。"

    stage.now = at(12, 9, 9, 58)
    kept = only(stage.press("陈立", "照常计时"), "丁凯")
    assert kept.text == "T21 照常计时，时限 12月18日（周五）。社区办若晚给，晚几天顺延几天。"

    stage.now = at(12, 10, 11, 20)
    sent = stage.say("许静", "给T21", files=["北门住户.xlsx"])
    assert only(sent, "许静").text.startswith("已转城管局丁凯。")
    given = only(sent, "丁凯")
    assert given.title == "社区办已提供 T21 材料"
    assert given.row("时间") == "12月10日（周四）11:20，按时"
    assert given.row("材料") == "北门住户.xlsx"

    sent = stage.press("丁凯", "够用了")
    assert "T21 的材料够用了" in only(sent, "许静").text
    assert row(session).state is CooperationState.CLOSED
    session.refresh(t21)
    assert t21.due_at == at(12, 18, 18)


def test_a_late_giver_moves_the_waiters_limit_by_as_many_working_days(
    stage: Stage, session: Session, t21: Obligation
) -> None:
    asked(stage)
    stage.press("许静", "可以")
    stage.press("陈立", "照常计时")
    stage.now = at(12, 14, 10)  # Monday: two working days after Thursday
    sent = stage.say("许静", "给T21", files=["北门住户.xlsx"])
    assert "晚 2 个工作日" in only(sent, "许静").text
    given = only(sent, "丁凯")
    assert given.row("时间") == "12月14日（周一）10:00，晚 2 个工作日"
    assert "您的时限顺延到 12月22日（周二）。" in given.text
    session.refresh(t21)
    assert (t21.due_at, t21.original_due_at) == (at(12, 22, 18), at(12, 18, 18))
    stage.press("丁凯", "请补充")
    stage.say("丁凯", "少两户")
    stage.now = at(12, 15, 10)
    stage.say("许静", "给T21", files=["北门住户2.xlsx"])
    session.refresh(t21)
    assert t21.due_at == at(12, 22, 18), "only the first delivery counts"


def test_a_report_that_waits_for_the_head_can_still_be_released_after_the_limit_moved(
    stage: Stage, session: Session, t21: Obligation
) -> None:
    asked(stage)
    stage.press("许静", "可以")
    stage.press("陈立", "照常计时")
    stage.say("丁凯", "T21 报结")
    stage.press("丁凯", "提交")
    stage.now = at(12, 14, 10)
    stage.say("许静", "给T21", files=["北门住户.xlsx"])
    session.refresh(t21)
    assert t21.due_at == at(12, 22, 18)
    stage.press("罗建", "同意报出")
    session.refresh(t21)
    assert t21.state is ObligationState.SUBMITTED


def test_two_late_givers_at_once_move_it_once(stage: Stage, session: Session, t21: Obligation) -> None:
    asked(stage)
    stage.say("丁凯", "T21卡住了，等物业协会给钥匙，明天中午要")
    stage.press("丁凯", "发出", title="物业协会")
    stage.now = at(12, 14, 10)
    stage.say("许静", "给T21", files=["北门住户.xlsx"])
    stage.now = at(12, 15, 10)
    stage.say("吴桐", "给T21 钥匙放在门卫")
    session.refresh(t21)
    assert t21.due_at == at(12, 23, 18)


@pytest.mark.parametrize(
    ("label", "words", "answer", "told"),
    [
        ("有条件", "要先签协议", Answer.CONDITIONAL, "社区办许静答复：有条件：要先签协议。"),
        ("暂不能", "没有这份名单", Answer.NO, "社区办许静答复：暂不能：没有这份名单。"),
    ],
)
def test_other_answers_ask_for_one_sentence(
    stage: Stage, session: Session, t21: Obligation, label: str, words: str, answer: Answer, told: str
) -> None:
    asked(stage)
    assert "写一句就行" in only(stage.press("许静", label), "许静").text
    sent = stage.say("许静", words)
    assert only(sent, "丁凯").text == told
    assert row(session).answer is answer
    assert bool(to(sent, "陈立")) is (answer is Answer.NO)


@pytest.mark.parametrize("sentence", ["可以 T21", "T21 可以", "可以，T21"])
def test_typed_answers_mean_the_same(stage: Stage, session: Session, t21: Obligation, sentence: str) -> None:
    asked(stage)
    stage.say("许静", sentence)
    assert row(session).answer is Answer.YES


def test_an_answer_is_given_once_but_a_no_may_become_a_yes(
    stage: Stage, session: Session, t21: Obligation
) -> None:
    asked(stage)
    held = stage.button("许静", "可以")
    stage.say("许静", "暂不能 T21 没有这份名单")
    first = row(session).answered_at
    stage.later(hours=1)
    assert "已由许静于12月9日（周三）09:30答复：暂不能" in only(stage.press_held("许静", held), "许静").text
    stage.say("许静", "可以 T21")
    assert row(session).answer is Answer.YES
    assert row(session).answered_at == first
    assert "答复：可以" in only(stage.say("许静", "暂不能 T21 又没有了"), "许静").text
    assert row(session).answer is Answer.YES


@pytest.mark.parametrize("name", ["李娜", "陈立", "丁凯", "周明"])
def test_nobody_else_answers(stage: Stage, session: Session, t21: Obligation, name: str) -> None:
    asked(stage)
    for sentence in ("可以 T21", "暂不能 T21 没有", "给T21 没有"):
        sent = stage.say(name, sentence)
        assert [s.to for s in sent] == [name]
    assert row(session).state is CooperationState.ASKED


def test_a_colleague_of_the_asked_unit_gives_but_does_not_answer(
    stage: Stage, session: Session, t21: Obligation
) -> None:
    asked(stage)
    assert "由本单位许静答复" in only(stage.say("秦月", "可以 T21"), "秦月").text
    assert only(stage.say("秦月", "给T21 都在门卫"), "丁凯").row("说明") == "都在门卫"
    assert row(session).answered_at == stage.now


def test_a_clock_that_stood_goes_on_with_what_was_wanted_and_moves_the_limit(
    stage: Stage, session: Session, t21: Obligation
) -> None:
    asked(stage)
    sent = stage.press("陈立", "暂停计时")
    assert only(sent, "丁凯").text == "T21 已暂停计时。恢复以后，停了几个工作日，时限顺延几个工作日。"
    session.refresh(t21)
    assert t21.state is ObligationState.SUSPENDED
    stage.now = at(12, 14, 10)
    stage.say("许静", "给T21", files=["北门住户.xlsx"])
    session.refresh(t21)
    assert t21.due_at == at(12, 18, 18), "a late giver does not move it twice"
    stage.press("丁凯", "够用了")
    session.refresh(t21)
    assert t21.state is ObligationState.IN_PROGRESS
    assert (t21.due_at, t21.original_due_at) == (at(12, 23, 18), at(12, 18, 18))
    stage.say("丁凯", "撤回")
    session.refresh(t21)
    assert t21.state is ObligationState.SUSPENDED
    assert row(session).state is CooperationState.DELIVERED


def test_the_obstacle_is_gone(stage: Stage, session: Session, t21: Obligation) -> None:
    asked(stage)
    stage.press("陈立", "暂停计时")
    stage.now = at(12, 11, 10)
    sent = stage.say("丁凯", "T21 名单拿到了 恢复")
    assert only(sent, "丁凯").text.startswith("T21 照常办理，时限 12月22日（周二），顺延 2 个工作日。")
    assert "已恢复计时" in only(sent, "陈立").text
    assert "不用再给" in only(sent, "许静").text
    assert row(session).state is CooperationState.CLOSED
    assert "没有暂停" in only(stage.say("丁凯", "T21 名单拿到了 恢复"), "丁凯").text


def test_the_office_says_it_once(stage: Stage, session: Session, t21: Obligation) -> None:
    asked(stage)
    held = stage.button("陈立", "暂停计时")
    stage.press("陈立", "照常计时")
    assert "已由陈立于12月9日（周三）09:30定：照常计时" in only(stage.press_held("陈立", held), "陈立").text
    session.refresh(t21)
    assert t21.state is ObligationState.IN_PROGRESS
    assert row(session).clock is ClockDecision.KEEP


def test_blocked_by_no_unit_goes_to_the_office_alone(stage: Stage, session: Session, t21: Obligation) -> None:
    shown = only(stage.say("丁凯", "T21受阻：资金没到位"), "丁凯")
    assert shown.title == "T21 受阻，请核对"
    assert shown.row("原因") == "资金没到位"
    sent = stage.press("丁凯", "发出")
    assert only(sent, "陈立").row("原因") == "资金没到位"
    stage.say("陈立", "暂停计时 T21")
    session.refresh(t21)
    assert t21.state is ObligationState.SUSPENDED
    assert row(session).clock is ClockDecision.SUSPEND


def test_the_office_stops_and_starts_any_clock(stage: Stage, session: Session, t21: Obligation) -> None:
    stage.say("陈立", "挂起T21，等规划批复")
    session.refresh(t21)
    assert t21.state is ObligationState.SUSPENDED
    stage.now = at(12, 10, 9)
    assert (
        "时限 12月21日（周一），原 12月18日（周五）" in only(stage.say("陈立", "T21 恢复计时"), "丁凯").text
    )
    for name in ("丁凯", "王磊", "高宁", "周明"):
        assert [s.to for s in stage.say(name, "暂停计时 T21")] == [name]
    session.refresh(t21)
    assert t21.state is ObligationState.IN_PROGRESS


def test_a_mere_request_leaves_the_clock_alone(stage: Stage, session: Session, t21: Obligation) -> None:
    stage.say("丁凯", "请求协作 社区办 提供北门住户名单 用于T21")
    stage.press("丁凯", "周五下班")
    sent = stage.press("丁凯", "发出")
    assert only(sent, "许静").row("要什么") == "北门住户名单"
    assert to(sent, "陈立") == []
    assert row(session).clock is ClockDecision.NONE


def test_who_asked_takes_it_back(stage: Stage, session: Session, t21: Obligation) -> None:
    asked(stage)
    sent = stage.say("丁凯", "撤回")
    assert "撤回了 T21 的商请" in only(sent, "许静").text
    assert row(session).state is CooperationState.WITHDRAWN
    assert "已经撤回" in only(stage.press("许静", "可以"), "许静").text


def test_one_cannot_wait_for_oneself_nor_in_the_past(
    stage: Stage, session: Session, case: Case, t21: Obligation
) -> None:
    stage.say("丁凯", BLOCKED)
    stage.press("丁凯", "今天下班")
    stage.now = at(12, 9, 18, 1)
    assert "已经过了" in only(stage.press("丁凯", "发出"), "丁凯").text
    for name in ("高宁", "许静", "周明"):
        assert [s.to for s in stage.say(name, "T21卡住了，等社区办给名单")] == [name]
    assert session.exec(select(CooperationRequest)).all() == []


def test_answers_are_due_within_two_working_days(stage: Stage, session: Session, t21: Obligation) -> None:
    stage.now = at(12, 11, 15)
    stage.say("丁凯", BLOCKED + " 12月18日")
    stage.press("丁凯", "发出")
    assert row(session).answer_due_at == at(12, 15, 15)
