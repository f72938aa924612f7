"""Start values of the logistic model: one factor from item–rest covariances."""

from __future__ import annotations

from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

from examgen.analysis.mml_bits import column_sums, row_sums, unpacked
from examgen.analysis.mml_responses import Responses

Floats = NDArray[np.float64]
_WEAKEST, _STRONGEST = 0.25, 0.92
"""Least and greatest biserial correlation with the factor that a start is given."""


def start_values(responses: Responses) -> tuple[Floats, Floats]:
    """Slopes (J,) or (1,), and intercepts (J,), from facilities and item–rest covariances.

    With cov(x_j, x_k) = λ_j λ_k the covariance with the rest is λ_j (Λ − λ_j), Λ = Σ λ. Over the ordinate of
    the normal density λ is a biserial correlation ρ; slope and intercept are 1.7 ρ / √(1 − ρ²) and
    1.7 Φ⁻¹(p) / √(1 − ρ²) (Lord, 1980, equations 3-4 and 3-9).
    """
    facility = np.clip(responses.right / np.maximum(responses.taken, 1.0), 1e-4, 1 - 1e-4)
    if responses.common_slope:
        return np.ones(1), np.asarray(1.2 * np.log(facility / (1.0 - facility)))
    z = np.array([NormalDist().inv_cdf(p) for p in facility.tolist()])
    ordinate = np.exp(-0.5 * z * z) / np.sqrt(2.0 * np.pi)
    rest = _item_rest_covariances(responses, facility)
    loading = np.sqrt(np.maximum(rest, 0.0) / max(responses.n_items - 1, 1))
    for _ in range(5):
        total = np.sqrt(max(rest.sum() + float(loading @ loading), 1e-8))
        loading = rest / np.maximum(total - loading, 0.2 * total)
    correlation = loading / ordinate
    sign = np.where(correlation < -0.05, -1.0, 1.0)
    correlation = sign * np.clip(np.abs(correlation), _WEAKEST, _STRONGEST)
    stretch = 1.702 / np.sqrt(1.0 - correlation**2)
    return correlation * stretch, z * stretch


def _item_rest_covariances(responses: Responses, facility: Floats) -> Floats:
    """(J,) covariances of each item with the sum of the others, over those who took it; with missing answers
    stretched to the whole test."""
    n_items, weights = responses.n_items, responses.weights
    above = row_sums(responses.codes, np.ones(n_items))
    answered = np.empty(len(weights))
    for part in responses.parts:
        masks = unpacked(part.masks, n_items)
        sizes = np.diff(np.append(part.first, part.stop - part.start))
        rows = slice(part.start, part.stop)
        above[rows] -= np.repeat(masks @ facility, sizes)
        answered[rows] = np.repeat(masks.sum(axis=1), sizes)
    of_right = column_sums(responses.codes, weights * above, n_items)
    of_all, others = np.zeros(n_items), np.zeros(n_items)
    for part in responses.parts:
        masks = unpacked(part.masks, n_items)
        rows = slice(part.start, part.stop)
        of_all += np.add.reduceat(weights[rows] * above[rows], part.first) @ masks
        others += np.add.reduceat(weights[rows] * (answered[rows] - 1.0), part.first) @ masks
    taken = np.maximum(responses.taken, 1.0)
    covariance = (of_right - facility * of_all) / taken - facility * (1.0 - facility)
    return np.asarray(covariance * (n_items - 1) / np.maximum(others / taken, 1e-9))
