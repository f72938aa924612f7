"""A task → one model of all its forms at once: how many forms hold each item, not which.

The rows of one form times the number of forms; what any two forms share, summed over pairs: an item that x
forms hold is shared by x (x − 1) / 2 pairs, which is convex in x, so that its x-th use costs x − 1. Items
that nothing tells apart are one kind. Whatever forms there are, their sum meets this model: where it has no
solution, there are no forms, and its optimum, also of the linear relaxation, is a bound of the goal.

A task → what no forms can better, by the linear relaxation of all its forms at once.
"""

from __future__ import annotations

from itertools import pairwise
from math import comb
from typing import NamedTuple

import numpy as np

from examgen.assembly.search.highs import INFINITE, Answer, Columns, Floats, Integers, Model, Rows, solve
from examgen.assembly.task import Goal, Infeasible, LinearConstraint, Task

MOST_PIECES = 4
"""Uses of an item beyond these cost as much as the last: too little, which keeps the bound true."""


class Aggregate(NamedTuple):
    """The model, and where its columns are."""

    model: Model
    kind_of: Integers
    """(items,): the kind of each item."""
    uses: Integers
    """(kinds, pieces): forms that hold the kind for the first, second … time, anchors aside."""
    anchor: Integers
    """(kinds,), or empty where the task has no anchor."""
    used: Integers
    """(groups,): the forms that use the group."""
    row_of: Integers
    """(rows of the task,): the row of the model, or −1 where it is left out, since it cannot be broken."""
    n_forms: int

    def weighed(self, weights: Floats) -> Aggregate:
        """With a cost of each use besides, by item."""
        costs = self.model.costs.copy()
        first = np.unique(self.kind_of, return_index=True)[1]
        costs[self.uses] += weights[first][:, None]
        return self._replace(model=self.model._replace(costs=costs))

    def bounded(self, least: Floats, greatest: Floats) -> Aggregate:
        """With other bounds of the task's rows, for one form."""
        inside = self.row_of >= 0
        lower, upper = self.model.row_lower.copy(), self.model.row_upper.copy()
        lower[self.row_of[inside]] = self.n_forms * least[inside]
        upper[self.row_of[inside]] = self.n_forms * greatest[inside]
        return self._replace(model=self.model._replace(row_lower=lower, row_upper=upper))

    def capped(self, within: float) -> Aggregate:
        """With another cap of a relative goal: that is in the entries of the last column below −1."""
        model = self.model
        cap = (model.columns == len(model.costs) - 1) & (model.values < -1)
        return self._replace(model=model._replace(values=np.where(cap, -(1 + within), model.values)))


def most_uses(task: Task) -> int:
    """In how many forms an item may be, those of the anchor aside."""
    most = task.n_forms if task.most_uses is None else min(task.most_uses, task.n_forms)
    return min(most, 1) if task.shared_greatest == 0 else most


def greatest_length(task: Task) -> int:
    """No form has more items than this."""
    every = [row.greatest for row in task.rows if len(row.items) == task.n_items and row.counts]
    return int(min([*every, task.n_items]))


def aggregate(task: Task) -> Aggregate:
    """The model."""
    return _Builder(task).build()


class _Builder:
    """Columns and rows while they are collected."""

    def __init__(self, task: Task) -> None:
        self.task = task
        self.columns, self.rows = Columns(), Rows()
        self.kind_of = kinds(task)
        self.first = np.unique(self.kind_of, return_index=True)[1]
        self.count = np.bincount(self.kind_of).astype(np.float64)
        self.most = most_uses(task)
        self.pieces = min(self.most, MOST_PIECES) if self._sharing_matters() else min(self.most, 1)

    def _sharing_matters(self) -> bool:
        task = self.task
        bounded = task.shared_least > 0 or task.shared_greatest < greatest_length(task)
        return task.n_forms > 1 and (bounded or task.goal is None)

    def build(self) -> Aggregate:
        task, n_kinds = self.task, len(self.first)
        capacity = np.outer(self.count, np.ones(self.pieces))
        capacity[:, self.pieces - 1 :] *= self.most - self.pieces + 1
        costs = np.arange(self.pieces, dtype=np.float64) * (task.goal is None)
        self.uses = self.columns.add((n_kinds, self.pieces), costs, upper=capacity)
        self.anchor = np.empty(0, np.int64)
        if task.anchor is not None:
            self.anchor = self.columns.add((n_kinds,), upper=self.count)
        self.used = self.columns.add((len(task.groups),), upper=task.n_forms)
        row_of = np.array([self._row(row) for row in task.rows], dtype=np.int64)
        anchor = self.task.anchor
        if anchor is not None:
            self.rows.add(self.anchor, 1.0, anchor.size, anchor.size)
            for row in anchor.rows:
                items = np.array(row.items, dtype=np.int64)
                first = self.first[self.kind_of[items]] == items
                values = np.array(row.coefficients, dtype=np.float64)[first]
                self.rows.add(self.anchor[self.kind_of[items[first]]], values, row.least, row.greatest)
            columns = np.concatenate([self.uses, self.anchor[:, None]], axis=1)
            values = np.array([1.0] * self.pieces + [float(self.most)])
            self.rows.add_block(columns, values, -INFINITE, self.count * self.most)
        for column, group in zip(self.used, task.groups, strict=True):
            self._group(int(column), group.items, group.least, group.greatest)
        self._sharing()
        if task.goal is not None:
            self._goal(task.goal)
        model = self.columns.model(self.rows)
        return Aggregate(model, self.kind_of, self.uses, self.anchor, self.used, row_of, task.n_forms)

    def _terms(self, items: Integers, coefficients: Floats) -> tuple[Integers, Floats]:
        """Columns and values of Σ coefficient · uses over all forms, each kind once."""
        kinds = self.kind_of[items]
        first = self.first[kinds] == items
        kinds, values = kinds[first], coefficients[first]
        columns = [self.uses[kinds].ravel()]
        all_values = [np.repeat(values, self.pieces)]
        if len(self.anchor):
            columns.append(self.anchor[kinds])
            all_values.append(values * self.task.n_forms)
        return np.concatenate(columns), np.concatenate(all_values)

    def _row(self, row: LinearConstraint) -> int:
        items = np.array(row.items, dtype=np.int64)
        coefficients = np.array(row.coefficients, dtype=np.float64)
        never_short = row.least <= 0 and not len(self.anchor) and bool(np.all(coefficients >= 0))
        if never_short and coefficients.sum() * self.most <= self.task.n_forms * row.greatest:
            return -1
        columns, values = self._terms(items, coefficients)
        return self.rows.add(columns, values, self.task.n_forms * row.least, self.task.n_forms * row.greatest)

    def _group(self, used: int, items: tuple[int, ...], least: int, greatest: int) -> None:
        members = np.array(items, dtype=np.int64)
        columns, values = self._terms(members, np.ones(len(members)))
        columns = np.append(columns, used)
        self.rows.add(columns, np.append(values, -float(least)), 0, INFINITE)
        self.rows.add(columns, np.append(values, -float(greatest)), -INFINITE, 0)
        for item in members:
            columns, values = self._terms(np.array([item]), np.ones(1))
            if len(columns):
                count = self.count[self.kind_of[item]]
                self.rows.add(np.append(columns, used), np.append(values, -count), -INFINITE, 0)

    def _sharing(self) -> None:
        task, n_pairs = self.task, comb(self.task.n_forms, 2)
        if not n_pairs or self.pieces < 2:
            if n_pairs and task.shared_least > 0:
                self.rows.add(self.uses.ravel(), 0.0, n_pairs * task.shared_least, INFINITE)
            return
        if task.shared_greatest < greatest_length(task):
            costs = np.tile(np.arange(self.pieces, dtype=np.float64), len(self.uses))
            self.rows.add(self.uses.ravel(), costs, -INFINITE, n_pairs * task.shared_greatest)
        if task.shared_least > 0:
            chord = (self.most - 1) / 2
            self.rows.add(self.uses.ravel(), chord, n_pairs * task.shared_least, INFINITE)
            # An item is used for the second time after the first; with a lower bound that must be said.
            n_pairs, last = comb(self.task.n_forms, 2), self.most - self.pieces + 1
            for piece, (one, other) in enumerate(pairwise(self.uses.T)):
                share = 1.0 / last if piece == self.pieces - 2 else 1.0
                self.rows.add_block(np.stack([one, other], axis=1), [1.0, -share], 0, INFINITE)
            times = np.arange(self.pieces, dtype=np.float64)
            times[-1] += (last - 1) / 2
            times = np.tile(times, len(self.uses))
            self.rows.add(self.uses.ravel(), times, n_pairs * self.task.shared_least, INFINITE)

    def _goal(self, goal: Goal) -> None:
        every = np.arange(self.task.n_items)
        absolute = goal.kind == "absolute"
        upper = goal.within if absolute else INFINITE
        level = int(self.columns.add((1,), 1.0 if absolute else -1.0, 0.0, upper, integer=False)[0])
        for k, target in enumerate(goal.targets):
            per_form = goal.values[:, k] / (target * self.task.n_forms)
            columns, values = self._terms(every, per_form)
            columns = np.append(columns, level)
            if absolute:
                self.rows.add(columns, np.append(values, -1.0), -INFINITE, 1)
                self.rows.add(columns, np.append(values, 1.0), 1, INFINITE)
            else:
                self.rows.add(columns, np.append(values, -1.0), 0, INFINITE)
                self.rows.add(columns, np.append(values, -(1 + goal.within)), -INFINITE, 0)


def kinds(task: Task) -> Integers:
    """The kind of each item, kinds numbered by their first item: items alike in every row, group and curve.

    Members of groups are each of a kind of its own: which of two sets an item is in matters.
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


def relaxation(model: Aggregate) -> Answer:
    """The linear relaxation, solved."""
    answer = solve(model.model._replace(integer=model.model.integer & False))
    if answer.status in ("infeasible", "unbounded"):  # nothing here is unbounded
        raise Infeasible
    if answer.status != "optimal":
        raise AssertionError(f"the linear relaxation ends {answer.status}")
    return answer


def goal_of(relaxed: Answer) -> float:
    """The goal in the relaxation: its last column."""
    return float(relaxed.values[-1])
