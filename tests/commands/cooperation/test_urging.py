"""催办: in the office's name, once per matter and half-day, at hours when people work."""

from datetime import timedelta

import pytest
from sqlmodel import Session, select

from storage.models import AuditEntry, Obligation, ObligationState, OutboxEntry, Task
from storage.queries import tasks as queries
from tests.factories import Case, at, make_task
from tests.stage import Stage, only, to


@pytest.fixture
def t1(session: Session, case: Case) -> Task:
    """Led by 环保局, 城管局 and 社区办 co-operate."""
    units = (case.units[n] for n in ("环保局", "城管局", "社区办"))
    task = make_task(
        session,
        case.initiative,
        *units,
        number=1,
        title="分类标准",
        state=ObligationState.IN_PROGRESS,
        cooperate_state=ObligationState.IN_PROGRESS,
        handler=case["高宁"],
    )
    for one in queries.obligations_of(session, [task.id])[task.id][1:]:
        one.content = "给小区底数"
    session.flush()
    return task


def test_the_lead_urges_a_unit_without_its_own_name(stage: Stage, t1: Task) -> None:
    sent = stage.say("高宁", "催一下社区办 T1")
    assert only(sent, "高宁").text == "已催T1：社区办。"
    urged = only(sent, "许静").text
    assert urged.startswith("督查室催办：T1 给小区底数，时限 12月9日（周三）。")
    assert "环保局" not in urged
    assert "高宁" not in urged
    assert to(sent, "王磊") == []


def test_once_a_half_day_whoever_urges(stage: Stage, session: Session, t1: Task) -> None:
    stage.say("高宁", "催一下社区办 T1")
    again = only(stage.say("陈立", "催一下社区办 T1"), "陈立")
    assert again.text == "T1 上午已催过（12月9日（周三）09:30，高宁），下午再催。"
    stage.now = at(12, 9, 14)
    assert to(stage.say("陈立", "催一下社区办 T1"), "许静")
    noted = session.exec(select(AuditEntry).where(AuditEntry.action == "urge")).all()
    assert len(noted) == 2


def test_without_a_unit_all_that_is_open_is_urged(stage: Stage, t1: Task) -> None:
    sent = stage.say("陈立", "催一下 T1")
    assert {s.to for s in sent} == {"陈立", "高宁", "李娜", "王磊", "许静"}


@pytest.mark.parametrize(
    ("said_at", "goes_at"),
    [
        (at(12, 9, 20, 30), at(12, 10, 8, 35)),
        (at(12, 10, 6), at(12, 10, 8, 35)),
        (at(12, 11, 21), at(12, 14, 8, 35)),
        (at(12, 12, 10), at(12, 14, 8, 35)),
    ],
)
def test_in_quiet_hours_it_waits_for_the_morning(
    stage: Stage, session: Session, t1: Task, said_at: object, goes_at: object
) -> None:
    stage.now = said_at  # type: ignore[assignment]
    sent = stage.say("陈立", "催一下社区办 T1")
    assert only(sent, "陈立").text.startswith("现在不打扰人。")
    urged = session.exec(select(OutboxEntry).where(OutboxEntry.lane == 1)).one()
    assert urged.due_at == goes_at
    assert urged.on_unknown == "hold"
    assert "不用再催" in only(stage.say("陈立", "催一下社区办 T1"), "陈立").text


@pytest.mark.parametrize("name", ["丁凯", "许静", "吴桐", "周明"])
def test_others_do_not_urge(stage: Stage, t1: Task, name: str) -> None:
    assert {s.to for s in stage.say(name, "催一下 T1")} == {name}


def test_who_waits_urges_what_was_asked_for(stage: Stage, t21: Obligation) -> None:
    stage.say("丁凯", "T21卡住了，等社区办给北门两条巷的住户名单")
    stage.press("丁凯", "明天中午")
    stage.press("丁凯", "发出")
    urged = only(stage.say("丁凯", "催一下社区办 T21"), "许静").text
    assert urged.startswith("督查室催办：T21 城管局商请“北门两条巷的住户名单”，时限 12月10日（周四）12:00。")
    assert "请先答复" in urged


def test_the_office_urges_a_whole_unit(stage: Stage, session: Session, t1: Task) -> None:
    sent = stage.say("陈立", "催办 社区办")
    assert "T1" in only(sent, "许静").text
    assert "由督查室来" in only(stage.say("高宁", "催办 社区办"), "高宁").text
    stage.now -= timedelta(days=9)
    assert "没有临期或逾期" in only(stage.say("陈立", "催办 城管局"), "陈立").text
