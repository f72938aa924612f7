"""A task → the columns and rows of its exact model, and where each part stands.

What tells this model from the plain one: uses of an item are counted by convex columns, which bound the
sharing of all pairs of forms together where the relaxation of the pairs alone sees none (half an item in
each of two forms is shared by neither). Without them four forms of 40 from 93 items take minutes.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations
from math import comb
from typing import NamedTuple

import numpy as np

from examgen.assembly.search.highs import INFINITE, Columns, Floats, Integers, Rows
from examgen.assembly.task import Goal, Group, LinearConstraint, Solution, Task

_GRID = 100_000
"""Coefficients have 5 decimals."""


class Draft(NamedTuple):
    """Columns and rows, and the numbers of the columns by what they stand for."""

    task: Task
    columns: Columns
    rows: Rows
    uses: Integers
    """(forms, items): the form holds the item, not as one of the anchor; binary."""
    anchor: Integers
    """(items,), or (0,) without an anchor: the item is of the anchor; binary."""
    more: Integers
    """(most uses − 1, items): the item has a second use, a third …, those of the anchor aside."""
    level: Integers
    """(1,), or (0,) without a goal: what `Solution.objective` is."""
    groups: Integers
    """(groups, forms): the form holds items of the group; binary."""


def model_of(task: Task) -> Draft:
    """The exact model of a task, without costs."""
    columns, most = Columns(), most_uses(task)
    draft = Draft(
        task,
        columns,
        Rows(),
        uses=columns.add((task.n_forms, task.n_items), upper=float(min(most, 1))),
        anchor=columns.add((task.n_items if task.anchor else 0,)),
        more=columns.add((max(most - 1, 0), task.n_items), integer=False),
        level=columns.add((1 if task.goal else 0,), upper=INFINITE, integer=False),
        groups=columns.add((len(task.groups), task.n_forms)),
    )
    for form in range(task.n_forms):
        for row in task.rows:
            draft.rows.add(*_held(draft, form, row.items, row.coefficients), *_bounds(row))
        for group, chosen in zip(task.groups, draft.groups[:, form], strict=True):
            _group(draft, form, group, int(chosen))
    _anchor(draft)
    _uses(draft, most)
    _overlap(draft)
    if task.goal:
        _goal(draft, task.goal)
    return draft


def binaries(draft: Draft) -> Integers:
    """The columns from which all others follow."""
    return np.concatenate([draft.uses.ravel(), draft.anchor, draft.groups.ravel()])


def values_of(draft: Draft, solution: Solution) -> tuple[Integers, Floats]:
    """The binary columns and their values in a solution."""
    task = draft.task
    anchor = np.zeros(task.n_items, np.bool_)
    anchor[list(solution.anchor)] = True
    held = np.zeros((task.n_forms, task.n_items), np.bool_)
    for form, items in zip(held, solution.forms, strict=True):
        form[list(items)] = True
    groups = [[form[list(group.items)].any() for form in held] for group in task.groups]
    known = [(held & ~anchor).ravel(), anchor[: len(draft.anchor)], np.array(groups, np.bool_).ravel()]
    return binaries(draft), np.concatenate(known).astype(np.float64)


def most_uses(task: Task) -> int:
    """How many forms may hold an item that is not of the anchor."""
    most = task.n_forms if task.most_uses is None else min(task.most_uses, task.n_forms)
    return min(most, 1) if task.shared_greatest == 0 else most


def longest(task: Task) -> int:
    """The most items that a form can hold besides the anchor, as far as disjoint counts tell."""
    covered, most = np.zeros(task.n_items, np.bool_), 0.0
    for row in sorted((row for row in task.rows if row.counts), key=lambda row: -len(row.items)):
        items = np.asarray(row.items, np.int64)
        if not covered[items].any():
            covered[items] = True
            most += min(row.greatest, len(items))
    return int(most + (~covered).sum()) - (task.anchor.size if task.anchor else 0)


def _pairs_count(task: Task) -> bool:
    """Whether what two forms share must be counted: not where they share nothing, or may share all."""
    bounded = 0 < task.shared_greatest < longest(task)
    return task.n_forms > 1 and (bounded or task.shared_least > 0)


def size(task: Task) -> int:
    """How many columns the model has, nearly."""
    n_pairs = comb(task.n_forms, 2) if _pairs_count(task) else 0
    return task.n_items * (task.n_forms + n_pairs + max(most_uses(task) - 1, 0))


def _bounds(row: LinearConstraint) -> tuple[float, float]:
    """Bounds of a row, moved to where sums can be: so no sum is off by less than the solver can see."""
    steps = np.asarray(row.coefficients) * _GRID
    if not np.allclose(steps, np.rint(steps), rtol=0, atol=1e-6):
        return row.least, row.greatest
    least = np.ceil(row.least * _GRID - 0.1) / _GRID
    return float(least), float(np.floor(row.greatest * _GRID + 0.1) / _GRID)


def _held(
    draft: Draft, form: int, items: Sequence[int] | Integers, values: Sequence[float] | Floats
) -> tuple[Integers, Floats]:
    """Columns and values of the items that the form holds, those of the anchor among them."""
    at, times = np.asarray(items, dtype=np.int64), np.asarray(values, dtype=np.float64)
    if not draft.task.anchor:
        return draft.uses[form, at], times
    return np.concatenate([draft.uses[form, at], draft.anchor[at]]), np.concatenate([times, times])


def _group(draft: Draft, form: int, group: Group, chosen: int) -> None:
    """None of the group, or least to greatest; each item by itself too, for a tighter relaxation."""
    columns, ones = _held(draft, form, group.items, np.ones(len(group.items)))
    columns = np.append(columns, chosen)
    draft.rows.add(columns, np.append(ones, -group.least), 0, INFINITE)
    draft.rows.add(columns, np.append(ones, -group.greatest), -INFINITE, 0)
    for item in group.items:
        columns, ones = _held(draft, form, [item], [1.0])
        draft.rows.add(np.append(columns, chosen), np.append(ones, -1.0), -INFINITE, 0)


def _anchor(draft: Draft) -> None:
    """The anchor's size and rows; an item of it has no further use."""
    anchor = draft.task.anchor
    if anchor is None:
        return
    draft.rows.add(draft.anchor, 1.0, anchor.size, anchor.size)
    for row in anchor.rows:
        draft.rows.add(draft.anchor[np.asarray(row.items, np.int64)], row.coefficients, *_bounds(row))
    for uses in draft.uses:
        draft.rows.add_block(np.stack([uses, draft.anchor], axis=1), 1.0, -INFINITE, 1)


def _uses(draft: Draft, most: int) -> None:
    """The uses of each item: at most `most`, and none beside the anchor; the first is free of `more`."""
    n_forms, anchored = draft.task.n_forms, draft.task.anchor is not None
    columns = np.concatenate([draft.uses, *([draft.anchor[None]] if anchored else [])]).T
    ones = [1.0] * n_forms
    if most < n_forms or anchored:
        draft.rows.add_block(columns, [*ones, *([float(most)] if anchored else [])], -INFINITE, most)
    if most > 1:
        values = [*ones, *([1.0] if anchored else []), *([-1.0] * (most - 1))]
        draft.rows.add_block(np.concatenate([columns, draft.more.T], axis=1), values, -INFINITE, 1)


def _overlap(draft: Draft) -> None:
    """Bounds on what any two forms share, where they bind."""
    task = draft.task
    if not _pairs_count(task):
        return
    pairs = list(combinations(range(task.n_forms), 2))
    both = draft.columns.add((len(pairs), task.n_items), integer=False)
    for columns, (one, other) in zip(both, pairs, strict=True):
        _both(draft, columns, draft.uses[one], draft.uses[other], task.shared_least > 0)
        draft.rows.add(columns, 1.0, task.shared_least, task.shared_greatest)
    # the sum over pairs: an item's n-th use is shared with n − 1 forms
    times = np.repeat(np.arange(1.0, len(draft.more) + 1), task.n_items)
    least, greatest = len(pairs) * task.shared_least, len(pairs) * task.shared_greatest
    draft.rows.add(draft.more.ravel(), times, least, greatest)


def _both(draft: Draft, both: Integers, one: Integers, other: Integers, asked: bool) -> None:
    """A column for each item that is 1 where both forms hold it; exactly so where sharing is asked."""
    draft.rows.add_block(np.stack([both, one, other], axis=1), [1.0, -1.0, -1.0], -1, INFINITE)
    if asked:
        for uses in (one, other):
            draft.rows.add_block(np.stack([both, uses], axis=1), [1.0, -1.0], -INFINITE, 0)


def _goal(draft: Draft, goal: Goal) -> None:
    """The level under all curves and the cap over them, or the deviation of the farthest."""
    level = int(draft.level[0])
    for point, target in enumerate(goal.targets):
        values = goal.values[:, point] / target
        items = np.flatnonzero(values)
        for form in range(draft.task.n_forms):
            columns, times = _held(draft, form, items, values[items])
            columns = np.append(columns, level)
            if goal.kind == "relative":
                draft.rows.add(columns, np.append(times, -1.0), 0, INFINITE)
                draft.rows.add(columns, np.append(times, -(1 + goal.within)), -INFINITE, 0)
            else:
                draft.rows.add(columns, np.append(times, -1.0), -INFINITE, 1)
                draft.rows.add(columns, np.append(times, 1.0), 1, INFINITE)
    if goal.kind == "absolute":
        draft.rows.add([level], 1.0, 0, goal.within)
