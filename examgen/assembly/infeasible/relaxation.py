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
from examgen.assembly.search.highs import Floats, Integers, MipColumns, MipRows, solve
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
    """The items of a task in kinds, by their first item; each by itself where not `merged`.

    Items are alike that have the same coefficients everywhere, told by two sums of scrambled bits (2 × 64;
    Steele et al. 2014, SplitMix), to which a coefficient of 0 adds nothing.
    """
    own = task.anchor.rows if task.anchor else ()
    groups = [(n, one) for n, one in enumerate(task.groups) if one.least > 0 or one.greatest < len(one.items)]
    alike = [[n] for n in range(task.n_items)]
    if merged:
        marks: list[tuple[int, list[int] | slice, Floats]] = [
            (first + n, list(row.items), np.array(row.coefficients, dtype=float))
            for first, rows in ((0, task.rows), (10**6, own))
            for n, row in enumerate(rows)
            if binds(row) and row.items
        ]
        marks += [(2 * 10**6 + n, list(one.items), np.ones(len(one.items))) for n, one in groups]
        if task.goal is not None:
            marks += [(3 * 10**6 + k, slice(None), column) for k, column in enumerate(task.goal.values.T)]
        sums = np.zeros((2, task.n_items), dtype=np.uint64)
        for number, items, values in marks:
            bits = (values + 0.0).view(np.uint64)
            for k, seed in enumerate((0x9E3779B97F4A7C15, 0xD1B54A32D192ED03)):
                mixed = bits + np.uint64((number + 1) * seed % 2**64)
                for shift, factor in ((30, 0xBF58476D1CE4E5B9), (27, 0x94D049BB133111EB)):
                    mixed = (mixed ^ (mixed >> np.uint64(shift))) * np.uint64(factor)
                sums[k, items] += np.where(values == 0, np.uint64(0), mixed ^ (mixed >> np.uint64(31)))
        found: dict[tuple[int, int], list[int]] = {}
        for n, key in enumerate(zip(*sums.tolist(), strict=True)):
            found.setdefault(key, []).append(n)
        alike = list(found.values())
    # The first item of each kind tells what all of them are.
    place = np.full(task.n_items, -1)
    place[[items[0] for items in alike]] = np.arange(len(alike))
    of_rows, of_anchor = ([list[tuple[int, float]]() for _ in alike] for _ in range(2))
    for rows, into in ((task.rows, of_rows), (own, of_anchor)):
        for number, row in enumerate(rows):
            if binds(row) and row.items:
                at, values = place[list(row.items)], np.array(row.coefficients, dtype=float)
                counted = np.flatnonzero((at >= 0) & (values != 0))
                for k, value in zip(at[counted].tolist(), values[counted].tolist(), strict=True):
                    into[k].append((number, value))
    of_groups: list[list[int]] = [[] for _ in alike]
    for number, group in groups:
        for k in place[list(group.items)]:
            if k >= 0:
                of_groups[k].append(number)
    curves = task.goal.values if task.goal else np.empty((task.n_items, 0))
    return tuple(
        ItemKind(
            tuple(of_rows[k]),
            tuple(of_anchor[k]),
            tuple(of_groups[k]),
            tuple(curves[items[0]].tolist()),
            tuple(items),
        )
        for k, items in enumerate(alike)
    )


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

    Raises `SearchEnded` where neither was found within the limits.
    """
    # where all forms may be one and the same, one stands for them
    rare = task.most_uses is not None and task.most_uses < task.n_forms
    sharing = limits_sharing(task) or task.shared_least > 0 or {OVERLAP, SHARED} & set(freedom.parts)
    if level == "one" or not (rare or sharing):
        task = task._replace(n_forms=1, shared_least=0)
    blocks = 1 if level == "aggregate" else task.n_forms
    if integer and blocks > 1 and len(kinds(task)) * blocks > MOST_COLUMNS:
        raise SearchEnded("too many columns")
    model = _Model(task, blocks, freedom)
    if integer and model.held.size > MOST_COLUMNS:
        raise SearchEnded("too many columns")
    program = model.columns.model(model.rows)
    if not integer:
        program = program._replace(integer=np.zeros_like(program.integer))
    answer = solve(program, mip_max_nodes=MAX_NODES, mip_rel_gap=0.0)
    if answer.status in ("infeasible", "unbounded"):  # no cost is below 0: nothing here is unbounded
        return None
    if not answer.values.size and len(model.columns):
        raise SearchEnded(answer.status)
    parts = {}
    for part, ends in model.slacks.items():
        down, up = (0.0 if c is None else float(answer.values[c]) for c in ends)
        if max(down, up) > 1e-6:
            parts[part] = (down, up)
    return LeastChange(parts, tuple(int(np.ceil(n - 1e-6)) for n in answer.values[model.written]))


class _Model:
    """Columns and rows of a task in blocks; `scale` forms stand in each block."""

    def __init__(self, task: Task, blocks: int, freedom: Freedom) -> None:
        self.task, self.blocks, self.scale = task, blocks, task.n_forms // blocks
        # a count of uses in each form says how many items two forms share only where items are told apart
        merged = blocks == 1 or task.shared_greatest == 0 or not limits_sharing(task)
        self.kinds = (*kinds(task, merged and task.shared_least == 0), *freedom.kinds)
        self.n_held = len(self.kinds) - len(freedom.kinds)
        self.counts = np.array([float(len(kind.items)) for kind in self.kinds])
        self.columns, self.rows = MipColumns(), MipRows()
        # How many forms may hold one item, those of the anchor aside.
        self.uses = task.n_forms
        if task.shared_greatest == 0 and OVERLAP not in freedom.parts:
            self.uses = 1
        elif task.most_uses is not None and USES not in freedom.parts:
            self.uses = min(task.most_uses, task.n_forms)
        # Uses in each block, how many of each kind are written, and the anchor's items.
        most = self.counts.copy()
        most[self.n_held :] = MOST_WRITTEN
        cap = min(self.uses, self.scale)
        self.held = self.columns.add((blocks, len(most)), upper=most * cap)
        costs = np.array(freedom.costs, dtype=float)
        self.written = self.columns.add((len(freedom.kinds),), costs, upper=float(MOST_WRITTEN))
        self.anchor = self.columns.add((len(most),), upper=most) if task.anchor else None
        for block in self.held:
            for at, new in ((slice(0, self.n_held), False), (slice(self.n_held, None), True)):
                columns, values = [block[at]], [1.0]
                if self.anchor is not None:
                    columns.append(self.anchor[at])
                    values.append(float(cap))
                if new:
                    columns.append(self.written)
                    values.append(-float(cap))
                if len(columns) > 1 and len(columns[0]):
                    self.rows.add_block(np.stack(columns, axis=1), values, -inf, self.counts[at] * cap)
        # By how much each part gives way, below and above.
        self.slacks: dict[TaskPart, tuple[int | None, int | None]] = {}
        for part, weight in freedom.parts.items():
            least, greatest = limits(task, part)
            row = row_of(task, part)
            whole = part != GOAL if row is None else counts_items(row)
            self.slacks[part] = (
                self._one(weight, least if whole else inf, whole) if least > -inf else None,
                self._one(weight, inf, whole) if greatest < inf else None,
            )
        self._quotas()
        self._groups()
        if task.n_forms != 1:
            if blocks == 1:
                self._pairs_of_uses()
            else:
                self._pairs_of_blocks()
            if USES in self.slacks or (self.uses < task.n_forms and blocks > 1):
                self._within_uses()
        self._goal()

    def _one(self, cost: float = 0.0, upper: float = inf, integer: bool = False) -> int:
        return int(self.columns.add((1,), cost, upper=max(upper, 0.0), integer=integer)[0])

    def _add(
        self,
        part: TaskPart,
        scale: float,
        columns: Iterable[int],
        values: Iterable[float],
        least: float,
        greatest: float,
    ) -> None:
        """A row that may give way as its part does, by `scale` for each unit."""
        down, up = self.slacks.get(part, (None, None))
        gives = [(column, by) for column, by in ((down, scale), (up, -scale)) if column is not None]
        more, signs = [column for column, _ in gives], [by for _, by in gives]
        self.rows.add([*columns, *more], [*values, *signs], least, greatest)

    def _sum(self, block: Integers, members: Sequence[tuple[int, float]]) -> tuple[list[int], list[float]]:
        """Columns and values of what the kinds add up to in the forms of a block, the anchor among them."""
        columns, values = [int(block[j]) for j, _ in members], [c for _, c in members]
        if self.anchor is not None:
            columns += [int(self.anchor[j]) for j, _ in members]
            values += [c * self.scale for _, c in members]
        return columns, values

    def _quotas(self) -> None:
        """The rows of a form, in every block; the size and the rows of the anchor."""
        members: list[list[tuple[int, float]]] = [[] for _ in self.task.rows]
        for j, kind in enumerate(self.kinds):
            for number, coefficient in kind.rows:
                members[number].append((j, coefficient))
        for number, row in enumerate(self.task.rows):
            part = TaskPart("row", number)
            least, greatest = self.scale * row.least, self.scale * row.greatest
            for block in self.held if binds(row) else ():
                columns, values = self._sum(block, members[number])
                if part not in self.slacks:
                    self.rows.add(columns, values, least, greatest)
                    continue
                # two rows, for forms that fall short by less than the worst must not have to make up for it
                down, up = self.slacks[part]
                for end, slack, sign in ((least, down, 1.0), (greatest, up, -1.0)):
                    if abs(end) < inf:
                        more = [] if slack is None else [slack]
                        given = [*values, *[sign * self.scale] * len(more)]
                        low, high = (end, inf) if sign > 0 else (-inf, end)
                        self.rows.add([*columns, *more], given, low, high)
        anchor = self.task.anchor
        if anchor is None or self.anchor is None:
            return
        size = LinearConstraint("size", "anchor", (), (), anchor.size, anchor.size, False)
        every = [(j, 1.0) for j in range(len(self.kinds))]
        asked = [(ANCHOR, size, every)]
        for number, row in enumerate(anchor.rows):
            own = [(j, c) for j, kind in enumerate(self.kinds) for n, c in kind.anchor_rows if n == number]
            asked.append((ANCHOR if is_size(self.task, row) else TaskPart("anchor-row", number), row, own))
        for part, row, counted in asked:
            columns = [int(self.anchor[j]) for j, _ in counted]
            self._add(part, 1, columns, [c for _, c in counted], row.least, row.greatest)

    def _groups(self) -> None:
        """A group is in `used` of the forms of a block; each item in at most as many."""
        members: dict[int, list[int]] = {}
        for j, kind in enumerate(self.kinds):
            for number in kind.groups:
                members.setdefault(number, []).append(j)
        for number, inside in members.items():
            group = self.task.groups[number]
            for block in self.held:
                used = self._one(upper=float(self.scale), integer=True)
                columns, values = self._sum(block, [(j, 1.0) for j in inside])
                self.rows.add([*columns, used], [*values, -float(group.least)], 0, inf)
                self.rows.add([*columns, used], [*values, -float(group.greatest)], -inf, 0)
                both = [block[inside], np.full(len(inside), used)]
                factors = np.column_stack([np.ones(len(inside)), -self.counts[inside]])
                if self.anchor is not None:
                    both.append(self.anchor[inside])
                    factors = np.column_stack([factors, np.full(len(inside), float(self.scale))])
                self.rows.add_block(np.stack(both, axis=1), factors, -inf, 0)

    def _pairs_of_uses(self) -> None:
        """Aggregate: the pairs of forms that share an item are C(z, 2); its chord from above, tangents to it
        from below."""
        task, n_pairs, n = self.task, comb(self.task.n_forms, 2), self.n_held
        block = self.held[0]
        if task.shared_least > 0:
            chord = [(self.uses - 1) / 2] * len(block)
            self._add(SHARED, n_pairs, block, chord, n_pairs * task.shared_least, inf)
        if self.uses == 1 or (not limits_sharing(task) and OVERLAP not in self.slacks):
            return
        pairs = self.columns.add((len(block),), upper=inf, integer=False)
        both = np.stack([pairs, block], axis=1)
        tangents = max(1, min(self.uses - 1, MOST_TANGENTS, MOST_TANGENT_ROWS // len(block)))
        for t in range(1, tangents + 1):
            # pairs ≥ t · uses − t (t + 1) / 2 · how many there are of the kind
            at_one = float(comb(t + 1, 2))
            self.rows.add_block(both[:n], [1.0, -float(t)], -at_one * self.counts[:n], inf)
            if len(self.written):
                new = np.column_stack([both[n:], self.written])
                self.rows.add_block(new, [1.0, -float(t), at_one], 0, inf)
        self._add(OVERLAP, n_pairs, pairs, [1.0] * len(pairs), -inf, n_pairs * task.shared_greatest)

    def _pairs_of_blocks(self) -> None:
        """Bound the items that two blocks share: at least those that both hold beyond one of each, at
        most those that each holds."""
        task, n = self.task, self.n_held
        limited = self.uses > 1 and (limits_sharing(task) or OVERLAP in self.slacks)
        for one, other in combinations(self.held, 2):
            if limited:
                both = self.columns.add((len(one),), upper=inf, integer=False)
                three = np.stack([both, one, other], axis=1)
                self.rows.add_block(three[:n], [1.0, -1.0, -1.0], -self.counts[:n], inf)
                if len(self.written):
                    new = np.column_stack([three[n:], self.written])
                    self.rows.add_block(new, [1.0, -1.0, -1.0, 1.0], 0, inf)
                self._add(OVERLAP, 1, both, [1.0] * len(both), -inf, task.shared_greatest)
            if task.shared_least > 0:
                both = self.columns.add((len(one),), upper=inf, integer=False)
                for held in (one, other):
                    self.rows.add_block(np.stack([both, held], axis=1), [1.0, -1.0], -inf, 0)
                self._add(SHARED, 1, both, [1.0] * len(both), task.shared_least, inf)

    def _within_uses(self) -> None:
        """Uses in all forms ≤ the most uses, which may give way for items that there are."""
        most = self.uses if USES not in self.slacks else self.task.most_uses or self.uses
        for j, count in enumerate(self.counts.tolist()):
            columns, values = self.held[:, j].tolist(), [1.0] * self.blocks
            if j < self.n_held:
                self._add(USES, count, columns, values, -inf, most * count)
            else:
                written = int(self.written[j - self.n_held])
                self.rows.add([*columns, written], [*values, -float(most)], -inf, 0)

    def _goal(self) -> None:
        goal = self.task.goal
        if goal is None:
            return
        lowest = self._one()
        for k, target in enumerate(goal.targets):
            adds = [(j, one.values[k]) for j, one in enumerate(self.kinds) if one.values and one.values[k]]
            asked = self.scale * target
            for block in self.held:
                columns, values = self._sum(block, adds)
                if goal.kind == "relative":
                    self.rows.add([*columns, lowest], [*values, -asked], 0, inf)
                    self.rows.add([*columns, lowest], [*values, -asked * (1 + goal.within)], -inf, 0)
                else:
                    # the slack widens both ends
                    self._add(GOAL, -asked, columns, values, asked * (1 - goal.within), inf)
                    self._add(GOAL, asked, columns, values, -inf, asked * (1 + goal.within))
