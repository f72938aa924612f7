"""Scores and item parameters → the part of both that says something about ability."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from examgen.analysis.curves import n_categories, take_items, usable_items
from examgen.analysis.irt import DICHOTOMOUS, PARTIAL_CREDIT, ItemParameters, Note


class Answers(NamedTuple):
    """Scores of the items that have parameters."""

    cells: NDArray[np.int8]
    """(N, U); negative is missing."""
    parameters: ItemParameters
    """Of the U items."""
    items: NDArray[np.int64]
    """(U,) places of these items among all."""
    complete: bool
    """No cell is missing."""
    notes: tuple[Note, ...]


def answers_of(scores: NDArray[np.int8], parameters: ItemParameters) -> Answers:
    """The scores of items that have parameters; what lies beyond an item's categories is taken as missing.

    Raises
    ------
    ValueError
        If `scores` is not candidates × items, or has another number of items than `parameters`.
    """
    if scores.ndim != 2 or scores.shape[1] != len(parameters.a):
        raise ValueError(f"scores {scores.shape} do not fit {len(parameters.a)} items")
    usable = usable_items(parameters)
    items = np.flatnonzero(usable)
    notes = [
        Note("no-parameters", int(j), "has no parameters and is left out.") for j in np.flatnonzero(~usable)
    ]
    cells = scores if usable.all() else scores[:, items]
    own = parameters if usable.all() else take_items(parameters, items)
    last = n_categories(own) - 1
    found = cells.max(axis=0, initial=-1)
    if (found > last).any():
        cells = cells.copy()
        for j in np.flatnonzero(found > last).tolist():
            beyond = cells[:, j] > last[j]
            cells[beyond, j] = -1
            n = np.count_nonzero(beyond)
            message = f"has {n} scores above {last[j]}, the greatest of the model; they are taken as missing."
            notes.append(Note("beyond-categories", int(items[j]), message))
    complete = bool(cells.min(initial=0) >= 0)
    return Answers(cells, own, items, complete, tuple(notes))


def sufficient(answers: Answers) -> bool:
    """Whether Σ a x says all: every item logistic with two parameters or partial credit, none missing."""
    own = answers.parameters
    plain = (own.kind == PARTIAL_CREDIT) | ((own.kind == DICHOTOMOUS) & (own.c == 0) & (own.u == 1))
    return answers.complete and bool(plain.all())


def representatives(answers: Answers) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """(rows, which): candidates who stand for all with the same likelihood, and who is stood for by whom.

    Where Σ a x is sufficient one row for each value is enough; a Rasch model has as many as there are sum
    scores. Else every row stands for itself.
    """
    everyone, own = np.arange(len(answers.cells)), answers.parameters
    if not sufficient(answers) or not len(everyone):
        return everyone, everyone
    value = np.empty(len(everyone))
    for start in range(0, len(everyone), 65_536):
        rows = slice(start, start + 65_536)
        value[rows] = answers.cells[rows].astype(np.float64) @ own.a
    _, first, which = np.unique(np.round(value, 11), return_index=True, return_inverse=True)
    return first, which
