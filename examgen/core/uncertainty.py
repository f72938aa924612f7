"""Counts and scores → their uncertainty: intervals of proportions and correlations, errors of scores.

The intervals of a proportion accept any real number from 0 to n, since partial credit makes the number right
a fraction. The standard error of a score is Lord's binomial error, also for tests in which wrong answers
cost points. scipy takes 0.4 s to load, so it is imported only where its functions are used.

The true score of a candidate is the mean over all papers like this one that could be made of other items.
Points and units are exact; square roots are floating point.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from functools import cache
from math import comb, sqrt
from statistics import NormalDist
from typing import NamedTuple, overload

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Interval = tuple[float, float]
AROUND = 0.3
"""The largest distance of true proportions from the standard in `wrong_statuses`."""


@overload
def wilson(right: float, n: int, confidence: float = ...) -> Interval: ...
@overload
def wilson(right: Floats, n: int | NDArray[np.int64], confidence: float = ...) -> tuple[Floats, Floats]: ...
def wilson(
    right: float | Floats, n: int | NDArray[np.int64], confidence: float = 0.95
) -> tuple[float | Floats, float | Floats]:
    """The score interval of a binomial proportion: all p with |x − n p| ≤ z √(n p (1 − p)).

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
    """The exact interval of a binomial proportion, from equal tails.

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
"""The intervals that judge criteria, by their names in blueprints."""


def fisher(r: Floats, n: NDArray[np.int64 | np.float64]) -> tuple[Floats, Floats]:
    """The 95 % interval of a correlation over `n` candidates: tanh(artanh r ± z / √(n − 3)).

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
    """Φ⁻¹(p) for 0 < p < 1."""
    return NormalDist().inv_cdf(p)


@cache
def t_quantile(p: float, df: int) -> float:
    """The quantile of Student's t for 0 < p < 1 and whole degrees of freedom from 1 on."""
    from scipy.special import stdtrit

    return float(stdtrit(df, p))


class TotalScale(NamedTuple):
    """The scale of a form's total: the least and the most that its items can earn, and their number.

    `least` is taken before a floor of 0 applies. `given` are the points that a correction gives everybody;
    they add no error, and their items are not among `n_items`.
    """

    least: Fraction | int
    most: Fraction | int
    n_items: int
    given: Fraction | int = 0

    @property
    def full(self) -> Fraction | int:
        """The most points of the whole form."""
        return self.most + self.given


def lord_square(x: Fraction, scale: TotalScale) -> Fraction:
    """The squared standard error of measurement at x points; 0 at the ends of the scale.

        (x − l) (m − x) / (n − 1)

    for x points (without those given to everybody) on n items. Together the items earn from l to m points,
    and each earns either its least or its most. With l = 0 this is Lord's binomial error. If a wrong answer
    among k options costs 1 / (k − 1) and m = n, x points mean R = x + W / (k − 1) right answers, and the
    formula is k² / (k − 1)² times Lord's at R: the factor is the squared distance between formula scores.
    With fewer than two items, 0.

    References
    ----------
    Lord, F. M. (1955). Estimating test reliability. Educational and Psychological Measurement, 15, 325–336.
    """
    x -= scale.given
    if scale.n_items < 2 or not scale.least <= x <= scale.most:
        return Fraction(0)
    return (x - scale.least) * (scale.most - x) / (scale.n_items - 1)


def true_score_range(x: Fraction, scale: TotalScale, spread: float) -> tuple[float, float]:
    """The true scores within one standard error of x points; about 68 % of such ranges hold the true score.

    It is Wilson's interval for z = 1 on the scale from l to m: all τ with (x − τ)² ≤ s (τ − l) (m − τ) / n.
    The error is that at τ, not at x: so every range contains x, and none leaves the scale.

    Parameters
    ----------
    x : points, from l to m plus those given to everybody
    spread : s, the variance of the candidate's own items as a proportion of (x − l) (m − x) / n. It is 1 if
        each item earned its most or its least, and less if some were blank or earned part of their points
        (the conditional error of generalizability theory: Brennan, 1998, equation 11)

    References
    ----------
    Wilson, E. B. (1927). Probable inference, the law of succession, and statistical inference. Journal of
    the American Statistical Association, 22, 209–212.
    Brennan, R. L. (1998). Raw-score conditional standard errors of measurement in generalizability theory.
    Applied Psychological Measurement, 22, 307–331.
    """
    low, width = float(scale.least + scale.given), float(scale.most - scale.least)
    share = float(x - scale.given - scale.least) / width
    k = spread / scale.n_items
    half = sqrt(k * share * (1 - share) + k * k / 4)
    middle = share + k / 2
    ends = ((middle - half) / (1 + k), (middle + half) / (1 + k))
    return low + width * max(ends[0], 0.0), low + width * min(ends[1], 1.0)


@cache
def wrong_statuses(n: int, least: int, standard: float) -> float:
    """The proportion of wrong statuses under the rule that `least` of `n` items right are enough.

    A status is wrong if it is met with a true proportion below the standard, or not met with one that reaches
    it. The model is binomial with like items; true proportions are uniform within `AROUND` of the standard (0
    to 1). It measures the rule, not a cohort: with more candidates far from the standard, fewer are wrong.
    """
    low, high = max(standard - AROUND, 0.0), min(standard + AROUND, 1.0)
    steps = 400
    wrong = 0.0
    for step in range(steps):
        share = low + (step + 0.5) * (high - low) / steps
        met = sum(comb(n, k) * share**k * (1 - share) ** (n - k) for k in range(least, n + 1))
        wrong += met if share < standard else 1 - met
    return wrong / steps
