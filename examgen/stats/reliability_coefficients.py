"""Reliability of the total from the covariances of items: alpha, Guttman's bounds, split halves, ω."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from examgen.stats.distributions import f_quantile
from examgen.stats.item_moments import Covariances, Floats, WithoutItems

MOST_EXPLAINED = 0.995
"""The maximum proportion of an item's variance explained by one factor, as in `psych::fa`."""
_LEAST = 1e-10
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
    varies = test.whole > _LEAST * test.trace
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
    varies = not float(of.covariance.sum()) <= _LEAST * float(np.trace(of.covariance))
    lambda6 = 1.0 - (k - float(communality.sum())) / whole if whole > _LEAST * k else math.nan
    return {
        "lambda2": _possible(_lambda2(of.pairwise)) if varies else math.nan,
        "lambda2_covariance": _possible(_lambda2(of.covariance)) if varies else math.nan,
        "lambda6": _possible(lambda6) if varies else math.nan,
        "mean_interitem_r": _possible((whole - k) / (k * (k - 1))),
    }


def _lambda2(matrix: Floats) -> float:
    k, own, whole = len(matrix), np.diag(matrix), float(matrix.sum())
    if not whole > _LEAST * float(own.sum()):
        return math.nan
    outside = max(float(np.square(matrix).sum()) - float(own @ own), 0.0)
    return (whole - float(own.sum()) + math.sqrt(outside * k / (k - 1))) / whole


def split_halves(covariance: Floats, places: NDArray[np.int64]) -> tuple[float, float, float]:
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
    return k / (k - 1) * (1.0 - error / variance) if k > 1 and variance > _LEAST else math.nan


def kuder_richardson_21(k: float, mean: float, variance: float) -> float:
    """Return KR-21, k/(k−1) (1 − M (k − M) / (k s²)): KR-20 under the assumption of k equally difficult
    items."""
    return k / (k - 1) * (1.0 - mean * (k - mean) / k / variance) if k > 1 and variance > _LEAST else math.nan


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
    return 1.0 - unexplained / whole if whole > _LEAST * len(correlation) else math.nan
