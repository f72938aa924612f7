"""Equating methods: equivalent scores from the counts of scores on two forms, their errors, and the choice of
a method.

X is the form whose scores are converted, Y the form to whose scale they are converted; population 1 took X,
population 2 took Y. Moments and counts may have leading axes for several samples; results are then returned
for each sample. `weight` is w₁, the weight of population 1 in the synthetic population; w₂ = 1 − w₁. Equation
numbers are those of Kolen, M. J., & Brennan, R. L. (2014), Test equating, scaling, and linking (3rd ed.),
Springer.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import starmap
from typing import NamedTuple

import numpy as np

from examgen.stats import score_distributions as distributions
from examgen.stats.matrix import Floats, Ints
from examgen.stats.score_distributions import Scales

EQUIVALENT_GROUPS = ("identity", "mean", "linear", "circle-arc", "equipercentile")
NONEQUIVALENT_GROUPS = (
    "identity", "tucker", "tucker-mean", "levine", "levine-mean", "levine-true", "chained-mean",
    "chained-linear", "chained-circle-arc", "frequency-estimation",
    "chained-equipercentile",
)  # fmt: skip
DESIGNS = {"eg": EQUIVALENT_GROUPS, "neat": NONEQUIVALENT_GROUPS}
BY_RANKS = frozenset(("equipercentile", "frequency-estimation", "chained-equipercentile"))
"""Methods that use whole distributions, and so can be smoothed."""
WITH_SYNTHETIC = frozenset(("tucker", "tucker-mean", "levine", "levine-mean", "frequency-estimation"))
"""Methods that need a synthetic population. Its weight matters little if the groups do not differ much."""
ENOUGH_LINEAR, ENOUGH_RANKS, ENOUGH_ARC = 400, 1_500, 100
"""Candidates of each form: rules of thumb of Kolen & Brennan (2014, section 8.3) for linear and for
equipercentile equating; below the last, the circle-arc or no equating at all (Livingston & Kim 2009)."""
APART, FAR_APART = 0.2, 0.3
"""Standard deviations between the groups on the anchor. From the first on, Tucker's method and frequency
estimation err more than chained ones (docs/standard-setting.md has the simulation); from the second on,
methods disagree (Kolen & Brennan 2014, section 8.3)."""
_CELLS_AT_ONCE = 6_000_000
_SAMPLES_AT_ONCE = 50
"""Samples of a task, whoever does it: the last digits hang on how many are equated together."""
Spread = Callable[[Callable[..., Floats], Iterator[tuple[object, ...]]], Iterable[Floats]]
"""Calls a function with each of several argument tuples and returns the results in the same order."""
_PART = 0.01
"""By what share of one candidate a count is moved to see what follows."""

# ── by a line or an arc ───────────────────────────────────────────────────────────────────────────


class LinearConversion(NamedTuple):
    """A linear conversion: Y-equivalent = slope · x + intercept. NaN if a variance or covariance that it
    needs is 0."""

    slope: Floats
    intercept: Floats

    def at(self, x: Floats) -> Floats:
        """Return the equivalents (…, K) of the scores x (K,)."""
        return np.asarray(self.slope[..., None] * x + self.intercept[..., None])


class Synthetic(NamedTuple):
    """The means and standard deviations of both forms in one (synthetic) population."""

    mean_x: Floats
    mean_y: Floats
    sd_x: Floats
    sd_y: Floats

    def line(self, *, by_means: bool) -> LinearConversion:
        """Return the linear conversion (eq. 2.9, 4.1); `by_means` gives it slope 1 (eq. 2.5)."""
        slope = np.ones_like(self.mean_x) if by_means else _over(self.sd_y, self.sd_x)
        return through(self.mean_x, self.mean_y, slope)


def through(mean_x: Floats, mean_y: Floats, slope: Floats) -> LinearConversion:
    """Return the line with this slope through a pair of means."""
    return LinearConversion(slope, mean_y - slope * mean_x)


def tucker(x: distributions.Joint, y: distributions.Joint, weight: float) -> Synthetic:
    """Return the synthetic moments by Tucker's method: γ is the slope of the regression of total on anchor
    (eq. 4.21, 4.22)."""
    gamma_x, gamma_y = (_over(of.covariance, of.anchor_variance) for of in (x, y))
    return _synthetic(x, y, weight, gamma_x, gamma_y)


def levine(x: distributions.Joint, y: distributions.Joint, weight: float, internal: bool) -> Synthetic:
    """Return the synthetic moments by Levine's observed-score method: γ is the ratio of true-score standard
    deviations under the classical congeneric model (eq. 4.53 for an internal, 4.58 for an external anchor).
    """
    return _synthetic(x, y, weight, _levine_gamma(x, internal), _levine_gamma(y, internal))


def levine_true(x: distributions.Joint, y: distributions.Joint, internal: bool) -> LinearConversion:
    """Return the conversion by Levine's true-score method, applied to observed scores (eq. 4.65, 4.66); it
    needs no synthetic population."""
    return _by_anchor(x, y, _levine_gamma(x, internal), _levine_gamma(y, internal))


def chained(x: distributions.Joint, y: distributions.Joint, *, by_means: bool) -> LinearConversion:
    """Return the chained conversion: linear equating X → anchor in population 1, then anchor → Y in
    population 2 (eq. 4.68); with `by_means`, mean equating in both steps."""
    if by_means:
        return _by_anchor(x, y, np.ones_like(x.mean), np.ones_like(y.mean))
    with np.errstate(divide="ignore", invalid="ignore"):
        gamma_x, gamma_y = (np.sqrt(of.variance) / np.sqrt(of.anchor_variance) for of in (x, y))
    return _by_anchor(x, y, gamma_x, gamma_y)


def _by_anchor(
    x: distributions.Joint, y: distributions.Joint, gamma_x: Floats, gamma_y: Floats
) -> LinearConversion:
    """The line of slope γ_Y / γ_X through the mean of X and what it is worth on Y: the mean of Y, moved by
    how far the groups are apart on the anchor."""
    return through(x.mean, y.mean + gamma_y * (x.anchor_mean - y.anchor_mean), _over(gamma_y, gamma_x))


def circle_arc(
    x: Floats, low: tuple[float, float], middle: tuple[Floats, Floats], high: tuple[float, float]
) -> Floats:
    """Return the Y-equivalents (…, K) by the simplified circle-arc method.

    The equivalents are the line through `low` and `high`, which are fixed pairs of scores on X and Y, plus an
    arc through (x₁, 0), (x₂, y₂ − line), (x₃, 0). Only the `middle` point is estimated from the data. NaN if
    it lies outside the ends.

    References
    ----------
    Livingston, S. A., & Kim, S. (2009). The circle-arc method for equating in small samples. Journal of
    Educational Measurement, 46, 330–343; Kolen & Brennan (2014), eq. 2.26–2.35.
    """
    (x1, y1), (x3, y3) = low, high
    x2, y2 = middle
    slope = (y3 - y1) / (x3 - x1)
    line = y1 + slope * (x - x1)
    rise = y2 - (y1 + slope * (x2 - x1))
    with np.errstate(divide="ignore", invalid="ignore"):
        centre_x = (x1 + x3) / 2
        # the centre is as far from (x1, 0) as from (x2, rise)
        centre_y = (x2**2 + rise**2 - x1**2 - 2 * centre_x * (x2 - x1)) / (2 * rise)
        radius2 = (x1 - centre_x) ** 2 + centre_y**2
        depth = np.sqrt(np.maximum(radius2[..., None] - (x - centre_x) ** 2, 0.0))
        arc = centre_y[..., None] + np.sign(rise)[..., None] * depth
    flat = np.abs(rise) < 1e-12 * (1 + abs(x3 - x1))
    found = line + np.where(flat[..., None], 0.0, arc)
    outside = (x2 <= x1) | (x2 >= x3)
    return np.where(outside[..., None], np.nan, found)


def _levine_gamma(of: distributions.Joint, internal: bool) -> Floats:
    if internal:
        return _over(of.variance, of.covariance)
    return _over(of.variance + of.covariance, of.anchor_variance + of.covariance)


def _synthetic(
    x: distributions.Joint, y: distributions.Joint, w1: float, gamma_x: Floats, gamma_y: Floats
) -> Synthetic:
    """Moments in the synthetic population (eq. 4.17–4.20)."""
    w2 = 1 - w1
    shift = x.anchor_mean - y.anchor_mean
    spread = x.anchor_variance - y.anchor_variance
    var_x = x.variance - w2 * gamma_x**2 * spread + w1 * w2 * gamma_x**2 * shift**2
    var_y = y.variance + w1 * gamma_y**2 * spread + w1 * w2 * gamma_y**2 * shift**2
    with np.errstate(invalid="ignore"):
        return Synthetic(
            x.mean - w2 * gamma_x * shift,
            y.mean + w1 * gamma_y * shift,
            np.sqrt(np.where(var_x > 0, var_x, np.nan)),
            np.sqrt(np.where(var_y > 0, var_y, np.nan)),
        )


def _over(above: Floats, below: Floats) -> Floats:
    """A quotient, NaN where it is of nothing."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(np.where(np.abs(below) > 1e-12, above / below, np.nan))


# ── by percentile ranks ───────────────────────────────────────────────────────────────────────────


# Distributions are made continuous by spreading each score evenly over its interval (chapters 2, 3 and 5).


def equipercentile(x: Floats, y: Floats, scales: Scales) -> Floats:
    """Return the Y-equivalents (…, K) of the scores on X, for counts (…, K) and (…, L)."""
    p, q = distributions.shares(x), distributions.shares(y)
    return distributions.scores_at(distributions.percentile_ranks(p), q, scales.y)


def chained_ranks(x: Floats, y: Floats, scales: Scales) -> Floats:
    """Return the chained equipercentile equivalents (…, K): X → anchor in population 1, anchor → Y in
    population 2, for counts (…, K, V) and (…, L, V)."""
    p, p_anchor = distributions.shares(x.sum(axis=-1)), distributions.shares(x.sum(axis=-2))
    q, q_anchor = distributions.shares(y.sum(axis=-1)), distributions.shares(y.sum(axis=-2))
    on_anchor = distributions.scores_at(distributions.percentile_ranks(p), p_anchor, scales.anchor)
    return distributions.scores_at(distributions.rank_at(on_anchor, q_anchor, scales.anchor), q, scales.y)


def synthetic(x: Floats, y: Floats, weight: float) -> tuple[Floats, Floats]:
    """Return the proportions (…, K) and (…, L) of scores on both forms in the synthetic population (eq. 5.7,
    5.8), for counts (…, K, V) and (…, L, V). Assumes that the distribution of scores given the anchor is the
    same in both populations.

    That distribution is unknown at an anchor score that nobody in a population has. The score is then left
    out, and the other proportions are rescaled to sum to 1.
    """
    p, q = _joint(x), _joint(y)
    h1, h2 = p.sum(axis=-2, keepdims=True), q.sum(axis=-2, keepdims=True)
    with np.errstate(divide="ignore", invalid="ignore"):
        p_there = np.where(h1 > 0, p / h1 * h2, 0.0)
        q_here = np.where(h2 > 0, q / h2 * h1, 0.0)
    f = (weight * p + (1 - weight) * p_there).sum(axis=-1)
    g = (weight * q_here + (1 - weight) * q).sum(axis=-1)
    return distributions.shares(f), distributions.shares(g)


def _joint(counts: Floats) -> Floats:
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(counts / counts.sum(axis=(-2, -1), keepdims=True))


# ── by the name of a method ───────────────────────────────────────────────────────────────────────


class MethodOptions(NamedTuple):
    """The options of an equating.

    `weight` is the weight of population 1, the candidates who took X, in the synthetic population. It applies
    to proportions, as in the equations; R's equate 2.0.9 weights counts in frequency estimation. `internal`
    is whether the anchor is part of the scores. `smooth` holds the log-linear models of X and Y.
    """

    method: str
    weight: float = 0.5
    internal: bool = True
    smooth: tuple[distributions.LogLinear, distributions.LogLinear] | None = None


def equated(x: Floats, y: Floats, scales: Scales, asked: MethodOptions, *, nearby: bool = False) -> Floats:
    """Return the equivalents on Y of the scores on X.

    Parameters
    ----------
    x, y : ndarray, shapes (…, K) and (…, L), or (…, K, V) and (…, L, V) with an anchor
        The number of candidates with each score.
    scales : Scales
        The scores of X, of Y and of the anchor.
    asked : MethodOptions
    nearby : bool
        Whether to smooth only to first order, for samples that hardly differ from the one to which the models
        of `asked` were fitted.

    Returns
    -------
    ndarray, shape (…, K)
        NaN if the sample does not determine an equivalent.
    """
    if asked.smooth is not None:
        smoothed = [one.smooth_nearby if nearby else one.smooth for one in asked.smooth]
        x, y = smoothed[0](x), smoothed[1](y)
    if asked.method == "chained-equipercentile":
        return chained_ranks(x, y, scales)
    if asked.method in BY_RANKS:
        if asked.method == "frequency-estimation":
            x, y = synthetic(x, y, asked.weight)
        return equipercentile(x, y, scales)
    found = line_of(x, y, scales, asked)
    if found is not None:
        return found.at(scales.x)
    # A circle arc begins and ends at the ends of both scales. Its middle point is the mean of X with the mean
    # of Y, or with the equivalent of the mean of X by chained linear equating.
    if asked.method == "circle-arc":
        middle = distributions.moments(x, scales.x).mean, distributions.moments(y, scales.y).mean
    else:
        of_both = _joints(x, y, scales)
        line, mean_x = chained(*of_both, by_means=False), of_both[0].mean
        middle = mean_x, line.slope * mean_x + line.intercept
    ends = [(float(scales.x[n]), float(scales.y[n])) for n in (0, -1)]
    return circle_arc(scales.x, ends[0], middle, ends[1])


def line_of(x: Floats, y: Floats, scales: Scales, asked: MethodOptions) -> LinearConversion | None:
    """Return the conversion of a linear method; None for other methods."""
    method = asked.method
    by_means = method.endswith("mean")
    if method == "identity":
        ones = np.ones(x.shape[: x.ndim - (2 if len(scales.anchor) else 1)])
        return LinearConversion(ones, 0 * ones)
    if method in ("mean", "linear"):
        return _of_moments(x, y, scales).line(by_means=by_means)
    if (population := synthetic_of(x, y, scales, asked)) is not None:
        return population.line(by_means=by_means)
    if method not in ("levine-true", "chained-mean", "chained-linear"):
        return None
    of_both = _joints(x, y, scales)
    if method == "levine-true":
        return levine_true(*of_both, asked.internal)
    return chained(*of_both, by_means=by_means)


def synthetic_of(x: Floats, y: Floats, scales: Scales, asked: MethodOptions) -> Synthetic | None:
    """Return the moments of both forms in the synthetic population; None for methods without one."""
    method, weight = asked.method, asked.weight
    if method not in WITH_SYNTHETIC:
        return None
    if method == "frequency-estimation":
        f, g = synthetic(x, y, weight)
        n = 1e12  # proportions times a large n, so that n − 1 is n
        return _of_moments(f * n, g * n, scales)
    of_x, of_y = _joints(x, y, scales)
    if method.startswith("tucker"):
        return tucker(of_x, of_y, weight)
    return levine(of_x, of_y, weight, asked.internal)


def _of_moments(x: Floats, y: Floats, scales: Scales) -> Synthetic:
    one, other = distributions.moments(x, scales.x), distributions.moments(y, scales.y)
    return Synthetic(one.mean, other.mean, one.sd, other.sd)


def _joints(x: Floats, y: Floats, scales: Scales) -> tuple[distributions.Joint, distributions.Joint]:
    return distributions.joint_moments(x, scales.x, scales.anchor), distributions.joint_moments(
        y, scales.y, scales.anchor
    )


# ── errors ────────────────────────────────────────────────────────────────────────────────────────


def spread_of(conversions: Floats, level: float) -> tuple[Floats, Floats, Floats]:
    """Return the standard errors (K,) of the conversions (B, K) of bootstrap samples (divisor B − 1), and the
    limits (K,), (K,) of their middle `level` (percentile method)."""
    if len(conversions) < 2:
        none = np.full(conversions.shape[1], np.nan)
        return none, none, none
    low, high = np.quantile(conversions, [(1 - level) / 2, 1 - (1 - level) / 2], axis=0)
    return conversions.std(axis=0, ddof=1), low, high


def bootstrap(
    x: Floats, y: Floats, scales: Scales, asked: MethodOptions, replications: int, seed: int,
    spread: Spread = starmap, pairs: Floats | None = None,
) -> Floats:  # fmt: skip
    """Return the conversions (B, K) of bootstrap samples of the candidates of each form, drawn as multinomial
    counts of the original size; with `pairs` (K, L), samples of candidates who took both forms.

    The samples are drawn here, and equated by `spread`. Each sample is smoothed again, with the degrees
    chosen for the original data (Efron & Tibshirani 1993, An introduction to the bootstrap; Kolen & Brennan
    2014, section 7.3).
    """
    rng = np.random.default_rng(seed)
    tables = (x, y) if pairs is None else (pairs,)
    size = max(1, _CELLS_AT_ONCE // max(sum(one.size for one in tables), 1))

    def calls() -> Iterator[tuple[object, ...]]:
        for start in range(0, replications, size):
            n = min(size, replications - start)
            drawn = [_drawn(one, n, rng) for one in tables]
            of_x, of_y = drawn if pairs is None else (drawn[0].sum(axis=2), drawn[0].sum(axis=1))
            for first in range(0, n, _SAMPLES_AT_ONCE):
                some = slice(first, first + _SAMPLES_AT_ONCE)
                yield of_x[some], of_y[some], scales, asked

    conversions = np.concatenate([np.empty((0, len(scales.x))), *spread(equated, calls())])
    return np.asarray(conversions[np.isfinite(conversions).all(axis=1)])


def _drawn(counts: Floats, n_samples: int, rng: np.random.Generator) -> Floats:
    cells = counts.ravel()
    there = np.flatnonzero(cells > 0)
    n = int(cells.sum())
    samples = np.zeros((n_samples, len(cells)))
    samples[:, there] = rng.multinomial(n, cells[there] / cells[there].sum(), size=n_samples)
    return samples.reshape(n_samples, *counts.shape)


def jackknife(
    x: Floats, y: Floats, scales: Scales, asked: MethodOptions, pairs: Floats | None = None
) -> Floats:
    """Return standard errors (K,) for any method by the infinitesimal jackknife: √(Σ p_c IF_c² / n) over the
    cells c of both samples, where IF_c is the derivative of the conversion with respect to the candidates in
    the cell. With `pairs` (K, L), the counts of candidates who took both forms, a cell affects both forms.

    References
    ----------
    Jaeckel, L. (1972). The infinitesimal jackknife. Bell Laboratories.
    Efron, B. (1982). The jackknife, the bootstrap and other resampling plans, chapter 6.
    """

    at_x, by_x = _influences(x, lambda moved: equated(moved, y, scales, asked, nearby=True))
    at_y, by_y = _influences(y, lambda moved: equated(x, moved, scales, asked, nearby=True))
    if pairs is None:
        own = ((x, at_x, by_x), (y, at_y, by_y))
        return np.asarray(np.sqrt(sum(n.ravel()[at] / n.sum() ** 2 @ by**2 for n, at, by in own)))
    of_x, of_y = (np.zeros((len(counts), len(scales.x))) for counts in (x, y))
    of_x[at_x], of_y[at_y] = by_x, by_y
    rows, columns = np.nonzero(pairs)
    return np.asarray(np.sqrt(pairs[rows, columns] / pairs.sum() ** 2 @ (of_x[rows] + of_y[columns]) ** 2))


def _influences(counts: Floats, conversion: Callable[[Floats], Floats]) -> tuple[Ints, Floats]:
    """Cells of one sample that have candidates, and derivatives (cells, K) of the conversion when candidates
    of each become more."""
    cells = counts.ravel()
    n = float(cells.sum())
    there = np.flatnonzero(cells > 0)
    part = _PART / n
    size = max(1, _CELLS_AT_ONCE // (8 * len(cells)))
    found = []
    for own in np.split(there, range(size, len(there), size)):
        ends = []
        for move in (part, -part):
            samples = np.repeat((cells * (1 - move))[None], len(own), axis=0)
            samples[np.arange(len(own)), own] += move * n
            ends.append(conversion(samples.reshape(len(own), *counts.shape)))
        found.append((ends[0] - ends[1]) / (2 * part))
    return there, np.concatenate(found)


def linear_errors(x: Floats, y: Floats, scales: Scales) -> Floats:
    """Return the standard errors (K,) of linear equating of equivalent groups, for any shape of the
    distributions (Braun, H. I., & Holland, P. W., 1982, in Holland & Rubin, Test equating; Kolen & Brennan
    2014, eq. 7.10)."""
    first, second = distributions.moments(x, scales.x), distributions.moments(y, scales.y)
    z = (scales.x - first.mean) / first.sd
    skewness = first.skewness / first.n + second.skewness / second.n
    kurtosis = (first.kurtosis - 1) / (4 * first.n) + (second.kurtosis - 1) / (4 * second.n)
    variance = second.sd**2 * (1 / first.n + 1 / second.n + skewness * z + kurtosis * z * z)
    return np.asarray(np.sqrt(np.maximum(variance, 0.0)))


def mean_errors(x: Floats, y: Floats, scales: Scales) -> Floats:
    """Return the standard errors (K,) of mean equating of equivalent groups: √(σ²(X)/n + σ²(Y)/n), the same
    at every score."""
    first, second = distributions.moments(x, scales.x), distributions.moments(y, scales.y)
    return np.full(len(scales.x), np.sqrt(first.sd**2 / first.n + second.sd**2 / second.n))


def equipercentile_errors(x: Floats, y: Floats, scales: Scales) -> Floats:
    """Return the standard errors (K,) of equipercentile equating of equivalent groups without smoothing.

    Lord, F. M. (1982). The standard error of equipercentile equating. Journal of Educational Statistics, 7,
    165–174; Kolen & Brennan (2014), eq. 7.12, with the density of Y in the interval of the upper inverse. 0
    if the percentile rank is 0 or 1, as the conversion is then the end of the scale.
    """
    n_x, n_y = x.sum(), y.sum()
    p, q = distributions.shares(x), distributions.shares(y)
    rank, edges = distributions.percentile_ranks(p), np.cumsum(q)
    own = np.minimum(np.searchsorted(np.round(edges, 10), np.round(rank, 10), side="right"), len(q) - 1)
    below = np.where(own > 0, edges[own - 1], 0.0)
    with np.errstate(divide="ignore", invalid="ignore"):
        part = q[own]
        of_x = rank * (1 - rank) / (n_x * part**2)
        of_y = (below - rank**2 + (rank - below) ** 2 / part) / (n_y * part**2)
        found = np.sqrt(np.maximum(of_x + of_y, 0.0))
    known = (np.round(rank, 10) > 0) & (np.round(rank, 10) < 1)
    return np.where(known, np.where(np.isfinite(found), found, np.nan), 0.0) * distributions.step_of(scales.y)


def analytic(
    x: Floats, y: Floats, scales: Scales, asked: MethodOptions, pairs: Floats | None = None
) -> tuple[Floats, str]:
    """Return standard errors (K,) without resampling, and their source: `formula` if the literature has one,
    else `delta` for numerical differences. NaN where the conversion jumps, so that the derivative is no
    error."""
    formulas = {"mean": mean_errors, "linear": linear_errors, "equipercentile": equipercentile_errors}
    if asked.method == "identity":
        return np.zeros(len(scales.x)), "formula"
    if asked.method in formulas and asked.smooth is None and pairs is None:
        return formulas[asked.method](x, y, scales), "formula"
    found = jackknife(x, y, scales, asked, pairs)
    return np.where(found < scales.y[-1] - scales.y[0], found, np.nan), "delta"


# ── which method ──────────────────────────────────────────────────────────────────────────────────


class Advice(NamedTuple):
    """The estimated errors of the conversion and of identity (unconverted scores), in points of Y."""

    method: str
    """The method with the smaller error: `identity` or the method of the conversion."""
    error: float
    """Root mean square error of the conversion over the candidates of X. It covers sampling only, not the
    error of a method whose assumptions do not hold."""
    identity_error: float
    """Root mean square error of unconverted scores."""


def method_for(n_least: int, design: str, apart: float = 0.0) -> str:
    """Return the recommended method for a design (`eg` or `neat`), given the size of the smaller sample and
    how many standard deviations the groups are apart on the anchor. Tucker's method and frequency estimation
    take groups for more alike than they are (Wang, Lee, Brennan & Kolen 2008)."""
    if n_least >= ENOUGH_RANKS:
        curve = "chained-equipercentile" if apart >= APART else "frequency-estimation"
        return "equipercentile" if design == "eg" else curve
    if n_least >= ENOUGH_ARC:
        line = "levine" if apart >= FAR_APART else "chained-linear" if apart >= APART else "tucker"
        return "linear" if design == "eg" else line
    return "circle-arc" if design == "eg" else "chained-circle-arc"


def advise(points: Floats, candidates: Floats, conversion: Floats, se: Floats, method: str) -> Advice | None:
    """Return the method with the smaller estimated error: identity (unconverted scores) or that of the
    conversion.

    Over the candidates of X, the mean square of what the conversion adds to scores estimates the sum of two
    terms: the squared difference of the forms, which is the error of identity, and the squared error of the
    conversion (Kolen & Brennan 2014, section 8.3; Skaggs 2005; Livingston & Kim 2009).

    Parameters
    ----------
    points, candidates, conversion, se : ndarray, shape (K,)
        Scores on X, the number of candidates with each, their equivalents on Y and the standard errors of
        these. X and Y must have the same scale.
    method : str

    Returns
    -------
    Advice or None
        None if the error is unknown at a score that somebody has.
    """
    if not np.isfinite(se[candidates > 0]).all():
        return None
    own = float(candidates @ np.nan_to_num(se) ** 2 / candidates.sum())
    identity = max(float(candidates @ (conversion - points) ** 2 / candidates.sum()) - own, 0.0)
    return Advice("identity" if identity <= own else method, float(np.sqrt(own)), float(np.sqrt(identity)))
