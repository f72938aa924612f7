"""Parquet without persons: columns of texts and of bytes; the responses of a run as a run has them."""

from __future__ import annotations

import io
from pathlib import Path

import polars as pl

from examgen.core.responses import table
from examgen.evidence.persons.found import bytes_of
from examgen.evidence.persons.rows import changed_cells
from examgen.evidence.persons.spelling import Spellings

_TEXTS = (pl.String, pl.Categorical, pl.Enum)
_OF_NUMBER = "number"
"""The bubbles of a candidate's number, among those that `marks.parquet` of a scan has."""


def without_persons(path: Path, data: bytes, spellings: Spellings, scratch: Path) -> bytes:
    """The bytes of a table without the persons; the same bytes where nothing changes."""
    if path.name == table.NAME and _is_ours(data):
        return _responses(data, spellings, scratch)
    frame = pl.read_parquet(io.BytesIO(data))
    columns: dict[str, list[str]] = {}
    for name in frame.columns:
        column = frame[name]
        if column.dtype in _TEXTS or column.dtype.is_integer():
            columns[name] = [("" if one is None else str(one)) for one in column.to_list()]
        elif column.dtype == pl.Binary:
            columns[name] = [
                ("" if one is None else one.decode("utf-8", "replace")) for one in column.to_list()
            ]
    names = [*columns]
    rows = [names, *(list(row) for row in zip(*columns.values(), strict=True))]
    changed = changed_cells(rows, spellings)
    if not changed:
        return data
    values: dict[str, list[object]] = {names[c]: frame[names[c]].to_list() for _, c in changed}
    for (n, c), put in changed.items():
        is_bytes = frame[names[c]].dtype == pl.Binary
        values[names[c]][n - 1] = put.encode() if is_bytes else put
    made = []
    for name, cells in values.items():
        if frame[name].dtype.is_integer():  # a number of a candidate is a text from now on
            made.append(pl.Series(name, [None if one is None else str(one) for one in cells], pl.String))
        else:
            made.append(
                pl.Series(name, cells, pl.String if frame[name].dtype in _TEXTS else frame[name].dtype)
            )
    out = io.BytesIO()
    frame.with_columns(made).write_parquet(out)
    return out.getvalue()


def _is_ours(data: bytes) -> bool:
    return b"responses" in data[-4096:] and b"candidate_id" in data[-4096:] and b"examgen" in data[-4096:]


def _responses(data: bytes, spellings: Spellings, scratch: Path) -> bytes:
    """The responses of a run: numbers in the place of numbers, all else the same."""
    column = pl.read_parquet(io.BytesIO(data), columns=["candidate_id"])["candidate_id"]
    numbers = column.fill_null("").to_list()
    puts = [*numbers]
    for n in spellings.may_stand_at(numbers):
        puts[n] = spellings.of_candidate(numbers[n]) or numbers[n]
    was, now = scratch / "was.parquet", scratch / "now.parquet"
    try:
        was.write_bytes(data)
        before = table.files_of(was)
        files = [*map(spellings.in_text, before)]
        if puts == numbers and files == [*before]:
            return data
        table.renumbered(was, now, puts, files)
        return bytes_of(now)
    finally:
        was.unlink(missing_ok=True)
        now.unlink(missing_ok=True)


def without_number_bubbles(data: bytes, pages: set[tuple[str, int]]) -> bytes:
    """The bubbles of a scan without those of the numbers on some pages, by source and page."""
    frame = pl.read_parquet(io.BytesIO(data))
    if not {"source", "page", "group"} <= set(frame.columns):
        return data
    theirs = pl.DataFrame(sorted(pages), {"source": pl.String, "page": frame.schema["page"]}, orient="row")
    kept = frame.with_row_index("__n").join(theirs.with_columns(__t=True), ["source", "page"], "left")
    kept = kept.sort("__n").filter(~((pl.col("group") == _OF_NUMBER) & pl.col("__t").is_not_null()))
    if kept.height == frame.height:
        return data
    out = io.BytesIO()
    kept.select(frame.columns).write_parquet(out)
    return out.getvalue()
