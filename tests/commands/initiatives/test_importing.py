"""A 任务分工表 becomes drafts, wholly or not at all."""

from collections.abc import Sequence
from datetime import date
from io import BytesIO
from pathlib import Path

import pytest
from openpyxl import Workbook
from sqlmodel import Session, select

from commands.calendar import SHANGHAI, Workdays
from commands.errors import BadInput
from commands.initiatives import division, importing
from commands.initiatives.cards.preparing import whole_table
from commands.initiatives.resolving import Said, resolve
from storage.audit_check import verify
from storage.clock import Moment
from storage.models import (
    AuditEntry,
    Initiative,
    InitiativeMember,
    InitiativeState,
    Obligation,
    ObligationState,
    OutboxEntry,
    Part,
    Person,
    Task,
    TaskState,
    Unit,
)
from tests.commands.initiatives.conftest import DEMO

START = date(2026, 11, 23)
HEAD = "| 事项 | 牵头 | 配合 | 完成时限 | 成果 |\n| --- | --- | --- | --- | --- |\n"


@pytest.fixture(autouse=True)
def _directory(people: dict[str, Person]) -> None:
    """Every test here has the demo's units."""


def load(session: Session, moment: Moment, path: Path, **more: int) -> importing.Report:
    return importing.import_file(
        session, path, starts_on=START, calendar=Workdays(), actor="console", moment=moment, **more
    )


def page(*rows: str, facts: str = "# 试点\n") -> bytes:
    return (facts + HEAD + "\n".join(f"| {row} |" for row in rows)).encode()


def workbook(rows: Sequence[Sequence[object]]) -> bytes:
    book = Workbook()
    assert book.active is not None
    for row in rows:
        book.active.append(list(row))
    packed = BytesIO()
    book.save(packed)
    return packed.getvalue()


def errors(session: Session, data: bytes, name: str = "表.md") -> list[str]:
    with pytest.raises(BadInput) as refused:
        resolve(session, name, data, Said(START), calendar=Workdays())
    assert isinstance(refused.value.reply, str)
    return refused.value.reply.split("；")


def test_the_waste_sorting_page_becomes_drafts(session: Session, moment: Moment) -> None:
    report = load(session, moment, DEMO / "waste-sorting.md")
    assert report.text.startswith("【任务分工表已读，请核对】\n专项：垃圾分类，11月23日（周一）启动\n")
    initiative = session.get_one(Initiative, report.initiative_id)
    assert (initiative.state, initiative.starts_on) == (InitiativeState.DRAFT, START)
    assert initiative.lead_unit_id is not None
    assert session.get_one(Unit, initiative.lead_unit_id).name == "环保局"
    assert initiative.leader_id is not None
    assert session.get_one(Person, initiative.leader_id).name == "周明"
    members = session.exec(select(InitiativeMember).order_by(InitiativeMember.position))  # type: ignore[arg-type]
    names = [session.get_one(Unit, member.unit_id).name for member in members]
    assert names == ["环保局", "城管局", "社区办", "物业协会"]
    assert session.exec(select(OutboxEntry)).all() == []
    entries = select(AuditEntry).where(AuditEntry.action == "initiative.import")
    assert {entry.actor for entry in session.exec(entries)} == {"console"}


def test_the_limits_of_the_waste_sorting_page_are_counted(session: Session, moment: Moment) -> None:
    load(session, moment, DEMO / "waste-sorting.md")
    rows = session.exec(
        select(Task, Obligation).join(Obligation).where(Obligation.part == Part.LEAD)  # type: ignore[arg-type]
    ).all()
    found = {
        task.number: (
            one.due_at and one.due_at.astimezone(SHANGHAI).date(),
            task.recurrence,
            task.provisional,
        )
        for task, one in rows
    }
    assert found == {
        1: (date(2026, 12, 14), "", False),
        2: (date(2026, 12, 21), "", False),
        3: (date(2026, 12, 28), "", False),
        4: (date(2027, 1, 5), "", True),
        5: (date(2026, 12, 21), "", False),
        6: (None, "WEEKLY", False),
        7: (None, "WEEKLY", False),
        8: (date(2026, 11, 27), "WEEKLY:FR", False),
    }
    for one in session.exec(select(Obligation)):
        assert one.state is ObligationState.DRAFT
        if one.part is Part.COOPERATE:
            assert one.due_at is None
    assert set(session.exec(select(Task.state))) == {TaskState.DRAFT}


def test_the_weekly_day_can_be_said_beside_the_file(session: Session, moment: Moment) -> None:
    report = load(session, moment, DEMO / "waste-sorting.md", weekly_day=4)
    assert "问一处" not in report.text
    assert set(session.exec(select(Task.recurrence))) == {"", "WEEKLY:FR"}


def test_a_second_import_keeps_the_numbers(session: Session, moment: Moment, tmp_path: Path) -> None:
    first = load(session, moment, DEMO / "waste-sorting.md")
    again = load(session, moment, DEMO / "waste-sorting.md")
    assert again.initiative_id == first.initiative_id
    assert sorted(session.exec(select(Task.number))) == list(range(1, 9))
    other = tmp_path / "智慧交通.md"
    other.write_bytes(page("信号灯 | 城管局 | 环保局 | 每周五 | 台账", facts=""))
    report = load(session, moment, other)
    assert "专项：智慧交通" in report.text
    assert max(session.exec(select(Task.number))) == 9


def test_the_record_agrees_with_the_rows_after_a_second_import(
    session: Session, moment: Moment, tmp_path: Path
) -> None:
    load(session, moment, DEMO / "waste-sorting.md")
    shorter = tmp_path / "垃圾分类.md"
    shorter.write_bytes(page("定标准 | 环保局 | 城管局 | 每周五 | ", facts=""))
    load(session, moment, shorter)
    other = tmp_path / "背街小巷.md"
    other.write_bytes(page("清巷 | 城管局 | 环保局、社区办 | 每周五 | ", facts=""))
    load(session, moment, other)
    assert verify(session).problems == ()


def test_what_was_sent_out_is_never_imported_over(session: Session, moment: Moment) -> None:
    report = load(session, moment, DEMO / "waste-sorting.md")
    session.get_one(Initiative, report.initiative_id).state = InitiativeState.ACTIVE
    with pytest.raises(BadInput, match="已经下发"):
        load(session, moment, DEMO / "waste-sorting.md")


def test_a_sheet_says_the_same_as_a_page(session: Session) -> None:
    data = workbook(
        [
            ["垃圾分类专项任务分工表"],
            ["牵头单位", "环保局"],
            ["成员单位：环保局、城管局"],
            [],
            ["序号", "事项", "牵头单位", "配合单位", "完成时限", "成果"],
            [1, "定标准", "环保局", "城管局、社区办", "启动后15个工作日", "文本"],
            [2, "查违规", "城管局", None, "每周五", None],
        ]
    )
    read = division.parse("分工表.xlsx", data)
    assert (read.title, read.lead, read.members) == ("垃圾分类", "环保局", ("环保局", "城管局"))
    assert [(m.no, m.title, m.lead, m.cooperate, m.limit, m.outcome) for m in read.matters] == [
        (6, "定标准", "环保局", ("城管局", "社区办"), "启动后15个工作日", "文本"),
        (7, "查违规", "城管局", (), "每周五", ""),
    ]
    resolved = resolve(session, "分工表.xlsx", data, Said(START), calendar=Workdays())
    names = [session.get_one(Unit, unit_id).name for unit_id in resolved.unit_ids]
    assert names == ["环保局", "城管局", "社区办"]


@pytest.mark.parametrize(
    ("row", "error"),
    [
        (" | 环保局 | | 每周五 | ", "第 4 行“事项”没有填写"),
        ("甲 | | | 每周五 | ", "第 4 行“牵头”没有填写"),
        ("甲 | 环保局 | | | ", "第 4 行“完成时限”没有填写"),
        ("甲 | 环保局、城管局 | | 每周五 | ", "第 4 行“牵头”写了 2 家，牵头只能是一家"),
        ("甲 | 环保局 | 环保局 | 每周五 | ", "第 4 行“配合”里的“环保局”已经是牵头"),
        ("甲 | 环保局 | | 尽快 | ", "第 4 行“完成时限”写的是“尽快”，读不出日期"),
        ("甲 | 环境保护局 | | 每周五 | ", "第 4 行“牵头”里没有找到“环境保护局”，相近的有：环保局"),
        ("甲 | 环保局 | 社区服务办 | 每周五 | ", "第 4 行“配合”里没有找到“社区服务办”，相近的有：社区办"),
        (f"{'长' * 101} | 环保局 | | 每周五 | ", "第 4 行“事项”超过 100 字，请写短一些，细节放在“成果”里"),
    ],
)
def test_a_broken_cell_is_named_by_row_and_column(session: Session, row: str, error: str) -> None:
    found = errors(session, page(row))
    assert found[0].startswith(error)
    assert found[1:] == ["一条也没有写入。"]
    assert session.exec(select(Initiative)).all() == []


@pytest.mark.parametrize("sheet", [True, False])
def test_a_matter_may_weigh_two_or_three(
    session: Session, moment: Moment, tmp_path: Path, sheet: bool
) -> None:
    rows = [
        ("甲", "环保局", "城管局", "每周五", 3),
        ("乙", "环保局", "", "每周五", "２"),
        ("丙", "环保局", "", "每周五", ""),
    ]
    head = ("事项", "牵头", "配合", "完成时限", "权重")
    if sheet:
        path = tmp_path / "试点.xlsx"
        path.write_bytes(workbook([head, *rows]))
    else:
        path = tmp_path / "试点.md"
        lines = [head, ("---",) * 5, *rows]
        path.write_text("".join(f"| {' | '.join(map(str, line))} |\n" for line in lines), "utf-8")
    report = load(session, moment, path)
    assert {task.title: task.weight for task in session.exec(select(Task))} == {"甲": 3, "乙": 2, "丙": 1}
    assert "权重：2：T2；3：T1；其余 1" in report.text
    assert "；权重 3" in whole_table(report.overview, now=moment.business).body
    assert verify(session).problems == ()


def test_a_sheet_without_weights_says_nothing_of_them(session: Session, moment: Moment) -> None:
    report = load(session, moment, DEMO / "waste-sorting.md")
    assert set(session.exec(select(Task.weight))) == {1}
    assert "权重" not in report.text
    assert "权重" not in whole_table(report.overview, now=moment.business).body


@pytest.mark.parametrize("written", ["0", "4", "1.5", "-1", "高", "3分"])
def test_a_weight_that_is_none_is_named_by_row_and_column(session: Session, written: str) -> None:
    head = "# 试点\n| 事项 | 牵头 | 完成时限 | 权重 |\n|---|---|---|---|\n"
    assert errors(session, f"{head}| 甲 | 环保局 | 每周五 | {written} |\n".encode()) == [
        f"第 4 行“权重”写的是“{written}”，可以写 1、2、3，不填是 1",
        "一条也没有写入。",
    ]


def test_all_broken_cells_are_named_at_once_in_the_order_of_the_file(session: Session) -> None:
    rows = ["甲 | 环保局 | 卫健委 | 每周五 |", "甲 | 城管局 | | 长期 |", " | 城管局 | | 每周五 |"]
    found = errors(session, page(*rows))
    assert [error.partition("里没有")[0].partition("写的")[0] for error in found] == [
        "第 4 行“配合”",
        "第 5 行“事项”与第 4 行相同",
        "第 5 行“完成时限”",
        "第 6 行“事项”没有填写",
        "一条也没有写入。",
    ]


def test_a_name_that_comes_often_is_said_once(session: Session) -> None:
    rows = [f"甲{n} | 卫健委 | 环保局 | 每周五 |" for n in range(3)]
    found = errors(session, page(*rows, facts="# 试点\n- 牵头单位: 卫健委\n"))
    assert found == ["第 2 行“牵头单位”里没有找到“卫健委”，请先导入通讯录（共 4 处）", "一条也没有写入。"]


def test_very_many_errors_are_counted(session: Session) -> None:
    found = errors(session, page(*[f"甲{n} | 环保局 | | 长期 |" for n in range(40)]))
    assert len(found) == 14
    assert found[-2:] == ["另有 28 处", "一条也没有写入。"]


def test_unknown_members_and_leads_are_named_by_their_line(session: Session) -> None:
    facts = "# 试点\n- 牵头单位: 环卫局\n- 成员单位: 城管局, 卫健委(钉钉)\n"
    found = errors(session, page("甲 | 环保局 | | 每周五 | ", facts=facts))
    assert found[0].startswith("第 2 行“牵头单位”里没有找到“环卫局”，相近的有：")
    assert found[1].startswith("第 3 行“成员单位”里没有找到“卫健委”")


def test_the_lead_that_was_said_must_be_the_one_in_the_file(session: Session) -> None:
    data = page("甲 | 环保局 | | 每周五 | ", facts="# 试点\n- 牵头单位: 环保局\n")
    other = session.exec(select(Unit.id).where(Unit.name == "城管局")).one()
    with pytest.raises(BadInput, match="和您说的不同"):
        resolve(session, "表.md", data, Said(START, lead_unit_id=other), calendar=Workdays())


@pytest.mark.parametrize(
    ("name", "data", "error"),
    [
        ("表.docx", b"", "读不了“表.docx”"),
        ("表.xlsx", b"no zip", "读不了这份表"),
        ("表.md", b"# \xff\xff\xff", "文字编码"),
        ("表.md", "# 试点\n没有表".encode(), "没有找到任务分工表"),
        ("表.md", ("# 试点\n" + HEAD).encode(), "没有事项"),
        ("表.csv", "姓名,手机\n甲,1\n".encode(), "没有找到任务分工表"),
        ("表.md", page(*[f"甲{n} | 环保局 | | 每周五 |" for n in range(101)]), "最多 100 项"),
        ("表.md", b"x" * (10 * 1024 * 1024 + 1), "超过 10 MB"),
        ("表.md", ("# 试点\n" + "|" * 3001).encode(), "第 2 行太长"),
    ],
)
def test_a_file_that_is_no_division_of_work_is_refused(name: str, data: bytes, error: str) -> None:
    with pytest.raises(BadInput, match=error):
        division.parse(name, data)


@pytest.mark.parametrize("title", ["一", "非常" * 11])
def test_a_title_must_fit_on_a_card(session: Session, title: str) -> None:
    found = errors(session, page("甲 | 环保局 | | 每周五 | ", facts=f"# {title}\n"))
    assert found[0].endswith("要有 2 到 20 个字")


def test_a_missing_file_is_said(session: Session, moment: Moment, tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="打不开"):
        load(session, moment, tmp_path / "没有.md")
