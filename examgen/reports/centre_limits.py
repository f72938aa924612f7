"""Control limits of a funnel plot: how far a centre's pass rate may lie from the rate of all by chance."""

from __future__ import annotations

from functools import cache
from math import lgamma, log, sqrt
from typing import NamedTuple

import numpy as np

from examgen.intervals import normal_quantile
from examgen.reports.cohort_rows import Floats

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


@cache
def t_quantile(p: float, df: int) -> float:
    """The quantile of Student's t for 1/2 < p < 1 and whole degrees of freedom from 1 on, to seven digits.

    References
    ----------
    Abramowitz, M., & Stegun, I. A. (1964). Handbook of mathematical functions, 26.7.3 and 26.7.4; 26.7.5
    for more than 200 degrees of freedom.
    """
    if df > _MANY:
        z = normal_quantile(p)
        return z + (z**3 + z) / (4 * df) + (5 * z**5 + 16 * z**3 + 3 * z) / (96 * df**2)
    low, high = 0.0, 2.0
    while _within(high, df) < 2 * p - 1:
        high *= 2
    for _ in range(80):
        middle = (low + high) / 2
        low, high = (middle, high) if _within(middle, df) < 2 * p - 1 else (low, middle)
    return (low + high) / 2


_MANY = 200


def _within(t: float, df: int) -> float:
    """P(|T| ≤ t) by the finite series in cos θ, θ = arctan(t / √df)."""
    angle = np.arctan2(t, sqrt(df))
    sine, cosine = float(np.sin(angle)), float(np.cos(angle))
    if df % 2:
        terms, term = 0.0, cosine
        for k in range(1, df - 1, 2):
            terms += term
            term *= cosine * cosine * (k + 1) / (k + 2)
        return 2 / np.pi * (float(angle) + sine * terms)
    terms, term = 0.0, 1.0
    for k in range(0, df - 1, 2):
        terms += term
        term *= cosine * cosine * (k + 1) / (k + 2)
    return sine * terms
