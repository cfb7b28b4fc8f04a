"""有异议 to a matter: asked for its reason once, word for word to the office, answered to who raised it."""

import json

import pytest
from sqlmodel import Session, select

from commands.concerns.waiting import for_mornings
from storage.models import AuditEntry, ConcernState, Obligation, ObligationState
from tests.commands.concerns.conftest import last
from tests.factories import Case, at
from tests.stage import Sent, Stage, only, to

REASON = "这项工作城管局已经在做，和 T3 重复"


def objected(stage: Stage, reason: str = REASON) -> list[Sent]:
    stage.press("许静", "有异议")
    return stage.say("许静", reason)


def test_the_reason_is_asked_for_and_reaches_the_office_word_for_word(
    stage: Stage, session: Session, t7: Obligation
) -> None:
    asked = only(stage.press("许静", "有异议"), "许静")
    assert asked.text == "对 T7 有什么异议？写一句理由就行，会原话送督查室。"

    sent = stage.say("许静", REASON)
    card = only(sent, "陈立")
    assert card.title == "T7 社区办有异议，请定"
    assert (card.row("提出"), card.row("理由")) == ("社区办 许静", REASON)
    assert (card.row("分工"), card.row("时限")) == ("牵头", "12月1日（周二）")
    assert only(sent, "许静").text == (
        "T7 的异议已送督查室，定了告诉您。答复之前先按原分工办，时限 12月1日（周二），不变。\n· 撤回"
    )
    session.refresh(t7)
    assert (t7.state, t7.due_at) == (ObligationState.ASSIGNED, at(12, 1, 18))
    assert "已签收" in only(stage.press("许静", "签收"), "许静").title  # work goes on meanwhile


@pytest.mark.parametrize(
    ("sentence", "words"),
    [
        ("T7 有异议，城管局已经在做", "城管局已经在做"),
        ("有异议 T7，城管局已经在做", "城管局已经在做"),
        ("对T7的分工有异议：三定方案里不是我们", "三定方案里不是我们"),
        ("T7有异议，城管局已经在做，和T3重复", "城管局已经在做，和T3重复"),
        ("T7 我们没有执法权，有异议", "T7 我们没有执法权，有异议"),
    ],
)
def test_a_sentence_with_its_reason_is_not_asked_about(
    stage: Stage, session: Session, t7: Obligation, sentence: str, words: str
) -> None:
    assert only(stage.say("许静", sentence), "陈立").title == "T7 社区办有异议，请定"
    assert last(session).words == words


@pytest.mark.parametrize(
    "reason",
    ["T7不归我们管，该城管局办", "和T3重复了，应由城管局办", "T7 城管局已经在做", "T1没做完，我们做不了"],
)
def test_a_reason_may_name_numbers(
    stage: Stage, session: Session, t7: Obligation, t1: Obligation, reason: str
) -> None:
    assert only(objected(stage, reason), "陈立").row("理由") == reason
    session.refresh(t7)
    assert t7.state is ObligationState.ASSIGNED


def test_a_command_of_its_own_is_no_reason(stage: Stage, session: Session, t7: Obligation) -> None:
    assert "已签收" in only(objected(stage, "签收 T7"), "许静").title


def test_a_reason_longer_than_a_row_is_read_whole(stage: Stage, session: Session, t7: Obligation) -> None:
    longer = "小区名单要等街道报上来，街道说十二月中旬才能汇总完，我们催过两次"
    assert f"原话：{longer}" in only(stage.say("许静", f"T7 有异议，{longer}"), "陈立").text
    longest = longer * 4
    card, whole = sorted(to(stage.say("许静", f"T7 有异议，{longest}"), "陈立"), key=lambda s: not s.title)
    assert card.title
    assert whole.text == f"T7 社区办许静的原话：{longest}"
    refused = only(stage.say("许静", f"T7 有异议，{longer * 12}"), "许静").text
    assert refused == "理由请写在 300 字以内，材料可以另外发给督查室。什么也没有送出。"
    assert last(session).words == longest


def test_the_office_keeps_it_with_a_reason_and_who_objected_hears_it(
    stage: Stage, session: Session, t7: Obligation
) -> None:
    objected(stage)
    asked = only(stage.press("陈立", "维持"), "陈立").text
    assert asked == "维持的理由？写一句就行，会原话告诉社区办。"
    sent = stage.say("陈立", "三定方案写明由社区办牵头")
    heard = only(sent, "许静")
    assert heard.title == "T7 维持原分工"
    assert (heard.row("答复"), heard.row("理由")) == ("督查室", "三定方案写明由社区办牵头")
    assert heard.row("时限") == "12月1日（周二），不变"
    assert "已告诉社区办" in only(sent, "陈立").text
    assert last(session).state is ConcernState.KEPT
    late = only(stage.press("陈立", "维持"), "陈立").text
    assert late == "T7 社区办的异议已由陈立于11月23日（周一）15:00答复：维持。"
    assert "已签收" in only(stage.press("许静", "签收", title="维持原分工"), "许静").title


@pytest.mark.parametrize(
    "sentence",
    [
        "维持 T7 分工，三定方案写明了",
        "T7维持，三定方案写明了",
        "维持T7 三定方案写明了",
        "驳回T7的异议，三定方案写明了",
    ],
)
def test_the_office_may_type_it(stage: Stage, session: Session, t7: Obligation, sentence: str) -> None:
    objected(stage)
    assert only(stage.say("陈立", sentence), "许静").row("理由") == "三定方案写明了"


def test_to_agree_the_office_says_what_is_to_change(stage: Stage, session: Session, t7: Obligation) -> None:
    objected(stage)
    assert "请说怎么改" in only(stage.say("陈立", "同意T7的异议"), "陈立").text
    assert last(session).state is ConcernState.OPEN


def test_another_limit_answers_it_and_the_new_card_can_be_signed(
    stage: Stage, session: Session, t7: Obligation
) -> None:
    objected(stage)
    assert "改到哪一天" in only(stage.press("陈立", "调整时限"), "陈立").text
    heard = only(stage.say("陈立", "12月8日"), "许静")
    assert heard.text == (
        "督查室调整了 T7 的时限：12月8日（周二），原 12月1日（周二）。这是对您单位所提的答复。\n"
        "· 签收：签收 T7"
    )
    assert last(session).state is ConcernState.CHANGED
    assert "答复：时限改为 12月8日" in only(stage.press("陈立", "终止"), "陈立").text
    assert "已签收" in only(stage.press("许静", "签收", title="调整了 T7"), "许静").title


def test_a_change_that_is_taken_back_leaves_it_open(stage: Stage, session: Session, t7: Obligation) -> None:
    objected(stage)
    stage.press("陈立", "调整时限")
    stage.say("陈立", "12月8日")
    assert "撤回了 T7 时限的调整" in only(stage.say("陈立", "撤回"), "许静").text
    session.refresh(last(session))
    assert last(session).state is ConcernState.OPEN
    stage.press("陈立", "终止")
    assert "T7 已终止：与别的事项合并" in only(stage.say("陈立", "与别的事项合并"), "许静").text
    assert last(session).state is ConcernState.CHANGED


def test_another_limit_typed_as_the_answer_answers_it(stage: Stage, session: Session, t7: Obligation) -> None:
    objected(stage)
    stage.say("陈立", stage.button("陈立", "调整时限")[1].sentence)  # no card comes with it
    assert "这是对您单位所提的答复" in only(stage.say("陈立", "12月8日"), "许静").text
    assert last(session).state is ConcernState.CHANGED


def test_a_limit_moved_for_other_reasons_is_no_answer_to_it(
    stage: Stage, session: Session, t7: Obligation
) -> None:
    objected(stage)
    stage.say("陈立", "调整T7时限到12月8日")
    assert last(session).state is ConcernState.OPEN


def test_co_operation_is_objected_to_by_who_is_to_help(
    stage: Stage, session: Session, t1: Obligation
) -> None:
    stage.press("王磊", "有异议")
    sent = stage.say("王磊", "标准还没定，给不了意见")
    card = only(sent, "陈立")
    assert card.row("分工") == "配合环保局，执法意见"
    assert to(sent, "高宁") == []
    heard = only(stage.press("陈立", "不需配合"), "王磊")
    assert heard.text == "T1 已不需城管局配合，不用再办，也不计分。"
    assert last(session).state is ConcernState.CHANGED


def test_what_more_is_wanted_can_be_objected_to(stage: Stage, session: Session, t1: Obligation) -> None:
    stage.say("王磊", "T1 签收，给丁凯")
    stage.say("丁凯", "T1 报结", files=["执法意见.docx"])
    stage.press("丁凯", "提交")
    stage.press("罗建", "同意报出")
    stage.press("高宁", "请补充")
    stage.say("高宁", "缺沿街商户部分")
    assert "有什么异议" in only(stage.press("丁凯", "有异议", title="请补充"), "丁凯").text
    card = only(stage.say("丁凯", "沿街商户不归城管局管"), "陈立")
    assert (card.title, card.row("理由")) == ("T1 城管局有异议，请定", "沿街商户不归城管局管")
    stage.say("丁凯", "T1补好了", files=["二.docx"])
    assert "在这张卡片之后变过" in only(stage.press("丁凯", "有异议", title="请补充"), "丁凯").text


def test_who_objected_takes_it_back_until_it_is_answered(
    stage: Stage, session: Session, t7: Obligation
) -> None:
    objected(stage)
    sent = stage.say("许静", "撤回")
    assert only(sent, "陈立").text == "许静撤回了社区办对 T7 的异议，不用再看。"
    assert last(session).state is ConcernState.WITHDRAWN
    assert "已经撤回" in only(stage.press("陈立", "维持"), "陈立").text

    objected(stage)
    stage.say("许静", "签收 T7")
    stage.say("许静", "撤回")
    assert "已撤回：T7 的异议" in only(stage.say("许静", "撤回"), "许静").text

    objected(stage)
    held = stage.button("许静", "撤回")
    stage.say("陈立", "维持 T7，市里定的")
    assert "已经有答复" in only(stage.press_held("许静", held), "许静").text
    assert last(session).state is ConcernState.KEPT

    objected(stage)
    stage.later(minutes=11)
    assert "超过 10 分钟" in only(stage.say("许静", "撤回"), "许静").text


def test_said_anew_the_former_one_is_void(stage: Stage, session: Session, t7: Obligation) -> None:
    objected(stage)
    first = stage.button("陈立", "维持")
    objected(stage, "我们人手不够")
    assert "请看最新的一张" in only(stage.press_held("陈立", first), "陈立").text
    assert "理由" in only(stage.press("陈立", "维持"), "陈立").text
    stage.say("许静", "撤回")
    assert "已经撤回，不用再答" in only(stage.say("陈立", "维持 T7，市里定的"), "陈立").text


def test_the_office_takes_its_answer_back(stage: Stage, session: Session, t7: Obligation) -> None:
    objected(stage)
    stage.say("陈立", "维持 T7，市里定的")
    assert "督查室撤回了对 T7 的答复" in only(stage.say("陈立", "撤回"), "许静").text
    session.refresh(last(session))
    assert last(session).state is ConcernState.OPEN


@pytest.mark.parametrize(
    ("name", "may"),
    [("许静", True), ("苏岚", True), ("秦月", False), ("李娜", False), ("陈立", False), ("周明", False)],
)
def test_only_who_may_sign_for_it_objects(
    stage: Stage, session: Session, t7: Obligation, name: str, *, may: bool
) -> None:
    sent = stage.say(name, f"T7 有异议，{REASON}")
    assert bool([s for s in sent if s.title.endswith("有异议，请定")]) is may
    assert [s.to for s in sent if s.to == name] == [name]


@pytest.mark.parametrize(
    ("name", "may"),
    [("陈立", True), ("赵敏", True), ("许静", False), ("苏岚", False), ("高宁", False), ("周明", False)],
)
def test_only_the_office_answers(
    stage: Stage, session: Session, t7: Obligation, name: str, *, may: bool
) -> None:
    objected(stage)
    stage.say(name, "维持 T7，市里定的")
    assert (last(session).state is ConcernState.KEPT) is may
    if name != "陈立":
        assert "不能代点" in only(stage.press_held(name, stage.button("陈立", "终止")), name).text


def test_said_in_a_group_nothing_of_it_is_read_there(stage: Stage, t7: Obligation) -> None:
    assert {s.to for s in stage.say("许静", "T7 有异议", group="feishu")} == {"许静"}
    assert {s.to for s in stage.say("许静", f"T7 有异议，{REASON}", group="feishu")} == {"许静", "陈立"}


def test_several_are_said_one_by_one_and_what_is_over_is_over(
    stage: Stage, session: Session, t7: Obligation, t1: Obligation
) -> None:
    assert "一项一项说" in only(stage.say("许静", "T7、T1有异议，太赶"), "许静").text
    stage.say("陈立", "终止 T7 并到别处")
    assert "现在是“终止”" in only(stage.say("许静", "T7 有异议，太赶"), "许静").text


def test_it_is_in_the_record_and_read_by_whom_it_concerns(
    stage: Stage, session: Session, t7: Obligation
) -> None:
    objected(stage)
    stage.say("陈立", "维持 T7，市里定的")
    query = select(AuditEntry).where(AuditEntry.action == "object_to_matter")
    entry = session.exec(query.order_by(AuditEntry.id.desc())).all()[0]  # type: ignore[attr-defined]
    assert json.loads(entry.body or "")["words"] == REASON
    for name in ("许静", "陈立"):
        history = only(stage.say(name, "T7"), name).text
        assert f"许静 有异议：{REASON}" in history
        assert "陈立 答复异议：维持：市里定的" in history
    others = only(stage.say("高宁", "T7"), "高宁").text
    assert "许静 有异议" in others
    assert REASON not in others


def test_what_waits_is_on_the_morning_card(
    stage: Stage, session: Session, case: Case, t7: Obligation
) -> None:
    people = [person.id for person in case.people.values()]
    assert for_mornings(session, people, stage.now) == {}
    objected(stage)
    session.flush()
    waiting = [("异议", "T7，等您答复")]
    assert for_mornings(session, people, stage.now) == {case["陈立"].id: waiting, case["赵敏"].id: waiting}
    stage.say("陈立", "终止 T7 并到别处")
    session.flush()
    assert for_mornings(session, people, stage.now) == {}
