"""Items of two forms on one scale → scores of the new form as scores of the old one.

True-score equating by the test characteristic curves, observed-score equating by the distributions of scores
that the model expects of a population.

References
----------
Lord & Wingersky (1984), Applied Psychological Measurement 8, 453–461. Kolen (1981), Journal of Educational
Measurement 18, 1–11, for true scores below the sum of c. Kolen & Brennan (2014), Test equating, scaling and
linking, sections 6.5 and 6.6.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from examgen.psychometrics.equating.irt_linking import STEP, Items, Link, carried, chances, moved
from examgen.stats.irt_curves import leave_one_out, sum_score_likelihoods
from examgen.stats.quadrature import Grid

Floats = NDArray[np.float64]
_FARTHEST = 1e6
_HALVINGS = 200


class TrueScores(NamedTuple):
    """For each score 0 … J of the new form."""

    theta: Floats
    """(J + 1,) ability whose true score it is; NaN at and beyond the ends of the test's curve."""
    y: Floats
    """(J + 1,) the old form's true score."""


class ObservedScores(NamedTuple):
    """For each score of a form, from 0."""

    y: Floats
    """(J + 1,) the old form's score of the same percentile rank."""
    new: Floats
    """(J + 1,) how likely each score of the new form is in the population."""
    old: Floats


def rises(items: Items) -> bool:
    """Whether the true score rises with ability from −4 to 4: else one score has several."""
    return bool((chances(items, np.linspace(-4.0, 4.0, 81))[1].sum(axis=1) > 0).all())


def ends(items: Items) -> tuple[float, float]:
    """The expected scores that are never quite reached: the sum of c, and all; but for slopes below 0."""
    falls = items.a < 0
    return float(np.where(falls, 1.0, items.c).sum()), float(np.where(falls, items.c, 1.0).sum())


def true_scores(new: Items, old: Items) -> TrueScores:
    """True-score equating of the new form to the old one, both on one scale.

    Between the `ends` of the new form, y = T_old(T_new⁻¹(x)). Below, and above, a line from (0, 0) to the
    lower ends and from the upper ends to the highest scores (Kolen, 1981; Kolen & Brennan, 2014, p. 197): the
    model has no true scores there.
    """
    n_new, n_old = len(new.a), len(old.a)
    x = np.arange(n_new + 1.0)
    (low, high), (old_low, old_high) = ends(new), ends(old)
    theta = np.full(n_new + 1, np.nan)
    inside = (x > low + 1e-9) & (x < high - 1e-9)
    theta[inside] = _abilities(new, x[inside])
    y = np.empty_like(x)
    y[inside] = chances(old, theta[inside])[0].sum(axis=1)
    below, above = x <= low + 1e-9, x >= high - 1e-9
    y[below] = x[below] * (old_low / low if low > 1e-9 else 0.0)
    rest = n_new - high
    share = (x[above] - high) / rest if rest > 1e-9 else np.ones(int(above.sum()))
    y[above] = old_high + np.clip(share, 0.0, 1.0) * (n_old - old_high)
    return TrueScores(theta, y)


def _abilities(items: Items, x: Floats) -> Floats:
    """The ability of each true score, by halving: the curve rises from one end to the other."""
    low, high = np.full(len(x), -10.0), np.full(len(x), 10.0)
    for end, over in ((low, True), (high, False)):
        for _ in range(60):
            score = chances(items, end)[0].sum(axis=1)
            short = (score > x if over else score < x) & (np.abs(end) < _FARTHEST)
            if not short.any():
                break
            end[short] *= 2.0
    for _ in range(_HALVINGS):
        middle = 0.5 * (low + high)
        above = chances(items, middle)[0].sum(axis=1) >= x
        high, low = np.where(above, middle, high), np.where(above, low, middle)
        if float((high - low).max(initial=0.0)) < 1e-13 * max(1.0, float(np.abs(high).max(initial=0.0))):
            break
    return np.asarray(0.5 * (low + high))


def score_distribution(items: Items, grid: Grid) -> Floats:
    """(J + 1,) how likely each number right is in a population (Lord & Wingersky, 1984)."""
    right = chances(items, grid.nodes)[0]
    p = np.stack([1.0 - right, right], axis=2)
    return np.asarray(sum_score_likelihoods(p, np.ones(len(items.a), dtype=np.int64)) @ grid.weights)


def observed_scores(new: Items, old: Items, grid: Grid) -> ObservedScores:
    """Equipercentile equating of the scores that the model expects of a population with that ability.

    A score stands for the interval of half a point on each side, within which it is even (Kolen & Brennan,
    2014, eq. 2.14–2.18).
    """
    of_new, of_old = score_distribution(new, grid), score_distribution(old, grid)
    rank = np.cumsum(of_new) - 0.5 * of_new
    upto = np.concatenate([[0.0], np.cumsum(of_old)])
    edges = np.arange(len(upto)) - 0.5
    taken = np.concatenate([[True], np.diff(upto) > 0])
    return ObservedScores(np.interp(rank, upto[taken], edges[taken]), of_new, of_old)


# ── standard errors ──────────────────────────────────────────────────────────────────────────


def _by_parameters(items: Items, theta: Floats) -> Floats:
    """(Q, 3, J) derivatives of each item's chance by its own a, b and c."""
    pairs = ([chances(moved(items, slot, h), theta)[0] for h in (STEP, -STEP)] for slot in range(3))
    return np.stack([(up - down) / (2.0 * STEP) for up, down in pairs], axis=1)


def true_score_jacobians(
    new: Items, old: Items, link: Link, found: TrueScores, of_link: tuple[Floats, Floats]
) -> tuple[Floats, Floats]:
    """(X, 3J) derivatives of the old form's scores by the old form's a, b and c, and by the new form's.

    y = T_old(A T_new⁻¹(x) + B), with A and B that depend on the common items as `of_link` says: (2, 3J)
    derivatives by the parameters of all items of each form. `new` is on its own scale.
    """
    x, inside = np.arange(len(found.y), dtype=np.float64), np.isfinite(found.theta)
    by_old, by_new = (np.zeros((len(x), 3 * len(items.a))) for items in (old, new))
    theta = found.theta[inside]
    back = (theta - link.intercept) / link.slope
    rise_old, rise_new = chances(old, theta)[1].sum(axis=1), chances(new, back)[1].sum(axis=1)
    by_line = np.stack([rise_old * back, rise_old], axis=1)
    by_old[inside] = _by_parameters(old, theta).reshape(len(theta), -1) + by_line @ of_link[0]
    own = _by_parameters(new, back).reshape(len(back), -1)
    by_new[inside] = -(rise_old * link.slope / rise_new)[:, None] * own + by_line @ of_link[1]
    low = ends(new)[0]
    below = ~inside & (x <= low + 1e-9) & (low > 1e-9)
    by_old[below, 2 * len(old.a) :] = x[below, None] / low
    by_new[below, 2 * len(new.a) :] = -x[below, None] * ends(old)[0] / low**2
    return by_old, by_new


def observed_score_jacobians(
    new: Items, old: Items, link: Link, found: ObservedScores, grid: Grid, of_link: tuple[Floats, Floats]
) -> tuple[Floats, Floats]:
    """The same of observed-score equating: dy = (dF(x) − dG(y)) / g(y)."""
    back = (grid.nodes - link.intercept) / link.slope
    of_new = _distribution_change(carried(new, link), _by_parameters(new, back), grid)
    rise = chances(new, back)[1]
    by_line = np.stack([-rise * back[:, None] / link.slope, -rise / link.slope], axis=1)
    line = _distribution_change(carried(new, link), by_line, grid).reshape(-1, 2, len(new.a)).sum(axis=2)
    of_old = _distribution_change(old, _by_parameters(old, grid.nodes), grid)
    cell = np.clip(np.floor(found.y + 0.5).astype(np.int64), 0, len(found.old) - 1)
    density = np.maximum(found.old[cell], 1e-300)[:, None]
    share = (found.y - (cell - 0.5))[:, None]
    by_rank_old = np.cumsum(of_old, axis=0)[cell] - of_old[cell] * (1.0 - share)
    by_rank_line = np.cumsum(line, axis=0) - 0.5 * line
    by_rank_new = np.cumsum(of_new, axis=0) - 0.5 * of_new
    by_old = (by_rank_line @ of_link[0] - by_rank_old) / density
    by_new = (by_rank_line @ of_link[1] + by_rank_new) / density
    return by_old, by_new


def _distribution_change(items: Items, of_chances: Floats, grid: Grid) -> Floats:
    """(J + 1, S·J) derivatives of the distribution of scores, from those (Q, S, J) of the items' chances."""
    n, n_slots = len(items.a), of_chances.shape[1]
    right = chances(items, grid.nodes)[0]
    p = np.stack([1.0 - right, right], axis=2)
    out = np.zeros((n + 1, n_slots, n))
    for item, others in leave_one_out(p, np.ones(n, dtype=np.int64)):
        weighted = others @ (of_chances[:, :, item] * grid.weights[:, None])
        out[1:, :, item] += weighted
        out[:-1, :, item] -= weighted
    return out.reshape(n + 1, n_slots * n)
