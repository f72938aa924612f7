"""Marks and key → what each candidate earned; candidates are rows of matrices, never a loop."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import polars as pl

from examgen.problems import Problem, Refused
from examgen.scoring.key import Bools, Ints, Key
from examgen.tables import BLANK, INVALID, Marks, Responses

_CHUNK = 16_384
"""Candidates scored at a time, so that the matrices stay small."""

FEW_FORMS = 100
"""Up to so many forms, each is scored by one matrix product, which is the fastest for many candidates."""

KINDS = ("answered", "blank", "multiple", "invalid")
_OUTSIDE = len(KINDS)
_KIND = np.array(
    [
        3 if mask & INVALID else 1 if mask == BLANK else 0 if mask.bit_count() == 1 else 2
        for mask in range(256)
    ],
    dtype=np.uint8,
)
"""Which of `KINDS` a bit mask is."""


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
    """Points of all candidates; raises Refused where responses and key do not belong together."""
    form = _forms(responses.rows["form"], key)
    marks = _own_marks(responses.marks, form, key)
    by_criterion = np.zeros((len(form), key.n_items.shape[1]), dtype=np.int64)
    kinds = np.zeros((len(form), len(KINDS)), dtype=np.int64)
    for rows in _chunks(form):
        of = form[rows]
        kind = _KIND[marks[rows]]
        kind[np.arange(kind.shape[1]) >= key.n_questions[of, None]] = _OUTSIDE
        right = (kind == 0) & ((marks[rows] & key.keys[of]) != 0)
        by_criterion[rows] = _earned(right, of, key)
        for k in range(len(KINDS)):
            kinds[rows, k] = np.count_nonzero(kind == k, axis=1)
    return Points(key, form, by_criterion, kinds)


def _forms(dealt: pl.Series, key: Key) -> Ints:
    number = {name: n for n, name in enumerate(key.names)}
    if unknown := sorted(set(dealt.unique().to_list()) - set(number), key=str):
        shown = ", ".join(map(str, unknown[:20])) + (" …" if len(unknown) > 20 else "")
        message = f"the key has no form {shown}: score with the key of this exam"
        raise Refused(message, [Problem("key.csv", "form-without-key", message, field="form")])
    return dealt.replace_strict(number, return_dtype=pl.Int64).to_numpy().astype(np.int64)


def _own_marks(marks: Marks, form: Ints, key: Key) -> Marks:
    """The marks with as many columns as the longest form of the key has questions."""
    width = key.keys.shape[1]
    marked = np.pad(marks != 0, ((0, 0), (1, 0)), constant_values=True)
    last = marks.shape[1] - marked[:, ::-1].argmax(axis=1)
    other = (key.n_questions[form] > marks.shape[1]) | (last > key.n_questions[form])
    if other.any():
        n = int(form[other].min())
        message = (
            f"form {key.names[n]} has {key.n_questions[n]} questions in the key, not as many as were answered"
        )
        raise Refused(message, [Problem("key.csv", "form-of-other-length", message, field="form")])
    if marks.shape[1] >= width:
        return marks[:, :width]
    return np.pad(marks, ((0, 0), (0, width - marks.shape[1])))


def _chunks(form: Ints) -> Iterator[Ints]:
    """Rows to be scored at a time: of one form each, where there are few."""
    n_forms = np.unique(form)
    parts = (
        [np.flatnonzero(form == n) for n in n_forms] if len(n_forms) <= FEW_FORMS else [np.arange(len(form))]
    )
    for rows in parts:
        for start in range(0, len(rows), _CHUNK):
            yield rows[start : start + _CHUNK]


def _earned(right: Bools, form: Ints, key: Key) -> Ints:
    """Points per criterion; float64 carries whole numbers exactly up to 2**53."""
    n_criteria = key.n_items.shape[1]
    if (form == form[0]).all():
        n = int(form[0])
        worth = np.zeros((key.keys.shape[1], n_criteria))
        worth[np.arange(len(worth)), key.criterion[n]] = key.points[n]
        return (right.astype(np.float64) @ worth).astype(np.int64)
    cells = np.arange(len(form))[:, None] * n_criteria + key.criterion[form]
    points = np.where(right, key.points[form], 0)
    found = np.bincount(cells.ravel(), weights=points.ravel(), minlength=len(form) * n_criteria)
    return found.astype(np.int64).reshape(len(form), n_criteria)
