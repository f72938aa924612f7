"""Tails and quantiles of distributions, intervals of proportions and correlations, and correction of p
values for several tests.

The number of hits among independent trials of unequal chances (Poisson 1837; the generalised binomial of
van der Linden & Sotaridona 2006) is found by the recursion over trials, which only adds and multiplies
what is not negative: tails of 1e-300 are as exact, relatively, as those of 0.5.

The intervals of a proportion accept any real number from 0 to n, since partial credit makes the number right
a fraction. scipy takes 0.4 s to load, so it is imported only where its functions are used.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from statistics import NormalDist
from typing import overload

import numpy as np
from numpy.typing import ArrayLike, NDArray

from examgen.stats.matrix import Floats, Ints


def chi_square_tail(statistic: ArrayLike, df: ArrayLike) -> Floats:
    """Return P(χ² with `df` degrees of freedom > statistic); NaN if df is below 1 or the statistic is NaN."""
    from scipy.special import chdtrc

    df = np.asarray(df, dtype=np.float64)
    return np.where(df >= 1, chdtrc(np.maximum(df, 1.0), np.asarray(statistic, dtype=np.float64)), np.nan)


def normal_two_sided(z: ArrayLike) -> Floats:
    """Return P(|Z| > |z|) for a standard normal Z."""
    from scipy.special import erfc

    return np.asarray(erfc(np.abs(np.asarray(z, dtype=np.float64)) / np.sqrt(2.0)))


def normal_upper(z: ArrayLike) -> Floats:
    """Return P(Z > z) for a standard normal Z."""
    from scipy.special import erfc

    return np.asarray(erfc(np.asarray(z, dtype=np.float64) / np.sqrt(2.0)) / 2)


def f_quantile(p: float, df1: float, df2: float) -> float:
    """Return the quantile of an F distribution with real degrees of freedom."""
    from scipy.special import fdtri

    return float(fdtri(df1, df2, p))


def adjusted(p: Floats, method: str | None, n_tests: int | None = None) -> Floats:
    """Return p values corrected for multiple tests, as R's `p.adjust`; NaN stays NaN.

    Parameters
    ----------
    p : ndarray of float, shape (T,)
    method : {None, 'bonferroni', 'holm', 'bh'}
    n_tests : int, optional
        The number of tests of which these are the smallest p; by default the number of finite values in `p`.
        `holm` and `bonferroni` are then the same as if all p were known; `bh` is at least that value, since
        unknown p cannot lower it.

    References
    ----------
    Holm (1979), A simple sequentially rejective multiple test procedure, Scand. J. Statist. 6.
    Benjamini & Hochberg (1995), Controlling the false discovery rate, J. R. Statist. Soc. B 57.
    """
    if method is None:
        return p
    known = np.flatnonzero(np.isfinite(p))
    n = len(known) if n_tests is None else n_tests
    order = known[np.argsort(p[known], kind="stable")]
    ranked, rank, out = p[order], np.arange(1, len(order) + 1), np.full(len(p), np.nan)
    if method == "bonferroni":
        out[order] = ranked * n
    elif method == "holm":
        out[order] = np.maximum.accumulate(ranked * (n + 1 - rank))
    elif method == "bh":
        out[order] = np.minimum.accumulate((ranked * n / rank)[::-1])[::-1]
    else:
        raise ValueError(f"adjust is {method!r}; it must be 'bh', 'holm', 'bonferroni' or None")
    return np.asarray(np.minimum(out, 1.0))


# ── sums of trials ────────────────────────────────────────────────────────────────────────────────────


def hits(chances: Floats) -> Floats:
    """Return the probabilities (k, trials + 1) of 0, 1, 2 … hits, for each of k rows of chances (k, trials),
    0–1."""
    n_rows, n_trials = chances.shape
    found = np.zeros((n_trials + 1, n_rows))
    found[0] = 1
    for done, chance in enumerate(chances.T):
        won = found[: done + 1] * chance
        found[: done + 1] *= 1 - chance
        found[1 : done + 2] += won
    return np.ascontiguousarray(found.T)


def at_least(chances: Floats) -> Floats:
    """Return the probabilities (k, trials + 1) of at least 0, 1, 2 … hits."""
    return np.minimum(np.cumsum(hits(chances)[:, ::-1], axis=1)[:, ::-1], 1)


def at_most(chances: Floats) -> Floats:
    """Return the probabilities (k, trials + 1) of at most 0, 1, 2 … hits."""
    return np.minimum(np.cumsum(hits(chances), axis=1), 1)


# ── intervals and quantiles ───────────────────────────────────────────────────────────────────────────


Interval = tuple[float, float]


@overload
def wilson(right: float, n: int, confidence: float = ...) -> Interval: ...
@overload
def wilson(right: Floats, n: int | Ints, confidence: float = ...) -> tuple[Floats, Floats]: ...
def wilson(
    right: float | Floats, n: int | Ints, confidence: float = 0.95
) -> tuple[float | Floats, float | Floats]:
    """Return the score interval of a binomial proportion: all p with |x − n p| ≤ z √(n p (1 − p)).

        (x + z²/2 ± z √(x(n − x)/n + z²/4)) / (n + z²)

    Parameters
    ----------
    right : number right, 0 … n; or an array of them for several proportions
    n : number of items; or an array of the same shape
    confidence : 0 < confidence < 1

    Returns
    -------
    (low, high), both in 0 … 1; low is 0 if none is right, high is 1 if all are. NaN if n is 0.

    References
    ----------
    Wilson, E. B. (1927). Probable inference, the law of succession, and statistical inference. Journal of
    the American Statistical Association, 22, 209–212.
    Brown, L. D., Cai, T. T., & DasGupta, A. (2001). Interval estimation for a binomial proportion.
    Statistical Science, 16(2), 101–133, equation (4).
    """
    z = normal_quantile(0.5 + confidence / 2)
    with np.errstate(divide="ignore", invalid="ignore"):
        half = z * np.sqrt(np.divide(right * (n - right), n) + z * z / 4)
    middle, whole = right + z * z / 2, n + z * z
    low = np.where(np.less_equal(right, 0) & np.isfinite(half), 0.0, (middle - half) / whole)
    high = np.where(np.greater_equal(right, n) & np.isfinite(half), 1.0, (middle + half) / whole)
    return (low, high) if low.ndim else (float(low), float(high))


@overload
def clopper_pearson(right: float, n: int, confidence: float) -> Interval: ...
@overload
def clopper_pearson(right: Floats, n: int, confidence: float) -> tuple[Floats, Floats]: ...
def clopper_pearson(
    right: float | Floats, n: int, confidence: float
) -> tuple[float | Floats, float | Floats]:
    """Return the exact interval of a binomial proportion, with equal tails.

    With α = 1 − confidence, low is the α/2 quantile of Beta(x, n − x + 1), and high the 1 − α/2 quantile of
    Beta(x + 1, n − x). Parameters and result as for `wilson`.

    References
    ----------
    Clopper, C. J., & Pearson, E. S. (1934). The use of confidence or fiducial limits illustrated in the case
    of the binomial. Biometrika, 26(4), 404–413.
    Brown, Cai, & DasGupta (2001), section 4.2.1.
    """
    from scipy.special import betaincinv

    tail = (1 - confidence) / 2
    low = np.where(np.less_equal(right, 0), 0.0, betaincinv(right, n - right + 1, tail))
    high = np.where(np.greater_equal(right, n), 1.0, 1 - betaincinv(n - right, right + 1, tail))
    return (low, high) if low.ndim else (float(low), float(high))


INTERVALS: dict[str, Callable[[Floats, int, float], tuple[Floats, Floats]]] = {
    "wilson": wilson,
    "clopper_pearson": clopper_pearson,
}
"""The intervals used to judge criteria, by their names in blueprints."""


def fisher(r: Floats, n: NDArray[np.int64 | np.float64]) -> tuple[Floats, Floats]:
    """Return the 95 % interval of a correlation over `n` candidates: tanh(artanh r ± z / √(n − 3)).

    NaN if n ≤ 3 or |r| = 1.

    References
    ----------
    Fisher, R. A. (1921). On the probable error of a coefficient of correlation. Metron, 1.
    """
    z = normal_quantile(0.975)
    with np.errstate(divide="ignore", invalid="ignore"):
        middle = np.arctanh(np.where(np.abs(r) < 1 - 1e-12, r, np.nan))
        half = z / np.sqrt(np.where(n > 3, n - 3, np.nan))
        return np.tanh(middle - half), np.tanh(middle + half)


@cache
def normal_quantile(p: float) -> float:
    """Return Φ⁻¹(p) for 0 < p < 1."""
    return NormalDist().inv_cdf(p)


@cache
def t_quantile(p: float, df: int) -> float:
    """Return the quantile of Student's t for 0 < p < 1 and at least 1 degree of freedom."""
    from scipy.special import stdtrit

    return float(stdtrit(df, p))
