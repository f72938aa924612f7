"""A workbook or CSV that people wrote → exactly their changes in the bank, or every mistake at its cell."""

from __future__ import annotations

import csv
import datetime
import io
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
from openpyxl import Workbook, load_workbook
from openpyxl.cell.rich_text import CellRichText, TextBlock
from openpyxl.cell.text import InlineFont

from examgen.bank.loading import load_unit
from examgen.bank.spreadsheets import Imported, export_items, import_items
from examgen.bank.workbook.columns import ITEM_SHEET
from examgen.core.problems import Problem, Refused, WrongUsage
from tests.samples import item_data, write_unit

COLUMNS = {
    field: n
    for n, field in enumerate(
        ["id", "pcs", "levels", "cognitive", "status", "stem", "a", "b", "c", "d", "e", "key",
         "ra", "rb", "rc", "rd", "re", "reference", "enemies", "shared_stimulus", "anchored", "time_s"], 1,
    )
}  # fmt: skip
HEADS = ["id", "pc", "level", "category", "status", "stem", "option a", "option b", "option c", "option d", "key",
         "rationale a", "rationale b", "rationale c", "rationale d", "reference"]  # fmt: skip
NEW = [
    "", "E1.02", "3, 4", "apply", "", "โจทย์ใหม่ ข้อใดถูก", "หนึ่ง", "สอง", "สาม", "สี่", "ค", "ผิด", "ผิด",
    "ถูก", "ผิด", "ตำรา",
]  # fmt: skip

Edit = Callable[[Any], None]
_WORKBOOKS: dict[str, bytes] = {}
"""The workbook of a bank by its files."""


@pytest.fixture
def bank(tmp_path: Path) -> Path:
    """Unit T-1 with three items for each criterion (lines 3 to 11 of the sheet); rationales fit any key."""
    rows = [
        item_data(pc, n, rationale=dict.fromkeys("abcd", "ตามคู่มือ"))
        for pc in ("E1.01", "E1.02", "E2.01")
        for n in (1, 2, 3)
    ]
    write_unit(tmp_path / "item_bank", rows)
    return tmp_path / "item_bank"


def contents(bank: Path) -> dict[str, str]:
    return {path.name: path.read_text("utf-8") for path in sorted((bank / "T-1" / "items").iterdir())}


def edited(bank: Path, edit: Edit, name: str = "f.xlsx") -> Path:
    path = bank.parent / name
    # many tests begin with the workbook of the same bank
    files = [path for path in sorted((bank / "T-1").rglob("*")) if path.is_file()]
    if (said := str([(path.name, path.read_bytes()) for path in files])) not in _WORKBOOKS:
        export_items(bank, "T-1", path)
        _WORKBOOKS[said] = path.read_bytes()
    path.write_bytes(_WORKBOOKS[said])
    book = load_workbook(path, rich_text=True)
    edit(book[ITEM_SHEET])
    book.save(path)
    return path


def put(row: int, field: str, value: Any) -> Edit:
    def edit(sheet: Any) -> None:
        sheet.cell(row, COLUMNS[field]).value = value

    return edit


def written(bank: Path, *edits: Edit) -> Imported:
    def all_of_them(sheet: Any) -> None:
        for edit in edits:
            edit(sheet)

    return import_items(bank, edited(bank, all_of_them))


def refused(path: Path, bank: Path, unit: str | None = None) -> tuple[Problem, ...]:
    before = contents(bank)
    with pytest.raises(Refused) as caught:
        import_items(bank, path, unit)
    assert contents(bank) == before
    return tuple(problem for problem in caught.value.problems if problem.severity == "error")


def csv_file(
    path: Path, rows: Sequence[Sequence[str]], encoding: str = "utf-8", delimiter: str = ","
) -> Path:
    text = io.StringIO()
    csv.writer(text, delimiter=delimiter).writerows(rows)
    path.write_bytes(text.getvalue().encode(encoding))
    return path


# ── what changes ─────────────────────────────────────────────────────────────────────────────

COMMENTED = """\
# items of E1.01, written in May
- id: E1.01-001
  pcs: [E1.01]
  levels: [3, 4]   # both
  cognitive: apply
  stem: "ข้อใดคือสาเหตุ"  # shortened
  options:
    # the order is meant
    b: 'สอง'
    a: หนึ่ง
  key: b
  rationale: {b: "ถูก", a: ผิด}
  reference: ตำรา   # page 4
  status: draft

# the hard ones
- status: draft
  id: E1.01-002
  pcs: [E1.01]
  levels: [4]
  cognitive: apply
  stem: |
    ข้อใดถูก
    ในกรณีนี้
  options: {a: "1", b: "2"}
  key: a
  rationale: {a: x, b: y}
  reference: r
# the end
"""


def test_three_cells_change_exactly_three_items_and_keep_comments_and_order(bank: Path) -> None:
    (bank / "T-1" / "items" / "E1.01.yaml").write_text(COMMENTED, "utf-8")
    before = contents(bank)
    done = written(bank, put(3, "stem", "ข้อใดเป็นสาเหตุ # จริง"), put(4, "b", 3), put(8, "reference", "เล่มใหม่"))
    assert [(one.item, [c.field for c in one.changes]) for one in done.plan.changed] == [
        ("E1.01-001", ["stem"]), ("E1.01-002", ["options.b"]), ("E2.01-001", ["reference"]),
    ]  # fmt: skip
    assert done.plan.changed[1].changes[0].where == f"f.xlsx:{ITEM_SHEET}!H4"
    assert {path.name for path in done.files} == {"E1.01.yaml", "E2.01.yaml"}
    after = contents(bank)
    expected = COMMENTED.replace('"ข้อใดคือสาเหตุ"  #', '"ข้อใดเป็นสาเหตุ # จริง"  #').replace('b: "2"', 'b: "3"')
    assert after["E1.01.yaml"] == expected
    assert after["E1.02.yaml"] == before["E1.02.yaml"]
    assert after["E2.01.yaml"] == before["E2.01.yaml"].replace("คู่มือทดลอง", "เล่มใหม่", 1)


def test_a_dry_run_shows_the_same_and_writes_nothing(bank: Path) -> None:
    path = edited(bank, put(3, "key", "d"))
    before = contents(bank)
    done = import_items(bank, path, dry_run=True)
    assert (done.written, len(done.files), contents(bank) == before) == (False, 1, True)
    assert [(c.old, c.new) for c in done.plan.changed[0].changes] == [(("b",), ("d",))]


UNDERSTOOD: list[tuple[str, Any, Any]] = [
    ("key", "ค", ("c",)), ("key", "C", ("c",)), ("key", 3, ("c",)), ("key", "๓", ("c",)), ("key", "ข้อ ง.", ("d",)),
    ("key", "a, c", ("a", "c")), ("key", "ก และ ค", ("a", "c")), ("key", "A|C", ("a", "c")), ("key", "(c) ", ("c",)),
    ("levels", "3,4,5", (3, 4, 5)), ("levels", "3-5", (3, 4, 5)), ("levels", "๓ ๕", (3, 5)), ("levels", 5, (5,)),
    ("levels", "ระดับ 3 ถึง 5", (3, 4, 5)), ("levels", "4–5", (4, 5)), ("levels", "[3]", (3,)), ("levels", "L4", (4,)),
    ("cognitive", "วิเคราะห์", "analyse"), ("cognitive", "Analyze", "analyse"), ("cognitive", "ประเมินค่า evaluate", "evaluate"),
    ("cognitive", "การนำไปใช้", "apply"), ("status", "เลิกใช้", "retired"), ("status", " Review ", "review"),
    ("anchored", "ง", ("d",)), ("anchored", "D, a", ("d", "a")), ("anchored", "-", ()), ("time_s", 90, 90),
    ("time_s", "๙๐", 90), ("time_s", "90 วินาที", 90), ("time_s", "2 นาที", 120),
    ("pcs", "e1.๐๒, E1.01", ("E1.02", "E1.01")),
    ("stem", "  ข้อใด\u00a0ถูก \u00a0", "ข้อใด ถูก"), ("stem", 100, "100"), ("stem", 2.5, "2.5"), ("stem", True, "TRUE"),
    ("stem", "a\r\nb", "a\nb"), ("stem", "a_x000D_\nb", "a\nb"), ("stem", "=1+1 เท่ากับเท่าใด", None),
    ("enemies", "E1.01-002 ,E1.02-001;", ("E1.01-002", "E1.02-001")), ("enemies", "E1.02-001\nE1.02-002", ("E1.02-001", "E1.02-002")),
]  # fmt: skip
"""A field, what somebody writes in its cell, and what the item has then; None where it is what was written."""
_TOGETHER = [case for case in UNDERSTOOD if case[0] not in ("pcs", "enemies")]


@pytest.mark.parametrize(
    "cases",
    # three items of one workbook, but for what one item says of others
    [
        *(_TOGETHER[n : n + 3] for n in range(0, len(_TOGETHER), 3)),
        *([case] for case in UNDERSTOOD if case not in _TOGETHER),
    ],
    ids=lambda cases: "-".join(dict.fromkeys(case[0] for case in cases)),
)
def test_what_people_write_is_understood(bank: Path, cases: list[tuple[str, Any, Any]]) -> None:
    def edit(sheet: Any) -> None:
        for row, (field, value, _) in enumerate(cases, 3):
            cell = sheet.cell(row, COLUMNS[field])
            cell.value = value
            if isinstance(value, str):
                cell.data_type = "s"
            else:
                cell.number_format = "General"

    written(bank, edit)
    unit, _ = load_unit(bank / "T-1")
    assert unit is not None
    for item, (field, value, expected) in zip(unit.items[:3], cases, strict=False):
        assert getattr(item, field) == (value if expected is None else expected), value


def test_numbers_are_read_as_their_cells_show_them(bank: Path) -> None:
    def edit(sheet: Any) -> None:
        for column, (value, form) in enumerate(
            [(0.5, "0%"), (1234.5, "#,##0.00"), (7, "000"), (0.1 + 0.2, "General")], 7
        ):
            sheet.cell(3, column).value, sheet.cell(3, column).number_format = value, form

    done = written(bank, edit)
    assert [change.new for change in done.plan.changed[0].changes] == ["50%", "1,234.50", "007", "0.3"]


def test_bold_words_of_a_cell_become_markdown_and_colour_does_not(bank: Path) -> None:
    red = TextBlock(InlineFont(color="FF0000"), " ถูก")
    done = written(
        bank, put(3, "stem", CellRichText("ข้อใด", TextBlock(InlineFont(b=True), "ไม่ใช่ "), "สาเหตุ", red))
    )
    assert done.plan.changed[0].changes[0].new == "ข้อใด**ไม่ใช่** สาเหตุ ถูก"


def test_emptied_cells_take_away_what_may_be_absent(bank: Path) -> None:
    path = bank / "T-1" / "items" / "E1.01.yaml"
    text = path.read_text("utf-8").replace(
        "  status: draft\n", "  status: draft\n  enemies: [E1.02-001]\n", 1
    )
    path.write_text(text, "utf-8")
    written(bank, put(3, "enemies", None), put(3, "a", None), put(3, "ra", "  "))
    unit, _ = load_unit(bank / "T-1")
    assert unit is not None
    assert list(unit.items[0].options) == ["b", "c", "d"]
    assert "enemies" not in path.read_text("utf-8")


def test_anchored_options_and_a_time_are_written_and_taken_away(bank: Path) -> None:
    before = contents(bank)
    done = written(bank, put(3, "anchored", "ง"), put(4, "time_s", "90"))
    assert [(one.item, one.changes[0].new) for one in done.plan.changed] == [
        ("E1.01-001", ("d",)),
        ("E1.01-002", 90),
    ]
    text = contents(bank)["E1.01.yaml"]
    assert "  anchored: [d]\n" in text
    assert "  time_s: 90\n" in text
    import_items(bank, edited(bank, put(3, "anchored", None), "g.xlsx"))
    import_items(bank, edited(bank, put(4, "time_s", "-"), "h.xlsx"))
    assert contents(bank) == before
    [problem] = refused(edited(bank, put(3, "time_s", "soon"), "i.xlsx"), bank)
    assert (problem.code, problem.source.split("!")[1]) == ("cell-value", "V3")
    [problem] = refused(edited(bank, put(3, "anchored", "e"), "j.xlsx"), bank)
    assert (problem.code, problem.source.split("!")[1]) == ("anchored-not-an-option", "U3")


def test_new_lines_get_ids_that_were_never_given(bank: Path) -> None:
    (bank / "T-1" / "reviews.yaml").write_text("# E1.02-007 was withdrawn\n", "utf-8")

    def edit(sheet: Any) -> None:
        for row, stem in ((12, "ใหม่หนึ่ง ข้อใดถูก"), (20, "ใหม่สอง ข้อใดถูก")):
            for field, value in zip(HEADS, NEW, strict=True):
                name = {"pc": "pcs", "level": "levels", "category": "cognitive"}.get(field, field)
                name = name.replace("option ", "").replace("rationale ", "r")
                sheet.cell(row, COLUMNS[name]).value = stem if name == "stem" else value
        sheet.cell(15, COLUMNS["status"]).value = "ร่าง draft"  # a list dragged down too far

    before = contents(bank)
    done = written(bank, edit)
    assert [one.item.id for one in done.plan.added] == ["E1.02-008", "E1.02-009"]
    assert done.plan.added[0].where == f"f.xlsx:{ITEM_SHEET}!A12"
    after = contents(bank)
    assert after["E1.02.yaml"].startswith(before["E1.02.yaml"])
    unit, problems = load_unit(bank / "T-1")
    assert unit is not None
    assert [p for p in problems if p.severity == "error"] == []
    [item] = [item for item in unit.items if item.id == "E1.02-009"]
    assert (item.stem, item.key, item.status, item.levels) == ("ใหม่สอง ข้อใดถูก", ("c",), "draft", (3, 4))
    again = import_items(bank, bank.parent / "f.xlsx")
    assert not again.written
    assert [p.message.split(" and ")[0] for p in again.notices if p.code == "item-there"] == [
        "has the same text as E1.02-008", "has the same text as E1.02-009",
    ]  # fmt: skip


def test_a_removed_line_is_told_and_its_item_stays(bank: Path) -> None:
    before = contents(bank)
    done = written(bank, lambda sheet: sheet.delete_rows(5))
    assert done.plan.removed == ("E1.01-003",)
    assert contents(bank) == before


def test_sorted_hidden_and_spread_lines_are_read_like_others(bank: Path) -> None:
    def edit(sheet: Any) -> None:
        sheet.move_range("A3:T3", rows=40)
        sheet.cell(43, COLUMNS["reference"]).value = "เล่มใหม่"
        sheet.row_dimensions[43].hidden = True

    done = written(bank, edit)
    assert [one.item for one in done.plan.changed] == ["E1.01-001"]
    assert [problem.code for problem in done.notices] == ["row-hidden"]
    assert done.notices[0].source == f"f.xlsx:{ITEM_SHEET}!A43"
    assert done.plan.removed == ()


def test_an_item_that_changed_in_the_bank_meanwhile_is_a_conflict_only_where_the_writer_changed_it(
    bank: Path,
) -> None:
    path = edited(bank, put(3, "stem", "ข้อใดเป็นสาเหตุจริง"))
    items = bank / "T-1" / "items" / "E1.01.yaml"
    items.write_text(items.read_text("utf-8").replace("คู่มือทดลอง", "เล่มของธนาคาร"), "utf-8")
    [problem] = refused(path, bank)
    assert (problem.code, problem.item, problem.source) == (
        "conflict",
        "E1.01-001",
        f"f.xlsx:{ITEM_SHEET}!A3",
    )
    untouched = edited(bank, lambda sheet: None, "g.xlsx")
    items.write_text(items.read_text("utf-8").replace("เล่มของธนาคาร", "ใหม่กว่า"), "utf-8")
    assert import_items(bank, untouched).plan.changed == ()


def test_an_item_gone_from_the_bank_is_a_conflict_only_where_its_line_was_changed(bank: Path) -> None:
    path, untouched = edited(bank, put(3, "key", "a")), edited(bank, lambda sheet: None, "g.xlsx")
    (bank / "T-1" / "items" / "E1.01.yaml").unlink()
    assert [(p.code, p.item) for p in refused(path, bank)] == [("conflict", "E1.01-001")]
    assert not import_items(bank, untouched).written


# ── fresh workbooks and CSV ──────────────────────────────────────────────────────────────────


def fresh(path: Path, rows: Sequence[Sequence[Any]]) -> Path:
    book = Workbook()
    for row in rows:
        book.worksheets[0].append(list(row))
    book.save(path)
    return path


def test_a_fresh_workbook_with_thai_headings_in_any_order_below_a_title(bank: Path) -> None:
    heads = ["เฉลย", "ข้อ ง", "ข้อ ค", "ข้อ ข", "ข้อ ก", "คำถาม", "หมายเหตุ", "เกณฑ์", "ระดับ", "พฤติกรรมที่วัด",
             "เหตุผล ก", "เหตุผล ข", "เหตุผล ค", "เหตุผล ง", "แหล่งอ้างอิง"]  # fmt: skip
    row = [
        "ก", "สี่", "สาม", "สอง", "หนึ่ง", "ข้อใดถูก", "ฝากดู", "E2.01", "๓-๔", "จำ", "ถูก", "ผิด", "ผิด",
        "ผิด", "ตำรา",
    ]  # fmt: skip
    done = import_items(bank, fresh(bank.parent / "f.xlsx", [["ข้อสอบของฉัน"], [], heads, [], row]))
    [new] = done.plan.added
    assert (new.item.id, new.item.levels, new.item.options["d"]) == ("E2.01-004", (3, 4), "สี่")
    assert [(p.code, p.source) for p in done.notices] == [
        ("column-unknown", "f.xlsx:Sheet!G3"),
        ("cell-understood", "f.xlsx:Sheet!I5"),
    ]


@pytest.mark.parametrize(
    ("encoding", "delimiter"), [("utf-8", ","), ("utf-8-sig", ";"), ("cp874", ","), ("utf-16", "\t")]
)
def test_csv_in_any_encoding_changes_and_adds(bank: Path, encoding: str, delimiter: str) -> None:
    change = ["E1.01-001", *[""] * (len(HEADS) - 1)]
    rows = [["id", "stem", "key"], ["E1.01-001", "'=1+1 เท่าใด", "ง"]]
    done = import_items(bank, csv_file(bank.parent / "f.csv", rows, encoding, delimiter))
    assert [(c.field, c.new) for c in done.plan.changed[0].changes] == [
        ("stem", "=1+1 เท่าใด"),
        ("key", ("d",)),
    ]
    done = import_items(bank, csv_file(bank.parent / "g.csv", [HEADS, NEW], encoding, delimiter), "T-1")
    assert [one.item.id for one in done.plan.added] == ["E1.02-004"]
    problems = refused(csv_file(bank.parent / "h.csv", [HEADS, change], encoding, delimiter), bank)
    assert ("h.csv!F2", "stem") in [(p.source, p.field) for p in problems]


def test_a_given_id_is_taken_where_it_is_free_and_of_the_unit(bank: Path) -> None:
    rows = [HEADS, ["E1.02-020", *NEW[1:]], [*NEW[:5], "อีกข้อ ข้อใดถูก", *NEW[6:]]]
    done = import_items(bank, csv_file(bank.parent / "f.csv", rows))
    assert [one.item.id for one in done.plan.added] == ["E1.02-020", "E1.02-021"]
    problems = refused(csv_file(bank.parent / "g.csv", [HEADS, ["E1.02-O1", *NEW[1:]]]), bank)
    assert [p.code for p in problems] == ["item-unknown"]
    assert "Did you mean E1.02-001 or E1.02-021?" in problems[0].message


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "no-headings"), (b"\xd0\xcf\x11\xe0rest", "not-a-workbook"), (b"PK\x03\x04rest", "not-a-workbook"),
        (b"\x81\x82\xff\xfe\xdb", "encoding"), (b"a,b\n1,2\n", "no-headings"), (b'id,stem,key\n"x,y,z\n', "csv-broken"),
    ],
)  # fmt: skip
def test_what_is_no_list_of_items_is_refused(bank: Path, data: bytes, code: str) -> None:
    path = bank.parent / "f.csv"
    path.write_bytes(data)
    assert [problem.code for problem in refused(path, bank)] == [code]


def test_a_column_twice_and_a_missing_column_are_told(bank: Path) -> None:
    path = csv_file(bank.parent / "f.csv", [["id", "stem", "โจทย์", "key"], ["", "x", "y", "a"]])
    problems = refused(path, bank)
    assert problems[0].source == "f.csv!C1"
    assert problems[0].code == "column-twice"
    assert {p.field for p in problems[1:]} >= {"pcs", "cognitive", "reference"}


def test_the_unit_must_be_known(bank: Path) -> None:
    path = edited(bank, lambda sheet: None)
    with pytest.raises(WrongUsage):
        import_items(bank, path, "T-2")
    write_unit(bank, [item_data("E1.01", 50)], code="T-2")
    with pytest.raises(WrongUsage) as caught:
        import_items(bank, csv_file(bank.parent / "f.csv", [HEADS, NEW]))
    assert "Choose one of T-1, T-2 with --unit" in caught.value.message


# ── twenty planted mistakes ──────────────────────────────────────────────────────────────────


def plant_what_can_be_understood(sheet: Any) -> None:
    sheet["L3"] = "ข้อ ค"
    sheet["L4"] = "ก"
    sheet["C3"] = "๓-๕"
    sheet["F3"] = "ข้อใด\u00a0ถูก  "
    sheet["B4"] = "e1.๐๑ "
    sheet["G4"], sheet["G4"].number_format = 100, "General"
    sheet["D4"] = "การวิเคราะห์"
    sheet["F5"] = CellRichText("ข้อใด", TextBlock(InlineFont(b=True), "ไม่"), "ถูก")
    sheet["R5"] = sheet["R5"].value + " "


def test_what_was_understood_is_told_with_its_cell(bank: Path) -> None:
    done = written(bank, plant_what_can_be_understood)
    assert [(p.source.split("!")[1], p.message) for p in done.notices] == [
        ("C3", "'๓-๕' was read as 3, 4, 5"),
        ("F3", "was read without invisible spaces and line ends"),
        ("L3", "'ข้อ ค' was read as c"),
        ("B4", "'e1.๐๑ ' was read as E1.01"),
        ("D4", "'การวิเคราะห์' was read as analyse"),
        ("G4", "is a number, read as '100'"),
        ("F5", "has bold or italic words, read as 'ข้อใด**ไม่**ถูก'"),
        ("R5", "was read without invisible spaces and line ends"),
    ]
    assert {problem.code for problem in done.notices} == {"cell-understood"}
    assert [(one.item, len(one.changes)) for one in done.plan.changed] == [
        ("E1.01-001", 3), ("E1.01-002", 3), ("E1.01-003", 1),
    ]  # fmt: skip


def test_a_copy_of_the_sheet_kept_in_the_workbook_is_not_read(bank: Path) -> None:
    done = written(bank, lambda sheet: sheet.parent.copy_worksheet(sheet) and None)
    assert [(p.code, p.source) for p in done.notices] == [("sheet-not-read", f"f.xlsx:{ITEM_SHEET} Copy")]


def test_a_column_taken_out_leaves_its_field_as_it_is(bank: Path) -> None:
    done = written(bank, lambda sheet: sheet.delete_cols(COLUMNS["reference"]))
    assert [p.message for p in done.notices] == [
        "lacks the columns แหล่งอ้างอิง Reference; their values stay unchanged"
    ]
    assert done.plan.unchanged == 9


def test_a_merge_that_reaches_from_the_headings_into_a_line_is_told(bank: Path) -> None:
    path = edited(bank, lambda sheet: sheet.merge_cells("F2:F3"))
    assert [(p.code, p.source) for p in refused(path, bank)] == [("cell-merged", f"f.xlsx:{ITEM_SHEET}!F3")]


def test_another_criterion_is_a_warning_at_its_cell(bank: Path) -> None:
    done = written(bank, put(3, "pcs", "E1.02"))
    assert [(p.code, p.source) for p in done.notices] == [("file-of-another-pc", f"f.xlsx:{ITEM_SHEET}!B3")]


def test_a_workbook_saved_as_csv_says_what_it_said(bank: Path) -> None:
    path = edited(bank, lambda sheet: None)
    rows = [
        ["" if v is None else str(v) for v in row]
        for row in load_workbook(path)[ITEM_SHEET].iter_rows(values_only=True)
    ]
    assert import_items(bank, csv_file(bank.parent / "f.csv", rows, "utf-8-sig")).plan.unchanged == 9
    rows[4][5] += " ?"
    done = import_items(bank, csv_file(bank.parent / "g.csv", rows, "cp874"))
    assert [(one.item, one.changes[0].where) for one in done.plan.changed] == [("E1.01-003", "g.csv!F5")]


def test_a_byte_order_mark_and_the_mode_of_a_file_stay(bank: Path) -> None:
    path = bank / "T-1" / "items" / "E1.01.yaml"
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes())
    path.chmod(0o600)
    before = path.read_bytes()
    written(bank, put(3, "key", "d"))
    assert path.read_bytes() == before.replace(b"key: b", b"key: d", 1)
    assert path.stat().st_mode & 0o777 == 0o600
    assert [one.name for one in path.parent.iterdir() if one.name.startswith(".")] == []


def plant(sheet: Any) -> None:
    sheet["F3"] = '=CONCATENATE("ข้อใด","ถูก")'
    sheet["B3"] = "E1.0l"
    sheet["C3"] = "9"
    sheet["D4"] = "จำๆ นะ"
    sheet["E4"] = "พร้อม"
    sheet["L4"] = "ฮ"
    sheet.merge_cells("G5:H5")
    sheet["F5"] = None
    sheet["A6"] = "E1.01-001"
    sheet["F7"], sheet["F7"].number_format = datetime.datetime(2026, 11, 20), "d/m/yyyy"
    sheet["G7"], sheet["G7"].data_type = "#REF!", "e"
    sheet["C7"], sheet["C7"].number_format = datetime.datetime(2026, 5, 3), "d-mmm"
    sheet["L8"] = "e"
    sheet["C8"] = "6"
    sheet["S8"] = "E2.01-01"
    sheet["T8"] = "case-9"
    sheet["H9"] = sheet["G9"].value
    sheet["M9"] = None
    sheet["F10"] = "น\u0e4d\u0e49าท่วม"
    sheet["A11"] = "E2.01-3"
    sheet["B12"], sheet["F12"] = "E1.02", "ใหม่ ข้อใดถูก"
    sheet["I5"], sheet["I5"].number_format = 43, '0" บาท"'


def test_every_mistake_is_told_at_its_cell_at_once_and_nothing_is_written(bank: Path) -> None:
    problems = refused(edited(bank, plant), bank)
    found = {(p.source.removeprefix(f"f.xlsx:{ITEM_SHEET}!"), p.code) for p in problems}
    assert found == {
        ("F3", "cell-formula"), ("B3", "cell-value"), ("C3", "cell-value"),
        ("D4", "cell-value"), ("E4", "cell-value"), ("L4", "cell-value"),
        ("G5", "cell-merged"), ("F5", "cell-empty"),
        ("A6", "item-twice"),
        ("F7", "cell-date"), ("G7", "cell-error"), ("C7", "cell-date"),
        ("I5", "cell-number"), ("A11", "item-unknown"),
        *((f"{column}12", "cell-value") for column in "DLR"),
        ("L8", "key-not-an-option"), ("C8", "level-unknown"), ("S8", "enemy-unknown"), ("T8", "stimulus-unknown"),
        ("G9", "option-twice"), ("M9", "rationale-missing"), ("F10", "text-stray"),
    }  # fmt: skip
    assert len(problems) >= 20
    assert "Did you mean E1.01?" in next(p.message for p in problems if p.source.endswith("B3"))


def test_what_is_wrong_with_an_id_keeps_nothing_else_from_being_told(bank: Path) -> None:
    def edit(sheet: Any) -> None:
        sheet["A3"], sheet["E3"] = "E1.01-1000", "พร้อมใช้"  # an unknown id, and more
        sheet["A5"], sheet["C5"], sheet["L5"] = (
            "E1.01-002",
            "สาม",
            "e",
        )  # an id twice; that no option is the key is told once the id is right
        for column, value in zip(
            "BCDFGHKLQR", NEW[1:4] + NEW[5:7] + ["=1", "ตัวเลือก", "ค", "x", ""], strict=True
        ):
            sheet[f"{column}12"] = value  # a new item with a formula, without a reference, its key not there

    problems = refused(edited(bank, edit), bank)
    found = {(p.source.removeprefix(f"f.xlsx:{ITEM_SHEET}!"), p.code) for p in problems}
    assert found == {
        ("A3", "item-unknown"), ("E3", "cell-value"),
        ("A5", "item-twice"), ("C5", "cell-value"), ("H12", "cell-formula"), ("R12", "cell-value"),
    }  # fmt: skip


def test_each_missing_rationale_is_told_at_its_cell_with_an_id_of_the_criterion_of_the_line(
    bank: Path,
) -> None:
    rows = [HEADS, [*NEW[:5], "โจทย์ใหม่อีกข้อ", *NEW[6:11], "ผิด", "", "", "", "คู่มือ"]]
    problems = refused(csv_file(bank.parent / "f.csv", rows), bank, "T-1")
    found = {(p.source, p.code, p.item) for p in problems if p.code == "rationale-missing"}
    assert found == {(f"f.csv!{column}2", "rationale-missing", "E1.02-004") for column in "MNO"}


def test_a_unit_without_levels_says_what_to_leave_in_the_cell(tmp_path: Path) -> None:
    write_unit(tmp_path / "item_bank", [item_data("E1.01", 1, levels=[])], levels=[], assessment=[])
    bank = tmp_path / "item_bank"
    [problem] = refused(csv_file(tmp_path / "f.csv", [HEADS, NEW]), bank, "T-1")
    assert (problem.source, problem.field) == ("f.csv!C2", "levels")
    assert problem.message == "T-1 states no level. Leave the levels empty (in YAML, [])"


def test_what_a_rule_calls_an_error_is_refused_at_its_cell_unless_it_is_waived(bank: Path) -> None:
    rows = [HEADS, [*NEW[:9], "ถูกทุกข้อ", *NEW[10:]]]
    [problem] = refused(csv_file(bank.parent / "f.csv", rows), bank, "T-1")
    assert (problem.source, problem.code) == ("f.csv!J2", "all-or-none-of-the-above")
    waived = [[*HEADS, "waivers"], [*rows[1], "all-or-none-of-the-above: ตามประกาศ"]]
    assert import_items(bank, csv_file(bank.parent / "g.csv", waived), "T-1").written
    # what the bank has already does not stand against another item
    assert import_items(
        bank, csv_file(bank.parent / "h.csv", [HEADS, [*NEW[:5], "อีกข้อหนึ่ง ข้อใดถูก", *NEW[6:]]]), "T-1"
    ).written


def test_beside_faults_it_is_summed_up_how_cells_were_read(bank: Path) -> None:
    def edit(sheet: Any) -> None:
        plant_what_can_be_understood(sheet)
        sheet["E6"] = "พร้อม"

    with pytest.raises(Refused) as caught:
        import_items(bank, edited(bank, edit))
    first, last = caught.value.problems
    assert (first.severity, first.code) == ("error", "cell-value")
    assert (last.code, last.source) == ("cells-understood", "f.xlsx")
    assert last.message.startswith(
        "fix the errors to see how 8 cells were read (C3, F3, L3, B4, D4, G4, F5, R5)"
    )


@pytest.mark.parametrize("stem", ["{}", " {}?", "“{}”", "<b>{}</b>", "{} "])
def test_the_question_of_an_item_with_another_key_is_refused(bank: Path, stem: str) -> None:
    import_items(bank, csv_file(bank.parent / "f.csv", [HEADS, NEW]), "T-1")
    other = [*NEW[:5], stem.format(NEW[5]), *NEW[6:10], "ก", "ถูก", "ผิด", "ผิด", "ผิด", "ตำรา"]
    [problem] = refused(csv_file(bank.parent / "g.csv", [HEADS, other]), bank, "T-1")
    assert problem.code == "near-duplicate"
    assert "another key" in problem.message


def test_a_rationale_that_a_changed_key_leaves_behind_is_told(bank: Path) -> None:
    assert written(bank, put(3, "rb", "ถูก")).written
    done = import_items(bank, edited(bank, put(3, "key", "a"), "g.xlsx"))
    assert [(p.code, p.severity, p.field) for p in done.notices] == [
        ("key-in-words", "warning", "rationale.b")
    ]


def test_a_new_item_whose_rationale_contradicts_its_key_is_refused(bank: Path) -> None:
    rows = [HEADS, [*NEW[:11], "ผิด", "เพราะเป็นคำตอบที่ถูก", "ถูก", "ผิด", "ตำรา"]]
    [problem] = refused(csv_file(bank.parent / "f.csv", rows), bank, "T-1")
    assert (problem.source, problem.code) == ("f.csv!M2", "key-in-words")
