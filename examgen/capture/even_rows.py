"""Lines of one length → rows, proven as one matrix of bytes; numpy only.

Answer files are mostly written by programs: ids of one length, forms of one name's length, a letter in every
cell. Their lines are the rows of a matrix, which is proven by a handful of operations on all of it; lines of
another length are taken out first, and where cells are empty, a character that stands nowhere is put in.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from examgen.capture.answer_bytes import Rows
from examgen.capture.even_lines import EvenLines, taken_out, with_filler, without_line_feeds
from examgen.capture.grid import LONGEST_NAME, UNPROVEN, Grid, look_up
from examgen.capture.identity_bytes import allowed, answers_fit, are_ids, mark_invalid, names_unsaid, of_width
from examgen.capture.line_bytes import Bytes, Flags
from examgen.responses import BLANK, Batch, Ints, Marks, Texts

_SAMPLE = 8
"""Lines from which it is told how most rows look."""

_IN_BLOCK = 10
"""Rows that are looked at together; each by itself where one of them is odd."""

_AT_A_TIME = 1 << 18
"""Bytes of answers that are proven at a time, so that they stay in the processor's cache."""

_NO_LETTER = 0xF8FF_F8FF_F8FF_F8FF
"""Bits that stay where a delimiter and the first of eight characters are taken off: of the one nothing, of
the other the number of the character."""

_A = np.uint8(1)
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


def even_rows(data: bytes, grid: Grid) -> Even | None:
    """The rows of whole lines, each ended by a line feed, that are of the most frequent length; None where
    they are fewer than half of the lines, or the grid is of another kind."""
    if grid.one_string or grid.extras or not grid.first or grid.first + grid.n_cells != grid.width:
        return None
    first = _shape(data[: data.find(b"\n")], grid)
    if first is not None and first.is_full and (found := _of_shape(data, first, grid)):
        return found
    usual = _usual_shape(data, grid)
    return None if usual is None or (usual == first and usual.is_full) else _of_shape(data, usual, grid)


def _of_shape(data: bytes, shape: Shape, grid: Grid) -> Even | None:
    text, filled = data, None
    if not shape.is_full:
        if _filler(shape) in data or shape.letter == ord("1"):
            return None
        text, filled = with_filler(data, grid.delimiter, _filler(shape))
    lines = taken_out(text, shape.length(grid))
    found = None if lines is None else _proven(lines, shape, grid)
    if lines is None or found is None or not _are_lines(text, found):
        return None
    return found if filled is None else _without_filled(found, filled)


def _are_lines(text: bytes, found: Even) -> bool:
    """Whether no line feed stands within one of the lines that are not proven."""
    if found.batch.size == len(found.starts):
        return True
    left = np.ones(len(found.starts), np.bool_)
    left[found.batch.line] = False
    return without_line_feeds(text, found.starts[left], found.ends[left])


def _without_filled(found: Even, filled: Ints) -> Even:
    """The places of the lines as they are without the characters in these places."""
    ends = found.ends - np.searchsorted(filled, found.ends)
    return found._replace(starts=np.concatenate([[0], ends[:-1] + 1]), ends=ends)


def _filler(shape: Shape) -> bytes:
    """The character before the alphabet, which stands for an empty cell."""
    return bytes([shape.letter - 1])


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


# ── rows ─────────────────────────────────────────────────────────────────────────────────────


def _proven(lines: EvenLines, shape: Shape, grid: Grid) -> Even | None:
    length = shape.length(grid)
    matrix: Bytes = np.ndarray((len(lines.text) // length, length), np.uint8, lines.text)
    answers = _answers(matrix[:, -2 * grid.n_cells - 1 : -1], shape, grid)
    fits, ids, name = _identified(matrix, shape, grid)
    fits &= answers.fits
    if np.count_nonzero(fits) * 2 < len(lines.starts):
        return None
    fits &= allowed(ids, name, grid.names)
    form = grid.names.form.take(name)
    fits &= answers_fit(Rows(fits, {}, {}, answers.marks, True), form, grid)
    line = np.arange(len(matrix)) if lines.numbers is None else lines.numbers
    batch = Batch(line, ids, form, of_width(answers.marks, grid.n_questions), False, odd=answers.odd)
    if not fits.all():
        batch = _kept(batch, fits)
    return Even(lines.starts, lines.ends, _valid(batch, answers.possible, shape, grid))


def _kept(batch: Batch, fits: Flags) -> Batch:
    """The rows that fit."""
    chosen = np.flatnonzero(fits)
    line, ids, form, marks, *_ = batch
    odd = None if batch.odd is None else np.searchsorted(chosen, batch.odd[fits[batch.odd]])
    kept = line.take(chosen), ids.take(chosen), form.take(chosen), marks.take(chosen, axis=0)
    return Batch(*kept, plain=False, odd=odd)


def _valid(batch: Batch, possible: int, shape: Shape, grid: Grid) -> Batch:
    """The rows with `INVALID` where a mark is not an option; `possible` are all bits of even rows."""
    odd = batch.odd
    is_known = odd is not None and not (grid.beyond_any & np.uint8(possible)).any()
    if odd is not None and is_known:
        marks = batch.marks.take(odd, axis=0)
        mark_invalid(marks, batch.form.take(odd), grid)
        batch.marks[odd] = marks
    else:
        is_known = mark_invalid(batch.marks, batch.form, grid)
    if not (is_known and shape.is_full and (grid.sizes == grid.n_questions).all()):
        return batch._replace(odd=None)
    return batch._replace(plain=odd is not None and not len(odd))


def _identified(matrix: Bytes, shape: Shape, grid: Grid) -> tuple[Flags, Texts, Ints]:
    """Which rows say who answered by which form, the ids, and the numbers of the names in the form column."""
    ids = _texts(matrix, shape, grid.candidate)
    name = _names(matrix, shape, ids, grid)
    fits = name >= 0
    fits &= are_ids(ids, shape.widths[grid.candidate], grid)
    for column in range(1, grid.first + 1):
        fits &= matrix[:, shape.place(column) - 1] == grid.delimiter
    return fits, ids, np.maximum(name, 0)


class _Answers(NamedTuple):
    """Which rows have a character in each cell, and their marks. Those of the rows that are not `odd` are
    letters, and have no bits but `possible`."""

    fits: Flags
    marks: Marks
    possible: int
    odd: Ints


def _answers(pairs: Bytes, shape: Shape, grid: Grid) -> _Answers:
    """What pairs of delimiter and answer stand for."""
    fits, marks, seen = _letters(pairs, shape, grid)
    bits = seen | seen >> 32
    highest = (bits | bits >> 16) >> 8
    possible = sum(1 << k for k in range(8) if not k & ~highest)
    if not shape.is_full:
        # The first character stands for an empty cell.
        marks >>= 1
        possible >>= 1
    odd = np.flatnonzero(~fits)
    if len(odd):
        fits[odd], marks[odd] = _looked_up(pairs[odd], shape, grid)
        odd = odd[fits[odd]]
    return _Answers(fits, marks, possible, odd)


def _letters(pairs: Bytes, shape: Shape, grid: Grid) -> tuple[Flags, Marks, int]:
    """Which rows have one of eight characters in each cell, bit k for the k-th, and the bits of what is left
    of the pairs of those rows without delimiter and first character, four pairs in a word."""
    first = shape.letter - (not shape.is_full)
    template = _template(grid.delimiter, first, grid.n_cells)
    room = np.zeros_like(template)
    marks = np.empty((len(pairs), grid.n_cells), np.uint8)
    fits = np.ones(len(pairs), np.bool_)
    seen = 0
    for start in range(0, len(pairs), len(room)):
        rows = slice(start, start + len(room))
        here = room[: len(fits[rows])]
        # where rows lie apart, subtracting takes twice as long as copying them and subtracting then
        np.copyto(here[:, : pairs.shape[1]], pairs[rows])
        here -= template[: len(here)]
        room[len(here) :] = 0
        seen |= _strike(fits[rows], room[: -(-len(here) // _IN_BLOCK) * _IN_BLOCK].view(np.uint64))
        units = here.view("<u2")
        units >>= 8
        np.copyto(marks[rows], units[:, : grid.n_cells], casting="unsafe")
        np.left_shift(_A, marks[rows], out=marks[rows])
    return fits, marks, seen


@lru_cache(maxsize=4)
def _template(delimiter: int, first: int, n_cells: int) -> Bytes:
    """Rows of pairs of the delimiter and the first character, padded by zeros to whole words."""
    row = (bytes([delimiter, first]) * n_cells).ljust(-(-2 * n_cells // 8) * 8, b"\0")
    n_rows = max(1, _AT_A_TIME // len(row) // _IN_BLOCK) * _IN_BLOCK
    return np.frombuffer(row * n_rows, np.uint8).reshape(n_rows, len(row))


def _strike(fits: Flags, words: npt.NDArray[np.uint64]) -> int:
    """Strikes off the rows in which is more than letters; the bits of those that stay. Rows of words past
    the last one are zero."""
    by_block = words.reshape(-1, _IN_BLOCK, words.shape[1])
    blocks = np.bitwise_or.reduce(by_block.reshape(len(by_block), -1), axis=1)
    seen = int(np.bitwise_or.reduce(blocks))
    if not seen & _NO_LETTER:
        return seen
    is_odd = (blocks & np.uint64(_NO_LETTER)) != 0
    some = np.flatnonzero(is_odd)
    rows = np.bitwise_or.reduce(by_block.take(some, axis=0), axis=2)
    block, row = np.nonzero((rows & np.uint64(_NO_LETTER)) != 0)
    fits[some[block] * _IN_BLOCK + row] = False
    rows[block, row] = 0
    blocks[is_odd] = 0
    return int(np.bitwise_or.reduce(blocks)) | int(np.bitwise_or.reduce(rows, axis=None))


def _looked_up(pairs: Bytes, shape: Shape, grid: Grid) -> tuple[Flags, Marks]:
    """Which rows have any character in each cell that is proven by itself, and the marks of those."""
    of_byte = grid.marks.copy()
    of_byte[[grid.delimiter, _LINE_FEED, ord('"'), *range(0x7F, 0x100)]] = UNPROVEN
    if not shape.is_full:
        of_byte[shape.letter - 1] = BLANK
    marks = of_byte.take(pairs[:, 1::2])
    return (pairs[:, ::2] == grid.delimiter).all(axis=1) & (marks != UNPROVEN).all(axis=1), marks


def _texts(matrix: Bytes, shape: Shape, column: int) -> Texts:
    """A field before the answers; the item size is a multiple of 8."""
    begin, width = shape.place(column), shape.widths[column]
    room = -(-width // 8) * 8
    texts = (
        np.zeros((len(matrix), room), np.uint8) if width < room else np.empty((len(matrix), room), np.uint8)
    )
    texts[:, :width] = matrix[:, begin : begin + width]
    return texts.view(f"S{room}").reshape(len(matrix))


def _names(matrix: Bytes, shape: Shape, ids: Texts, grid: Grid) -> Ints:
    """The numbers of the names in the form column, -1 where there is no known one."""
    if grid.form is None:
        return names_unsaid(ids, grid)
    if not shape.widths[grid.form]:
        return np.full(len(matrix), -1)
    if shape.widths[grid.form] == 1:
        return grid.names.letter.take(matrix[:, shape.place(grid.form)])
    texts = _texts(matrix, shape, grid.form)
    name = look_up(grid.names.text, texts)
    # A text is what stands before the first zero.
    name[np.char.str_len(texts) < shape.widths[grid.form]] = -1
    return name
