"""Marks and key → what each candidate earned; candidates are rows of matrices, never a loop.

There is one general way, the look-up of every mark in its question's table, and a quick one that counts, for
rows on which each question has two scores at most.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from examgen.problems import Problem, Refused
from examgen.responses import BLANK, INVALID, KINDS, Earned, Marks
from examgen.scoring.counting import counted, counting, words
from examgen.scoring.key import Bools, Ints, Key, Units
from examgen.scoring.rules import MARKS

if TYPE_CHECKING:
    import polars as pl

    from examgen.tables import Responses

CHUNK = 8_192
"""Candidates scored at a time, so that the matrices stay small."""

FEW_FORMS = 100
"""Up to so many forms, each is summed by one matrix product, which is the fastest for many candidates."""


# ── earning ──────────────────────────────────────────────────────────────────────────────────


def earn(key: Key, form: npt.NDArray[np.integer], marks: Marks, plain: bool, careful: bool = False) -> Earned:
    """What rows earned: numbers of forms (n,) and marks (n, questions) as in `examgen.responses.Batch`.

    `plain` says that every mark is one letter that the item has. With `careful` every mark is looked up in
    its table, to the same result.
    """
    units = np.empty((key.n_items.shape[1], len(form)), dtype=np.int32)
    kinds = None if plain else np.empty((len(form), len(KINDS)), dtype=np.int32)
    for start in range(0, len(form), CHUNK):
        rows = slice(start, start + CHUNK)
        of, own = form[rows].astype(np.int64), _own_width(marks[rows], key)
        units[:, rows] = _looked_up(key, of, own).T if careful else _units(key, of, own, plain)
        if kinds is not None:
            kinds[rows] = _kinds(key, of, own)
    return Earned(units.T, kinds)


def total_of(key: Key, units: npt.NDArray[np.integer]) -> Ints:
    """Totals (n,) of units (n, C), as they are told: none below 0 where the rule cuts the total there."""
    total = units.sum(axis=1, dtype=np.int64)
    return np.maximum(total, 0) if key.floor_total else np.asarray(total)


def _own_width(marks: Marks, key: Key) -> Marks:
    """The marks with as many columns as the longest form has questions."""
    width = key.table.shape[1]
    if marks.shape[1] >= width:
        return marks[:, :width]
    return np.pad(marks, ((0, 0), (0, width - marks.shape[1])))


def _units(key: Key, form: Ints, marks: Marks, plain: bool) -> Units:
    """Units (C, n): each row by the quickest way that holds for it."""
    ways = (True,) if plain else (False, True)
    units: Units | None = None
    left = np.arange(len(form))
    for letters_only in ways:
        how = counting(key, letters_only)
        holds = how.holds[form[left]]
        if letters_only and not plain and holds.any():
            holds &= _letters_only(key, form[left], marks[left])
        if units is None and holds.all():
            return counted(how, form, marks, letters_only)
        if units is None:
            units = np.empty((key.n_items.shape[1], len(form)), dtype=np.int32)
        some = left[holds]
        units[:, some] = counted(how, form[some], marks[some], letters_only)
        left = left[~holds]
    assert units is not None
    units[:, left] = _looked_up(key, form[left], marks[left]).T
    return units


# ── looking up ───────────────────────────────────────────────────────────────────────────────


def _looked_up(key: Key, form: Ints, marks: Marks) -> Units:
    """Units (n, C) by the tables; float64 carries whole numbers exactly up to 2**53."""
    criteria = key.n_items.shape[1]
    units = np.zeros((len(form), criteria), dtype=np.int32)
    values = key.tables.astype(np.float64).ravel()
    for rows, n in _by_form(form):
        places = key.table[n].astype(np.int64) * MARKS + marks[rows]
        earned = values.take(places)
        if n.ndim == 0:
            sums = np.zeros((earned.shape[1], criteria))
            sums[np.arange(len(sums)), key.criterion[n]] = 1
            units[rows] = earned @ sums
            continue
        cells = np.arange(len(rows))[:, None] * criteria + key.criterion[n]
        found = np.bincount(cells.ravel(), weights=earned.ravel(), minlength=len(rows) * criteria)
        units[rows] = found.reshape(-1, criteria)
    return units


def _by_form(form: Ints) -> Iterator[tuple[Ints, Ints]]:
    """Rows and the form of all of them; or all rows and the form of each, where there are many forms."""
    forms = np.unique(form)
    if len(forms) > FEW_FORMS:
        yield np.arange(len(form)), form
        return
    for n in forms:
        yield np.flatnonzero(form == n), np.asarray(n)


# ── kinds of marks ───────────────────────────────────────────────────────────────────────────


def _kinds(key: Key, form: Ints, marks: Marks) -> Units:
    """Counts (n, 4) of marks as `KINDS`."""
    size = key.n_questions[form]
    kinds = np.zeros((len(form), len(KINDS)), dtype=np.int32)
    kinds[:, 0] = _count((np.bitwise_count(marks) == 1) & (marks < INVALID))
    others = np.flatnonzero(kinds[:, 0] != size)
    some, size = marks[others], size[others]
    blank = _count(some == BLANK) - (marks.shape[1] - size)
    invalid = _count(some >= INVALID)
    kinds[others, 1:] = np.stack([blank, size - kinds[others, 0] - blank - invalid, invalid], axis=1)
    return kinds


def _count(flags: Bools) -> Ints:
    """How many are set in each row."""
    return np.asarray(np.bitwise_count(words(flags)).sum(axis=0, dtype=np.int64))


def _letters_only(key: Key, form: Ints, marks: Marks) -> Bools:
    """Rows whose every mark is one letter that the item has."""
    lacking = (np.uint8(0xFF) << key.n_options).astype(np.uint8).take(form, axis=0)
    good = (np.bitwise_count(marks) == 1) & ((marks & lacking) == 0)
    return np.asarray(_count(good) == key.n_questions[form])


# ── in memory ────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Points:
    """What candidates earned, in the order of the responses.

    `form` (candidates,) is the number of each one's form in the key, `by_criterion` (candidates, criteria)
    are points, `kinds` (candidates, 4) counts of marks as `KINDS`.
    """

    key: Key
    form: Ints
    by_criterion: Ints
    kinds: Ints

    @property
    def total(self) -> Ints:
        """Points of each candidate."""
        return np.asarray(self.by_criterion.sum(axis=1), dtype=np.int64)

    @property
    def max_score(self) -> Ints:
        """Points of each candidate's form."""
        return self.key.max_score[self.form]

    def n_items(self, criterion: int) -> Ints:
        """Items that each candidate's form asks of a criterion."""
        return np.asarray(self.key.n_items[self.form, criterion], dtype=np.int64)

    def max_points(self, criterion: int) -> Ints:
        """Points that each candidate's form gives for a criterion."""
        return np.asarray(self.key.max_points[self.form, criterion], dtype=np.int64)


def points_of(responses: Responses, key: Key) -> Points:
    """Points of all candidates by a key of whole points; raises Refused where the two do not go together."""
    form = _forms(responses.rows["form"], key)
    _check_lengths(responses.marks, form, key)
    earned = earn(key, form, responses.marks, plain=False)
    kinds = np.zeros((len(form), len(KINDS))) if earned.kinds is None else earned.kinds
    return Points(key, form, earned.units.astype(np.int64), kinds.astype(np.int64))


def _forms(dealt: pl.Series, key: Key) -> Ints:
    number = {name: n for n, name in enumerate(key.names)}
    if unknown := sorted(set(dealt.unique().to_list()) - set(number), key=str):
        shown = ", ".join(map(str, unknown[:20])) + (" …" if len(unknown) > 20 else "")
        message = f"the key has no form {shown}: score with the key of this exam"
        raise Refused(message, [Problem("key.csv", "form-without-key", message, field="form")])
    return np.array([number[name] for name in dealt.to_list()], dtype=np.int64)


def _check_lengths(marks: Marks, form: Ints, key: Key) -> None:
    """Refuses marks past the end of a form, or too few columns for it."""
    marked = np.pad(marks != 0, ((0, 0), (1, 0)), constant_values=True)
    last = marks.shape[1] - marked[:, ::-1].argmax(axis=1)
    other = (key.n_questions[form] > marks.shape[1]) | (last > key.n_questions[form])
    if other.any():
        n = int(form[other].min())
        message = (
            f"form {key.names[n]} has {key.n_questions[n]} questions in the key, not as many as were answered"
        )
        raise Refused(message, [Problem("key.csv", "form-of-other-length", message, field="form")])
