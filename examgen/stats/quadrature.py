"""Nodes and weights for integration over ability, for a normal distribution whose mean and sd may be free.

As in mirt, the nodes are fixed; the weights are normal densities.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from examgen.stats.matrix import Floats

N_NODES, LIMIT = 61, 6.0
"""mirt's default for one dimension: equally spaced from −6 to 6."""
_WIDE = 0.0025
"""Share of abilities beyond the nodes that is told: the sd of a Rasch model is then 1 % off."""


def beyond_nodes(mean: float, sd: float, limit: float = LIMIT) -> bool:
    """Return whether so much of N(mean, sd²) is outside −limit … limit that estimates with such nodes are
    visibly wrong."""
    root = sd * math.sqrt(2.0)
    return 0.5 * (math.erfc((limit - mean) / root) + math.erfc((limit + mean) / root)) > _WIDE


class Grid(NamedTuple):
    """Nodes of ability and their weights, which sum to 1."""

    nodes: Floats
    weights: Floats


def normal_grid(n_nodes: int = N_NODES, limit: float = LIMIT, mean: float = 0.0, sd: float = 1.0) -> Grid:
    """Return equally spaced nodes on [−limit, limit] with normal weights, renormalised (rectangle rule).

    As in mirt, the nodes do not depend on `mean` and `sd`, only the weights do.
    """
    nodes = np.linspace(-limit, limit, n_nodes)
    weights = np.exp(-0.5 * ((nodes - mean) / sd) ** 2)
    return Grid(nodes, weights / weights.sum())


class Ability(NamedTuple):
    """Log weights of Q nodes, with their derivatives by mean and standard deviation."""

    log_weights: Floats
    """Log weights of the density, not renormalised; see `ability`."""
    log_total: float
    """Log of the sum of the weights: 0 at mean 0 and sd 1, negative if the nodes cut off the tails."""
    first: Floats
    """(2, Q)."""
    second: Floats
    """(2, 2, Q)."""


def ability(grid: Grid, mean: float = 0.0, log_sd: float = 0.0) -> Ability:
    """The distribution with this mean and sd: the grid's own weights at 0 and 1.

    At other values the weights are multiplied by the ratio of the two normal densities,
    w_q = w⁰_q exp(θ² / 2 − (θ − mean)² / (2 sd²)) / sd.

    Notes
    -----
    Free means and sds are those that maximise the likelihood under these weights as they are, which is the
    integral over the nodes' range; at the maximum they equal mean and sd of the posteriors, as in mirt's EM.
    The log-likelihood that is reported has renormalised weights, as mirt's. The two differ where the nodes
    cut the tails: at a variance of 1.9 and [−6, 6] by 1e-4 of the variance. Below the distance of two nodes
    the sum of the weights would rise above 1 without reason: there they are renormalised.
    """
    theta, sd = grid.nodes, np.exp(log_sd)
    z = (theta - mean) / sd
    with np.errstate(divide="ignore"):
        log_weights = np.log(grid.weights)
    if mean != 0.0 or log_sd != 0.0:
        log_weights = log_weights + 0.5 * theta**2 - 0.5 * z**2 - log_sd
    top = log_weights.max()
    log_total = float(top + np.log(np.exp(log_weights - top).sum()))
    first = np.stack([z, z**2 - 1.0]) / sd
    second = np.stack([[-np.ones_like(z), -2.0 * z], [-2.0 * z, 1.0 - 3.0 * z**2]]) / sd**2
    found = Ability(log_weights, log_total, first, second)
    return renormalised(found) if log_total > 0.0 else found


def renormalised(prior: Ability) -> Ability:
    """Return the distribution with weights that sum to 1, and the corresponding derivatives."""
    weights = np.exp(prior.log_weights - prior.log_total)
    first = prior.first - (prior.first @ weights)[:, None]
    second = prior.second - (prior.second @ weights + (weights * first) @ first.T)[:, :, None]
    return Ability(prior.log_weights - prior.log_total, 0.0, first, second)
