"""Forms as dealt → forms with fewer violations and curves closer to the course, by swaps of two items.

The worst form swaps with any other form, or with free items. Items of one class are swapped first, which
leaves the tightest counts unchanged. If a form still violates a constraint, any two items may be swapped,
and single items added or removed. If it violates none, a free item may replace a shared one in all forms
that contain it, which does not change what they share; or two swaps are made at once, of which there are so
many that a curve can be brought within a fraction of a thousandth. Each step is an improvement, so the
search ends.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from examgen.assembly.search.highs import Floats, Integers
from examgen.assembly.search.state import Booleans, FormsState, short_of

MOST_PAIRS = 6_000
"""The number of pairs of items of different classes that are evaluated at a time."""
NONE = -1
MISFIT = 1e6
"""The cost of a misfit of one item, in bends."""
MOST_DOUBLED = 300
"""The maximum number of swaps that are tried in pairs."""
TRIES = 6
"""The number of the best swaps that are tried before a form counts as stuck."""
MOST_SWAPS = 4_000
DRIFT = (2.0, 0.1)
"""The price of moving all forms together off the course, in two rounds."""
LEAST_GAIN = 0.02
"""The minimum gain of a swap: this proportion of the cost of the two forms, but of at most BENDS."""
BENDS = 50.0


class Swaps(NamedTuple):
    """Swaps that a form could make: `out` goes from the form to `other`, which gives `into`."""

    out: Integers
    """NONE if no item leaves."""
    into: Integers
    """NONE if no item is added."""
    other: Integers
    """NONE for the free items."""

    def only(self, chosen: Integers) -> Swaps:
        """Return the swaps at these positions."""
        return Swaps(self.out[chosen], self.into[chosen], self.other[chosen])


def swap(standing: FormsState, form: int, out: int, into: int, other: int) -> None:
    """Make one swap."""
    if out != NONE:
        standing.drop(form, out)
    if NONE not in (into, other):
        standing.drop(other, into)
    if into != NONE:
        standing.add(form, into)
    if NONE not in (out, other):
        standing.add(other, out)


def _partners(standing: FormsState, form: int) -> tuple[Integers, Integers]:
    """Return the items that could be added to the form, and the form that gives each; for free items of one
    kind, only the first."""
    plan, held = standing.plan, standing.held
    others, items = np.nonzero(held & ~held[form])
    spare = (standing.uses == 0) if plan.most_uses == 1 else (standing.uses < plan.most_uses) & ~held[form]
    free = np.flatnonzero(spare)
    free = free[np.unique(plan.kind[free], return_index=True)[1]]
    givers = np.concatenate([others, np.full(len(free), NONE)])
    return np.concatenate([items, free]), givers


def alike(standing: FormsState, form: int) -> Swaps:
    """Return the possible swaps of two items of one class."""
    mine = np.flatnonzero(standing.held[form])
    items, givers = _partners(standing, form)
    classes = standing.plan.item_class
    one, two = np.nonzero(classes[mine][:, None] == classes[items][None, :])
    return _allowed(standing, Swaps(mine[one], items[two], givers[two]))


def between(standing: FormsState, form: int, other: int) -> Swaps:
    """Return all swaps of two items with one other form."""
    mine = np.flatnonzero(standing.held[form] & ~standing.held[other])
    theirs = np.flatnonzero(standing.held[other] & ~standing.held[form])
    out, into = np.repeat(mine, len(theirs)), np.tile(theirs, len(mine))
    return Swaps(out, into, np.full(len(out), other))


def _allowed(standing: FormsState, swaps: Swaps) -> Swaps:
    """Return the swaps without those that would give a form an item that it already contains."""
    if standing.plan.most_uses == 1:
        return swaps
    fine = (swaps.other == NONE) | (swaps.out == NONE) | ~standing.held[swaps.other, swaps.out]
    return Swaps(swaps.out[fine], swaps.into[fine], swaps.other[fine])


def unlike(standing: FormsState, form: int) -> Swaps:
    """Return swaps, additions and removals that reduce the form's misfit, at most as many as are
    evaluated."""
    mine = np.append(np.flatnonzero(standing.held[form]), NONE)
    items, givers = _partners(standing, form)
    items, givers = np.append(items, NONE), np.append(givers, NONE)
    # How much adding an item helps (or removing it hurts); the last entry is no item.
    plan, load = standing.plan, standing.loads[form]
    direction = np.sign(np.maximum(0, plan.broad_least - load) - np.maximum(0, load - plan.broad_greatest))
    came, went = standing.prices()
    helps = (plan.broad * direction).sum(axis=1) + np.where(standing.held[form], went[form], -came[form])
    if plan.shared_greatest:
        short = standing.shared[form] < plan.shared_least
        over = standing.shared[form] > plan.shared_greatest
        short[form] = over[form] = False
        helps = helps + standing.held.T @ (short.astype(float) - over)
    helps = np.append(helps, 0.0)
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


def growths(standing: FormsState, form: int, swaps: Swaps, alike: bool) -> tuple[Floats, Floats]:
    """Return the increase of the misfit and of the bend of the two forms together, for each swap.

    It ignores that both items may be in one narrow row; a swap is recounted before it is accepted.
    """
    inner = np.flatnonzero(swaps.other != NONE)
    giver = swaps.other[inner]
    plan = standing.plan
    rows = plan.across if alike else np.arange(plan.broad.shape[1])
    table = plan.broad_across if alike else plan.broad
    step, curve = (_lines(lines, swaps.into) - _lines(lines, swaps.out) for lines in (table, plan.values))
    mine = np.full(len(step), form)
    misfit = misfit_growth(standing, mine, step, rows, swaps.out, swaps.into)
    bend = bend_growth(standing, mine, curve)
    misfit[inner] += misfit_growth(standing, giver, -step[inner], rows, swaps.into[inner], swaps.out[inner])
    bend[inner] += bend_growth(standing, giver, -curve[inner])
    free = swaps.other == NONE
    whole, step = standing.off().sum(axis=0), curve[free] / standing.give_way
    bend[free] += standing.drift_price * (((whole + step) ** 2).sum(axis=1) - (whole**2).sum())
    if standing.plan.shared_greatest:
        misfit += _shared_growth(standing, form, swaps)
    return misfit, bend


def _lines(table: Floats, items: Integers) -> Floats:
    """Return the rows of the table for the items, with zeros for NONE."""
    lines = table[items]
    if len(items) and items.min() == NONE:
        lines[items == NONE] = 0.0
    return lines


def misfit_growth(
    standing: FormsState, forms: Integers, step: Floats, rows: Integers, out: Integers, into: Integers
) -> Floats:
    """Return the increase of each form's misfit in rows and groups caused by its swap."""
    plan = standing.plan
    least, greatest = plan.broad_least[rows], plan.broad_greatest[rows]
    load = standing.loads[:, rows]
    before = short_of(load, least, greatest).sum(axis=1)
    after = short_of(load[forms] + step, least, greatest).sum(axis=1)
    came, went = standing.prices()
    prices = came[forms, into] * (into != NONE) + went[forms, out] * (out != NONE)
    return np.asarray(after - before[forms] + prices)


def bend_growth(standing: FormsState, forms: Integers, step: Floats) -> Floats:
    """Return the increase of each form's bend caused by its swap."""
    off = standing.off()
    return np.asarray(
        ((off[forms] + step / standing.give_way) ** 2).sum(axis=1) - (off**2).sum(axis=1)[forms]
    )


def _shared_growth(standing: FormsState, form: int, swaps: Swaps) -> Floats:
    """Return the increase of the misfit in shared items, as seen from the two forms."""
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


def polish(standing: FormsState) -> None:
    """Swap until no form can be improved, or until each is within the allowed deviation and violates no
    constraint.

    There are two rounds. In the first, a swap with a free item is costly if it moves all forms together away
    from the common target curve; in the second, hardly. The items selected so far are near the optimum, and
    such a move is hard to reverse.
    """
    for price in DRIFT:
        standing.drift_price = price
        _Polisher(standing).run()


def _better(cost: float) -> float:
    return cost - LEAST_GAIN * min(cost, BENDS) - 1e-6


class _Polisher:
    """The forms, and the pairs of forms in which two swaps at once were tried without success."""

    def __init__(self, standing: FormsState) -> None:
        self.standing = standing
        self.tried: dict[tuple[int, int], tuple[int, int]] = {}
        self.costs: dict[int, tuple[int, float]] = {}

    def run(self) -> None:
        standing = self.standing
        stuck: set[int] = set()
        for _ in range(MOST_SWAPS):
            # a form is done if it violates nothing and its curve is within the allowed deviation
            forms = [
                f
                for f in range(standing.plan.n_forms)
                if f not in stuck and not (standing.deviation(f) <= 1 and standing.misfit(f) == 0)
            ]
            if not forms:
                return
            worst = max(forms, key=lambda f: (self._cost(f), -f))
            if self._improve(worst):
                stuck.clear()
            else:
                stuck.add(worst)

    def _cost(self, form: int) -> float:
        """Return the cost of a form, cached until it changes or, if forms share items, until any form
        changes."""
        version = self.standing.version
        now = int(version.sum() if self.standing.plan.shared_greatest else version[form])
        if self.costs.get(form, (-1, 0.0))[0] != now:
            self.costs[form] = now, MISFIT * self.standing.misfit(form) + self.standing.bend(form)
        return self.costs[form][1]

    def _improve(self, form: int) -> bool:
        """Make the best swap of the form, or the best two at once, if it is an improvement. Returns whether
        it made any."""
        standing = self.standing
        swaps = alike(standing, form)
        misfits, bends = growths(standing, form, swaps, True)
        growth = MISFIT * misfits + bends
        if standing.misfit(form) > 0:
            if self._mend(form, swaps, growth):
                return True
            swaps = unlike(standing, form)
            misfits, bends = growths(standing, form, swaps, False)
            return self._mend(form, swaps, MISFIT * misfits + bends)
        if self._try(form, swaps, growth) or self._try_stand_ins(form):
            return True
        # The best two swaps with the free items, or with one other form: those with the worst first.
        fine = misfits < 1e-9
        every = sorted(set(swaps.other.tolist()), key=lambda f: (f != NONE, -self._cost(f), f))
        partners = [f for f in every if self.tried.get((form, f)) != self._versions(form, f)]
        for other in partners:
            chosen = np.flatnonzero(swaps.other == other)
            if self._two_with(form, other, swaps.only(chosen), fine[chosen]):
                return True
        # Two swaps with another form, of whatever classes the counts leave free.
        for other in partners:
            if other != NONE:
                free = between(standing, form, other)
                misfits, bends = growths(standing, form, free, False)
                kept = np.flatnonzero(misfits < 1e-9)
                free = free.only(kept)
                if self._try(form, free, bends[kept]) or self._two_with(form, other, free, kept >= 0):
                    return True
        for other in partners:
            self.tried[form, other] = self._versions(form, other)
        return False

    def _versions(self, form: int, other: int) -> tuple[int, int]:
        version = self.standing.version
        return int(version[form]), int(version[other] if other != NONE else version.sum())

    def _mend(self, form: int, swaps: Swaps, growth: Floats) -> bool:
        """Make the best swap with another form; free items are used only if no other form helps."""
        inner = np.flatnonzero(swaps.other != NONE)
        return self._try(form, swaps.only(inner), growth[inner]) or self._try(form, swaps, growth)

    def _try(self, form: int, swaps: Swaps, growth: Floats) -> bool:
        for n in _lowest(growth):
            if growth[n] > -1e-6:
                return False
            out, into, other = int(swaps.out[n]), int(swaps.into[n]), int(swaps.other[n])
            if self._stays(form, other, [(out, into)]):
                return True
        return False

    def _try_stand_ins(self, form: int) -> bool:
        """Replace a shared item by the best free item of its class in all forms."""
        standing, plan = self.standing, self.standing.plan
        if not plan.shared_greatest:
            return False
        shared = np.flatnonzero(standing.held[form] & (standing.uses > 1))
        free = np.flatnonzero(standing.uses == 0)
        one, two = np.nonzero(plan.item_class[shared][:, None] == plan.item_class[free][None, :])
        out, into = shared[one], free[two]
        # By how much each raises the misfit and the bend of all forms that hold the item.
        growth, bends = np.zeros(len(out)), np.zeros(len(out))
        step = plan.broad_across[into] - plan.broad_across[out]
        curve = plan.values[into] - plan.values[out]
        for n in range(plan.n_forms):
            pairs = np.flatnonzero(standing.held[n, out])
            forms = np.full(len(pairs), n)
            growth[pairs] += misfit_growth(standing, forms, step[pairs], plan.across, out[pairs], into[pairs])
            bends[pairs] += bend_growth(standing, forms, curve[pairs])
        growth = MISFIT * growth + bends
        for n in _lowest(growth):
            before = self._cost_of_all()
            if growth[n] > -1e-6:
                return False
            self._replace_everywhere(int(out[n]), int(into[n]))
            if self._cost_of_all() < _better(before):
                return True
            self._replace_everywhere(int(into[n]), int(out[n]))
        return False

    def _replace_everywhere(self, out: int, into: int) -> None:
        for form in np.flatnonzero(self.standing.held[:, out]).tolist():
            self.standing.drop(form, out)
            self.standing.add(form, into)

    def _cost_of_all(self) -> float:
        every = range(self.standing.plan.n_forms)
        return sum(self._cost(form) for form in every) + self.standing.drift()

    def _stays(self, form: int, other: int, pairs: list[tuple[int, int]]) -> bool:
        """Make the swaps, and undo them unless they are an improvement."""
        before = self._cost_of(form, other)
        for out, into in pairs:
            swap(self.standing, form, out, into, other)
        if self._cost_of(form, other) < _better(before):
            return True
        for out, into in pairs:
            swap(self.standing, form, into, out, other)
        return False

    def _cost_of(self, form: int, other: int) -> float:
        """Return the cost of the two forms; with free items, the cost of the form and of the drift."""
        drift = self.standing.drift() if other == NONE else self._cost(other)
        return self._cost(form) + drift

    def _two_with(self, form: int, other: int, swaps: Swaps, fine: Booleans) -> bool:
        if len(fine) > MOST_DOUBLED:
            chosen = np.empty(0, dtype=np.int64)
            for part in (np.flatnonzero(fine), np.flatnonzero(~fine)):
                room = MOST_DOUBLED - len(chosen)
                places = np.unique(np.linspace(0, len(part) - 1, min(room, len(part))).astype(np.int64))
                chosen = np.concatenate([chosen, part[places]])
            some = np.sort(chosen)
            swaps, fine = swaps.only(some), fine[some]
        # The bends after any two swaps with each other form, of four different items; (swaps, swaps). Two
        # swaps go together where both are fine for the rows, or where one undoes in the counts what the other
        # does.
        step = (
            self.standing.plan.values[swaps.into] - self.standing.plan.values[swaps.out]
        ) / self.standing.give_way
        off = self.standing.off()
        cost = _doubled(off[form], step)
        if other == NONE:
            cost += self.standing.drift_price * _doubled(off.sum(axis=0), step)
        else:
            cost += _doubled(off[other], -step)
        # A number for what each swap changes in the counts: swaps that undo each other have opposite ones.
        plan = self.standing.plan
        counted = np.flatnonzero(plan.counted & ~plan.within_class)
        change = plan.broad[swaps.into[:, None], counted] - plan.broad[swaps.out[:, None], counted]
        digits = [pow(1_000_003, n + 1, 2_147_483_647) for n in range(len(counted))]
        marks = np.rint(change).astype(np.int64) @ np.array(digits, dtype=np.int64)
        bad = ~(fine[:, None] & fine[None, :] | (marks[:, None] == -marks[None, :]))
        bad |= swaps.out[:, None] == swaps.out[None, :]
        bad |= swaps.into[:, None] == swaps.into[None, :]
        cost[np.tril(np.ones(cost.shape, dtype=bool)) | bad] = np.inf
        limit = _better(self._cost_of(form, other))
        for flat in _lowest(cost.ravel()):
            one, two = divmod(int(flat), len(fine))
            if cost[one, two] >= limit:
                return False
            if self._stays(form, other, [(int(swaps.out[n]), int(swaps.into[n])) for n in (one, two)]):
                return True
        return False


def _doubled(off: Floats, step: Floats) -> Floats:
    """Return the bend after any two steps, (steps, steps).

    Computed point by point, because the last bits of a matrix product differ between processors.
    """
    bend = np.zeros((len(step), len(step)))
    for here, steps in zip(off, step.T, strict=True):
        bend += ((here + steps)[:, None] + steps[None, :]) ** 2
    return bend


def _lowest(values: Floats) -> Integers:
    """Return the positions of the `TRIES` lowest values, lowest first, with ties (in 6 decimals) by
    position."""
    if not len(values):
        return np.empty(0, dtype=np.int64)
    values = values.round(6)
    best = np.argpartition(values, min(TRIES, len(values) - 1))[:TRIES]
    bound = values[best].max()
    best = np.flatnonzero(values <= bound)
    return np.asarray(best[np.lexsort((best, values[best]))][:TRIES])
