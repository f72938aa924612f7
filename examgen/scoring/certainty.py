"""From which points a criterion is `met`, and below which `not_met`, where a judgement must be certain.

Certainty only withholds: what the points alone would call met is met or undecided, what they would call not
met is not met or undecided. What has n items that earn from `least` to `most` units counts u units as
n (u − least) / (most − least) items right, as intervals do, and the standard in the same way.

Whole numbers of items are judged exactly, by binomial sums of whole numbers; parts of items, Jeffreys' prior
and many items by the incomplete beta function.

References
----------
Novick, M. R., & Lewis, C. (1974). Prescribing test length for criterion-referenced measurement. In C. W.
Harris, M. C. Alkin, & W. J. Popham (Eds.), Problems in criterion-referenced measurement (CSE Monograph 3):
the posterior probability that the true share reaches the criterion, Beta(a + x, b + n - x).
Jeffreys, H. (1946). An invariant form for the prior probability in estimation problems. Proceedings of the
Royal Society A, 186, 453-461: the prior Beta(1/2, 1/2).
Brown, L. D., Cai, T. T., & DasGupta, A. (2001). Interval estimation for a binomial proportion. Statistical
Science, 16(2), 101-133: the intervals of Wilson, and of Clopper and Pearson, here one-sided.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from fractions import Fraction
from functools import lru_cache
from math import comb
from typing import TYPE_CHECKING, NamedTuple

from examgen.intervals import normal_quantile
from examgen.scoring.exact import least_points

if TYPE_CHECKING:
    from examgen.models.decisions import Judgement

MOST_EXACT = 60
"""Items for which binomial sums are made of whole numbers; of more, no such sum is just a percentage."""
_ROUNDING = Fraction(1, 10**12)


class Ends(NamedTuple):
    """Below `not_met` units it is not met, from `met` units on met; between them undecided."""

    not_met: int
    met: int


class Rule(NamedTuple):
    """What is asked of certainty: a share, and by what it is found."""

    certainty: Fraction
    by: str
    """`uniform`, `jeffreys`, `wilson` or `clopper_pearson`."""


def ends_of(n_items: int, most: int, least: int, judgement: Judgement, percent: Decimal) -> Ends:
    """Where met and not met end for `n_items` items that give from `least` to `most` units."""
    reached = least_points(percent, most)
    asked = judgement.certainty
    if asked is None or not n_items or most <= least:
        return Ends(reached, reached)
    by = str(judgement.interval) if asked.by == "interval" else asked.prior or "uniform"
    return _ends(n_items, most, least, percent, Rule(Fraction(asked.percent) / 100, by))


@lru_cache(100_000)
def _ends(n_items: int, most: int, least: int, percent: Decimal, rule: Rule) -> Ends:
    reached, spread = least_points(percent, most), most - least
    standard = (Fraction(percent) * most / 100 - least) / spread

    def right(units: int) -> Fraction:
        return Fraction(n_items * (units - least), spread)

    return Ends(
        _first(least, reached, lambda units: not _is_below(right(units), n_items, standard, rule)),
        _first(max(reached, least), most + 1, lambda units: _is_above(right(units), n_items, standard, rule)),
    )


def _first(low: int, high: int, holds: Callable[[int], bool]) -> int:
    """The first of low … high − 1 for which it holds, as it does for all after it; else `high`."""
    while low < high:
        middle = (low + high) // 2
        if holds(middle):
            high = middle
        else:
            low = middle + 1
    return high


def _is_above(right: Fraction, n: int, standard: Fraction, rule: Rule) -> bool:
    """Whether it is certain enough that the true share is the standard or more."""
    if standard <= 0:
        return True
    if rule.by == "wilson":
        # the lower end is the p below x / n with (x − n p)² = z² n p (1 − p)
        above, z = right - n * standard, Fraction(normal_quantile(float(rule.certainty)))
        return above >= 0 and above**2 >= z**2 * n * standard * (1 - standard)
    return _chance(right, n, standard, rule.by) >= rule.certainty


def _is_below(right: Fraction, n: int, standard: Fraction, rule: Rule) -> bool:
    """Whether it is certain enough that the true share is less than the standard: as the share wrong."""
    return standard > 0 and _is_above(n - right, n, 1 - standard, rule)


_BETA = {
    "uniform": (Fraction(1), Fraction(1)),
    "jeffreys": (Fraction(1, 2), Fraction(1, 2)),
    "clopper_pearson": (Fraction(1), Fraction(0)),
}
"""What is added to the items wrong and right. Of the interval: its lower end is at s or above where so many
right or more have the chance 1 − certainty at most if the true share is s."""


def _chance(right: Fraction, n: int, standard: Fraction, by: str) -> Fraction:
    """I_{1−s}(n − x + α, x + β): for a prior Beta(β, α), the posterior probability of s or more."""
    more_wrong, more_right = _BETA[by]
    a, b = n - right + more_wrong, right + more_right
    if not b:
        return Fraction(0)
    if a.denominator == b.denominator == 1 and n <= MOST_EXACT:
        return _at_most(int(b) - 1, int(a + b) - 1, standard)
    from scipy.special import betainc

    return Fraction(float(betainc(float(a), float(b), float(1 - standard)))) + _ROUNDING


def _at_most(k: int, n: int, p: Fraction) -> Fraction:
    """The chance of at most k of n, each with chance p."""
    yes, whole = p.numerator, p.denominator
    ways = sum(comb(n, x) * yes**x * (whole - yes) ** (n - x) for x in range(k + 1))
    return Fraction(ways, whole**n)
