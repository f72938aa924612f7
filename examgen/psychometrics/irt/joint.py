"""The Rasch model by joint maximum likelihood: fast but biased, for comparison with older programs.

Abilities and difficulties are estimated together: Σ_j P_ij = r_i for every candidate, Σ_i P_ij = s_j for
every item. The number of abilities grows with the number of candidates, so the estimates are inconsistent:
with k items, differences between difficulties are too large by a factor of about k / (k − 1). For two items
the factor is exact: differences are twice as large as they should be. For any other purpose, use `fit_cml`
or a marginal fit.

References
----------
Neyman, J., & Scott, E. L. (1948). Consistent estimates based on partially consistent observations.
Econometrica, 16. Andersen, E. B. (1980). Discrete statistical models with social science applications.
Wright, B. D., & Douglas, G. A. (1977). Best procedures for sample-free item analysis. Applied Psychological
Measurement, 1, 281–295 (the correction).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from examgen.core.responses.matrix import Scores, score_cells
from examgen.core.words import tell
from examgen.psychometrics.irt.conditional.counts import counted, estimable
from examgen.psychometrics.irt.conditional.symmetric import abilities
from examgen.psychometrics.irt.items import Fit, Floats, Note, dichotomous, logistic

MODEL = "rasch-jml"
ADJUSTMENT = 0.3
_CHUNK = 1 << 19
_MOST_ROUNDS = 2000
"""The most rounds of estimating abilities and difficulties in turn."""


class JointFit(NamedTuple):
    """Items and abilities that were estimated together."""

    fit: Fit
    """`d` is easiness, `log_likelihood` the joint one. Standard errors treat abilities as known and are too
    small. The notes always name the bias."""
    theta: Floats
    """(N,) abilities; NaN without answers; ±inf for none or all right, unless there is an adjustment."""
    se_theta: Floats
    """(N,) standard errors; NaN where the ability is not finite."""


class _AnswerKinds(NamedTuple):
    """U kinds of candidates: those of a kind answered the same items with the same number right."""

    answered: NDArray[np.bool_]
    """(U, K) whether the kind answered each of K items."""
    score: Floats
    """(U,) number right."""
    counted_score: Floats
    """(U,) number right as the estimation uses it: none and all right are adjusted."""
    n: Floats
    """(U,) number of candidates in the estimation."""
    place: NDArray[np.int64]
    """(N,) kind of each candidate."""


def fit_jmle(
    scores: Scores,
    *,
    adjustment: float | None = ADJUSTMENT,
    correct_bias: bool = False,
) -> JointFit:
    """Fit the Rasch model by joint maximum likelihood; the mean of abilities is zero.

    Parameters
    ----------
    scores : array_like, shape (N, J)
        0 or 1; negative or NaN where missing.
    adjustment : float or None
        None right counts as this, and all right as this much less than all, so that abilities are finite; TAM
        uses 0.3. If None, such candidates are left out of the estimation.
    correct_bias : bool
        Whether difficulties are multiplied by (k − 1) / k, where k is the number of fitted items.

    Raises
    ------
    ValueError
        If scores are not a matrix of whole numbers, or the adjustment is not above 0 and at most 1/2.
    """
    scores = score_cells(scores)
    if adjustment is not None and not 0.0 < adjustment <= 0.5:
        raise ValueError("the adjustment must be above 0 and at most 0.5")
    items, notes = estimable(scores)
    if not len(items):
        unknown, of_items = np.full(len(scores), np.nan), np.full(scores.shape[1], np.nan)
        fit = _fit(of_items, of_items, np.nan, 0, 0, False, 0, notes)
        return JointFit(fit, unknown, unknown.copy())
    cells = scores[:, items]
    data = counted(cells)
    width = cells.shape[1] + 1
    names, place, n = np.unique(data.pattern * width + data.score, return_inverse=True, return_counts=True)
    rows, score = np.divmod(names, width)
    answered = np.where((rows >= 0)[:, None], data.answered[rows], False)
    n_answered, taken = answered.sum(axis=1), score.astype(np.float64)
    if adjustment is not None:
        taken = np.clip(taken, adjustment, np.maximum(n_answered - adjustment, adjustment))
    inner = (taken > 0) & (taken < n_answered)
    counts = np.where(inner, n, 0).astype(np.float64)
    kinds = _AnswerKinds(answered, score.astype(np.float64), taken, counts, place.reshape(-1))
    n_candidates = int(n[rows >= 0].sum())

    # abilities and difficulties in turn, until neither changes; `right` counts only estimated candidates
    right = np.asarray((cells[kinds.n[kinds.place] > 0] == 1).sum(axis=0), dtype=np.float64)
    total = np.maximum(kinds.n @ kinds.answered, 1.0)
    share = np.clip(right / total, 1e-6, 1.0 - 1e-6)
    easiness = np.log(share / (1.0 - share))
    converged, iteration, theta = False, 0, np.zeros(len(kinds.n))
    while not converged and iteration < _MOST_ROUNDS:
        iteration += 1
        theta = abilities(easiness, kinds.answered, kinds.counted_score)
        theta = theta - np.sum(theta[inner] * counts[inner]) / counts.sum()
        theta = np.where(inner | np.isinf(theta), theta, np.nan)
        before = easiness
        for _ in range(3):
            expected, information, _ = _item_sums(kinds, easiness, theta)
            easiness = easiness + np.clip((right - expected) / np.maximum(information, 1e-12), -1.0, 1.0)
        converged = bool(np.abs(easiness - before).max() < 1e-9)
    _, information, log_sum = _item_sums(kinds, easiness, theta)
    value = right @ easiness + np.sum(kinds.n[inner] * kinds.score[inner] * theta[inner]) - log_sum
    with np.errstate(divide="ignore"):
        se = 1.0 / np.sqrt(information)
        # 1 / √Σ P(1 − P); NaN where the ability is not finite
        finite, se_theta = np.isfinite(theta), np.full(len(theta), np.nan)
        p = logistic(easiness + theta[finite, None])
        se_theta[finite] = 1.0 / np.sqrt((kinds.answered[finite] * p * (1.0 - p)).sum(axis=1))
    k = len(items)
    words = tell(
        "joint maximum likelihood spreads difficulties too wide, by about k/(k − 1) = "
        "{n_items:.3f} with {n_items_2} items, {corrected}; its standard errors are too small",
        n_items=k / (k - 1),
        n_items_2=k,
        corrected=tell("corrected here by (k − 1)/k") if correct_bias else tell("not corrected here"),
    )
    notes = (*notes, Note("joint-likelihood-bias", None, words))
    if not converged:
        words = tell(
            "did not converge in {iterations} rounds: no number of this fit should be used",
            iterations=iteration,
        )
        notes = (*notes, Note("not-converged", None, words))
    if correct_bias:
        easiness = easiness * (k - 1) / k
    every, errors = np.full((2, scores.shape[1]), np.nan)
    every[items], errors[items] = easiness, se
    fit = _fit(every, errors, float(value), k, n_candidates, converged, iteration, notes)
    return JointFit(fit, theta[kinds.place], se_theta[kinds.place])


def _item_sums(kinds: _AnswerKinds, easiness: Floats, theta: Floats) -> tuple[Floats, Floats, float]:
    """Σ n P and Σ n P(1 − P) of each item, and Σ n log(1 + e^z) over all items."""
    expected, information, log_sum = np.zeros(len(easiness)), np.zeros(len(easiness)), 0.0
    rows = np.flatnonzero(kinds.n > 0)
    step = max(1, _CHUNK // len(easiness))
    for start in range(0, len(rows), step):
        part = rows[start : start + step]
        z = easiness + theta[part, None]
        weight = kinds.n[part, None] * kinds.answered[part]
        p = logistic(z)
        expected += (weight * p).sum(axis=0)
        information += (weight * p * (1.0 - p)).sum(axis=0)
        log_sum += float((weight * np.logaddexp(0.0, z)).sum())
    return expected, information, log_sum


def _fit(
    easiness: Floats,
    se: Floats,
    log_likelihood: float,
    n_parameters: int,
    n_candidates: int,
    converged: bool,
    iterations: int,
    notes: tuple[Note, ...],
) -> Fit:
    unknown, one = np.full(len(easiness), np.nan), np.full(1, np.nan)
    return Fit(
        model=MODEL, parameters=dichotomous(np.where(np.isnan(easiness), np.nan, 1.0), easiness),
        se_a=unknown, se_d=se[:, None], se_b=se[:, None], se_c=unknown, se_u=unknown, mean=np.zeros(1),
        sd=one, se_mean=one, se_sd=one, log_likelihood=log_likelihood, log_prior=0.0,
        n_parameters=n_parameters,
        n_candidates=n_candidates, converged=converged, iterations=iterations, covariance=np.zeros((0, 0)),
        free=(), notes=notes,
    )  # fmt: skip
