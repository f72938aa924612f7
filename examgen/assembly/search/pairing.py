"""A few forms, with all others fixed → the best versions of these forms, by a mixed-integer program (MIP).

It improves forms that swaps cannot: their own items and some free items are distributed again. Constraints
that are met must still be met. Constraints that the forms violate may be violated by as much, at a cost.
Then the largest distance of a curve from its course is minimised.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations

import numpy as np

from examgen.assembly.search.highs import INFINITE, Floats, Integers, MipColumns, MipModel, MipRows, solve
from examgen.assembly.search.state import FormsState

MAX_NODES = 100
MISFIT = 100.0
"""The cost of a misfit of one item, in allowed deviations."""
CLOSE = 5.0
"""The distance of curves from their course, in allowed deviations, at which the MIP stops; polishing does the
rest."""


def redeal(standing: FormsState, forms: Sequence[int], spare: Integers, close: float = CLOSE) -> bool:
    """Distribute the items of the forms and the `spare` items again; False if nothing improves."""

    def cost() -> float:
        misfit = sum(standing.misfit(form) for form in forms)
        return MISFIT * misfit + max(standing.deviation(form) for form in forms)

    def put(held: Sequence[Integers]) -> None:
        for form, items in zip(forms, held, strict=True):
            standing.replace(form, items)

    items = np.union1d(np.flatnonzero(standing.held[list(forms)].any(axis=0)), spare)
    model, held = _model(standing, forms, items)
    answer = solve(model, mip_max_nodes=MAX_NODES, mip_rel_gap=0.0, mip_abs_gap=close, objective_target=close)
    if not answer.values.size:
        return False
    before, cost_before = [np.flatnonzero(standing.held[form]) for form in forms], cost()
    put([items[row] for row in answer.values[held] > 0.5])
    if cost() < cost_before - 1e-6:
        return True
    put(before)
    return False


def _model(standing: FormsState, forms: Sequence[int], items: Integers) -> tuple[MipModel, Integers]:
    """Return the model, and its columns (forms, items) for the items of each form."""
    plan = standing.plan
    columns, rows = MipColumns(), MipRows()
    place = np.full(plan.n_items, -1, dtype=np.int64)
    place[items] = np.arange(len(items))
    chosen = columns.add((len(forms), len(items)))

    def add(at: Integers, values: Floats, least: float, greatest: float, now: float) -> None:
        """Add a row that may be violated by no more than it is now."""
        short = max(0.0, least - now, now - greatest)
        if short > 1e-9:
            slack = columns.add((2,), MISFIT, 0.0, short, integer=False)
            at, values = np.concatenate([at, slack]), np.concatenate([values, [1.0, -1.0]])
        rows.add(at, values, least, greatest)

    dense = plan.broad[items]
    in_entries = place[plan.entry_item] >= 0
    entry_row, entry_value = plan.entry_row[in_entries], plan.entry_value[in_entries]
    entry_place = place[plan.entry_item[in_entries]]
    groups = np.unique(plan.member_group[place[plan.member_item] >= 0])
    for form, held in zip(forms, chosen, strict=True):
        for number, coefficients in enumerate(dense.T):
            inside = np.flatnonzero(coefficients)
            least, greatest = float(plan.broad_least[number]), float(plan.broad_greatest[number])
            load = float(standing.loads[form, number])
            add(held[inside], coefficients[inside], least, greatest, load)
        loads = np.bincount(
            plan.entry_row, plan.entry_value * standing.held[form, plan.entry_item], len(plan.narrow_least)
        )
        for number in np.unique(entry_row):
            mine = entry_row == number
            values, load = entry_value[mine], float(loads[number])
            least, greatest = float(plan.narrow_least[number]), float(plan.narrow_greatest[number])
            if values[values > 0].sum() > greatest or values[values < 0].sum() < least or load < least:
                add(held[entry_place[mine]], values, least, greatest, load)
        for group in groups:
            members = plan.member_item[plan.member_group == group]
            count = int(standing.held[form, members].sum())
            places = place[members]
            of_group = held[places[places >= 0]]
            fewest, most = int(plan.group_least[group]), int(plan.group_greatest[group])
            if len(of_group) < fewest and count == 0:
                rows.add(of_group, 1.0, 0, 0)
                continue
            used = int(columns.add((1,))[0])
            off = min(count, max(0, fewest - count, count - most))
            slack = columns.add((2 if off else 0,), MISFIT, 0.0, float(off), integer=False)
            ones = np.ones(len(of_group))
            for bound, give, sign in ((fewest, slack[:1], 1.0), (most, slack[1:], -1.0)):
                values = np.concatenate([ones, [-float(bound)], [sign] * len(give)])
                low, high = (0, INFINITE) if sign > 0 else (-INFINITE, 0)
                rows.add(np.concatenate([of_group, [used], give]), values, low, high)
        # Items shared with each form that is fixed.
        for other in range(plan.n_forms) if plan.most_uses > 1 else ():
            if other not in forms:
                both = np.flatnonzero(standing.held[other, items])
                if plan.shared_least > 0 or len(both) > plan.shared_greatest:
                    now = float(standing.shared[form, other])
                    add(held[both], np.ones(len(both)), plan.shared_least, plan.shared_greatest, now)
    # How many of these forms may have an item.
    elsewhere = standing.uses - standing.held[list(forms)].sum(axis=0)
    left = (plan.most_uses - elsewhere)[items].astype(np.float64)
    few = left < len(forms)
    rows.add_block(chosen.T[few], 1.0, -INFINITE, left[few])
    # Items that the forms share with each other.
    for n, m in combinations(range(len(forms)), 2) if plan.most_uses > 1 else ():
        shared = columns.add((len(items),))
        rows.add_block(np.stack([shared, chosen[n], chosen[m]], axis=1), [1.0, -1.0, -1.0], -1, INFINITE)
        for held in (chosen[n], chosen[m]) if plan.shared_least > 0 else ():
            rows.add_block(np.stack([shared, held], axis=1), [1.0, -1.0], -INFINITE, 0)
        now = float(standing.shared[forms[n], forms[m]])
        add(shared, np.ones(len(items)), plan.shared_least, plan.shared_greatest, now)
    far = columns.add((1,), 1.0, 0.0, INFINITE, integer=False)
    for k, give in enumerate(standing.give_way):
        values = plan.values[items, k] / give
        middle = float((standing.course[k] - plan.base[k]) / give)
        for held in chosen:
            rows.add(np.append(held, far), np.append(values, 1.0), middle, INFINITE)
            rows.add(np.append(held, far), np.append(values, -1.0), -INFINITE, middle)
    return columns.model(rows), chosen
