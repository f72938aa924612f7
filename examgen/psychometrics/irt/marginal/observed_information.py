"""The exact observed information of the logistic model (Louis, 1982): −d² log L of all parameters at once.

It is the information of the complete data less the covariance of the complete data's scores over the
posterior of each candidate. With s = Σ_j a_j x_j the score of a candidate is x_j θ + B(θ) for a slope and
x_j + B(θ) for the other parameters, where B does not depend on the answers.

References: Louis, T. A. (1982). JRSS B 44, 226-233, equation 3.2.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from examgen.psychometrics.irt.marginal.logistic import (
    STEP,
    Expectation,
    complete_matrix,
    expectation,
    knots,
    of_weighted_sums,
    pieces,
    posterior_at,
    weighted_sums,
)
from examgen.psychometrics.irt.marginal.problem import score_covariance
from examgen.psychometrics.irt.marginal.responses import PatternRows, Responses, posteriors, unpacked
from examgen.stats.quadrature import Ability

Floats = NDArray[np.float64]
_ANSWERS = 16_000
"""Unpacked at a time: 128 kB, memory that is used again for the next ones."""
_AT_OWN_KNOT = 1.0 / np.array([[-120.0], [24.0], [-12.0], [12.0], [-24.0], [120.0]])
"""Over Π (k − other) of six points k."""
_FEW_ITEMS = 60
"""Up to so many, the products of answers at each node take less time than polynomials."""
_MOST_POLYNOMIALS = 20
"""Polynomials that are tried before the covariance is summed node by node."""
_ENOUGH = 1e-7
"""Share of each sum below which a further polynomial does not matter. Two in a row must be below it, since
even and odd polynomials contribute differently."""
_ORTHOGONAL = 1e-8
"""Polynomials come by a recurrence of three terms; one that is farther from orthogonal is made so again."""


def observed_information(
    responses: Responses, a: Floats, d: Floats, prior: Ability, found: Expectation | None = None
) -> Floats:
    """(S + J + 2, S + J + 2) for slopes (S is J, or 1 with a common slope), intercepts, mean and log sd of
    ability.

    `found` is the E-step at the same point, where the caller has made it already.
    """
    found = found or expectation(responses, a, d, prior)
    out = complete_matrix(found, prior)
    s = weighted_sums(responses, a)
    few = responses.n_items <= _FEW_ITEMS and not responses.common_slope
    single = [k for k, part in enumerate(responses.parts) if not part.interpolated]
    if few and single:
        some = responses._replace(
            parts=tuple(responses.parts[k] for k in single), windows=[responses.windows[k] for k in single]
        )
        nodes, chance = prior.nodes, found.chance
        log_odds = a[:, None] * nodes + d[:, None]
        of_right = np.stack([np.broadcast_to(nodes, chance.shape), np.ones_like(chance)])
        of_wrong = np.stack([-nodes * chance, -chance])
        out -= score_covariance(some, log_odds, found.lowest, prior, of_right, of_wrong, prior.first.T)
    for k, part in pieces(responses, s):
        if part.interpolated:
            _take_away_interpolated(out, responses, part, s, found, prior)
        elif not few or part is not responses.parts[k]:
            out -= _covariance(responses, k, part, s, found, prior)
    return np.asarray(0.5 * (out + out.T))


def _take_away_interpolated(
    out: Floats, responses: Responses, part: PatternRows, s: Floats, curves: Expectation, prior: Ability
) -> None:
    """Subtracts from `out` the covariances of a pattern that many candidates share, interpolated between
    posteriors on the grid of s (six-point Lagrange weights)."""
    mask = unpacked(part.masks, responses.n_items)[0]
    items = np.flatnonzero(mask)
    rows = slice(part.start, part.stop)
    s, weights = s[rows], responses.weights[rows]
    at = knots(s, beyond=2)
    base = prior.log_weights + mask @ curves.lowest
    share, _, mean, variance, _ = posterior_at(at, prior.nodes, base)
    own = curves.chance[items].T
    scores = np.concatenate([-own * prior.nodes[:, None], -own, prior.first], axis=1)
    expected = share @ scores
    with_theta = share @ (prior.nodes[:, None] * scores) - mean[:, None] * expected
    order, n, whole = np.argsort(s), len(items), len(items) == responses.n_items
    # weight of the candidates at each knot, of which each spreads over six (it may be negative), and of those
    # who are right
    held, right = np.zeros(len(at)), np.zeros((len(at), n))
    together = np.zeros((n, n))
    size = max(64, _ANSWERS // responses.n_items)
    for start in range(0, len(order), size):
        near = order[start : start + size]
        answers = unpacked(responses.codes[:, part.start + near], responses.n_items)
        answers = answers if whole else answers.take(items, axis=1)
        cell, lagrange = _lagrange((s[near] - at[0]) / STEP)
        low, width = int(cell[0]), int(cell[-1] - cell[0]) + 6
        knot = cell + np.arange(6)[:, None]
        spread = np.maximum((lagrange * variance.take(knot)).sum(axis=0), 0.0)
        scaled = answers * np.sqrt(weights[near] * spread)[:, None]
        together += scaled.T @ scaled
        flat = np.zeros(width * len(near))
        flat[(knot - low) * len(near) + np.arange(len(near))] = lagrange * weights[near]
        local = flat.reshape(width, len(near))
        held[low : low + width] += local.sum(axis=1)
        right[low : low + width] += local @ answers
    found = scores.T @ ((held @ share)[:, None] * scores) - expected.T @ (held[:, None] * expected)
    crossed = right.T @ with_theta
    found[:n] += crossed
    found[:, :n] += crossed.T
    found[:n, :n] += together
    place = np.concatenate([items, responses.n_items + items, 2 * responses.n_items + np.arange(2)])
    out[np.ix_(place, place)] -= found


def _lagrange(place: Floats) -> tuple[NDArray[np.int64], Floats]:
    """(n,) the first of the six knots around each place, and (6, n) the weights of the six."""
    cell = np.maximum(place.astype(np.int64) - 2, 0)
    off = (place - cell) - np.arange(6)[:, None]
    weights = np.empty_like(off)
    # of each the product of the others, those before it and those after it, over what it is at its own knot
    before, after = np.ones(len(place)), np.ones(len(place))
    for k in range(6):
        weights[k] = before
        before = before * off[k]
    for k in range(5, -1, -1):
        weights[k] *= after
        after = after * off[k]
    weights *= _AT_OWN_KNOT
    return cell, weights


def _covariance(
    responses: Responses, k: int, part: PatternRows, s: Floats, curves: Expectation, prior: Ability
) -> Floats:
    """The covariance of the scores, summed over the rows of a part.

    The score is expanded in polynomials that are orthonormal under the posterior of each row. The covariance
    is then the sum of the products of its coefficients; where the curves are smooth, a few of them suffice.
    """
    rows = slice(part.start, part.stop)
    linear = of_weighted_sums(s[rows], prior.nodes)
    at, masks, share, _ = posteriors(responses, k, part, prior, curves.lowest, linear)
    if len(part.first) < len(share):
        masks = np.repeat(masks, np.diff(np.append(part.first, len(share))), axis=0)
    root = np.sqrt(responses.weights[rows])[:, None]
    # parts of the complete data's scores at the nodes of the window (W): P(1 | θ) and θ P(1 | θ) (W, J)
    theta, own, of_ability = prior.nodes[at], curves.chance[:, at].T, prior.first[at]
    with_theta = own * theta[:, None]
    common, n_items = responses.common_slope, responses.n_items
    size = (1 if common else n_items) + n_items + 2
    out = np.zeros((size, size))
    answers = responses.sums[rows, None] if common else unpacked(responses.codes[:, rows], n_items)
    scores = np.concatenate([-with_theta, -own, of_ability], axis=1)
    there = np.concatenate([masks, masks, np.ones((len(masks), 2))], axis=1) * root
    scores_short, there_short = scores.astype(np.float32), there.astype(np.float32)
    basis, mix, norm, small = [np.ones_like(share)], share, np.zeros(len(share)), 0
    for degree in range(1, min(_MOST_POLYNOMIALS, len(theta))):
        # the next polynomial, orthogonal to those before under each row's shares; 0 if there is none
        following = theta * basis[-1]
        following -= np.einsum("nq,nq->n", mix, following)[:, None] * basis[-1]
        if degree > 1:
            following -= norm[:, None] * basis[-2]
        weighed = share * following
        if degree > 1 and np.abs(weighed @ np.ones(len(theta))).max() > _ORTHOGONAL:
            for before in basis * 2:
                following -= np.einsum("nq,nq->n", share * following, before)[:, None] * before
            weighed = share * following
        norm = np.sqrt(np.einsum("nq,nq->n", weighed, following))
        alive = norm > 1e-9
        norm = np.where(alive, norm, 0.0)
        following *= np.where(alive, 1.0 / np.where(alive, norm, 1.0), 0.0)[:, None]
        basis.append(following)
        mix = share * following
        if degree == 1:
            coefficients = mix @ scores
            coefficients *= there
            if not common:
                coefficients[:, :n_items] += answers * ((mix @ theta)[:, None] * root)
        else:
            # Later polynomials add a few per cent: seven digits of that are enough.
            coefficients = mix.astype(np.float32) @ scores_short
            coefficients *= there_short
        if common:
            slopes = coefficients[:, :n_items].sum(axis=1, keepdims=True)
            if degree == 1:
                slopes += answers * ((mix @ theta)[:, None] * root)
            coefficients = np.concatenate([slopes, coefficients[:, n_items:]], axis=1)
        more = coefficients.T @ coefficients
        out += more
        small = small + 1 if (np.diag(more) <= _ENOUGH * np.diag(out) + 1e-300).all() else 0
        if small == 2:
            return out
    if len(theta) <= _MOST_POLYNOMIALS:
        return out
    # node by node, where curves are steps that no polynomial follows
    out = np.zeros((size, size))
    at_once = max(1, int(4e6) // (share.shape[1] * size))
    for start in range(0, len(share), at_once):
        some = slice(start, start + at_once)
        mask = masks[some, None, :]
        by_slope = -mask * with_theta
        if common:
            by_slope = by_slope.sum(axis=2, keepdims=True)
        by_slope = by_slope + answers[some, None, :] * theta[:, None]
        by_ability = np.broadcast_to(of_ability, (*by_slope.shape[:2], 2))
        score = np.concatenate([by_slope, -mask * own, by_ability], axis=2)
        score -= np.einsum("nq,nqk->nk", share[some], score)[:, None, :]
        score *= (np.sqrt(share[some]) * root[some])[:, :, None]
        flat = score.reshape(-1, size)
        out += flat.T @ flat
    return out
