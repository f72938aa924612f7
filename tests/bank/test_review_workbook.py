"""Rating workbooks: what they show, what comes back of filled ones, and what nasty ones are told."""

from __future__ import annotations

import io
import zipfile
from datetime import date, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import Workbook, load_workbook

from examgen.bank.reviews.columns import CHOICES, GUIDE_SHEET, RATING_SHEET, rating_of, shown
from examgen.bank.reviews.ratings import KINDS, Earlier, Kind, Rating, RatingPanel
from examgen.bank.reviews.reading import FilledForm, read_ratings
from examgen.bank.reviews.settling import settle
from examgen.bank.reviews.workbook import NAME_CELL, ExpertForm, rating_workbook
from examgen.core.models.item import BankUnit, Item
from examgen.core.models.standard import UnitLevels
from tests.bank.nasty import bank_items
from tests.effort import examples
from tests.samples import item_data, shelf

DAY = date(2026, 11, 20)
IOC = RatingPanel("ioc", None, 1)
FIRST = 4
"""Line of the first item."""


def unit(n_items: int = 3, **changes: Any) -> BankUnit:
    return shelf(items=[item_data("E1.01", n, **changes) for n in range(1, n_items + 1)])


def form_of(bank: BankUnit, panel: RatingPanel = IOC, expert: str = "expert-1", **before: Earlier) -> bytes:
    return rating_workbook(ExpertForm(bank, "e" * 64, panel, bank.items), expert, before)


def filled(data: bytes, cells: dict[str, Any], name: str | None = "สมศรี") -> bytes:
    """The form with values written into cells of the sheet of ratings."""
    book = load_workbook(io.BytesIO(data))
    sheet = book[RATING_SHEET]
    if name:
        sheet[NAME_CELL] = name
    for cell, value in cells.items():
        sheet[cell] = value
    return saved(book)


def saved(book: Workbook) -> bytes:
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def read(data: bytes) -> FilledForm:
    form, problems = read_ratings(data, "f.xlsx")
    assert problems == []
    assert form is not None
    return form


def faults(data: bytes) -> list[tuple[str, str]]:
    """Cell and code of every fault."""
    _, problems = read_ratings(data, "f.xlsx")
    return [(problem.source.removeprefix(f"f.xlsx:{RATING_SHEET}!"), problem.code) for problem in problems]


# ── out ──────────────────────────────────────────────────────────────────────────────────────


def test_a_line_shows_criterion_stem_options_key_and_rationale() -> None:
    sheet = load_workbook(io.BytesIO(form_of(unit())))[RATING_SHEET]
    line = [cell.value for cell in sheet[FIRST]]
    assert line[0] == "E1.01-001"
    assert line[1] == "E1.01 ระบุสาเหตุ"  # experts are asked for the level, and not told what is claimed
    assert line[2].splitlines()[:2] == ["คำถามที่ 1 ของเกณฑ์ E1.01 ข้อใดถูก", "ก. ตัวเลือก a ของ E1.01-1"]
    assert line[3].splitlines() == [
        "เฉลย Key: ข", "ก. ผิด", "ข. ถูก", "ค. ผิด", "ง. ผิด", "อ้างอิง Reference: คู่มือทดลอง",
    ]  # fmt: skip
    assert line[4:7] == [None, None, None]
    assert "CONFIDENTIAL" in sheet["A1"].value


@pytest.mark.parametrize("kind", KINDS)
def test_a_rating_is_chosen_from_a_list_and_only_the_cells_to_fill_are_open(kind: Kind) -> None:
    sheet = load_workbook(io.BytesIO(form_of(unit(), RatingPanel(kind, 4, 1))))[RATING_SHEET]
    rule, *of_levels = sheet.data_validations.dataValidation
    assert (rule.formula1, str(rule.sqref)) == (f'"{",".join(CHOICES[kind])}"', "E4:E6")
    assert len(rule.formula1) <= 255  # no spreadsheet takes a longer list
    open_ = {cell.coordinate for line in sheet.iter_rows() for cell in line if not cell.protection.locked}
    level_asked = kind == "ioc"
    letters = "EFG" if level_asked else "EF"
    assert open_ == {NAME_CELL, *(f"{letter}{n}" for letter in letters for n in (4, 5, 6))}
    assert [(one.formula1, str(one.sqref)) for one in of_levels] == [('"3,4"', "G4:G6")] * level_asked
    assert (sheet["B4"].value or "").endswith("ระดับ Level 3, 4") != level_asked
    assert sheet.protection.sheet


def test_the_guide_says_what_each_level_asks_and_a_unit_of_one_tested_level_asks_none() -> None:
    meanings = UnitLevels.model_validate(
        {
            "drafted_by": "examgen",
            "levels": [
                {
                    "level": 4,
                    "asked": {"th": "เลือกวิธี", "en": "Picks a method"},
                    "elements": {"E1": {"th": "อธิบายได้", "en": "Explains it"}},
                }
            ],
        }
    )
    bank = unit().model_copy(update={"meanings": meanings})
    told = [cell.value or "" for cell in load_workbook(io.BytesIO(form_of(bank)))[GUIDE_SHEET]["A"]]
    assert "Requirements of each level (a draft by examgen)" in told
    assert "ระดับ 4: เลือกวิธี" in told
    assert "Level 4: Picks a method" in told
    assert "    E1: Explains it" in told
    assert any(line.startswith("Level 3: Chooses basic methods") for line in told)  # the framework's words
    assert not any("Level 5" in line for line in told)  # which is not tested in writing
    tested = [{"levels": [4], "methods": ["written"]}, {"levels": [3, 5], "methods": ["interview"]}]
    alone = shelf(items=[item_data("E1.01", 1)], assessment=tested, source=None)
    sheet = load_workbook(io.BytesIO(form_of(alone)))[RATING_SHEET]
    assert [cell.value for cell in sheet[3]][-1] == "ข้อคิดเห็น\nComment"


def test_the_level_that_an_expert_names_comes_back_and_may_be_left_out() -> None:
    cells = {"E4": "+1", "G4": "๔", "E5": "0", "G6": 3.0}
    form = read(filled(form_of(unit()), cells))
    assert [(one.value, one.suits) for one in form.answers] == [(1, 4), (0, None), (None, 3)]
    found = settle([form], unit(), [], DAY)
    assert [(one.value, one.suits) for one in found.ratings] == [(1, 4), (0, None), (None, 3)]
    assert found.missing == {"f.xlsx": ("E1.01-003",)}
    assert settle([form], unit(), found.ratings, DAY).known == 3
    other = read(filled(form_of(unit()), {**cells, "G4": "3"}))
    [problem] = settle([other], unit(), found.ratings, DAY).problems
    assert "(+1, level 4, here +1, level 3)" in problem.message
    assert faults(filled(form_of(unit()), {"E4": "2", "G4": "สูง", "G5": 9})) == [
        ("E4", "rating-value"), ("G4", "rating-level"), ("G5", "rating-level"),
    ]  # fmt: skip
    wrong = settle([read(filled(form_of(unit()), {"E4": "1", "G4": "6"}))], unit(), [], DAY)
    assert [problem.code for problem in wrong.problems] == ["level-unknown"]


def test_a_form_without_the_column_of_levels_is_read_as_before() -> None:
    book = load_workbook(io.BytesIO(filled(form_of(unit()), {"E4": "+1", "F4": "ดี"})))
    book[RATING_SHEET].delete_cols(7)
    [first, *_] = read(saved(book)).answers
    assert (first.value, first.comment, first.suits) == (1, "ดี", None)


def test_a_second_round_shows_the_own_rating_and_the_groups() -> None:
    before = {"E1.01-001": Earlier(0.4, (0.4, 0.65, 0.9)), "E1.01-002": Earlier(None, (0.5, 0.7))}
    form = ExpertForm(unit(), "e" * 64, RatingPanel("angoff", 4, 2), unit().items)
    sheet = load_workbook(io.BytesIO(rating_workbook(form, "expert-1", before)))[RATING_SHEET]
    assert [[cell.value for cell in sheet[n][4:7]] for n in (4, 5, 6)] == [
        ["40", "65", "40 … 90"],
        ["–", "60", "50 … 70"],
        ["–", "–", "–"],
    ]
    assert sheet["H4"].value is None


def test_a_text_that_a_spreadsheet_would_run_is_neutral() -> None:
    bank = unit(1, stem="=cmd|' /C calc'!A0", id="E1.01-001")
    sheet = load_workbook(io.BytesIO(form_of(bank)))[RATING_SHEET]
    assert sheet["C4"].value.startswith("'=cmd")
    assert sheet["C4"].data_type == "s"


# ── back in ──────────────────────────────────────────────────────────────────────────────────


def test_what_an_expert_fills_in_comes_back() -> None:
    form = read(filled(form_of(unit()), {"E4": "+1", "F4": " ดีมาก\n", "F5": "ขอดูรูป", "E6": -1}))
    assert (form.unit, form.panel, form.expert, form.name, form.edition) == (
        "T-1", IOC, "expert-1", "สมศรี", "e" * 64,
    )  # fmt: skip
    assert [answer[:3] for answer in form.answers] == [
        ("E1.01-001", 1, "ดีมาก"),
        ("E1.01-002", None, "ขอดูรูป"),
        ("E1.01-003", -1, None),
    ]


@pytest.mark.parametrize(
    ("kind", "text", "value"),
    [
        ("ioc", "+1", 1), ("ioc", "1", 1), ("ioc", "-1", -1), ("ioc", "−1", -1), ("ioc", "–1", -1), ("ioc", " + ๑ ", 1),
        ("ioc", "１", 1), ("ioc", "0.0", 0), ("ioc", "'-1", -1), ("angoff", "75", 0.75), ("angoff", "75 %", 0.75),
        ("angoff", "๗๕", 0.75), ("angoff", "72.5", 0.725), ("angoff", "0", 0), ("angoff", "100", 1),
        ("angoff-yes-no", "ใช่ yes", 1), ("angoff-yes-no", "ไม่ใช่", 0), ("angoff-yes-no", "NO", 0), ("angoff-yes-no", "1", 1),
    ],
)  # fmt: skip
def test_a_rating_is_understood_as_people_write_it(kind: Kind, text: str, value: float) -> None:
    bank = unit(1)
    assert read(filled(form_of(bank, RatingPanel(kind, 4, 1)), {"E4": text})).answers[0].value == value


@pytest.mark.parametrize("kind", KINDS)
def test_whatever_the_list_offers_is_understood(kind: Kind) -> None:
    values = [rating_of(kind, text) for text in CHOICES[kind]]
    assert [shown(kind, value) for value in values if not isinstance(value, str)] == list(CHOICES[kind])


def test_a_cell_of_percent_a_number_and_a_truth_value_are_understood() -> None:
    data = filled(form_of(unit(), RatingPanel("angoff", 4, 1)), {"E4": 0.75, "E5": 60, "E6": 80.0})
    book = load_workbook(io.BytesIO(data))
    book[RATING_SHEET]["E4"].number_format = "0%"
    assert [answer.value for answer in read(saved(book)).answers] == [0.75, 0.6, 0.8]
    yes = filled(form_of(unit(), RatingPanel("angoff-yes-no", 4, 1)), {"E4": True, "E5": False})
    assert [answer.value for answer in read(yes).answers] == [1, 0, None]


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("ioc", "1e9999999"), ("ioc", "ก" * 5000),
        ("ioc", "2"), ("ioc", "0.5"), ("ioc", "-"), ("ioc", "yes"), ("ioc", "NaN"), ("ioc", "1e400"), ("ioc", "++1"),
        ("angoff", "101"), ("angoff", "-5"), ("angoff", "0.75"), ("angoff", "70-80"), ("angoff", "inf"), ("angoff", "sNaN"), ("angoff", "1e9999999"), ("angoff", "9" * 400),
        ("angoff-yes-no", "maybe"), ("angoff-yes-no", "2"), ("angoff-yes-no", "ใช่/ไม่ใช่"),
    ],
)  # fmt: skip
def test_a_wrong_value_is_told_with_its_cell(kind: Kind, value: str) -> None:
    assert faults(filled(form_of(unit(), RatingPanel(kind, 4, 1)), {"E5": value})) == [("E5", "rating-value")]


def test_a_number_of_hundreds_of_digits_is_a_wrong_value() -> None:
    data, file = filled(form_of(unit(), RatingPanel("angoff", 4, 1)), {"E5": 12345}), io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(file, "w") as new:
        for name in old.namelist():
            new.writestr(name, old.read(name).replace(b"<v>12345</v>", b"<v>" + b"9" * 400 + b"</v>"))
    assert faults(file.getvalue()) == [("E5", "rating-value")]


def test_all_faults_of_a_workbook_are_told_at_once() -> None:
    data = filled(
        form_of(unit(6)), {"E4": "5", "E5": "=1+1", "E6": datetime(2026, 1, 1), "F7": "#N/A", "E8": "x"}
    )
    book = load_workbook(io.BytesIO(data))
    sheet = book[RATING_SHEET]
    sheet["F7"].data_type = "e"
    sheet.merge_cells("E8:E9")
    sheet["A10"], sheet["E10"] = "E1.01-001", "1"
    sheet["A11"], sheet["E11"] = "E9.99-001", "1"
    sheet["A12"], sheet["E12"] = "E1.01-006", "0"
    sheet["A13"], sheet["E13"] = "E1.01-006", "1"
    assert faults(saved(book)) == [
        ("E8", "cell-merged"), ("E4", "rating-value"), ("E5", "cell-formula"), ("E6", "cell-date"), ("F7", "cell-error"),
        ("E8", "rating-value"), ("A11", "item-unknown"), ("E13", "item-twice"),
    ]  # fmt: skip


def test_a_rating_column_that_is_there_twice_is_refused() -> None:
    book = load_workbook(io.BytesIO(filled(form_of(unit()), {"E4": "1"})))
    sheet = book[RATING_SHEET]
    sheet.insert_cols(5)
    sheet["E3"] = sheet["F3"].value
    assert faults(saved(book)) == [("F3", "column-twice")]


def test_lines_that_were_moved_or_inserted_or_lost_do_no_harm() -> None:
    book = load_workbook(io.BytesIO(filled(form_of(unit()), {"E4": "1", "E5": "0", "E6": "-1"})))
    sheet = book[RATING_SHEET]
    sheet.protection.sheet = False
    sheet.delete_rows(5)
    sheet.insert_rows(2, 2)
    sheet.insert_cols(2)
    assert [answer.value for answer in read(saved(book)).answers] == [1, None, -1]


def test_files_that_are_no_rating_form_say_why() -> None:
    no_record = load_workbook(io.BytesIO(form_of(unit())))
    del no_record["_examgen"]
    damaged = load_workbook(io.BytesIO(form_of(unit())))
    damaged["_examgen"]["B6"] = "two"
    headless = load_workbook(io.BytesIO(form_of(unit())))
    headless[RATING_SHEET].delete_rows(3)
    ods = io.BytesIO()
    with zipfile.ZipFile(ods, "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
    told = {
        name: read_ratings(data, "f.xlsx")[1][0].code
        for name, data in {
            "empty": b"", "text": b"item,rating\n", "cut off": form_of(unit())[:3000], "password": b"\xd0\xcf\x11\xe0" * 200,
            "ods": ods.getvalue(), "other workbook": saved(Workbook()), "no record": saved(no_record),
            "damaged": saved(damaged), "headless": saved(headless),
        }.items()
    }  # fmt: skip
    assert told == {
        "empty": "not-a-workbook", "text": "not-a-workbook", "cut off": "not-a-workbook", "password": "not-a-workbook",
        "ods": "not-a-workbook", "other workbook": "not-a-rating-form", "no record": "not-a-rating-form",
        "damaged": "record-unknown", "headless": "no-headings",
    }  # fmt: skip


def test_a_sheet_of_another_name_and_what_excel_leaves_are_told_apart_from_damaged_files() -> None:
    renamed = load_workbook(io.BytesIO(form_of(unit())))
    renamed[RATING_SHEET].title = "Sheet1"
    [fault] = read_ratings(saved(renamed), "f.xlsx")[1]
    assert "was renamed or removed" in fault.message
    [fault] = read_ratings(b"\x05user", "review/~$f.xlsx")[1]
    assert "a workbook that is open" in fault.message


@settings(max_examples=examples(25))
@given(st.lists(bank_items(), min_size=1, max_size=3, unique_by=lambda data: data["id"]))
def test_any_item_can_be_rated(items: list[dict[str, Any]]) -> None:
    bank = shelf(items=items)
    form = read(filled(form_of(bank), {f"E{FIRST + n}": "+1" for n in range(len(items))}))
    assert [(answer.item, answer.value) for answer in form.answers] == [(item.id, 1) for item in bank.items]
    assert [form.asked[item.id].hash for item in bank.items] == [item.sha256() for item in bank.items]


# ── against the bank ─────────────────────────────────────────────────────────────────────────


def codes(problems: Any) -> list[tuple[str | None, str]]:
    return [(problem.item, problem.code) for problem in problems]


def with_item(bank: BankUnit, n: int, **changes: Any) -> BankUnit:
    items = list(bank.items)
    items[n] = Item.model_validate({**items[n].model_dump(), **changes})
    return bank.model_copy(update={"items": tuple(items)})


def test_ratings_of_what_changed_since_are_set_aside() -> None:
    bank = unit(5)
    form = read(filled(form_of(bank), {f"E{n}": "1" for n in range(4, 9)}))
    now = with_item(bank, 0, stem="ข้อใดถูกที่สุด")
    now = with_item(now, 1, pcs=("E1.02", "E1.01"))
    now = with_item(now, 2, rationale=dict.fromkeys("abcd", "เขียนใหม่"))
    now = now.model_copy(update={"items": now.items[:4]})
    found = settle([form], now, [], DAY)
    assert codes(found.set_aside) == [
        ("E1.01-001", "item-changed"),
        ("E1.01-002", "item-moved"),
        ("E1.01-005", "item-gone"),
    ]
    assert all(problem.source.startswith(f"f.xlsx:{RATING_SHEET}!E") for problem in found.set_aside)
    assert [rating.item for rating in found.ratings] == ["E1.01-003", "E1.01-004"]


def test_ratings_for_a_criterion_whose_words_changed_are_set_aside() -> None:
    bank = unit(1)
    form = read(filled(form_of(bank), {"E4": "1"}))
    elements = bank.unit.model_dump()["elements"]
    elements[0]["criteria"][0]["text"] = "ระบุสาเหตุและผล"
    reworded = shelf(items=[item_data("E1.01", 1)], elements=elements)
    assert codes(settle([form], reworded, [], DAY).set_aside) == [("E1.01-001", "criterion-changed")]


def test_a_number_with_two_names_or_a_name_with_two_numbers_is_refused() -> None:
    bank, cells = unit(), {"E4": "1"}
    one = read(filled(form_of(bank), cells, "ก ไก่"))
    other = read(filled(form_of(bank), {"E4": "0"}, "ข ไข่"))._replace(file="g.xlsx")
    moved = read(filled(form_of(bank, expert="expert-2"), cells, "ก  ไก่"))._replace(file="g.xlsx")
    later = read(filled(form_of(bank, RatingPanel("ioc", None, 2)), cells, "ข ไข่"))._replace(file="g.xlsx")
    kept = settle([one], bank, [], DAY).ratings
    for form in (other, moved, later):
        for problems in (
            settle([one, form], bank, [], DAY).problems,
            settle([form], bank, kept, DAY, replace=True).problems,
        ):
            assert [(told.source, told.code, told.severity) for told in problems] == [
                ("g.xlsx", "expert-name", "error")
            ]
        assert settle([form], bank, kept, DAY, replace=True, signed_in=True).problems == ()
    assert settle([one, moved._replace(name="ค ควาย")], bank, [], DAY).problems == ()


def test_several_workbooks_of_one_expert_are_taken_together() -> None:
    bank = unit()
    first = read(filled(form_of(bank), {"E4": "1", "E5": "0"}, "ก ไก่"))
    second = read(filled(form_of(bank), {"E5": "0", "E6": "-1"}, "ก  ไก่"))
    found = settle([first, second], bank, [], DAY)
    assert [(rating.item, rating.value) for rating in found.ratings] == [
        ("E1.01-001", 1),
        ("E1.01-002", 0),
        ("E1.01-003", -1),
    ]
    assert (found.known, found.problems) == (1, ())
    other = read(filled(form_of(bank), {"E5": "1"}, "ก ไก่"))
    [told] = settle([first, other], bank, [], DAY, replace=True).problems
    assert (told.source, told.code) == (f"f.xlsx:{RATING_SHEET}!E5", "expert-twice")
    assert f"at f.xlsx:{RATING_SHEET}!E5 (0, here +1)" in told.message


def test_item_numbers_that_were_sorted_without_their_stems_are_refused() -> None:
    bank = unit()
    cells = {"A4": "E1.01-002", "A5": "E1.01-001", "E4": "1", "E5": "0", "E6": "1", "C6": "คำถามที่ผู้เชี่ยวชาญแก้"}
    told = settle([read(filled(form_of(bank), cells))], bank, [], DAY).problems
    assert codes(told) == [("E1.01-001", "line-mixed"), ("E1.01-002", "line-mixed")]
    assert "the stem of E1.01-002" in told[0].message


def test_missing_ratings_are_counted_and_a_missing_name_is_told() -> None:
    form = read(filled(form_of(unit()), {"E5": "1", "F6": "ไม่แน่ใจ"}, " "))
    found = settle([form], unit(), [], DAY)
    assert found.missing == {"f.xlsx": ("E1.01-001", "E1.01-003")}
    assert [(rating.item, rating.value, rating.comment) for rating in found.ratings] == [
        ("E1.01-002", 1, None),
        ("E1.01-003", None, "ไม่แน่ใจ"),
    ]
    assert [(problem.code, problem.severity) for problem in found.problems] == [("name-missing", "notice")]


def test_a_second_import_stores_nothing_twice_and_changes_nothing_unasked() -> None:
    bank = unit(2)
    kept = settle([read(filled(form_of(bank), {"E4": "1", "E5": "0"}))], bank, [], DAY).ratings
    again = settle([read(filled(form_of(bank), {"E4": "1", "E5": "0"}))], bank, kept, DAY)
    assert (again.ratings, again.known) == ((), 2)
    other = [read(filled(form_of(bank), {"E4": "1", "E5": "-1"}))]
    refused = settle(other, bank, kept, DAY)
    assert codes(refused.problems) == [("E1.01-002", "rating-differs")]
    remarked = settle([read(filled(form_of(bank), {"E4": "1", "F4": "ยาว"}))], bank, kept, DAY).problems
    assert [(told.item, told.code) for told in remarked] == [
        ("E1.01-001", "rating-differs"),
        (None, "rating-stays"),
    ]
    assert "(no comment, here the comment “ยาว”)" in remarked[0].message
    assert "answered before (E1.01-002" in remarked[1].message
    replaced = settle(other, bank, kept, DAY, replace=True)
    assert [(rating.item, rating.value) for rating in replaced.ratings] == [("E1.01-002", -1)]
    assert isinstance(replaced.ratings[0], Rating)


def test_a_form_of_another_unit_is_refused() -> None:
    form = read(form_of(unit()))._replace(unit="T-2")
    assert (None, "other-unit") in codes(settle([form], unit(), [], DAY).problems)
