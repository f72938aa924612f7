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

from examgen.analysis.irt.items import Note
from examgen.analysis.irt.marginal.groups_climb import (  # fmt: skip
    MOST_STEPS,
    Maximum,
    Model,
    assembled,
    at_bound,
    constrained,
    maximise,
    on_bound,
)
from examgen.analysis.irt.marginal.groups_steps import Responses, responses
from examgen.words import tell

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]


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
    return _fit(found, shape, usable, int(sum(g.times.sum() for g in data)), notes, standard_errors)


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
            words = tell(
                "In group {g} its answers are all alike, none, or other than right and wrong: left out.", g=g
            )
            notes.append(Note("not-estimable", int(j), words))
        usable &= ~odd
    data = []
    for g in range(n_groups if usable.any() else 0):
        cells = scores[groups == g][:, usable]
        cells = cells[(cells >= 0).any(axis=1)]
        data.append(responses(cells))
    return data, usable, notes


def start(data: Sequence[Responses], n_items: int) -> Floats:
    """(G, 2J + 2) slopes of 1, intercepts from the proportions right, standard normal ability."""
    right = sum(g.times @ (g.cells == 1) for g in data)
    answers = sum(g.times @ (g.cells >= 0) for g in data)
    share = (np.asarray(right) + 0.5) / (np.asarray(answers) + 1.0)
    out = np.zeros((len(data), 2 * n_items + 2))
    out[:, :n_items] = 1.0
    out[:, n_items:-2] = 1.2 * np.log(share / (1.0 - share))
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
            words = tell("The information matrix is not positive definite: there are no standard errors.")
            told.append(Note("no-standard-errors", None, words))
    if not found.converged:
        told.append(
            Note(
                "not-converged",
                None,
                tell("The likelihood still rose after {most_steps} steps.", most_steps=MOST_STEPS),
            )
        )
    steep, far = at_bound(found)
    for j in np.flatnonzero(steep):
        place = int(np.flatnonzero(usable)[j])
        told.append(
            Note("slope-to-infinity", place, tell("The slope runs to infinity: it is not an estimate."))
        )
    if far:
        words = tell(
            "The mean or standard deviation of ability in a group runs out of the range of the nodes."
        )
        told.append(Note("ability-out-of-range", None, words))
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
    matrix = assembled([c.observed for c in found.curvatures], model)
    inside = np.flatnonzero(~on_bound(found.parameters, model))
    inverse = np.full(matrix.shape, np.nan)
    try:
        np.linalg.cholesky(matrix[np.ix_(inside, inside)])
        inverse[np.ix_(inside, inside)] = np.linalg.inv(matrix[np.ix_(inside, inside)])
    except np.linalg.LinAlgError:
        return out, False
    for own, place in zip(out, model.place, strict=True):
        some = np.flatnonzero(place >= 0)
        own[np.ix_(some, some)] = inverse[np.ix_(place[some], place[some])]
    return out, True


def _nothing(n_groups: int, n_items: int, notes: Sequence[Note]) -> GroupsFit:
    """What there is to say where nothing can be estimated."""
    table, each = np.full((n_groups, n_items), np.nan), np.full(n_groups, np.nan)
    return GroupsFit(
        a=table, d=table, se_a=table, se_d=table, covariance_ad=table, mean=each, sd=each, se_mean=each,
        se_sd=each, log_likelihood=float("nan"), n_parameters=0, n_candidates=0, converged=False,
        iterations=0, notes=tuple(notes),
    )  # fmt: skip
