"""Levels that experts name → how far they agree, and the items that claim others. Pure: numbers in, out."""

from __future__ import annotations

import math
import statistics
from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import combinations
from typing import NamedTuple

from examgen.bank.reviews.ratings import Rating

FAR = 0.5
"""An item claims other levels than the experts name where none of its own is as near to their median."""


class RatedLevel(NamedTuple):
    """The levels that experts hold an item to suit, and those that it claims."""

    item: str
    claimed: tuple[int, ...]
    rated: tuple[int, ...]
    """One for each expert who named one, ascending."""

    @property
    def median(self) -> float:
        """The middle of the experts' levels."""
        return float(statistics.median(self.rated))

    @property
    def apart(self) -> float | None:
        """How far the nearest claimed level lies from the median; None where the item claims none."""
        return min((abs(level - self.median) for level in self.claimed), default=None)

    @property
    def differs(self) -> bool:
        """Whether the item claims other levels than the experts name."""
        return self.apart is not None and self.apart > FAR


class LevelAgreement(NamedTuple):
    """How far experts agree on the levels of items; shares and alpha None where no two rated one item."""

    items: tuple[RatedLevel, ...]
    pairs: int
    """Pairs of experts on one item, over all items."""
    exact: float | None
    """Share of the pairs that name the same level."""
    adjacent: float | None
    """Share of the pairs whose levels are at most one apart."""
    alpha: float | None

    @property
    def differing(self) -> tuple[RatedLevel, ...]:
        """The items that claim other levels than the experts name."""
        return tuple(one for one in self.items if one.differs)


def level_agreement(
    ratings: Sequence[Rating], claims: Mapping[str, tuple[int, ...]]
) -> LevelAgreement | None:
    """Agreement on the levels that the experts of one panel name; None where nobody named one.

    Parameters
    ----------
    ratings : ratings of one panel, at most one by an expert for an item
    claims : by item, the levels that it claims
    """
    by_item: dict[str, list[int]] = {}
    for rating in ratings:
        if rating.suits is not None:
            by_item.setdefault(rating.item, []).append(rating.suits)
    if not by_item:
        return None
    items = tuple(
        RatedLevel(item, claims.get(item, ()), tuple(sorted(levels)))
        for item, levels in sorted(by_item.items())
    )
    apart = [high - low for one in items for low, high in combinations(one.rated, 2)]
    return LevelAgreement(
        items,
        len(apart),
        sum(d == 0 for d in apart) / len(apart) if apart else None,
        sum(d <= 1 for d in apart) / len(apart) if apart else None,
        interval_alpha([one.rated for one in items]),
    )


def interval_alpha(units: Sequence[Sequence[int]]) -> float | None:
    """Krippendorff's alpha for values on an interval scale, any number of raters, some values missing.

        α = 1 − D_o / D_e
        D_o = Σ_u Σ_{i≠j ∈ u} (v_i − v_j)² / (m_u − 1) / n
        D_e = Σ_{i≠j} (v_i − v_j)² / (n (n − 1))

    over the n values of units with at least two of them, m_u of unit u. 1 is agreement without fault, 0 what
    chance gives, below 0 disagreement by system. For two raters and many units it comes to the kappa with
    quadratic weights (Cohen, 1968). None where no unit has two values, or all values are the same.

    References
    ----------
    Krippendorff, K. (2011). Computing Krippendorff's alpha-reliability. University of Pennsylvania, section
    D and equation for interval data.
    """
    paired = [unit for unit in units if len(unit) > 1]
    counts = Counter(value for unit in paired for value in unit)
    n = counts.total()
    expected = math.fsum(counts[a] * counts[b] * (a - b) ** 2 for a in counts for b in counts) / (
        n * (n - 1) or 1
    )
    if not expected:
        return None
    observed = (
        math.fsum(2 * (b - a) ** 2 / (len(unit) - 1) for unit in paired for a, b in combinations(unit, 2)) / n
    )
    return 1 - observed / expected
