"""Rating workbooks: what they show, what comes back of filled ones, and what nasty ones are told."""

from __future__ import annotations

import io
from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import Workbook, load_workbook

from examgen.bank.reviews.forms import (
    CHOICES,
    GUIDE_SHEET,
    RATING_SHEET,
    ExpertAnswer,
    rating_of,
    rating_workbook,
    read_ratings,
    shown,
)
from examgen.bank.reviews.ratings import KINDS, Earlier, Kind, RatingPanel
from examgen.bank.reviews.settling import settle
from examgen.core.models.item import BankUnit, Item
from examgen.core.models.standard import UnitLevels
from tests.bank.nasty import bank_items
from tests.effort import examples
from tests.samples import item_data, shelf

DAY = date(2026, 11, 20)
IOC = RatingPanel("ioc", None, 1)


def unit(n_items: int = 3, **changes: Any) -> BankUnit:
    return shelf(items=[item_data("E1.01", n, **changes) for n in range(1, n_items + 1)])


def form_of(bank: BankUnit, panel: RatingPanel = IOC, expert: str = "ก ไก่", **before: Earlier) -> bytes:
    return rating_workbook(bank, "e" * 64, panel, bank.items, expert, 0.5, before)


def filled(data: bytes, cells: dict[str, Any]) -> bytes:
    """The form with values written into cells of the sheet of ratings."""
    book = load_workbook(io.BytesIO(data))
    for cell, value in cells.items():
        book[RATING_SHEET][cell] = value
    return saved(book)


def saved(book: Workbook) -> bytes:
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def read(data: bytes, name: str = "f.xlsx") -> list[ExpertAnswer]:
    answers, problems = read_ratings(data, name)
    assert problems == []
    return answers


def faults(data: bytes) -> list[tuple[str, str]]:
    """Line and code of every fault."""
    return [(one.source.removeprefix("f.xlsx:"), one.code) for one in read_ratings(data, "f.xlsx")[1]]


# ── out ──────────────────────────────────────────────────────────────────────────────────────


def test_a_line_shows_criterion_stem_options_key_and_rationale() -> None:
    sheet = load_workbook(io.BytesIO(form_of(unit())))[RATING_SHEET]
    line = [cell.value for cell in sheet[2]]
    assert line[0] == "E1.01-001"
    assert line[1] == "E1.01 ระบุสาเหตุ"  # experts are asked for the level, and not told what is claimed
    assert line[2].splitlines()[:2] == ["คำถามที่ 1 ของเกณฑ์ E1.01 ข้อใดถูก", "ก. ตัวเลือก a ของ E1.01-1"]
    assert line[3].splitlines() == [
        "เฉลย Key: ข", "ก. ผิด", "ข. ถูก", "ค. ผิด", "ง. ผิด", "อ้างอิง Reference: คู่มือทดลอง",
    ]  # fmt: skip
    assert line[4:7] == [None, None, None]


@pytest.mark.parametrize("kind", KINDS)
def test_a_rating_is_chosen_from_a_list_and_only_the_cells_to_fill_are_open(kind: Kind) -> None:
    sheet = load_workbook(io.BytesIO(form_of(unit(), RatingPanel(kind, 4, 1))))[RATING_SHEET]
    rule, *of_levels = sheet.data_validations.dataValidation
    assert (rule.formula1, str(rule.sqref)) == (f'"{",".join(CHOICES[kind])}"', "E2:E4")
    assert len(rule.formula1) <= 255  # no spreadsheet takes a longer list
    open_ = {cell.coordinate for line in sheet.iter_rows() for cell in line if not cell.protection.locked}
    level_asked = kind == "ioc"
    assert open_ == {f"{letter}{n}" for letter in ("EFG" if level_asked else "EF") for n in (2, 3, 4)}
    assert [(one.formula1, str(one.sqref)) for one in of_levels] == [('"3,4"', "G2:G4")] * level_asked
    assert (sheet["B2"].value or "").endswith("ระดับ Level 3, 4") != level_asked
    assert sheet.protection.sheet
    assert sheet.column_dimensions["H" if level_asked else "G"].hidden


def test_the_guide_says_what_each_level_asks_and_a_unit_of_one_tested_level_asks_none() -> None:
    asked = {"th": "เลือกวิธี", "en": "Picks a method"}
    elements = {"E1": {"th": "อธิบายได้", "en": "Explains it"}}
    levels = [{"level": 4, "asked": asked, "elements": elements}]
    meanings = UnitLevels.model_validate({"drafted_by": "examgen", "levels": levels})
    bank = unit().model_copy(update={"meanings": meanings})
    told = [cell.value or "" for cell in load_workbook(io.BytesIO(form_of(bank)))[GUIDE_SHEET]["A"]]
    assert "CONFIDENTIAL" in told[0]
    assert "ก ไก่" in told[0]
    for line in (
        "Requirements of each level (a draft by examgen)", "ระดับ 4: เลือกวิธี", "Level 4: Picks a method",
        "    E1: Explains it",
    ):  # fmt: skip
        assert line in told
    assert any(line.startswith("Level 3: Chooses basic methods") for line in told)  # the framework's words
    assert not any("Level 5" in line for line in told)  # which is not tested in writing
    tested = [{"levels": [4], "methods": ["written"]}, {"levels": [3, 5], "methods": ["interview"]}]
    alone = shelf(items=[item_data("E1.01", 1)], assessment=tested, source=None)
    sheet = load_workbook(io.BytesIO(form_of(alone)))[RATING_SHEET]
    assert [cell.value for cell in sheet[1]][-2] == "ข้อคิดเห็น\nComment"


def test_a_second_round_shows_the_own_rating_and_the_groups() -> None:
    before = {"E1.01-001": Earlier(0.4, (0.4, 0.65, 0.9)), "E1.01-002": Earlier(None, (0.5, 0.7))}
    data = form_of(unit(), RatingPanel("angoff", 4, 2), **before)
    sheet = load_workbook(io.BytesIO(data))[RATING_SHEET]
    assert [[cell.value for cell in sheet[n][4:7]] for n in (2, 3, 4)] == [
        ["40", "65", "40 … 90"],
        ["–", "60", "50 … 70"],
        ["–", "–", "–"],
    ]
    assert sheet["H2"].value is None


def test_a_text_that_a_spreadsheet_would_run_is_neutral() -> None:
    bank = unit(1, stem="=cmd|' /C calc'!A0", id="E1.01-001")
    sheet = load_workbook(io.BytesIO(form_of(bank)))[RATING_SHEET]
    assert sheet["C2"].value.startswith("'=cmd")
    assert sheet["C2"].data_type == "s"


# ── back in ──────────────────────────────────────────────────────────────────────────────────


def test_what_an_expert_fills_in_comes_back() -> None:
    cells = {"E2": "+1", "F2": " ดีมาก\n", "G2": "๔", "F3": "ขอดูรูป", "E4": -1, "G4": 3.0}
    answers = read(filled(form_of(unit()), cells))
    assert {(one.unit, one.panel, one.expert, one.edition) for one in answers} == {
        ("T-1", IOC, "ก ไก่", "e" * 64)
    }
    assert [(one.item, one.value, one.comment, one.suits) for one in answers] == [
        ("E1.01-001", 1, "ดีมาก", 4),
        ("E1.01-002", None, "ขอดูรูป", None),
        ("E1.01-003", -1, None, 3),
    ]
    assert faults(filled(form_of(unit()), {"E2": "2", "G2": "สูง", "G3": 9})) == [
        ("2", "rating-value"), ("2", "rating-level"), ("3", "rating-level"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("kind", "text", "value"),
    [
        ("ioc", "+1", 1), ("ioc", "1", 1), ("ioc", "-1", -1), ("ioc", "−1", -1), ("ioc", "–1", -1), ("ioc", " + ๑ ", 1),
        ("ioc", "１", 1), ("ioc", "0.0", 0), ("angoff", "75", 0.75), ("angoff", "75 %", 0.75),
        ("angoff", "๗๕", 0.75), ("angoff", "72.5", 0.725), ("angoff", "0", 0), ("angoff", "100", 1),
        ("angoff-yes-no", "ใช่ yes", 1), ("angoff-yes-no", "ไม่ใช่", 0), ("angoff-yes-no", "NO", 0), ("angoff-yes-no", "1", 1),
    ],
)  # fmt: skip
def test_a_rating_is_understood_as_people_write_it(kind: Kind, text: str, value: float) -> None:
    assert rating_of(kind, text) == value


@pytest.mark.parametrize("kind", KINDS)
def test_whatever_the_list_offers_is_understood(kind: Kind) -> None:
    values = [rating_of(kind, text) for text in CHOICES[kind]]
    assert [shown(kind, value) for value in values if not isinstance(value, str)] == list(CHOICES[kind])


def test_a_number_and_a_truth_value_are_understood_and_a_fraction_is_not() -> None:
    data = filled(form_of(unit(), RatingPanel("angoff", 4, 1)), {"E2": 60, "E3": 80.0})
    assert [answer.value for answer in read(data)] == [0.6, 0.8, None]
    assert faults(filled(data, {"E4": 0.75})) == [("4", "rating-value")]
    yes = filled(form_of(unit(), RatingPanel("angoff-yes-no", 4, 1)), {"E2": True, "E3": False})
    assert [answer.value for answer in read(yes)] == [1, 0, None]


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("ioc", "1e9999999"), ("ioc", "ก" * 5000),
        ("ioc", "2"), ("ioc", "0.5"), ("ioc", "-"), ("ioc", "yes"), ("ioc", "NaN"), ("ioc", "1e400"), ("ioc", "++1"),
        ("angoff", "101"), ("angoff", "-5"), ("angoff", "0.75"), ("angoff", "70-80"), ("angoff", "inf"), ("angoff", "sNaN"), ("angoff", "1e9999999"), ("angoff", "9" * 400),
        ("angoff-yes-no", "maybe"), ("angoff-yes-no", "2"), ("angoff-yes-no", "ใช่/ไม่ใช่"),
    ],
)  # fmt: skip
def test_a_wrong_value_is_told(kind: Kind, value: str) -> None:
    assert isinstance(rating_of(kind, value), str)


def test_all_faults_of_a_workbook_are_told_at_once() -> None:
    book = load_workbook(io.BytesIO(form_of(unit(5))))
    sheet = book[RATING_SHEET]
    sheet["E2"], sheet["E3"], sheet["E4"] = "5", datetime(2026, 1, 1), "1"
    sheet.merge_cells("E4:E5")
    sheet["A6"] = "E1.01-004"  # the ids were sorted without their lines
    sheet["A7"], sheet["E7"] = "E9.99-001", "1"
    assert faults(saved(book)) == [
        ("2", "rating-value"), ("3", "rating-value"), ("5", "cell-merged"), ("6", "line-unknown"),
        ("7", "line-unknown"),
    ]  # fmt: skip


def test_a_column_that_is_there_twice_is_refused() -> None:
    book = load_workbook(io.BytesIO(filled(form_of(unit()), {"E2": "1"})))
    sheet = book[RATING_SHEET]
    sheet.insert_cols(5)
    sheet["E1"] = sheet["F1"].value
    assert [code for _, code in faults(saved(book))] == ["column-twice"]


def test_lines_that_were_sorted_inserted_or_lost_do_no_harm() -> None:
    book = load_workbook(io.BytesIO(filled(form_of(unit(4)), {"E2": "1", "E3": "0", "E4": "-1"})))
    sheet = book[RATING_SHEET]
    sheet.title = "Sheet1"
    sheet.delete_rows(5)
    sheet.move_range("A2:H2", rows=7)
    sheet.insert_cols(2)
    assert {one.item: one.value for one in read(saved(book))} == {
        "E1.01-001": 1,
        "E1.01-002": 0,
        "E1.01-003": -1,
    }


def test_files_that_are_no_rating_form_say_why() -> None:
    lost = load_workbook(io.BytesIO(form_of(unit())))
    lost[RATING_SHEET].delete_cols(8)
    damaged = filled(form_of(unit(1)), {"H2": "[1, 2]", "E2": "1"})
    for data in (b"", b"item,rating\nE1.01-001,1\n", form_of(unit())[:3000], saved(Workbook()), saved(lost)):
        answers, problems = read_ratings(data, "f.xlsx")
        assert not answers
        assert len(problems) == 1
    assert faults(saved(lost)) == [("f.xlsx", "not-a-rating-form")]
    assert faults(damaged) == [("2", "line-unknown")]


@settings(max_examples=examples(25))
@given(st.lists(bank_items(), min_size=1, max_size=3, unique_by=lambda data: data["id"]))
def test_any_item_can_be_rated(items: list[dict[str, Any]]) -> None:
    bank = shelf(items=items)
    answers = read(filled(form_of(bank), {f"E{2 + n}": "+1" for n in range(len(items))}))
    assert [(one.item, one.value, one.text.hash) for one in answers] == [
        (item.id, 1, item.sha256()) for item in bank.items
    ]


# ── against the bank ─────────────────────────────────────────────────────────────────────────


def codes(problems: Sequence[Any]) -> list[tuple[str | None, str]]:
    return [(problem.item, problem.code) for problem in problems]


def with_item(bank: BankUnit, n: int, **changes: Any) -> BankUnit:
    items = list(bank.items)
    items[n] = Item.model_validate({**items[n].model_dump(), **changes})
    return bank.model_copy(update={"items": tuple(items)})


def test_ratings_of_what_changed_since_are_set_aside() -> None:
    bank = unit(5)
    answers = read(filled(form_of(bank), {f"E{n}": "1" for n in range(2, 7)}))
    now = with_item(bank, 0, stem="ข้อใดถูกที่สุด")
    now = with_item(now, 1, pcs=("E1.02", "E1.01"))
    now = with_item(now, 2, rationale=dict.fromkeys("abcd", "เขียนใหม่"))
    now = now.model_copy(update={"items": now.items[:4]})
    found = settle(answers, now, [], DAY)
    assert codes(found.set_aside) == [
        ("E1.01-001", "item-changed"),
        ("E1.01-002", "item-moved"),
        ("E1.01-005", "item-gone"),
    ]
    assert [rating.item for rating in found.ratings] == ["E1.01-003", "E1.01-004"]
    elements = bank.unit.model_dump()["elements"]
    elements[0]["criteria"][0]["text"] = "ระบุสาเหตุและผล"
    reworded = shelf(items=[item_data("E1.01", 1)], elements=elements)
    assert codes(settle(answers[:1], reworded, [], DAY).set_aside) == [("E1.01-001", "criterion-changed")]


def test_several_workbooks_of_one_expert_are_taken_together() -> None:
    bank = unit()
    first = read(filled(form_of(bank), {"E2": "1", "E3": "0"}))
    second = read(filled(form_of(bank), {"E3": "0", "E4": "-1"}), "g.xlsx")
    found = settle([*first, *second], bank, [], DAY)
    assert [(rating.item, rating.value) for rating in found.ratings] == [
        ("E1.01-001", 1),
        ("E1.01-002", 0),
        ("E1.01-003", -1),
    ]
    assert (found.known, found.problems) == (1, ())
    other = read(filled(form_of(bank), {"E3": "1"}), "g.xlsx")
    [told] = settle([*first, *other], bank, [], DAY, replace=True).problems
    assert (told.source, told.code) == ("g.xlsx:3", "expert-twice")
    assert "ก ไก่ has another answer at f.xlsx:3 (0, here +1)" in told.message


def test_missing_ratings_are_counted_and_a_comment_alone_is_kept() -> None:
    answers = read(filled(form_of(unit()), {"E3": "1", "F4": "ไม่แน่ใจ"}))
    found = settle(answers, unit(), [], DAY)
    assert found.missing == {"f.xlsx": ("E1.01-001", "E1.01-003")}
    assert [(rating.item, rating.name, rating.value, rating.comment) for rating in found.ratings] == [
        ("E1.01-002", "ก ไก่", 1, None),
        ("E1.01-003", "ก ไก่", None, "ไม่แน่ใจ"),
    ]


def test_a_second_import_stores_nothing_twice_and_changes_nothing_unasked() -> None:
    bank = unit(2)
    kept = settle(read(filled(form_of(bank), {"E2": "1", "E3": "0"})), bank, [], DAY).ratings
    again = settle(read(filled(form_of(bank), {"E2": "1", "E3": "0"})), bank, kept, DAY)
    assert (again.ratings, again.known) == ((), 2)
    other = read(filled(form_of(bank), {"E2": "1", "E3": "-1"}))
    assert codes(settle(other, bank, kept, DAY).problems) == [("E1.01-002", "rating-differs")]
    [remarked] = settle(read(filled(form_of(bank), {"E2": "1", "F2": "ยาว"})), bank, kept, DAY).problems
    assert "(+1, here +1, ยาว)" in remarked.message
    replaced = settle(other, bank, kept, DAY, replace=True)
    assert [(rating.item, rating.value) for rating in replaced.ratings] == [("E1.01-002", -1)]


def test_a_form_of_another_unit_and_a_level_that_is_not_stated_are_refused() -> None:
    [answer] = read(filled(form_of(unit(1)), {"E2": "1", "G2": "6"}))
    assert codes(settle([answer], unit(1), [], DAY).problems) == [("E1.01-001", "level-unknown")]
    assert codes(settle([answer._replace(unit="T-2")], unit(1), [], DAY).problems) == [
        ("E1.01-001", "other-unit")
    ]
