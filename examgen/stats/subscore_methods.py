"""Methods for subscores: their added value over the total (Haberman), and augmented subscores, which borrow
strength from one another (Wainer).

The true subscore can be estimated from the observed subscore or from the total. The quality of an estimate is
the proportion of the true subscore's variance that it explains, its proportional reduction in mean squared
error (PRMSE). For the subscore this is its reliability, for the total the squared correlation of total and
true subscore. A subscore has added value if its own PRMSE is the greater.

Everything follows from three correlations: `reliability` (of the subscore with that of a parallel form),
`with_total` (of the subscore with the total) and `parallel_with_total` (of the total with the subscore of a
parallel form, whose errors are independent of those of the total).

An augmented subscore is the true subscore predicted from all observed subscores at once. For a subscore with
few items, the others that correlate with it have much weight; a reliable subscore hardly changes.

References
----------
Haberman, S. J. (2008). When can subscores have value? Journal of Educational and Behavioral Statistics,
33(2), 204–229. Sinharay, S. (2013). A note on assessing the added value of subscores. Educational
Measurement: Issues and Practice, 32(4), 38–42 (a subscore has added value if it predicts the subscore of a
parallel form better than the total does). Wainer, H., Vevea, J. L., Camacho, F., Reeve, B. B., Rosa, K.,
Nelson, L., Swygert, K. A., & Thissen, D. (2001). Augmented scores: "Borrowing strength" to compute scores
based on small numbers of items. In D. Thissen & H. Wainer (Eds.), Test scoring (pp. 343–387). Erlbaum.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from examgen.stats.matrix import Bools, Floats, Ints

_ROUNDING = 1e-14
"""Share of the variances of items: a sum that varies by less varies by rounding alone."""
_NO_RELIABILITY = 1e-10
"""A reliability below this is 0 but for rounding: there is no true variance to explain."""
NOTICEABLE = 0.1
"""The proportion of the remaining error that subscore and total together must remove beyond the better of the
two."""


class FormSubscores(NamedTuple):
    """K subscores of the candidates on one form, from moments with divisor n − 1. NaN if undefined, for
    example if all candidates have the same score or total."""

    n: int
    n_items: Ints
    """(K,) the number of items in each subscore."""
    n_varying: Ints
    """(K,) the number of these items on which candidates differ."""
    mean: Floats
    sd: Floats
    reliability: Floats
    """(K,) Cronbach's alpha of the items that vary; NaN with fewer than two of them."""
    with_total: Floats
    """(K,) correlation of subscore and total."""
    parallel_with_total: Floats
    """(K,) correlation of the total with the subscore of a parallel form: the errors that subscore and total
    share are removed from their covariance."""
    gain: Floats
    """(K,) `reliability` minus |`parallel_with_total`|; if positive, the subscore has added value."""
    gain_se: Floats
    """(K,) standard errors of the gain by the delta method from fourth moments, without an assumption on the
    distribution of scores. NaN with fewer than three candidates, as two are equally far from their mean."""
    covariance: Floats
    """(K, K) covariance of the observed subscores."""
    alpha: float
    """Alpha of the total."""
    stratified_alpha: float
    """Alpha of the total, stratified by the subscores in `strata`; NaN if one of them has no alpha."""


class Prmse(NamedTuple):
    """Proportional reduction in mean squared error, (K,) each. A value above 1 shows that the estimates of
    reliability and correlation contradict each other."""

    subscore: Floats
    total: Floats
    both: Floats


def prmse(reliability: Floats, with_total: Floats, parallel_with_total: Floats) -> Prmse:
    """Return the PRMSE of the true subscore by the subscore, by the total, and by both (Haberman 2008, eqs.
    8–15).

    NaN if the reliability is not above 0, since there is then no true variance to explain. `both` is NaN if
    subscore and total are perfectly correlated.
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        known = np.where(reliability > _NO_RELIABILITY, reliability, np.nan)
        total = np.square(parallel_with_total) / known
        shared = 1.0 - np.square(with_total)
        shared = np.where(shared > 1e-10, shared, np.nan)
        both = (known + total - 2.0 * with_total * parallel_with_total) / shared
    return Prmse(known, total, both)


def both_add(found: Prmse) -> Bools:
    """Return whether subscore and total together (K,) remove a tenth of the error that remains with the
    better of them."""
    better = np.fmax(found.subscore, found.total)
    with np.errstate(invalid="ignore"):
        return np.asarray((better < 1) & (found.both - better > NOTICEABLE * (1.0 - better)))


# ── one form ─────────────────────────────────────────────────────────────────────────────────


def form_subscores(points: Floats, groups: Bools, strata: Bools | None = None) -> FormSubscores:
    """Return the statistics of the subscores of the candidates on a form.

    Parameters
    ----------
    points : ndarray, shape (n, J)
    groups : ndarray of bool, shape (K, J)
        The items of each subscore. The total is the sum of all J items, including those in no group.
    strata : ndarray of bool, shape (K,), optional
        Subscores that together contain each item once, by which the alpha of the total is stratified.
    """
    every = np.vstack([groups, np.ones((1, groups.shape[1]), dtype=np.bool_)])  # the total is the last
    n, mean, squared, products, spread = _moments(points, every)
    variance = squared / max(n - 1, 1)
    m = (every & (variance > 0)).sum(axis=1)
    covariance = products / (n - 1) if n > 1 else np.full_like(products, np.nan)
    own = np.where(np.diag(covariance) > 0, np.diag(covariance), np.nan)
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = np.where(m > 1, m / (m - 1.0), np.nan)
        within = every @ variance
        reliability = ratio * (1.0 - within / own)
        error = own * (1.0 - reliability)
        scale = np.sqrt(own * own[-1])
        correlation = covariance[:, -1] / scale
        parallel = (covariance[:, -1] - error) / scale
        gain = reliability - np.abs(parallel)
        # (K + 1, 4) how `gain` changes with the four moments
        of_reliability = [ratio * within / own**2, 0.0 * own, -ratio / own, 0.0 * own]
        of_parallel = [
            (ratio - 1.0) / scale - parallel / (2.0 * own), 1.0 / scale, -ratio / scale,
            -parallel / (2.0 * own[-1]),
        ]  # fmt: skip
    sign = np.where(parallel < 0, -1.0, 1.0)
    gradient = np.stack([a - sign * b for a, b in zip(of_reliability, of_parallel, strict=True)], axis=1)
    square = np.einsum("ka,kab,kb->k", gradient, spread, gradient) / max(n, 1)
    square = np.where(square < 0, 0.0, square)  # rounding, where subscore and total are one
    gain_se = np.sqrt(square) if n > 2 else np.full(len(square), np.nan)
    # 1 − Σ error variance of the strata / variance of the total; NaN where they are not all of the test
    stratified = math.nan
    if strata is not None and (groups[strata].sum(axis=0) == 1).all():
        stratified = float(1.0 - error[:-1][strata].sum() / own[-1])
    parts = slice(-1)
    return FormSubscores(
        n, groups.sum(axis=1), m[parts], groups @ mean, np.sqrt(np.diag(covariance))[parts],
        reliability[parts], correlation[parts], parallel[parts], gain[parts], gain_se[parts],
        covariance[parts, parts], float(reliability[-1]), stratified,
    )  # fmt: skip


def _moments(points: Floats, groups: Bools) -> tuple[int, Floats, Floats, Floats, Floats]:
    """How many candidates; the means of the items and the sums of their squared deviations (J,); the sums of
    products of the deviations of scores (K, K).

    Then the covariances (K, 4, 4) of what a candidate adds to the variance of the score, to its covariance
    with the last score, to the variances of its items and to the variance of the last score.
    """
    n, n_items = points.shape
    own, inner = np.zeros((2, n, len(groups)))
    mean, squared = np.zeros((2, n_items))
    for item in range(n_items if n else 0):  # of a constant the mean is its value, to the last digit
        column = points[:, item]
        mean[item] = column.mean() if np.ptp(column) else column[0]
        deviation = column - mean[item]
        squared[item] = deviation @ deviation
        own[:, groups[:, item]] += deviation[:, None]
        inner[:, groups[:, item]] += np.square(deviation)[:, None]
    products, last = own.T @ own, np.broadcast_to(own[:, -1:], own.shape)
    added = np.stack([own * own, own * last, inner, last * last], axis=2)
    first, second = added.sum(axis=0) / max(n, 1), np.einsum("nka,nkb->kab", added, added, optimize=True)
    spread = (second - n * first[:, :, None] * first[:, None, :]) / max(n - 1, 1)
    same = np.diag(products) <= _ROUNDING * (groups @ squared)
    products[same], products[:, same] = 0.0, 0.0
    return n, mean, squared, products, spread


def no_subscores(k: int) -> FormSubscores:
    """Return K subscores for a form without candidates; all statistics are NaN."""
    none, no, pairs = np.zeros(k, dtype=np.int64), np.full(k, np.nan), np.full((k, k), np.nan)
    return FormSubscores(0, none, none, no, no, no, no, no, no, no, pairs, math.nan, math.nan)


# ── several forms ────────────────────────────────────────────────────────────────────────────


def mean_over_forms(values: Sequence[Floats], forms: Sequence[FormSubscores]) -> Floats:
    """Return the mean of the known values over forms, weighted by candidates; NaN if no value is known."""
    found = np.array(values)
    weight = np.isfinite(found) * np.reshape([form.n for form in forms], (-1, *[1] * (found.ndim - 1)))
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray((np.nan_to_num(found) * weight).sum(axis=0) / weight.sum(axis=0))


class PooledSubscores(NamedTuple):
    """The statistics of K subscores over several forms. Correlations are means of those within forms,
    weighted by candidates.

    Forms have different items, so that their totals cannot be correlated.
    """

    n: Ints
    """(K,) the number of candidates on the forms in which the subscore's `gain` is known."""
    reliability: Floats
    with_total: Floats
    parallel_with_total: Floats
    gain: Floats
    gain_se: Floats
    differs: Bools
    """(K,) whether the gains differ significantly between forms (Cochran's Q above its 99 % quantile)."""


def pooled(forms: Sequence[FormSubscores]) -> PooledSubscores:
    """Return the statistics over all forms; for a single form its own values."""
    from scipy.special import chdtrc

    gain, se = (np.stack([getattr(form, name) for form in forms]) for name in ("gain", "gain_se"))
    known = np.isfinite(gain) & np.isfinite(se)
    gain, se = np.where(known, gain, 0.0), np.where(known, se, 0.0)
    means = []
    for name in ("reliability", "with_total", "parallel_with_total", "gain"):
        values = np.stack([getattr(form, name) for form in forms])
        means.append(mean_over_forms([*np.where(known, values, np.nan)], forms))
    weight = known * np.array([[form.n] for form in forms], dtype=np.float64)
    n = weight.sum(axis=0)
    precision = np.where(se > 0, 1.0 / np.square(np.where(se > 0, se, 1.0)), 0.0)
    with np.errstate(invalid="ignore"):
        pooled_se = np.sqrt(np.square(weight / n * se).sum(axis=0))
        centre = (precision * gain).sum(axis=0) / precision.sum(axis=0)
    q = (precision * np.square(gain - np.nan_to_num(centre))).sum(axis=0)
    df = (precision > 0).sum(axis=0) - 1
    differs = np.asarray((df > 0) & (chdtrc(np.maximum(df, 1), q) < 0.01))
    reliability, with_total, parallel, mean_gain = means
    return PooledSubscores(
        n.astype(np.int64), reliability, with_total, parallel, mean_gain, pooled_se, differs
    )


def correlations(forms: Sequence[FormSubscores], reliability: Floats) -> tuple[Floats, Floats]:
    """Return the correlations (K, K) of observed subscores, averaged over forms, and the same corrected for
    attenuation; NaN if a reliability is not above 0."""
    sds = [np.where(form.sd > 0, form.sd, np.nan) for form in forms]
    own = [form.covariance / np.outer(sd, sd) for form, sd in zip(forms, sds, strict=True)]
    r = mean_over_forms(own, forms)
    sound = np.where(reliability > 0, reliability, np.nan)
    return r, r / np.sqrt(np.outer(sound, sound))


# ── subscores that borrow from one another ───────────────────────────────────────────────────


class Augmented(NamedTuple):
    """Augmented subscores for K parts; NaN for those whose reliability is unknown or not above 0."""

    weights: Floats
    """(K, K) row k: what a point above the mean on each subscore adds to the estimate of true subscore k."""
    prmse: Floats
    """(K,) proportion of the true variance that the augmented subscore explains: C_kk / true variance."""
    reliability: Floats
    """(K,) reliability of the augmented subscore, A_kk / C_kk (Wainer et al., 2001); NaN if any reliability
    is unknown, since all are used."""


def augmented(covariance: Floats, reliability: Floats) -> Augmented:
    """Return the regression of true on observed subscores, S_true S_obs⁻¹, where S_true has reliability ×
    variance in its diagonal. All values are NaN if the observed covariances (K, K) are singular or nearly so.

    A subscore of unknown reliability still helps to predict the others, whose rows need only their own true
    variances.
    """
    k = len(reliability)
    found = Augmented(np.full((k, k), np.nan), np.full(k, np.nan), np.full(k, np.nan))
    varies = np.diag(covariance) > 0
    own = covariance[np.ix_(varies, varies)]
    sd = np.sqrt(np.diag(own))
    if not varies.any() or np.linalg.cond(own / np.outer(sd, sd)) > 1e10:
        return found
    true = own.copy()
    np.fill_diagonal(true, np.diag(own) * reliability[varies])
    sound = reliability[varies] > _NO_RELIABILITY
    weights = np.full_like(own, np.nan)
    weights[sound] = np.linalg.solve(own, true[sound].T).T
    with np.errstate(invalid="ignore"):
        c = (weights * true).sum(axis=1)
        a = np.einsum("kj,jl,kl->k", weights, true, weights)
        found.prmse[varies] = c / np.diag(true)
        found.reliability[varies] = a / c
    found.weights[np.ix_(varies, varies)] = weights
    return found


def estimates(found: Augmented, subscores: Floats, mean: Floats) -> Floats:
    """Return the augmented subscores (N, K) of candidates with the observed `subscores` (N, K)."""
    weights = np.where(np.isnan(found.weights) & ~np.isnan(found.prmse)[:, None], 0.0, found.weights)
    return np.asarray(mean + (subscores - mean) @ weights.T)
