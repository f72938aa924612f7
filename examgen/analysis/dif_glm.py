"""Counts of right and wrong answers → logistic regressions of all items at once, step for step as R's `glm`.

Each item has its own regression on the same design. The steps, the starting values and the rule to stop are
those of `glm` (iterated weighted least squares, relative change of the deviance below 1e-8, at most 25
steps), so that results agree with R's to rounding and not just to its tolerance.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from examgen.analysis.dif_columns import Bools, Floats
from examgen.analysis.dif_counts import Strata

EPSILON, MOST_STEPS = 1e-8, 25
_SAME = 1e-9
_START = np.log(3.0) + 4.0 / 3.0
"""Working response of a right answer at the start, where `glm` sets every chance to 1/4 or 3/4."""


class Regressions(NamedTuple):
    """Fits of B items to P terms: 1, score, F groups, F products of score and group."""

    deviance: Floats
    """(B,)."""
    coefficients: Floats
    """(B, P); NaN where a term is not determined by the data (as in R) or runs to infinity."""
    covariance: Floats
    """(B, P, P)."""
    rank: NDArray[np.int64]
    """(B,) terms that the data determine."""
    separated: Bools
    """(B,) right and wrong answers part completely somewhere: coefficients run to infinity."""
    converged: Bools


class Design(NamedTuple):
    """Terms of a model at the G × L cells of group and level, the score centred and scaled."""

    terms: Floats
    """(G·L, P)."""
    back: Floats
    """(P, P) from coefficients of these terms to those of the score as it is."""


def design(levels: Floats, n_groups: int, kind: str) -> Design:
    """The terms of `score`, `score + group` or `score × group`."""
    spread = float(levels.std()) or 1.0
    centre = float(levels.mean())
    score = np.tile((levels - centre) / spread, n_groups)
    member = (np.repeat(np.arange(n_groups), len(levels))[:, None] == np.arange(1, n_groups)).astype(
        np.float64
    )
    columns = [np.ones((len(score), 1)), score[:, None]]
    n_focal = n_groups - 1
    if kind != "score":
        columns.append(member)
    if kind == "score × group":
        columns.append(member * score[:, None])
    terms = np.concatenate(columns, axis=1)
    back = np.eye(terms.shape[1])
    back[1, 1], back[0, 1] = 1.0 / spread, -centre / spread
    if kind == "score × group":
        at = np.arange(n_focal)
        back[2 + n_focal + at, 2 + n_focal + at] = 1.0 / spread
        back[2 + at, 2 + n_focal + at] = -centre / spread
    return Design(terms, back)


def regressions(part: Strata, kind: str) -> Regressions:
    """Logistic regressions of each item of a block."""
    n_groups = part.right.shape[1]
    shape = design(part.levels, n_groups, kind)
    right = part.right.reshape(len(part.items), -1)
    answers = right + part.wrong.reshape(len(part.items), -1)
    kept = _determined(shape.terms, answers > 0)
    beta, information, deviance, converged = _iterate(shape.terms, answers, right, kept)
    covariance = shape.back @ _inverse(information, kept) @ shape.back.T
    coefficients = beta @ shape.back.T
    apart = _separated(part, kind)
    lost = ~kept | apart[:, None]
    coefficients[lost] = np.nan
    covariance[lost[:, :, None] | lost[:, None, :]] = np.nan
    return Regressions(deviance, coefficients, covariance, kept.sum(axis=1), apart, converged)


def null_deviance(part: Strata) -> Floats:
    """(B,) deviance of the model without terms."""
    right, wrong = part.right.sum(axis=(1, 2)), part.wrong.sum(axis=(1, 2))
    whole = right + wrong
    return np.asarray(-2.0 * (right * np.log(right / whole) + wrong * np.log(wrong / whole)))


def _iterate(
    terms: Floats, answers: Floats, right: Floats, kept: Bools
) -> tuple[Floats, Floats, Floats, Bools]:
    """Coefficients, the information of the last step, deviances, and which items settled."""
    n_items, n_terms = len(right), terms.shape[1]
    squares = (terms[:, :, None] * terms[:, None, :]).reshape(len(terms), -1)
    beta, information = np.zeros((n_items, n_terms)), np.zeros((n_items, n_terms, n_terms))
    deviance = answers.sum(axis=1) * (-2.0 * np.log(0.75))
    weight, target = answers * 0.1875, 0.1875 * _START * (2.0 * right - answers)
    active = np.arange(n_items)
    converged = np.zeros(n_items, dtype=np.bool_)
    for _ in range(MOST_STEPS):
        normal = _kept_only((weight @ squares).reshape(-1, n_terms, n_terms), kept[active])
        information[active] = normal
        beta[active] = _solve(normal, np.where(kept[active], target @ terms, 0.0))
        linear = np.clip(beta[active] @ terms.T, -30.0, 30.0)
        n, r = answers[active], right[active]
        chance = 0.5 * (1.0 + np.tanh(0.5 * linear))
        now = 2.0 * (n * np.logaddexp(0.0, linear) - r * linear).sum(axis=1)
        settled = np.abs(now - deviance[active]) / (np.abs(now) + 0.1) < EPSILON
        deviance[active] = now
        converged[active[settled]] = True
        if settled.all():
            break
        weight = (n * chance * (1.0 - chance))[~settled]
        target = weight * linear[~settled] + (r - n * chance)[~settled]
        active = active[~settled]
    return beta, information, deviance, converged


def _kept_only(matrix: Floats, kept: Bools) -> Floats:
    """Rows and columns of terms that are left out become those of the unit matrix."""
    both = kept[:, :, None] & kept[:, None, :]
    return np.where(both, matrix, np.eye(matrix.shape[1]))


def _solve(matrix: Floats, target: Floats) -> Floats:
    try:
        return np.asarray(np.linalg.solve(matrix, target[:, :, None])[:, :, 0])
    except np.linalg.LinAlgError:
        # only where answers part completely and weights vanish: the deviance has settled by then
        scale = np.sqrt(np.maximum(np.einsum("bpp->bp", matrix), 1e-300))
        ridge = matrix / scale[:, :, None] / scale[:, None, :] + 1e-10 * np.eye(matrix.shape[1])
        return np.asarray(np.linalg.solve(ridge, (target / scale)[:, :, None])[:, :, 0] / scale)


def _inverse(matrix: Floats, kept: Bools) -> Floats:
    try:
        inverse = np.linalg.inv(matrix)
    except np.linalg.LinAlgError:
        inverse = np.linalg.pinv(matrix, hermitian=True)
    return np.where(kept[:, :, None] & kept[:, None, :], inverse, 0.0)


def _determined(terms: Floats, seen: Bools) -> Bools:
    """(B, P) which terms are not a combination of those before them, at the cells that have answers."""
    n_terms = terms.shape[1]
    squares = (terms[:, :, None] * terms[:, None, :]).reshape(len(terms), -1)
    gram = (seen.astype(np.float64) @ squares).reshape(-1, n_terms, n_terms)
    first = np.einsum("bpp->bp", gram).copy()
    kept = np.zeros((len(seen), n_terms), dtype=np.bool_)
    for p in range(n_terms):
        left = gram[:, p, p]
        kept[:, p] = left > _SAME * np.maximum(first[:, p], 1e-300)
        row = np.where(kept[:, p, None], gram[:, p] / np.where(kept[:, p], left, 1.0)[:, None], 0.0)
        gram = gram - row[:, :, None] * gram[:, p, None, :]
    return kept


def _separated(part: Strata, kind: str) -> Bools:
    """(B,) whether the likelihood of the model has no finite maximum (Albert & Anderson, 1984).

    In one variable that is so where all right answers lie at or above all wrong ones, or at or below.
    """
    if kind == "score":
        right, wrong = part.right.sum(axis=1, keepdims=True), part.wrong.sum(axis=1, keepdims=True)
        pooled = Strata(part.items, part.levels, right, wrong)
        return np.asarray(_separated(pooled, "score × group"))
    low_right, high_right = _range(part.right, part.levels)
    low_wrong, high_wrong = _range(part.wrong, part.levels)
    some = np.isfinite(low_right) | np.isfinite(low_wrong)
    one_sided = some & ~(np.isfinite(low_right) & np.isfinite(low_wrong))
    spread = np.maximum(high_right, high_wrong) > np.minimum(low_right, low_wrong)
    up, down = high_wrong <= low_right, high_right <= low_wrong
    if kind == "score × group":
        return np.asarray((one_sided | (some & spread & (up | down))).any(axis=1))
    moving = (some & spread & ~one_sided).any(axis=1)
    same_way = (up | ~some).all(axis=1) | (down | ~some).all(axis=1)
    return np.asarray(one_sided.any(axis=1) | (moving & same_way))


def _range(counts: Floats, levels: Floats) -> tuple[Floats, Floats]:
    """(B, G) lowest and highest level with a count; inf and −inf where there is none."""
    return (
        np.where(counts > 0, levels, np.inf).min(axis=2, initial=np.inf),
        np.where(counts > 0, levels, -np.inf).max(axis=2, initial=-np.inf),
    )
