"""The workbook of a unit: what a writer finds in it, and that it comes back as it went."""

from __future__ import annotations

import io
import tempfile
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from openpyxl import Workbook, load_workbook

from examgen.bank.loading import load_unit
from examgen.bank.spreadsheets import export_items, import_items
from examgen.bank.workbook.columns import ITEM_SHEET, RECORD_SHEET, cells_of
from examgen.bank.workbook.differences import ImportPlan, plan
from examgen.bank.workbook.reading import read_table
from examgen.bank.workbook.texts import clean, neutral, restore
from examgen.bank.workbook.writing import SPARE_ROWS, workbook
from examgen.core.models.item import BankUnit, Stimulus
from examgen.core.models.standard import Unit
from examgen.core.problems import Refused
from tests.bank.nasty import STIMULI, bank_lists, nasty_texts
from tests.effort import examples, some
from tests.samples import item_data, shelf, unit_data, write_unit

UNITS = ("ASM-REE-5-059ZB", "DG-TWRT-007")


def opened(data: bytes) -> Workbook:
    return load_workbook(io.BytesIO(data), rich_text=True)


def without_record(data: bytes) -> bytes:
    book = opened(data)
    del book[RECORD_SHEET]
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def read(data: bytes, bank: BankUnit) -> ImportPlan:
    return plan(read_table(data, "f.xlsx"), bank)


def test_one_line_an_item_below_headings_in_two_languages() -> None:
    sheet = opened(workbook(shelf(2)))[ITEM_SHEET]
    assert [sheet.cell(row, 6).value for row in (1, 2)] == ["โจทย์", "Stem"]
    heads = [cell.value for cell in sheet[2]]
    assert heads[:8] == [
        "Item id", "Criterion (PC)", "Levels", "Cognitive category", "Status", "Stem", "Option a", "Option b",
    ]  # fmt: skip
    assert heads[11:23] == [
        "Key", "Rationale a", "Rationale b", "Rationale c", "Rationale d", "Rationale e", "Reference", "Enemies", "Shared stimulus",
        "Anchored options", "Expected time (s)", "Waivers",
    ]  # fmt: skip
    assert heads[23:] == ["Family", "Decided by", *(f"Right if {letter}" for letter in "abcde")]
    assert sheet.max_row == 2 + 6
    assert [cell.value for cell in sheet[3]][:5] == [
        "E1.01-001", "E1.01", "3, 4", "เข้าใจ understand", "ร่าง draft",
    ]  # fmt: skip
    assert sheet.freeze_panes == "B3"
    assert {cell.number_format for row in sheet.iter_rows() for cell in row} == {"@"}
    assert {cell.font.name for row in sheet.iter_rows() for cell in row} == {"Sarabun"}
    assert all(cell.alignment.wrap_text for cell in sheet[3])


def test_lists_are_offered_for_what_can_be_chosen_below_the_items_too() -> None:
    data = workbook(shelf(2).model_copy(update={"stimuli": (Stimulus(id="case-1", text="x"),)}))
    book = opened(data)
    rules = {str(rule.sqref): rule for rule in book[ITEM_SHEET].data_validations.dataValidation}
    last = 3 + 6 + SPARE_ROWS
    assert set(rules) == {f"{column}3:{column}{last}" for column in ("B", "C", "D", "E", "L", "T", "Y")}
    lists = {
        column[0].value: [cell.value for cell in column[1:] if cell.value]
        for column in book["_lists"].columns
    }
    assert lists["pcs"] == ["E1.01", "E1.02", "E2.01"]
    assert lists["levels"] == ["3", "4", "5", "3, 4", "4, 5", "3, 4, 5"]
    assert lists["status"][0] == "ร่าง draft"
    assert lists["key"] == [*"abcde", *"กขคงจ"]
    assert lists["shared_stimulus"] == ["case-1"]
    assert rules[f"E3:E{last}"].showErrorMessage
    assert not rules[f"B3:B{last}"].showErrorMessage


def test_the_other_sheets_tell_the_writer_what_to_do_and_the_machine_what_was_exported() -> None:
    book = opened(workbook(shelf(1)))
    guide = [row[0].value or "" for row in book["คำแนะนำ Instructions"].iter_rows()]
    assert guide[1].startswith("วิธีเขียนข้อสอบ")
    assert any(line.startswith("How to write items") for line in guide)
    criteria = [[cell.value for cell in row] for row in book["เกณฑ์ Criteria"].iter_rows()]
    assert criteria[1] == ["E1", "สมรรถนะย่อยหนึ่ง", "E1.01", "ระบุสาเหตุ", "3, 4, 5"]
    assert [None, "ช่าง", "3, 4", "ข้อสอบปรนัย objective written test", None] in criteria
    assert book[RECORD_SHEET].sheet_state == "hidden"
    assert [cell.value for cell in book[RECORD_SHEET][1]][:3] == ["examgen-workbook", "1", "T-1"]
    assert book[RECORD_SHEET]["B3"].value == shelf(1).items[0].sha256()


def test_nothing_that_a_spreadsheet_would_run_is_left_to_run() -> None:
    texts = ["=HYPERLINK(1)", "+1", "-1", "@SUM(1)", "\t=1", "\r=1", "'=1"]
    items = [item_data("E1.01", n, stem=text) for n, text in enumerate(texts, 1)]
    sheet = opened(workbook(shelf(items=items)))[ITEM_SHEET]
    shown = [sheet.cell(row, 6) for row in range(3, 10)]
    assert {cell.data_type for cell in shown} == {"s"}
    assert [cell.value for cell in shown] == [
        "'=HYPERLINK(1)", "'+1", "'-1", "'@SUM(1)", "'\t=1", "⟦U+000D⟧=1", "''=1",
    ]  # fmt: skip


def test_a_text_longer_than_a_cell_is_refused_by_name() -> None:
    items = [
        item_data("E1.01", 1, stem="ก" * 32_767),
        item_data("E1.01", 2, reference="=" + "ก" * 32_767),
        item_data("E1.01", 3, stem="😀" * 16_384),
    ]
    with pytest.raises(Refused) as refused:
        workbook(shelf(items=items))
    too_long = [("E1.01-002", "reference"), ("E1.01-003", "stem")]
    assert [(one.item, one.field) for one in refused.value.problems] == too_long


@given(text=nasty_texts)
def test_a_cell_gives_back_the_text_it_was_given(text: str) -> None:
    assert restore(neutral(text)) == text
    assert neutral(text)[0] not in "=+-@\t\r"


_banks = bank_lists().map(lambda items: shelf(items=items))


@given(bank=_banks)
@settings(max_examples=examples(40))
def test_any_bank_goes_into_a_workbook_and_comes_back_unchanged(bank: BankUnit) -> None:
    data = workbook(bank)
    for file in (data, without_record(data)):
        back = read(file, bank)
        assert back.changed == back.added == back.removed == ()
        assert [problem for problem in back.problems if problem.severity == "error"] == []
        assert back.unchanged == len(bank.items)


@given(bank=_banks)
@settings(max_examples=examples(40))
def test_any_bank_can_be_made_anew_from_its_workbook(bank: BankUnit) -> None:
    empty = bank.model_copy(update={"items": ()})
    back = read(without_record(workbook(bank)), empty)
    if all(text.strip() for item in bank.items for text in cells_of(item).values() if text):
        meant = {item.id: {name: clean(text) for name, text in cells_of(item).items()} for item in bank.items}
        levels = {item.id: set(item.levels) for item in bank.items}
        made = {one.item.id: one.item for one in back.added}
        assert {name: set(item.levels) for name, item in made.items()} == levels
        for name, item in made.items():
            assert {**cells_of(item), "levels": ""} == {**meant[name], "levels": ""}


@given(
    items=bank_lists(),
    style=st.sampled_from([None, '"', "'", "|", ">"]),
    flow=st.sampled_from([None, True, False]),
)
@settings(max_examples=examples(25))
def test_any_bank_that_validates_survives_yaml_to_workbook_to_yaml(
    items: list[dict[str, Any]], style: str | None, flow: bool | None
) -> None:
    with tempfile.TemporaryDirectory() as place:
        bank = Path(place) / "item_bank"
        folder = write_unit(bank, items)
        text = yaml.dump(
            items, allow_unicode=True, default_style=style, default_flow_style=flow, sort_keys=False
        )
        for path in (folder / "items").iterdir():
            path.unlink()
        (folder / "items" / "all.yaml").write_text(text, "utf-8", newline="")
        stimuli = [{"id": name, "text": "x"} for name in STIMULI]
        (folder / "stimuli.yaml").write_text(yaml.safe_dump(stimuli, allow_unicode=True), "utf-8")
        assume(load_unit(folder)[0] is not None)
        before = contents(bank)
        export_items(bank, "T-1", Path(place) / "f.xlsx")
        assert not import_items(bank, Path(place) / "f.xlsx").written
        assert contents(bank) == before


@pytest.mark.parametrize("code", some(UNITS, 1))
def test_a_real_bank_is_made_anew_from_its_workbook_item_for_item(root: Path, code: str) -> None:
    bank, _ = load_unit(root / "item_bank" / code)
    assert bank is not None
    back = read(without_record(workbook(bank)), bank.model_copy(update={"items": ()}))
    assert tuple(one.item for one in back.added) == bank.items


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def test_option_ids_beyond_e_and_a_unit_without_levels_have_their_columns() -> None:
    options = {"x": "หนึ่ง", "y": "สอง"}
    items = [item_data("E1.01", 1, levels=[], options=options, rationale=dict(options), key="y")]
    data: dict[str, Any] = unit_data(levels=[], assessment=[])
    bank = shelf(items=items).model_copy(update={"unit": Unit.model_validate(data)})
    back = read(without_record(workbook(bank)), bank.model_copy(update={"items": ()}))
    assert [one.item for one in back.added] == list(bank.items)
