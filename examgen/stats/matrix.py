"""What candidates did with items, as a matrix: the table that flows into item analysis.

A cell is a whole number. Zero and above is what the candidate got (`Scored`: the score category) or chose
(`Chosen`: the place of the option); below zero it says why there is nothing. The three kinds of nothing are
kept apart, since they mean different things: an omitted item was seen and left blank, one that was not
reached lies after the last answer, one that was not administered was not on the candidate's form.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

OMITTED, NOT_REACHED, NOT_ADMINISTERED = -1, -2, -3
MISSING_KINDS = {OMITTED: "omitted", NOT_REACHED: "not_reached", NOT_ADMINISTERED: "not_administered"}

_AT_ONCE = 16_384

Cells = NDArray[np.int8]
"""Candidates × items. C order: a candidate's cells stand together."""
_MOST = 127


class Scored(NamedTuple):
    """Scores of items: 0 … `greatest[j]`, or a kind of missing."""

    candidates: tuple[str, ...] | range
    """Ids, or a range where they do not matter."""
    items: tuple[str, ...]
    cells: Cells

    @property
    def greatest(self) -> NDArray[np.int8]:
        """Highest category that was seen, for each item; 1 at least."""
        seen = self.cells.max(axis=0, initial=1)
        return np.asarray(np.maximum(seen, 1), dtype=np.int8)


def administered(cells: Cells) -> NDArray[np.bool_]:
    """(J,) whether anybody was given the item."""
    return np.asarray((cells != NOT_ADMINISTERED).any(axis=0))


Scores = ArrayLike | Scored
"""What a function of analysis takes for scores, by `score_cells`."""


def score_cells(scores: Scores) -> Cells:
    """Scores (N, J) of any kind of number as the analyses take them: NaN, and what a mask hides, are missing.

    Raises
    ------
    ValueError
        For what is no matrix of numbers, and for a score that is not whole, or above 127: nothing is rounded.
    """
    if isinstance(scores, Scored):
        return scores.cells
    if isinstance(scores, np.ma.MaskedArray):
        scores = np.ma.filled(scores.astype(np.float64), np.nan)
    cells = np.asarray(scores)
    if cells.ndim != 2:
        raise ValueError(f"scores must be a matrix of candidates × items, not {cells.shape}")
    if cells.dtype == np.int8:
        return cells
    try:
        numbers = cells.astype(np.float64)
    except (TypeError, ValueError):
        raise ValueError("scores must be numbers, and NaN or negative where missing") from None
    missing = np.isnan(numbers)
    odd = ~missing & ((numbers != np.rint(numbers)) | (np.abs(numbers) > _MOST))
    if odd.any():
        row, column = np.argwhere(odd)[0].tolist()
        raise ValueError(
            f"scores[{row}, {column}] is {numbers[row, column]:g}: a score is a whole number from 0 to "
            f"{_MOST}; missing ones are NaN or negative"
        )
    return np.where(missing | (numbers < NOT_ADMINISTERED), OMITTED, numbers).astype(np.int8)


def score_ranges(cells: Cells) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """(J,) lowest and highest score of each item; −1 of one that nobody answered."""
    low = cells.view(np.uint8).min(axis=0, initial=255)  # seen as unsigned, missing is the greatest
    high = cells.max(axis=0, initial=-1).astype(np.int64)
    return np.where(high < 0, -1, low.astype(np.int64)), high


def group_numbers(groups: ArrayLike, n: int) -> NDArray[np.int64]:
    """(n,) the group of each candidate by number, negative of those in none: NaN, None and empty texts. Names
    are numbered in their order.

    Raises
    ------
    ValueError
        For what is no vector with a value for each candidate, and fractions.
    """
    own = np.asarray(groups)
    if own.shape != (n,):
        raise ValueError(f"groups must have a value for each of {n} candidates, not {own.shape}")
    if own.dtype.kind in "biuf":
        numbers = np.nan_to_num(own.astype(np.float64), nan=-1.0)
        if (numbers != np.rint(numbers)).any():
            raise ValueError("groups are whole numbers or names")
        return numbers.astype(np.int64)
    texts = ["" if one is None or isinstance(one, float) else str(one) for one in own.tolist()]
    number = np.unique(["", *texts], return_inverse=True)[1]  # "" comes first
    return np.asarray(number[1:] - 1, dtype=np.int64)


class Chosen(NamedTuple):
    """Options chosen: the place in `options[j]`, or a kind of missing."""

    candidates: tuple[str, ...] | range
    items: tuple[str, ...]
    cells: Cells
    options: tuple[tuple[str, ...], ...]
    """Names of each item's options, in order. A mark that is none of the item's options (two marks, a
    letter that the item has not) stands under a name of its own, `*`, where it occurs."""
    keys: tuple[frozenset[int], ...]
    """Places of the right options, for each item."""

    def part(self, items: Sequence[int], rows: NDArray[np.integer] | None = None) -> Chosen:
        """The responses of all candidates, or of some by their number, to some items."""
        cells = self.cells if rows is None else self.cells[rows]
        return Chosen(
            self.candidates if rows is None else range(len(rows)),
            tuple(self.items[n] for n in items),
            np.ascontiguousarray(cells[:, items]),
            tuple(self.options[n] for n in items),
            tuple(self.keys[n] for n in items),
        )

    def scored(self, *, omitted_wrong: bool = True, not_reached_wrong: bool = False) -> Scored:
        """Right 1, wrong 0; what is missing stays missing, unless it is told to count as wrong."""
        # (J, 3 + most options) the score of each cell, the kinds of missing first
        most = max(map(len, self.options), default=0)
        worth = np.zeros((len(self.items), len(MISSING_KINDS) + most), dtype=np.int8)
        for row, key in zip(worth, self.keys, strict=True):
            row[[place + len(MISSING_KINDS) for place in key]] = 1
        worth[:, NOT_ADMINISTERED + len(MISSING_KINDS)] = NOT_ADMINISTERED
        worth[:, NOT_REACHED + len(MISSING_KINDS)] = 0 if not_reached_wrong else NOT_REACHED
        worth[:, OMITTED + len(MISSING_KINDS)] = 0 if omitted_wrong else OMITTED
        first = np.arange(len(self.items)) * worth.shape[1] + len(MISSING_KINDS)
        right = np.empty(self.cells.shape, dtype=np.int8)
        for start in range(0, len(right), _AT_ONCE):
            part = slice(start, start + _AT_ONCE)
            worth.ravel().take(self.cells[part] + first, out=right[part])
        return Scored(self.candidates, self.items, right)
