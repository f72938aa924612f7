"""Responses that item analysis is timed on.

`timing_set` is, bit for bit, the data that the times of R packages were published for (a Park–Miller
generator with seed 12345, a 2PL); `large_set` is a million candidates of the same kind.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

SEED = 12345
_FACTOR, _PRIME = 16807, 2147483647
SUMS = {(5_000, 50): 132_948, (20_000, 100): 990_982}


def timing_set(n: int, k: int) -> NDArray[np.int8]:
    """Candidates × items of the published times; 5,000 × 50 and 20,000 × 100 are checked by their sums."""
    u = _uniform(2 * k + n + n * k)
    a, b = np.exp(0.25 * ndtri(u[:k])), ndtri(u[k : 2 * k])
    theta = ndtri(u[2 * k : 2 * k + n])
    chance = 1.0 / (1.0 + np.exp(-a * (theta[:, None] - b)))
    scores = np.ascontiguousarray(chance > u[2 * k + n :].reshape(k, n).T).astype(np.int8)
    assert SUMS.get((n, k), scores.sum()) == scores.sum()
    return scores


def with_missing(scores: NDArray[np.int8], share: float) -> NDArray[np.int8]:
    """The same with a share of cells missing at random."""
    found = scores.copy()
    found[np.random.default_rng(1).random(scores.shape) < share] = -1
    return found


def large_set(n: int, k: int) -> NDArray[np.int8]:
    """A 2PL of n candidates, made in pieces."""
    chance = np.random.default_rng(2569)
    a, b = np.exp(0.25 * chance.normal(size=k)), chance.normal(size=k)
    scores = np.empty((n, k), dtype=np.int8)
    for start in range(0, n, 20_000):
        theta = chance.normal(size=(min(20_000, n - start), 1))
        right = chance.random((len(theta), k)) < 1.0 / (1.0 + np.exp(-a * (theta - b)))
        scores[start : start + len(theta)] = right
    return scores


def _uniform(n: int) -> NDArray[np.float64]:
    """n numbers of the generator x ← 16807 x mod 2³¹ − 1, by doubling what is there."""
    x, factor = np.array([SEED * _FACTOR % _PRIME], dtype=np.int64), _FACTOR
    while len(x) < n:
        x, factor = np.concatenate([x, x * factor % _PRIME]), factor * factor % _PRIME
    return np.asarray(x[:n] / _PRIME)
