"""Two units handed in their parts of one matter: the lead names the unit, never a position."""

import pytest

from storage.models import ObligationState
from tests.commands.tasks.conftest import Matters
from tests.factories import at
from tests.stage import Stage, only

S = ObligationState


@pytest.fixture
def reported(matters: Matters) -> Matters:
    matters.make(1, "环保局", "城管局", "社区办", "物业协会", handler="高宁", cooperate_state=S.SUBMITTED)
    for position in (2, 3):
        one = matters[1, position]
        one.submitted_at = one.first_submitted_at = at(11, 20)
    matters[1, 4].state = S.IN_PROGRESS
    return matters


def states(matters: Matters) -> list[ObligationState]:
    return [matters[1, position].state for position in (2, 3, 4)]


def test_which_unit_is_asked_in_sentences_that_name_it(stage: Stage, reported: Matters) -> None:
    asked = only(stage.say("高宁", "确认 T1"), "高宁").text
    assert asked.splitlines()[:3] == ["是哪一家的？", "· 确认 T1 城管局", "· 确认 T1 社区办"]
    assert states(reported)[:2] == [S.SUBMITTED, S.SUBMITTED]
    assert only(stage.press("高宁", "社区办"), "高宁").row("单位") == "社区办"
    assert states(reported) == [S.SUBMITTED, S.DONE, S.IN_PROGRESS]


@pytest.mark.parametrize(
    "sentence", ["确认 T1 城管局", "确认T1城管局的配合", "T1 城管局的配合确认", "确认 T1.2"]
)
def test_the_unit_that_was_named_is_confirmed(stage: Stage, reported: Matters, sentence: str) -> None:
    assert only(stage.say("高宁", sentence), "高宁").row("单位") == "城管局"
    assert states(reported) == [S.DONE, S.SUBMITTED, S.IN_PROGRESS]


def test_another_unit_s_report_is_not_confirmed_in_its_place(stage: Stage, reported: Matters) -> None:
    answer = only(stage.say("高宁", "确认 T1 物业协会"), "高宁").text
    assert answer == "T1（物业协会配合）现在是“办理中”，先不确认。报结以后再办。"
    assert states(reported) == [S.SUBMITTED, S.SUBMITTED, S.IN_PROGRESS]


def test_more_is_asked_of_the_unit_that_was_named(stage: Stage, reported: Matters) -> None:
    asked = only(stage.say("高宁", "T1 请补充"), "高宁").text
    assert "· T1 社区办请补充" in asked
    assert only(stage.press("高宁", "社区办"), "高宁").text == "缺什么？写一句就行。"
    assert "已请社区办补充：缺两个小区" in only(stage.say("高宁", "缺两个小区"), "高宁").text
    assert states(reported) == [S.SUBMITTED, S.IN_PROGRESS, S.IN_PROGRESS]


def test_a_unit_in_what_is_missing_is_not_the_one_that_is_meant(stage: Stage, reported: Matters) -> None:
    reported[1, 3].state = S.DONE
    answer = only(stage.say("高宁", "T1 请补充 缺物业协会那一份"), "高宁").text
    assert answer.startswith("已请城管局补充：")
