"""One form or a few, with all others as they are → the best that these can be, by a MIP.

What swaps cannot mend: the forms' own items and some that are free are dealt anew. What holds must go on
holding; what the forms miss may be missed by as much, at a price; then the largest distance of a curve from
its course is made as small as can be.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from examgen.assembly.search.highs import (
    INFINITE,
    Columns,
    Floats,
    Integers,
    Rows,
    new_highs,
    pass_model,
    run,
)
from examgen.assembly.search.state import Booleans, Standing

MAX_NODES = 100
MISFIT = 100.0
"""What a misfit of one item costs, in deviations allowed."""
CLOSE = 5.0
"""How near to their course, in deviations allowed, curves are when the MIP stops: polishing does the rest."""


def redeal(standing: Standing, forms: Sequence[int], spare: Integers, close: float = CLOSE) -> bool:
    """Deal the forms anew with `spare` items besides their own; False where nothing gets better."""
    own = standing.held[list(forms)].any(axis=0)
    items = np.union1d(np.flatnonzero(own), spare)
    model = _Redeal(standing, list(forms), items)
    before = [np.flatnonzero(standing.held[form]) for form in forms]
    cost = _cost(standing, forms)
    chosen = model.run(close)
    if chosen is None:
        return False
    _put(standing, forms, [items[row] for row in chosen])
    if _cost(standing, forms) < cost - 1e-6:
        return True
    _put(standing, forms, before)
    return False


def _put(standing: Standing, forms: Sequence[int], held: Sequence[Integers]) -> None:
    for form, items in zip(forms, held, strict=True):
        standing.replace(form, items)


def _cost(standing: Standing, forms: Sequence[int]) -> float:
    misfit = sum(standing.misfit(form) for form in forms)
    return MISFIT * misfit + max(standing.deviation(form) for form in forms)


class _Redeal:
    """The model: a binary for each item and form."""

    def __init__(self, standing: Standing, forms: list[int], items: Integers) -> None:
        self.standing, self.plan, self.forms, self.items = standing, standing.plan, forms, items
        self.columns, self.rows = Columns(), Rows()
        self.start: list[Floats] = []
        self.place = np.full(self.plan.n_items, -1, dtype=np.int64)
        self.place[items] = np.arange(len(items))
        self.held = self.columns.add((len(forms), len(items)))
        for n, form in enumerate(forms):
            self._broad(form, self.held[n])
            self._narrow(form, self.held[n])
            held = self.held[n]
            plan = self.plan
            inside = self.place[plan.member_item] >= 0
            for group in np.unique(plan.member_group[inside]):
                members = plan.member_item[plan.member_group == group]
                count = int(self.standing.held[form, members].sum())
                places = self.place[members]
                columns = held[places[places >= 0]]
                least = int(plan.group_least[group])
                greatest = int(plan.group_greatest[group])
                if len(columns) < least and count == 0:
                    self.rows.add(columns, 1.0, 0, 0)
                else:
                    used = int(self.columns.add((1,))[0])
                    ones = np.ones(len(columns))
                    both = np.append(columns, used)
                    off = min(count, max(0, least - count, count - greatest))
                    slack = self.columns.add((2 if off else 0,), MISFIT, 0.0, float(off), integer=False)
                    low = (
                        np.concatenate([both, slack[:1]]),
                        np.concatenate([ones, [-float(least)], [1.0] * len(slack[:1])]),
                    )
                    high = (
                        np.concatenate([both, slack[1:]]),
                        np.concatenate([ones, [-float(greatest)], [-1.0] * len(slack[1:])]),
                    )
                    self.rows.add(*low, 0, INFINITE)
                    self.rows.add(*high, -INFINITE, 0)
            self._with_others(form, self.held[n])
        # How many of these forms may hold an item.
        elsewhere = self.standing.uses - self.standing.held[self.forms].sum(axis=0)
        left = (self.plan.most_uses - elsewhere)[self.items].astype(np.float64)
        few = left < len(self.forms)
        self.rows.add_block(self.held.T[few], 1.0, -INFINITE, left[few])
        self._between()
        self._course()

    def _row(self, columns: Integers, values: Floats, least: float, greatest: float, now: float) -> None:
        """A row that may be missed by no more than it is now."""
        short = max(0.0, least - now, now - greatest)
        if short > 1e-9:
            slack = self.columns.add((2,), MISFIT, 0.0, short, integer=False)
            columns = np.concatenate([columns, slack])
            values = np.concatenate([values, [1.0, -1.0]])
        self.rows.add(columns, values, least, greatest)

    def _broad(self, form: int, held: Integers) -> None:
        plan = self.plan
        dense = plan.broad[self.items]
        for number in range(dense.shape[1]):
            inside = np.flatnonzero(dense[:, number])
            least, greatest = float(plan.broad_least[number]), float(plan.broad_greatest[number])
            now = float(self.standing.loads[form, number])
            self._row(held[inside], dense[inside, number], least, greatest, now)

    def _narrow(self, form: int, held: Integers) -> None:
        plan = self.plan
        inside = self.place[plan.entry_item] >= 0
        now = np.bincount(
            plan.entry_row,
            plan.entry_value * self.standing.held[form, plan.entry_item],
            len(plan.narrow_least),
        )
        kept_row, kept_item, kept_value = (
            plan.entry_row[inside],
            self.place[plan.entry_item[inside]],
            plan.entry_value[inside],
        )
        for number in np.unique(kept_row):
            mine = kept_row == number
            values = kept_value[mine]
            least, greatest = float(plan.narrow_least[number]), float(plan.narrow_greatest[number])
            if values[values > 0].sum() > greatest or values[values < 0].sum() < least or now[number] < least:
                self._row(held[kept_item[mine]], values, least, greatest, float(now[number]))

    def _with_others(self, form: int, held: Integers) -> None:
        """Items shared with each form that stays as it is."""
        plan = self.plan
        if plan.most_uses < 2:
            return
        for other in range(plan.n_forms):
            if other not in self.forms:
                both = np.flatnonzero(self.standing.held[other, self.items])
                now = float(self.standing.shared[form, other])
                least, greatest = float(plan.shared_least), float(plan.shared_greatest)
                if least > 0 or len(both) > greatest:
                    self._row(held[both], np.ones(len(both)), least, greatest, now)

    def _between(self) -> None:
        """Items that the forms share with each other."""
        plan = self.plan
        if plan.most_uses < 2:
            return
        for n, one in enumerate(self.forms):
            for m in range(n + 1, len(self.forms)):
                now = float(self.standing.shared[one, self.forms[m]])
                self._shared(self.held[n], self.held[m], now)

    def _shared(self, one: Integers, other: Integers, now: float) -> None:
        plan = self.plan
        both = self.columns.add((len(one),))
        self.rows.add_block(np.stack([both, one, other], axis=1), [1.0, -1.0, -1.0], -1, INFINITE)
        if plan.shared_least > 0:
            self.rows.add_block(np.stack([both, one], axis=1), [1.0, -1.0], -INFINITE, 0)
            self.rows.add_block(np.stack([both, other], axis=1), [1.0, -1.0], -INFINITE, 0)
        self._row(both, np.ones(len(both)), plan.shared_least, plan.shared_greatest, now)

    def _course(self) -> None:
        standing, plan = self.standing, self.plan
        self.far = self.columns.add((1,), 1.0, 0.0, INFINITE, integer=False)
        for k in range(plan.values.shape[1]):
            values = plan.values[self.items, k] / standing.give_way[k]
            middle = float((standing.course[k] - plan.base[k]) / standing.give_way[k])
            for held in self.held:
                columns = np.append(held, self.far)
                self.rows.add(columns, np.append(values, 1.0), middle, INFINITE)
                self.rows.add(columns, np.append(values, -1.0), -INFINITE, middle)

    def run(self, close: float) -> Booleans | None:
        """Which items each form is to hold, (forms, items); None where nothing was found."""
        model = self.columns.model(self.rows)
        highs = new_highs(mip_max_nodes=MAX_NODES, mip_rel_gap=0.0, mip_abs_gap=close, objective_target=close)
        pass_model(highs, model)
        answer = run(highs)
        if not answer.values.size:
            return None
        return np.asarray(answer.values[self.held] > 0.5)
