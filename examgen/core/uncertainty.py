"""The measurement error of a total score, and the certainty of a status.

The standard error of a score is Lord's binomial error, also for tests in which wrong answers cost points. The
true score of a candidate is the mean over all papers like this one that could be made of other items. Points
and units are exact; square roots are floating point.
"""

from __future__ import annotations

from fractions import Fraction
from functools import cache
from math import comb, sqrt
from typing import NamedTuple

AROUND = 0.3
"""The largest distance of true proportions from the standard in `wrong_statuses`."""


class TotalScale(NamedTuple):
    """The scale of a form's total: the lowest and the highest score that its items can earn, and their
    number.

    `least` is taken before a floor of 0 applies. `given` are the points that a correction gives to every
    candidate; they add no error, and their items are not counted in `n_items`.
    """

    least: Fraction | int
    most: Fraction | int
    n_items: int
    given: Fraction | int = 0

    @property
    def full(self) -> Fraction | int:
        """The full score of the form, with the points given to every candidate."""
        return self.most + self.given


def lord_square(x: Fraction, scale: TotalScale) -> Fraction:
    """Returns the squared standard error of measurement at x points; 0 at the ends of the scale.

        (x − l) (m − x) / (n − 1)

    for x points (without those given to everybody) on n items. Together the items earn from l to m points,
    and each earns either its least or its most. With l = 0 this is Lord's binomial error. If a wrong answer
    among k options costs 1 / (k − 1) and m = n, x points mean R = x + W / (k − 1) right answers, and the
    formula is k² / (k − 1)² times Lord's at R: the factor is the squared distance between formula scores.
    With fewer than two items, 0.

    References
    ----------
    Lord, F. M. (1955). Estimating test reliability. Educational and Psychological Measurement, 15, 325–336.
    """
    x -= scale.given
    if scale.n_items < 2 or not scale.least <= x <= scale.most:
        return Fraction(0)
    return (x - scale.least) * (scale.most - x) / (scale.n_items - 1)


def true_score_range(x: Fraction, scale: TotalScale, spread: float) -> tuple[float, float]:
    """Returns the interval of true scores within one standard error of x points; about 68 % of such intervals
    contain the true score.

    It is Wilson's interval for z = 1 on the scale from l to m: all τ with (x − τ)² ≤ s (τ − l) (m − τ) / n.
    The error is that at τ, not at x, so every interval contains x and none leaves the scale.

    Parameters
    ----------
    x : points, from l to m plus those given to every candidate
    spread : s, the variance of the candidate's own items as a proportion of (x − l) (m − x) / n. It is 1 if
        each item earned its most or its least, and less if some were blank or earned part of their points
        (the conditional error of generalizability theory: Brennan, 1998, equation 11)

    References
    ----------
    Wilson, E. B. (1927). Probable inference, the law of succession, and statistical inference. Journal of
    the American Statistical Association, 22, 209–212.
    Brennan, R. L. (1998). Raw-score conditional standard errors of measurement in generalizability theory.
    Applied Psychological Measurement, 22, 307–331.
    """
    low, width = float(scale.least + scale.given), float(scale.most - scale.least)
    share = float(x - scale.given - scale.least) / width
    k = spread / scale.n_items
    half = sqrt(k * share * (1 - share) + k * k / 4)
    middle = share + k / 2
    ends = ((middle - half) / (1 + k), (middle + half) / (1 + k))
    return low + width * max(ends[0], 0.0), low + width * min(ends[1], 1.0)


@cache
def wrong_statuses(n: int, least: int, standard: float) -> float:
    """Returns the proportion of wrong statuses under the rule that `least` of `n` items right are enough.

    A status is wrong if it is met although the true proportion is below the standard, or not met although it
    reaches the standard. The model is binomial with like items. True proportions are uniform within `AROUND`
    of the standard (0 to 1). The value describes the rule, not a cohort: if more candidates are far from the
    standard, fewer statuses are wrong.
    """
    low, high = max(standard - AROUND, 0.0), min(standard + AROUND, 1.0)
    steps = 400
    wrong = 0.0
    for step in range(steps):
        share = low + (step + 0.5) * (high - low) / steps
        met = sum(comb(n, k) * share**k * (1 - share) ** (n - k) for k in range(least, n + 1))
        wrong += met if share < standard else 1 - met
    return wrong / steps
