"""Scores and a fitted model → fit of the whole: M2, RMSEA with interval, SRMSR, CFI and TLI.

Definitions as `mirt::M2` 1.45 (type M2*: first and second moments of item scores): means and products of
pairs of item scores, observed and modelled, their covariance, their derivatives by the parameters, and the
directions that M2 leaves out, as R's `qr` finds them. Moments stand in one order: the J items, then the pairs
(0, 1), (0, 2) … (1, 2) … (J − 2, J − 1).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from examgen.core.responses.matrix import Scores
from examgen.core.uncertainty import normal_quantile
from examgen.core.words import tell
from examgen.psychometrics.fit.s_x2 import rmsea
from examgen.stats.distributions import chi_square_tail
from examgen.stats.irt_abilities import answers_of
from examgen.stats.irt_curves import Floats, curves, n_categories, row_chunks, take_items
from examgen.stats.irt_models import DICHOTOMOUS, GRADED, Estimated, ItemParameters, Note
from examgen.stats.quadrature import Grid, normal_grid

_TOLERANCE = 1e-7
MOST_ITEMS = 120
"""The covariance of moments of 120 items takes 420 MB, and as much again while it is made."""
_LARGE = 1e5
"""Above, the noncentral χ² is taken as normal (within 1e-5 of the noncentrality): its series take seconds."""
_LEAST_TOGETHER = 0.5
"""Share of the candidates that must have answered both items of each pair: M2 takes all moments as if they
rested on the same candidates."""


def spanned(columns: Floats, n_directions: int) -> Floats:
    """A basis of the first `n_directions` columns of the complete Q of R's `qr(columns)`.

    Where columns depend on others (intercepts of partial scores without a slope do), R puts them last and
    fills up with directions of its own; mirt leaves those out of M2 too, and so do these.

    Parameters
    ----------
    columns : ndarray, shape (s, p)
    n_directions : int
        At least p in mirt.

    Returns
    -------
    ndarray, shape (s, n_directions)

    References
    ----------
    LINPACK's dqrdc with R's limited pivoting (dqrdc2): a column whose norm falls below 1e-7 of what it was
    goes to the end.
    """
    norms = np.sqrt((columns**2).sum(axis=0))
    norms[norms == 0] = 1.0
    n, rank = columns.shape
    if n_directions == rank:
        pivots = np.abs(np.asarray(np.linalg.qr(columns, mode="r")).diagonal())
        if len(pivots) == rank and (pivots >= 10 * _TOLERANCE * norms).all():
            return columns
    x, place = columns.copy(), 0
    reflections: list[Floats] = []
    while place < rank and place < n:
        norm = np.sqrt((x[place:, place] ** 2).sum())
        if norm < norms[place] * _TOLERANCE:
            x = np.concatenate([x[:, :place], x[:, place + 1 :], x[:, place : place + 1]], axis=1)
            norms = np.concatenate([norms[:place], norms[place + 1 :], norms[place : place + 1]])
            rank -= 1
            continue
        vector = x[place:, place] / np.copysign(norm, x[place, place])
        vector[0] += 1.0
        x[place:, place + 1 :] -= np.outer(vector / vector[0], vector @ x[place:, place + 1 :])
        reflections.append(vector)
        place += 1
    basis = np.eye(n, n_directions)
    for place, vector in reversed(list(enumerate(reflections))):
        basis[place:] -= np.outer(vector / vector[0], vector @ basis[place:])
    return basis


class ObservedMoments(NamedTuple):
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


def observed_moments(cells: NDArray[np.int8]) -> ObservedMoments:
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
    return ObservedMoments(
        np.concatenate([mean, product[upper]]), np.concatenate([n, pairs[upper]]), product, pairs, len(cells)
    )


def theory(parameters: ItemParameters, grid: Grid) -> Theory:
    """Moments under an item response model."""
    p = curves(parameters, grid.nodes).p
    k = np.arange(float(p.shape[2]))
    expected = p @ k
    variance = (p * (k - expected[:, :, None]) ** 2).sum(axis=2)
    return _theory(expected, variance, grid.weights)


def independence(observed: ObservedMoments) -> tuple[Theory, Floats]:
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
    `examgen.psychometrics.fit.model.model_fit` says.
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
        # by the mean (if free) and the standard deviation of ability, from the weights' scores
        deviation = grid.nodes - grid.weights @ grid.nodes
        scores = [deviation**2 - grid.weights @ deviation**2]
        if free.n_group > 1:
            scores.insert(0, deviation)
        first, second = np.triu_indices(model.expected.shape[1], 1)
        pairs = model.expected[:, first] * model.expected[:, second]
        means = np.concatenate([model.expected, pairs], axis=1)
        population = np.stack([(grid.weights * score) @ means for score in scores], axis=1)
        delta = np.concatenate([population, delta], axis=1)
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


def _score_derivatives(
    parameters: ItemParameters, j: int, theta: Floats, *, as_mirt: bool
) -> list[tuple[str, int, Floats]]:
    """(parameter, step, (Q,) derivative of the expected score) of one item."""
    one = take_items(parameters, np.array([j]))
    kind, n_steps = int(parameters.kind[j]), int(np.count_nonzero(~np.isnan(parameters.d[j])))
    if kind == DICHOTOMOUS:
        plain = one._replace(c=np.zeros(1))
        star = curves(plain, theta).p[:, 0, 1]
        right = curves(one, theta).p[:, 0, 1]
        inner = right * (1 - right) if as_mirt else (1.0 - one.c) * star * (1 - star)
        return [("a", 0, theta * inner), ("d", 0, inner), ("c", 0, 1 - star)]
    if kind == GRADED:
        steps = [
            curves(ItemParameters(np.zeros(1, np.int8), one.a, one.d[:, k : k + 1], one.c), theta)
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


def residual_correlations(observed: ObservedMoments, model: Theory) -> Residuals:
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


class ModelFit(NamedTuple):
    """Fit of a model; NaN where it cannot be had, with a note."""

    m2: float
    df: int
    p: float
    rmsea: float
    rmsea_low: float
    """Of the 90 % interval."""
    rmsea_high: float
    srmsr: float
    """Root mean square difference of observed and modelled correlations."""
    cfi: float
    tli: float
    m2_null: float
    """M2 of the model of independent items."""
    df_null: int
    notes: tuple[Note, ...]


def model_fit(
    scores: Scores,
    parameters: ItemParameters,
    free: Estimated,
    grid: Grid | None = None,
    *,
    as_mirt: bool = True,
) -> ModelFit:
    """M2 of Maydeu-Olivares & Joe from means and products of pairs of item scores.

    M2 = N r' (Ξ⁻¹ − Ξ⁻¹Δ(Δ'Ξ⁻¹Δ)⁻¹Δ'Ξ⁻¹) r with r the observed less the modelled moments, Ξ their covariance
    under the model and Δ their derivatives by the parameters.

    Parameters
    ----------
    scores : array_like, shape (N, J)
        Negative is missing: each moment is taken over those who have the items; where fewer than half of
        the candidates have both items of some pair, M2 is undefined. Who answered nothing does not count.
    parameters : ItemParameters
    free : Estimated
        `estimated(model, parameters)`.
    grid : Grid
        61 points on [−6, 6], N(0, 1), where not given: pass that of the fit.
    as_mirt : bool
        With mirt 1.45: (1) Δ has no column for the variance of ability in Rasch models, although df counts
        it, so that M2 is too great there; (2) with asymptotes the columns for slope and intercept are
        θ P(1 − P) and P(1 − P), and that for a free slope of partial credit takes probabilities that do not
        add up to 1; (3) where columns of Δ depend on each other, and in the null model for each step of
        partial scores beyond the first, directions are left out that have no meaning. Else Δ has the
        derivatives of the moments themselves, and the null model the means of the items.

    Returns
    -------
    ModelFit

    References
    ----------
    Maydeu-Olivares, A., & Joe, H. (2006). Limited information goodness-of-fit testing in multidimensional
    contingency tables. Psychometrika 71, 713–732. Cai, L., & Hansen, M. (2013). Limited-information
    goodness-of-fit testing of hierarchical item factor models. British Journal of Mathematical and
    Statistical Psychology 66, 245–276.
    """
    answers = answers_of(scores, parameters)
    n_items, grid = len(answers.items), grid or normal_grid()
    there = (answers.cells >= 0).any(axis=1)
    cells = answers.cells if there.all() else answers.cells[there]
    if n_items > MOST_ITEMS or n_items < 2 or not len(cells):
        message = tell(
            "M2 is computed for 2 to {most_items} items, not for {n_items}.",
            most_items=MOST_ITEMS,
            n_items=n_items,
        )
        message = (
            message
            if len(cells)
            else tell("There are no answers to items of the model, so M2 was not computed.")
        )
        told = (f"{MOST_ITEMS}", f"{n_items}") if len(cells) else ()
        return _nothing((*answers.notes, Note("m2-undefined", None, message, told)))
    own = take_items(parameters, answers.items)
    observed, model = observed_moments(cells), theory(own, grid)
    if observed.n.min() < _LEAST_TOGETHER * observed.n_candidates:
        message = tell(
            "M2 was not computed, because some pairs of items were answered by fewer than "
            "half of the candidates, for example where forms differ."
        )
        unknown = _nothing((*answers.notes, Note("m2-undefined", None, message)))
        return unknown._replace(srmsr=residual_correlations(observed, model).srmsr)
    columns = free._replace(a=free.a[answers.items], d=free.d[answers.items], c=free.c[answers.items])
    delta = moment_derivatives(own, grid, columns, as_mirt=as_mirt)
    df = int(np.count_nonzero(observed.n)) - columns.total
    srmsr = residual_correlations(observed, model).srmsr
    if df < 1:
        message = tell("There are at least as many parameters as moments, so M2 has no degrees of freedom.")
        return _nothing((*answers.notes, Note("m2-undefined", None, message)))._replace(srmsr=srmsr)
    null, means = independence(observed)
    steps = int((n_categories(own) - 1).sum()) if as_mirt else n_items
    df_null = int(np.count_nonzero(observed.n)) - steps
    m2 = _m2(observed, model, delta, delta.shape[1] if as_mirt else None)
    m2_null = _m2(observed, null, means, steps if as_mirt else None) if df_null > 0 else np.nan
    low, high = rmsea_interval(m2, df, len(cells))
    # CFI and TLI; NaN where the model of independent items fits no worse, or no worse than by chance
    cfi, tli = np.nan, np.nan
    if m2_null > max(m2, df_null) and df > 0 and df_null > 0:
        cfi = min(max(1.0 - (m2 - df) / (m2_null - df_null), 0.0), 1.0)
        tli = (m2_null / df_null - m2 / df) / (m2_null / df_null - 1.0)
    p, root = float(chi_square_tail(m2, df)), float(rmsea(m2, df, len(cells)))
    notes = answers.notes
    if not np.isfinite(m2):
        message = tell(
            "The covariance matrix of the moments is singular, because items repeat "
            "each other or are constant."
        )
        notes = (*notes, Note("m2-undefined", None, message))
    return ModelFit(m2, df, p, root, low, high, srmsr, cfi, tli, m2_null, df_null, notes)


def rmsea_interval(statistic: float, df: float, n: int) -> tuple[float, float]:
    """90 % interval of the RMSEA: √(λ / (n df)) for the noncentralities λ under which `statistic` is at
    either end (Browne & Cudeck, 1992). An end that would be below 0 is 0; NaN without a statistic or
    degrees."""
    if not (np.isfinite(statistic) and df > 0 and n > 0):
        return np.nan, np.nan
    from scipy.special import chndtr

    def noncentrality(share: float) -> float:
        if statistic > _LARGE:
            z = normal_quantile(share)
            root = 2.0 * (np.sqrt(z**2 + max(statistic - 0.5 * df, 0.0)) - z)
            return max(float(root**2 / 4.0 - 0.5 * df), 0.0)

        def above(value: float) -> float:
            return float(chndtr(statistic, df, value)) - share

        if above(0.0) <= 0:
            return 0.0
        top = max(statistic, 1.0)
        while above(top) > 0 and top < 1e12:
            top *= 2.0
        low, high = 0.0, top
        for _ in range(80):
            middle = 0.5 * (low + high)
            if middle in (low, high):
                break
            low, high = (middle, high) if above(middle) > 0 else (low, middle)
        return 0.5 * (low + high)

    outside = (1.0 - 0.90) / 2.0
    low, high = noncentrality(1.0 - outside), noncentrality(outside)
    return float(np.sqrt(low / (n * df))), float(np.sqrt(high / (n * df)))


def _m2(observed: ObservedMoments, model: Theory, delta: Floats, n_directions: int | None) -> float:
    """M2 with what `delta` spans left out; so many directions, as R counts them, if that is told."""
    from scipy.linalg import LinAlgError, cholesky, solve_triangular

    seen = observed.n > 0
    residual = (np.sqrt(observed.n**2 / observed.n_candidates) * (observed.moments - model.moments))[seen]
    covariance = moment_covariance(model)
    if not seen.all():
        covariance = covariance[np.ix_(seen, seen)]
    if not np.isfinite(covariance).all() or not np.isfinite(residual).all():
        return np.nan
    try:
        factor = cholesky(covariance.T, lower=True, overwrite_a=True, check_finite=False)
    except LinAlgError:
        return np.nan
    outside = delta[seen] if n_directions is None else spanned(delta[seen], n_directions)
    both = np.column_stack([residual, outside])
    both = solve_triangular(factor, both, lower=True, overwrite_b=True, check_finite=False)
    y, z = both[:, 0], both[:, 1:]
    explained, *_ = np.linalg.lstsq(z, y, rcond=None)
    return float(((y - z @ explained) ** 2).sum())


def _nothing(notes: tuple[Note, ...]) -> ModelFit:
    nan = np.nan
    return ModelFit(nan, 0, nan, nan, nan, nan, nan, nan, nan, nan, 0, notes)
