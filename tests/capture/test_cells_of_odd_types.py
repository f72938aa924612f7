"""Ids and marks of workbooks and Parquet files that are no texts, or stand in merged cells: read or set aside."""

from __future__ import annotations

import datetime
import io
from collections.abc import Sequence
from typing import Any

import openpyxl
import polars as pl
import pytest

from examgen.capture.answer_layout import AnswerLayout
from examgen.capture.grader_decisions import GraderDecisions, IdentityDecision
from tests.settled import Responses, read_answers

LAYOUT = AnswerLayout({"A": (4, 4, 4), "B": (4, 4, 4)})
HEAD = ["candidate_id", "form", "Q1", "Q2", "Q3", "note"]
DAMAGED = "candidate_id_damaged"


def read(name: str, data: bytes) -> Responses:
    return read_answers([(name, data)], LAYOUT)


def workbook(rows: Sequence[Sequence[Any]], merged: Sequence[str] = (), titles: int = 0) -> bytes:
    book = openpyxl.Workbook()
    for row in [*[["ผลสอบ"]] * titles, HEAD, *rows]:
        book.active.append(row)
    for cells in merged:
        book.active.merge_cells(cells)
    book.save(data := io.BytesIO())
    return data.getvalue()


def parquet(**columns: pl.Series) -> bytes:
    frame = pl.DataFrame({"candidate_id": columns.pop("ids"), **columns})
    frame.write_parquet(data := io.BytesIO())
    return data.getvalue()


def outcome(found: Responses) -> list[str]:
    """By line the id that was read, or the reason."""
    rows = found.rows.select("line", "candidate_id").rows()
    aside = found.quarantine.select("line", "reason").rows()
    return [what for _, what in sorted([*rows, *aside])]


IDS: list[tuple[Any, str]] = [
    ("12.5", "12.5"),
    (12.5, DAMAGED),
    (12.0, "12"),
    (7, "7"),
    (-7, "-7"),
    (True, DAMAGED),
    (datetime.date(2026, 1, 7), DAMAGED),
    (datetime.datetime(2026, 1, 7, 10, 30), DAMAGED),
    (datetime.time(10, 30), DAMAGED),
    (datetime.timedelta(hours=30), DAMAGED),
    ("2026-01-07", "2026-01-07"),
]


@pytest.mark.parametrize(("value", "expected"), IDS)
def test_ids_of_a_workbook_that_are_neither_texts_nor_whole_numbers_are_set_aside(
    value: Any, expected: str
) -> None:
    rows = [[value, "A", "A", "B", "C", 1.5], ["x1", "A", "A", "B", "C", datetime.date(2026, 1, 7)]]
    assert outcome(read("a.xlsx", workbook(rows))) == [expected, "x1"]


COLUMNS = [
    (pl.Series(["a", "1.5"]), ["a", "1.5"]),
    (pl.Series([b"a", "ก1".encode()], dtype=pl.Binary), ["a", "ก1"]),
    (pl.Series([b"a", b"\xff1"], dtype=pl.Binary), ["a", DAMAGED]),
    (pl.Series([7, 10**17 + 1]), ["7", "100000000000000001"]),
    (pl.Series([7.0, 7.5]), ["7", DAMAGED]),
    (pl.Series([1100200300406.0, 1e15]), ["1100200300406", DAMAGED]),
    (pl.Series([16777215, 16777217], dtype=pl.Float32), ["16777215", DAMAGED]),
    (pl.Series([datetime.date(2026, 1, 7), None]), [DAMAGED, "no_candidate"]),
    (pl.Series([datetime.datetime(2026, 1, 7), None]), [DAMAGED, "no_candidate"]),
    (pl.Series(["7.00", "7.50"]).cast(pl.Decimal(10, 2)), [DAMAGED, DAMAGED]),
    (pl.Series([True, False]), [DAMAGED, DAMAGED]),
    (pl.Series([["a"], ["b"]]), ["broken_quote"] * 2),
]


@pytest.mark.parametrize(("ids", "expected"), COLUMNS, ids=lambda one: str(getattr(one, "dtype", "")))
def test_ids_of_a_parquet_file_by_the_type_of_their_column(ids: pl.Series, expected: list[str]) -> None:
    marks = {f"Q{n}": pl.Series(["A", "B"]) for n in (1, 2, 3)}
    assert outcome(read("a.parquet", parquet(ids=ids, form=pl.Series(["A", "B"]), **marks))) == expected


@pytest.mark.parametrize(
    "marks",
    [
        pl.Series([b"A", b"b", "ค".encode(), b""], dtype=pl.Binary),
        pl.Series([1, 2, 3, None], dtype=pl.Int8),
        pl.Series([1.0, 2.0, 3.0, None], dtype=pl.Float32),
        pl.Series(["A", "B", "C", None], dtype=pl.Categorical),
    ],
    ids=lambda one: str(one.dtype),
)
def test_marks_of_a_parquet_file_of_any_type(marks: pl.Series) -> None:
    columns = {"form": pl.Series(["A"] * 4), "Q1": marks, "Q2": marks, "Q3": marks}
    found = read("a.parquet", parquet(ids=pl.Series(["1", "2", "3", "4"]), **columns))
    assert [row[0] for row in found.marks.tolist()] == [1, 2, 4, 0]


def test_a_parquet_file_of_odd_types_as_it_is_decoded() -> None:
    ids = pl.Series([16777215, 16777217], dtype=pl.Float32)
    marks = {f"Q{n}": pl.Series([b"A", b"B"], dtype=pl.Binary) for n in (1, 2, 3)}
    found = read("a.parquet", parquet(ids=ids, form=pl.Series(["A", "B"]), **marks))
    assert outcome(found) == ["16777215", DAMAGED]
    assert found.marks.tolist() == [[1, 1, 1]]


MERGED = [
    ((), ["1", "2", "3"]),
    (("D3:D4",), ["1", "2", "merged_cells"]),
    (("D3:E3",), ["1", "merged_cells", "3"]),
    (("A3:A4",), ["1", "2", "merged_cells"]),
    (("B2:B4",), ["1", "merged_cells", "merged_cells"]),
    (("F2:F4",), ["1", "2", "3"]),
    (("C2:E4",), ["merged_cells"] * 3),
    (("E3:F3",), ["1", "2", "3"]),
    (("D3:D4", "H1:J9"), ["1", "2", "merged_cells"]),
]


@pytest.mark.parametrize(("merged", "expected"), MERGED)
@pytest.mark.parametrize("titles", [0, 1])
def test_rows_with_a_part_of_a_merged_cell_are_set_aside(
    merged: Sequence[str], expected: list[str], titles: int
) -> None:
    data = workbook(
        [[str(n), "A", "A", "B", "C", "x"] for n in (1, 2, 3)], [lower(one, titles) for one in merged], titles
    )
    assert outcome(read("a.xlsx", data)) == expected


@pytest.mark.parametrize(
    ("merged", "candidate", "form", "expected"),
    [
        ("B2:B4", "", "A", ["1", "merged_cells", "3"]),
        ("A2:A4", "9", "", ["1", "merged_cells", "9"]),
        ("B2:B4", "9", "", ["1", "merged_cells", "merged_cells"]),
        ("A2:B4", "9", "", ["merged_cells"] * 3),
        ("A2:B4", "9", "A", ["merged_cells", "merged_cells", "9"]),
    ],
)
def test_a_row_is_read_where_a_person_has_decided_on_what_its_merged_cells_say(
    merged: str, candidate: str, form: str, expected: list[str]
) -> None:
    data = workbook([[str(n), "A", "A", "B", "C", "x"] for n in (1, 2, 3)], [merged])
    said = IdentityDecision(candidate, form, False, None, "i.csv:2", "seen", "me", "2026-11-20")
    layout = AnswerLayout(LAYOUT.options, grader_decisions=GraderDecisions({"a.xlsx": {4: said}}, {}))
    assert outcome(read_answers([("a.xlsx", data)], layout)) == expected


def lower(cells: str, rows: int) -> str:
    """A range some rows further down."""
    return ":".join(f"{one[0]}{int(one[1:]) + rows}" for one in cells.split(":"))


def test_a_line_of_totals_in_merged_cells_is_one() -> None:
    rows = [["1", "A", "A", "B", "C", ""], ["รวม", "", "", "", "", ""]]
    assert outcome(read("a.xlsx", workbook(rows, ["A3:E3"]))) == ["1", "totals_line"]
