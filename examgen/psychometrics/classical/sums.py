"""Scores → the sums that classical statistics are made of, in one pass over chunks of candidates.

Sums of products of whole numbers are exact: a chunk is multiplied in float32 and holds so few candidates that
no sum in it passes 2**24; chunks are added in float64. Nothing of the size candidates × items is made.

Of the sums come covariances and correlations of items, and what is left of them without one item.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from examgen.core.responses.matrix import NOT_ADMINISTERED, NOT_REACHED, OMITTED, Cells
from examgen.stats.irt_models import Floats

MOST_ITEMS = 5_000
"""With more items nothing of the size items × items is made, and what needs it is NaN."""

_CELLS_AT_ONCE = 1 << 20
_EXACT = 1 << 24
_SINGULAR = float(np.sqrt(np.finfo(np.float64).eps))
_MOST_BY_EIGENVALUES = 1_500


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
    n, width = scores.shape
    none: PairSums | None = None
    if pairs and width <= MOST_ITEMS:
        none = PairSums(np.zeros((width, width)), None, None, None)
        if scores.size and scores.min() < 0:
            first = np.zeros((width, width))
            squared = first if int(scores.max()) <= 1 else first.copy()
            none = PairSums(np.zeros((width, width)), np.zeros((width, width)), first, squared)
    found = Sums(
        np.zeros(width, np.int64), np.zeros(width), np.zeros(width), np.zeros(width, np.int64),
        np.full(width, 127, np.int64), np.zeros((3, width), np.int64), np.zeros(n, np.int32), np.zeros(n),
        none,
    )  # fmt: skip
    if n and width:
        greatest = max(int(scores.max()), 1)
        for rows in chunks(scores, greatest):
            block = scores[rows]
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
    found.least[found.n == 0] = 0
    return found


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


class Covariances(NamedTuple):
    """Of the K items that vary; divisor n − 1, over the candidates who have both items (pairwise)."""

    covariance: Floats
    """(K, K); NaN where fewer than two candidates have both."""
    correlation: Floats
    """(K, K) `covariance` over the items' own standard deviations (R's cov2cor), as in `psych::alpha`."""
    pairwise: Floats
    """(K, K) correlations with standard deviations of the same candidates (R's cor(use = "pairwise")), as in
    `psych::guttman` and `psych::fa`. The same as `correlation` where nothing is missing."""


def variances(sums: Sums) -> Floats:
    """(J,) variances of items, divisor n − 1; NaN with fewer than two scores."""
    with np.errstate(divide="ignore", invalid="ignore"):
        found = (sums.squared - sums.score * sums.score / sums.n) / (sums.n - 1)
    found = np.where(sums.greatest == sums.least, 0.0, found)
    return np.asarray(np.where(sums.n >= 2, found, np.nan))


def covariances(sums: Sums, live: NDArray[np.bool_]) -> Covariances | None:
    """Those of the items in `live` (J,); None with too many items."""
    if sums.pairs is None:
        return None
    if sums.complete:
        n = len(sums.points)
        whole = _chosen(sums.pairs.products, live)
        covariance = (whole - np.outer(sums.score[live], sums.score[live]) / n) / (n - 1) if n > 1 else whole
        correlation = _correlation(covariance)
        return Covariances(covariance, correlation, correlation)
    if sums.pairs.n is None or sums.pairs.first is None or sums.pairs.first_squared is None:
        raise ValueError("sums of incomplete scores lack those of pairs")
    both, first = _chosen(sums.pairs.n, live), _chosen(sums.pairs.first, live)
    with np.errstate(divide="ignore", invalid="ignore"):
        crossed = _chosen(sums.pairs.products, live) - first * first.T / both
        spread = _chosen(sums.pairs.first_squared, live) - first * first / both
        spread[spread < 0.25 / np.maximum(both, 1)] = 0.0
        covariance = np.where(both >= 2, crossed / (both - 1), np.nan)
        pairwise = np.clip(np.where(both >= 2, crossed / np.sqrt(spread * spread.T), np.nan), -1.0, 1.0)
    np.fill_diagonal(covariance, variances(sums)[live])
    pairwise[np.isinf(pairwise)] = np.nan
    np.fill_diagonal(pairwise, 1.0)
    return Covariances(covariance, _correlation(covariance), pairwise)


def _chosen(matrix: Floats, live: NDArray[np.bool_]) -> Floats:
    return matrix if live.all() else matrix[np.ix_(live, live)]


def _correlation(covariance: Floats) -> Floats:
    sd = np.sqrt(np.diag(covariance))
    found = covariance / sd
    found /= sd[:, None]
    np.fill_diagonal(found, 1.0)
    return np.asarray(found)


class TestWithoutItems(NamedTuple):
    """A test of K items and what is left of it without each: sums of the elements of their covariances."""

    trace: float
    """Sum of the items' variances."""
    whole: float
    """Variance of the sum of the items; NaN where a covariance is unknown."""
    with_whole: Floats
    """(K,) covariance of each item with the sum of all."""
    rest: Floats
    """(K,) variance of the sum of the others; NaN where a covariance among them is unknown."""
    with_rest: Floats
    """(K,) covariance of each item with the sum of the others."""


def whole_of(covariance: Floats) -> TestWithoutItems:
    """Of a matrix of covariances (K, K), NaN where unknown: a sum is unknown where one of its terms is."""
    own = np.diag(covariance)
    unknown = np.isnan(covariance)
    known = np.where(unknown, 0.0, covariance) if unknown.any() else covariance
    lacking = unknown.sum(axis=0)
    row, every = known.sum(axis=0), float(known.sum())
    with_whole = np.where(lacking > 0, np.nan, row)
    rest = np.where(lacking.sum() - 2 * lacking > 0, np.nan, every - 2 * row + own)
    whole = np.nan if lacking.any() else every
    return TestWithoutItems(float(own.sum()), whole, with_whole, rest, with_whole - own)


def whole_of_totals(sums: Sums, with_total: Floats, live: NDArray[np.bool_]) -> TestWithoutItems:
    """The same of complete scores without the matrix, from `with_total` (J,) = Σ (total − mean) x."""
    n = len(sums.points)
    own = variances(sums)[live]
    row = with_total[live] / (n - 1)
    whole = float(np.var(sums.points, ddof=1))
    return TestWithoutItems(float(own.sum()), whole, row, whole - 2 * row + own, row - own)


def squared_multiple_correlations(correlation: Floats) -> tuple[Floats, bool]:
    """(K,) R² of each item on all others, kept within 0–1, and whether the matrix is singular.

    `psych::smc`: 1 − 1 / diag(R⁻¹); of a singular matrix (a singular value below 1.5e-8 of the greatest:
    fewer candidates than items, items that repeat others) it takes the Moore–Penrose inverse, and the values
    say little. NaN where a correlation is unknown, and for a singular matrix of more than 1,500 items.
    """
    k = len(correlation)
    if not k or np.isnan(correlation).any():
        return np.full(k, np.nan), False
    singular = False
    try:
        whole = np.linalg.inv(correlation)
        inverse = np.diag(whole)
        sound = bool(np.linalg.norm(whole) * np.linalg.norm(correlation) < 0.5 / _SINGULAR)
    except np.linalg.LinAlgError:
        sound = False
    if not sound and k > _MOST_BY_EIGENVALUES:
        return np.full(k, np.nan), True
    if not sound:
        values, vectors = np.linalg.eigh(correlation)
        size = np.abs(values)
        kept = size > _SINGULAR * size.max()
        inverse, singular = (np.square(vectors[:, kept]) / values[kept]).sum(axis=1), not kept.all()
    with np.errstate(divide="ignore", invalid="ignore"):
        found = 1.0 - 1.0 / inverse
    return np.clip(found, 0.0, 1.0), singular
