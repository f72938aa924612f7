"""How exact the estimates of a diagnosis are, and how well the model and each item's part of it fit.

Standard errors are from the complete information: the cross-products of the scores (first derivatives) of all
candidates with respect to chances and shares together. From the chances alone they would be too small.

References
----------
de la Torre, J., & Lee, Y.-S. (2013). Evaluating the Wald test for item-level comparison of saturated and
reduced models in cognitive diagnosis. Journal of Educational Measurement, 50(4), 355–373.
Maydeu-Olivares, A. (2013). Goodness-of-fit assessment of item response theory models. Measurement, 11(3),
71–101 (SRMSR).
Philipp, M., Strobl, C., de la Torre, J., & Zeileis, A. (2018). On the estimation of standard errors in
cognitive diagnosis models. Journal of Educational and Behavioral Statistics, 43(1), 88–115.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from examgen.psychometrics.diagnosis.models import AnswerPatterns, Diagnosis, posteriors
from examgen.psychometrics.diagnosis.structure import slopes_of_log
from examgen.psychometrics.distributions import chi_square_tail
from examgen.psychometrics.irt.items import Floats

_EDGE = 1e-5
_NOBODY = 1e-3
"""Candidates of a group, or of a profile: so few are none."""
_SINGULAR = 1e12
_GREATEST = 0.5
"""Nothing between 0 and 1 has a greater standard deviation: beyond it the answers do not tell the chance."""
_MOST_SHARES = 300
"""Shares of profiles that the information has; with more it is that of the chances alone."""


class Precision(NamedTuple):
    """Of the M chances."""

    covariance: Floats
    """(M, M); NaN for a chance on the edge of 0 or 1, and one that the answers do not tell."""
    complete: bool
    """Whether the shares of profiles are in the information."""

    @property
    def se(self) -> Floats:
        """(M,) standard errors."""
        return np.asarray(np.sqrt(np.diag(self.covariance)))


def precision(answers: AnswerPatterns, found: Diagnosis) -> Precision:
    """The inverse of the cross-products of scores."""
    design, m = found.design, len(found.p)
    slopes, kept = _share_slopes(found)
    complete = slopes is not None
    n_shares = 0 if slopes is None else slopes.shape[1]
    information = np.zeros((m + n_shares,) * 2)
    for rows, posterior, _ in posteriors(answers, design, found.p, found.structure):
        scores = np.zeros((len(posterior), m + n_shares))
        for j in range(len(design.q)):
            own = slice(design.first[j], design.first[j + 1])
            place = np.zeros((posterior.shape[1], own.stop - own.start))
            place[np.arange(len(place)), design.group[j] - own.start] = 1.0
            p, right, wrong = found.p[own], answers.right[rows, j], answers.wrong[rows, j]
            scores[:, own] = (posterior @ place) * (
                right[:, None] / p[None, :] - wrong[:, None] / (1.0 - p)[None, :]
            )
        if slopes is not None:
            scores[:, m:] = posterior[:, kept] @ slopes
        information += (scores * answers.n[rows, None]).T @ scores
    inside = np.ones(m + n_shares, dtype=np.bool_)
    inside[:m] = (found.p > _EDGE) & (found.p < 1 - _EDGE)
    inside[:m] &= np.diag(information)[:m] * found.p * (1 - found.p) > _NOBODY
    covariance = np.full((m, m), np.nan)
    known = np.flatnonzero(inside[:m])
    inverse = _inverse(information[np.ix_(inside, inside)], len(answers.n))
    covariance[np.ix_(known, known)] = inverse[: len(known), : len(known)]
    unknown = np.diag(covariance) > _GREATEST**2
    covariance[unknown], covariance[:, unknown] = np.nan, np.nan
    return Precision(covariance, complete)


def _share_slopes(found: Diagnosis) -> tuple[Floats | None, NDArray[np.int64]]:
    """How the logarithms of the shares change with what is free among them; profiles that nobody has are left
    out. None where there are too many."""
    shares = found.structure.shares
    if found.structure.kind != "saturated":
        return slopes_of_log(found.structure, found.design.profiles), np.arange(len(shares))
    kept = np.flatnonzero(shares * found.n_candidates > _NOBODY)
    if len(kept) > min(_MOST_SHARES, found.n_candidates // 5):
        return None, kept
    part = found.structure._replace(shares=shares[kept])
    return slopes_of_log(part, found.design.profiles[kept]), kept


def _inverse(information: Floats, n_rows: int) -> Floats:
    """NaN where there is none: a sum over `n_rows` distinct rows of answers, whose scores add up to 0 at the
    maximum, has a lower rank than they are many, whatever rounding and the last steps of EM make of it."""
    if len(information) >= n_rows:
        return np.full_like(information, np.nan)
    scale = np.sqrt(np.maximum(np.diag(information), 1e-300))
    scaled = information / np.outer(scale, scale)
    if np.linalg.cond(scaled) > _SINGULAR:
        return np.full_like(information, np.nan)
    return np.asarray(np.linalg.inv(scaled) / np.outer(scale, scale))


def dina_tests(found: Diagnosis, covariance: Floats) -> tuple[Floats, NDArray[np.int64], Floats]:
    """Of a G-DINA model whether DINA says as much of each item: that all groups but the one that has mastered
    all that is asked have one chance. Wald's statistic, degrees of freedom and p, of each item (J,).

    W = (R p)' (R V R')⁻¹ (R p), with 2^K_j − 2 degrees of freedom (de la Torre & Lee, 2013); NaN for an item
    that asks for one attribute.
    """
    n_items = len(found.design.q)
    wald, df = np.full(n_items, np.nan), np.zeros(n_items, np.int64)
    for j in range(n_items):
        own = np.arange(found.design.first[j], found.design.first[j + 1] - 1)
        df[j] = len(own) - 1
        v = covariance[np.ix_(own, own)]
        if df[j] == 0 or np.isnan(v).any():
            continue
        contrast = np.hstack([-np.ones((df[j], 1)), np.eye(df[j])])
        difference = contrast @ found.p[own]
        spread = contrast @ v @ contrast.T
        if np.linalg.cond(spread) < _SINGULAR:
            wald[j] = difference @ np.linalg.solve(spread, difference)
    known = np.isfinite(wald)
    p = np.where(known, chi_square_tail(np.where(known, wald, 0.0), np.maximum(df, 1)), np.nan)
    return wald, df, p


class ItemCorrelations(NamedTuple):
    """Correlations of items as observed and as the model expects them."""

    srmsr: float
    """Square root of the mean squared difference; up to about 0.05 the model fits well."""
    worst: tuple[int, int] | None
    """The pair of items with the greatest difference."""
    difference: float
    """Observed less expected, of that pair."""


def pairs(answers: AnswerPatterns, found: Diagnosis) -> ItemCorrelations:
    """Over the candidates who answered both; pairs with a constant item are left out."""
    held = answers.right + answers.wrong
    both = (held * answers.n[:, None]).T @ held
    first = (answers.right * answers.n[:, None]).T @ held
    together = (answers.right * answers.n[:, None]).T @ answers.right
    with np.errstate(divide="ignore", invalid="ignore"):
        observed = _correlation(together / both, first / both, (first / both).T)
        shares, chance = found.structure.shares, found.p[found.design.group]
        mean = chance @ shares
        expected = _correlation((chance * shares) @ chance.T, mean[:, None], mean[None, :])
    upper = np.triu_indices(len(mean), 1)
    difference = (observed - expected)[upper]
    if not np.isfinite(difference).any():
        return ItemCorrelations(np.nan, None, np.nan)
    worst = int(np.nanargmax(np.abs(difference)))
    return ItemCorrelations(
        float(np.sqrt(np.nanmean(np.square(difference)))),
        (int(upper[0][worst]), int(upper[1][worst])),
        float(difference[worst]),
    )


def _correlation(product: Floats, a: Floats, b: Floats) -> Floats:
    spread = a * (1 - a) * b * (1 - b)
    return np.asarray(
        np.where(spread > 0, (product - a * b) / np.sqrt(np.where(spread > 0, spread, 1)), np.nan)
    )
