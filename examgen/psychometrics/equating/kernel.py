"""Gaussian kernel continuisation: a discrete distribution of scores → a smooth one of like mean and variance.

von Davier, A. A., Holland, P. W., & Thayer, D. T. (2004). The kernel method of test equating. Springer. With
scores x_j, shares r_j, mean μ, variance σ² and a² = σ² / (σ² + h²), the cumulative distribution is

    F(x) = Σ r_j Φ((x − a x_j − (1 − a) μ) / (a h))        (eq. 4.5–4.7)
"""

from __future__ import annotations

import numpy as np
from scipy.optimize import minimize_scalar
from scipy.special import ndtr

from examgen.psychometrics.equating.scores import Floats, scores_at, step_of

_NARROWEST, _WIDEST = 0.1, 3.0
"""Bandwidths that are looked at, in steps of the scale."""
_SIDE = 0.25
"""How far to either side of a score, in steps, the slope of the density is looked at (as in the book)."""
_MOST_STEPS = 100
_AT_ONCE = 2_000_000


def bandwidth(p: Floats, scale: Floats) -> float:
    """The bandwidth of a distribution (K,) that makes a penalty least: PEN₁ + PEN₂ (eq. 4.30).

    PEN₁ is the sum of squared differences between shares and density at the scores, PEN₂ the number of scores
    at which the density has a dent: falls to the left and rises to the right. Searched on a grid, then
    between its neighbours.
    """
    step = step_of(scale)
    grid = np.geomspace(_NARROWEST, _WIDEST, 60) * step
    values = [penalty(float(h), p, scale) for h in grid]
    best = int(np.argmin(values))
    low, high = grid[max(best - 1, 0)], grid[min(best + 1, len(grid) - 1)]
    near = minimize_scalar(penalty, bounds=(low, high), args=(p, scale), method="bounded")
    return float(near.x) if near.fun < values[best] else float(grid[best])


def penalty(h: float, p: Floats, scale: Floats) -> float:
    """PEN₁ + PEN₂ of a bandwidth; densities are for a step of the scale."""
    step = step_of(scale)
    first = float(((p - step * density(scale, p, scale, h)) ** 2).sum())
    left, right = (_slope(scale + side * step, p, scale, h) for side in (-_SIDE, _SIDE))
    return first + float(((left < 0) & (right > 0)).sum())


def cumulative(points: Floats, p: Floats, scale: Floats, h: float) -> Floats:
    """(…, M) F at points (…, M) of distributions (…, K)."""
    z, _ = _standard(points, p, scale, h)
    return np.asarray(np.einsum("...mk,...k->...m", ndtr(z), p))


def density(points: Floats, p: Floats, scale: Floats, h: float) -> Floats:
    """(…, M) the derivative of F."""
    z, width = _standard(points, p, scale, h)
    return np.asarray(np.einsum("...mk,...k->...m", _normal(z), p) / width)


def equated(
    x: Floats, p: Floats, scale_x: Floats, q: Floats, scale_y: Floats, h: tuple[float, float]
) -> Floats:
    """(B, M) G⁻¹(F(x)) at scores x (M,) or (B, M), for distributions p (B, K) on X and q (B, L) on Y."""
    found = np.empty((len(p), x.shape[-1]))
    size = max(1, _AT_ONCE // (x.shape[-1] * max(p.shape[-1], q.shape[-1])))
    for start in range(0, len(p), size):
        part = slice(start, start + size)
        points = np.broadcast_to(x, found.shape)[part]
        found[part] = quantile(cumulative(points, p[part], scale_x, h[0]), q[part], scale_y, h[1])
    return found


def quantile(ranks: Floats, q: Floats, scale: Floats, h: float) -> Floats:
    """(B, M) G⁻¹ of ranks in q (B, L), by Newton's steps within bounds that close in."""
    known = np.isfinite(ranks) & np.isfinite(q).all(axis=-1, keepdims=True)
    rows, places = np.nonzero(known)
    asked = np.clip(ranks[rows, places], 1e-14, 1 - 1e-14)
    found = np.full(ranks.shape, np.nan)
    # evenly spread scores have nearly the same quantiles: where the search begins
    points = scores_at(np.where(known, ranks, 0.5), np.where(np.isfinite(q), q, 0.0), scale)[rows, places]
    far = 10 * h + 10 * step_of(scale)
    low, high = np.full_like(points, scale[0] - far), np.full_like(points, scale[-1] + far)
    own = np.arange(len(points))
    enough = 1e-11 * (1 + abs(scale[-1]))
    for _ in range(_MOST_STEPS):
        here = points[own, None]
        z, width = _standard(here, q[rows[own]], scale, h)
        share, weights = q[rows[own]], z[:, 0]
        off = (ndtr(weights) * share).sum(axis=1) - asked[own]
        slope = (_normal(weights) * share).sum(axis=1) / width[:, 0]
        low[own] = np.where(off < 0, points[own], low[own])
        high[own] = np.where(off > 0, points[own], high[own])
        with np.errstate(divide="ignore", invalid="ignore"):
            new = points[own] - off / slope
        inside = np.isfinite(new) & (new > low[own]) & (new < high[own])
        new = np.where(inside, new, (low[own] + high[own]) / 2)
        moved = np.abs(new - points[own])
        points[own] = new
        own = own[moved > enough]
        if not len(own):
            break
    found[rows, places] = points
    return found


def _standard(points: Floats, p: Floats, scale: Floats, h: float) -> tuple[Floats, Floats]:
    """(…, M, K) standard distances of points from the kernels, and (…, 1) their width a h."""
    mean = p @ scale
    variance = np.maximum((p * (scale - mean[..., None]) ** 2).sum(axis=-1), 1e-12)
    a = np.sqrt(variance / (variance + h * h))
    centres = a[..., None] * scale + ((1 - a) * mean)[..., None]
    width = a * h
    return (points[..., :, None] - centres[..., None, :]) / width[..., None, None], width[..., None]


def _slope(points: Floats, p: Floats, scale: Floats, h: float) -> Floats:
    """The derivative of the density, up to a positive factor."""
    z, _ = _standard(points, p, scale, h)
    return np.asarray(-np.einsum("...mk,...k->...m", z * _normal(z), p))


def _normal(z: Floats) -> Floats:
    return np.asarray(np.exp(-0.5 * z * z) / np.sqrt(2 * np.pi))
