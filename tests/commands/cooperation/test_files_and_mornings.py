"""A file that arrives after it was given, and what waits for whom in the morning."""

from sqlmodel import Session, select

from commands.calendar import Workdays
from commands.cooperation.waiting import for_mornings
from commands.notify import Channels
from commands.tasks.operations.receiving import hand_on
from storage.clock import Moment
from storage.models import Attachment, Blob, Obligation, OutboxEntry
from tests.factories import Case, at
from tests.stage import Stage, only


def asked(stage: Stage) -> None:
    stage.say("丁凯", "T21卡住了，等社区办给北门两条巷的住户名单")
    stage.press("丁凯", "明天中午")
    stage.press("丁凯", "发出")


def test_a_file_that_comes_later_reaches_who_asked(
    stage: Stage, session: Session, case: Case, t21: Obligation
) -> None:
    asked(stage)
    stage.say("许静", files=["北门住户.xlsx"])
    answer = [s.text for s in stage.say("许静", "给T21") if s.to == "许静"]
    assert answer == ["已转城管局丁凯。《北门住户.xlsx》收到后一并转去。"]
    blob = Blob(key="blob-1", name="北门住户.xlsx", size=1, sha256="0", data=b"x", created_at=at(12, 9))
    session.add(blob)
    session.flush()
    file = session.exec(select(Attachment)).one()
    file.blob_key = blob.key
    session.flush()
    moment = Moment(at(12, 9, 10), at(12, 9, 10))
    told = hand_on(session, file.id, channels=Channels(b"k" * 32, {}), calendar=Workdays(), moment=moment)
    assert told == [case["丁凯"].id]
    assert [row.body for row in session.exec(select(OutboxEntry)) if '"document"' in row.body]


def test_what_waits_is_on_the_morning_card(
    stage: Stage, session: Session, case: Case, t21: Obligation
) -> None:
    people = [person.id for person in case.people.values()]
    assert for_mornings(session, people, stage.now) == {}
    asked(stage)
    session.flush()
    rows = for_mornings(session, people, stage.now)
    assert rows[case["许静"].id] == [("商请", "T21，请答复")]
    assert rows[case["陈立"].id] == [("受阻", "T21，请定是否暂停")]
    assert case["丁凯"].id not in rows
    stage.press("陈立", "照常计时")
    stage.press("许静", "可以")
    session.flush()
    assert for_mornings(session, people, stage.now) == {}


def test_a_file_before_its_words_is_told_whose_papers_are_waited_for(stage: Stage, t21: Obligation) -> None:
    asked(stage)
    kept = only(stage.say("许静", files=["北门住户.xlsx"]), "许静")
    assert kept.text == "已收到《北门住户.xlsx》。是给哪件事的，请连编号一起说，例如“给T21”。"
