"""Logistic regression tests of differential item functioning, from counts of right and wrong answers.

All items are fitted at once, with the same steps as R's `glm` (iterated weighted least squares, relative
change of the deviance below 1e-8, at most 25 steps), so that results agree with `difLogistic` and
`difGenLogistic` of difR to rounding.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from examgen.stats.dif_methods import Bools, Columns, Counts, Floats, Ints
from examgen.stats.distributions import chi_square_tail

EPSILON, MOST_STEPS = 1e-8, 25
JODOIN_GIERL = (0.035, 0.07)
TESTS = {"both": "both", "udif": "uniform", "nudif": "nonuniform"}
"""The kinds of DIF, with the name of the test for each."""
_SAME = 1e-9
_START = np.log(3.0) + 4.0 / 3.0
"""Working response of a right answer at the start, where `glm` sets every chance to 1/4 or 3/4."""


class Regressions(NamedTuple):
    """Logistic regressions of B items on P terms: 1, score, F groups, F products of score and group."""

    deviance: Floats
    """(B,)."""
    coefficients: Floats
    """(B, P); NaN if a term is not determined by the data (as in R) or is infinite."""
    covariance: Floats
    """(B, P, P)."""
    rank: Ints
    """(B,) the number of terms that the data determine."""
    separated: Bools
    """(B,) whether right and wrong answers are completely separated somewhere, so that coefficients are
    infinite."""


def logistic(block: Counts, criterion: str, kind: str) -> Columns:
    """Return the logistic regression tests (B,) of each item on the total, which includes the item and is not
    standardised.

    Three nested models: right ~ score; ~ score + group; ~ score × group. `uniform` compares the second with
    the first, `nonuniform` the third with the second, `both` the third with the first. `effect` is the
    difference of Nagelkerke's R² between the two models of `kind`.

    References
    ----------
    Swaminathan & Rogers (1990), J. Educ. Meas. 27, 361–370. Nagelkerke (1991), Biometrika 78, 691–692.
    Magis, Raîche, Béland & Gérard (2011), Int. J. Testing 11, for several groups.
    """
    score, added, crossed = (regressions(block, terms) for terms in ("score", "group", "product"))
    pairs = {"uniform": (added, score), "nonuniform": (crossed, added), "both": (crossed, score)}
    columns: Columns = {}
    for name, (full, simple) in pairs.items():
        df = np.where(full.rank > simple.rank, full.rank - simple.rank, np.nan)
        gain = np.maximum(simple.deviance - full.deviance, 0.0)  # below 0 by rounding alone
        statistic = np.where(np.isnan(df), np.nan, gain if criterion == "lrt" else _wald(full, simple))
        columns[f"lr_{name}"], columns[f"lr_{name}_df"] = statistic, df
        columns[f"lr_{name}_p"] = chi_square_tail(statistic, np.nan_to_num(df))
    full, simple = pairs[TESTS[kind]]
    right, wrong = block.right.sum(axis=(1, 2)), block.wrong.sum(axis=(1, 2))
    n = right + wrong
    null = -2.0 * (right * np.log(right / n) + wrong * np.log(wrong / n))
    r2_full, r2_simple = (np.expm1((fit.deviance - null) / n) / np.expm1(-null / n) for fit in (full, simple))
    coefficients, se = _table(full, 2 * block.right.shape[1])
    simple_coefficients, simple_se = _table(simple, 2 * block.right.shape[1])
    return {
        "n": n,
        "effect": r2_full - r2_simple,
        "p": columns[f"lr_{TESTS[kind]}_p"],
        **columns,
        "r2_full": r2_full,
        "r2_simple": r2_simple,
        "separated": (full.separated | simple.separated).astype(np.float64),
        "coefficients": coefficients,
        "coefficients_se": se,
        "simple_coefficients": simple_coefficients,
        "simple_se": simple_se,
    }


def design(levels: Floats, n_groups: int, terms: str) -> tuple[Floats, Floats]:
    """Return the terms of `score`, with `group`, or with their `product`, for the cells of group and level
    (G·L, P), with the score centred and scaled; and the matrix (P, P) that converts coefficients to those of
    the original score."""
    spread, centre = float(levels.std()) or 1.0, float(levels.mean())
    score = np.tile((levels - centre) / spread, n_groups)
    member = (np.repeat(np.arange(n_groups), len(levels))[:, None] == np.arange(1, n_groups)).astype(float)
    columns = [np.ones((len(score), 1)), score[:, None]]
    if terms != "score":
        columns.append(member)
    if terms == "product":
        columns.append(member * score[:, None])
    matrix = np.concatenate(columns, axis=1)
    back = np.eye(matrix.shape[1])
    back[1, 1], back[0, 1] = 1.0 / spread, -centre / spread
    if terms == "product":
        group = 2 + np.arange(n_groups - 1)
        product = group + n_groups - 1
        back[product, product] = 1.0 / spread
        back[group, product] = -centre / spread
    return matrix, back


def regressions(block: Counts, terms: str) -> Regressions:
    """Fit the logistic regressions of each item in a block."""
    matrix, back = design(block.levels, block.right.shape[1], terms)
    right = block.right.reshape(len(block.items), -1)
    answers = right + block.wrong.reshape(len(block.items), -1)
    n_items, n_terms = len(right), matrix.shape[1]
    squares = (matrix[:, :, None] * matrix[:, None, :]).reshape(len(matrix), -1)
    kept = _independent(((answers > 0).astype(np.float64) @ squares).reshape(-1, n_terms, n_terms))
    beta, information = np.zeros((n_items, n_terms)), np.zeros((n_items, n_terms, n_terms))
    deviance = answers.sum(axis=1) * (-2.0 * np.log(0.75))
    weight, target = answers * 0.1875, 0.1875 * _START * (2.0 * right - answers)
    active = np.arange(n_items)
    for _ in range(MOST_STEPS):
        # rows and columns of terms that are left out become those of the unit matrix
        both = kept[active, :, None] & kept[active, None, :]
        normal = np.where(both, (weight @ squares).reshape(-1, n_terms, n_terms), np.eye(n_terms))
        information[active] = normal
        beta[active] = _solve(normal, np.where(kept[active], target @ matrix, 0.0))
        linear = np.clip(beta[active] @ matrix.T, -30.0, 30.0)
        n, r = answers[active], right[active]
        chance = 0.5 * (1.0 + np.tanh(0.5 * linear))
        now = 2.0 * (n * np.logaddexp(0.0, linear) - r * linear).sum(axis=1)
        moving = ~(np.abs(now - deviance[active]) / (np.abs(now) + 0.1) < EPSILON)
        deviance[active] = now
        if not moving.any():
            break
        weight = (n * chance * (1.0 - chance))[moving]
        target = weight * linear[moving] + (r - n * chance)[moving]
        active = active[moving]
    try:
        inverse = np.linalg.inv(information)
    except np.linalg.LinAlgError:
        inverse = np.linalg.pinv(information, hermitian=True)
    inverse = np.where(kept[:, :, None] & kept[:, None, :], inverse, 0.0)
    covariance, coefficients = back @ inverse @ back.T, beta @ back.T
    separated = _separated(block, terms)
    lost = ~kept | separated[:, None]
    coefficients[lost] = np.nan
    covariance[lost[:, :, None] | lost[:, None, :]] = np.nan
    return Regressions(deviance, coefficients, covariance, kept.sum(axis=1), separated)


def _independent(gram: Floats) -> Bools:
    """(B, P) which terms are not a combination of those before them, at the cells that have answers."""
    first = np.einsum("bpp->bp", gram).copy()
    kept = np.zeros(first.shape, dtype=np.bool_)
    for p in range(first.shape[1]):
        left = gram[:, p, p]
        kept[:, p] = left > _SAME * np.maximum(first[:, p], 1e-300)
        row = np.where(kept[:, p, None], gram[:, p] / np.where(kept[:, p], left, 1.0)[:, None], 0.0)
        gram = gram - row[:, :, None] * gram[:, p, None, :]
    return kept


def _solve(matrix: Floats, target: Floats) -> Floats:
    try:
        return np.asarray(np.linalg.solve(matrix, target[:, :, None])[:, :, 0])
    except np.linalg.LinAlgError:
        # only where answers part completely and weights vanish: the deviance has settled by then
        scale = np.sqrt(np.maximum(np.einsum("bpp->bp", matrix), 1e-300))
        ridge = matrix / scale[:, :, None] / scale[:, None, :] + 1e-10 * np.eye(matrix.shape[1])
        return np.asarray(np.linalg.solve(ridge, (target / scale)[:, :, None])[:, :, 0] / scale)


def _separated(block: Counts, terms: str) -> Bools:
    """(B,) whether the likelihood of the model has no finite maximum (Albert & Anderson, 1984).

    In one variable that is so where all right answers lie at or above all wrong ones, or at or below.
    """
    if terms == "score":
        right, wrong = block.right.sum(axis=1, keepdims=True), block.wrong.sum(axis=1, keepdims=True)
        return _separated(block._replace(right=right, wrong=wrong), "product")
    low_right, high_right = _range(block.right, block.levels)
    low_wrong, high_wrong = _range(block.wrong, block.levels)
    some = np.isfinite(low_right) | np.isfinite(low_wrong)
    one_sided = some & ~(np.isfinite(low_right) & np.isfinite(low_wrong))
    spread = np.maximum(high_right, high_wrong) > np.minimum(low_right, low_wrong)
    up, down = high_wrong <= low_right, high_right <= low_wrong
    if terms == "product":
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


def _wald(full: Regressions, simple: Regressions) -> Floats:
    """β' C⁻¹ β of the terms that only the full model has; NaN where one is not determined."""
    first = simple.coefficients.shape[1]
    beta, covariance = full.coefficients[:, first:], full.covariance[:, first:, first:]
    lost = np.isnan(np.einsum("bpq->b", covariance))
    covariance = np.where(lost[:, None, None], np.eye(beta.shape[1]), covariance)
    inverse = np.linalg.pinv(covariance, rcond=1e-14, hermitian=True)
    return np.where(lost, np.nan, np.einsum("bp,bpq,bq->b", beta, inverse, beta))


def _table(fit: Regressions, n_terms: int) -> tuple[Floats, Floats]:
    """Coefficients and their standard errors, 0 for terms that the model has not."""
    found = np.zeros((2, len(fit.deviance), n_terms))
    width = fit.coefficients.shape[1]
    found[0, :, :width] = fit.coefficients
    found[1, :, :width] = np.sqrt(np.einsum("bpp->bp", fit.covariance))
    return found[0], found[1]
