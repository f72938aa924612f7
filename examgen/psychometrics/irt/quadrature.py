"""Points and weights over which ability is integrated."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
N_NODES, LIMIT = 61, 6.0
"""mirt's default for one dimension: equally spaced from −6 to 6."""
_WIDE = 0.0025
"""Share of abilities beyond the nodes that is told: the sd of a Rasch model is then 1 % off."""


def beyond_nodes(mean: float, sd: float, limit: float = LIMIT) -> bool:
    """Whether so much of N(mean, sd²) lies outside −limit … limit that what is estimated by such nodes is
    visibly off."""
    root = sd * math.sqrt(2.0)
    return 0.5 * (math.erfc((limit - mean) / root) + math.erfc((limit + mean) / root)) > _WIDE


class Grid(NamedTuple):
    """Nodes of ability and their weights, which sum to 1."""

    nodes: Floats
    weights: Floats

    def every(self, k: int) -> Grid:
        """Every k-th of the nodes."""
        weights = self.weights[::k]
        return Grid(self.nodes[::k], weights / weights.sum())


def normal_grid(n_nodes: int = N_NODES, limit: float = LIMIT, mean: float = 0.0, sd: float = 1.0) -> Grid:
    """Equally spaced nodes on [−limit, limit] with normal weights, renormalised (rectangle rule).

    The nodes do not move with `mean` and `sd`: as in mirt, only the weights do.
    """
    nodes = np.linspace(-limit, limit, n_nodes)
    weights = np.exp(-0.5 * ((nodes - mean) / sd) ** 2)
    return Grid(nodes, weights / weights.sum())
