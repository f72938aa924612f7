"""Control limits of a funnel plot: how far a centre's pass rate may lie from the rate of all by chance."""

from __future__ import annotations

from functools import cache
from math import lgamma, log, sqrt
from typing import NamedTuple

import numpy as np

from examgen.reports.cohort_report.rows import Floats

LEVELS = (0.95, 0.998)
"""What share of centres lies within the limits, were they all alike: as in Spiegelhalter's funnel plots."""
_REACH = 12


class Limits(NamedTuple):
    """Counts, as real numbers: fewer than `low` or more than `high` of n are outside."""

    low: float
    high: float


@cache
def limits(n: int, rate: float, level: float) -> Limits:
    """Exact binomial limits of the number who pass among n, for a rate of 0 … 1.

    A count x is below where P(X ≤ x) < (1 - level) / 2 and above where P(X ≥ x) is. Between two counts the
    ends are interpolated, so that the limits are smooth in n and say the same of every whole number.

    References
    ----------
    Spiegelhalter, D. J. (2005). Funnel plots for comparing institutional performance. Statistics in
    Medicine, 24, 1185–1202, appendix A.1.1.
    """
    if not 0 < rate < 1:
        return Limits(n * rate, n * rate)
    tail = (1 - level) / 2
    return Limits(_lower(n, rate, tail), n - _lower(n, 1 - rate, tail))


def _lower(n: int, rate: float, tail: float) -> float:
    """r - (F(r) - tail) / f(r) for the least r with F(r) ≥ tail, not below 0."""
    first = max(0, int(n * rate - _REACH * sqrt(n * rate * (1 - rate)) - _REACH))
    last = min(n, int(n * rate + _REACH * sqrt(n * rate * (1 - rate)) + _REACH))
    mass = _mass(n, rate, first, last)
    below = np.cumsum(mass)
    at = int(np.searchsorted(below, tail))
    return max(0.0, first + at - (float(below[at]) - tail) / float(mass[at]))


def _mass(n: int, rate: float, first: int, last: int) -> Floats:
    """P(X = k) for k = first … last, from one value by ratios."""
    k = np.arange(first, last, dtype=np.float64)
    ratios = np.log((n - k) / (k + 1)) + log(rate / (1 - rate))
    start = lgamma(n + 1) - lgamma(first + 1) - lgamma(n - first + 1)
    start += first * log(rate) + (n - first) * log(1 - rate)
    mass: Floats = np.exp(start + np.concatenate([[0.0], np.cumsum(ratios)]))
    return mass


def verdict(passed: int, n: int, rate: float) -> str:
    """Where a count lies: `within`, or `below-` or `above-` and the widest level that it is outside."""
    found = "within"
    for level in LEVELS:
        low, high = limits(n, rate, level)
        if passed < low - _CLOSE:
            found = f"below-{100 * level:g}"
        elif passed > high + _CLOSE:
            found = f"above-{100 * level:g}"
    return found


_CLOSE = 1e-9
