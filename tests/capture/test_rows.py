"""Records as columns: the cells that went in come out, and marks are those of each cell by itself."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from examgen.capture.answer_files import recognise
from examgen.capture.answer_layout import AnswerLayout, assignment_of, with_roster
from examgen.capture.cells import written_mark
from examgen.capture.file_chunks import read_file
from examgen.capture.rows import RecordSorter, Rows
from examgen.core.tables.records import TableRecord
from tests.effort import examples

CELLS = st.text(st.sampled_from('ABEกขจ1๑Ｂ x,.?|"\n()\u200b𝐀'), max_size=6)


@st.composite
def tables(draw: st.DrawFn) -> list[list[str]]:
    width = draw(st.integers(1, 4))
    return draw(st.lists(st.lists(CELLS, min_size=width, max_size=width), min_size=1, max_size=8))


def sorted_rows(table: list[list[str]]) -> Rows:
    """The table as rows; lines without quotes as lines of text, every other one as a record."""
    sorter = RecordSorter(len(table[0]), ";")
    for n, fields in enumerate(table):
        line = ";".join(fields)
        if n % 2 or '"' in line or "\n" in line:
            sorter.add(TableRecord(3 * n, fields, f"raw {n}", odd=frozenset({n % 3})))
        else:
            sorter.add_line(3 * n, line)
    return sorter.rows()


@settings(max_examples=examples(200))
@given(tables())
def test_cells_come_out_as_they_went_in(table: list[list[str]]) -> None:
    rows = sorted_rows(table)
    width, n = len(table[0]), len(table)
    assert [rows.fields(place) for place in range(n)] == table
    assert [rows.column(column) for column in range(width)] == [
        list(cells) for cells in zip(*table, strict=True)
    ]
    assert rows.marks([*range(width)]).tolist() == [[*map(written_mark, fields)] for fields in table]
    backwards = rows.marks([*range(width)][::-1])
    assert backwards.tolist() == [[*map(written_mark, fields[::-1])] for fields in table]
    some = np.arange(0, n, 2)
    taken = rows.taken(some)
    assert [taken.record(place) for place in range(len(some))] == [
        rows.record(place) for place in some.tolist()
    ]


def test_records_that_do_not_fit_are_kept_apart() -> None:
    sorter = RecordSorter(2, ",")
    for record in (
        TableRecord(1, ["a"], "a"),
        TableRecord(2, ["a", "b"], "a,b"),
        TableRecord(3, ["a", "b"], "", "x"),
    ):
        sorter.add(record)
    assert [record.line for record in sorter.misfits] == [1, 3]
    assert sorter.rows().line.tolist() == [2]


@pytest.mark.parametrize("roster", [[], ["ก-1", "0007"], ["9" * 60]])
def test_numbers_of_many_rows_are_written_as_the_lists_write_them(roster: list[str]) -> None:
    booklets = [("TH-1", "A", "S1"), ("๐๐๒", "A", "S2")]
    assignment = with_roster(assignment_of(booklets), [one.encode() for one in roster])
    written = ["TH1", "TH-1", "002", "๐๐๒", "ก1", "ก-1", "7", "0007", "๐๐๐๗", "9" * 60, "", "x" * 200]
    assert assignment.all_as_listed(written) == [assignment.as_listed(one) for one in written]
    listed = {*assignment.dealt, *roster}
    assert assignment.listed(written).tolist() == [one in listed for one in written]


LONG = "candidate_id,form,question,answer,name\n"


def test_a_long_table_is_taken_for_utf8_only_where_it_is(tmp_path: Path) -> None:
    """Its head is ASCII, and Thai in CP874 stands further down."""
    lines = [
        f"{who},A,{n},B,{'สมชาย' if who == 20_000 else 'x'}" for who in range(15_000, 20_001) for n in (1, 2)
    ]
    path = tmp_path / "a.csv"
    path.write_bytes((LONG + "\n".join([*lines, ""])).encode("cp874"))
    layout = AnswerLayout({"A": (4, 4)})
    file = recognise(0, path, layout)
    [chunk] = read_file(file, layout)
    assert (chunk.rows.extras["name"][-1], file.encoding.name) == ("สมชาย", "CP874")
    assert len(chunk.rows) == len(lines) // 2
