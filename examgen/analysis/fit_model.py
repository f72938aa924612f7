"""Scores and a fitted model → fit of the whole: M2, RMSEA with interval, SRMSR, CFI and TLI.

Definitions as `mirt::M2` 1.45 (type M2*: first and second moments of item scores).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from examgen.analysis.answers import answers_of
from examgen.analysis.curves import Floats, n_categories, take_items
from examgen.analysis.distributions import chi_square_tail
from examgen.analysis.estimated import Estimated
from examgen.analysis.fit_items import rmsea
from examgen.analysis.fit_moments import (
    Observed,
    Theory,
    independence,
    moment_covariance,
    moment_derivatives,
    observed_moments,
    residual_correlations,
    theory,
)
from examgen.analysis.fit_span import spanned
from examgen.analysis.irt import ItemParameters, Note
from examgen.analysis.quadrature import Grid, normal_grid
from examgen.intervals import normal_quantile

MOST_ITEMS = 120
"""The covariance of moments of 120 items takes 420 MB, and as much again while it is made."""
_LARGE = 1e5
"""Above, the noncentral χ² is taken as normal (within 1e-5 of the noncentrality): its series take seconds."""


_LEAST_TOGETHER = 0.5
"""Share of the candidates that must have answered both items of each pair: M2 takes all moments as if they
rested on the same candidates."""


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
    scores: NDArray[np.int8],
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
    scores : ndarray of int8, shape (N, J)
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
        message = f"M2 is computed for 2 to {MOST_ITEMS} items, not for {n_items}."
        message = message if len(cells) else "Nobody answered an item of the model: M2 is not computed."
        told = (f"{MOST_ITEMS}", f"{n_items}") if len(cells) else ()
        return _nothing((*answers.notes, Note("m2-undefined", None, message, told)))
    own = take_items(parameters, answers.items)
    observed, model = observed_moments(cells), theory(own, grid)
    if observed.n.min() < _LEAST_TOGETHER * observed.n_candidates:
        message = (
            "Some items were answered together by fewer than half of the candidates, as where forms differ: "
            "M2 would be too small, and is not computed."
        )
        unknown = _nothing((*answers.notes, Note("m2-undefined", None, message)))
        return unknown._replace(srmsr=residual_correlations(observed, model).srmsr)
    columns = _of_items(free, answers.items)
    delta = moment_derivatives(own, grid, columns, as_mirt=as_mirt)
    df = int(np.count_nonzero(observed.n)) - columns.total
    srmsr = residual_correlations(observed, model).srmsr
    if df < 1:
        message = "There are as many parameters as moments, or more: M2 has no degrees of freedom."
        return _nothing((*answers.notes, Note("m2-undefined", None, message)))._replace(srmsr=srmsr)
    null, means = independence(observed)
    steps = int((n_categories(own) - 1).sum()) if as_mirt else n_items
    df_null = int(np.count_nonzero(observed.n)) - steps
    m2 = _m2(observed, model, delta, delta.shape[1] if as_mirt else None)
    m2_null = _m2(observed, null, means, steps if as_mirt else None) if df_null > 0 else np.nan
    low, high = rmsea_interval(m2, df, len(cells))
    cfi, tli = _incremental(m2, df, m2_null, df_null)
    p, root = float(chi_square_tail(m2, df)), float(rmsea(m2, df, len(cells)))
    notes = answers.notes
    if not np.isfinite(m2):
        message = "The covariance of the moments is singular: items repeat each other, or are constant."
        notes = (*notes, Note("m2-undefined", None, message))
    return ModelFit(m2, df, p, root, low, high, srmsr, cfi, tli, m2_null, df_null, notes)


def rmsea_interval(statistic: float, df: float, n: int, level: float = 0.90) -> tuple[float, float]:
    """Interval of the RMSEA: √(λ / (n df)) for the noncentralities λ under which `statistic` is at either
    end (Browne & Cudeck, 1992). An end that would be below 0 is 0; NaN without a statistic or degrees."""
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
        return _root(above, 0.0, top)

    outside = (1.0 - level) / 2.0
    low, high = noncentrality(1.0 - outside), noncentrality(outside)
    return float(np.sqrt(low / (n * df))), float(np.sqrt(high / (n * df)))


def _root(falling: Callable[[float], float], low: float, high: float) -> float:
    for _ in range(80):
        middle = 0.5 * (low + high)
        if middle in (low, high):
            break
        low, high = (middle, high) if falling(middle) > 0 else (low, middle)
    return 0.5 * (low + high)


def _m2(observed: Observed, model: Theory, delta: Floats, n_directions: int | None) -> float:
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


def _incremental(m2: float, df: int, m2_null: float, df_null: int) -> tuple[float, float]:
    """CFI and TLI; NaN where the model of independent items fits no worse."""
    if not (m2_null > m2 and df > 0 and df_null > 0 and m2_null / df_null != 1.0 and m2_null != df_null):
        return np.nan, np.nan
    cfi = 1.0 - (m2 - df) / (m2_null - df_null)
    return min(max(cfi, 0.0), 1.0), (m2_null / df_null - m2 / df) / (m2_null / df_null - 1.0)


def _of_items(free: Estimated, items: NDArray[np.int64]) -> Estimated:
    return free._replace(a=free.a[items], d=free.d[items], c=free.c[items], u=free.u[items])


def _nothing(notes: tuple[Note, ...]) -> ModelFit:
    nan = np.nan
    return ModelFit(nan, 0, nan, nan, nan, nan, nan, nan, nan, nan, 0, notes)
