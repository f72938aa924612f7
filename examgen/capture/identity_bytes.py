"""Rows with their marks → who answered by which form, as far as the bytes prove it."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from examgen.capture.answer_bytes import Rows, like_headers
from examgen.capture.grid import LONGEST_NAME, Grid, Names, look_up
from examgen.capture.id_bytes import are_written, like_dates
from examgen.capture.line_bytes import Flags, Lines, texts_at, windows
from examgen.responses import INVALID, Ints, Marks, Texts

_A = np.uint8(1)
_ZERO, _TEN = np.uint8(ord("0")), np.uint8(10)
_NO_TEXTS: Texts = np.array([], np.bytes_)


class Known(NamedTuple):
    """Rows with who answered by which form; marks are `INVALID` where they are not options."""

    fits: Flags
    ids: Texts
    form: Ints
    marks: Marks
    plain: bool
    begins: dict[int, Ints]
    finishes: dict[int, Ints]


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
    if not fits.all():
        # So that what is not a row counts as plain below.
        marks[~fits] = _A
    plain = mark_invalid(marks, form, grid) and (grid.sizes[form] == grid.n_questions).all()
    plain = plain and (rows.lettered or _are_letters(marks))
    return Known(fits, ids, form, marks, bool(plain), rows.begins, rows.finishes)


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
    fits &= are_written(characters, grid.encoding)
    fits &= ~like_dates(characters)
    present = np.bincount(lengths, minlength=1)
    for length, texts in grid.suspect_ids.items():
        if length < len(present) and present[length]:
            of_length = np.flatnonzero(lengths == length)
            folded = np.ascontiguousarray(characters[of_length, :length] | 0x20).view(f"S{length}")
            fits[of_length[np.isin(folded[:, 0], texts)]] = False
    return fits, ids


def are_ids(ids: Texts, length: int, grid: Grid) -> Flags | bool:
    """Whether texts of one length, not 0, can be ids that the careful path takes as they are."""
    padded = ids.view(np.uint8).reshape(len(ids), ids.itemsize)
    characters = padded[:, :length]
    suspects = grid.suspect_ids.get(length, _NO_TEXTS)
    if (characters - _ZERO < _TEN).all():
        suspects = np.array([text for text in suspects.tolist() if text.isdigit()], np.bytes_)
        fits: Flags | bool = True
    else:
        fits = are_written(padded, grid.encoding)
        fits &= characters.all(axis=1) & ~like_dates(padded)
    if len(suspects):
        folded = np.ascontiguousarray(characters | 0x20).view(f"S{length}")
        fits = fits & ~np.isin(folded[:, 0], suspects)
    return fits


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
        name[longer] = look_up(grid.names.text, texts)
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


def mark_invalid(marks: Marks, form: Ints, grid: Grid) -> bool:
    """Writes `INVALID` where a mark is not an option of its question; whether there was none such."""
    if not (np.bitwise_or.reduce(marks, axis=0) & grid.beyond_any).any():
        return True
    wrong = (marks & grid.beyond[form]) != 0
    np.putmask(marks, wrong, INVALID)
    return not wrong.any()


def _are_letters(marks: Marks) -> bool:
    several = marks & (marks - _A)
    return bool((marks != 0).all() and not several.any() and not (marks == INVALID).any())
