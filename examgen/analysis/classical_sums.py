"""Scores → the sums that classical statistics are made of, in one pass over chunks of candidates.

Sums of products of whole numbers are exact: a chunk is multiplied in float32 and holds so few candidates that
no sum in it passes 2**24; chunks are added in float64. Nothing of the size candidates × items is made.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from examgen.analysis.irt import Floats
from examgen.item_responses import NOT_ADMINISTERED, NOT_REACHED, OMITTED, Cells

MOST_ITEMS = 5_000
"""With more items nothing of the size items × items is made, and what needs it is NaN."""

_CELLS_AT_ONCE = 1 << 20
_EXACT = 1 << 24


class PairSums(NamedTuple):
    """Sums over the candidates who have a score on both items, (J, J) each.

    Where no cell is missing, only `products` is there: the others would repeat what `Sums` has.
    """

    products: Floats
    """Σ x_i x_j."""
    n: Floats | None
    """Candidates with both."""
    first: Floats | None
    """[i, j]: Σ x_i over those who have j too."""
    first_squared: Floats | None
    """[i, j]: Σ x_i² over those who have j too."""


class Sums(NamedTuple):
    """Of candidates and of items."""

    n: NDArray[np.int64]
    """(J,) candidates with a score on the item."""
    score: Floats
    """(J,) Σ x."""
    squared: Floats
    """(J,) Σ x²."""
    greatest: NDArray[np.int64]
    """(J,) highest score that was seen; 0 where there is none."""
    least: NDArray[np.int64]
    missing: NDArray[np.int64]
    """(3, J) how often the item was omitted, not reached, not administered."""
    answered: NDArray[np.int32]
    """(N,) items with a score, of each candidate."""
    points: Floats
    """(N,) sum of the scores, of each candidate."""
    pairs: PairSums | None
    """None with more than `MOST_ITEMS` items."""

    @property
    def complete(self) -> bool:
        """Whether every candidate has a score on every item."""
        return bool((self.n == len(self.points)).all())

    def totals(self, *, prorate: bool = True) -> Floats:
        """(N,) total scores; NaN for a candidate without any score.

        A candidate with missing scores gets the mean of the others times the number of items (`prorate`, as
        `psych::alpha`), or simply the sum (as `psych::alpha(cumulative = TRUE)`).
        """
        with np.errstate(divide="ignore", invalid="ignore"):
            total = self.points * (len(self.n) / self.answered) if prorate else self.points.copy()
        total = np.where(self.answered == len(self.n), self.points, total)
        total[self.answered == 0] = np.nan
        return np.asarray(total, dtype=np.float64)


def chunks(scores: Cells, greatest: int = 1) -> Iterator[slice]:
    """Stretches of candidates that are short enough for exact sums of products in float32."""
    n, width = scores.shape
    rows = min(_CELLS_AT_ONCE // max(width, 1), _EXACT // max(greatest, 1) ** 2)
    rows = max(min(rows, 16_384), 64)
    for start in range(0, n, rows):
        yield slice(start, min(start + rows, n))


def sums(scores: Cells, *, pairs: bool = True) -> Sums:
    """Everything that the statistics of items and test need, from candidates × items, negative = missing."""
    if scores.ndim != 2 or scores.dtype.kind not in "iu":
        raise ValueError("scores are a table of whole numbers: candidates × items")
    n, width = scores.shape
    found = Sums(
        np.zeros(width, np.int64), np.zeros(width), np.zeros(width), np.zeros(width, np.int64),
        np.full(width, 127, np.int64), np.zeros((3, width), np.int64), np.zeros(n, np.int32), np.zeros(n),
        _no_pairs(scores) if pairs and width <= MOST_ITEMS else None,
    )  # fmt: skip
    if n and width:
        greatest = max(int(scores.max()), 1)
        for rows in chunks(scores, greatest):
            _add(found, scores[rows], rows, greatest)
    found.least[found.n == 0] = 0
    return found


def _no_pairs(scores: Cells) -> PairSums:
    width = scores.shape[1]
    products = np.zeros((width, width))
    if not scores.size or scores.min() >= 0:
        return PairSums(products, None, None, None)
    first = np.zeros((width, width))
    two_categories = int(scores.max()) <= 1
    return PairSums(products, np.zeros((width, width)), first, first if two_categories else first.copy())


def _add(found: Sums, block: Cells, rows: slice, greatest: int) -> None:
    held = None if block.min() >= 0 else block >= 0
    x = (block if held is None else np.where(held, block, 0)).astype(np.float32)
    ones = np.ones(x.shape[1], dtype=np.float32)
    found.points[rows] = x @ ones
    found.score[:] += (np.ones(len(x), dtype=np.float32) @ x).astype(np.float64)
    np.maximum(found.greatest, block.max(axis=0), out=found.greatest)
    if held is None:
        found.n[:] += len(x)
        found.answered[rows] = x.shape[1]
        np.minimum(found.least, block.min(axis=0), out=found.least)
    else:
        found.n[:] += np.count_nonzero(held, axis=0)
        found.answered[rows] = np.count_nonzero(held, axis=1)
        np.minimum(found.least, np.where(held, block, 127).min(axis=0), out=found.least)
        for place, kind in enumerate((OMITTED, NOT_REACHED, NOT_ADMINISTERED)):
            found.missing[place] += np.count_nonzero(block == kind, axis=0)
    if found.pairs is not None:
        _add_pairs(found.pairs, x, held, greatest)
    if greatest == 1:
        found.squared[:] = found.score
    else:
        found.squared[:] += np.einsum("nj,nj->j", x, x)


def _add_pairs(
    found: PairSums, x: NDArray[np.float32], held: NDArray[np.bool_] | None, greatest: int
) -> None:
    found.products[:] += x.T @ x
    if found.n is None or found.first is None or found.first_squared is None:
        return
    whole = np.ones(len(x), dtype=np.bool_) if held is None else held.all(axis=1)
    found.n[:] += np.count_nonzero(whole)
    found.first[:] += x[whole].sum(axis=0, dtype=np.float64)[:, None]
    if found.first_squared is not found.first:
        found.first_squared[:] += np.square(x[whole]).sum(axis=0, dtype=np.float64)[:, None]
    if held is None or whole.all():
        return
    some, mask = x[~whole], held[~whole].astype(np.float32)
    found.n[:] += mask.T @ mask
    found.first[:] += some.T @ mask
    if found.first_squared is not found.first:
        found.first_squared[:] += np.square(some).T @ mask
