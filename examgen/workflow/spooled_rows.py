"""Rows of a part as they were left on disk, block by block → some of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from examgen.responses import Cells, Ints
from examgen.spool import Block, blocks

_WRITTEN = ("ids", "form", "marks", "units", "kinds", "passed", "second_look")
"""What is written of a row, beside its line and its extra columns."""


def as_range(lines: Ints) -> Ints | range:
    """Numbers of lines, as a range where none is left out."""
    first, last = int(lines[0]), int(lines[-1])
    return range(first, last + 1) if last - first + 1 == len(lines) else lines


def lines_at(block: Block, places: Ints) -> Ints:
    """The lines of some rows of a block."""
    line = block["line"]
    return places + line.start if isinstance(line, range) else line[places]


def lines_of(block: Block) -> Ints:
    """The lines of all rows of a block."""
    line = block["line"]
    return np.arange(line.start, line.stop) if isinstance(line, range) else line


def with_places(path: Path, places: Ints) -> Iterator[tuple[Block, Ints]]:
    """The blocks of a part's rows, each with those of the places (ascending) that lie in it, counted from its
    first row."""
    start = 0
    for block in blocks(path):
        n_rows = len(block["line"])
        yield block, within(places, start, n_rows)
        start += n_rows


def within(places: Ints, start: int, n_rows: int) -> Ints:
    """Those of the places (ascending) that lie in so many rows from `start` on, counted from there."""
    first, end = np.searchsorted(places, [start, start + n_rows])
    return places[first:end] - start


def some_rows(block: Block, places: Ints, keep: bool) -> Block:
    """What is written of the rows in these places, or of all others."""
    if not keep:
        others = np.ones(len(block["line"]), dtype=np.bool_)
        others[places] = False
        places = np.flatnonzero(others)
    found = {name: None if block[name] is None else block[name].take(places, axis=0) for name in _WRITTEN}
    extras = tuple(column.taken(places.tolist()) for column in block["extras"])
    return {**found, "line": lines_at(block, places), "extras": extras}


def together(found: Sequence[Block]) -> Sequence[Block]:
    """Some rows of each of many blocks as one, where they have the same columns."""
    if len({block["kinds"] is None for block in found}) != 1:
        return found
    whole = {
        name: None if found[0][name] is None else np.concatenate([block[name] for block in found])
        for name in _WRITTEN
    }
    extras = zip(*(block["extras"] for block in found), strict=True)
    return [{**whole, "extras": tuple(Cells(b"".join(own.data for own in column)) for column in extras)}]
