"""Elementary symmetric functions of the Rasch model, with first and second derivatives.

γ_r is the sum over all ways to have r of K items right of the product of their ε_j = exp(easiness_j). It is
computed here from a probability: if at ability θ item j is right with probability p_j = ε_j e^θ / (1 + ε_j
e^θ), the number right is r with probability

    P(r) = γ_r e^{rθ} / Π_j (1 + ε_j e^θ).

The number right of independent answers has the characteristic function Φ(ω) = Π_j f_j(ω) with
f_j = q_j + p_j e^{iω}, so that with M > K nodes ω_k = 2πk / M, exactly,

    P(r) = 1/M Σ_k e^{−iω_k r} Φ(ω_k),      P(x_i = x_j = 1, r) = 1/M Σ_k e^{−iω_k r} Φ(ω_k) u_i u_j,

u_j = p_j e^{iω} / f_j. At the ability at which r is the expected number right, P(r) is not small, so that no
precision is lost; the same holds at nearby abilities. Candidates therefore share the f_j of a few abilities,
and log Φ for all candidates at one ability is a matrix product of the answered items and log f_j.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from examgen.stats.irt_curves import row_chunks
from examgen.stats.irt_models import logistic

_APART = 0.25
"""Distance of the abilities at which numbers right are taken."""
Bools = NDArray[np.bool_]
Complex = NDArray[np.complex128]
Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


class Gamma(NamedTuple):
    """Symmetric functions summed over all counted candidates."""

    log_gamma: float
    """Σ log γ_r."""
    expected: Floats
    """(K,) expected right answers given the numbers right: Σ ε_j γ_{r−1}^{(j)} / γ_r."""
    information: Floats
    """(K, K) covariances of right answers given the numbers right; empty if not requested."""


def gamma(easiness: Floats, answered: Bools, counts: Floats, *, information: bool = False) -> Gamma:
    """Return the symmetric functions at these easinesses (K,).

    Parameters
    ----------
    easiness : ndarray, shape (K,)
    answered : ndarray of bool, shape (G, K)
    counts : ndarray, shape (G, K + 1)
        Candidates by pattern and number right; 0 for none and all right.
    information : bool
        Whether to compute second derivatives.
    """
    pattern, score = np.nonzero(counts)
    n, n_items = counts[pattern, score], len(easiness)
    theta = _near(easiness, answered, pattern, score)
    n_nodes = n_items + 1 + n_items % 2  # odd: no node where an f could be 0
    omega = 2.0 * np.pi / n_nodes * np.arange(n_nodes // 2 + 1)
    turns = np.exp(1j * omega)
    weight = np.where(omega > 0, 2.0, 1.0) / n_nodes
    log_gamma, expected = 0.0, np.zeros(n_items)
    covariance = np.zeros((n_items, n_items) if information else (0, 0))
    for ability in np.unique(theta):
        rows = np.flatnonzero(theta == ability)
        z = easiness + ability
        right = logistic(z)[:, None] * turns
        f = logistic(-z)[:, None] + right
        u, log_f = right / f, np.log(f)
        for some in row_chunks(len(rows), len(omega)):
            own = rows[some]
            mask = answered[pattern[own]].astype(np.float64)
            # (rows, nodes)
            turned = np.exp(1j * (mask @ log_f.imag - score[own, None] * omega))
            share = np.exp(mask @ log_f.real) * weight * turned
            chance = share.real.sum(axis=1)
            log_gamma += float(n[own] @ (np.log(chance) + mask @ np.logaddexp(0.0, z) - score[own] * ability))
            share /= chance[:, None]
            counted = share * n[own, None]
            by_node = (mask.T @ counted.real) + 1j * (mask.T @ counted.imag)
            expected += (by_node * u).real.sum(axis=1)
            if information:
                mean = mask * (share.real @ u.real.T - share.imag @ u.imag.T)
                covariance -= (mean.T * n[own]) @ mean
                first = np.flatnonzero(np.diff(pattern[own], prepend=-1))  # rows of a pattern are together
                covariance += _pairs(mask[first], np.add.reduceat(counted, first, axis=0), u)
    if information:
        covariance[np.diag_indices(n_items)] += expected
    return Gamma(log_gamma, expected, covariance)


def _pairs(mask: Floats, share: Complex, u: Complex) -> Floats:
    """(K, K) Re Σ share u uᵀ over patterns, which have some of the items, and nodes; 0 on the diagonal."""
    found = np.zeros((mask.shape[1],) * 2)
    for has, by_node in zip(mask, share, strict=True):
        own = u * has[:, None]
        left = own * by_node
        found += left.real @ own.real.T - left.imag @ own.imag.T
    np.fill_diagonal(found, 0.0)
    return found


def _near(easiness: Floats, answered: Bools, pattern: Ints, score: Ints) -> Floats:
    """(n,) abilities, `_APART` from one to the next, at which about `score` right answers are expected."""
    beyond = np.log(len(easiness) + 1.0)
    first, last = -easiness.max(initial=0.0) - beyond, beyond - easiness.min(initial=0.0)
    grid = _APART * np.arange(np.floor(first / _APART), np.ceil(last / _APART) + 1.0)
    expected = answered @ logistic(easiness[:, None] + grid)
    near = [
        np.argmin(np.abs(expected[pattern[rows]] - score[rows, None]), axis=1)
        for rows in row_chunks(len(score), len(grid))
    ]
    return np.asarray(grid[np.concatenate([np.zeros(0, dtype=np.int64), *near])])
