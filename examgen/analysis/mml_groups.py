"""Scores of several groups → a two-parameter (or Rasch) model with the same items in all groups but for those
that are let free, by marginal maximum likelihood.

Ability is N(0, 1) in the first group (in a Rasch model N(0, σ²)) and N(μ, σ²) in the others as long as an
item is shared; the quadrature is mirt's, 61 nodes on [−6, 6] that do not move.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from examgen.analysis.irt import Note
from examgen.analysis.mml_groups_steps import Curvature, Point, Responses, complete, curvature, evaluate

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
Ints = NDArray[np.int64]
FIXED = -1
ENOUGH = 1e-10
"""Stop when the next step promises less log-likelihood than this."""
STEEP = 25.0
"""A slope above this runs to infinity."""
MOST_STEPS = 200
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
    curvatures: tuple[Curvature, ...]
    """Of each group, at or very near the maximum."""
    converged: bool
    iterations: int


class GroupsFit(NamedTuple):
    """A model for G groups and J items. NaN for items that were left out."""

    a: Floats
    """(G, J) slopes."""
    d: Floats
    """(G, J) intercepts: P = 1/(1 + exp(−(aθ + d)))."""
    se_a: Floats
    """(G, J); NaN where fixed."""
    se_d: Floats
    covariance_ad: Floats
    """(G, J) covariance of an item's slope and intercept."""
    mean: Floats
    """(G,) of ability."""
    sd: Floats
    se_mean: Floats
    """(G,) NaN where fixed."""
    se_sd: Floats
    log_likelihood: float
    n_parameters: int
    n_candidates: int
    converged: bool
    iterations: int
    notes: tuple[Note, ...]

    @property
    def b(self) -> Floats:
        """(G, J) difficulties −d/a."""
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.asarray(-self.d / self.a)


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


def fit_groups(
    scores: NDArray[np.int8],
    groups: NDArray[np.integer],
    *,
    model: str = "2pl",
    free: NDArray[np.bool_] | None = None,
    standard_errors: bool = True,
) -> GroupsFit:
    """Fit one model to all groups.

    Parameters
    ----------
    scores : ndarray of int8, shape (N, J)
        0, 1, or negative where missing. Items that nobody or everybody of a group got right are left out.
    groups : ndarray of int, shape (N,)
        0 … G − 1.
    model : {'2pl', 'rasch'}
    free : ndarray of bool, shape (J,), optional
        Items with parameters of their own in each group; the others are the same in all (all, by default).
    standard_errors : bool
        From the observed information.

    References
    ----------
    Bock & Zimowski (1997), Multiple group IRT. Louis (1982) for the information.
    """
    if model not in {"2pl", "rasch"}:
        raise ValueError(f"model is {model!r}; it must be '2pl' or 'rasch'")
    n_items = scores.shape[1]
    free = np.zeros(n_items, dtype=np.bool_) if free is None else np.asarray(free, dtype=np.bool_)
    data, usable, notes = prepared(scores, groups)
    if not data or usable.sum() < 1:
        return _nothing(max(int(groups.max(initial=-1)) + 1, 1), n_items, notes)
    own = free[usable]
    shape = constrained(len(data), int(usable.sum()), own, own, model == "rasch")
    found = maximise(data, shape, start(data, int(usable.sum())))
    return _fit(found, shape, usable, sum(len(g.cells) for g in data), notes, standard_errors)


def prepared(
    scores: NDArray[np.int8], groups: NDArray[np.integer]
) -> tuple[list[Responses], Bools, list[Note]]:
    """Answers by group, of the items that can be estimated in every group, and which items those are."""
    n_groups = int(groups.max(initial=-1)) + 1
    usable, notes = np.ones(scores.shape[1], dtype=np.bool_), []
    for g in range(n_groups):
        cells = scores[groups == g]
        highest, lowest = cells.max(axis=0, initial=-1), np.where(cells < 0, 1, cells).min(axis=0, initial=1)
        odd = (highest != 1) | (lowest != 0)
        for j in np.flatnonzero(odd & usable):
            words = f"In group {g} not both right and wrong answers, and nothing else, occur: left out."
            notes.append(Note("not-estimable", int(j), words))
        usable &= ~odd
    data = []
    for g in range(n_groups if usable.any() else 0):
        cells = np.ascontiguousarray(scores[groups == g][:, usable])
        cells = cells[(cells >= 0).any(axis=1)]
        data.append(Responses(cells, bool((cells >= 0).all())))
    return data, usable, notes


def start(data: Sequence[Responses], n_items: int) -> Floats:
    """(G, 2J + 2) slopes of 1, intercepts from the proportions right, standard normal ability."""
    right = sum((g.cells == 1).sum(axis=0) for g in data)
    answers = sum((g.cells >= 0).sum(axis=0) for g in data)
    share = (np.asarray(right) + 0.5) / (np.asarray(answers) + 1.0)
    out = np.zeros((len(data), 2 * n_items + 2))
    out[:, :n_items] = 1.0
    out[:, n_items:-2] = 1.2 * np.log(share / (1.0 - share))
    return out


def maximise(
    data: Sequence[Responses], model: Model, first: Floats, known: Sequence[Curvature] = ()
) -> Maximum:
    """Climb from `first`: a few steps of EM (scoring on the complete data's information), then damped Newton.

    With `known`, the curvatures at a point nearby, they serve for all steps as long as these gain.
    """
    now, points, curves = first, _points(data, first), tuple(known)
    fixed, stale, damping = bool(known), not known, 0.0
    for done in range(MOST_STEPS):
        gradient = _gathered([point.gradient for point in points], model)
        early = not known and done < _EM_STEPS
        if early:
            matrix = _assembled([complete(p, q) for p, q in zip(now, points, strict=True)], model)
        else:
            if stale:
                curves = tuple(curvature(g, p, q) for g, p, q in zip(data, now, points, strict=True))
                stale = False
            matrix = _assembled([c.observed + damping * c.complete for c in curves], model)
        step = _solved(matrix, gradient)
        if step is None:
            damping = max(damping * 10.0, 0.01)
            continue
        gain = 0.5 * float(gradient @ step)
        if not early and gain < ENOUGH and damping <= 0.1:
            return Maximum(now, _total(points), curves, True, done)
        then = _moved(now, model, step)
        later = _points(data, then)
        if _total(later) >= _total(points) - 1e-12 * abs(_total(points)):
            now, points, damping = then, later, damping / 10.0 if damping > 1e-5 else 0.0
            fixed = fixed and done < _CHORDS
            stale = not fixed
        elif early:
            now = _moved(now, model, 0.5 * step)
            points = _points(data, now)
        else:
            stale, fixed, damping = fixed, False, 0.0 if fixed else max(damping * 10.0, 0.01)
    return Maximum(now, _total(points), curves, False, MOST_STEPS)


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


def _assembled(matrices: Sequence[Floats], model: Model) -> Floats:
    """(P, P) information on the free parameters; within a group each place occurs once."""
    out = np.zeros((model.n_free, model.n_free))
    for matrix, place in zip(matrices, model.place, strict=True):
        some = place >= 0
        out[np.ix_(place[some], place[some])] += matrix[np.ix_(some, some)]
    return out


def _solved(matrix: Floats, gradient: Floats) -> Floats | None:
    """The step, or None where the matrix is not positive definite."""
    scale = np.sqrt(np.maximum(np.diagonal(matrix), 1e-300))
    try:
        root = np.linalg.cholesky(matrix / scale / scale[:, None])
    except np.linalg.LinAlgError:
        return None
    half = np.linalg.solve(root, gradient / scale)
    return np.asarray(np.linalg.solve(root.T, half) / scale)


def _moved(parameters: Floats, model: Model, step: Floats) -> Floats:
    """The parameters after a step, which is shortened where one would move by more than 2."""
    step = step * min(1.0, 2.0 / max(float(np.abs(step).max(initial=0.0)), 1e-300))
    out = parameters.copy()
    free = model.place >= 0
    out[free] += step[model.place[free]]
    return out


def _fit(
    found: Maximum, model: Model, usable: Bools, n: int, notes: Sequence[Note], standard_errors: bool
) -> GroupsFit:
    n_groups, n_items = len(found.parameters), int(usable.sum())
    a, d = found.parameters[:, :n_items], found.parameters[:, n_items:-2]
    mean, sd = found.parameters[:, -2], np.exp(found.parameters[:, -1])
    covariance = np.full((n_groups, 2 * n_items + 2, 2 * n_items + 2), np.nan)
    told = list(notes)
    if standard_errors:
        covariance, sound = _covariances(found, model)
        if not sound:
            words = "The information matrix is not positive definite: there are no standard errors."
            told.append(Note("no-standard-errors", None, words))
    if not found.converged:
        told.append(Note("not-converged", None, f"The likelihood still rose after {MOST_STEPS} steps."))
    for j in np.flatnonzero((np.abs(a) > STEEP).any(axis=0)):
        place = int(np.flatnonzero(usable)[j])
        told.append(Note("slope-to-infinity", place, "The slope runs to infinity: it is no estimate."))
    deviation = np.sqrt(np.einsum("gpp->gp", covariance))
    items = np.arange(n_items)

    def spread(values: Floats) -> Floats:
        out = np.full((n_groups, len(usable)), np.nan)
        out[:, usable] = values
        return out

    return GroupsFit(
        a=spread(a), d=spread(d), se_a=spread(deviation[:, :n_items]), se_d=spread(deviation[:, n_items:-2]),
        covariance_ad=spread(covariance[:, items, n_items + items]),
        mean=mean, sd=sd, se_mean=deviation[:, -2], se_sd=deviation[:, -1] * sd,
        log_likelihood=found.log_likelihood, n_parameters=model.n_free, n_candidates=n,
        converged=found.converged, iterations=found.iterations, notes=tuple(told),
    )  # fmt: skip


def _covariances(found: Maximum, model: Model) -> tuple[Floats, bool]:
    """(G, 2J + 2, 2J + 2) of each group's parameters, NaN where fixed; and whether there are any."""
    width = model.place.shape[1]
    out = np.full((len(model.place), width, width), np.nan)
    matrix = _assembled([c.observed for c in found.curvatures], model)
    try:
        np.linalg.cholesky(matrix)
    except np.linalg.LinAlgError:
        return out, False
    inverse = np.linalg.inv(matrix)
    for own, place in zip(out, model.place, strict=True):
        some = np.flatnonzero(place >= 0)
        own[np.ix_(some, some)] = inverse[np.ix_(place[some], place[some])]
    return out, True


def _nothing(n_groups: int, n_items: int, notes: Sequence[Note]) -> GroupsFit:
    """What there is to say where nothing can be estimated."""
    table, each = np.full((n_groups, n_items), np.nan), np.full(n_groups, np.nan)
    return GroupsFit(
        a=table, d=table, se_a=table, se_d=table, covariance_ad=table, mean=each, sd=each, se_mean=each,
        se_sd=each, log_likelihood=float("nan"), n_parameters=0, n_candidates=0, converged=False, iterations=0,
        notes=tuple(notes),
    )  # fmt: skip
