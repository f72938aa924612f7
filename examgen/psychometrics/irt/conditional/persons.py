"""Scores and a Rasch model estimated conditionally → abilities, and the fit of its items and candidates.

As in R's eRm, abilities are maximum likelihood estimates given the items. Infit and outfit leave out
candidates who have none or all of their answers right, since these fit every item.

P is the expected answer, V = P(1 − P) its variance and C = V(1 − 3V) its fourth central moment. Sums run over
the n candidates of an item, or over the n items of a candidate:

    outfit = Σ (x − P)²/V / n            variance  Σ C/V² / n² − 1/n
    infit  = Σ (x − P)² / Σ V            variance  Σ (C − V²) / (Σ V)²
    t      = (mean square^(1/3) − 1) · 3/q + q/3,  q the root of the variance

References
----------
Wright, B. D., & Masters, G. N. (1982). Rating scale analysis. MESA Press, chapter 5, table 5.3a.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from examgen.core.responses.matrix import Scores, score_cells
from examgen.core.words import tell
from examgen.psychometrics.irt.conditional.counts import counted
from examgen.psychometrics.irt.conditional.symmetric import abilities
from examgen.stats.irt_models import Fit, Floats, Note, logistic

Ints = NDArray[np.int64]

_ROWS = 4096


class MeanSquares(NamedTuple):
    """Fit of items or candidates; NaN where there are no answers to judge by."""

    infit: Floats
    """Information-weighted mean square; 1 is expected."""
    outfit: Floats
    """Unweighted mean square; 1 is expected."""
    infit_t: Floats
    """Approximately standard normal if the model holds (Wilson–Hilferty)."""
    outfit_t: Floats
    n: Ints
    """Number of answers behind the mean squares."""


class RaschFit(NamedTuple):
    """Abilities, and how well the items and candidates fit; the module has the formulas."""

    items: MeanSquares
    """(J,)."""
    candidates: MeanSquares
    """(N,)."""
    score: Ints
    """(N,) number right among the fitted items."""
    theta: Floats
    """(N,) abilities by maximum likelihood; ±inf for none or all right, NaN without answers."""
    se_theta: Floats
    """(N,) 1 / √Σ P(1 − P); NaN where the ability is not finite."""
    separation_reliability: float
    """(variance of abilities − mean squared standard error) / variance, over finite abilities. It is negative
    when error exceeds variance, and a note says so; NaN for fewer than two abilities or without variance."""
    notes: tuple[Note, ...]


def rasch_fit(scores: Scores, fit: Fit) -> RaschFit:
    """Abilities, infit and outfit of a Rasch fit.

    Parameters
    ----------
    scores : array_like, shape (N, J)
        The responses that were fitted.
    fit : Fit
        A Rasch model (`a` = 1).

    Raises
    ------
    ValueError
        If the number of items is not that of the fit.
    """
    scores = score_cells(scores)
    if scores.shape[1] != len(fit.parameters.a):
        raise ValueError("scores must be a matrix with the items of the fit")
    easiness = fit.parameters.d[:, 0]
    items = np.flatnonzero(~np.isnan(easiness))
    data = counted(scores[:, items])
    theta = _abilities(easiness[items], data.answered, data.pattern, data.score)
    # the sums that make up the mean squares, over candidates (6, K) and over items (6, N), and Σ V (N,)
    by_item, by_candidate = np.zeros((6, len(items))), np.full((6, len(scores)), np.nan)
    information = np.full(len(scores), np.nan)
    inner = np.flatnonzero(np.isfinite(theta))
    for start in range(0, len(inner), _ROWS):
        rows = inner[start : start + _ROWS]
        cells = scores[rows][:, items]
        here = (cells >= 0).astype(np.float64)
        p = logistic(easiness[items] + theta[rows, None])
        v = np.maximum(p * (1.0 - p), 1e-300)
        squared = here * (cells - p) ** 2
        terms = (squared, here * v, squared / v, here, here * (1.0 - 4.0 * v) * v, here * (1.0 - 3.0 * v) / v)
        for k, term in enumerate(terms):
            by_item[k] += term.sum(axis=0)
            by_candidate[k, rows] = term.sum(axis=1)
        information[rows] = by_candidate[1, rows]
    every = np.full((6, scores.shape[1]), np.nan)
    every[:, items] = by_item
    finite = np.isfinite(theta)
    with np.errstate(divide="ignore", invalid="ignore"):
        se = np.where(finite, 1.0 / np.sqrt(information), np.nan)
    variance = float(np.var(theta[finite], ddof=1)) if finite.sum() > 1 else 0.0
    separation, notes = np.nan, []
    if variance <= 1e-12:  # all abilities are equal, except for rounding
        words = tell("finite abilities do not vary, so there is no separation reliability")
        notes.append(Note("no-spread", None, words))
    else:
        separation = (variance - float(np.mean(se[finite] ** 2))) / variance
        if separation < 0.0:
            words = tell(
                "abilities vary less than their standard errors, so the items do not separate candidates"
            )
            notes.append(Note("negative-reliability", None, words))
    fits = _mean_squares(every), _mean_squares(by_candidate)
    return RaschFit(*fits, data.score, theta, se, separation, tuple(notes))


def _abilities(easiness: Floats, answered: NDArray[np.bool_], pattern: Ints, score: Ints) -> Floats:
    """(N,) abilities; each pair of pattern of answered items and number right is estimated once."""
    width = len(easiness) + 1
    kinds, place = np.unique(pattern * width + score, return_inverse=True)
    theta = np.full(len(kinds), np.nan)
    some = np.flatnonzero(kinds >= 0)
    for start in range(0, len(some), _ROWS):
        part = some[start : start + _ROWS]
        rows, right = np.divmod(kinds[part], width)
        theta[part] = abilities(easiness, answered[rows], right.astype(np.float64))
    return np.asarray(theta[place.reshape(-1)])


def _mean_squares(sums: Floats) -> MeanSquares:
    squared, variance, standardised, n, excess, kurtosis = sums
    with np.errstate(divide="ignore", invalid="ignore"):
        some = n > 0
        infit, outfit = np.where(some, squared / variance, np.nan), np.where(some, standardised / n, np.nan)
        q_infit = np.sqrt(np.maximum(excess, 0.0)) / variance
        q_outfit = np.sqrt(np.maximum(kurtosis / n**2 - 1.0 / n, 0.0))
        count = np.where(some, n, 0).astype(np.int64)
        return MeanSquares(infit, outfit, _t(infit, q_infit), _t(outfit, q_outfit), count)


def _t(mean_square: Floats, q: Floats) -> Floats:
    """Wilson–Hilferty t; NaN if the mean square cannot vary (all difficulties equal the ability)."""
    found = (np.cbrt(mean_square) - 1.0) * 3.0 / q + q / 3.0
    return np.asarray(np.where(q > 1e-7, found, np.nan))
