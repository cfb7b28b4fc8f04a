"""不需配合: the lead or the office says so; nobody waits and nobody is scored."""

import pytest

from storage.models import ObligationState
from tests.commands.tasks.conftest import Matters
from tests.stage import Stage, only, to


@pytest.mark.parametrize("name", ["高宁", "李娜", "陈立"])
def test_a_waived_unit_no_longer_holds_the_lead_back(stage: Stage, matters: Matters, name: str) -> None:
    matters.make(3, "环保局", "社区办", handler="高宁", state=ObligationState.SUBMITTED)
    sent = stage.say(name, "T3 社区办不需配合")
    assert only(sent, name).text.startswith("T3 已不需社区办配合")
    assert to(sent, "许静") == []  # it had not been asked for anything
    assert matters[3, 2].state is ObligationState.CANCELLED
    stage.say("陈立", "T3 通过")
    assert matters[3, 1].state is ObligationState.DONE


def test_a_unit_that_was_asked_hears_that_it_is_not_needed(stage: Stage, matters: Matters) -> None:
    matters.make(3, "环保局", "社区办", handler="高宁", cooperate_state=ObligationState.IN_PROGRESS)
    sent = stage.say("高宁", "T3 社区办不需配合")
    assert only(sent, "许静").text == "T3 已不需社区办配合，不用再办，也不计分。"


@pytest.mark.parametrize("name", ["许静", "丁凯"])
def test_others_cannot_waive(stage: Stage, matters: Matters, name: str) -> None:
    matters.make(3, "环保局", "社区办", handler="高宁")
    stage.say(name, "T3 社区办不需配合")
    assert matters[3, 2].state is ObligationState.UNSPECIFIED


def test_what_was_handed_in_is_not_waived_away(stage: Stage, matters: Matters) -> None:
    matters.make(3, "环保局", "社区办", handler="高宁", cooperate_state=ObligationState.SUBMITTED)
    answer = only(stage.say("高宁", "T3 社区办不需配合"), "高宁").text
    assert answer.startswith("T3（社区办配合）现在是“已报结”")


def test_taking_it_back_tells_only_who_had_been_told(stage: Stage, matters: Matters) -> None:
    matters.make(3, "环保局", "社区办", "城管局", handler="高宁", cooperate_state=ObligationState.IN_PROGRESS)
    matters[3, 3].state = ObligationState.UNSPECIFIED
    stage.say("高宁", "T3 社区办、城管局不需配合")
    assert matters[3, 3].state is ObligationState.CANCELLED
    sent = stage.say("高宁", "撤回")
    assert only(sent, "许静").text == "T3 仍请配合，刚才的“不需配合”已撤回。"
    assert to(sent, "王磊") == []
    assert matters[3, 2].state is ObligationState.IN_PROGRESS
