"""The Rasch model by conditional maximum likelihood, and its test by the likelihoods of groups; as in eRm.

The chance of a candidate's answers given the number right does not depend on ability: with r right of the
answered items, log L = Σ_j x_j β_j − log γ_r(β), where β_j is easiness (minus difficulty) and γ_r the
elementary symmetric function. So items are compared without any assumption about how ability is spread.

References
----------
Andersen, E. B. (1972). The numerical solution of a set of conditional estimation equations. JRSS B, 34.
Andersen, E. B. (1973). A goodness of fit test for the Rasch model. Psychometrika, 38, 123–140.
Fischer, G. H. (1981). On the existence and uniqueness of maximum-likelihood estimates in the Rasch model.
Psychometrika, 46, 59–77.
Mair, P., & Hatzinger, R. (2007). Extended Rasch modeling: the eRm package. J. Stat. Software, 20(9).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from examgen.core.responses.matrix import Scores, group_numbers, score_cells
from examgen.core.words import tell
from examgen.psychometrics.irt.conditional.counts import PatternCounts, counted, estimable
from examgen.psychometrics.irt.conditional.symmetric import gamma, near_information
from examgen.stats.distributions import chi_square_tail, normal_two_sided
from examgen.stats.irt_models import Fit, Floats, Note, dichotomous

MODEL = "rasch-cml"
_DECREMENT = 1e-12
_MOST_STEPS = 100
"""Of Newton's method."""
Ints = NDArray[np.int64]


def fit_cml(scores: Scores, standard_errors: bool = True) -> Fit:
    """Fit the Rasch model by conditional maximum likelihood.

    Difficulties sum to zero over the items of the fit. Standard errors are those of the difficulties under
    that condition: the roots of the diagonal of the generalised inverse of the observed information (as
    eRm's `se.beta`). Candidates with no or all answers right, and those with one answer, tell nothing about
    items and change nothing. Missing answers of any kind are taken as not given: every pattern of answered
    items has symmetric functions of its own.

    Parameters
    ----------
    scores : array_like, shape (N, J)
        0, 1, or negative or NaN where missing.
    standard_errors : bool
        Whether to compute the covariance of the estimates.

    Returns
    -------
    Fit
        `a` is 1 throughout, `d` the easiness, `mean` and `sd` are NaN (conditional likelihood says nothing
        of them), `log_likelihood` is conditional. An item that cannot be estimated is NaN, with a note.

    Raises
    ------
    ValueError
        If scores are not a matrix of whole numbers.
    """
    scores = score_cells(scores)
    items, notes = estimable(scores)
    if not len(items):
        unknown = np.full(scores.shape[1], np.nan)
        return _fit(unknown, unknown, np.nan, 0, 0, False, 0, np.zeros((0, 0)), notes)
    cells = scores if len(items) == scores.shape[1] else scores[:, items]
    data = counted(cells)
    n_candidates = int(np.count_nonzero(data.pattern >= 0))
    # without the patterns of which nobody counts
    some = data.counts.any(axis=1)
    data = data._replace(answered=data.answered[some], counts=data.counts[some])
    easiness, log_likelihood, converged, iterations = _maximise(data)
    if not converged:
        sentence = tell(
            "did not converge in {iterations} steps. Do not use its numbers",
            iterations=iterations,
        )
        notes = (*notes, Note("not-converged", None, sentence))
    covariance = (
        _inverse(gamma(easiness, data.answered, data.counts, information=True).information)
        if standard_errors
        else np.zeros((0, 0))
    )
    every = np.full(scores.shape[1], np.nan)
    se = every.copy()
    every[items] = easiness
    if standard_errors:
        se[items] = np.sqrt(np.maximum(np.diag(covariance), 0.0))
    return _fit(
        every, se, log_likelihood, len(items) - 1, n_candidates, converged, iterations, covariance, notes
    )


def _maximise(data: PatternCounts) -> tuple[Floats, float, bool, int]:
    """Newton's method on a concave function, with near second derivatives of the start for as long as they
    serve; easiness (sum 0), conditional log-likelihood, whether it converged, steps."""
    # log-odds of right answers of those who count, drawn apart as ability spreads (Cohen, 1979)
    n_answered = data.answered.sum(axis=1)
    n = data.counts.sum(axis=1)
    share = np.clip(data.right / np.maximum(n @ data.answered, 1.0), 1e-4, 1.0 - 1e-4)
    logit = np.log(share / (1.0 - share))
    r = np.arange(data.counts.shape[1])
    inside = data.counts > 0
    ability = np.log(np.maximum(r, 0.5) / np.maximum(n_answered[:, None] - r, 0.5))
    weight = np.where(inside, data.counts, 0.0)
    mean = np.sum(weight * ability) / weight.sum()
    spread = min(float(np.sum(weight * (ability - mean) ** 2) / weight.sum()), 2.0)
    apart = np.sqrt(1.0 + spread / 2.89)
    easiness = np.asarray((logit - logit.mean()) * apart)
    now = gamma(easiness, data.answered, data.counts)
    value, gradient = float(data.right @ easiness) - now.log_gamma, data.right - now.expected
    inverse = _inverse(near_information(easiness, data.answered, data.counts))
    fresh, last = False, np.inf
    for iteration in range(_MOST_STEPS):
        step = inverse @ gradient
        decrement = 0.5 * float(gradient @ step)
        if decrement < _DECREMENT * max(1.0, 1e-3 * abs(value)):
            return easiness + step, value, bool(np.isfinite(value)), iteration
        if not fresh and decrement > 0.05 * last:
            now = gamma(easiness, data.answered, data.counts, information=True)
            inverse, fresh, last = _inverse(now.information), True, np.inf
            continue
        step *= min(1.0, 3.0 / np.abs(step).max())
        for _ in range(30):
            there = easiness + step
            new = gamma(there, data.answered, data.counts)
            new_value = float(data.right @ there) - new.log_gamma
            if new_value >= value - 1e-12 * abs(value):
                break
            step = 0.5 * step
        easiness, value, gradient = there, new_value, data.right - new.expected
        fresh, last = False, decrement
    return easiness, value, False, _MOST_STEPS


def _inverse(information: Floats) -> Floats:
    """The generalised inverse of an information matrix whose rows sum to zero."""
    n = len(information)
    size = max(float(np.trace(information)) / n, 1e-300)
    ridge = np.full((n, n), size / n)
    try:
        return np.asarray(np.linalg.inv(information + ridge) - 1.0 / (size * n))
    except np.linalg.LinAlgError:
        return np.asarray(np.linalg.pinv(information, hermitian=True))


def _fit(
    easiness: Floats,
    se: Floats,
    log_likelihood: float,
    n_parameters: int,
    n_candidates: int,
    converged: bool,
    iterations: int,
    covariance: Floats,
    notes: tuple[Note, ...],
) -> Fit:
    known = ~np.isnan(easiness)
    nothing, unknown = np.full(len(easiness), np.nan), np.full(1, np.nan)
    return Fit(
        model=MODEL,
        parameters=dichotomous(np.where(np.isnan(easiness), np.nan, 1.0), easiness),
        se_a=nothing,
        se_d=se[:, None],
        se_b=se[:, None],
        se_c=nothing,
        mean=unknown,
        sd=unknown,
        se_mean=unknown,
        se_sd=unknown,
        log_likelihood=log_likelihood,
        log_prior=0.0,
        n_parameters=n_parameters,
        n_candidates=n_candidates,
        converged=converged,
        iterations=iterations,
        covariance=covariance,
        free=tuple(("d", int(j), 0) for j in np.flatnonzero(known)) if covariance.size else (),
        notes=notes,
    )


class LikelihoodRatio(NamedTuple):
    """A likelihood-ratio test; NaN where it cannot be made, and a note says why."""

    statistic: float
    df: int
    p: float
    log_likelihoods: Floats
    """Of each group, conditional."""
    left_out: tuple[int, ...]
    """Items that some group cannot estimate: neither the groups' models nor the whole's has them."""
    notes: tuple[Note, ...]


class GroupModels(NamedTuple):
    """Models of groups of candidates, on the items that all groups can estimate."""

    fits: tuple[Fit, ...]
    whole: Fit | None
    """Of all candidates, on the same items; None where there are not two groups and two items."""
    items: Ints
    left_out: tuple[int, ...]
    notes: tuple[Note, ...]


def groups_by(scores: NDArray[np.int8], split: str | ArrayLike) -> Ints:
    """Groups of candidates.

    Parameters
    ----------
    scores : ndarray of int8, shape (N, J)
    split : `median`, `mean`, `score`, or a group for each candidate, by number or name
        `median`: number right up to the median, against above. `mean`: up to the mean, against above. With
        missing answers, as in eRm, within each pattern of answered items (there the mean itself is above).
        `score`: each number right is a group.

    Returns
    -------
    ndarray of int, shape (N,)
        -1 for a candidate without answers to the items that can be estimated.
    """
    if not isinstance(split, str):
        return group_numbers(split, len(scores))
    items, _ = estimable(scores)
    data = counted(scores[:, items])
    if split == "score":
        none_or_all = (data.score == 0) | (data.score == data.answered.sum(axis=1)[data.pattern])
        return np.where((data.pattern < 0) | none_or_all, -1, data.score)
    if split not in ("median", "mean"):
        raise ValueError("split must be `median`, `mean`, `score` or a group for each candidate")
    found = np.full(len(scores), -1, dtype=np.int64)
    missing = bool((scores[:, items] < 0).any())
    for pattern in range(len(data.answered)):
        rows = np.flatnonzero(data.pattern == pattern) if missing else np.arange(len(scores))
        if not len(rows):
            continue
        right = data.score[rows]
        if split == "median":
            found[rows] = right > np.median(right)
        else:
            found[rows] = right >= right.mean() if missing else right > right.mean()
    return found


def parts_of(scores: NDArray[np.int8], groups: Ints, standard_errors: bool = False) -> GroupModels:
    """Conditional fits of each group, and of all, on the items that every group can estimate.

    Groups are numbered from 0; a negative number leaves a candidate out.
    """
    names = np.unique(groups[groups >= 0])
    items, notes = estimable(scores)
    whole_items = items
    fits: tuple[Fit, ...] = ()
    if len(names) < 2:
        note = tell("all candidates are in one group, so there is nothing to compare")
        return GroupModels((), None, items, (), (*notes, Note("one-group", None, note)))
    while len(items) > 1:
        rows = [scores[groups == name][:, items] for name in names]
        fits = tuple(fit_cml(part, standard_errors=standard_errors) for part in rows)
        known = np.all([~np.isnan(fit.parameters.d[:, 0]) for fit in fits], axis=0)
        if known.all():
            break
        items = items[known]
    left_out = tuple(int(j) for j in np.setdiff1d(whole_items, items))
    sentence = tell("has no finite difficulty in one of the groups and is excluded from the test")
    notes = (*notes, *(Note("not-in-every-group", j, sentence) for j in left_out))
    if len(items) < 2:
        note = tell("fewer than two items can be estimated in every group, so the test is not possible")
        return GroupModels((), None, items, left_out, (*notes, Note("too-few-items", None, note)))
    whole = fit_cml(scores[groups >= 0][:, items], standard_errors=False)
    notes = (*notes, *(n for fit in (*fits, whole) for n in fit.notes if n.item is None))
    return GroupModels(fits, whole, items, left_out, notes)


def andersen(scores: Scores, split: str | ArrayLike = "median") -> LikelihoodRatio:
    """Andersen's test: do groups of candidates have the same difficulties?

    LR = 2 (Σ_g log L_g − log L), χ² with Σ_g (K − 1) − (K − 1) degrees of freedom.

    Parameters
    ----------
    scores : array_like, shape (N, J)
    split
        See `groups_by`.
    """
    cells = score_cells(scores)
    parts = parts_of(cells, groups_by(cells, split))
    if parts.whole is None:
        return LikelihoodRatio(np.nan, 0, np.nan, np.zeros(0), parts.left_out, parts.notes)
    logs = np.array([fit.log_likelihood for fit in parts.fits])
    statistic = max(0.0, 2.0 * float(logs.sum() - parts.whole.log_likelihood))
    df = sum(fit.n_parameters for fit in parts.fits) - parts.whole.n_parameters
    p = float(chi_square_tail(statistic, df))
    return LikelihoodRatio(statistic, df, p, logs, parts.left_out, parts.notes)


class ItemWald(NamedTuple):
    """Each item's difficulty in two groups of candidates, each array (J,); NaN of items left out."""

    z: Floats
    """Above 0: the item is harder for the second group."""
    p: Floats
    """Two-sided."""
    difficulty: Floats
    """(2, J); those of each group sum to 0."""
    se: Floats
    """(2, J)."""
    left_out: tuple[int, ...]
    notes: tuple[Note, ...]


def item_wald(scores: Scores, split: str | ArrayLike = "median") -> ItemWald:
    """Fischer and Scheiblechner's Wald test of each item between two groups: z = (b₂ − b₁) / √(se₁² + se₂²).

    Parameters
    ----------
    scores : array_like, shape (N, J)
    split
        See `groups_by`; it must make two groups.

    Raises
    ------
    ValueError
        For three groups and more.

    References
    ----------
    Fischer, G. H., & Scheiblechner, H. (1970). Algorithmen und Programme für das probabilistische Testmodell
    von Rasch. Psychologische Beiträge 12, 23–51. `eRm::Waldtest`.
    """
    cells = score_cells(scores)
    groups = groups_by(cells, split)
    if (n_groups := len(np.unique(groups[groups >= 0]))) > 2:
        raise ValueError(f"the Wald test of items compares two groups, not {n_groups}")
    parts = parts_of(cells, groups, standard_errors=True)
    difficulty, se = np.full((2, 2, cells.shape[1]), np.nan)
    if parts.whole is not None:
        for own, error, fit in zip(difficulty, se, parts.fits, strict=True):
            own[parts.items], error[parts.items] = -fit.parameters.d[:, 0], fit.se_d[:, 0]
    with np.errstate(invalid="ignore", divide="ignore"):
        z = (difficulty[1] - difficulty[0]) / np.sqrt((se**2).sum(axis=0))
    return ItemWald(z, normal_two_sided(z), difficulty, se, parts.left_out, parts.notes)
