"""Whatever stands in the cells: an import refuses with cells named, or leaves a bank that validates."""

from __future__ import annotations

import datetime
import tempfile
from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import load_workbook

from examgen.bank.loading import load_unit
from examgen.bank.spreadsheets import export_items, import_items
from examgen.bank.workbook.columns import ITEM_SHEET
from examgen.core.problems import Refused
from tests.bank.nasty import clean_texts, nasty_texts
from tests.effort import examples
from tests.samples import item_data, write_unit


def _storable(text: str) -> bool:
    return all(ord(c) >= 32 or c in "\t\n\r" for c in text) and not set(text) & set("\ufffe\uffff")


_values = st.one_of(
    st.none(),
    nasty_texts.filter(_storable),
    clean_texts.filter(_storable),
    st.sampled_from(
        [
            "ก", "b", "a, b", "3", "3-5", "๔", "E1.01", "E1.02", "apply", "ร่าง", "E1.01-002", "E1.01-001",
            "E2.01-9", "90 s", "-",
        ]
    ),
    st.integers(-5, 10**6),
    st.floats(allow_nan=False, allow_infinity=False),
    st.booleans(),
    st.dates(datetime.date(1901, 1, 1), datetime.date(2100, 1, 1)),
)  # fmt: skip
_edits = st.lists(st.tuples(st.integers(1, 12), st.integers(1, 23), _values), max_size=12)


@given(edits=_edits, merged=st.sampled_from([None, None, "B3:B4", "A5:C5", "F8:G9", "A1:C1", "U3:V4"]))
@settings(max_examples=examples(60))
def test_any_edit_is_imported_whole_or_refused_whole(
    edits: list[tuple[int, int, Any]], merged: str | None
) -> None:
    with tempfile.TemporaryDirectory() as place:
        bank, path = Path(place) / "item_bank", Path(place) / "f.xlsx"
        folder = write_unit(bank, [item_data(pc, n) for pc in ("E1.01", "E2.01") for n in (1, 2, 3)])
        export_items(bank, "T-1", path)
        book = load_workbook(path, rich_text=True)
        for row, column, value in edits:
            book[ITEM_SHEET].cell(row, column).value = value
        if merged:
            book[ITEM_SHEET].merge_cells(merged)
        book.save(path)
        before = {one.name: one.read_bytes() for one in (folder / "items").iterdir()}
        try:
            done = import_items(bank, path)
        except Refused as refused:
            errors = [problem for problem in refused.problems if problem.severity == "error"]
            assert errors
            assert all(problem.source.startswith("f.xlsx") for problem in errors)
            assert {one.name: one.read_bytes() for one in (folder / "items").iterdir()} == before
        else:
            unit, _ = load_unit(folder)
            assert unit is not None
            assert len(unit.items) == 6 + len(done.plan.added)
            assert not import_items(bank, path).written
