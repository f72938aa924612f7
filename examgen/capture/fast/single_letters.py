"""Lines and a grid → the marks of rows whose answers are single letters, all written alike; numpy only.

Programs write such rows. Every answer takes the same number of bytes: the delimiter, maybe a quote, a letter
of one alphabet, maybe a quote. The answers of many rows are then a matrix. A template of delimiters, quotes
and first letters is subtracted from each row; the remainder of each letter is its number.
"""

from __future__ import annotations

from collections import Counter
from functools import lru_cache
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from examgen.capture.cells import read_mark
from examgen.capture.fast.grid import ENCODINGS, RowGrid
from examgen.capture.fast.lines import ByteLines, Bytes, Flags, last_byte, next_byte, windows
from examgen.core.responses.rows import Ints, Marks

_SAMPLE = 6
"""How many lines are sampled to find how most rows are written."""

_AT_A_TIME = 1 << 20
"""How many bytes of answers are processed together."""

_SIDE_BY_SIDE = 32

_A = np.uint8(1)
_QUOTE = ord('"')
_NUMBER, _LOWER = 0b111, 0x20
"""The bits of a letter's number among eight, and the bit that marks lower case."""


class RowsToProve(NamedTuple):
    """Rows on their way to a proof: `fits` (n,) says which are still possible.

    `begins` and `finishes` are the places of the fields that are not answers, by column. `marks` is (n,
    columns of answers, or questions of one string); `n_answers` (n,) is the length of a row's string, None
    if answers have columns. `odd` (n,) says which rows have more than letters, None if none has. `possible`
    has all bits that their marks may have.
    """

    fits: Flags
    begins: dict[int, Ints]
    finishes: dict[int, Ints]
    marks: Marks
    odd: Flags | None
    n_answers: Ints | None = None
    possible: int = 0xFF


class Alphabet(NamedTuple):
    """Eight consecutive characters, some of them letters of options: `first` has the bytes of the first,
    `marks` the mark of each. None means bit k for the k-th character."""

    first: bytes
    marks: Marks | None = None


_LATIN, _DIGITS = Alphabet(b"A"), Alphabet(b"1")
_THAI = {
    encoding: Alphabet("ก".encode(encoding), np.array([read_mark(c) for c in "กขฃคฅฆงจ"], np.uint8))
    for encoding in ENCODINGS
}


class AnswerWriting(NamedTuple):
    """How answers are written: the alphabet, whether in quotes, and whether many are blank."""

    alphabet: Alphabet
    is_quoted: bool = False
    has_blanks: bool = False

    @property
    def filler(self) -> int:
        """The character before the alphabet; it stands for an empty cell."""
        return self.alphabet.first[0] - 1

    def unit(self, delimiter: int) -> bytes:
        """A delimiter and the cell of the first letter; with blanks, the cell of the character before it."""
        quote = b'"' if self.is_quoted else b""
        first = bytes([self.filler]) if self.has_blanks else self.alphabet.first
        return bytes([delimiter]) + quote + first + quote


def writing_of(lines: ByteLines, grid: RowGrid) -> AnswerWriting:
    """How most of some lines are written; as A, B, C … if no line shows it."""
    places = range(0, lines.size, lines.size // _SAMPLE | 1)
    # Counts by alphabet, whether in quotes, and whether cells are empty.
    found: Counter[tuple[str, bool, bool]] = Counter()
    for n in places:
        line = lines.data[int(lines.starts[n]) : int(lines.stops[n])]
        fields = line.split(bytes([grid.delimiter]), grid.width)
        cells = fields[grid.first : grid.first + grid.n_cells]
        if len(fields) != grid.width or not any(cells):
            continue
        cell = next((cell for cell in cells if cell.strip(b'"')), b"")
        quoted, letter = cell[:1] == b'"', cell.strip(b'"')
        key = "1" if letter.isdigit() else "A"
        if letter.startswith(_THAI[grid.encoding].first[:2]) and letter[0] >= 0x80:
            key = "thai"
        found[key, quoted, b"" in cells or b'""' in cells] += 1
    if not found:
        return AnswerWriting(_LATIN)
    usual = Counter((key, quoted) for key, quoted, _ in found.elements()).most_common(1)[0][0]
    n_blank, n_full = found[*usual, True], found[*usual, False]
    alphabet = {"thai": _THAI[grid.encoding], "1": _DIGITS, "A": _LATIN}[usual[0]]
    return AnswerWriting(alphabet, usual[1], alphabet is _LATIN and n_full < 3 * n_blank)


# ── rows ─────────────────────────────────────────────────────────────────────────────────────


def letter_rows(lines: ByteLines, writing: AnswerWriting, grid: RowGrid) -> RowsToProve:
    """The rows of the lines; `fits` says which are written in this way."""
    last = grid.first - 1
    n_bytes = len(writing.unit(grid.delimiter)) * grid.n_cells
    if grid.first + grid.n_cells < grid.width:
        begins, finishes = head_fields(lines, grid.first, grid)
        before = finishes[last]
    else:
        # If no field follows the answers, they and the field before them are found from the end of the line.
        # The field before that fills the rest: it is usually the longest, a name.
        before = lines.stops - n_bytes
        begins, finishes = head_fields(lines, max(last - 1, 0), grid)
        begin = finishes[last - 2] + 1 if last > 1 else lines.starts
        if last:
            begins[last - 1] = begin
            finishes[last - 1] = last_byte(lines, before, grid.delimiter)
            begin = finishes[last - 1] + 1
        begins[last], finishes[last] = begin, before
    fits, marks, possible = _lettered(lines, before, writing, grid)
    for column in range(grid.first):
        fits &= begins[column] <= finishes[column]
    behind = before + n_bytes
    fits &= tail_fields(lines, behind, grid.first + grid.n_cells, grid, begins, finishes)
    if writing.has_blanks:
        # the first character stands for an empty cell
        marks >>= 1
        possible >>= 1
    return RowsToProve(fits, begins, finishes, marks, None, possible=possible)


def head_fields(lines: ByteLines, n_fields: int, grid: RowGrid) -> tuple[dict[int, Ints], dict[int, Ints]]:
    """Where the first fields begin and finish; past the end of a line that has too few."""
    begins: dict[int, Ints] = {}
    finishes: dict[int, Ints] = {}
    place = lines.starts
    for column in range(n_fields):
        begins[column] = place
        finishes[column] = next_byte(lines, place, grid.delimiter)
        place = finishes[column] + 1
    return begins, finishes


def tail_fields(
    lines: ByteLines,
    places: Ints,
    first: int,
    grid: RowGrid,
    begins: dict[int, Ints],
    finishes: dict[int, Ints],
) -> Flags:
    """Adds the places of the fields from `first` on to `begins` and `finishes`; says which lines have them.

    `places` are the ends of the field before them. The last field may hold delimiters.
    """
    columns = range(first, grid.width)
    if not columns:
        return np.equal(places, lines.stops)
    places = np.minimum(places, len(lines.data))
    fits: Flags = (windows(lines, places, 1)[:, 0] == grid.delimiter) & (places < lines.stops)
    for column in columns:
        begins[column] = places + 1
        places = lines.stops if column == columns[-1] else next_byte(lines, begins[column], grid.delimiter)
        finishes[column] = places
        fits &= begins[column] <= lines.stops
    return fits


def without_field_quotes(lines: ByteLines, rows: RowsToProve) -> RowsToProve:
    """The rows, with the places of fields moved inside their quotes."""
    text = np.frombuffer(lines.data, np.uint8)
    begins, finishes = {}, {}
    for column, begin in rows.begins.items():
        finish = rows.finishes[column]
        is_quoted = finish - begin >= 2
        is_quoted &= text.take(begin, mode="clip") == _QUOTE
        is_quoted &= text.take(finish - 1, mode="clip") == _QUOTE
        begins[column], finishes[column] = begin + is_quoted, finish - is_quoted
    return rows._replace(begins=begins, finishes=finishes)


def _lettered(
    lines: ByteLines, places: Ints, writing: AnswerWriting, grid: RowGrid
) -> tuple[Flags, Marks, int]:
    """Which rows have a delimiter and a letter `n_cells` times from their place on; the marks of the letters;
    and the bits that the marks may have."""
    n, unit = grid.n_cells, writing.unit(grid.delimiter)
    size, letter = len(unit), len(unit) - 1 - writing.is_quoted
    may_be_lower = writing.alphabet is _LATIN and not writing.has_blanks
    template, no_letter = _template(unit, n, writing.is_quoted, may_be_lower)
    n_rows, width = template.shape
    fits = (places > 0) & (places <= len(lines.data))
    places = np.minimum(np.maximum(places, 0), len(lines.data))
    marks = np.empty((len(places), n), np.uint8)
    seen = 0
    for start in range(0, len(places), n_rows):
        some = slice(start, start + n_rows)
        room = windows(lines, places[some], width)
        room -= template[: len(room)]
        room[:, size * n :] = 0

        # The bits that occur in each column; taking many rows side by side needs a fifth of the time.
        words = room.view(np.uint64)
        whole = len(words) // _SIDE_BY_SIDE * _SIDE_BY_SIDE
        beside = np.bitwise_or.reduce(words[:whole].reshape(-1, words.shape[1] * _SIDE_BY_SIDE), axis=0)
        columns = np.concatenate([beside.reshape(_SIDE_BY_SIDE, -1), words[whole:]])
        bits = np.asarray(np.bitwise_or.reduce(columns, axis=0))
        if (bits & no_letter).any():
            fits[some] &= ~((words & no_letter) != 0).any(axis=1)
        seen |= int(np.bitwise_or.reduce(bits.view(np.uint8)))

        # The letters' numbers: the byte at one place of each unit of `size` bytes.
        if size in (2, 4):
            units = room.view(f"<u{size}")
            units >>= 8 * letter
            np.copyto(marks[some], units[:, :n], casting="unsafe")
        else:
            marks[some] = room[:, letter : size * n : size]
    if seen & ~_NUMBER:
        # lower-case letters, or bytes of rows that do not fit
        marks &= _NUMBER
    if writing.alphabet.marks is not None:
        return fits, writing.alphabet.marks.take(marks), 0xFF
    possible = sum(1 << k for k in range(8) if not k & ~seen)
    return fits, np.left_shift(_A, marks, out=marks), possible


@lru_cache(maxsize=8)
def _template(unit: bytes, n: int, behind: bool, may_be_lower: bool) -> tuple[Bytes, npt.NDArray[np.uint64]]:
    """Rows of cells of first letters, padded to whole words, and the bits that no letter leaves."""
    padded = -(-len(unit) * n // 8) * 8
    letter = len(unit) - 1 - behind
    bits = bytearray(b"\xff" * len(unit))
    bits[letter] ^= _NUMBER | (_LOWER if may_be_lower else 0)
    n_rows = max(1, _AT_A_TIME // padded)
    template = np.frombuffer((unit * n).ljust(padded, b"\0") * n_rows, np.uint8).reshape(n_rows, padded)
    return template, np.frombuffer((bytes(bits) * n).ljust(padded, b"\0"), np.uint64)
