"""What must be written → a workbook for item writers: an order, and an empty line for each item.

The sheets are those of `workbook`, so that `bank import` reads the file back. Each line has an id of its own
already, which the hidden record knows; a line that nobody has filled in adds nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from openpyxl.worksheet.worksheet import Worksheet

from examgen.bank.workbook.columns import ITEM_SHEET, TO_BE_WRITTEN, both, columns
from examgen.bank.workbook.differences import Numbering
from examgen.bank.workbook.texts import digest
from examgen.bank.workbook.writing import (
    BOLD,
    LINE_HEIGHT,
    TITLE,
    file_of,
    item_book,
    set_column,
    set_height,
    set_page,
    write,
    write_heading,
)
from examgen.core.models.bank_unit import BankUnit
from examgen.core.models.base import CATEGORY_WORDS, STATUS_WORDS
from examgen.core.models.standard import Unit
from examgen.core.words import tell, tell_n

_OPEN = tell("open")
"""What is left to the writer."""
_HEADS = (
    (tell("Criterion"), 16),
    (tell("Text"), 50),
    (tell("Level"), 14),
    (tell("Category"), 22),
    (tell("How many"), 12),
    (tell("Ids kept for them"), 30),
    (tell("Why"), 60),
)
_HOW = (
    tell("How to"),
    tell(
        "1. Write on the sheet “{items}”, one item a line. Criterion, level and category that "
        "are filled in are what is needed; where several categories are named above, choose one "
        "of them.",
        items=ITEM_SHEET,
    ),
    tell(
        "2. The id of each line is kept for that item: leave it as it is. More items go below, without an id."
    ),
    tell(
        "3. A line that is not written yet may stay: it is skipped, and the same file can be "
        "brought in again later."
    ),
)


class ToWrite(NamedTuple):
    """Items of one kind to be written; what is None or empty is left to the writer."""

    pc: str | None
    levels: tuple[int, ...]
    cognitive: str | None
    n_items: int
    why: str
    open_to: tuple[str, ...] = ()
    """The categories among which the writer chooses; any where empty."""


class Purpose(NamedTuple):
    """What the items are wanted for: the blueprint, and what it asks, in Thai and English."""

    exam: str
    title_th: str
    title_en: str
    asks_th: str = ""
    asks_en: str = ""


class _Lines(NamedTuple):
    """The lines of one order: their texts by field."""

    order: ToWrite
    texts: list[dict[str, str]]


def write_order(
    shelf: BankUnit, orders: Sequence[ToWrite], purpose: Purpose, used: Sequence[str] = ()
) -> bytes:
    """The workbook of an assignment for one unit; `used` are ids given before, beside those of its items."""
    # no writer needs the items that the bank has: they may be in an exam
    empty = shelf.model_copy(update={"items": ()})
    shown = columns()
    numbering = Numbering([*used, *(item.id for item in shelf.items)])
    groups = []
    for order in orders:
        texts = []
        for _ in range(order.n_items):
            name = numbering.next_id(order.pc) if order.pc else ""
            numbering.take(name)
            texts.append(
                {
                    "id": name,
                    "pcs": order.pc or "",
                    "levels": ", ".join(map(str, order.levels)),
                    "cognitive": both(CATEGORY_WORDS[order.cognitive]) if order.cognitive else "",
                    "status": both(STATUS_WORDS["draft"]),
                }
            )
        groups.append(_Lines(order, texts))
    lines = [texts for group in groups for texts in group.texts]
    fields = [column.field for column in shown]
    record = [
        [texts["id"], "", TO_BE_WRITTEN, *(digest(texts.get(field, "")) for field in fields)]
        for texts in lines
        if texts["id"]
    ]
    book = item_book(empty, shown, lines, record)
    sheet = book.create_sheet(both(tell("Assignment")), 0)
    for n, (_, width) in enumerate(_HEADS, 1):
        set_column(sheet, n, width)
    _write_across(sheet, 1, 1, both(tell("Writing assignment")))
    sheet.cell(1, 1).font = TITLE
    sheet.row_dimensions[1].height = 2 * LINE_HEIGHT
    row = 2
    for label, text in _purpose(shelf.unit, groups, purpose):
        write(sheet, row, 1, label, BOLD)
        _write_across(sheet, row, 2, text)
        row += 1
    row = _write_table(sheet, row + 1, shelf.unit, groups)
    for text in (*(one.th for one in _HOW), "", *(one.en for one in _HOW)):
        row += 1
        _write_across(sheet, row, 1, text)
    set_page(sheet, sheet.PAPERSIZE_A4)
    book.active = 0
    return file_of(book)


def _purpose(unit: Unit, groups: Sequence[_Lines], purpose: Purpose) -> Iterator[tuple[str, str]]:
    yield both(tell("Exam")), f"{purpose.exam}\n{purpose.title_th}\n{purpose.title_en}"
    yield both(tell("Unit")), f"{unit.code}  {unit.title or ''}".rstrip()
    if asks := "\n".join(text for text in (purpose.asks_th, purpose.asks_en) if text):
        yield both(tell("Asked")), asks
    count = sum(group.order.n_items for group in groups)
    yield both(tell("In all")), both(tell_n("{n} item", "{n} items", count))


def _write_across(sheet: Worksheet, row: int, first: int, text: str) -> None:
    """A text over all columns from the first on."""
    write(sheet, row, first, text)
    last = len(_HEADS)
    sheet.merge_cells(start_row=row, start_column=first, end_row=row, end_column=last)
    set_height(sheet, row, [(text, sum(width for _, width in _HEADS[first - 1 :]))])


def _write_table(sheet: Worksheet, row: int, unit: Unit, groups: Sequence[_Lines]) -> int:
    """A line for each order; the number of the last."""
    known = {criterion.code: criterion.text for criterion in unit.criteria}
    for n, (head, _) in enumerate(_HEADS, 1):
        write_heading(sheet, row, n, f"{head.th}\n{head.en}")
    sheet.row_dimensions[row].height = 4 + 2 * LINE_HEIGHT
    for order, texts in groups:
        row += 1
        # The ids from the first to the last
        names = [line["id"] for line in texts if line["id"]]
        cells = (
            order.pc or both(_OPEN),
            known.get(order.pc or "", ""),
            ", ".join(map(str, order.levels)) or both(_OPEN),
            " / ".join(
                both(CATEGORY_WORDS[one])
                for one in ((order.cognitive,) if order.cognitive else order.open_to)
            )
            or both(_OPEN),
            str(order.n_items),
            ("" if not names else names[0] if len(names) == 1 else f"{names[0]} – {names[-1]}"),
            order.why,
        )
        for n, text in enumerate(cells, 1):
            write(sheet, row, n, text)
        set_height(sheet, row, [(text, width) for text, (_, width) in zip(cells, _HEADS, strict=True)])
    return row + 1
