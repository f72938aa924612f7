"""Answers and a starting ability → the nearest maximum uphill, by Newton steps kept between brackets."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from examgen.analysis.curves import TINY, Curves, Floats, curves, row_chunks
from examgen.analysis.irt import ItemParameters

LEAST, MOST = -20.0, 20.0
"""Abilities outside are not looked for: mirt's `max_theta`."""
_TOLERANCE = 1e-10
_MOST_STEPS = 200
_TABLE_STEP = 0.01

Slopes = Callable[[NDArray[np.int64], Floats], tuple[Floats, Floats]]
"""(rows, their abilities) → first and second derivative of what is maximised."""


class Target(NamedTuple):
    """What is to be as great as possible: log-likelihood (`ml`), with the log of a normal prior (`map`), with
    half the log of the information (`jeffreys`); or the root of Warm's equation (`warm`)."""

    kind: str
    mean: float
    sd: float


def slopes_of(target: Target, cells: NDArray[np.int8], parameters: ItemParameters) -> Slopes:
    """Derivatives from the answers themselves."""
    return lambda rows, theta: _slope_and_bend(target, cells[rows], parameters, theta)


def tabled_slopes(target: Target, parameters: ItemParameters) -> Callable[[Floats], Slopes]:
    """Σ a x of candidates (n,) → derivatives, where that sum is sufficient and all items were answered.

    They are then the sum plus a function of ability alone, which is that of nothing right. It is tabled in
    steps of 0.01 and interpolated by Hermite's cubics: abilities come out within some 1e-9.
    """
    nodes = np.linspace(LEAST, MOST, round((MOST - LEAST) / _TABLE_STEP) + 1)
    table = np.empty((2, len(nodes)))
    for rows in row_chunks(len(nodes), len(parameters.a) * (parameters.d.shape[1] + 1)):
        nothing = np.zeros((rows.stop - rows.start, len(parameters.a)), dtype=np.int8)
        table[:, rows] = _slope_and_bend(target, nothing, parameters, nodes[rows])
    slope, bend = table

    def interpolated(value: Floats, theta: Floats) -> tuple[Floats, Floats]:
        place = (theta - LEAST) / _TABLE_STEP
        left = np.clip(place.astype(np.int64), 0, len(nodes) - 2)
        t = place - left
        rise = slope[left + 1] - slope[left]
        m0, m1 = _TABLE_STEP * bend[left], _TABLE_STEP * bend[left + 1]
        cubic, square = m0 + m1 - 2.0 * rise, 3.0 * rise - 2.0 * m0 - m1
        height = slope[left] + t * (m0 + t * (square + t * cubic))
        return value + height, (m0 + t * (2.0 * square + t * 3.0 * cubic)) / _TABLE_STEP

    return lambda value: lambda rows, theta: interpolated(value[rows], theta)


def climb(slopes: Slopes, start: Floats) -> tuple[Floats, Floats]:
    """(n,) abilities and standard errors.

    From the start each candidate moves uphill until the slope changes its sign, a step of at most 1 at a
    time so as not to leap over a maximum; then between the last points on both sides. At ±20 it stops.

    Returns
    -------
    theta, se : ndarray, shape (n,)
        NaN where slope and curvature are both 0; se NaN where the curvature is not that of a maximum.
    """
    theta, curvature = start.copy(), np.full(len(start), np.nan)
    low, high = np.full(len(start), LEAST), np.full(len(start), MOST)
    active = np.arange(len(start))
    for _ in range(_MOST_STEPS):
        if not len(active):
            break
        at = theta[active]
        slope, bend = slopes(active, at)
        low[active] = np.where(slope > 0, np.maximum(low[active], at), low[active])
        high[active] = np.where(slope < 0, np.minimum(high[active], at), high[active])
        step = _step(slope, bend, at, low[active], high[active])
        curvature[active] = bend
        theta[active] = at + step
        active = active[np.abs(step) > _TOLERANCE]
    sharp = curvature < 0
    se = np.where(sharp, 1.0 / np.sqrt(np.where(sharp, -curvature, 1.0)), np.nan)
    return np.where(np.isfinite(curvature) & (curvature != 0), theta, np.nan), se


def information_se(cells: NDArray[np.int8], parameters: ItemParameters, theta: Floats) -> Floats:
    """(n,) 1 / √I(θ) over the answered items; NaN where there is no information."""
    information = _information(cells, curves(parameters, theta, 1))[0]
    some = information > 0
    return np.asarray(np.where(some, 1.0 / np.sqrt(np.where(some, information, 1.0)), np.nan))


def _step(slope: Floats, bend: Floats, at: Floats, low: Floats, high: Floats) -> Floats:
    newton = np.where(bend < 0, slope / np.where(bend < 0, -bend, 1.0), np.sign(slope))
    goal = at + np.clip(newton, -1.0, 1.0)
    middle = 0.5 * (low + high)
    bracketed = (low > LEAST) & (high < MOST)
    outside = bracketed & ((goal <= low) | (goal >= high)) & (slope != 0)
    return np.asarray(np.where(outside, middle, np.clip(goal, LEAST, MOST)) - at)


def _slope_and_bend(
    target: Target, cells: NDArray[np.int8], parameters: ItemParameters, theta: Floats
) -> tuple[Floats, Floats]:
    """First and second derivative by ability of what is maximised."""
    weighted = target.kind in ("jeffreys", "warm")
    made = curves(parameters, theta, 3 if weighted else 2)
    slope, bend = np.zeros(len(theta)), np.zeros(len(theta))
    for k in range(made.p.shape[2]):
        chosen = cells == k
        p = np.maximum(made.p[:, :, k], TINY)
        ratio = np.where(chosen, made.d1[:, :, k] / p, 0.0)
        slope += ratio.sum(axis=1)
        bend += (np.where(chosen, made.d2[:, :, k] / p, 0.0) - ratio**2).sum(axis=1)
    if target.kind == "map":
        slope -= (theta - target.mean) / target.sd**2
        bend -= 1.0 / target.sd**2
    if weighted:
        more_slope, more_bend = _weight(target.kind, cells, made)
        slope, bend = slope + more_slope, bend + more_bend
    return slope, bend


def _weight(kind: str, cells: NDArray[np.int8], made: Curves) -> tuple[Floats, Floats]:
    """Derivatives of ½ log I; of Warm's J / 2I the value and, for the step, the same bend."""
    information, first, second, warm = _information(cells, made)
    inside = np.maximum(information, TINY)
    bend = 0.5 * (second / inside - (first / inside) ** 2)
    slope = 0.5 * (first if kind == "jeffreys" else warm) / inside
    nothing = information <= TINY
    return np.where(nothing, 0.0, slope), np.where(nothing, 0.0, bend)


def _information(cells: NDArray[np.int8], made: Curves) -> tuple[Floats, Floats, Floats, Floats]:
    """I = Σ P'²/P over the answered items, I', I'' and Warm's J = Σ P'P''/P."""
    there = (cells >= 0)[:, :, None]
    inverse = np.where(there & (made.p > TINY), 1.0 / np.maximum(made.p, TINY), 0.0)
    r1 = made.d1 * inverse
    information = (made.d1 * r1).sum(axis=(1, 2))
    if not made.d3.size:
        return information, information, information, information
    r2, r3 = made.d2 * inverse, made.d3 * inverse
    cube = made.d1 * r1**2
    warm = (made.d2 * r1).sum(axis=(1, 2))
    first = 2.0 * warm - cube.sum(axis=(1, 2))
    second = 2.0 * (made.d2 * r2 + made.d1 * r3) - 5.0 * r1 * r1 * made.d2 + 2.0 * cube * r1
    return information, first, second.sum(axis=(1, 2)), warm
