"""The exact observed information of the logistic model (Louis, 1982): −d² log L of all parameters at once.

Information of the complete data less the covariance, over each candidate's posterior, of the complete data's
scores. With s = Σ_j a_j x_j the score of a candidate is x_j θ + B(θ) for a slope and x_j + B(θ) for the rest,
where B does not depend on the answers.

References: Louis, T. A. (1982). JRSS B 44, 226-233, equation 3.2.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from examgen.analysis.mml_ability import Ability
from examgen.analysis.mml_bits import unpacked
from examgen.analysis.mml_interpolation import STEP, knots, posterior_at
from examgen.analysis.mml_logistic import (
    Curves,
    Expectation,
    Part,
    Responses,
    complete_information,
    expectation,
    pieces,
    posteriors,
    weighted_sums,
)

Floats = NDArray[np.float64]
_ROWS = 1024
_ENOUGH = 1e-10
"""Share of the sum below which a further polynomial changes nothing that matters."""


def observed_information(
    responses: Responses, a: Floats, d: Floats, prior: Ability, found: Expectation | None = None
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


def _complete(found: Expectation, prior: Ability, responses: Responses) -> Floats:
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
    out: Floats, responses: Responses, part: Part, s: Floats, item: Curves, prior: Ability
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
        local[np.arange(len(some))[:, None], cell[:, None] - low + np.arange(6)] = lagrange * weights[some, None]
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


def _covariance(responses: Responses, k: int, part: Part, s: Floats, item: Curves, prior: Ability) -> Floats:
    """Sum over a part's rows of the covariance of the scores.

    The score is expanded in polynomials that are orthonormal under each row's posterior: the covariance is the
    sum of the products of its coefficients, and a few of them suffice.
    """
    at, masks, share, _ = posteriors(responses, k, part, s, item, prior)
    rows = slice(part.start, part.stop)
    if len(part.first) < len(share):
        masks = np.repeat(masks, np.diff(np.append(part.first, len(share))), axis=0)
    root = np.sqrt(responses.weights[rows])[:, None]
    theta = prior.nodes[at]
    own = item.right[:, at].T
    with_theta = own * theta[:, None]
    n_slopes = 1 if responses.common_slope else responses.n_items
    out = np.zeros((n_slopes + responses.n_items + 2,) * 2)
    answers = responses.sums[rows, None] if responses.common_slope else unpacked(
        responses.codes[:, rows], responses.n_items
    )
    before, now = np.zeros_like(share), np.ones_like(share)
    norm = np.ones(len(share))
    for degree in range(1, len(theta)):
        centre = ((share * now * now) @ theta)[:, None]
        following = (theta - centre) * now - norm[:, None] * before
        norm = np.sqrt(np.einsum("nq,nq,nq->n", share, following, following))
        alive = norm > 1e-9
        norm = np.where(alive, norm, 0.0)
        before, now = now, following * np.where(alive, 1.0 / np.where(alive, norm, 1.0), 0.0)[:, None]
        mixed = share * now
        slopes = -(mixed @ with_theta) * masks
        if responses.common_slope:
            slopes = slopes.sum(axis=1, keepdims=True)
        if degree == 1:
            slopes += answers * norm[:, None]
        coefficients = np.concatenate([slopes, -(mixed @ own) * masks, mixed @ prior.first[at]], axis=1)
        coefficients *= root
        more = coefficients.T @ coefficients
        out += more
        if degree > 2 and np.abs(np.diag(more)).max() <= _ENOUGH * np.abs(np.diag(out)).max():
            break
    return out
