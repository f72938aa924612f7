"""Result files are what cell by cell writing gives."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from examgen.scoring import results
from examgen.scoring.results import (
    RESULT_FILES,
    JudgedColumns,
    ResultLayout,
    ResultPlace,
    ResultRows,
    ScoreScale,
    write_results,
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


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("rows")


def files_of(layout: ResultLayout, rows: ResultRows, place: Path) -> list[bytes]:
    """The three files, written a few rows at a time."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(results, "_ROWS_AT_ONCE", 3)
        write_results(layout, rows, RESULT_FILES, place)
    return [(place / f"{which}.csv").read_bytes() for which in RESULT_FILES]


def lines_of(layout: ResultLayout, rows: ResultRows, place: Path) -> list[str]:
    """The lines of the three files below their headings."""
    none = ResultRows(
        *(rows[k][:0] for k in range(4)), *(None if one is None else one[:0] for one in rows[4:6])
    )
    heads = files_of(layout, none._replace(extras=tuple(one[:0] for one in rows.extras)), place)
    pairs = zip(files_of(layout, rows, place), heads, strict=True)
    return [data.removeprefix(head).decode() for data, head in pairs]


@given(sample=SAMPLES)
def test_lines_are_those_written_cell_by_cell(sample: tuple[ResultLayout, ResultRows], place: Path) -> None:
    layout, rows = sample
    assert lines_of(layout, rows, place) == by_hand(layout, rows)


@settings(max_examples=examples(10), deadline=None)
@given(sample=SAMPLES, times=st.sampled_from([30, 400, 2000]))
def test_thousands_of_forms(sample: tuple[ResultLayout, ResultRows], times: int, place: Path) -> None:
    layout, rows = often(*sample, times)
    assert lines_of(layout, rows, place) == by_hand(layout, rows)


def test_a_score_below_0_is_no_formula(tmp_path: Path) -> None:
    one = scale(2, 2, -1, 1)
    judged_once = JudgedColumns((ResultPlace("pc", "U", "E", "P"),), ((one,),), np.zeros((1, 1), int))
    total = ScoreScale((-1,), ((("-1", "2", "-50.00"), ("0", "2", "0.00")),), (), ())
    layout = ResultLayout(
        ("A",), (2,), judged_once, JudgedColumns((), (), np.zeros((1, 0), int)), (), total, False
    )
    kinds = np.array([[2, 0, 0, 0]])
    rows = ResultRows(np.array([b"-1"]), np.array([0]), np.array([[-1]], np.int32), kinds, None, None)
    assert lines_of(layout, rows, tmp_path) == [
        "'-1,A,-1,2,-50.00,,2,0,0,0\n", "'-1,A,-1,-50.00,met\n", "'-1,A\n"
    ]  # fmt: skip
