"""有异议 without more: to a matter that was given, to the unit's figures, or to what of the two is asked."""

from datetime import date

import pytest
from sqlmodel import Session, col, select

from commands.ranking.rules.figures import Figures, Late
from storage.models import (
    Concern,
    Objection,
    Obligation,
    ObligationState,
    Ranking,
    RankingLine,
    RankingState,
)
from storage.queries import tasks as queries
from tests.factories import Case, at, make_task
from tests.stage import Sent, Stage, only, to

ABOUT_A_MATTER = "T7 社区办有异议，请定"
ABOUT_FIGURES = "协作数据有异议，请答复"


@pytest.fixture
def figures(session: Session, case: Case) -> Ranking:
    """第一期 is with the units until 12月23日; T8 of 社区办 is in it, T7 is once it is due there."""
    made = make_task(
        session,
        case.initiative,
        case.units["社区办"],
        number=8,
        title="巡查周报",
        state=ObligationState.DONE,
        due_at=at(12, 4, 18),
        handler=case["许静"],
    )
    done = queries.obligations_of(session, [made.id])[made.id][0]
    done.first_submitted_at = done.done_at = at(12, 4, 10)
    row = Ranking(
        initiative_id=case.initiative.id,
        number=1,
        first=date(2026, 11, 23),
        last=date(2026, 12, 18),
        as_of=at(12, 21),
        state=RankingState.CHECKING,
        check_until=at(12, 23, 18),
    )
    session.add(row)
    session.flush()
    late = (Late(days=14, planned=6, count=1),)
    counted = Figures(late=late, on_time=10, passed=10, asked=5, answered=5, helped=5, yes=15).dump()
    for position, name in enumerate(("环保局", "城管局", "社区办", "物业协会"), start=1):
        unit = case.units[name]
        line = RankingLine(
            ranking_id=row.id, unit_id=unit.id, position=position, figures=counted, band="A", index="90.0"
        )
        session.add(line)
    session.flush()
    return row


def office_reads(sent: list[Sent]) -> list[str]:
    return [message.title for message in to(sent, "陈立")]


@pytest.mark.parametrize("name", ["许静", "苏岚"])
def test_a_number_of_a_matter_in_hand_without_figures_is_the_matter(
    stage: Stage, t7: Obligation, name: str
) -> None:
    assert office_reads(stage.say(name, "T7 有异议，我们人手不够")) == [ABOUT_A_MATTER]


def test_no_number_and_figures_that_are_open_are_the_figures(
    stage: Stage, session: Session, t7: Obligation, figures: Ranking
) -> None:
    stage.now = at(12, 22, 10)
    assert "对哪一件有异议" in only(stage.say("许静", "有异议"), "许静").text
    assert office_reads(stage.say("许静", "T8，系统那天停机")) == [ABOUT_FIGURES]
    assert session.exec(select(Concern).where(Concern.obligation_id == t7.id)).all() == []


def test_no_number_and_no_figures_is_what_waits_to_be_signed_for(stage: Stage, t7: Obligation) -> None:
    assert only(stage.say("许静", "有异议"), "许静").text.startswith("对 T7 有什么异议？")
    assert office_reads(stage.say("许静", "我们人手不够")) == [ABOUT_A_MATTER]


@pytest.mark.parametrize(
    "sentence",
    [
        "T8不该算我们晚，系统那天停机",
        "对T8的扣分有异议，系统那天停机",
        "申诉T8 系统那天停机",
        "协作数据有异议，T8，停机",
    ],
)
def test_what_is_said_of_figures_is_an_objection_to_them_as_before(
    stage: Stage, session: Session, t7: Obligation, figures: Ranking, sentence: str
) -> None:
    stage.now = at(12, 22, 10)
    assert office_reads(stage.say("许静", sentence)) == [ABOUT_FIGURES]
    row = session.exec(select(Objection).order_by(col(Objection.id).desc())).all()[0]
    assert row.said == "T8"


def test_what_is_over_and_in_the_figures_is_the_figures(stage: Stage, figures: Ranking) -> None:
    stage.now = at(12, 22, 10)
    assert office_reads(stage.say("许静", "T8有异议，系统那天停机")) == [ABOUT_FIGURES]


def test_what_can_be_both_is_asked_and_the_reason_is_kept(
    stage: Stage, session: Session, t7: Obligation, figures: Ranking
) -> None:
    stage.now = at(12, 22, 10)
    for label, title in (("分工时限", ABOUT_A_MATTER), ("协作数据", ABOUT_FIGURES)):
        asked = stage.say("许静", "T7 有异议，名单要等街道报上来")
        assert office_reads(asked) == []
        assert only(asked, "许静").text.startswith("对 T7 的哪一样有异议：分工或时限，还是协作数据里的统计？")
        (card,) = to(stage.press("许静", label), "陈立")
        assert (card.title, "名单要等街道报上来" in card.text) == (title, True)


def test_asked_which_and_without_a_reason_the_reason_is_asked_too(
    stage: Stage, t7: Obligation, figures: Ranking
) -> None:
    stage.now = at(12, 22, 10)
    stage.say("许静", "T7 有异议")
    assert only(stage.press("许静", "分工时限"), "许静").text.startswith("对 T7 有什么异议？")
    assert office_reads(stage.say("许静", "名单要等街道报上来")) == [ABOUT_A_MATTER]


def test_the_pressed_card_decides(stage: Stage, t7: Obligation, figures: Ranking) -> None:
    stage.now = at(12, 22, 10)
    stage.press("许静", "有异议", title="请社区办牵头")
    assert office_reads(stage.say("许静", "名单要等街道报上来")) == [ABOUT_A_MATTER]


def test_the_figures_are_objected_to_by_the_units_door_alone(
    stage: Stage, session: Session, t7: Obligation, figures: Ranking, case: Case
) -> None:
    t7.handler_id = case["秦月"].id
    session.flush()
    stage.now = at(12, 22, 10)
    refused = only(stage.say("秦月", "T8不该算我们晚，系统那天停机"), "秦月").text
    assert refused == "这件事由单位联络员或负责人办理。"
    assert office_reads(stage.say("秦月", "T7 有异议，名单要等街道报上来")) == [ABOUT_A_MATTER]


def test_of_several_that_wait_one_is_named(
    stage: Stage, session: Session, case: Case, t7: Obligation
) -> None:
    make_task(session, case.initiative, case.units["社区办"], number=9, title="巡查周报")
    asked = only(stage.say("许静", "对分工有异议"), "许静").text
    assert "是哪一项？" in asked
    assert "T9 巡查周报" in asked
    assert only(stage.press("许静", "T7"), "许静").text.startswith("对 T7 有什么异议？")
