"""Means and products of pairs of item scores: observed, modelled, their covariance and derivatives.

Moments stand in one order: the J items, then the pairs (0, 1), (0, 2) … (1, 2) … (J − 2, J − 1).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from examgen.analysis.curves import Floats, curves, row_chunks, take_items
from examgen.analysis.estimated import Estimated
from examgen.analysis.irt import DICHOTOMOUS, GRADED, ItemParameters
from examgen.analysis.quadrature import Grid


class Observed(NamedTuple):
    """Moments of scores."""

    moments: Floats
    """(J + J(J−1)/2,); 0 where nobody has the items."""
    n: Floats
    """How many candidates each is the mean of."""
    products: Floats
    """(J, J) mean products; the diagonal has mean squares."""
    pairs: Floats
    """(J, J) how many candidates have both items."""
    n_candidates: int


class Theory(NamedTuple):
    """Moments under a model, and what their covariance is made of."""

    moments: Floats
    products: Floats
    """(J, J), as observed."""
    expected: Floats
    """(Q, J) expected score at each node."""
    variance: Floats
    """(Q, J) variance of the score at each node."""
    weights: Floats


class Residuals(NamedTuple):
    """Observed less modelled correlations (J, J), NaN where there are none; their root mean square."""

    correlations: Floats
    srmsr: float


def observed_moments(cells: NDArray[np.int8]) -> Observed:
    """Moments over those who have the items."""
    n_items = cells.shape[1]
    sums, n = np.zeros(n_items), np.zeros(n_items)
    products, pairs = np.zeros((n_items, n_items)), np.zeros((n_items, n_items))
    for rows in row_chunks(len(cells), max(n_items, 1)):
        there = (cells[rows] >= 0).astype(np.float64)
        score = cells[rows] * there
        sums += score.sum(axis=0)
        n += there.sum(axis=0)
        products += score.T @ score
        pairs += there.T @ there
    upper = np.triu_indices(n_items, 1)
    mean, product = sums / np.maximum(n, 1.0), products / np.maximum(pairs, 1.0)
    return Observed(
        np.concatenate([mean, product[upper]]), np.concatenate([n, pairs[upper]]), product, pairs, len(cells)
    )


def theory(parameters: ItemParameters, grid: Grid) -> Theory:
    """Moments under an item response model."""
    p = curves(parameters, grid.nodes).p
    k = np.arange(float(p.shape[2]))
    expected = p @ k
    variance = (p * (k - expected[:, :, None]) ** 2).sum(axis=2)
    return _theory(expected, variance, grid.weights)


def independence(observed: Observed) -> tuple[Theory, Floats]:
    """Moments of independent items with the observed means and variances, and their derivatives by the
    means: the null model of CFI and TLI."""
    n_items = len(observed.products)
    mean = observed.moments[:n_items]
    model = _theory(mean[None, :], (observed.products.diagonal() - mean**2)[None, :], np.ones(1))
    return model, _spread(n_items, [(j, np.ones(1)) for j in range(n_items)], model)


def _theory(expected: Floats, variance: Floats, weights: Floats) -> Theory:
    products = (expected * weights[:, None]).T @ expected
    products[np.diag_indices(len(products))] += weights @ variance
    upper = np.triu_indices(len(products), 1)
    moments = np.concatenate([weights @ expected, products[upper]])
    return Theory(moments, products, expected, variance, weights)


def moment_covariance(model: Theory) -> Floats:
    """Ξ, (s, s): covariance of the moments of one candidate.

    The covariance of their conditional means over the nodes, and the conditional covariance of moments that
    share an item: E[V_k] of a mean with itself, E[V_k E_l] of mean k with pair (k, l), E[V_k E_l E_m] of
    pairs (k, l) and (k, m), and that of a product with itself.
    """
    e, v, w = model.expected, model.variance, model.weights
    n_items = e.shape[1]
    first, second = np.triu_indices(n_items, 1)
    means = np.concatenate([e, e[:, first] * e[:, second]], axis=1) - model.moments
    covariance = (means * w[:, None]).T @ means
    place = np.zeros((n_items, n_items), dtype=np.int64)
    place[first, second] = place[second, first] = n_items + np.arange(len(first))
    diagonal = np.einsum("q,qs->s", w, v[:, first] * (v[:, second] + e[:, second] ** 2))
    diagonal += np.einsum("q,qs->s", w, e[:, first] ** 2 * v[:, second])
    for k in range(n_items):
        others = np.flatnonzero(np.arange(n_items) != k)
        at, weighted = place[k, others], (w * v[:, k])[:, None] * e[:, others]
        mean = weighted.sum(axis=0)
        covariance[k, k] += w @ v[:, k]
        covariance[k, at] += mean
        covariance[at, k] += mean
        block = weighted.T @ e[:, others]
        block[np.diag_indices(len(others))] = 0.0
        covariance[np.ix_(at, at)] += block
    pairs = n_items + np.arange(len(first))
    covariance[pairs, pairs] += diagonal
    return covariance


def moment_derivatives(parameters: ItemParameters, grid: Grid, free: Estimated, *, as_mirt: bool) -> Floats:
    """Δ, (s, parameters): derivatives of the moments by what was estimated.

    With `as_mirt` there is no column for the distribution of ability, and asymptotes are treated as
    `examgen.analysis.fit_model.model_fit` says.
    """
    model = theory(parameters, grid)
    columns, slopes = [], []
    for j in range(len(parameters.a)):
        for name, k, derivative in _score_derivatives(parameters, j, grid.nodes, as_mirt=as_mirt):
            wanted = free.d[j, k] if name == "d" else getattr(free, name)[j]
            if wanted and name == "a" and free.shared_slope:
                slopes.append((j, derivative))
            elif wanted:
                columns.append((j, derivative))
    delta = _spread(len(parameters.a), columns, model)
    if slopes:
        shared = _spread(len(parameters.a), slopes, model).sum(axis=1, keepdims=True)
        delta = np.concatenate([shared, delta], axis=1)
    if free.n_group and not as_mirt:
        delta = np.concatenate([_population(model, grid, free.n_group), delta], axis=1)
    return delta


def _spread(n_items: int, columns: list[tuple[int, Floats]], model: Theory) -> Floats:
    """A column for each derivative of one item's expected score: of its mean, of all its pairs."""
    first, second = np.triu_indices(n_items, 1)
    place = np.zeros((n_items, n_items), dtype=np.int64)
    place[first, second] = place[second, first] = n_items + np.arange(len(first))
    out = np.zeros((n_items + len(first), len(columns)))
    for column, (j, derivative) in enumerate(columns):
        weighted = model.weights * derivative
        others = np.flatnonzero(np.arange(n_items) != j)
        out[j, column] = weighted.sum()
        out[place[j, others], column] = weighted @ model.expected[:, others]
    return out


def _population(model: Theory, grid: Grid, n_group: int) -> Floats:
    """Derivatives by the mean (if free) and the standard deviation of ability, from the weights' scores."""
    mean = grid.weights @ grid.nodes
    deviation = grid.nodes - mean
    scores = [deviation**2 - grid.weights @ deviation**2]
    if n_group > 1:
        scores.insert(0, deviation)
    first, second = np.triu_indices(model.expected.shape[1], 1)
    means = np.concatenate([model.expected, model.expected[:, first] * model.expected[:, second]], axis=1)
    return np.asarray(np.stack([(grid.weights * score) @ means for score in scores], axis=1))


def _score_derivatives(
    parameters: ItemParameters, j: int, theta: Floats, *, as_mirt: bool
) -> list[tuple[str, int, Floats]]:
    """(parameter, step, (Q,) derivative of the expected score) of one item."""
    one = take_items(parameters, np.array([j]))
    kind, n_steps = int(parameters.kind[j]), int(np.count_nonzero(~np.isnan(parameters.d[j])))
    if kind == DICHOTOMOUS:
        plain = one._replace(c=np.zeros(1), u=np.ones(1))
        star = curves(plain, theta).p[:, 0, 1]
        right = curves(one, theta).p[:, 0, 1]
        inner = right * (1 - right) if as_mirt else (one.u - one.c) * star * (1 - star)
        return [("a", 0, theta * inner), ("d", 0, inner), ("c", 0, 1 - star), ("u", 0, star)]
    if kind == GRADED:
        steps = [
            curves(ItemParameters(np.zeros(1, np.int8), one.a, one.d[:, k : k + 1], one.c, one.u), theta)
            for k in range(n_steps)
        ]
        each = [made.p[:, 0, 0] * made.p[:, 0, 1] for made in steps]
        return [("a", 0, theta * np.sum(each, axis=0)), *(("d", k, each[k]) for k in range(n_steps))]
    p = curves(one, theta).p[:, 0]
    k = np.arange(float(p.shape[1]))
    mean = p @ k
    variance = (p * (k - mean[:, None]) ** 2).sum(axis=1)
    weighted = p * (k - mean[:, None])
    slope = p @ k**2 - mean * ((p / p.max(axis=1, keepdims=True)) @ k) if as_mirt else variance
    return [("a", 0, theta * slope), *(("d", i, weighted[:, i + 1]) for i in range(n_steps))]


def residual_correlations(observed: Observed, model: Theory) -> Residuals:
    """Observed less modelled correlations of items, and SRMSR, their root mean square over the pairs."""
    n_items = len(observed.products)
    mean, modelled = observed.moments[:n_items], model.moments[:n_items]
    difference = _correlations(observed.products - np.outer(mean, mean)) - _correlations(
        model.products - np.outer(modelled, modelled)
    )
    difference[observed.pairs == 0] = np.nan
    pairs = difference[np.triu_indices(n_items, 1)]
    pairs = pairs[np.isfinite(pairs)]
    return Residuals(difference, float(np.sqrt((pairs**2).mean())) if len(pairs) else np.nan)


def _correlations(covariance: Floats) -> Floats:
    variance = covariance.diagonal()
    positive = variance > 1e-14
    scale = np.where(positive, 1.0 / np.sqrt(np.where(positive, variance, 1.0)), np.nan)
    return np.asarray(covariance * scale[:, None] * scale)
