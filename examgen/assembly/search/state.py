"""Forms as they stand while they are dealt and polished: what they hold, and by how much they miss.

A *misfit* is what a form misses of its rows, groups and shared items, in items; its *bend* is how far its
curve is from the course that all forms should take, squared, in units of the deviation allowed.

A task, an anchor and some of its items → the task of the rest of each form, over those items alone.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from examgen.assembly.search.aggregate import greatest_length, kinds
from examgen.assembly.search.highs import Floats, Integers
from examgen.assembly.task import LinearConstraint, Task


class Narrow(NamedTuple):
    """A task without an anchor; item i of it is item `pool[i]` of the whole task."""

    task: Task
    pool: Integers
    anchor: Integers
    base: Floats
    """(points,): what the anchor adds to each curve, over the target."""


def narrowed(task: Task, anchor: Integers, items: Integers) -> Narrow:
    """The task that is left of `task` once the anchor stands; `items` are in order, none of the anchor."""
    place = np.full(task.n_items, -1, dtype=np.int64)
    place[items] = np.arange(len(items))
    standing = np.zeros(task.n_items, dtype=bool)
    standing[anchor] = True
    rows = [_rest_of_row(row, place, standing) for row in task.rows]
    groups = []
    for group in task.groups:
        members = np.array(group.items, dtype=np.int64)
        inside = tuple(int(i) for i in place[members] if i >= 0)
        n_standing = int(standing[members].sum())
        if n_standing:
            least, greatest = max(0, group.least - n_standing), group.greatest - n_standing
            ones = (1.0,) * len(inside)
            rows.append(LinearConstraint(group.name, group.field, inside, ones, least, greatest, False))
        elif inside:
            groups.append(group._replace(items=inside))
    goal = task.goal and task.goal._replace(values=task.goal.values[items])
    rest = task._replace(n_items=len(items), rows=tuple(rows), groups=tuple(groups), anchor=None, goal=goal)
    return Narrow(rest, items, anchor, _base(task, anchor))


def _rest_of_row(
    row: LinearConstraint, place: Integers, standing: np.typing.NDArray[np.bool_]
) -> LinearConstraint:
    members = np.array(row.items, dtype=np.int64)
    values = np.array(row.coefficients, dtype=np.float64)
    done = float(values[standing[members]].sum())
    inside = place[members] >= 0
    return row._replace(
        items=tuple(place[members[inside]].tolist()),
        coefficients=tuple(values[inside].tolist()),
        least=row.least - done,
        greatest=row.greatest - done,
    )


def _base(task: Task, anchor: Integers) -> Floats:
    if task.goal is None:
        return np.zeros(0)
    return np.asarray(task.goal.values[anchor].sum(axis=0) / np.array(task.goal.targets))


Booleans = npt.NDArray[np.bool_]

BROAD = 8
"""Rows over more items than this are kept as dense vectors; the others as lists of entries."""
TIGHT = 2
"""Counts that may vary by no more than this tell the classes of items apart, if that leaves them large."""

FEWEST_SWAPS = 1_200
"""A form should have as many swaps with all other items."""


class Layout(NamedTuple):
    """The constraints of one form as arrays; items are numbered as in the narrowed task."""

    broad: Floats
    """(items, broad rows): coefficients, over the scale of the row."""
    broad_least: Floats
    broad_greatest: Floats
    entry_row: Integers
    """(entries,): the other rows, entry by entry."""
    entry_item: Integers
    entry_value: Floats
    narrow_least: Floats
    narrow_greatest: Floats
    member_group: Integers
    """(memberships,): groups, member by member."""
    member_item: Integers
    group_least: Integers
    group_greatest: Integers
    values: Floats
    """(items, points): what an item adds to the curve, over the target."""
    base: Floats
    dealt_class: Integers
    """(items,): items of one class are alike in the tightest counts, and dealt out evenly."""
    item_class: Integers
    """(items,): the same, but coarser where a form would have few swaps of two items of one class."""
    within_class: Booleans
    """(broad rows,): rows in which items of one class are alike."""
    kind: Integers
    """(items,): items of one kind are alike in everything."""
    counted: Booleans
    """(broad rows,): rows that count items."""
    shared_least: int
    shared_greatest: int
    most_uses: int
    n_forms: int

    across: Integers
    """Rows in which items of one class differ."""
    broad_across: Floats
    """(items, rows across): their coefficients."""

    @property
    def n_items(self) -> int:
        """How many items there are."""
        return len(self.broad)


def layout(narrow: Narrow, most_uses: int) -> Layout:
    """Arrays of a narrowed task."""
    task = narrow.task
    rows = [row for row in task.rows if row.items and _binds(row)]
    broad = [row for row in rows if len(row.items) > BROAD]
    others = [row for row in rows if len(row.items) <= BROAD]
    scales = np.array([_scale(row) for row in broad])
    dense = np.zeros((task.n_items, len(broad)))
    for number, row in enumerate(broad):
        dense[list(row.items), number] = np.array(row.coefficients) / scales[number]
    dealt_class, item_class = _classes(task, broad, dense)
    first = np.unique(item_class, return_index=True)[1]
    alike = [bool(np.all(column == column[first][item_class])) for column in dense.T]
    within_class = np.array(alike, dtype=bool).reshape(dense.shape[1])
    values = np.zeros((task.n_items, 0))
    if task.goal is not None:
        values = task.goal.values / np.array(task.goal.targets)
    pairs = [(n, i) for n, group in enumerate(task.groups) for i in group.items]
    array = np.array(pairs, dtype=np.int64).reshape(-1, 2)
    least = np.array([group.least for group in task.groups], dtype=np.int64)
    greatest = np.array([group.greatest for group in task.groups], dtype=np.int64)
    return Layout(
        dense,
        np.array([row.least for row in broad]) / scales,
        np.array([row.greatest for row in broad]) / scales,
        *_entries(others),
        *(array[:, 0], array[:, 1], least, greatest),
        values,
        narrow.base,
        dealt_class,
        item_class,
        within_class,
        kinds(task),
        np.array([row.counts for row in broad], dtype=bool),
        task.shared_least,
        task.shared_greatest,
        most_uses,
        task.n_forms,
        np.flatnonzero(~within_class),
        np.ascontiguousarray(dense[:, ~within_class]),
    )


def _binds(row: LinearConstraint) -> bool:
    """Whether there are items that break the row."""
    values = np.array(row.coefficients)
    lowest, highest = values[values < 0].sum(), values[values > 0].sum()
    return bool(lowest < row.least or highest > row.greatest)


def _scale(row: LinearConstraint) -> float:
    """What one item is worth in the row."""
    return 1.0 if row.counts else float(np.abs(row.coefficients).mean()) or 1.0


def _entries(rows: list[LinearConstraint]) -> tuple[Integers, Integers, Floats, Floats, Floats]:
    scales = np.array([_scale(row) for row in rows])
    number = [n for n, row in enumerate(rows) for _ in row.items]
    values = [c / scales[n] for n, row in enumerate(rows) for c in row.coefficients]
    return (
        np.array(number, dtype=np.int64),
        np.array([i for row in rows for i in row.items], dtype=np.int64),
        np.array(values, dtype=np.float64),
        np.array([row.least for row in rows]) / scales,
        np.array([row.greatest for row in rows]) / scales,
    )


def _classes(task: Task, broad: list[LinearConstraint], dense: Floats) -> tuple[Integers, Integers]:
    """Classes by the tightest counts: as many as leave some items to deal; as many as leave some swaps."""
    tight = [
        n
        for n, row in sorted(enumerate(broad), key=lambda pair: (pair[1].greatest - pair[1].least, pair[0]))
        if row.counts and row.greatest - row.least <= TIGHT
    ]
    n_swaps = greatest_length(task) * task.n_items
    dealt = swapped = np.zeros(task.n_items, dtype=np.int64)
    for number in tight:
        finer = np.unique(dealt * 2 + (dense[:, number] > 0), return_inverse=True)[1].astype(np.int64)
        n_classes = int(finer.max(initial=0)) + 1
        if n_classes > max(8, task.n_items // (2 * task.n_forms)):
            break
        dealt = finer
        if n_swaps >= FEWEST_SWAPS * n_classes:
            swapped = finer
    return dealt, swapped


def short_of(load: Floats, least: Floats, greatest: Floats) -> Floats:
    """How far loads are outside their bounds; all broadcast."""
    return np.maximum(0, np.maximum(least - load, load - greatest))


class Standing:
    """What the forms hold, and what follows from it; changed by `give` and `take` alone."""

    def __init__(self, plan: Layout, course: Floats, give_way: Floats) -> None:
        self.plan, self.course, self.give_way = plan, course, give_way
        n, f = plan.n_items, plan.n_forms
        self.held = np.zeros((f, n), dtype=bool)
        self.uses = np.zeros(n, dtype=np.int64)
        self.loads = np.zeros((f, plan.broad.shape[1]))
        self.curves = np.tile(plan.base, (f, 1))
        self.shared = np.zeros((f, f), dtype=np.int64)
        self.drift_price = 0.0
        self.version = np.zeros(f, dtype=np.int64)
        """How often each form was changed."""
        self._came, self._went = np.zeros((f, n)), np.zeros((f, n))
        self._narrow_misfit: dict[int, float] = {}

    def add(self, form: int, item: int) -> None:
        """The form takes the item in."""
        self._change(form, item, 1)

    def drop(self, form: int, item: int) -> None:
        """The form lets the item go."""
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
        """The form holds just these."""
        for item in np.flatnonzero(self.held[form]):
            self.drop(form, int(item))
        for item in items:
            self.add(form, int(item))

    def misfit(self, form: int) -> float:
        """What the form misses, in items."""
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
        """How far the curve is from its course; 1 for one point at the deviation allowed."""
        return float((((self.curves[form] - self.course) / self.give_way) ** 2).sum())

    def off(self) -> Floats:
        """How far each curve is from its course, in deviations allowed; (forms, points)."""
        return np.asarray((self.curves - self.course) / self.give_way)

    def drift(self) -> float:
        """The price of how far all forms together are from the course, which only free items change."""
        return self.drift_price * float((self.off().sum(axis=0) ** 2).sum())

    def deviation(self, form: int) -> float:
        """The largest distance of the curve from its course; 1 at the deviation allowed."""
        return float((np.abs(self.curves[form] - self.course) / self.give_way).max(initial=0.0))

    def prices(self) -> tuple[Floats, Floats]:
        """By how much the misfit grows in narrow rows and groups, (forms, items): if it comes; if it goes."""
        for form in range(self.plan.n_forms):
            self._price(form)
        return self._came, self._went

    def _price(self, form: int) -> float:
        """The misfit in narrow rows and groups; brings the form's prices up to date."""
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
    """The sum of the values at each place."""
    return np.bincount(places, np.asarray(values, dtype=np.float64), size).astype(np.float64)


def off_groups(count: Floats, least: Integers, greatest: Integers) -> Floats:
    """How many items a group is from none, or from least to greatest."""
    count = np.maximum(count, 0)
    used = np.maximum(0, np.maximum(least - count, count - greatest))
    return np.minimum(count, used)
