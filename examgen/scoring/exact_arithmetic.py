"""Percentages without rounding error: texts, cuts and means by integer and rational arithmetic."""

from __future__ import annotations

import math
from decimal import Decimal
from fractions import Fraction

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]

MOST_DECIMALS = 4
"""The number of decimals for points that are not a finite decimal, such as a third."""


def percent_text(points: int, max_points: int) -> str:
    """Return `points` of `max_points` in per cent with two decimals, a half rounded up."""
    return ratio_text(100 * points, max_points)


def fraction_text(value: Fraction, decimals: int = 2) -> str:
    """Return a value with so many decimals, a half rounded up."""
    return ratio_text(value.numerator, value.denominator, decimals)


def ratio_text(numerator: int, denominator: int, decimals: int = 2) -> str:
    """Return a ratio of integers with so many decimals, a half rounded up; the denominator is above 0."""
    return scaled_text(_nearest(numerator * 10**decimals, denominator), decimals)


def half_up(value: Fraction) -> int:
    """Return the nearest integer; of two, the greater."""
    return _nearest(value.numerator, value.denominator)


def _nearest(numerator: int, denominator: int) -> int:
    return (2 * numerator + denominator) // (2 * denominator)


def scaled_text(value: int, decimals: int) -> str:
    """Return the integer `value` of 1/10**decimals as a decimal number with all its places."""
    if not decimals:
        return str(value)
    whole, rest = divmod(abs(value), 10**decimals)
    return f"{'-' if value < 0 else ''}{whole}.{rest:0{decimals}d}"


def points_text(units: int, unit: int) -> str:
    """Return the points `units` / `unit`: as an integer, or with as few decimals as are exact, at most
    four.
    """
    for decimals in range(MOST_DECIMALS + 1):
        tens = units * 10**decimals
        if tens % unit == 0:
            return scaled_text(tens // unit, decimals)
    return fraction_text(Fraction(units, unit), MOST_DECIMALS)


def least_points(percent: Decimal, max_points: int) -> int:
    """Return the lowest number of points that is at least `percent` of `max_points`."""
    return math.ceil(Fraction(percent) * max_points / 100)


def least_points_of(percent: Decimal, max_points: Ints) -> Ints:
    """Return `least_points` of each element, in the same shape."""
    values, places = np.unique(max_points, return_inverse=True)
    least = np.array([least_points(percent, int(value)) for value in values], dtype=np.int64)
    return least[places.reshape(max_points.shape)] if len(values) else max_points
