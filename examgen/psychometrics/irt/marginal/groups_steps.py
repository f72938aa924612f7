"""Scores of a group and parameters → likelihood, gradient and observed information of a two-parameter
logistic model: what the fits of `mml_groups` climb on. Candidates go in chunks: memory is linear in them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from examgen.psychometrics.irt.items import logistic
from examgen.psychometrics.irt.quadrature import LIMIT, N_NODES

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
NODES: Floats = np.linspace(-LIMIT, LIMIT, N_NODES)
_ROWS = 4_096
_FEW_ITEMS = 39


class GroupResponses(NamedTuple):
    """Answers of one group to J items."""

    cells: NDArray[np.int8]
    """(N, J) 0, 1 or negative where missing: different patterns, where there are few."""
    times: Floats
    """(N,) how many candidates gave each."""
    complete: bool
    """Nothing is missing."""


class Curvature(NamedTuple):
    """Of one group, in the order slopes (J), intercepts (J), mean, log sd."""

    complete: Floats
    """(2J + 2, 2J + 2) information of the complete data."""
    observed: Floats
    """(2J + 2, 2J + 2) of the observed data (Louis, 1982)."""


class GroupLikelihood(NamedTuple):
    """The likelihood of one group at some parameters."""

    log_likelihood: float
    gradient: Floats
    """(2J + 2,) by slopes, intercepts, mean and log sd."""
    at_nodes: Floats
    """(Q,) expected number of candidates."""
    answers_at_nodes: Floats
    """(J, Q) expected number of candidates with an answer to each item."""


def responses(cells: NDArray[np.int8]) -> GroupResponses:
    """Answers of a group; equal patterns are kept once where items are few."""
    complete = bool((cells >= 0).all())
    times = np.ones(len(cells))
    if cells.shape[1] <= _FEW_ITEMS:
        powers = 3 ** np.arange(cells.shape[1], dtype=np.int64)
        code = np.maximum(cells, -1).astype(np.int64) @ powers
        _, first, counts = np.unique(code, return_index=True, return_counts=True)
        cells, times = cells[first], counts.astype(np.float64)
    return GroupResponses(np.ascontiguousarray(cells), times, complete)


def log_weights(mean: float, log_sd: float) -> Floats:
    """(Q,) log weights of ability, normalised over the nodes, which stay where they are (as in mirt)."""
    exponent = -0.5 * ((NODES - mean) * np.exp(-log_sd)) ** 2
    return np.asarray(exponent - float(np.logaddexp.reduce(exponent)))


def evaluate(data: GroupResponses, parameters: Floats) -> GroupLikelihood:
    """Likelihood and gradient.

    Parameters
    ----------
    data : GroupResponses
    parameters : ndarray of float, shape (2J + 2,)
        Slopes, intercepts, mean and log sd of ability.
    """
    n_items = data.cells.shape[1]
    a, d = parameters[:n_items], parameters[n_items : 2 * n_items]
    linear = a[:, None] * NODES + d[:, None]
    lost, weights = np.logaddexp(0.0, linear), log_weights(parameters[-2], parameters[-1])
    likelihood, at_nodes = 0.0, np.zeros(len(NODES))
    answers = np.zeros((n_items, len(NODES)))
    by_slope, right = np.zeros(n_items), np.zeros(n_items)
    for x, mask, times in _chunks(data):
        log_joint, posterior = _posterior(x, mask, a, d, lost, weights)
        likelihood += float(times @ log_joint)
        posterior *= times[:, None]
        at_nodes += posterior.sum(axis=0)
        by_slope += x.T @ (posterior @ NODES)
        right += times @ x
        if mask is not None:
            answers += mask.T @ posterior
    if data.complete:
        answers[:] = at_nodes
    chance = logistic(linear)
    gradient = np.concatenate(
        [by_slope - (answers * chance) @ NODES, right - (answers * chance).sum(axis=1), [0.0, 0.0]]
    )
    u = (NODES - parameters[-2]) * np.exp(-parameters[-1])
    expected = np.exp(weights)
    gradient[-2] = at_nodes @ (u - expected @ u) * np.exp(-parameters[-1])
    gradient[-1] = at_nodes @ (u**2 - expected @ u**2)
    return GroupLikelihood(likelihood, gradient, at_nodes, answers)


def complete(parameters: Floats, point: GroupLikelihood) -> Floats:
    """(2J + 2, 2J + 2) information of the complete data at a point."""
    n_items = len(point.answers_at_nodes)
    chance = logistic(parameters[:n_items, None] * NODES + parameters[n_items:-2, None])
    out = np.zeros((2 * n_items + 2, 2 * n_items + 2))
    spread, items = point.answers_at_nodes * chance * (1.0 - chance), np.arange(n_items)
    out[items, items] = spread @ NODES**2
    out[items, items + n_items] = out[items + n_items, items] = spread @ NODES
    out[items + n_items, items + n_items] = spread.sum(axis=1)
    out[-2:, -2:] = _of_ability(parameters, point.at_nodes)
    return out


def curvature(data: GroupResponses, parameters: Floats, point: GroupLikelihood) -> Curvature:
    """Information of the complete data, and that of the observed: less the covariance of the scores.

    References
    ----------
    Louis (1982), Finding the observed information matrix when using the EM algorithm, J. R. Statist. Soc. B
    44, 226–233.
    """
    whole = complete(parameters, point)
    return Curvature(whole, whole - _missing(data, parameters))


def _chunks(data: GroupResponses) -> Iterator[tuple[Floats, Floats | None, Floats]]:
    """Answers as floats, missing 0; the mask of answers where some are missing; how often each."""
    for first in range(0, len(data.cells), _ROWS):
        cells, times = data.cells[first : first + _ROWS], data.times[first : first + _ROWS]
        if data.complete:
            yield cells.astype(np.float64), None, times
        else:
            yield np.maximum(cells, 0).astype(np.float64), (cells >= 0).astype(np.float64), times


def _posterior(
    x: Floats, mask: Floats | None, a: Floats, d: Floats, lost: Floats, weights: Floats
) -> tuple[Floats, Floats]:
    """(n,) log marginal probabilities, (n, Q) posterior weights."""
    log_joint = (x @ a)[:, None] * NODES
    log_joint += (x @ d)[:, None]
    log_joint += weights - lost.sum(axis=0) if mask is None else weights - mask @ lost
    highest = log_joint.max(axis=1, keepdims=True)
    log_joint -= highest
    np.exp(log_joint, out=log_joint)
    whole = log_joint.sum(axis=1, keepdims=True)
    log_joint /= whole
    return (highest + np.log(whole))[:, 0], log_joint


def _of_ability(parameters: Floats, at_nodes: Floats) -> Floats:
    """(2, 2) information of the complete data on mean and log sd."""
    sd = float(np.exp(parameters[-1]))
    u, weights = (NODES - parameters[-2]) / sd, np.exp(log_weights(parameters[-2], parameters[-1]))
    n, first, second = float(at_nodes.sum()), float(weights @ u), float(weights @ u**2)
    third, fourth = float(weights @ u**3), float(weights @ u**4)
    cross = (2.0 * float(at_nodes @ (u - first)) + n * (third - first * second)) / sd
    squares = 2.0 * float(at_nodes @ (u**2 - second)) + n * (fourth - second**2)
    return np.array([[n * (second - first**2) / sd**2, cross], [cross, squares]])


def _missing(data: GroupResponses, parameters: Floats) -> Floats:
    """Σ over candidates of the posterior covariance of their complete-data scores."""
    n_items = data.cells.shape[1]
    a, d = parameters[:n_items], parameters[n_items : 2 * n_items]
    linear = a[:, None] * NODES + d[:, None]
    chance, lost = logistic(linear), np.logaddexp(0.0, linear)
    sd = float(np.exp(parameters[-1]))
    u = (NODES - parameters[-2]) / sd
    weights = log_weights(parameters[-2], parameters[-1])
    ability = np.stack([u / sd, u**2])
    out = np.zeros((2 * n_items + 2, 2 * n_items + 2))
    for x, mask, times in _chunks(data):
        _, posterior = _posterior(x, mask, a, d, lost, weights)
        mean = _mean_scores(x, mask, posterior, chance, ability)
        out -= (mean * times[:, None]).T @ mean
        out += _squares(x, mask, posterior * times[:, None], chance, ability)
    return out


def _mean_scores(
    x: Floats, mask: Floats | None, posterior: Floats, chance: Floats, ability: Floats
) -> Floats:
    """(n, 2J + 2) posterior means of the scores."""
    slope, intercept = posterior @ (chance * NODES).T, posterior @ chance.T
    if mask is not None:
        slope *= mask
        intercept *= mask
    return np.concatenate(
        [x * (posterior @ NODES)[:, None] - slope, x - intercept, posterior @ ability.T], axis=1
    )


def _squares(x: Floats, mask: Floats | None, posterior: Floats, chance: Floats, ability: Floats) -> Floats:
    """(2J + 2, 2J + 2) Σ over candidates of the posterior mean of their scores' cross products."""
    n_items = x.shape[1]
    out = np.zeros((2 * n_items + 2, 2 * n_items + 2))
    blocks = [_products(x, mask, posterior, chance, power) for power in range(3)]
    out[n_items:-2, n_items:-2], out[:n_items, :n_items] = blocks[0], blocks[2]
    out[:n_items, n_items:-2] = out[n_items:-2, :n_items] = blocks[1]
    at_nodes = x.T @ posterior
    answers = posterior.sum(axis=0) if mask is None else mask.T @ posterior
    residual = at_nodes - answers * chance
    out[:n_items, -2:], out[n_items:-2, -2:] = (residual * NODES) @ ability.T, residual @ ability.T
    out[-2:, :-2] = out[:-2, -2:].T
    out[-2:, -2:] = (ability * posterior.sum(axis=0)) @ ability.T
    return out


def _products(x: Floats, mask: Floats | None, posterior: Floats, chance: Floats, power: int) -> Floats:
    """(J, J) Σ over candidates and nodes of weight · θ^power · (x − P)(x − P)', over the answered items."""
    moments = NODES**power
    if mask is None:
        cross = (x.T @ posterior * moments) @ chance.T
        by_node = (chance * (posterior.sum(axis=0) * moments)) @ chance.T
        return np.asarray((x * (posterior @ moments)[:, None]).T @ x - cross - cross.T + by_node)
    out = np.zeros((x.shape[1], x.shape[1]))
    for q in np.flatnonzero(posterior.sum(axis=0) > 1e-12):
        away = x - mask * chance[:, q]
        out += (away * (posterior[:, q, None] * moments[q])).T @ away
    return out
