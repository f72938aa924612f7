"""Methods for the consistency and accuracy of decisions, from totals and, if there are responses, a model of
the items.

All methods have the same form: weighted true states, the probability of each level (fail, pass; or more
levels with several cuts) in one administration given the true state, and the level of the true state itself.
Two administrations are independent given the true state.

Livingston & Lewis (1995) and Hanson & Brennan (1990) use a beta distribution of true scores: the true score
is a proportion of the scale, and the total of an administration is binomial on a test of the effective length
(Livingston & Lewis) or compound binomial in Lord's two-term approximation (Hanson & Brennan). Lee (2010), on
sum scores, and Rudner (2001), on θ, use item parameters and abilities.

References
----------
Hanson, B. A. (1991). Method of moments estimates for the four-parameter beta compound binomial model and the
    calculation of classification consistency indexes. ACT Research Report 91-5.
Hanson, B. A., & Brennan, R. L. (1990). An investigation of classification consistency indexes estimated under
    alternative strong true score models. Journal of Educational Measurement, 27, 345–359.
Lee, W.-C. (2010). Classification consistency and accuracy for complex assessments using item response theory.
    Journal of Educational Measurement, 47, 1–17.
Livingston, S. A., & Lewis, C. (1995). Estimating the consistency and accuracy of classifications based on
    test scores. Journal of Educational Measurement, 32, 179–197.
Lord, F. M. (1965). A strong true-score theory, with applications. Psychometrika, 30, 239–270.
Rudner, L. M. (2001). Computing the expected proportions of misclassified examinees. Practical Assessment,
    Research, and Evaluation, 7(14).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np

from examgen.stats.irt_abilities import eap
from examgen.stats.irt_models import ItemParameters, sum_score_likelihoods
from examgen.stats.item_moments import kuder_richardson_21
from examgen.stats.matrix import Bools, Cells, Floats, Ints
from examgen.stats.quadrature import LIMIT, normal_grid

BY_TOTALS = ("livingston-lewis", "hanson-brennan")
BY_ABILITIES = ("lee", "lee-quadrature", "rudner")
_NODES = 121
"""Of the quadrature for abilities."""
_PIECES = np.linspace(-LIMIT, LIMIT, 49)
"""Ends of pieces of ability for Lee's method; each cut ends a piece, too, where the true level changes."""
_ROUNDING = 1e-12
_EDGES = 1.0 / (1.0 + np.exp(-np.linspace(-34.0, 34.0, 69)))
_N_POINTS = 16


# ── agreement ────────────────────────────────────────────────────────────────────────────────


class States(NamedTuple):
    """True states: their `weights` (Q,), which sum to 1, the probabilities `chances` (Q, L) of the levels,
    lowest first, and the `level` (Q,) of each true state."""

    weights: Floats
    chances: Floats
    level: Ints


class Agreement(NamedTuple):
    """The agreement of two administrations, and of one administration with the true level, as proportions of
    all candidates; NaN if undefined.

    `contingency` (L, L) has the levels of the first administration in rows and of the second in columns,
    `truth` (L, L) the true levels in rows and the decided levels in columns, lowest first.
    """

    contingency: Floats
    truth: Floats

    @property
    def consistency(self) -> float:
        """p₀, the proportion with the same level in both administrations."""
        return float(np.trace(self.contingency))

    @property
    def chance(self) -> float:
        """p_c, the proportion with the same level if the two administrations were independent."""
        return float(self.contingency.sum(axis=1) @ self.contingency.sum(axis=0))

    @property
    def kappa(self) -> float:
        """Cohen's kappa, (p₀ − p_c) / (1 − p_c) (Cohen, 1960, eq. 1); NaN if all have the same level."""
        beyond, more = 1.0 - self.chance, self.consistency - self.chance
        if beyond <= _ROUNDING:
            return float("nan")
        return more / beyond if abs(more) > _ROUNDING else 0.0

    @property
    def accuracy(self) -> float:
        """The proportion decided at the level of the true state."""
        return float(np.trace(self.truth))

    @property
    def false_pass(self) -> float:
        """The proportion decided at a higher level than that of the true state."""
        return float(np.triu(self.truth, 1).sum()) if np.isfinite(self.truth).all() else float("nan")

    @property
    def false_fail(self) -> float:
        """The proportion decided at a lower level than that of the true state."""
        return float(np.tril(self.truth, -1).sum()) if np.isfinite(self.truth).all() else float("nan")

    @property
    def pass_rate(self) -> float:
        """The proportion at the highest level in one administration."""
        return float(self.contingency[-1].sum())

    @property
    def pass_again(self) -> float:
        """The proportion of those at the highest level who reach it again; NaN if nobody reaches it."""
        return _share(self.contingency[-1, -1], self.contingency[-1].sum())

    @property
    def fail_again(self) -> float:
        """The proportion of those at the lowest level who are at it again; NaN if nobody is at it."""
        return _share(self.contingency[0, 0], self.contingency[0].sum())


def _share(part: float, whole: float) -> float:
    return float(part / whole) if whole > 1e-12 else float("nan")


def agreement(states: States) -> Agreement:
    """Return the agreement that the true states imply.

    With weights w, chances P and true levels t: contingency P′ diag(w) P, truth Σ_{t = i} w P.
    """
    weights, chances, level = states
    contingency = chances.T @ (weights[:, None] * chances)
    own = np.zeros((chances.shape[1], len(weights)))
    own[level, np.arange(len(weights))] = weights
    return Agreement(contingency, own @ chances)


def levels_of(at_least: Floats) -> Floats:
    """Return the probabilities of each level (Q, L) from those of reaching at least each cut (Q, L − 1),
    lowest first."""
    ends = np.ones((len(at_least), 1))
    above = np.hstack([ends, at_least, 0 * ends])
    return np.asarray(above[:, :-1] - above[:, 1:])


def level_at(values: Floats, cuts: Sequence[float]) -> Ints:
    """Return the levels of values: the number of cuts that each reaches."""
    return np.searchsorted(np.asarray(cuts, dtype=np.float64), values, side="right").astype(np.int64)


# ── a beta distribution of true scores ───────────────────────────────────────────────────────────


class BetaTrueScores(NamedTuple):
    """A beta distribution on `low` … `high`. `n_parameters` is the number of estimated parameters: 4, or 2 if
    the ends are fixed at 0 and 1."""

    alpha: float
    beta: float
    low: float
    high: float
    n_parameters: int


class NoTrueScores(Exception):
    """Raised if the totals have no beta distribution of true scores; the first argument is a code."""


# ── moments ──────────────────────────────────────────────────────────────────────────────────


def effective_length(mean: float, variance: float, least: float, most: float, reliability: float) -> float:
    """Return ñ, the number of items of equal difficulty that would have this reliability (Livingston & Lewis,
    1995, eq. 1).

    ((μ − l)(m − μ) − ρ σ²) / (σ² (1 − ρ)).
    """
    return ((mean - least) * (most - mean) - reliability * variance) / (variance * (1.0 - reliability))


def lords_k(mean: float, variance: float, n_items: float, reliability: float) -> float:
    """Return Lord's k (1965, p. 266), with the error variance implied by the reliability.

    n ((n − 1)(σ² − σ_e²) − n σ² + μ (n − μ)) / (2 (μ (n − μ) − (σ² − σ_e²))).
    """
    true = reliability * variance
    above = n_items * ((n_items - 1) * true - n_items * variance + mean * (n_items - mean))
    return above / (2.0 * (mean * (n_items - mean) - true))


def true_moments(totals: Floats, n_items: float, k: float = 0.0) -> Floats:
    """Return four raw moments of the true proportion, from factorial moments (Lord, 1965, eq. 37; Hanson,
    1991, eq. 9).

    m_r = (E x⁽ʳ⁾ / (n − 2)⁽ʳ⁻²⁾ + k r⁽²⁾ m_{r−1}) / (n⁽²⁾ + k r⁽²⁾), x⁽ʳ⁾ = x (x − 1) … (x − r + 1). For
    totals that are not whole numbers (with an effective length), x⁽ʳ⁾ is set to 0 below r, as it is for whole
    numbers.
    """
    found = np.full(4, np.nan)
    found[0] = totals.mean() / n_items
    pairs = n_items * (n_items - 1.0)
    for r in range(2, 5):
        of_totals = np.where(totals >= r, np.prod([totals - i for i in range(r)], axis=0), 0.0).mean()
        rest = math.prod(n_items - 2.0 - i for i in range(r - 2)) if n_items >= r else 0.0
        if rest <= 0.0:
            break
        own = k * r * (r - 1.0)
        found[r - 1] = (of_totals / rest + own * found[r - 2]) / (pairs + own)
    return found


def beta_of(moments: Floats, n_parameters: int) -> BetaTrueScores:
    """Return the beta distribution of the true proportion by the method of moments.

    Four parameters by Hanson (1991, eq. 12–17) from mean, variance, skewness γ₁ and kurtosis γ₂: with r = 6
    (γ₂ − γ₁² − 1) / (6 + 3 γ₁² − 2 γ₂), α and β are r/2 (1 ± √(1 − 24 (r + 1) / ((r + 2)(r + 3) γ₂ − 3 (r −
    6)(r + 1)))), α being the greater if γ₁ < 0. If the result is outside 0 … 1 or does not exist, two
    parameters are computed from mean and variance. Raises NoTrueScores if these do not exist either.
    """
    if n_parameters == 4 and np.isfinite(moments).all():
        found = _four(moments)
        if found is not None:
            return found
    mean, variance = float(moments[0]), float(moments[1] - moments[0] ** 2)
    if not variance > 0 or not 0 < mean < 1:
        raise NoTrueScores("no-true-variance")
    of_both = mean * (1.0 - mean) / variance - 1.0
    if not of_both > 0:
        raise NoTrueScores("no-beta")
    return BetaTrueScores(mean * of_both, (1.0 - mean) * of_both, 0.0, 1.0, 2)


def _four(moments: Floats) -> BetaTrueScores | None:
    m1, m2, m3, m4 = moments.tolist()
    variance = m2 - m1 * m1
    if variance <= 0:
        return None
    skew = (m3 - 3 * m1 * m2 + 2 * m1**3) / variance**1.5
    kurtosis = (m4 - 4 * m1 * m3 + 6 * m1 * m1 * m2 - 3 * m1**4) / variance**2
    with np.errstate(all="ignore"):
        r = np.float64(6.0 * (kurtosis - skew**2 - 1.0)) / (6.0 + 3.0 * skew**2 - 2.0 * kurtosis)
        under = (r + 2.0) * (r + 3.0) * kurtosis - 3.0 * (r - 6.0) * (r + 1.0)
        root = np.sqrt(1.0 - 24.0 * (r + 1.0) / under)
        ends = sorted(((r / 2 * (1 + root)).item(), (r / 2 * (1 - root)).item()))
    if not all(map(math.isfinite, ends)) or ends[0] <= 0:
        return None
    alpha, beta = ends[::-1] if skew < 0 else ends
    reach = math.sqrt(variance * (alpha + beta + 1.0) / (alpha * beta))
    low, high = m1 - alpha * reach, m1 + beta * reach
    return BetaTrueScores(alpha, beta, low, high, 4) if low >= 0 and high <= 1 else None


# ── chances ──────────────────────────────────────────────────────────────────────────────────


def beta_nodes(of: BetaTrueScores, cuts: Sequence[float]) -> tuple[Floats, Floats]:
    """Return true proportions (Q,) and their weights: Gauss–Legendre quadrature on intervals of the
    cumulative distribution, which are short near both ends and are split at each cut."""
    from scipy.special import betainc, betaincinv

    shares = np.clip((np.asarray(cuts, dtype=np.float64) - of.low) / (of.high - of.low), 0.0, 1.0)
    at_cuts = betainc(of.alpha, of.beta, shares)
    u, weights = _gauss_legendre(np.concatenate([[0.0, 1.0], _EDGES, at_cuts]))
    found = of.low + (of.high - of.low) * betaincinv(of.alpha, of.beta, np.clip(u, 0.0, 1.0))
    return found, weights


def _gauss_legendre(edges: Floats) -> tuple[Floats, Floats]:
    """(Q,) nodes and weights on the pieces between these edges."""
    points, weights = np.polynomial.legendre.leggauss(_N_POINTS)
    edges = np.unique(edges)
    half = np.diff(edges)[:, None] / 2.0
    return (edges[:-1, None] + half * (1.0 + points)).ravel(), (half * weights).ravel()


def binomial_levels(shares: Floats, n: int, cuts: Sequence[int], k: float = 0.0) -> Floats:
    """Return the probabilities (Q, L) of the levels of the total of n items given true proportions (Q,); with
    k, by Lord's two-term approximation.

    P(X ≥ c) = S_n(c) − k p (1 − p) (b_{n−2}(c − 2) − b_{n−2}(c − 1)), where b is the binomial probability and
    S its upper tail (Lord, 1965, eq. 26, summed).
    """
    from scipy.special import bdtrc

    def upper(c: int, n: int) -> Floats:
        return np.asarray(bdtrc(min(c, n + 1) - 1, n, shares))

    at_least = [upper(c, n) for c in cuts]
    if k and n > 2:
        spread = k * shares * (1.0 - shares)
        at_least = [
            chance - spread * (upper(c - 2, n - 2) - 2.0 * upper(c - 1, n - 2) + upper(c, n - 2))
            for chance, c in zip(at_least, cuts, strict=True)
        ]
    return levels_of(np.stack(at_least, axis=1))


def _states(
    of: BetaTrueScores, n: int, cuts: Sequence[int], true_cuts: Sequence[float], k: float = 0.0
) -> States:
    shares, weights = beta_nodes(of, true_cuts)
    return States(weights, binomial_levels(shares, n, cuts, k), level_at(shares, true_cuts))


# ── methods ──────────────────────────────────────────────────────────────────────────────────


class TrueStates(NamedTuple):
    """The true states of a method, and the parameters that it used, by name."""

    states: States
    told: dict[str, Any]


class ScaledTotals(NamedTuple):
    """Totals (N,) on a scale from `least` to `most`, with their reliability."""

    values: Floats
    least: float
    most: float
    reliability: float

    @property
    def mean(self) -> float:
        """The mean of the totals."""
        return float(self.values.mean())

    @property
    def variance(self) -> float:
        """The variance of the totals, divisor N − 1."""
        return float(self.values.var(ddof=1)) if len(self.values) > 1 else 0.0


def livingston_lewis(totals: ScaledTotals, cuts: Sequence[float], n_parameters: int = 4) -> TrueStates:
    """Return the true states by Livingston & Lewis (1995), for cuts in points; a total of at least the cut
    passes.

    Consistency is that of two administrations of the effective test (Hanson, 1991), with its length n
    rounded. A cut on it is n · cut / scale, rounded to the nearest whole number (halves to the even one).
    `betafunctions::LL.CA` rounds a single cut down for the second administration, which makes its consistency
    too low.
    """
    _sound(totals)
    scale = totals.most - totals.least
    length = effective_length(totals.mean, totals.variance, totals.least, totals.most, totals.reliability)
    if not length > 1:
        raise NoTrueScores("too-short")
    scaled = (totals.values - totals.least) / scale * length
    of = beta_of(true_moments(scaled, length), n_parameters)
    n = round(length)
    true_cuts = [(cut - totals.least) / scale for cut in cuts]
    on_test = [round(n * cut) for cut in true_cuts]
    told = {"effective_length": length, "effective_length_rounded": n, "cuts_on_test": on_test}
    return TrueStates(_states(of, n, on_test, true_cuts), of._asdict() | told)


def hanson_brennan(totals: ScaledTotals, cuts: Sequence[float], n_parameters: int = 4) -> TrueStates:
    """Return the true states by Hanson & Brennan (1990), for totals of n items of one point, with compound
    binomial errors in two terms."""
    _sound(totals)
    n = round(totals.most)
    k = lords_k(totals.mean, totals.variance, n, totals.reliability)
    of = beta_of(true_moments(totals.values, n, k), n_parameters)
    found = _states(of, n, _whole(cuts), [cut / n for cut in cuts], k)
    if found.chances.min() < -0.05 or found.chances.max() > 1.05:
        raise NoTrueScores("two-terms")
    return TrueStates(found, of._asdict() | {"lords_k": k})


def alpha(cells: Cells) -> float:
    """Return Cronbach's (1951) alpha of complete scores (N, J). Items that do not vary are excluded, as in
    `psych::alpha`. NaN with fewer than two items that vary."""
    if len(cells) < 2:
        return math.nan
    spread = cells.astype(np.float64).var(axis=0, ddof=1)
    return alpha_of(spread, float(cells.sum(axis=1, dtype=np.int64).var(ddof=1)))


def alpha_of(spread: Floats, whole: float) -> float:
    """Return alpha from the variances of the items and of their total, or from sums of squares."""
    k = np.count_nonzero(spread)
    return k / (k - 1) * (1.0 - float(spread.sum()) / whole) if k > 1 and whole > 0 else math.nan


def kr21(totals: ScaledTotals) -> float:
    """Return KR-21 from the variance with divisor N, as in `items`; NaN if it is undefined."""
    n = len(totals.values)
    variance = totals.variance * (n - 1) / n
    return kuder_richardson_21(totals.most, totals.mean, variance) if totals.most >= 2 else math.nan


def _sound(totals: ScaledTotals) -> None:
    if not totals.variance > 0:
        raise NoTrueScores("no-variance")
    if not math.isfinite(totals.reliability):
        raise NoTrueScores("no-reliability")
    if totals.reliability <= 0:
        raise NoTrueScores("reliability-not-positive")
    if totals.reliability > 1 - 1e-9:  # 1 but for rounding
        raise NoTrueScores("reliability-one")


def _whole(cuts: Sequence[float]) -> list[int]:
    return [math.ceil(cut) for cut in cuts]


# ── abilities ────────────────────────────────────────────────────────────────────────────────────


def lee(parameters: ItemParameters, theta: Floats, weights: Floats, cuts: Sequence[float]) -> States:
    """Return the true states at abilities (Q,): the nodes of a quadrature, or the ability of each candidate.

    `weights` (Q,) sum to 1; `cuts` are sum scores. The recursion of Lord & Wingersky (1984) gives the
    probability of each sum score; the probabilities from each cut upwards are summed (Lee, 2010, eq. 5–9).
    The true level is that of the expected score.
    """
    distinct, which = np.unique(theta, return_inverse=True)
    of_distinct = np.zeros(len(distinct))
    np.add.at(of_distinct, which.ravel(), weights)
    greatest = np.count_nonzero(np.isfinite(parameters.d), axis=1)
    p = parameters.probabilities(distinct)
    scores = sum_score_likelihoods(p, greatest)
    at_least = np.stack([scores[max(math.ceil(cut), 0) :].sum(axis=0) for cut in cuts], axis=1)
    expected = (p @ np.arange(p.shape[2])).sum(axis=1)
    return States(of_distinct, levels_of(at_least), level_at(expected, cuts))


def rudner(theta: Floats, se: Floats, cuts: Sequence[float]) -> States:
    """Return the true states at the ability estimates (N,) of the candidates, with standard errors `se` (N,).

    The estimate from another administration is assumed normal around each, with that standard error (Rudner,
    2001, p. 2); `cuts` are abilities.
    """
    from scipy.special import ndtr

    at_least = ndtr((theta[:, None] - np.asarray(cuts, dtype=np.float64)) / se[:, None])
    return States(np.full(len(theta), 1.0 / len(theta)), levels_of(at_least), level_at(theta, cuts))


def is_known(parameters: ItemParameters) -> Bools:
    """Return whether each item has a slope and an intercept (J,)."""
    return np.asarray(np.isfinite(parameters.a) & np.isfinite(parameters.d[:, 0]))


def with_constants(parameters: ItemParameters, cells: Cells) -> ItemParameters | None:
    """Return the parameters, with constant curves for items without parameters that have the same score in
    all rows of `cells` (N, J). None if another item lacks parameters, or all items do."""
    unknown = ~is_known(parameters)
    constant = cells.min(axis=0) == cells.max(axis=0)
    if (unknown & ~constant).any() or unknown.all():
        return None
    if not unknown.any():
        return parameters
    a, d = parameters.a.copy(), parameters.d.copy()
    a[unknown] = 0.0
    d[unknown, 0] = np.where(cells[:, unknown].max(axis=0, initial=0) > 0, 40.0, -40.0)
    return parameters._replace(a=a, d=d, c=np.where(unknown, 0.0, parameters.c))


def two_administrations(model: AbilityModel, n_persons: int, rng: np.random.Generator) -> tuple[Cells, Cells]:
    """Return simulated scores (n_persons, J), 0 or 1, of the same persons on the form and a parallel form."""
    theta = model.mean + model.sd * rng.standard_normal(n_persons)
    right = model.parameters.probabilities(theta)[:, :, 1]
    first, second = ((rng.random(right.shape) < right).astype(np.int8) for _ in range(2))
    return first, second


# ── every method ─────────────────────────────────────────────────────────────────────────────────


Method = Callable[[Sequence[float]], TrueStates]
"""A function that returns the true states for given cuts; it may raise NoTrueScores."""


class AbilityModel(NamedTuple):
    """The parameters of every item, the scores (N, J) and the ability distribution."""

    parameters: ItemParameters
    cells: Cells
    mean: float
    sd: float
    flat: bool = False
    """Whether the answers show no variance of ability."""


def methods_of(
    totals: ScaledTotals, cells: Cells | None, model: AbilityModel | None, n_beta: int
) -> dict[str, Method]:
    """Return the available methods by name; those that use abilities require a model.

    Parameters
    ----------
    totals : ScaledTotals
    cells : ndarray of int8, shape (N, J), optional
        The scores that make up the totals, if known.
    model : AbilityModel, optional
    n_beta : {4, 2}
        The number of parameters of the beta distribution of true scores.
    """
    found: dict[str, Method] = {
        "livingston-lewis": lambda cuts: livingston_lewis(totals, cuts, n_beta),
        "hanson-brennan": lambda cuts: hanson_brennan(_items_of_one_point(totals, cells), cuts, n_beta),
    }
    if model is None:
        return found
    theta, se = eap(model.cells, model.parameters, normal_grid(_NODES, mean=model.mean, sd=model.sd))[:2]
    even = np.full(len(theta), 1.0 / len(theta))

    def by_quadrature(cuts: Sequence[float]) -> TrueStates:
        at = np.array([model.parameters.ability_at(cut, LIMIT) for cut in cuts])
        nodes, weights = _gauss_legendre(np.concatenate([_PIECES, at[np.isfinite(at)]]))
        weights = weights * np.exp(-0.5 * ((nodes - model.mean) / model.sd) ** 2)
        return TrueStates(lee(model.parameters, nodes, weights / weights.sum(), cuts), {})

    def at_abilities(cuts: Sequence[float]) -> TrueStates:
        if model.flat:
            raise NoTrueScores("no-true-variance")
        at = [model.parameters.ability_at(cut) for cut in cuts]
        if not all(map(math.isfinite, at)):
            raise NoTrueScores("no-ability")
        return TrueStates(rudner(theta, se, at), {"theta_cuts": at})

    return found | {
        "lee": lambda cuts: TrueStates(lee(model.parameters, theta, even, cuts), {}),
        "lee-quadrature": by_quadrature,
        "rudner": at_abilities,
    }


def _items_of_one_point(totals: ScaledTotals, cells: Cells | None) -> ScaledTotals:
    """The totals if they are numbers right of items of one point; raises NoTrueScores if not."""
    counts = totals.least == 0 and totals.most == round(totals.most)
    counts = counts and bool((totals.values == np.round(totals.values)).all())
    if not counts or (cells is not None and (cells.max(initial=0) > 1 or totals.most != cells.shape[1])):
        raise NoTrueScores("not-number-right")
    return totals
