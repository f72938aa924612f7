"""Tables of any cells → a workbook that openpyxl reads back as they were."""

from __future__ import annotations

import datetime as dt
import math
import re
import tempfile
import warnings
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import load_workbook

from examgen.core.problems import Refused
from examgen.core.tables import writing as workbook
from examgen.core.tables.writing import (
    CUT,
    LONGEST_TITLE,
    MOST_CHARACTERS,
    MOST_COLUMNS,
    WorkbookWriter,
    titles,
    write_workbook,
)
from tests.bank.nasty import nasty_texts
from tests.effort import examples

COLUMNS = st.one_of(
    st.tuples(st.just(pl.Boolean), st.lists(st.none() | st.booleans())),
    st.tuples(st.just(pl.Int64), st.lists(st.none() | st.integers(-(2**63), 2**63 - 1))),
    st.tuples(st.just(pl.UInt8), st.lists(st.none() | st.integers(0, 255))),
    st.tuples(st.just(pl.Float64), st.lists(st.none() | st.floats())),
    st.tuples(st.just(pl.Float64), st.lists(st.sampled_from([0.1, -0.0, 1e300, 5e-324, math.nan, math.inf]))),
    st.tuples(st.just(pl.String), st.lists(st.none() | nasty_texts)),
    st.tuples(st.just(pl.String), st.lists(st.text(st.sampled_from("_x0041F&<>'\"\n\t")))),
    st.tuples(st.just(pl.Date), st.lists(st.none() | st.dates())),
    st.tuples(st.just(pl.Null), st.lists(st.none())),
)


@st.composite
def tables(draw: st.DrawFn) -> pl.DataFrame:
    """Columns of any kind, named by any texts."""
    columns = draw(st.lists(COLUMNS, min_size=1, max_size=6))
    names = draw(st.lists(nasty_texts, min_size=len(columns), max_size=len(columns), unique=True))
    height = min(len(values) for _, values in columns)
    series = zip(names, columns, strict=True)
    return pl.DataFrame([pl.Series(name, values[:height], kind) for name, (kind, values) in series])


@pytest.fixture(scope="module")
def somewhere() -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as folder:
        yield Path(folder)


@settings(max_examples=examples(60))
@given(table=tables())
def test_openpyxl_reads_what_the_table_holds(table: pl.DataFrame, somewhere: Path) -> None:
    write_workbook(somewhere / "any.xlsx", {"t": table})
    heading, *rows = read(somewhere / "any.xlsx")["t"]
    assert heading == [as_read(name) or None for name in table.columns]
    assert rows == [[as_read(value) for value in row] for row in table.rows()]


def read(path: Path) -> dict[str, list[list[Any]]]:
    """The cells of each sheet."""
    with path.open("rb") as file, warnings.catch_warnings():
        warnings.simplefilter("error")
        book = load_workbook(file)
    return {
        sheet.title: [[None if cell.value == "" else cell.value for cell in row] for row in sheet.iter_rows()]
        for sheet in book.worksheets
    }


def as_read(value: Any) -> Any:
    """What a spreadsheet makes of a value: ECMA-376 has no NaN, 15 digits, no control characters."""
    if isinstance(value, bool) or value is None:
        return value
    if isinstance(value, int):
        return value if abs(value) < 10**15 else str(value)
    if isinstance(value, float):
        return None if math.isnan(value) else str(value) if math.isinf(value) else value
    if isinstance(value, dt.date):
        return value.isoformat()
    return re.sub("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]", "\ufffd", value) or None


def test_a_truth_value_is_one(tmp_path: Path) -> None:
    write_workbook(tmp_path / "b.xlsx", {"t": pl.DataFrame({"flag": [True, False, None], "n": [1, 0, 2]})})
    assert read(tmp_path / "b.xlsx")["t"][1:] == [[True, 1], [False, 0], [None, 2]]


def test_no_part_of_a_text_is_taken_for_an_escape_of_the_format(tmp_path: Path) -> None:
    texts = ["s_x2_df", "_x000D_", "_x41_x42_", "x005F_", "_x005F_x0041_", "a_xray"]
    write_workbook(tmp_path / "e.xlsx", {"t": pl.DataFrame({"s_x2_p": texts})})
    assert read(tmp_path / "e.xlsx")["t"] == [["s_x2_p"], *([text] for text in texts)]
    with zipfile.ZipFile(tmp_path / "e.xlsx") as book:
        runs = re.findall(r"<t[^>]*>(.*?)</t>", book.read("xl/worksheets/sheet1.xml").decode())
    assert not [run for run in runs if re.search("_x[0-9A-Fa-f]{1,4}_", run)]


def test_a_text_longer_than_a_cell_ends_with_a_mark(tmp_path: Path) -> None:
    longest, astral = "ก" * MOST_CHARACTERS, "😀" * (MOST_CHARACTERS // 2 + 1)
    texts = [longest, longest + "ข", astral, "short", None]
    write_workbook(tmp_path / "l.xlsx", {"t": pl.DataFrame({"text": texts})})
    found = [row[0] for row in read(tmp_path / "l.xlsx")["t"][1:]]
    assert found == [longest, longest[:-1] + CUT, astral[: MOST_CHARACTERS // 2] + CUT, "short", None]


def test_names_of_sheets_are_such_as_spreadsheets_take(tmp_path: Path) -> None:
    names = ["a/b", "A:B", "ข" * 40, "ข" * 50, "", "'", "History", 'x<&">y', "a[1]*?\\", "b\nc"]
    found = titles(names)
    assert found[:2] == ["a-b", "A-B-2"]
    assert len({title.casefold() for title in found}) == len(names)
    assert all(0 < len(title) <= LONGEST_TITLE and not re.search(r"[\[\]:*?/\\]", title) for title in found)
    write_workbook(tmp_path / "n.xlsx", {name: pl.DataFrame({"n": [n]}) for n, name in enumerate(names)})
    sheets = read(tmp_path / "n.xlsx")
    assert list(sheets) == found
    assert [rows[1:] for rows in sheets.values()] == [[[n]] for n in range(len(names))]


def test_a_table_too_large_for_a_sheet_is_named_on_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(workbook, "MOST_ROWS", 3)
    wide = pl.DataFrame({str(n): [n] for n in range(MOST_COLUMNS + 1)})
    write_workbook(
        tmp_path / "big.xlsx",
        {"fits": pl.DataFrame({"n": [1, 2]}), "long": pl.DataFrame({"n": [1, 2, 3]}), "wide": wide},
    )
    said = "are more than a sheet holds: see the CSV file of"
    assert read(tmp_path / "big.xlsx") == {
        "fits": [["n"], [1], [2]],
        "long": [[f"3 rows and 1 columns {said} long"]],
        "wide": [[f"1 rows and 16,385 columns {said} wide"]],
    }
    with WorkbookWriter(tmp_path, ["n"], "do else") as writer, pytest.raises(Refused, match="do else"):
        writer.append("n", pl.DataFrame({"n": [1, 2, 3]}))


def test_small_sheets_have_no_headers_of_64_bits(tmp_path: Path) -> None:
    write_workbook(tmp_path / "z.xlsx", {"t": pl.DataFrame({"n": [1]})})
    with zipfile.ZipFile(tmp_path / "z.xlsx") as book:
        assert {entry.extract_version for entry in book.infolist()} == {20}
    assert b"\xff\xff\xff\xff" not in (tmp_path / "z.xlsx").read_bytes()
