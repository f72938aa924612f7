"""CSV as we write it: the same whether a table is written whole or line by line, and read back as it was."""

from __future__ import annotations

import re
from pathlib import Path
from tempfile import TemporaryDirectory

import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from examgen.core.csv_files import csv_bytes, csv_cells, read_csv

TEXTS = st.text(st.sampled_from("ab1 กน้ำ=+-@',;\"|\t\r\n.é"), max_size=8)
AMBIGUOUS = re.compile(r"'[=+\-@\t\r]")
"""What is led by an apostrophe already, as if we had put it there."""


@given(st.lists(st.tuples(TEXTS, TEXTS), min_size=1, max_size=6))
def test_lines_and_tables_are_written_alike(rows: list[tuple[str, str]]) -> None:
    table = pl.DataFrame(rows, schema=["one", "two"], orient="row")
    lines = "".join(f"{csv_cells(row)}\n" for row in rows)
    assert csv_bytes(table) == b"\xef\xbb\xbfone,two\n" + lines.encode()


@given(st.lists(st.tuples(TEXTS.filter(lambda t: not AMBIGUOUS.match(t)), st.integers(-5, 5)), max_size=6))
def test_a_table_is_read_back_as_it_was(rows: list[tuple[str, int]]) -> None:
    table = pl.DataFrame(rows, schema={"text": pl.String, "n": pl.Int64}, orient="row")
    with TemporaryDirectory() as folder:
        path = Path(folder, "table.csv")
        path.write_bytes(csv_bytes(table))
        assert read_csv(path, {"n": pl.Int64}).equals(table)
