"""Points and weights over which ability is integrated.

Category probabilities at nodes of ability → probabilities of sum scores.

Lord & Wingersky (1984), for items of any number of categories (Thissen, Pommerich, Billeaud & Williams, 1995,
eq. 5); with each item left out in turn for S-X², by halves and never by division.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


def sum_score_likelihoods(p: Floats, greatest: NDArray[np.int64]) -> Floats:
    """(S + 1, Q) probability of each sum score at each node.

    Parameters
    ----------
    p : ndarray, shape (Q, J, K)
        Category probabilities, 0 beyond an item's categories.
    greatest : ndarray of int, shape (J,)
        The greatest score of each item; S is their sum.
    """
    return _with_items(np.ones((1, len(p))), p, greatest, range(p.shape[1]))


def leave_one_out(p: Floats, greatest: NDArray[np.int64]) -> Iterator[tuple[int, Floats]]:
    """(item, (S − greatest[item] + 1, Q)): sum score probabilities of all other items, item by item.

    By halves: to come to an item of one half, the other half is put in first. J log₂ J steps, and additions
    of what is not negative only, so that small probabilities keep their digits.
    """
    yield from _halves(np.ones((1, len(p))), p, greatest, range(p.shape[1]))


def _halves(
    so_far: Floats, p: Floats, greatest: NDArray[np.int64], items: range
) -> Iterator[tuple[int, Floats]]:
    if len(items) == 1:
        yield items[0], so_far
    elif items:
        middle = len(items) // 2
        first, second = items[:middle], items[middle:]
        yield from _halves(_with_items(so_far, p, greatest, second), p, greatest, first)
        yield from _halves(_with_items(so_far, p, greatest, first), p, greatest, second)


def _with_items(so_far: Floats, p: Floats, greatest: NDArray[np.int64], items: range) -> Floats:
    for item in items:
        top = int(greatest[item])
        longer = np.zeros((len(so_far) + top, so_far.shape[1]))
        for k in range(top + 1):
            longer[k : k + len(so_far)] += so_far * p[:, item, k]
        so_far = longer
    return so_far


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


def normal_grid(n_nodes: int = N_NODES, limit: float = LIMIT, mean: float = 0.0, sd: float = 1.0) -> Grid:
    """Equally spaced nodes on [−limit, limit] with normal weights, renormalised (rectangle rule).

    The nodes do not move with `mean` and `sd`: as in mirt, only the weights do.
    """
    nodes = np.linspace(-limit, limit, n_nodes)
    weights = np.exp(-0.5 * ((nodes - mean) / sd) ** 2)
    return Grid(nodes, weights / weights.sum())
