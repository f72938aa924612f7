"""Scores and a fitted model → local dependence of pairs of items: Q3, adjusted Q3, LD X².

Definitions as `mirt::residuals` 1.45 (types Q3 and LD).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from examgen.analysis.answers import answers_of
from examgen.analysis.curves import Floats, curves, n_categories, row_chunks
from examgen.analysis.distributions import chi_square_tail
from examgen.analysis.fit_residuals import finite_abilities
from examgen.analysis.irt import ItemParameters, Note
from examgen.analysis.quadrature import Grid, normal_grid

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


class LocalDependence(NamedTuple):
    """X² of the table of each pair of items, (J, J), NaN on the diagonal and where it is undefined."""

    x2: Floats
    cramers_v: Floats
    """Signed: positive where the items go together more than the model says."""
    df: Floats
    p: Floats
    notes: tuple[Note, ...]


def q3(scores: NDArray[np.int8], parameters: ItemParameters, theta: ArrayLike) -> Q3:
    """Yen's Q3: correlation over candidates of x_i − E_i(θ̂) and x_j − E_j(θ̂).

    Parameters
    ----------
    scores : ndarray of int8, shape (N, J)
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
    answers, ability = answers_of(scores, parameters), finite_abilities(theta, len(scores))
    n_items, n_own = len(parameters.a), len(answers.items)
    if n_items > MOST_ITEMS:
        nothing = np.full((0, 0), np.nan)
        return Q3(nothing, np.nan, nothing, (*answers.notes, _too_many(n_items)))
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
    found[np.ix_(answers.items, answers.items)] = _correlation(n, first, second, cross)
    found[answers.items, answers.items] = 1.0
    pairs = found[np.triu_indices(n_items, 1)]
    pairs = pairs[np.isfinite(pairs)]
    mean = float(pairs.mean()) if len(pairs) else np.nan
    adjusted = found - mean
    np.fill_diagonal(adjusted, np.nan)
    notes = answers.notes
    if not len(pairs):
        notes = (*notes, Note("q3-undefined", None, "There are no residuals to correlate."))
    return Q3(found, mean, adjusted, notes)


def _correlation(n: Floats, first: Floats, second: Floats, cross: Floats) -> Floats:
    """Over pairs present: `first[i, j]` is the sum of residuals of i among those who have j too."""
    count = np.maximum(n, 1.0)
    covariance = cross - first * first.T / count
    mine = second - first**2 / count
    product = mine * mine.T
    defined = (n > 1) & (mine > 1e-12 * np.maximum(second, 1e-300)) & (mine.T > 0)
    return np.asarray(np.where(defined, covariance / np.sqrt(np.where(defined, product, 1.0)), np.nan))


def local_dependence(
    scores: NDArray[np.int8], parameters: ItemParameters, grid: Grid | None = None
) -> LocalDependence:
    """Chen & Thissen's X² of each pair of items, and Cramér's V with the sign of the residual association.

    Expected counts are n Σ_q w_q P_i(θ_q) P_j(θ_q), n those who have both items; df (K_i − 1)(K_j − 1). The
    sign is that of the difference of Goodman and Kruskal's γ of both tables.

    Parameters
    ----------
    scores : ndarray of int8, shape (N, J)
    parameters : ItemParameters
    grid : Grid
        61 points on [−6, 6], N(0, 1), where not given.

    References
    ----------
    Chen, W.-H., & Thissen, D. (1997). Local dependence indexes for item pairs using item response theory.
    Journal of Educational and Behavioral Statistics 22, 265–289.
    """
    answers, at = answers_of(scores, parameters), grid or normal_grid()
    k, n_items = n_categories(answers.parameters), len(parameters.a)
    width = parameters.d.shape[1] + 1
    if len(answers.items) * width > MOST_ITEMS:
        nothing = np.full((0, 0), np.nan)
        notes = (*answers.notes, _too_many(len(answers.items)))
        return LocalDependence(nothing, nothing, nothing, nothing, notes)
    observed = _tables(answers.cells, width)
    n = observed.sum(axis=(2, 3))
    p = curves(answers.parameters, at.nodes).p
    flat = p.reshape(len(p), -1)
    shape = (len(k), width, len(k), width)
    share = ((flat * at.weights[:, None]).T @ flat).reshape(shape).transpose(0, 2, 1, 3)
    expected = n[:, :, None, None] * share
    cell = expected > 0
    x2 = (np.where(cell, observed - expected, 0.0) ** 2 / np.where(cell, expected, 1.0)).sum(axis=(2, 3))
    sign = np.sign(_gamma(observed) - _gamma(expected))
    sign[sign == 0] = 1.0
    least = np.minimum(k[:, None], k) - 1
    v = sign * np.sqrt(x2 / np.maximum(n * least, 1.0))
    df = np.outer(k - 1, k - 1).astype(np.float64)
    undefined = np.isnan(sign) | (n == 0) | np.eye(len(k), dtype=np.bool_)
    placed = np.full((4, n_items, n_items), np.nan)
    rows = np.ix_(answers.items, answers.items)
    for out, values in zip(placed, (x2, v, df, chi_square_tail(x2, df)), strict=True):
        out[rows] = np.where(undefined, np.nan, values)
    return LocalDependence(placed[0], placed[1], placed[2], placed[3], answers.notes)


def _tables(cells: NDArray[np.int8], width: int) -> Floats:
    """(J, J, K, K) how many candidates have score k in one item and l in the other."""
    n_items = cells.shape[1]
    total = np.zeros((n_items * width, n_items * width))
    for rows in row_chunks(len(cells), max(n_items * width, 1)):
        has = (
            (cells[rows][:, :, None] == np.arange(width))
            .astype(np.float64)
            .reshape(len(cells[rows]), n_items * width)
        )
        total += has.T @ has
    return total.reshape(n_items, width, n_items, width).transpose(0, 2, 1, 3)


def _gamma(tables: Floats) -> Floats:
    """Goodman and Kruskal's γ of each table; NaN where no pairs are ordered."""
    below = np.zeros_like(tables)
    below[..., :-1, :] = np.cumsum(tables[..., ::-1, :], axis=-2)[..., ::-1, :][..., 1:, :]
    right, left = np.zeros_like(tables), np.zeros_like(tables)
    right[..., :-1] = np.cumsum(below[..., ::-1], axis=-1)[..., ::-1][..., 1:]
    left[..., 1:] = np.cumsum(below, axis=-1)[..., :-1]
    concordant, discordant = (tables * right).sum(axis=(2, 3)), (tables * left).sum(axis=(2, 3))
    both = concordant + discordant
    return np.asarray(np.where(both > 0, (concordant - discordant) / np.where(both > 0, both, 1.0), np.nan))


def _too_many(n_items: int) -> Note:
    return Note("too-many-items", None, f"Pairs of {n_items} items are not compared: at most {MOST_ITEMS}.")
