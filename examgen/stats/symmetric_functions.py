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
of all of them is one product of matrices, who answered what times log f_j.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from examgen.stats.irt_models import logistic

_APART = 0.25
"""Distance of the abilities at which numbers right are taken."""
_UNLIKELY = 1e-3
"""A number right of a smaller chance is taken at its own ability."""
_NOTHING = 1e-14
"""Share of a node below which it adds nothing to second derivatives."""

Bools = NDArray[np.bool_]
Complex = NDArray[np.complex128]
Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
_CHUNK = 1 << 17


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
    n = counts[pattern, score]
    near = _near_abilities(easiness, answered, pattern, score)
    found, unlikely = _at_abilities(easiness, answered, pattern, score, n, near, information, _UNLIKELY)
    if len(unlikely):
        own, r = pattern[unlikely], score[unlikely]
        theta = abilities(easiness, answered[own], r.astype(np.float64), 12)
        rest, _ = _at_abilities(easiness, answered, own, r, n[unlikely], theta, information, 0.0)
        found = Gamma(
            found.log_gamma + rest.log_gamma,
            found.expected + rest.expected,
            found.information + rest.information,
        )
    return found


def _near_abilities(easiness: Floats, answered: Bools, pattern: Ints, score: Ints) -> Floats:
    """Abilities, some `_APART` from each other, at which each number right is not far from the expected one:
    log-odds drawn apart as the items spread (Cohen, 1979)."""
    n_answered = np.maximum(answered.sum(axis=1), 1.0)
    mean = answered @ easiness / n_answered
    spread = np.maximum(answered @ easiness**2 / n_answered - mean**2, 0.0)
    theta = np.log(score / np.maximum(n_answered[pattern] - score, 0.5))
    theta = theta * np.sqrt(1.0 + spread / 2.89)[pattern] - mean[pattern]
    return np.asarray(_APART * np.round(theta / _APART))


def _at_abilities(
    easiness: Floats, answered: Bools, pattern: Ints, score: Ints, n: Floats, theta: Floats,
    information: bool, least: float,
) -> tuple[Gamma, Ints]:  # fmt: skip
    """Sums over rows at abilities that many share, and the rows that were left out as less likely there."""
    n_items = len(easiness)
    n_nodes = n_items + 1 + n_items % 2  # odd: no node where an f could be 0
    omega = 2.0 * np.pi / n_nodes * np.arange(n_nodes // 2 + 1)
    turns = np.exp(1j * omega)
    weight = np.where(omega > 0, 2.0, 1.0) / n_nodes
    log_gamma, expected = 0.0, np.zeros(n_items)
    covariance = np.zeros((n_items, n_items) if information else (0, 0))
    left_out: list[Ints] = []
    step = max(1, _CHUNK // len(omega))
    order = np.argsort(theta, kind="stable")
    shared, begins = np.unique(theta[order], return_index=True)
    for ability, rows in zip(shared.tolist(), np.split(order, begins[1:]), strict=True):
        z = easiness + ability
        right = logistic(z)[:, None] * turns
        f = logistic(-z)[:, None] + right
        u, log_f = right / f, np.log(f)
        for start in range(0, len(rows), step):
            own = rows[start : start + step]
            mask = answered[pattern[own]].astype(np.float64)
            # (rows, nodes)
            turned = np.exp(1j * (mask @ log_f.imag - score[own, None] * omega))
            share = np.exp(mask @ log_f.real) * weight * turned
            chance = share.real.sum(axis=1)
            likely = chance > least
            left_out.append(own[~likely])
            own, mask, share, chance = own[likely], mask[likely], share[likely], chance[likely]
            log_gamma += float(n[own] @ (np.log(chance) + mask @ np.logaddexp(0.0, z) - score[own] * ability))
            share /= chance[:, None]
            counted = share * n[own, None]
            by_node = (mask.T @ counted.real) + 1j * (mask.T @ counted.imag)
            expected += (by_node * u).real.sum(axis=1)
            if information and len(own):
                mean = mask * (share.real @ u.real.T - share.imag @ u.imag.T)
                covariance -= (mean.T * n[own]) @ mean
                first = np.flatnonzero(np.diff(pattern[own], prepend=-1))  # rows of a pattern are together
                covariance += _pairs(mask[first], np.add.reduceat(counted, first, axis=0), u)
    if information:
        covariance[np.diag_indices(n_items)] += expected
    return Gamma(log_gamma, expected, covariance), np.concatenate([*left_out, np.empty(0, dtype=np.int64)])


def _pairs(mask: Floats, share: Complex, u: Complex) -> Floats:
    """(K, K) Re Σ share u uᵀ over patterns, which have some of the items, and nodes; 0 on the diagonal."""
    found = np.zeros((mask.shape[1],) * 2)
    if len(mask) < share.shape[1]:
        for has, by_node in zip(mask, share, strict=True):
            own = u * has[:, None]
            left = own * by_node
            found += left.real @ own.real.T - left.imag @ own.imag.T
    else:
        size = np.abs(share).sum(axis=0)
        for k in np.flatnonzero(size > _NOTHING * size.max(initial=0.0)):
            both = np.outer(u[:, k], u[:, k])
            found += ((mask * share.real[:, k, None]).T @ mask) * both.real
            found -= ((mask * share.imag[:, k, None]).T @ mask) * both.imag
    np.fill_diagonal(found, 0.0)
    return found


def abilities(easiness: Floats, answered: Bools, score: Floats, cycles: int = 60) -> Floats:
    """(G,) abilities by maximum likelihood: Σ_j P_j(θ) = score; −inf and inf for none and all right, NaN
    without answers.

    Newton's method from the log-odds of the score, in an interval that shrinks, so that it cannot run away.
    """
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
    for _ in range(cycles):
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
