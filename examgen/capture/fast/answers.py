"""Lines and a grid → the marks of rows whose answers are one string, or any cells cut at their delimiters; of
all lines at once.
"""

from __future__ import annotations

from typing import TypeVar

import numpy as np
import numpy.typing as npt

from examgen.capture.cells import read_mark, says_totals
from examgen.capture.fast.grid import UNPROVEN, RowGrid
from examgen.capture.fast.lines import ByteLines, Bytes, Flags, next_byte, texts_at, windows
from examgen.capture.fast.single_letters import RowsToProve, head_fields, tail_fields
from examgen.core.responses.rows import BLANK, Ints, Marks

_LONGEST_CELL = 8
"""Bytes of the longest cell that is looked up; answers are hardly ever longer."""

_Value = TypeVar("_Value", bound=np.generic)


# ── answers as one string ────────────────────────────────────────────────────────────────────


def string_rows(lines: ByteLines, grid: RowGrid) -> RowsToProve:
    """Rows whose answers are one string of characters; marks past its end are blank."""
    begins, finishes = head_fields(lines, grid.first, grid)
    begin = finishes[grid.first - 1] + 1
    is_last = grid.first == grid.width - 1
    finish = lines.stops if is_last else next_byte(lines, begin, grid.delimiter)
    fits = (begin <= finish) & (finish <= lines.stops)
    fits &= tail_fields(lines, finish, grid.first + 1, grid, begins, finishes)
    n_answers = np.where(fits, finish - begin, 0)
    characters = windows(lines, begin, grid.n_questions)
    marks, unknown = _string_marks(characters, fits, n_answers, grid)
    return RowsToProve(fits & ~unknown, begins, finishes, marks, ~are_letters(marks), n_answers)


def _string_marks(characters: Bytes, fits: Flags, n_answers: Ints, grid: RowGrid) -> tuple[Marks, Flags]:
    """The marks of strings, and which have characters that cannot be told by themselves."""
    unknown = np.zeros(len(characters), np.bool_)
    if (n_answers[fits] == grid.n_questions).all():
        characters[~fits] = ord("A")
        letters = characters - np.uint8(ord("A"))
        if not np.bitwise_or.reduce(letters, axis=None) & 0xF8:
            return np.left_shift(np.uint8(1), letters, out=letters), unknown
    marks = grid.marks.take(characters)
    past = np.arange(grid.n_questions) >= n_answers[:, None]
    marks[past] = BLANK
    if (marks == UNPROVEN).any():
        unknown = (marks == UNPROVEN).any(axis=1)
    return marks, unknown


# ── answers cut at their delimiters ──────────────────────────────────────────────────────────


def cell_rows(lines: ByteLines, grid: RowGrid) -> RowsToProve:
    """Rows of as many fields as the header, with any answers; their cells are looked up.

    `lines` begin with a line feed that is in none of them.
    """
    text = np.frombuffer(lines.data, np.uint8)
    places = np.flatnonzero((text == grid.delimiter) | (text == ord("\n")))
    last = np.searchsorted(places, lines.ends)
    fits = np.diff(last, prepend=0) == grid.width
    marks = _tabled(grid.marks.take(text[1:].take(places[:-1])), last, fits, grid)
    answers = marks[:, grid.first : grid.first + grid.n_cells]
    longer = _tabled(np.diff(places.astype(np.int32)) > 2, last, fits, grid)
    begins, finishes = {}, {}
    for column in grid.singles:
        begins[column] = places[np.maximum(last - grid.width + column, 0)] + 1
        finishes[column] = places[np.maximum(last - grid.width + column + 1, 0)]
    if grid.first == 0:
        # lines that begin with an answer that a header or a sum over rows could begin with
        first = np.maximum(last - grid.width, 0)
        begin, finish = places[first] + 1, places[first + 1]
        doubtful = like_headers(lines, fits, begin, finish, grid)
        for n in np.flatnonzero(fits & (finish - begin > 1)).tolist():
            doubtful[n] |= says_totals(lines.data[begin[n] : finish[n]].decode(grid.encoding, "replace"))
        fits &= ~doubtful
    longer = longer[:, grid.first : grid.first + grid.n_cells] & fits[:, None]
    if longer.any():
        row, cell = np.nonzero(longer)
        before = last[row] - grid.width + grid.first + cell
        starts = places[before] + 1
        lengths = places[before + 1] - starts
        # The texts are few and so are read once each.
        texts = texts_at(lines, starts, lengths, _LONGEST_CELL).view(np.uint64)
        distinct, which = np.unique(texts, return_inverse=True)
        read = [
            read_mark(text.decode(grid.encoding, "replace"))
            for text in distinct.view(f"S{_LONGEST_CELL}").tolist()
        ]
        answers[row, cell] = np.array(read, np.uint8)[which]
        fits[row[lengths > _LONGEST_CELL]] = False
    return RowsToProve(fits, begins, finishes, answers, ~are_letters(answers))


def are_letters(marks: Marks) -> Flags:
    """Which rows have one letter, if perhaps none that its question has, at each question."""
    is_letter = (marks != 0) & ((marks & (marks - np.uint8(1))) == 0)
    return np.asarray(is_letter.all(axis=1))


def _tabled(values: npt.NDArray[_Value], last: Ints, fits: Flags, grid: RowGrid) -> npt.NDArray[_Value]:
    """What is said of each field, in the order of the fields, as a matrix (lines, fields)."""
    if fits.all():
        return values.reshape(len(last), grid.width)
    back = np.arange(grid.width, 0, -1)
    table: npt.NDArray[_Value] = values[np.maximum(last[:, None] - back, 0)]
    return table


def like_headers(lines: ByteLines, fits: Flags, begins: Ints, finishes: Ints, grid: RowGrid) -> Flags:
    """Which of the lines that fit begin with a cell that a header further down could begin with."""
    rows = np.flatnonzero(fits)
    bounds = zip(begins[rows].tolist(), finishes[rows].tolist(), strict=True)
    cells = (lines.data[begin:finish].decode(grid.encoding, "replace") for begin, finish in bounds)
    like = np.zeros(len(fits), np.bool_)
    like[rows] = [cell.strip().lower() in grid.suspects for cell in cells]
    return like
