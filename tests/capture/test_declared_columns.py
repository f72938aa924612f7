"""Tables that people send in, whatever kind: where the heading may be, and what is told of a line or a file."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import date
from typing import Any

import openpyxl
import pytest

from examgen.capture.centre_returns import read_returns
from examgen.capture.decision_files import SittingNames, read_grader_decisions
from examgen.capture.method_results import read_method_results
from examgen.capture.ratings import read_moderations
from examgen.core.problems import Refused
from examgen.core.tables.opening import open_tables
from examgen.sitting.taking import kind_by_headings
from tests.capture.test_ratings import read_ratings

SITTING = SittingNames(("a.csv",), ("A", "B"), 40)
Row = list[str]
KINDS: dict[str, tuple[Row, Row, Callable[[str, bytes], object]]] = {
    "moderated points": (
        ["candidate_id", "task", "points", "by", "date", "reason"],
        ["0001", "T1", "2", "S", "2026-11-20", "heard again"],
        lambda name, data: read_moderations(name, data, {"T1": (0, 1, 2)}),
    ),
    "results of other methods": (
        ["candidate_id", "method", "result", "date", "assessor"],
        ["0001", "interview", "pass", "2026-11-20", "S"],
        lambda name, data: read_method_results(name, data, {"T-1": ("interview",)}),
    ),
    "ratings": (
        ["candidate_id", "assessor", "task", "points"],
        ["0001", "S", "T1", "2"],
        lambda name, data: read_ratings([(name, data)]),
    ),
    "decisions on rows": (
        ["file", "line", "candidate_id", "reason", "by", "date"],
        ["a.csv", "7", "0001", "signed", "S", "2026-11-20"],
        lambda name, data: read_grader_decisions([(name, data)], [], SITTING),
    ),
    "decisions on marks": (
        ["file", "line", "question", "answer", "reason", "by", "date"],
        ["a.csv", "7", "3", "B", "seen", "S", "2026-11-20"],
        lambda name, data: read_grader_decisions([], [(name, data)], SITTING),
    ),
    "attendance": (
        ["candidate_id", "status", "identity"],
        ["0001", "present", "matched"],
        lambda name, data: read_returns(name, data, date(2026, 12, 1)),
    ),
}


def text(*rows: Row) -> bytes:
    return "\n".join(map(",".join, rows)).encode()


def codes(kind: str, data: bytes) -> list[tuple[str, str, str | None]]:
    with pytest.raises(Refused) as refused:
        KINDS[kind][2]("t", data)
    return [(one.source, one.code, one.field) for one in refused.value.problems]


@pytest.mark.parametrize("kind", KINDS)
def test_titles_may_stand_above_the_heading_and_columns_in_any_order(kind: str) -> None:
    heads, row, read = KINDS[kind]
    alone = str(read("t", text(heads, row))).replace("t:2", "t:4").replace("line=2", "line=4")
    titles = ["บัญชีรายชื่อ"], ["20 พฤศจิกายน 2569", *[""] * (len(heads) - 1)]
    assert str(read("t", text(*titles, [*heads[::-1], "exam"], [*row[::-1], "x"]))) == alone


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind != "attendance"])
def test_a_column_that_is_missing_below_a_title_is_named(kind: str) -> None:
    heads, row, _ = KINDS[kind]
    data = text(["2569"], heads[:-1], row[:-1]).replace(b",", b";")
    assert codes(kind, data) == [("t:2", "column-missing", None)]


@pytest.mark.parametrize(
    ("kind", "found"),
    [
        ("results of other methods", "methods"),
        ("decisions on rows", "identities"),
        ("decisions on marks", "marks"),
        ("attendance", "returns"),
        ("ratings", None),
    ],
)
def test_a_kind_is_known_by_its_headings_also_below_titles(kind: str, found: str | None) -> None:
    heads, row, _ = KINDS[kind]
    for rows in ((heads, row), (["บัญชีรายชื่อ"], heads, row), (["บัญชีรายชื่อ"], ["2569"], [*heads, "exam"])):
        assert kind_by_headings(open_tables("t", text(*rows))) == found


@pytest.mark.parametrize("kind", KINDS)
def test_a_line_is_told_once_with_what_is_wrong(kind: str) -> None:
    heads, row, _ = KINDS[kind]
    assert codes(kind, text(heads, row, heads, row[:-1], [*row, "x"])) == [
        ("t:3", "header-repeated", None),
        ("t:4", "too-few-fields", None),
        ("t:5", "too-many-fields", None),
    ]


@pytest.mark.parametrize("kind", KINDS)
def test_a_merged_cell_is_told(kind: str) -> None:
    heads, row, _ = KINDS[kind]
    book = openpyxl.Workbook()
    sheet: Any = book.active
    for cells in (heads, row, row):
        sheet.append(cells)
    sheet.merge_cells(start_row=2, end_row=3, start_column=1, end_column=1)
    data = io.BytesIO()
    book.save(data)
    where = "t:Sheet:3" if kind == "attendance" else "t:3"
    assert (where, "cell-merged", heads[0]) in codes(kind, data.getvalue())


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind != "attendance"])
def test_two_sheets_of_a_kind_are_refused_and_another_list_is_passed_over(kind: str) -> None:
    heads, row, read = KINDS[kind]
    book = openpyxl.Workbook()
    first, second = book.active, book.create_sheet("other")
    assert first is not None
    for cells in (heads, row):
        first.append(cells)
    for cells in (["candidate_id", *"abcdefghijk"], ["0001", *"abcdefghijk"]):
        second.append(cells)
    data = io.BytesIO()
    book.save(data)
    read("t", data.getvalue())
    third = book.create_sheet("again")
    for cells in (heads, row):
        third.append(cells)
    book.save(data := io.BytesIO())
    assert codes(kind, data.getvalue()) == [("t", "ambiguous-table", None)]
