"""Constraints and answers of several groups → where the likelihood is highest.

A model is a map from the parameters of all groups to its free ones; the climb knows nothing else of it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from examgen.analysis.irt.marginal.groups_steps import (
    Curvature,
    Point,
    Responses,
    complete,
    curvature,
    evaluate,
)

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
Ints = NDArray[np.int64]
FIXED = -1
ENOUGH = 1e-10
"""Stop when the next step promises less log-likelihood than this."""
STEEP = 25.0
"""A slope that gets so far runs to infinity: it is held there."""
_FAR, _NARROW, _WIDE, _LIMIT_D = 5.0, 0.1, 5.0, 150.0
MOST_STEPS = 100
_EM_STEPS, _CHORDS = 6, 10


class Model(NamedTuple):
    """Which of P free parameters stands for which of a group's: the constraints."""

    place: Ints
    """(G, 2J + 2) place among the free parameters of each group's slopes, intercepts, mean and log sd; or
    FIXED, then the start value stands."""
    n_free: int


class Maximum(NamedTuple):
    """Where the climb ended."""

    parameters: Floats
    """(G, 2J + 2)."""
    log_likelihood: float
    points: tuple[Point, ...]
    """The likelihood of each group there."""
    curvatures: tuple[Curvature, ...]
    """Of each group, at or very near the maximum."""
    converged: bool
    iterations: int


def constrained(n_groups: int, n_items: int, free_a: Bools, free_d: Bools, rasch: bool) -> Model:
    """The constraints: shared items but for the slopes `free_a` and intercepts `free_d` (J,).

    Where nothing is shared, ability is standard normal in every group.
    """
    place = np.full((n_groups, 2 * n_items + 2), FIXED, dtype=np.int64)
    n_free = 0
    for block, free in ((0, free_a), (1, free_d)):
        if rasch and block == 0:
            continue
        columns = slice(block * n_items, (block + 1) * n_items)
        place[:, columns] = np.arange(n_free, n_free + n_items)
        n_free += n_items
        for g in range(1, n_groups):
            place[g, columns][free] = np.arange(n_free, n_free + free.sum())
            n_free += int(free.sum())
    linked = not free_d.all()
    for g in range(n_groups):
        if g > 0 and linked:
            place[g, -2], n_free = n_free, n_free + 1
        if rasch or (g > 0 and linked and not free_a.all()):
            place[g, -1], n_free = n_free, n_free + 1
    return Model(place, n_free)


def maximise(
    data: Sequence[Responses],
    model: Model,
    first: Floats,
    near: Maximum | None = None,
    enough: float = ENOUGH,
) -> Maximum:
    """Climb from `first`: a few steps of EM (scoring on the complete data's information), then damped Newton.

    With `near`, another maximum nearby, its curvatures serve for all steps as long as these gain. Parameters
    stay within bounds beyond which the nodes tell nothing; one that runs into its bound is held there.
    """
    now, fixed, stale, damping = first, near is not None, near is None, 0.0
    curves = () if near is None else near.curvatures
    known = near is not None and bool((near.parameters == first).all())
    points = list(near.points) if near is not None and known else _points(data, first)
    noise = 1e-14 * abs(_total(points))
    lower, upper = _bounds(model)
    for done in range(MOST_STEPS):
        gradient = _gathered([point.gradient for point in points], model)
        early = near is None and done < _EM_STEPS
        if early:
            matrix = assembled([complete(p, q) for p, q in zip(now, points, strict=True)], model)
        else:
            if stale:
                curves = tuple(curvature(g, p, q) for g, p, q in zip(data, now, points, strict=True))
                stale = False
            matrix = assembled([c.observed + damping * c.complete for c in curves], model)
        values = _values(now, model)
        held = ((values <= lower) & (gradient < 0)) | ((values >= upper) & (gradient > 0))
        step = _solved(matrix, gradient, held)
        if step is None or damping > 1e6:
            if damping > 1e6:
                break
            stale, fixed, damping = fixed, False, 0.0 if fixed else max(damping * 10.0, 0.01)
            continue
        gain = 0.5 * float(gradient @ step)
        if not early and gain < enough + noise and damping <= 0.1:
            return Maximum(now, _total(points), tuple(points), curves, True, done)
        then = _moved(now, model, step, lower, upper)
        later = _points(data, then)
        if _total(later) >= _total(points) - 10.0 * noise:
            now, points, damping = then, later, damping / 10.0 if damping > 1e-5 else 0.0
            fixed = fixed and done < _CHORDS
            stale = not fixed
        elif early:
            now = _moved(now, model, 0.5 * step, lower, upper)
            points = _points(data, now)
        else:
            stale, fixed, damping = fixed, False, 0.0 if fixed else max(damping * 10.0, 0.01)
    return Maximum(now, _total(points), tuple(points), curves, False, MOST_STEPS)


def at_bound(found: Maximum) -> tuple[Bools, bool]:
    """(J,) items whose slope ran into its bound in a group; whether the mean or sd of a group did."""
    n_items = found.parameters.shape[1] // 2 - 1
    steep = (np.abs(found.parameters[:, :n_items]) >= STEEP).any(axis=0)
    mean, log_sd = found.parameters[:, -2], found.parameters[:, -1]
    far = (np.abs(mean) >= _FAR) | (log_sd <= np.log(_NARROW)) | (log_sd >= np.log(_WIDE))
    return np.asarray(steep), bool(far.any())


def on_bound(parameters: Floats, model: Model) -> Bools:
    """(P,) free parameters that ran into a bound."""
    lower, upper = _bounds(model)
    values = _values(parameters, model)
    return np.asarray((values <= lower) | (values >= upper))


def _bounds(model: Model) -> tuple[Floats, Floats]:
    """(P,) lowest and highest value of each free parameter."""
    width = model.place.shape[1]
    n_items = width // 2 - 1
    upper = np.array([STEEP] * n_items + [_LIMIT_D] * n_items + [_FAR, np.log(_WIDE)])
    lower = np.array([-STEEP] * n_items + [-_LIMIT_D] * n_items + [-_FAR, np.log(_NARROW)])
    out = np.zeros((2, model.n_free))
    for place in model.place:
        out[0, place[place >= 0]], out[1, place[place >= 0]] = lower[place >= 0], upper[place >= 0]
    return out[0], out[1]


def _values(parameters: Floats, model: Model) -> Floats:
    """(P,) the free parameters."""
    out = np.zeros(model.n_free)
    for own, place in zip(parameters, model.place, strict=True):
        out[place[place >= 0]] = own[place >= 0]
    return out


def _points(data: Sequence[Responses], parameters: Floats) -> list[Point]:
    return [evaluate(group, own) for group, own in zip(data, parameters, strict=True)]


def _total(points: Sequence[Point]) -> float:
    return sum(point.log_likelihood for point in points)


def _gathered(gradients: Sequence[Floats], model: Model) -> Floats:
    """(P,) by the free parameters: the sum over all that each stands for."""
    out = np.zeros(model.n_free)
    for gradient, place in zip(gradients, model.place, strict=True):
        np.add.at(out, place[place >= 0], gradient[place >= 0])
    return out


def assembled(matrices: Sequence[Floats], model: Model) -> Floats:
    """(P, P) information on the free parameters; within a group each place occurs once."""
    out = np.zeros((model.n_free, model.n_free))
    for matrix, place in zip(matrices, model.place, strict=True):
        some = place >= 0
        out[np.ix_(place[some], place[some])] += matrix[np.ix_(some, some)]
    return out


def _solved(matrix: Floats, gradient: Floats, held: Bools) -> Floats | None:
    """The step, 0 where held, or None where the matrix is not positive definite."""
    if held.any():
        matrix, gradient = matrix.copy(), np.where(held, 0.0, gradient)
        matrix[held] = matrix[:, held] = 0.0
        matrix[held, held] = 1.0
    scale = np.sqrt(np.maximum(np.diagonal(matrix), 1e-300))
    try:
        root = np.linalg.cholesky(matrix / scale / scale[:, None])
    except np.linalg.LinAlgError:
        return None
    half = np.linalg.solve(root, gradient / scale)
    return np.asarray(np.linalg.solve(root.T, half) / scale)


def _moved(parameters: Floats, model: Model, step: Floats, lower: Floats, upper: Floats) -> Floats:
    """The parameters after a step, which is shortened where one would move by more than 2."""
    step = step * min(1.0, 2.0 / max(float(np.abs(step).max(initial=0.0)), 1e-300))
    values = np.clip(_values(parameters, model) + step, lower, upper)
    out = parameters.copy()
    free = model.place >= 0
    out[free] = values[model.place[free]]
    return out
