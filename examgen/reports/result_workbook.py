"""Tables, a batch at a time → a workbook (.xlsx, ECMA-376), a sheet for each, without holding it in memory.

Text is text whatever it begins with, numbers are numbers; there is no formula, no style, no date of making.
"""

from __future__ import annotations

import shutil
import zipfile
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import BinaryIO

import polars as pl

from examgen.problems import Refused

MOST_ROWS = 1_048_576
MOST_COLUMNS = 16_384
"""What a sheet holds, the heading among them."""

_XML = b'<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_TYPES = "application/vnd.openxmlformats-officedocument.spreadsheetml"
_SHEET_BEGINS = (
    f'<worksheet xmlns="{_MAIN}"><sheetViews><sheetView workbookViewId="0"><pane ySplit="1" topLeftCell="A2" '
    'activePane="bottomLeft" state="frozen"/></sheetView></sheetViews><sheetData>'
)
_SHEET_ENDS = b"</sheetData></worksheet>"
_NO_XML = r"[\x00-\x08\x0b\x0c\x0e-\x1f\x{fffe}\x{ffff}]"
_TEXT_ENDS = "</t></is></c>"
_TEXT_BEGINS = '<c t="inlineStr"><is><t xml:space="preserve">'


class WorkbookWriter:
    """Sheets are filled side by side in files of their own, and packed by `pack`."""

    def __init__(self, folder: Path, names: Sequence[str]) -> None:
        """`folder` takes the sheets until they are packed; nothing else should be in it."""
        self._names = names
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
        """Closes them."""
        for file in self._files.values():
            file.close()

    def append(self, name: str, table: pl.DataFrame) -> None:
        """Rows to the end of a sheet, after its heading where they are the first.

        Raises Refused where they are more than a sheet holds.
        """
        if self._heights[name] == 0:
            self._heights[name] = 1
            heading = pl.DataFrame([table.columns], schema=[str(n) for n in range(table.width)], orient="row")
            self._files[name].write(_rows(heading))
        self._heights[name] += table.height
        if self._heights[name] > MOST_ROWS or table.width > MOST_COLUMNS:
            raise Refused(
                f"{name} is more than the {MOST_ROWS:,} rows and {MOST_COLUMNS:,} columns that a sheet of a "
                "workbook holds: write --format parquet or --format long"
            )
        self._files[name].write(_rows(table))

    def pack(self, path: Path) -> None:
        """The workbook."""
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=3) as book:
            for name, data in _frame(self._names).items():
                book.writestr(_entry(name), data)
            for sheet, source in self._paths.items():
                self._files[sheet].write(_SHEET_ENDS)
                self._files[sheet].close()
                with source.open("rb") as whole:
                    entry = _entry(f"xl/worksheets/{source.name}")
                    with book.open(entry, "w", force_zip64=True) as packed:
                        shutil.copyfileobj(whole, packed, 1 << 20)


def _entry(name: str) -> zipfile.ZipInfo:
    """Of no date, so that the same results are the same bytes."""
    entry = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
    entry.compress_type = zipfile.ZIP_DEFLATED
    return entry


def _rows(table: pl.DataFrame) -> bytes:
    kinds = table.dtypes
    plain = table.rename(dict(zip(table.columns, map(str, range(table.width)), strict=True)))
    cells = [_cell(str(n), kind) for n, kind in enumerate(kinds)]
    lines = plain.select(pl.concat_str([pl.lit("<row>"), *cells, pl.lit("</row>")]).alias("line"))
    return "".join(lines["line"].to_list()).encode()


def _cell(name: str, kind: pl.DataType) -> pl.Expr:
    value = pl.col(name)
    if kind != pl.String:
        cell = pl.concat_str([pl.lit("<c><v>"), value.cast(pl.String), pl.lit("</v></c>")])
    else:
        cell = pl.concat_str([pl.lit(_TEXT_BEGINS), _escaped(value), pl.lit(_TEXT_ENDS)])
    return pl.when(value.is_null()).then(pl.lit("<c/>")).otherwise(cell)


def _escaped(text: pl.Expr) -> pl.Expr:
    """`_x000D_` and its like stand for a character in a workbook, so their `_` is spelled out."""
    spelled = text.str.replace_all("_(x[0-9A-Fa-f]{4}_)", "_x005F_${1}")
    legal = spelled.str.replace_all(_NO_XML, "\ufffd")
    for mark, written in (("&", "&amp;"), ("<", "&lt;"), (">", "&gt;"), ("\r", "&#13;")):
        legal = legal.str.replace_all(mark, written, literal=True)
    return legal


def _frame(names: Sequence[str]) -> dict[str, bytes]:
    """The parts of the package beside the sheets."""
    numbers = range(1, len(names) + 1)
    sheets = "".join(
        f'<sheet name="{name}" sheetId="{n}" r:id="rId{n}"/>' for n, name in zip(numbers, names, strict=True)
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
