"""Totals and their reliability → how often decisions agree, by true scores that follow a beta distribution.

Livingston & Lewis (1995), Hanson & Brennan (1990), Huynh (1976); of single candidates Subkoviak (1976).

The true score is a share of the scale, and the total of an administration binomial (Huynh, and Livingston &
Lewis on a test of their effective length) or compound binomial in Lord's two terms (Hanson & Brennan).

References
----------
Hanson, B. A. (1991). Method of moments estimates for the four-parameter beta compound binomial model and the
    calculation of classification consistency indexes. ACT Research Report 91-5.
Hanson, B. A., & Brennan, R. L. (1990). An investigation of classification consistency indexes estimated under
    alternative strong true score models. Journal of Educational Measurement, 27, 345–359.
Huynh, H. (1976). On the reliability of decisions in domain-referenced testing. Journal of Educational
    Measurement, 13, 253–264.
Livingston, S. A., & Lewis, C. (1995). Estimating the consistency and accuracy of classifications based on
    test scores. Journal of Educational Measurement, 32, 179–197.
Lord, F. M. (1965). A strong true-score theory, with applications. Psychometrika, 30, 239–270.
Subkoviak, M. J. (1976). Estimating reliability from a single administration of a criterion-referenced test.
    Journal of Educational Measurement, 13, 265–276.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from examgen.core.responses.matrix import Cells
from examgen.core.words import tell
from examgen.psychometrics.decisions.consistency import Floats, States, level_at, levels_of

_EDGES = 1.0 / (1.0 + np.exp(-np.linspace(-34.0, 34.0, 69)))
_N_POINTS = 16


class BetaTrueScores(NamedTuple):
    """A beta distribution on `low` … `high`, and how many of its parameters were estimated: 4, or 2 where
    the ends are 0 and 1."""

    alpha: float
    beta: float
    low: float
    high: float
    n_parameters: int


class NoTrueScores(Exception):
    """The totals have no beta distribution of true scores; the first argument is a code."""


REASONS = {
    "no-variance": tell("all totals are the same, so nothing is known about their errors"),
    "no-reliability": tell("there is no reliability"),
    "reliability-not-positive": tell("the reliability is not above 0, so nothing is known about true scores"),
    "reliability-one": tell("with a reliability of 1 there is no error, so every decision would repeat"),
    "too-short": tell("according to its reliability the test has the length of one item or less"),
    "no-true-variance": tell("true scores do not vary"),
    "no-beta": tell("no beta distribution has the mean and variance of the true scores"),
    "no-kr21": tell("KR-21 is not between 0 and 1, so totals do not follow a beta-binomial distribution"),
    "two-terms": tell("Lord's k is too large for a two-term error distribution"),
    "not-number-right": tell("this method needs the number right of items with one point each"),
    "no-ability": tell("no ability has an expected score as high or as low as the cut"),
}
"""Why a method has no result, by the code of `NoTrueScores`."""


# ── moments ──────────────────────────────────────────────────────────────────────────────────


def effective_length(mean: float, variance: float, least: float, most: float, reliability: float) -> float:
    """ñ, the items of equal difficulty that would have that reliability (Livingston & Lewis, 1995, eq. 1).

    ((μ − l)(m − μ) − ρ σ²) / (σ² (1 − ρ)).
    """
    return ((mean - least) * (most - mean) - reliability * variance) / (variance * (1.0 - reliability))


def lords_k(mean: float, variance: float, n_items: float, reliability: float) -> float:
    """Lord's k (1965, p. 266), from the variance of errors that the reliability says.

    n ((n − 1)(σ² − σ_e²) − n σ² + μ (n − μ)) / (2 (μ (n − μ) − (σ² − σ_e²))).
    """
    true = reliability * variance
    above = n_items * ((n_items - 1) * true - n_items * variance + mean * (n_items - mean))
    return above / (2.0 * (mean * (n_items - mean) - true))


def true_moments(totals: Floats, n_items: float, k: float = 0.0) -> Floats:
    """Four raw moments of the true share, by factorial moments (Lord, 1965, eq. 37; Hanson, 1991, eq. 9).

    m_r = (E x⁽ʳ⁾ / (n − 2)⁽ʳ⁻²⁾ + k r⁽²⁾ m_{r−1}) / (n⁽²⁾ + k r⁽²⁾), x⁽ʳ⁾ = x (x − 1) … (x − r + 1). Of
    totals that are not whole (of an effective length) x⁽ʳ⁾ counts as 0 below r, as that of whole ones.
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
    """The beta distribution of the true share, by moments.

    Four parameters by Hanson (1991, eq. 12–17) from mean, variance, skewness γ₁ and kurtosis γ₂: with
    r = 6 (γ₂ − γ₁² − 1) / (6 + 3 γ₁² − 2 γ₂), α and β are r/2 (1 ± √(1 − 24 (r + 1) / ((r + 2)(r + 3) γ₂ −
    3 (r − 6)(r + 1)))), the greater α where γ₁ < 0. Where that leaves 0 … 1 or does not exist, two parameters
    from mean and variance. Raises NoTrueScores where that does not exist either.
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
    """(Q,) true shares and their weights: Gauss–Legendre on pieces of the cumulative distribution, which are
    fine at both ends and end at each of the cuts."""
    from scipy.special import betainc, betaincinv

    shares = np.clip((np.asarray(cuts, dtype=np.float64) - of.low) / (of.high - of.low), 0.0, 1.0)
    at_cuts = betainc(of.alpha, of.beta, shares)
    edges = np.unique(np.concatenate([[0.0, 1.0], _EDGES, at_cuts]))
    points, weights = np.polynomial.legendre.leggauss(_N_POINTS)
    half = np.diff(edges)[:, None] / 2.0
    u = (edges[:-1, None] + half * (1.0 + points)).ravel()
    found = of.low + (of.high - of.low) * betaincinv(of.alpha, of.beta, np.clip(u, 0.0, 1.0))
    return found, (half * weights).ravel()


def binomial_levels(shares: Floats, n: int, cuts: Sequence[int], k: float = 0.0) -> Floats:
    """(Q, L) chances of the levels of a total of n items at true shares; with Lord's k in two terms.

    P(X ≥ c) = S_n(c) − k p (1 − p) (b_{n−2}(c − 2) − b_{n−2}(c − 1)), b the binomial probability and S the
    sum of its upper end (Lord, 1965, eq. 26, summed).
    """
    from scipy.special import bdtr, bdtrc

    def upper(c: int, n: int) -> Floats:
        if c <= 0 or c > n:
            return np.full(len(shares), float(c <= 0))
        return np.asarray(bdtrc(c - 1, n, shares))

    def single(c: int, n: int) -> Floats:
        if c < 0 or c > n:
            return np.zeros(len(shares))
        return np.asarray(bdtr(c, n, shares) - (bdtr(c - 1, n, shares) if c else 0.0))

    at_least = [upper(c, n) for c in cuts]
    if k and n > 2:
        spread = k * shares * (1.0 - shares)
        at_least = [
            chance - spread * (single(c - 2, n - 2) - single(c - 1, n - 2)) if 0 < c <= n else chance
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
    """True states of a method with the parameters that it rests on, by name."""

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
        """Their mean."""
        return float(self.values.mean())

    @property
    def variance(self) -> float:
        """Divisor N − 1."""
        return float(self.values.var(ddof=1)) if len(self.values) > 1 else 0.0


def livingston_lewis(totals: ScaledTotals, cuts: Sequence[float], n_parameters: int = 4) -> TrueStates:
    """Livingston & Lewis (1995) for cuts in points: passed is a total of at least the cut.

    Consistency is that of two administrations of the effective test (Hanson, 1991); its length n is rounded.
    A cut on it is n · cut / scale: the nearest whole number (a half: the even one), and of a single cut the
    second time that rounded down. So `betafunctions::LL.CA` and `LL.CA.MC` have it; where the two differ,
    consistency is told too low by what lies between them, and `cuts_on_test` says so.
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
    below = [math.floor(n * cut) for cut in true_cuts] if len(cuts) == 1 else on_test
    told = {**_told(of), "effective_length": length, "effective_length_rounded": n}
    found = _states(of, n, on_test, true_cuts)
    if below != on_test:
        shares, _ = beta_nodes(of, true_cuts)
        found = found._replace(again=binomial_levels(shares, n, below))
    return TrueStates(
        found, {**told, "cuts_on_test": [list(pair) for pair in zip(on_test, below, strict=True)]}
    )


def hanson_brennan(totals: ScaledTotals, cuts: Sequence[float], n_parameters: int = 4) -> TrueStates:
    """Hanson & Brennan (1990): totals of n items of one point, with errors compound binomial in two terms."""
    _sound(totals)
    n = round(totals.most)
    k = lords_k(totals.mean, totals.variance, n, totals.reliability)
    of = beta_of(true_moments(totals.values, n, k), n_parameters)
    found = _states(of, n, _whole(cuts), [cut / n for cut in cuts], k)
    if found.chances.min() < -0.05 or found.chances.max() > 1.05:
        raise NoTrueScores("two-terms")
    return TrueStates(found, {**_told(of), "lords_k": k})


def huynh(totals: ScaledTotals, cuts: Sequence[float]) -> TrueStates:
    """Huynh (1976): beta-binomial totals of n items of one point, by their mean and KR-21 (divisor N − 1).

    α = (1/ρ₂₁ − 1) μ and β = n/ρ₂₁ − n − α; `reliability` is not used.
    """
    n, reliability = round(totals.most), kr21(totals)
    if not reliability > 0 or not reliability < 1:
        raise NoTrueScores("no-kr21")
    alpha = (1.0 / reliability - 1.0) * totals.mean
    of = BetaTrueScores(alpha, n / reliability - n - alpha, 0.0, 1.0, 2)
    if not of.alpha > 0 or not of.beta > 0:
        raise NoTrueScores("no-kr21")
    return TrueStates(
        _states(of, n, _whole(cuts), [cut / n for cut in cuts]), {**_told(of), "kr21": reliability}
    )


def subkoviak(totals: ScaledTotals, cuts: Sequence[float]) -> TrueStates:
    """Subkoviak (1976): each candidate's share is regressed on the mean, and totals of it are binomial.

    pᵢ = ρ xᵢ/n + (1 − ρ) μ/n. Nothing is said of true levels.
    """
    _sound(totals)
    n = round(totals.most)
    values, counts = np.unique(totals.values, return_counts=True)
    shares = (totals.reliability * values + (1.0 - totals.reliability) * totals.mean) / n
    chances = binomial_levels(np.clip(shares, 0.0, 1.0), n, _whole(cuts))
    return TrueStates(States(counts / counts.sum(), chances, None), {})


def alpha(cells: Cells) -> float:
    """Cronbach's (1951) alpha of complete scores (N, J); items that do not vary are left out, as
    `psych::alpha` does. NaN with fewer than two that vary."""
    if len(cells) < 2:
        return math.nan
    spread = cells.astype(np.float64).var(axis=0, ddof=1)
    k, whole = np.count_nonzero(spread), float(cells.sum(axis=1, dtype=np.int64).var(ddof=1))
    return k / (k - 1) * (1.0 - float(spread.sum()) / whole) if k > 1 and whole > 0 else math.nan


def kr21(totals: ScaledTotals) -> float:
    """n/(n − 1) (1 − μ (n − μ) / (n σ²)) (Kuder & Richardson, 1937, eq. 21); NaN where it does not exist."""
    n = totals.most
    if n < 2 or not totals.variance > 0:
        return math.nan
    return n / (n - 1.0) * (1.0 - totals.mean * (n - totals.mean) / (n * totals.variance))


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


def _told(of: BetaTrueScores) -> dict[str, float]:
    names = ("alpha", "beta", "low", "high", "n_parameters")
    return dict(zip(names, of, strict=True))
