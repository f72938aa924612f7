"""Sums over candidates → covariances and correlations of items, and what is left of them without one item."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from examgen.analysis.classical_sums import PairSums, Sums
from examgen.analysis.irt import Floats

_SINGULAR = float(np.sqrt(np.finfo(np.float64).eps))
_MOST_BY_EIGENVALUES = 1_500


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
    return _pairwise(sums, sums.pairs, live)


def _pairwise(sums: Sums, pairs: PairSums, live: NDArray[np.bool_]) -> Covariances:
    if pairs.n is None or pairs.first is None or pairs.first_squared is None:
        raise ValueError("sums of incomplete scores lack those of pairs")
    n, first = _chosen(pairs.n, live), _chosen(pairs.first, live)
    with np.errstate(divide="ignore", invalid="ignore"):
        crossed = _chosen(pairs.products, live) - first * first.T / n
        spread = _chosen(pairs.first_squared, live) - first * first / n
        spread[spread < 0.25 / np.maximum(n, 1)] = 0.0
        covariance = np.where(n >= 2, crossed / (n - 1), np.nan)
        pairwise = np.clip(np.where(n >= 2, crossed / np.sqrt(spread * spread.T), np.nan), -1.0, 1.0)
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


class Whole(NamedTuple):
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


def whole_of(covariance: Floats) -> Whole:
    """Of a matrix of covariances (K, K), NaN where unknown: a sum is unknown where one of its terms is."""
    own = np.diag(covariance)
    unknown = np.isnan(covariance)
    known = np.where(unknown, 0.0, covariance) if unknown.any() else covariance
    lacking = unknown.sum(axis=0)
    row, every = known.sum(axis=0), float(known.sum())
    with_whole = np.where(lacking > 0, np.nan, row)
    rest = np.where(lacking.sum() - 2 * lacking > 0, np.nan, every - 2 * row + own)
    whole = np.nan if lacking.any() else every
    return Whole(float(own.sum()), whole, with_whole, rest, with_whole - own)


def whole_of_totals(sums: Sums, with_total: Floats, live: NDArray[np.bool_]) -> Whole:
    """The same of complete scores without the matrix, from `with_total` (J,) = Σ (total − mean) x."""
    n = len(sums.points)
    own = variances(sums)[live]
    row = with_total[live] / (n - 1)
    whole = float(np.var(sums.points, ddof=1))
    return Whole(float(own.sum()), whole, row, whole - 2 * row + own, row - own)


def squared_multiple_correlations(correlation: Floats) -> tuple[Floats, bool]:
    """(K,) R² of each item on all others, kept within 0–1, and whether the matrix is singular.

    `psych::smc`: 1 − 1 / diag(R⁻¹); of a singular matrix (a singular value below 1.5e-8 of the greatest:
    fewer candidates than items, items that repeat others) it takes the Moore–Penrose inverse, and the values
    say little. NaN where a correlation is unknown, and for a singular matrix of more than 1,500 items.
    """
    k = len(correlation)
    if not k or np.isnan(correlation).any():
        return np.full(k, np.nan), False
    inverse, singular = _inverse_diagonal(correlation)
    with np.errstate(divide="ignore", invalid="ignore"):
        found = 1.0 - 1.0 / inverse
    return np.clip(found, 0.0, 1.0), singular


def _inverse_diagonal(correlation: Floats) -> tuple[Floats, bool]:
    try:
        inverse = np.linalg.inv(correlation)
        if np.linalg.norm(inverse) * np.linalg.norm(correlation) < 0.5 / _SINGULAR:
            return np.diag(inverse), False
    except np.linalg.LinAlgError:
        pass
    if len(correlation) > _MOST_BY_EIGENVALUES:
        return np.full(len(correlation), np.nan), True
    values, vectors = np.linalg.eigh(correlation)
    size = np.abs(values)
    kept = size > _SINGULAR * size.max()
    diagonal = (np.square(vectors[:, kept]) / values[kept]).sum(axis=1)
    return np.asarray(diagonal), not kept.all()
