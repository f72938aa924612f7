"""Scores, item parameters and abilities → infit and outfit of items, with Z.

Definitions as `mirt::itemfit` 1.45.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from examgen.core.responses.matrix import Scores, score_cells
from examgen.core.words import tell
from examgen.psychometrics.fit.residuals import finite_abilities, moments, standardised
from examgen.stats.irt_abilities import answers_of
from examgen.stats.irt_curves import Floats, row_chunks
from examgen.stats.irt_models import ItemParameters, Note


class ItemFit(NamedTuple):
    """Mean squares and their Z, (J,) each; near 1 and 0 where the model holds."""

    n: NDArray[np.int64]
    """Answers that were compared."""
    outfit: Floats
    z_outfit: Floats
    infit: Floats
    z_infit: Floats
    notes: tuple[Note, ...]


def item_fit(scores: Scores, parameters: ItemParameters, theta: ArrayLike) -> ItemFit:
    """Infit and outfit of items at given abilities.

    With residual x − E, variance W and fourth central moment C of the score: outfit = Σ (x − E)² / W / n,
    infit = Σ (x − E)² / Σ W; Z by the cube root (Wilson & Hilferty), with variances from C. W below 0.0032
    is taken as that, q above √2 as that, as mirt does. All candidates count, those with nothing or everything
    right too; an infinite theta becomes the greatest finite one + 0.1, or the least − 0.1 (eRm leaves these
    candidates out, and its numbers are others). Where answers are missing, mirt's Z of outfit divides by the
    numbers of answers to other items (a matrix by a vector along the wrong side); this one does not.

    Parameters
    ----------
    scores : array_like, shape (N, J)
        Negative is missing.
    parameters : ItemParameters
    theta : array_like, shape (N,)
        ML abilities for mirt's `itemfit(…, method = 'ML')`; candidates with NaN are left out.

    Returns
    -------
    ItemFit
        NaN for items that nobody answered or without parameters.

    References
    ----------
    Wright, B. D., & Masters, G. N. (1982). Rating scale analysis, ch. 5, p. 100–101.
    """
    scores = score_cells(scores)
    answers, ability = answers_of(scores, parameters), finite_abilities(theta, len(scores))
    own, n_items, placed = answers.parameters, len(answers.items), np.full((4, len(parameters.a)), np.nan)
    n, squares, kurtosis, residuals, weights, spread = np.zeros((6, n_items))
    for rows in row_chunks(len(scores), n_items * (parameters.d.shape[1] + 1)):
        known = np.isfinite(ability[rows])
        cells = answers.cells[rows][known]
        there = cells >= 0
        mean, variance, fourth = moments(own, ability[rows][known])
        residual2 = np.where(there, (cells - mean) ** 2, 0.0)
        weight, fourth = np.where(there, variance, 0.0), np.where(there, fourth, 0.0)
        n += there.sum(axis=0)
        squares += (residual2 / variance).sum(axis=0)
        kurtosis += (fourth / variance**2).sum(axis=0)
        residuals += residual2.sum(axis=0)
        weights += weight.sum(axis=0)
        spread += (fourth - weight**2).sum(axis=0)
    with np.errstate(divide="ignore", invalid="ignore"):
        outfit, infit = squares / n, residuals / weights
        q_outfit, q_infit = np.sqrt(kurtosis / n**2 - 1.0 / n), np.sqrt(spread) / weights
    placed[:, answers.items] = outfit, standardised(outfit, q_outfit), infit, standardised(infit, q_infit)
    answered = np.zeros(len(parameters.a), dtype=np.int64)
    answered[answers.items] = n
    words = tell("no candidate who answered it has an ability to compare with.")
    empty = [Note("no-answers", int(j), words) for j in answers.items if answered[j] == 0]
    return ItemFit(answered, placed[0], placed[1], placed[2], placed[3], (*answers.notes, *empty))
