"""Texts → cells of a sheet that shows them as they are: no formulas, Thai set well, lines high enough."""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Iterable

from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.properties import PageSetupProperties
from openpyxl.worksheet.worksheet import Worksheet

from examgen.bank.workbook_text import neutral

LINE_HEIGHT = 19
_TALLEST = 409
_FONT = "Sarabun"  # a machine without it shows its own Thai font
TEXT = Font(name=_FONT, size=11)
BOLD = Font(name=_FONT, size=11, bold=True)
TITLE = Font(name=_FONT, size=14, bold=True)
_WRAPPED = Alignment(wrap_text=True, vertical="top")
_HEAD_FILL = PatternFill("solid", fgColor="DCE6F1")
ID_FILL = PatternFill("solid", fgColor="F2F2F2")


def write(sheet: Worksheet, row: int, column: int, text: str, font: Font = TEXT) -> None:
    """One cell of text, whatever the text looks like."""
    cell = sheet.cell(row, column)
    if text:
        cell.value = neutral(text)
        cell.data_type = "s"
    cell.number_format, cell.font, cell.alignment = "@", font, _WRAPPED


def write_heading(sheet: Worksheet, row: int, column: int, text: str) -> None:
    """A heading of a column."""
    write(sheet, row, column, text, BOLD)
    sheet.cell(row, column).fill = _HEAD_FILL


def set_column(sheet: Worksheet, n: int, width: int) -> None:
    """Width of a column, and text as the format of its lines still empty."""
    column = sheet.column_dimensions[get_column_letter(n)]
    column.width, column.number_format, column.font, column.alignment = width, "@", TEXT, _WRAPPED


def set_height(sheet: Worksheet, row: int, cells: Iterable[tuple[str, int]]) -> None:
    """Height for the longest text of a line: not every program finds it when it opens the file."""
    lines = max(sum(_lines(part, width) for part in text.split("\n")) for text, width in cells)
    sheet.row_dimensions[row].height = min(_TALLEST, 4 + LINE_HEIGHT * lines)


def _lines(text: str, width: int) -> int:
    """Lines that a paragraph takes; vowels and tones above or below a letter take no width."""
    letters = sum(unicodedata.category(c) != "Mn" for c in text)
    return max(1, math.ceil(letters / width))


def set_page(sheet: Worksheet, paper: str) -> None:
    """Across, as wide as the paper."""
    sheet.page_setup.orientation, sheet.page_setup.paperSize = "landscape", int(paper)
    sheet.page_setup.fitToHeight = 0
    sheet.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)
