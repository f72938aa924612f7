"""Formats cells of the forms that people fill in (.xlsx): text that stays text, open cells, heights,
pages.
"""

from __future__ import annotations

import io
import math
import unicodedata
from collections.abc import Iterable, Sequence
from typing import Any

from openpyxl import Workbook
from openpyxl.cell.cell import Cell
from openpyxl.styles import Alignment, Font, PatternFill, Protection
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.properties import PageSetupProperties
from openpyxl.worksheet.worksheet import Worksheet

from examgen.bank.workbook.texts import neutral

_FONT = "Sarabun"  # a machine without it shows its own Thai font
TEXT_FONT = Font(name=_FONT, size=11)
BOLD_FONT = Font(name=_FONT, size=11, bold=True)
HEAD_FILL = PatternFill("solid", fgColor="DCE6F1")
INPUT_FILL = PatternFill("solid", fgColor="FFF9DB")
_WRAPPED = Alignment(wrap_text=True, vertical="top")
_OPEN = Protection(locked=False)
LINE_HEIGHT, _TALLEST = 19, 409


def write_cell(sheet: Worksheet, row: int, column: int, text: str, font: Font = TEXT_FONT) -> Cell:
    """Write a text into a cell, as text whatever it looks like."""
    cell: Cell = sheet.cell(row, column)  # type: ignore[assignment]  # no cell here is merged
    if text:
        cell.value = neutral(text)
        cell.data_type = "s"
    cell.number_format, cell.font, cell.alignment = "@", font, _WRAPPED
    return cell


def open_cell(cell: Cell) -> None:
    """Make a cell editable for the expert, in text format so that no spreadsheet turns the input into a date
    or formula.
    """
    cell.fill, cell.protection, cell.number_format = INPUT_FILL, _OPEN, "@"
    cell.font, cell.alignment = TEXT_FONT, _WRAPPED


def protect(sheet: Worksheet) -> None:
    """Protect a sheet so that only open cells can be edited. There is no password, and widths and heights
    stay adjustable.
    """
    sheet.protection.sheet = True
    sheet.protection.formatColumns = sheet.protection.formatRows = False


def set_height(sheet: Worksheet, row: int, cells: Sequence[tuple[str, int]]) -> None:
    """Set the height of a row for its longest text, because not every program computes it when it opens the
    file.
    """
    lines = 1
    for text, width in cells:
        # Lines that a paragraph takes, in a font as wide as those of most machines.
        seen = (sum(unicodedata.category(c) != "Mn" for c in part) for part in text.split("\n"))
        lines = max(lines, sum(max(1, math.ceil(n / width)) for n in seen))
    sheet.row_dimensions[row].height = min(_TALLEST, 4 + LINE_HEIGHT * lines)


def set_column(sheet: Worksheet, n: int, width: int) -> None:
    """Set the width of a column, and the text format for its empty cells."""
    column = sheet.column_dimensions[get_column_letter(n)]
    column.width, column.number_format, column.font, column.alignment = width, "@", TEXT_FONT, _WRAPPED


def write_heads(sheet: Worksheet, row: int, heads: Iterable[tuple[str, int]]) -> None:
    """Write the headings of columns, and set the width of each column."""
    for n, (text, width) in enumerate(heads, 1):
        write_cell(sheet, row, n, text, BOLD_FONT).fill = HEAD_FILL
        sheet.column_dimensions[get_column_letter(n)].width = width


def offer(
    sheet: Worksheet, column: int, rows: tuple[int, int], choices: str | Iterable[str], **said: Any
) -> None:
    """Add a list of choices to a column, from one row to another: texts, or a range of another sheet."""
    formula = choices if isinstance(choices, str) else f'"{",".join(choices)}"'
    rule = DataValidation(type="list", formula1=formula, allow_blank=True, **said)
    letter = get_column_letter(column)
    rule.add(f"{letter}{rows[0]}:{letter}{rows[1]}")
    sheet.add_data_validation(rule)


def file_of(book: Workbook) -> bytes:
    """Return the workbook as the bytes of a file."""
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def set_page(sheet: Worksheet, paper: str = Worksheet.PAPERSIZE_A4) -> None:
    """Set the page to landscape, fitted to the width of the paper."""
    sheet.page_setup.orientation, sheet.page_setup.paperSize = "landscape", int(paper)
    sheet.page_setup.fitToHeight = 0
    sheet.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)
