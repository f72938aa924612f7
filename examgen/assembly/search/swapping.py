"""Forms as they stand → the swaps of two items that a form could make, and what each would change.

A swap is with another form or with the items that no form holds; items of one class leave the tightest counts
as they are.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from examgen.assembly.search.highs import Floats, Integers
from examgen.assembly.search.standing import Standing, short_of

MOST_PAIRS = 6_000
"""How many pairs of items of different classes are weighed at a time."""
NONE = -1


class Swaps(NamedTuple):
    """Swaps that a form could make, one each: `out` leaves it for `other`, which gives `into`."""

    out: Integers
    """NONE: nothing leaves."""
    into: Integers
    """NONE: nothing comes."""
    other: Integers
    """NONE: the items that no form holds."""

    def only(self, chosen: Integers) -> Swaps:
        """Those at these places."""
        return Swaps(self.out[chosen], self.into[chosen], self.other[chosen])


def swap(standing: Standing, form: int, out: int, into: int, other: int) -> None:
    """Make one swap."""
    if out != NONE:
        standing.drop(form, out)
    if NONE not in (into, other):
        standing.drop(other, into)
    if into != NONE:
        standing.add(form, into)
    if NONE not in (out, other):
        standing.add(other, out)


def _partners(standing: Standing, form: int) -> tuple[Integers, Integers]:
    """Items that could come into the form, and who gives each; of the free ones of a kind, the first."""
    plan, held = standing.plan, standing.held
    others, items = np.nonzero(held & ~held[form])
    spare = (standing.uses == 0) if plan.most_uses == 1 else (standing.uses < plan.most_uses) & ~held[form]
    free = np.flatnonzero(spare)
    free = free[np.unique(plan.kind[free], return_index=True)[1]]
    givers = np.concatenate([others, np.full(len(free), NONE)])
    return np.concatenate([items, free]), givers


def alike(standing: Standing, form: int) -> Swaps:
    """Swaps of two items of one class."""
    mine = np.flatnonzero(standing.held[form])
    items, givers = _partners(standing, form)
    classes = standing.plan.item_class
    one, two = np.nonzero(classes[mine][:, None] == classes[items][None, :])
    return _allowed(standing, Swaps(mine[one], items[two], givers[two]))


def between(standing: Standing, form: int, other: int) -> Swaps:
    """All swaps of two items with one other form."""
    mine = np.flatnonzero(standing.held[form] & ~standing.held[other])
    theirs = np.flatnonzero(standing.held[other] & ~standing.held[form])
    out, into = np.repeat(mine, len(theirs)), np.tile(theirs, len(mine))
    return Swaps(out, into, np.full(len(out), other))


def _allowed(standing: Standing, swaps: Swaps) -> Swaps:
    """Without those that would give a form what it already holds."""
    if standing.plan.most_uses == 1:
        return swaps
    fine = (swaps.other == NONE) | (swaps.out == NONE) | ~standing.held[swaps.other, swaps.out]
    return Swaps(swaps.out[fine], swaps.into[fine], swaps.other[fine])


def unlike(standing: Standing, form: int) -> Swaps:
    """Swaps, comings and goings that help with what the form misses, as many as are weighed."""
    mine = np.append(np.flatnonzero(standing.held[form]), NONE)
    items, givers = _partners(standing, form)
    items, givers = np.append(items, NONE), np.append(givers, NONE)
    helps = _help(standing, form)
    gain = helps[items][None, :] - helps[mine][:, None]
    one, two = np.nonzero(gain > 1e-9)
    if len(one) > MOST_PAIRS:
        best = np.argsort(-gain[one, two], kind="stable")[: MOST_PAIRS // 2]
        rest = np.linspace(0, len(one) - 1, MOST_PAIRS // 2).astype(np.int64)
        chosen = np.union1d(best, rest)
        one, two = one[chosen], two[chosen]
    out, into, other = mine[one], items[two], givers[two]
    to_others = [
        Swaps(mine[:-1], np.full(len(mine) - 1, NONE), np.full(len(mine) - 1, f))
        for f in range(standing.plan.n_forms)
        if f != form and standing.loads.shape[1]
    ]
    every = [Swaps(out, into, other), *to_others]
    return _allowed(standing, Swaps(*(np.concatenate(parts) for parts in zip(*every, strict=True))))


def _help(standing: Standing, form: int) -> Floats:
    """By how much an item that comes in helps (or, that goes, hurts); (items + 1,), the last one no item."""
    plan, load = standing.plan, standing.loads[form]
    direction = np.sign(np.maximum(0, plan.broad_least - load) - np.maximum(0, load - plan.broad_greatest))
    helps = (plan.broad * direction).sum(axis=1)
    came, went = standing.prices()
    helps = helps + np.where(standing.held[form], went[form], -came[form])
    if plan.shared_greatest:
        short = standing.shared[form] < plan.shared_least
        over = standing.shared[form] > plan.shared_greatest
        short[form] = over[form] = False
        helps = helps + standing.held.T @ (short.astype(float) - over)
    return np.append(helps, 0.0)


def growths(standing: Standing, form: int, swaps: Swaps, alike: bool) -> tuple[Floats, Floats]:
    """By how much each swap raises the misfit and the bend of the two forms together.

    That two items may stand in one narrow row is not looked at: a swap is recounted before it stays.
    """
    inner = np.flatnonzero(swaps.other != NONE)
    giver = swaps.other[inner]
    vectors = _Vectors(standing, alike)
    step = vectors.of(swaps.into) - vectors.of(swaps.out)
    curve = vectors.curve(swaps.into) - vectors.curve(swaps.out)
    mine = np.full(len(step), form)
    misfit = misfit_growth(standing, mine, step, vectors.rows, swaps.out, swaps.into)
    bend = bend_growth(standing, mine, curve)
    misfit[inner] += misfit_growth(
        standing, giver, -step[inner], vectors.rows, swaps.into[inner], swaps.out[inner]
    )
    bend[inner] += bend_growth(standing, giver, -curve[inner])
    free = swaps.other == NONE
    whole, step = standing.off().sum(axis=0), curve[free] / standing.give_way
    bend[free] += standing.drift_price * (((whole + step) ** 2).sum(axis=1) - (whole**2).sum())
    if standing.plan.shared_greatest:
        misfit += _shared_growth(standing, form, swaps)
    return misfit, bend


class _Vectors:
    """Coefficients by item, with zeros for no item (the last one)."""

    def __init__(self, standing: Standing, alike: bool) -> None:
        plan = standing.plan
        self.rows = plan.across if alike else np.arange(plan.broad.shape[1])
        self.table = plan.broad_across if alike else plan.broad
        self.plan = plan

    def of(self, items: Integers) -> Floats:
        return _or_none(self.table, items)

    def curve(self, items: Integers) -> Floats:
        return _or_none(self.plan.values, items)


def _or_none(table: Floats, items: Integers) -> Floats:
    """The lines of the items, zeros for no item."""
    lines = table[items]
    if len(items) and items.min() == NONE:
        lines[items == NONE] = 0.0
    return lines


def misfit_growth(
    standing: Standing, forms: Integers, step: Floats, rows: Integers, out: Integers, into: Integers
) -> Floats:
    """By how much the misfit of each form in rows and groups grows with its swap."""
    plan = standing.plan
    least, greatest = plan.broad_least[rows], plan.broad_greatest[rows]
    load = standing.loads[:, rows]
    before = short_of(load, least, greatest).sum(axis=1)
    after = short_of(load[forms] + step, least, greatest).sum(axis=1)
    came, went = standing.prices()
    prices = came[forms, into] * (into != NONE) + went[forms, out] * (out != NONE)
    return np.asarray(after - before[forms] + prices)


def bend_growth(standing: Standing, forms: Integers, step: Floats) -> Floats:
    """By how much the bend of each form grows with its swap."""
    off = standing.off()
    return np.asarray(
        ((off[forms] + step / standing.give_way) ** 2).sum(axis=1) - (off**2).sum(axis=1)[forms]
    )


def _shared_growth(standing: Standing, form: int, swaps: Swaps) -> Floats:
    """By how much the misfit in shared items grows, seen from the two forms."""
    plan = standing.plan
    least, greatest = np.array(plan.shared_least), np.array(plan.shared_greatest)
    held = np.vstack([standing.held.T, np.zeros((1, plan.n_forms), dtype=bool)]).astype(np.float64)
    step = held[swaps.into] - held[swaps.out]
    n = np.arange(len(step))
    inner = swaps.other != NONE
    mine = np.broadcast_to(standing.shared[form].astype(np.float64), step.shape)
    change = step.copy()
    change[n[inner], swaps.other[inner]] = 0.0
    change[:, form] = 0.0
    growth = short_of(mine + change, least, greatest) - short_of(mine, least, greatest)
    growth[:, form] = 0.0
    total = growth.sum(axis=1)
    theirs = standing.shared[swaps.other].astype(np.float64)
    change = -step
    change[n[inner], swaps.other[inner]] = 0.0
    change[:, form] = 0.0
    growth = short_of(theirs + change, least, greatest) - short_of(theirs, least, greatest)
    growth[n[inner], swaps.other[inner]] = 0.0
    return np.asarray(total + np.where(inner, growth.sum(axis=1), 0.0))
