"""Which option candidates of like ability choose: counted on a sample, the measure of what is chance.

An answer is a *cell*: item number × 6 + canonical option, or + 5 where not exactly one letter is marked. So
answers to one item are compared over forms that print it elsewhere and its options in another order.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from examgen.analysis.signals.plan import LETTER_BITS, FormKeys
from examgen.analysis.signals.tails import Floats
from examgen.responses.rows import Ints, Marks

CELLS = LETTER_BITS + 1
UNCHOSEN = LETTER_BITS
BINS = 20
MOST_ITEMS = 20_000
"""With more items there is no model, and answers are not compared."""

_LEAST_ROWS = 100
_LETTER = np.array([mask.bit_length() - 1 if mask.bit_count() == 1 else UNCHOSEN for mask in range(256)])
_LETTER[1 << LETTER_BITS :] = UNCHOSEN


class Tally(NamedTuple):
    """Counts of a sample of rows; those of several batches or processes are added up, in any order.

    `rows` (bins,) candidates by proportion right, `cells` (bins, items × 6) their answers.
    """

    rows: Ints
    cells: Ints

    def __add__(self, other: object) -> Tally:
        """Both samples together."""
        if not isinstance(other, Tally):
            return NotImplemented
        return Tally(self.rows + other.rows, self.cells + other.cells)


class AnswerModel(NamedTuple):
    """Chances of answers by ability: `group` (bins,) the group of each bin of proportion right,
    `chance` (groups, items × 6), which add up to 1 over the six cells of an item, none of them 0."""

    group: Ints
    chance: Floats


def n_items(forms: FormKeys) -> int:
    """How many items there are on all forms."""
    return int(forms.items.max(initial=-1)) + 1


def answer_cells(forms: FormKeys, form: Ints, marks: Marks) -> Ints:
    """(n, questions) the cell of each answer, -1 past the last question of the form."""
    width = min(marks.shape[1], forms.keys.shape[1])
    letter = _LETTER[marks[:, :width]]
    option = np.pad(forms.canonical, ((0, 0), (0, 0), (0, 1)), constant_values=UNCHOSEN)
    found = np.take_along_axis(option[form, :width], letter[:, :, None], axis=2)[:, :, 0]
    items = forms.items[form, :width]
    return np.asarray(np.where(items >= 0, items * CELLS + found, -1), dtype=np.int64)


def right_cells(forms: FormKeys) -> Ints:
    """(items × 6,) 1 where the answer is right on any form."""
    found = np.zeros(n_items(forms) * CELLS, dtype=np.int64)
    f, q, letter = np.nonzero(
        ((forms.keys[:, :, None] >> np.arange(LETTER_BITS)) & 1) & (forms.items >= 0)[:, :, None]
    )
    found[forms.items[f, q] * CELLS + forms.canonical[f, q, letter]] = 1
    return found


def bins_of(forms: FormKeys, form: Ints, right: Ints) -> Ints:
    """(n,) which bin of proportion right, 0 … `BINS` - 1."""
    return np.asarray(np.clip(right * BINS // (forms.n_questions[form] + 1), 0, BINS - 1), dtype=np.int64)


def no_tally(forms: FormKeys) -> Tally:
    """The tally of no rows."""
    return Tally(np.zeros(BINS, dtype=np.int64), np.zeros((BINS, n_items(forms) * CELLS), dtype=np.int64))


def tally(forms: FormKeys, form: Ints, marks: Marks, right: Ints) -> Tally:
    """The tally of these rows."""
    bins, n_cells = bins_of(forms, form, right), n_items(forms) * CELLS
    cells = answer_cells(forms, form, marks)
    flat = (bins[:, None] * n_cells + cells)[cells >= 0]
    counts = np.bincount(flat, minlength=BINS * n_cells).reshape(BINS, n_cells)
    return Tally(np.bincount(bins, minlength=BINS), counts)


def answer_model(counted: Tally) -> AnswerModel:
    """Chances from counts: neighbouring bins are one group until it has 100 rows, and what a group of few
    rows chose is drawn towards what all chose (by 4 rows, those of all by half a row a cell)."""
    group = _groups(counted.rows)
    n_groups = int(group.max(initial=0)) + 1
    cells = np.zeros((n_groups, counted.cells.shape[1] // CELLS, CELLS))
    np.add.at(cells, group, counted.cells.reshape(BINS, -1, CELLS))
    every = cells.sum(axis=0) + 0.5
    every /= every.sum(axis=1, keepdims=True)
    cells += 4 * every
    cells /= cells.sum(axis=2, keepdims=True)
    return AnswerModel(group, cells.reshape(n_groups, -1))


def _groups(rows: Ints) -> Ints:
    """Bins joined upwards until each group has enough rows; what is left over at the top joins the last."""
    least = _LEAST_ROWS
    group, now, held = np.zeros(len(rows), dtype=np.int64), 0, 0
    for k, n in enumerate(rows.tolist()):
        group[k] = now
        held += n
        if held >= least:
            now, held = now + 1, 0
    return np.minimum(group, max(now - 1, 0)) if held < least else group
