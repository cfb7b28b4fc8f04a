"""Tables people fill in, as lines of text cells: XLSX, CSV. Nothing in a file is ever computed or run."""

import csv
import io
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from zipfile import BadZipFile, ZipFile

from openpyxl import load_workbook
from openpyxl.utils.exceptions import InvalidFileException

from commands.errors import BadInput

MAX_BYTES = 10 * 1024 * 1024  #: of a file
MAX_UNPACKED = 100 * 1024 * 1024  #: of an XLSX, which is a zip: a small one can hold gigabytes
MAX_LINES = 20_000
MAX_COLUMNS = 60
MAX_CELL = 500  #: characters


@dataclass(frozen=True, slots=True)
class Line:
    """One row of the sheet. ``no`` is the number people see beside it; cells have no blanks around."""

    no: int
    cells: tuple[str, ...]


def lines_of(name: str, data: bytes) -> list[Line]:
    """The lines of the first sheet, empty ones left out.

    Raises:
        BadInput: too large, not what its name says, or longer than the limits.
    """
    if len(data) > MAX_BYTES:
        raise BadInput(f"文件超过 {MAX_BYTES // 1024 // 1024} MB，请拆成几份。")
    suffix = name.rpartition(".")[2].casefold()
    if suffix == "xlsx":
        return _bounded(_xlsx(data))
    if suffix == "csv":
        return _bounded(_csv(data))
    raise BadInput(f"读不了“{name}”，请用 .xlsx 或 .csv。")


def decoded(data: bytes) -> str:
    """Text as UTF-8, with or without a mark, or as GB 18030, which Chinese office programs write.

    Raises:
        BadInput: it is neither.
    """
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise BadInput("文件的文字编码认不出来，请另存为 UTF-8 再试。")


def columns_of(line: Line, known: Iterable[str]) -> dict[str, int]:
    """Where each known column stands in a heading line; ``姓名*`` and ``姓名（必填）`` are 姓名.

    Raises:
        BadInput: a column stands there twice.
    """
    wanted, found = set(known), dict[str, int]()
    for at, cell in enumerate(line.cells):
        title = cell.partition("（")[0].partition("(")[0].strip(" *：:")
        if title in wanted:
            if title in found:
                raise BadInput(f"第 {line.no} 行有两列“{title}”。")
            found[title] = at
    return found


def _bounded(lines: Iterator[tuple[int, Sequence[str]]]) -> list[Line]:
    kept: list[Line] = []
    for no, cells in lines:
        if no > MAX_LINES:
            raise BadInput(f"表超过 {MAX_LINES} 行，请拆成几份。")
        line = tuple(" ".join(cell.split()) for cell in cells[:MAX_COLUMNS])
        if any(line):
            for at, cell in enumerate(line):
                if len(cell) > MAX_CELL:
                    raise BadInput(f"第 {no} 行第 {at + 1} 列超过 {MAX_CELL} 字。")
            kept.append(Line(no, line))
    return kept


def _csv(data: bytes) -> Iterator[tuple[int, Sequence[str]]]:
    reader = csv.reader(io.StringIO(decoded(data), newline=""))
    try:
        yield from enumerate(reader, 1)
    except csv.Error as error:
        raise BadInput(f"第 {reader.line_num} 行不是 CSV 的写法。") from error


def _xlsx(data: bytes) -> Iterator[tuple[int, Sequence[str]]]:
    unreadable = "读不了这份表，请用 Excel 或 WPS 另存为 .xlsx 再试。"
    try:
        with ZipFile(io.BytesIO(data)) as parts:
            if sum(part.file_size for part in parts.infolist()) > MAX_UNPACKED:
                raise BadInput("这份表展开后太大，请只保留需要的一页。")
        book = load_workbook(io.BytesIO(data), read_only=True, data_only=True, keep_links=False)
    except (BadZipFile, zipfile.LargeZipFile, InvalidFileException, KeyError, ValueError, OSError) as error:
        raise BadInput(unreadable) from error
    try:
        if not book.worksheets:
            raise BadInput(unreadable)
        rows = book.worksheets[0].iter_rows(values_only=True, max_col=MAX_COLUMNS, max_row=MAX_LINES + 1)
        for no, row in enumerate(rows, 1):
            yield no, [_said(value) for value in row]
    except (KeyError, ValueError, SyntaxError) as error:  # SyntaxError: XML that does not parse
        raise BadInput(unreadable) from error
    finally:
        book.close()


def _said(value: object) -> str:
    """A cell as people read it: 13800000000 and not 13800000000.0, a day without its midnight."""
    if value is None:
        return ""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, datetime) and (value.hour, value.minute) == (0, 0):
        return value.date().isoformat()
    if isinstance(value, date):
        return value.isoformat()
    return str(value)
