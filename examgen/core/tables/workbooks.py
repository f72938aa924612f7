"""Reads workbooks into tables of text cells. Numbers become the text that a person sees, and the empty cells
that are part of a merged block are known.

Format: ECMA-376 (Office Open XML), part 1; mergeCell: 18.3.1.54.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from functools import partial
from html import unescape
from io import BytesIO
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple
from zipfile import ZipFile

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
"""The maximum number of bytes of the shared texts of a workbook, which are in memory together."""
_BLOCK = 1 << 20
_MOST_OPEN = 1_000
"""The maximum number of merged blocks open at a time."""
_CODES = {"damaged": "damaged-workbook", "not-a-workbook": "not-an-answer-file"}

_CELL = re.compile(rb"<c\b((?:[^<>/]|/(?!>))*)>((?:(?!<c\b).)*?)</c>", re.DOTALL)
_VALUE = re.compile(rb"<v[^>]*>[^<]")
_PLACE = re.compile(rb'\br="([A-Z]+[0-9]+)"')
_MERGE = re.compile(
    rb'<(?:\w+:)?mergeCell\b[^<>]*\bref="\$?([A-Z]{1,3})\$?([0-9]{1,7}):\$?([A-Z]{1,3})\$?([0-9]{1,7})"'
)

_HIDDEN = re.compile(rb'<(?:\w+:)?(?:row|col)\b[^<>]*\bhidden="(?:1|true)"')
_ROW = re.compile(rb'<(?:\w+:)?row\b[^<>]*\br="([0-9]{1,7})"')
_STRUCK = re.compile(rb'<(?:\w+:)?strike\s*(?:val="(?:1|true)"\s*)?/?>')
_COMMENTS = re.compile(rb'\bTarget="([^"]*/comments?[^"/]*\.xml)"')
_COMMENTED = re.compile(rb'[^<>]*\bref="([A-Z]{1,3})([0-9]{1,7})"')
_TEXT = re.compile(rb"<(?:\w+:)?t(?:\s[^<>]*)?>([^<]*)<")
_SHARED = re.compile(rb'\bt="s"')
_NUMBER = re.compile(rb"<v[^>]*>([0-9]{1,9})<")
_STYLE = re.compile(rb'\bs="([0-9]{1,6})"')


class NumberedRow(NamedTuple):
    """A row with its number, and its columns that `TableRecord` calls odd and merged."""

    line: int
    cells: list[str]
    odd: frozenset[int] = NO_COLUMNS
    merged: frozenset[int] = NO_COLUMNS


def workbook_tables(name: str, source: bytes | Path) -> list[Table]:
    """Returns a table for each worksheet that is not empty. Raises Refused for a damaged workbook."""
    data = source if isinstance(source, bytes) else read_input(source)
    try:
        sheets = open_workbook(data, LARGEST_BYTES, values=True).values()
        parts = _check_parts(name, data)
    except WorkbookFault as fault:
        raise _refused(name, fault) from fault
    except Refused:
        raise
    except Exception as fault:  # readers raise whatever a damaged part happens to cause
        raise _refused(name, damaged()) from fault
    tables = list[Table]()
    for sheet in sheets:
        part = parts.get(sheet.part, _SheetPart())
        label = (
            tell("sheet {name!r} of a workbook", name=sheet.title)
            if part.hidden is None
            else tell("sheet {name!r} of a workbook, its hidden rows and columns too", name=sheet.title)
        )
        table = table_of(label, partial(_sheet_rows, name, sheet, part.merges), sheet.title)
        if table is not None:
            hidden = part.hidden or NO_COLUMNS
            tables.append(table._replace(hidden=hidden, struck=part.struck, comments=part.comments))
    return tables


def table_of(
    label: Message,
    rows: Callable[[], Iterable[NumberedRow]],
    sheet: str = "",
) -> Table | None:
    """Returns a table with the first row as header and the other rows padded with blank cells to its width;
    None if there are no rows.

    `rows` yields the rows from the first on, each time it is called. `sheet` is the name of the sheet in a
    workbook.
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
    """Yields the rows that are not empty. Raises Refused at a damaged part."""
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
    """A merged block of cells: rows from 1, columns from 0, both ends included."""

    top: int
    left: int
    bottom: int
    right: int

    def covered(self, row: int, width: int) -> range:
        """Returns the columns of a row of that width that are covered by the block, except its first cell."""
        return range(self.left + (self.top == row), min(self.right + 1, width))


class _Struck(NamedTuple):
    """The indices of the shared texts and of the cell styles that are struck out."""

    texts: frozenset[int]
    styles: frozenset[int]


class _SheetPart(NamedTuple):
    """The properties of a worksheet apart from its values."""

    merges: Collection[_Merge] = ()
    hidden: frozenset[int] | None = None
    """Its hidden rows; None if neither rows nor columns are hidden."""
    struck: str = ""
    """The first cell with struck-out text."""
    comments: tuple[tuple[int, str, str], ...] = ()
    """The row, cell and text of each comment."""


def _check_parts(name: str, data: bytes) -> dict[str, _SheetPart]:
    """Returns the properties of each worksheet, by the path of its part. Raises Refused for parts too large
    to read into memory, and for formulas without a value."""
    sheets: dict[str, _SheetPart] = {}
    with open_zip(BytesIO(data)) as archive:
        for part in archive.infolist():
            if not part.filename.startswith("xl/worksheets/") and part.file_size > LARGEST_TEXTS:
                message = tell("{filename} is larger than 256 MiB. Save it as CSV", filename=part.filename)
                raise refusal(name, "too-large", message)
        names = {*archive.namelist()}
        texts, styles = (
            archive.read(part) if part in names else b"" for part in ("xl/sharedStrings.xml", "xl/styles.xml")
        )
        struck = _Struck(_with_strikes(texts, b"si"), _struck_styles(styles))
        for part in archive.infolist():
            if part.filename.startswith("xl/worksheets/") and part.filename.endswith(".xml"):
                with archive.open(part) as sheet:
                    blocks = iter(partial(sheet.read, _BLOCK), b"")
                    found = _checked(name, blocks, struck)
                sheets[part.filename] = found._replace(comments=_comments(archive, names, part.filename))
    return sheets


def _comments(archive: ZipFile, names: Collection[str], sheet: str) -> tuple[tuple[int, str, str], ...]:
    """Returns the comments on the cells of a worksheet, found through its relationships."""
    folder, _, file = sheet.rpartition("/")
    relations = f"{folder}/_rels/{file}.rels"
    found = list[tuple[int, str, str]]()
    for target in _COMMENTS.findall(archive.read(relations)) if relations in names else ():
        part = posixpath.normpath(posixpath.join("/", folder, target.decode("utf-8", "replace")))[1:]
        for one in re.split(rb"<(?:\w+:)?comment(?=\s)", archive.read(part) if part in names else b"")[1:]:
            if place := _COMMENTED.match(one):
                text = unescape(b"".join(_TEXT.findall(one)).decode("utf-8", "replace"))
                found.append((int(place[2]), (place[1] + place[2]).decode(), " ".join(text.split())))
    return tuple(sorted(found))


def _with_strikes(xml: bytes, element: bytes) -> frozenset[int]:
    """Returns the indices of the elements with struck-out text or a struck-out font."""
    if not _STRUCK.search(xml):
        return frozenset()
    parts = re.split(rb"<(?:\w+:)?" + element + rb"(?=[\s/>])", xml)[1:]
    return frozenset(n for n, part in enumerate(parts) if _STRUCK.search(part))


def _struck_styles(styles: bytes) -> frozenset[int]:
    """Returns the indices of the cell formats whose font is struck out."""
    fonts = _with_strikes(styles.partition(b"</fonts>")[0], b"font")
    formats = (
        re.findall(rb'<xf\b[^<>]*\bfontId="([0-9]{1,6})"', styles.partition(b"<cellXfs")[2]) if fonts else ()
    )
    return frozenset(n for n, font in enumerate(formats) if int(font) in fonts)


def _checked(name: str, blocks: Iterable[bytes], struck: _Struck) -> _SheetPart:
    """Returns the properties of a worksheet. Raises Refused for a formula without a stored value, which would
    read as a blank."""
    xml, is_hidden, first_struck = b"", False, ""
    hidden = set[int]()
    merges: set[_Merge] = set()
    for block in blocks:
        xml += block
        for row in _HIDDEN.finditer(xml):
            is_hidden = True
            hidden.update(int(number[1]) for number in (_ROW.match(row[0]),) if number)
        has_strikes = any(struck) or _STRUCK.search(xml)
        for cell in _CELL.finditer(xml) if b"<f" in xml or has_strikes else ():
            place = _PLACE.search(cell[1])
            shown = place[1].decode() if place else "?"
            if b"<f" in cell[2] and b't="str"' not in cell[1] and not _VALUE.search(cell[2]):
                message = tell(
                    "cell {place} contains a formula without a value. Open and save the "
                    "file in a spreadsheet program",
                    place=shown,
                )
                raise refusal(name, "formula-without-value", message)
            if has_strikes and not first_struck and _is_struck(cell[1], cell[2], struck):
                first_struck = shown
        for one in _MERGE.finditer(xml) if b"mergeCell" in xml else ():
            left, top, right, bottom = one.groups()
            merges.add(_Merge(int(top), _column(left), int(bottom), _column(right)))
        # A cell that the block cuts is looked at with the next one; none is longer than a block.
        xml = xml[max(xml.rfind(b"<c"), len(xml) - _BLOCK, 0) :]
    return _SheetPart(merges, frozenset(hidden) if is_hidden else None, first_struck)


def _is_struck(attributes: bytes, inside: bytes, struck: _Struck) -> bool:
    """Returns whether any text of a cell is struck out."""
    number, style = _NUMBER.search(inside), _STYLE.search(attributes)
    is_text = number is not None and _SHARED.search(attributes) is not None and int(number[1]) in struck.texts
    return (
        is_text
        or _STRUCK.search(inside) is not None
        or (style is not None and int(style[1]) in struck.styles)
    )


def _column(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = 26 * number + letter - ord("A") + 1
    return number - 1
