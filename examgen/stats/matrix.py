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
from numpy.typing import NDArray

OMITTED, NOT_REACHED, NOT_ADMINISTERED = -1, -2, -3
MISSING_KINDS = {OMITTED: "omitted", NOT_REACHED: "not_reached", NOT_ADMINISTERED: "not_administered"}

_AT_ONCE = 16_384

Cells = NDArray[np.int8]
"""Candidates × items. C order: a candidate's cells stand together."""


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


def score_ranges(cells: Cells) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """(J,) lowest and highest score of each item; −1 of one that nobody answered."""
    low = cells.view(np.uint8).min(axis=0, initial=255)  # seen as unsigned, missing is the greatest
    high = cells.max(axis=0, initial=-1).astype(np.int64)
    return np.where(high < 0, -1, low.astype(np.int64)), high


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
