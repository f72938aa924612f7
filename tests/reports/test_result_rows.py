"""Result files written by tables of texts are what cell by cell writing gives, at the length foretold."""

from __future__ import annotations

import pickle
import subprocess
import sys

import numpy as np
import polars as pl
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from examgen.core.csv_files import csv_bytes
from examgen.core.responses.rows import ResultRows, ScoreScale
from examgen.scoring.results import text_columns, texts
from examgen.scoring.results.rows import ResultRowWriter
from examgen.scoring.results.texts import (
    RESULT_FILES,
    JudgedColumns,
    ResultLayout,
    ResultPlace,
    result_columns,
)
from tests.effort import examples
from tests.reports.result_samples import exams, often, scale, scored
from tests.reports.result_tables_by_hand import candidates, csv_text, judged

SAMPLES = exams().flatmap(lambda layout: st.tuples(st.just(layout), scored(layout)))


def by_hand(layout: ResultLayout, rows: ResultRows) -> list[str]:
    """The lines of the three files."""
    return [
        csv_text(candidates(layout, rows)),
        csv_text(judged(layout, rows, layout.criteria)),
        csv_text(judged(layout, rows, layout.groups)),
    ]


def lines_of(writer: ResultRowWriter, rows: ResultRows) -> tuple[bytes, ...]:
    """The lines of the three files, as they are written."""
    return tuple(map(bytes, writer.lines_of(RESULT_FILES, rows)))


@given(sample=SAMPLES)
def test_lines_are_those_written_cell_by_cell(sample: tuple[ResultLayout, ResultRows]) -> None:
    layout, rows = sample
    writer = ResultRowWriter(layout)
    assert [data.decode() for data in lines_of(writer, rows)] == by_hand(layout, rows)
    assert [*writer.lines_of(RESULT_FILES, rows)] == [
        data for which in RESULT_FILES for data in writer.lines_of([which], rows)
    ]


@given(sample=SAMPLES)
def test_sizes_are_known_before_the_lines_are_made(sample: tuple[ResultLayout, ResultRows]) -> None:
    layout, rows = sample
    assert ResultRowWriter(layout).lengths(RESULT_FILES, rows) == [
        *map(len, lines_of(ResultRowWriter(layout), rows))
    ]


@given(sample=SAMPLES)
def test_how_long_pc_results_are_is_known_by_counts(sample: tuple[ResultLayout, ResultRows]) -> None:
    layout, rows = sample
    columns: list[dict[tuple[int, int, int], int]] = []
    counts: list[int] = []
    for k, scales in enumerate(layout.criteria.scales):
        begins = {}
        for s, one in enumerate(scales):
            begins[one.n_items, one.max_units, one.least_units] = len(counts)
            own = rows.units[layout.criteria.shape[rows.form, k] == s, k].tolist()
            counts += [own.count(units) for units in range(one.least_units, one.max_units + 1)]
        assume(len(begins) == len(scales))
        columns.append(begins)
    writer = ResultRowWriter(layout)
    forms = np.bincount(rows.form, minlength=len(layout.forms))
    found = writer.counted_length(forms, columns, np.array(counts, np.int64))
    [lines] = writer.lines_of(["pc_results"], rows)
    assert writer.lengths(["pc_results"], rows, counted=True) == [len(lines) - found]


@settings(max_examples=examples(10), deadline=None)
@given(sample=SAMPLES, times=st.sampled_from([30, 400, 2000]))
def test_thousands_of_forms(sample: tuple[ResultLayout, ResultRows], times: int) -> None:
    layout, rows = often(*sample, times)
    writer = ResultRowWriter(layout)
    assert [data.decode() for data in lines_of(writer, rows)] == by_hand(layout, rows)
    assert writer.lengths(RESULT_FILES, rows) == [*map(len, lines_of(writer, rows))]


@settings(max_examples=examples(30))
@given(sample=SAMPLES)
def test_tables_too_large_to_make_are_looked_up(sample: tuple[ResultLayout, ResultRows]) -> None:
    layout, rows = sample
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(texts, "_MOST_MADE", 0)
        patch.setattr(texts, "_MOST_KEPT", 1)
        patch.setattr(texts.TextTables.__init__, "__defaults__", (1, None))
        writer = ResultRowWriter(layout)
        assert [data.decode() for data in lines_of(writer, rows)] == by_hand(layout, rows)
        assert writer.lengths(RESULT_FILES, rows) == [*map(len, lines_of(writer, rows))]


@settings(max_examples=examples(30))
@given(sample=SAMPLES, widest=st.sampled_from([0, 9, 64]))
def test_long_texts_and_many_rows_change_nothing(
    sample: tuple[ResultLayout, ResultRows], widest: int
) -> None:
    layout, rows = sample
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(text_columns, "_WIDEST", widest)
        patch.setattr(text_columns, "_AT_ONCE", 300)
        assert [data.decode() for data in lines_of(ResultRowWriter(layout), rows)] == by_hand(layout, rows)


@given(sample=SAMPLES)
def test_whole_files_are_those_of_csv_bytes(sample: tuple[ResultLayout, ResultRows]) -> None:
    layout, rows = sample
    writer = ResultRowWriter(layout)
    tables = [
        candidates(layout, rows),
        judged(layout, rows, layout.criteria),
        judged(layout, rows, layout.groups),
    ]
    for which, data, lines in zip(RESULT_FILES, lines_of(writer, rows), tables, strict=True):
        cells = [[*before, *(text or None for text in own), *after] for before, own, after in lines]
        names = result_columns(layout, which)
        if len(set(names)) == len(names) and not any(
            str(own)[:1] == "-" for line in cells for own in line[2:]
        ):
            schema = dict.fromkeys(names, pl.String)
            assert writer.header(which) + data == csv_bytes(pl.DataFrame(cells, schema, orient="row"))


def test_a_score_below_0_is_no_formula() -> None:
    one = scale(2, 2, -1, 1)
    judged_once = JudgedColumns((ResultPlace("pc", "U", "E", "P"),), ((one,),), np.zeros((1, 1), int))
    total = ScoreScale((-1,), ((("-1", "2", "-50.00"), ("0", "2", "0.00")),), (), ())
    layout = ResultLayout(
        ("A",), (2,), judged_once, JudgedColumns((), (), np.zeros((1, 0), int)), (), total, False
    )
    rows = ResultRows(np.array([b"-1"]), np.array([0]), np.array([[-1]], np.int32), None, None, None)
    assert lines_of(ResultRowWriter(layout), rows) == (
        b"'-1,A,-1,2,-50.00,,2,0,0,0\n", b"'-1,A,-1,-50.00,met\n", b"'-1,A\n"
    )  # fmt: skip


@pytest.mark.long("test_every_way_of_scoring_gives_the_same_bytes has results of several processes")
@given(sample=SAMPLES)
def test_another_process_writes_the_same(sample: tuple[ResultLayout, ResultRows]) -> None:
    layout, rows = sample
    writer = ResultRowWriter(layout)
    before = lines_of(writer, rows)
    assert lines_of(pickle.loads(pickle.dumps(writer)), rows) == before


def test_nothing_but_numpy_is_waited_for() -> None:
    code = "import sys, examgen.scoring.results.rows; print({'polars', 'pydantic', 'openpyxl'} & set(sys.modules))"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "set()"
