"""Scores, item parameters and abilities → person fit under a model: lz, lz*, infit and outfit."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from examgen.core.responses.matrix import Scores, score_cells
from examgen.core.words import tell
from examgen.psychometrics.fit.residuals import finite_abilities, moments, standardised
from examgen.stats.irt_abilities import answers_of
from examgen.stats.irt_curves import TINY, CurveDerivatives, Floats, curves, row_chunks
from examgen.stats.irt_models import ItemParameters, Note

METHODS = ("ml", "map", "wle")


class PersonFit(NamedTuple):
    """Fit of candidates, each array (N,); NaN without answers or without an ability.

    Low lz and lz* (below −1.645 for 5 % under the model) and high mean squares mark answers that do not fit
    the ability.
    """

    n: NDArray[np.int64]
    """Number of answers."""
    lz: Floats
    """Standardised log-likelihood; Zh in mirt."""
    lz_star: Floats
    """lz corrected for the estimation of the ability."""
    outfit: Floats
    z_outfit: Floats
    infit: Floats
    z_infit: Floats
    notes: tuple[Note, ...]


def person_fit(
    scores: Scores,
    parameters: ItemParameters,
    theta: ArrayLike,
    *,
    method: str = "ml",
    mean: float = 0.0,
    sd: float = 1.0,
    as_mirt: bool = False,
) -> PersonFit:
    """Person fit at given abilities.

    lz = (l − E l) / √Var l, where l is the log-likelihood of the answers. lz* replaces the weights w = log P
    by w̃ = w − c r, with r = P'/P and c = Σ P'w / Σ P'r: lz* = (Σ (w_x − E w) + c r₀) / √Σ Var w̃. r₀ is 0
    for ML, Warm's J / 2I for WLE and (mean − θ) / sd² for MAP. Infit and outfit are those of mirt's
    `personfit`.

    Parameters
    ----------
    scores : array_like, shape (N, J)
        Negative where missing. Sums run over the items that a candidate answered; PerFit 1.4.6 takes the
        expectation and variance over all items.
    parameters : ItemParameters
        Any kind of model; with two categories, lz and lz* equal those of PerFit.
    theta : array_like, shape (N,)
        Abilities; an infinite one becomes the greatest finite one + 0.1, or the least − 0.1.
    method : {'ml', 'map', 'wle'}
        How abilities were estimated.
    mean, sd : float
        The prior, for `map`.
    as_mirt : bool
        If answers are missing, divide the variance of outfit by the square of the number of all items, as
        mirt does, not of the items answered. It makes no difference to complete rows.

    Returns
    -------
    PersonFit

    Raises
    ------
    ValueError
        If `method` is none of the three.

    References
    ----------
    Drasgow, F., Levine, M. V., & Williams, E. A. (1985). Appropriateness measurement with polychotomous item
    response models and standardized indices. British Journal of Mathematical and Statistical Psychology 38,
    67–86. Snijders, T. A. B. (2001). Asymptotic null distribution of person fit statistics with estimated
    person parameter. Psychometrika 66, 331–342, eq. 8–12. Sinharay, S. (2016). Asymptotically correct
    standardization of person-fit statistics beyond dichotomous items. Psychometrika 81, 992–1013.
    """
    if method not in METHODS:
        raise ValueError(f"no method of ability {method}: {', '.join(METHODS)}")
    scores = score_cells(scores)
    answers, ability = answers_of(scores, parameters), finite_abilities(theta, len(scores))
    columns = np.full((6, len(scores)), np.nan)
    n = np.zeros(len(scores), dtype=np.int64)
    width = len(answers.items) * (parameters.d.shape[1] + 1)
    for rows in row_chunks(len(scores), width):
        cells = answers.cells[rows]
        n[rows] = np.count_nonzero(cells >= 0, axis=1)
        known = np.flatnonzero((n[rows] > 0) & np.isfinite(ability[rows]))
        if len(known):
            at, cells = ability[rows][known], cells[known]
            places = rows.start + known
            prior = (mean - at) / sd**2 if method == "map" else None
            columns[:2, places] = _likelihood(cells, curves(answers.parameters, at, 2), method, prior)
            columns[2:, places] = _mean_squares(cells, answers.parameters, at, as_mirt=as_mirt)
    notes = answers.notes
    if not np.isfinite(columns[0]).any():
        notes = (*notes, Note("no-person-fit", None, tell("No candidate has both answers and an ability.")))
    lz, lz_star, outfit, z_outfit, infit, z_infit = columns
    return PersonFit(n, lz, lz_star, outfit, z_outfit, infit, z_infit, notes)


def _likelihood(
    cells: NDArray[np.int8], made: CurveDerivatives, method: str, prior: Floats | None
) -> tuple[Floats, Floats]:
    """lz and lz*."""
    there = (cells >= 0)[:, :, None]
    p = np.where(there, made.p, 0.0)
    some = p > TINY
    w = np.log(np.where(some, p, 1.0))
    d1, d2 = np.where(some, made.d1, 0.0), np.where(some, made.d2, 0.0)
    r = d1 / np.where(some, p, 1.0)
    chosen = cells[:, :, None] == np.arange(p.shape[2])
    residual = np.where(chosen, np.log(np.maximum(made.p, TINY)), 0.0).sum(axis=(1, 2)) - _sum(p * w)
    information = _sum(d1 * r)
    c = _sum(d1 * w) / np.where(information > TINY, information, np.nan)
    variance, corrected = _variance(p, w), _variance(p, w - c[:, None, None] * r)
    r0 = np.zeros(len(cells)) if prior is None else prior
    if method == "wle":
        r0 = _sum(d2 * r) / (2.0 * np.where(information > TINY, information, np.nan))
    lz = residual / np.sqrt(np.where(variance > 1e-15, variance, np.nan))
    lz_star = (residual + c * r0) / np.sqrt(np.where(corrected > 1e-15, corrected, np.nan))
    return lz, lz_star


def _sum(values: Floats) -> Floats:
    return np.asarray(values.sum(axis=(1, 2)))


def _variance(p: Floats, w: Floats) -> Floats:
    """Sum over items of the variance of the weight of the answer."""
    mean = (p * w).sum(axis=2, keepdims=True)
    return _sum(p * (w - mean) ** 2)


def _mean_squares(
    cells: NDArray[np.int8], parameters: ItemParameters, theta: Floats, *, as_mirt: bool
) -> tuple[Floats, Floats, Floats, Floats]:
    there = cells >= 0
    mean, variance, fourth = moments(parameters, theta)
    residual2 = np.where(there, (cells - mean) ** 2, 0.0)
    weight, fourth = np.where(there, variance, 0.0), np.where(there, fourth, 0.0)
    n = there.sum(axis=1)
    outfit = (residual2 / variance).sum(axis=1) / n
    infit = residual2.sum(axis=1) / weight.sum(axis=1)
    by = cells.shape[1] if as_mirt else n
    q_outfit = np.sqrt(np.abs((fourth / variance**2).sum(axis=1) / by**2 - 1.0 / n))
    spread = (fourth - weight**2).sum(axis=1)
    q_infit = np.sqrt(np.where(spread > 0, spread, np.nan)) / weight.sum(axis=1)
    return outfit, standardised(outfit, q_outfit), infit, standardised(infit, q_infit)
