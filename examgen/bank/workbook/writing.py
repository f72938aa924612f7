"""Writes the workbook (.xlsx) in which the items of a unit are edited.

It has one line for each item, lists of choices, instructions, the unit's criteria, and a hidden record of
what was exported, from which an import sees what has changed in the file and in the bank.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache

from openpyxl import Workbook
from openpyxl.styles import Font, PatternFill
from openpyxl.utils import get_column_letter

from examgen.bank.workbook.cells import (
    BOLD_FONT,
    HEAD_FILL,
    LINE_HEIGHT,
    TEXT_FONT,
    file_of,
    offer,
    set_column,
    set_height,
    set_page,
    write_cell,
)
from examgen.bank.workbook.columns import (
    ITEM_SHEET,
    RECORD_MARK,
    RECORD_SHEET,
    RECORD_VERSION,
    ItemColumn,
    both,
    cells_of,
    columns,
    letters_of,
    whole_sha256,
)
from examgen.bank.workbook.texts import LONGEST_CELL, digest, fits_cell
from examgen.core.models.field_types import CATEGORY_WORDS, STATUS_WORDS
from examgen.core.models.item import DECIDED_BY_WORDS, BankUnit
from examgen.core.models.standard import METHODS
from examgen.core.problems import Problem, Refused
from examgen.core.text.characters import THAI_LETTERS
from examgen.core.words import tell

_CRITERIA_HEADS = (
    (tell("Element"), 14),
    (tell("Title"), 40),
    (tell("Criterion (PC)"), 16),
    (tell("Text"), 60),
    (tell("Levels"), 14),
)
_ALL_OCCUPATIONS, _ALL_LEVELS = tell("all occupations"), tell("all levels")


@cache
def guide() -> tuple[tuple[str, bool], ...]:
    """Return the lines of the sheet of instructions, Thai first; True marks a heading."""
    items, retired = ITEM_SHEET, both(STATUS_WORDS["retired"])
    letters = " ".join(THAI_LETTERS)
    told = [
        tell("How to write items in this file"),
        tell(
            "1. On the sheet “{items}” one line is one item; the first two lines are "
            "headings. Do not merge cells or write formulas.",
            items=items,
        ),
        tell(
            "2. To add an item, write it below the last line and leave its “Item id” "
            "empty; the import assigns one. An existing id is never changed or used again. "
            "If you copy a line to start from, clear its id."
        ),
        tell(
            "3. Criterion, levels, category, status and key have a list to choose from. "
            "Type several criteria, levels or keys with commas (3, 4)."
        ),
        tell(
            "4. The stem asks one thing and can be understood without the options. "
            "Emphasise a negative (**not**)."
        ),
        tell(
            "5. Write two to five options of similar length, without “all of the above” or "
            "“none of the above”. Leave unused columns empty."
        ),
        tell(
            "6. The key is {letters} or a b c d e. This is the order of this file, not the printed order.",
            letters=letters,
        ),
        tell(
            "   To keep an option in its place on every form, enter it under “Anchored "
            "options”. If you know the time that a candidate needs, enter it in seconds."
        ),
        tell(
            "7. In the rationale, write for every option why it is right or wrong. Give a "
            "reference that a reviewer can open."
        ),
        tell(
            "8. Removing a line does not remove the item. To stop using it, set its status to “{retired}”.",
            retired=retired,
        ),
        tell(
            "9. An apostrophe before = + - @ and codes like ⟦U+…⟧ are there for safety. "
            "Leave them; the import removes them."
        ),
        tell(
            "10. Send the .xlsx back to the person in charge of the bank. The import shows "
            "every change. If anything is wrong, it names the sheet and cell and stores "
            "nothing."
        ),
    ]
    thai, english = (
        [(line, n == 0) for n, line in enumerate(texts)]
        for texts in zip(*((one.th, one.en) for one in told), strict=True)
    )
    return (*thai, ("", False), *english)


_GUIDE, _CRITERIA = tell("Instructions"), tell("Criteria")
LISTS_SHEET = "_lists"
FIRST_ITEM_ROW = 3
SPARE_ROWS = 1000
"""The number of lines below the items that also have the lists of choices."""

_GUIDE_WIDTH = 110
_TITLE_FONT = Font(name=TEXT_FONT.name, size=14, bold=True)
_ID_FILL = PatternFill("solid", fgColor="F2F2F2")


def workbook(shelf: BankUnit) -> bytes:
    """Return the workbook of a unit. Raises Refused if a text is too long for a cell."""
    too_long = []
    for item in shelf.items:
        for field, text in cells_of(item).items():
            if not fits_cell(text):
                message = tell(
                    "has {n} characters, but a cell can contain at most {longest_cell}. "
                    "Edit it in its YAML file.",
                    n=len(text),
                    longest_cell=LONGEST_CELL,
                )
                too_long.append(Problem(str(shelf.unit.code), "too-long-for-a-cell", message, item.id, field))
    if too_long:
        raise Refused.because("the items do not fit into a spreadsheet", too_long)
    shown = columns(letters_of(shelf.items))
    fields = [column.field for column in shown]
    lines = [cells_of(item) for item in shelf.items]
    record = [
        [item.id, item.sha256(), whole_sha256(item), *(digest(texts.get(field, "")) for field in fields)]
        for item, texts in zip(shelf.items, lines, strict=True)
    ]
    return file_of(item_book(shelf, shown, lines, record))


def item_book(
    shelf: BankUnit,
    shown: Sequence[ItemColumn],
    lines: Sequence[Mapping[str, str]],
    record: Sequence[Sequence[str]],
) -> Workbook:
    """Return a workbook with these lines of items, each a text by field, and with the record of their
    export.
    """
    book = Workbook()
    book.remove(book.worksheets[0])
    items = book.create_sheet(ITEM_SHEET)
    told, criteria = book.create_sheet(both(_GUIDE)), book.create_sheet(both(_CRITERIA))
    lists, hidden = book.create_sheet(LISTS_SHEET), book.create_sheet(RECORD_SHEET)
    for n, column in enumerate(shown, 1):
        write_cell(items, 1, n, column.thai, BOLD_FONT).fill = HEAD_FILL
        write_cell(items, 2, n, column.english, BOLD_FONT).fill = HEAD_FILL
        set_column(items, n, column.width)
    for row, texts in enumerate(lines, FIRST_ITEM_ROW):
        for n, column in enumerate(shown, 1):
            write_cell(items, row, n, texts.get(column.field, ""))
        items.cell(row, 1).fill = _ID_FILL
        set_height(items, row, [(texts.get(column.field, ""), column.width) for column in shown])
    items.freeze_panes = f"B{FIRST_ITEM_ROW}"
    last = max(items.max_row, FIRST_ITEM_ROW)
    items.auto_filter.ref = f"A2:{get_column_letter(len(shown))}{last}"
    items.print_title_rows = "1:2"
    set_page(items, items.PAPERSIZE_A3)
    set_column(told, 1, _GUIDE_WIDTH)
    write_cell(told, 1, 1, f"{shelf.unit.code}  {shelf.unit.title or ''}".rstrip(), _TITLE_FONT)
    for row, (text, heading) in enumerate(guide(), 2):
        write_cell(told, row, 1, text, BOLD_FONT if heading else TEXT_FONT)
        set_height(told, row, [(text, _GUIDE_WIDTH)])
    told.row_dimensions[1].height = 2 * LINE_HEIGHT
    set_page(told)
    for n, (head, width) in enumerate(_CRITERIA_HEADS, 1):
        write_cell(criteria, 1, n, both(head), BOLD_FONT).fill = HEAD_FILL
        set_column(criteria, n, width)
    levels = ", ".join(map(str, shelf.unit.levels)) or both(tell("none stated"))
    row = 1
    for element in shelf.unit.elements:
        for criterion in element.criteria:
            row += 1
            cells = (element.code, element.title, criterion.code, criterion.text, levels)
            for n, text in enumerate(cells, 1):
                write_cell(criteria, row, n, text)
            widths = (width for _, width in _CRITERIA_HEADS)
            set_height(criteria, row, list(zip(cells, widths, strict=True)))
    set_page(criteria)
    # How section 18 has each group assessed
    row += 2
    for n, head in enumerate((tell("Occupation"), tell("Levels"), tell("Methods")), 2):
        write_cell(criteria, row, n, both(head), BOLD_FONT).fill = HEAD_FILL
    for entry in shelf.unit.assessment:
        row += 1
        write_cell(criteria, row, 2, entry.occupation or both(_ALL_OCCUPATIONS))
        write_cell(criteria, row, 3, ", ".join(map(str, entry.levels)) or both(_ALL_LEVELS))
        write_cell(criteria, row, 4, ", ".join(both(tell(METHODS[method])) for method in entry.methods))
    criteria.freeze_panes = "A2"
    # The lists to choose from; several criteria, levels or keys may be typed, the rest may not
    runs = [
        shelf.unit.levels[i:j]
        for i in range(len(shelf.unit.levels))
        for j in range(i + 1, len(shelf.unit.levels) + 1)
    ]
    offers = (
        ("pcs", [criterion.code for criterion in shelf.unit.criteria], False),
        ("levels", [", ".join(map(str, run)) for run in sorted(runs, key=len)], False),
        ("cognitive", [both(word) for word in CATEGORY_WORDS.values()], True),
        ("status", [both(word) for word in STATUS_WORDS.values()], True),
        ("key", [*letters_of(shelf.items), *THAI_LETTERS[:5]], False),
        ("shared_stimulus", [stimulus.id for stimulus in shelf.stimuli], False),
        ("decided_by", [both(word) for word in DECIDED_BY_WORDS.values()], True),
    )
    last = FIRST_ITEM_ROW + len(lines) + SPARE_ROWS
    for n, (field, names, strict) in enumerate(offers, 1):
        write_cell(lists, 1, n, field)
        for row, name in enumerate(names, 2):
            write_cell(lists, row, n, name)
        if names:
            source, target = get_column_letter(n), 1 + [column.field for column in shown].index(field)
            choices = f"{LISTS_SHEET}!${source}$2:${source}${len(names) + 1}"
            offer(
                items,
                target,
                (FIRST_ITEM_ROW, last),
                choices,
                showErrorMessage=strict,
                errorTitle=both(tell("Choose from the list")),
                error=both(tell("Please choose from the list")),
            )
    lists.sheet_state = "hidden"
    # What was exported: hashes of each item as the bank had it, and of each cell.
    heads = [
        [RECORD_MARK, RECORD_VERSION, str(shelf.unit.code)],
        ["id", "item", "whole", *(column.field for column in shown)],
    ]
    for row, hashes in enumerate([*heads, *record], 1):
        for n, text in enumerate(hashes, 1):
            if text:
                write_cell(hidden, row, n, text)
    hidden.sheet_state = "hidden"
    return book
