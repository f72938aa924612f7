"""Item parameters and bookmarks → abilities, and cuts in points through the test characteristic curve.

Dichotomous items, a slope a, a difficulty b, a lower asymptote c:

    P(θ) = c + (1 − c) / (1 + exp(−a (θ − b)))
"""

from __future__ import annotations

from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Place = Literal["before", "at", "between"]

MEDIAN_FACTOR = float(np.sqrt(np.pi / 2))
"""The standard error of a median of normal judges over that of their mean, for large panels."""


class BookmarkItems(NamedTuple):
    """Parameters of the items of a test (k,), and the points that each earns (k,)."""

    a: Floats
    b: Floats
    c: Floats
    points: Floats


def probabilities(curves: BookmarkItems, theta: float) -> Floats:
    """P(θ) of each item (k,)."""
    return np.asarray(
        curves.c + (1 - curves.c) / (1 + np.exp(-np.clip(curves.a * (theta - curves.b), -700, 700)))
    )


def expected_points(curves: BookmarkItems, theta: float) -> float:
    """The test characteristic curve: expected points at an ability."""
    return float((curves.points * probabilities(curves, theta)).sum())


def slope(curves: BookmarkItems, theta: float) -> float:
    """How many points the test characteristic curve rises by per unit of ability."""
    p = probabilities(curves, theta)
    rise = curves.a * (p - curves.c) * (1 - p) / (1 - curves.c)
    return float((curves.points * rise).sum())


def ability_at(curves: BookmarkItems, points: float, most: float = 12.0) -> float:
    """The ability at which the curve reaches so many points, by bisection; NaN where it does not within
    ±most.

    Raises ValueError for a slope below 0: the curve then has no inverse.
    """
    if (curves.a < 0).any():
        raise ValueError("a slope is below 0")
    low, high = -most, most
    if not expected_points(curves, low) < points < expected_points(curves, high):
        return float(np.nan)
    while high - low > 1e-12:
        middle = (low + high) / 2
        if expected_points(curves, middle) < points:
            low = middle
        else:
            high = middle
        if middle in (low, high) and high - low < 1e-10:
            break
    return (low + high) / 2


def locations(curves: BookmarkItems, response: float, guessing: bool) -> Floats:
    """Where each item stands in the booklet: the ability that answers it rightly with probability `response`.

        θ_i = b + ln((RP − c) / (1 − RP)) / a            P_i(θ_i) = RP
        θ_i = b + ln(RP / (1 − RP)) / a                  without guessing: who knows it has RP

    NaN where the curve never comes down to RP (c ≥ RP), and for a slope of 0 or below.

    Parameters
    ----------
    curves : parameters (k,)
    response : RP, above 0 and below 1; two thirds (RP67) is usual
    guessing : whether right answers by guessing count; False takes c off the curve first

    References
    ----------
    Mitzel, H. C., Lewis, D. M., Patz, R. J., & Green, D. R. (2001). The bookmark procedure: Psychological
    perspectives. In G. J. Cizek (Ed.), Setting performance standards (pp. 249–281). Erlbaum.
    Huynh, H. (2006). A clarification on the response probability criterion RP67 for standard settings based
    on bookmark and item mapping. Educational Measurement: Issues and Practice, 25(2), 19–20.
    """
    asymptote = curves.c if guessing else np.zeros_like(curves.c)
    with np.errstate(divide="ignore", invalid="ignore"):
        found = curves.b + np.log((response - asymptote) / (1 - response)) / curves.a
    return np.where((asymptote < response) & (curves.a > 0), found, np.nan)


def bookmarked(ordered: Floats, page: int, place: Place) -> float:
    """The ability that a bookmark says, of items in order of location (k,).

    The bookmark lies on page p (1 … k; k + 1 behind the last), the first item that a borderline candidate
    does not answer rightly with the response probability. `before` takes the item in front of it, the last
    one that such a candidate masters; `at` the item on it; `between` the mean of both. NaN where there is
    none: in front of the first page, or behind the last for `at` and `between`.
    """
    before = ordered[page - 2] if page >= 2 else np.nan
    at = ordered[page - 1] if page <= len(ordered) else np.nan
    return float({"before": before, "at": at, "between": (before + at) / 2}[place])


def centre_of(abilities: Floats, centre: Literal["mean", "median"]) -> tuple[float, float]:
    """The panel's ability and its standard error over judges (NaN for fewer than two): s / √n, for the median
    times √(π / 2), its ratio for normal judges in large panels."""
    n = len(abilities)
    se = float(abilities.std(ddof=1) / np.sqrt(n)) if n > 1 else float(np.nan)
    if centre == "median":
        return float(np.median(abilities)), se * MEDIAN_FACTOR if n > 2 else se
    return float(abilities.mean()), se
