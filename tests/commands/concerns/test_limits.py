"""商量时限: another limit is proposed while a matter is received, and answered by who gave it."""

import pytest
from sqlmodel import Session, col, select

from commands.concerns.waiting import for_mornings
from storage.models import ConcernState, ExtensionRequest, Obligation, ObligationState
from storage.queries import extensions
from tests.commands.concerns.conftest import last
from tests.factories import Case, at, make_task
from tests.stage import Sent, Stage, only, to

TO_OFFICE = "T7 商量时限，改到12月5日，因为设备没到"
TO_LEAD = "T1 商量时限，改到12月11日，专家出差"


def test_the_office_agrees_and_the_new_limit_is_signed_for(
    stage: Stage, session: Session, t7: Obligation
) -> None:
    sent = stage.say("许静", TO_OFFICE)
    assert only(sent, "许静").text == (
        "已请督查室定：T7 从 12月1日（周二） 改到 12月5日（周六）。"
        "答复之前时限不变，先按原来的办，定了告诉您。\n· 撤回"
    )
    asked = only(sent, "陈立")
    assert asked.title == "T7 社区办商量时限"
    assert (asked.row("现时限"), asked.row("改到")) == ("12月1日（周二）", "12月5日（周六）")
    assert (asked.row("提出"), asked.row("理由")) == ("社区办 许静", "设备没到")
    session.refresh(t7)
    assert t7.due_at == at(12, 1, 18)

    heard = only(stage.press("陈立", "同意"), "许静")
    assert heard.title == "T7 时限已改"
    assert heard.row("时限") == "12月5日（周六），原 12月1日（周二）"
    session.refresh(t7)
    assert (t7.due_at, t7.original_due_at) == (at(12, 5, 18), at(12, 1, 18))
    assert t7.state is ObligationState.ASSIGNED
    assert "在这张卡片之后变过" in only(stage.press("许静", "签收", title="请社区办牵头"), "许静").text
    assert only(stage.press("许静", "签收", title="时限已改"), "许静").title == "已签收 1 项"


def test_it_is_no_extension_of_the_units(stage: Stage, session: Session, t7: Obligation) -> None:
    stage.say("许静", TO_OFFICE)
    stage.press("陈立", "同意")
    query = select(ExtensionRequest).where(ExtensionRequest.obligation_id == t7.id)
    assert session.exec(query.order_by(col(ExtensionRequest.id))).all() == []
    assert extensions.asked_before(session, t7.id) == 0
    stage.say("许静", "签收 T7")
    assert only(stage.say("许静", "T7延到12月9日，等盖章"), "许静").row("次数") == "第 1 次"


def test_what_is_missing_is_asked_in_turn(stage: Stage, session: Session, t7: Obligation) -> None:
    asked = only(stage.press("许静", "商量时限"), "许静").text
    assert asked.startswith("T7 现在的时限是 12月1日（周二），想改到哪一天？")
    assert only(stage.say("许静", "11月20日"), "许静").text.startswith("这个日子已经过了。T7 现在的时限")
    assert only(stage.say("许静", "12月5日"), "许静").text == "T7 为什么要改？写一句就行，会原话转告。"
    assert only(stage.say("许静", "街道报得慢，要等两天"), "陈立").row("理由") == "街道报得慢，要等两天"
    assert last(session).to_due_at == at(12, 5, 18)


def test_day_and_reason_may_come_together(stage: Stage, session: Session, t7: Obligation) -> None:
    stage.press("许静", "商量时限")
    assert only(stage.say("许静", "12月5日，设备没到"), "陈立").row("理由") == "设备没到"


def test_a_length_is_counted_from_the_limit(stage: Stage, session: Session, t7: Obligation) -> None:
    stage.say("许静", "T7 商量一下时限，晚三天，人手不够")
    assert last(session).to_due_at == at(12, 4, 18)


def test_the_lead_answers_for_what_it_wants(stage: Stage, session: Session, t1: Obligation) -> None:
    sent = stage.say("王磊", TO_LEAD)
    assert only(sent, "王磊").text.startswith("已请牵头单位环保局高宁定：T1 从 12月9日（周三） 改到 12月11日")
    asked = only(sent, "高宁")
    assert asked.row("事项") == "配合环保局，执法意见"
    assert "要另定日子，请说“同意T1改到哪天”。" in asked.text
    assert to(sent, "陈立") == []

    heard = only(stage.press("高宁", "同意"), "王磊")
    assert (heard.row("时限"), heard.row("答复")) == ("12月11日（周五），原 12月9日（周三）", "环保局同意")
    session.refresh(t1)
    assert t1.due_at == at(12, 11, 18)
    taken = only(stage.say("高宁", "撤回"), "王磊").text
    assert taken == "环保局撤回了 T1 时限的答复，时限先按原来的，定了再告诉您。"
    session.refresh(t1)
    assert (t1.due_at, last(session).state) == (at(12, 9, 18), ConcernState.OPEN)


def test_it_is_kept_with_a_reason(stage: Stage, session: Session, t1: Obligation) -> None:
    stage.say("王磊", TO_LEAD)
    assert "维持的理由" in only(stage.press("高宁", "维持原定"), "高宁").text
    heard = only(stage.say("高宁", "标准月底要上会"), "王磊")
    assert (heard.title, heard.row("理由")) == ("T1 维持原时限", "标准月底要上会")
    assert heard.row("时限") == "12月9日（周三），不变"
    session.refresh(t1)
    assert t1.due_at == at(12, 9, 18)
    late = only(stage.press("高宁", "同意"), "高宁").text
    assert late == "T1 城管局的商量时限已由高宁于11月23日（周一）15:00答复：维持。"
    assert "答复：维持" in only(stage.say("高宁", "同意T1.2改到12月11日"), "高宁").text


@pytest.mark.parametrize("sentence", ["同意T7改到12月5日", "同意 T7", "T7改到12月5日，同意"])
def test_the_office_may_type_it(stage: Stage, session: Session, t7: Obligation, sentence: str) -> None:
    stage.say("许静", TO_OFFICE)
    stage.say("陈立", sentence)
    assert last(session).state is ConcernState.AGREED


@pytest.mark.parametrize("sentence", ["不同意T7改到12月5日，市里要求月初报", "维持 T7 时限，市里要求月初报"])
def test_so_may_a_refusal_be(stage: Stage, session: Session, t7: Obligation, sentence: str) -> None:
    stage.say("许静", TO_OFFICE)
    assert only(stage.say("陈立", sentence), "许静").row("理由") == "市里要求月初报"
    assert last(session).state is ConcernState.KEPT


def test_another_day_is_named_by_adjusting(stage: Stage, session: Session, t7: Obligation) -> None:
    stage.say("许静", TO_OFFICE)
    assert "改到哪一天" in only(stage.press("陈立", "改日期"), "陈立").text
    heard = only(stage.say("陈立", "12月3日"), "许静").text
    assert heard.startswith(
        "督查室调整了 T7 的时限：12月3日（周四），原 12月1日（周二）。这是对您单位所提的答复。"
    )
    assert last(session).state is ConcernState.CHANGED


def test_or_in_one_sentence_by_either(stage: Stage, session: Session, t7: Obligation, t1: Obligation) -> None:
    stage.say("王磊", TO_LEAD)
    assert only(stage.say("高宁", "同意T1.2改到12月10日"), "王磊").row("时限").startswith("12月10日（周四）")
    stage.say("许静", TO_OFFICE)
    stage.say("陈立", "调整T7时限到12月3日")
    assert last(session).state is ConcernState.CHANGED
    stage.say("许静", "T7 商量时限，改到12月8日，设备没到")
    stage.say("陈立", "同意T7改到12月4日")
    session.refresh(t7)
    assert t7.due_at == at(12, 4, 18)


def test_asking_again_replaces_the_former_proposal(stage: Stage, session: Session, t7: Obligation) -> None:
    stage.say("许静", TO_OFFICE)
    first = stage.button("陈立", "同意")
    stage.say("许静", "T7 商量时限，改到12月4日，设备明天到")
    assert "请看最新的一张" in only(stage.press_held("陈立", first), "陈立").text
    session.refresh(t7)
    assert t7.due_at == at(12, 1, 18)
    stage.press("陈立", "同意")
    session.refresh(t7)
    assert t7.due_at == at(12, 4, 18)


def test_who_proposed_takes_it_back(stage: Stage, session: Session, t7: Obligation) -> None:
    stage.say("许静", TO_OFFICE)
    assert (
        only(stage.say("许静", "撤回"), "陈立").text
        == "许静撤回了 T7 改到 12月5日（周六） 的提议，不用再看。"
    )
    assert "已经撤回" in only(stage.press("陈立", "同意"), "陈立").text
    session.refresh(t7)
    assert t7.due_at == at(12, 1, 18)


def test_until_the_day_it_is_signed_for_and_not_after(stage: Stage, session: Session, t7: Obligation) -> None:
    stage.later(days=1)
    stage.say("许静", "签收 T7")
    assert only(stage.say("许静", TO_OFFICE), "陈立").title == "T7 社区办商量时限"
    stage.later(days=1)
    refused = only(stage.say("许静", TO_OFFICE), "许静").text
    assert refused == (
        "T7 已于11月24日（周二）15:00签收，签收当天以后不再商量时限。"
        "需要更多时间，请说“T7 延到哪天，理由”申请延期。"
    )
    stage.press("陈立", "同意")  # what was asked in time is answered when it is answered
    assert last(session).state is ConcernState.AGREED


def test_days_that_cannot_be_are_refused(
    stage: Stage, session: Session, t7: Obligation, t1: Obligation
) -> None:
    assert "本来就是 12月1日" in only(stage.say("许静", "T7 商量时限，改到12月1日，设备没到"), "许静").text
    refused = only(stage.say("王磊", "T1 商量时限，改到12月18日，专家出差"), "王磊").text
    assert "晚于 T1 牵头单位自己的时限 12月14日（周一）" in refused
    stage.say("许静", TO_OFFICE)
    stage.now = at(12, 7, 9)
    assert "12月5日（周六） 已经过了" in only(stage.press("陈立", "同意"), "陈立").text
    assert last(session).state is ConcernState.OPEN


def test_what_was_handed_in_meanwhile_keeps_its_limit(stage: Stage, session: Session, t7: Obligation) -> None:
    stage.say("许静", TO_OFFICE)
    t7.state = ObligationState.SUBMITTED
    session.flush()
    assert "时限不能再改" in only(stage.press("陈立", "同意"), "陈立").text
    session.refresh(t7)
    assert t7.due_at == at(12, 1, 18)


def test_before_the_lead_has_said_when_there_is_nothing_to_talk_over(
    stage: Stage, session: Session, case: Case
) -> None:
    make_task(session, case.initiative, case.units["环保局"], case.units["城管局"], number=2)
    assert "T2 还没有时限" in only(stage.say("王磊", "T2 商量时限，改到12月11日，专家出差"), "王磊").text


def test_what_the_lead_wants_anew_answers_it(stage: Stage, session: Session, t1: Obligation) -> None:
    stage.say("王磊", TO_LEAD)
    stage.say("高宁", "T1 城管局12月10号前给执法意见")
    stage.press("高宁", "发出")
    assert last(session).state is ConcernState.CHANGED
    assert "配合要求重新写明" in only(stage.press("高宁", "同意"), "高宁").text


def test_a_granted_extension_answers_it(stage: Stage, session: Session, t7: Obligation) -> None:
    stage.say("许静", TO_OFFICE)
    stage.say("许静", "签收 T7")
    stage.say("苏岚", "T7延到12月9日，等盖章")
    stage.press("苏岚", "提交")
    assert "已经申请了延期" in only(stage.say("许静", TO_OFFICE), "许静").text
    stage.say("陈立", "同意T7延期")
    session.refresh(t7)
    assert (t7.due_at, last(session).state) == (at(12, 9, 18), ConcernState.CHANGED)


@pytest.mark.parametrize(
    ("name", "may"),
    [("王磊", True), ("罗建", True), ("丁凯", False), ("许静", False), ("高宁", False), ("陈立", False)],
)
def test_only_who_may_sign_for_it_proposes(
    stage: Stage, session: Session, t1: Obligation, name: str, *, may: bool
) -> None:
    sent = stage.say(name, TO_LEAD)
    assert bool(_cards(sent)) is may
    assert [s.to for s in sent if s.to == name] == [name]


@pytest.mark.parametrize(
    ("name", "lead", "office"),
    [
        ("陈立", True, True),
        ("赵敏", True, True),
        ("高宁", True, False),
        ("李娜", True, False),
        ("何川", True, False),
        ("王磊", False, False),
        ("罗建", False, False),
        ("许静", False, False),
        ("周明", False, False),
    ],
)
def test_who_gave_the_limit_answers_and_nobody_answers_their_own(
    stage: Stage, session: Session, t7: Obligation, t1: Obligation, name: str, *, lead: bool, office: bool
) -> None:
    stage.say("王磊", TO_LEAD)
    for sentence in ("维持 T1.2 时限，月底要上会", "同意T1.2改到12月11日"):
        held = stage.button("高宁", "同意")
        stage.say(name, sentence)
        assert (last(session).state is not ConcernState.OPEN) is lead
        if name != "高宁":
            assert "不能代点" in only(stage.press_held(name, held), name).text
    stage.say("许静", TO_OFFICE)
    stage.say(name, "同意T7改到12月5日")
    assert (last(session).state is ConcernState.AGREED) is office


def _cards(sent: list[Sent]) -> list[Sent]:
    return [s for s in sent if s.title.endswith("商量时限")]


def test_what_waits_is_on_the_morning_card_of_who_answers(
    stage: Stage, session: Session, case: Case, t7: Obligation, t1: Obligation
) -> None:
    people = [person.id for person in case.people.values()]
    stage.say("王磊", TO_LEAD)
    session.flush()
    waiting = [("商量时限", "T1，等您答复")]
    assert for_mornings(session, people, stage.now) == {case["高宁"].id: waiting}
    stage.say("许静", TO_OFFICE)
    session.flush()
    assert for_mornings(session, people, stage.now)[case["陈立"].id] == [("商量时限", "T7，等您答复")]


def test_said_in_a_group_nothing_of_it_is_read_there(stage: Stage, t7: Obligation) -> None:
    for sentence in ("T7 商量时限", "T7 商量时限，改到12月5日"):
        assert {s.to for s in stage.say("许静", sentence, group="feishu")} == {"许静"}
    assert {s.to for s in stage.say("许静", TO_OFFICE, group="feishu")} == {"许静", "陈立"}


@pytest.mark.parametrize("answered", [True, False])
def test_a_report_that_waits_for_the_same_word_is_passed_by_it(
    stage: Stage, session: Session, t7: Obligation, *, answered: bool
) -> None:
    stage.say("许静", TO_OFFICE)
    if answered:
        stage.say("陈立", "同意T7改到12月5日")
    stage.say("苏岚", "T7 报结", files=["名单.xlsx"])
    stage.press("苏岚", "提交")
    session.refresh(t7)
    assert t7.state is ObligationState.SUBMITTED
    stage.say("陈立", "同意 T7")
    session.refresh(t7)
    assert t7.state is ObligationState.DONE


def test_typed_where_no_card_comes_along_the_reason_decides_nothing(
    stage: Stage, session: Session, t7: Obligation
) -> None:
    stage.say("许静", TO_OFFICE)
    assert "维持的理由" in only(stage.say("陈立", "维持 T7 时限"), "陈立").text
    heard = only(stage.say("陈立", "分工会上定过，不再延期"), "许静")
    assert (heard.title, heard.row("理由")) == ("T7 维持原时限", "分工会上定过，不再延期")


def test_a_day_said_is_the_day_proposed_at_whatever_hour(
    stage: Stage, session: Session, t7: Obligation
) -> None:
    stage.say("许静", "T7 商量时限，改到12月5日中午12点，设备没到")
    row, button = stage.button("陈立", "同意")
    stage.say("陈立", "同意T7改到12月5日")
    session.refresh(t7)
    assert t7.due_at == at(12, 5, 12)
    assert "12:00" in button.sentence
    assert row.subject == f"concern:{last(session).id}"


def test_a_lead_who_left_is_followed_by_its_liaison(
    stage: Stage, session: Session, case: Case, t1: Obligation
) -> None:
    case["高宁"].left_at = at(11, 23, 14)
    session.flush()
    assert only(stage.say("王磊", TO_LEAD), "李娜").title == "T1 城管局商量时限"
    people = [person.id for person in case.people.values()]
    assert for_mornings(session, people, stage.now) == {case["李娜"].id: [("商量时限", "T1，等您答复")]}
