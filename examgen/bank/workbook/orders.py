"""What must be written → a workbook for item writers: an order, and an empty line for each item.

The sheets are those of `workbook`, so that `bank import` reads the file back. Each line has an id of its own
already, which the hidden record knows; a line that nobody has filled in adds nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from openpyxl.worksheet.worksheet import Worksheet

from examgen.bank.workbook.changes import next_id
from examgen.bank.workbook.columns import TO_BE_WRITTEN, both, columns
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
from examgen.models.item import BankUnit
from examgen.models.standard import Unit
from examgen.text.thai import COGNITIVE_TH, STATUS_TH

ORDER_SHEET = "ใบสั่งเขียน Assignment"
OPEN = "เลือกได้ open"
"""What is left to the writer."""

_HEADS = (
    ("เกณฑ์", "Criterion", 16),
    ("ข้อความของเกณฑ์", "Text", 50),
    ("ระดับ", "Level", 14),
    ("พฤติกรรมที่วัด", "Category", 22),
    ("จำนวน", "Number", 12),
    ("รหัสที่จองไว้", "Ids kept for them", 30),
    ("เหตุผล", "Why", 60),
)
_HOW = """\
วิธีทำ
1. เขียนข้อสอบในแผ่นงาน “ข้อสอบ Items” บรรทัดละหนึ่งข้อ เกณฑ์ ระดับ และพฤติกรรมที่กรอกไว้แล้วคือสิ่งที่ต้องการ \
ถ้าข้างบนระบุพฤติกรรมไว้หลายอย่าง ให้เลือกอย่างใดอย่างหนึ่ง
2. รหัสในแต่ละบรรทัดจองไว้ให้ข้อนั้นแล้ว อย่าแก้ ถ้าเขียนเกินจำนวนที่สั่ง ให้เขียนต่อท้ายและเว้นช่องรหัสให้ว่าง
3. บรรทัดที่ยังไม่ได้เขียนปล่อยไว้ได้ ระบบจะข้ามไป และนำเข้าไฟล์เดิมซ้ำได้เมื่อเขียนเพิ่มแล้ว

How to
1. Write on the sheet “ข้อสอบ Items”, one item a line. Criterion, level and category that are filled in are \
what is needed; where several categories are named above, choose one of them.
2. The id of each line is kept for that item: leave it as it is. More items go below, without an id.
3. A line that is not written yet may stay: it is skipped, and the same file can be brought in again later."""


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
    groups = _lines(orders, [*used, *(item.id for item in shelf.items)])
    lines = [texts for group in groups for texts in group.texts]
    fields = [column.field for column in shown]
    record = [_recorded(texts, fields) for texts in lines if texts["id"]]
    book = item_book(empty, shown, lines, record)
    _write_order(book.create_sheet(ORDER_SHEET, 0), shelf.unit, groups, purpose)
    book.active = 0
    return file_of(book)


def _lines(orders: Sequence[ToWrite], used: Sequence[str]) -> list[_Lines]:
    taken = set(used)
    groups = []
    for order in orders:
        texts = []
        for _ in range(order.n_items):
            name = next_id(order.pc, taken) if order.pc else ""
            taken.add(name)
            texts.append(_texts(order, name))
        groups.append(_Lines(order, texts))
    return groups


def _texts(order: ToWrite, name: str) -> dict[str, str]:
    return {
        "id": name,
        "pcs": order.pc or "",
        "levels": ", ".join(map(str, order.levels)),
        "cognitive": both(COGNITIVE_TH, order.cognitive) if order.cognitive else "",
        "status": both(STATUS_TH, "draft"),
    }


def _recorded(texts: dict[str, str], fields: Sequence[str]) -> list[str]:
    return [texts["id"], "", TO_BE_WRITTEN, *(digest(texts.get(field, "")) for field in fields)]


def _write_order(sheet: Worksheet, unit: Unit, groups: Sequence[_Lines], purpose: Purpose) -> None:
    for n, (_, _, width) in enumerate(_HEADS, 1):
        set_column(sheet, n, width)
    _write_across(sheet, 1, 1, "ใบสั่งเขียนข้อสอบ Writing assignment")
    sheet.cell(1, 1).font = TITLE
    sheet.row_dimensions[1].height = 2 * LINE_HEIGHT
    row = 2
    for label, text in _purpose(unit, groups, purpose):
        write(sheet, row, 1, label, BOLD)
        _write_across(sheet, row, 2, text)
        row += 1
    row = _write_table(sheet, row + 1, unit, groups)
    for text in _HOW.splitlines():
        row += 1
        _write_across(sheet, row, 1, text)
    set_page(sheet, sheet.PAPERSIZE_A4)


def _purpose(unit: Unit, groups: Sequence[_Lines], purpose: Purpose) -> Iterator[tuple[str, str]]:
    yield "ข้อสอบ Exam", f"{purpose.exam}\n{purpose.title_th}\n{purpose.title_en}"
    yield "หน่วย Unit", f"{unit.code}  {unit.title or ''}".rstrip()
    if asks := "\n".join(text for text in (purpose.asks_th, purpose.asks_en) if text):
        yield "ต้องการ Asked", asks
    count = sum(group.order.n_items for group in groups)
    yield "รวม In all", f"{count} ข้อ items"


def _write_across(sheet: Worksheet, row: int, first: int, text: str) -> None:
    """A text over all columns from the first on."""
    write(sheet, row, first, text)
    last = len(_HEADS)
    sheet.merge_cells(start_row=row, start_column=first, end_row=row, end_column=last)
    set_height(sheet, row, [(text, sum(width for _, _, width in _HEADS[first - 1 :]))])


def _write_table(sheet: Worksheet, row: int, unit: Unit, groups: Sequence[_Lines]) -> int:
    """A line for each order; the number of the last."""
    known = {criterion.code: criterion.text for criterion in unit.criteria}
    for n, (thai, english, _) in enumerate(_HEADS, 1):
        write_heading(sheet, row, n, f"{thai}\n{english}")
    sheet.row_dimensions[row].height = 4 + 2 * LINE_HEIGHT
    for order, texts in groups:
        row += 1
        cells = (
            order.pc or OPEN,
            known.get(order.pc or "", ""),
            ", ".join(map(str, order.levels)) or OPEN,
            " / ".join(both(COGNITIVE_TH, one) for one in _categories(order)) or OPEN,
            str(order.n_items),
            _span([line["id"] for line in texts if line["id"]]),
            order.why,
        )
        for n, text in enumerate(cells, 1):
            write(sheet, row, n, text)
        set_height(sheet, row, [(text, width) for text, (_, _, width) in zip(cells, _HEADS, strict=True)])
    return row + 1


def _categories(order: ToWrite) -> tuple[str, ...]:
    return (order.cognitive,) if order.cognitive else order.open_to


def _span(names: Sequence[str]) -> str:
    """The ids from the first to the last."""
    return "" if not names else names[0] if len(names) == 1 else f"{names[0]} – {names[-1]}"
