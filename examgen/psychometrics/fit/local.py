"""Scores and a fitted model → local dependence of pairs of items: Q3, adjusted Q3, LD X².

Definitions as `mirt::residuals` 1.45 (types Q3 and LD).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from examgen.core.responses.matrix import Scores, score_cells
from examgen.core.words import tell
from examgen.psychometrics.fit.residuals import finite_abilities
from examgen.psychometrics.irt.abilities import answers_of
from examgen.psychometrics.irt.curves import Floats, curves, row_chunks
from examgen.psychometrics.irt.items import ItemParameters, Note

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
            "Pairs of {n_items} items are not compared: at most {most_items}.",
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
