"""A task → a smaller model that every solution meets: what it refutes is proven, what it allows is a promise.

Three models, each weaker and quicker than the plain one (see van der Linden 2005, ch. 6), and the plain one:

- `aggregate`: the rows of one form times the number of forms, over the uses of each item. Pairs of forms that
  share an item used z times are C(z, 2), which is convex, so its tangents bound the overlap from below.
- `one`: one form by itself.
- `each`: a block of columns for every form.

Items that no row tells apart are one *kind* with a count, which keeps 20,000 items within a few hundred
columns. Parts may be elastic, at a cost for each unit (see Chinneck 2008, Feasibility and Infeasibility
in Optimization, ch. 6), and items of some kinds may be written, at a cost for each.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import combinations
from math import comb, inf
from typing import Literal, NamedTuple

import numpy as np

from examgen.assembly.infeasible.parts import (
    ANCHOR,
    GOAL,
    OVERLAP,
    SHARED,
    USES,
    TaskPart,
    binds,
    counts_items,
    is_size,
    limits,
    limits_sharing,
    row_of,
)
from examgen.assembly.search.highs import Floats, Integers, MipAnswer, MipColumns, MipRows, solve
from examgen.assembly.task import LinearConstraint, SearchEnded, Task

Coefficients = tuple[tuple[int, float], ...]


class ItemKind(NamedTuple):
    """Items that a task does not tell apart; `items` is empty where they have yet to be written."""

    rows: Coefficients
    """Row and coefficient, in the order of the rows; `anchor_rows` likewise."""
    anchor_rows: Coefficients = ()
    groups: tuple[int, ...] = ()
    values: tuple[float, ...] = ()
    """What one item adds to each point of the goal's curve."""
    items: tuple[int, ...] = ()


def kinds(task: Task, merged: bool = True) -> tuple[ItemKind, ...]:
    """The items of a task in kinds, by their first item; each by itself where not `merged`."""

    def coefficients(rows: Sequence[LinearConstraint]) -> list[Coefficients]:
        found: list[list[tuple[int, float]]] = [[] for _ in range(task.n_items)]
        for number, row in enumerate(rows):
            if binds(row):
                for item, value in zip(row.items, row.coefficients, strict=True):
                    if value:
                        found[item].append((number, float(value)))
        return [tuple(one) for one in found]

    groups: list[list[int]] = [[] for _ in range(task.n_items)]
    for number, group in enumerate(task.groups):
        if group.least > 0 or group.greatest < len(group.items):
            for item in group.items:
                groups[item].append(number)
    curves = task.goal.values.tolist() if task.goal else [()] * task.n_items
    own = coefficients(task.anchor.rows if task.anchor else ())
    alike: dict[tuple[ItemKind, int], list[int]] = {}
    for item, rows in enumerate(coefficients(task.rows)):
        kind = ItemKind(rows, own[item], tuple(groups[item]), tuple(curves[item]))
        alike.setdefault((kind, 0 if merged else item), []).append(item)
    return tuple(kind._replace(items=tuple(items)) for (kind, _), items in alike.items())


Level = Literal["aggregate", "one", "each"]

MAX_NODES = 500
MOST_COLUMNS = 2_500
"""Items and blocks of a model in whole numbers: a larger one is not tried."""
MOST_TANGENTS, MOST_TANGENT_ROWS = 6, 6_000
MOST_WRITTEN = 500
"""Of one kind."""


class Freedom(NamedTuple):
    """Parts that may be relaxed, at a cost for each unit, and items that may be written, at a cost for
    each."""

    parts: Mapping[TaskPart, float] = {}
    kinds: tuple[ItemKind, ...] = ()
    costs: tuple[float, ...] = ()


class LeastChange(NamedTuple):
    """Smallest relaxation: how far each part is relaxed (below its least, above its greatest), and how
    many items are written."""

    parts: dict[TaskPart, tuple[float, float]]
    written: tuple[int, ...]


NONE = Freedom()


def refuted(task: Task, level: Level, integer: bool = True) -> bool | None:
    """Whether this model proves that there are no forms; None where its search ended without an answer."""
    try:
        return least_change(task, level, integer) is None
    except SearchEnded:
        return None


def least_change(task: Task, level: Level, integer: bool, freedom: Freedom = NONE) -> LeastChange | None:
    """The cheapest that must give way for this model to have a solution; None where nothing helps.

    Where not `integer`, only the items to be written are whole. Raises `SearchEnded` where neither was found
    within the limits.
    """
    # where all forms may be one and the same, one stands for them
    rare = task.most_uses is not None and task.most_uses < task.n_forms
    limited = limits_sharing(task, len(freedom.kinds) * MOST_WRITTEN)
    sharing = limited or task.shared_least > 0 or {OVERLAP, SHARED} & set(freedom.parts)
    if level == "one" or not (rare or sharing):
        task = task._replace(n_forms=1, shared_least=0)
    blocks = 1 if level == "aggregate" else task.n_forms
    if integer and blocks > 1 and len(kinds(task)) * blocks > MOST_COLUMNS:
        raise SearchEnded("too many columns")
    model = _Model(task, blocks, freedom, integer)
    if integer and model.held.size > MOST_COLUMNS:
        raise SearchEnded("too many columns")
    answer = model.solve()
    if answer.status in ("infeasible", "unbounded"):  # no cost is below 0: nothing here is unbounded
        return None
    if not answer.values.size and len(model.columns):
        raise SearchEnded(answer.status)
    parts = {}
    for part, ends in model.slacks.items():
        down, up = (0.0 if c is None else float(answer.values[c]) for c in ends)
        if max(down, up) > 1e-6:
            parts[part] = (down, up)
    written = answer.values[model.written[len(model.kinds) - len(freedom.kinds) :]]
    return LeastChange(parts, tuple(int(np.ceil(n - 1e-6)) for n in written))


def fewest_in_a_form(task: Task, sets: Sequence[Sequence[int]]) -> list[float]:
    """For each set of items the fewest of them that one form takes, by linear programming; 0 where no form is
    possible.

    Items of a kind that are outside of the set are taken first.
    """
    model = _Model(task, 1, NONE, False)
    fewest = []
    for items in map(set, sets):
        costs = np.zeros(len(model.columns))
        costs[model.held[0]] = [float(items.issuperset(kind.items)) for kind in model.kinds]
        answer = model.solve(costs)
        fewest.append(answer.objective if answer.status == "optimal" else 0.0)
    return fewest


class _Model:
    """Columns and rows of a task in blocks; `scale` forms stand in each block.

    Of each kind there are `counts` items and as many as are `written`; each block has uses of them (`held`)
    besides those that are in the anchor.
    """

    def __init__(self, task: Task, blocks: int, freedom: Freedom, integer: bool) -> None:
        self.task, self.blocks, self.scale, self.integer = task, blocks, task.n_forms // blocks, integer
        # a count of uses in each form says how many items two forms share only where items are told apart
        self.limited = limits_sharing(task, len(freedom.kinds) * MOST_WRITTEN) or OVERLAP in freedom.parts
        merged = blocks == 1 or task.shared_greatest == 0 or not limits_sharing(task)
        there = kinds(task, merged and task.shared_least == 0)
        self.kinds = (*there, *freedom.kinds)
        self.counts = np.array([float(len(kind.items)) for kind in self.kinds])
        self.columns, self.rows = MipColumns(), MipRows()
        # How many forms may hold one item, those of the anchor aside.
        self.uses = task.n_forms
        if task.shared_greatest == 0 and OVERLAP not in freedom.parts:
            self.uses = 1
        elif task.most_uses is not None and USES not in freedom.parts:
            self.uses = min(task.most_uses, task.n_forms)
        cap = float(min(self.uses, self.scale))
        most = self.counts + np.repeat([0.0, MOST_WRITTEN], [len(there), len(freedom.kinds)])
        self.held = self.columns.add((blocks, len(most)), upper=most * cap, integer=integer)
        costs, n_new = np.array(freedom.costs, dtype=float), len(freedom.kinds)
        self.written = np.concatenate(
            [
                self.columns.add((len(there),), upper=0.0, integer=False),
                self.columns.add((n_new,), costs, upper=float(MOST_WRITTEN)),
            ]
        )
        self.anchor = self.columns.add((len(most),), upper=most if task.anchor else 0.0, integer=integer)
        for block in self.held:
            three = np.stack([block, self.anchor, self.written], axis=1)
            self.rows.add_block(three, [1.0, cap, -cap], -inf, self.counts * cap)
        # By how much each part gives way, below and above; a goal at both ends alike.
        self.slacks: dict[TaskPart, tuple[int | None, int | None]] = {}
        for part, weight in freedom.parts.items():
            least, greatest = limits(task, part)
            row = row_of(task, part)
            whole = part != GOAL if row is None else counts_items(row)
            down = self._one(weight, least if whole else inf, whole) if least > -inf else None
            up = self._one(weight, inf, whole) if greatest < inf else None
            self.slacks[part] = (up, up) if part == GOAL else (down, up)
        self._quotas()
        self._groups()
        if task.n_forms != 1 and blocks == 1:
            self._pairs_of_uses()
        elif task.n_forms != 1:
            self._pairs_of_blocks()
        if task.n_forms != 1 and (USES in self.slacks or (self.uses < task.n_forms and blocks > 1)):
            self._within_uses()
        self._goal()

    def solve(self, costs: Floats | None = None) -> MipAnswer:
        """The cheapest solution, by these costs of the columns in place of their own."""
        program = self.columns.model(self.rows)
        return solve(
            program if costs is None else program._replace(costs=costs),
            mip_max_nodes=MAX_NODES,
            mip_rel_gap=0.0,
        )

    def _one(self, cost: float = 0.0, upper: float = inf, whole: bool = True) -> int:
        integer = whole and self.integer
        return int(self.columns.add((1,), cost, upper=max(upper, 0.0), integer=integer)[0])

    def _add(
        self,
        part: TaskPart,
        columns: Iterable[int],
        values: Iterable[float],
        least: float,
        greatest: float,
        scale: float = 1.0,
    ) -> None:
        """A row that may give way as its part does, by `scale` for each unit.

        It has a row for each end, for forms that fall short by less than the worst must not have to make up
        for it.
        """
        down, up = self.slacks.get(part, (None, None))
        columns, values = [*columns], [*values]
        if down is None and up is None:
            self.rows.add(columns, values, least, greatest)
            return
        for low, high, slack, sign in ((least, inf, down, scale), (-inf, greatest, up, -scale)):
            if low > -inf or high < inf:
                more = [] if slack is None else [slack]
                self.rows.add([*columns, *more], [*values, *[sign] * len(more)], low, high)

    def _sum(self, block: Integers, members: Sequence[tuple[int, float]]) -> tuple[list[int], list[float]]:
        """Columns and values of what the kinds add up to in the forms of a block, the anchor among them."""
        columns = [int(held[j]) for held in (block, self.anchor) for j, _ in members]
        return columns, [scale * value for scale in (1, self.scale) for _, value in members]

    def _quotas(self) -> None:
        """The rows of a form, in every block; the size and the rows of the anchor."""

        def members(coefficients: Iterable[Coefficients]) -> dict[int, list[tuple[int, float]]]:
            found: dict[int, list[tuple[int, float]]] = {}
            for j, rows in enumerate(coefficients):
                for number, value in rows:
                    found.setdefault(number, []).append((j, value))
            return found

        in_form = members(kind.rows for kind in self.kinds)
        for number, row in enumerate(self.task.rows):
            for block in self.held if binds(row) else ():
                columns, values = self._sum(block, in_form.get(number, []))
                ends = self.scale * row.least, self.scale * row.greatest
                self._add(TaskPart("row", number), columns, values, *ends, self.scale)
        anchor = self.task.anchor
        if anchor is None:
            return
        self._add(ANCHOR, self.anchor.tolist(), [1.0] * len(self.kinds), anchor.size, anchor.size)
        in_anchor = members(kind.anchor_rows for kind in self.kinds)
        for number, row in enumerate(anchor.rows):
            part = ANCHOR if is_size(self.task, row) else TaskPart("anchor-row", number)
            own = in_anchor.get(number, [])
            columns = [int(self.anchor[j]) for j, _ in own]
            self._add(part, columns, [c for _, c in own], row.least, row.greatest)

    def _groups(self) -> None:
        """A group is in `used` of the forms of a block; each item in at most as many."""
        for number, group in enumerate(self.task.groups):
            inside = [j for j, kind in enumerate(self.kinds) if number in kind.groups]
            for block in self.held if inside else ():
                used = self._one(upper=float(self.scale))
                columns, values = self._sum(block, [(j, 1.0) for j in inside])
                self.rows.add([*columns, used], [*values, -float(group.least)], 0, inf)
                self.rows.add([*columns, used], [*values, -float(group.greatest)], -inf, 0)
                three = np.stack([block[inside], self.anchor[inside], np.full(len(inside), used)], axis=1)
                ones = np.ones(len(inside))
                factors = np.stack([ones, ones * self.scale, -self.counts[inside]], axis=1)
                self.rows.add_block(three, factors, -inf, 0)

    def _pairs_of_uses(self) -> None:
        """Aggregate: the pairs of forms that share an item are C(z, 2); its chord from above, tangents to it
        from below."""
        task, n_pairs = self.task, comb(self.task.n_forms, 2)
        block, n = self.held[0], len(self.kinds)
        if task.shared_least > 0:
            self._add(SHARED, block, [(self.uses - 1) / 2] * n, n_pairs * task.shared_least, inf, n_pairs)
        if self.uses == 1 or not self.limited:
            return
        pairs = self.columns.add((n,), upper=inf, integer=False)
        three = np.stack([pairs, block, self.written], axis=1)
        for t in range(1, max(1, min(self.uses - 1, MOST_TANGENTS, MOST_TANGENT_ROWS // max(n, 1))) + 1):
            # pairs ≥ t · uses − t (t + 1) / 2 · how many there are of the kind
            at_one = float(comb(t + 1, 2))
            self.rows.add_block(three, [1.0, -float(t), at_one], -at_one * self.counts, inf)
        self._add(OVERLAP, pairs, [1.0] * n, -inf, n_pairs * task.shared_greatest, n_pairs)

    def _pairs_of_blocks(self) -> None:
        """Bound the items that two blocks share: at least those that both hold beyond one of each, at
        most those that each holds."""
        task, n = self.task, len(self.kinds)
        limited = self.uses > 1 and self.limited
        for one, other in combinations(self.held, 2):
            if limited:
                both = self.columns.add((n,), upper=inf, integer=False)
                four = np.stack([both, one, other, self.written], axis=1)
                self.rows.add_block(four, [1.0, -1.0, -1.0, 1.0], -self.counts, inf)
                self._add(OVERLAP, both, [1.0] * n, -inf, task.shared_greatest)
            if task.shared_least > 0:
                both = self.columns.add((n,), upper=inf, integer=False)
                for held in (one, other):
                    self.rows.add_block(np.stack([both, held], axis=1), [1.0, -1.0], -inf, 0)
                self._add(SHARED, both, [1.0] * n, task.shared_least, inf)

    def _within_uses(self) -> None:
        """Uses in all forms ≤ the most uses, which may give way for items that there are."""
        most = self.uses if USES not in self.slacks else self.task.most_uses or self.uses
        for j, count in enumerate(self.counts.tolist()):
            columns = [*self.held[:, j].tolist(), int(self.written[j])]
            values = [*[1.0] * self.blocks, -float(most)]
            self._add(USES, columns, values, -inf, most * count, count)

    def _goal(self) -> None:
        goal = self.task.goal
        if goal is None:
            return
        lowest = self._one(whole=False)
        for k, target in enumerate(goal.targets):
            adds = [(j, one.values[k]) for j, one in enumerate(self.kinds) if one.values and one.values[k]]
            asked = self.scale * target
            for block in self.held:
                columns, values = self._sum(block, adds)
                if goal.kind == "relative":
                    self.rows.add([*columns, lowest], [*values, -asked], 0, inf)
                    self.rows.add([*columns, lowest], [*values, -asked * (1 + goal.within)], -inf, 0)
                else:
                    ends = asked * (1 - goal.within), asked * (1 + goal.within)
                    self._add(GOAL, columns, values, *ends, asked)
