"""Equating by an item response model: scores on X as scores on Y, with standard errors, from items on one
scale.

True-score equating uses the test characteristic curves, observed-score equating the distributions of scores
that the model expects in a population. Items are scored 0 and 1.

References
----------
Lord & Wingersky (1984), Applied Psychological Measurement 8, 453–461. Kolen (1981), Journal of Educational
Measurement 18, 1–11, for true scores below the sum of c. Kolen & Brennan (2014), Test equating, scaling and
linking, sections 6.5 and 6.6.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from examgen.stats.decision_methods import ability_at
from examgen.stats.irt_curves import category_probabilities, leave_one_out, sum_score_likelihoods
from examgen.stats.irt_models import ItemParameters
from examgen.stats.linking_methods import STEP, Link, carried, moved, scores_at
from examgen.stats.quadrature import Grid

Floats = NDArray[np.float64]
_FARTHEST = 1e6


def rises(items: ItemParameters) -> bool:
    """Return whether the true score rises with ability from −4 to 4; otherwise a score corresponds to several
    abilities."""
    return bool((scores_at(items, np.linspace(-4.0, 4.0, 81))[1].sum(axis=1) > 0).all())


def ends(items: ItemParameters) -> tuple[float, float]:
    """Return the limits of the expected score, which are not reached: with positive slopes, the sum of c and
    the number of items."""
    falls = items.a < 0
    return float(np.where(falls, 1.0, items.c).sum()), float(np.where(falls, items.c, 1.0).sum())


def true_scores(x: ItemParameters, y: ItemParameters) -> tuple[Floats, Floats]:
    """Return the true scores on Y for the scores 0 … J on X, and the abilities (NaN at and beyond the ends of
    the curve).

    Between the `ends` of X, T_Y(T_X⁻¹(score)). Outside them the model has no true scores. There the
    conversion is a line from (0, 0) to the lower ends, and from the upper ends to the highest scores (Kolen,
    1981; Kolen & Brennan, 2014, p. 197). Both forms must be on one scale.
    """
    scores = np.arange(len(x.a) + 1.0)
    (low, high), (low_y, high_y) = ends(x), ends(y)
    theta = np.full(len(scores), np.nan)
    inside = (scores > low + 1e-9) & (scores < high - 1e-9)
    theta[inside] = [ability_at(x, score, _FARTHEST) for score in scores[inside].tolist()]
    equated = np.empty_like(scores)
    equated[inside] = scores_at(y, theta[inside])[0].sum(axis=1)
    below, above = scores <= low + 1e-9, scores >= high - 1e-9
    equated[below] = scores[below] * (low_y / low if low > 1e-9 else 0.0)
    rest = len(x.a) - high
    share = (scores[above] - high) / rest if rest > 1e-9 else np.ones(int(above.sum()))
    equated[above] = high_y + np.clip(share, 0.0, 1.0) * (len(y.a) - high_y)
    return equated, theta


def observed_scores(x: ItemParameters, y: ItemParameters, grid: Grid) -> tuple[Floats, Floats, Floats]:
    """Return the scores on Y with the same percentile ranks in a population as those on X, and the
    probabilities of the scores on X and on Y.

    A score represents the interval of half a point on each side, with a uniform distribution (Kolen &
    Brennan, 2014, eq. 2.14–2.18).
    """
    of_x, of_y = (
        sum_score_likelihoods(category_probabilities(one, grid.nodes), np.ones(len(one.a), dtype=np.int64))
        @ grid.weights
        for one in (x, y)
    )
    rank = np.cumsum(of_x) - 0.5 * of_x
    upto = np.concatenate([[0.0], np.cumsum(of_y)])
    taken = np.concatenate([[True], np.diff(upto) > 0])
    return np.interp(rank, upto[taken], (np.arange(len(upto)) - 0.5)[taken]), of_x, of_y


# ── standard errors ──────────────────────────────────────────────────────────────────────────


def _by_parameters(items: ItemParameters, theta: Floats) -> Floats:
    """(Q, 3, J) derivatives of each item's expected score by its own a, b and c."""
    pairs = ([scores_at(moved(items, what, h), theta)[0] for h in (STEP, -STEP)] for what in range(3))
    return np.stack([(up - down) / (2.0 * STEP) for up, down in pairs], axis=1)


def true_score_jacobians(
    x: ItemParameters, y: ItemParameters, link: Link, theta: Floats, of_link: tuple[Floats, Floats]
) -> tuple[Floats, Floats]:
    """Return the derivatives (J + 1, 3J) of the true scores on Y by a, b and c of X, and those of Y.

    The true score is T_Y(A T_X⁻¹(score) + B). `of_link` has the derivatives (2, 3J) of A and B by the
    parameters of all items of X, and of Y. `x` is on its own scale.
    """
    scores, inside = np.arange(len(theta), dtype=np.float64), np.isfinite(theta)
    by_x, by_y = (np.zeros((len(scores), 3 * len(items.a))) for items in (x, y))
    at = theta[inside]
    back = (at - link.intercept) / link.slope
    rise_x, rise_y = scores_at(x, back)[1].sum(axis=1), scores_at(y, at)[1].sum(axis=1)
    by_line = np.stack([rise_y * back, rise_y], axis=1)
    own = _by_parameters(x, back).reshape(len(back), -1)
    by_x[inside] = -(rise_y * link.slope / rise_x)[:, None] * own + by_line @ of_link[0]
    by_y[inside] = _by_parameters(y, at).reshape(len(at), -1) + by_line @ of_link[1]
    low = ends(x)[0]
    below = ~inside & (scores <= low + 1e-9) & (low > 1e-9)
    by_x[below, 2 * len(x.a) :] = -scores[below, None] * ends(y)[0] / low**2
    by_y[below, 2 * len(y.a) :] = scores[below, None] / low
    return by_x, by_y


def observed_score_jacobians(
    x: ItemParameters, y: ItemParameters, link: Link, grid: Grid, of_link: tuple[Floats, Floats]
) -> tuple[Floats, Floats]:
    """Return the derivatives for observed-score equating, as `true_score_jacobians`: dy = (dF(x) − dG(y)) /
    g(y)."""
    here = carried(x, link)
    equated, _, of_scores = observed_scores(here, y, grid)
    back = (grid.nodes - link.intercept) / link.slope
    of_x = _distribution_change(here, _by_parameters(x, back), grid)
    rise = scores_at(x, back)[1]
    by_line = np.stack([-rise * back[:, None] / link.slope, -rise / link.slope], axis=1)
    line = _distribution_change(here, by_line, grid).reshape(-1, 2, len(x.a)).sum(axis=2)
    of_y = _distribution_change(y, _by_parameters(y, grid.nodes), grid)
    cell = np.clip(np.floor(equated + 0.5).astype(np.int64), 0, len(of_scores) - 1)
    density = np.maximum(of_scores[cell], 1e-300)[:, None]
    share = (equated - (cell - 0.5))[:, None]
    by_rank_x = np.cumsum(of_x, axis=0) - 0.5 * of_x
    by_rank_y = np.cumsum(of_y, axis=0)[cell] - of_y[cell] * (1.0 - share)
    by_rank_line = np.cumsum(line, axis=0) - 0.5 * line
    return (
        (by_rank_line @ of_link[0] + by_rank_x) / density,
        (by_rank_line @ of_link[1] - by_rank_y) / density,
    )


def _distribution_change(items: ItemParameters, of_items: Floats, grid: Grid) -> Floats:
    """(J + 1, S·J) derivatives of the distribution of scores, from those (Q, S, J) of the expected scores."""
    n, n_slots = len(items.a), of_items.shape[1]
    out = np.zeros((n + 1, n_slots, n))
    chances = category_probabilities(items, grid.nodes)
    for item, others in leave_one_out(chances, np.ones(n, dtype=np.int64)):
        weighted = others @ (of_items[:, :, item] * grid.weights[:, None])
        out[1:, :, item] += weighted
        out[:-1, :, item] -= weighted
    return out.reshape(n + 1, n_slots * n)
