"""A task → one model of all its forms at once: how many forms contain each item, not which ones.

It has the rows of one form times the number of forms. Shared items are summed over pairs of forms: an item
in x forms is shared by x (x − 1) / 2 pairs, which is convex in x, so that its x-th use costs x − 1. Items
that nothing distinguishes are one kind. The sum of any forms satisfies this model. So if it has no
solution, there are no forms, and its optimum, also that of the linear relaxation, is a bound of the goal.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from math import comb
from typing import NamedTuple

import numpy as np

from examgen.assembly.search.highs import (
    INFINITE,
    Floats,
    Integers,
    MipAnswer,
    MipColumns,
    MipModel,
    MipRows,
    solve,
)
from examgen.assembly.task import Infeasible, Task

MOST_PIECES = 4
"""Uses of an item beyond this number cost as much as the last one. This underestimates the cost, so the bound
stays valid."""


class Aggregate(NamedTuple):
    """The model, and the positions of its columns."""

    model: MipModel
    kind_of: Integers
    """(items,): the kind of each item."""
    uses: Integers
    """(kinds, pieces): the number of forms that contain the kind for the first, second … time, without
    anchors."""
    anchor: Integers
    """(kinds,): the number of anchor items; empty if the task has no anchor."""
    used: Integers
    """(groups,): the number of forms that use the group."""
    row_of: Integers
    """(rows of the task,): the row of the model; −1 if it is left out because it cannot be violated."""
    n_forms: int

    def weighed(self, weights: Floats) -> Aggregate:
        """Return the model with an additional cost of each use, by item."""
        costs = self.model.costs.copy()
        first = np.unique(self.kind_of, return_index=True)[1]
        costs[self.uses] += weights[first][:, None]
        return self._replace(model=self.model._replace(costs=costs))

    def bounded(self, least: Floats, greatest: Floats) -> Aggregate:
        """Return the model with other bounds of the task's rows, given for one form."""
        inside = self.row_of >= 0
        lower, upper = self.model.row_lower.copy(), self.model.row_upper.copy()
        lower[self.row_of[inside]] = self.n_forms * least[inside]
        upper[self.row_of[inside]] = self.n_forms * greatest[inside]
        return self._replace(model=self.model._replace(row_lower=lower, row_upper=upper))

    def capped(self, within: float) -> Aggregate:
        """Return the model with another cap of a relative goal, which is in the entries of the last column
        below −1."""
        model = self.model
        cap = (model.columns == len(model.costs) - 1) & (model.values < -1)
        return self._replace(model=model._replace(values=np.where(cap, -(1 + within), model.values)))


def most_uses(task: Task) -> int:
    """Return the maximum number of forms in which an item outside the anchor may be."""
    most = task.n_forms if task.most_uses is None else min(task.most_uses, task.n_forms)
    return min(most, 1) if task.shared_greatest == 0 else most


def greatest_length(task: Task) -> int:
    """Return an upper bound of the number of items in a form."""
    every = [row.greatest for row in task.rows if len(row.items) == task.n_items and row.counts]
    return int(min([*every, task.n_items]))


def aggregate(task: Task) -> Aggregate:
    """Return the aggregate model of a task."""
    n_forms, n_pairs, longest = task.n_forms, comb(task.n_forms, 2), greatest_length(task)
    columns, rows = MipColumns(), MipRows()
    kind_of = kinds(task)
    first = np.unique(kind_of, return_index=True)[1]
    count = np.bincount(kind_of).astype(np.float64)
    most = most_uses(task)
    bounded = task.shared_least > 0 or task.shared_greatest < longest
    pieces = min(most, MOST_PIECES if n_forms > 1 and (bounded or task.goal is None) else 1)
    capacity = np.outer(count, np.ones(pieces))
    capacity[:, pieces - 1 :] *= most - pieces + 1
    costs = np.arange(pieces, dtype=np.float64) * (task.goal is None)
    uses = columns.add((len(first), pieces), costs, upper=capacity)
    anchor = columns.add((len(first),), upper=count) if task.anchor is not None else np.empty(0, np.int64)
    used = columns.add((len(task.groups),), upper=n_forms)

    def terms(
        items: Sequence[int] | Integers, coefficients: Sequence[float] | Floats
    ) -> tuple[Integers, Floats]:
        """Return the columns and values of Σ coefficient · uses over all forms, with each kind once."""
        kinds, values = of_kinds(items, coefficients)
        at, times = [uses[kinds].ravel()], [np.repeat(values, pieces)]
        if len(anchor):
            at.append(anchor[kinds])
            times.append(values * n_forms)
        return np.concatenate(at), np.concatenate(times)

    def of_kinds(
        items: Sequence[int] | Integers, coefficients: Sequence[float] | Floats
    ) -> tuple[Integers, Floats]:
        """Return the kinds whose first item is among these, and its coefficient."""
        at, values = np.array(items, dtype=np.int64), np.array(coefficients, dtype=np.float64)
        kinds = kind_of[at]
        inside = first[kinds] == at
        return kinds[inside], values[inside]

    row_of = np.full(len(task.rows), -1, dtype=np.int64)
    for number, row in enumerate(task.rows):
        coefficients = np.array(row.coefficients, dtype=np.float64)
        never_short = row.least <= 0 and not len(anchor) and bool(np.all(coefficients >= 0))
        if not (never_short and coefficients.sum() * most <= n_forms * row.greatest):
            sums = terms(row.items, coefficients)
            row_of[number] = rows.add(*sums, n_forms * row.least, n_forms * row.greatest)
    if task.anchor is not None:
        rows.add(anchor, 1.0, task.anchor.size, task.anchor.size)
        for row in task.anchor.rows:
            kinds_in, values = of_kinds(row.items, row.coefficients)
            rows.add(anchor[kinds_in], values, row.least, row.greatest)
        both = np.concatenate([uses, anchor[:, None]], axis=1)
        rows.add_block(both, np.array([1.0] * pieces + [float(most)]), -INFINITE, count * most)
    for column, group in zip(used, task.groups, strict=True):
        at, values = terms(group.items, np.ones(len(group.items)))
        at = np.append(at, column)
        rows.add(at, np.append(values, -float(group.least)), 0, INFINITE)
        rows.add(at, np.append(values, -float(group.greatest)), -INFINITE, 0)
        for item in group.items:
            at, values = terms([item], [1.0])
            if len(at):
                rows.add(np.append(at, column), np.append(values, -count[kind_of[item]]), -INFINITE, 0)
    # What any two forms share, summed over pairs.
    every, least_pairs = uses.ravel(), n_pairs * task.shared_least
    if pieces < 2 and n_pairs and task.shared_least > 0:
        rows.add(every, 0.0, least_pairs, INFINITE)
    elif pieces > 1:
        shares = np.arange(pieces, dtype=np.float64)
        if task.shared_greatest < longest:
            rows.add(every, np.tile(shares, len(uses)), -INFINITE, n_pairs * task.shared_greatest)
        if task.shared_least > 0:
            rows.add(every, (most - 1) / 2, least_pairs, INFINITE)
            # An item has a second use only after a first; with a lower bound this must be a constraint.
            last = most - pieces + 1
            for piece, (one, other) in enumerate(pairwise(uses.T)):
                share = 1.0 / last if piece == pieces - 2 else 1.0
                rows.add_block(np.stack([one, other], axis=1), [1.0, -share], 0, INFINITE)
            shares[-1] += (last - 1) / 2
            rows.add(every, np.tile(shares, len(uses)), least_pairs, INFINITE)
    if task.goal is not None:
        absolute, cap = task.goal.kind == "absolute", -(1 + task.goal.within)
        upper = task.goal.within if absolute else INFINITE
        level = int(columns.add((1,), 1.0 if absolute else -1.0, 0.0, upper, integer=False)[0])
        bounds = (
            ((-1.0, -INFINITE, 1), (1.0, 1, INFINITE))
            if absolute
            else ((-1.0, 0, INFINITE), (cap, -INFINITE, 0))
        )
        for target, per_item in zip(task.goal.targets, task.goal.values.T, strict=True):
            at, values = terms(np.arange(task.n_items), per_item / (target * n_forms))
            for sign, least, greatest in bounds:
                rows.add(np.append(at, level), np.append(values, sign), least, greatest)
    return Aggregate(columns.model(rows), kind_of, uses, anchor, used, row_of, n_forms)


def kinds(task: Task) -> Integers:
    """Return the kind of each item, numbered by first item; items of a kind are the same in every row,
    group and curve.

    Each member of a group is a kind of its own, because it matters which of two groups an item is in.
    """
    marks: list[list[tuple[int, float]]] = [[] for _ in range(task.n_items)]
    rows = [*task.rows, *(task.anchor.rows if task.anchor else ())]
    for number, row in enumerate(rows):
        for item, coefficient in zip(row.items, row.coefficients, strict=True):
            marks[item].append((number, coefficient))
    for group in task.groups:
        for item in group.items:
            marks[item].append((-1 - item, 0.0))
    if task.goal is not None:
        for item, values in enumerate(task.goal.values.tolist()):
            marks[item] += [(len(rows) + k, value) for k, value in enumerate(values)]
    known: dict[tuple[tuple[int, float], ...], int] = {}
    return np.array([known.setdefault(tuple(mark), len(known)) for mark in marks], dtype=np.int64)


def relaxation(model: Aggregate) -> MipAnswer:
    """Solve the linear relaxation. Raises Infeasible if it has no solution."""
    answer = solve(model.model.relaxed())
    if answer.status in ("infeasible", "unbounded"):  # nothing here is unbounded
        raise Infeasible
    if answer.status != "optimal":
        raise AssertionError(f"the linear relaxation ends {answer.status}")
    return answer


def goal_of(relaxed: MipAnswer) -> float:
    """Return the value of the goal in the relaxation, which is its last column."""
    return float(relaxed.values[-1])
