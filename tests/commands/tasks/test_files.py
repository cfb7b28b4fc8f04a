"""材料: named at once, handed on as soon as its content is there."""

import pytest
from sqlmodel import Session, select

from commands.calendar import Workdays
from commands.notify import Channels
from commands.tasks.operations.receiving import hand_on
from connectors.chat import Document
from storage.clock import Moment
from storage.models import Attachment, Blob, ObligationState, OutboxEntry
from storage.queries import tasks as queries
from tests.commands.tasks.conftest import Matters
from tests.factories import Case, at
from tests.stage import Stage, only, to


def keep_blob(session: Session, key: str = "f:1") -> str:
    blob = Blob(key=key, name="执法意见.docx", size=1, sha256="0", data=b"x", created_at=at(11, 23))
    session.add(blob)
    session.flush()
    return key


def bring(session: Session, case: Case) -> list[str]:
    """The content of the only file arrives; who gets it."""
    file = session.exec(select(Attachment)).one()
    file.blob_key = keep_blob(session)
    session.flush()
    moment = Moment(at(11, 23, 10), at(11, 23, 10))
    people = hand_on(session, file.id, channels=Channels(b"k" * 32, {}), calendar=Workdays(), moment=moment)
    bodies = [row.body for row in session.exec(select(OutboxEntry)) if '"document"' in row.body]
    assert len(bodies) == len(people)
    names = {person.id: known for known, person in case.people.items()}
    return [names[person_id] for person_id in people]


def cooperating(matters: Matters) -> None:
    matters.make(1, "环保局", "城管局", handler="高宁", cooperate_state=ObligationState.IN_PROGRESS)


def test_a_file_that_is_there_goes_with_the_card(
    stage: Stage, matters: Matters, session: Session, case: Case
) -> None:
    cooperating(matters)
    stage.say("罗建", files=["执法意见.docx"])
    session.exec(select(Attachment)).one().blob_key = keep_blob(session)
    stage.say("罗建", "T1.2 报结")
    sent = stage.press("罗建", "提交")
    assert Document("f:1", "执法意见.docx") in [m.message for m in to(sent, "高宁")]


def test_a_file_that_comes_later_follows_the_card(
    stage: Stage, matters: Matters, session: Session, case: Case
) -> None:
    cooperating(matters)
    stage.say("王磊", "T1.2 报结", files=["执法意见.docx"])
    stage.press("王磊", "提交")
    assert bring(session, case) == ["罗建"]


@pytest.mark.parametrize("handed_in", [False, True])
def test_a_file_of_nothing_that_waits_goes_to_nobody(
    stage: Stage, matters: Matters, session: Session, case: Case, handed_in: bool
) -> None:
    cooperating(matters)
    stage.say("罗建", "T1.2 报结", files=["执法意见.docx"])
    if handed_in:
        stage.press("罗建", "提交")
        stage.press("高宁", "确认")
    assert bring(session, case) == []


def test_only_files_of_one_s_own_are_handed_in(
    stage: Stage, matters: Matters, session: Session, case: Case
) -> None:
    cooperating(matters)
    stage.say("丁凯", files=["别人的.docx"])
    stage.say("罗建", "T1.2 报结")
    stage.press("罗建", "提交")
    assert queries.last_submission(session, matters[1, 2].id) == []
    assert session.exec(select(Attachment.submission)).one() == 0


def test_a_file_of_last_month_is_not_handed_in_by_surprise(
    stage: Stage, matters: Matters, session: Session
) -> None:
    cooperating(matters)
    stage.say("罗建", files=["别的事.docx"])
    stage.later(days=8)
    assert only(stage.say("罗建", "T1.2 报结"), "罗建").row("材料") == "没有附材料"
