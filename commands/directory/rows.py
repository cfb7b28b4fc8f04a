"""The rows of a directory file: XLSX, CSV or JSON → validated rows, or what is wrong in which cell."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator

from commands.directory.rules import KINDS, binding_of, keys_of, mobile_of, parts, roles_of
from commands.errors import BadInput
from commands.sheets import MAX_BYTES, MAX_CELL, MAX_LINES, Line, columns_of, decoded, lines_of
from storage.models import Role
from storage.queries.people import SENDABLE

_HEADING_WITHIN = 10  #: lines in which the heading must stand; titles and notes come before it


def _name(cell: str) -> str:
    """Names of two characters are often spread with a blank: 罗 建."""
    name = "".join(cell.split()) if not cell.isascii() else cell
    if not name:
        raise ValueError("没有填写")
    if len(name) > 40:
        raise ValueError("超过 40 字")
    return name


def _position(cell: str) -> int | None:
    if not cell:
        return None
    if not cell.isascii() or not cell.isdigit() or len(cell) > 6:
        raise ValueError("不是整数")
    return int(cell)


class Row(BaseModel):
    """One person. Field aliases are the columns' names; ``no`` is the line in the file."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    no: int
    unit: Annotated[str, BeforeValidator(_name)] = Field("", alias="单位", validate_default=True)
    name: Annotated[str, BeforeValidator(_name)] = Field("", alias="姓名", validate_default=True)
    title: str = Field("", alias="职务")
    roles: Annotated[tuple[Role, ...], BeforeValidator(roles_of)] = Field((), alias="角色")
    mobile: Annotated[str, BeforeValidator(mobile_of)] = Field("", alias="手机号", repr=False)
    employee_no: str = Field("", alias="工号")
    binding: Annotated[str, BeforeValidator(binding_of)] = Field("", alias="平台")
    account: str = Field("", alias="账号")
    deputy: str = Field("", alias="B角")
    aliases: Annotated[tuple[str, ...], BeforeValidator(parts)] = Field((), alias="称呼")
    short_names: Annotated[tuple[str, ...], BeforeValidator(parts)] = Field((), alias="单位简称")
    position: Annotated[int | None, BeforeValidator(_position)] = Field(None, alias="机构序")
    keys: tuple[tuple[str, str], ...] = ()

    @model_validator(mode="after")
    def _read_account(self) -> "Row":
        if self.account and not self.binding:
            raise ValueError("“平台”没有填写，不知道“账号”是哪个平台的")
        try:
            object.__setattr__(self, "keys", keys_of(self.binding, self.account))
        except ValueError as error:
            raise ValueError(f"“账号”{error}") from error
        if self.keys and not any(kind in SENDABLE for kind, _ in self.keys):
            raise ValueError(f"“账号”只有 {self.keys[0][0]}，消息发不到，请补 {_sendable(self.binding)}")
        return self


def _sendable(binding: str) -> str:
    return next((kind for kind in KINDS.get(binding, ()) if kind in SENDABLE), "、".join(SENDABLE))


COLUMNS = tuple(field.alias for field in Row.model_fields.values() if field.alias)
_REQUIRED = ("单位", "姓名")


@dataclass(frozen=True, slots=True)
class Sheet:
    """What a file says. ``errors`` are in the order of its lines; with any of them nothing is imported.

    ``columns``: those the file has. A column it lacks leaves what is known as it is; so does an
    empty cell.
    """

    rows: tuple[Row, ...]
    errors: tuple[str, ...]
    columns: frozenset[str]


def read(path: Path) -> Sheet:
    """Read a directory file.

    Raises:
        BadInput: the file as a whole cannot be read, or has no heading with 单位 and 姓名.
    """
    try:
        size = path.stat().st_size
        data = path.read_bytes() if size <= MAX_BYTES else b""
    except OSError as error:
        raise BadInput(f"打不开“{path.name}”：{error.strerror}。") from error
    if size > MAX_BYTES:
        raise BadInput(f"文件超过 {MAX_BYTES // 1024 // 1024} MB，请拆成几份。")
    return parse(path.name, data)


def parse(name: str, data: bytes) -> Sheet:
    """``read`` for a file that is already in memory."""
    if name.casefold().endswith(".json"):
        return _validated(*_from_json(data))
    return _validated(*_from_lines(lines_of(name, data)))


def _from_lines(lines: list[Line]) -> tuple[list[tuple[int, dict[str, str]]], frozenset[str]]:
    for at, line in enumerate(lines[:_HEADING_WITHIN]):
        columns = columns_of(line, COLUMNS)
        if all(column in columns for column in _REQUIRED):
            return [_by_column(each, columns) for each in lines[at + 1 :]], frozenset(columns)
    raise BadInput(f"没有找到表头：前 {_HEADING_WITHIN} 行里要有一行写着“单位”和“姓名”。")


def _by_column(line: Line, columns: Mapping[str, int]) -> tuple[int, dict[str, str]]:
    return line.no, {c: line.cells[at] for c, at in columns.items() if at < len(line.cells)}


def _from_json(data: bytes) -> tuple[list[tuple[int, dict[str, str]]], frozenset[str]]:
    """A list of objects with the columns as keys; 账号 may be an object ``{"open_id": …}``."""
    try:
        listed = json.loads(decoded(data))
    except (json.JSONDecodeError, RecursionError) as error:
        raise BadInput("不是 JSON 的写法。") from error
    if not isinstance(listed, list) or not all(isinstance(row, dict) for row in listed):
        raise BadInput("JSON 里要是一个列表，每人一项。")
    if len(listed) > MAX_LINES:
        raise BadInput(f"表超过 {MAX_LINES} 行，请拆成几份。")
    strange = sorted({str(key) for row in listed for key in row} - set(COLUMNS))
    if strange:
        raise BadInput(f"不认识“{strange[0]}”，可以写：{'、'.join(COLUMNS)}。")
    rows = [
        (no, {key: _cell(no, key, value) for key, value in row.items()}) for no, row in enumerate(listed, 1)
    ]
    return rows, frozenset(key for row in listed for key in row)


def _cell(no: int, column: str, value: Any) -> str:
    if isinstance(value, dict) and column == "账号":
        return "、".join(f"{kind}:{key}" for kind, key in value.items())
    if isinstance(value, list):
        return "、".join(str(part) for part in value)
    said = "" if value is None else str(value).strip()
    if isinstance(value, dict | bool | float) or len(said) > MAX_CELL:
        raise BadInput(f"第 {no} 行“{column}”读不了。")
    return said


def _validated(cells: Iterable[tuple[int, dict[str, str]]], columns: frozenset[str]) -> Sheet:
    rows: list[Row] = []
    errors: list[str] = []
    for no, row in cells:
        if not any(row.values()):
            continue
        try:
            rows.append(Row.model_validate({"no": no, **row}))
        except ValidationError as error:
            errors += [_said(no, each) for each in error.errors()]
    if not rows and not errors:
        raise BadInput("表里没有人员。")
    return Sheet(tuple(rows), tuple(errors), columns)


def _said(no: int, error: Mapping[str, Any]) -> str:
    column = f"“{error['loc'][0]}”" if error["loc"] else ""
    why = error.get("ctx", {}).get("error", error["msg"])
    return f"第 {no} 行{column}{why}"
