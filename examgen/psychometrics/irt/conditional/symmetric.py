"""Elementary symmetric functions of the Rasch model, with first and second derivatives, by additions alone.

γ_r is the sum over all ways to have r of K items right of the product of their ε_j = exp(easiness_j). Sums
of positive terms lose no digits (Fischer, 1974; Verhelst, Glas & van der Sluis, 1984; the difference
algorithm, which subtracts, does). Here γ is computed as a chance: at ability θ, item j right with chance
p_j = ε_j e^θ / (1 + ε_j e^θ), the number right is r with chance

    P(r) = γ_r e^{rθ} / Π_j (1 + ε_j e^θ),

which neither overflows nor, with θ where the candidates are, underflows. First derivatives are the forward
sums over the items before an item times the backward sums over those after it, K² operations; second ones
carry the backward sums on with one more item chosen, K³ operations.

Where candidates hardly share patterns of answered items, there is one number right or a few a pattern. The
number right of independent answers has the characteristic function Φ(ω) = Π_j f_j(ω) with
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
"""Distance of the abilities at which patterns of few numbers right are taken."""
_FEW = 8
"""Numbers right of a pattern up to which each is taken by itself."""
_MANY = 1 << 18
"""Patterns of few numbers right × squared items, below which all is added up: less than abilities take."""
_UNLIKELY = 1e-3
"""A number right of a smaller chance is taken at its own ability."""
_NOTHING = 1e-14
"""Share of a node below which it adds nothing to second derivatives."""

Bools = NDArray[np.bool_]
Complex = NDArray[np.complex128]
Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
_CHUNK = 1 << 17
_LEAST = 1e-150


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
    n_items = len(easiness)
    log_gamma, expected = 0.0, np.zeros(n_items)
    covariance = np.zeros((n_items, n_items) if information else (0, 0))
    few = np.count_nonzero(counts, axis=1) <= _FEW
    if few.sum() * n_items**2 > _MANY:
        log_gamma, expected, covariance = _by_number(easiness, answered[few], counts[few], information)
        answered, counts = answered[~few], counts[~few]
    step = max(1, (_CHUNK if information else 4 * _CHUNK) // (n_items + 1) ** 2)
    for start in range(0, len(answered), step):
        part = slice(start, start + step)
        found = _chunk(easiness, answered[part], counts[part], information)
        log_gamma += found.log_gamma
        expected += found.expected
        covariance += found.information
    return Gamma(log_gamma, expected, covariance)


def _by_number(easiness: Floats, answered: Bools, counts: Floats, information: bool) -> Gamma:
    """The same, each number right of a pattern by itself."""
    pattern, score = np.nonzero(counts)
    n = counts[pattern, score]
    near = _near_abilities(easiness, answered, pattern, score)
    found, unlikely = _at_abilities(easiness, answered[pattern], score, n, near, information, True)
    if len(unlikely):
        mask, r = answered[pattern[unlikely]], score[unlikely]
        own = abilities(easiness, mask, r.astype(np.float64), 12)
        rest, _ = _at_abilities(easiness, mask, r, n[unlikely], own, information, False)
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
    easiness: Floats, answered: Bools, score: Ints, n: Floats, theta: Floats, information: bool, check: bool
) -> tuple[Gamma, Ints]:
    """Sums over rows at abilities that many share, and the rows that were left out as too unlikely there."""
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
            mask = answered[own].astype(np.float64)
            # (rows, nodes)
            share = (
                np.exp(mask @ log_f.real)
                * weight
                * np.exp(1j * (mask @ log_f.imag - score[own, None] * omega))
            )
            chance = share.real.sum(axis=1)
            if check:
                likely = chance > _UNLIKELY
                left_out.append(own[~likely])
                own, mask, share, chance = own[likely], mask[likely], share[likely], chance[likely]
            log_gamma += float(n[own] @ (np.log(chance) + mask @ np.logaddexp(0.0, z) - score[own] * ability))
            share /= chance[:, None]
            counted = share * n[own, None]
            by_node = (mask.T @ counted.real) + 1j * (mask.T @ counted.imag)
            expected += (by_node * u).real.sum(axis=1)
            if information:
                mean = mask * (share.real @ u.real.T - share.imag @ u.imag.T)
                covariance -= (mean.T * n[own]) @ mean
                covariance += _pairs(mask, counted, u)
    if information:
        covariance[np.diag_indices(n_items)] += expected
    return Gamma(log_gamma, expected, covariance), np.concatenate([*left_out, np.empty(0, dtype=np.int64)])


def _pairs(mask: Floats, share: Complex, u: Complex) -> Floats:
    """(K, K) Re Σ share u uᵀ over rows, which answered some of the items, and nodes; 0 on the diagonal."""
    found = np.zeros((mask.shape[1],) * 2)
    size = np.abs(share).sum(axis=0)
    for k in np.flatnonzero(size > _NOTHING * size.max(initial=0.0)):
        both = np.outer(u[:, k], u[:, k])
        found += ((mask * share.real[:, k, None]).T @ mask) * both.real
        found -= ((mask * share.imag[:, k, None]).T @ mask) * both.imag
    np.fill_diagonal(found, 0.0)
    return found


def _chunk(easiness: Floats, answered: Bools, counts: Floats, information: bool) -> Gamma:
    n_items, n_rows = len(easiness), len(answered)
    tilt = tilts(easiness, answered, counts)
    z = easiness + tilt[:, None]
    p = np.where(answered, logistic(z), 0.0).T[:, :, None]
    q = np.where(answered, logistic(-z), 1.0).T[:, :, None]
    before = np.zeros((n_items + 1, n_rows, n_items + 1))
    before[0, :, 0] = 1.0
    for j in range(n_items):
        here, after = before[j, :, : j + 1], before[j + 1, :, : j + 2]
        np.multiply(here, q[j], out=after[:, :-1])
        after[:, 1:] += here * p[j]
    chances, wanted = before[n_items], counts > 0
    # (G,) rows with a number right too unlikely at the row's ability, and others to part it from
    far: Bools = np.any(wanted & (chances < _LEAST), axis=1) & (wanted.sum(axis=1) > 1)
    if far.any():
        # such rows in two, of lower and of higher numbers right, each at its own ability
        some = counts[far]
        r = np.arange(counts.shape[1])
        low = r <= (some @ r / some.sum(axis=1))[:, None]
        parts = [counts[~far], np.where(low, some, 0.0), np.where(low, 0.0, some)]
        masks = [answered[~far], answered[far], answered[far]]
        return gamma(easiness, np.concatenate(masks), np.concatenate(parts), information=information)
    safe = np.where(wanted, np.maximum(chances, 1e-300), 1.0)
    weights = counts / safe
    softplus = np.where(answered, np.logaddexp(0.0, z), 0.0).sum(axis=1)
    log_gamma = np.sum(counts * np.log(safe)) + np.sum(
        counts.sum(axis=1) * softplus - counts @ np.arange(n_items + 1) * tilt
    )
    if not information:
        return Gamma(float(log_gamma), _expected(p, q, before, weights), np.zeros((0, 0)))
    # (K,) expected right answers, (K, K) pairs right (0 on the diagonal)
    expected, joint = np.zeros(n_items), np.zeros((n_items, n_items))
    chosen, product = np.zeros((n_rows, n_items, n_items + 1)), np.zeros((n_rows, n_items, n_items + 1))
    back = weights
    for j in range(n_items - 1, -1, -1):
        own = p[j] * back[:, 1 : j + 2]
        expected[j] = np.vdot(before[j, :, : j + 1], own)
        later, right = chosen[:, j + 1 :, : j + 1], product[:, j + 1 :, : j + 1]
        if j + 1 < n_items:
            np.multiply(chosen[:, j + 1 :, 1 : j + 2], p[j][:, :, None], out=right)
            pairs = np.matmul(right, before[j, :, : j + 1, None])[:, :, 0].sum(axis=0)
            joint[j, j + 1 :] = joint[j + 1 :, j] = pairs
            later *= q[j][:, :, None]
            later += right
        chosen[:, j, : j + 1] = own
        back = q[j] * back[:, : j + 1] + own
    # (K, K) Σ counts × chance of i right given r × chance of j right given r
    right, product = np.zeros((n_rows, n_items, n_items + 1)), np.zeros((n_rows, n_items, n_items + 1))
    for j in range(n_items):
        if j:
            now, times = right[:, :j, : j + 2], product[:, :j, 1 : j + 2]
            np.multiply(right[:, :j, : j + 1], p[j][:, :, None], out=times)
            now *= q[j][:, :, None]
            now[:, :, 1:] += times
        right[:, j, 1 : j + 2] = before[j, :, : j + 1] * p[j]
    right *= (np.sqrt(counts) / safe)[:, None, :]
    flat = np.ascontiguousarray(right.transpose(1, 0, 2)).reshape(n_items, -1)
    squares = np.asarray(flat @ flat.T)
    return Gamma(float(log_gamma), expected, joint - squares + np.diag(expected))


def _expected(p: Floats, q: Floats, before: Floats, weights: Floats) -> Floats:
    """(K,) expected right answers: chances before an item times weights carried back to it."""
    expected, back = np.zeros(len(p)), weights
    for j in range(len(p) - 1, -1, -1):
        chosen = p[j] * back[:, 1 : j + 2]
        expected[j] = np.vdot(before[j, :, : j + 1], chosen)
        back = q[j] * back[:, : j + 1]
        back += chosen
    return expected


def near_information(easiness: Floats, answered: Bools, counts: Floats) -> Floats:
    """(K, K) the information to within about 1/K of itself, in K² operations for each number right.

    Given the number right, answers are nearly independent ones of chances p at the ability where that number
    is expected, made to sum to it: their covariances are diag(v) − v vᵀ / Σ v with v = p (1 − p).
    """
    n_items = len(easiness)
    found, total = np.zeros((n_items, n_items)), np.zeros(n_items)
    rows, right = np.nonzero(counts)
    step = max(1, _CHUNK // n_items)
    for start in range(0, len(rows), step):
        mask, r = answered[rows[start : start + step]], right[start : start + step]
        n = counts[rows[start : start + step], r]
        theta = abilities(easiness, mask, r.astype(np.float64), cycles=3)
        p = np.where(mask, logistic(easiness + theta[:, None]), 0.0)
        v = np.maximum(p * (1.0 - p), 1e-300)
        total += n @ v
        found -= v.T @ (v * (n / v.sum(axis=1))[:, None])
    found[np.diag_indices(n_items)] += total
    return found


def tilts(easiness: Floats, answered: Bools, counts: Floats) -> Floats:
    """(G,) abilities at which each row's mean number right is about the expected one."""
    r, n = np.arange(counts.shape[1]), counts.sum(axis=1)
    n_answered = answered.sum(axis=1)
    mean = np.where(n > 0, counts @ r / np.maximum(n, 1.0), n_answered / 2)
    return abilities(easiness, answered, mean, cycles=2)


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
