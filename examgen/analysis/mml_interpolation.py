"""Posteriors of many candidates with one pattern of answers, from a grid of the weighted sum s.

With s = Σ_j a_j x_j the log of P(x), the posterior mean and the expected counts are smooth functions of s.
They are computed at equally spaced s; between them a polynomial of degree five agrees with the function and
its first two derivatives at both ends. Its error is at most h⁶ / 46080 times the sixth derivative, some 1e-9
at h = 0.2. A sum over candidates needs only the sums of powers of their places within each cell.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

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
