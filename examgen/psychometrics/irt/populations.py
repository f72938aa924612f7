"""Fitted models and answers → distributions of ability: given, the model's own, estimated; and draws from
what the answers leave open.

All of them are a `Grid`, which `abilities.eap` and `abilities.eap_sum` take.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from examgen.core.responses.matrix import Scores
from examgen.psychometrics.irt.abilities import SCORING_NODES, ScoredAnswers, answers_of, representatives
from examgen.psychometrics.irt.curves import Floats, log_curves, log_likelihoods, row_chunks
from examgen.psychometrics.irt.items import ItemParameters, Note
from examgen.psychometrics.irt.quadrature import LIMIT, N_NODES, Grid, normal_grid

DRAWING_NODES = 601
"""Nodes for draws: a fiftieth of a standard deviation apart."""
ENOUGH = 1e-3
"""The histogram is kept when a step gains less log-likelihood than this."""
MOST_STEPS = 2_000


def population(mean: float = 0.0, sd: float = 1.0, n_nodes: int = SCORING_NODES) -> Grid:
    """A normal population: equally spaced nodes from six standard deviations below the mean to six above.

    N(0, 1) has the nodes and weights on which mirt scores.

    Raises
    ------
    ValueError
        Where the mean is not finite, or the standard deviation not above 0.
    """
    if not (np.isfinite(mean) and np.isfinite(sd) and sd > 0):
        raise ValueError(f"a population with mean {mean:g} and standard deviation {sd:g}")
    nodes, weights = normal_grid(n_nodes)
    return Grid(mean + sd * nodes, weights)


def own_population(mean: float, sd: float, n_nodes: int = SCORING_NODES) -> Grid:
    """The population that a model was fitted with, by its mean and standard deviation.

    The nodes span what those of the fit do, −6 … 6, as `mirt::fscores` has it; wider where the population
    itself does.

    Raises
    ------
    ValueError
        As `population`: a fit under conditional likelihood has none.
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
    """Of the answers, under this distribution."""
    converged: bool
    iterations: int
    notes: tuple[Note, ...]


def histogram(scores: Scores, parameters: ItemParameters, start: Grid | None = None) -> Histogram:
    """The empirical histogram: weights at nodes that make the answers likely, items as they are.

    w_q ← mean over candidates of P(θ_q | answers), until a step gains less than 0.001 of log-likelihood.

    Parameters
    ----------
    scores : array_like, shape (N, J)
        Negative or NaN is missing.
    parameters : ItemParameters
    start : Grid, optional
        The nodes, and the weights to begin with; N(0, 1) on 61 nodes of [−6, 6] where not given.

    Returns
    -------
    Histogram

    Raises
    ------
    ValueError
        Where no candidate has an answer.

    Notes
    -----
    The likelihood has its maximum at a few spikes (Laird, 1978), to which these steps creep: what a test of
    some length tells of the distribution is there long before. The start, where the answers say nothing, is
    kept.

    References
    ----------
    Bock, R. D., & Aitkin, M. (1981). Psychometrika 46, 443–459, section 4. Mislevy, R. J. (1984). Estimating
    latent distributions. Psychometrika 49, 359–381. Laird, N. (1978). Nonparametric maximum likelihood
    estimation of a mixing distribution. JASA 73, 805–811.
    """
    answers = answers_of(scores, parameters)
    nodes, weights = start or normal_grid(N_NODES)
    first, which = representatives(answers)
    counts = np.bincount(which, minlength=len(first)).astype(np.float64)
    said = (answers.cells[first] >= 0).any(axis=1)
    first, counts = first[said], counts[said]
    if not len(first):
        raise ValueError("no candidate has an answer: nothing is known of the distribution")
    likelihood = log_likelihoods(answers.cells[first], log_curves(answers.parameters, nodes))
    top = likelihood.max(axis=1)
    likelihood -= top[:, None]
    np.exp(likelihood, out=likelihood)
    n, base = float(counts.sum()), float(counts @ top)
    value, converged, steps = -np.inf, False, 0
    while steps < MOST_STEPS and not converged:
        steps += 1
        chance = likelihood @ weights
        before, value = value, base + float(counts @ np.log(chance))
        converged = value - before < ENOUGH
        if not converged:
            weights = weights * ((counts / chance) @ likelihood) / n
    weights = weights / weights.sum()
    mean = float(weights @ nodes)
    sd = float(np.sqrt(weights @ (nodes - mean) ** 2))
    return Histogram(Grid(nodes, weights), mean, sd, value, converged, steps, answers.notes)


def plausible_values(
    scores: Scores,
    parameters: ItemParameters,
    n_draws: int = 5,
    *,
    seed: int,
    grid: Grid | None = None,
) -> Floats:
    """Plausible values: draws from the posterior distribution of each candidate's ability.

    Parameters
    ----------
    scores : array_like, shape (N, J)
        Negative or NaN is missing. Who has no answer is drawn from the population.
    parameters : ItemParameters
    n_draws : int
        Of each candidate, 1 or more.
    seed : int
        The same seed gives the same draws.
    grid : Grid
        The population: at least two nodes, equally spaced; 601 points on [−6, 6], N(0, 1), where not given.

    Returns
    -------
    ndarray, shape (N, n_draws)

    Notes
    -----
    The posterior density is taken as linear between nodes. That adds a sixth of the squared distance of two
    nodes to the variance: 0.00007 with 601 nodes, 0.0017 with 121 on [−6, 6].

    Statistics of a population are made from each column and then averaged; the variance of that average is
    the mean of the columns' own error variances plus (1 + 1/M) times the variance between the columns
    (Rubin, 1987).

    References
    ----------
    Mislevy, R. J. (1991). Randomization-based inference about latent variables from complex samples.
    Psychometrika 56, 177–196. von Davier, M., Gonzalez, E., & Mislevy, R. J. (2009). What are plausible
    values and why are they useful? IERI Monograph Series 2, 9–36.
    """
    if n_draws < 1:
        raise ValueError(f"{n_draws} draws of each candidate: 1 or more")
    nodes, weights = grid or normal_grid(DRAWING_NODES)
    if len(nodes) < 2 or not np.allclose(np.diff(nodes), nodes[1] - nodes[0]):
        raise ValueError("the nodes of the population must be two or more, equally spaced")
    answers = answers_of(scores, parameters)
    log_p = log_curves(answers.parameters, nodes)
    with np.errstate(divide="ignore"):
        log_weights = np.log(weights)
    uniform = np.random.default_rng(seed).random((2, len(answers.cells), n_draws))
    out = np.empty((len(answers.cells), n_draws))
    for rows in row_chunks(len(out), len(nodes)):
        height = _posteriors(answers, rows, log_p, log_weights)
        out[rows] = _drawn(nodes, height, uniform[:, rows])
    return out


def _posteriors(answers: ScoredAnswers, rows: slice, log_p: Floats, log_weights: Floats) -> Floats:
    """(n, Q) densities at the nodes, 1 where they are highest."""
    height = log_likelihoods(answers.cells[rows], log_p) + log_weights
    return np.asarray(np.exp(height - height.max(axis=1, keepdims=True)))


def _drawn(nodes: Floats, height: Floats, uniform: NDArray[np.float64]) -> Floats:
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
