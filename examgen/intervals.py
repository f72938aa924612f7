"""Wilson's interval of a proportion and the normal quantile, for whoever counts; by the math module."""

from __future__ import annotations

import math
from functools import cache

_CLOSE = 1e-15

Interval = tuple[float, float]


def wilson(right: float, n: int, confidence: float) -> Interval:
    """The score interval of a binomial proportion.

        (x + z²/2 ± z √(x(n − x)/n + z²/4)) / (n + z²)

    Parameters
    ----------
    right : number right, 0 … n
    n : number of items, 1 or more
    confidence : 0 < confidence < 1

    Returns
    -------
    (low, high), both in 0 … 1; low is 0 where none is right, high 1 where all are.

    References
    ----------
    Wilson, E. B. (1927). Probable inference, the law of succession, and statistical inference. Journal of
    the American Statistical Association, 22, 209–212.
    Brown, L. D., Cai, T. T., & DasGupta, A. (2001). Interval estimation for a binomial proportion.
    Statistical Science, 16(2), 101–133, equation (4).
    """
    z = normal_quantile(0.5 + confidence / 2)
    half = z * math.sqrt(right * (n - right) / n + z * z / 4)
    middle, whole = right + z * z / 2, n + z * z
    low = 0.0 if right <= 0 else (middle - half) / whole
    high = 1.0 if right >= n else (middle + half) / whole
    return low, high


@cache
def normal_quantile(p: float) -> float:
    """Φ⁻¹(p) for 0 < p < 1, by Newton's method from the median, from where it cannot overshoot."""
    return -_upper(p) if p < 0.5 else _upper(1 - p)


def _upper(tail: float) -> float:
    """z with 1 − Φ(z) = tail, 0 < tail ≤ 1/2; on the logarithm, which is concave and nearly a parabola."""
    z = 0.0
    while True:
        above = math.erfc(z / math.sqrt(2)) / 2
        density = math.exp(-z * z / 2) / math.sqrt(2 * math.pi)
        step = math.log(above / tail) * above / density
        z += step
        if abs(step) <= _CLOSE * max(1.0, z):
            return z
