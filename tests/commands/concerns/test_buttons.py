"""A button is a sentence: each one on these cards is understood as the command it stands for."""

from sqlmodel import Session, select

from commands.directory.snapshot import directory
from commands.understanding.engine import understand
from connectors import chat
from connectors.chat import Card, Text
from storage.models import Obligation, SentCard
from tests.stage import Stage

MEANT = {
    "签收": "accept",
    "商量时限": "negotiate_due",
    "有异议": "appeal",
    "维持": "adjust",
    "维持原定": "adjust",
    "调整时限": "adjust",
    "改日期": "adjust",
    "不需配合": "adjust",
    "终止": "cancel",
    "同意": "approve",
    "撤回": "undo",
}
DAYS = {"今天下班", "明天下班", "周五下班"}  #: answers to a question


def test_every_button_is_understood_as_what_it_says(
    stage: Stage, session: Session, t7: Obligation, t1: Obligation
) -> None:
    stage.press("许静", "有异议")
    stage.say("许静", "我们人手不够")
    stage.say("王磊", "T1 有异议，标准没定")
    stage.say("许静", "T7 商量时限，改到12月5日，设备没到")
    stage.say("王磊", "T1 商量时限，改到12月11日，专家出差")
    said = _said(stage, session)
    stage.press("陈立", "同意")
    stage.press("高宁", "维持原定")
    stage.say("高宁", "月底要上会")
    stage.say("陈立", "维持 T7 分工，市里定的")
    stage.press("王磊", "商量时限", title="请城管局配合")
    said |= _said(stage, session)
    assert {label: intent for label, intent in said.items() if label not in DAYS} == MEANT


def _said(stage: Stage, session: Session) -> dict[str, str]:
    """Label → intent, of every card as it is shown now."""
    names = directory(session)
    shown = [chat.load_message(row.card) for row in session.exec(select(SentCard))]
    buttons = [button for one in shown if isinstance(one, Card | Text) for button in one.buttons]
    return {b.label: understand(b.sentence, now=stage.now, directory=names).intent for b in buttons}
