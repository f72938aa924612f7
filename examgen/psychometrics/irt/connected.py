"""Which items candidates were given → whether all of them stand on one scale."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def linked(given: NDArray[np.bool_]) -> bool:
    """Whether the rows of a table (rows, items) hang together by items that they share.

    Rows are candidates, or their different patterns; none may be without an item.
    """
    left, reached = given[1:], given[0]
    fresh = reached
    while len(left) and fresh.any():
        near = left[:, fresh].any(axis=1)
        fresh = left[near].any(axis=0) & ~reached
        left, reached = left[~near], reached | fresh
    return not len(left)
