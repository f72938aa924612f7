"""Elementary symmetric functions of the Rasch model, with first and second derivatives.

γ_r is the sum over all ways to have r of K items right of the product of their ε_j = exp(easiness_j). Here it
is computed as a chance: at ability θ, item j right with chance p_j = ε_j e^θ / (1 + ε_j e^θ), the number
right is r with chance

    P(r) = γ_r e^{rθ} / Π_j (1 + ε_j e^θ).

The number right of independent answers has the characteristic function Φ(ω) = Π_j f_j(ω) with
f_j = q_j + p_j e^{iω}, so that with M > K nodes ω_k = 2πk / M, exactly,

    P(r) = 1/M Σ_k e^{−iω_k r} Φ(ω_k),      P(x_i = x_j = 1, r) = 1/M Σ_k e^{−iω_k r} Φ(ω_k) u_i u_j,

u_j = p_j e^{iω} / f_j. At the ability where r is the expected number right P(r) is not small, and nothing is
lost to rounding; nor is it at an ability near by. So candidates share the f_j of a few abilities, and log Φ
of those at one ability is one product of matrices, who answered what times log f_j.
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


class Gamma(NamedTuple):
    """Sums over all counted candidates."""

    log_gamma: float
    """Σ log γ_r."""
    expected: Floats
    """(K,) right answers that are expected given the numbers right: Σ ε_j γ_{r−1}^{(j)} / γ_r."""
    information: Floats
    """(K, K) covariances of right answers given the numbers right; empty where not asked."""


def gamma(easiness: Floats, answered: Bools, counts: Floats, *, information: bool = False) -> Gamma:
    """Symmetric functions at these easinesses (K,).

    Parameters
    ----------
    easiness : ndarray, shape (K,)
    answered : ndarray of bool, shape (G, K)
    counts : ndarray, shape (G, K + 1)
        Candidates by pattern and number right; 0 for none and all right.
    information : bool
        Whether second derivatives are wanted.
    """
    pattern, score = np.nonzero(counts)
    n, n_items = counts[pattern, score], len(easiness)
    theta = _APART * np.round(abilities(easiness, answered[pattern], score.astype(np.float64)) / _APART)
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


def abilities(easiness: Floats, answered: Bools, score: Floats) -> Floats:
    """(G,) abilities by maximum likelihood: Σ_j P_j(θ) = score; −inf and inf for none and all right, NaN
    without answers."""
    parts = [
        _abilities(easiness, answered[rows], score[rows]) for rows in row_chunks(len(score), len(easiness))
    ]
    return np.concatenate([np.empty(0), *parts])


def _abilities(easiness: Floats, answered: Bools, score: Floats) -> Floats:
    """Newton's method from the log-odds of the score, in an interval that shrinks, so that it cannot run
    away."""
    n_answered = answered.sum(axis=1)
    inner = (score > 0) & (score < n_answered)
    odds = np.where(inner, score, 1.0) / np.where(inner, n_answered - score, 1.0)
    log_odds = np.log(odds)
    spread = np.where(answered, -easiness, np.nan)
    has = n_answered > 0
    low, high = np.zeros(len(answered)), np.zeros(len(answered))
    low[has], high[has] = np.nanmin(spread[has], axis=1), np.nanmax(spread[has], axis=1)
    theta = log_odds - np.where(answered, easiness, 0.0).sum(axis=1) / np.maximum(n_answered, 1)
    low, high = low + log_odds - 1e-9, high + log_odds + 1e-9
    theta = np.clip(theta, low, high)
    for _ in range(60):
        p = np.where(answered, logistic(easiness + theta[:, None]), 0.0)
        excess = score - p.sum(axis=1)
        low, high = np.where(excess > 0, theta, low), np.where(excess < 0, theta, high)
        step = excess / np.maximum((p * (1.0 - p)).sum(axis=1), 1e-300)
        new = theta + step
        new = np.where((new > low) & (new < high), new, 0.5 * (low + high))
        new = np.where(inner, new, 0.0)
        moved, theta = np.abs(new - theta).max(initial=0.0), new
        if moved < 1e-12:
            break
    none_or_all = np.where(score <= 0, -np.inf, np.inf)
    return np.where(inner, theta, np.where(has, none_or_all, np.nan))
