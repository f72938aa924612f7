"""Models for ordered categories by marginal maximum likelihood: graded response and partial credit."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from examgen.core.words import tell
from examgen.psychometrics.irt.marginal.category_curves import CategoryCurves, Graded, PartialCredit
from examgen.psychometrics.irt.marginal.fitting import (
    STEEPEST,
    answered_by,
    easiness,
    hindrance,
    left_out,
    nothing,
    result,
    seen,
)
from examgen.psychometrics.irt.marginal.problem import marginal_problem, maximise_posterior
from examgen.stats.irt_models import GRADED, PARTIAL_CREDIT, Fit, ItemParameters, Note
from examgen.stats.quadrature import normal_grid

Floats = NDArray[np.float64]


def consecutive(
    scores: NDArray[np.int8], items: NDArray[np.bool_] | None = None
) -> tuple[NDArray[np.int8], tuple[Note, ...]]:
    """Scores counted again from 0 without the categories that nobody has, as mirt does, item by item.

    A category that nobody has has no parameter; with 0, 2, 3 seen, they count as 0, 1, 2. `fit_polytomous`
    does this itself; whoever uses its parameters with the scores must do it too. `items` chooses some (J,).
    The matrix itself is returned where nothing changes.
    """
    notes, out = [], scores
    chosen = np.ones(scores.shape[1], dtype=np.bool_) if items is None else items
    for j in np.nonzero(chosen & (scores.max(axis=0, initial=-1) > 1))[0]:
        column = scores[:, j]
        there = np.bincount(column[column >= 0]) > 0
        if there.all() or there.sum() < 2:
            continue
        out = scores.copy() if out is scores else out
        out[column >= 0, j] = (np.cumsum(there) - 1)[column[column >= 0]]
        old = ", ".join(str(k) for k in np.nonzero(there)[0])
        new = ", ".join(str(k) for k in range(int(there.sum())))
        notes.append(
            Note(
                "category-unused",
                int(j),
                tell("some scores do not occur, so {old} count as {new}", old=old, new=new),
            )
        )
    return out, tuple(notes)


def fit_polytomous(
    scores: NDArray[np.int8],
    model: str,
    fixed: ItemParameters | None = None,
    standard_errors: bool = True,
) -> Fit:
    """Fit a graded response or partial credit model to scores 0, 1, 2, …

    - `grm`: P(X ≥ k | θ) = 1 / (1 + exp(−(aθ + d_k))), θ ~ N(0, 1); as mirt's `graded`.
    - `gpcm`: P(X = k | θ) ∝ exp(k a θ + d_k), d_0 = 0, θ ~ N(0, 1); as mirt's `gpcm`.
    - `pcm`: the same with a = 1 and θ ~ N(0, σ²), σ free; as mirt's `Rasch`.

    With two categories `grm` and `gpcm` are the two-parameter model, and `pcm` is the Rasch model.

    Parameters
    ----------
    scores
        (N, J); the category, negative is missing. Categories that nobody has are closed up (`consecutive`).
    fixed
        Parameters that are not estimated; NaN is free. With a fixed slope the standard deviation of ability
        is estimated, with a fixed intercept its mean.
    standard_errors
        By the observed information (Louis, 1982). NaN otherwise.

    Returns
    -------
    Fit
        d of shape (J, M), M one less than the greatest number of categories; NaN beyond an item's own and for
        items left out (one score only, or no answer).

    Raises
    ------
    ValueError
        For a matrix that is none.

    References
    ----------
    Samejima, F. (1969). Estimation of latent ability using a response pattern of graded scores.
        Psychometrika Monograph 17.
    Masters, G. N. (1982). A Rasch model for partial credit scoring. Psychometrika, 47, 149–174.
    Muraki, E. (1992). A generalized partial credit model. Applied Psychological Measurement, 16, 159–176.
    """
    if scores.ndim != 2:
        raise ValueError("scores are a matrix of candidates and items")
    n_items = scores.shape[1]
    # (J, 1 + M) fixed values of a, d_1, …; NaN is free
    if fixed is None:
        given = np.full((n_items, 2), np.nan)
    elif fixed.a.shape != (n_items,) or fixed.d.shape[:1] != (n_items,):
        raise ValueError(f"fixed parameters of {len(fixed.a)} items, scores of {n_items}")
    else:
        given = np.concatenate([fixed.a[:, None], fixed.d], axis=1)
    if model == "pcm":
        given[~np.isfinite(given[:, 0]), 0] = 1.0
    anchored = np.asarray(np.isfinite(given[:, 1:]).any(axis=1))
    scores, closed = consecutive(scores, ~anchored)
    what = seen(scores)
    n_steps = np.maximum(what.highest, np.isfinite(given[:, 1:]).sum(axis=1))
    known = anchored & (np.isfinite(given).sum(axis=1) == n_steps + 1)
    use = (what.lowest < what.highest) | (known & (what.highest >= 0))
    notes = [*closed, *(note for note in left_out(what) if not known[note.item or 0])]
    # all items as they are without data: what is fixed, and NaN
    there = use | known
    d = np.full((n_items, max(int(n_steps.max(initial=1)), given.shape[1] - 1, 1)), np.nan)
    d[:, : given.shape[1] - 1] = given[:, 1:]
    everything = ItemParameters(
        np.full(n_items, GRADED if model == "grm" else PARTIAL_CREDIT, dtype=np.int8),
        np.where(there, given[:, 0], np.nan),
        d,
        np.where(there, 0.0, np.nan),
    )
    items = np.nonzero(use)[0]
    if (obstacle := hindrance(model, what, len(items), bool(anchored.any()))) is not None:
        return nothing(model, everything, int(what.answered.sum()), [*notes, obstacle])
    scores = answered_by(scores, what, items)
    n_steps, given = n_steps[items], given[items]
    n_slots = int(n_steps.max()) + 1
    values = np.full((len(items), n_slots), np.nan)
    shared = min(n_slots, given.shape[1])
    values[:, :shared] = given[:, :shared]
    used = np.arange(n_slots) <= n_steps[:, None]
    free = used & ~np.isfinite(values)
    steepest = np.where(np.arange(n_slots) == 0, STEEPEST, np.inf)
    curves: CategoryCurves = Graded() if model == "grm" else PartialCredit()
    problem = marginal_problem(
        [scores], n_steps + 1, curves, normal_grid(), free, -steepest, steepest,
        np.array([[(used & ~free)[:, 1:].any(), not free[:, 0].all()]]),
    )  # fmt: skip
    start = np.where(free | ~used, rough_categories(scores, n_steps, n_slots, model), values)
    if model == "grm":
        _put_in_order(start, free, used)
    maximum = maximise_posterior(problem, start, np.array([[0.0, 1.0]]), information=standard_errors)
    everything.a[items] = maximum.state.x[:, 0]
    everything.d[items, : n_slots - 1] = np.where(used[:, 1:], maximum.state.x[:, 1:], np.nan)
    return result(
        model, problem, maximum, (("a", 0), *(("d", k) for k in range(n_slots - 1))), items, everything,
        np.ones_like(maximum.state.x), standard_errors=standard_errors, notes=notes, n_candidates=len(scores),
    )  # fmt: skip


def rough_categories(scores: NDArray[np.int8], n_steps: NDArray[np.intp], n_slots: int, model: str) -> Floats:
    """Rough parameters from shares of the categories and correlations."""
    _, slope = easiness(scores, n_steps)
    x = np.zeros((len(n_steps), n_slots))
    for j, steps in enumerate(n_steps):
        column = scores[:, j]
        counts = np.bincount(column[column >= 0], minlength=steps + 1) + 0.5
        if model == "grm":
            above = counts[::-1].cumsum()[::-1][1:] / counts.sum()
            x[j, 1 : steps + 1] = np.log(above / (1.0 - above)) * np.sqrt(1.0 + slope[j] ** 2 / 2.9)
        else:
            x[j, 1 : steps + 1] = np.log(counts[1:] / counts[0])
    x[:, 0] = slope if model == "grm" else slope / np.sqrt(n_steps)
    return x


def _put_in_order(x: Floats, free: NDArray[np.bool_], used: NDArray[np.bool_]) -> None:
    """Graded thresholds in order also where some are fixed: free ones move out of the way."""
    for j in np.nonzero((used & ~free)[:, 1:].any(axis=1) & free[:, 1:].any(axis=1))[0]:
        own = np.nonzero(used[j])[0][1:]
        for k in own[1:]:
            if free[j, k]:
                x[j, k] = min(x[j, k], x[j, k - 1] - 0.1)
        for k in own[-2::-1]:
            if free[j, k]:
                x[j, k] = max(x[j, k], x[j, k + 1] + 0.1)
