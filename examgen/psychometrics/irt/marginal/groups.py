"""Scores of several groups → a logistic model (Rasch, 1PL, 2PL, 3PL) with the same items in all groups but
for those that are let free, by marginal maximum likelihood. Groups need not have been given the same items.

Ability is N(0, 1) in the first group (in a Rasch model N(0, σ²)) and N(μ, σ²) in the others as long as an
item is shared; the quadrature is mirt's, 61 nodes on [−6, 6] that do not move.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from examgen.core.responses.matrix import Scores, group_numbers, score_cells
from examgen.core.words import tell
from examgen.psychometrics.irt.items import Note
from examgen.psychometrics.irt.marginal.fitting import STEEPEST, WORDS
from examgen.psychometrics.irt.marginal.groups_ability import abilities_of
from examgen.psychometrics.irt.marginal.groups_climb import (  # fmt: skip
    MOST_STEPS,
    GroupConstraints,
    GroupsMaximum,
    assembled,
    at_bound,
    constrained,
    maximise_groups,
    on_bound,
)
from examgen.psychometrics.irt.marginal.groups_steps import GroupResponses, responses
from examgen.psychometrics.irt.marginal.priors import Prior

MODELS = ("rasch", "1pl", "2pl", "3pl")
FEWEST_VARYING = 2
"""With fewer items that some of a group got right and some wrong, nothing is known of its ability."""
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
    """Whether the climb ended; what ran into a bound on the way is told in `notes`, see `settled`."""
    iterations: int
    notes: tuple[Note, ...]
    c: Floats
    """(G, J) lower asymptotes; 0 unless 3PL."""
    se_c: Floats

    @property
    def settled(self) -> bool:
        """Whether the climb ended at a maximum, with no slope and no ability at a bound of the nodes."""
        lost = {"slope-to-infinity", "ability-out-of-range"}
        return self.converged and lost.isdisjoint(note.code for note in self.notes)

    @property
    def se_b(self) -> Floats:
        """(G, J) by the delta method; a slope that is fixed has no error."""
        se_a, both = np.nan_to_num(self.se_a), np.nan_to_num(self.covariance_ad)
        with np.errstate(divide="ignore", invalid="ignore"):
            square = self.se_d**2 + 2.0 * self.b * both + self.b**2 * se_a**2
            return np.asarray(np.sqrt(square) / np.abs(self.a))

    @property
    def b(self) -> Floats:
        """(G, J) difficulties −d/a."""
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.asarray(-self.d / self.a)


def fit_groups(
    scores: Scores,
    groups: ArrayLike,
    *,
    model: str = "2pl",
    free: NDArray[np.bool_] | None = None,
    standard_errors: bool = True,
    prior_c: Prior | None = None,
) -> GroupsFit:
    """Fit one model to all groups.

    Parameters
    ----------
    scores : array_like, shape (N, J)
        0, 1, or negative or NaN where missing. Items that nobody or everybody got right are left out; of
        those that are let free, where that is so in one group.
    groups : array_like, shape (N,)
        0 … G − 1, or names, which are numbered in their order.
    model : {'2pl', '1pl', 'rasch', '3pl'}
    free : ndarray of bool, shape (J,), optional
        Items with parameters of their own in each group; the others are the same in all (all, by default).
    standard_errors : bool
        From the observed information.
    prior_c : Prior, optional
        Of the lower asymptotes, for `3pl`.

    References
    ----------
    Bock & Zimowski (1997), Multiple group IRT. Louis (1982) for the information.
    """
    if model not in MODELS:
        raise ValueError(f"model is {model!r}; it must be one of {MODELS}")
    scores = score_cells(scores)
    groups = group_numbers(groups, len(scores))
    n_items = scores.shape[1]
    free = np.zeros(n_items, dtype=np.bool_) if free is None else np.asarray(free, dtype=np.bool_)
    data, usable, notes = prepared(scores, groups, free)
    if model == "3pl" and usable.any():
        return _three_parameters(scores, groups, free, usable, notes, prior_c, standard_errors)
    if not data or usable.sum() < 1:
        return _nothing(max(int(groups.max(initial=-1)) + 1, 1), n_items, notes)
    own = free[usable]
    shape = constrained(len(data), int(usable.sum()), own, own, model == "rasch", model == "1pl")
    found = maximise_groups(data, shape, start(data, int(usable.sum())))
    n = np.array([g.times.sum() for g in data]).astype(np.int64)
    return _fit(found, shape, usable, n, notes, standard_errors)


def prepared(
    scores: NDArray[np.int8], groups: NDArray[np.integer], free: Bools | None = None
) -> tuple[list[GroupResponses], Bools, list[Note]]:
    """Answers by group, of the items that can be estimated, and which items those are: in every group; where
    `free` says which are not the same in all, the others are estimated from all groups together."""
    n_groups = int(groups.max(initial=-1)) + 1
    usable, notes = np.ones(scores.shape[1], dtype=np.bool_), []
    for g in range(n_groups):
        cells = scores[groups == g]
        highest, lowest = cells.max(axis=0, initial=-1), np.where(cells < 0, 1, cells).min(axis=0, initial=1)
        odd = (highest != 1) | (lowest != 0)
        if free is not None and (~odd).sum() >= FEWEST_VARYING:
            odd &= free
        for j in np.flatnonzero(odd & usable):
            words = tell(
                "In group {group} its answers are all alike, none, or other than right and wrong: left out.",
                group=g,
            )
            notes.append(Note("not-estimable", int(j), words))
        usable &= ~odd
    if free is not None:
        highest, lowest = (
            scores.max(axis=0, initial=-1),
            np.where(scores < 0, 1, scores).min(axis=0, initial=1),
        )
        odd = ((highest != 1) | (lowest != 0)) & ~free
        words = tell("Its answers are all alike, none, or other than right and wrong: left out.")
        notes += [Note("not-estimable", int(j), words) for j in np.flatnonzero(odd)]
        usable &= ~odd
    data = []
    for g in range(n_groups if usable.any() else 0):
        cells = scores[groups == g][:, usable]
        cells = cells[(cells >= 0).any(axis=1)]
        data.append(responses(cells))
    return data, usable, notes


def start(data: Sequence[GroupResponses], n_items: int) -> Floats:
    """(G, 2J + 2) slopes of 1, intercepts from the proportions right, standard normal ability."""
    right = sum(g.times @ (g.cells == 1) for g in data)
    answers = sum(g.times @ (g.cells >= 0) for g in data)
    share = (np.asarray(right) + 0.5) / (np.asarray(answers) + 1.0)
    out = np.zeros((len(data), 2 * n_items + 2))
    out[:, :n_items] = 1.0
    out[:, n_items:-2] = 1.2 * np.log(share / (1.0 - share))
    return out


def _fit(
    found: GroupsMaximum,
    model: GroupConstraints,
    usable: Bools,
    n: NDArray[np.integer],
    notes: Sequence[Note],
    standard_errors: bool,
) -> GroupsFit:
    """`n` (G,) candidates."""
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
    steep, _ = at_bound(found)
    places = np.flatnonzero(usable)
    for j in np.flatnonzero(steep):
        words = tell("The slope runs to infinity: it is not an estimate.")
        told.append(Note("slope-to-infinity", int(places[j]), words))
    if n_groups > 1:
        abilities = abilities_of(mean, sd, n)
        mean, sd = abilities.mean, abilities.sd
        told += [*_falling(a, steep, places), *abilities.notes]
    deviation = np.sqrt(np.einsum("gpp->gp", covariance))
    deviation[:, np.concatenate([steep, steep, [False, False]])] = np.nan
    items = np.arange(n_items)

    def spread(values: Floats) -> Floats:
        out = np.full((n_groups, len(usable)), np.nan)
        out[:, usable] = values
        return out

    return GroupsFit(
        a=spread(a), d=spread(d), se_a=spread(deviation[:, :n_items]), se_d=spread(deviation[:, n_items:-2]),
        covariance_ad=spread(covariance[:, items, n_items + items]),
        mean=mean, sd=sd, se_mean=deviation[:, -2], se_sd=deviation[:, -1] * sd,
        log_likelihood=found.log_likelihood, n_parameters=model.n_free, n_candidates=int(n.sum()),
        converged=found.converged, iterations=found.iterations, notes=tuple(told),
        c=spread(np.zeros_like(a)), se_c=np.full((n_groups, len(usable)), np.nan),
    )  # fmt: skip


def _falling(a: Floats, steep: Bools, places: NDArray[np.integer]) -> list[Note]:
    """A note on each item whose slope (G, J) is negative in a group."""
    notes = []
    for j in np.flatnonzero((a < -1e-6).any(axis=0) & ~steep):
        slope = float(a[:, j].min())
        words = tell(WORDS["negative-slope"], slope=slope)
        notes.append(Note("negative-slope", int(places[j]), words, (f"{slope:.2f}",)))
    return notes


def _three_parameters(
    scores: NDArray[np.int8],
    groups: NDArray[np.integer],
    free: Bools,
    usable: Bools,
    notes: Sequence[Note],
    prior: Prior | None,
    standard_errors: bool,
) -> GroupsFit:
    """The 3PL: an item that is let free is a column for each group, blank for the others."""
    from examgen.psychometrics.irt.marginal.groups_asymptotes import fit_items_and_groups

    n_groups = int(groups.max(initial=-1)) + 1
    place = np.full((n_groups, scores.shape[1]), -1, dtype=np.int64)
    columns: list[NDArray[np.int8]] = []
    item_of: list[int] = []
    for j in np.flatnonzero(usable):
        for g in range(n_groups) if free[j] else (slice(None),):
            place[g, j] = len(columns)
            mine = scores[:, j] if isinstance(g, slice) else np.where(groups == g, scores[:, j], -1)
            columns.append(mine.astype(np.int8))
            item_of.append(int(j))
    found = fit_items_and_groups(np.stack(columns, axis=1), groups, prior, standard_errors)
    k, own = len(columns), place >= 0

    def spread(values: Floats) -> Floats:
        return np.where(own, values[np.maximum(place, 0)], np.nan)

    steep = np.abs(found.items.a) >= STEEPEST
    deviation = np.sqrt(np.diagonal(found.covariance))
    deviation[: 2 * k][np.tile(steep, 2)] = np.nan
    both = np.diagonal(found.covariance[:k, k : 2 * k])
    of_groups = np.vstack([[np.nan, np.nan], deviation[3 * k :].reshape(-1, 2)])
    told = [note if note.item is None else note._replace(item=item_of[note.item]) for note in found.notes]
    told += _falling(found.items.a[None], steep, np.array(item_of))
    abilities = abilities_of(found.mean, found.sd, np.bincount(groups[groups >= 0], minlength=n_groups))
    return GroupsFit(
        a=spread(found.items.a), d=spread(found.items.d[:, 0]), se_a=spread(deviation[:k]),
        se_d=spread(deviation[k : 2 * k]), covariance_ad=spread(both), mean=abilities.mean, sd=abilities.sd,
        se_mean=of_groups[:, 0], se_sd=of_groups[:, 1], log_likelihood=found.log_likelihood,
        n_parameters=found.n_parameters, n_candidates=found.n_candidates, converged=found.converged,
        iterations=found.iterations, notes=(*notes, *told, *abilities.notes), c=spread(found.items.c),
        se_c=spread(deviation[2 * k : 3 * k]),
    )  # fmt: skip


def _covariances(found: GroupsMaximum, model: GroupConstraints) -> tuple[Floats, bool]:
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
        iterations=0, notes=tuple(notes), c=table, se_c=table,
    )  # fmt: skip
