"""A writing order: ids that are free, lines that import back, lines not written yet that do no harm."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from openpyxl import Workbook, load_workbook

from examgen.bank.spreadsheets import import_items
from examgen.bank.workbook.columns import ITEM_SHEET
from examgen.bank.workbook.orders import Purpose, ToWrite, write_order
from examgen.core.problems import Refused
from tests.samples import shelf, write_unit

ORDER_SHEET = "ใบสั่งเขียน Assignment"

PURPOSE = Purpose("T-1-L4", "การทดสอบทดลอง", "A trial", "แบบทดสอบ 3 ชุด", "3 forms of 12 items")
ORDERS = [
    ToWrite("E1.01", (4,), "apply", 2, "ใช้ได้ 10 ข้อ\n10 usable, 4 in each form"),
    ToWrite("E2.01", (3, 4), None, 1, "=1+1"),
    ToWrite(None, (), None, 1, "any criterion"),
]
FIRST = 3


def book_of(*orders: ToWrite, used: tuple[str, ...] = ()) -> Workbook:
    return load_workbook(io.BytesIO(write_order(shelf(), orders or ORDERS, PURPOSE, used)))


def cell(book: Workbook, row: int, heading: str) -> str | None:
    sheet = book[ITEM_SHEET]
    column = next(c.column for c in sheet[2] if c.value == heading)
    return sheet.cell(row, column).value


def fill(book: Workbook, row: int, stem: str, **more: str) -> None:
    """What a writer types."""
    texts = {
        "Stem": stem, "Option a": f"{stem} ก", "Option b": f"{stem} ข", "Key": "ก", "Rationale a": "ถูก",
        "Rationale b": "ผิด", "Reference": "คู่มือ", **more,
    }  # fmt: skip
    sheet = book[ITEM_SHEET]
    for heading, text in texts.items():
        column = next(c.column for c in sheet[2] if c.value == heading)
        sheet.cell(row, column).value = text


@pytest.fixture
def bank(tmp_path: Path) -> Path:
    write_unit(tmp_path / "item_bank")
    return tmp_path / "item_bank"


def saved(book: Workbook, place: Path) -> Path:
    path = place.parent / "order.xlsx"
    book.save(path)
    return path


def test_each_item_has_a_line_with_what_is_known_of_it_and_a_free_id() -> None:
    book = book_of(used=("E1.01-014",))
    heads = ("Item id", "Criterion (PC)", "Levels", "Cognitive category", "Status", "Stem")
    lines = [[cell(book, row, head) for head in heads] for row in range(FIRST, FIRST + 4)]
    assert lines == [
        ["E1.01-015", "E1.01", "4", "ประยุกต์ใช้ apply", "ร่าง draft", None],
        ["E1.01-016", "E1.01", "4", "ประยุกต์ใช้ apply", "ร่าง draft", None],
        ["E2.01-011", "E2.01", "3, 4", None, "ร่าง draft", None],
        [None, None, None, None, "ร่าง draft", None],
    ]
    assert book.active is not None
    assert book.active.title == ORDER_SHEET


def test_no_item_of_the_bank_leaves_it_by_an_order() -> None:
    texts = {
        str(value) for sheet in book_of().worksheets for line in sheet.iter_rows(values_only=True) for value in line
    }  # fmt: skip
    assert not [text for text in texts if "คำถามที่" in text or text == "E1.01-001"]


def test_the_first_sheet_says_in_both_languages_what_is_wanted_and_why() -> None:
    lines = [
        [value for value in line if value] for line in book_of()[ORDER_SHEET].iter_rows(values_only=True)
    ]
    whole = "\n".join(str(value) for line in lines for value in line)
    for text in (
        "T-1-L4",
        "การทดสอบทดลอง",
        "A trial",
        "แบบทดสอบ 3 ชุด",
        "3 forms of 12 items",
        "4 ข้อ 4 items",
    ):
        assert text in whole
    table = [line for line in lines if line and line[0] in ("E1.01", "E2.01", "เลือกได้ open")]
    assert table == [
        ["E1.01", "ระบุสาเหตุ", "4", "ประยุกต์ใช้ apply", "2", "E1.01-011 – E1.01-012", ORDERS[0].why],
        ["E2.01", "ประเมินผล", "3, 4", "เลือกได้ open", "1", "E2.01-011", "'=1+1"],  # never a formula
        ["เลือกได้ open", "เลือกได้ open", "เลือกได้ open", "1", "any criterion"],
    ]


def test_an_order_as_it_is_adds_nothing_and_says_what_waits(bank: Path) -> None:
    done = import_items(bank, saved(book_of(), bank))
    assert (done.plan.added, done.plan.changed, done.written) == ((), (), False)
    [notice] = done.notices
    assert (notice.code, notice.severity) == ("not-written-yet", "notice")
    assert "3 line(s)" in notice.message
    assert "E1.01-011, E1.01-012, E2.01-011" in notice.message


def test_what_is_filled_in_comes_in_under_its_id_and_the_rest_later(bank: Path) -> None:
    book = book_of()
    fill(book, FIRST + 1, "ข้อใดคือสาเหตุหลัก")
    fill(
        book, FIRST + 3, "ข้อใดคือผล", **{"Criterion (PC)": "E1.02", "Levels": "4", "Cognitive category": "จำ"}
    )
    path = saved(book, bank)
    done = import_items(bank, path)
    assert [one.item.id for one in done.plan.added] == ["E1.01-012", "E1.02-011"]
    assert done.written
    first = done.plan.added[0].item
    assert (first.pcs, first.levels, first.cognitive, first.status) == (("E1.01",), (4,), "apply", "draft")
    assert "E1.01-012" in (bank / "T-1" / "items" / "E1.01.yaml").read_text("utf-8")

    fill(book, FIRST, "ข้อใดควรทำก่อน")
    again = import_items(bank, saved(book, bank))
    assert [one.item.id for one in again.plan.added] == ["E1.01-011"]
    assert again.plan.unchanged == 1


def test_a_line_half_written_is_told_like_any_other(bank: Path) -> None:
    book = book_of()
    fill(book, FIRST, "ข้อใดคือสาเหตุหลัก", Key="")
    with pytest.raises(Refused) as refusal:
        import_items(bank, saved(book, bank))
    assert [problem.field for problem in refusal.value.problems if problem.severity == "error"] == ["key"]


def test_an_id_that_another_order_has_used_by_now_is_a_conflict_with_advice(bank: Path) -> None:
    one, other = book_of(), book_of()
    fill(one, FIRST, "ข้อใดคือสาเหตุหลัก")
    fill(other, FIRST, "ข้อใดเป็นคนละข้อกัน")
    import_items(bank, saved(one, bank))
    with pytest.raises(Refused) as refusal:
        import_items(bank, saved(other, bank))
    [problem] = [problem for problem in refusal.value.problems if problem.code == "conflict"]
    assert problem.item == "E1.01-011"
    assert "clear the id" in problem.message

    other[ITEM_SHEET].cell(FIRST, 1).value = None
    done = import_items(bank, saved(other, bank))
    assert [one.item.id for one in done.plan.added] == ["E1.01-013"]  # 012 is kept for the line below


def test_the_categories_that_will_do_are_named_where_not_any_will() -> None:
    some = ToWrite("E1.01", (4,), None, 1, "why", ("remember", "apply"))
    sheet = book_of(some, ORDERS[1])[ORDER_SHEET]
    texts = [str(value) for line in sheet.iter_rows(values_only=True) for value in line if value]
    assert "จำ remember / ประยุกต์ใช้ apply" in texts
    assert texts.count("เลือกได้ open") == 1  # of the other line
