"""Confidence intervals of proportions and correlations, and the quantiles that these and other intervals use.

The intervals of a proportion accept any real number from 0 to n, since partial credit makes the number right
a fraction. scipy takes 0.4 s to load, so it is imported only where its functions are used.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from statistics import NormalDist
from typing import overload

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Interval = tuple[float, float]


@overload
def wilson(right: float, n: int, confidence: float = ...) -> Interval: ...
@overload
def wilson(right: Floats, n: int | NDArray[np.int64], confidence: float = ...) -> tuple[Floats, Floats]: ...
def wilson(
    right: float | Floats, n: int | NDArray[np.int64], confidence: float = 0.95
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
