"""Settled responses as Parquet: what was written is read, by us and by polars, however it was written."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from examgen.core.problems import Refused
from examgen.core.responses import table
from examgen.scoring import score as sittings
from tests.sittings import small_package

Block = tuple[Any, Any, Any, Any]
Part = tuple[int, list[Block]]
N_QUESTIONS = 7


def blocks_of(rng: np.random.Generator, n_forms: int, n_rows: int, even: bool) -> list[Block]:
    """Rows in blocks, with ids of one length or of several."""
    found = []
    for start in range(0, n_rows, 40):
        at = np.arange(start, min(start + 40, n_rows))
        ids = np.array([(b"%05d" if even else "ก%d".encode()) % n for n in at.tolist()])
        form = rng.integers(0, n_forms, len(at)).astype(np.min_scalar_type(n_forms))
        marks = rng.integers(0, 129, (len(at), N_QUESTIONS)).astype(np.uint8)
        found.append((ids, form, at + 2, marks))
    return found


def write(path: Path, forms: Sequence[str], files: Sequence[str], parts: Sequence[Part]) -> None:
    """The table of these parts."""
    frames = (
        table.response_frame(ids, form, forms, files[file], line, marks)
        for file, own in parts
        for ids, form, line, marks in own
    )
    table.write(path, frames, files, N_QUESTIONS)


@pytest.mark.parametrize(
    ("n_forms", "n_files", "sizes"),
    [(2, 1, (90,)), (300, 3, (100, 0, 41, 0, 77)), (70_000, 2, (0, 99)), (1, 1, (0, 0))],
)
def test_written_is_read(tmp_path: Path, n_forms: int, n_files: int, sizes: tuple[int, ...]) -> None:
    rng = np.random.default_rng(n_forms)
    forms, files = (tuple(f"{of}{n}" for n in range(k)) for of, k in (("ชุด-", n_forms), ("ศูนย์/", n_files)))
    path = tmp_path / "x.parquet"
    parts = [(k * n_files // len(sizes), blocks_of(rng, n_forms, n, k % 2 == 0)) for k, n in enumerate(sizes)]
    write(path, forms, files, parts)
    whole = [block for _, own in parts for block in own]
    ids, form, line, marks = ([one for block in whole for one in block[n].tolist()] for n in range(4))
    file = [k for k, own in parts for block in own for _ in block[0]]
    read = pl.read_parquet(path)
    assert dict(read.schema) == {
        "candidate_id": pl.String, "form": pl.String, "file": pl.String, "line": pl.Int32, "marks": pl.Binary
    }  # fmt: skip
    assert read["candidate_id"].to_list() == [one.decode() for one in ids]
    assert read["form"].to_list() == [forms[n] for n in form]
    assert read["file"].to_list() == [files[n] for n in file]
    assert (read["line"].to_list(), [list(one) for one in read["marks"]]) == (line, marks)
    assert table.n_rows_of(path) == len(ids)
    assert table.files_of(path) == files
    assert table.width_of(path) == N_QUESTIONS
    rows = list(table.read_rows(path, {name: n for n, name in enumerate(forms)}))
    found = ([one for own in rows for one in column(own)] for column in (
        lambda own: own.ids.tolist(), lambda own: own.form.tolist(), lambda own: [own.file] * len(own.ids),
        lambda own: own.line.tolist(), lambda own: own.marks.tolist(),
    ))  # fmt: skip
    assert list(found) == [ids, form, file, line, marks]


def test_one_file_is_read_alone_and_bytes_depend_on_the_rows_alone(tmp_path: Path) -> None:
    rng = np.random.default_rng(1)
    parts = [(n // 2, blocks_of(rng, 2, 50, True)) for n in range(4)]
    whole = [(file, [tuple(np.concatenate(one) for one in zip(*own, strict=True))]) for file, own in parts]
    for name, some in (("x", parts), ("y", whole)):
        write(tmp_path / name, ("A", "B"), ("a.csv", "b.csv"), some)
    assert (tmp_path / "x").read_bytes() == (tmp_path / "y").read_bytes()
    [rows] = table.read_rows(tmp_path / "x", {"A": 0, "B": 1}, 1)
    assert (rows.file, len(rows.ids)) == (1, 100)


def test_what_is_no_parquet_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes(b"candidate_id,form\n")
    with pytest.raises(Refused, match="is not a Parquet file"):
        table.n_rows_of(tmp_path / "x")


ROWS = {
    "north.csv": [
        "1,A,A,B,C,D", "2,B,,AC,X,D", "2,B,,AC,X,D", "3,A,A,B,C,D", "bad,Z,A,A,A,A", "ก4,B,a,-,ข,4",
    ],
    "south.csv": ["5,B,D,D,D,D", "3,A,D,B,C,D"],
}  # fmt: skip
MARKS = {"": 0, "-": 0, "A": 1, "a": 1, "B": 2, "ข": 2, "C": 4, "D": 8, "4": 8, "AC": 5, "X": 128}


def test_a_run_keeps_the_answers_that_were_scored(tmp_path: Path) -> None:
    """Repeats once, conflicting rows and those set aside not at all; the marks as a plain reading has them."""
    folder = small_package(tmp_path / "exam")
    for name, rows in ROWS.items():
        (tmp_path / name).write_text("\n".join(["candidate_id,form,Q1,Q2,Q3,Q4", *rows]) + "\n", "utf-8")
    done = sittings.score(
        folder, [tmp_path / name for name in ROWS], options=sittings.ScoringOptions(processes=1)
    )
    kept = {("north.csv", 2), ("north.csv", 3), ("north.csv", 7), ("south.csv", 2)}
    expected = [
        (cells[0], cells[1], name, line, [MARKS[one] for one in cells[2:]])
        for name, rows in ROWS.items()
        for line, cells in enumerate(csv.reader(io.StringIO("\n".join(rows))), 2)
        if (name, line) in kept
    ]
    read = pl.read_parquet(done.folder / "responses.parquet")
    assert [(*row[:4], list(row[4])) for row in read.iter_rows()] == expected
    assert (done.folder / "responses.parquet").stat().st_mode & 0o777 == 0o400
    assert done.audit["files"].keys() >= {"responses.parquet"}
    own = chain.from_iterable(
        rows.ids.tolist() for rows in table.read_rows(done.folder / table.NAME, {"A": 0, "B": 1})
    )
    assert [one.decode() for one in own] == [row[0] for row in expected]
