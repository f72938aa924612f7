"""Maximisation of a likelihood by EM steps, then Newton steps with the observed information.

Parameters at a bound of their range (c = 0) are kept there while the gradient points outwards.

References
----------
Bock, R. D., & Aitkin, M. (1981). Marginal maximum likelihood estimation of item parameters: application of an
    EM algorithm. Psychometrika, 46, 443–459.
Dauphin, Y., et al. (2014). Identifying and attacking the saddle point problem in high-dimensional non-convex
    optimization. NeurIPS 27.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
TOLERANCE, MOST_STEPS = 1e-7, 500
"""For models of one group: the gain of log-likelihood that counts as converged, and the most steps."""
EM_STEPS = 6
"""The number of EM steps before the Newton steps, which need a nearby start."""
_QUIET = 1e-6
"""Smaller changes of a parameter show in no printed digit."""
_PATIENCE = 10
"""This many Newton steps must gain more than the tolerance together."""
_ROUNDING = 1e-11
"""Smaller relative differences of the likelihood are rounding errors."""
_LARGEST, _SHARE = 3.0, 0.1
"""The largest change of a parameter in a Newton step, in units of 1 or, where that is more, of this share of
what it is: one that runs to infinity does not hold up the others."""
_LONGEST_EM = 1.5
"""The largest change of a parameter in an EM step."""


class Evaluation(NamedTuple):
    """The likelihood at one point."""

    x: Floats
    value: float
    gradient: Floats
    complete: Any = None
    """(P, P) the expected information of the complete data, as a sparse matrix."""
    state: Any = None
    """Data that the model stores for that point."""


class Optimum(NamedTuple):
    """The result of an ascent."""

    point: Evaluation
    converged: bool
    iterations: int
    """The number of E-steps."""
    observed: Floats
    """The observed information at the end; empty without Newton's steps."""


class Objective(NamedTuple):
    """The function to maximise, and the bounds of its parameters."""

    evaluate: Callable[[Floats], Evaluation]
    """The likelihood at a point; its value is NaN where it is not defined."""
    information: Callable[[Evaluation], Floats] | None
    """The observed information at a point; None when there are too many parameters for a matrix."""
    low: Floats | float = -np.inf
    high: Floats | float = np.inf
    """The upper bounds; `low` has the lower bounds."""

    def held(self, point: Evaluation) -> NDArray[np.bool_]:
        """Return which parameters stay fixed: those at a bound of their range where the gradient points
        outwards."""
        x, gradient = point.x, point.gradient
        below, above = (x <= self.low) & (gradient <= 0.0), (x >= self.high) & (gradient >= 0.0)
        return np.asarray(below | above)


def maximise(
    start: Floats, hill: Objective, *, tolerance: float, max_iterations: int, em_steps: int = EM_STEPS
) -> Optimum:
    """Climb from `start` to a maximum: at most `em_steps` EM steps, then Newton's.

    Without an observed information (`hill.information`), all steps are EM steps. The ascent has converged
    when the next step promises to gain less than `tolerance` of log-likelihood. A negative promise is not
    convergence.
    """
    limit = max_iterations if hill.information is None else min(em_steps, max_iterations)
    reached = _by_em(hill.evaluate(start), hill, tolerance, limit)
    return reached if hill.information is None else _by_newton(reached, hill, tolerance, max_iterations)


def _by_em(best: Evaluation, hill: Objective, tolerance: float, limit: int) -> Optimum:
    """EM steps, of which the maximisation is one of Fisher scoring, shorter after a loss."""
    steps, share = 1, 1.0
    step = _em_step(best, hill)
    while (promise := 0.5 * best.gradient @ step) >= tolerance and steps < limit and share > 1e-6:
        point = hill.evaluate(np.clip(best.x + share * step, hill.low, hill.high))
        steps += 1
        if _as_high(point, best):
            best, step, share = point, _em_step(point, hill), 1.0
        else:
            share *= 0.5
    return Optimum(best, bool(0.0 <= promise < tolerance), steps, np.empty((0, 0)))


def _em_step(point: Evaluation, hill: Objective) -> Floats:
    """The gradient over the complete information, 0 for held parameters."""
    from scipy.sparse import diags
    from scipy.sparse.linalg import spsolve

    step, free = np.zeros_like(point.x), np.flatnonzero(~hill.held(point))
    if np.isfinite(point.value) and len(free):
        own = point.complete[free][:, free]
        # A touch of ridge: the data may say nothing about a parameter.
        ridge = diags(1e-9 + 1e-7 * own.diagonal())
        step[free] = spsolve((own + ridge).tocsc(), point.gradient[free], permc_spec="MMD_AT_PLUS_A")
    return np.clip(step, -_LONGEST_EM, _LONGEST_EM)


def _as_high(point: Evaluation, before: Evaluation) -> bool:
    return bool(point.value >= before.value - _ROUNDING * (1.0 + abs(before.value)))


def _by_newton(reached: Optimum, hill: Objective, tolerance: float, max_iterations: int) -> Optimum:
    """Newton's method from the point reached, with shorter steps after a loss.

    Below the tolerance it continues until no printed digit changes, for at most five steps: if a parameter
    runs to infinity, the digits never settle. It gives up when steps gain nothing any more without reaching
    a maximum.
    """
    assert hill.information is not None
    point, steps, radius, below = reached.point, reached.iterations, _LARGEST, 0
    values, observed = [point.value], hill.information(point)
    while steps < max_iterations and radius > 1e-9:
        step, proper = _newton_step(observed, point, hill.held(point))
        # beside what the parameters are
        longest = float((np.abs(step) / np.maximum(1.0, _SHARE * np.abs(point.x))).max(initial=0.0))
        if proper and 0.0 <= 0.5 * point.gradient @ step < tolerance:
            below += 1
            if longest < _QUIET or below > 5:
                return Optimum(point, True, steps, observed)
        x = point.x + step * min(1.0, radius / max(longest, 1e-300))
        following = hill.evaluate(np.clip(x, hill.low, hill.high))
        steps += 1
        if not _as_high(following, point):
            radius = 0.25 * min(radius, longest)
            continue
        point, radius = following, min(2.0 * radius, _LARGEST)
        observed = hill.information(point)
        values.append(point.value)
        if len(values) > _PATIENCE and values[-1] - values[-1 - _PATIENCE] < tolerance:
            break
    return Optimum(point, False, steps, observed)


def _newton_step(observed: Floats, point: Evaluation, held: NDArray[np.bool_]) -> tuple[Floats, bool]:
    """The Newton step, 0 for held parameters, and whether the observed information is positive definite.

    If not, its eigenvalues in the metric of its diagonal are taken as positive, so that the step goes uphill
    along each (Dauphin et al., 2014).
    """
    free = ~held
    own, gradient, step = observed[np.ix_(free, free)], point.gradient[free], np.zeros(len(held))
    try:
        root = np.linalg.cholesky(own)
        step[free] = np.linalg.solve(root.T, np.linalg.solve(root, gradient))
    except np.linalg.LinAlgError:
        scale = np.sqrt(np.maximum(np.abs(np.diag(own)), 1e-6))
        values, vectors = np.linalg.eigh(own / np.outer(scale, scale))
        along = vectors.T @ (gradient / scale) / np.maximum(np.abs(values), 1e-7)
        step[free] = vectors @ along / scale
        return step, False
    return step, True
