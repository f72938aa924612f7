"""Facts about a centre → the workbook that it fills in (.xlsx), as the bytes of a file, with a sheet for each
list of `RETURN_LISTS` and one with instructions. `examgen take` reads the completed workbook."""

from __future__ import annotations

import io

from openpyxl import Workbook
from openpyxl.cell.cell import Cell
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter, quote_sheetname
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.worksheet import Worksheet

from examgen.bank.workbook.texts import neutral
from examgen.capture.centre_returns import RETURN_LISTS, CellKind, ReturnColumn, ReturnList
from examgen.core.words import Message, tell
from examgen.papers.centre_forms.contents import CentreContents

GUIDE_SHEET = "how to fill in"
HEAD_ROW = 3
"""The row of the column headings in each list, below the title and the centre."""
_TEXT = Font(name="Sarabun", size=11)
_BOLD = Font(name="Sarabun", size=11, bold=True)
_WRAPPED = Alignment(wrap_text=True, vertical="top")
_HEAD = PatternFill("solid", fgColor="DCE6F1")
_INPUT = PatternFill("solid", fgColor="FFF9DB")
_WIDTHS: dict[CellKind, int] = {
    "text": 20, "text or none": 32, "candidate": 18, "candidates": 24, "word": 20, "day": 13, "time": 10,
    "moment": 18, "count": 11, "serial": 15, "serials": 28,
}  # fmt: skip
_WIDE = {"what": 48, "done": 40, "approved": 32, "remark": 32, "name": 28}
_LIST_COLUMN = 5
"""The first column of the instruction sheet with the words of a drop-down list."""

_HOW = (
    tell("Fill in the yellow cells. Do not change headings, numbers and names."),
    tell("A line without a filled yellow cell is ignored. Leave unused lines empty."),
    tell("Write days as 2026-12-20, times as 09:30, and a day with a time as 2026-12-20 09:30."),
    tell("Separate the numbers of several candidates with commas."),
    tell(
        "For several booklets write A-0001-19, A-0002-16, or A-0001-19 – A-0012-83; write "
        "`all` for all and `-` for none."
    ),
    tell(
        "For an incident, write its kind and what happened. Do not change its number, "
        "because decisions refer to it."
    ),
    tell("For an accommodation, write what was given, or `-` if nothing was given."),
    tell(
        "List an accommodation that was not approved before below, with its reason and "
        "the person who approved it."
    ),
    tell("For a declaration, write `-` for no interest, or the interest and the candidates."),
    tell(
        "Return the file without renaming it. If it has an error, you are told the sheet "
        "and line; correct it there."
    ),
)


def centre_workbook(exam: str, of: CentreContents) -> bytes:
    """Return the workbook of a centre."""
    book = Workbook()
    guide = book.worksheets[0]
    guide.title = GUIDE_SHEET
    _write(guide, 1, 1, _both(tell("{exam}: report from the centre", exam=exam)), _BOLD)
    if of.centre:
        _write(guide, 2, 1, of.centre, _BOLD)
    for row, said in enumerate(_HOW, 4):
        _write(guide, row, 1, f"{said.th}\n{said.en}")
    guide.column_dimensions["A"].width = 110
    words: dict[tuple[str, ...], str] = {}
    for one in RETURN_LISTS:
        _list(book, one, exam, of, words)
    data = io.BytesIO()
    book.save(data)
    return data.getvalue()


def _list(
    book: Workbook, one: ReturnList, exam: str, of: CentreContents, words: dict[tuple[str, ...], str]
) -> None:
    """Add the sheet of a list. `words` maps the words of each drop-down list already in the workbook to their
    range."""
    sheet = book.create_sheet(one.name)
    _write(sheet, 1, 1, _both(one.title), _BOLD).alignment = Alignment(vertical="top")
    _write(sheet, 2, 1, " – ".join(filter(None, (exam, of.centre)))).alignment = Alignment(vertical="top")
    lines = of.lines(one.name)
    last = HEAD_ROW + len(lines)
    for n, column in enumerate(one.columns, 1):
        letter = get_column_letter(n)
        _write(sheet, HEAD_ROW, n, f"{column.label.th}\n{column.label.en}", _BOLD).fill = _HEAD
        sheet.column_dimensions[letter].width = _WIDE.get(column.role, _WIDTHS[column.kind])
        if column.words and lines:
            choice = DataValidation(type="list", formula1=_choices(book, column, words), allow_blank=True)
            sheet.add_data_validation(choice)
            choice.add(f"{letter}{HEAD_ROW + 1}:{letter}{last}")
        for row, line in enumerate(lines, HEAD_ROW + 1):
            cell = _write(sheet, row, n, line.get(column.role, ""))
            cell.number_format = "@"
            if not column.is_prefilled or column.role not in line:
                cell.fill = _INPUT
    frozen = next((n for n, column in enumerate(one.columns, 1) if not column.is_prefilled), 1)
    sheet.freeze_panes = f"{get_column_letter(min(frozen, 4))}{HEAD_ROW + 1}"
    sheet.page_setup.orientation = "landscape"
    sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight = 1, 0
    sheet.sheet_properties.pageSetUpPr.fitToPage = True


def _choices(book: Workbook, column: ReturnColumn, words: dict[tuple[str, ...], str]) -> str:
    """Return the range with the permitted words of a column in Thai, each with its English beside it. Writes
    them if needed."""
    key = tuple(column.words)
    if key not in words:
        guide, place = book[GUIDE_SHEET], _LIST_COLUMN + 3 * len(words)
        _write(guide, 3, place, _both(column.label), _BOLD)
        for row, word in enumerate(column.words.values(), 4):
            _write(guide, row, place, word.th)
            _write(guide, row, place + 1, word.en)
        letter = get_column_letter(place)
        for n in (place, place + 1):
            guide.column_dimensions[get_column_letter(n)].width = 26
        sheet = quote_sheetname(GUIDE_SHEET)
        words[key] = f"{sheet}!${letter}$4:${letter}${3 + len(column.words)}"
    return words[key]


def _both(said: Message) -> str:
    return f"{said.th} · {said.en}"


def _write(sheet: Worksheet, row: int, column: int, text: str, font: Font = _TEXT) -> Cell:
    cell: Cell = sheet.cell(row, column)  # type: ignore[assignment]  # no cell here is merged
    if text:
        cell.value = neutral(text)
        cell.data_type = "s"
    cell.font, cell.alignment = font, _WRAPPED
    return cell
