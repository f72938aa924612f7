"""One unit of the bank → the workbook (.xlsx) in which its items are written; the bytes of a file.

One line an item, lists to choose from, instructions, the unit's criteria, and a hidden record of what
was exported, by which an import knows what was changed, here and in the bank.
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Mapping, Sequence

from openpyxl import Workbook
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.worksheet import Worksheet

from examgen.bank.workbook_cells import (
    BOLD,
    ID_FILL,
    LINE_HEIGHT,
    TEXT,
    TITLE,
    set_column,
    set_height,
    set_page,
    write,
    write_heading,
)
from examgen.bank.workbook_columns import (
    ITEM_SHEET,
    RECORD_MARK,
    RECORD_SHEET,
    RECORD_VERSION,
    Column,
    both,
    cells_of,
    columns,
    letters_of,
    stimulus_names,
    whole_sha256,
)
from examgen.bank.workbook_guide import CRITERIA_HEADS, GUIDE, METHODS_TH
from examgen.bank.workbook_text import LONGEST_CELL, digest, fits_cell
from examgen.models import BankUnit, Item, Unit
from examgen.problems import Problem, Refused
from examgen.thai import COGNITIVE_TH, STATUS_TH

GUIDE_SHEET = "คำแนะนำ Instructions"
CRITERIA_SHEET = "เกณฑ์ Criteria"
LISTS_SHEET = "_lists"
FIRST_ITEM_ROW = 3
SPARE_ROWS = 1000
"""Lines below the items that offer the lists too."""

_GUIDE_WIDTH = 110


def workbook(shelf: BankUnit) -> bytes:
    """The workbook of a unit; `Refused` where a text is longer than a cell holds."""
    too_long = list(_too_long(shelf))
    if too_long:
        raise Refused("the items do not fit into a spreadsheet", too_long)
    shown = columns(letters_of(shelf.items))
    fields = [column.field for column in shown]
    lines = [cells_of(item) for item in shelf.items]
    return file_of(item_book(shelf, shown, lines, [_recorded(item, fields) for item in shelf.items]))


def item_book(
    shelf: BankUnit,
    shown: Sequence[Column],
    lines: Sequence[Mapping[str, str]],
    record: Sequence[Sequence[str]],
) -> Workbook:
    """The sheets around these lines of items, each a text by field, and around the record of them."""
    book = Workbook()
    book.remove(book.worksheets[0])
    items = book.create_sheet(ITEM_SHEET)
    guide, criteria = book.create_sheet(GUIDE_SHEET), book.create_sheet(CRITERIA_SHEET)
    lists, hidden = book.create_sheet(LISTS_SHEET), book.create_sheet(RECORD_SHEET)
    _write_items(items, lines, shown)
    _write_guide(guide, shelf.unit)
    _write_criteria(criteria, shelf.unit)
    _write_lists(lists, items, shelf, shown, len(lines))
    _write_record(hidden, str(shelf.unit.code), shown, record)
    return book


def file_of(book: Workbook) -> bytes:
    """The bytes of the file."""
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def _too_long(shelf: BankUnit) -> Iterable[Problem]:
    for item in shelf.items:
        for field, text in cells_of(item).items():
            if not fits_cell(text):
                message = f"has {len(text)} characters, a cell holds {LONGEST_CELL}: edit it in its YAML file"
                yield Problem(str(shelf.unit.code), "too-long-for-a-cell", message, item.id, field)


def _write_items(sheet: Worksheet, lines: Sequence[Mapping[str, str]], shown: Sequence[Column]) -> None:
    for n, column in enumerate(shown, 1):
        write_heading(sheet, 1, n, column.thai)
        write_heading(sheet, 2, n, column.english)
        set_column(sheet, n, column.width)
    for row, texts in enumerate(lines, FIRST_ITEM_ROW):
        for n, column in enumerate(shown, 1):
            write(sheet, row, n, texts.get(column.field, ""))
        sheet.cell(row, 1).fill = ID_FILL
        set_height(sheet, row, [(texts.get(column.field, ""), column.width) for column in shown])
    sheet.freeze_panes = f"B{FIRST_ITEM_ROW}"
    last = max(sheet.max_row, FIRST_ITEM_ROW)
    sheet.auto_filter.ref = f"A2:{get_column_letter(len(shown))}{last}"
    sheet.print_title_rows = "1:2"
    set_page(sheet, sheet.PAPERSIZE_A3)


def _write_guide(sheet: Worksheet, unit: Unit) -> None:
    set_column(sheet, 1, _GUIDE_WIDTH)
    write(sheet, 1, 1, f"{unit.code}  {unit.title or ''}".rstrip(), TITLE)
    for row, (text, heading) in enumerate(GUIDE, 2):
        write(sheet, row, 1, text, BOLD if heading else TEXT)
        set_height(sheet, row, [(text, _GUIDE_WIDTH)])
    sheet.row_dimensions[1].height = 2 * LINE_HEIGHT
    set_page(sheet, sheet.PAPERSIZE_A4)


def _write_criteria(sheet: Worksheet, unit: Unit) -> None:
    for n, (thai, english, width) in enumerate(CRITERIA_HEADS, 1):
        write_heading(sheet, 1, n, f"{thai} {english}")
        set_column(sheet, n, width)
    levels = ", ".join(map(str, unit.levels)) or "ไม่ระบุ none stated"
    row = 1
    for element in unit.elements:
        for criterion in element.criteria:
            row += 1
            texts = (element.code, element.title, criterion.code, criterion.text, levels)
            for n, text in enumerate(texts, 1):
                write(sheet, row, n, text)
            widths = (width for _, _, width in CRITERIA_HEADS)
            set_height(sheet, row, zip(texts, widths, strict=True))
    set_page(sheet, sheet.PAPERSIZE_A4)
    _write_methods(sheet, unit, row + 2)
    sheet.freeze_panes = "A2"


def _write_methods(sheet: Worksheet, unit: Unit, row: int) -> None:
    """How section 18 has each group assessed."""
    for n, head in enumerate(("อาชีพ Occupation", "ระดับ Levels", "วิธีประเมิน Methods"), 2):
        write_heading(sheet, row, n, head)
    for entry in unit.assessment:
        row += 1
        write(sheet, row, 2, entry.occupation or "ทุกอาชีพ all")
        write(sheet, row, 3, ", ".join(map(str, entry.levels)) or "ทุกระดับ all")
        write(sheet, row, 4, ", ".join(f"{METHODS_TH[method]} {method}" for method in entry.methods))


def _write_lists(
    sheet: Worksheet, items: Worksheet, shelf: BankUnit, shown: Sequence[Column], n_lines: int
) -> None:
    """The lists to choose from; several criteria, levels or keys may be typed, the rest may not."""
    offers = (
        ("pcs", [criterion.code for criterion in shelf.unit.criteria], False),
        ("levels", _runs_of_levels(shelf.unit.levels), False),
        ("cognitive", [both(COGNITIVE_TH, name) for name in COGNITIVE_TH], True),
        ("status", [both(STATUS_TH, name) for name in STATUS_TH], True),
        ("key", list(letters_of(shelf.items)), False),
        ("shared_stimulus", stimulus_names(shelf), False),
    )
    last = FIRST_ITEM_ROW + n_lines + SPARE_ROWS
    for n, (field, names, strict) in enumerate(offers, 1):
        write(sheet, 1, n, field)
        for row, name in enumerate(names, 2):
            write(sheet, row, n, name)
        if names:
            source, target = get_column_letter(n), _letter(shown, field)
            rule = _choice(f"{LISTS_SHEET}!${source}$2:${source}${len(names) + 1}", strict)
            rule.add(f"{target}{FIRST_ITEM_ROW}:{target}{last}")
            items.add_data_validation(rule)
    sheet.sheet_state = "hidden"


def _runs_of_levels(levels: Sequence[int]) -> list[str]:
    """Each level, then each run of neighbouring ones."""
    runs = [levels[i:j] for i in range(len(levels)) for j in range(i + 1, len(levels) + 1)]
    return [", ".join(map(str, run)) for run in sorted(runs, key=len)]


def _letter(shown: Sequence[Column], field: str) -> str:
    return get_column_letter(1 + [column.field for column in shown].index(field))


def _choice(source: str, strict: bool) -> DataValidation:
    rule = DataValidation(type="list", formula1=source, allow_blank=True, showErrorMessage=strict)
    rule.errorTitle = "เลือกจากรายการ Choose from the list"
    rule.error = "กรุณาเลือกค่าจากรายการ Please choose one of the list"
    return rule


def _write_record(
    sheet: Worksheet, code: str, shown: Sequence[Column], record: Sequence[Sequence[str]]
) -> None:
    """What was exported: hashes of each item as the bank had it, and of each cell."""
    fields = [column.field for column in shown]
    head = [[RECORD_MARK, RECORD_VERSION, code], ["id", "item", "whole", *fields]]
    for row, texts in enumerate([*head, *record], 1):
        for n, text in enumerate(texts, 1):
            write(sheet, row, n, text)
    sheet.sheet_state = "hidden"


def _recorded(item: Item, fields: Sequence[str]) -> list[str]:
    texts = cells_of(item)
    return [item.id, item.sha256(), whole_sha256(item), *(digest(texts.get(field, "")) for field in fields)]
