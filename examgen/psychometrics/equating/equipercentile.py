"""Equipercentile equating: scores that have the same percentile rank.

Counts have leading axes, as in `scores`. Distributions are made continuous by spreading each score evenly
over its interval. Kolen & Brennan (2014), chapters 2, 3 and 5.
"""

from __future__ import annotations

import numpy as np

from examgen.psychometrics.equating.scores import Floats, Scales, percentile_ranks, rank_at, scores_at, shares


def equipercentile(x: Floats, y: Floats, scales: Scales) -> Floats:
    """(…, K) Y-equivalents of the scores on X, for counts (…, K) and (…, L)."""
    p, q = shares(x), shares(y)
    return scores_at(percentile_ranks(p), q, scales.y)


def chained(x: Floats, y: Floats, scales: Scales) -> Floats:
    """(…, K) by way of the anchor: X → anchor in population 1, anchor → Y in population 2, for counts
    (…, K, V) and (…, L, V)."""
    p, p_anchor = shares(x.sum(axis=-1)), shares(x.sum(axis=-2))
    q, q_anchor = shares(y.sum(axis=-1)), shares(y.sum(axis=-2))
    on_anchor = scores_at(percentile_ranks(p), p_anchor, scales.anchor)
    return scores_at(rank_at(on_anchor, q_anchor, scales.anchor), q, scales.y)


def synthetic(x: Floats, y: Floats, weight: float) -> tuple[Floats, Floats]:
    """The shares (…, K) and (…, L) of scores on both forms in the synthetic population (eq. 5.7, 5.8), for
    counts (…, K, V) and (…, L, V): given the anchor, who would have earned what is taken as alike in both.

    Of an anchor score that nobody of a population has, nothing is known there: its part is left out, and the
    rest made up to 1.
    """
    p, q = _joint(x), _joint(y)
    h1, h2 = p.sum(axis=-2, keepdims=True), q.sum(axis=-2, keepdims=True)
    with np.errstate(divide="ignore", invalid="ignore"):
        p_there = np.where(h1 > 0, p / h1 * h2, 0.0)
        q_here = np.where(h2 > 0, q / h2 * h1, 0.0)
    f = (weight * p + (1 - weight) * p_there).sum(axis=-1)
    g = (weight * q_here + (1 - weight) * q).sum(axis=-1)
    return shares(f), shares(g)


def _joint(counts: Floats) -> Floats:
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(counts / counts.sum(axis=(-2, -1), keepdims=True))
