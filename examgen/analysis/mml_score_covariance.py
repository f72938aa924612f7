"""Covariance of the complete-data scores under the posterior: what Louis (1982) takes off the information.

Σ_i [E(s_i s_i′ | x_i) − E(s_i | x_i) E(s_i | x_i)′], with s_i the derivative of candidate i's log likelihood
at a node. The first part needs, for each node, only the weighted products of the columns among themselves.

References
----------
Louis, T. A. (1982). Finding the observed information matrix when using the EM algorithm. JRSS B, 44, 226–233.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from examgen.analysis.mml_counts import NEGLIGIBLE, Expected, Responses

Floats = NDArray[np.float64]
ROWS = 8192
"""Candidates at a time: N × Q posterior weights are held for so many."""


def score_covariance(
    responses: Responses,
    beta: Floats,
    constant: Floats,
    expected: Expected,
    slopes: Floats,
    always: Floats,
    population: Floats,
) -> Floats:
    """(S·J + G, S·J + G) covariance, parameter s of item j at s·J + j, then those of the population.

    `slopes` (S, C, Q): derivatives of `beta` to parameter s of the column's item. `always` (S, J, Q): the
    same of the part of the constant that is the item's. `population` (G, Q): derivatives of the log weights.
    """
    n_slots, n_items, n_nodes = always.shape
    n_own, n_group = n_slots * n_items, len(population)
    out = np.zeros((n_own + n_group, n_own + n_group))
    for start in range(0, len(responses.z), ROWS):
        part = responses.z[start : start + ROWS].astype(np.float64)
        posterior = _posterior(part, beta, constant)
        mean = _mean_scores(responses, part, posterior, slopes, always, population)
        out -= mean.T @ mean
        del mean
        part = np.concatenate([part, np.ones((len(part), 1))], axis=1)
        for q in range(n_nodes):
            rows = np.nonzero(posterior[:, q] > NEGLIGIBLE)[0]
            if len(rows):
                near = slice(rows[0], rows[-1] + 1)
                weighted = part[near] * np.sqrt(posterior[near, q])[:, None]
                products = weighted.T @ weighted
                out[:n_own, :n_own] += _contracted(responses, products, slopes[:, :, q], always[:, :, q])
    if n_group:
        own = _sums(responses, slopes * expected.columns) + always * expected.nodes
        cross = own.reshape(n_own, n_nodes) @ population.T
        out[:n_own, n_own:] += cross
        out[n_own:, :n_own] += cross.T
        out[n_own:, n_own:] += (population * expected.nodes) @ population.T
    return out


def _posterior(part: Floats, beta: Floats, constant: Floats) -> Floats:
    logs = part @ beta
    logs += constant
    logs -= logs.max(axis=1, keepdims=True)
    posterior = np.exp(logs, out=logs)
    posterior /= posterior.sum(axis=1, keepdims=True)
    return np.asarray(posterior)


def _mean_scores(
    responses: Responses, part: Floats, posterior: Floats, slopes: Floats, always: Floats, population: Floats
) -> Floats:
    """(n, S·J + G) expected scores of candidates."""
    n_slots, n_items, _ = always.shape
    out = np.empty((len(part), n_slots * n_items + len(population)))
    for s in range(n_slots):
        own = posterior @ slopes[s].T
        own *= part
        own = _reduced(responses, own, 1)
        own += posterior @ always[s].T
        out[:, s * n_items : (s + 1) * n_items] = own
    out[:, n_slots * n_items :] = posterior @ population.T
    return out


def _contracted(responses: Responses, products: Floats, slopes: Floats, always: Floats) -> Floats:
    """(S·J, S·J) of the (C + 1, C + 1) products of columns, the last of which is all ones."""
    n_slots, n_items = always.shape
    left = products[:-1] * slopes[:, :, None]
    left = _reduced(responses, left, 1) + always[:, :, None] * products[-1]
    left = left.reshape(n_slots * n_items, -1)
    out = np.empty((n_slots * n_items, n_slots * n_items))
    for s in range(n_slots):
        own = _reduced(responses, left[:, :-1] * slopes[s], 1)
        own += left[:, -1:] * always[s]
        out[:, s * n_items : (s + 1) * n_items] = own
    return out


def _sums(responses: Responses, values: Floats) -> Floats:
    return _reduced(responses, values, 1)


def _reduced(responses: Responses, values: Floats, axis: int) -> Floats:
    """Sums over the columns of each item."""
    if len(responses.starts) == len(responses.item_of):
        return values
    return np.asarray(np.add.reduceat(values, responses.starts, axis=axis))
