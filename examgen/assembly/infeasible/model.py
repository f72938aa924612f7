"""A task → a smaller model that all its forms satisfy: what it refutes is proven, but what it allows may be
impossible.

It has the rows of one form, times the number of forms, over the uses of each item (see van der Linden 2005,
ch. 6). Items that no row distinguishes are one *kind* with a count, which keeps 20,000 items within a few
hundred columns. An item used z times is shared by C(z, 2) pairs of forms, which is convex and bounded from
below by tangents. Rows may be elastic, at a cost for each unit (see Chinneck 2008, Feasibility and
Infeasibility in Optimization, ch. 6), and items may be written, at a cost for each.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import ceil, comb, inf
from typing import Literal, NamedTuple

import numpy as np

from examgen.assembly.search.highs import Floats, MipAnswer, MipColumns, MipRows, solve
from examgen.assembly.task import LinearConstraint, SearchEnded, Task

Coefficients = tuple[tuple[int, float], ...]
MAX_NODES = 500
MOST_COLUMNS = 2_500
"""The maximum number of kinds of items in an integer model; a larger one is not tried."""
MOST_PAIRS = 2_500
"""The maximum number of pairs of an item and a form in an exact model; a larger one is not tried."""
MOST_TANGENTS = 6
MOST_WRITTEN = 500
"""The maximum number of items to write of one kind."""


class ItemKind(NamedTuple):
    """Items that a task does not distinguish; `items` is empty if they have yet to be written."""

    rows: Coefficients
    """Row numbers and coefficients, in the order of the rows; `anchor_rows` likewise."""
    anchor_rows: Coefficients = ()
    groups: tuple[int, ...] = ()
    values: tuple[float, ...] = ()
    """The contribution of one item to each point of the goal's curve."""
    items: tuple[int, ...] = ()


class Move(NamedTuple):
    """A change to a task: lower the minimum or raise the maximum of a row, or write items of a kind."""

    kind: Literal["down", "up", "write"]
    number: int


def kinds(task: Task) -> tuple[ItemKind, ...]:
    """Return the items of a task grouped into kinds, in the order of their first items."""

    def coefficients(rows: Sequence[LinearConstraint]) -> list[Coefficients]:
        found: list[list[tuple[int, float]]] = [[] for _ in range(task.n_items)]
        for number, row in enumerate(rows):
            for item, value in zip(row.items, row.coefficients, strict=True) if row.binds else ():
                if value:
                    found[item].append((number, float(value)))
        return [tuple(one) for one in found]

    groups: list[list[int]] = [[] for _ in range(task.n_items)]
    for number, group in enumerate(task.groups):
        for item in group.items:
            groups[item].append(number)
    curves = task.goal.values.tolist() if task.goal else [()] * task.n_items
    in_anchor = coefficients(task.anchor.rows if task.anchor else ())
    alike: dict[ItemKind, list[int]] = {}
    for item, rows in enumerate(coefficients(task.rows)):
        kind = ItemKind(rows, in_anchor[item], tuple(groups[item]), tuple(curves[item]))
        alike.setdefault(kind, []).append(item)
    return tuple(kind._replace(items=tuple(items)) for kind, items in alike.items())


def refuted(task: Task, integer: bool = False, new: Sequence[ItemKind] = ()) -> bool | None:
    """Return whether the model proves that there are no forms, even if items of the `new` kinds were written;
    None if its search ended without an answer."""
    try:
        return least_change(task, {}, new, integer) is None
    except SearchEnded:
        return None


def least_change(
    task: Task, costs: Mapping[Move, float], new: Sequence[ItemKind] = (), integer: bool = False
) -> dict[Move, float] | None:
    """Return the cheapest moves with which the model has a solution, and their sizes; None if no moves
    help.

    `costs` has the cost of a unit of each move; items of a `new` kind without a cost are free. Unless
    `integer`, only the numbers of items to write are whole. Raises `SearchEnded` if neither a solution nor
    a proof was found in time.
    """
    there = kinds(task)
    if integer and len(there) + len(new) > MOST_COLUMNS:
        raise SearchEnded("too many columns")
    model = _Model(task, there, costs, new, integer)
    answer = model.solve()
    if answer.status in ("infeasible", "unbounded"):  # no cost is below 0: nothing here is unbounded
        return None
    if not answer.values.size and len(model.columns):
        raise SearchEnded(answer.status)
    return move_sizes(task, {move: float(answer.values[column]) for move, column in model.moves.items()})


def move_sizes(task: Task, moves: Mapping[Move, float]) -> dict[Move, float]:
    """Return the moves that a solution makes, with their sizes: whole items, or a quantity."""
    found = {}
    for move, value in moves.items():
        if value > 1e-6:
            whole = move.kind == "write" or task.rows[move.number].counts_items
            found[move] = ceil(value - 1e-6) if whole else value
    return found


def fewest_in_a_form(task: Task, sets: Sequence[Sequence[int]]) -> list[float]:
    """Return, for each set of items, the smallest number of them in a form, by linear programming; 0 if no
    form is possible. Within a kind, items outside the set are used first."""
    model = _Model(task._replace(n_forms=1), kinds(task), {}, (), False)
    fewest = []
    for items in map(set, sets):
        costs = np.zeros(len(model.columns))
        costs[model.held] = [float(items.issuperset(kind.items)) for kind in model.kinds]
        answer = model.solve(costs)
        fewest.append(answer.objective if answer.status == "optimal" else 0.0)
    return fewest


class _Model:
    """Columns and rows of a task: the uses of each kind in all forms (`held`), and its items in the
    anchor."""

    def __init__(
        self,
        task: Task,
        there: Sequence[ItemKind],
        costs: Mapping[Move, float],
        new: Sequence[ItemKind],
        integer: bool,
    ) -> None:
        self.task, self.kinds, self.columns, self.rows = task, (*there, *new), MipColumns(), MipRows()
        self.writes = bool(new)
        self.integer, self.counts = integer, np.array([float(len(kind.items)) for kind in self.kinds])
        # in how many forms an item may be, those of the anchor aside
        self.uses = min(1 if task.shared_greatest == 0 else task.most_uses or task.n_forms, task.n_forms)
        most = self.counts + np.repeat([0.0, MOST_WRITTEN], [len(there), len(new)])
        self.held = self.columns.add((len(most),), upper=most * self.uses, integer=integer)
        self.anchor = self.columns.add((len(most),), upper=most if task.anchor else 0.0, integer=integer)
        unwritten = self.columns.add((len(there),), upper=0.0, integer=False)
        prices = np.array([costs.get(Move("write", n), 0.0) for n in range(len(new))])
        written = self.columns.add((len(new),), prices, upper=float(MOST_WRITTEN))
        self.moves = {Move("write", n): int(column) for n, column in enumerate(written)}
        self.written = np.concatenate([unwritten, written])
        cap = float(self.uses)
        there_of = np.stack([self.held, self.anchor, self.written], axis=1)
        self.rows.add_block(there_of, [1.0, cap, -cap], -inf, self.counts * cap)
        for move, cost in costs.items():
            if move.kind != "write":
                row = task.rows[move.number]
                counted = row.counts_items
                most_of = max(row.least, 0.0) if counted and move.kind == "down" else inf
                self.moves[move] = self._one(most_of, cost, integer and counted)
        self._quotas()
        self._groups()
        self._sharing()
        self._goal()

    def solve(self, costs: Floats | None = None) -> MipAnswer:
        """Return the cheapest solution; `costs` replace the costs of the columns."""
        program = self.columns.model(self.rows)
        program = program if costs is None else program._replace(costs=costs)
        return solve(program, mip_max_nodes=MAX_NODES, mip_rel_gap=0.0)

    def _one(self, upper: float, cost: float = 0.0, integer: bool = False) -> int:
        return int(self.columns.add((1,), cost, upper=upper, integer=integer)[0])

    def _sum(self, members: Sequence[tuple[int, float]]) -> tuple[list[int], list[float]]:
        """Return the columns and values of a sum over kinds in all forms, including the anchor."""
        columns = [int(held[j]) for held in (self.held, self.anchor) for j, _ in members]
        return columns, [times * value for times in (1, self.task.n_forms) for _, value in members]

    def _quotas(self) -> None:
        """Add the rows of a form, and the size and the rows of the anchor."""
        task, n_forms, anchor = self.task, self.task.n_forms, self.task.anchor
        members: list[list[tuple[int, float]]] = [[] for _ in task.rows]
        in_anchor: list[list[tuple[int, float]]] = [[] for _ in (anchor.rows if anchor else ())]
        for j, kind in enumerate(self.kinds):
            for number, value in kind.rows:
                members[number].append((j, value))
            for number, value in kind.anchor_rows if anchor else ():
                in_anchor[number].append((j, value))
        for number, row in enumerate(task.rows):
            columns, values = self._sum(members[number])
            # a row for each end, so that a form that falls short by less need not make up for it
            down, up = self.moves.get(Move("down", number)), self.moves.get(Move("up", number))
            for moved, sign, least, greatest in ((down, 1, row.least, inf), (up, -1, -inf, row.greatest)):
                if least > -inf or greatest < inf:
                    more = {} if moved is None else {moved: float(sign * n_forms)}
                    ends = n_forms * least, n_forms * greatest
                    self.rows.add([*columns, *more], [*values, *more.values()], *ends)
        if anchor is not None:
            self.rows.add(self.anchor, 1.0, anchor.size, anchor.size)
            for row, inside in zip(anchor.rows, in_anchor, strict=True):
                if row.binds:
                    columns = [int(self.anchor[j]) for j, _ in inside]
                    self.rows.add(columns, [value for _, value in inside], row.least, row.greatest)

    def _groups(self) -> None:
        """Add the groups: each is in `used` of the forms, and each of its items in at most as many."""
        n_forms = self.task.n_forms
        for number, group in enumerate(self.task.groups):
            inside = np.array([j for j, kind in enumerate(self.kinds) if number in kind.groups], np.int64)
            if not inside.size:
                continue
            used = self._one(float(n_forms), integer=self.integer)
            columns, values = self._sum([(int(j), 1.0) for j in inside])
            self.rows.add([*columns, used], [*values, -float(group.least)], 0, inf)
            self.rows.add([*columns, used], [*values, -float(group.greatest)], -inf, 0)
            each = np.stack([self.held[inside], self.anchor[inside], np.full(len(inside), used)], axis=1)
            ones = np.ones(len(inside))
            self.rows.add_block(each, np.stack([ones, ones * n_forms, -self.counts[inside]], axis=1), -inf, 0)

    def _sharing(self) -> None:
        """Add the limits on pairs of forms that share an item: the chord of C(z, 2) from above, tangents from
        below."""
        task, n_pairs, n = self.task, comb(self.task.n_forms, 2), len(self.kinds)
        if task.n_forms > 1 and task.shared_least > 0:
            self.rows.add(self.held, (self.uses - 1) / 2, n_pairs * task.shared_least, inf)
        if self.uses > 1 and (task.shared_greatest < task.n_items or self.writes):
            pairs = self.columns.add((n,), upper=inf, integer=False)
            each = np.stack([pairs, self.held, self.written, self.anchor], axis=1)
            for t in range(1, min(self.uses - 1, MOST_TANGENTS) + 1):
                # pairs ≥ t · uses − t (t + 1) / 2 · how many there are of the kind outside of the anchor
                at_one = float(comb(t + 1, 2))
                self.rows.add_block(each, [1.0, -float(t), at_one, -at_one], -at_one * self.counts, inf)
            self.rows.add(pairs, 1.0, -inf, n_pairs * task.shared_greatest)

    def _goal(self) -> None:
        goal = self.task.goal
        if goal is None:
            return
        lowest = self._one(inf)
        for k, target in enumerate(goal.targets):
            adds = [
                (j, kind.values[k]) for j, kind in enumerate(self.kinds) if kind.values and kind.values[k]
            ]
            columns, values = self._sum(adds)
            asked = self.task.n_forms * target
            if goal.kind == "relative":
                self.rows.add([*columns, lowest], [*values, -asked], 0, inf)
                self.rows.add([*columns, lowest], [*values, -asked * (1 + goal.within)], -inf, 0)
            else:
                self.rows.add(columns, values, asked * (1 - goal.within), asked * (1 + goal.within))
