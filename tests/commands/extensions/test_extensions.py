"""延期: asked for before the limit, let out by the head, decided by the office, once."""

import pytest
from sqlmodel import Session, select

from commands.extensions.waiting import for_mornings
from storage.models import AuditEntry, ExtensionRequest, ExtensionState, Obligation
from tests.factories import Case, at
from tests.stage import Stage, only, to


def row(session: Session) -> ExtensionRequest:
    session.flush()
    return session.exec(select(ExtensionRequest).order_by(ExtensionRequest.id.desc())).all()[0]  # type: ignore[attr-defined]


def asked(stage: Stage, sentence: str = "T33延到下周三，专家没定下来") -> None:
    """With the office."""
    stage.say("丁凯", sentence)
    stage.press("丁凯", "提交")
    stage.press("罗建", "同意报出")


def test_an_extension_passes_the_head_and_the_office_and_keeps_the_original_date(
    stage: Stage, session: Session, t33: Obligation
) -> None:
    shown = only(stage.say("丁凯", "T33延到下周三，专家没定下来"), "丁凯")
    assert shown.title == "T33 申请延期，请核对"
    assert shown.row("原时限") == "12月11日（周五）"
    assert shown.row("延到") == "12月16日（周三），3 个工作日"
    assert shown.row("理由") == "专家没定下来"
    assert shown.row("次数") == "第 1 次"
    assert shown.row("流程") == "罗局审核，督查室定"

    sent = stage.press("丁凯", "提交")
    head = only(sent, "罗建")
    assert head.title == "请您审核：T33 延期"
    assert to(sent, "陈立") == []

    office = only(stage.press("罗建", "同意报出"), "陈立")
    assert office.title == "城管局申请 T33 延期"
    assert office.row("原时限") == "12月11日（周五）"
    assert office.row("延到") == "12月16日（周三），第 1 次"
    assert office.row("理由") == "专家没定下来"

    stage.now = at(12, 9, 15, 40)
    sent = stage.press("陈立", "同意", title="T33 延期")
    said = "T33 延期已同意：12月16日（周三），原 12月11日（周五）。"
    assert only(sent, "丁凯").text == said
    assert only(sent, "王磊").text == said
    session.refresh(t33)
    assert t33.due_at == at(12, 16, 18)
    assert t33.original_due_at == at(12, 11, 18)
    assert not [s for s in sent if s.to.endswith("#")]


@pytest.mark.parametrize("sentence", ["同意T33延期", "T33晚两天交我知道了，准", "同意 T33", "T33延期批了"])
def test_the_office_may_type_it(stage: Stage, session: Session, t33: Obligation, sentence: str) -> None:
    asked(stage)
    stage.say("陈立", sentence)
    assert row(session).state is ExtensionState.GRANTED


def test_a_refusal_gives_a_reason_and_leaves_the_limit(
    stage: Stage, session: Session, t33: Obligation
) -> None:
    asked(stage)
    assert only(stage.press("陈立", "不同意", title="T33 延期"), "陈立").text == "不同意的理由？写一句就行。"
    sent = stage.say("陈立", "本周必须见东西")
    assert "T33 延期没有同意：本周必须见东西。" in only(sent, "丁凯").text
    session.refresh(t33)
    assert t33.due_at == at(12, 11, 18)
    assert row(session).state is ExtensionState.DENIED
    assert row(session).answer == "本周必须见东西"


def test_a_refusal_with_its_reason_in_one_sentence(stage: Stage, session: Session, t33: Obligation) -> None:
    asked(stage)
    stage.say("陈立", "T33延期不批，本周必须见东西")
    assert row(session).answer == "本周必须见东西"


def test_the_office_names_another_day(stage: Stage, session: Session, t33: Obligation) -> None:
    asked(stage)
    asked_for = only(stage.press("陈立", "改日期", title="T33 延期"), "陈立")
    assert "延到哪一天？" in asked_for.text
    sent = stage.say("陈立", "12月15日")
    assert only(sent, "丁凯").text == "T33 延期已同意：12月15日（周二），原 12月11日（周五）。"
    session.refresh(t33)
    assert t33.due_at == at(12, 15, 18)


def test_after_the_limit_the_answer_says_what_to_do_instead(
    stage: Stage, session: Session, t33: Obligation
) -> None:
    stage.now = at(12, 11, 18, 1)
    refused = only(stage.say("丁凯", "T33延到下周三，专家没定下来"), "丁凯")
    assert "已经过了，延期要在到时之前提" in refused.text
    assert "请尽快报结" in refused.text
    assert session.exec(select(ExtensionRequest)).all() == []


def test_a_draft_sent_after_the_limit_is_refused(stage: Stage, session: Session, t33: Obligation) -> None:
    stage.say("丁凯", "T33延到下周三，专家没定下来")
    stage.now = at(12, 11, 18, 1)
    assert "已经过了" in only(stage.press("丁凯", "提交"), "丁凯").text
    assert session.exec(select(ExtensionRequest)).all() == []


def test_what_was_decided_is_not_decided_again(stage: Stage, session: Session, t33: Obligation) -> None:
    asked(stage)
    held = stage.button("陈立", "不同意", title="T33 延期")
    stage.press("陈立", "同意", title="T33 延期")
    late = only(stage.press_held("陈立", held), "陈立")
    assert late.text == "T33 延期已由陈立于12月9日（周三）14:20答复：同意。"
    typed = only(stage.say("赵敏", "T33延期不批，来不及"), "赵敏")
    assert "T33 延期已由陈立于" in typed.text
    assert row(session).state is ExtensionState.GRANTED


def test_one_at_a_time_and_only_so_often(stage: Stage, session: Session, case: Case, t33: Obligation) -> None:
    asked(stage)
    assert "还没有答复" in only(stage.say("丁凯", "T33延到12月18日，再等等"), "丁凯").text
    stage.say("陈立", "同意T33延期")
    again = only(stage.say("丁凯", "T33 顺延两个工作日，等盖章"), "丁凯")
    assert again.row("次数") == "第 2 次"
    assert again.row("原时限") == "12月11日（周五）"
    assert again.row("现时限") == "12月16日（周三）"
    assert again.row("延到") == "12月18日（周五），2 个工作日"
    stage.press("丁凯", "提交")
    stage.press("罗建", "同意报出")
    stage.say("陈立", "同意T33延期")
    assert "最多申请 2 次" in only(stage.say("丁凯", "T33 顺延两个工作日，等盖章"), "丁凯").text
    case.initiative.rules = {"extension_max": 3}
    session.flush()
    assert only(stage.say("丁凯", "T33 顺延两个工作日，等盖章"), "丁凯").row("次数") == "第 3 次"


def test_days_that_end_on_a_day_off_end_on_the_next_working_day(stage: Stage, t33: Obligation) -> None:
    shown = only(stage.say("丁凯", "T33 能不能宽限两天，专家没到"), "丁凯")
    assert shown.row("延到") == "12月14日（周一），1 个工作日"


def test_an_earlier_day_is_refused(stage: Stage, t33: Obligation) -> None:
    assert "要比它晚" in only(stage.say("丁凯", "T33延到12月10日，快了"), "丁凯").text


def test_what_is_missing_is_asked(stage: Stage, t33: Obligation) -> None:
    assert "延到哪一天" in only(stage.say("丁凯", "T33 申请延期"), "丁凯").text
    assert "为什么要延" in only(stage.say("丁凯", "12月16日"), "丁凯").text


def test_who_asked_takes_it_back_and_it_does_not_count(
    stage: Stage, session: Session, t33: Obligation
) -> None:
    stage.say("丁凯", "T33延到下周三，专家没定下来")
    stage.press("丁凯", "提交")
    sent = stage.say("丁凯", "撤回")
    assert "撤回了 T33 的延期申请" in only(sent, "罗建").text
    assert row(session).state is ExtensionState.WITHDRAWN
    assert "已经撤回" in only(stage.press("罗建", "同意报出"), "罗建").text
    assert only(stage.say("丁凯", "T33延到下周三，专家没定下来"), "丁凯").row("次数") == "第 1 次"


def test_the_head_sends_it_back(stage: Stage, session: Session, t33: Obligation) -> None:
    stage.say("丁凯", "T33延到下周三，专家没定下来")
    stage.press("丁凯", "提交")
    assert only(stage.press("罗建", "退改"), "罗建").text == "要改什么？写一句就行。"
    assert "没有同意报出 T33 延期：先催专家" in only(stage.say("罗建", "先催专家"), "丁凯").text
    assert row(session).state is ExtensionState.WITHDRAWN


def test_a_head_who_asks_needs_no_release(stage: Stage, session: Session, t33: Obligation) -> None:
    shown = only(stage.say("罗建", "T33延到下周三，专家没定下来"), "罗建")
    assert shown.row("流程") == "督查室定"
    assert only(stage.press("罗建", "提交"), "陈立").title == "城管局申请 T33 延期"


@pytest.mark.parametrize("name", ["丁凯", "王磊", "罗建", "高宁", "周明"])
def test_only_the_office_decides(stage: Stage, session: Session, t33: Obligation, name: str) -> None:
    asked(stage)
    for sentence in ("同意T33延期", "不同意T33延期 太晚"):
        sent = stage.say(name, sentence)
        assert [s.to for s in sent] == [name]
    assert row(session).state is ExtensionState.ASKED


def test_every_step_is_in_the_record_with_before_and_after(
    stage: Stage, session: Session, t33: Obligation
) -> None:
    asked(stage)
    stage.say("陈立", "同意T33延期")
    actions = [e.action for e in session.exec(select(AuditEntry).order_by(AuditEntry.id)).all()]  # type: ignore[arg-type]
    assert [a for a in actions if a.endswith("extension")] == [
        "ask_extension",
        "release_extension",
        "grant_extension",
        "grant_extension",
    ]
    entry = session.exec(
        select(AuditEntry).where(
            AuditEntry.action == "grant_extension", AuditEntry.object == f"obligation:{t33.id}"
        )
    ).one()
    assert '"due_at"' in (entry.body or "")


def test_the_office_takes_its_answer_back(stage: Stage, session: Session, t33: Obligation) -> None:
    asked(stage)
    stage.say("陈立", "同意T33延期")
    sent = stage.say("陈立", "撤回")
    assert "督查室撤回了 T33 的延期答复" in only(sent, "丁凯").text
    session.refresh(t33)
    assert t33.due_at == at(12, 11, 18)
    assert row(session).state is ExtensionState.ASKED


def test_what_waits_is_on_the_morning_card(
    stage: Stage, session: Session, case: Case, t33: Obligation
) -> None:
    people = [person.id for person in case.people.values()]
    assert for_mornings(session, people, stage.now) == {}
    stage.say("丁凯", "T33延到下周三，专家没定下来")
    stage.press("丁凯", "提交")
    session.flush()
    assert for_mornings(session, people, stage.now) == {case["罗建"].id: [("延期", "T33，等您定")]}
    stage.press("罗建", "同意报出")
    session.flush()
    assert set(for_mornings(session, people, stage.now)) == {case["陈立"].id, case["赵敏"].id}


def test_a_limit_that_moved_further_meanwhile_is_not_moved_back(
    stage: Stage, session: Session, t33: Obligation
) -> None:
    asked(stage)
    t33.due_at = at(12, 18, 18)
    session.flush()
    assert "要比它晚" in only(stage.say("陈立", "同意T33延期"), "陈立").text
    assert row(session).state is ExtensionState.ASKED
    assert t33.due_at == at(12, 18, 18)


def test_said_in_a_group_nothing_of_it_is_read_there(stage: Stage, t33: Obligation) -> None:
    for sentence in ("T33延到下周三，专家没定下来", "T33延到下周三", "T33 申请延期"):
        assert {s.to for s in stage.say("丁凯", sentence, group="wecom")} == {"丁凯"}
