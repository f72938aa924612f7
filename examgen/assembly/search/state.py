"""The state of forms while they are dealt and polished: their items, and how much they violate.

The *misfit* of a form is the extent to which it violates its rows, groups and limits on shared items, in
items. Its *bend* is the squared distance of its curve from the course that all forms should take, in units
of the allowed deviation.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from examgen.assembly.search.aggregate import greatest_length, kinds
from examgen.assembly.search.highs import Floats, Integers
from examgen.assembly.task import LinearConstraint, Task

Booleans = npt.NDArray[np.bool_]

BROAD = 8
"""Rows over more items than this are stored as dense vectors, others as lists of entries."""
TIGHT = 2
"""Counts that may vary by no more than this define the classes of items, if the classes stay large."""

FEWEST_SWAPS = 1_200
"""The minimum number of swaps that a form should have with all other items."""


def narrowed(task: Task, anchor: Integers, items: Integers) -> tuple[Task, Floats]:
    """Return the remaining task once the anchor is fixed, without an anchor and over `items` only, and the
    contribution of the anchor to each curve, divided by the target. `items` are sorted and contain none of
    the anchor."""
    place = np.full(task.n_items, -1, dtype=np.int64)
    place[items] = np.arange(len(items))
    standing = np.zeros(task.n_items, dtype=bool)
    standing[anchor] = True
    rows = []
    for row in task.rows:
        members = np.array(row.items, dtype=np.int64)
        values = np.array(row.coefficients, dtype=np.float64)
        done = float(values[standing[members]].sum())
        inside = place[members] >= 0
        rows.append(
            row._replace(
                items=tuple(place[members[inside]].tolist()),
                coefficients=tuple(values[inside].tolist()),
                least=row.least - done,
                greatest=row.greatest - done,
            )
        )
    groups = []
    for group in task.groups:
        members = np.array(group.items, dtype=np.int64)
        left = tuple(int(i) for i in place[members] if i >= 0)
        n_standing = int(standing[members].sum())
        if n_standing:
            least, greatest = max(0, group.least - n_standing), group.greatest - n_standing
            ones = (1.0,) * len(left)
            rows.append(LinearConstraint(group.name, group.field, left, ones, least, greatest, False))
        elif left:
            groups.append(group._replace(items=left))
    goal = task.goal and task.goal._replace(values=task.goal.values[items])
    rest = task._replace(n_items=len(items), rows=tuple(rows), groups=tuple(groups), anchor=None, goal=goal)
    base = np.zeros(0)
    if task.goal is not None:
        base = task.goal.values[anchor].sum(axis=0) / np.array(task.goal.targets)
    return rest, base


class FormArrays(NamedTuple):
    """The constraints of one form as arrays; items are numbered as in the narrowed task."""

    broad: Floats
    """(items, broad rows): coefficients, divided by the scale of the row."""
    broad_least: Floats
    broad_greatest: Floats
    entry_row: Integers
    """(entries,): the entries of the other rows."""
    entry_item: Integers
    entry_value: Floats
    narrow_least: Floats
    narrow_greatest: Floats
    member_group: Integers
    """(memberships,): the members of the groups."""
    member_item: Integers
    group_least: Integers
    group_greatest: Integers
    values: Floats
    """(items, points): the contribution of an item to the curve, divided by the target."""
    base: Floats
    assigned_class: Integers
    """(items,): the class of each item. Items of one class have equal coefficients in the tightest counts,
    and are dealt evenly."""
    item_class: Integers
    """(items,): the same, but coarser if a form would have few swaps of two items of one class."""
    within_class: Booleans
    """(broad rows,): whether all items of a class have equal coefficients."""
    kind: Integers
    """(items,): the kind of each item; items of one kind are the same in every respect."""
    counted: Booleans
    """(broad rows,): whether the row counts items."""
    shared_least: int
    shared_greatest: int
    most_uses: int
    n_forms: int

    across: Integers
    """The rows in which items of one class differ."""
    broad_across: Floats
    """(items, rows across): their coefficients."""

    @property
    def n_items(self) -> int:
        """The number of items."""
        return len(self.broad)


def form_arrays(task: Task, base: Floats, most_uses: int) -> FormArrays:
    """Return the arrays of a task without an anchor; `base` is added to each curve."""
    rows = []
    for row in task.rows:  # those that some items break
        coefficients = np.array(row.coefficients)
        lowest, highest = coefficients[coefficients < 0].sum(), coefficients[coefficients > 0].sum()
        if row.items and (lowest < row.least or highest > row.greatest):
            rows.append(row)
    broad = [row for row in rows if len(row.items) > BROAD]
    scales = np.array([_scale(row) for row in broad])
    dense = np.zeros((task.n_items, len(broad)))
    for number, row in enumerate(broad):
        dense[list(row.items), number] = np.array(row.coefficients) / scales[number]
    narrow = [row for row in rows if len(row.items) <= BROAD]
    narrow_scales = np.array([_scale(row) for row in narrow])
    # Classes by the tightest counts: as many as leave some items to deal; as many as leave some swaps.
    n_swaps = greatest_length(task) * task.n_items
    assigned_class = item_class = np.zeros(task.n_items, dtype=np.int64)
    by_width = sorted(enumerate(broad), key=lambda pair: (pair[1].greatest - pair[1].least, pair[0]))
    for number, row in by_width:
        if row.counts and row.greatest - row.least <= TIGHT:
            finer = np.unique(assigned_class * 2 + (dense[:, number] > 0), return_inverse=True)[1]
            n_classes = int(finer.max(initial=0)) + 1
            if n_classes > max(8, task.n_items // (2 * task.n_forms)):
                break
            assigned_class = finer.astype(np.int64)
            if n_swaps >= FEWEST_SWAPS * n_classes:
                item_class = assigned_class
    first = np.unique(item_class, return_index=True)[1]
    within_class = np.array([np.all(column == column[first][item_class]) for column in dense.T], dtype=bool)
    members = np.array([(n, i) for n, group in enumerate(task.groups) for i in group.items], dtype=np.int64)
    member_group, member_item = members.reshape(-1, 2).T
    return FormArrays(
        broad=dense,
        broad_least=np.array([row.least for row in broad]) / scales,
        broad_greatest=np.array([row.greatest for row in broad]) / scales,
        entry_row=np.array([n for n, row in enumerate(narrow) for _ in row.items], dtype=np.int64),
        entry_item=np.array([i for row in narrow for i in row.items], dtype=np.int64),
        entry_value=np.array(
            [c / scale for scale, row in zip(narrow_scales, narrow, strict=True) for c in row.coefficients],
            dtype=np.float64,
        ),
        narrow_least=np.array([row.least for row in narrow]) / narrow_scales,
        narrow_greatest=np.array([row.greatest for row in narrow]) / narrow_scales,
        member_group=member_group,
        member_item=member_item,
        group_least=np.array([group.least for group in task.groups], dtype=np.int64),
        group_greatest=np.array([group.greatest for group in task.groups], dtype=np.int64),
        values=(
            np.zeros((task.n_items, 0))
            if task.goal is None
            else task.goal.values / np.array(task.goal.targets)
        ),
        base=base,
        assigned_class=assigned_class,
        item_class=item_class,
        within_class=within_class,
        kind=kinds(task),
        counted=np.array([row.counts for row in broad], dtype=bool),
        shared_least=task.shared_least,
        shared_greatest=task.shared_greatest,
        most_uses=most_uses,
        n_forms=task.n_forms,
        across=np.flatnonzero(~within_class),
        broad_across=np.ascontiguousarray(dense[:, ~within_class]),
    )


def _scale(row: LinearConstraint) -> float:
    """Return the contribution of one item to the row."""
    return 1.0 if row.counts else float(np.abs(row.coefficients).mean()) or 1.0


def short_of(load: Floats, least: Floats, greatest: Floats) -> Floats:
    """Return how far loads are outside their bounds; all arguments are broadcast."""
    return np.maximum(0, np.maximum(least - load, load - greatest))


class FormsState:
    """The items of the forms and the sums that follow from them. Changed only by `add`, `drop` and
    `replace`."""

    def __init__(self, plan: FormArrays, course: Floats, give_way: Floats) -> None:
        self.plan, self.course, self.give_way = plan, course, give_way
        n, f = plan.n_items, plan.n_forms
        self.held = np.zeros((f, n), dtype=bool)
        self.uses = np.zeros(n, dtype=np.int64)
        self.loads = np.zeros((f, plan.broad.shape[1]))
        self.curves = np.tile(plan.base, (f, 1))
        self.shared = np.zeros((f, f), dtype=np.int64)
        self.drift_price = 0.0
        self.version = np.zeros(f, dtype=np.int64)
        """The number of changes to each form."""
        self._came, self._went = np.zeros((f, n)), np.zeros((f, n))
        self._narrow_misfit: dict[int, float] = {}

    def add(self, form: int, item: int) -> None:
        """Add the item to the form."""
        self._change(form, item, 1)

    def drop(self, form: int, item: int) -> None:
        """Remove the item from the form."""
        self._change(form, item, -1)

    def _change(self, form: int, item: int, sign: int) -> None:
        assert self.held[form, item] == (sign < 0)
        self.held[form, item] = False
        others = self.held[:, item]
        self.shared[form, others] += sign
        self.shared[others, form] += sign
        self.held[form, item] = sign > 0
        self.uses[item] += sign
        self.loads[form] += sign * self.plan.broad[item]
        self.curves[form] += sign * self.plan.values[item]
        self.version[form] += 1
        self._narrow_misfit.pop(form, None)

    def replace(self, form: int, items: Integers) -> None:
        """Replace all items of the form by these."""
        for item in np.flatnonzero(self.held[form]):
            self.drop(form, int(item))
        for item in items:
            self.add(form, int(item))

    def misfit(self, form: int) -> float:
        """Return the misfit of the form, in items."""
        plan = self.plan
        broad = short_of(self.loads[form], plan.broad_least, plan.broad_greatest)
        shared = short_of(
            np.delete(self.shared[form], form).astype(np.float64),
            np.array(plan.shared_least),
            np.array(plan.shared_greatest),
        )
        total = float(broad.sum() + shared.sum()) + self._price(form)
        return 0.0 if total < 1e-7 else total

    def bend(self, form: int) -> float:
        """Return the squared distance of the curve from its course; 1 for one point at the allowed
        deviation."""
        return float((((self.curves[form] - self.course) / self.give_way) ** 2).sum())

    def off(self) -> Floats:
        """Return the distance of each curve from its course, (forms, points), in allowed deviations."""
        return np.asarray((self.curves - self.course) / self.give_way)

    def drift(self) -> float:
        """Return the price of the distance of all forms together from the course, which only free items
        change."""
        return self.drift_price * float((self.off().sum(axis=0) ** 2).sum())

    def deviation(self, form: int) -> float:
        """Return the largest distance of the curve from its course; 1 at the allowed deviation."""
        return float((np.abs(self.curves[form] - self.course) / self.give_way).max(initial=0.0))

    def prices(self) -> tuple[Floats, Floats]:
        """Return the increase of the misfit in narrow rows and groups, (forms, items), if an item is added
        and if it is removed."""
        for form in range(self.plan.n_forms):
            self._price(form)
        return self._came, self._went

    def _price(self, form: int) -> float:
        """Return the misfit in narrow rows and groups, after updating the form's prices."""
        if form in self._narrow_misfit:
            return self._narrow_misfit[form]
        plan, held = self.plan, self.held[form]
        n = plan.n_items
        row, item, value = plan.entry_row, plan.entry_item, plan.entry_value
        load = _sums(row, value * held[item], len(plan.narrow_least))
        short = short_of(load, plan.narrow_least, plan.narrow_greatest)
        least, greatest = plan.narrow_least[row], plan.narrow_greatest[row]
        came = _sums(item, short_of(load[row] + value, least, greatest) - short[row], n)
        went = _sums(item, short_of(load[row] - value, least, greatest) - short[row], n)
        group, member = plan.member_group, plan.member_item
        count = _sums(group, held[member], len(plan.group_least))
        off = off_groups(count, plan.group_least, plan.group_greatest)
        low, high = plan.group_least[group], plan.group_greatest[group]
        came += _sums(member, off_groups(count[group] + 1, low, high) - off[group], n)
        went += _sums(member, off_groups(count[group] - 1, low, high) - off[group], n)
        self._came[form], self._went[form] = came, went
        self._narrow_misfit[form] = float(short.sum() + off.sum())
        return self._narrow_misfit[form]


def _sums(places: Integers, values: npt.ArrayLike, size: int) -> Floats:
    """Return the sum of the values at each position."""
    return np.bincount(places, np.asarray(values, dtype=np.float64), size).astype(np.float64)


def off_groups(count: Floats, least: Integers, greatest: Integers) -> Floats:
    """Return how many items a group is from having none, or from having `least` to `greatest`."""
    count = np.maximum(count, 0)
    used = np.maximum(0, np.maximum(least - count, count - greatest))
    return np.minimum(count, used)
