"""Scores and item parameters → abilities with standard errors: ML, WLE, MAP, EAP and EAP from sum scores.

Definitions as `mirt::fscores`. Candidates without an answer, and estimates that do not exist, are NaN;
maximum likelihood is infinite where the likelihood rises without end (nothing right, everything right).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from examgen.analysis.abilities_newton import (
    LEAST,
    MOST,
    Slopes,
    Target,
    climb,
    information_se,
    slopes_of,
    tabled_slopes,
)
from examgen.analysis.answers import Answers, answers_of, representatives, sufficient
from examgen.analysis.curves import (
    Floats,
    curves,
    log_curves,
    log_likelihoods,
    n_categories,
    row_chunks,
    take_items,
)
from examgen.analysis.irt import ItemParameters, Note
from examgen.analysis.quadrature import Grid, normal_grid
from examgen.analysis.sum_scores import sum_score_likelihoods

SCORING_NODES = 121
"""mirt scores on twice as many nodes as it estimates on."""
MOST_PATTERNS = 200
_INFINITE_SE = 30.0
_WORTH_A_TABLE = 8_000


class Abilities(NamedTuple):
    """Abilities of candidates and their standard errors, (N,) each."""

    theta: Floats
    """NaN without an answer; ±inf where the likelihood has no maximum."""
    se: Floats
    """NaN where theta is not finite."""
    notes: tuple[Note, ...] = ()


def eap(scores: NDArray[np.int8], parameters: ItemParameters, grid: Grid | None = None) -> Abilities:
    """Expected a posteriori: mean and standard deviation of ability given the answers.

    Parameters
    ----------
    scores : ndarray of int8, shape (N, J)
        Negative is missing and says nothing.
    parameters : ItemParameters
    grid : Grid
        Nodes and weights of the population; 121 points on [−6, 6], N(0, 1), as mirt, where not given.
        Pass `normal_grid(121, mean=…, sd=…)` of the fit for models with a free mean and variance.

    Returns
    -------
    Abilities

    References
    ----------
    Bock, R. D., & Mislevy, R. J. (1982). Adaptive EAP estimation of ability in a microcomputer environment.
    Applied Psychological Measurement 6, 431–444, eq. 7 and 8.
    """
    answers = answers_of(scores, parameters)
    nodes, weights = grid or normal_grid(SCORING_NODES)
    log_p = log_curves(answers.parameters, nodes)
    with np.errstate(divide="ignore"):
        log_weights = np.log(weights)

    def some(rows: NDArray[np.int64]) -> tuple[Floats, Floats]:
        posterior = log_likelihoods(answers.cells[rows], log_p) + log_weights
        posterior = np.exp(posterior - posterior.max(axis=1, keepdims=True))
        posterior /= posterior.sum(axis=1, keepdims=True)
        mean = posterior @ nodes
        variance = posterior @ nodes**2 - mean**2
        near = variance < 1e-6
        variance[near] = (posterior[near] * (nodes - mean[near, None]) ** 2).sum(axis=1)
        return mean, np.sqrt(variance)

    return _for_all(answers, len(nodes), some)


def ml(scores: NDArray[np.int8], parameters: ItemParameters, *, bounded: bool = False) -> Abilities:
    """Maximum likelihood of ability; standard error 1 / √(−second derivative of the log-likelihood).

    With guessing the likelihood may have several maxima: this is the one uphill from EAP, as in mirt. ±inf
    where there is none within ±20 or where the standard error would be above 30, as in mirt. NaN where the
    answers say nothing of ability (no answer, all slopes 0).

    Parameters
    ----------
    scores : ndarray of int8, shape (N, J)
    parameters : ItemParameters
    bounded : bool
        Only those with nothing or everything right are infinite; who else has no maximum stands at ±20. That
        is what `mirt::itemfit(…, method = 'ML')` compares (with guessing, the two differ).

    References
    ----------
    Lord, F. M. (1980). Applications of item response theory to practical testing problems, ch. 4.
    """
    found = _climbed(scores, parameters, Target("ml", 0.0, np.inf), normal_grid(SCORING_NODES))
    theta, se = found.theta, found.se
    away = (np.abs(theta) >= MOST) | (se > _INFINITE_SE)
    if not bounded:
        theta = np.where(away, np.copysign(np.inf, theta), theta)
    answers = answers_of(scores, parameters)
    lowest, highest = _extreme(answers)
    if len(answers.items) and (answers.parameters.a > 0).all():
        theta[lowest], theta[highest] = -np.inf, np.inf
    return Abilities(theta, np.where(np.isfinite(theta) & ~away, se, np.nan), found.notes)


def map(
    scores: NDArray[np.int8], parameters: ItemParameters, mean: float = 0.0, sd: float = 1.0
) -> Abilities:
    """Maximum a posteriori under a normal prior N(mean, sd²); standard error from the posterior's curvature.

    Parameters
    ----------
    scores : ndarray of int8, shape (N, J)
    parameters : ItemParameters
    mean, sd : float
        Of ability in the population, sd > 0.

    References
    ----------
    Samejima, F. (1969), Psychometrika Monograph 17, ch. 4; Bock, R. D. (1983).
    """
    if not sd > 0:
        raise ValueError(f"a standard deviation of {sd}")
    return _climbed(scores, parameters, Target("map", mean, sd), normal_grid(SCORING_NODES, mean=mean, sd=sd))


def wle(scores: NDArray[np.int8], parameters: ItemParameters, *, as_mirt: bool = True) -> Abilities:
    """Weighted likelihood: maximum of L(θ) √I(θ); standard error from the curvature of its logarithm.

    For models without guessing (Rasch, two parameters, partial credit) this is Warm's estimate. With lower
    or upper asymptotes, and for graded items, it is the mode under Jeffreys' prior, which mirt calls WLE;
    `as_mirt=False` solves Warm's own equation there: l'(θ) + J(θ) / (2 I(θ)) = 0, J = Σ P'P'' / P. Its
    standard error is 1 / √I(θ) (Warm, eq. 22).

    Parameters
    ----------
    scores : ndarray of int8, shape (N, J)
    parameters : ItemParameters
    as_mirt : bool

    References
    ----------
    Warm, T. A. (1989). Weighted likelihood estimation of ability in item response theory. Psychometrika 54,
    427–450, eq. 9–11. Magis, D., & Raîche, G. (2012). On the relationships between Jeffreys modal and
    weighted likelihood estimation of ability. Psychometrika 77, 163–169.
    """
    target = Target("jeffreys" if as_mirt else "warm", 0.0, np.inf)
    found = _climbed(scores, parameters, target, normal_grid(SCORING_NODES))
    outside = np.abs(found.theta) >= MOST
    return Abilities(np.where(outside, np.nan, found.theta), np.where(outside, np.nan, found.se), found.notes)


def eap_sum(scores: NDArray[np.int8], parameters: ItemParameters, grid: Grid | None = None) -> Abilities:
    """Expected a posteriori given the sum of the scores only.

    Where answers are missing, the sum is taken over the items that the candidate has, and is compared with
    the likelihood of sums of those items (each pattern of missing answers has its own table; beyond 200
    patterns NaN, with a note). mirt gives nothing for them.

    Parameters
    ----------
    scores : ndarray of int8, shape (N, J)
    parameters : ItemParameters
    grid : Grid
        As in `eap`.

    References
    ----------
    Thissen, D., Pommerich, M., Billeaud, K., & Williams, V. S. L. (1995). Item response theory for scores on
    tests including polytomous items with ordered responses. Applied Psychological Measurement 19, 39–49.
    """
    answers = answers_of(scores, parameters)
    theta, se = np.full(len(scores), np.nan), np.full(len(scores), np.nan)
    there = answers.cells >= 0
    patterns, which, counts = _patterns(there)
    notes = answers.notes
    for place in np.argsort(-counts, kind="stable")[:MOST_PATTERNS].tolist():
        rows, items = np.flatnonzero(which == place), np.flatnonzero(patterns[place])
        if len(items):
            table = eap_of_sums(take_items(answers.parameters, items), grid)
            sums = answers.cells[np.ix_(rows, items)].sum(axis=1, dtype=np.int64)
            theta[rows], se[rows] = table.theta[sums], table.se[sums]
    if len(counts) > MOST_PATTERNS:
        message = (
            f"There are {len(counts)} patterns of missing answers; candidates beyond the most frequent "
            f"{MOST_PATTERNS} have no EAP from the sum score."
        )
        notes = (*notes, Note("many-patterns", None, message))
    return Abilities(theta, se, notes)


def eap_of_sums(parameters: ItemParameters, grid: Grid | None = None) -> Abilities:
    """The table behind `eap_sum`: (S + 1,) EAP and standard error of each sum score 0 … S. NaN where the sum
    score has no probability on the grid."""
    nodes, weights = grid or normal_grid(SCORING_NODES)
    p = curves(parameters, nodes).p
    likelihood = sum_score_likelihoods(p, n_categories(parameters) - 1) * weights
    total = likelihood.sum(axis=1)
    share = likelihood / np.where(total > 0, total, 1.0)[:, None]
    mean = np.where(total > 0, share @ nodes, np.nan)
    variance = (share * (nodes - np.where(total > 0, mean, 0.0)[:, None]) ** 2).sum(axis=1)
    return Abilities(mean, np.where(total > 0, np.sqrt(variance), np.nan))


def _climbed(scores: NDArray[np.int8], parameters: ItemParameters, target: Target, grid: Grid) -> Abilities:
    start = eap(scores, parameters, grid)
    answers = answers_of(scores, parameters)
    width = len(answers.items) * (parameters.d.shape[1] + 1)

    tabled = _tabled(target, answers)

    def some(rows: NDArray[np.int64]) -> tuple[Floats, Floats]:
        cells, own = answers.cells[rows], answers.parameters
        slopes = tabled(cells) if tabled else slopes_of(target, cells, own)
        theta, se = climb(slopes, np.clip(start.theta[rows], LEAST, MOST))
        if target.kind == "warm":
            se = information_se(cells, own, np.nan_to_num(theta))
        return theta, se

    return _for_all(answers, width, some)


def _tabled(target: Target, answers: Answers) -> Callable[[NDArray[np.int8]], Slopes] | None:
    """The table of many candidates for whom a sum of slopes is sufficient."""
    if len(answers.cells) < _WORTH_A_TABLE or not sufficient(answers):
        return None
    interpolated = tabled_slopes(target, answers.parameters)
    return lambda cells: interpolated(cells.astype(np.float64) @ answers.parameters.a)


def _for_all(
    answers: Answers, width: int, some: Callable[[NDArray[np.int64]], tuple[Floats, Floats]]
) -> Abilities:
    first, which = representatives(answers)
    theta, se = np.full(len(first), np.nan), np.full(len(first), np.nan)
    for chunk in row_chunks(len(first), max(width, len(answers.items), 1)):
        rows = first[chunk]
        answered = (answers.cells[rows] >= 0).any(axis=1)
        if answered.any():
            places = np.arange(chunk.start, chunk.stop)[answered]
            theta[places], se[places] = some(rows[answered])
    return Abilities(theta[which], se[which], answers.notes)


def _extreme(answers: Answers) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Candidates with the lowest and those with the highest score in everything that they answered."""
    n = len(answers.cells)
    lowest, highest = np.zeros(n, dtype=np.bool_), np.zeros(n, dtype=np.bool_)
    last = (n_categories(answers.parameters) - 1).astype(np.int8)
    for rows in row_chunks(n, len(answers.items)):
        cells = answers.cells[rows]
        some = (cells >= 0).any(axis=1)
        lowest[rows] = some & (cells <= 0).all(axis=1)
        highest[rows] = some & ((cells == last) | (cells < 0)).all(axis=1)
    return lowest, highest


def _patterns(there: NDArray[np.bool_]) -> tuple[NDArray[np.bool_], NDArray[np.int64], NDArray[np.int64]]:
    """The different rows, which of them each row is, and how often each occurs."""
    packed = np.packbits(there, axis=1)
    if not there.size:
        return there[:0], np.zeros(len(there), dtype=np.int64), np.zeros(0, dtype=np.int64)
    whole = np.ascontiguousarray(packed).view(np.dtype((np.void, packed.shape[1])))[:, 0]
    _, first, which, counts = np.unique(whole, return_index=True, return_inverse=True, return_counts=True)
    return there[first], which, counts
