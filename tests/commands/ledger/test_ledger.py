"""导出台账: who gets what, what is in it, and that nothing in it is a formula."""

import io
from collections.abc import Sequence

import pytest
from openpyxl import load_workbook
from sqlmodel import Session, col, select

from commands.ledger import operations, rules
from commands.ledger.handlers import SUBJECT
from commands.notify import Channels
from connectors import chat
from connectors.chat import Document
from storage.clock import Moment
from storage.models import Blob, ExportState, LedgerExport, ObligationState, OutboxEntry, Progress
from storage.queries import tasks as tasks
from tests.factories import NOW, Case, at, make_case, make_task
from tests.stage import Stage, only

CHANNELS = Channels(b"k" * 32, {"dingtalk": "dingtalk", "wecom": "wecom"})
MOMENT = Moment(business=NOW, system=NOW)


@pytest.fixture
def case(session: Session) -> Case:
    made = make_case(session)
    task = make_task(
        session,
        made.initiative,
        made.units["环保局"],
        made.units["城管局"],
        number=1,
        title="=HYPERLINK(1)",
        state=ObligationState.IN_PROGRESS,
        handler=made["高宁"],
    )
    lead = tasks.obligations_of(session, [task.id])[task.id][0]
    for note, withdrawn in (("旧的", None), ("清了六条巷", None), ("不算", NOW)):
        row = Progress(obligation_id=lead.id, person_id=made["高宁"].id, note=note, at=NOW)
        row.withdrawn_at = withdrawn
        session.add(row)
        session.flush()
    make_task(session, made.initiative, made.units["社区办"], number=2, title="摸清底数")
    return made


@pytest.fixture
def stage(session: Session, case: Case) -> Stage:
    return Stage(session, SUBJECT, people=case.people, groups=case.groups)


def built(session: Session) -> Sequence[tuple[object, ...]]:
    """The file the worker would send, read again."""
    claimed = operations.claim(session, NOW)
    assert claimed is not None
    gathered = operations.gather(session, claimed[0])
    data = rules.workbook(gathered.lines)
    assert operations.send(session, claimed[0], gathered.name, data, channels=CHANNELS, moment=MOMENT)
    book = load_workbook(io.BytesIO(data))
    assert all(cell.data_type != "f" for row in book["台账"].iter_rows() for cell in row)
    return list(book["台账"].iter_rows(values_only=True))


def test_one_word_is_enough(session: Session, stage: Stage) -> None:
    assert "正在导出" in only(stage.say("陈立", "台账"), "陈立").text
    assert [line[0] for line in built(session)[1:]] == ["T1", "T1.2", "T2"]


def test_the_office_gets_everything_as_a_file_in_the_direct_chat(session: Session, stage: Stage) -> None:
    assert "正在导出" in only(stage.say("陈立", "导出台账"), "陈立").text
    heading, *lines = built(session)
    assert heading == rules.COLUMNS
    assert [line[0] for line in lines] == ["T1", "T1.2", "T2"]
    first = dict(zip(rules.COLUMNS, lines[0], strict=True))
    assert first["事项"] == "=HYPERLINK(1)"
    assert (first["牵头"], first["配合"], first["经办人"]) == ("环保局", "城管局", "高宁")
    assert first["权重"] == "1"
    assert (first["时限"], first["状态"], first["进展"]) == ("2026-12-14 18:00", "办理中", "清了六条巷")
    sent = chat.load_message(session.exec(select(OutboxEntry.body).order_by(col(OutboxEntry.id))).all()[-1])
    assert isinstance(sent, Document)
    assert sent.name == "台账20261209.xlsx"
    assert session.exec(select(Blob)).one().key == sent.blob


def test_a_liaison_gets_the_own_units_part_only(session: Session, stage: Stage) -> None:
    stage.say("王磊", "导出垃圾分类台账")
    _, *lines = built(session)
    assert [(line[0], line[5]) for line in lines] == [("T1.2", "城管局")]


def test_a_handler_is_told_who_exports_it(session: Session, stage: Stage) -> None:
    assert "督查室或单位联络员" in only(stage.say("丁凯", "导出台账"), "丁凯").text
    assert session.exec(select(LedgerExport)).all() == []


def test_a_file_is_sent_once_and_who_lost_the_right_gets_none(
    session: Session, case: Case, stage: Stage
) -> None:
    stage.say("王磊", "导出台账")
    claimed = operations.claim(session, NOW)
    assert claimed is not None
    assert operations.claim(session, NOW) is None
    assert operations.claim(session, at(12, 9, 10)) == (claimed[0], 2)
    assert operations.send(session, claimed[0], "a.xlsx", b"x", channels=CHANNELS, moment=MOMENT)
    assert not operations.send(session, claimed[0], "a.xlsx", b"x", channels=CHANNELS, moment=MOMENT)
    stage.say("王磊", "导出台账")
    later = operations.claim(session, NOW)
    assert later is not None
    case["王磊"].left_at = NOW
    session.flush()
    with pytest.raises(operations.NotAllowed):
        operations.gather(session, later[0])
    operations.give_up(session, later[0], channels=CHANNELS, moment=MOMENT)
    assert session.get_one(LedgerExport, later[0]).state is ExportState.FAILED
