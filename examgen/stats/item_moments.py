"""Moments of item scores: sums over persons, and the covariances of items computed from them.

Scores are whole numbers, negative if missing, so that sums of products are exact. Persons are processed a few
thousand at a time, so that no array of the size persons × items is created.

Reliability of the total from the covariances of items: alpha, Guttman's bounds, split halves, ω.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from examgen.stats.distributions import f_quantile
from examgen.stats.matrix import MISSING_KINDS, NOT_ADMINISTERED, Bools, Cells, Floats, Ints

MOST_ITEMS = 5_000
"""With more items, matrices of the size items × items do not fit into memory."""
_CELLS_AT_ONCE = 1 << 20
_KINDS = len(MISSING_KINDS)
_SCORES = np.arange(128)
_SINGULAR = float(np.sqrt(np.finfo(np.float64).eps))


class Moments(NamedTuple):
    """Sums over persons for J items."""

    counts: Ints
    """(J, 128) the number of persons with each score."""
    missing: Ints
    """(3, J) the numbers of persons for whom the item was omitted, not reached, not administered."""
    n: Ints
    """(J,) the number of persons with a score on the item."""
    score: Floats
    """(J,) Σ x."""
    greatest: Ints
    """(J,) highest observed score; 0 if there is none."""
    least: Ints
    variance: Floats
    """(J,) divisor n − 1; NaN with fewer than two scores."""
    answered: Ints
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


def covariances(of: Moments, live: Bools) -> Covariances:
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


def observed(cells: Cells, worth: Floats, counted: Bools) -> ObservedItems:
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


# ── reliability ───────────────────────────────────────────────────────────────────────────────────────


MOST_EXPLAINED = 0.995
"""The maximum proportion of an item's variance explained by one factor, as in `psych::fa`."""
_LEAST_VARIANCE = 1e-10
"""The sum of a matrix of covariances over its diagonal's, below which it is 0 but for rounding: the total
does not vary."""


def _possible(reliability: float) -> float:
    """NaN above 1, where pairwise covariances contradict each other; rounding apart."""
    return min(reliability, 1.0) if reliability <= 1.0 + 1e-9 else math.nan


def alpha_of(test: WithoutItems) -> float:
    """Return coefficient alpha of K items: K / (K − 1) · (1 − Σ s_j² / s²), where s² is the sum of all
    covariances.

    NaN with one item, if s² is not positive or unknown, and if covariances from different persons would make
    alpha greater than 1.

    References
    ----------
    Cronbach, L. J. (1951). Coefficient alpha and the internal structure of tests. Psychometrika, 16, eq. 2.
    """
    k = len(test.rest)
    varies = test.whole > _LEAST_VARIANCE * test.trace
    return _possible(k / (k - 1) * (1.0 - test.trace / test.whole)) if k > 1 and varies else math.nan


def alpha_without(test: WithoutItems, variances: Floats, least: float) -> Floats:
    """Return alpha of the other K − 1 items (K,); NaN with two items, and if the sum of the others hardly
    varies (`least`)."""
    k = len(variances)
    if k < 3:
        return np.full(k, np.nan)
    with np.errstate(divide="ignore", invalid="ignore"):
        found = (k - 1) / (k - 2) * (1.0 - (test.trace - variances) / test.rest)
    return np.where((test.rest > least) & (found <= 1.0 + 1e-9), np.minimum(found, 1.0), np.nan)


def feldt_interval(alpha: float, n: int, k: int) -> tuple[float, float]:
    """Return the 95 % interval of alpha: 1 − (1 − α) F, with F quantiles for n − 1 and (n − 1)(k − 1) degrees
    of freedom.

    References
    ----------
    Feldt, L. S., Woodruff, D. J., & Salih, F. A. (1987). Statistical inference for coefficient alpha.
    Applied Psychological Measurement, 11, eq. 7.
    """
    if n < 2 or k < 2 or math.isnan(alpha):
        return math.nan, math.nan
    df1, df2 = float(n - 1), float((n - 1) * (k - 1))
    low, high = (1.0 - (1.0 - alpha) * f_quantile(p, df1, df2) for p in (0.975, 0.025))
    return low, high


def alpha_error(covariance: Floats, n: int) -> float:
    """Return the standard error of alpha from n persons, without assuming that items are parallel.

    √(2 k² (s² (tr C² + tr² C) − 2 tr C · 1'C²1) / ((k − 1)² s⁶ n)), s² = 1'C1: `ase` of `psych::alpha`.

    References
    ----------
    Duhachek, A., & Iacobucci, D. (2004). Alpha's standard error (ASE). Journal of Applied Psychology, 89,
    eq. 2; van Zyl, J. M., Neudecker, H., & Nel, D. G. (2000). Psychometrika, 65.
    """
    k, whole, trace = len(covariance), float(covariance.sum()), float(np.trace(covariance))
    row, squares = covariance.sum(axis=0), float(np.square(covariance).sum())
    q = 2 * k**2 / ((k - 1) ** 2 * whole**3) * (whole * (squares + trace**2) - 2 * trace * float(row @ row))
    return math.sqrt(max(q, 0.0) / n)


def lower_bounds(of: Covariances, communality: Floats) -> dict[str, float]:
    """Return Guttman's λ2 from correlations (as `psych::guttman`) and from covariances, λ6 (as
    `psych::alpha`), and the mean correlation of two items.

    λ2 = 1 − tr R / ΣR + √(k/(k−1) Σ_{i≠j} r_ij²) / ΣR; λ6 = 1 − Σ(1 − smc_j) / ΣR. If scores are missing, the
    first uses `pairwise`. NaN with one item, if the total does not vary, and if a sum is not positive or
    unknown.

    References
    ----------
    Guttman, L. (1945). A basis for analyzing test-retest reliability. Psychometrika, 10.
    """
    k, whole = len(of.covariance), float(of.correlation.sum())
    if k < 2:
        return dict.fromkeys(("lambda2", "lambda2_covariance", "lambda6", "mean_interitem_r"), math.nan)
    varies = not float(of.covariance.sum()) <= _LEAST_VARIANCE * float(np.trace(of.covariance))
    lambda6 = 1.0 - (k - float(communality.sum())) / whole if whole > _LEAST_VARIANCE * k else math.nan
    return {
        "lambda2": _possible(_lambda2(of.pairwise)) if varies else math.nan,
        "lambda2_covariance": _possible(_lambda2(of.covariance)) if varies else math.nan,
        "lambda6": _possible(lambda6) if varies else math.nan,
        "mean_interitem_r": _possible((whole - k) / (k * (k - 1))),
    }


def _lambda2(matrix: Floats) -> float:
    k, own, whole = len(matrix), np.diag(matrix), float(matrix.sum())
    if not whole > _LEAST_VARIANCE * float(own.sum()):
        return math.nan
    outside = max(float(np.square(matrix).sum()) - float(own @ own), 0.0)
    return (whole - float(own.sum()) + math.sqrt(outside * k / (k - 1))) / whole


def split_halves(covariance: Floats, places: Ints) -> tuple[float, float, float]:
    """Return the split-half coefficients of odd and even items: the correlation r of the halves, 2 r / (1 +
    r), and 2 (1 − (s_odd² + s_even²) / s²) by Guttman and Flanagan.

    They are computed from covariances (K, K) and `places` (K,), the items' positions in the test, from 0. NaN
    if a half has no item or does not vary, or a covariance is unknown.

    References
    ----------
    Brown, W. (1910); Spearman, C. (1910). British Journal of Psychology, 3. Guttman (1945), eq. 36.
    """
    odd = places % 2 == 0
    first, second, across = (
        float(covariance[np.ix_(rows, columns)].sum())
        for rows, columns in ((odd, odd), (~odd, ~odd), (odd, ~odd))
    )
    if not (first > 0 and second > 0 and not math.isnan(across)):
        return math.nan, math.nan, math.nan
    r = max(-1.0, min(1.0, across / math.sqrt(first * second)))
    whole = first + second + 2 * across
    stepped_up = 2 * r / (1 + r) if r > -1 + 1e-12 else math.nan
    varies = whole > 1e-12 * (first + second)
    return r, stepped_up, 2 * (1 - (first + second) / whole) if varies else math.nan


def kuder_richardson_20(facility: Floats, variance: float) -> float:
    """Return KR-20 of 0/1 items, k/(k−1) (1 − Σ p q / s²), s² with divisor n. Unlike alpha, it includes items
    without variance. NaN with one item, or if totals do not vary.

    References
    ----------
    Kuder, G. F., & Richardson, M. W. (1937). The theory of the estimation of test reliability.
    Psychometrika, 2, eq. 20; eq. 21 for `kuder_richardson_21`.
    """
    k = len(facility)
    error = float((facility * (1.0 - facility)).sum())
    return k / (k - 1) * (1.0 - error / variance) if k > 1 and variance > _LEAST_VARIANCE else math.nan


def kuder_richardson_21(k: float, mean: float, variance: float) -> float:
    """Return KR-21, k/(k−1) (1 − M (k − M) / (k s²)): KR-20 under the assumption of k equally difficult
    items."""
    return (
        k / (k - 1) * (1.0 - mean * (k - mean) / k / variance)
        if k > 1 and variance > _LEAST_VARIANCE
        else math.nan
    )


# ── one factor ───────────────────────────────────────────────────────────────────────────────


def one_factor(correlation: Floats) -> Floats | None:
    """Return the loadings (K,) that reproduce the correlations (K, K) outside the diagonal by least squares.

    Their sum is not negative, and at most 99.5 % of an item's variance is explained. None if no factor is
    found, as with fewer than three items or an unknown correlation.

    References
    ----------
    Harman, H. H., & Jones, W. H. (1966). Factor analysis by minimizing residuals (minres). Psychometrika, 31.
    """
    from scipy.optimize import minimize

    k = len(correlation)
    if k < 3 or np.isnan(correlation).any():
        return None
    outside = correlation - np.diag(np.diag(correlation))

    def loss(loadings: Floats) -> tuple[float, Floats]:
        """½ Σ_{i≠j} (r_ij − l_i l_j)² and its gradient."""
        residual = outside - np.outer(loadings, loadings)
        np.fill_diagonal(residual, 0.0)
        return 0.5 * float(np.square(residual).sum()), -2.0 * residual @ loadings

    values, vectors = np.linalg.eigh(outside + np.diag(np.abs(outside).max(axis=0)))
    start, end = vectors[:, -1] * math.sqrt(max(float(values[-1]), 0.0)), math.sqrt(MOST_EXPLAINED)
    found = minimize(
        loss, np.clip(start, -end, end), jac=True, method="L-BFGS-B", bounds=[(-end, end)] * k,
        options={"maxiter": 2_000, "maxfun": 20_000, "ftol": 1e-16, "gtol": 1e-10, "maxcor": 20},
    )  # fmt: skip
    if not (found.success or np.abs(found.jac * (np.abs(found.x) < end)).max() < 1e-6):
        return None
    return np.asarray(-found.x if found.x.sum() < 0 else found.x)


def is_heywood(loadings: Floats) -> bool:
    """Return whether an item's loading reached the limit: one factor does not fit, or persons are too few."""
    return bool((np.square(loadings) > MOST_EXPLAINED - 1e-9).any())


def omega(loadings: Floats) -> float:
    """Return (Σ l)² / ((Σ l)² + Σ (1 − l²)), the proportion of the variance of the standardised sum that one
    factor explains.

    References
    ----------
    McDonald, R. P. (1999). Test theory: A unified treatment, eq. 6.20. Erlbaum.
    """
    common = float(loadings.sum()) ** 2
    return common / (common + float((1.0 - np.square(loadings)).sum()))


def omega_of_correlations(loadings: Floats, correlation: Floats) -> float:
    """Return 1 − Σ (1 − l²) / ΣR: `omega` relative to the observed variance (psych's `omega.tot`)."""
    whole = float(correlation.sum())
    unexplained = float((1.0 - np.square(loadings)).sum())
    return 1.0 - unexplained / whole if whole > _LEAST_VARIANCE * len(correlation) else math.nan
