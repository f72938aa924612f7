"""Scores and a fitted model → local dependence of pairs of items: Q3, adjusted Q3, LD X²
with Cramér's V.

Definitions as `mirt::residuals` 1.45 (types Q3 and LD).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from examgen.core.responses.matrix import Scores, score_cells
from examgen.core.words import tell
from examgen.psychometrics.fit.residuals import finite_abilities
from examgen.stats.distributions import chi_square_tail
from examgen.stats.irt_abilities import answers_of
from examgen.stats.irt_curves import Floats, curves, n_categories, row_chunks
from examgen.stats.irt_models import ItemParameters, Note
from examgen.stats.quadrature import Grid, normal_grid

MOST_ITEMS = 5_000
"""With more items, or more categories in all, pairs are not compared."""


class Q3(NamedTuple):
    """Correlations of residuals, (J, J), NaN where there are none."""

    q3: Floats
    """1 on the diagonal."""
    mean: float
    """Of all pairs: about −1 / (J − 1) where the model holds."""
    adjusted: Floats
    """Q3 less their mean; NaN on the diagonal."""
    notes: tuple[Note, ...]


def q3(scores: Scores, parameters: ItemParameters, theta: ArrayLike) -> Q3:
    """Yen's Q3: correlation over candidates of x_i − E_i(θ̂) and x_j − E_j(θ̂).

    Parameters
    ----------
    scores : array_like, shape (N, J)
        Negative is missing; each pair is taken over those who have both.
    parameters : ItemParameters
    theta : array_like, shape (N,)
        EAP, as mirt uses where nothing is said. Candidates with NaN are left out.

    Returns
    -------
    Q3
        `adjusted` is Q3 less the mean over pairs: above 0.2 suggests dependence.

    References
    ----------
    Yen, W. M. (1984). Effects of local item dependence on the fit and equating performance of the
    three-parameter logistic model. Applied Psychological Measurement 8, 125–145. Christensen, K. B.,
    Makransky, G., & Horton, M. (2017). Critical values for Yen's Q3. Applied Psychological Measurement 41,
    178–194.
    """
    scores = score_cells(scores)
    answers, ability = answers_of(scores, parameters), finite_abilities(theta, len(scores))
    n_items, n_own = len(parameters.a), len(answers.items)
    if n_items > MOST_ITEMS:
        nothing = np.full((0, 0), np.nan)
        words = tell(
            "Pairs of {n_items} items are not compared, because the limit is {most_items} items.",
            n_items=n_items,
            most_items=MOST_ITEMS,
        )
        return Q3(nothing, np.nan, nothing, (*answers.notes, Note("too-many-items", None, words)))
    n, first, second, cross = (np.zeros((n_own, n_own)) for _ in range(4))
    for rows in row_chunks(len(scores), n_own * (parameters.d.shape[1] + 1)):
        known = np.isfinite(ability[rows])
        cells = answers.cells[rows][known]
        p = curves(answers.parameters, ability[rows][known]).p
        there = (cells >= 0).astype(np.float64)
        residual = (cells - p @ np.arange(float(p.shape[2]))) * there
        n += there.T @ there
        first += residual.T @ there
        second += (residual**2).T @ there
        cross += residual.T @ residual
    found = np.full((n_items, n_items), np.nan)
    # Over pairs present: `first[i, j]` is the sum of residuals of i among those who have j too.
    count = np.maximum(n, 1.0)
    covariance = cross - first * first.T / count
    mine = second - first**2 / count
    varies = mine > 1e-12 * np.maximum(second, 1e-300)
    spread = np.sqrt(np.where(varies, mine, np.nan))
    found[np.ix_(answers.items, answers.items)] = np.where(n > 1, covariance / (spread * spread.T), np.nan)
    found[answers.items, answers.items] = 1.0
    pairs = found[np.triu_indices(n_items, 1)]
    pairs = pairs[np.isfinite(pairs)]
    mean = float(pairs.mean()) if len(pairs) else np.nan
    adjusted = found - mean
    np.fill_diagonal(adjusted, np.nan)
    notes = answers.notes
    if not len(pairs):
        notes = (*notes, Note("q3-undefined", None, tell("There are no residuals to correlate.")))
    return Q3(found, mean, adjusted, notes)


class PairDependence(NamedTuple):
    """LD X² of pairs, (J, J), symmetric; NaN on the diagonal and where a pair has no table."""

    x2: Floats
    """≥ 0."""
    v: Floats
    """Signed Cramér V, −1 … 1: above 0, the two hang together more than the model says."""
    df: NDArray[np.int64]
    """(K_i − 1)(K_j − 1)."""
    p: Floats
    n: NDArray[np.int64]
    """Candidates with an answer to both."""
    notes: tuple[Note, ...]


def local_dependence(scores: Scores, parameters: ItemParameters, grid: Grid | None = None) -> PairDependence:
    """Chen and Thissen's LD X²: the table of two items against the one that the model expects.

    X² = Σ_kl (O_kl − E_kl)² / E_kl, with E_kl = N Σ_q w_q P_ik(θ_q) P_jl(θ_q). The sign is that of the
    difference between Goodman and Kruskal's γ of O and of E; V = ±√(X² / (N min(K_i − 1, K_j − 1))).

    Parameters
    ----------
    scores : array_like, shape (N, J)
        Negative or NaN is missing; each pair is taken over those who have both.
    parameters : ItemParameters
        Of any kind.
    grid : Grid
        The population, as the model was fitted; 61 points on [−6, 6], N(0, 1), where not given.

    Returns
    -------
    PairDependence

    Notes
    -----
    The χ² distribution is an approximation: X² is somewhat too small for it, since the parameters were
    estimated from the same tables.

    References
    ----------
    Chen, W.-H., & Thissen, D. (1997). Local dependence indexes for item pairs using item response theory.
    Journal of Educational and Behavioral Statistics 22, 265–289, eq. 4 to 6. `mirt::residuals(type = 'LD')`.
    """
    scores = score_cells(scores)
    answers = answers_of(scores, parameters)
    n_items, items = len(parameters.a), answers.items
    if n_items > MOST_ITEMS:
        none, counts = np.full((0, 0), np.nan), np.zeros((0, 0), np.int64)
        words = tell(
            "Pairs of {n_items} items are not compared, because the limit is {most_items} items.",
            n_items=n_items,
            most_items=MOST_ITEMS,
        )
        note = Note("too-many-items", None, words)
        return PairDependence(none, none, counts, none, counts, (*answers.notes, note))
    own, (nodes, weights) = answers.parameters, grid or normal_grid()
    steps = n_categories(own) - 1
    width = own.d.shape[1] + 1
    p = curves(own, nodes).p
    held = [(answers.cells == k).astype(np.float32) for k in range(width)]
    x2, v, pairs = (np.full((n_items, n_items), np.nan) for _ in range(3))
    n = np.zeros((n_items, n_items), np.int64)
    for rows in row_chunks(len(items), len(items) * width**2):
        seen = np.empty((width, width, rows.stop - rows.start, len(items)))
        expected = np.empty_like(seen)
        for k in range(width):
            for m in range(width):
                seen[k, m] = held[k][:, rows].T @ held[m]
                expected[k, m] = (p[:, rows, k] * weights[:, None]).T @ p[:, :, m]
        together = seen.sum(axis=(0, 1))
        expected *= together
        there = expected > 0
        parts = np.where(there, (seen - expected) ** 2 / np.where(there, expected, 1.0), 0.0)
        own_x2 = np.where(together > 0, parts.sum(axis=(0, 1)), np.nan)
        sign = np.where(_gamma(seen) - _gamma(expected) < 0, -1.0, 1.0)
        at = np.ix_(items[rows], items)
        x2[at], n[at] = own_x2, together
        most = np.minimum(steps[rows, None], steps)
        with np.errstate(invalid="ignore", divide="ignore"):
            v[at] = sign * np.sqrt(own_x2 / (together * most))
    df = np.zeros((n_items, n_items), np.int64)
    df[np.ix_(items, items)] = np.outer(steps, steps)
    below = np.tril_indices(n_items, -1)
    for matrix in (x2, v):
        matrix[below] = matrix.T[below]
        np.fill_diagonal(matrix, np.nan)
    np.fill_diagonal(df, 0)
    known = np.isfinite(x2)
    pairs[known] = chi_square_tail(x2[known], df[known].astype(np.float64))
    notes = answers.notes
    if not known.any():
        notes = (
            *notes,
            Note("ld-undefined", None, tell("No two items share a candidate.")),
        )
    return PairDependence(x2, v, df, pairs, n, notes)


def _gamma(tables: Floats) -> Floats:
    """(…) Goodman and Kruskal's γ of tables (K, M, …); 0 where no two candidates differ in both."""
    above = np.zeros_like(tables)
    above[:-1] = tables[::-1].cumsum(axis=0)[::-1][1:]
    right, left = np.zeros_like(above), np.zeros_like(above)
    right[:, :-1] = above[:, ::-1].cumsum(axis=1)[:, ::-1][:, 1:]
    left[:, 1:] = above.cumsum(axis=1)[:, :-1]
    concordant, discordant = (tables * right).sum(axis=(0, 1)), (tables * left).sum(axis=(0, 1))
    either = concordant + discordant
    return np.asarray(np.where(either > 0, concordant - discordant, 0.0) / np.where(either > 0, either, 1.0))
