"""Moments of item scores: sums over persons, and the covariances of items computed from them.

Scores are whole numbers, negative if missing, so that sums of products are exact. Persons are processed a few
thousand at a time, so that no array of the size persons × items is created.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from examgen.stats.matrix import MISSING_KINDS, NOT_ADMINISTERED, Cells

Floats = NDArray[np.float64]
Whole = NDArray[np.int64]
MOST_ITEMS = 5_000
"""With more items, matrices of the size items × items do not fit into memory."""
_CELLS_AT_ONCE = 1 << 20
_KINDS = len(MISSING_KINDS)
_SCORES = np.arange(128)
_SINGULAR = float(np.sqrt(np.finfo(np.float64).eps))


class Moments(NamedTuple):
    """Sums over persons for J items."""

    counts: Whole
    """(J, 128) the number of persons with each score."""
    missing: Whole
    """(3, J) the numbers of persons for whom the item was omitted, not reached, not administered."""
    n: Whole
    """(J,) the number of persons with a score on the item."""
    score: Floats
    """(J,) Σ x."""
    greatest: Whole
    """(J,) highest observed score; 0 if there is none."""
    least: Whole
    variance: Floats
    """(J,) divisor n − 1; NaN with fewer than two scores."""
    answered: Whole
    """(N,) the number of items on which each person has a score."""
    points: Floats
    """(N,) sum of each person's scores."""
    products: Floats
    """(J, J) Σ x_i x_j over the persons who have both items, as for `both`, `first` and `squares`."""
    both: Floats
    """The number of persons who have both items; (1, 1) if no score is missing."""
    first: Floats
    """[i, j]: Σ x_i over the persons who have j; (J, 1) if no score is missing."""
    squares: Floats
    """[i, j]: Σ x_i² over the persons who have j; (J, 1) if no score is missing."""

    @property
    def complete(self) -> bool:
        """Whether every person has a score on every item."""
        return bool((self.n == len(self.points)).all())

    def totals(self, *, prorate: bool) -> Floats:
        """Return total scores (N,); NaN for a person without any score.

        With missing scores, the total is the mean of the person's other scores times the number of items
        (`prorate`, as `psych::alpha`), or simply the sum (as `psych::alpha(cumulative = TRUE)`).
        """
        if prorate and not self.complete:
            total = self.points * (len(self.n) / np.maximum(self.answered, 1))
            total = np.where(self.answered == len(self.n), self.points, total)
        else:
            total = self.points.copy()
        total[self.answered == 0] = np.nan
        return total


def stretches(cells: Cells) -> Iterator[slice]:
    """Yield slices of persons small enough for the processor's cache."""
    size = min(max(_CELLS_AT_ONCE // max(cells.shape[1], 1), 64), 16_384)
    for start in range(0, len(cells), size):
        yield slice(start, min(start + size, len(cells)))


def moments(cells: Cells) -> Moments:
    """Return all sums that the statistics of items and test need; `cells` are negative if missing."""
    n, width = cells.shape
    complete = not cells.size or int(cells.min()) >= 0
    place = np.arange(width) * (_KINDS + len(_SCORES)) + _KINDS
    counts = np.zeros(width * (_KINDS + len(_SCORES)), dtype=np.int64)
    points, answered = np.zeros(n), np.zeros(n, dtype=np.int64)
    products = np.zeros((width, width))
    both, first, squares = np.zeros((3, 1, 1) if complete else (3, width, width))
    for rows in stretches(cells):
        block = np.maximum(cells[rows], NOT_ADMINISTERED)
        counts += np.bincount((block + place).ravel(), minlength=len(counts))
        x = np.maximum(block, 0).astype(np.float64)
        points[rows], answered[rows] = x.sum(axis=1), np.count_nonzero(block >= 0, axis=1)
        products += x.T @ x
        if not complete:
            there = (block >= 0).astype(np.float64)
            both += there.T @ there
            first += x.T @ there
            squares += np.square(x).T @ there
    counts = counts.reshape(width, _KINDS + len(_SCORES))
    missing, counts = counts[:, _KINDS - 1 :: -1].T, counts[:, _KINDS:]
    n_scores, score = counts.sum(axis=1), (counts @ _SCORES).astype(np.float64)
    squared = (counts @ _SCORES**2).astype(np.float64)
    if complete:
        both, first, squares = np.full((1, 1), float(n)), score[:, None], squared[:, None]
    seen = counts > 0
    least = np.where(n_scores > 0, seen.argmax(axis=1), 0)
    greatest = np.where(n_scores > 0, len(_SCORES) - 1 - seen[:, ::-1].argmax(axis=1), 0)
    with np.errstate(divide="ignore", invalid="ignore"):
        variance = (squared - score**2 / n_scores) / (n_scores - 1)
    variance = np.where(n_scores < 2, np.nan, np.where(least == greatest, 0.0, variance))
    return Moments(
        counts, missing, n_scores, score, greatest, least, variance, answered, points, products, both, first,
        squares,
    )  # fmt: skip


class Covariances(NamedTuple):
    """Covariances and correlations of the K items that vary; divisor n − 1, over the persons who have both
    items (pairwise)."""

    covariance: Floats
    """(K, K); NaN if fewer than two persons have both items."""
    correlation: Floats
    """(K, K) `covariance` divided by the items' own standard deviations (R's cov2cor), as in `psych::alpha`.
    """
    pairwise: Floats
    """(K, K) correlations with standard deviations of the same persons (R's cor(use = "pairwise")), as in
    `psych::guttman` and `psych::fa`. The same as `correlation` if no score is missing."""


def covariances(of: Moments, live: NDArray[np.bool_]) -> Covariances:
    """Return the covariances of the items in `live` (J,)."""
    both = of.both
    with np.errstate(divide="ignore", invalid="ignore"):
        covariance = (of.products - of.first * of.first.T / both) / (both - 1)
        spread = of.squares - of.first**2 / both
        spread[spread < 0.25 / np.maximum(both, 1)] = 0.0
        pairwise = (of.products - of.first * of.first.T / both) / np.sqrt(spread * spread.T)
    unknown = np.broadcast_to(both < 2, covariance.shape) | np.isinf(pairwise)
    covariance = np.where(both < 2, np.nan, covariance)[np.ix_(live, live)]
    pairwise = np.clip(np.where(unknown, np.nan, pairwise), -1.0, 1.0)[np.ix_(live, live)]
    sd = np.sqrt(np.diag(covariance))
    correlation = covariance / np.outer(sd, sd)
    np.fill_diagonal(correlation, 1.0)
    np.fill_diagonal(pairwise, 1.0)
    return Covariances(covariance, correlation, pairwise if of.both.size > 1 else correlation)


class WithoutItems(NamedTuple):
    """Sums of the covariances of K items, for the whole test and without each item."""

    trace: float
    """Sum of the items' variances."""
    whole: float
    """Variance of the sum of the items; NaN if a covariance is unknown."""
    rest: Floats
    """(K,) variance of the sum of the other items; NaN if a covariance among them is unknown."""
    with_rest: Floats
    """(K,) covariance of each item with the sum of the others."""


def without_items(covariance: Floats) -> WithoutItems:
    """Return the sums of a covariance matrix (K, K), NaN where unknown; a sum is unknown if one of its terms
    is."""
    own, unknown = np.diag(covariance), np.isnan(covariance)
    known, lacking = np.where(unknown, 0.0, covariance), unknown.sum(axis=0)
    row, every = known.sum(axis=0), float(known.sum())
    rest = np.where(lacking.sum() - 2 * lacking > 0, np.nan, every - 2 * row + own)
    with_whole = np.where(lacking > 0, np.nan, row)
    return WithoutItems(float(own.sum()), np.nan if lacking.any() else every, rest, with_whole - own)


def squared_multiple_correlations(correlation: Floats) -> tuple[Floats, bool]:
    """Return R² of each item on all others (K,), limited to 0–1, and whether the matrix is singular.

    `psych::smc`: 1 − 1 / diag(R⁻¹); of a singular matrix (a singular value below 1.5e-8 of the greatest:
    fewer persons than items, items that repeat others) it takes the Moore–Penrose inverse, and the values
    say little. NaN where a correlation is unknown.
    """
    k = len(correlation)
    if not k or np.isnan(correlation).any():
        return np.full(k, np.nan), False
    values, vectors = np.linalg.eigh(correlation)
    kept = np.abs(values) > _SINGULAR * np.abs(values).max()
    inverse = (np.square(vectors[:, kept]) / values[kept]).sum(axis=1)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.clip(1.0 - 1.0 / inverse, 0.0, 1.0), not kept.all()


# ── points of an administration ──────────────────────────────────────────────────────────────


class ObservedItems(NamedTuple):
    """Observed statistics of J items in an administration; NaN if undefined."""

    n: Floats
    """(J,) the number of candidates who were given the item."""
    facility: Floats
    """(J,) proportion of its points that they earned."""
    item_rest: Floats
    """(J,) correlation with the candidates' points on the other items."""


_LEAST = 1e-12
"""A variance below this counts as zero: partial points are not whole numbers, so sums are rounded."""


def observed(cells: Cells, worth: Floats, counted: NDArray[np.bool_]) -> ObservedItems:
    """Return the facility and item–rest correlation of each item, with the number of candidates who were
    given it.

    The facility of item j is the mean of x_j, the proportion of its points that a candidate earned, over the
    n_j candidates who were given the item. A blank counts as wrong, reached or not, as it does in the score.
    The item–rest correlation is that of x_j with T − w_j x_j. T = Σ w_k x_k is summed over the items that the
    candidate was given; w_k is 1 for items that count and 0 for pilot items.

    Parameters
    ----------
    cells : (N, J) int8
        Categories (score categories, or places of options), or codes for kinds of missing responses.
    worth : (J, K)
        The proportion of the points, 0 to 1, that each category is worth.
    counted : (J,)
        Whether the item is part of the total.

    References
    ----------
    Crocker, L., & Algina, J. (1986). Introduction to classical and modern test theory, chapter 14: item
    difficulty; corrected item–total correlation (after Henrysson, S., 1963, Psychometrika 28, 211–218).
    """
    table = np.hstack([np.zeros((len(worth), _KINDS)), worth])

    def shares(item: int) -> Floats:
        return np.asarray(table[item, cells[:, item].astype(np.intp) + _KINDS])

    total = np.zeros(len(cells))
    for item in np.flatnonzero(counted).tolist():
        total += shares(item)
    n, facility, item_rest = np.full((3, len(worth)), np.nan)
    for item, is_counted in enumerate(counted.tolist()):
        given, own = cells[:, item] != NOT_ADMINISTERED, shares(item)
        n[item] = np.count_nonzero(given)
        if n[item]:
            facility[item] = own[given].mean()
            item_rest[item] = correlation(own[given], (total - is_counted * own)[given])
    return ObservedItems(n, facility, item_rest)


def correlation(x: NDArray[Any], y: NDArray[Any]) -> float:
    """Return Pearson's r, −1 to 1; NaN if one of the two does not vary."""
    x, y = x - x.mean(), y - y.mean()
    of_x, of_y = float(x @ x), float(y @ y)
    if min(of_x, of_y) <= _LEAST * len(x):
        return float("nan")
    return float(np.clip(x @ y / np.sqrt(of_x * of_y), -1.0, 1.0))
