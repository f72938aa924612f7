"""The matrix of candidates' responses to items, which is the input of item analysis.

A cell is a whole number. A value from zero is the score category (`Scored`) or the index of the option chosen
(`Chosen`); a negative value is the reason why a response is missing. The three reasons have different
meanings: an omitted item was seen and left blank, an item that was not reached comes after the last answer,
and an item that was not administered was not on the candidate's form.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

OMITTED, NOT_REACHED, NOT_ADMINISTERED = -1, -2, -3
MISSING_KINDS = {OMITTED: "omitted", NOT_REACHED: "not_reached", NOT_ADMINISTERED: "not_administered"}

_AT_ONCE = 16_384

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]
Cells = NDArray[np.int8]
"""Candidates × items, in C order: a candidate's cells are contiguous."""


class Scored(NamedTuple):
    """Scores of items: 0 … `greatest[j]`, or a missing-value code."""

    candidates: tuple[str, ...] | range
    """Ids, or a range if they do not matter."""
    items: tuple[str, ...]
    cells: Cells

    @property
    def greatest(self) -> Cells:
        """The highest observed category of each item, at least 1."""
        seen = self.cells.max(axis=0, initial=1)
        return np.asarray(np.maximum(seen, 1), dtype=np.int8)


def administered(cells: Cells) -> Bools:
    """Return whether anybody was given each item (J,)."""
    return np.asarray((cells != NOT_ADMINISTERED).any(axis=0))


def score_ranges(cells: Cells) -> tuple[Ints, Ints]:
    """Return the lowest and highest score of each item (J,); −1 for an item that nobody answered."""
    low = cells.view(np.uint8).min(axis=0, initial=255)  # seen as unsigned, missing is the greatest
    high = cells.max(axis=0, initial=-1).astype(np.int64)
    return np.where(high < 0, -1, low.astype(np.int64)), high


class Chosen(NamedTuple):
    """The option each candidate chose for each item: an index into `options[j]` or a missing-value code."""

    candidates: tuple[str, ...] | range
    items: tuple[str, ...]
    cells: Cells
    options: tuple[tuple[str, ...], ...]
    """Names of each item's options, in order. Marks that are not options of the item (two marks, a letter
    that the item does not have) have the separate name `*`, if they occur."""
    keys: tuple[frozenset[int], ...]
    """Indices of the right options of each item."""

    def part(self, items: Sequence[int], rows: NDArray[np.integer] | None = None) -> Chosen:
        """Return the responses of all candidates, or of those with these row numbers, to some items."""
        cells = self.cells if rows is None else self.cells[rows]
        return Chosen(
            self.candidates if rows is None else range(len(rows)),
            tuple(self.items[n] for n in items),
            np.ascontiguousarray(cells[:, items]),
            tuple(self.options[n] for n in items),
            tuple(self.keys[n] for n in items),
        )

    def scored(self, *, omitted_wrong: bool = True, not_reached_wrong: bool = False) -> Scored:
        """Return the scores, right 1 and wrong 0; missing values remain missing unless they are to count as
        wrong."""
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
