"""How far a score lies from the true score: Lord's binomial error, where wrong answers cost points as well.

The true score of a candidate is the mean over all papers that could be made like this one, each of items of
its own. Points and units are exact; square roots are floating point.
"""

from __future__ import annotations

from fractions import Fraction
from math import sqrt
from typing import NamedTuple


class TotalScale(NamedTuple):
    """The total of a form: the least that its items can earn, before anything is cut at 0, the most, how many
    items earn it; and the points that everybody has on top of these, of items which a correction gives to
    all. No error comes of those: they are none of the items."""

    least: Fraction | int
    most: Fraction | int
    n_items: int
    given: Fraction | int = 0

    @property
    def full(self) -> Fraction | int:
        """The points of the whole form."""
        return self.most + self.given


def lord_square(x: Fraction, scale: TotalScale) -> Fraction:
    """The squared standard error of measurement at x points; 0 at the ends of the scale.

        (x − l) (m − x) / (n − 1)

    for x points, beside those given to all, of n items that earn from l to m points, each all that it can or
    the least. With l = 0 that is Lord's binomial error. Where a wrong answer among k options costs
    1 / (k − 1), x points of m = n are R = x + W / (k − 1) right ones, and the formula is k² / (k − 1)² times
    Lord's at R: as far as points of formula scores are apart. Fewer than two items have none: 0.

    References
    ----------
    Lord, F. M. (1955). Estimating test reliability. Educational and Psychological Measurement, 15, 325–336.
    """
    x -= scale.given
    if scale.n_items < 2 or not scale.least <= x <= scale.most:
        return Fraction(0)
    return (x - scale.least) * (scale.most - x) / (scale.n_items - 1)


def true_score_range(x: Fraction, scale: TotalScale, spread: float = 1.0) -> tuple[float, float]:
    """From and to which true score one standard error reaches x points: of true scores about 68 % are held.

    Wilson's interval for z = 1 on the scale from l to m: all τ with (x − τ)² ≤ s (τ − l) (m − τ) / n. The
    error is that at τ, not at x, so no range is empty, x is in every one, and none leaves the scale.

    Parameters
    ----------
    x : points, from l to m above those given to all
    spread : s, the variance of the candidate's own items as a share of (x − l) (m − x) / n, 1 where each
        item earned all or the least. It is less where some were left blank or earned a part (the conditional
        error of generalizability theory: Brennan, 1998, equation 11)

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
