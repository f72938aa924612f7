"""The formulas that reports rest on, by scipy and numpy or written out; nothing of examgen."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cache
from math import ceil, floor, sqrt
from typing import Any

import numpy as np
from scipy.stats import beta, binom, binomtest, t

Ends = tuple[float, float]


@cache
def wilson(n: int, of: int) -> Ends:
    """Wilson's 95 % interval of a share."""
    found = binomtest(n, of).proportion_ci(0.95, method="wilson")
    return float(found.low), float(found.high)


def mean_interval(values: Sequence[float]) -> Ends:
    """Student's 95 % interval of a mean."""
    n, mean, sd = len(values), float(np.mean(values)), float(np.std(values, ddof=1))
    half = float(t.ppf(0.975, n - 1)) * sd / sqrt(n)
    return mean - half, mean + half


def welch(a: Sequence[float], b: Sequence[float]) -> tuple[float, float, float]:
    """The difference of two means and its 95 % interval, of degrees of freedom rounded down."""
    u, v = float(np.var(a, ddof=1)) / len(a), float(np.var(b, ddof=1)) / len(b)
    df = (u + v) ** 2 / (u**2 / (len(a) - 1) + v**2 / (len(b) - 1))
    value = float(np.mean(a)) - float(np.mean(b))
    half = float(t.ppf(0.975, floor(df))) * sqrt(u + v)
    return value, value - half, value + half


def newcombe(a: tuple[int, int], b: tuple[int, int]) -> tuple[float, float, float]:
    """The difference of two shares and its 95 % hybrid score interval (Newcombe 1998, method 10)."""
    p, q = a[0] / a[1], b[0] / b[1]
    (l1, u1), (l2, u2) = wilson(*a), wilson(*b)
    below = sqrt((p - l1) ** 2 + (u2 - q) ** 2)
    above = sqrt((u1 - p) ** 2 + (q - l2) ** 2)
    return p - q, p - q - below, p - q + above


@cache
def funnel(n: int, rate: float, level: float) -> Ends:
    """Exact binomial limits of a share of n, interpolated (Spiegelhalter 2005, A.1.1)."""
    tail = (1 - level) / 2

    def lower(p: float) -> float:
        r = int(binom.ppf(tail, n, p))
        return max(0.0, r - (float(binom.cdf(r, n, p)) - tail) / float(binom.pmf(r, n, p)))

    return lower(rate) / n, 1 - lower(1 - rate) / n


def verdict(passed: int, n: int, rate: float) -> str:
    """On which side of which limits a centre lies, by the binomial tails themselves."""
    for level in ("99.8", "95"):
        tail = (1 - float(level) / 100) / 2
        if float(binom.cdf(passed, n, rate)) < tail:
            return f"below-{level}"
        if float(binom.sf(passed - 1, n, rate)) < tail:
            return f"above-{level}"
    return "within"


def repeated(groups: Iterable[Sequence[float]], n_items: int, share: float) -> dict[str, float]:
    """How often decisions at a share of items of one point would repeat and are right, of totals alone: in
    each group true scores are beta, with mean and KR-21 of its totals, errors binomial (Huynh 1976)."""
    n, every = n_items, [scores for scores in groups if len(scores) > 1]
    true = np.array([_true_scores(scores, n) for scores in every])
    weights = np.array([len(scores) for scores in every]) / sum(map(len, every)) / true.shape[1]
    passes = binom.sf(ceil(share * n - 1e-9) - 1, n, true)

    def of_all(values: Any) -> float:
        return float(weights @ values.sum(axis=1))

    rate, both, neither = of_all(passes), of_all(passes**2), of_all((1 - passes) ** 2)
    chance = rate**2 + (1 - rate) ** 2
    too_high, too_low = of_all(passes * (true < share)), of_all((1 - passes) * (true >= share))
    return {
        "consistency": both + neither,
        "kappa": (both + neither - chance) / (1 - chance),
        "accuracy": 1 - too_high - too_low,
        "false_pass": too_high,
        "false_fail": too_low,
        "pass_again": both / rate,
        "fail_again": neither / (1 - rate),
    }


def _true_scores(scores: Sequence[float], n: int) -> Any:
    """4,000 of a group; one score where the totals differ by less than errors alone would have them."""
    mean, variance = float(np.mean(scores)), float(np.var(scores, ddof=1))
    kr21 = n / (n - 1) * (1 - mean * (n - mean) / (n * variance))
    if kr21 <= 0:
        return np.full(4000, mean / n)
    a = (1 / kr21 - 1) * mean
    return beta(a, n / kr21 - n - a).ppf((np.arange(4000) + 0.5) / 4000)
