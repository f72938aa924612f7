"""Ability estimates with standard errors from scores and item parameters: ML, WLE, MAP, EAP, and EAP from sum
scores.

Definitions as in `mirt::fscores`. Estimates are NaN for candidates without an answer, and if they do not
exist. Maximum likelihood is infinite if the likelihood increases without bound (nothing right, everything
right).

All methods but EAP start from EAP and climb to the nearest maximum, by bracketed Newton steps.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from examgen.stats.irt_models import (
    DICHOTOMOUS,
    TINY,
    CurveDerivatives,
    ItemParameters,
    answer_patterns,
    log_likelihoods,
    row_chunks,
    sum_score_likelihoods,
)
from examgen.stats.matrix import Cells, Floats, Ints
from examgen.stats.quadrature import LIMIT, N_NODES, Grid, normal_grid

LEAST, MOST = -20.0, 20.0
"""The range of abilities that is searched, mirt's `max_theta`."""
_TOLERANCE = 1e-10
_MOST_STEPS = 200
Slopes = Callable[[Ints, Floats], tuple[Floats, Floats]]
"""A function of rows and their abilities that returns the first and second derivative of the objective."""
SCORING_NODES = 121
"""The number of nodes for scoring; like mirt, twice as many as for estimation."""
_INFINITE_SE = 30.0


class ScoredAnswers(NamedTuple):
    """The scores on the U items that have parameters."""

    cells: Cells
    """(N, U); negative is missing."""
    parameters: ItemParameters
    """The parameters of the U items."""
    items: Ints
    """(U,) indices of these items among all items."""


def answers_of(scores: Cells, parameters: ItemParameters) -> ScoredAnswers:
    """Return the scores on the items that have parameters."""
    usable = parameters.usable
    items = np.flatnonzero(usable)
    if usable.all():
        return ScoredAnswers(scores, parameters, items)
    return ScoredAnswers(scores[:, items], parameters.part(items), items)


def climb(slopes: Slopes, start: Floats) -> tuple[Floats, Floats]:
    """Find the abilities (n,) at the nearest maximum, and their standard errors.

    From the start the search for each candidate moves uphill until the slope changes sign, in steps of at
    most 1 so as not to miss a maximum; then it continues between the last points on both sides. It stops at
    ±20.

    Returns
    -------
    theta, se : ndarray, shape (n,)
        NaN if slope and curvature are both 0; se is also NaN if the curvature is not that of a maximum.
    """
    theta, curvature = start.copy(), np.full(len(start), np.nan)
    low, high = np.full(len(start), LEAST), np.full(len(start), MOST)
    active = np.arange(len(start))
    for _ in range(_MOST_STEPS):
        if not len(active):
            break
        at = theta[active]
        slope, bend = slopes(active, at)
        low[active] = np.where(slope > 0, np.maximum(low[active], at), low[active])
        high[active] = np.where(slope < 0, np.minimum(high[active], at), high[active])
        newton = np.where(bend < 0, slope / np.where(bend < 0, -bend, 1.0), np.sign(slope))
        goal, left, right = at + np.clip(newton, -1.0, 1.0), low[active], high[active]
        outside = (left > LEAST) & (right < MOST) & ((goal <= left) | (goal >= right)) & (slope != 0)
        step = np.where(outside, 0.5 * (left + right), np.clip(goal, LEAST, MOST)) - at
        curvature[active] = bend
        theta[active] = at + step
        active = active[np.abs(step) > _TOLERANCE]
    sharp = curvature < 0
    se = np.where(sharp, 1.0 / np.sqrt(np.where(sharp, -curvature, 1.0)), np.nan)
    return np.where(np.isfinite(curvature) & (curvature != 0), theta, np.nan), se


def _slope_and_bend(
    weighted: bool, prior: tuple[float, float] | None, cells: Cells, parameters: ItemParameters,
    theta: Floats,
) -> tuple[Floats, Floats]:  # fmt: skip
    """First and second derivative by ability of the log-likelihood, with half the log of the information, or
    with the log of a normal prior of this mean and sd."""
    made = parameters.curves(theta, 3 if weighted else 2)
    slope, bend = np.zeros(len(theta)), np.zeros(len(theta))
    for k in range(made.p.shape[2]):
        chosen = cells == k
        p = np.maximum(made.p[:, :, k], TINY)
        ratio = np.where(chosen, made.d1[:, :, k] / p, 0.0)
        slope += ratio.sum(axis=1)
        bend += (np.where(chosen, made.d2[:, :, k] / p, 0.0) - ratio**2).sum(axis=1)
    if prior is not None:
        slope -= (theta - prior[0]) / prior[1] ** 2
        bend -= 1.0 / prior[1] ** 2
    if weighted:
        # derivatives of ½ log I
        information, first, second = _information(cells, made)
        inside, nothing = np.maximum(information, TINY), information <= TINY
        slope += np.where(nothing, 0.0, 0.5 * first / inside)
        bend += np.where(nothing, 0.0, 0.5 * (second / inside - (first / inside) ** 2))
    return slope, bend


def _information(cells: Cells, made: CurveDerivatives) -> tuple[Floats, Floats, Floats]:
    """I = Σ P'²/P over the answered items, I' and I''."""
    there = (cells >= 0)[:, :, None]
    inverse = np.where(there & (made.p > TINY), 1.0 / np.maximum(made.p, TINY), 0.0)
    r1, r2, r3 = made.d1 * inverse, made.d2 * inverse, made.d3 * inverse
    cube = made.d1 * r1**2
    first = 2.0 * (made.d2 * r1) - cube
    second = 2.0 * (made.d2 * r2 + made.d1 * r3) - 5.0 * r1 * r1 * made.d2 + 2.0 * cube * r1
    return (made.d1 * r1).sum(axis=(1, 2)), first.sum(axis=(1, 2)), second.sum(axis=(1, 2))


class Abilities(NamedTuple):
    """The abilities of candidates and their standard errors, (N,) each."""

    theta: Floats
    """NaN without an answer; ±inf if the likelihood has no maximum."""
    se: Floats
    """NaN if theta is not finite."""


def eap(scores: Cells, parameters: ItemParameters, grid: Grid | None = None) -> Abilities:
    """Return expected a posteriori estimates: the mean and standard deviation of ability given the answers.

    Parameters
    ----------
    scores : array_like, shape (N, J)
        Negative or NaN is missing and ignored.
    parameters : ItemParameters
    grid : Grid
        Nodes and weights of the population; by default 121 points on [−6, 6], N(0, 1), as in mirt. For models
        with a free mean and variance pass `normal_grid(121, mean=…, sd=…)` with those of the fit.

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
    with np.errstate(divide="ignore"):
        log_weights = np.log(weights)
    own = answers.parameters
    plain = bool(((own.kind == DICHOTOMOUS) & (own.c == 0)).all())
    # a steep item is as unlikely at far nodes as its line says, and not as small as a float can be
    log_p = (
        -np.logaddexp(0.0, np.outer(nodes, own.a) + own.d[:, 0]) if plain else own.log_probabilities(nodes)
    )

    def some(rows: Ints) -> tuple[Floats, Floats]:
        cells = answers.cells[rows]
        if plain:
            # log P(x | θ) = θ s + Σ d x + Σ log P(0 | θ) over the items answered, with s = Σ a x
            posterior = ((cells > 0).astype(np.float64) @ own.a)[:, None] * nodes + log_p.sum(axis=1)
            missing = cells < 0
            if missing.any():
                posterior -= missing.astype(np.float64) @ log_p.T
        else:
            posterior = log_likelihoods(cells, log_p)
        posterior += log_weights
        posterior -= posterior.max(axis=1, keepdims=True)
        np.exp(posterior, out=posterior)
        total, mean, square = (posterior @ np.stack([np.ones_like(nodes), nodes, nodes**2], axis=1)).T
        mean = mean / total
        variance = square / total - mean**2
        near = variance < 1e-6
        off = (nodes - mean[near, None]) ** 2
        variance[near] = (posterior[near] * off).sum(axis=1) / total[near]
        return mean, np.sqrt(variance)

    return _for_all(answers, len(nodes), some)


def ml(scores: Cells, parameters: ItemParameters, *, bounded: bool = False) -> Abilities:
    """Return maximum likelihood estimates, with standard error 1 / √(−second derivative of the
    log-likelihood).

    With guessing the likelihood may have several maxima; the estimate is the one uphill from EAP, as in mirt.
    It is ±inf if there is none within ±20 or the standard error would be above 30, as in mirt, and NaN if the
    answers contain no information about ability (no answer, all slopes 0).

    Parameters
    ----------
    scores : array_like, shape (N, J)
    parameters : ItemParameters
    bounded : bool
        Whether estimates are infinite only for nothing or everything right, and ±20 for other candidates
        without a maximum. `mirt::itemfit(…, method = 'ML')` uses these (with guessing, the two differ).

    References
    ----------
    Lord, F. M. (1980). Applications of item response theory to practical testing problems, ch. 4.
    """
    found = _climbed(scores, parameters)
    theta, se = found.theta, found.se
    away = (np.abs(theta) >= MOST) | (se > _INFINITE_SE)
    if not bounded:
        theta = np.where(away, np.copysign(np.inf, theta), theta)
    answers = answers_of(scores, parameters)
    # Candidates with the lowest and those with the highest score in everything that they answered.
    cells, last = answers.cells, (answers.parameters.n_categories - 1).astype(np.int8)
    some = (cells >= 0).any(axis=1)
    lowest, highest = some & (cells <= 0).all(axis=1), some & ((cells == last) | (cells < 0)).all(axis=1)
    if len(answers.items) and (answers.parameters.a > 0).all():
        theta[lowest], theta[highest] = -np.inf, np.inf
    return Abilities(theta, np.where(np.isfinite(theta) & ~away, se, np.nan))


def map(scores: Cells, parameters: ItemParameters, mean: float = 0.0, sd: float = 1.0) -> Abilities:
    """Return maximum a posteriori estimates with the prior N(mean, sd²); standard error from the curvature of
    the posterior.

    Parameters
    ----------
    scores : array_like, shape (N, J)
    parameters : ItemParameters
    mean, sd : float
        Mean and standard deviation of ability in the population, sd > 0.

    References
    ----------
    Samejima, F. (1969), Psychometrika Monograph 17, ch. 4; Bock, R. D. (1983).
    """
    return _climbed(scores, parameters, prior=(mean, sd))


def wle(scores: Cells, parameters: ItemParameters) -> Abilities:
    """Return weighted likelihood estimates: the maximum of L(θ) √I(θ); standard error from the curvature of
    its logarithm.

    For models without guessing (Rasch, two parameters, partial credit) this is Warm's estimate. With lower
    asymptotes, and for graded items, it is the mode under Jeffreys' prior, which mirt calls WLE.

    Parameters
    ----------
    scores : array_like, shape (N, J)
    parameters : ItemParameters

    References
    ----------
    Warm, T. A. (1989). Weighted likelihood estimation of ability in item response theory. Psychometrika 54,
    427–450, eq. 9–11. Magis, D., & Raîche, G. (2012). On the relationships between Jeffreys modal and
    weighted likelihood estimation of ability. Psychometrika 77, 163–169.
    """
    found = _climbed(scores, parameters, weighted=True)
    outside = np.abs(found.theta) >= MOST
    return Abilities(np.where(outside, np.nan, found.theta), np.where(outside, np.nan, found.se))


def eap_sum(scores: Cells, parameters: ItemParameters, grid: Grid | None = None) -> Abilities:
    """Return expected a posteriori estimates given only the sum of the scores.

    If answers are missing, the sum and its likelihood are those of the items that the candidate answered,
    with a separate table for each pattern of missing answers. mirt returns no estimate for these candidates.

    Parameters
    ----------
    scores : array_like, shape (N, J)
    parameters : ItemParameters
    grid : Grid
        As in `eap`.

    References
    ----------
    Thissen, D., Pommerich, M., Billeaud, K., & Williams, V. S. L. (1995). Item response theory for scores on
    tests including polytomous items with ordered responses. Applied Psychological Measurement 19, 39–49.
    """
    answers = answers_of(scores, parameters)
    theta, se = np.full((2, len(answers.cells)), np.nan)
    there = answers.cells >= 0
    patterns, which, counts = answer_patterns(there)
    persons, starts = np.argsort(which, kind="stable"), np.cumsum(counts) - counts
    for pattern, start, n in zip(patterns, starts, counts, strict=True):
        rows = persons[start : start + n]
        if len(items := np.flatnonzero(pattern)):
            table = eap_of_sums(answers.parameters.part(items), grid)
            sums = answers.cells[np.ix_(rows, items)].sum(axis=1, dtype=np.int64)
            theta[rows], se[rows] = table.theta[sums], table.se[sums]
    return Abilities(theta, se)


def eap_of_sums(parameters: ItemParameters, grid: Grid | None) -> Abilities:
    """Return the EAP estimate and standard error (S + 1,) of each sum score 0 … S, the table used by
    `eap_sum`. NaN if the sum score has no probability on the grid."""
    nodes, weights = grid or normal_grid(SCORING_NODES)
    p = parameters.curves(nodes).p
    likelihood = sum_score_likelihoods(p, parameters.n_categories - 1) * weights
    total = likelihood.sum(axis=1)
    share = likelihood / np.where(total > 0, total, 1.0)[:, None]
    mean = np.where(total > 0, share @ nodes, np.nan)
    variance = (share * (nodes - np.where(total > 0, mean, 0.0)[:, None]) ** 2).sum(axis=1)
    return Abilities(mean, np.where(total > 0, np.sqrt(variance), np.nan))


def _climbed(
    scores: Cells, parameters: ItemParameters, *, weighted: bool = False,
    prior: tuple[float, float] | None = None,
) -> Abilities:  # fmt: skip
    mean, sd = prior or (0.0, 1.0)
    start = eap(scores, parameters, normal_grid(SCORING_NODES, mean=mean, sd=sd))
    answers = answers_of(scores, parameters)

    def some(rows: Ints) -> tuple[Floats, Floats]:
        cells, own = answers.cells[rows], answers.parameters
        return climb(
            lambda at, theta: _slope_and_bend(weighted, prior, cells[at], own, theta),
            np.clip(start.theta[rows], LEAST, MOST),
        )

    return _for_all(answers, len(answers.items) * (parameters.d.shape[1] + 1), some)


def _for_all(answers: ScoredAnswers, width: int, some: Callable[[Ints], tuple[Floats, Floats]]) -> Abilities:
    theta, se = np.full((2, len(answers.cells)), np.nan)
    for chunk in row_chunks(len(theta), max(width, len(answers.items), 1)):
        rows = chunk.start + np.flatnonzero((answers.cells[chunk] >= 0).any(axis=1))
        if len(rows):
            theta[rows], se[rows] = some(rows)
    return Abilities(theta, se)


# ── populations ──────────────────────────────────────────────────────────────────────────────

DRAWING_NODES = 601
"""The number of nodes for draws, which are a fiftieth of a standard deviation apart."""
ENOUGH = 1e-3
"""The histogram is accepted when a step increases the log-likelihood by less than this."""
MOST_STEPS = 2_000


def population(mean: float = 0.0, sd: float = 1.0, n_nodes: int = SCORING_NODES) -> Grid:
    """Return a normal population, with equally spaced nodes up to six standard deviations on each side of the
    mean.

    For N(0, 1) the nodes and weights are those that mirt uses for scoring.

    Raises
    ------
    ValueError
        If the mean is not finite, or the standard deviation not above 0.
    """
    if not (np.isfinite(mean) and np.isfinite(sd) and sd > 0):
        raise ValueError(f"a population with mean {mean:g} and standard deviation {sd:g}")
    nodes, weights = normal_grid(n_nodes)
    return Grid(mean + sd * nodes, weights)


def own_population(mean: float, sd: float, n_nodes: int = SCORING_NODES) -> Grid:
    """Return the population with which a model was fitted, given its mean and standard deviation.

    The nodes have the range of those of the fit, −6 … 6, as in `mirt::fscores`, or a wider one if the
    population requires it.

    Raises
    ------
    ValueError
        As in `population`; a fit by conditional likelihood has no population.
    """
    if not abs(mean) + 3.0 * sd <= LIMIT:
        return population(mean, sd, n_nodes)
    return normal_grid(n_nodes, mean=mean, sd=sd)


class Histogram(NamedTuple):
    """An estimated distribution of ability."""

    grid: Grid
    mean: float
    sd: float
    log_likelihood: float
    """The log-likelihood of the answers under this distribution."""
    converged: bool
    iterations: int


def histogram(scores: Cells, parameters: ItemParameters, start: Grid | None = None) -> Histogram:
    """Estimate the ability distribution as an empirical histogram: weights at nodes that maximise the
    likelihood of the answers, with fixed item parameters.

    w_q ← mean over candidates of P(θ_q | answers), until a step gains less than 0.001 of log-likelihood.

    Parameters
    ----------
    scores : array_like, shape (N, J)
        Negative or NaN is missing.
    parameters : ItemParameters
    start : Grid, optional
        The nodes and the initial weights; by default N(0, 1) on 61 nodes of [−6, 6].

    Returns
    -------
    Histogram

    Raises
    ------
    ValueError
        If no candidate has an answer.

    Notes
    -----
    The likelihood is maximal for a distribution with a few spikes (Laird, 1978), which these steps approach
    slowly. What a test of some length reveals about the distribution appears much earlier. Where the answers
    contain no information, the initial weights remain.

    References
    ----------
    Bock, R. D., & Aitkin, M. (1981). Psychometrika 46, 443–459, section 4. Mislevy, R. J. (1984). Estimating
    latent distributions. Psychometrika 49, 359–381. Laird, N. (1978). Nonparametric maximum likelihood
    estimation of a mixing distribution. JASA 73, 805–811.
    """
    answers = answers_of(scores, parameters)
    nodes, weights = start or normal_grid(N_NODES)
    cells = answers.cells[(answers.cells >= 0).any(axis=1)]
    if not len(cells):
        raise ValueError("no candidate has an answer: nothing is known of the distribution")
    likelihood = log_likelihoods(cells, answers.parameters.log_probabilities(nodes))
    top = likelihood.max(axis=1)
    likelihood -= top[:, None]
    np.exp(likelihood, out=likelihood)
    n, base = len(cells), float(top.sum())
    value, converged, steps = -np.inf, False, 0
    while steps < MOST_STEPS and not converged:
        steps += 1
        chance = likelihood @ weights
        before, value = value, base + float(np.log(chance).sum())
        converged = value - before < ENOUGH
        if not converged:
            weights = weights * ((1.0 / chance) @ likelihood) / n
    weights = weights / weights.sum()
    mean = float(weights @ nodes)
    sd = float(np.sqrt(weights @ (nodes - mean) ** 2))
    return Histogram(Grid(nodes, weights), mean, sd, value, converged, steps)


def plausible_values(
    scores: Cells,
    parameters: ItemParameters,
    n_draws: int = 5,
    *,
    seed: int,
    grid: Grid | None = None,
) -> Floats:
    """Return plausible values: draws from the posterior distribution of each candidate's ability.

    Parameters
    ----------
    scores : array_like, shape (N, J)
        Negative or NaN is missing. Candidates without answers are drawn from the population.
    parameters : ItemParameters
    n_draws : int
        The number of draws for each candidate, from 1.
    seed : int
        The same seed gives the same draws.
    grid : Grid
        The population, with at least two equally spaced nodes; by default N(0, 1) on 601 points of [−6, 6].

    Returns
    -------
    ndarray, shape (N, n_draws)

    Notes
    -----
    The posterior density is interpolated linearly between nodes. This increases the variance by a sixth of
    the squared distance of two nodes: 0.00007 with 601 nodes, 0.0017 with 121 on [−6, 6].

    Population statistics should be computed from each column and then averaged; the variance of that average
    is the mean of the columns' own error variances plus (1 + 1/M) times the variance between the columns
    (Rubin, 1987).

    References
    ----------
    Mislevy, R. J. (1991). Randomization-based inference about latent variables from complex samples.
    Psychometrika 56, 177–196. von Davier, M., Gonzalez, E., & Mislevy, R. J. (2009). What are plausible
    values and why are they useful? IERI Monograph Series 2, 9–36.
    """
    nodes, weights = grid or normal_grid(DRAWING_NODES)
    answers = answers_of(scores, parameters)
    log_p = answers.parameters.log_probabilities(nodes)
    with np.errstate(divide="ignore"):
        log_weights = np.log(weights)
    uniform = np.random.default_rng(seed).random((2, len(answers.cells), n_draws))
    out = np.empty((len(answers.cells), n_draws))
    for rows in row_chunks(len(out), len(nodes)):
        height = log_likelihoods(answers.cells[rows], log_p) + log_weights
        height = np.exp(height - height.max(axis=1, keepdims=True))
        out[rows] = _drawn(nodes, height, uniform[:, rows])
    return out


def _drawn(nodes: Floats, height: Floats, uniform: Floats) -> Floats:
    """(n, D) draws from densities that are linear between nodes."""
    area = height[:, 1:] + height[:, :-1]
    total = np.cumsum(area, axis=1)
    # of all rows in one search: row i runs from i to i + 1
    base = np.arange(len(total))[:, None]
    share = total / total[:, -1:]
    cell = np.searchsorted((share + base).ravel(), uniform[0] + base, side="right")
    cell = np.clip(cell - base * area.shape[1], 0, area.shape[1] - 1)
    left = np.take_along_axis(height, cell, axis=1)
    right = np.take_along_axis(height, cell + 1, axis=1)
    # the place t in the cell where (left t + (right − left) t²/2) is a share u of (left + right) / 2
    u = uniform[1]
    root = np.sqrt(left**2 * (1.0 - u) + right**2 * u)
    t = u * (left + right) / np.maximum(left + root, 1e-300)
    return np.asarray(nodes[0] + (nodes[1] - nodes[0]) * (cell + t))
