"""Fit of items and of persons at given abilities, and Q3 of pairs of items.

Infit and outfit of items are those of `mirt::itemfit` 1.45, for persons those of `mirt::personfit`; Q3 is
that of `mirt::residuals` (type Q3).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from examgen.stats.irt_abilities import answers_of
from examgen.stats.irt_curves import TINY, CurveDerivatives, Floats, curves, row_chunks
from examgen.stats.irt_models import ItemParameters, Note
from examgen.stats.matrix import Cells
from examgen.stats.results import note_of

TEXTS: dict[str, str] = {
    "no-answers": "no candidate who answered it has an ability to compare with.",
    "q3-undefined": "There are no residuals to correlate.",
}
"""The messages by code, which ends before a dot."""
_LEAST_VARIANCE = np.sqrt(1e-5)
_MOST_Q, _LEAST_Q = 1.4142, 1e-7
"""A standard deviation of a mean square above is taken as that, as mirt does; below, there is none."""


def told(texts: Mapping[str, str], key: str, item: int | None = None, **values: object) -> Note:
    """Return a note about an item, or about the whole, with the text of this key."""
    message = note_of(texts, key, values)
    return Note(message.code, item, message)


# ── at given abilities ───────────────────────────────────────────────────────────────────────


def finite_abilities(theta: Floats) -> Floats:
    """Return abilities (N,) with infinite ones replaced by the greatest finite one + 0.1 or the least − 0.1.
    NaN stays; infinite ones become NaN if none is finite."""
    ability = theta.copy()
    finite = ability[np.isfinite(ability)]
    ability[np.isposinf(ability)] = finite.max() + 0.1 if len(finite) else np.nan
    ability[np.isneginf(ability)] = finite.min() - 0.1 if len(finite) else np.nan
    return ability


def squares(
    cells: NDArray[np.int8], parameters: ItemParameters, theta: Floats, least: float = _LEAST_VARIANCE
) -> tuple[Floats, Floats]:
    """Return sums over candidates (6, J), and sums over the items that each candidate answered (6, N), of:
    the number of answers, squared residuals, variances W, squared residuals / W, C − W², and C / W², where C
    is the fourth central moment of the score. Variances below `least` are set to it. Candidates without an
    ability add nothing, and have NaN."""
    by_item, by_candidate = np.zeros((6, cells.shape[1])), np.full((6, len(cells)), np.nan)
    known = np.flatnonzero(~np.isnan(theta))
    for chunk in row_chunks(len(known), cells.shape[1] * (parameters.d.shape[1] + 1)):
        rows = known[chunk]
        p, own = curves(parameters, theta[rows]).p, cells[rows]
        k = np.arange(float(p.shape[2]))
        mean = p @ k
        away = (k - mean[:, :, None]) ** 2
        variance, fourth = (p * away).sum(axis=2), (p * away**2).sum(axis=2)
        variance = np.maximum(variance, least)
        squared = (own - mean) ** 2
        once = np.ones_like(mean)
        parts = (once, squared, variance, squared / variance, fourth - variance**2, fourth / variance**2)
        for n, part in enumerate(parts):
            there = np.where(own >= 0, part, 0.0)
            by_item[n] += there.sum(axis=0)
            by_candidate[n, rows] = there.sum(axis=1)
    return by_item, by_candidate


class MeanSquares(NamedTuple):
    """Mean squares of items or of candidates, with expectation 1, and their Z, with expectation 0. NaN
    without answers."""

    n: NDArray[np.int64]
    """The number of answers used."""
    infit: Floats
    """Mean square weighted by information."""
    z_infit: Floats
    outfit: Floats
    z_outfit: Floats
    notes: tuple[Note, ...] = ()


def mean_squares(sums: Floats, most_q: float = _MOST_Q) -> MeanSquares:
    """Return the mean squares from the sums (6, n) returned by `squares`.

    Z = (m^⅓ − 1) 3/q + q/3 (Wright & Masters, 1982, p. 100); NaN if a mean square cannot vary.
    """
    n, squared, variance, ratio, excess, kurtosis = sums
    with np.errstate(divide="ignore", invalid="ignore"):
        found = np.stack([squared / variance, ratio / n])
        q_outfit = np.sqrt(np.abs(kurtosis / n**2 - 1.0 / n))
        by = np.minimum(np.stack([np.sqrt(np.maximum(excess, 0.0)) / variance, q_outfit]), most_q)
        z = np.where(by > _LEAST_Q, (np.cbrt(found) - 1.0) * (3.0 / by) + by / 3.0, np.nan)
    return MeanSquares(np.nan_to_num(n).astype(np.int64), found[0], z[0], found[1], z[1])


# ── items ────────────────────────────────────────────────────────────────────────────────────


def item_fit(scores: Cells, parameters: ItemParameters, theta: Floats) -> MeanSquares:
    """Return infit and outfit of items at given abilities.

    With residual x − E, variance W and fourth central moment C of the score: outfit = Σ (x − E)² / W / n,
    infit = Σ (x − E)² / Σ W; Z by the cube root (Wilson & Hilferty), with variances from C. W is at least
    0.0032 and q at most √2, as in mirt. All candidates are used, including those with nothing or everything
    right; an infinite theta becomes the greatest finite one + 0.1, or the least − 0.1 (eRm excludes these
    candidates, so that its numbers differ). If answers are missing, mirt's Z of outfit divides by the numbers
    of answers to other items (a matrix by a vector along the wrong side); this one does not.

    Parameters
    ----------
    scores : array_like, shape (N, J)
        Negative is missing.
    parameters : ItemParameters
    theta : array_like, shape (N,)
        ML abilities for mirt's `itemfit(…, method = 'ML')`; candidates with NaN are excluded.

    Returns
    -------
    MeanSquares
        NaN for items that nobody answered or without parameters.

    References
    ----------
    Wright, B. D., & Masters, G. N. (1982). Rating scale analysis, ch. 5, p. 100–101.
    """
    answers = answers_of(scores, parameters)
    ability = finite_abilities(theta)
    sums = np.full((6, len(parameters.a)), np.nan)
    sums[:, answers.items] = squares(answers.cells, answers.parameters, ability)[0]
    found = mean_squares(sums)
    empty = [told(TEXTS, "no-answers", int(j)) for j in answers.items if found.n[j] == 0]
    return found._replace(notes=tuple(empty))


# ── persons ──────────────────────────────────────────────────────────────────────────────────


class PersonFit(NamedTuple):
    """Fit of candidates, each array (N,); NaN without answers or without an ability.

    Low lz and lz* (below −1.645 for 5 % under the model) and high mean squares indicate answers that do not
    fit the ability.
    """

    lz: Floats
    """Standardised log-likelihood; Zh in mirt."""
    lz_star: Floats
    """lz corrected for the estimation of ability."""
    n: NDArray[np.int64]
    """Number of answers."""
    infit: Floats
    z_infit: Floats
    outfit: Floats
    z_outfit: Floats


def person_fit(
    scores: Cells, parameters: ItemParameters, theta: Floats, *, method: str = "ml", mean: float = 0.0,
    sd: float = 1.0,
) -> PersonFit:  # fmt: skip
    """Return person fit at given abilities.

    lz = (l − E l) / √Var l, where l is the log-likelihood of the answers. lz* replaces the weights w = log P
    by w̃ = w − c r, with r = P'/P and c = Σ P'w / Σ P'r: lz* = (Σ (w_x − E w) + c r₀) / √Σ Var w̃. r₀ is 0
    for ML, Warm's J / 2I for WLE and (mean − θ) / sd² for MAP. Infit and outfit are those of mirt's
    `personfit`, except that Z of outfit uses only the items answered, whereas mirt uses all.

    Parameters
    ----------
    scores : array_like, shape (N, J)
        Negative if missing. Sums run over the items that a candidate answered; PerFit 1.4.6 takes the
        expectation and variance over all items.
    parameters : ItemParameters
        Any kind of model; with two categories, lz and lz* equal those of PerFit.
    theta : array_like, shape (N,)
        Abilities; an infinite one becomes the greatest finite one + 0.1, or the least − 0.1.
    method : {'ml', 'map', 'wle'}
        The estimator of the abilities.
    mean, sd : float
        The prior, for `map`.

    Returns
    -------
    PersonFit

    References
    ----------
    Drasgow, F., Levine, M. V., & Williams, E. A. (1985). Appropriateness measurement with polychotomous item
    response models and standardized indices. British Journal of Mathematical and Statistical Psychology 38,
    67–86. Snijders, T. A. B. (2001). Asymptotic null distribution of person fit statistics with estimated
    person parameter. Psychometrika 66, 331–342, eq. 8–12. Sinharay, S. (2016). Asymptotically correct
    standardization of person-fit statistics beyond dichotomous items. Psychometrika 81, 992–1013.
    """
    answers = answers_of(scores, parameters)
    ability = finite_abilities(theta)
    n = np.count_nonzero(answers.cells >= 0, axis=1)
    ability[n == 0] = np.nan
    lz, known = np.full((2, len(ability)), np.nan), np.flatnonzero(np.isfinite(ability))
    for chunk in row_chunks(len(known), len(answers.items) * (parameters.d.shape[1] + 1)):
        rows = known[chunk]
        prior = (mean - ability[rows]) / sd**2 if method == "map" else None
        made = curves(answers.parameters, ability[rows], 2)
        lz[:, rows] = _likelihood(answers.cells[rows], made, method, prior)
    found = mean_squares(squares(answers.cells, answers.parameters, ability)[1])
    return PersonFit(lz[0], lz[1], n, *found[1:5])


def _likelihood(
    cells: NDArray[np.int8], made: CurveDerivatives, method: str, prior: Floats | None
) -> tuple[Floats, Floats]:
    """Return the person-fit statistics lz, and lz* corrected for the estimation of ability (Snijders 2001),
    of each candidate; NaN if its variance is 0, lz* also if the information is 0."""
    there = (cells >= 0)[:, :, None]
    p = np.where(there, made.p, 0.0)
    some = p > TINY
    w = np.log(np.where(some, p, 1.0))
    d1, d2 = np.where(some, made.d1, 0.0), np.where(some, made.d2, 0.0)
    r = d1 / np.where(some, p, 1.0)
    chosen = cells[:, :, None] == np.arange(p.shape[2])
    residual = _sum(np.where(chosen, np.log(np.maximum(made.p, TINY)), 0.0)) - _sum(p * w)
    information = _sum(d1 * r)
    information = np.where(information > TINY, information, np.nan)
    c = _sum(d1 * w) / information
    r0 = np.zeros(len(cells)) if prior is None else prior
    if method == "wle":
        r0 = _sum(d2 * r) / (2.0 * information)
    variance, corrected = _variance(p, w), _variance(p, w - c[:, None, None] * r)
    lz = residual / np.sqrt(np.where(variance > 1e-15, variance, np.nan))
    return lz, (residual + c * r0) / np.sqrt(np.where(corrected > 1e-15, corrected, np.nan))


def _sum(values: Floats) -> Floats:
    return np.asarray(values.sum(axis=(1, 2)))


def _variance(p: Floats, w: Floats) -> Floats:
    """Sum over items of the variance of the weight of the answer."""
    mean = (p * w).sum(axis=2, keepdims=True)
    return _sum(p * (w - mean) ** 2)


# ── pairs of items ───────────────────────────────────────────────────────────────────────────


class Q3(NamedTuple):
    """Correlations of residuals between items, (J, J); NaN if undefined."""

    q3: Floats
    """1 on the diagonal."""
    mean: float
    """Mean over all pairs; about −1 / (J − 1) if the model holds."""
    adjusted: Floats
    """Q3 minus its mean; NaN on the diagonal."""
    notes: tuple[Note, ...]


def q3(scores: Cells, parameters: ItemParameters, theta: Floats) -> Q3:
    """Return Yen's Q3: the correlation over candidates of x_i − E_i(θ̂) and x_j − E_j(θ̂).

    Parameters
    ----------
    scores : array_like, shape (N, J)
        Negative is missing; each pair uses the candidates who have both items.
    parameters : ItemParameters
    theta : array_like, shape (N,)
        Abilities, such as EAP, mirt's default. Candidates with NaN are excluded.

    Returns
    -------
    Q3
        `adjusted` is Q3 minus the mean over pairs; above 0.2 suggests dependence.

    References
    ----------
    Yen, W. M. (1984). Effects of local item dependence on the fit and equating performance of the
    three-parameter logistic model. Applied Psychological Measurement 8, 125–145. Christensen, K. B.,
    Makransky, G., & Horton, M. (2017). Critical values for Yen's Q3. Applied Psychological Measurement 41,
    178–194.
    """
    answers = answers_of(scores, parameters)
    ability = finite_abilities(theta)
    n_items, n_own = len(parameters.a), len(answers.items)
    n, first, second, cross = np.zeros((4, n_own, n_own))
    for rows in row_chunks(len(ability), n_own * (parameters.d.shape[1] + 1)):
        known = np.isfinite(ability[rows])
        cells = answers.cells[rows][known]
        p = curves(answers.parameters, ability[rows][known]).p
        there = (cells >= 0).astype(np.float64)
        residual = (cells - p @ np.arange(float(p.shape[2]))) * there
        n += there.T @ there
        first += residual.T @ there
        second += (residual**2).T @ there
        cross += residual.T @ residual
    # over pairs present: `first[i, j]` is the sum of residuals of i among those who have j too
    count = np.maximum(n, 1.0)
    covariance, mine = cross - first * first.T / count, second - first**2 / count
    spread = np.sqrt(np.where(mine > 1e-12 * np.maximum(second, 1e-300), mine, np.nan))
    found = np.full((n_items, n_items), np.nan)
    found[np.ix_(answers.items, answers.items)] = np.where(n > 1, covariance / (spread * spread.T), np.nan)
    found[answers.items, answers.items] = 1.0
    pairs = found[np.triu_indices(n_items, 1)]
    pairs = pairs[np.isfinite(pairs)]
    notes = () if len(pairs) else (told(TEXTS, "q3-undefined"),)
    mean = float(pairs.mean()) if len(pairs) else np.nan
    adjusted = found - mean
    np.fill_diagonal(adjusted, np.nan)
    return Q3(found, mean, adjusted, notes)
