"""Marks and key → what each candidate earned: every mark is looked up in the table of its question.

Candidates are rows of matrices, scored some thousands at a time.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from examgen.core.responses.rows import BLANK, INVALID, KINDS, Marks
from examgen.scoring.key import Ints, Key
from examgen.scoring.rules import MARKS

CHUNK = 8_192
"""Candidates scored at a time, so that the matrices stay small."""
FEW_FORMS = 100
"""The most forms for which each is summed by one matrix product, which is fastest for many candidates."""

Counts = npt.NDArray[np.signedinteger[Any]]


class Earned(NamedTuple):
    """What rows earned: `units` (n, criteria) are points in units of `1 / Key.unit`, `kinds` (n, 4) counts of
    marks by `KINDS`.
    """

    units: Counts
    kinds: Counts


def earn(key: Key, form: Ints, marks: Marks) -> Earned:
    """Return what rows earned, from form indices (n,) and marks (n, questions), as in `AnswerRows`."""
    units = np.empty((len(form), len(key.criteria)), _smallest(int((key.max_units - key.least_units).max())))
    kinds = np.empty((len(form), len(KINDS)), _smallest(key.table.shape[1]))
    values, width = key.tables.astype(np.float64).ravel(), key.table.shape[1]
    for start in range(0, len(form), CHUNK):
        rows = slice(start, start + CHUNK)
        # as many columns as the longest form has questions
        own = marks[rows, :width]
        if own.shape[1] < width:
            own = np.pad(own, ((0, 0), (0, width - own.shape[1])))
        units[rows] = _units(key, values, form[rows], own)
        kinds[rows] = _kinds(key.n_questions[form[rows]], own)
    return Earned(units, kinds)


def total_of(key: Key, units: npt.NDArray[np.integer]) -> npt.NDArray[np.int64]:
    """Return the totals (n,) of units (n, C) as reported: 0 instead of negative ones if the rule says so."""
    total: npt.NDArray[np.int64] = units.sum(axis=1, dtype=np.int64)
    return np.maximum(total, 0) if key.floor_total else total


def _smallest(most: int) -> type[np.signedinteger[Any]]:
    """Return the smallest type that has every number up to `most`."""
    kinds = (np.int8, np.int16, np.int32)
    return next((kind for kind in kinds if most <= np.iinfo(kind).max), np.int64)


def _units(key: Key, values: npt.NDArray[np.float64], form: Ints, marks: Marks) -> npt.NDArray[np.float64]:
    """Return the units (n, C) by the tables, which follow one another in `values`; float64 is exact for
    integers up to 2**53.
    """
    n_criteria = len(key.criteria)
    units = np.zeros((len(form), n_criteria))
    for rows, n in _by_form(form):
        earned = values.take(key.table[n] * MARKS + marks[rows])
        if n.ndim == 0:
            units[rows] = earned @ (key.criterion[n][:, None] == np.arange(n_criteria))
        else:
            cells = np.arange(len(rows))[:, None] * n_criteria + key.criterion[n]
            found = np.bincount(cells.ravel(), weights=earned.ravel(), minlength=len(rows) * n_criteria)
            units[rows] = found.reshape(-1, n_criteria)
    return units


def _by_form(form: Ints) -> Iterator[tuple[Ints, Ints]]:
    """Yield rows and the form of all of them; or, if there are many forms, all rows and the form of each."""
    forms = np.flatnonzero(np.bincount(form))
    if len(forms) > FEW_FORMS:
        yield np.arange(len(form)), form
        return
    for n in forms:
        yield np.flatnonzero(form == n), np.asarray(n)


def _kinds(n_questions: Ints, marks: Marks) -> npt.NDArray[np.int64]:
    """Return the counts (n, 4) of marks by `KINDS`; after the last of a form's questions all marks are
    blank.
    """
    past = marks.shape[1] - n_questions
    single = ((np.bitwise_count(marks) == 1) & (marks < INVALID)).sum(axis=1)
    blank, invalid = (marks == BLANK).sum(axis=1) - past, (marks >= INVALID).sum(axis=1)
    return np.stack([single, blank, n_questions - single - blank - invalid, invalid], axis=1)
