"""Score distributions: moments, percentile ranks, and smoothing of counts by log-linear models.

Counts may have leading axes, so that many samples are processed at once: (…, K) for K score points, (…, K, V)
if scores on V points of an anchor are also known. Points of a scale are equally spaced.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from examgen.stats.matrix import Floats

MOST_DEGREE = 10
_MOST_STEPS = 60
_GRADIENT = 1e-10
"""A fit is done when no moment differs by more than this, in standard errors over √n."""
_COLLAPSED = 1e-3
"""A fit that is narrower than the sample by this factor in some direction has run to a boundary."""
_STEPS = 1 << 36
"""Cumulative shares are compared in so many steps of 1: what differs by less is a tie."""


class Scales(NamedTuple):
    """The possible scores on both forms and on the anchor (empty without an anchor)."""

    x: Floats
    """(K,)"""
    y: Floats
    """(L,)"""
    anchor: Floats
    """(V,)"""


def step_of(scale: Floats) -> float:
    """Return the distance between points of a scale; 1 for a single point."""
    return float(scale[1] - scale[0]) if len(scale) > 1 else 1.0


class FormMoments(NamedTuple):
    """Moments of scores, each with the shape of the leading axes. The divisor is n − 1 for `sd`, and n for
    the third and fourth moments, in units of that `sd`, as in R's equate. NaN if undefined."""

    n: Floats
    mean: Floats
    sd: Floats
    skewness: Floats
    kurtosis: Floats
    """3 for a normal distribution."""


def moments(counts: Floats, scale: Floats) -> FormMoments:
    """Return the moments of counts (…, K)."""
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
    """Means, variances and covariance (divisor n − 1) of total and anchor, each with the shape of the leading
    axes."""

    n: Floats
    mean: Floats
    anchor_mean: Floats
    variance: Floats
    anchor_variance: Floats
    covariance: Floats


def joint_moments(counts: Floats, scale: Floats, anchor: Floats) -> Joint:
    """Return the joint moments of counts (…, K, V)."""
    total, beside = moments(counts.sum(axis=-1), scale), moments(counts.sum(axis=-2), anchor)
    with np.errstate(divide="ignore", invalid="ignore"):
        products = np.einsum("...kv,k,v->...", counts, scale, anchor)
        covariance = (products - total.n * total.mean * beside.mean) / (total.n - 1)
    return Joint(total.n, total.mean, beside.mean, total.sd**2, beside.sd**2, covariance)


def shares(counts: Floats) -> Floats:
    """Return counts (…, K) as proportions of their sum; NaN if that is 0."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(counts / counts.sum(axis=-1, keepdims=True))


def percentile_ranks(p: Floats) -> Floats:
    """Return the percentile ranks (…, K): the proportion below each score point plus half of that at it
    (Kolen & Brennan 2014, eq. 2.14)."""
    return np.asarray(np.cumsum(p, axis=-1) - p / 2)


def rank_at(points: Floats, p: Floats, scale: Floats) -> Floats:
    """Return the percentile ranks (…, M) of any points (…, M) in a distribution `p` (…, V). Persons with a
    score are spread evenly over the interval around it (Kolen & Brennan 2014, eq. 2.14)."""
    half = step_of(scale) / 2
    edges = np.append(scale - half, scale[-1] + half)

    def ranks(points: Floats, p: Floats) -> Floats:
        return np.asarray(np.interp(points, edges, np.append(0.0, np.cumsum(p))))

    return np.asarray(np.vectorize(ranks, signature="(m),(v)->(m)")(points, p))


def scores_at(ranks: Floats, p: Floats, scale: Floats) -> Floats:
    """Return the scores (…, M) whose percentile ranks in `p` (…, L) are `ranks` (…, M), between 0 and 1.

    If several scores have the same rank, because nobody has a score between them, the result is the mean of
    the lowest and the highest (Kolen & Brennan 2014, eq. 2.15–2.18). Rank 0 is the lower end of the scale,
    rank 1 its upper end, as in R's equate.
    """
    step, last = step_of(scale), len(scale) - 1

    def scores(ranks: Floats, p: Floats) -> Floats:
        edges = np.cumsum(p)
        below, known = np.append(0.0, edges[:-1]), np.isfinite(ranks) & np.isfinite(edges[-1])
        asked = np.where(known, ranks, 0.5)
        line, whole = np.rint(np.nan_to_num(edges, nan=1.0) * _STEPS), np.rint(asked * _STEPS)
        places = (np.minimum(np.searchsorted(line, whole, side), last) for side in ("right", "left"))
        with np.errstate(divide="ignore", invalid="ignore"):
            high, low = (scale[at] + step * ((asked - below[at]) / p[at] - 0.5) for at in places)
        found = np.where(whole <= 0, scale[0] - step / 2, (high + low) / 2)
        return np.where(known, np.where(whole >= _STEPS, scale[-1] + step / 2, found), np.nan)

    return np.asarray(np.vectorize(scores, signature="(m),(l)->(m)")(ranks, p))


# ── smooth counts ────────────────────────────────────────────────────────────────────────────
#
# log m = β₀ + β₁ u + … + β_C u^C, with products u^i v^j for total and anchor together, by maximum likelihood.
# The fitted distribution keeps the first C moments of the observed one, and the cross moments that the model
# has (Holland, P. W., & Thayer, D. T., 2000, Univariate and bivariate loglinear models for discrete test
# score distributions, Journal of Educational and Behavioral Statistics, 25, 133–183).


class Degrees(NamedTuple):
    """The highest powers in a log-linear model: of the total, of the anchor, and of both in products (i, j ≤
    cross)."""

    total: int
    anchor: int = 0
    cross: int = 0


class LogLinear(NamedTuple):
    """A log-linear model fitted to one sample.

    `basis` (cells, p) spans the powers without the constant. Under the fitted proportions its columns have
    mean 0 and are orthonormal, so that Newton's method nearly converges in one step for a similar sample.
    """

    degrees: Degrees
    basis: Floats
    log_shares: Floats
    """(cells,) logs of the fitted proportions."""
    n: float
    deviance: float
    df: int
    aic: float
    """−2 log-likelihood (Poisson) + 2 × number of parameters with the constant, as in R's glm."""
    bic: float
    """−2 log-likelihood + log n × number of parameters, n candidates."""
    shape: tuple[int, ...]
    p: float = np.nan
    """p value of the likelihood ratio test against the preceding model; NaN for the first model."""
    taken: bool = True
    """Whether the model was chosen."""

    def counts(self) -> Floats:
        """Return the fitted counts, in the shape of the observed ones."""
        return np.asarray(self.n * np.exp(self.log_shares)).reshape(self.shape)

    def smooth(self, counts: Floats) -> Floats:
        """Return the fitted counts of other samples (…, *shape) under this model; NaN if a sample has no such
        fit."""
        samples = counts.reshape(-1, self.basis.shape[0])
        found = np.full(samples.shape, np.nan)
        for n, sample in enumerate(samples):
            if (log_shares := _newton(sample, self.basis, self.log_shares)) is not None:
                found[n] = sample.sum() * np.exp(log_shares)
        return found.reshape(counts.shape)

    def smooth_nearby(self, counts: Floats) -> Floats:
        """Like `smooth`, to first order, for samples (…, *shape) that hardly differ from this one."""
        cells = counts.reshape(*counts.shape[: counts.ndim - len(self.shape)], -1)
        moved = cells @ self.basis / cells.sum(axis=-1, keepdims=True)
        found = self.n * np.exp(self.log_shares) * (1 + moved @ self.basis.T)
        return np.asarray(found).reshape(counts.shape)


def fit(counts: Floats, scales: Sequence[Floats], degrees: Degrees) -> LogLinear | None:
    """Fit the log-linear model of these degrees to counts (K,) or (K, V); `scales` has the scores of each
    axis.

    Returns None if the sample does not determine the model, as the likelihood has no maximum if too few
    scores occur.
    """
    from scipy.special import gammaln, xlogy

    cells = counts.ravel().astype(np.float64)
    n = float(cells.sum())
    powers = _powers(counts, scales, degrees)
    if not n or powers is None:
        return None
    basis, size = _orthonormal(powers, cells / n)
    if basis is None:
        return None
    log_shares = _newton(cells, basis, np.full(len(cells), -np.log(len(cells))))
    if log_shares is None:
        return None
    fitted, own_size = _orthonormal(powers, np.exp(log_shares))
    if fitted is None or (own_size < _COLLAPSED * size).any():
        return None
    means = n * np.exp(log_shares)
    likelihood = float((xlogy(cells, means) - means - gammaln(cells + 1)).sum())
    deviance = float(2 * (xlogy(cells, cells) - xlogy(cells, means)).sum())
    n_parameters = powers.shape[1] + 1
    return LogLinear(
        degrees, fitted, log_shares, n, deviance, len(cells) - n_parameters,
        2 * n_parameters - 2 * likelihood, float(np.log(n)) * n_parameters - 2 * likelihood, counts.shape,
    )  # fmt: skip


def choose(
    counts: Floats, scales: Sequence[Floats], criterion: str, most: int = MOST_DEGREE
) -> tuple[LogLinear | None, tuple[LogLinear, ...]]:
    """Return the model chosen by a criterion, and all models that were tried.

    `aic` and `bic` choose the lowest value. `lr` chooses the highest degree that fits better than the one
    before it; each test has the level 1 − 0.95^(1/tests), so that all tests together have the level 0.05
    (Moses, T., & Holland, P. W., 2009, Journal of Educational Measurement, 46, 159–176, compare such rules).
    With an anchor, the degree of each margin is chosen first, then that of the products, 1 to 3. Models are
    tried in order up to the first that the sample does not determine.
    """
    from scipy.stats import chi2

    wanted = [Degrees(degree) for degree in range(1, most + 1)]
    if counts.ndim == 2:
        total, _ = choose(counts.sum(axis=1), scales[:1], criterion, most)
        anchor, _ = choose(counts.sum(axis=0), scales[1:], criterion, most)
        if total is None or anchor is None:
            return None, ()
        ends = total.degrees.total, anchor.degrees.total
        wanted = [Degrees(*ends, cross) for cross in range(1, min(3, *ends) + 1)]
    models: list[LogLinear] = []
    for degrees in wanted:
        if (model := fit(counts, scales, degrees)) is None:
            break
        p = np.nan
        if models:
            fall = max(models[-1].deviance - model.deviance, 0.0)
            p = float(chi2.sf(fall, models[-1].df - model.df))
        models.append(model._replace(p=p, taken=False))
    if not models:
        return None, ()
    if criterion == "lr":
        level = 1 - 0.95 ** (1 / max(len(models) - 1, 1))
        place = max((n for n, one in enumerate(models) if one.p < level), default=0)
    else:
        place = int(np.argmin([getattr(one, criterion) for one in models]))
    models[place] = models[place]._replace(taken=True)
    return models[place], tuple(models)


def _powers(counts: Floats, scales: Sequence[Floats], degrees: Degrees) -> Floats | None:
    """(cells, p) powers of standard scores, without the constant; None if a score does not vary."""
    axes = range(counts.ndim)
    margins = [counts.sum(axis=tuple(other for other in axes if other != axis)) for axis in axes]
    told = [moments(margin, scale) for margin, scale in zip(margins, scales, strict=True)]
    if any(not one.sd > 0 for one in told):
        return None
    units = [(scale - one.mean) / one.sd for scale, one in zip(scales, told, strict=True)]
    if len(units) == 1:
        return np.asarray(units[0][:, None] ** np.arange(1, degrees.total + 1))
    u, v = units[0][:, None], units[1][None, :]
    both = range(1, degrees.cross + 1)
    columns = [u**i * np.ones_like(v) for i in range(1, degrees.total + 1)]
    columns += [v**j * np.ones_like(u) for j in range(1, degrees.anchor + 1)]
    columns += [u**i * v**j for i in both for j in both]
    return np.stack([column.ravel() for column in columns], axis=1)


def _orthonormal(powers: Floats, shares: Floats) -> tuple[Floats | None, Floats]:
    """The columns with mean 0 and orthonormal under the proportions, by QR, and the remaining length of each;
    None for columns that are not independent."""
    whole = np.column_stack([np.ones(len(shares)), powers])
    rows = shares > 0
    r = np.asarray(np.linalg.qr(np.sqrt(shares[rows])[:, None] * whole[rows], mode="r"))
    size = np.abs(np.diag(r))
    if len(size) < whole.shape[1] or (size <= 1e-9 * np.linalg.norm(r, axis=0)).any():
        return None, size
    return np.linalg.solve(r.T, whole.T).T[:, 1:], size


def _newton(sample: Floats, basis: Floats, start: Floats) -> Floats | None:
    """(cells,) logs of proportions that keep the moments of a sample in the span of the basis, if there are.

    The proportions are exp(start + basis · β) over their sum. The log-likelihood is concave, so Newton's
    steps, halved if they overshoot, reach its maximum if it has one.
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        target = sample @ basis / sample.sum()
    if not np.isfinite(target).all():
        return None

    def at(beta: Floats) -> tuple[Floats, float]:
        """The logs, and the log-likelihood per candidate, up to a constant."""
        line = start + basis @ beta
        most = line.max()
        total = float(most + np.log(np.exp(line - most).sum()))
        return line - total, float(beta @ target) - total

    beta = np.zeros(len(target))
    logs, height = at(beta)
    for _ in range(_MOST_STEPS):
        shares = np.exp(logs)
        mean = shares @ basis
        gradient = target - mean
        if np.abs(gradient).max() < _GRADIENT:
            return logs
        curve = (basis * shares[:, None]).T @ basis - np.outer(mean, mean)
        curve += 1e-13 * np.trace(curve) * np.eye(len(target))
        try:
            move = np.linalg.solve(curve, gradient)
        except np.linalg.LinAlgError:
            return None
        if not np.isfinite(move).all() or np.abs(beta).max() > 1e4:
            return None
        for factor in 0.5 ** np.arange(30):
            new, high = at(beta + factor * move)
            if high >= height - 1e-12 * (1 + abs(height)):
                beta, logs, height = beta + factor * move, new, high
                break
    return None
