"""Rows of marks, batch by batch → the few that signals are to look at, and a hash of each.

Runs in the process that reads the rows. It decides nothing: it passes on every row that
`examgen.analysis.signals.finding` could have something to say about, by tests on whole columns.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from examgen.analysis.hashes import Hashes, hash_columns, word_columns
from examgen.analysis.signals.plan import Bools, FormKeys, Plan, allowed_breaks
from examgen.responses.rows import Ints, Marks, Texts

LONG_LAGS, SHORT_LAGS = (24, 40), (12, 5)
"""Every period divides one of two lags; the long ones are whole words, for forms of `LONG` questions."""
LONG = 60


class Rows(NamedTuple):
    """Rows that signals look at.

    Number of the file, line, id, room (-1 unknown), form, number right, marks: arrays along the rows.
    """

    file: Ints
    line: Ints
    ids: Texts
    room: Ints
    form: Ints
    right: Ints
    marks: Marks

    def take(self, rows: Ints | Bools) -> Rows:
        """Some of the rows."""
        some = (self.file[rows], self.line[rows], self.ids[rows], self.room[rows])
        return Rows(*some, self.form[rows], self.right[rows], self.marks[rows])


def joined_rows(parts: Sequence[Rows]) -> Rows:
    """Rows of several batches as one, in a fixed order: by file, then line. At least one part."""
    width = max(part.marks.shape[1] for part in parts)
    rows = Rows(
        file=np.concatenate([part.file for part in parts]),
        line=np.concatenate([part.line for part in parts]),
        ids=np.concatenate([part.ids for part in parts]),
        room=np.concatenate([part.room for part in parts]),
        form=np.concatenate([part.form for part in parts]),
        right=np.concatenate([part.right for part in parts]),
        marks=np.concatenate(
            [np.pad(m, ((0, 0), (0, width - m.shape[1]))) for m in (p.marks for p in parts)]
        ),
    )
    return rows.take(np.lexsort((rows.ids, rows.line, rows.file)))


class Suspects(NamedTuple):
    """Of one batch: `hashes` (n,) of all rows (as `marks_hash`), `rows` the places in the batch, ascending,
    of those that may have a signal of their own."""

    hashes: Hashes
    rows: Ints


def suspects(plan: Plan, form: Ints, marks: Marks, right: Ints) -> Suspects:
    """The rows of a batch that signals are to look at.

    Parameters
    ----------
    plan : Plan
    form : ndarray of int, shape (n,)
    marks : ndarray of uint8, shape (n, questions)
        Bit masks, 0 past a form's last question.
    right : ndarray of int, shape (n,)
        Number right, whatever points are given: see `number_right`.
    """
    columns = word_columns(marks)
    hashes = hash_columns(columns, form)
    rows = np.flatnonzero(right <= plan.low[form])
    if not len(rows):
        return Suspects(hashes, rows)
    if len(rows) * 2 < len(form):
        columns, form, right = np.take(columns, rows, axis=1), form[rows], right[rows]
    else:
        rows = np.arange(len(form))
    odd = (right <= plan.seldom[form]) | _blank(columns, right)
    odd |= _patterned(plan, columns, form)
    odd |= _fits_other(plan, columns, form, right)
    return Suspects(hashes, rows[odd])


def number_right(forms: FormKeys, form: Ints, marks: Marks) -> Ints:
    """(n,) questions in which exactly one letter is marked, and that is right."""
    width = min(marks.shape[1], forms.keys.shape[1])
    marked = marks[:, :width]
    right = (np.bitwise_count(marked) == 1) & ((marked & forms.keys[form, :width]) != 0)
    return np.asarray(np.count_nonzero(right, axis=1), dtype=np.int64)


def _fits_other(plan: Plan, columns: Hashes, form: Ints, right: Ints) -> Bools:
    """Rows with more right answers on another key than on their own, and remarkably many."""
    found = np.zeros(len(form), dtype=np.bool_)
    n_words = min(len(columns), len(plan.words))
    least, narrow = plan.enough.min(axis=0), right.astype(np.uint16)
    for place in np.flatnonzero(least <= plan.forms.keys.shape[1]).tolist():
        key = plan.words[:n_words, plan.others[place], None]
        fits = _count(columns[:n_words] & key)
        rows = np.flatnonzero((fits >= least[place]) & (fits > narrow))
        only_there = np.take(columns[:n_words], rows, axis=1) & key & ~plan.words[:n_words, form[rows]]
        found[rows[_count(only_there) >= plan.enough[form[rows], place]]] = True
    return found


def _count(words: Hashes) -> npt.NDArray[np.unsignedinteger[Any]]:
    """Bits set along the first axis."""
    kind = np.uint8 if len(words) * 64 < 256 * 8 else np.uint16
    return np.asarray(np.add.reduce(np.bitwise_count(words), axis=0, dtype=kind))


def _blank(columns: Hashes, right: Ints) -> Bools:
    found = np.asarray(right == 0)
    rows = np.flatnonzero(found)
    found[rows] = ~columns[:, rows].any(axis=0)
    return found


def _patterned(plan: Plan, columns: Hashes, form: Ints) -> Bools:
    """Rows that may repeat a pattern: marks so far apart as a multiple of its length are nearly all alike.

    A break in the pattern spoils two of these likenesses at most, so that no pattern is missed.
    """
    sizes = plan.forms.n_questions
    lags = LONG_LAGS if len(sizes) and sizes.min() >= LONG else SHORT_LAGS
    breaks = 2 * allowed_breaks(plan.forms, plan.rules)
    found = np.zeros(len(form), dtype=np.bool_)
    for lag in lags:
        alike, n_places = _alike(columns, lag)
        past = np.maximum(n_places - sizes, 0)
        least = np.maximum(sizes - lag, 0) - breaks + past
        least[sizes < max(plan.rules.fewest_questions, lag + 4)] = n_places + 1
        found |= alike >= least[form]
    return found


_BYTES = np.uint64(0x00FF00FF00FF00FF)
_LANES = np.uint64(0x0001000100010001)


def _alike(columns: Hashes, lag: int) -> tuple[Ints, int]:
    """(n,) how many bytes are like the one `lag` places on, and among how many places that was asked."""
    whole, part = divmod(lag, 8)
    first = columns[: len(columns) - whole]
    later = columns[whole:]
    if not len(first):
        return np.zeros(columns.shape[1], dtype=np.int64), 0
    if part:
        shifted = later >> np.uint64(8 * part)
        shifted[:-1] |= later[1:] << np.uint64(64 - 8 * part)
        later = shifted
    same = np.ascontiguousarray(first).view(np.uint8) == np.ascontiguousarray(later).view(np.uint8)
    in_bytes = np.add.reduce(same.view(np.uint64), axis=0)
    lanes = (in_bytes & _BYTES) + ((in_bytes >> np.uint64(8)) & _BYTES)
    return ((lanes * _LANES) >> np.uint64(48)).astype(np.int64), len(first) * 8
