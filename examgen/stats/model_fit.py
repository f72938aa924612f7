"""Overall fit of an item response model: M2, RMSEA with interval, SRMSR, CFI and TLI.

Uses M2* of Cai and Hansen, based on the observed and modelled means and products of pairs of item scores,
their covariance, and their derivatives by the parameters. The order of the moments is the J items, then the
pairs (0, 1), (0, 2) … (1, 2) … (J − 2, J − 1).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np

from examgen.stats.distributions import chi_square_tail
from examgen.stats.fit import rmsea, told
from examgen.stats.irt_abilities import answers_of
from examgen.stats.irt_models import (
    DICHOTOMOUS,
    GRADED,
    PARTIAL_CREDIT,
    Estimated,
    ItemParameters,
    Note,
    row_chunks,
)
from examgen.stats.matrix import Cells, Floats
from examgen.stats.mml_curves import Asymptotes, CategoryCurves, Graded, PartialCredit
from examgen.stats.quadrature import Grid, normal_grid
from examgen.stats.results import Result

MOST_ITEMS, MOST_WITH_BLANKS = 120, 60
"""The covariance of moments of 120 items takes 420 MB, and as much again while it is made; with blanks, who
has which moments is counted for each pair of them, too."""
TEXTS: dict[str, str] = {
    "m2-undefined.answers": "There are no answers to items of the model, so M2 was not computed.",
    "m2-undefined.items": "M2 is computed for 2 to {most_items} items, not for {n_items}.",
    "m2-undefined.blanks": "M2 was not computed. With blanks it is for at most {most_items} items.",
    "m2-undefined.pairs": "M2 was not computed, because some pairs of items were answered by fewer than "
    "three of ten candidates, for example where forms differ.",
    "m2-undefined.df": "There are at least as many parameters as moments, so M2 has no degrees of freedom.",
    "m2-undefined.singular": "The covariance matrix of the moments is singular, because items repeat each "
    "other or are constant.",
    "m2-blanks": "M2 takes blanks as being at random, and {share:.1%} of the answers are blank.",
}
"""The messages by code, which ends before a dot."""
_AT_ONCE = 4_000_000
"""Cells of moments by candidates that are counted at a time."""
TOLD_BLANKS = 0.01
"""A smaller proportion of blanks changes M2 by less than its sampling variation, and is not reported."""
_DEPENDENT = 1e-7
"""Derivatives below this share of the largest (in singular values) depend on the others."""
_LEAST_TOGETHER = 0.3
"""Share of the candidates that must have answered both items of each pair."""


_CURVES: dict[int, CategoryCurves] = {
    DICHOTOMOUS: Asymptotes(), GRADED: Graded(), PARTIAL_CREDIT: PartialCredit(),
}  # fmt: skip


class ObservedMoments(NamedTuple):
    """The observed moments of scores."""

    moments: Floats
    """(J + J(J−1)/2,); 0 if nobody has the items."""
    n: Floats
    """The number of candidates over which each moment is averaged."""
    products: Floats
    """(J, J) mean products; the diagonal has mean squares."""
    pairs: Floats
    """(J, J) the number of candidates with both items."""


class Theory(NamedTuple):
    """The moments under a model, and the quantities from which their covariance is computed."""

    moments: Floats
    products: Floats
    """(J, J) mean products, as in `ObservedMoments`."""
    expected: Floats
    """(Q, J) expected score at each node."""
    variance: Floats
    """(Q, J) variance of the score at each node."""
    weights: Floats


def observed_moments(cells: Cells) -> ObservedMoments:
    """Return the moments over the candidates who have the items."""
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
        np.concatenate([mean, product[upper]]), np.concatenate([n, pairs[upper]]), product, pairs
    )


def theory(parameters: ItemParameters, grid: Grid) -> Theory:
    """Return the moments under an item response model."""
    p = parameters.curves(grid.nodes).p
    k = np.arange(float(p.shape[2]))
    expected = p @ k
    variance = (p * (k - expected[:, :, None]) ** 2).sum(axis=2)
    return _theory(expected, variance, grid.weights)


def independence(observed: ObservedMoments) -> tuple[Theory, Floats]:
    """Return the moments of independent items with the observed means and variances, and their derivatives by
    the means: the null model of CFI and TLI."""
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
    """Return Ξ, (s, s), the covariance of the moments of one candidate.

    It is the covariance of the conditional means over the nodes, plus the conditional covariance of moments
    that share an item: E[V_k] for a mean with itself, E[V_k E_l] for mean k with pair (k, l), E[V_k E_l E_m]
    for pairs (k, l) and (k, m), and the variance of a product.
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


def moment_derivatives(parameters: ItemParameters, grid: Grid, free: Estimated) -> Floats:
    """Return Δ, (s, parameters), the derivatives of the moments by the estimated parameters."""
    model = theory(parameters, grid)
    columns: list[tuple[int, Floats]] = []
    slopes: list[tuple[int, Floats]] = []
    for j, kind in enumerate(parameters.kind.tolist()):
        d = parameters.d[j, ~np.isnan(parameters.d[j])]
        x = np.array([[parameters.a[j], *d, *([parameters.c[j]] if kind == DICHOTOMOUS else [])]])
        log_p = _CURVES[kind].log_p(x, grid.nodes)
        by_slot = np.exp(log_p)[0, :, None] * _CURVES[kind].scores(x, grid.nodes, log_p)[0]
        expected = np.tensordot(np.arange(log_p.shape[1]), by_slot, 1)
        wanted = [free.a[j], *free.d[j, : len(d)], free.c[j]]
        for slot in np.flatnonzero(wanted[: len(expected)]).tolist():
            shared = slot == 0 and free.shared_slope
            (slopes if shared else columns).append((j, expected[slot]))
    delta = _spread(len(parameters.a), columns, model)
    if slopes:
        shared_slope = _spread(len(parameters.a), slopes, model).sum(axis=1, keepdims=True)
        delta = np.concatenate([shared_slope, delta], axis=1)
    if free.n_group:
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


def standardised_residual(observed: ObservedMoments, model: Theory) -> float:
    """Return the SRMSR: the root mean square, over pairs, of observed minus modelled correlations; NaN
    without any pair."""
    n_items = len(observed.products)
    mean, modelled = observed.moments[:n_items], model.moments[:n_items]
    difference = _correlations(observed.products - np.outer(mean, mean)) - _correlations(
        model.products - np.outer(modelled, modelled)
    )
    difference[observed.pairs == 0] = np.nan
    pairs = difference[np.triu_indices(n_items, 1)]
    pairs = pairs[np.isfinite(pairs)]
    return float(np.sqrt((pairs**2).mean())) if len(pairs) else np.nan


def _correlations(covariance: Floats) -> Floats:
    variance = covariance.diagonal()
    positive = variance > 1e-14
    scale = np.where(positive, 1.0 / np.sqrt(np.where(positive, variance, 1.0)), np.nan)
    return np.asarray(covariance * scale[:, None] * scale)


class ModelFit(Result):
    """M2 and the fit indices derived from it; NaN if undefined, with a note."""

    title = "Fit of the model"
    m2: float
    df: int
    p: float
    rmsea: float
    rmsea_low: float
    """Lower limit of the 90 % interval."""
    rmsea_high: float
    srmsr: float
    """Root mean square difference of observed and modelled correlations."""
    cfi: float
    tli: float
    notes: tuple[Any, ...]
    _null: tuple[float, int] = (np.nan, 0)

    @property
    def m2_null(self) -> float:
        """M2 of the model of independent items."""
        return self._null[0]

    @property
    def df_null(self) -> int:
        """Degrees of freedom of `m2_null`."""
        return self._null[1]

    @property
    def figures(self) -> Mapping[str, object]:
        """Single values by name."""
        known = not np.isnan(self.m2)
        return {
            "M2": self.m2, "df": self.df if known else None, "p": self.p,
            "RMSEA": f"{self.rmsea:.3f} ({self.rmsea_low:.3f} to {self.rmsea_high:.3f})" if known else None,
            "SRMSR": self.srmsr, "CFI": self.cfi, "TLI": self.tli,
        }  # fmt: skip


def model_fit(
    scores: Cells, parameters: ItemParameters, free: Estimated, grid: Grid | None = None
) -> ModelFit:
    """Return M2 of Maydeu-Olivares & Joe, from means and products of pairs of item scores.

    M2 = r' (Γ⁻¹ − Γ⁻¹Δ(Δ'Γ⁻¹Δ)⁻¹Δ'Γ⁻¹) r with r the observed minus the modelled moments, Γ their covariance
    under the model and Δ their derivatives by the parameters. Each moment is averaged over the n_k candidates
    who have the items: Γ_kl = Ξ_kl n_kl / (n_k n_l), with Ξ the covariance of the moments of one candidate
    and n_kl the number of candidates who have all items of both moments. This assumes that blanks are random.

    Parameters
    ----------
    scores : array_like, shape (N, J)
        Negative is missing. M2 is undefined if fewer than three in ten candidates have both items of some
        pair. Candidates without answers are ignored.
    parameters : ItemParameters
    free : Estimated
        `estimated(model, parameters)`.
    grid : Grid
        The ability distribution of the fit; by default N(0, 1) on 61 points of [−6, 6].

    Returns
    -------
    ModelFit

    Notes
    -----
    For complete answers to items scored 0 and 1 under the 1PL and 2PL, and to graded items, equal to
    `mirt::M2` 1.45 (type M2*). mirt omits the derivative by the variance of ability in Rasch models, though
    its degrees of freedom include it; it uses θ P(1 − P) as the derivative by the slope if there are
    asymptotes; and it omits a direction for each step from the null model of partial scores. Its M2, CFI and
    TLI differ in these cases.

    References
    ----------
    Maydeu-Olivares, A., & Joe, H. (2006). Limited information goodness-of-fit testing in multidimensional
    contingency tables. Psychometrika 71, 713–732. Cai, L., & Hansen, M. (2013). Limited-information
    goodness-of-fit testing of hierarchical item factor models. British Journal of Mathematical and
    Statistical Psychology 66, 245–276.
    """
    answers = answers_of(scores, parameters)
    n_items, grid = len(answers.items), grid or normal_grid()
    cells = answers.cells[(answers.cells >= 0).any(axis=1)]
    share = float(np.mean(cells < 0)) if cells.size else 0.0
    if not len(cells):
        return _nothing(told(TEXTS, "m2-undefined.answers"))
    if not 2 <= n_items <= MOST_ITEMS:
        sizes = {"most_items": MOST_ITEMS, "n_items": n_items}
        return _nothing(told(TEXTS, "m2-undefined.items", **sizes))
    own = parameters.part(answers.items)
    observed, model = observed_moments(cells), theory(own, grid)
    srmsr = standardised_residual(observed, model)
    if share and n_items > MOST_WITH_BLANKS:
        note = told(TEXTS, "m2-undefined.blanks", most_items=MOST_WITH_BLANKS)
        return _nothing(note, srmsr)
    if observed.n.min() < _LEAST_TOGETHER * len(cells):
        return _nothing(told(TEXTS, "m2-undefined.pairs"), srmsr)
    columns = free._replace(a=free.a[answers.items], d=free.d[answers.items], c=free.c[answers.items])
    if len(observed.n) <= columns.total:
        return _nothing(told(TEXTS, "m2-undefined.df"), srmsr)
    together = _together(cells) / np.outer(observed.n, observed.n) if share else 1.0 / len(cells)
    m2, df = _m2(observed, model, moment_derivatives(own, grid, columns), together)
    m2_null, df_null = _m2(observed, *independence(observed), together)
    low, high = rmsea_interval(m2, df, len(cells))
    # CFI and TLI; NaN where the model of independent items fits no worse, or no worse than by chance
    cfi, tli = np.nan, np.nan
    if m2_null > max(m2, df_null) and df > 0 and df_null > 0:
        cfi = min(max(1.0 - (m2 - df) / (m2_null - df_null), 0.0), 1.0)
        tli = (m2_null / df_null - m2 / df) / (m2_null / df_null - 1.0)
    p, root = float(chi_square_tail(m2, df)), float(rmsea(m2, df, len(cells)))
    notes: tuple[Note, ...] = ()
    if not np.isfinite(m2):
        notes = (told(TEXTS, "m2-undefined.singular"),)
    elif share >= TOLD_BLANKS:
        notes = (told(TEXTS, "m2-blanks", share=share),)
    return ModelFit(m2, df, p, root, low, high, srmsr, cfi, tli, notes, (m2_null, df_null))


def _together(cells: Cells) -> Floats:
    """(s, s) how many candidates have all items of both moments."""
    n_items = cells.shape[1]
    first, second = np.triu_indices(n_items, 1)
    size = n_items + len(first)
    out = np.zeros((size, size))
    step = _AT_ONCE // size
    for start in range(0, len(cells), step):
        there = (cells[start : start + step] >= 0).astype(np.float32)
        having = np.concatenate([there, there[:, first] * there[:, second]], axis=1)
        out += having.T @ having
    return out


def rmsea_interval(statistic: float, df: float, n: int) -> tuple[float, float]:
    """Return the 90 % interval of the RMSEA: √(λ / (n df)) for the noncentralities λ for which `statistic` is
    the 95 % and the 5 % quantile (Browne & Cudeck, 1992). A limit that would be below 0 is 0; NaN without a
    statistic or degrees of freedom."""
    if not (np.isfinite(statistic) and df > 0 and n > 0):
        return np.nan, np.nan
    from scipy.special import chndtr, chndtrinc

    ends = (
        0.0 if chndtr(statistic, df, 0.0) <= share else float(chndtrinc(statistic, df, share))
        for share in (0.95, 0.05)
    )
    low, high = (float(np.sqrt(end / (n * df))) for end in ends)
    return low, high


def _m2(
    observed: ObservedMoments, model: Theory, delta: Floats, together: Floats | float
) -> tuple[float, int]:
    """M2 with what `delta` spans left out, and its degrees of freedom; NaN where moments depend on others."""
    from scipy.linalg import LinAlgError, cholesky, solve_triangular

    covariance, residual = moment_covariance(model) * together, observed.moments - model.moments
    df = len(residual) - delta.shape[1]
    if not np.isfinite(covariance).all() or not np.isfinite(residual).all():
        return np.nan, df
    try:
        factor = cholesky(covariance.T, lower=True, overwrite_a=True, check_finite=False)
    except LinAlgError:
        return np.nan, df
    both = np.column_stack([residual, delta])
    both = solve_triangular(factor, both, lower=True, overwrite_b=True, check_finite=False)
    y, z = both[:, 0], both[:, 1:]
    explained, _, rank, _ = np.linalg.lstsq(z, y, rcond=_DEPENDENT)
    return float(((y - z @ explained) ** 2).sum()), len(y) - int(rank)


def _nothing(note: Note, srmsr: float = np.nan) -> ModelFit:
    nan = np.nan
    return ModelFit(nan, 0, nan, nan, nan, nan, srmsr, nan, nan, (note,))
