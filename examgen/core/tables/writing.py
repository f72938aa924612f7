"""Writes tables, a batch at a time, to a workbook (.xlsx, ECMA-376) with a sheet for each, without keeping it
in memory.

Text is written as text whatever it begins with, numbers as numbers, truth values as truth values; null and
NaN as empty cells. There are no formulas, no styles and no creation date. A library (openpyxl, XlsxWriter)
would take longer, write different bytes each day, and still leave most of the work below to its caller.
"""

from __future__ import annotations

import re
import shutil
import tempfile
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from html import escape
from math import isfinite, isnan
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Protocol

import polars as pl

from examgen.core.problems import Refused
from examgen.core.tables.sheets import MOST_CHARACTERS, MOST_COLUMNS, MOST_ROWS

MOST_DIGITS = 15
"""The maximum number of digits of a whole number that spreadsheets keep exactly."""
LONGEST_TITLE = 31
CUT = "…"
"""Marks the end of a text that was too long for a cell."""

_XML = b'<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_TYPES = "application/vnd.openxmlformats-officedocument.spreadsheetml"
_SHEET_BEGINS = (
    f'<worksheet xmlns="{_MAIN}"><sheetViews><sheetView workbookViewId="0"><pane ySplit="1" topLeftCell="A2" '
    'activePane="bottomLeft" state="frozen"/></sheetView></sheetViews><sheetData>'
)
_NO_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
_MARKS = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", "\r": "&#13;"})
_ESCAPE = re.compile("_(x[0-9A-Fa-f])")
"""The beginning of what may be read as an escaped character: `_x000D_`, and in LibreOffice `_x2_`, as in a
column `s_x2_df`."""
_PARTED = r'_</t></r><r><t xml:space="preserve">\1'
"""The same text in two runs, which no program reads as an escape; not all programs read `_x005F_` as `_`."""


class WorkbookWriter:
    """Writes the sheets of a workbook to separate files, and packs them into the workbook with `pack`."""

    def __init__(self, folder: Path, names: Sequence[str], instead: str, notice: str = "") -> None:
        """`folder` is used for the sheets until they are packed; nothing else should be in it.

        `instead` is the advice in the error message about a table that is too large for a sheet. The notice
        is printed at the head of every page.
        """
        self._names = names
        self._instead = instead
        self._notice = notice
        self._paths = {name: folder / f"sheet{n}.xml" for n, name in enumerate(names, 1)}
        self._files: dict[str, BinaryIO] = {}
        self._heights = dict.fromkeys(names, 0)

    def __enter__(self) -> WorkbookWriter:
        """Opens the files of the sheets."""
        for name, path in self._paths.items():
            self._files[name] = path.open("wb")
            self._files[name].write(_XML + _SHEET_BEGINS.encode())
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Closes the files of the sheets."""
        for file in self._files.values():
            file.close()

    def append(self, name: str, table: pl.DataFrame) -> None:
        """Appends rows to a sheet, after writing its heading if they are the first.

        Raises Refused if there are more than a sheet can hold.
        """
        if self._heights[name] == 0:
            self._heights[name] = 1
            self._files[name].write(_row(table.columns))
        self._heights[name] += table.height
        if not fits(self._heights[name] - 1, table.width):
            raise Refused.because(
                "{name} is larger than the {most_rows:,} rows and {most_columns:,} "
                "columns of a sheet; {instead}",
                name=name,
                most_rows=MOST_ROWS,
                most_columns=MOST_COLUMNS,
                instead=self._instead,
            )
        self._files[name].writelines(map(_row, table.iter_rows()))

    def pack(self, path: Path) -> None:
        """Writes the workbook. No more rows can be appended afterwards."""
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=3) as book:
            for name, data in _frame(self._names).items():
                book.writestr(_entry(name), data)
            head = escape(self._notice.replace("&", "&&"))  # a single one is a code of heads
            told = f"<headerFooter><oddHeader>&amp;C{head}</oddHeader></headerFooter>" if head else ""
            for sheet, source in self._paths.items():
                self._files[sheet].write(f"</sheetData>{told}</worksheet>".encode())
                self._files[sheet].close()
                with source.open("rb") as whole:
                    entry = _entry(f"xl/worksheets/{source.name}")
                    # said beforehand, so that only a sheet that needs it gets headers of 64 bits: Excel
                    # offers to repair a workbook that has them for nothing
                    entry.file_size = source.stat().st_size
                    with book.open(entry, "w") as packed:
                        shutil.copyfileobj(whole, packed, 1 << 20)


def fits(height: int, width: int) -> bool:
    """Returns whether a sheet can hold so many rows below a heading of so many columns."""
    return height < MOST_ROWS and width <= MOST_COLUMNS


def _entry(name: str) -> zipfile.ZipInfo:
    """Returns a zip entry with a fixed date, so that the same results give the same bytes."""
    entry = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
    entry.compress_type = zipfile.ZIP_DEFLATED
    return entry


def _row(values: Sequence[object]) -> bytes:
    return f"<row>{''.join(map(_cell, values))}</row>".encode()


def _cell(value: object) -> str:
    """Returns a cell, by the type of its value. Raises TypeError for lists, dictionaries and bytes."""
    if value is None or (isinstance(value, float) and isnan(value)):
        return "<c/>"
    if isinstance(value, bool):
        return f'<c t="b"><v>{value:d}</v></c>'
    if isinstance(value, int) and abs(value) < 10**MOST_DIGITS:  # larger ones a spreadsheet would round
        return f"<c><v>{value}</v></c>"
    if isinstance(value, float | Decimal) and isfinite(value):
        return f"<c><v>{float(value)!r}</v></c>"
    if isinstance(value, list | dict | bytes):
        raise TypeError(f"no cell holds {value!r}")
    text = _NO_XML.sub("\ufffd", _cut(str(value))).translate(_MARKS)
    if not _ESCAPE.search(text):
        return f'<c t="inlineStr"><is><t xml:space="preserve">{text}</t></is></c>'
    parted = _ESCAPE.sub(_PARTED, text)
    return f'<c t="inlineStr"><is><r><t xml:space="preserve">{parted}</t></r></is></c>'


def _cut(text: str) -> str:
    """Returns the text, shortened if it is too long for a cell."""
    if len(text) <= MOST_CHARACTERS // 2 or len(units := text.encode("utf-16-le")) <= 2 * MOST_CHARACTERS:
        return text
    return units[: 2 * (MOST_CHARACTERS - len(CUT))].decode("utf-16-le", errors="ignore") + CUT


def titles(names: Sequence[str]) -> list[str]:
    """Returns sheet titles for the names, valid in every spreadsheet program and all different."""
    found: list[str] = []
    for name in names:
        plain = "".join("-" if c in "[]:*?/\\" or not c.isprintable() else c for c in name).strip("' ")
        title, n = plain[:LONGEST_TITLE] or "-", 1
        while title.casefold() in {other.casefold() for other in found} | {"history"}:
            n += 1
            title = f"{plain[: LONGEST_TITLE - len(f'-{n}')]}-{n}"
        found.append(title)
    return found


def _frame(names: Sequence[str]) -> dict[str, bytes]:
    """Returns the parts of the workbook other than the sheets."""
    numbers = range(1, len(names) + 1)
    sheets = "".join(
        f'<sheet name="{escape(title)}" sheetId="{n}" r:id="rId{n}"/>'
        for n, title in zip(numbers, titles(names), strict=True)
    )
    related = "".join(_relation(f"rId{n}", "worksheet", f"worksheets/sheet{n}.xml") for n in numbers)
    overrides = _override("/xl/workbook.xml", "sheet.main") + "".join(
        _override(f"/xl/worksheets/sheet{n}.xml", "worksheet") for n in numbers
    )
    texts = {
        "[Content_Types].xml": f'<Types xmlns="{_PACKAGE}/content-types"><Default Extension="rels" '
        'ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        f'<Default Extension="xml" ContentType="application/xml"/>{overrides}</Types>',
        "_rels/.rels": _relations(_relation("rId1", "officeDocument", "xl/workbook.xml")),
        "xl/workbook.xml": f'<workbook xmlns="{_MAIN}" xmlns:r="{_OFFICE}">'
        f"<sheets>{sheets}</sheets></workbook>",
        "xl/_rels/workbook.xml.rels": _relations(related),
    }
    return {name: _XML + text.encode() for name, text in texts.items()}


def _override(part: str, kind: str) -> str:
    return f'<Override PartName="{part}" ContentType="{_TYPES}.{kind}+xml"/>'


def _relations(inside: str) -> str:
    return f'<Relationships xmlns="{_PACKAGE}/relationships">{inside}</Relationships>'


def _relation(name: str, kind: str, target: str) -> str:
    return f'<Relationship Id="{name}" Type="{_OFFICE}/{kind}" Target="{target}"/>'


class Frames(Protocol):
    """A table in one or more parts, each with all its columns."""

    @property
    def height(self) -> int:
        """The total number of rows in all parts."""

    def __iter__(self) -> Iterator[pl.DataFrame]:
        """Yields the parts."""


def write_workbook(path: Path, tables: Mapping[str, pl.DataFrame | Frames], notice: str = "") -> None:
    """Writes a workbook with a sheet for each table, named after it. The notice is printed at the head of
    every page.

    If a table is too large for a sheet, its sheet says so and refers to the CSV file.
    """
    instead = "see the CSV file"
    with (
        tempfile.TemporaryDirectory() as scratch,
        WorkbookWriter(Path(scratch), [*tables], instead, notice) as book,
    ):
        for name, table in tables.items():
            height, parts = table.height, (table,) if isinstance(table, pl.DataFrame) else table
            width = next(iter(parts)).width
            if fits(height, width):
                for part in parts:
                    book.append(name, part)
            else:
                size = f"{height:,} rows and {width:,} columns"
                said = f"{size} are more than a sheet holds: {instead} of {name}"
                book.append(name, pl.DataFrame({said: []}))
        book.pack(path)
