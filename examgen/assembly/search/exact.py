"""A task → forms by the exact model and HiGHS, or the proof that there are none.

The model of several forms (see van der Linden 2005, ch. 6) has a binary column for each item and form, one
for each item of an anchor, one for each group and form, and, if overlap is bounded, a column for each item
and pair of forms. It is for small tasks and unusual constraints; for 10 forms of 100 from 5,000 items it
finds little in a minute.

Unlike the plain model, it counts uses of an item by convex columns. These bound the sharing of all pairs of
forms together where the relaxation of the pairs alone sees none (half an item in each of two forms is
shared by neither). Without them, four forms of 40 from 93 items take minutes.

With a goal, the forms are optimal within the gap; without one, they share few items. Ties are broken by
weights that depend on the seed, which make the optimum unique or nearly so. Runs stop by gap and nodes,
never by clock.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations
from math import comb
from typing import NamedTuple

import numpy as np

from examgen.assembly.search import highs
from examgen.assembly.search.aggregate import most_uses
from examgen.assembly.search.highs import INFINITE, Floats, Integers, MipAnswer, MipColumns, MipModel, MipRows
from examgen.assembly.search.recount import achieved, recount
from examgen.assembly.seeded_random import SeededRandom
from examgen.assembly.task import Infeasible, LinearConstraint, SearchEnded, Solution, Task

MAX_NODES = 1_000
GAP = 0.01
"""The permitted gap of the goal: a proportion of its bound (relative), or of the target (absolute, whose
bound may be 0)."""
LARGEST = 100_000
"""The maximum number of columns of a model that is tried. At this size the first relaxation takes seconds and
the first node minutes."""
HEAVIEST = 100_000
"""Upper limit of the weights that break ties."""
SHARED = 100 * HEAVIEST
"""The cost, without a goal, of an item that two forms share."""
_GRID = 100_000
"""Grid of the coefficients, which have 5 decimals."""
_WORK = 2_000_000
"""The maximum product of nodes and columns of a search. Small models may use more nodes to find any forms at
all."""
_FEWEST_NODES = 50
_LEAST = 1e-6
"""Differences below this are ignored."""


class Draft(NamedTuple):
    """Columns and rows of the exact model, with the column numbers by their meaning."""

    task: Task
    columns: MipColumns
    rows: MipRows
    uses: Integers
    """(forms, items): the form contains the item, not as part of the anchor; binary."""
    anchor: Integers
    """(items,), or (0,) without an anchor: the item is in the anchor; binary."""
    more: Integers
    """(maximum uses − 1, items): the item has a second use, a third …, outside the anchor."""
    level: Integers
    """(1,), or (0,) without a goal: the value of `Solution.objective`."""
    groups: Integers
    """(groups, forms): the form contains items of the group; binary."""


def model_of(task: Task) -> Draft:
    """Return the exact model of a task, without costs."""
    columns, most = MipColumns(), most_uses(task)
    draft = Draft(
        task,
        columns,
        MipRows(),
        uses=columns.add((task.n_forms, task.n_items), upper=float(min(most, 1))),
        anchor=columns.add((task.n_items if task.anchor else 0,)),
        more=columns.add((max(most - 1, 0), task.n_items), integer=False),
        level=columns.add((1 if task.goal else 0,), upper=INFINITE, integer=False),
        groups=columns.add((len(task.groups), task.n_forms)),
    )
    rows, anchor = draft.rows, task.anchor
    for form in range(task.n_forms):
        for row in task.rows:
            rows.add(*held(draft, form, row.items, row.coefficients), *_bounds(row))
        for group, chosen in zip(task.groups, draft.groups[:, form], strict=True):
            # none of the group, or least to greatest; each item by itself too, for a tighter relaxation
            items, ones = held(draft, form, group.items, np.ones(len(group.items)))
            items = np.append(items, chosen)
            rows.add(items, np.append(ones, -group.least), 0, INFINITE)
            rows.add(items, np.append(ones, -group.greatest), -INFINITE, 0)
            for item in group.items:
                alone, one = held(draft, form, [item], [1.0])
                rows.add(np.append(alone, chosen), np.append(one, -1.0), -INFINITE, 0)
    if anchor is not None:
        rows.add(draft.anchor, 1.0, anchor.size, anchor.size)
        for row in anchor.rows:
            rows.add(draft.anchor[np.asarray(row.items, np.int64)], row.coefficients, *_bounds(row))
        for uses in draft.uses:  # an item of it has no further use
            rows.add_block(np.stack([uses, draft.anchor], axis=1), 1.0, -INFINITE, 1)
    # The uses of each item: at most `most`, and none beside the anchor; the first is free of `more`.
    ones_of = [1.0] * task.n_forms
    each = np.concatenate([draft.uses, *([draft.anchor[None]] if anchor else [])]).T
    if most < task.n_forms or anchor:
        rows.add_block(each, [*ones_of, *([float(most)] if anchor else [])], -INFINITE, most)
    if most > 1:
        values = [*ones_of, *([1.0] if anchor else []), *([-1.0] * (most - 1))]
        rows.add_block(np.concatenate([each, draft.more.T], axis=1), values, -INFINITE, 1)
    if _pairs_count(task):
        pairs = list(combinations(range(task.n_forms), 2))
        both = columns.add((len(pairs), task.n_items), integer=False)
        for shared, (n, m) in zip(both, pairs, strict=True):
            # a column for each item that is 1 if both forms contain it, and only then if sharing is required
            forms = np.stack([shared, draft.uses[n], draft.uses[m]], axis=1)
            rows.add_block(forms, [1.0, -1.0, -1.0], -1, INFINITE)
            for place in (1, 2) if task.shared_least > 0 else ():
                rows.add_block(forms[:, [0, place]], [1.0, -1.0], -INFINITE, 0)
            rows.add(shared, 1.0, task.shared_least, task.shared_greatest)
        # the sum over pairs: an item's n-th use is shared with n − 1 forms
        times = np.repeat(np.arange(1.0, len(draft.more) + 1), task.n_items)
        least, greatest = len(pairs) * task.shared_least, len(pairs) * task.shared_greatest
        rows.add(draft.more.ravel(), times, least, greatest)
    if task.goal is not None:
        # the level under all curves and the cap over them, or the deviation of the farthest
        cap = -(1 + task.goal.within)
        bounds = [(-1.0, 0.0, INFINITE), (cap, -INFINITE, 0.0)]
        if task.goal.kind == "absolute":
            bounds = [(-1.0, -INFINITE, 1.0), (1.0, 1.0, INFINITE)]
        for point, target in enumerate(task.goal.targets):
            adds = task.goal.values[:, point] / target
            some = np.flatnonzero(adds)
            for form in range(task.n_forms):
                items, values_of_items = held(draft, form, some, adds[some])
                for sign, low, high in bounds:
                    rows.add(np.append(items, draft.level), np.append(values_of_items, sign), low, high)
        if task.goal.kind == "absolute":
            rows.add(draft.level, 1.0, 0, task.goal.within)
    return draft


def binaries(draft: Draft) -> Integers:
    """Return the columns that determine all others."""
    return np.concatenate([draft.uses.ravel(), draft.anchor, draft.groups.ravel()])


def values_of(draft: Draft, solution: Solution) -> tuple[Integers, Floats]:
    """Return the binary columns and their values in a solution."""
    task = draft.task
    anchor = np.zeros(task.n_items, np.bool_)
    anchor[list(solution.anchor)] = True
    held = np.zeros((task.n_forms, task.n_items), np.bool_)
    for form, items in zip(held, solution.forms, strict=True):
        form[list(items)] = True
    groups = [[form[list(group.items)].any() for form in held] for group in task.groups]
    known = [(held & ~anchor).ravel(), anchor[: len(draft.anchor)], np.array(groups, np.bool_).ravel()]
    return binaries(draft), np.concatenate(known).astype(np.float64)


def longest(task: Task) -> int:
    """Return an upper bound of the number of items in a form outside the anchor, as far as disjoint counts
    show."""
    covered, most = np.zeros(task.n_items, np.bool_), 0.0
    for row in sorted((row for row in task.rows if row.counts), key=lambda row: -len(row.items)):
        items = np.asarray(row.items, np.int64)
        if not covered[items].any():
            covered[items] = True
            most += min(row.greatest, len(items))
    return int(most + (~covered).sum()) - (task.anchor.size if task.anchor else 0)


def _pairs_count(task: Task) -> bool:
    """Return whether shared items of pairs of forms must be counted. They need not be if forms may share
    nothing, or everything."""
    bounded = 0 < task.shared_greatest < longest(task)
    return task.n_forms > 1 and (bounded or task.shared_least > 0)


def size(task: Task) -> int:
    """Return the approximate number of columns of the model."""
    n_pairs = comb(task.n_forms, 2) if _pairs_count(task) else 0
    return task.n_items * (task.n_forms + n_pairs + max(most_uses(task) - 1, 0))


def _bounds(row: LinearConstraint) -> tuple[float, float]:
    """Return the bounds of a row, moved to possible values of its sum, so that no sum violates them by less
    than the solver can detect."""
    steps = np.asarray(row.coefficients) * _GRID
    if not np.allclose(steps, np.rint(steps), rtol=0, atol=1e-6):
        return row.least, row.greatest
    least = np.ceil(row.least * _GRID - 0.1) / _GRID
    return float(least), float(np.floor(row.greatest * _GRID + 0.1) / _GRID)


def held(
    draft: Draft, form: int, items: Sequence[int] | Integers, values: Sequence[float] | Floats
) -> tuple[Integers, Floats]:
    """Return the columns and values of items in the form, including those of the anchor."""
    at, times = np.asarray(items, dtype=np.int64), np.asarray(values, dtype=np.float64)
    if not draft.task.anchor:
        return draft.uses[form, at], times
    return np.concatenate([draft.uses[form, at], draft.anchor[at]]), np.concatenate([times, times])


def solve(
    task: Task, seed: int, max_nodes: int = MAX_NODES, gap: float = GAP, start: Solution | None = None
) -> Solution:
    """Return the best forms found.

    `start` is a solution to begin from, such as that of a heuristic; the result is no worse. Raises
    `Infeasible` if it is proven that there are no forms, and `SearchEnded` if `max_nodes`, or fewer for a
    large model, were searched without finding forms or a proof.
    """
    if size(task) > LARGEST:
        raise SearchEnded(f"{size(task)} columns: too many for the exact model")
    draft = model_of(task)
    model, goal = draft.columns.model(draft.rows), task.goal
    n_columns = len(model.costs)
    # Ties are broken by random weights for each item in each form and in the anchor.
    draw, n_lines = SeededRandom(seed).draw, task.n_forms + (task.anchor is not None)
    drawn = [[draw(item, form) % HEAVIEST for item in range(task.n_items)] for form in range(n_lines)]
    weights = np.array(drawn, dtype=np.float64).reshape(n_lines, task.n_items)
    costs, lightest = np.zeros(n_columns), 0.0
    limit, unit = 0.0, 1.0
    if goal is None:
        # few shared items first, then light ones
        costs[draft.more] = SHARED * np.arange(1.0, len(draft.more) + 1)[:, None]
        gap = 0.5
    else:
        # The goal in shares of what it cannot better, by the relaxation (relative), or by itself (absolute);
        # the weights count for little.
        costs[draft.level] = -1.0 if goal.kind == "relative" else 1.0
        relaxed = highs.solve(model.relaxed()._replace(costs=costs))
        if relaxed.status == "infeasible":
            raise Infeasible
        if relaxed.status != "optimal":
            raise SearchEnded(f"the relaxation is {relaxed.status}")
        limit = abs(relaxed.objective)
        unit = -1 / max(limit, _LEAST) if goal.kind == "relative" else 1.0
        costs[draft.level] = unit
        # What no choice of items exceeds in weight comes to the lightest.
        lightest = max(gap / 20, 10 * _LEAST)
        heavy = np.sort(weights, axis=1)[:, ::-1]
        own = heavy[: task.n_forms, : max(longest(task), 0)].sum()
        anchored = heavy[task.n_forms :, : task.anchor.size if task.anchor else 0].sum()
        weights = weights * (lightest / max(float(own + anchored), 1))
        gap = max(gap, _LEAST)
    costs[np.concatenate([draft.uses, draft.anchor[None]]) if task.anchor else draft.uses] = weights
    model = model._replace(costs=costs)
    most = min(max_nodes, max(_FEWEST_NODES, _WORK // max(1, n_columns)))
    answer = _searched(model, gap, most, values_of(draft, start) if start is not None else None)
    if answer.status == "unknown":
        # costs may lead astray: begin from forms found without any
        plain = model._replace(costs=np.zeros(n_columns))
        some = _searched(plain, gap, max(most, _WORK // n_columns), None)
        if some.status == "unknown":
            raise SearchEnded("no forms were found, nor a proof that there are none")
        known = binaries(draft)
        answer = _searched(model, gap, most, (known, np.rint(some.values[known])))
        if answer.status == "unknown":
            answer = some._replace(bound=-np.inf)
    # The forms, with the goal that they reach and its bound.
    uses = answer.values[draft.uses] > 0.5
    anchor = answer.values[draft.anchor] > 0.5
    held = uses | anchor if len(anchor) else uses
    forms = tuple(tuple(np.flatnonzero(form).tolist()) for form in held)
    bound = None
    if goal is not None:
        least = (answer.bound - lightest) / unit
        bound = min(least, limit) if goal.kind == "relative" else max(least, limit, 0.0)
    solution = Solution(forms, tuple(np.flatnonzero(anchor).tolist()), "exact", achieved(task, forms), bound)
    if faults := recount(task, solution):
        raise AssertionError(f"the solver's forms break the task: {faults[0]}")
    return solution


def _searched(
    model: MipModel, gap: float, max_nodes: int, begun: tuple[Integers, Floats] | None
) -> MipAnswer:
    """Return the result of one search within its limits. Raises `Infeasible` if there is no solution.

    The presolve of HiGHS 1.15 sometimes declares a model infeasible that has solutions, so its answer is
    accepted only if a search without presolve finds none either.
    """
    for presolve in ("choose", "off"):
        answer = highs.solve(
            model,
            begun,
            mip_rel_gap=0.0,
            mip_abs_gap=gap,
            mip_max_nodes=max_nodes,
            mip_feasibility_tolerance=_LEAST / 10,
            presolve=presolve,
        )
        if len(answer.values) or (presolve == "choose" and answer.status != "infeasible"):
            return answer
    raise Infeasible
