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

from examgen.capture.cells import NO_COLUMNS, RecordTable, RowCells, TableRecord, visible
from examgen.capture.tabular.containers import LARGEST_BYTES, refusal
from examgen.core.archives import open_zip
from examgen.core.files import read_input
from examgen.core.problems import Refused
from examgen.core.responses.cell_texts import UNREADABLE, number_text
from examgen.core.sheets import Sheet, WorkbookFault, damaged, open_workbook
from examgen.core.words import Message, tell

_MERGE = re.compile(
    rb'<(?:\w+:)?mergeCell\b[^<>]*\bref="\$?([A-Z]{1,3})\$?([0-9]{1,7}):\$?([A-Z]{1,3})\$?([0-9]{1,7})"'
)

LARGEST_TEXTS = 256 * 1024**2
"""Bytes of the texts that all cells of a workbook share, which are in memory together."""

Rows = Iterable[tuple[int, RowCells]]

_BLOCK = 1 << 20
_MOST_OPEN = 1_000
"""Merged cells that reach over one row."""

_CELL = re.compile(rb"<c\b((?:[^<>/]|/(?!>))*)>((?:(?!<c\b).)*?)</c>", re.DOTALL)
_VALUE = re.compile(rb"<v[^>]*>[^<]")
_PLACE = re.compile(rb'\br="([A-Z]+[0-9]+)"')


def workbook_tables(name: str, source: bytes | Path) -> list[RecordTable]:
    """Each worksheet that has anything on it; raises Refused for a damaged workbook."""
    data = source if isinstance(source, bytes) else read_input(source)
    try:
        sheets = open_workbook(data, LARGEST_BYTES, values=True).values()
        merges = _check_parts(name, data)
    except WorkbookFault as fault:
        raise _refused(name, fault) from fault
    except Exception as fault:  # readers raise whatever a damaged part happens to cause
        if isinstance(fault, Refused):
            raise
        raise _refused(name, damaged()) from fault
    found = [
        table(
            tell("sheet {name!r} of a workbook", name=sheet.title),
            partial(_sheet_rows, name, sheet, merges.get(sheet.part, ())),
            sheet.title,
        )
        for sheet in sheets
    ]
    return [one for one in found if one is not None]


def _refused(name: str, fault: WorkbookFault) -> Refused:
    code = {"damaged": "damaged-workbook", "not-a-workbook": "not-an-answer-file"}.get(fault.code, fault.code)
    return refusal(f"{name}:{fault.place}" if fault.place else name, code, fault.message)


def _check_parts(name: str, data: bytes) -> dict[str, set[Merge]]:
    """Refuses what would be in memory as a whole, and formulas without a value; the merged cells of each
    worksheet, by its part."""
    merges: dict[str, set[Merge]] = {}
    with open_zip(BytesIO(data)) as archive:
        for part in archive.infolist():
            if not part.filename.startswith("xl/worksheets/") and part.file_size > LARGEST_TEXTS:
                raise refusal(
                    name,
                    "too-large",
                    tell("{filename} is larger than 256 MiB. Save it as CSV", filename=part.filename),
                )
            if part.filename.startswith("xl/worksheets/") and part.filename.endswith(".xml"):
                with archive.open(part) as sheet:
                    merges[part.filename] = _checked(name, iter(partial(sheet.read, _BLOCK), b""))
    return merges


def _checked(name: str, blocks: Iterable[bytes]) -> set[Merge]:
    """The merged cells of a worksheet; refuses a formula without a stored value, which would read as a
    blank."""
    xml = b""
    merges: set[Merge] = set()
    for block in blocks:
        xml += block
        if b"<f" in xml:
            for cell in _CELL.finditer(xml):
                if b"<f" in cell[2] and b't="str"' not in cell[1] and not _VALUE.search(cell[2]):
                    found = _PLACE.search(cell[1])
                    place = found[1].decode() if found else "?"
                    message = tell(
                        "cell {place} contains a formula without a value. Open and save the "
                        "file in a spreadsheet program",
                        place=place,
                    )
                    raise refusal(name, "formula-without-value", message)
        merges |= merges_in(xml)
        # A cell that the block cuts is looked at with the next one; none is longer than a block.
        xml = xml[max(xml.rfind(b"<c"), len(xml) - _BLOCK, 0) :]
    return merges


def _sheet_rows(name: str, sheet: Sheet, merges: Iterable[Merge]) -> Iterator[tuple[int, RowCells]]:
    covered = Covered(merges)
    widest = 0  # some programs write no cell where it is part of another one
    try:
        for number, written in sheet.rows():
            widest = max(widest, written[-1].column if written else 0)
            if all(cell.value is None for cell in written):
                continue
            cells = RowCells([""] * written[-1].column)
            cells.merged = covered.columns(number, widest)
            for cell in written:
                cells[cell.column - 1] = _cell_text(cell)
            # Neither a text nor a whole number.
            cells.odd = frozenset(
                cell.column - 1
                for cell in written
                if cell.value is not None and not isinstance(cell.value, str) and not _is_whole(cell.value)
            )
            if any(cell.strip() for cell in cells):
                yield number, cells
    except WorkbookFault as fault:  # a damaged part is met only when its rows are asked for
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


class Merge(NamedTuple):
    """A block of cells that are one: rows from 1, columns from 0, both ends included."""

    top: int
    left: int
    bottom: int
    right: int


def merges_in(xml: bytes) -> set[Merge]:
    """The merged cells that a stretch of a worksheet names."""
    found = (one.groups() for one in _MERGE.finditer(xml)) if b"mergeCell" in xml else ()
    return {Merge(int(top), _column(left), int(bottom), _column(right)) for left, top, right, bottom in found}


def _column(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = 26 * number + letter - ord("A") + 1
    return number - 1


class Covered:
    """Which columns of a row are part of another cell; rows are asked for in their order."""

    def __init__(self, merges: Iterable[Merge]) -> None:
        """The first block to come stands last."""
        self._to_come = sorted(merges, reverse=True)
        self._open: list[Merge] = []

    def columns(self, row: int, width: int) -> frozenset[int]:
        """The columns, of a row that is so wide."""
        while self._to_come and self._to_come[-1].top <= row:
            self._open.append(self._to_come.pop())
        if not self._open:
            return NO_COLUMNS
        self._open = [one for one in self._open if one.bottom >= row]
        if len(self._open) > _MOST_OPEN:
            message = tell("has more than {n} overlapping merged cells", n=_MOST_OPEN)
            raise WorkbookFault("damaged", message)
        # the first cell of a block is itself
        return frozenset(
            column
            for one in self._open
            for column in range(one.left + (one.top == row), min(one.right + 1, width))
        )


def table(label: Message, rows: Callable[[], Rows], sheet: str = "") -> RecordTable | None:
    """The first row as header, and the others with blank cells up to its width; None without any row.

    `rows` gives the rows from the first on, each time it is called; `sheet` is its name in a workbook.
    """
    first = next(iter(rows()), None)
    if first is None:
        return None
    number, header = first[0], list(first[1])
    while header and not header[-1].strip():
        header.pop()

    def body(width: int) -> Iterator[TableRecord]:
        for line, cells in islice(rows(), 1, None):
            end = len(cells)
            while end > width and not cells[end - 1].strip():
                end -= 1
            fields = [*cells[:end], *[""] * (width - len(cells))]
            raw = _raw(fields)
            if UNREADABLE.search(raw):
                yield TableRecord(line, [visible(field) for field in fields], visible(raw), "undecodable")
            elif any(field.strip() for field in fields):
                yield TableRecord(line, fields, raw, None, cells.odd, cells.merged)

    return RecordTable(label, TableRecord(number, header, _raw(header)), body, sheet=sheet)


def _raw(fields: Sequence[str]) -> str:
    return ",".join(
        '"' + field.replace('"', '""') + '"' if any(mark in field for mark in ',"\r\n') else field
        for field in fields
    )
