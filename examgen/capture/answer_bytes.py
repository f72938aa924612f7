"""Lines and a grid → the marks of rows whose answers stand where the grid says.

Three ways, each for all lines at once: letters alone, one string, cells cut at their delimiters.
"""

from __future__ import annotations

from typing import NamedTuple, TypeVar

import numpy as np
import numpy.typing as npt

from examgen.capture.cells import read_mark
from examgen.capture.grid import ENCODINGS, UNPROVEN, Grid
from examgen.capture.line_bytes import WINDOW, Bytes, Flags, Lines, next_byte, texts_at, windows
from examgen.capture.rows import says_totals
from examgen.responses import BLANK, Ints, Marks

_LONGEST_CELL = 8
"""Bytes of the longest cell that is looked up; answers are hardly ever longer."""

_Value = TypeVar("_Value", bound=np.generic)


class Rows(NamedTuple):
    """Rows on their way to a proof: `fits` says which still stand.

    `begins` and `finishes` are the places of the fields that are not answers, by column. `marks` is
    (n, columns of answers, or questions of one string); `n_answers` (n,) is how long a row's string is, None
    where answers have columns. `lettered` says that every mark of rows that fit is one letter.
    """

    fits: Flags
    begins: dict[int, Ints]
    finishes: dict[int, Ints]
    marks: Marks
    lettered: bool
    n_answers: Ints | None = None


# ── answers of one letter each ───────────────────────────────────────────────────────────────


def _is_one_field(lines: Lines, begins: Ints, delimiter: int) -> Flags:
    """Whether no delimiter stands between the place and the line's end; False where that is far."""
    lengths = lines.stops - begins
    fits = (lengths >= 0) & (lengths < WINDOW)
    width = int(lengths[fits].max(initial=0))
    if width and (delimiters := windows(lines, begins, width) == delimiter).any():
        fits &= ~(delimiters & (np.arange(width) < lengths[:, None])).any(axis=1)
    return fits


class Alphabet(NamedTuple):
    """Eight characters in a row, of which some are letters of options: `first` is the first one's bytes,
    `marks` what each stands for, None where that is bit k for the k-th."""

    first: bytes
    marks: Marks | None


_LATIN, _DIGITS = Alphabet(b"A", None), Alphabet(b"1", None)
_THAI = {
    encoding: Alphabet("ก".encode(encoding), np.array([read_mark(c) for c in "กขฃคฅฆงจ"], np.uint8))
    for encoding in ENCODINGS
}


def letter_rows(lines: Lines, grid: Grid) -> Rows:
    """Rows whose answers are each one letter, all of the alphabet that most rows have."""
    if grid.first == 0 or not lines.size:
        return _none(lines, grid)
    begins, finishes = _head(lines, grid)
    before = finishes[grid.first - 1]
    alphabet = _alphabet(lines, before, grid)
    fits, marks = _lettered(lines, before, alphabet, grid)
    fits &= _tail(lines, before + (1 + len(alphabet.first)) * grid.n_cells, grid, begins, finishes)
    return Rows(fits, begins, finishes, marks, True)


def _alphabet(lines: Lines, before: Ints, grid: Grid) -> Alphabet:
    """The alphabet of most rows' first answers."""
    seen = np.bincount(windows(lines, before + 1, 1)[:, 0], minlength=256)
    thai = _THAI[grid.encoding]
    digits, latin = seen[ord("1") : ord("6")].sum(), seen[64:128].sum()
    first = thai.first[0]
    others = seen[first : first + (8 if len(thai.first) == 1 else 1)].sum()
    if max(digits, others) <= latin:
        return _LATIN
    return thai if others > digits else _DIGITS


def _none(lines: Lines, grid: Grid) -> Rows:
    places = {column: np.zeros(lines.size, np.int64) for column in grid.singles}
    others = {column: np.zeros(lines.size, np.int64) for column in grid.singles}
    marks = np.zeros((lines.size, grid.n_cells), np.uint8)
    return Rows(np.zeros(lines.size, np.bool_), places, others, marks, True)


def _head(lines: Lines, grid: Grid) -> tuple[dict[int, Ints], dict[int, Ints]]:
    """Where the fields before the answers begin and finish; past the line's end where it has too few."""
    begins: dict[int, Ints] = {}
    finishes: dict[int, Ints] = {}
    place = lines.starts
    for column in range(grid.first):
        begins[column] = place
        finishes[column] = next_byte(lines, place, grid.delimiter)
        place = finishes[column] + 1
    return begins, finishes


def _tail(
    lines: Lines, places: Ints, grid: Grid, begins: dict[int, Ints], finishes: dict[int, Ints]
) -> Flags:
    """Whether exactly the fields behind the answers, which end at the places, fill the lines."""
    columns = range(grid.first + grid.n_cells, grid.width)
    if not columns:
        return np.equal(places, lines.stops)
    places = np.minimum(places, len(lines.data))
    fits: Flags = windows(lines, places, 1)[:, 0] == grid.delimiter
    for column in columns:
        begins[column] = places + 1
        if column < columns[-1]:
            places = next_byte(lines, begins[column], grid.delimiter)
        else:
            fits &= _is_one_field(lines, begins[column], grid.delimiter)
            places = lines.stops.copy()
        finishes[column] = places
    return fits


def _lettered(lines: Lines, places: Ints, alphabet: Alphabet, grid: Grid) -> tuple[Flags, Marks]:
    """Which rows have a delimiter and a letter `n_cells` times from the place on, and the letters' marks."""
    n, size = grid.n_cells, 1 + len(alphabet.first)
    width = -(-size * n // 8) * 8
    units = windows(lines, places, width).view(f"<u{size}")
    if alphabet is _LATIN:
        # Lower case becomes upper case; of other characters none becomes a letter.
        units &= np.uint16(0xDFFF)
    units -= units.dtype.type(int.from_bytes(bytes([grid.delimiter]) + alphabet.first, "little"))
    units[:, n:] = 0
    words = units.view(np.uint64)
    # Of a delimiter nothing is left, of one of eight characters at most three bits.
    no_letter = np.uint64(int.from_bytes(((b"\xff" * (size - 1) + b"\xf8") * 8)[:8], "little"))
    if np.bitwise_or.reduce(words, axis=None) & no_letter:
        fits = (np.bitwise_or.reduce(words, axis=1) & no_letter) == 0
    else:
        fits = np.ones(len(places), np.bool_)
    units >>= 8 * (size - 1)
    letters = units.astype(np.uint8)
    if alphabet.marks is None:
        marks = np.left_shift(np.uint8(1), letters, out=letters)
    else:
        marks = alphabet.marks.take(letters, mode="clip")
    return fits, marks[:, :n]


# ── answers as one string ────────────────────────────────────────────────────────────────────


def string_rows(lines: Lines, grid: Grid) -> Rows:
    """Rows whose answers are one string of characters; marks past its end are blank."""
    begins, finishes = _head(lines, grid)
    begin = finishes[grid.first - 1] + 1
    is_last = grid.first == grid.width - 1
    finish = lines.stops if is_last else next_byte(lines, begin, grid.delimiter)
    fits = (begin <= finish) & (finish <= lines.stops) & _tail(lines, finish, grid, begins, finishes)
    n_answers = np.where(fits, finish - begin, 0)
    characters = windows(lines, begin, grid.n_questions)
    marks, unknown = _string_marks(characters, fits, n_answers, grid)
    return Rows(fits & ~unknown, begins, finishes, marks, False, n_answers)


def _string_marks(characters: Bytes, fits: Flags, n_answers: Ints, grid: Grid) -> tuple[Marks, Flags]:
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


def cell_rows(lines: Lines, grid: Grid) -> Rows:
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
        fits &= ~_headers_again(lines, places, last, fits, grid)
    longer = longer[:, grid.first : grid.first + grid.n_cells] & fits[:, None]
    if longer.any():
        row, cell = np.nonzero(longer)
        before = last[row] - grid.width + grid.first + cell
        starts = places[before] + 1
        lengths = places[before + 1] - starts
        answers[row, cell] = _looked_up(lines, starts, lengths, grid)
        fits[row[lengths > _LONGEST_CELL]] = False
    return Rows(fits, begins, finishes, answers, False)


def _tabled(values: npt.NDArray[_Value], last: Ints, fits: Flags, grid: Grid) -> npt.NDArray[_Value]:
    """What is said of each field, in the order of the fields, as a matrix (lines, fields)."""
    if fits.all():
        return values.reshape(len(last), grid.width)
    back = np.arange(grid.width, 0, -1)
    table: npt.NDArray[_Value] = values[np.maximum(last[:, None] - back, 0)]
    return table


def _headers_again(lines: Lines, places: Ints, last: Ints, fits: Flags, grid: Grid) -> Flags:
    """Which lines begin with an answer that a header or a sum over rows could begin with."""
    first = np.maximum(last - grid.width, 0)
    begins, finishes = places[first] + 1, places[first + 1]
    doubtful = like_headers(lines, fits, begins, finishes, grid)
    for row in np.flatnonzero(fits & (finishes - begins > 1)).tolist():
        cell = lines.data[begins[row] : finishes[row]].decode(grid.encoding, "replace")
        doubtful[row] |= says_totals(cell)
    return doubtful


def _looked_up(lines: Lines, starts: Ints, lengths: Ints, grid: Grid) -> Marks:
    """The marks of cells, whose texts are few and so are read once each."""
    texts = texts_at(lines, starts, lengths, _LONGEST_CELL).view(np.uint64)
    distinct, which = np.unique(texts, return_inverse=True)
    cells = distinct.view(f"S{_LONGEST_CELL}").tolist()
    return np.array([read_mark(cell.decode(grid.encoding, "replace")) for cell in cells], np.uint8)[which]


def like_headers(lines: Lines, fits: Flags, begins: Ints, finishes: Ints, grid: Grid) -> Flags:
    """Which of the lines that fit begin with a cell that a header further down could begin with."""
    rows = np.flatnonzero(fits)
    bounds = zip(begins[rows].tolist(), finishes[rows].tolist(), strict=True)
    cells = (lines.data[begin:finish].decode(grid.encoding, "replace") for begin, finish in bounds)
    like = np.zeros(len(fits), np.bool_)
    like[rows] = [cell.strip().lower() in grid.suspects for cell in cells]
    return like
