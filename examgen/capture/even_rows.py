"""Lines of one length → rows, proven as one matrix of bytes; numpy only.

Answer files are mostly written by programs: ids of one length, forms of one name's length, a letter in every
cell. Their lines are the rows of a matrix, which is proven by a handful of operations on all of it; lines of
another length are taken out first, and where cells are empty, a character that stands nowhere is put in.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from examgen.capture.answer_bytes import Rows
from examgen.capture.grid import LONGEST_NAME, Grid, look_up
from examgen.capture.identity_bytes import allowed, answers_fit, are_ids, mark_invalid, of_width
from examgen.capture.line_bytes import Bytes, Flags
from examgen.responses import Batch, Ints, Marks, Texts

_SAMPLE = 16
"""Lines from which it is told how most rows look."""

_IN_BLOCK = 10
"""Rows that are looked at together; only where one of them is odd, each by itself."""

_FIRST_LETTERS = b"Aa1"
_LINE_FEED = 10


class Shape(NamedTuple):
    """How the bytes of a row stand: the lengths of the fields before the answers, the first letter of the
    alphabet that the answers are written in, and whether every cell has one."""

    widths: tuple[int, ...]
    letter: int
    is_full: bool

    def length(self, grid: Grid) -> int:
        """The bytes of a line of this shape with its line feed."""
        return sum(self.widths) + len(self.widths) + 2 * grid.n_cells

    def place(self, column: int) -> int:
        """Where a field before the answers begins."""
        return sum(self.widths[:column]) + column


class Even(NamedTuple):
    """What was proven: `starts` and `ends` of all lines, in bytes, and the batch of the proven rows, `line`
    being the number of the line from 0."""

    starts: Ints
    ends: Ints
    batch: Batch


class _Lines(NamedTuple):
    """Lines of one length one behind the other in `text`, and which they are of all lines (None: all)."""

    text: bytes
    numbers: Ints | None
    starts: Ints
    ends: Ints


def even_rows(data: bytes, grid: Grid) -> Even | None:
    """The rows of whole lines, each ended by a line feed, that are of the most frequent length; None where
    they are fewer than half of the lines, or the grid is of another kind."""
    if grid.one_string or grid.extras or not grid.first or grid.first + grid.n_cells != grid.width:
        return None
    shape = _shape(data[: data.find(b"\n")], grid)
    if shape is not None and shape.is_full and (lines := _all_even(data, shape.length(grid))):
        found = _proven(lines, shape, grid)
        if found is not None and _are_lines(data, found, shape.length(grid)):
            return found
    shape = _usual_shape(data, grid)
    lines = None if shape is None else _taken_out(data, shape, grid)
    return None if shape is None or lines is None else _proven(lines, shape, grid)


# ── how rows look ────────────────────────────────────────────────────────────────────────────


def _shape(line: bytes, grid: Grid) -> Shape | None:
    fields = line.split(bytes([grid.delimiter]), grid.width)
    if len(fields) != grid.width:
        return None
    widths = tuple(map(len, fields[: grid.first]))
    answers = b"".join(fields[grid.first :])
    if not answers or max(map(len, fields[grid.first :])) > 1 or max(widths) > LONGEST_NAME:
        return None
    letters = [letter for letter in _FIRST_LETTERS if 0 <= answers[0] - letter < 8]
    if not letters or not widths[grid.candidate]:
        return None
    return Shape(widths, letters[0], len(answers) == grid.n_cells)


def _usual_shape(data: bytes, grid: Grid) -> Shape | None:
    """That of most of the first lines; one with empty cells where many of them have some."""
    shapes = Counter(shape for line in _first_lines(data) if (shape := _shape(line, grid)))
    if not shapes:
        return None
    usual = Counter(shape[:2] for shape in shapes.elements()).most_common(1)[0][0]
    n_full = shapes[Shape(*usual, True)]
    return Shape(*usual, n_full >= 3 * shapes[Shape(*usual, False)])


def _first_lines(data: bytes) -> Iterator[bytes]:
    start = 0
    for _ in range(_SAMPLE):
        end = data.find(b"\n", start)
        if end < 0:
            return
        yield data[start:end]
        start = end + 1


# ── lines of one length ──────────────────────────────────────────────────────────────────────


def _all_even(data: bytes, length: int) -> _Lines | None:
    """The lines where a line feed stands at the end of each length; there may be others within."""
    n, rest = divmod(len(data), length)
    if rest or not (np.ndarray((n,), np.uint8, data, length - 1, (length,)) == _LINE_FEED).all():
        return None
    starts = np.arange(0, len(data), length)
    return _Lines(data, None, starts, starts + (length - 1))


def _are_lines(data: bytes, found: Even, length: int) -> bool:
    """Whether no line feed stands within one of the lines that are not proven."""
    if found.batch.size == len(found.starts):
        return True
    left = np.ones(len(found.starts), np.bool_)
    left[found.batch.line] = False
    return all(data.find(b"\n", at) == at + length - 1 for at in found.starts[left].tolist())


def _taken_out(data: bytes, shape: Shape, grid: Grid) -> _Lines | None:
    """The lines of the shape's length; None where they are few."""
    text, filled = data, None
    if not shape.is_full:
        if _filler(shape) in data or shape.letter == ord("1"):
            return None
        text, filled = _filled(data, grid.delimiter, _filler(shape))
    ends = np.flatnonzero(np.frombuffer(text, np.uint8) == _LINE_FEED)
    starts = np.concatenate([[0], ends[:-1] + 1])
    is_even = ends - starts == shape.length(grid) - 1
    numbers = np.flatnonzero(is_even)
    if 2 * len(numbers) < len(ends):
        return None
    taken = _joined(text, is_even, starts, ends)
    if filled is not None:
        ends = ends - np.searchsorted(filled, ends)
        starts = np.concatenate([[0], ends[:-1] + 1])
    return _Lines(taken, numbers, starts, ends)


def _joined(text: bytes, chosen: Flags, starts: Ints, ends: Ints) -> bytes:
    """The lines that are chosen, one behind the other."""
    changes = np.flatnonzero(chosen[1:] != chosen[:-1]) + 1
    bounds = [0, *(starts[changes]).tolist(), int(ends[-1]) + 1]
    view = memoryview(text)
    first = 0 if chosen[0] else 1
    return b"".join([view[bounds[k] : bounds[k + 1]] for k in range(first, len(bounds) - 1, 2)])


def _filler(shape: Shape) -> bytes:
    """The character before the alphabet, which stands for an empty cell."""
    return bytes([shape.letter - 1])


def _filled(data: bytes, delimiter: int, filler: bytes) -> tuple[bytes, Ints]:
    """The text with a character in each cell that is empty and no first one, and where these stand."""
    text = np.frombuffer(data, np.uint8)
    is_end = text == delimiter
    before = is_end[:-1]
    is_end = is_end | (text == _LINE_FEED)
    places = np.flatnonzero(before & is_end[1:])
    places += np.arange(1, len(places) + 1)
    kept = np.ones(len(text) + len(places), np.bool_)
    kept[places] = False
    out = np.full(len(kept), filler[0], np.uint8)
    out[kept] = text
    return out.tobytes(), places


# ── rows ─────────────────────────────────────────────────────────────────────────────────────


def _proven(lines: _Lines, shape: Shape, grid: Grid) -> Even | None:
    length = shape.length(grid)
    matrix: Bytes = np.ndarray((len(lines.text) // length, length), np.uint8, lines.text)
    fits, marks, highest = _marks(matrix[:, -2 * grid.n_cells - 1 : -1], shape, grid)
    for column in range(1, grid.first + 1):
        fits &= matrix[:, shape.place(column) - 1] == grid.delimiter
    ids = _texts(matrix, shape, grid.candidate)
    fits &= are_ids(ids, shape.widths[grid.candidate], grid)
    name = _names(matrix, shape, grid)
    fits &= name >= 0
    if np.count_nonzero(fits) * 2 < len(lines.starts):
        return None
    name = np.maximum(name, 0)
    fits &= allowed(ids, name, grid.names)
    form = grid.names.form.take(name)
    fits &= answers_fit(Rows(fits, {}, {}, marks, True), form, grid)
    chosen = None if fits.all() else np.flatnonzero(fits)
    if chosen is not None:
        ids, form, marks = ids.take(chosen), form.take(chosen), marks.take(chosen, axis=0)
    line = np.arange(len(matrix)) if lines.numbers is None else lines.numbers
    line = line if chosen is None else line.take(chosen)
    marks = of_width(marks, grid.n_questions)
    all_valid = not (grid.beyond_any & _possible(highest)).any() or mark_invalid(marks, form, grid)
    plain = shape.is_full and all_valid and bool((grid.sizes == grid.n_questions).all())
    return Even(lines.starts, lines.ends, Batch(line, ids, form, marks, plain))


def _marks(pairs: Bytes, shape: Shape, grid: Grid) -> tuple[Flags, Marks, int]:
    """Which rows of delimiters and letters are nothing else, the marks, and the bits of the numbers of the
    letters (from 0) that stand in those."""
    first = shape.letter - (not shape.is_full)
    template = np.frombuffer(bytes([grid.delimiter, first]) * grid.n_cells, np.uint8)
    n_bytes = pairs.shape[1]
    room = np.empty((len(pairs), -(-n_bytes // 8) * 8), np.uint8)
    room[:, n_bytes:] = 0
    np.subtract(pairs, template, out=room[:, :n_bytes])
    # Of a delimiter nothing is left, of one of eight characters at most three bits.
    fits, seen = _without(room.view(np.uint64), 0xF8FF_F8FF_F8FF_F8FF)
    letters = np.right_shift(room.view("<u2")[:, : grid.n_cells], 8).astype(np.uint8)
    marks = np.left_shift(np.uint8(1), letters, out=letters)
    if not shape.is_full:
        marks >>= 1
    bits = seen | seen >> 32
    return fits, marks, (bits | bits >> 16) >> 8 & 7


def _without(words: npt.NDArray[np.uint64], forbidden: int) -> tuple[Flags, int]:
    """Which rows have none of the forbidden bits, and the bits that those rows have."""
    fits = np.ones(len(words), np.bool_)
    seen = int(np.bitwise_or.reduce(words, axis=None))
    if not seen & forbidden:
        return fits, seen
    n = len(words) // _IN_BLOCK
    blocks = np.bitwise_or.reduce(words[: n * _IN_BLOCK].reshape(n, -1), axis=1)
    good = (blocks & np.uint64(forbidden)) == 0
    seen = int(np.bitwise_or.reduce(blocks[good]))
    odd = (np.flatnonzero(~good)[:, None] * _IN_BLOCK + np.arange(_IN_BLOCK)).ravel()
    odd = np.concatenate([odd, np.arange(n * _IN_BLOCK, len(words))])
    rows = np.bitwise_or.reduce(words.take(odd, axis=0), axis=1)
    fit = (rows & np.uint64(forbidden)) == 0
    fits[odd] = fit
    return fits, seen | int(np.bitwise_or.reduce(rows[fit]))


def _possible(highest: int) -> np.uint8:
    """The marks of all letters whose numbers have these bits and no others."""
    return np.uint8(sum(1 << k for k in range(8) if not k & ~highest))


def _texts(matrix: Bytes, shape: Shape, column: int) -> Texts:
    """A field before the answers; the item size is a multiple of 8."""
    begin, width = shape.place(column), shape.widths[column]
    room = -(-width // 8) * 8
    texts = np.zeros((len(matrix), room), np.uint8) if width < room else np.empty((len(matrix), room), np.uint8)
    texts[:, :width] = matrix[:, begin : begin + width]
    return texts.view(f"S{room}").reshape(len(matrix))


def _names(matrix: Bytes, shape: Shape, grid: Grid) -> Ints:
    """The numbers of the names in the form column, -1 where there is no known one."""
    if grid.form is None:
        return np.zeros(len(matrix), np.int64)
    if not shape.widths[grid.form]:
        return np.full(len(matrix), -1)
    if shape.widths[grid.form] == 1:
        return grid.names.letter.take(matrix[:, shape.place(grid.form)])
    return look_up(grid.names.text, _texts(matrix, shape, grid.form))
