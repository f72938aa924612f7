"""Rows with their marks → who answered by which form, as far as the bytes prove it."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from examgen.capture.answer_bytes import like_headers
from examgen.capture.grid import LONGEST_NAME, Grid, Names, look_up
from examgen.capture.id_bytes import are_written, like_dates
from examgen.capture.letter_bytes import Rows
from examgen.capture.line_bytes import Flags, Lines, texts_at, windows
from examgen.responses import Ints, Marks, Texts

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
    for length, texts in grid.suspect_ids.items():
        if length < len(present) and present[length] and not (are_numbers and not _has_number(texts)):
            of_length = np.flatnonzero(lengths == length)
            folded = np.ascontiguousarray(characters[of_length, :length] | 0x20).view(f"S{length}")
            fits[of_length[np.isin(folded[:, 0], texts)]] = False
    return fits, ids


def _has_number(texts: Texts) -> bool:
    return any(text.isdigit() for text in texts.tolist())


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
