"""The maximum of a likelihood: EM steps with Anderson acceleration, then Newton on the observed information.

Parameters at an end of their range (c = 0) are held there while the gradient points outwards.

References
----------
Bock, R. D., & Aitkin, M. (1981). Marginal maximum likelihood estimation of item parameters: application of an
    EM algorithm. Psychometrika, 46, 443–459.
Walker, H. F., & Ni, P. (2011). Anderson acceleration for fixed-point iterations. SIAM J. Numer. Anal., 49,
    1715–1735.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
TOLERANCE, MOST_STEPS = 1e-7, 500
"""For models of one group: the gain of log-likelihood that counts as converged, and the most EM steps."""
MEMORY = 6
EM_STEPS = 25
_QUIET = 1e-6
"""Smaller changes of a parameter show in no printed digit."""
_PATIENCE = 10
"""This many Newton steps must gain more than the tolerance together."""
ROUGH_FROM = 1000
"""So many candidates are worth a rough way first."""
NEAR = 5e-2
"""After it, what EM steps leave to gain as a share of the tolerance."""
_ROUGH = (2, 2e-7), (1, 1e-12)
"""Every how many-th node a rough likelihood has, and what its steps leave to gain for each candidate."""
_ROUGH_NOISE = 5e-7
"""What is rounding in float32, as a share of the log-likelihood."""
_FAST = 0.1
"""What a step promises beside the one before, where it goes on with the same information."""
_LARGEST, _SHARE = 3.0, 0.1
"""The largest change of a parameter in one step, in units of 1 or, where that is more, of this share of the
parameter: one that runs to infinity does not hold up the others."""
_LITTLE = 1e-3
"""What a parameter far out must gain by growing by that share."""


class Evaluation(NamedTuple):
    """The likelihood at one point: its value, its gradient and the next EM step."""

    x: Floats
    value: float
    gradient: Floats
    proposal: Floats
    """Where the EM step leads: x plus the gradient over the information of the complete data."""
    scale: Floats | None
    """Square roots of the complete-data information of each parameter, if known: the metric that compares
    steps."""
    state: Any = None
    """What the model keeps of that point."""

    @property
    def gain(self) -> float:
        """The gain that the EM step promises: half the gradient times the step."""
        return float(0.5 * self.gradient @ (self.proposal - self.x))


class Optimum(NamedTuple):
    """The result of an ascent."""

    point: Evaluation
    converged: bool
    iterations: int
    """The number of E-steps."""
    observed: Floats | None
    """The observed information at the end, if the ascent has computed it."""


class Objective(NamedTuple):
    """The function to maximise, and the bounds of its parameters."""

    evaluate: Callable[[Floats], Evaluation]
    """The likelihood at a point; its value is NaN where it is not defined."""
    information: Callable[[Evaluation], Floats] | None
    """The observed information at a point; None when there are too many parameters for a matrix."""
    low: Floats | float = -np.inf
    high: Floats | float = np.inf
    """The upper bounds; `low` has the lower bounds."""
    costly: bool = False
    """Whether the information takes so long that the one of a nearby point is used at the end."""
    noise: float = 1e-11
    """Smaller relative differences of the likelihood are rounding errors."""
    far: Floats | float = np.inf
    """A parameter beyond it that would gain next to nothing by growing may be running to infinity."""

    def held(self, point: Evaluation) -> NDArray[np.bool_]:
        """Flags of parameters that stay: at a bound of their range where the gradient points outwards, and
        far out."""
        x, gradient = point.x, point.gradient
        below, above = (x <= self.low) & (gradient <= 0.0), (x >= self.high) & (gradient >= 0.0)
        grown = _SHARE * x * gradient
        return np.asarray(below | above | ((np.abs(x) > self.far) & (grown >= 0.0) & (grown < _LITTLE)))


def maximise(
    start: Floats,
    hill: Objective,
    *,
    tolerance: float,
    max_iterations: int,
    em_steps: int = EM_STEPS,
    nearer: float = 1.0,
) -> Optimum:
    """Climb from `start` to a maximum: at most `em_steps` accelerated EM steps, then Newton steps.

    Without an observed information (`hill.information`), all steps are EM steps. The ascent has converged
    when the next step promises to gain less than `tolerance` of log-likelihood. A negative promise is not
    convergence. EM steps go on to the share `nearer` of the tolerance, so that the first information may be
    the last.
    """
    limit = max_iterations if hill.information is None else min(em_steps, max_iterations)
    reached = _accelerated(hill.evaluate(start), hill, nearer * tolerance, limit)
    if reached.converged or hill.information is None:
        return reached
    return newton(reached, hill, tolerance, max_iterations)


def roughly(
    start: Floats,
    hill: Objective,
    rough: Callable[[int], Callable[[Floats], Evaluation]],
    n_candidates: int,
    enough: float,
) -> Floats:
    """A point from which little is to gain, by EM steps on a likelihood that takes less time: `rough(k)` is
    `hill.evaluate` in float32 on every k-th node only. At the end they leave to gain what float32 tells, or
    `enough`."""
    for every, gain in _ROUGH:
        slope = hill._replace(evaluate=rough(every), information=None, noise=_ROUGH_NOISE)
        left = max(enough, gain * n_candidates)
        start = maximise(start, slope, tolerance=left, max_iterations=EM_STEPS).point.x
    return start


def _accelerated(point: Evaluation, hill: Objective, tolerance: float, limit: int) -> Optimum:
    """EM steps mixed with earlier ones; if the likelihood falls, they start again from the best point."""
    best, plain, damping, steps = point, True, 1.0, 1
    history: list[Evaluation] = []
    while steps < limit and not _done(best, tolerance):
        history = [*history, best._replace(state=None)][-MEMORY:] if best is point else history
        mixed = _mixed(history) if len(history) > 1 else None
        plain = mixed is None
        x = best.x + damping * (best.proposal - best.x) if mixed is None else mixed
        point = hill.evaluate(np.clip(x, hill.low, hill.high))
        steps += 1
        if np.isfinite(point.value) and point.value >= best.value - hill.noise * (1.0 + abs(best.value)):
            best, damping = point, 1.0
        else:
            history = []
            damping = 0.5 * damping if plain else 1.0
            if damping < 1e-6:
                break
    return Optimum(best, _done(best, tolerance), steps, None)


def _done(point: Evaluation, tolerance: float) -> bool:
    return bool(0.0 <= point.gain < tolerance)


def _mixed(history: list[Evaluation]) -> Floats | None:
    """Anderson's mix of the last points; None if the step is too large or not uphill."""
    last = history[-1]
    residual = last.proposal - last.x
    residuals = np.stack([residual - (p.proposal - p.x) for p in history[:-1]], axis=1)
    proposals = np.stack([last.proposal - p.proposal for p in history[:-1]], axis=1)
    scale = np.ones(len(residual)) if last.scale is None else last.scale
    weights = np.linalg.lstsq(residuals * scale[:, None], residual * scale, rcond=1e-10)[0]
    x = np.asarray(last.proposal - proposals @ weights)
    step = x - last.x
    if not np.isfinite(step).all() or _length(step, last.x) > _LARGEST or last.gradient @ step <= 0.0:
        return None
    return x


def _length(step: Floats, x: Floats) -> float:
    """The largest change of a parameter, beside what it is."""
    return float((np.abs(step) / np.maximum(1.0, _SHARE * np.abs(x))).max(initial=0.0))


def newton(reached: Optimum, hill: Objective, tolerance: float, max_iterations: int) -> Optimum:
    """Newton's method from the point reached, with shorter steps after a loss.

    Below the tolerance it continues until no printed digit changes, for at most five steps: if a parameter
    runs to infinity, the digits never settle. It gives up when steps gain nothing any more without reaching
    a maximum.
    """
    assert hill.information is not None
    point, steps, radius, below = reached.point, reached.iterations, _LARGEST, 0
    values = [point.value]
    # whether the information is that of an earlier point; what was promised there, and last
    old, there, last = False, np.inf, np.inf
    observed = hill.information(point)
    while steps < max_iterations and radius > 1e-9:
        step, proper = _step(observed, point, hill.held(point))
        promise, longest = float(0.5 * point.gradient @ step), _length(step, point.x)
        near = proper and 0.0 <= promise < tolerance
        there = there if old else promise
        if near and old and (there > max(tolerance, TOLERANCE) or not hill.costly):
            observed, old = hill.information(point), False
            continue
        if near:
            below += 1
            if longest < _QUIET or below > 5:
                return Optimum(point, True, steps, observed)
        x = point.x + step * min(1.0, radius / max(longest, 1e-300))
        following = hill.evaluate(np.clip(x, hill.low, hill.high))
        steps += 1
        if not following.value >= point.value - hill.noise * (1.0 + abs(point.value)):
            if old:
                observed, old = hill.information(point), False
            else:
                radius = 0.25 * min(radius, longest)
            continue
        point, radius = following, min(2.0 * radius, _LARGEST)
        values.append(point.value)
        if not (near and hill.costly):
            # as long as steps shrink fast, the information of an earlier point serves
            old = proper and 0.0 <= promise < _FAST * last
            observed = observed if old else hill.information(point)
        last = promise
        if len(values) > _PATIENCE and values[-1] - values[-1 - _PATIENCE] < tolerance:
            break
    return Optimum(point, False, steps, observed)


def _step(observed: Floats, point: Evaluation, held: NDArray[np.bool_]) -> tuple[Floats, bool]:
    """The Newton step, 0 for held parameters.

    If the observed information is not positive definite, its eigenvalues (in the metric of `scale`, or of
    its own diagonal) are taken as positive, so that the step goes uphill along each (Dauphin et al., 2014).
    """
    free = ~held
    own, gradient, step = observed[np.ix_(free, free)], point.gradient[free], np.zeros(len(held))
    try:
        root = np.linalg.cholesky(own)
        step[free] = np.linalg.solve(root.T, np.linalg.solve(root, gradient))
    except np.linalg.LinAlgError:
        scale = np.sqrt(np.maximum(np.abs(np.diag(own)), 1e-6)) if point.scale is None else point.scale[free]
        values, vectors = np.linalg.eigh(own / np.outer(scale, scale))
        along = vectors.T @ (gradient / scale) / np.maximum(np.abs(values), 1e-7)
        step[free] = vectors @ along / scale
        return step, False
    return step, True
