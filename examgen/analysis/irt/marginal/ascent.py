"""The maximum of a likelihood: EM steps with Anderson acceleration, then Newton on the observed information.

References: Walker, H. F., & Ni, P. (2011). SIAM J. Numer. Anal. 49, 1715-1735.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
MEMORY = 6
EM_STEPS = 25
_NOISE = 1e-11
"""Relative differences of a log-likelihood below this are rounding."""
_QUIET = 1e-6
"""A change of a parameter that no printed digit shows."""
_PATIENCE = 10
"""Newton steps that together must gain more than the tolerance."""
_LARGEST = 3.0
"""Longest change of a parameter in one step."""


class Point(NamedTuple):
    """What is known at one place."""

    x: Floats
    value: float
    gradient: Floats
    proposal: Floats
    """Where the EM step leads: x plus the gradient over the information of the complete data."""
    scale: Floats
    """Roots of the complete information of each parameter: the metric in which steps are compared."""

    @property
    def gain(self) -> float:
        """What the EM step promises: half the gradient times the step."""
        return float(0.5 * self.gradient @ (self.proposal - self.x))


class Ascent(NamedTuple):
    """Where the ascent ended."""

    point: Point
    converged: bool
    iterations: int
    """E-steps."""
    observed: Floats | None
    """Observed information there, if the ascent ended with it."""


Evaluate = Callable[[Floats], Point]


def climb(
    start: Floats,
    evaluate: Evaluate,
    information: Callable[[Floats], Floats] | None,
    *,
    tolerance: float,
    max_iterations: int,
    em_steps: int = EM_STEPS,
) -> Ascent:
    """Maximise: at most `em_steps` accelerated EM steps, then Newton where `information` is given.

    It has converged when the next step promises less than `tolerance` of log-likelihood. A negative promise
    is not convergence.
    """
    limit = max_iterations if information is None else min(em_steps, max_iterations)
    reached = _accelerated(evaluate(start), evaluate, tolerance, limit)
    if reached.converged or information is None:
        return reached
    return newton(reached.point, evaluate, information, tolerance, max_iterations, reached.iterations)


def _accelerated(point: Point, evaluate: Evaluate, tolerance: float, limit: int) -> Ascent:
    """EM steps mixed with those before; from the best point anew where the likelihood falls."""
    best, plain, damping, steps = point, True, 1.0, 1
    history: list[Point] = []
    while steps < limit and not _done(best, tolerance):
        history = [*history, best][-MEMORY:] if best is point else history
        mixed = _mixed(history) if len(history) > 1 else None
        plain = mixed is None
        x = best.x + damping * (best.proposal - best.x) if mixed is None else mixed
        point = evaluate(x)
        steps += 1
        if np.isfinite(point.value) and point.value >= best.value - _NOISE * (1.0 + abs(best.value)):
            best, damping = point, 1.0
        else:
            history = []
            damping = 0.5 * damping if plain else 1.0
            if damping < 1e-6:
                break
    return Ascent(best, _done(best, tolerance), steps, None)


def _done(point: Point, tolerance: float) -> bool:
    return bool(0.0 <= point.gain < tolerance)


def _mixed(history: list[Point]) -> Floats | None:
    """Anderson's mix of the last points; None where it is wild."""
    last = history[-1]
    residual = last.proposal - last.x
    residuals = np.stack([residual - (p.proposal - p.x) for p in history[:-1]], axis=1)
    proposals = np.stack([last.proposal - p.proposal for p in history[:-1]], axis=1)
    scaled = residuals * last.scale[:, None]
    weights = np.linalg.lstsq(scaled, residual * last.scale, rcond=1e-10)[0]
    x = np.asarray(last.proposal - proposals @ weights)
    step = x - last.x
    if not np.isfinite(step).all() or np.abs(step).max() > _LARGEST or last.gradient @ step <= 0.0:
        return None
    return x


def newton(
    point: Point,
    evaluate: Evaluate,
    information: Callable[[Floats], Floats],
    tolerance: float,
    max_iterations: int,
    steps: int,
) -> Ascent:
    """Newton's method, with shorter steps where one loses. It goes on below the tolerance until no printed
    digit moves, five steps at most: where a parameter runs to infinity, that never comes. It gives up when
    steps in a valley without a maximum gain nothing any more."""
    radius, below = _LARGEST, 0
    values = [point.value]
    observed = information(point.x)
    while steps < max_iterations and radius > 1e-9:
        step, proper = _step(observed, point)
        promise, longest = float(0.5 * point.gradient @ step), float(np.abs(step).max(initial=0.0))
        if proper and 0.0 <= promise < tolerance:
            below += 1
            if longest < _QUIET or below > 5:
                return Ascent(point, True, steps, observed)
        following = evaluate(point.x + step * min(1.0, radius / max(longest, 1e-300)))
        steps += 1
        if not following.value >= point.value - _NOISE * (1.0 + abs(point.value)):
            radius = 0.25 * min(radius, longest)
            continue
        point, radius = following, min(2.0 * radius, _LARGEST)
        values.append(point.value)
        observed = information(point.x)
        if len(values) > _PATIENCE and values[-1] - values[-1 - _PATIENCE] < tolerance:
            break
    return Ascent(point, False, steps, observed)


def _step(observed: Floats, point: Point) -> tuple[Floats, bool]:
    """The Newton step. Where the observed information is not positive definite its eigenvalues (in the metric
    of the complete information) are taken as positive: uphill along each (Dauphin et al., 2014)."""
    try:
        root = np.linalg.cholesky(observed)
    except np.linalg.LinAlgError:
        scaled = observed / np.outer(point.scale, point.scale)
        values, vectors = np.linalg.eigh(scaled)
        along = vectors.T @ (point.gradient / point.scale) / np.maximum(np.abs(values), 1e-7)
        return np.asarray(vectors @ along / point.scale), False
    return np.asarray(np.linalg.solve(root.T, np.linalg.solve(root, point.gradient))), True
