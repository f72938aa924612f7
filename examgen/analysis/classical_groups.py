"""Total scores → groups of able and less able candidates, and what each group got on each item.

Two ways to take the upper and lower 27 % (Kelley, 1939): by threshold, where all with the same total stay
together, or as many as that from each end of the candidates in order of their totals, where those with the
same total stand as in the file.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from examgen.analysis.classical_sums import Sums, chunks
from examgen.analysis.irt import Floats
from examgen.item_responses import Cells

SHARE = 0.27
"""Of the candidates, in the upper and in the lower group."""


def quantile(ordered: Floats, share: float) -> float:
    """R's `quantile(type = 7)` of values in ascending order, to the last bit; NaN where there are none."""
    if not len(ordered):
        return math.nan
    index = 1.0 + (len(ordered) - 1) * share
    low, high = math.floor(index), math.ceil(index)
    found = float(ordered[low - 1])
    if index > low and float(ordered[high - 1]) != found:
        h = index - low
        found = (1.0 - h) * found + h * float(ordered[high - 1])
    return found


def first_in_order(total: Floats, ordered: Floats, size: int) -> NDArray[np.bool_]:
    """(N,) the `size` lowest; of equal totals those that stand first in the file. NaN is nobody's."""
    return _end(total, ordered, size, lowest=True)


def last_in_order(total: Floats, ordered: Floats, size: int) -> NDArray[np.bool_]:
    """(N,) the `size` highest; of equal totals those that stand last in the file."""
    return _end(total, ordered, size, lowest=False)


def _end(total: Floats, ordered: Floats, size: int, *, lowest: bool) -> NDArray[np.bool_]:
    if size < 1:
        return np.zeros(len(total), dtype=np.bool_)
    cut = ordered[size - 1] if lowest else ordered[len(ordered) - size]
    member = total < cut if lowest else total > cut
    lacking = size - int(np.count_nonzero(member))
    same = np.flatnonzero(total == cut)
    member[same[:lacking] if lowest else same[len(same) - lacking :]] = True
    return np.asarray(member)


def members(total: Floats, groups: int) -> NDArray[np.bool_]:
    """(3 + groups, N) who is in the lowest and highest 27 % in order, who is able, who is in each group by
    quantiles."""
    ordered = np.sort(total[~np.isnan(total)])
    size = round(SHARE * len(ordered))
    found = [first_in_order(total, ordered, size), last_in_order(total, ordered, size)]
    found.append(total >= quantile(ordered, 1.0 - SHARE))
    cuts = [quantile(ordered, place / groups) for place in range(1, groups)]
    place = np.searchsorted(np.array(cuts), total, side="left")
    found += [(place == group) & ~np.isnan(total) for group in range(groups)]
    return np.array(found)


class Ends(NamedTuple):
    """Mean scores (J,) of the candidates at both ends who have the item; NaN where there is none."""

    low27: Floats
    high27: Floats
    low27_sorted: Floats
    high27_sorted: Floats
    low_third: Floats
    high_third: Floats
    with_total: Floats
    """Σ (total − mean) x over those who have the item."""
    total: Floats
    """Σ (total − mean) over those who have the item."""
    total_squared: Floats
    """Σ (total − mean)² over those who have the item."""


def ends(scores: Cells, sums: Sums, total: Floats) -> Ends:
    """What candidates at both ends of the total scores (N,) got, and sums of totals with scores."""
    known = ~np.isnan(total)
    ordered = np.sort(total[known])
    n = len(ordered)
    with np.errstate(invalid="ignore"):
        members = [
            total <= quantile(ordered, SHARE),
            total >= quantile(ordered, 1.0 - SHARE),
            first_in_order(total, ordered, round(SHARE * n)),
            last_in_order(total, ordered, round(SHARE * n)),
            first_in_order(total, ordered, n // 3),
            last_in_order(total, ordered, n // 3),
        ]
    flags = np.zeros(len(total), dtype=np.uint8)
    for place, member in enumerate(members):
        flags |= member.astype(np.uint8) << np.uint8(place)
    got, had = _group_sums(scores, sums, flags)
    with np.errstate(divide="ignore", invalid="ignore"):
        means = got / had
    centred = np.where(known, total - (ordered.mean() if n else 0.0), 0.0)
    return Ends(*means, *_total_sums(scores, sums, centred))


def _group_sums(scores: Cells, sums: Sums, flags: NDArray[np.uint8]) -> tuple[Floats, Floats]:
    """(6, J) sums of scores and numbers of scores in each of the six groups."""
    got, had = np.zeros((6, scores.shape[1])), np.zeros((6, scores.shape[1]))
    greatest = int(sums.greatest.max(initial=1))
    places = np.arange(6, dtype=np.uint8)[:, None]
    for rows in chunks(scores, greatest):
        block = scores[rows]
        member = ((flags[rows] >> places) & np.uint8(1)).astype(np.float32)
        if sums.complete:
            got += member @ block.astype(np.float32)
            had += member.sum(axis=1, keepdims=True)
        else:
            held = block >= 0
            got += member @ np.where(held, block, 0).astype(np.float32)
            had += member @ held.astype(np.float32)
    return got, had


def _total_sums(scores: Cells, sums: Sums, centred: Floats) -> Floats:
    """(3, J) Σ t x, Σ t and Σ t² over those who have the item."""
    width = scores.shape[1]
    found = np.zeros((3, width))
    if sums.complete and sums.pairs is not None:
        mean = float(sums.points.sum()) / max(len(sums.points), 1)
        found[0] = sums.pairs.products.sum(axis=0) - mean * sums.score
        found[2] = float(centred @ centred)
        return found
    weights = np.stack([centred, np.square(centred)])
    for rows in chunks(scores):
        block = scores[rows]
        held = (block >= 0).astype(np.float64)
        found[1:] += weights[:, rows] @ held
        found[0] += centred[rows] @ (block * held)
    return found
