"""Sums and groups → the statistics of each item."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from examgen.analysis.classical_biserial import correlation, densities, ranks
from examgen.analysis.classical_covariances import Covariances, Whole, variances
from examgen.analysis.classical_groups import Ends
from examgen.analysis.classical_reliability import alpha_without
from examgen.analysis.classical_sums import Sums
from examgen.analysis.irt import Floats
from examgen.intervals import fisher, wilson
from examgen.item_responses import Cells


class ItemStatistics(NamedTuple):
    """Classical statistics of J items, an array (J,) each; NaN where undefined."""

    n: NDArray[np.int64]
    """Candidates with a score on the item."""
    greatest: NDArray[np.int64]
    """The highest category: as told, else the highest that was seen, 1 at least."""
    facility: Floats
    """Mean score over the highest category: the proportion right of a 0/1 item. 0–1."""
    facility_se: Floats
    """Of 0/1 items √(pq / n), of others s / √n over the highest category."""
    facility_low: Floats
    """Wilson's 95 % interval. Of partial scores too wide: none with that mean varies more than 0/1 does."""
    facility_high: Floats
    sd: Floats
    """Of the scores, divisor n − 1."""
    item_total: Floats
    """Correlation with the total, the item in it, over those who have the item (`raw.r` of
    `psych::alpha`)."""
    item_rest: Floats
    """Correlation with the sum of the other items (`r.drop` of `psych::alpha`, `pBis` of
    `CTT::itemAnalysis`), from pairwise covariances where scores are missing."""
    item_rest_low: Floats
    """Fisher's 95 % interval."""
    item_rest_high: Floats
    biserial: Floats
    """With the total, the item in it: `item_total` s / Σφ(τ), for 0/1 √(pq) / φ(z_p). May pass 1."""
    biserial_rest: Floats
    """The same with the sum of the other items (`bis` of `CTT::itemAnalysis`)."""
    r_cor: Floats
    """Correlation with the whole, corrected for the item's own error (`r.cor` of `psych::alpha`): its squared
    multiple correlation stands for its variance."""
    loading: Floats
    """On one factor of the correlations (minres, as `psych::fa`)."""
    d27: Floats
    """Mean (over the highest category) of candidates at or above the 73 % quantile of totals, less that of
    those at or below the 27 % quantile; equal totals stay together."""
    d27_sorted: Floats
    """The same of the first and last round(0.27 N) in order of totals, equal ones in the order of the
    file."""
    d_thirds: Floats
    """The same of thirds, trunc(N / 3) candidates each."""
    alpha_if_deleted: Floats
    """Alpha of the other items (`raw_alpha` of psych's `alpha.drop`); NaN with two items."""
    omitted: NDArray[np.int64]
    """How often."""
    not_reached: NDArray[np.int64]
    not_administered: NDArray[np.int64]


class Parts(NamedTuple):
    """What statistics of items are made of, and the test's with them."""

    sums: Sums
    ends: Ends
    live: NDArray[np.bool_]
    """(J,) items that vary."""
    whole: Whole
    """Of the items that vary."""
    matrices: Covariances | None
    communality: Floats
    """(K,) squared multiple correlations of the items that vary."""
    loadings: Floats | None
    """(K,) on one factor; None where there is none."""
    alpha: float
    total: Floats
    """(N,)"""


def describe(scores: Cells, parts: Parts, greatest: NDArray[np.int64] | None) -> ItemStatistics:
    """Every column of `ItemStatistics`."""
    sums, spread = parts.sums, variances(parts.sums)
    top = np.maximum(sums.greatest if greatest is None else greatest, 1)
    with np.errstate(divide="ignore", invalid="ignore"):
        facility = sums.score / sums.n / top
        binary = np.sqrt(facility * (1.0 - facility) / sums.n)
        error = np.where((top == 1) & (sums.n > 0), binary, np.sqrt(spread / sums.n) / top)
        ends = parts.ends
        d27, d27_sorted, d_thirds = (
            (ends.high27 - ends.low27) / top,
            (ends.high27_sorted - ends.low27_sorted) / top,
            (ends.high_third - ends.low_third) / top,
        )
    item_total, item_rest = _item_total(parts, spread), _item_rest(parts, spread)
    biserial, biserial_rest = _biserials(scores, parts, item_total, item_rest)
    return ItemStatistics(
        sums.n, top, facility, error, *wilson(facility * sums.n, sums.n), np.sqrt(spread),
        item_total, item_rest, *fisher(item_rest, sums.n), biserial, biserial_rest,
        _r_cor(parts), _loading(parts),
        d27, d27_sorted, d_thirds, _alpha_if_deleted(parts, spread),
        sums.missing[0], sums.missing[1], sums.missing[2],
    )  # fmt: skip


def _least_variance(sums: Sums) -> float:
    """Below it the variance of a sum of whole numbers is rounding: the least one that is not 0 is 1 / N."""
    return 0.5 / max(len(sums.points), 1)


def _item_total(parts: Parts, spread: Floats) -> Floats:
    """Σ (t − t̄_j) (x − x̄) over those who have the item, over the root of both sums of squares."""
    sums, ends = parts.sums, parts.ends
    with np.errstate(divide="ignore", invalid="ignore"):
        crossed = ends.with_total - ends.total * sums.score / sums.n
        squares = ends.total_squared - np.square(ends.total) / sums.n
        found = crossed / np.sqrt(squares * spread * (sums.n - 1))
    varies = parts.live & (squares > 1e-9)
    return np.where(varies, np.clip(found, -1.0, 1.0), np.nan)


def _item_rest(parts: Parts, spread: Floats) -> Floats:
    found, live = np.full(len(spread), np.nan), parts.live
    with np.errstate(divide="ignore", invalid="ignore"):
        r = parts.whole.with_rest / np.sqrt(spread[live] * parts.whole.rest)
    found[live] = np.where(parts.whole.rest > _least_variance(parts.sums), r, np.nan)
    return np.clip(found, -1.0, 1.0) if parts.sums.complete else found


def _alpha_if_deleted(parts: Parts, spread: Floats) -> Floats:
    """An item without variance is not in alpha, so that deleting it changes nothing."""
    found = np.full(len(spread), parts.alpha)
    found[parts.live] = alpha_without(parts.whole, spread[parts.live], _least_variance(parts.sums))
    return found


def _r_cor(parts: Parts) -> Floats:
    found = np.full(len(parts.live), np.nan)
    if parts.matrices is not None and len(parts.communality):
        row = parts.matrices.correlation.sum(axis=0) - 1.0 + parts.communality
        whole = float(row.sum())
        if whole > 0:
            found[parts.live] = row / whole**0.5
    return found


def _loading(parts: Parts) -> Floats:
    found = np.full(len(parts.live), np.nan)
    if parts.loadings is not None:
        found[parts.live] = parts.loadings
    return found


def _biserials(scores: Cells, parts: Parts, item_total: Floats, item_rest: Floats) -> tuple[Floats, Floats]:
    """With total and rest; an item with a category that nobody got goes by ranks, as in CTT."""
    factor, gaps = densities(scores, parts.sums)
    with_total, with_rest = item_total * factor, item_rest * factor
    for j in np.flatnonzero(gaps):
        column = ranks(scores[:, j])
        with_total[j] = correlation(column, parts.total) * factor[j]
        if parts.sums.complete:
            with_rest[j] = correlation(column, parts.total - scores[:, j]) * factor[j]
    return with_total, with_rest
