"""How often each score was earned → moments, percentile ranks, and the scores that have them.

Counts have any number of leading axes, so that a thousand samples are worked on as one: (…, K) for K score
points, (…, K, V) where V points of an anchor are told beside them. Points of a scale are equally far apart.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

_STEPS = 1 << 36
"""Cumulative shares are compared in so many steps of 1: what differs by less is a tie."""


class Scales(NamedTuple):
    """The points of the scores on both forms and of the anchor (none where there is no anchor)."""

    x: Floats
    """(K,)"""
    y: Floats
    """(L,)"""
    anchor: Floats
    """(V,)"""


def step_of(scale: Floats) -> float:
    """How far apart points are; 1 of a single one."""
    return float(scale[1] - scale[0]) if len(scale) > 1 else 1.0


class FormMoments(NamedTuple):
    """Moments of scores; each of the shape of the leading axes. Divisor n − 1 for `sd`; n for the third and
    fourth, in units of that `sd`, as R's equate has them. NaN where undefined."""

    n: Floats
    mean: Floats
    sd: Floats
    skewness: Floats
    kurtosis: Floats
    """3 of a normal distribution."""


def moments(counts: Floats, scale: Floats) -> FormMoments:
    """Of counts (…, K)."""
    n = counts.sum(axis=-1)
    with np.errstate(divide="ignore", invalid="ignore"):
        mean = counts @ scale / n
        off = scale - mean[..., None]
        second, third, fourth = ((counts * off**power).sum(axis=-1) for power in (2, 3, 4))
        variance = np.where(n > 1, second / (n - 1), np.nan)
        variance = np.where(variance > 1e-12 * (1 + mean**2), variance, np.where(n > 1, 0.0, np.nan))
        sd = np.sqrt(variance)
        own = np.where(sd > 0, sd, np.nan)
        return FormMoments(n, mean, sd, third / n / own**3, fourth / n / own**4)


class Joint(NamedTuple):
    """Means, variances and covariance (divisor n − 1) of total and anchor, each of the leading axes."""

    n: Floats
    mean: Floats
    anchor_mean: Floats
    variance: Floats
    anchor_variance: Floats
    covariance: Floats


def joint_moments(counts: Floats, scale: Floats, anchor: Floats) -> Joint:
    """Of counts (…, K, V)."""
    total, beside = moments(counts.sum(axis=-1), scale), moments(counts.sum(axis=-2), anchor)
    with np.errstate(divide="ignore", invalid="ignore"):
        products = np.einsum("...kv,k,v->...", counts, scale, anchor)
        covariance = (products - total.n * total.mean * beside.mean) / (total.n - 1)
    return Joint(total.n, total.mean, beside.mean, total.sd**2, beside.sd**2, covariance)


def shares(counts: Floats) -> Floats:
    """Counts (…, K) as shares of their sum; NaN where that is 0."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(counts / counts.sum(axis=-1, keepdims=True))


def percentile_ranks(p: Floats) -> Floats:
    """(…, K) share below each score point, and half of that on it (Kolen & Brennan 2014, eq. 2.14)."""
    return np.asarray(np.cumsum(p, axis=-1) - p / 2)


def rank_at(points: Floats, p: Floats, scale: Floats) -> Floats:
    """(…, M) percentile ranks of any points (…, M) in a distribution `p` (…, V): those who have a score are
    spread evenly over the interval about it (Kolen & Brennan 2014, eq. 2.14)."""
    step = step_of(scale)
    place = (points - scale[0]) / step + 0.5  # 0 where the first interval begins
    # what falls between two points by rounding belongs to the nearer end
    place = np.clip(np.where(np.isfinite(place), place, 0.0), 0.0, len(scale))
    whole = np.minimum(np.floor(place).astype(np.int64), len(scale) - 1)
    below = np.concatenate([np.zeros((*p.shape[:-1], 1)), np.cumsum(p, axis=-1)], axis=-1)
    low = np.take_along_axis(below, whole, axis=-1)
    found = low + (place - whole) * np.take_along_axis(p, whole, axis=-1)
    return np.where(np.isfinite(points), found, np.nan)


def scores_at(ranks: Floats, p: Floats, scale: Floats) -> Floats:
    """(…, M) the scores whose percentile ranks in `p` (…, L) are `ranks` (…, M), between 0 and 1.

    Where scores that nobody has make several scores of one rank, it is the mean of the lowest and the highest
    (Kolen & Brennan 2014, eq. 2.15–2.18). Rank 0 is the lower end of the scale, rank 1 its upper end, as R's
    equate has it.
    """
    step, last = step_of(scale), len(scale) - 1
    edges = np.cumsum(p, axis=-1)
    below = np.concatenate([np.zeros((*p.shape[:-1], 1)), edges[..., :-1]], axis=-1)
    known = np.isfinite(ranks) & np.isfinite(edges[..., -1:])
    asked = np.where(known, ranks, 0.5)
    upper = np.minimum(_places(edges, asked, "right"), last)
    lower = np.clip(_places(edges, asked, "left") - 1, -1, last - 1)  # the last edge below the rank
    with np.errstate(divide="ignore", invalid="ignore"):
        high = scale[upper] + step * ((asked - _at(below, upper)) / _at(p, upper) - 0.5)
        low = scale[lower + 1] + step * ((asked - _at(below, lower + 1)) / _at(p, lower + 1) - 0.5)
    found = (high + low) / 2
    whole = np.rint(asked * _STEPS)
    found = np.where(whole <= 0, scale[0] - step / 2, np.where(whole >= _STEPS, scale[-1] + step / 2, found))
    return np.where(known, found, np.nan)


def _at(values: Floats, places: NDArray[np.int64]) -> Floats:
    return np.asarray(np.take_along_axis(values, places, axis=-1))


def _places(edges: Floats, ranks: Floats, side: str) -> NDArray[np.int64]:
    """For each rank how many edges of its row are below it (`left`), or not above it (`right`)."""
    rows, width = edges.reshape(-1, edges.shape[-1]), edges.shape[-1]
    asked = np.broadcast_to(ranks, (*edges.shape[:-1], ranks.shape[-1])).reshape(len(rows), -1)
    # rows behind each other on one line of whole numbers, so that one search finds all
    offset = np.arange(len(rows), dtype=np.int64)[:, None] * (2 * _STEPS)
    line = np.rint(np.where(np.isfinite(rows), rows, 1.0) * _STEPS).astype(np.int64) + offset
    wanted = np.rint(asked * _STEPS).astype(np.int64) + offset
    found = np.searchsorted(line.ravel(), wanted.ravel(), side=side)  # type: ignore[call-overload]
    places = found.reshape(wanted.shape) - np.arange(len(rows))[:, None] * width
    return np.asarray(np.clip(places, 0, width).reshape(*edges.shape[:-1], -1))
