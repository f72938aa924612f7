"""Intervals of a proportion, Wilson and Clopper–Pearson, and the normal quantile; by the math module.

The number right may be a part of an item where items earn other points than one: both intervals are
defined for any real number from 0 to n.
"""

from __future__ import annotations

import math
from collections.abc import Callable

from examgen.intervals import Interval, normal_quantile, wilson

_TINY = 1e-300
_CLOSE = 1e-15

__all__ = [
    "INTERVALS",
    "Interval",
    "beta_cdf",
    "beta_quantile",
    "clopper_pearson",
    "normal_quantile",
    "wilson",
]


def clopper_pearson(right: float, n: int, confidence: float) -> Interval:
    """The exact interval of a binomial proportion, from equal tails.

    With α = 1 − confidence: low is the α/2 quantile of Beta(x, n − x + 1), high the 1 − α/2 quantile of
    Beta(x + 1, n − x). Parameters and result as for `wilson`.

    References
    ----------
    Clopper, C. J., & Pearson, E. S. (1934). The use of confidence or fiducial limits illustrated in the case
    of the binomial. Biometrika, 26(4), 404–413.
    Brown, Cai, & DasGupta (2001), section 4.2.1.
    """
    tail = (1 - confidence) / 2
    low = 0.0 if right <= 0 else beta_quantile(tail, right, n - right + 1)
    high = 1.0 if right >= n else 1 - beta_quantile(tail, n - right, right + 1)
    return low, high


INTERVALS: dict[str, Callable[[float, int, float], Interval]] = {
    "wilson": wilson,
    "clopper_pearson": clopper_pearson,
}


def beta_quantile(p: float, a: float, b: float) -> float:
    """x with I_x(a, b) = p, by Newton's method inside a bracket that halves where a step would leave it."""
    low, high = 0.0, 1.0
    x = a / (a + b)
    scale = math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b)
    for _ in range(200):
        found = beta_cdf(x, a, b)
        low, high = (x, high) if found < p else (low, x)
        density = math.exp(scale + (a - 1) * math.log(x) + (b - 1) * math.log1p(-x))
        nearer = x - (found - p) / density if density > _TINY else -1.0
        if not low < nearer < high:
            nearer = (low + high) / 2
        if abs(nearer - x) <= _CLOSE * nearer or high - low <= _TINY:
            return nearer
        x = nearer
    return x


def beta_cdf(x: float, a: float, b: float) -> float:
    """The regularised incomplete beta function I_x(a, b), by its continued fraction.

    References
    ----------
    Abramowitz, M., & Stegun, I. A. (1964). Handbook of mathematical functions, 26.5.8; evaluated as in
    Lentz, W. J. (1976). Applied Optics, 15(3), 668–671.
    """
    if x <= 0 or x >= 1:
        return 0.0 if x <= 0 else 1.0
    if x > (a + 1) / (a + b + 2):
        return 1 - _lower_part(1 - x, b, a)
    return _lower_part(x, a, b)


def _lower_part(x: float, a: float, b: float) -> float:
    scale = math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b)
    front = math.exp(scale + a * math.log(x) + b * math.log1p(-x)) / a
    return front * _continued_fraction(x, a, b)


def _continued_fraction(x: float, a: float, b: float) -> float:
    c, d = 1.0, 1 / _not_nil(1 - (a + b) * x / (a + 1))
    value = d
    for m in range(1, 10_000):
        even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m))
        odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))
        for term in (even, odd):
            d = 1 / _not_nil(1 + term * d)
            c = _not_nil(1 + term / c)
            value *= c * d
        if abs(c * d - 1) <= _CLOSE:
            break
    return value


def _not_nil(value: float) -> float:
    return value if abs(value) > _TINY else _TINY
