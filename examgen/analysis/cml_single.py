"""Symmetric functions where candidates hardly share patterns of answered items: one number right a row.

The number right of independent answers has the characteristic function Φ(ω) = Π_j f_j(ω) with
f_j = q_j + p_j e^{iω}, so that with M > K nodes ω_k = 2πk / M, exactly,

    P(r) = 1/M Σ_k e^{−iω_k r} Φ(ω_k),      P(x_i = x_j = 1, r) = 1/M Σ_k e^{−iω_k r} Φ(ω_k) u_i u_j,

u_j = p_j e^{iω} / f_j. At the ability where r is the expected number right P(r) is not small, and nothing is
lost to rounding. All pairs are one matrix product over rows × nodes, some five times as fast as adding up
items one by one for every row.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from examgen.analysis.cml_counts import Bools, Floats
from examgen.analysis.irt import logistic

_CHUNK = 1 << 16
_NOTHING = 1e-22

Complex = NDArray[np.complex128]


def single(
    easiness: Floats, answered: Bools, score: NDArray[np.int64], n: Floats, theta: Floats
) -> tuple[float, Floats, Floats]:
    """Σ log γ, expected right answers (K,) and their covariances (K, K), as `gamma`.

    Parameters
    ----------
    easiness : ndarray, shape (K,)
    answered : ndarray of bool, shape (G, K)
    score : ndarray of int, shape (G,)
        Number right, neither none nor all.
    n : ndarray, shape (G,)
        Candidates.
    theta : ndarray, shape (G,)
        Abilities at which the number right is about expected.
    """
    n_items = len(easiness)
    n_nodes = n_items + 1 + n_items % 2
    turns = np.exp(2j * np.pi / n_nodes * np.arange(n_nodes // 2 + 1))
    weight = np.where(np.arange(len(turns)) > 0, 2.0, 1.0) / n_nodes
    log_gamma, expected = 0.0, np.zeros(n_items)
    pairs, squares = np.zeros((n_items, n_items)), np.zeros((n_items, n_items))
    step = max(1, _CHUNK // (n_items * len(turns)))
    for start in range(0, len(answered), step):
        part = slice(start, start + step)
        z = easiness + theta[part, None]
        right = np.where(answered[part], logistic(z), 0.0)[:, None, :] * turns[:, None]
        f = np.where(answered[part], logistic(-z), 1.0)[:, None, :] + right
        terms = f.prod(axis=2) * turns.conj() ** score[part, None] * weight
        chance = terms.real.sum(axis=1)
        softplus = np.where(answered[part], np.logaddexp(0.0, z), 0.0).sum(axis=1)
        log_gamma += float(n[part] @ (np.log(chance) + softplus - score[part] * theta[part]))
        share, u = terms / chance[:, None], right / f
        mean = np.matmul(share[:, None, :], u)[:, 0].real
        expected += n[part] @ mean
        squares += (mean.T * n[part]) @ mean
        pairs += _pairs(share * n[part, None], u)
    pairs[np.diag_indices(n_items)] = expected
    return log_gamma, expected, pairs - squares


def _pairs(share: Complex, u: Complex) -> Floats:
    """(K, K) Re Σ share u uᵀ over rows and nodes, those without a share left out."""
    there = np.abs(share) > _NOTHING
    vectors = u[there] * np.sqrt(share[there])[:, None]
    real, imaginary = np.ascontiguousarray(vectors.real), np.ascontiguousarray(vectors.imag)
    return np.asarray(real.T @ real - imaginary.T @ imaginary)
