"""Workbooks → tables of text cells; numbers become the text that a person sees, and of merged cells it is
known which are part of another one, and so are empty.

Format: ECMA-376 (Office Open XML), part 1; mergeCell: 18.3.1.54.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from io import BytesIO
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple

from examgen.core.archives import open_zip
from examgen.core.files import read_input
from examgen.core.problems import Refused
from examgen.core.tables.records import (
    LARGEST_BYTES,
    NO_COLUMNS,
    UNREADABLE,
    Table,
    TableRecord,
    number_text,
    refusal,
    visible,
)
from examgen.core.tables.sheets import Sheet, WorkbookFault, damaged, open_workbook
from examgen.core.words import Message, tell

LARGEST_TEXTS = 256 * 1024**2
"""Bytes of the texts that all cells of a workbook share, which are in memory together."""
_BLOCK = 1 << 20
_MOST_OPEN = 1_000
"""Merged cells that reach over one row."""
_CODES = {"damaged": "damaged-workbook", "not-a-workbook": "not-an-answer-file"}

_CELL = re.compile(rb"<c\b((?:[^<>/]|/(?!>))*)>((?:(?!<c\b).)*?)</c>", re.DOTALL)
_VALUE = re.compile(rb"<v[^>]*>[^<]")
_PLACE = re.compile(rb'\br="([A-Z]+[0-9]+)"')
_MERGE = re.compile(
    rb'<(?:\w+:)?mergeCell\b[^<>]*\bref="\$?([A-Z]{1,3})\$?([0-9]{1,7}):\$?([A-Z]{1,3})\$?([0-9]{1,7})"'
)

_HIDDEN = re.compile(rb'<(?:\w+:)?(?:row|col)\b[^<>]*\bhidden="(?:1|true)"')


class NumberedRow(NamedTuple):
    """A row by its number, and the columns of it that `TableRecord` calls odd and merged."""

    line: int
    cells: list[str]
    odd: frozenset[int] = NO_COLUMNS
    merged: frozenset[int] = NO_COLUMNS


def workbook_tables(name: str, source: bytes | Path) -> list[Table]:
    """Each worksheet that has anything on it; raises Refused for a damaged workbook."""
    data = source if isinstance(source, bytes) else read_input(source)
    try:
        sheets = open_workbook(data, LARGEST_BYTES, values=True).values()
        merges, hidden = _check_parts(name, data)
    except WorkbookFault as fault:
        raise _refused(name, fault) from fault
    except Refused:
        raise
    except Exception as fault:  # readers raise whatever a damaged part happens to cause
        raise _refused(name, damaged()) from fault
    tables = [
        table_of(
            tell("sheet {name!r} of a workbook, its hidden rows and columns too", name=sheet.title)
            if sheet.part in hidden
            else tell("sheet {name!r} of a workbook", name=sheet.title),
            partial(_sheet_rows, name, sheet, merges.get(sheet.part, ())),
            sheet.title,
        )
        for sheet in sheets
    ]
    return [table for table in tables if table is not None]


def table_of(label: Message, rows: Callable[[], Iterable[NumberedRow]], sheet: str = "") -> Table | None:
    """The first row as header, and the others with blank cells up to its width; None without any row.

    `rows` gives the rows from the first on, each time it is called; `sheet` is its name in a workbook.
    """
    first = next(iter(rows()), None)
    if first is None:
        return None
    header = list(first.cells)
    while header and not header[-1].strip():
        header.pop()

    def body(width: int) -> Iterator[TableRecord]:
        for line, cells, odd, merged in islice(rows(), 1, None):
            end = len(cells)
            while end > width and not cells[end - 1].strip():
                end -= 1
            fields = [*cells[:end], *[""] * (width - len(cells))]
            raw = _raw(fields)
            if UNREADABLE.search(raw):
                yield TableRecord(line, [visible(field) for field in fields], visible(raw), "undecodable")
            elif any(field.strip() for field in fields):
                yield TableRecord(line, fields, raw, None, odd, merged)

    return Table(label, TableRecord(first.line, header, _raw(header)), body, sheet=sheet)


def _raw(fields: Sequence[str]) -> str:
    return ",".join(
        '"' + field.replace('"', '""') + '"' if any(mark in field for mark in ',"\r\n') else field
        for field in fields
    )


def _refused(name: str, fault: WorkbookFault) -> Refused:
    place = f"{name}:{fault.place}" if fault.place else name
    return refusal(place, _CODES.get(fault.code, fault.code), fault.message)


# ── its cells ────────────────────────────────────────────────────────────────────────────────


def _sheet_rows(name: str, sheet: Sheet, merges: Iterable[_Merge]) -> Iterator[NumberedRow]:
    """The rows with anything on them. Raises Refused where a damaged part is met."""
    to_come = sorted(merges, reverse=True)
    open_merges: list[_Merge] = []
    widest = 0  # some programs write no cell where it is part of another one
    try:
        for number, written in sheet.rows():
            widest = max(widest, written[-1].column if written else 0)
            if all(cell.value is None for cell in written):
                continue
            while to_come and to_come[-1].top <= number:
                open_merges.append(to_come.pop())
            open_merges = [one for one in open_merges if one.bottom >= number]
            if len(open_merges) > _MOST_OPEN:
                message = tell("has more than {n} overlapping merged cells", n=_MOST_OPEN)
                raise WorkbookFault("damaged", message)
            merged = frozenset(column for one in open_merges for column in one.covered(number, widest))
            cells = [""] * written[-1].column
            for cell in written:
                cells[cell.column - 1] = _cell_text(cell)
            # neither a text nor a whole number
            odd = frozenset(
                cell.column - 1
                for cell in written
                if cell.value is not None and not isinstance(cell.value, str) and not _is_whole(cell.value)
            )
            if any(cell.strip() for cell in cells):
                yield NumberedRow(number, cells, odd, merged)
    except WorkbookFault as fault:
        raise _refused(name, fault) from fault


def _cell_text(cell: Any) -> str:
    value = cell.value
    if value is None or isinstance(value, str):
        return value or ""
    if _is_number(value):
        text = number_text(value)
        zeros = cell.number_format
        return text.zfill(len(zeros)) if text.isdigit() and len(zeros) > 1 and not zeros.strip("0") else text
    return str(value)


def _is_whole(value: Any) -> bool:
    return _is_number(value) and value == value // 1


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


# ── what openpyxl does not say ───────────────────────────────────────────────────────────────


class _Merge(NamedTuple):
    """A block of cells that are one: rows from 1, columns from 0, both ends included."""

    top: int
    left: int
    bottom: int
    right: int

    def covered(self, row: int, width: int) -> range:
        """The columns of a row of that width that are part of the first cell of the block."""
        return range(self.left + (self.top == row), min(self.right + 1, width))


def _check_parts(name: str, data: bytes) -> tuple[dict[str, set[_Merge]], set[str]]:
    """The merged cells of each worksheet, by its part, and the parts with hidden rows or columns; raises
    Refused for what would be in memory as a whole, and for formulas without a value."""
    merges: dict[str, set[_Merge]] = {}
    hidden: set[str] = set()
    with open_zip(BytesIO(data)) as archive:
        for part in archive.infolist():
            is_sheet = part.filename.startswith("xl/worksheets/")
            if not is_sheet and part.file_size > LARGEST_TEXTS:
                message = tell("{filename} is larger than 256 MiB. Save it as CSV", filename=part.filename)
                raise refusal(name, "too-large", message)
            if is_sheet and part.filename.endswith(".xml"):
                with archive.open(part) as sheet:
                    merges[part.filename], is_hidden = _checked(name, iter(partial(sheet.read, _BLOCK), b""))
                    hidden |= {part.filename} if is_hidden else set()
    return merges, hidden


def _checked(name: str, blocks: Iterable[bytes]) -> tuple[set[_Merge], bool]:
    """The merged cells of a worksheet, and whether any of it is hidden; raises Refused for a formula without
    a stored value, which would read as a blank."""
    xml, is_hidden = b"", False
    merges: set[_Merge] = set()
    for block in blocks:
        xml += block
        is_hidden = is_hidden or _HIDDEN.search(xml) is not None
        for cell in _CELL.finditer(xml) if b"<f" in xml else ():
            if b"<f" in cell[2] and b't="str"' not in cell[1] and not _VALUE.search(cell[2]):
                place = _PLACE.search(cell[1])
                message = tell(
                    "cell {place} contains a formula without a value. Open and save the "
                    "file in a spreadsheet program",
                    place=place[1].decode() if place else "?",
                )
                raise refusal(name, "formula-without-value", message)
        for one in _MERGE.finditer(xml) if b"mergeCell" in xml else ():
            left, top, right, bottom = one.groups()
            merges.add(_Merge(int(top), _column(left), int(bottom), _column(right)))
        # A cell that the block cuts is looked at with the next one; none is longer than a block.
        xml = xml[max(xml.rfind(b"<c"), len(xml) - _BLOCK, 0) :]
    return merges, is_hidden


def _column(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = 26 * number + letter - ord("A") + 1
    return number - 1
