"""Sums and groups → the statistics of each item.

Biserial and polyserial correlations from moments (no likelihood), as `CTT::polyserial(ml = FALSE)`.

Total scores → groups of able and less able candidates, and what each group got on each item.

Two ways to take the upper and lower 27 % (Kelley, 1939): by threshold, where all with the same total stay
together, or as many as that from each end of the candidates in order of their totals, where those with the
same total stand as in the file.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from statistics import NormalDist
from typing import Any, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from examgen.core.responses.matrix import Cells
from examgen.core.uncertainty import fisher, wilson
from examgen.psychometrics.classical.reliability import alpha_without
from examgen.psychometrics.classical.sums import Covariances, Sums, TestWithoutItems, chunks, variances
from examgen.stats.irt_models import Floats

_NORMAL = NormalDist()
SHARE = 0.27
"""Of the candidates, in the upper and in the lower group."""


def densities(scores: Cells, sums: Sums) -> tuple[Floats, Floats]:
    """(J,) s / Σ_k φ(τ_k) of each item's categories, s with divisor n, and (J, …) the items whose seen
    categories leave one out.

    τ_k are the normal quantiles of the cumulative proportions; for 0/1 this is √(pq) / φ(z_p). Categories
    that nobody got do not count: 0, 2, 3 are ranks 0, 1, 2. NaN where an item has one category only.
    """
    found = np.full(len(sums.n), np.nan)
    gaps = np.zeros(len(sums.n))
    for j in np.flatnonzero((sums.n > 0) & (sums.greatest > sums.least)):
        if sums.greatest[j] == 1 and sums.least[j] == 0:
            counts = np.array([sums.n[j] - sums.score[j], sums.score[j]])
        else:
            column = scores[:, j]
            counts = np.bincount(column[column >= 0]).astype(np.float64)
            gaps[j] = (counts[int(sums.least[j]) :] == 0).any()
            counts = counts[counts > 0]
        ranks = np.arange(len(counts))
        share = counts / counts.sum()
        mean = float(share @ ranks)
        spread = float(share @ np.square(ranks - mean)) ** 0.5
        found[j] = spread / sum(
            _NORMAL.pdf(_NORMAL.inv_cdf(p)) for p in np.cumsum(counts)[:-1] / counts.sum()
        )
    return found, gaps


def ranks(column: Cells) -> Floats:
    """A column's scores as the ranks of the categories that were seen, NaN where missing."""
    found = np.full(len(column), np.nan)
    held = column >= 0
    found[held] = np.unique(column[held], return_inverse=True)[1]
    return found


def correlation(x: Floats, y: Floats) -> float:
    """Pearson's, over the pairs that are whole; NaN where one does not vary."""
    held = ~(np.isnan(x) | np.isnan(y))
    if np.count_nonzero(held) < 2:
        return float("nan")
    x, y = x[held] - x[held].mean(), y[held] - y[held].mean()
    spread = float(x @ x) * float(y @ y)
    return float(x @ y) / spread**0.5 if spread > 1e-20 else float("nan")


def quantile(ordered: Floats, share: float) -> float:
    """R's `quantile(type = 7)` of values in ascending order, to the last bit; NaN where there are none."""
    if not len(ordered):
        return math.nan
    index = 1.0 + (len(ordered) - 1) * share
    low, high = math.floor(index), math.ceil(index)
    found = float(ordered[low - 1])
    if index > low and float(ordered[high - 1]) != found:
        h = index - low
        found = (1.0 - h) * found + h * float(ordered[high - 1])
    return found


def first_in_order(total: Floats, ordered: Floats, size: int) -> NDArray[np.bool_]:
    """(N,) the `size` lowest; of equal totals those that stand first in the file. NaN is nobody's."""
    return _end(total, ordered, size, lowest=True)


def last_in_order(total: Floats, ordered: Floats, size: int) -> NDArray[np.bool_]:
    """(N,) the `size` highest; of equal totals those that stand last in the file."""
    return _end(total, ordered, size, lowest=False)


def _end(total: Floats, ordered: Floats, size: int, *, lowest: bool) -> NDArray[np.bool_]:
    if size < 1:
        return np.zeros(len(total), dtype=np.bool_)
    cut = ordered[size - 1] if lowest else ordered[len(ordered) - size]
    member = total < cut if lowest else total > cut
    lacking = size - int(np.count_nonzero(member))
    same = np.flatnonzero(total == cut)
    member[same[:lacking] if lowest else same[len(same) - lacking :]] = True
    return np.asarray(member)


def members(total: Floats, groups: int) -> NDArray[np.bool_]:
    """(3 + groups, N) who is in the lowest and highest 27 % in order, who is able, who is in each group by
    quantiles."""
    ordered = np.sort(total[~np.isnan(total)])
    size = round(SHARE * len(ordered))
    found = [first_in_order(total, ordered, size), last_in_order(total, ordered, size)]
    found.append(total >= quantile(ordered, 1.0 - SHARE))
    cuts = [quantile(ordered, place / groups) for place in range(1, groups)]
    place = np.searchsorted(np.array(cuts), total, side="left")
    found += [(place == group) & ~np.isnan(total) for group in range(groups)]
    return np.array(found)


class ExtremeGroups(NamedTuple):
    """Mean scores (J,) of the candidates at both ends who have the item; NaN where there is none."""

    low27: Floats
    high27: Floats
    low27_sorted: Floats
    high27_sorted: Floats
    low_third: Floats
    high_third: Floats
    with_total: Floats
    """Σ (total − mean) x over those who have the item."""
    total: Floats
    """Σ (total − mean) over those who have the item."""
    total_squared: Floats
    """Σ (total − mean)² over those who have the item."""


def ends(scores: Cells, sums: Sums, total: Floats) -> ExtremeGroups:
    """What candidates at both ends of the total scores (N,) got, and sums of totals with scores."""
    known = ~np.isnan(total)
    ordered = np.sort(total[known])
    n = len(ordered)
    with np.errstate(invalid="ignore"):
        members = [
            total <= quantile(ordered, SHARE),
            total >= quantile(ordered, 1.0 - SHARE),
            first_in_order(total, ordered, round(SHARE * n)),
            last_in_order(total, ordered, round(SHARE * n)),
            first_in_order(total, ordered, n // 3),
            last_in_order(total, ordered, n // 3),
        ]
    flags = np.zeros(len(total), dtype=np.uint8)
    for place, member in enumerate(members):
        flags |= member.astype(np.uint8) << np.uint8(place)
    got, had = np.zeros((6, scores.shape[1])), np.zeros((6, scores.shape[1]))
    greatest = int(sums.greatest.max(initial=1))
    places = np.arange(6, dtype=np.uint8)[:, None]
    for rows in chunks(scores, greatest):
        block = scores[rows]
        member = ((flags[rows] >> places) & np.uint8(1)).astype(np.float32)
        if sums.complete:
            got += member @ block.astype(np.float32)
            had += member.sum(axis=1, keepdims=True)
        else:
            held = block >= 0
            got += member @ np.where(held, block, 0).astype(np.float32)
            had += member @ held.astype(np.float32)
    with np.errstate(divide="ignore", invalid="ignore"):
        means = got / had
    centred = np.where(known, total - (ordered.mean() if n else 0.0), 0.0)
    # Σ t x, Σ t and Σ t² over those who have the item
    of_totals = np.zeros((3, scores.shape[1]))
    if sums.complete and sums.pairs is not None:
        mean = float(sums.points.sum()) / max(len(sums.points), 1)
        of_totals[0] = sums.pairs.products.sum(axis=0) - mean * sums.score
        of_totals[2] = float(centred @ centred)
    else:
        weights = np.stack([centred, np.square(centred)])
        for rows in chunks(scores):
            block = scores[rows]
            held = (block >= 0).astype(np.float64)
            of_totals[1:] += weights[:, rows] @ held
            of_totals[0] += centred[rows] @ (block * held)
    return ExtremeGroups(*means, *of_totals)


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


class PooledItems(NamedTuple):
    """What is known of J items, scored 0 or 1, over all forms that have them, an array (J,) each."""

    n: Floats
    facility: Floats
    item_rest: Floats
    n_of_rest: Floats
    """Candidates behind `item_rest`, less 3 for each form after the first: each has a mean of its own."""
    missing: Sequence[NDArray[np.int64]]
    """How often an item was omitted, was not reached, was not administered."""

    @property
    def sd(self) -> Floats:
        """With divisor n."""
        return np.sqrt(self.facility * (1 - self.facility))


Pooling = Literal["mean", "one form", "undefined"] | Callable[[PooledItems], NDArray[Any]]
OVER_FORMS: dict[str, Pooling] = {
    "n": lambda of: of.n.astype(np.int64),
    "greatest": lambda of: np.ones(len(of.n), dtype=np.int64),
    "facility": "mean",
    "facility_se": lambda of: of.sd / np.sqrt(np.maximum(of.n, 1)),
    "facility_low": lambda of: wilson(of.facility * of.n, of.n.astype(np.int64))[0],
    "facility_high": lambda of: wilson(of.facility * of.n, of.n.astype(np.int64))[1],
    "sd": lambda of: of.sd * np.sqrt(of.n / np.maximum(of.n - 1, 1)),
    "item_total": "mean",
    "item_rest": "mean",
    "item_rest_low": lambda of: fisher(of.item_rest, of.n_of_rest)[0],
    "item_rest_high": lambda of: fisher(of.item_rest, of.n_of_rest)[1],
    "biserial": "mean",
    "biserial_rest": "mean",
    "r_cor": "mean",
    "loading": "undefined",
    "d27": "mean",
    "d27_sorted": "undefined",
    "d_thirds": "undefined",
    "alpha_if_deleted": "one form",
    "omitted": lambda of: of.missing[0],
    "not_reached": lambda of: of.missing[1],
    "not_administered": lambda of: of.missing[2],
}
"""What a statistic of an item is over the forms that have it: the mean of the forms, weighted by their
candidates; that of the form, where there is one alone; not defined; or computed anew. Every statistic has its
line."""


class ItemMoments(NamedTuple):
    """What statistics of items are made of, and the test's with them."""

    sums: Sums
    ends: ExtremeGroups
    live: NDArray[np.bool_]
    """(J,) items that vary."""
    whole: TestWithoutItems
    """Of the items that vary."""
    matrices: Covariances | None
    communality: Floats
    """(K,) squared multiple correlations of the items that vary."""
    loadings: Floats | None
    """(K,) on one factor; None where there is none."""
    alpha: float
    total: Floats
    """(N,)"""


def describe(scores: Cells, parts: ItemMoments, greatest: NDArray[np.int64] | None) -> ItemStatistics:
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
    # Below it the variance of a sum of whole numbers is rounding: the least one that is not 0 is 1 / N.
    least = 0.5 / max(len(sums.points), 1)
    found, live = np.full(len(spread), np.nan), parts.live
    with np.errstate(divide="ignore", invalid="ignore"):
        r = parts.whole.with_rest / np.sqrt(spread[live] * parts.whole.rest)
    found[live] = np.where(parts.whole.rest > least, r, np.nan)
    item_rest = np.clip(found, -1.0, 1.0) if sums.complete else found
    # Σ (t − t̄_j) (x − x̄) over those who have the item, over the root of both sums of squares
    with np.errstate(divide="ignore", invalid="ignore"):
        crossed = ends.with_total - ends.total * sums.score / sums.n
        squares = ends.total_squared - np.square(ends.total) / sums.n
        r = crossed / np.sqrt(squares * spread * (sums.n - 1))
    item_total = np.where(live & (squares > 1e-9), np.clip(r, -1.0, 1.0), np.nan)
    factor, gaps = densities(scores, parts.sums)
    with_total, with_rest = item_total * factor, item_rest * factor
    for j in np.flatnonzero(gaps):
        column = ranks(scores[:, j])
        with_total[j] = correlation(column, parts.total) * factor[j]
        if sums.complete:
            with_rest[j] = correlation(column, parts.total - scores[:, j]) * factor[j]
    without = np.full(len(spread), parts.alpha)
    without[live] = alpha_without(parts.whole, spread[live], least)
    r_cor, loading = np.full((2, len(spread)), np.nan)
    if parts.matrices is not None and len(parts.communality):
        row = parts.matrices.correlation.sum(axis=0) - 1.0 + parts.communality
        whole = float(row.sum())
        if whole > 1e-10 * len(row):  # else 0 but for rounding
            r_cor[live] = row / whole**0.5
    if parts.loadings is not None:
        loading[live] = parts.loadings
    facility_low, facility_high = wilson(facility * sums.n, sums.n)
    rest_low, rest_high = fisher(item_rest, sums.n)
    return ItemStatistics(
        n=sums.n,
        greatest=top,
        facility=facility,
        facility_se=error,
        facility_low=facility_low,
        facility_high=facility_high,
        sd=np.sqrt(spread),
        item_total=item_total,
        item_rest=item_rest,
        item_rest_low=rest_low,
        item_rest_high=rest_high,
        biserial=with_total,
        biserial_rest=with_rest,
        r_cor=r_cor,
        loading=loading,
        d27=d27,
        d27_sorted=d27_sorted,
        d_thirds=d_thirds,
        alpha_if_deleted=without,
        omitted=sums.missing[0],
        not_reached=sums.missing[1],
        not_administered=sums.missing[2],
    )
