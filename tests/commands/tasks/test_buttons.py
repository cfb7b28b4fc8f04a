"""A button is a sentence: each one that a matter's cards show is understood as the command it stands for."""

import pytest
from sqlmodel import Session, select

from commands.directory.snapshot import directory
from commands.understanding.engine import understand
from connectors import chat
from connectors.chat import Card, Text
from storage.models import ObligationState, SentCard
from tests.commands.tasks.conftest import Matters
from tests.factories import Case, at
from tests.stage import Stage

#: Label → intent.
MEANT = {
    "签收": "accept",
    "全部签收": "accept",
    "明确配合": "specify",
    "看全部": "query_mine",
    "确认": "confirm",
    "请补充": "ask_for_more",
    "已补好": "supplement",
    "报结": "complete",
    "更正": "correct",
    "撤回": "undo",
    "提交": "send",
    "发出": "send",
    "换材料": "edit",
    "修改": "edit",
    "不发": "discard",
    "同意报出": "release",
    "退改": "release",
    "通过": "approve",
    "退回重办": "return",
    "接收": "transfer",
    "不接": "transfer",
    "商量时限": "negotiate_due",
    "有异议": "appeal",
}


@pytest.fixture
def case_with_everything(stage: Stage, matters: Matters, session: Session, case: Case) -> Stage:
    """Every card of a matter's life was sent once."""
    matters.make(1, "环保局", "城管局", "社区办", state=ObligationState.ASSIGNED)
    matters.make(2, "环保局", state=ObligationState.ASSIGNED, title="宣传材料")
    stage.say("李娜", "我的")
    stage.say("李娜", "T1 签收，给高宁")
    stage.say("高宁", "T1 城管局12月9号前给执法意见，社区办12月9号前给小区底数")
    stage.press("高宁", "发出")
    stage.say("王磊", "T1 签收，给丁凯")
    stage.say("丁凯", "T1 走访了五家，还差两家")
    for answer in ("退改", "同意报出"):
        stage.say("丁凯", "T1 报结", files=["执法意见.docx"])
        stage.press("丁凯", "提交")
        stage.press("罗建", answer)
        stage.say("罗建", "数字对不上")
    stage.press("高宁", "请补充")
    stage.say("高宁", "缺沿街商户部分")
    stage.say("李娜", "T2 签收")
    stage.say("李娜", "T2转给高宁")
    stage.say("李娜", "T2 报结")
    stage.press("李娜", "提交")
    stage.press("何川", "同意报出")
    stage.say("陈立", "T2 退回 照片是去年的")
    stage.now = at(11, 24)
    stage.say("陈立", "请社区办牵头、物业协会配合，周四前报12个试点小区名单")
    stage.press("陈立", "发出")
    matters.make(20, "环保局", "城管局", handler="高宁", cooperate_state=ObligationState.IN_PROGRESS)
    stage.say("丁凯", "T1 报结")  # drafts and questions that wait
    stage.say("王磊", "T20 报结")
    stage.press("王磊", "提交")
    stage.say("罗建", "T1 报结")
    stage.press("罗建", "提交")
    stage.say("丁凯", "T20 报结")
    stage.say("高宁", "T1 社区办12月10号前给小区底数")
    stage.say("陈立", "请社区办牵头、物业协会配合，周四前报12个试点小区名单")
    return stage


def test_every_button_is_understood_as_what_it_says(case_with_everything: Stage, session: Session) -> None:
    names = directory(session)
    seen: dict[str, str] = {}
    for row in session.exec(select(SentCard)):
        shown = chat.load_message(row.card)
        assert isinstance(shown, Card | Text)
        for button in shown.buttons:
            said = understand(button.sentence, now=case_with_everything.now, directory=names)
            if said.intent != MEANT.get(button.label):
                seen[f"{button.label} → {button.sentence}"] = said.intent
    assert seen == {}


def test_every_card_was_shown(case_with_everything: Stage, session: Session) -> None:
    shown = [chat.load_message(row.card) for row in session.exec(select(SentCard))]
    labels = {b.label for card in shown if isinstance(card, Card | Text) for b in card.buttons}
    assert labels == set(MEANT)
