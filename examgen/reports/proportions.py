"""How many of how many, with Wilson's interval: the one form in which reports of groups tell a share."""

from __future__ import annotations

from typing import NamedTuple

from examgen.reports.report_parts import CONFIDENCE, wilson


class Proportion(NamedTuple):
    """`n` of `of`; `low` and `high` are Wilson's 95 % interval, 0 to 1, None of nothing."""

    n: int
    of: int
    low: float | None
    high: float | None

    @property
    def share(self) -> float | None:
        """0 to 1; None of nothing."""
        return self.n / self.of if self.of else None


def proportion(n: int, of: int) -> Proportion:
    """`n` of `of` with the interval."""
    return Proportion(n, of, *(wilson(n, of, CONFIDENCE) if of else (None, None)))


class Difference(NamedTuple):
    """A difference and the ends of its 95 % interval; None where it cannot be told."""

    value: float | None
    low: float | None
    high: float | None


NO_DIFFERENCE = Difference(None, None, None)


def difference(a: Proportion, b: Proportion) -> Difference:
    """The share of `a` less that of `b`, -1 to 1, with Newcombe's hybrid score interval.

    References
    ----------
    Newcombe, R. G. (1998). Interval estimation for the difference between independent proportions:
    comparison of eleven methods. Statistics in Medicine, 17, 873–890, method 10.
    """
    p, q = a.share, b.share
    if p is None or q is None or a.low is None or a.high is None or b.low is None or b.high is None:
        return NO_DIFFERENCE
    below = ((p - a.low) ** 2 + (b.high - q) ** 2) ** 0.5
    above = ((a.high - p) ** 2 + (q - b.low) ** 2) ** 0.5
    return Difference(p - q, p - q - below, p - q + above)
