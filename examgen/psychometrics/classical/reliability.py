"""Covariances of items → how reliable the total is: alpha, Guttman's bounds, split halves, ω.

One common factor of a matrix of correlations by minimum residuals (minres), and McDonald's ω from it.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from examgen.psychometrics.classical.sums import Covariances, TestWithoutItems
from examgen.stats.distributions import f_quantile
from examgen.stats.irt_models import Floats

LEAST_UNIQUENESS = 0.005
"""As in `psych::fa`: no item is explained by more than 99.5 %."""

_CYCLES = 1_000
_NEAR = 1e-11
_LEAST = 1e-10
"""The sum of a matrix of covariances over its diagonal's, below which it is 0 but for rounding: the total
does not vary."""


class Factor(NamedTuple):
    """One factor."""

    loadings: Floats
    """(K,) their sum is not negative; NaN where there is no solution."""
    converged: bool
    heywood: bool
    """An item's loading ran to the limit: one factor does not fit, or there are too few candidates."""


def one_factor(correlation: Floats, communality: Floats) -> Factor:
    """Loadings that reproduce the correlations (K, K) outside the diagonal with the least squares.

    Gauss–Newton steps on Σ_{i<j} (r_ij − l_i l_j)², halved where they lose; where that leads to a uniqueness
    below 0.005, the search of `psych::fa` (L-BFGS-B over uniquenesses from `communality` (K,), the squared
    multiple correlations, with its bounds) instead. NaN with fewer than three items or an unknown
    correlation.

    References
    ----------
    Harman, H. H., & Jones, W. H. (1966). Factor analysis by minimizing residuals (minres). Psychometrika, 31.
    """
    k = len(correlation)
    if k < 3 or np.isnan(correlation).any():
        return Factor(np.full(k, np.nan), False, False)
    outside = correlation.copy()
    np.fill_diagonal(outside, 0.0)
    loadings, converged = _least_squares(outside, _start(outside))
    if not converged or (np.square(loadings) > 1.0 - LEAST_UNIQUENESS).any():
        from scipy.optimize import minimize

        def loadings_at(unique: Floats) -> Floats:
            values, vectors = np.linalg.eigh(correlation - np.diag(unique))
            return np.asarray(vectors[:, -1] * np.sqrt(max(float(values[-1]), 0.0)))

        below = np.tril_indices(len(correlation), -1)

        def loss(scaled: Floats) -> float:
            found = loadings_at(scaled * 0.01)
            return float(np.square((correlation - np.outer(found, found))[below]).sum())

        def gradient(scaled: Floats) -> Floats:
            found = loadings_at(scaled * 0.01)
            return np.asarray((np.square(found) + scaled * 0.01 - 1.0) * 0.01)

        start = np.clip(1.0 - np.nan_to_num(communality, nan=0.5), LEAST_UNIQUENESS, 1.0)
        bounds = [(LEAST_UNIQUENESS / 0.01, 1.0 / 0.01)] * len(start)
        options = {"maxiter": 1_000, "ftol": 1e7 * np.finfo(np.float64).eps, "gtol": 0.0, "maxcor": 5}
        found = minimize(
            loss, start / 0.01, jac=gradient, method="L-BFGS-B", bounds=bounds, options=options
        )  # what psych asks of R's optim
        loadings, converged = loadings_at(np.asarray(found.x) * 0.01), bool(found.success)
        return Factor(_upright(loadings), converged, True)
    return Factor(_upright(loadings), True, False)


def omega(loadings: Floats) -> float:
    """(Σ l)² / ((Σ l)² + Σ (1 − l²)): the share of the standardised sum's variance that one factor explains.

    References
    ----------
    McDonald, R. P. (1999). Test theory: A unified treatment, eq. 6.20. Erlbaum.
    """
    common = float(loadings.sum()) ** 2
    return common / (common + float((1.0 - np.square(loadings)).sum()))


def total_varies(covariance: Floats) -> bool:
    """Whether the sum of items varies, of whose covariances one may be unknown."""
    return not float(covariance.sum()) <= _LEAST * float(np.trace(covariance))


def omega_of_correlations(loadings: Floats, correlation: Floats) -> float:
    """1 − Σ (1 − l²) / ΣR: as `omega`, but over the variance that was seen (psych's `omega.tot`)."""
    whole = float(correlation.sum())
    varies = whole > _LEAST * len(correlation)
    return 1.0 - float((1.0 - np.square(loadings)).sum()) / whole if varies else float("nan")


def _upright(loadings: Floats) -> Floats:
    return -loadings if loadings.sum() < 0 else loadings


def _start(outside: Floats) -> Floats:
    """First principal axis with the largest correlation of each item as communality, by a few products."""
    size = np.abs(outside).max(axis=0)
    axis = np.where(outside.sum(axis=0) < 0, -1.0, 1.0)
    value = 0.0
    for _ in range(30):
        axis = outside @ axis + size * axis
        value = float(np.linalg.norm(axis))
        if value < 1e-12:
            return np.zeros(len(outside))
        axis = axis / value
    return np.asarray(axis * np.sqrt(value))


def _loss(outside: Floats, loadings: Floats) -> tuple[float, Floats]:
    """Σ_{i<j} residual² less Σ_{i<j} r², and its gradient / 2."""
    square = np.square(loadings)
    common = float(square.sum())
    product = outside @ loadings
    gradient = loadings * (common - square) - product
    return 0.5 * (common**2 - float(square @ square)) - float(loadings @ product), gradient


def _least_squares(outside: Floats, loadings: Floats) -> tuple[Floats, bool]:
    value, gradient = _loss(outside, loadings)
    for _ in range(_CYCLES):
        if float(np.abs(gradient).max()) < _NEAR:
            return loadings, True
        step = _gauss_newton(loadings, gradient)
        if step is None:
            return loadings, False
        size = 1.0
        while size > 1e-6:
            tried = loadings - size * step
            new_value, new_gradient = _loss(outside, tried)
            if new_value <= value + 1e-14 * abs(value):
                break
            size /= 2
        else:
            return loadings, float(np.abs(gradient).max()) < 1e-7
        loadings, value, gradient = tried, new_value, new_gradient
    return loadings, float(np.abs(gradient).max()) < 1e-6


def _gauss_newton(loadings: Floats, gradient: Floats) -> Floats | None:
    """Solves (diag(l'l − 2 l²) + l l') step = gradient, as a diagonal and one product; None where it
    cannot."""
    diagonal = float(loadings @ loadings) - 2 * np.square(loadings)
    if diagonal.min() < 1e-10:
        diagonal = np.maximum(diagonal, float(loadings @ loadings) * 0.1)
    if diagonal.min() <= 0:
        return None
    plain, turned = gradient / diagonal, loadings / diagonal
    return np.asarray(plain - turned * (float(loadings @ plain) / (1.0 + float(loadings @ turned))))


def alpha_of(whole: TestWithoutItems) -> float:
    """Coefficient alpha of K items: K / (K − 1) · (1 − Σ s_j² / s²), s² the sum of all covariances.

    NaN with one item, where s² is not positive or unknown, and where the covariances of different candidates
    would make it more than 1.

    References
    ----------
    Cronbach, L. J. (1951). Coefficient alpha and the internal structure of tests. Psychometrika, 16, eq. 2.
    """
    k = len(whole.with_whole)
    varies = whole.whole > _LEAST * whole.trace
    return _possible(k / (k - 1) * (1.0 - whole.trace / whole.whole)) if k > 1 and varies else math.nan


def _possible(reliability: float) -> float:
    """NaN above 1, where pairwise covariances contradict each other; rounding apart."""
    return min(reliability, 1.0) if reliability <= 1.0 + 1e-9 else math.nan


def alpha_without(whole: TestWithoutItems, own: Floats, least: float) -> Floats:
    """(K,) alpha of the other K − 1 items; NaN with two items, and where the others' sum hardly varies
    (`least`)."""
    k = len(own)
    if k < 3:
        return np.full(k, np.nan)
    with np.errstate(divide="ignore", invalid="ignore"):
        found = (k - 1) / (k - 2) * (1.0 - (whole.trace - own) / whole.rest)
    return np.where((whole.rest > least) & (found <= 1.0 + 1e-9), np.minimum(found, 1.0), np.nan)


def feldt_interval(alpha: float, n: int, k: int) -> tuple[float, float]:
    """95 % interval of alpha: 1 − (1 − α) F, F quantiles with n − 1 and (n − 1)(k − 1) degrees of freedom.

    References
    ----------
    Feldt, L. S., Woodruff, D. J., & Salih, F. A. (1987). Statistical inference for coefficient alpha.
    Applied Psychological Measurement, 11, eq. 7.
    """
    if n < 2 or k < 2 or math.isnan(alpha):
        return math.nan, math.nan
    df1, df2 = float(n - 1), float((n - 1) * (k - 1))
    tail = (1.0 - 0.95) / 2
    return (
        1.0 - (1.0 - alpha) * f_quantile(1.0 - tail, df1, df2),
        1.0 - (1.0 - alpha) * f_quantile(tail, df1, df2),
    )


def alpha_error(covariance: Floats, n: int) -> float:
    """Standard error of alpha from n candidates, without the assumption that items are parallel.

    √(2 k² (s² (tr C² + tr² C) − 2 tr C · 1'C²1) / ((k − 1)² s⁶ n)), s² = 1'C1: `ase` of `psych::alpha`. NaN
    with one item, and where s² is not positive or unknown.

    References
    ----------
    Duhachek, A., & Iacobucci, D. (2004). Alpha's standard error (ASE). Journal of Applied Psychology, 89,
    eq. 2; van Zyl, J. M., Neudecker, H., & Nel, D. G. (2000). Psychometrika, 65.
    """
    k, whole, trace = len(covariance), float(covariance.sum()), float(np.trace(covariance))
    if k < 2 or not whole > _LEAST * trace:
        return math.nan
    row = covariance.sum(axis=0)
    squares = float(np.einsum("ij,ij->", covariance, covariance))
    q = 2 * k**2 / ((k - 1) ** 2 * whole**3) * (whole * (squares + trace**2) - 2 * trace * float(row @ row))
    return math.sqrt(max(q, 0.0) / n)


class Bounds(NamedTuple):
    """Guttman's lower bounds, and what else the correlations say."""

    standardised_alpha: float
    mean_interitem_r: float
    lambda1: float
    lambda2: float
    lambda3: float
    lambda2_covariance: float
    lambda6: float


NO_BOUNDS = Bounds(*[math.nan] * 7)


def bounds(matrices: Covariances, communality: Floats) -> Bounds:
    """λ1, λ2, λ3 of correlations as `psych::guttman`, λ6 and the standardised alpha as `psych::alpha`.

    λ1 = 1 − tr R / ΣR; λ2 = λ1 + √(k/(k−1) Σ_{i≠j} r_ij²) / ΣR; λ3 = λ1 k/(k−1);
    λ6 = 1 − Σ(1 − smc_j) / ΣR.
    Where scores are missing, the first three rest on `pairwise`, the others on `correlation`, as psych has
    it. NaN with one item, where the total does not vary, and where a sum is not positive or unknown.

    References
    ----------
    Guttman, L. (1945). A basis for analyzing test-retest reliability. Psychometrika, 10.
    """
    k = len(matrices.covariance)
    if k < 2:
        return NO_BOUNDS
    own, pairwise = float(matrices.correlation.sum()), float(matrices.pairwise.sum())
    if not total_varies(matrices.covariance):
        return NO_BOUNDS._replace(mean_interitem_r=_possible((own - k) / (k * (k - 1))))
    covariance, varies = float(matrices.covariance.sum()), own > _LEAST * k
    lambda1 = 1.0 - k / pairwise if pairwise > _LEAST * k else math.nan
    found = (
        k / (k - 1) * (1.0 - k / own) if varies else math.nan,
        (own - k) / (k * (k - 1)),
        lambda1,
        _lambda2(matrices.pairwise, pairwise),
        lambda1 * k / (k - 1),
        _lambda2(matrices.covariance, covariance),
        1.0 - (k - float(communality.sum())) / own if varies else math.nan,
    )
    return Bounds(*[_possible(value) for value in found])


def _lambda2(matrix: Floats, whole: float) -> float:
    k, own = len(matrix), np.diag(matrix)
    if not whole > _LEAST * float(own.sum()):
        return math.nan
    outside = float(np.einsum("ij,ij->", matrix, matrix)) - float(own @ own)
    return (whole - float(own.sum()) + math.sqrt(max(outside, 0.0) * k / (k - 1))) / whole


class Halves(NamedTuple):
    """Items in odd against items in even places."""

    r: float
    """Correlation of the halves."""
    spearman_brown: float
    """2 r / (1 + r)."""
    guttman: float
    """2 (1 − (s_odd² + s_even²) / s²), Guttman and Flanagan."""


def split_halves(covariance: Floats, places: NDArray[np.int64]) -> Halves:
    """Halves of a test from its covariances (K, K), `places` (K,) the items' places in the test, from 0.

    NaN where a half has no item, does not vary, or a covariance is unknown; `spearman_brown` at r = −1.

    References
    ----------
    Brown, W. (1910); Spearman, C. (1910). British Journal of Psychology, 3. Guttman (1945), eq. 36.
    """
    odd = places % 2 == 0
    first = float(covariance[np.ix_(odd, odd)].sum())
    second = float(covariance[np.ix_(~odd, ~odd)].sum())
    across = float(covariance[np.ix_(odd, ~odd)].sum())
    if not (first > 0 and second > 0 and not math.isnan(across)):
        return Halves(math.nan, math.nan, math.nan)
    r = max(-1.0, min(1.0, across / math.sqrt(first * second)))
    whole = first + second + 2 * across
    return Halves(
        r,
        2 * r / (1 + r) if r > -1 + 1e-12 else math.nan,
        2 * (1 - (first + second) / whole) if whole > 1e-12 * (first + second) else math.nan,
    )


class KuderRichardson(NamedTuple):
    """Of 0/1 scores; `kr20` and `kr21` with variances of divisor n, the others with divisor n − 1 of the
    total."""

    kr20: float
    kr20_n1: float
    kr21: float
    kr21_n1: float


def kuder_richardson(facility: Floats, mean: float, variance_n: float, variance_n1: float) -> KuderRichardson:
    """KR-20 and KR-21 of k items from their facilities (k,) and the mean and variance of totals.

    KR-20 = k/(k−1) (1 − Σ p q / s²); KR-21 = k/(k−1) (1 − M (k − M) / (k s²)). NaN with one item or where
    totals do not vary. Items without variance are counted, which alpha leaves out.

    References
    ----------
    Kuder, G. F., & Richardson, M. W. (1937). The theory of the estimation of test reliability.
    Psychometrika, 2, eqs. 20 and 21.
    """
    k = len(facility)
    if k < 2 or not variance_n > 0:
        return KuderRichardson(*[math.nan] * 4)
    by_item = float((facility * (1.0 - facility)).sum())
    by_mean = mean * (k - mean) / k
    factor = k / (k - 1)
    kr20, kr20_n1, kr21, kr21_n1 = (
        factor * (1.0 - error / variance)
        for error, variance in (
            (by_item, variance_n),
            (by_item, variance_n1),
            (by_mean, variance_n),
            (by_mean, variance_n1),
        )
    )
    return KuderRichardson(kr20, kr20_n1, kr21, kr21_n1)
