"""Whole lines of a delimited table → the rows whose bytes prove well formed, as arrays; numpy only.

A row is proven where the careful path (`rows`, `structures`, `cells`) would give exactly this row. Whatever
is doubtful is left to it: quotes that do not enclose a field, control characters, ids of unusual characters,
what may be a header, more or fewer fields, forms that are unknown or were not dealt, answers that the form
does not ask for, marks that are not options.

Two ways are tried. Where every answer of a row is one letter, written as in most rows, its answers are a
line of a matrix, proven by arithmetic on all of it (`single_letters`). The rows that are left, if they are
some, are freed of quotes, cut at their delimiters, and their cells looked up (`answers`).
"""

from __future__ import annotations

from functools import reduce
from typing import NamedTuple

import numpy as np

from examgen.capture.batches import merged
from examgen.capture.fast.answers import cell_rows, string_rows
from examgen.capture.fast.grid import Grid
from examgen.capture.fast.ids import identified
from examgen.capture.fast.lines import (
    Flags,
    Lines,
    are_even,
    doubtful_lines,
    ended_texts,
    even_lines,
    filled,
    lines_of,
    of_lines,
    without_quotes,
)
from examgen.capture.fast.single_letters import Rows, Writing, letter_rows, without_field_quotes, writing_of
from examgen.capture.tabular.encodings import thai_characters
from examgen.responses.rows import Batch, Cells, Ints

FEWEST = 80
"""Rows that are worth another way; fewer are quicker read one by one."""

_NEARLY = 10
"""Where fewer than all but one in so many lines are proven by a writing, it is told anew."""

_AT_A_TIME = 1 << 18
"""Bytes that are cut at their delimiters at a time."""


_NONE = np.empty(0, np.int64)
_NOTHING = Batch(_NONE, np.empty(0, "S1"), _NONE, np.empty((0, 0), np.uint8), True)


class Proof(NamedTuple):
    """What was proven of n lines.

    `proven` (n,); `batch` has the proven rows in order, their `line` the number of the line from 0; `starts`
    and `ends` (n,) of all lines, in bytes, `ends` being the places of the line feeds. `writing` is how
    answers are written, where that held for nearly all lines: lines that follow are most likely written so.
    """

    proven: Flags
    batch: Batch
    starts: Ints
    ends: Ints
    writing: Writing | None = None


def prove(data: bytes, grid: Grid, fewest: int = FEWEST, *, writing: Writing | None = None) -> Proof:
    """The proven rows of whole lines, each ended by a line feed (the last may lack it).

    Fewer than `fewest` rows that the first way leaves are not tried again. `writing` is how answers are
    written, as far as that is known; it says where to begin, not what is proven.
    """
    even = even_lines(data)
    lines = even or lines_of(data)
    if not data or lines.size * (grid.width - 1) > 2 * len(data):
        # A proof takes memory by lines: where most are too short to be rows, there are far too many of them.
        return nothing_proven(data)
    batch, known = _first_way(lines, grid, writing)
    # in a row that is proven every byte was looked at, and none is a line feed
    if even and batch.size < even.size and not are_even(even):
        lines = lines_of(data)
        batch, known = _first_way(lines, grid, writing)
    if batch.size * _NEARLY < lines.size * (_NEARLY - 1):
        known = None
    proven = np.zeros(lines.size, np.bool_)
    proven[batch.line] = True
    rest = np.flatnonzero(~proven)
    if len(rest) >= max(fewest, 1) and not grid.one_string:
        found = [_second_way(lines, piece, grid) for piece in _pieces(lines, rest)]
        batch = reduce(merged, found, batch)
        proven[batch.line] = True
    return Proof(proven, batch, lines.starts, lines.ends, known)


def _first_way(lines: Lines, grid: Grid, writing: Writing | None) -> tuple[Batch, Writing | None]:
    """The rows whose answers are one string, or letters written as in most rows; how these are written."""
    has_quotes = b'"' in lines.data
    if grid.one_string:
        text = lines_of(without_quotes(lines.data, grid.delimiter)) if has_quotes else lines
        return _batch(text, string_rows(text, grid), grid), None
    if grid.first == 0:
        return _NOTHING, None
    told = writing = writing or writing_of(lines, grid)
    if writing.has_blanks and has_quotes:
        lines = lines_of(without_quotes(lines.data, grid.delimiter))
        writing = writing._replace(is_quoted=False)
    if not writing.has_blanks:
        rows = letter_rows(lines, writing, grid)
        return _batch(lines, without_field_quotes(lines, rows) if has_quotes else rows, grid), told
    return _with_blanks(lines, writing, grid), told


def _with_blanks(lines: Lines, writing: Writing, grid: Grid) -> Batch:
    """The rows of letters and empty cells."""
    filler = bytes([writing.filler])
    whole = filled(lines.data, grid.delimiter, filler)
    if whole is None:
        return _batch(lines, letter_rows(lines, writing._replace(has_blanks=False), grid), grid)
    even = even_lines(whole)
    text = even if even and are_even(even) else lines_of(whole)
    odd = text.ends - text.starts != lines.ends - lines.starts
    return _batch(text, letter_rows(text, writing, grid)._replace(odd=odd), grid, filler)


def _second_way(lines: Lines, rest: Ints, grid: Grid) -> Batch:
    """The rows numbered `rest`, as far as they are cut at their delimiters."""
    text = _behind_a_line_feed(lines, rest, grid)
    cut = Lines(text.data, text.starts[1:], text.ends[1:], text.stops[1:])
    rows = cell_rows(cut, grid)
    fits = rows.fits & ~doubtful_lines(text, grid.delimiter, grid.encoding)[1:]
    batch = _batch(cut, rows._replace(fits=fits), grid)
    return batch._replace(line=rest[batch.line])


def nothing_proven(data: bytes) -> Proof:
    """The lines of data as a proof that has none of them."""
    ends = np.flatnonzero(np.frombuffer(data, np.uint8) == ord("\n"))
    if data and not data.endswith(b"\n"):
        ends = np.append(ends, len(data))
    starts = np.concatenate([[0], ends[:-1] + 1]) if len(ends) else ends
    return Proof(np.zeros(len(ends), np.bool_), _NOTHING, starts, ends)


def _pieces(lines: Lines, rest: Ints) -> list[Ints]:
    """The rows in pieces of some `_AT_A_TIME` bytes, whose tables stay in the processor's cache."""
    n_bytes = int((lines.ends[rest] - lines.starts[rest]).sum())
    return np.array_split(rest, min(len(rest), n_bytes // _AT_A_TIME + 1))


def _behind_a_line_feed(lines: Lines, rest: Ints, grid: Grid) -> Lines:
    """An empty line and the lines numbered `rest`, without carriage returns and quotes that say nothing."""
    bounds = zip(lines.starts[rest].tolist(), lines.stops[rest].tolist(), strict=True)
    text = b"\n".join([b"", *(lines.data[start:stop] for start, stop in bounds), b""])
    return lines_of(without_quotes(text, grid.delimiter) if b'"' in text else text)


def _batch(lines: Lines, rows: Rows, grid: Grid, filler: bytes = b"") -> Batch:
    """The rows that stand with all that is proven of them."""
    known = identified(lines, rows, grid)
    extras = _extra_cells(lines, known.fits, rows.begins, rows.finishes, grid, filler)
    line = np.flatnonzero(known.fits)
    odd = None
    if (grid.sizes == grid.n_questions).all():
        odd = line[:0] if rows.odd is None else np.flatnonzero(rows.odd[line])
    ids, form, marks = known.ids, known.form, known.marks
    if len(line) < lines.size:
        ids, form, marks = ids[line], form[line], marks[line]
    return Batch(line, ids, form, marks, odd is not None and not len(odd), extras, odd=odd)


# ── extra columns ────────────────────────────────────────────────────────────────────────────

_SPACE, _HIGH = 32, 0x80


def _extra_cells(
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
