"""Rows that are proven otherwise → the texts of their extra columns, as far as bytes prove them."""

from __future__ import annotations

import numpy as np

from examgen.capture.fast.doubtful import doubtful_lines
from examgen.capture.fast.grid import Grid
from examgen.capture.fast.lines import Flags, Lines, ended_texts, lines_of, of_lines
from examgen.capture.tabular.encodings import thai_characters
from examgen.responses.rows import Cells, Ints

_SPACE, _HIGH = 32, 0x80


def extra_cells(
    lines: Lines,
    fits: Flags,
    begins: dict[int, Ints],
    finishes: dict[int, Ints],
    grid: Grid,
    filler: bytes = b"",
) -> tuple[Cells, ...]:
    """The texts of the extra columns of the rows that fit, `filler` being a character that is in none; rows
    in which one of them is doubtful are struck off."""
    others = [column for column in grid.singles if column not in (grid.candidate, grid.form)]
    if not others:
        return ()
    rows = np.flatnonzero(fits)
    found: dict[int, bytes] = {}
    for column in others:
        starts = begins[column][rows]
        found[column] = ended_texts(lines, starts, finishes[column][rows] - starts, Cells.END)
    doubtful = np.zeros(len(rows), np.bool_)
    for cells in found.values():
        if not _are_clean(cells, len(rows), grid):
            doubtful |= _doubtful(cells, len(rows), grid)
    if doubtful.any():
        fits[rows[doubtful]] = False
        kept = np.flatnonzero(~doubtful).tolist()
        found = {column: Cells(cells).taken(kept).data for column, cells in found.items()}
    return tuple(_texts(found[column], grid.encoding, filler) for column in grid.extras)


def _are_clean(cells: bytes, n: int, grid: Grid) -> bool:
    """Whether n texts hold nothing but ASCII and Thai characters of UTF-8, none of which is doubtful."""
    text = np.frombuffer(cells, np.uint8)
    is_doubtful = any(mark in cells for mark in (b'"', b"\x7f", bytes([grid.delimiter])))
    if is_doubtful or (text < _SPACE).any():
        return False
    n_high = int(np.count_nonzero(text >= _HIGH))
    return n_high == n or (grid.encoding == "utf-8" and n_high == n + 3 * thai_characters(cells))


def _doubtful(cells: bytes, n: int, grid: Grid) -> Flags:
    """Which of n texts hold a delimiter, or what `doubtful_lines` tells."""
    if b"\n" in cells or cells.count(Cells.END) != n:
        return np.ones(n, np.bool_)
    texts = lines_of(cells.replace(Cells.END, b"\n"))
    doubtful = doubtful_lines(texts, 0, grid.encoding)
    if bytes([grid.delimiter]) in cells:
        doubtful |= of_lines(texts, np.flatnonzero(np.frombuffer(texts.data, np.uint8) == grid.delimiter))
    return doubtful


def _texts(cells: bytes, encoding: str, filler: bytes) -> Cells:
    if filler:
        cells = cells.replace(filler, b"")
    if encoding == "utf-8":
        return Cells(cells)
    return Cells.of_bytes([text.decode(encoding).encode() for text in Cells(cells).pieces()])
