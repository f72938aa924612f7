"""Parquet, workbook and long table hold the cells of the CSV files."""

from __future__ import annotations

import csv
import io
import tempfile
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import load_workbook

from examgen.core.csv_files import csv_bytes
from examgen.core.problems import Refused
from examgen.core.responses.rows import QuarantinedRow
from examgen.core.tables import writing as workbook
from examgen.scoring import results
from examgen.scoring.results import (
    PC_SCALE_COLUMNS,
    RESULT_FILES,
    RESULT_FORMATS,
    JudgedColumns,
    ResultFormat,
    ResultLayout,
    ResultPlace,
    ResultRows,
    ScoreScale,
    pc_scale,
    quarantine,
    result_columns,
    write_parquet,
    write_workbook,
)
from tests.effort import examples
from tests.reports.result_samples import CELLS, exams, scale, scored
from tests.reports.result_tables_by_hand import Line, candidates, judged, neutral
from tests.settled import QUARANTINE

Sample = tuple[ResultLayout, ResultRows]
SAMPLES = exams().flatmap(lambda layout: st.tuples(st.just(layout), scored(layout, most=20)))
NUMBERS = (
    "score",
    "max_score",
    "percent",
    "answered",
    "blank",
    "multiple",
    "invalid",
    "scaled",
    "rank",
    "percentile",
)


@pytest.fixture(autouse=True)
def small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    """So that there are several."""
    monkeypatch.setattr(results, "_ROWS_OF_A_SHEET", 5)


@pytest.fixture(scope="module")
def somewhere() -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as folder:
        yield Path(folder)


def tables(layout: ResultLayout, rows: ResultRows) -> dict[str, list[Line]]:
    """The cells of the CSV files, as they are before anything is led by an apostrophe."""
    lines = (
        candidates(layout, rows),
        judged(layout, rows, layout.criteria),
        judged(layout, rows, layout.groups),
    )
    return {
        which: [[*before, *(text or None for text in own), *after] for before, own, after in of_file]
        for which, of_file in zip(RESULT_FILES, lines, strict=True)
    }


def as_cells(layout: ResultLayout, which: str, rows: list[tuple[Any, ...]]) -> list[Line]:
    """Numbers as the CSV files write them."""
    n_own = len(result_columns(layout, which)) - (len(layout.extra_names) if which == "candidates" else 0)
    return [[cell_text(value, n < n_own) for n, value in enumerate(row)] for row in rows]


def cell_text(value: Any, own: bool) -> str | None:
    return value if value is None or isinstance(value, str) or not own else f"{float(value):.2f}"


def same_numbers(lines: list[Line], layout: ResultLayout, which: str) -> list[Line]:
    """With two decimals all, so that 3 and 3.00 are the same."""
    names = result_columns(layout, which)
    names = names[: len(names) - len(layout.extra_names)] if which == "candidates" else names
    number = [name in NUMBERS or name.endswith(("_correct", "_percent")) for name in names]
    return [
        [
            f"{float(text):.2f}" if n < len(names) and number[n] and text else text
            for n, text in enumerate(line)
        ]
        for line in lines
    ]


@settings(max_examples=examples(40), deadline=None)
@given(sample=SAMPLES)
def test_parquet_holds_the_cells_of_the_csv(sample: Sample, somewhere: Path) -> None:
    layout, rows = sample
    write_parquet(layout, rows, somewhere)
    for which, lines in tables(layout, rows).items():
        table = pl.read_parquet(somewhere / f"{which}.parquet")
        assert as_cells(layout, which, table.rows()) == same_numbers(lines, layout, which)
        assert len(table.columns) == len(result_columns(layout, which))
        assert not any(column.dtype == pl.String for column in table if column.name in NUMBERS)


@settings(max_examples=examples(40), deadline=None)
@given(sample=SAMPLES)
def test_workbook_holds_the_cells_of_the_csv(sample: Sample, somewhere: Path) -> None:
    layout, rows = sample
    write_workbook(layout, rows, somewhere)
    with (somewhere / "results.xlsx").open("rb") as file:
        book = load_workbook(file)
    assert tuple(book.sheetnames) == RESULT_FILES
    for which, lines in tables(layout, rows).items():
        heading, *cells = book[which].iter_rows()
        assert len(heading) == len(result_columns(layout, which))
        assert heading[0].value == "candidate_id"
        found = as_cells(layout, which, [tuple(cell.value for cell in row) for row in cells])
        assert found == same_numbers(lines, layout, which)


def test_text_of_a_workbook_is_no_formula(tmp_path: Path) -> None:
    ids = ["=1+1", "0012", "ก&<b>", "-7", "1234567890123"]
    write_workbook(an_exam(), scored_as(ids, "=A1"), tmp_path)
    sheet = load_workbook(tmp_path / "results.xlsx")["candidates"]
    assert [sheet.cell(n, 1).value for n in range(2, 7)] == ids
    with zipfile.ZipFile(tmp_path / "results.xlsx") as book:
        xml = b"".join(map(book.read, book.namelist()))
    assert b"<f" not in xml
    assert xml.count(b'<is><t xml:space="preserve">=A1</t></is>') == len(ids)


def an_exam() -> ResultLayout:
    """Of one form and one criterion with a pass rule and a column that came in."""
    judged_so = JudgedColumns(
        (ResultPlace("pc", "U", "E", "P"),), ((scale(3, 3, 0, 1),),), np.zeros((1, 1), int)
    )
    group = JudgedColumns((ResultPlace("element", "U", "E"),), ((scale(3, 3, 0, 1),),), np.zeros((1, 1), int))
    total = ScoreScale((0,), (tuple((str(n), "3", f"{100 * n / 3:.2f}") for n in range(4)),), (), ())
    return ResultLayout(("A",), (3,), judged_so, group, ((0,),), total, True, False, ("note",))


def scored_as(ids: list[str], note: str = "") -> ResultRows:
    """Rows of that exam."""
    n = len(ids)
    units = np.arange(n, dtype=np.int32)[:, None] % 4
    codes = np.array([text.encode() for text in ids])
    return ResultRows(
        codes,
        np.zeros(n, int),
        units,
        np.tile([3, 0, 0, 0], (n, 1)),
        units[:, 0] > 1,
        None,
        (pl.Series([note] * n),),
    )


@pytest.mark.parametrize("form", RESULT_FORMATS)
def test_same_results_are_the_same_bytes(form: ResultFormat, tmp_path: Path) -> None:
    layout, rows = an_exam(), scored_as([f"{n:04d}" for n in range(280)], "ก")
    found = []
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        form.write(layout, rows, tmp_path / name)
        assert sorted(path.name for path in (tmp_path / name).iterdir()) == sorted(form.files)
        found.append([(tmp_path / name / file).read_bytes() for file in form.files])
    assert found[0] == found[1]


def test_more_rows_than_a_sheet_holds_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workbook, "MOST_ROWS", 4)
    write_workbook(an_exam(), scored_as(["1"] * 3), tmp_path)
    with pytest.raises(Refused, match="--format parquet"):
        write_workbook(an_exam(), scored_as(["1"] * 4), tmp_path)


@settings(max_examples=examples(40))
@given(layout=exams())
def test_scale_says_what_each_number_right_means(layout: ResultLayout) -> None:
    heading, *lines = csv.reader(io.StringIO(pc_scale(layout).decode("utf-8-sig"), newline=""))
    assert tuple(heading) == PC_SCALE_COLUMNS
    for judged_so in (layout.criteria, layout.groups):
        for form, name in enumerate(layout.forms):
            for k, place in enumerate(judged_so.places):
                one = judged_so.scales[k][judged_so.shape[form, k]]
                here = [line for line in lines if line[:4] == list(place) and line[5] == str(one.n_items)]
                mine = [line[6:] for line in here if (neutral(name) or "").lstrip("'") in line[4]]
                meaning = zip(one.points, one.percent, one.low, one.high, one.status, strict=True)
                for points, *rest in meaning:
                    assert [points if one.n_items else "", *(text or "" for text in rest)] in mine


@given(
    rows=st.lists(
        st.tuples(
            CELLS,
            st.builds(QuarantinedRow, st.integers(1, 9), st.none() | CELLS, st.just("no-candidate"), CELLS),
        )
    )
)
def test_quarantine_is_that_of_csv_bytes(rows: list[tuple[str, QuarantinedRow]]) -> None:
    table = pl.DataFrame([(file, *row[:4]) for file, row in rows], schema=QUARANTINE, orient="row")
    assert quarantine(rows) == csv_bytes(table)
