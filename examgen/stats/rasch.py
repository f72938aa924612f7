"""The Rasch model by conditional maximum likelihood: items, abilities, fit, and tests between groups, as in
eRm.

The probability of a candidate's answers given the number right does not depend on ability: with r right of
the answered items, log L = Σ_j x_j β_j − log γ_r(β), where β_j is easiness (minus difficulty) and γ_r the
elementary symmetric function. Items can therefore be compared without any assumption about the distribution
of ability. Candidates are counted by *pattern* (the set of items that they answered) and number right; apart
from each item's number of right answers, the estimates depend on nothing else.

References
----------
Andersen, E. B. (1972). The numerical solution of a set of conditional estimation equations. JRSS B, 34.
Andersen, E. B. (1973). A goodness of fit test for the Rasch model. Psychometrika, 38, 123–140.
Fischer, G. H. (1981). On the existence and uniqueness of maximum-likelihood estimates in the Rasch model.
Psychometrika, 46, 59–77.
Mair, P., & Hatzinger, R. (2007). Extended Rasch modeling: the eRm package. J. Stat. Software, 20(9).
Wright, B. D., & Masters, G. N. (1982). Rating scale analysis. MESA Press, chapter 5, table 5.3a.

Elementary symmetric functions of the Rasch model, with first and second derivatives.

γ_r is the sum over all ways to have r of K items right of the product of their ε_j = exp(easiness_j). It is
computed here from a probability: if at ability θ item j is right with probability p_j = ε_j e^θ / (1 + ε_j
e^θ), the number right is r with probability

    P(r) = γ_r e^{rθ} / Π_j (1 + ε_j e^θ).

The number right of independent answers has the characteristic function Φ(ω) = Π_j f_j(ω) with
f_j = q_j + p_j e^{iω}, so that with M > K nodes ω_k = 2πk / M, exactly,

    P(r) = 1/M Σ_k e^{−iω_k r} Φ(ω_k),      P(x_i = x_j = 1, r) = 1/M Σ_k e^{−iω_k r} Φ(ω_k) u_i u_j,

u_j = p_j e^{iω} / f_j. At the ability at which r is the expected number right, P(r) is not small, so that no
precision is lost; the same holds at nearby abilities. Candidates therefore share the f_j of a few abilities,
and log Φ for all candidates at one ability is a matrix product of the answered items and log f_j.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from examgen.stats.distributions import chi_square_tail, normal_two_sided
from examgen.stats.fit import MeanSquares, mean_squares, squares, told
from examgen.stats.irt_abilities import ml
from examgen.stats.irt_models import (
    Fit,
    Note,
    answer_patterns,
    dichotomous,
    logistic,
    row_chunks,
    without_estimates,
)
from examgen.stats.matrix import Bools, Cells, Floats, Ints, score_ranges
from examgen.stats.results import note_of

MODEL = "rasch-cml"
MOST_ITEMS = 2_000
"""With more estimable items there is no conditional fit, as the work grows with the cube of the number."""
TEXTS: dict[str, str] = {
    "more-than-two-scores": "has scores above 1, but the Rasch model needs 0 and 1",
    "no-answers": "has no answers",
    "all-right": "was answered right by all candidates",
    "all-wrong": "was answered wrong by all candidates",
    "excluded": "{sentence}, so it is excluded because its difficulty cannot be estimated",
    "too-many-items": "{n:,} items are too many for conditional likelihood. The limit is {most_items:,}",
    "not-linked": "no candidate connects it with the items of the fit, so it is excluded because there is no "
    "common scale",
    "separation": "candidates who were right on one side and wrong on the other, between it and the items of "
    "the fit, all were so in one direction. It is excluded, because its relative difficulty is infinite",
    "too-few-items": "fewer than two items can be compared, so nothing can be estimated",
    "too-few-items.groups": "fewer than two items can be estimated in every group, so the test is not "
    "possible",
    "not-converged": "did not converge in {iterations} steps. Do not use its numbers",
    "no-spread": "finite abilities do not vary, so there is no separation reliability",
    "negative-reliability": "abilities vary less than their standard errors, so the items do not separate "
    "candidates",
    "one-group": "all candidates are in one group, so there is nothing to compare",
    "not-in-every-group": "has no finite difficulty in one of the groups and is excluded from the test",
}
"""The messages by code, which ends before a dot."""
_DECREMENT = 1e-15
_MOST_STEPS = 100
"""Of Newton's method."""


# ── who answered what ────────────────────────────────────────────────────────────────────────


class PatternCounts(NamedTuple):
    """Candidates counted by pattern of answered items and number right, for K items and G patterns."""

    answered: Bools
    """(G, K) whether the item is answered in the pattern."""
    counts: Floats
    """(G, K + 1) candidates with 0 … K right. Candidates with none or all right are not counted, as they
    contain no information on items."""
    right: Floats
    """(K,) right answers of the candidates counted."""
    pattern: Ints
    """(N,) pattern of each candidate; -1 without an answer."""
    score: Ints
    """(N,) number right."""


def counted(cells: Cells) -> PatternCounts:
    """Return the counts of 0/1 cells (N, K), negative if missing."""
    n_items = cells.shape[1]
    answered, pattern, _ = answer_patterns(cells >= 0)
    score, right = (cells == 1).sum(axis=1), (cells == 1).sum(axis=0)
    n_answered, width = answered.sum(axis=1), n_items + 1
    table = np.bincount(pattern * width + score, minlength=len(answered) * width).astype(np.float64)
    counts: Floats = table.reshape(len(answered), width)
    rows = np.arange(len(answered))
    full = counts[rows, n_answered]
    counts[:, 0] = counts[rows, n_answered] = 0.0
    pattern = np.where(n_answered[pattern] > 0, pattern, -1) if len(answered) else pattern
    return PatternCounts(
        answered, counts, np.asarray(right - full @ answered, dtype=np.float64), pattern, score
    )


def estimable(scores: Cells) -> tuple[Ints, tuple[Note, ...]]:
    """Return the items (columns) with finite difficulties relative to each other, and notes that explain why
    others have none.

    An item is excluded if nobody answered it, if nobody or everybody who did was right, if it has a score
    above 1, or if its comparison with the others is one-sided. Finite conditional estimates require, for
    every division of the items into two sets, a candidate who was right on an item of the first set and wrong
    on one of the second, and another candidate for the reverse (Fischer, 1981). This holds if the graph is
    strongly connected that has an arrow from i to j if somebody was right on i and wrong on j. If there are
    several connected parts, the one with the most items is used; of parts of equal size, the one with the
    first item.
    """
    notes: list[Note] = []
    lowest, highest = score_ranges(scores)
    with_zero, with_one, with_more = lowest == 0, highest == 1, highest > 1
    for wrong, code in (
        (with_more, "more-than-two-scores"),
        (~with_more & ~with_zero & ~with_one, "no-answers"),
        (~with_more & with_one & ~with_zero, "all-right"),
        (~with_more & with_zero & ~with_one, "all-wrong"),
    ):
        message = note_of(TEXTS, "excluded", {"sentence": note_of(TEXTS, code, {})})
        notes += [Note(code, int(j), message) for j in np.flatnonzero(wrong)]
    items = np.flatnonzero(with_zero & with_one & ~with_more)
    if len(items) > MOST_ITEMS:
        note = told(TEXTS, "too-many-items", n=len(items), most_items=MOST_ITEMS)
        return items[:0], (*notes, note)
    if len(items):
        part, linked = _parts(scores[:, items] if len(items) < scores.shape[1] else scores)
        sizes = np.bincount(part)
        kept = part == np.argmax(sizes)
        alone = np.flatnonzero(~kept)
        for j in alone:
            notes.append(told(TEXTS, "separation" if linked[part[j]] else "not-linked", int(items[j])))
        items = items[kept]
    if len(items) < 2:
        return items[:0], (*notes, told(TEXTS, "too-few-items"))
    return items, tuple(notes)


def _parts(cells: Cells) -> tuple[Ints, Bools]:
    """(K,) number of the strongly connected part of each item, in the order of their first items; (parts,)
    whether linked to the greatest."""
    from scipy.sparse.csgraph import connected_components

    arrows = np.zeros((cells.shape[1],) * 2, dtype=np.bool_)
    for rows in row_chunks(len(cells), cells.shape[1]):
        arrows |= ((cells[rows] == 1).astype(np.float32).T @ (cells[rows] == 0).astype(np.float32)) > 0
    part = connected_components(arrows, connection="strong")[1]
    _, first, part = np.unique(part, return_index=True, return_inverse=True)
    place = np.argsort(np.argsort(first))
    near = connected_components(arrows, connection="weak")[1][np.sort(first)]
    part = place[part]
    return part, near == near[np.argmax(np.bincount(part))]


# ── items ───────────────────────────────────────────────────────────────────────────────────


def fit_cml(scores: Cells, standard_errors: bool = True) -> Fit:
    """Fit the Rasch model by conditional maximum likelihood.

    Difficulties sum to zero over the items of the fit. Standard errors are those of the difficulties under
    that condition: the roots of the diagonal of the generalised inverse of the observed information (as eRm's
    `se.beta`). Candidates with no or all answers right, and those with one answer, contain no information
    about items and have no effect. Missing answers of any kind are ignored: every pattern of answered items
    has its own symmetric functions.

    Parameters
    ----------
    scores : ndarray of int8, shape (N, J)
        0, 1, or negative if missing.
    standard_errors : bool
        Whether to compute the covariance of the estimates.

    Returns
    -------
    Fit
        `a` is 1 throughout, `d` the easiness, `mean` and `sd` are NaN (conditional likelihood does not
        estimate them), `log_likelihood` is conditional. An item that cannot be estimated is NaN, with a note.
    """
    items, notes = estimable(scores)
    every, se = np.full((2, scores.shape[1]), np.nan)
    fit = without_estimates(MODEL, dichotomous(every, every), notes=notes)
    if not len(items):
        return fit
    data = counted(scores[:, items])
    n_candidates = int(np.count_nonzero(data.pattern >= 0))
    # without the patterns of which nobody counts
    some = data.counts.any(axis=1)
    data = data._replace(answered=data.answered[some], counts=data.counts[some])
    easiness, log_likelihood, converged, iterations, covariance = _maximise(data)
    if not converged:
        notes = (*notes, told(TEXTS, "not-converged", iterations=iterations))
    if standard_errors:
        se[items] = np.sqrt(np.maximum(np.diag(covariance), 0.0))
    else:
        covariance = fit.covariance
    every[items] = easiness
    return fit._replace(
        parameters=dichotomous(np.where(np.isnan(every), np.nan, 1.0), every), se_d=se[:, None],
        se_b=se[:, None], log_likelihood=log_likelihood, n_parameters=len(items) - 1,
        n_candidates=n_candidates, converged=converged, iterations=iterations, covariance=covariance,
        free=tuple(("d", int(j), 0) for j in items) if covariance.size else (), notes=notes,
    )  # fmt: skip


def _maximise(data: PatternCounts) -> tuple[Floats, float, bool, int, Floats]:
    """Newton's method on a concave function: easiness (sum 0), conditional log-likelihood, whether it
    converged, steps, and the covariance of the estimates."""
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

    def at(easiness: Floats) -> tuple[Floats, float, Floats, Floats]:
        now = gamma(easiness, data.answered, data.counts, information=True)
        value = float(data.right @ easiness) - now.log_gamma
        return easiness, value, data.right - now.expected, _inverse(now.information)

    easiness, value, gradient, inverse = at(np.asarray((logit - logit.mean()) * apart))
    for iteration in range(_MOST_STEPS):
        step = inverse @ gradient
        if 0.5 * float(gradient @ step) < _DECREMENT * max(1.0, 1e-3 * abs(value)):
            return easiness + step, value, bool(np.isfinite(value)), iteration, inverse
        step *= min(1.0, 3.0 / np.abs(step).max())
        for _ in range(30):
            there = at(easiness + step)
            if there[1] >= value - 1e-12 * abs(value):
                break
            step = 0.5 * step
        easiness, value, gradient, inverse = there
    return easiness, value, False, _MOST_STEPS, inverse


def _inverse(information: Floats) -> Floats:
    """The generalised inverse of an information matrix whose rows sum to zero."""
    n = len(information)
    size = max(float(np.trace(information)) / n, 1e-300)
    ridge = np.full((n, n), size / n)
    try:
        return np.asarray(np.linalg.inv(information + ridge) - 1.0 / (size * n))
    except np.linalg.LinAlgError:
        return np.asarray(np.linalg.pinv(information, hermitian=True))


# ── persons ─────────────────────────────────────────────────────────────────────────────────


class RaschFit(NamedTuple):
    """The abilities, and the fit of items and candidates, in a Rasch model."""

    items: MeanSquares
    """(J,) mean squares of the items."""
    candidates: MeanSquares
    """(N,) mean squares of the candidates."""
    theta: Floats
    """(N,) abilities by maximum likelihood; ±inf for none or all right, NaN without answers."""
    se_theta: Floats
    """(N,) 1 / √Σ P(1 − P); NaN if the ability is not finite."""
    separation_reliability: float
    """(variance of abilities − mean squared standard error) / variance, over finite abilities. It is negative
    if error exceeds variance, and a note says so; NaN with fewer than two abilities or without variance."""
    notes: tuple[Note, ...]


def rasch_fit(scores: Cells, fit: Fit) -> RaschFit:
    """Return the maximum likelihood abilities given the items, and infit and outfit, as in eRm.

    Candidates with none or all of their answers right are excluded from infit and outfit, since they fit
    every item perfectly; variances have no lower limit (`fit.mean_squares`).

    Parameters
    ----------
    scores : array_like, shape (N, J)
        The responses to which the model was fitted.
    fit : Fit
        A Rasch model (`a` = 1).
    """
    items = np.flatnonzero(fit.parameters.usable)
    theta, se = ml(scores, fit.parameters)
    finite = np.isfinite(theta)
    inner = np.where(finite, theta, np.nan)
    known, by_candidate = squares(scores[:, items], fit.parameters.part(items), inner, least=1e-300)
    by_item = np.full((6, len(fit.parameters.a)), np.nan)
    by_item[:, items] = known
    variance = float(np.var(theta[finite], ddof=1)) if finite.sum() > 1 else 0.0
    separation, notes = np.nan, []
    if variance <= 1e-12:  # all abilities are equal, except for rounding
        notes.append(told(TEXTS, "no-spread"))
    else:
        separation = (variance - float(np.mean(se[finite] ** 2))) / variance
        if separation < 0.0:
            notes.append(told(TEXTS, "negative-reliability"))
    fits = mean_squares(by_item, np.inf), mean_squares(by_candidate, np.inf)
    return RaschFit(*fits, theta, se, separation, tuple(notes))


# ── groups ──────────────────────────────────────────────────────────────────────────────────


class LikelihoodRatio(NamedTuple):
    """A likelihood-ratio test; NaN if it cannot be computed, with a note that explains why."""

    statistic: float
    df: int
    p: float
    log_likelihoods: Floats
    """The conditional log-likelihood of each group."""
    left_out: tuple[int, ...]
    """Items that cannot be estimated in some group; they are excluded from all models."""
    notes: tuple[Note, ...]


def groups_by(scores: Cells, split: str | Ints) -> Ints:
    """Return the group of each candidate.

    Parameters
    ----------
    scores : ndarray of int8, shape (N, J)
    split : `median`, `mean`, `score`, or a group for each candidate, by number
        `median`: number right up to the median, or above it. `mean`: up to the mean, or above it. With
        missing answers, this is done within each pattern of answered items, as in eRm (a number right equal
        to the mean then counts as above). `score`: a group for each number right.

    Returns
    -------
    ndarray of int, shape (N,)
        -1 for a candidate without answers to the estimable items.
    """
    if not isinstance(split, str):
        return split
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


def models_of(
    scores: Cells, groups: Ints, standard_errors: bool = False
) -> tuple[tuple[Fit, ...], Ints, tuple[int, ...], tuple[Note, ...]]:
    """Return the conditional fits of each group (none without two groups and two items), the items that can
    be estimated in every group, the items that cannot, and notes.

    Groups are numbered from 0; a negative number excludes a candidate.
    """
    names = np.unique(groups[groups >= 0])
    every, notes = estimable(scores)
    items, fits = every, tuple[Fit, ...]()
    if len(names) < 2:
        return (), items, (), (*notes, told(TEXTS, "one-group"))
    while len(items) > 1:
        fits = tuple(fit_cml(scores[groups == name][:, items], standard_errors) for name in names)
        known = np.all([~np.isnan(fit.parameters.d[:, 0]) for fit in fits], axis=0)
        if known.all():
            break
        items = items[known]
    left_out = tuple(int(j) for j in np.setdiff1d(every, items))
    notes = (*notes, *(told(TEXTS, "not-in-every-group", j) for j in left_out))
    if len(items) < 2:
        return (), items, left_out, (*notes, told(TEXTS, "too-few-items.groups"))
    return fits, items, left_out, (*notes, *(n for fit in fits for n in fit.notes if n.item is None))


def andersen(scores: Cells, split: str | Ints = "median") -> LikelihoodRatio:
    """Perform Andersen's likelihood ratio test that difficulties are the same in all groups of candidates.

    LR = 2 (Σ_g log L_g − log L), χ² with Σ_g (K − 1) − (K − 1) degrees of freedom.

    Parameters
    ----------
    scores : array_like, shape (N, J)
    split
        See `groups_by`.
    """
    groups = groups_by(scores, split)
    fits, items, left_out, notes = models_of(scores, groups)
    if not fits:
        return LikelihoodRatio(np.nan, 0, np.nan, np.zeros(0), left_out, notes)
    whole = fit_cml(scores[groups >= 0][:, items], standard_errors=False)
    logs = np.array([fit.log_likelihood for fit in fits])
    statistic = max(0.0, 2.0 * float(logs.sum() - whole.log_likelihood))
    df = sum(fit.n_parameters for fit in fits) - whole.n_parameters
    notes = (*notes, *(n for n in whole.notes if n.item is None))
    return LikelihoodRatio(statistic, df, float(chi_square_tail(statistic, df)), logs, left_out, notes)


class ItemWald(NamedTuple):
    """The difficulty of each item in two groups of candidates with a Wald test, each array (J,); NaN for
    excluded items."""

    z: Floats
    """Positive if the item is harder for the second group."""
    p: Floats
    """Two-sided p value."""
    difficulty: Floats
    """(2, J) difficulties, which sum to 0 in each group."""
    se: Floats
    """(2, J) standard errors of the difficulties."""
    left_out: tuple[int, ...]
    notes: tuple[Note, ...]


def item_wald(scores: Cells, split: str | Ints = "median") -> ItemWald:
    """Perform Fischer and Scheiblechner's Wald test of each item between two groups: z = (b₂ − b₁) / √(se₁² +
    se₂²).

    Parameters
    ----------
    scores : array_like, shape (N, J)
    split
        See `groups_by`; it must make two groups.

    Raises
    ------
    ValueError
        If there are three or more groups.

    References
    ----------
    Fischer, G. H., & Scheiblechner, H. (1970). Algorithmen und Programme für das probabilistische Testmodell
    von Rasch. Psychologische Beiträge 12, 23–51. `eRm::Waldtest`.
    """
    groups = groups_by(scores, split)
    if (n_groups := len(np.unique(groups[groups >= 0]))) > 2:
        raise ValueError(f"the Wald test of items compares two groups, not {n_groups}")
    fits, items, left_out, notes = models_of(scores, groups, standard_errors=True)
    difficulty, se = np.full((2, 2, scores.shape[1]), np.nan)
    for own, error, fit in zip(difficulty, se, fits, strict=bool(fits)):
        own[items], error[items] = -fit.parameters.d[:, 0], fit.se_d[:, 0]
    with np.errstate(invalid="ignore", divide="ignore"):
        z = (difficulty[1] - difficulty[0]) / np.sqrt((se**2).sum(axis=0))
    return ItemWald(z, normal_two_sided(z), difficulty, se, left_out, notes)


# ── symmetric functions ───────────────────────────────────────────────────────────────────────────────


_APART = 0.25
"""Distance of the abilities at which numbers right are taken."""
Complex = NDArray[np.complex128]


class Gamma(NamedTuple):
    """Symmetric functions summed over all counted candidates."""

    log_gamma: float
    """Σ log γ_r."""
    expected: Floats
    """(K,) expected right answers given the numbers right: Σ ε_j γ_{r−1}^{(j)} / γ_r."""
    information: Floats
    """(K, K) covariances of right answers given the numbers right; empty if not requested."""


def gamma(easiness: Floats, answered: Bools, counts: Floats, *, information: bool = False) -> Gamma:
    """Return the symmetric functions at these easinesses (K,).

    Parameters
    ----------
    easiness : ndarray, shape (K,)
    answered : ndarray of bool, shape (G, K)
    counts : ndarray, shape (G, K + 1)
        Candidates by pattern and number right; 0 for none and all right.
    information : bool
        Whether to compute second derivatives.
    """
    pattern, score = np.nonzero(counts)
    n, n_items = counts[pattern, score], len(easiness)
    theta = _near(easiness, answered, pattern, score)
    n_nodes = n_items + 1 + n_items % 2  # odd: no node where an f could be 0
    omega = 2.0 * np.pi / n_nodes * np.arange(n_nodes // 2 + 1)
    turns = np.exp(1j * omega)
    weight = np.where(omega > 0, 2.0, 1.0) / n_nodes
    log_gamma, expected = 0.0, np.zeros(n_items)
    covariance = np.zeros((n_items, n_items) if information else (0, 0))
    for ability in np.unique(theta):
        rows = np.flatnonzero(theta == ability)
        z = easiness + ability
        right = logistic(z)[:, None] * turns
        f = logistic(-z)[:, None] + right
        u, log_f = right / f, np.log(f)
        for some in row_chunks(len(rows), len(omega)):
            own = rows[some]
            mask = answered[pattern[own]].astype(np.float64)
            # (rows, nodes)
            turned = np.exp(1j * (mask @ log_f.imag - score[own, None] * omega))
            share = np.exp(mask @ log_f.real) * weight * turned
            chance = share.real.sum(axis=1)
            log_gamma += float(n[own] @ (np.log(chance) + mask @ np.logaddexp(0.0, z) - score[own] * ability))
            share /= chance[:, None]
            counted = share * n[own, None]
            by_node = (mask.T @ counted.real) + 1j * (mask.T @ counted.imag)
            expected += (by_node * u).real.sum(axis=1)
            if information:
                mean = mask * (share.real @ u.real.T - share.imag @ u.imag.T)
                covariance -= (mean.T * n[own]) @ mean
                first = np.flatnonzero(np.diff(pattern[own], prepend=-1))  # rows of a pattern are together
                covariance += _pairs(mask[first], np.add.reduceat(counted, first, axis=0), u)
    if information:
        covariance[np.diag_indices(n_items)] += expected
    return Gamma(log_gamma, expected, covariance)


def _pairs(mask: Floats, share: Complex, u: Complex) -> Floats:
    """(K, K) Re Σ share u uᵀ over patterns, which have some of the items, and nodes; 0 on the diagonal."""
    found = np.zeros((mask.shape[1],) * 2)
    for has, by_node in zip(mask, share, strict=True):
        own = u * has[:, None]
        left = own * by_node
        found += left.real @ own.real.T - left.imag @ own.imag.T
    np.fill_diagonal(found, 0.0)
    return found


def _near(easiness: Floats, answered: Bools, pattern: Ints, score: Ints) -> Floats:
    """(n,) abilities, `_APART` from one to the next, at which about `score` right answers are expected."""
    beyond = np.log(len(easiness) + 1.0)
    first, last = -easiness.max(initial=0.0) - beyond, beyond - easiness.min(initial=0.0)
    grid = _APART * np.arange(np.floor(first / _APART), np.ceil(last / _APART) + 1.0)
    expected = answered @ logistic(easiness[:, None] + grid)
    near = [
        np.argmin(np.abs(expected[pattern[rows]] - score[rows, None]), axis=1)
        for rows in row_chunks(len(score), len(grid))
    ]
    return np.asarray(grid[np.concatenate([np.zeros(0, dtype=np.int64), *near])])
