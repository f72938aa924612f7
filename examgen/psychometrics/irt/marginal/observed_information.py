"""The exact observed information of the logistic model (Louis, 1982): −d² log L of all parameters at once.

Information of the complete data less the covariance, over each candidate's posterior, of the complete data's
scores. With s = Σ_j a_j x_j the score of a candidate is x_j θ + B(θ) for a slope and x_j + B(θ) for the rest,
where B does not depend on the answers.

References: Louis, T. A. (1982). JRSS B 44, 226-233, equation 3.2.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from examgen.psychometrics.irt.marginal.counts import Ability
from examgen.psychometrics.irt.marginal.logistic import (
    STEP,
    Expectation,
    ItemCurves,
    complete_information,
    expectation,
    knots,
    pieces,
    posterior_at,
    posteriors,
    weighted_sums,
)
from examgen.psychometrics.irt.marginal.responses import PackedResponses, PatternRows, unpacked

Floats = NDArray[np.float64]
_ROWS = 1024
_MOST_POLYNOMIALS = 20
_ENOUGH = 1e-7
"""Share of each sum below which a further polynomial changes nothing that matters; twice running, as the
contributions of even and odd ones differ."""


def observed_information(
    responses: PackedResponses, a: Floats, d: Floats, prior: Ability, found: Expectation | None = None
) -> Floats:
    """(S + J + 2,)² of slopes (S is J, or 1 with a common slope), intercepts, mean and log sd of ability.

    `found` spares an E-step where the caller has it of the same point.
    """
    found = found or expectation(responses, a, d, prior)
    out = _complete(found, prior, responses)
    item = found.item
    s = weighted_sums(responses, a)
    for k, part in pieces(responses, s):
        if part.interpolated:
            _take_away_interpolated(out, responses, part, s, item, prior)
        else:
            out -= _covariance(responses, k, part, s, item, prior)
    return np.asarray(0.5 * (out + out.T))


def _complete(found: Expectation, prior: Ability, responses: PackedResponses) -> Floats:
    """Information of the complete data as one matrix."""
    aa, ad, dd, of_ability = complete_information(found, prior)
    n = responses.n_items
    if responses.common_slope:
        out = np.zeros((n + 3, n + 3))
        out[0, 0], out[0, 1 : n + 1], out[1 : n + 1, 0] = aa.sum(), ad, ad
        at = np.arange(1, n + 1)
    else:
        out = np.zeros((2 * n + 2, 2 * n + 2))
        at = np.arange(n, 2 * n)
        out[at - n, at - n], out[at - n, at], out[at, at - n] = aa, ad, ad
    out[at, at] = dd
    out[-2:, -2:] = of_ability
    return out


def _take_away_interpolated(
    out: Floats, responses: PackedResponses, part: PatternRows, s: Floats, item: ItemCurves, prior: Ability
) -> None:
    """Covariances of a pattern of many, from posteriors on the grid of s (six-point Lagrange weights)."""
    mask = unpacked(part.masks, responses.n_items)[0]
    items = np.flatnonzero(mask)
    rows = slice(part.start, part.stop)
    s, weights = s[rows], responses.weights[rows]
    at = knots(s, beyond=2)
    base = prior.log_weights - mask @ item.softplus
    share, _, mean, variance, _ = posterior_at(at, prior.nodes, base)
    own = item.right[items].T
    scores = np.concatenate([-own * prior.nodes[:, None], -own, prior.first], axis=1)
    expected = share @ scores
    with_theta = share @ (prior.nodes[:, None] * scores) - mean[:, None] * expected
    order = np.argsort(s)
    right = np.zeros((len(at), len(items)))
    together = np.zeros((len(items), len(items)))
    for start in range(0, len(order), _ROWS):
        some = order[start : start + _ROWS]
        answers = unpacked(responses.codes[:, part.start + some], responses.n_items)[:, items]
        cell, lagrange = _lagrange((s[some] - at[0]) / STEP)
        spread = np.maximum((lagrange * variance[cell[:, None] + np.arange(6)]).sum(axis=1), 0.0)
        scaled = answers * np.sqrt(weights[some] * spread)[:, None]
        together += scaled.T @ scaled
        low, high = int(cell.min()), int(cell.max()) + 6
        local = np.zeros((len(some), high - low))
        local[np.arange(len(some))[:, None], cell[:, None] - low + np.arange(6)] = (
            lagrange * weights[some, None]
        )
        right[low:high] += local.T @ answers
    # the grid's weights, which may be negative: each candidate's six
    held = _weights_of_knots(s, weights, at)
    found = scores.T @ ((held @ share)[:, None] * scores) - expected.T @ (held[:, None] * expected)
    crossed = right.T @ with_theta
    n = len(items)
    found[:n] += crossed
    found[:, :n] += crossed.T
    found[:n, :n] += together
    place = np.concatenate([items, responses.n_items + items, 2 * responses.n_items + np.arange(2)])
    out[np.ix_(place, place)] -= found


def _lagrange(place: Floats) -> tuple[NDArray[np.int64], Floats]:
    """First of the six knots around each place, and their weights."""
    cell = np.maximum(place.astype(np.int64) - 2, 0)
    t = place - cell
    weights = np.ones((len(t), 6))
    for k in range(6):
        for other in range(6):
            if other != k:
                weights[:, k] *= (t - other) / (k - other)
    return cell, weights


def _weights_of_knots(s: Floats, weights: Floats, at: Floats) -> Floats:
    """(G,) how many candidates each knot stands for."""
    held = np.zeros(len(at))
    for start in range(0, len(s), 1 << 15):
        rows = slice(start, start + (1 << 15))
        cell, lagrange = _lagrange((s[rows] - at[0]) / STEP)
        for k in range(6):
            held += np.bincount(cell + k, weights[rows] * lagrange[:, k], len(at))
    return held


def _covariance(
    responses: PackedResponses, k: int, part: PatternRows, s: Floats, item: ItemCurves, prior: Ability
) -> Floats:
    """Sum over a part's rows of the covariance of the scores.

    The score is expanded in polynomials that are orthonormal under each row's posterior: the covariance is
    the sum of the products of its coefficients, and a few of them suffice where the curves are smooth.
    """
    at, masks, share, _ = posteriors(responses, k, part, s, item, prior)
    rows = slice(part.start, part.stop)
    if len(part.first) < len(share):
        masks = np.repeat(masks, np.diff(np.append(part.first, len(share))), axis=0)
    root = np.sqrt(responses.weights[rows])[:, None]
    theta = prior.nodes[at]
    own = item.right[:, at].T
    scores = _Scores(theta, own, own * theta[:, None], prior.first[at])
    n_slopes = 1 if responses.common_slope else responses.n_items
    out = np.zeros((n_slopes + responses.n_items + 2,) * 2)
    answers = (
        responses.sums[rows, None]
        if responses.common_slope
        else unpacked(responses.codes[:, rows], responses.n_items)
    )
    basis, small = [np.ones_like(share)], 0
    for degree in range(1, min(_MOST_POLYNOMIALS, len(theta))):
        following = _orthonormal(share, theta, basis)
        basis.append(following)
        slopes, rest = _mixed_scores(share * following, scores, masks, responses.common_slope)
        if degree == 1:
            slopes += answers * ((share * following) @ theta)[:, None]
        coefficients = np.concatenate([slopes, rest], axis=1) * root
        more = coefficients.T @ coefficients
        out += more
        small = small + 1 if (np.diag(more) <= _ENOUGH * np.diag(out) + 1e-300).all() else 0
        if small == 2:
            return out
    return (
        out if len(theta) <= _MOST_POLYNOMIALS else _covariance_at_nodes(share, root, answers, masks, scores)
    )


class _Scores(NamedTuple):
    """Parts of the complete data's scores at the nodes of a window (W)."""

    theta: Floats
    own: Floats
    """(W, J) P(1 | θ)."""
    with_theta: Floats
    """(W, J) θ P(1 | θ)."""
    of_ability: Floats
    """(W, 2)."""


def _orthonormal(share: Floats, theta: Floats, basis: list[Floats]) -> Floats:
    """(n, W) the next polynomial, orthogonal to those before under each row's shares; 0 if there is none."""
    following = theta * basis[-1]
    for _ in range(2):
        for before in basis:
            following = following - np.einsum("nq,nq,nq->n", share, following, before)[:, None] * before
    norm = np.sqrt(np.einsum("nq,nq,nq->n", share, following, following))
    alive = norm > 1e-9
    return np.asarray(following * np.where(alive, 1.0 / np.where(alive, norm, 1.0), 0.0)[:, None])


def _mixed_scores(mix: Floats, scores: _Scores, masks: Floats, common_slope: bool) -> tuple[Floats, Floats]:
    """Scores that do not depend on answers, mixed over nodes: of slopes, and of all else."""
    slopes = -(mix @ scores.with_theta) * masks
    if common_slope:
        slopes = slopes.sum(axis=1, keepdims=True)
    return slopes, np.concatenate([-(mix @ scores.own) * masks, mix @ scores.of_ability], axis=1)


def _covariance_at_nodes(
    share: Floats, root: Floats, answers: Floats, masks: Floats, scores: _Scores
) -> Floats:
    """The same node by node: where curves are steps that no polynomial follows."""
    n_slopes, n_items = answers.shape[1], masks.shape[1]
    size = n_slopes + n_items + 2
    out = np.zeros((size, size))
    at_once = max(1, int(4e6) // (share.shape[1] * size))
    for start in range(0, len(share), at_once):
        rows = slice(start, start + at_once)
        mask = masks[rows, None, :]
        slopes = -mask * scores.with_theta
        if n_slopes < n_items:
            slopes = slopes.sum(axis=2, keepdims=True)
        slopes = slopes + answers[rows, None, :] * scores.theta[:, None]
        of_ability = np.broadcast_to(scores.of_ability, (*slopes.shape[:2], 2))
        score = np.concatenate([slopes, -mask * scores.own, of_ability], axis=2)
        score -= np.einsum("nq,nqk->nk", share[rows], score)[:, None, :]
        score *= (np.sqrt(share[rows]) * root[rows])[:, :, None]
        flat = score.reshape(-1, size)
        out += flat.T @ flat
    return out
