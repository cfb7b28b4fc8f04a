"""A 任务分工表 as it is written: a Markdown page, or a sheet with the same columns.

::

    # 垃圾分类
    - 领导: 分管副市长
    - 牵头单位: 环保局
    - 成员单位: 环保局(钉钉), 城管局(企业微信)

    | 事项 | 牵头 | 配合 | 完成时限 | 成果 | 权重 |
    | --- | --- | --- | --- | --- | --- |
    | 制定分类标准 | 环保局 | 城管局、社区办 | 启动后15个工作日 | 标准文本 | 2 |

In a sheet the facts stand above the table, one a line: 专项 | 垃圾分类. What stands below an empty
table line, and facts nobody knows, are left out. Names of units are not looked up here.
"""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field

from commands.errors import BadInput
from commands.sheets import MAX_BYTES, MAX_CELL, Line, columns_of, decoded, lines_of

MAX_MATTERS = 100

_COLUMNS: Mapping[str, str] = {
    "事项": "title", "任务": "title", "工作任务": "title", "工作事项": "title", "重点任务": "title",
    "牵头": "lead", "牵头单位": "lead", "责任单位": "lead", "主办单位": "lead",
    "配合": "cooperate", "配合单位": "cooperate", "协办单位": "cooperate", "参与单位": "cooperate",
    "完成时限": "limit", "时限": "limit", "完成时间": "limit", "时间要求": "limit",
    "权重": "weight",
    "成果": "outcome", "成果形式": "outcome", "交付成果": "outcome",
}  # fmt: skip
_FACTS: Mapping[str, str] = {
    "专项": "title", "专项名称": "title", "名称": "title",
    "领导": "leader", "分管领导": "leader",
    "牵头单位": "lead", "牵头": "lead",
    "成员单位": "members", "成员": "members",
    "依据": "basis", "文号": "basis",
}  # fmt: skip
_WORDS = {"title": "事项", "lead": "牵头", "limit": "完成时限"}
WEIGHTS: Mapping[str, int] = {"": 1, "1": 1, "2": 2, "3": 3}
_NAMES = re.compile(r"[、,，;；/\n]+")
_IN_BRACKETS = re.compile(r"[(（][^()（）]*[)）]")
_RULE = re.compile(r"^:?-{3,}:?$")


@dataclass(frozen=True, slots=True)
class Matter:
    """One row. ``no`` is its line in the file; ``words``: field → what its column is called there."""

    no: int
    title: str
    lead: str
    cooperate: tuple[str, ...]
    limit: str
    outcome: str
    weight: str = ""  #: as written: a key of ``WEIGHTS``, or there is an error about it
    words: Mapping[str, str] = field(default_factory=dict)

    def says(self, name: str, what: str) -> str:
        """An error about one cell."""
        return f"第 {self.no} 行“{self.words.get(name, _WORDS.get(name, name))}”{what}"


@dataclass(frozen=True, slots=True)
class Division:
    """``errors`` are in the order of the lines. ``facts``: line of each fact, for errors about it."""

    title: str
    leader: str
    lead: str
    members: tuple[str, ...]
    basis: str
    matters: tuple[Matter, ...]
    errors: tuple[str, ...]
    facts: Mapping[str, int]


def parse(name: str, data: bytes) -> Division:
    """Read ``.md``, ``.xlsx`` or ``.csv``.

    Raises:
        BadInput: the file as a whole cannot be read, or there is no table in it.
    """
    if len(data) > MAX_BYTES:
        raise BadInput(f"文件超过 {MAX_BYTES // 1024 // 1024} MB，请拆成几份。")
    if name.casefold().endswith((".md", ".markdown", ".txt")):
        return _read(*_markdown(decoded(data)))
    return _read(*_sheet(lines_of(name, data)))


def names_in(cell: str) -> tuple[str, ...]:
    """``环保局(钉钉), 城管局`` → the names, each once. 无 and a dash are nobody."""
    names = (_IN_BRACKETS.sub("", part).strip() for part in _NAMES.split(cell))
    return tuple(dict.fromkeys(name for name in names if name and name not in ("无", "-", "—", "/", "——")))


def _markdown(text: str) -> tuple[list[tuple[int, str, str]], list[Line]]:
    facts: list[tuple[int, str, str]] = []
    table: list[Line] = []
    for no, line in enumerate(text.splitlines(), 1):
        line = line.strip()
        if len(line) > MAX_CELL * 6:
            raise BadInput(f"第 {no} 行太长。")
        if line.startswith("# ") and not facts:
            facts.append((no, "专项", line[2:].strip()))
        elif line.startswith(("- ", "* ")):
            key, _, value = line[2:].replace("：", ":").partition(":")
            facts.append((no, key.strip(), value.strip()))
        elif line.startswith("|"):
            cells = tuple(cell.strip() for cell in line.strip("|").split("|"))
            if not all(_RULE.match(cell) for cell in cells):
                table.append(Line(no, cells))
        elif table:
            break
    return facts, table


def _sheet(lines: list[Line]) -> tuple[list[tuple[int, str, str]], list[Line]]:
    """The facts above the heading; a line with one cell only is the title."""
    at = next((n for n, line in enumerate(lines) if _heading(line) is not None), None)
    if at is None:
        return [], []
    facts: list[tuple[int, str, str]] = []
    for line in lines[:at]:
        cells = [cell for cell in line.cells if cell]
        if len(cells) == 1 and "：" not in cells[0]:
            facts.append((line.no, "专项", re.sub(r"(?:专项)?任务分工表$|权责清单$", "", cells[0])))
        elif len(cells) == 1:
            key, _, value = cells[0].partition("：")
            facts.append((line.no, key.strip(), value.strip()))
        else:
            facts.append((line.no, cells[0].rstrip("：:"), cells[1]))
    return facts, lines[at:]


def _heading(line: Line) -> dict[str, int] | None:
    """Field → column, if this line is the table's heading."""
    columns: dict[str, int] = {}
    for word, at in columns_of(line, _COLUMNS).items():
        columns.setdefault(_COLUMNS[word], at)
    return columns if {"title", "lead", "limit"} <= columns.keys() else None


def _read(facts: list[tuple[int, str, str]], table: list[Line]) -> Division:
    columns = _heading(table[0]) if table else None
    if columns is None:
        raise BadInput("没有找到任务分工表：要有一行表头，写着“事项”“牵头”“完成时限”。")
    words = {name: table[0].cells[at].strip(" *") for name, at in columns.items()}
    rows = [_row(line, columns, words) for line in table[1:]]
    if not rows:
        raise BadInput("任务分工表里没有事项。")
    if len(rows) > MAX_MATTERS:
        raise BadInput(f"一份任务分工表最多 {MAX_MATTERS} 项，这份有 {len(rows)} 项。")
    known: dict[str, tuple[int, str]] = {}
    for no, word, value in facts:
        if word in _FACTS and value:
            known.setdefault(_FACTS[word], (no, value))
    said = {name: value for name, (_, value) in known.items()}
    return Division(
        title=said.get("title", ""),
        leader=said.get("leader", ""),
        lead=next(iter(names_in(said.get("lead", ""))), ""),
        members=names_in(said.get("members", "")),
        basis=said.get("basis", ""),
        matters=tuple(rows),
        errors=tuple(_errors(rows)),
        facts={name: no for name, (no, _) in known.items()},
    )


def _row(line: Line, columns: Mapping[str, int], words: Mapping[str, str]) -> Matter:
    cell = {name: line.cells[at] if at < len(line.cells) else "" for name, at in columns.items()}
    return Matter(
        no=line.no,
        title=cell["title"],
        lead=cell["lead"],
        cooperate=names_in(cell.get("cooperate", "")),
        limit=cell["limit"],
        outcome=cell.get("outcome", ""),
        weight=unicodedata.normalize("NFKC", cell.get("weight", "")),
        words=words,
    )


def _errors(rows: list[Matter]) -> list[str]:
    errors: list[str] = []
    titles: dict[str, Matter] = {}
    for row in rows:
        leads = names_in(row.lead)
        if not row.title:
            errors.append(row.says("title", "没有填写"))
        elif len(row.title) > 100:
            errors.append(row.says("title", "超过 100 字，请写短一些，细节放在“成果”里"))
        elif (first := titles.setdefault(row.title, row)) is not row:
            errors.append(row.says("title", f"与第 {first.no} 行相同"))
        if not leads:
            errors.append(row.says("lead", "没有填写"))
        elif len(leads) > 1:
            errors.append(row.says("lead", f"写了 {len(leads)} 家，牵头只能是一家"))
        elif leads[0] in row.cooperate:
            errors.append(row.says("cooperate", f"里的“{leads[0]}”已经是牵头"))
        if not row.limit:
            errors.append(row.says("limit", "没有填写"))
        if row.weight not in WEIGHTS:
            errors.append(row.says("weight", f"写的是“{row.weight}”，可以写 1、2、3，不填是 1"))
    return errors
