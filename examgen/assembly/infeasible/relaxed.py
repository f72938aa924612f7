"""A task → a smaller model that every solution meets: what it refutes is proven, what it allows is a promise.

Three models, each weaker and quicker than the plain one (see van der Linden 2005, ch. 6), and the plain one:

- `aggregate`: the rows of one form times the number of forms, over the uses of each item. Pairs of forms that
  share an item used z times are C(z, 2), which is convex, so its tangents bound the overlap from below.
- `one`: one form by itself.
- `each`: a block of columns for every form.

Items that no row tells apart are one *kind* with a count, which keeps 20,000 items within a few hundred
columns. Parts may be elastic, at a cost for each unit (see Chinneck 2008, Feasibility and Infeasibility
in Optimization, ch. 6), and items of some kinds may be written, at a cost for each.

A task → its items in kinds: items that no row, group or goal tells apart are one kind with a count.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import combinations
from math import comb
from typing import Literal, NamedTuple

import numpy as np
import numpy.typing as npt

from examgen.assembly.infeasible.parts import ANCHOR as ANCHOR_PART
from examgen.assembly.infeasible.parts import (
    GOAL,
    INF,
    OVERLAP,
    SHARED,
    USES,
    Part,
    binds,
    counts_items,
    is_size,
    limits_sharing,
    row_of,
)
from examgen.assembly.search.highs import Columns, Integers, Rows
from examgen.assembly.search.highs import solve as run
from examgen.assembly.task import Group, LinearConstraint, SearchEnded, Task

Coefficients = tuple[tuple[int, float], ...]


class Kind(NamedTuple):
    """Items that a task does not tell apart; `items` is empty where they have yet to be written."""

    rows: Coefficients
    """Row and coefficient, in the order of the rows; `anchor_rows` likewise."""
    anchor_rows: Coefficients = ()
    groups: tuple[int, ...] = ()
    values: tuple[float, ...] = ()
    """What one item adds to each point of the goal's curve."""
    items: tuple[int, ...] = ()


def kinds(task: Task, merged: bool = True) -> tuple[Kind, ...]:
    """The items of a task in kinds, by their first item; each by itself where not `merged`."""
    alike = _alike_items(task) if merged else [[n] for n in range(task.n_items)]
    place = np.full(task.n_items, -1)
    place[[items[0] for items in alike]] = np.arange(len(alike))
    rows = _of_firsts(task.rows, place, len(alike))
    own = _of_firsts(task.anchor.rows if task.anchor else (), place, len(alike))
    groups: list[list[int]] = [[] for _ in alike]
    for number, group in enumerate(task.groups):
        if _binding(group):
            for item in group.items:
                if place[item] >= 0:
                    groups[place[item]].append(number)
    values = task.goal.values if task.goal else np.empty((task.n_items, 0))
    return tuple(
        Kind(tuple(rows[k]), tuple(own[k]), tuple(groups[k]), tuple(values[items[0]].tolist()), tuple(items))
        for k, items in enumerate(alike)
    )


def _binding(group: Group) -> bool:
    return group.least > 0 or group.greatest < len(group.items)


def _of_firsts(
    rows: Sequence[LinearConstraint], place: Integers, n_kinds: int
) -> list[list[tuple[int, float]]]:
    """Row and coefficient of the first item of each kind."""
    found: list[list[tuple[int, float]]] = [[] for _ in range(n_kinds)]
    for number, row in enumerate(rows):
        if binds(row) and row.items:
            at, values = place[list(row.items)], np.array(row.coefficients, dtype=float)
            told = np.flatnonzero((at >= 0) & (values != 0))
            for k, value in zip(at[told].tolist(), values[told].tolist(), strict=True):
                found[k].append((number, value))
    return found


def _alike_items(task: Task) -> list[list[int]]:
    """Items that have the same coefficients everywhere, by two sums of scrambled bits (2 × 64)."""
    sums = np.zeros((2, task.n_items), dtype=np.uint64)
    lists = [(n, row) for n, row in enumerate(task.rows)]
    lists += [(10**6 + n, row) for n, row in enumerate(task.anchor.rows if task.anchor else ())]
    for number, row in lists:
        if binds(row) and row.items:
            _add_bits(sums, list(row.items), number, np.array(row.coefficients, dtype=float))
    for number, group in enumerate(task.groups):
        if _binding(group):
            _add_bits(sums, list(group.items), 2 * 10**6 + number, np.ones(len(group.items)))
    if task.goal is not None:
        for k in range(task.goal.values.shape[1]):
            _add_bits(sums, slice(None), 3 * 10**6 + k, task.goal.values[:, k])
    found: dict[tuple[int, int], list[int]] = {}
    for n, key in enumerate(zip(*sums.tolist(), strict=True)):
        found.setdefault(key, []).append(n)
    return list(found.values())


def _add_bits(
    sums: npt.NDArray[np.uint64], items: list[int] | slice, number: int, values: npt.NDArray[np.float64]
) -> None:
    """Add what row and coefficient come to, a coefficient of 0 nothing (Steele et al. 2014, SplitMix)."""
    bits = (values + 0.0).view(np.uint64)
    for k, seed in enumerate((0x9E3779B97F4A7C15, 0xD1B54A32D192ED03)):
        mixed = bits + np.uint64((number + 1) * seed % 2**64)
        for shift, factor in ((30, 0xBF58476D1CE4E5B9), (27, 0x94D049BB133111EB)):
            mixed = (mixed ^ (mixed >> np.uint64(shift))) * np.uint64(factor)
        sums[k, items] += np.where(values == 0, np.uint64(0), mixed ^ (mixed >> np.uint64(31)))


Level = Literal["aggregate", "one", "each"]

MAX_NODES = 500
MOST_COLUMNS = 2_500
"""Items and blocks of a model in whole numbers: a larger one is not tried."""
MOST_TANGENTS, MOST_TANGENT_ROWS = 6, 6_000
MOST_WRITTEN = 500
"""Of one kind."""


class Freedom(NamedTuple):
    """What may give way: parts at a cost for each unit, items to be written at a cost for each."""

    parts: Mapping[Part, float] = {}
    kinds: tuple[Kind, ...] = ()
    costs: tuple[float, ...] = ()


class Given(NamedTuple):
    """What gave way: how far each part does (below its least, above its greatest), how many are written."""

    parts: dict[Part, tuple[float, float]]
    written: tuple[int, ...]
    cost: float


NONE = Freedom()


def refuted(task: Task, level: Level, integer: bool = True) -> bool | None:
    """Whether this model proves that there are no forms; None where its search ended without an answer."""
    try:
        return least_change(task, level, integer) is None
    except SearchEnded:
        return None


def least_change(task: Task, level: Level, integer: bool, freedom: Freedom = NONE) -> Given | None:
    """The cheapest that must give way for this model to have a solution; None where nothing helps.

    Raises `SearchEnded` where neither was found within the limits.
    """
    if level == "one" or _alike(task, freedom):
        task = task._replace(n_forms=1, shared_least=0)
    blocks = 1 if level == "aggregate" else task.n_forms
    if integer and blocks > 1 and len(kinds(task)) * blocks > MOST_COLUMNS:
        raise SearchEnded("too many columns")
    return _Model(task, blocks, freedom).run(integer)


def _alike(task: Task, freedom: Freedom) -> bool:
    """Whether all forms may be one and the same."""
    uses = task.most_uses is None or task.most_uses >= task.n_forms
    sharing = limits_sharing(task) or task.shared_least > 0
    return uses and not sharing and not {OVERLAP, SHARED} & set(freedom.parts)


class _Model:
    """Columns and rows while they are collected; `scale` forms stand in each block."""

    def __init__(self, task: Task, blocks: int, freedom: Freedom) -> None:
        self.task, self.blocks, self.freedom = task, blocks, freedom
        self.scale = task.n_forms // blocks
        # a count of uses in each form says how many items two forms share only where items are told apart
        merged = blocks == 1 or task.shared_greatest == 0 or not limits_sharing(task)
        self.kinds = (*kinds(task, merged and task.shared_least == 0), *freedom.kinds)
        self.n_held = len(self.kinds) - len(freedom.kinds)
        self.counts = np.array([float(len(kind.items)) for kind in self.kinds])
        self.columns, self.rows = Columns(), Rows()
        self.slacks: dict[Part, tuple[int | None, int | None]] = {}
        self.uses = self._most_uses()
        # Uses in each block, the anchor's items, and how many of each kind are written.
        most = self.counts.copy()
        most[self.n_held :] = MOST_WRITTEN
        cap = self.cap = min(self.uses, self.scale)
        self.held = self.columns.add((self.blocks, len(most)), upper=most * cap)
        costs = np.array(self.freedom.costs, dtype=float)
        self.written = self.columns.add((len(self.freedom.kinds),), costs, upper=float(MOST_WRITTEN))
        self.anchor = self.columns.add((len(most),), upper=most) if self.task.anchor else None
        for block in self.held:
            for at, counts in ((slice(0, self.n_held), True), (slice(self.n_held, None), False)):
                columns, values = [block[at]], [1.0]
                if self.anchor is not None:
                    columns.append(self.anchor[at])
                    values.append(float(cap))
                if not counts:
                    columns.append(self.written)
                    values.append(-float(cap))
                if len(columns) > 1 and len(columns[0]):
                    self.rows.add_block(np.stack(columns, axis=1), values, -INF, self.counts[at] * cap)
        for part, weight in freedom.parts.items():
            least, greatest, whole = self._bounds(part)
            down = self._one(weight, least if whole else INF, whole) if least > -INF else None
            up = self._one(weight, INF, whole) if greatest < INF else None
            self.slacks[part] = (down, up)
        self._rows()
        self._groups()
        if self.task.n_forms != 1:
            if self.blocks == 1:
                self._pairs_of_uses()
            else:
                self._pairs_of_blocks()
            if USES in self.slacks or (self.uses < self.task.n_forms and self.blocks > 1):
                self._within_uses()
        self._goal()

    def _most_uses(self) -> int:
        """How many forms may hold one item, those of the anchor aside."""
        task, free = self.task, self.freedom.parts
        if task.shared_greatest == 0 and OVERLAP not in free:
            return 1
        if task.most_uses is None or USES in free:
            return task.n_forms
        return min(task.most_uses, task.n_forms)

    # ── columns ──────────────────────────────────────────────────────────────────────────────

    def _one(self, cost: float, upper: float, whole: bool) -> int:
        return int(self.columns.add((1,), cost, upper=max(upper, 0.0), integer=whole)[0])

    def _bounds(self, part: Part) -> tuple[float, float, bool]:
        """Least, greatest, and whether the part is a count."""
        task = self.task
        row = row_of(task, part)
        if row is not None:
            return row.least, row.greatest, counts_items(row)
        if part == ANCHOR_PART and task.anchor is not None:
            return task.anchor.size, INF, True
        if part == SHARED:
            return task.shared_least, INF, True
        if part in (OVERLAP, USES):
            return -INF, 0, True
        if part == GOAL:
            return -INF, 0, False
        raise AssertionError(f"{part} cannot be elastic")

    def _give(self, part: Part, scale: float) -> tuple[list[int], list[float]]:
        """Columns and values that let a row give way."""
        down, up = self.slacks.get(part, (None, None))
        pairs = [(c, v) for c, v in ((down, scale), (up, -scale)) if c is not None]
        return [c for c, _ in pairs], [v for _, v in pairs]

    # ── rows ─────────────────────────────────────────────────────────────────────────────────

    def _rows(self) -> None:
        members: list[list[tuple[int, float]]] = [[] for _ in self.task.rows]
        for j, kind in enumerate(self.kinds):
            for number, coefficient in kind.rows:
                members[number].append((j, coefficient))
        for number, row in enumerate(self.task.rows):
            if row.least > -INF or row.greatest < INF:
                for block in self.held:
                    self._row(Part("row", number), row, members[number], block)
        self._anchor_rows()

    def _row(
        self, part: Part, row: LinearConstraint, members: Sequence[tuple[int, float]], block: Integers
    ) -> None:
        columns = [int(block[j]) for j, _ in members]
        values = [c for _, c in members]
        if self.anchor is not None:
            columns += [int(self.anchor[j]) for j, _ in members]
            values += [c * self.scale for _, c in members]
        least, greatest = self.scale * row.least, self.scale * row.greatest
        if part not in self.slacks:
            self._add(columns, values, least, greatest)
            return
        # two rows, for forms that fall short by less than the worst must not have to make up for it
        down, up = self.slacks[part]
        if least > -INF:
            more = [] if down is None else [down]
            self._add([*columns, *more], [*values, *[float(self.scale)] * len(more)], least, INF)
        if greatest < INF:
            more = [] if up is None else [up]
            self._add([*columns, *more], [*values, *[-float(self.scale)] * len(more)], -INF, greatest)

    def _add(self, columns: Sequence[int], values: Sequence[float], least: float, greatest: float) -> None:
        self.rows.add(columns, values, least, greatest)

    def _anchor_rows(self) -> None:
        anchor = self.task.anchor
        if anchor is None or self.anchor is None:
            return
        every = [int(c) for c in self.anchor]
        more, signs = self._give(ANCHOR_PART, 1)
        self._add([*every, *more], [*[1.0] * len(every), *signs], anchor.size, anchor.size)
        for number, row in enumerate(anchor.rows):
            pairs = [
                (int(self.anchor[j]), c)
                for j, k in enumerate(self.kinds)
                for n, c in k.anchor_rows
                if n == number
            ]
            part = ANCHOR_PART if is_size(self.task, row) else Part("anchor-row", number)
            more, signs = self._give(part, 1)
            self._add(
                [*(c for c, _ in pairs), *more], [*(v for _, v in pairs), *signs], row.least, row.greatest
            )

    def _groups(self) -> None:
        """A group is in `used` of the forms of a block; each item in at most as many."""
        members: dict[int, list[int]] = {}
        for j, kind in enumerate(self.kinds):
            for number in kind.groups:
                members.setdefault(number, []).append(j)
        for number, inside in members.items():
            for block in self.held:
                group = self.task.groups[number]
                used = int(self.columns.add((1,), upper=float(self.scale))[0])
                columns, values = [int(block[j]) for j in inside], [1.0] * len(inside)
                if self.anchor is not None:
                    columns += [int(self.anchor[j]) for j in inside]
                    values += [float(self.scale)] * len(inside)
                self._add([*columns, used], [*values, -float(group.least)], 0, INF)
                self._add([*columns, used], [*values, -float(group.greatest)], -INF, 0)
                both = [block[inside], np.full(len(inside), used)]
                factors = np.column_stack([np.ones(len(inside)), -self.counts[inside]])
                if self.anchor is not None:
                    both.append(self.anchor[inside])
                    factors = np.column_stack([factors, np.full(len(inside), float(self.scale))])
                self.rows.add_block(np.stack(both, axis=1), factors, -INF, 0)

    # ── several forms ────────────────────────────────────────────────────────────────────────

    def _within_uses(self) -> None:
        """Uses in all forms ≤ the most uses, which may give way for items that there are."""
        most = self.uses if USES not in self.slacks else self.task.most_uses or self.uses
        more, signs = self._give(USES, 1)
        for j in range(len(self.kinds)):
            columns, values = [int(block[j]) for block in self.held], [1.0] * self.blocks
            if j < self.n_held:
                scaled = [sign * self.counts[j] for sign in signs]
                self._add([*columns, *more], [*values, *scaled], -INF, most * self.counts[j])
            else:
                written = int(self.written[j - self.n_held])
                self._add([*columns, written], [*values, -float(most)], -INF, 0)

    def _pairs_of_uses(self) -> None:
        """Aggregate: tangents to C(z, 2) from below, its chord from above."""
        task, n_pairs = self.task, comb(self.task.n_forms, 2)
        block = [int(c) for c in self.held[0]]
        if task.shared_least > 0:
            more, signs = self._give(SHARED, n_pairs)
            chord = [(self.uses - 1) / 2] * len(block)
            self._add([*block, *more], [*chord, *signs], n_pairs * task.shared_least, INF)
        if self.uses == 1 or (not limits_sharing(task) and OVERLAP not in self.slacks):
            return
        pairs = self.columns.add((len(block),), upper=INF, integer=False)
        tangents = max(1, min(self.uses - 1, MOST_TANGENTS, MOST_TANGENT_ROWS // len(block)))
        for t in range(1, tangents + 1):
            self._tangents(pairs, t)
        more, signs = self._give(OVERLAP, n_pairs)
        most = n_pairs * task.shared_greatest
        self._add([*(int(p) for p in pairs), *more], [*[1.0] * len(pairs), *signs], -INF, most)

    def _tangents(self, pairs: Integers, t: int) -> None:
        """pairs ≥ t · uses − t (t + 1) / 2 · how many there are of the kind."""
        chord, n = float(comb(t + 1, 2)), self.n_held
        both = np.stack([pairs, self.held[0]], axis=1)
        self.rows.add_block(both[:n], [1.0, -float(t)], -chord * self.counts[:n], INF)
        if len(self.written):
            new = np.column_stack([both[n:], self.written])
            self.rows.add_block(new, [1.0, -float(t), chord], 0, INF)

    def _pairs_of_blocks(self) -> None:
        task = self.task
        limited = self.uses > 1 and (limits_sharing(task) or OVERLAP in self.slacks)
        for one, other in combinations(self.held, 2):
            if limited:
                both = self.columns.add((len(one),), upper=INF, integer=False)
                three, n = np.stack([both, one, other], axis=1), self.n_held
                self.rows.add_block(three[:n], [1.0, -1.0, -1.0], -self.counts[:n], INF)
                if len(self.written):
                    self.rows.add_block(
                        np.column_stack([three[n:], self.written]), [1.0, -1.0, -1.0, 1.0], 0, INF
                    )
                more, signs = self._give(OVERLAP, 1)
                self._add(
                    [*both.tolist(), *more], [*[1.0] * len(both), *signs], -INF, self.task.shared_greatest
                )
            if task.shared_least > 0:
                both = self.columns.add((len(one),), upper=INF, integer=False)
                for held in (one, other):
                    self.rows.add_block(np.stack([both, held], axis=1), [1.0, -1.0], -INF, 0)
                more, signs = self._give(SHARED, 1)
                self._add([*both.tolist(), *more], [*[1.0] * len(both), *signs], self.task.shared_least, INF)

    # ── the goal ─────────────────────────────────────────────────────────────────────────────

    def _goal(self) -> None:
        goal = self.task.goal
        if goal is None:
            return
        lowest = int(self.columns.add((1,), upper=INF, integer=False)[0])
        for k, target in enumerate(goal.targets):
            adds = [
                (j, kind.values[k]) for j, kind in enumerate(self.kinds) if kind.values and kind.values[k]
            ]
            for block in self.held:
                columns, values = [int(block[j]) for j, _ in adds], [v for _, v in adds]
                if self.anchor is not None:
                    columns += [int(self.anchor[j]) for j, _ in adds]
                    values += [v * self.scale for _, v in adds]
                asked = self.scale * target
                if goal.kind == "relative":
                    self._add([*columns, lowest], [*values, -asked], 0, INF)
                    self._add([*columns, lowest], [*values, -asked * (1 + goal.within)], -INF, 0)
                else:
                    more, _ = self._give(GOAL, 1)
                    down, up = [asked] * len(more), [-asked] * len(more)
                    self._add([*columns, *more], [*values, *down], asked * (1 - goal.within), INF)
                    self._add([*columns, *more], [*values, *up], -INF, asked * (1 + goal.within))

    def run(self, integer: bool) -> Given | None:
        """The cheapest that gives way, as `least_change`."""
        if integer and self.held.size > MOST_COLUMNS:
            raise SearchEnded("too many columns")
        model = self.columns.model(self.rows)
        if not integer:
            model = model._replace(integer=np.zeros_like(model.integer))
        answer = run(model, mip_max_nodes=MAX_NODES, mip_rel_gap=0.0)
        if answer.status in ("infeasible", "unbounded"):  # no cost is below 0: nothing here is unbounded
            return None
        if not answer.values.size and len(self.columns):
            raise SearchEnded(answer.status)
        parts = {}
        for part, ends in self.slacks.items():
            down, up = (0.0 if c is None else float(answer.values[c]) for c in ends)
            if max(down, up) > 1e-6:
                parts[part] = (down, up)
        written = tuple(int(np.ceil(n - 1e-6)) for n in answer.values[self.written])
        return Given(parts, written, answer.objective)
