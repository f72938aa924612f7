"""Category probabilities at nodes of ability → probabilities of sum scores.

Lord & Wingersky (1984), for items of any number of categories (Thissen, Pommerich, Billeaud & Williams, 1995,
eq. 5); with each item left out in turn for S-X², by halves and never by division.
"""

from __future__ import annotations

from collections.abc import Iterator

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

    def halves(so_far: Floats, items: range) -> Iterator[tuple[int, Floats]]:
        if len(items) == 1:
            yield items[0], so_far
        elif items:
            first, second = items[: len(items) // 2], items[len(items) // 2 :]
            yield from halves(_with_items(so_far, p, greatest, second), first)
            yield from halves(_with_items(so_far, p, greatest, first), second)

    yield from halves(np.ones((1, len(p))), range(p.shape[1]))


def _with_items(so_far: Floats, p: Floats, greatest: NDArray[np.int64], items: range) -> Floats:
    for item in items:
        top = int(greatest[item])
        longer = np.zeros((len(so_far) + top, so_far.shape[1]))
        for k in range(top + 1):
            longer[k : k + len(so_far)] += so_far * p[:, item, k]
        so_far = longer
    return so_far
