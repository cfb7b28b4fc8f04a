"""The ledger (台账) as a table: pure, no session."""

import io
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from openpyxl import Workbook
from openpyxl.cell import Cell, WriteOnlyCell
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.styles import Font

from commands.calendar import SHANGHAI
from commands.tasks.rules import SAID
from storage.models import Part
from storage.queries.ledger import Row

COLUMNS = (
    "编号", "专项", "事项", "牵头", "配合", "单位", "经办人", "内容", "权重", "时限", "原时限", "状态",
    "签收", "报结", "办结", "进展",
)  # fmt: skip
_WIDTHS = (8, 16, 36, 14, 24, 14, 10, 36, 6, 18, 18, 14, 18, 18, 18, 48)
LONG = 2_000  #: rows from which on people are told that it takes a while
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

Line = tuple[str, ...]


def lines(rows: Sequence[Row], progress: Mapping[int, str], *, unit_id: int | None) -> list[Line]:
    """One line an obligation; with ``unit_id`` that unit's own ones only, the others just named."""
    leads: dict[tuple[int, int], str] = {}
    helping: dict[tuple[int, int], list[str]] = {}
    for task, one, _, unit, _ in rows:
        place = (task.id, one.period)
        if one.part is Part.LEAD:
            leads[place] = unit
        else:
            helping.setdefault(place, []).append(unit)
    return [
        (
            f"T{task.number}" + ("" if one.position == 1 else f".{one.position}"),
            initiative,
            task.title + (f"（第 {one.period} 期）" if task.recurrence else ""),
            leads.get((task.id, one.period), ""),
            "、".join(helping.get((task.id, one.period), ())),
            unit,
            handler,
            one.content or task.outcome or task.title,
            str(task.weight),
            said(one.due_at),
            said(one.original_due_at),
            SAID[one.state],
            said(one.acknowledged_at),
            said(one.first_submitted_at),
            said(one.done_at),
            progress.get(one.id, ""),
        )
        for task, one, initiative, unit, handler in rows
        if unit_id is None or one.unit_id == unit_id
    ]


def said(at: datetime | None) -> str:
    """``2026-12-09 18:00``, Shanghai; empty for none."""
    return f"{at.astimezone(SHANGHAI):%Y-%m-%d %H:%M}" if at is not None else ""


def workbook(rows: Iterable[Line]) -> bytes:
    """The XLSX file. Every cell is text: what people wrote is never a formula."""
    book = Workbook(write_only=True)
    sheet = book.create_sheet("台账")
    sheet.freeze_panes = "A2"
    for column, width in zip("ABCDEFGHIJKLMNOP", _WIDTHS, strict=True):
        sheet.column_dimensions[column].width = width
    sheet.append([_cell(sheet, name, bold=True) for name in COLUMNS])
    for line in rows:
        sheet.append([_cell(sheet, value) for value in line])
    packed = io.BytesIO()
    book.save(packed)
    return packed.getvalue()


def _cell(sheet: object, value: str, *, bold: bool = False) -> Cell:
    cell = WriteOnlyCell(sheet, ILLEGAL_CHARACTERS_RE.sub("", value))  # type: ignore[arg-type]
    cell.data_type = "s"
    if bold:
        cell.font = Font(bold=True)
    return cell


def file_name(unit: str, initiative: str, at: datetime) -> str:
    """``垃圾分类台账（城管局）20261209.xlsx``."""
    whose = f"（{unit}）" if unit else ""
    safe = "".join(c for c in f"{initiative}台账{whose}" if c not in '\\/:*?"<>|')
    return f"{safe}{at.astimezone(SHANGHAI):%Y%m%d}.xlsx"
