"""Constraints and answers of several groups → where the likelihood is highest.

A model is a map from the parameters of all groups to its free ones; the climb knows nothing else of it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from examgen.psychometrics.irt.marginal import ascent
from examgen.psychometrics.irt.marginal.groups_ability import FAR, NARROW, WIDE
from examgen.psychometrics.irt.marginal.groups_steps import (
    Curvature,
    GroupLikelihood,
    GroupResponses,
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
_LIMIT_D = 150.0
MOST_STEPS = 100
_EM_STEPS, _LONGEST = 6, 2.0


class GroupConstraints(NamedTuple):
    """Which of P free parameters stands for which of a group's: the constraints."""

    place: Ints
    """(G, 2J + 2) place among the free parameters of each group's slopes, intercepts, mean and log sd; or
    FIXED, then the start value stands."""
    n_free: int


class GroupsMaximum(NamedTuple):
    """Where the climb ended."""

    parameters: Floats
    """(G, 2J + 2)."""
    log_likelihood: float
    points: tuple[GroupLikelihood, ...]
    """The likelihood of each group there."""
    curvatures: tuple[Curvature, ...]
    """Of each group, at or very near the maximum."""
    converged: bool
    iterations: int


def constrained(
    n_groups: int, n_items: int, free_a: Bools, free_d: Bools, rasch: bool, common_slope: bool = False
) -> GroupConstraints:
    """The constraints: shared items but for the slopes `free_a` and intercepts `free_d` (J,).

    Where nothing is shared, ability is standard normal in every group. With `common_slope` all items have
    one slope, in every group.
    """
    place = np.full((n_groups, 2 * n_items + 2), FIXED, dtype=np.int64)
    n_free = 0
    for block, free in ((0, free_a), (1, free_d)):
        if rasch and block == 0:
            continue
        columns = slice(block * n_items, (block + 1) * n_items)
        if common_slope and block == 0:
            place[:, columns], n_free = n_free, n_free + 1
            continue
        place[:, columns] = np.arange(n_free, n_free + n_items)
        n_free += n_items
        for g in range(1, n_groups):
            place[g, columns][free] = np.arange(n_free, n_free + free.sum())
            n_free += int(free.sum())
    linked = not free_d.all()
    for g in range(n_groups):
        if g > 0 and linked:
            place[g, -2], n_free = n_free, n_free + 1
        if rasch or (g > 0 and ((linked and not free_a.all()) or common_slope)):
            place[g, -1], n_free = n_free, n_free + 1
    return GroupConstraints(place, n_free)


def maximise_groups(
    data: Sequence[GroupResponses],
    model: GroupConstraints,
    first: Floats,
    near: GroupsMaximum | None = None,
    enough: float = ENOUGH,
) -> GroupsMaximum:
    """Climb from `first` (`ascent`), or from a maximum nearby, whose curvatures serve as long as they do.

    Parameters stay within bounds beyond which the nodes tell nothing; one that runs into its bound is held
    there.
    """
    curves = () if near is None else near.curvatures

    def at(free: Floats, known: Sequence[GroupLikelihood] = ()) -> ascent.Evaluation:
        now = _placed(first, model, free)
        points = tuple(known) or tuple(map(evaluate, data, now))
        gradient = _gathered([point.gradient for point in points], model)
        value = sum(point.log_likelihood for point in points)
        if near is not None:  # no step of EM is taken
            return ascent.Evaluation(free, value, gradient, free, None, (now, points))
        whole = assembled([complete(p, q) for p, q in zip(now, points, strict=True)], model)
        scale = np.sqrt(np.maximum(np.abs(np.diagonal(whole)), 1e-6))
        step = np.linalg.solve(whole / scale / scale[:, None], gradient / scale) / scale
        step *= min(1.0, _LONGEST / max(float(np.abs(step).max(initial=0.0)), 1e-300))
        proposal = np.clip(free + step, hill.low, hill.high)
        return ascent.Evaluation(free, value, gradient, proposal, scale, (now, points))

    def observed(point: ascent.Evaluation) -> Floats:
        nonlocal curves
        curves = tuple(map(curvature, data, *point.state))
        return assembled([one.observed for one in curves], model)

    hill = ascent.Objective(at, observed, *_bounds(model), costly=True)
    begun = _values(first, model)
    if near is None:
        found = ascent.maximise(begun, hill, tolerance=enough, max_iterations=MOST_STEPS, em_steps=_EM_STEPS)
    else:
        there = at(begun, near.points if bool((near.parameters == first).all()) else ())
        matrix = assembled([one.observed for one in curves], model)
        found = ascent.newton(ascent.Optimum(there, False, 1, matrix), hill, enough, MOST_STEPS)
    now, points = found.point.state
    if not curves:
        observed(found.point)
    return GroupsMaximum(now, found.point.value, points, curves, found.converged, found.iterations)


def at_bound(found: GroupsMaximum) -> tuple[Bools, bool]:
    """(J,) items whose slope ran into its bound in a group; whether the mean or sd of a group did."""
    n_items = found.parameters.shape[1] // 2 - 1
    steep = (np.abs(found.parameters[:, :n_items]) >= STEEP).any(axis=0)
    mean, log_sd = found.parameters[:, -2], found.parameters[:, -1]
    far = (np.abs(mean) >= FAR) | (log_sd <= np.log(NARROW)) | (log_sd >= np.log(WIDE))
    return np.asarray(steep), bool(far.any())


def on_bound(parameters: Floats, model: GroupConstraints) -> Bools:
    """(P,) free parameters that ran into a bound."""
    lower, upper = _bounds(model)
    values = _values(parameters, model)
    return np.asarray((values <= lower) | (values >= upper))


def _bounds(model: GroupConstraints) -> tuple[Floats, Floats]:
    """(P,) lowest and highest value of each free parameter."""
    width = model.place.shape[1]
    n_items = width // 2 - 1
    upper = np.array([STEEP] * n_items + [_LIMIT_D] * n_items + [FAR, np.log(WIDE)])
    lower = np.array([-STEEP] * n_items + [-_LIMIT_D] * n_items + [-FAR, np.log(NARROW)])
    out = np.zeros((2, model.n_free))
    for place in model.place:
        out[0, place[place >= 0]], out[1, place[place >= 0]] = lower[place >= 0], upper[place >= 0]
    return out[0], out[1]


def _values(parameters: Floats, model: GroupConstraints) -> Floats:
    """(P,) the free parameters."""
    out = np.zeros(model.n_free)
    for own, place in zip(parameters, model.place, strict=True):
        out[place[place >= 0]] = own[place >= 0]
    return out


def _gathered(gradients: Sequence[Floats], model: GroupConstraints) -> Floats:
    """(P,) by the free parameters: the sum over all that each stands for."""
    out = np.zeros(model.n_free)
    for gradient, place in zip(gradients, model.place, strict=True):
        np.add.at(out, place[place >= 0], gradient[place >= 0])
    return out


def assembled(matrices: Sequence[Floats], model: GroupConstraints) -> Floats:
    """(P, P) information on the free parameters; a place that occurs twice in a group is a common slope."""
    out = np.zeros((model.n_free, model.n_free))
    for matrix, place in zip(matrices, model.place, strict=True):
        some = np.flatnonzero(place >= 0)
        own, at = np.unique(place[some], return_inverse=True)
        block = matrix[np.ix_(some, some)]
        if len(own) < len(some):
            summed = np.zeros((len(own), len(some)))
            np.add.at(summed, at, block)
            block = np.zeros((len(own), len(own)))
            np.add.at(block.T, at, summed.T)
            out[np.ix_(own, own)] += block
        else:
            out[np.ix_(place[some], place[some])] += block
    return out


def _placed(parameters: Floats, model: GroupConstraints, free: Floats) -> Floats:
    """The parameters of all groups with those that are free."""
    out = parameters.copy()
    where = model.place >= 0
    out[where] = free[model.place[where]]
    return out
