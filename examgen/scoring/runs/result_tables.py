"""A table of results → its cells as text: all of them, or the line of one candidate."""

from __future__ import annotations

from mmap import ACCESS_READ, mmap
from typing import TYPE_CHECKING

import polars as pl

from examgen.core.models.rooms import ExamRoom
from examgen.core.problems import Refused
from examgen.core.storage import check_regular, without_apostrophe
from examgen.core.words import tell
from examgen.scoring.results.csv_cells import csv_cell

if TYPE_CHECKING:
    from pathlib import Path

    from examgen.capture.list_columns import OneSpelling

_AT_A_TIME = 1 << 24
"""Bytes in which quotes are counted together."""


def read_table(path: Path, who: str | None = None) -> pl.DataFrame:
    """A table of results as text, nothing where a cell is empty; with `who` the line of that candidate
    alone, found without reading any other (of a million by 14 criteria in a twentieth of the time)."""
    check_regular(path)
    try:
        table = pl.read_csv(path if who is None else _line_of(path, who), infer_schema=False)
        table = table.with_columns(without_apostrophe(pl.all().fill_null("")))
        # a cell that begins with an apostrophe may be of another id, which the writer led by one
        return table if who is None else table.filter(pl.first() == who)
    except pl.exceptions.PolarsError as error:
        raise Refused(
            tell(
                "{path} is not a result of examgen: {error}",
                path=path,
                error=str(error).partition(chr(10))[0],
            )
        ) from error


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
    start = b"\n" + csv_cell(who) + b","
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
