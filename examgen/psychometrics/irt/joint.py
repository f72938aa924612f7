"""The Rasch model by joint maximum likelihood: quick, and biased. To compare with older programs.

Abilities and difficulties are estimated together: Σ_j P_ij = r_i for every candidate, Σ_i P_ij = s_j for
every item. As there are as many abilities as candidates, the estimates do not tend to the truth however many
candidates there are: difficulties are spread too wide by about k / (k − 1), k the number of items. For two
items that is exact, differences being twice what they should be. Use `fit_cml` or a marginal fit for any
purpose but comparison.

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
"""Of abilities and difficulties."""


class JointFit(NamedTuple):
    """Items and abilities that were estimated together."""

    fit: Fit
    """`d` is easiness; `log_likelihood` the joint one; standard errors take abilities as known and are too
    small. Its notes always name the bias."""
    theta: Floats
    """(N,) abilities; NaN without answers, and ±inf for none or all right if there is no adjustment."""
    se_theta: Floats
    """(N,)."""


class _AnswerKinds(NamedTuple):
    """Candidates alike in what they answered and in how many they had right: U kinds."""

    answered: NDArray[np.bool_]
    """(U, K)."""
    score: Floats
    """(U,) number right."""
    counted_score: Floats
    """(U,) the same as the estimation takes it: none and all right moved inwards."""
    n: Floats
    """(U,) candidates."""
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
        0, 1, or negative or NaN where missing.
    adjustment : float or None
        None right counts as so much, all right as so much less than all, so that abilities are finite (TAM
        takes 0.3). Without adjustment such candidates are left out of the estimation.
    correct_bias : bool
        Whether difficulties are multiplied by (k − 1) / k, k the number of items of the fit.

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
        unknown = np.full(len(scores), np.nan)
        return JointFit(_fit(scores.shape[1], items, None, 0, notes), unknown, unknown.copy())
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

    # abilities and difficulties in turns, until neither moves; right answers are of those who count
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
        se, se_theta = 1.0 / np.sqrt(information), _theta_errors(kinds, easiness, theta)
    found = _Estimates(easiness, se, theta, se_theta, float(value), converged, iteration)
    notes = (*notes, *_warnings(len(items), correct_bias, found))
    if correct_bias:
        found = found._replace(easiness=found.easiness * (len(items) - 1) / len(items))
    fit = _fit(scores.shape[1], items, found, n_candidates, notes)
    return JointFit(fit, found.theta[kinds.place], found.se_theta[kinds.place])


class _Estimates(NamedTuple):
    easiness: Floats
    se: Floats
    theta: Floats
    se_theta: Floats
    log_likelihood: float
    converged: bool
    iterations: int


def _item_sums(kinds: _AnswerKinds, easiness: Floats, theta: Floats) -> tuple[Floats, Floats, float]:
    """Σ n P, Σ n P(1 − P) for each item, and Σ n log(1 + e^z) of all."""
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


def _theta_errors(kinds: _AnswerKinds, easiness: Floats, theta: Floats) -> Floats:
    """(U,) 1 / √Σ P(1 − P); NaN where ability is not finite."""
    finite, found = np.isfinite(theta), np.full(len(theta), np.nan)
    p = logistic(easiness + theta[finite, None])
    found[finite] = 1.0 / np.sqrt((kinds.answered[finite] * p * (1.0 - p)).sum(axis=1))
    return found


def _warnings(n_items: int, correct_bias: bool, found: _Estimates) -> tuple[Note, ...]:
    corrected = tell("corrected here by (k − 1)/k") if correct_bias else tell("not corrected here")
    bias = Note(
        "joint-likelihood-bias",
        None,
        tell(
            "joint maximum likelihood spreads difficulties too wide, by about k/(k − 1) = "
            "{n_items:.3f} with {n_items_2} items, {corrected}; its standard errors are too small",
            n_items=n_items / (n_items - 1),
            n_items_2=n_items,
            corrected=corrected,
        ),
    )
    if found.converged:
        return (bias,)
    sentence = tell(
        "did not converge in {iterations} rounds: no number of this fit should be used",
        iterations=found.iterations,
    )
    return bias, Note("not-converged", None, sentence)


def _fit(
    n_items: int,
    items: NDArray[np.int64],
    found: _Estimates | None,
    n_candidates: int,
    notes: tuple[Note, ...],
) -> Fit:
    nothing, unknown = np.full(n_items, np.nan), np.full(1, np.nan)
    easiness, se = nothing.copy(), nothing.copy()
    if found is not None:
        easiness[items], se[items] = found.easiness, found.se
    return Fit(
        model=MODEL,
        parameters=dichotomous(np.where(np.isnan(easiness), np.nan, 1.0), easiness),
        se_a=nothing,
        se_d=se[:, None],
        se_b=se[:, None],
        se_c=nothing,
        se_u=nothing,
        mean=np.zeros(1),
        sd=unknown,
        se_mean=unknown,
        se_sd=unknown,
        log_likelihood=np.nan if found is None else found.log_likelihood,
        log_prior=0.0,
        n_parameters=len(items),
        n_candidates=n_candidates,
        converged=found is not None and found.converged,
        iterations=0 if found is None else found.iterations,
        covariance=np.zeros((0, 0)),
        free=(),
        notes=notes,
    )
