"""Expected counts, gradient and information of the one- and two-parameter logistic model.

For every caller that fits P(1 | θ) = 1 / (1 + exp(−(aθ + d))) by marginal likelihood: `two_parameter.py` for
one group, `groups.py` for several. A group is one `Responses`; its mean and standard deviation enter by
`log_weights` alone:

    responses = prepare(scores, "weighted sum")       # once for each group; "sum" for one slope of all items
    prior = ability(grid, mean, log_sd)               # log weights of the nodes, and their derivatives
    found = expectation(responses, a, d, prior)       # one E-step: log_likelihood, objective, expected counts
    gradient(found, prior)                            # d objective / d (slopes, intercepts, mean, log sd)
    complete_information(found, prior)                # of the complete data, by blocks: the M-step's
    observed_information(responses, a, d, prior)      # −d² objective, exact (observed_information.py)

Slopes: J of them, or one where the responses keep only sums of scores. Likelihood and gradient of several
groups add up; a shared parameter's entries are summed. `ascent.maximise` maximises any function given so.

This is the expectation step of `problem.py` for models whose posterior depends on the answers through a
weighted sum s = Σ_j a_j x_j alone. Of many candidates with one pattern of answers it comes from a grid of s:
with s the log of P(x), the posterior mean and the expected counts are smooth functions of s.
They are computed at equally spaced s; between them a polynomial of degree five agrees with the function and
its first two derivatives at both ends. Its error is at most h⁶ / 46080 times the sixth derivative, some 1e-9
at h = 0.2. A sum over candidates needs only the sums of powers of their places within each cell.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import DTypeLike, NDArray

from examgen.psychometrics.irt.marginal.responses import (
    PIECE,
    PatternRows,
    Responses,
    by_pattern,
    column_sums,
    posteriors,
    row_sums,
    unpacked,
)
from examgen.stats.quadrature import Ability

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
    of_mean = hermite(mean, variance, third)
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
    # weights of value, first and second derivative at each knot
    ends, of_knots = _HERMITE @ powers, np.zeros((3, len(at)))
    of_knots[:, :-1] = ends[:3]
    of_knots[:, 1:] += ends[3:]
    value, slope, curvature = of_knots * np.array([[1.0], [STEP], [STEP**2]])
    log_likelihood = float(value @ log_total + slope @ mean + curvature @ variance)
    # shares have (θ − mean) times themselves as derivative by s, and ((θ − mean)² − variance) as second one
    without_theta = value + mean * (curvature * mean - slope) - curvature * variance
    with_theta = slope - 2.0 * mean * curvature
    constant, linear, square = np.array([without_theta, with_theta, curvature]) @ share
    return log_likelihood, constant + nodes * (linear + nodes * square), means


def hermite(value: Floats, slope: Floats, bend: Floats) -> Floats:
    """(6, G − 1) coefficients of 1, t, …, t⁵ in each cell between G knots, of a function with these values
    and first and second derivatives there; t runs from 0 to 1."""
    ends = np.array([value, STEP * slope, STEP**2 * bend])
    return np.asarray(_HERMITE.T @ np.concatenate([ends[:, :-1], ends[:, 1:]]))


def posterior_at(s: Floats, nodes: Floats, base: Floats) -> tuple[Floats, Floats, Floats, Floats, Floats]:
    """Posterior shares (G, Q) at sums s, the log of their total, and their first three cumulants."""
    share = s[:, None] * nodes
    share += base
    top = share.max(axis=1)
    share -= top[:, None]
    np.exp(share, out=share)
    total = share @ np.ones(len(nodes))
    share *= (1.0 / total)[:, None]
    square = nodes * nodes
    first, second, cube = np.array([nodes, square, square * nodes]) @ share.T
    variance = np.maximum(second - first * first, 0.0)
    third = cube - first * (3.0 * second - 2.0 * first * first)
    return share, top + np.log(total), first, variance, third


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
    chance: Floats
    """(J, Q) P(1 | θ) at the nodes."""
    wrong: Floats
    """(J, Q) 1 − P(1 | θ)."""
    lowest: Floats
    """(J, Q) log of that."""


def weighted_sums(responses: Responses, a: Floats) -> Floats:
    """(n,) s = Σ_j a_j x_j of each row."""
    return responses.sums * a[0] if responses.common_slope else row_sums(responses.codes, a)


def expectation(
    responses: Responses, a: Floats, d: Floats, prior: Ability, precision: DTypeLike = np.float64
) -> Expectation:
    """One E-step of Bock and Aitkin (1981).

    Parameters
    ----------
    a : (J,) slopes, or (1,) where the responses were prepared for a common slope.
    d : (J,) intercepts.
    precision : float64 or float32, of posteriors that are not interpolated.

    Notes
    -----
    log P(x | θ) = θ s + x'd − Σ_j log(1 + exp(a_j θ + d_j)) with s = x'a: the posterior depends on the
    answers through s alone.
    """
    z = a[:, None] * prior.nodes + d[:, None]
    small = np.exp(-np.abs(z))
    low = small / (1.0 + small)
    above, high = z > 0, 1.0 - low
    chance, wrong = np.where(above, high, low), np.where(above, low, high)
    lowest = -(np.maximum(z, 0.0) + np.log1p(small))
    s = weighted_sums(responses, a)
    mean = np.empty(len(s))
    taken = np.zeros(z.shape)
    posterior = np.zeros(len(prior.nodes))
    objective = float(responses.right @ d)
    own_lowest, own_nodes = lowest.astype(precision), prior.nodes.astype(precision)
    for k, part in pieces(responses, s):
        rows = slice(part.start, part.stop)
        weights = responses.weights[rows]
        if part.interpolated:
            mask = unpacked(part.masks, responses.n_items)[0]
            base = prior.log_weights + mask @ lowest
            value, counts, mean[rows] = interpolated_part(s[rows], weights, prior.nodes, base)
            taken += mask[:, None] * counts
            posterior += counts
        else:
            linear = of_weighted_sums(s[rows].astype(precision), own_nodes)
            at, masks, share, log_total = posteriors(responses, k, part, prior, own_lowest, linear)
            mean[rows] = share @ own_nodes[at]
            share *= weights[:, None].astype(precision)
            counts = by_pattern(part, share)
            value = float(weights @ log_total)
            taken[:, at] += masks.T @ counts
            posterior[at] += counts.sum(axis=0)
        objective += value
    mean *= responses.weights
    if responses.common_slope:
        right_theta = np.array([responses.sums @ mean])
    else:
        right_theta = column_sums(responses.codes, mean, responses.n_items)
    return Expectation(
        objective - responses.n_candidates * prior.log_total, objective, right_theta, responses.right, taken,
        posterior, chance, wrong, lowest,
    )  # fmt: skip


def of_weighted_sums(s: Floats, nodes: Floats) -> Callable[[slice], Floats]:
    """What answers of weighted sums s add to log P(x | θ), less x'd: θ s at some of the nodes."""
    return lambda at: s[:, None] * nodes[at]


def pieces(responses: Responses, s: Floats) -> Iterator[tuple[int, PatternRows]]:
    """Parts with their numbers. One whose sums are so far apart that a grid of them would have more points
    than rows (slopes that run to infinity) comes in pieces that are not interpolated."""
    for k, part in enumerate(responses.parts):
        if not part.interpolated or n_knots(s[part.start : part.stop]) < part.stop - part.start:
            yield k, part
            continue
        for start in range(part.start, part.stop, PIECE):
            yield k, part._replace(start=start, stop=min(start + PIECE, part.stop), interpolated=False)


def gradient(found: Expectation, prior: Ability) -> Floats:
    """(S + J + 2,) derivatives of the objective by slopes, intercepts, mean and log sd of ability."""
    expected = found.chance * found.taken
    slopes = expected @ prior.nodes
    if len(found.right_theta) == 1:
        slopes = np.array([slopes.sum()])
    return np.concatenate(
        [found.right_theta - slopes, found.right - expected.sum(axis=1), found.posterior @ prior.first]
    )


def complete_information(found: Expectation, prior: Ability) -> tuple[Floats, Floats, Floats, Floats]:
    """Expected information of the complete data, by blocks: (J,) of slopes, of slope with intercept, of
    intercepts, and (2, 2) of mean and log sd. A common slope's is the sum over items."""
    spread = found.chance * found.wrong * found.taken
    theta = prior.nodes
    of_ability = -np.einsum("q,qij->ij", found.posterior, prior.second)
    return spread @ theta**2, spread @ theta, spread.sum(axis=1), of_ability


def complete_matrix(found: Expectation, prior: Ability) -> Floats:
    """(S + J + 2,)² the same as one matrix."""
    aa, ad, dd, of_ability = complete_information(found, prior)
    n = len(dd)
    if len(found.right_theta) < n:
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
