"""How far what was counted may lie from what is true: intervals of proportions and of correlations with the
quantiles they are made of, and Lord's binomial error of a score, where wrong answers cost points as well.

The number right may be a part of an item where items earn other points than one: the intervals of a
proportion are defined for any real number from 0 to n. scipy takes 0.4 s to load: only where its
functions are asked for.

The true score of a candidate is the mean over all papers that could be made like this one, each of items of
its own. Points and units are exact; square roots are floating point.
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
"""How far around the standard true shares lie for `wrong_statuses`."""


@overload
def wilson(right: float, n: int, confidence: float = ...) -> Interval: ...
@overload
def wilson(right: Floats, n: int | NDArray[np.int64], confidence: float = ...) -> tuple[Floats, Floats]: ...
def wilson(
    right: float | Floats, n: int | NDArray[np.int64], confidence: float = 0.95
) -> tuple[float | Floats, float | Floats]:
    """The score interval of a binomial proportion: those p with |x − n p| ≤ z √(n p (1 − p)).

        (x + z²/2 ± z √(x(n − x)/n + z²/4)) / (n + z²)

    Parameters
    ----------
    right : number right, 0 … n; or one each of several proportions
    n : number of items; of as many
    confidence : 0 < confidence < 1

    Returns
    -------
    (low, high), both in 0 … 1; low is 0 where none is right, high 1 where all are. NaN where n is 0.

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

    With α = 1 − confidence: low is the α/2 quantile of Beta(x, n − x + 1), high the 1 − α/2 quantile of
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
"""Of the judgement of an exam, by the names that a blueprint knows them by."""


def fisher(r: Floats, n: NDArray[np.int64 | np.float64]) -> tuple[Floats, Floats]:
    """95 % interval of a correlation over `n` candidates: tanh(artanh r ± z / √(n − 3)). NaN with n ≤ 3 or
    |r| = 1.

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
    """The total of a form: the least that its items can earn, before anything is cut at 0, the most, how many
    items earn it; and the points that everybody has on top of these, of items which a correction gives to
    all. No error comes of those: they are none of the items."""

    least: Fraction | int
    most: Fraction | int
    n_items: int
    given: Fraction | int = 0

    @property
    def full(self) -> Fraction | int:
        """The points of the whole form."""
        return self.most + self.given


def lord_square(x: Fraction, scale: TotalScale) -> Fraction:
    """The squared standard error of measurement at x points; 0 at the ends of the scale.

        (x − l) (m − x) / (n − 1)

    for x points, beside those given to all, of n items that earn from l to m points, each all that it can or
    the least. With l = 0 that is Lord's binomial error. Where a wrong answer among k options costs
    1 / (k − 1), x points of m = n are R = x + W / (k − 1) right ones, and the formula is k² / (k − 1)² times
    Lord's at R: as far as points of formula scores are apart. Fewer than two items have none: 0.

    References
    ----------
    Lord, F. M. (1955). Estimating test reliability. Educational and Psychological Measurement, 15, 325–336.
    """
    x -= scale.given
    if scale.n_items < 2 or not scale.least <= x <= scale.most:
        return Fraction(0)
    return (x - scale.least) * (scale.most - x) / (scale.n_items - 1)


def true_score_range(x: Fraction, scale: TotalScale, spread: float) -> tuple[float, float]:
    """From and to which true score one standard error reaches x points: of true scores about 68 % are held.

    Wilson's interval for z = 1 on the scale from l to m: all τ with (x − τ)² ≤ s (τ − l) (m − τ) / n. The
    error is that at τ, not at x, so no range is empty, x is in every one, and none leaves the scale.

    Parameters
    ----------
    x : points, from l to m above those given to all
    spread : s, the variance of the candidate's own items as a share of (x − l) (m − x) / n, 1 where each
        item earned all or the least. It is less where some were left blank or earned a part (the conditional
        error of generalizability theory: Brennan, 1998, equation 11)

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
    """The share of statuses that are wrong: met although the true share is below the standard, not met
    although it reaches it, where `least` of `n` items right are met.

    Items are alike (binomial), true shares spread evenly within `AROUND` of the standard, 0 to 1. It is a
    measure of the rule and of no cohort: of one with more people far from the standard fewer are wrong.
    """
    low, high = max(standard - AROUND, 0.0), min(standard + AROUND, 1.0)
    steps = 400
    wrong = 0.0
    for step in range(steps):
        share = low + (step + 0.5) * (high - low) / steps
        met = sum(comb(n, k) * share**k * (1 - share) ** (n - k) for k in range(least, n + 1))
        wrong += met if share < standard else 1 - met
    return wrong / steps
