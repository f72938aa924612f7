"""The line of one candidate is the row that Python's own reader finds in the whole table; columns that are held
by number have the same cells."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import polars as pl
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from examgen.scoring.results import csv_table
from examgen.scoring.run_tables import read_coded, read_table
from tests.effort import examples

FEW = st.text(st.sampled_from("10๑ก'=-,\"\r\n \t"), max_size=6)
"""Texts of few letters: ids begin, end and hold each other, and cells hold what lines of others look like."""
TEXT = FEW | st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\0"), max_size=6)
ROWS = st.lists(st.tuples(TEXT, TEXT | st.none(), TEXT), max_size=6, unique_by=lambda row: row[0])


def by_python(data: bytes) -> dict[str, dict[str, str]]:
    """Every row by its id, cells without the apostrophe that keeps spreadsheets from running them."""

    def shown(cell: str) -> str:
        return cell[1:] if cell[:1] == "'" and cell[1:2] and cell[1] in "=+-@\t\r" else cell

    rows = csv.DictReader(io.StringIO(data.decode("utf-8-sig"), newline=""))
    found: dict[str, dict[str, str]] = {}
    for row in rows:
        found.setdefault(shown(row["candidate_id"]), {name: shown(cell) for name, cell in row.items()})
    return found


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("one") / "candidates.csv"


@given(rows=ROWS, others=st.lists(TEXT, max_size=3), note=TEXT, ends=st.booleans())
@example(rows=[("10", None, "x"), ("1", "\n1,2,3\n", '"1"')], others=["0"], note="a\n1", ends=False)
@example(rows=[("a,b", '"\n1,', ""), ("1", "", "a,b")], others=["a", "'=1"], note="=1", ends=True)
@example(rows=[("=1", "", "")], others=["'=1"], note="", ends=True)
@settings(
    max_examples=examples(300), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_the_line_of_one_is_the_row_of_the_whole(
    path: Path, rows: list[tuple[str, str | None, str]], others: list[str], note: str, ends: bool
) -> None:
    heads = ["candidate_id", "form", f"note {note}"]
    data = csv_table(heads, rows)
    path.write_bytes(data if ends else data.removesuffix(b"\n"))
    whole = by_python(data)
    for who in {*(row[0] for row in rows), *others, *(cell for row in rows for cell in row[1:] if cell)}:
        found = read_table(path, who)
        told = found.rows() if found.height else None
        said = [tuple(whole[who].values())] if who in whole else None
        assert told == said, who
    table = read_table(path)
    assert read_coded(path, "candidate_id".__ne__).select(pl.all().cast(pl.String)).equals(table)
    assert read_coded(path, "form".__eq__, "form".__ge__).columns == [
        name for name in heads if name <= "form"
    ]
