"""The way to the maximum: accelerated expectation and maximisation, then Newton on the observed information.

Anderson acceleration mixes the last steps of EM; a step that loses likelihood clears the memory and the plain
step, which cannot lose, is taken. Newton steps are damped as by Levenberg and Marquardt, and parameters at an
end of their range (c = 0, u = 1) are held there while the gradient points outwards.

References
----------
Bock, R. D., & Aitkin, M. (1981). Marginal maximum likelihood estimation of item parameters: application of an
    EM algorithm. Psychometrika, 46, 443–459.
Walker, H. F., & Ni, P. (2011). Anderson acceleration for fixed-point iterations. SIAM J. Numer. Anal., 49,
    1715–1735.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from examgen.analysis.irt.marginal import problem as mml_problem
from examgen.analysis.irt.marginal.problem import Problem, State

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
MEMORY = 8
CHEAP = 2e8
"""Multiplications of one observed information below which Newton starts early."""
MOST_PARAMETERS = 4000
"""Beyond this many free parameters no matrix among them is built."""


class Maximum(NamedTuple):
    """Where the way ended."""

    state: State
    gradient: Floats
    """Of the free parameters, in the order of `pack`."""
    information: Floats
    """Observed information there; empty where it was not built."""
    held: Flags
    """Free parameters at an end of their range."""
    converged: bool
    iterations: int
    """Expectation steps."""


def maximise(
    problem: Problem,
    x: Floats,
    group: Floats,
    *,
    information: bool,
    max_iterations: int,
    tolerance: float,
) -> Maximum:
    """The maximum of the log posterior from a start; with the observed information there, if asked."""
    size = int(problem.free.sum() + problem.group_free.sum())
    n_rows, n_columns = problem.responses.z.shape
    work = float(n_rows) * n_columns**2 * len(problem.nodes)
    matrices = 0 < size <= MOST_PARAMETERS
    limit = max_iterations if not matrices else min(max_iterations, 6 if work < CHEAP else 25)
    state, gradient, converged, steps = _accelerated(problem, x, group, limit, tolerance)
    if matrices and (information or not converged):
        return _newton(problem, state, steps, max_iterations, tolerance, costly=work >= CHEAP)
    return Maximum(state, gradient, np.empty((0, 0)), _held(problem, state, gradient), converged, steps)


def _accelerated(
    problem: Problem, x: Floats, group: Floats, limit: int, tolerance: float
) -> tuple[State, Floats, bool, int]:
    low, high = mml_problem.bounds(problem)
    state = mml_problem.evaluate(problem, x, group)
    points: list[Floats] = []
    moves: list[Floats] = []
    steps = 1
    while True:
        new_x, new_group, slope_x, slope_group = mml_problem.maximised(problem, state)
        here = mml_problem.pack(problem, state.x, state.group)
        gradient = mml_problem.pack(problem, slope_x, slope_group)
        plain = mml_problem.pack(problem, new_x, new_group)
        gain = 0.5 * float(gradient @ (plain - here))
        # Below zero is not convergence: then a step was cut short by the ridge or an end.
        if 0.0 <= gain < tolerance or steps >= limit:
            return state, gradient, 0.0 <= gain < tolerance, steps
        points.append(here)
        moves.append(plain - here)
        del points[: -MEMORY - 1], moves[: -MEMORY - 1]
        mixed = np.clip(_mixed(points, moves), low, high)
        trial = mml_problem.unpack(problem, mixed, state.x, state.group)
        wild = np.abs(mixed - here).max() > 10.0 * max(np.abs(plain - here).max(), 0.1)
        following = None
        if not wild and mml_problem.inside(problem, *trial):
            following = mml_problem.evaluate(problem, *trial)
            steps += 1
        if following is None or following.value < state.value - 1e-9 * abs(state.value):
            points.clear()
            moves.clear()
            following = mml_problem.evaluate(problem, new_x, new_group)
            steps += 1
        state = following


def _mixed(points: list[Floats], moves: list[Floats]) -> Floats:
    """Anderson's mixture of the last plain steps."""
    if len(points) == 1:
        return points[0] + moves[0]
    differences = np.diff(np.array(moves), axis=0)
    weights, *_ = np.linalg.lstsq(differences.T, moves[-1], rcond=1e-10)
    ends = np.diff(np.array(points), axis=0) + differences
    return np.asarray(points[-1] + moves[-1] - weights @ ends)


def _held(problem: Problem, state: State, gradient: Floats) -> Flags:
    """Free parameters at an end of their range, where the gradient points outwards."""
    low, high = mml_problem.bounds(problem)
    here = mml_problem.pack(problem, state.x, state.group)
    return np.asarray(((here <= low) & (gradient <= 0)) | ((here >= high) & (gradient >= 0)))


def _newton(
    problem: Problem, state: State, steps: int, max_iterations: int, tolerance: float, *, costly: bool
) -> Maximum:
    low, high = mml_problem.bounds(problem)
    damping, refused = 0.0, 0
    gradient, matrix, fresh = _gradient(problem, state), np.empty((0, 0)), False
    while True:
        if not fresh:
            matrix = mml_problem.observed_information(problem, state)
            fresh = True
        here = mml_problem.pack(problem, state.x, state.group)
        held = _held(problem, state, gradient)
        step, damping = _step(matrix, gradient, held, damping)
        gain = 0.5 * float(gradient @ step)
        if gain < 1e-3 * tolerance and damping <= 1e-2:
            return Maximum(state, gradient, matrix, held, True, steps)
        if steps >= max_iterations or damping > 1e8:
            small = gain < tolerance
            return Maximum(state, gradient, matrix, held, small, steps)
        trial = _limited(problem, state, here, step, low, high)
        following = mml_problem.evaluate(problem, *trial) if mml_problem.inside(problem, *trial) else None
        steps += following is not None
        if following is None or following.value < state.value - 1e-12 * abs(state.value):
            damping = max(4.0 * damping, 1e-3)
            if (
                following is not None
                and gain < tolerance
                and state.value - following.value < 1e-9 * abs(state.value)
            ):
                return Maximum(state, gradient, matrix, held, True, steps)
            refused += 1
            if refused > 40:
                return Maximum(state, gradient, matrix, held, False, steps)
            continue
        refused = 0
        damping = 0.0 if damping < 1e-3 else damping / 10.0
        state, gradient = following, _gradient(problem, following)
        # A costly matrix is kept: a step whose gain is below a millionth does not change it visibly.
        fresh = costly and gain < tolerance


def _limited(
    problem: Problem, state: State, here: Floats, step: Floats, low: Floats, high: Floats
) -> tuple[Floats, Floats]:
    """The point a step leads to, the step shortened where it is wild."""
    longest = max(float(np.abs(step).max()), 3.0)
    return mml_problem.unpack(
        problem, np.clip(here + step * (3.0 / longest), low, high), state.x, state.group
    )


def _gradient(problem: Problem, state: State) -> Floats:
    _, _, slope_x, slope_group = mml_problem.maximised(problem, state)
    return mml_problem.pack(problem, slope_x, slope_group)


def _step(matrix: Floats, gradient: Floats, held: Flags, damping: float) -> tuple[Floats, float]:
    """Damped Newton step, with the damping that makes the information positive definite."""
    free = ~held
    own = matrix[np.ix_(free, free)]
    out = np.zeros(len(gradient))
    if not free.any():
        return out, 0.0
    scale = np.maximum(np.abs(np.diag(own)), 1e-6)
    while damping <= 1e9:
        try:
            np.linalg.cholesky(own + np.diag(damping * scale))
        except np.linalg.LinAlgError:
            damping = max(4.0 * damping, 1e-4)
            continue
        out[free] = np.linalg.solve(own + np.diag(damping * scale), gradient[free])
        return out, damping
    out[free] = gradient[free] / scale / damping
    return out, damping
