"""Measures how far experts agree on the levels of items, and finds items that claim other levels."""

from __future__ import annotations

import math
import statistics
from collections.abc import Mapping, Sequence
from itertools import combinations, zip_longest
from typing import NamedTuple

from examgen.bank.reviews.ratings import Rating
from examgen.stats.agreement_coefficients import krippendorff_alpha

FAR = 0.5
"""The largest distance from the experts' median at which a claimed level still counts as agreeing with them.
"""


class RatedLevel(NamedTuple):
    """The levels that experts chose for an item, and the levels that it claims."""

    item: str
    claimed: tuple[int, ...]
    rated: tuple[int, ...]
    """One level for each expert who chose one, in ascending order."""

    @property
    def median(self) -> float:
        """The median of the experts' levels."""
        return float(statistics.median(self.rated))

    @property
    def apart(self) -> float | None:
        """The distance of the nearest claimed level from the median; None if the item claims none."""
        return min((abs(level - self.median) for level in self.claimed), default=None)

    @property
    def differs(self) -> bool:
        """Whether the levels that the item claims differ from the experts' levels."""
        return self.apart is not None and self.apart > FAR


class LevelAgreement(NamedTuple):
    """How far experts agree on the levels of items. Shares and alpha are None if no item was rated by two
    experts.
    """

    items: tuple[RatedLevel, ...]
    pairs: int
    """The number of pairs of experts who rated the same item, over all items."""
    exact: float | None
    """The share of the pairs that chose the same level, 0–1."""
    adjacent: float | None
    """The share of the pairs whose levels differ by at most one, 0–1."""
    alpha: float | None

    @property
    def differing(self) -> tuple[RatedLevel, ...]:
        """The items whose claimed levels differ from the experts' levels."""
        return tuple(one for one in self.items if one.differs)


def level_agreement(
    ratings: Sequence[Rating], claims: Mapping[str, tuple[int, ...]]
) -> LevelAgreement | None:
    """Return the agreement on the levels that the experts of one panel chose; None if nobody chose one.

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
    by_place = list(zip_longest(*(one.rated for one in items), fillvalue=math.nan))
    alpha = krippendorff_alpha(list(zip(*by_place, strict=True)), "interval")
    apart = [high - low for one in items for low, high in combinations(one.rated, 2)]
    return LevelAgreement(
        items,
        len(apart),
        sum(d == 0 for d in apart) / len(apart) if apart else None,
        sum(d <= 1 for d in apart) / len(apart) if apart else None,
        None if math.isnan(alpha) else alpha,
    )
