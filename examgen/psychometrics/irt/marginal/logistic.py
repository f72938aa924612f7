"""Expected counts, gradient and observed information of the one- and two-parameter logistic model.

For every caller that fits P(1 | θ) = 1 / (1 + exp(−(aθ + d))) by marginal likelihood: `two_parameter.py` for
one group, `groups.py` for several. A group is one `PackedResponses`; its mean and standard deviation enter by
`log_weights` alone:

    responses = prepare(scores)                       # once for each group; common_slope=True for Rasch, 1PL
    prior = ability(grid, mean, log_sd)               # log weights of the nodes, and their derivatives
    found = expectation(responses, a, d, prior)       # one E-step: log_likelihood, objective, expected counts
    gradient(found, prior)                            # d objective / d (slopes, intercepts, mean, log sd)
    complete_information(found, prior)                # of the complete data, by blocks: the M-step's
    observed_information(responses, a, d, prior)      # −d² objective, exact (observed_information.py)

Slopes: J of them, or one with `common_slope` (then `responses` keeps only patterns and sums of scores).
Likelihood and gradient of several groups add up; a shared parameter's entries are summed.
`ascent.maximise` maximises any function given so.

Posteriors of many candidates with one pattern of answers, from a grid of the weighted sum s.

With s = Σ_j a_j x_j the log of P(x), the posterior mean and the expected counts are smooth functions of s.
They are computed at equally spaced s; between them a polynomial of degree five agrees with the function and
its first two derivatives at both ends. Its error is at most h⁶ / 46080 times the sixth derivative, some 1e-9
at h = 0.2. A sum over candidates needs only the sums of powers of their places within each cell.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from examgen.psychometrics.irt.marginal.counts import Ability
from examgen.psychometrics.irt.marginal.responses import (
    PIECE,
    PackedResponses,
    PatternRows,
    column_sums,
    row_sums,
    unpacked,
)

Floats = NDArray[np.float64]
STEP = 0.2
_SLICE = 1 << 15
# coefficients of 1, t, …, t⁵ of the six polynomials: value, first and second derivative, left and right
_HERMITE = np.array(
    [
        [1, 0, 0, -10, 15, -6],
        [0, 1, 0, -6, 8, -3],
        [0, 0, 0.5, -1.5, 1.5, -0.5],
        [0, 0, 0, 10, -15, 6],
        [0, 0, 0, -4, 7, -3],
        [0, 0, 0, 0.5, -1, 0.5],
    ]
)
_NEGLIGIBLE = -34.0
"""Log of a posterior share that float64 does not see beside 1."""


def knots(s: Floats, beyond: int = 0) -> Floats:
    """Equally spaced points over the range of s, `beyond` more at each end."""
    return np.asarray(float(s.min()) + STEP * np.arange(-beyond, n_knots(s) + beyond))


def n_knots(s: Floats) -> int:
    """How many points that takes."""
    return int((float(s.max()) - float(s.min())) / STEP) + 2


def interpolated_part(
    s: Floats, weights: Floats, nodes: Floats, base: Floats
) -> tuple[float, Floats, Floats]:
    """Σ w log Σ_q exp(θ_q s + base_q), expected counts (Q,) and posterior means (n,) of weighted sums s."""
    at = knots(s)
    share, log_total, mean, variance, third = posterior_at(at, nodes, base)
    of_mean = _cells(mean, STEP * variance, STEP**2 * third)
    powers = np.zeros((6, len(at) - 1))
    means = np.empty(len(s))
    for start in range(0, len(s), _SLICE):
        rows = slice(start, start + _SLICE)
        place = (s[rows] - at[0]) * (1.0 / STEP)
        cell = np.minimum(place.astype(np.int64), len(at) - 2)
        place -= cell
        power = weights[rows]
        powers[0] += np.bincount(cell, power, len(at) - 1)
        result = of_mean[5].take(cell)
        for k in range(1, 6):
            power = power * place
            powers[k] += np.bincount(cell, power, len(at) - 1)
            result *= place
            result += of_mean[5 - k].take(cell)
        means[rows] = result
    value, slope, curvature = _at_knots(powers)
    log_likelihood = float(value @ log_total + slope @ mean * STEP + curvature @ variance * STEP**2)
    off = nodes - mean[:, None]
    mix = value[:, None] + STEP * slope[:, None] * off
    mix += STEP**2 * curvature[:, None] * (off * off - variance[:, None])
    return log_likelihood, np.einsum("gq,gq->q", mix, share), means


def posterior_at(s: Floats, nodes: Floats, base: Floats) -> tuple[Floats, Floats, Floats, Floats, Floats]:
    """Posterior shares (G, Q) at sums s, the log of their total, and their first three cumulants."""
    share = s[:, None] * nodes + base
    top = share.max(axis=1)
    share -= top[:, None]
    np.exp(share, out=share)
    total = share.sum(axis=1)
    share /= total[:, None]
    first, second, cube = (share @ np.stack([nodes, nodes**2, nodes**3], axis=1)).T
    variance = np.maximum(second - first**2, 0.0)
    third = cube - 3.0 * first * second + 2.0 * first**3
    return share, top + np.log(total), first, variance, third


def _cells(value: Floats, slope: Floats, curvature: Floats) -> Floats:
    """(6, G − 1) coefficients of 1 … t⁵ in each cell; derivatives are per cell width."""
    ends = np.stack([value[:-1], slope[:-1], curvature[:-1], value[1:], slope[1:], curvature[1:]])
    return np.asarray(_HERMITE.T @ ends)


def _at_knots(powers: Floats) -> tuple[Floats, Floats, Floats]:
    """Weights of value, first and second derivative at each knot, from the sums of powers in each cell."""
    ends = _HERMITE @ powers
    out = np.zeros((3, powers.shape[1] + 1))
    out[:, :-1] += ends[:3]
    out[:, 1:] += ends[3:]
    return out[0], out[1], out[2]


class ItemCurves(NamedTuple):
    """Item curves at Q nodes: `right` (J, Q) is P(1 | θ), `wrong` 1 − P, `softplus` log(1 + exp(aθ + d))."""

    right: Floats
    wrong: Floats
    softplus: Floats


class Expectation(NamedTuple):
    """What one E-step finds."""

    log_likelihood: float
    """Under renormalised weights: what is reported."""
    objective: float
    """Under the weights as they are: what `gradient` is of. The same at mean 0 and sd 1."""
    right_theta: Floats
    """(S,) Σ over candidates of x · E(θ | x); with a common slope, of the sum of x."""
    right: Floats
    """(J,) how many were right."""
    taken: Floats
    """(J, Q) expected candidates at each node who answered the item."""
    posterior: Floats
    """(Q,) expected candidates at each node."""
    item: ItemCurves
    """Item curves at the nodes."""


def curves(a: Floats, d: Floats, nodes: Floats) -> ItemCurves:
    """Item curves at the nodes, without overflow. a (J,) or (1,), d (J,)."""
    z = a[:, None] * nodes + d[:, None]
    small = np.exp(-np.abs(z))
    low = small / (1.0 + small)
    above = z > 0
    return ItemCurves(
        np.where(above, 1.0 - low, low), np.where(above, low, 1.0 - low), np.maximum(z, 0.0) + np.log1p(small)
    )


def weighted_sums(responses: PackedResponses, a: Floats) -> Floats:
    """(n,) s = Σ_j a_j x_j of each row."""
    return responses.sums * a[0] if responses.common_slope else row_sums(responses.codes, a)


def expectation(responses: PackedResponses, a: Floats, d: Floats, prior: Ability) -> Expectation:
    """One E-step of Bock and Aitkin (1981).

    Parameters
    ----------
    a : (J,) slopes, or (1,) where the responses were prepared for a common slope.
    d : (J,) intercepts.

    Notes
    -----
    log P(x | θ) = θ s + x'd − Σ_j log(1 + exp(a_j θ + d_j)) with s = x'a: the posterior depends on the
    answers through s alone.
    """
    item = curves(a, d, prior.nodes)
    s = weighted_sums(responses, a)
    mean = np.empty(len(s))
    taken = np.zeros(item.right.shape)
    posterior = np.zeros(len(prior.nodes))
    objective = float(responses.right @ d)
    for k, part in pieces(responses, s):
        rows = slice(part.start, part.stop)
        if part.interpolated:
            mask = unpacked(part.masks, responses.n_items)[0]
            base = prior.log_weights - mask @ item.softplus
            value, counts, mean[rows] = interpolated_part(s[rows], responses.weights[rows], prior.nodes, base)
            taken += mask[:, None] * counts
            posterior += counts
        else:
            value, at, counts, masks, mean[rows] = _direct(responses, k, part, s, item, prior)
            taken[:, at] += masks.T @ counts
            posterior[at] += counts.sum(axis=0)
        objective += value
    mean *= responses.weights
    if responses.common_slope:
        right_theta = np.array([responses.sums @ mean])
    else:
        right_theta = column_sums(responses.codes, mean, responses.n_items)
    log_likelihood = objective - responses.n_candidates * prior.log_total
    return Expectation(log_likelihood, objective, right_theta, responses.right, taken, posterior, item)


def pieces(responses: PackedResponses, s: Floats) -> Iterator[tuple[int, PatternRows]]:
    """Parts with their numbers. One whose sums are so far apart that a grid of them would have more points
    than rows (slopes that run to infinity) comes in pieces that are not interpolated."""
    for k, part in enumerate(responses.parts):
        if not part.interpolated or n_knots(s[part.start : part.stop]) < part.stop - part.start:
            yield k, part
            continue
        for start in range(part.start, part.stop, PIECE):
            yield k, part._replace(start=start, stop=min(start + PIECE, part.stop), interpolated=False)


def _direct(
    responses: PackedResponses, k: int, part: PatternRows, s: Floats, item: ItemCurves, prior: Ability
) -> tuple[float, slice, Floats, Floats, Floats]:
    """Log-likelihood, nodes, expected counts of each pattern there, patterns, and means of a part's rows."""
    at, masks, share, log_total = posteriors(responses, k, part, s, item, prior)
    mean = share @ prior.nodes[at]
    weights = responses.weights[part.start : part.stop]
    share *= weights[:, None]
    counts = share if len(part.first) == len(share) else np.add.reduceat(share, part.first, axis=0)
    return float(weights @ log_total), at, counts, masks, mean


def posteriors(
    responses: PackedResponses, k: int, part: PatternRows, s: Floats, item: ItemCurves, prior: Ability
) -> tuple[slice, Floats, Floats, Floats]:
    """Of part k, or a piece of it: the nodes that matter, patterns (P, J), posterior shares (n, nodes), and
    log P(x) less x'd (n,).

    The window of the last time is tried first. Log posteriors are concave, so where they are negligible at
    its edges they are so beyond.
    """
    masks = unpacked(part.masks, responses.n_items)
    low, high = responses.windows[k] if prior.concave else (0, 0)
    n_nodes = len(prior.nodes)
    if high == 0 or high > n_nodes:
        low, high = 0, n_nodes
    while True:
        log_share = _log_joint(part, masks, s, item, prior, slice(low, high))
        top = log_share.max(axis=1)
        log_share -= top[:, None]
        left, right = log_share[:, 0].max(), log_share[:, -1].max()
        if (low == 0 or left < _NEGLIGIBLE) and (high == n_nodes or right < _NEGLIGIBLE):
            break
        low, high = max(low - 8, 0), min(high + 8, n_nodes)
    near = np.flatnonzero(log_share.max(axis=0) > _NEGLIGIBLE)
    responses.windows[k] = (max(low + int(near[0]) - 2, 0), min(low + int(near[-1]) + 3, n_nodes))
    share = np.exp(log_share, out=log_share)
    total = share.sum(axis=1)
    share /= total[:, None]
    return slice(low, high), masks, share, top + np.log(total)


def _log_joint(
    part: PatternRows, masks: Floats, s: Floats, item: ItemCurves, prior: Ability, at: slice
) -> Floats:
    """(n, nodes) log P(x, θ) less x'd of a part's rows."""
    base = prior.log_weights[at] - masks @ item.softplus[:, at]
    if len(part.first) < part.stop - part.start:
        base = np.repeat(base, np.diff(np.append(part.first, part.stop - part.start)), axis=0)
    return np.asarray(base + s[part.start : part.stop, None] * prior.nodes[at])


def gradient(found: Expectation, prior: Ability) -> Floats:
    """(S + J + 2,) derivatives of the objective by slopes, intercepts, mean and log sd of ability."""
    expected = found.item.right * found.taken
    slopes = expected @ prior.nodes
    if len(found.right_theta) == 1:
        slopes = np.array([slopes.sum()])
    return np.concatenate(
        [found.right_theta - slopes, found.right - expected.sum(axis=1), found.posterior @ prior.first]
    )


def complete_information(found: Expectation, prior: Ability) -> tuple[Floats, Floats, Floats, Floats]:
    """Expected information of the complete data, by blocks: (J,) of slopes, of slope with intercept, of
    intercepts, and (2, 2) of mean and log sd. A common slope's is the sum over items."""
    spread = found.item.right * found.item.wrong * found.taken
    theta = prior.nodes
    of_ability = -np.einsum("q,qij->ij", found.posterior, prior.second)
    return spread @ theta**2, spread @ theta, spread.sum(axis=1), of_ability
