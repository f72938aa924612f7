"""Rows with their marks → who answered by which form, as far as the bytes prove it.

Bytes of ids → which the careful path takes as they are, and which it may take for a date or a sum.

ASCII letters and digits, `-`, `_` and `/`; in UTF-8 also Thai consonants and digits. What is said of ids here
may be said of more of them than it holds for, never of fewer: those are read with care.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from examgen.capture.cells import MONTHS
from examgen.capture.fast.answers import like_headers
from examgen.capture.fast.grid import LONGEST_NAME, Grid, Names, look_up
from examgen.capture.fast.lines import Bytes, Flags, Lines, texts_at, windows
from examgen.capture.fast.single_letters import Rows
from examgen.responses.rows import Ints, Marks, Texts

_LETTERS = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_THAI = 0xE0
"""First byte of Thai characters: consonants are E0 B8 81 to E0 B8 AE, digits E0 B9 90 to E0 B9 99."""
_HIGH = 0x80


def _among(letters: bytes) -> Flags:
    table = np.zeros(256, np.bool_)
    table[list(letters)] = True
    return table


_BEGINS_ID = _among(_LETTERS)
_BEGINS_THAI_ID = _among(_LETTERS + b"\xe0")

_BETWEEN = _among(b"-_/")
_MONTHS = np.array([int.from_bytes(month.lower().encode(), "little") for month in MONTHS], np.uint32)
_BEHIND_A_DAY = ((3, 2), (2, 1), (0, 3))
"""Where a month begins, and what stands between: behind a day of two digits, of one, of none."""
_BEHIND_A_THAI_DAY = ((7, 6), (5, 4), (4, 3))
"""The same where a digit, or both, are Thai."""

_TOTALS_BEGIN = _among(b"acgmstACGMST")
_TOTALS = np.array(
    [int.from_bytes(word, "little") for word in (b"ave", b"cou", b"gra", b"mea", b"sub", b"sum", b"tot")],
    np.uint32,
)
_THAI_TOTALS = np.array([int.from_bytes(word.encode()[2::3], "big") for word in ("รว", "ยอ", "ผล")])
"""How words for sums begin that have no vowel among their first characters."""
_LOW_LINE = ord("_")


def are_written(characters: Bytes, encoding: str) -> Flags:
    """Which texts, rows of bytes with zeros behind them, are written in characters of ids, the first being a
    letter or a digit."""
    known = _in_ids(characters)
    if encoding != "utf-8" or characters.max(initial=0) < _HIGH:
        fits: Flags = _BEGINS_ID.take(characters[:, 0])
    else:
        fits = _BEGINS_THAI_ID.take(characters[:, 0])
        is_high = characters >= _HIGH
        known |= is_high
        # where no text begins within a character, none goes on from one text to the next
        if not fits.all() or 3 * _n_thai(characters.reshape(-1)) != np.count_nonzero(is_high):
            fits &= _are_thai(characters)
    return fits if known.all() else fits & known.all(axis=1)


def _in_ids(characters: Bytes) -> Flags:
    """Which characters of ASCII are letters, digits, `-`, `_`, `/` or 0, which texts are filled up with. None
    of these can stand in what a spreadsheet makes of an id (1.1E+12, a date with its time, #N/A)."""
    known: Flags = characters - np.uint8(ord("/")) <= ord("9") - ord("/")
    known |= (characters | np.uint8(0x20)) - np.uint8(ord("a")) < 26
    for character in b"-_\0":
        known |= characters == character
    return known


def _n_thai(characters: Bytes) -> int:
    return int(np.count_nonzero(_thai(characters[:-2], characters[1:-1], characters[2:])))


def _thai(first: Bytes, second: Bytes, third: Bytes) -> Flags:
    """Where three bytes are a consonant or a digit of Thai."""
    is_letter: Flags = (second == 0xB8) & (third - np.uint8(0x81) <= 0xAE - 0x81)
    is_letter |= (second == 0xB9) & (third - np.uint8(0x90) < 10)
    is_letter &= first == _THAI
    return is_letter


def _are_thai(characters: Bytes) -> Flags:
    """Which rows have no bytes that are not ASCII but those of Thai consonants and digits."""
    is_letter = _thai(characters[:, :-2], characters[:, 1:-1], characters[:, 2:])
    # no byte that begins one stands within another, so each takes three of the bytes for itself
    return np.asarray(
        3 * np.count_nonzero(is_letter, axis=1) == np.count_nonzero(characters >= _HIGH, axis=1)
    )


def like_dates(characters: Bytes) -> Flags:
    """Which ids begin as what a spreadsheet makes of a day or a month (`7-Jan`, `Jan-07`) does; there are
    eight characters of each or more."""
    like = np.zeros(len(characters), np.bool_)
    is_thai = characters.max(initial=0) >= _HIGH
    for begin, between in (*_BEHIND_A_DAY, *(_BEHIND_A_THAI_DAY if is_thai else ())):
        if begin + 3 > characters.shape[1]:
            continue
        is_between = _BETWEEN.take(characters[:, between])
        if is_between.any():
            like |= is_between & np.isin(_three(characters, begin) | _SMALL, _MONTHS)
    return like


_SMALL, _THREE = np.uint32(0x202020), np.uint32(0xFFFFFF)


def _three(characters: Bytes, begin: int) -> npt.NDArray[np.uint32]:
    """Three bytes of each row (n, 4 or more) as one number, the first byte lowest."""
    before = max(begin + 4 - characters.shape[1], 0)
    numbers = np.ndarray(
        (len(characters),), "<u4", np.ascontiguousarray(characters), begin - before, (characters.shape[1],)
    )
    return np.asarray(numbers >> np.uint32(8 * before) & _THREE, np.uint32)


def may_say_totals(ids: Texts) -> Flags:
    """Which ids of those characters may be words for sums; their item size is a multiple of 8."""
    characters = ids.view(np.uint8).reshape(len(ids), ids.itemsize)
    first = characters[:, 0]
    may = _TOTALS_BEGIN.take(first)
    if may.any():
        # low lines do not count in words
        lined = (characters[:, 1] == _LOW_LINE) | (characters[:, 2] == _LOW_LINE)
        may &= lined | np.isin(_three(characters, 0) | _SMALL, _TOTALS)
    if (is_thai := first == _THAI).any():
        two = characters[:, 2].astype(np.int64) << 8 | characters[:, 5]
        may |= is_thai & ((characters[:, 3] == _LOW_LINE) | np.isin(two, _THAI_TOTALS))
    return may


_ZERO, _TEN = np.uint8(ord("0")), np.uint8(10)


class Known(NamedTuple):
    """Rows with who answered by which form; marks of those that fit are options."""

    fits: Flags
    ids: Texts
    form: Ints
    marks: Marks


def identified(lines: Lines, rows: Rows, grid: Grid) -> Known:
    """The rows with what is proven of them; takes the marks of `rows` over."""
    fits, ids = _ids(lines, rows, grid)
    fits, name = _names(lines, rows, fits, ids, grid)
    fits &= allowed(ids, name, grid.names)
    if 0 in grid.extras:
        fits &= ~like_headers(lines, fits, rows.begins[0], rows.finishes[0], grid)
    form = grid.names.form[name]
    fits &= answers_fit(rows, form, grid)
    marks = of_width(rows.marks, grid.n_questions)
    if (grid.beyond_any & np.uint8(rows.possible)).any():
        fits &= are_options(marks, fits, form, grid)
    return Known(fits, ids, form, marks)


def _ids(lines: Lines, rows: Rows, grid: Grid) -> tuple[Flags, Texts]:
    begins = rows.begins[grid.candidate]
    lengths = rows.finishes[grid.candidate] - begins
    fits = rows.fits & (lengths > 0) & (lengths <= LONGEST_NAME)
    if not fits.all():
        # The length of another row: texts of one length are quicker.
        lengths[~fits] = lengths[fits.argmax()] if fits.any() else 0
        begins = np.where(fits, begins, 0)
    ids = texts_at(lines, begins, lengths, LONGEST_NAME)
    characters = ids.view(np.uint8).reshape(len(ids), ids.itemsize)
    n_digits = np.count_nonzero(characters - _ZERO < _TEN)
    are_numbers = n_digits == int(lengths.sum())
    if not are_numbers:
        fits &= are_written(characters, grid.encoding)
        fits &= ~like_dates(characters)
        # texts are filled up with zeros, and hold none
        if np.count_nonzero(characters) != int(lengths.sum()):
            fits &= np.count_nonzero(characters, axis=1) == lengths
    present = np.bincount(lengths, minlength=1)
    suspects = grid.suspect_numbers if are_numbers else grid.suspect_ids
    for length, texts in suspects.items():
        if length < len(present) and present[length]:
            of_length = np.flatnonzero(lengths == length)
            folded = np.ascontiguousarray(characters[of_length, :length] | 0x20).view(f"S{length}")
            fits[of_length[np.isin(folded[:, 0], texts)]] = False
    return fits, ids


def _names(lines: Lines, rows: Rows, fits: Flags, ids: Texts, grid: Grid) -> tuple[Flags, Ints]:
    """The number of the name in the form column; 0 where there is no known one."""
    if grid.form is None:
        name = names_unsaid(ids, grid)
        return fits & (name >= 0), np.maximum(name, 0)
    begins = np.minimum(rows.begins[grid.form], len(lines.data))
    lengths = rows.finishes[grid.form] - begins
    name = grid.names.letter[windows(lines, begins, 1)[:, 0]]
    if not (one := lengths == 1).all():
        name[~one] = -1
        longer = np.flatnonzero(fits & (lengths > 1) & (lengths <= LONGEST_NAME))
        texts = texts_at(lines, begins[longer], lengths[longer], LONGEST_NAME)
        found = look_up(grid.names.text, texts)
        # a text ends before its first zero, and names hold none
        found[np.strings.str_len(texts) < lengths[longer]] = -1
        name[longer] = found
    return fits & (name >= 0), np.maximum(name, 0)


def names_unsaid(ids: Texts, grid: Grid) -> Ints:
    """The numbers of the names where no column says them, negative where there is no known one."""
    return look_up(grid.names.dealt, ids) if grid.by_list else np.full(len(ids), grid.names.of_file)


def allowed(ids: Texts, name: Ints, names: Names) -> Flags | bool:
    """Whether the candidates are taken and may answer by these names: `Dealing.knows` and `allows`."""
    allowed: Flags | bool = True
    known: Flags | bool = False
    if len(names.dealt.keys):
        dealt = look_up(names.dealt, ids)
        known = dealt != -1
        allowed = ~known | (dealt == name)
    if names.owned.any():
        owner = names.owner[name]
        allowed = np.where(names.owned[name], (owner == b"") | (owner == ids), allowed)
    if names.is_closed:
        allowed = allowed & (known | (look_up(names.roster, ids) >= 0))
    return allowed


def answers_fit(rows: Rows, form: Ints, grid: Grid) -> Flags | bool:
    """Whether there is an answer, if a blank one, to each question of the form, and none to any other."""
    if rows.n_answers is not None:
        return np.equal(rows.n_answers, grid.sizes[form])
    if (grid.sizes == grid.n_cells).all():
        return True
    size = grid.sizes[form]
    fits = size <= grid.n_cells
    for n in set(size[size < grid.n_cells].tolist()):
        fits &= (size != n) | ~rows.marks[:, n:].any(axis=1)
    return fits


def of_width(marks: Marks, width: int) -> Marks:
    """The marks with so many columns, blank behind their own."""
    if marks.shape[1] == width:
        return np.ascontiguousarray(marks)
    wider = np.zeros((len(marks), width), np.uint8)
    wider[:, : marks.shape[1]] = marks
    return wider


def are_options(marks: Marks, fits: Flags, form: Ints, grid: Grid) -> Flags | bool:
    """Whether every mark of a row that fits is of options of its question: another may be one in words, or
    so many may be none that the row is set aside."""
    if not (np.bitwise_or.reduce(marks, axis=0) & grid.beyond_any).any():
        return True
    known = np.ones(len(marks), np.bool_)
    rows = np.flatnonzero(fits)
    known[rows] = ~((marks[rows] & grid.beyond[form[rows]]) != 0).any(axis=1)
    return known
