"""Percentages without rounding error: texts, cuts and means by integer and rational arithmetic."""

from __future__ import annotations

import math
from decimal import Decimal
from fractions import Fraction

import numpy as np

from examgen.scoring.key import Ints


def percent_text(points: int, max_points: int) -> str:
    """`points` of `max_points` in per cent with two decimals, a half rounded up."""
    return fraction_text(Fraction(100 * points, max_points))


def fraction_text(value: Fraction) -> str:
    """A value of 0 or more with two decimals, a half rounded up."""
    hundredths = math.floor(value * 100 + Fraction(1, 2))
    return f"{hundredths // 100}.{hundredths % 100:02d}"


def percent_texts(points: Ints, max_points: Ints) -> list[str | None]:
    """`percent_text` of each; null where there are no points to be had."""
    base = int(max_points.max(initial=0)) + 1
    values, places = np.unique(points * base + max_points, return_inverse=True)
    texts = [percent_text(*divmod(int(value), base)) if value % base else None for value in values]
    return [texts[place] for place in places.tolist()]


def least_points(percent: Decimal, max_points: int) -> int:
    """The least number of points that is at least `percent` of `max_points`."""
    return math.ceil(Fraction(percent) * max_points / 100)


def least_points_of(percent: Decimal, max_points: Ints) -> Ints:
    """`least_points` of each."""
    values, places = np.unique(max_points, return_inverse=True)
    least = np.array([least_points(percent, int(value)) for value in values], dtype=np.int64)
    return least[places] if len(values) else least
