"""A table of results → its cells as text: all of them, or the line of one candidate."""

from __future__ import annotations

from mmap import ACCESS_READ, mmap
from typing import TYPE_CHECKING

import polars as pl

from examgen.core.coded_columns import CodedColumns, as_written
from examgen.core.csv_files import csv_cells, without_apostrophe
from examgen.core.exam.removals import check_kept
from examgen.core.files import check_regular
from examgen.core.models.base import ExamRoom
from examgen.core.problems import Refused
from examgen.core.words import tell

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from examgen.capture.list_columns import OneSpelling

BYTES_AT_ONCE = 1 << 23
"""Of a table, that are texts at a time while it is read."""
_AT_A_TIME = 1 << 24
"""Bytes in which quotes are counted together."""


def read_table(path: Path, who: str | None = None) -> pl.DataFrame:
    """A table of results as text, nothing where a cell is empty; with `who` the line of that candidate
    alone, found without reading any other (of a million by 14 criteria in a twentieth of the time)."""
    check_kept(path)
    check_regular(path)
    try:
        table = pl.read_csv(path if who is None else _line_of(path, who), infer_schema=False)
        table = table.with_columns(without_apostrophe(pl.all().fill_null("")))
        # a cell that begins with an apostrophe may be of another id, which the writer led by one
        return table if who is None else table.filter(pl.first() == who)
    except pl.exceptions.PolarsError as error:
        raise _no_result(path, error) from error


def _pieces(path: Path) -> Iterator[bytes]:
    """The heading of a table, then its lines some megabytes at a time."""
    with path.open("rb") as file:
        text, is_heading = b"", True
        while more := file.read(BYTES_AT_ONCE):
            text += more
            # a line feed in a quoted cell, which is after an odd number of quotes, ends no line
            end = text.find(b"\n") if is_heading else text.rfind(b"\n")
            while end >= 0 and text.count(b'"', 0, end) % 2:
                end = text.find(b"\n", end + 1) if is_heading else text.rfind(b"\n", 0, end)
            if end < 0:
                continue
            yield text[: end + 1]
            text = text[end + 1 :]
            is_heading = False
        if text or is_heading:
            yield text


def _no_result(path: Path, error: Exception) -> Refused:
    reason = str(error).partition("\n")[0]
    return Refused(tell("{path} is not a result file of examgen: {error}", path=path, error=reason))


def read_coded(
    path: Path, numbered: Callable[[str], bool], wanted: Callable[[str], bool] = lambda _: True
) -> pl.DataFrame:
    """The same table, or the columns of it that are `wanted`, read some thousand rows at a time: columns of
    which `numbered` tells it, and such as have few different texts, hold these by number (`CodedColumns`)."""
    check_kept(path)
    check_regular(path)
    try:
        pieces = _pieces(path)
        empty = pl.read_csv(next(pieces), infer_schema=False)
        places = [n for n, name in enumerate(empty.columns) if wanted(name)]
        names = [empty.columns[n] for n in places]
        found = CodedColumns([name for name in names if numbered(name)], names[:1])
        found.add(empty.select(names))
        for piece in pieces:
            some = pl.read_csv(
                piece,
                has_header=False,
                columns=places,
                new_columns=empty.columns,
                infer_schema=False,
            )
            found.add(some.with_columns(pl.all().fill_null("")))
        return pl.DataFrame([as_written(column) for column in found.table()])
    except pl.exceptions.PolarsError as error:
        raise _no_result(path, error) from error


def in_one_spelling(
    table: pl.DataFrame, spelling: OneSpelling, centre: str = "centre", room: str = "room"
) -> pl.DataFrame:
    """The table with its centres and their rooms each in one spelling."""
    written = table.select(centre, room).unique(maintain_order=True)
    rooms = [spelling.room(ExamRoom(one.strip(), name.strip())) for one, name in written.iter_rows()]
    spelt = pl.DataFrame(rooms, {"_centre": pl.String, "_room": pl.String}, orient="row")
    found = table.join(written.hstack(spelt), on=[centre, room], how="left", maintain_order="left")
    return found.with_columns(found["_centre"].alias(centre), found["_room"].alias(room)).drop(spelt.columns)


def _line_of(path: Path, who: str) -> bytes:
    """The head of a table whose first column are candidates, and the line of one of them, if it has any."""
    start = b"\n" + csv_cells([who]).encode() + b","
    with path.open("rb") as file, mmap(file.fileno(), 0, access=ACCESS_READ) as text:
        head = text[: _end_of_line(text, 0)]
        at = text.find(start)
        while at >= 0 and _is_quoted(text, at):  # a cell of somebody else, which holds lines
            at = text.find(start, at + 1)
        return head if at < 0 else head + text[at + 1 : _end_of_line(text, at + 1)]


def _end_of_line(text: mmap, start: int) -> int:
    """Behind the line feed that ends the line, not one in a quoted cell."""
    end = text.find(b"\n", start) + 1
    while end and text[start:end].count(b'"') % 2:
        end = text.find(b"\n", end) + 1
    return end or len(text)


def _is_quoted(text: mmap, at: int) -> bool:
    """Whether a place is in a quoted cell: after an odd number of quotes."""
    places = range(0, at, _AT_A_TIME)
    return sum(text[place : min(place + _AT_A_TIME, at)].count(b'"') for place in places) % 2 == 1
