"""A reply to a card, as platforms let people reply to any message: a bare word then says what it is about."""

import pytest
from sqlmodel import Session, select

from storage.models import ObligationState, SentCard
from tests.commands.tasks.conftest import Matters
from tests.factories import Case
from tests.stage import Stage

CARD = "om_release"  #: the platform's name of the message with the card


@pytest.fixture
def waiting(stage: Stage, session: Session, matters: Matters, case: Case) -> None:
    """罗建 was asked to release T1, in his direct chat."""
    matters.make(1, "环保局", "城管局", handler="高宁", cooperate_state=ObligationState.IN_PROGRESS)
    matters[1, 2].handler_id = case["丁凯"].id
    stage.say("丁凯", "T1 报结")
    stage.press("丁凯", "提交")
    asked = session.exec(select(SentCard).where(SentCard.person_id == case["罗建"].id)).one()
    asked.handle = CARD


@pytest.mark.parametrize("said", ["同意", "可以", "同意报出", "同意。"])
@pytest.mark.usefixtures("waiting")
def test_a_bare_word_in_reply_to_a_card_answers_that_card(stage: Stage, matters: Matters, said: str) -> None:
    stage.say("罗建", said, answering=CARD)
    assert matters[1, 2].state is ObligationState.SUBMITTED


@pytest.mark.usefixtures("waiting")
def test_the_same_word_without_a_card_decides_nothing(stage: Stage, matters: Matters) -> None:
    stage.say("罗建", "同意")
    stage.say("罗建", "同意", answering="om_small_talk")
    assert matters[1, 2].state is ObligationState.RELEASING


@pytest.mark.usefixtures("waiting")
def test_a_reply_to_somebody_elses_card_is_no_answer_to_it(stage: Stage, matters: Matters) -> None:
    stage.say("王磊", "同意", answering=CARD)
    assert matters[1, 2].state is ObligationState.RELEASING


@pytest.mark.usefixtures("waiting")
def test_a_reply_to_an_older_face_of_a_card_is_told_to_look_again(stage: Stage, matters: Matters) -> None:
    matters[1, 2].decision_no += 1
    (told,) = stage.say("罗建", "同意", answering=CARD)
    assert "请看最新的一张" in told.text
    assert matters[1, 2].state is ObligationState.RELEASING
