"""Tails of the Poisson-binomial distribution of the number of hits, without scipy.

The number of hits among independent trials of unequal chances (Poisson 1837; the generalised binomial of
van der Linden & Sotaridona 2006) is found by the recursion over trials, which only adds and multiplies
what is not negative: tails of 1e-300 are as exact, relatively, as those of 0.5.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]


def hits(chances: Floats) -> Floats:
    """Return the probabilities (k, trials + 1) of 0, 1, 2 … hits, for each of k rows of chances (k, trials),
    0–1."""
    n_rows, n_trials = chances.shape
    found = np.zeros((n_trials + 1, n_rows))
    found[0] = 1
    for done, chance in enumerate(chances.T):
        won = found[: done + 1] * chance
        found[: done + 1] *= 1 - chance
        found[1 : done + 2] += won
    return np.ascontiguousarray(found.T)


def at_least(chances: Floats) -> Floats:
    """Return the probabilities (k, trials + 1) of at least 0, 1, 2 … hits."""
    return np.minimum(np.cumsum(hits(chances)[:, ::-1], axis=1)[:, ::-1], 1)


def at_most(chances: Floats) -> Floats:
    """Return the probabilities (k, trials + 1) of at most 0, 1, 2 … hits."""
    return np.minimum(np.cumsum(hits(chances), axis=1), 1)
