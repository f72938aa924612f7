"""Whole lines of a delimited table → the rows whose bytes prove well formed, as arrays; numpy only.

A row is proven where the careful path (`rows`, `structures`, `cells`) would give exactly this row. Whatever
is doubtful is left to it: quotes that do not enclose a field, control characters, ids of unusual characters,
what may be a header, more or fewer fields, forms that are unknown or were not dealt, answers that the form
does not ask for, marks that are not options.

Where most lines are of one length, these are proven together (`even_rows`). For others, two ways are tried.
Where every answer of a row is one letter, its answers are a matrix of pairs of delimiter and letter, proven
by arithmetic on whole matrices. The rows that are left, if they are some, are cut at their delimiters, and
their cells looked up.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, TypeVar

import numpy as np
import numpy.typing as npt

from examgen.capture.answer_bytes import cell_rows, letter_rows, string_rows
from examgen.capture.batches import merged, without
from examgen.capture.even_rows import Even, even_rows
from examgen.capture.grid import Grid
from examgen.capture.identity_bytes import Known, identified
from examgen.capture.line_bytes import WINDOW, Flags, Lines, lines_of, texts_at, windows
from examgen.capture.unquoted import unquoted
from examgen.responses import INVALID, Batch, Cells, Ints

FEWEST = 80
"""Rows that are worth another way; fewer are quicker read one by one."""

_FEW = 200
"""Rows whose fields are counted one by one, so that those cut short are not tried again."""

_AT_A_TIME = 1 << 18
"""Bytes that are cut at their delimiters at a time."""

_Value = TypeVar("_Value", bound=np.generic)


class Proof(NamedTuple):
    """What was proven of n lines.

    `proven` (n,); `batch` has the proven rows in order, their `line` the number of the line from 0; `starts`
    and `ends` (n,) of all lines, in bytes, `ends` being the places of the line feeds.
    """

    proven: Flags
    batch: Batch
    starts: Ints
    ends: Ints


def prove(data: bytes, grid: Grid, fewest: int = FEWEST) -> Proof:
    """The proven rows of whole lines, each ended by a line feed (the last may lack it).

    Fewer than `fewest` rows that the first way leaves are not tried again.
    """
    whole = data if data.endswith(b"\n") or not data else data + b"\n"
    if b'"' not in whole:
        return _proven(whole, grid, fewest)
    text, ends = unquoted(whole, grid.delimiter)
    found = _proven(text, grid, fewest)
    return found._replace(starts=np.concatenate([[0], ends[:-1] + 1]), ends=ends)


def _proven(whole: bytes, grid: Grid, fewest: int) -> Proof:
    even = even_rows(whole, grid)
    proof = None if even is None else _with_rest(whole, even, grid, fewest)
    return _understood(proof or _proof(whole, grid, fewest))


def _understood(proof: Proof) -> Proof:
    """The proof without rows that have a mark which is not an option: it may be one in words, or so many
    may be none that the row is set aside."""
    batch = proof.batch
    if batch.plain or not batch.size:
        return proof
    places = np.arange(batch.size) if batch.odd is None else batch.odd
    marks = batch.marks if batch.odd is None else batch.marks[places]
    if not marks.size or marks.max() < INVALID:
        return proof
    keep = np.ones(batch.size, np.bool_)
    keep[places[(marks == INVALID).any(axis=1)]] = False
    proven = proof.proven.copy()
    proven[batch.line[~keep]] = False
    return proof._replace(proven=proven, batch=without(batch, keep))


def _with_rest(data: bytes, even: Even, grid: Grid, fewest: int) -> Proof | None:
    """The proven rows of even lines with those of the other lines; None where these are not so many."""
    proven = np.zeros(len(even.starts), np.bool_)
    proven[even.batch.line] = True
    rest = np.flatnonzero(~proven)
    if len(rest) < max(fewest, 1):
        return Proof(proven, even.batch, even.starts, even.ends)
    bounds = zip(even.starts[rest].tolist(), (even.ends[rest] + 1).tolist(), strict=True)
    found = _proof(b"".join([data[start:end] for start, end in bounds]), grid, fewest)
    if len(found.starts) != len(rest):
        return None
    proven[rest] = found.proven
    if not found.batch.size:
        return Proof(proven, even.batch, even.starts, even.ends)
    batch = merged(even.batch, found.batch._replace(line=rest[found.batch.line]))
    return Proof(proven, batch, even.starts, even.ends)


def _proof(data: bytes, grid: Grid, fewest: int) -> Proof:
    shortest = grid.width - 1
    n_lines = np.count_nonzero(np.frombuffer(data, np.uint8) == ord("\n"))
    if not data or n_lines * shortest > 2 * len(data):
        # A proof takes memory by lines: where most are too short to be rows, there are far too many of them.
        return nothing_proven(data)
    lines = lines_of(data, grid.delimiter, grid.encoding)
    known = _first_way(lines, grid)
    rest = _rest(lines, known, grid)
    all_plain = known.plain
    if len(rest) >= max(fewest, 1) and not grid.one_string:
        pieces = _pieces(lines, rest)
        known = _merged(known, pieces, [_second_way(lines, piece, grid) for piece in pieces])
    batch = _batch(lines, known, grid)
    if all_plain and not known.plain:
        batch = batch._replace(odd=np.flatnonzero(np.isin(batch.line, rest)))
    return Proof(known.fits, batch, lines.starts, lines.ends)


def nothing_proven(data: bytes) -> Proof:
    """The lines of data as a proof that has none of them."""
    ends = np.flatnonzero(np.frombuffer(data, np.uint8) == ord("\n"))
    if data and not data.endswith(b"\n"):
        ends = np.append(ends, len(data))
    starts = np.concatenate([[0], ends[:-1] + 1]) if len(ends) else ends
    none = np.empty(0, np.int64)
    batch = Batch(none, np.empty(0, "S1"), none, np.empty((0, 0), np.uint8), True)
    return Proof(np.zeros(len(ends), np.bool_), batch, starts, ends)


def _rest(lines: Lines, known: Known, grid: Grid) -> Ints:
    """The rows that the second way may prove."""
    rest = np.flatnonzero(~known.fits & ~lines.tainted)
    if len(rest) >= _FEW:
        return rest
    delimiter = bytes([grid.delimiter])
    bounds = zip(lines.starts[rest].tolist(), lines.ends[rest].tolist(), strict=True)
    counts = np.array([lines.data.count(delimiter, start, end) for start, end in bounds], np.int64)
    return rest.compress(counts == grid.width - 1)


def _pieces(lines: Lines, rest: Ints) -> list[Ints]:
    """The rows in pieces of some `_AT_A_TIME` bytes, whose tables stay in the processor's cache."""
    n_bytes = int((lines.ends[rest] - lines.starts[rest]).sum())
    return np.array_split(rest, min(len(rest), n_bytes // _AT_A_TIME + 1))


def _first_way(lines: Lines, grid: Grid) -> Known:
    rows = string_rows(lines, grid) if grid.one_string else letter_rows(lines, grid)
    return identified(lines, rows._replace(fits=rows.fits & ~lines.tainted), grid)


def _second_way(lines: Lines, rest: Ints, grid: Grid) -> Known:
    """The rows numbered `rest`; their places are those in `lines`."""
    cut = _compact(lines, rest)
    known = identified(cut, cell_rows(cut, grid), grid)
    moved = lines.starts[rest] - cut.starts
    return known._replace(
        begins={column: places + moved for column, places in known.begins.items()},
        finishes={column: places + moved for column, places in known.finishes.items()},
    )


def _compact(lines: Lines, rest: Ints) -> Lines:
    """The lines numbered `rest` alone, without carriage returns, behind a line feed."""
    first, last = int(rest[0]), int(rest[-1])
    starts, stops, ends = (places[first : last + 1] for places in (lines.starts, lines.stops, lines.ends))
    kept = np.zeros(len(ends), np.bool_)
    kept[rest - first] = True
    is_kept = np.repeat(kept, ends - starts + 1)
    is_kept[stops[stops < ends] - starts[0]] = False
    span = np.frombuffer(lines.data, np.uint8)[starts[0] : ends[-1] + 1]
    text = b"\n" + span[is_kept].tobytes()
    lengths = lines.stops[rest] - lines.starts[rest] + 1
    ends = np.cumsum(lengths)
    return Lines(text, ends + 1 - lengths, ends, ends, np.zeros(len(rest), np.bool_))


def _merged(first: Known, pieces: Sequence[Ints], found: Sequence[Known]) -> Known:
    """The first way's rows, with what was found of those numbered in the pieces in the place of its own."""
    return Known(
        fits=_put(first.fits, pieces, [known.fits for known in found]),
        ids=_put(first.ids, pieces, [known.ids for known in found]),
        form=_put(first.form, pieces, [known.form for known in found]),
        marks=_put(first.marks, pieces, [known.marks for known in found]),
        plain=first.plain and all(known.plain or not known.fits.any() for known in found),
        begins=_put_each(first.begins, pieces, [known.begins for known in found]),
        finishes=_put_each(first.finishes, pieces, [known.finishes for known in found]),
    )


def _put_each(
    own: dict[int, Ints], pieces: Sequence[Ints], found: Sequence[dict[int, Ints]]
) -> dict[int, Ints]:
    return {k: _put(places, pieces, [other[k] for other in found]) for k, places in own.items()}


def _put(
    own: npt.NDArray[_Value], pieces: Sequence[Ints], found: Sequence[npt.NDArray[_Value]]
) -> npt.NDArray[_Value]:
    # A copy, since places of fields may be those of the lines themselves; texts take the longest's room.
    values = own.astype(max([own.dtype, *(other.dtype for other in found)], key=lambda dtype: dtype.itemsize))
    for piece, other in zip(pieces, found, strict=True):
        values[piece] = other
    return values


def _batch(lines: Lines, known: Known, grid: Grid) -> Batch:
    if known.fits.all():
        line = np.arange(lines.size)
        return Batch(line, known.ids, known.form, known.marks, known.plain, _extras(lines, known, line, grid))
    line = np.flatnonzero(known.fits)
    extras = _extras(lines, known, line, grid)
    return Batch(line, known.ids[line], known.form[line], known.marks[line], known.plain, extras)


def _extras(lines: Lines, known: Known, rows: Ints, grid: Grid) -> tuple[Cells, ...]:
    return tuple(
        _texts(lines, known.begins[column][rows], known.finishes[column][rows], grid.encoding)
        for column in grid.extras
    )


def _texts(lines: Lines, begins: Ints, finishes: Ints, encoding: str) -> Cells:
    if not len(begins):
        return Cells(b"")
    lengths = finishes - begins
    first = lines.data[begins[0] : finishes[0]]
    if _are_all(lines, begins, lengths, first):
        return Cells((first.decode(encoding).encode() + Cells.END) * len(begins))
    if lengths.max() <= WINDOW:
        cells = texts_at(lines, begins, lengths, WINDOW).tolist()
    else:
        bounds = zip(begins.tolist(), finishes.tolist(), strict=True)
        cells = [lines.data[begin:finish] for begin, finish in bounds]
    if encoding == "utf-8":
        return Cells.of_bytes(cells)
    # No cell holds a line feed, so all are decoded at once.
    return Cells.of_bytes(b"\n".join(cells).decode(encoding).encode().split(b"\n"))


def _are_all(lines: Lines, begins: Ints, lengths: Ints, text: bytes) -> bool:
    if len(text) > WINDOW or not (lengths == len(text)).all():
        return False
    return not text or bool((windows(lines, begins, len(text)) == np.frombuffer(text, np.uint8)).all())
