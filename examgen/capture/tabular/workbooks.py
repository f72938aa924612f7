"""Workbooks → tables of text cells; numbers become the text that a person sees, and of merged cells it is
known which are part of another one, and so are empty.

Format: ECMA-376 (Office Open XML), part 1, read by openpyxl; mergeCell: 18.3.1.54.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from io import BytesIO
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple

from examgen.capture.cells import NO_COLUMNS, RecordTable, RowCells, TableRecord, visible
from examgen.capture.tabular.containers import LARGEST_BYTES, refusal
from examgen.core.problems import Refused
from examgen.core.responses.cell_texts import UNREADABLE, number_text
from examgen.core.storage import read_input
from examgen.core.words import Message, tell

_MERGE = re.compile(
    rb'<(?:\w+:)?mergeCell\b[^>]*\bref="\$?([A-Z]{1,3})\$?([0-9]{1,7}):\$?([A-Z]{1,3})\$?([0-9]{1,7})"'
)

MOST_ROWS = 1_048_576
"""Rows that a worksheet can have."""
LARGEST_TEXTS = 256 * 1024**2
"""Bytes of the texts that all cells of a workbook share, which are in memory together."""

Rows = Iterable[tuple[int, RowCells]]

_BLOCK = 1 << 20

_CELL = re.compile(rb"<c\b((?:[^>/]|/(?!>))*)>(.*?)</c>", re.DOTALL)
_VALUE = re.compile(rb"<v[^>]*>[^<]")
_PLACE = re.compile(rb'\br="([A-Z]+[0-9]+)"')


def workbook_tables(name: str, source: bytes | Path) -> list[RecordTable]:
    """Each worksheet that has anything on it; raises Refused for a damaged workbook."""
    import openpyxl

    data = BytesIO(source if isinstance(source, bytes) else read_input(source))
    try:
        merges = _check_archive(name, data)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            book = openpyxl.load_workbook(data, read_only=True, data_only=True)
            sheets = list(book.worksheets)
    except Refused:
        raise
    except Exception as fault:  # openpyxl raises whatever a damaged part happens to cause
        raise _damaged(name, fault) from fault
    found = [
        table(
            tell("sheet {name!r} of a workbook", name=sheet.title),
            partial(_sheet_rows, name, sheet, merges.get(getattr(sheet, "_worksheet_path", ""), ())),
            sheet.title,
        )
        for sheet in sheets
    ]
    return [one for one in found if one is not None]


def _damaged(name: str, fault: Exception) -> Refused:
    return refusal(
        name,
        "damaged-workbook",
        tell(
            "the workbook is damaged, or was not copied whole ({fault}): open it in a spreadsheet, or fetch "
            "it again, and save it as .xlsx",
            fault=type(fault).__name__,
        ),
    )


def _check_archive(name: str, data: BytesIO) -> dict[str, set[Merge]]:
    """Refuses what cannot be read; the merged cells of each worksheet, by its part."""
    import zipfile  # for workbooks alone: text never needs it

    merges: dict[str, set[Merge]] = {}
    with zipfile.ZipFile(data) as archive:
        parts = archive.infolist()
        if "xl/workbook.xml" not in archive.namelist():
            kind = tell("an OpenDocument file") if "mimetype" in archive.namelist() else tell("a ZIP archive")
            raise refusal(
                name, "not-an-answer-file", tell("this is {kind}: give the .csv or .xlsx itself", kind=kind)
            )
        if sum(part.file_size for part in parts) > LARGEST_BYTES:
            raise refusal(name, "too-large", tell("the workbook unpacks to more than 2 GiB: save it as CSV"))
        for part in parts:
            if not part.filename.startswith("xl/worksheets/") and part.file_size > LARGEST_TEXTS:
                raise refusal(
                    name,
                    "too-large",
                    tell("{filename} is larger than 256 MiB: save it as CSV", filename=part.filename),
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
                        "cell {place} is a formula without a value: open and save the file in a spreadsheet",
                        place=place,
                    )
                    raise refusal(name, "formula-without-value", message)
        merges |= merges_in(xml)
        # A cell that the block cuts is looked at with the next one; none is longer than a block.
        xml = xml[max(xml.rfind(b"<c"), len(xml) - _BLOCK, 0) :]
    return merges


def _sheet_rows(name: str, sheet: Any, merges: Iterable[Merge]) -> Iterator[tuple[int, RowCells]]:
    # The stated dimensions are wrong in files of some programs, and would cut rows off.
    sheet.reset_dimensions()
    covered = Covered(merges)
    widest = 0  # some programs write no cell where it is part of another one
    try:
        for number, row in enumerate(sheet.iter_rows(), 1):
            if number > MOST_ROWS:  # a damaged row number makes openpyxl give empty rows for hours
                raise ValueError(f"a row beyond {MOST_ROWS:,}")
            cells = RowCells(_cell_text(cell) for cell in row)
            widest = max(widest, len(cells))
            cells.merged = covered.columns(number, widest)
            # Neither a text nor a whole number.
            cells.odd = frozenset(
                i
                for i, value in enumerate(cell.value for cell in row)
                if value is not None
                and not isinstance(value, str)
                and not (_is_number(value) and value == value // 1)
            )
            if any(cell.strip() for cell in cells):
                yield number, cells
    except Exception as fault:  # a damaged part is met only when its rows are asked for
        raise _damaged(name, fault) from fault


def _cell_text(cell: Any) -> str:
    value = cell.value
    if value is None or isinstance(value, str):
        return value or ""
    if _is_number(value):
        text = number_text(value)
        zeros = cell.number_format
        return text.zfill(len(zeros)) if text.isdigit() and len(zeros) > 1 and not zeros.strip("0") else text
    return str(value)


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
