"""A scored run and the groups of its candidates → items that favour a group, form by form.

Mantel–Haenszel with purification: each group against all others of the form, matched on the number right of
the items that count; a blank is wrong, as in the score. Only groups with enough candidates on either side are
compared, so that what is found is not chance alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from examgen.analyses.administrations import Administration
from examgen.core.responses.matrix import Chosen, administered, in_bits, with_columns
from examgen.psychometrics.dif.mantel_haenszel import MantelHaenszelDif
from examgen.psychometrics.dif.methods import analyse_dif

LEAST_IN_GROUP = 100
"""Fewer candidates of a group on a form, or fewer others there, are not compared."""
MOST_GROUPS = 12
"""Of more groups the largest are compared."""


class FavouringItem(NamedTuple):
    """An item of ETS class B or C; `delta` below 0 is harder for the group, None is infinite, `ets` has the
    sign of it."""

    item: str
    delta: float | None
    ets: str


class GroupContrast(NamedTuple):
    """A group of candidates beside all others on a form."""

    form: str
    group: str
    n: int
    n_others: int
    n_items: int
    """Items of which a class is known."""
    items: tuple[FavouringItem, ...]
    """Those of class B or C, the largest difference first."""


def dif_by_groups(
    found: Administration, names: Sequence[str], group: NDArray[np.integer]
) -> tuple[GroupContrast, ...]:
    """The comparisons of all groups that are large enough; `group` (N,) are places in `names`, of which an
    empty one is no group."""
    is_known = np.array([name != "" for name in names], dtype=np.bool_)[group]
    counted = [n for n, one in enumerate(found.columns) if one.standing == "scored"]
    chosen, contrasts = found.chosen, []
    for form_number, form in enumerate(found.forms):
        rows = np.flatnonzero((found.form == form_number) & is_known)
        counts = np.bincount(group[rows], minlength=len(names)).tolist()
        own = sorted((n for n, count in enumerate(counts) if count), key=lambda n: (-counts[n], names[n]))
        large = [n for n in own[:MOST_GROUPS] if LEAST_IN_GROUP <= counts[n] <= len(rows) - LEAST_IN_GROUP]
        if not large:
            continue
        cells = chosen.cells[rows]
        given = administered(with_columns(cells, counted))
        places = [place for place, one in zip(counted, given, strict=True) if one]
        if len(places) < 2:
            continue
        scored = Chosen(
            range(len(rows)),
            tuple(chosen.items[n] for n in places),
            with_columns(cells, places),
            tuple(chosen.options[n] for n in places),
            tuple(chosen.keys[n] for n in places),
        ).scored(not_reached_wrong=True)
        scored = scored._replace(cells=in_bits(scored.cells))
        # of two groups one comparison says all
        for number in large if len(own) > 2 else large[-1:]:
            result = analyse_dif(scored, (group[rows] == number).astype(np.int64), "mh", purify=True)
            assert isinstance(result, MantelHaenszelDif)
            known = [place for place, ets in zip(places, result.ets, strict=True) if ets]
            flagged = [
                FavouringItem(
                    chosen.items[place],
                    float(delta) if np.isfinite(delta) else None,
                    f"{ets}{'−' if delta < 0 else '+'}",
                )
                for place, ets, delta in zip(places, result.ets, result.mh_delta, strict=True)
                if ets in ("B", "C")
            ]
            flagged.sort(key=lambda one: (-np.inf if one.delta is None else -abs(one.delta), one.item))
            n = counts[number]
            contrasts.append(GroupContrast(form, names[number], n, len(rows) - n, len(known), tuple(flagged)))
    return tuple(contrasts)
