"""A task → forms by the exact model and HiGHS, or the proof that there are none.

The model of several forms (see van der Linden 2005, ch. 6): a binary for each item and form; besides, one
for each item of an anchor, one for each group and form, and a column for each item and pair of forms where
overlap is bounded. For small tasks and odd constraints: at 10 forms of 100 from 5,000 items it finds little
in a minute.

With a goal, the forms are the best to within the gap; with none they share few items. What is equal is drawn
by weights that rest on the seed, which make the optimum unique or nearly so. Runs stop by gap and nodes,
never by clock.

A task → the columns and rows of its exact model, and where each part stands.

What tells this model from the plain one: uses of an item are counted by convex columns, which bound the
sharing of all pairs of forms together where the relaxation of the pairs alone sees none (half an item in
each of two forms is shared by neither). Without them four forms of 40 from 93 items take minutes.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import combinations
from math import comb
from typing import NamedTuple

import numpy as np

from examgen.assembly.search import highs
from examgen.assembly.search.highs import INFINITE, Answer, Columns, Floats, Integers, Model, Rows
from examgen.assembly.search.recount import achieved, recount
from examgen.assembly.seeded_random import Chance
from examgen.assembly.task import Goal, Group, Infeasible, LinearConstraint, SearchEnded, Solution, Task

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
        # a column for each item that is 1 where both forms hold it; exactly so where sharing is asked
        forms = np.stack([columns, draft.uses[one], draft.uses[other]], axis=1)
        draft.rows.add_block(forms, [1.0, -1.0, -1.0], -1, INFINITE)
        for n in (1, 2) if task.shared_least > 0 else ():
            draft.rows.add_block(forms[:, [0, n]], [1.0, -1.0], -INFINITE, 0)
        draft.rows.add(columns, 1.0, task.shared_least, task.shared_greatest)
    # the sum over pairs: an item's n-th use is shared with n − 1 forms
    times = np.repeat(np.arange(1.0, len(draft.more) + 1), task.n_items)
    least, greatest = len(pairs) * task.shared_least, len(pairs) * task.shared_greatest
    draft.rows.add(draft.more.ravel(), times, least, greatest)


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


MAX_NODES = 1_000
GAP = 0.01
"""Of the goal: a share of its bound (relative), a part of the target (absolute, whose bound may be 0)."""

LARGEST = 100_000
"""Columns of the largest model that is tried: its first relaxation takes seconds, its first node minutes."""

_WORK = 2_000_000
"""Nodes times columns that a search may cost; small models may take more nodes to find any forms at all."""

_FEWEST_NODES = 50

HEAVIEST = 100_000
"""Weights that break ties are below it."""

SHARED = 100 * HEAVIEST
"""What it costs, without a goal, that two forms share an item."""

_LEAST = 1e-6
"""Below it no difference is seen."""

Weight = Callable[[int, int], int]


class _Aim(NamedTuple):
    """What the columns cost, and how the goal is read back from the sum of it."""

    costs: Floats
    limit: float | None
    """What the goal cannot better, by the relaxation; None without a goal."""
    unit: float
    """What a unit of the goal costs; negative where more is better."""
    lightest: float
    """What the weights never exceed in sum."""
    gap: float
    """At which the search ends, in costs."""


def solve(
    task: Task,
    seed: int,
    max_nodes: int = MAX_NODES,
    gap: float = GAP,
    weight: Weight | None = None,
    start: Solution | None = None,
) -> Solution:
    """The best forms found.

    `weight(item, form)`, an integer from 0 to `HEAVIEST` − 1, breaks ties in place of draws by the item's
    position; the form after the last stands for the anchor. `start` is a solution to begin from, such as
    that of a heuristic: what is returned is no worse.

    Raises `Infeasible` where it is proven that there are no forms, `SearchEnded` where `max_nodes`, or fewer
    of a large model, were searched with neither forms nor proof.
    """
    if size(task) > LARGEST:
        raise SearchEnded(f"{size(task)} columns: too many for the exact model")
    draft = model_of(task)
    model = draft.columns.model(draft.rows)
    draw = weight or Chance(seed).draw
    n_lines = task.n_forms + (task.anchor is not None)
    drawn = [[draw(item, form) % HEAVIEST for item in range(task.n_items)] for form in range(n_lines)]
    weights = np.array(drawn, dtype=np.float64).reshape(n_lines, task.n_items)
    aim = _goal_aim(draft, model, weights, gap) if task.goal else _plain_aim(draft, model, weights)
    most = min(max_nodes, max(_FEWEST_NODES, _WORK // max(1, len(model.costs))))
    answer = _best(draft, model._replace(costs=aim.costs), aim.gap, most, start)
    # The forms, with the goal as they reach it and what no forms can better.
    uses = answer.values[draft.uses] > 0.5
    anchor = answer.values[draft.anchor] > 0.5
    held = uses | anchor if len(anchor) else uses
    forms = tuple(tuple(np.flatnonzero(form).tolist()) for form in held)
    objective, bound = achieved(draft.task, forms), None
    if aim.limit is not None and draft.task.goal is not None:
        least = (answer.bound - aim.lightest) / aim.unit
        bound = min(least, aim.limit) if draft.task.goal.kind == "relative" else max(least, aim.limit, 0.0)
    solution = Solution(forms, tuple(np.flatnonzero(anchor).tolist()), "exact", objective, bound)
    if faults := recount(task, solution):
        raise AssertionError(f"the solver's forms break the task: {faults[0]}")
    return solution


def _plain_aim(draft: Draft, model: Model, weights: Floats) -> _Aim:
    """Few shared items first, then light ones."""
    costs = np.zeros(len(model.costs))
    costs[_chosen(draft)] = weights
    costs[draft.more] = SHARED * np.arange(1.0, len(draft.more) + 1)[:, None]
    return _Aim(costs, None, 0.0, 0.0, 0.5)


def _goal_aim(draft: Draft, model: Model, weights: Floats, gap: float) -> _Aim:
    """The goal in shares of its limit (relative) or by itself (absolute); the weights count for little."""
    assert draft.task.goal is not None
    more_is_better = draft.task.goal.kind == "relative"
    costs = np.zeros(len(model.costs))
    costs[draft.level] = -1.0 if more_is_better else 1.0
    limit = abs(_relaxed(model._replace(costs=costs)))
    unit = -1 / max(limit, _LEAST) if more_is_better else 1.0
    costs[draft.level] = unit
    lightest = max(gap / 20, 10 * _LEAST)
    # What no choice of items exceeds in weight.
    most = max(longest(draft.task), 0)
    own = np.sort(weights[: draft.task.n_forms], axis=1)[:, ::-1][:, :most].sum()
    anchor = np.sort(weights[draft.task.n_forms :], axis=1)[:, ::-1][
        :, : draft.task.anchor.size if draft.task.anchor else 0
    ]
    costs[_chosen(draft)] = weights * (lightest / max(float(own + anchor.sum()), 1))
    return _Aim(costs, limit, unit, lightest, max(gap, _LEAST))


def _chosen(draft: Draft) -> Integers:
    """The columns that say where items are, as `_weights` has them."""
    return np.concatenate([draft.uses, draft.anchor[None]]) if draft.task.anchor else draft.uses


def _relaxed(model: Model) -> float:
    """The best that the relaxation reaches: `Infeasible` where it has no solution."""
    answer = highs.solve(model._replace(integer=np.zeros(len(model.costs), np.bool_)))
    if answer.status == "infeasible":
        raise Infeasible
    if answer.status != "optimal":
        raise SearchEnded(f"the relaxation is {answer.status}")
    return answer.objective


def _best(draft: Draft, model: Model, gap: float, max_nodes: int, start: Solution | None) -> Answer:
    """The lightest forms found; where costs lead astray, begun from forms found without any."""
    begun = values_of(draft, start) if start is not None else None
    answer = _searched(model, gap, max_nodes, begun)
    if answer.status != "unknown":
        return answer
    n_columns = len(model.costs)
    some = _searched(model._replace(costs=np.zeros(n_columns)), gap, max(max_nodes, _WORK // n_columns), None)
    if some.status == "unknown":
        raise SearchEnded("no forms were found, nor a proof that there are none")
    known = binaries(draft)
    answer = _searched(model, gap, max_nodes, (known, np.rint(some.values[known])))
    return some._replace(bound=-np.inf) if answer.status == "unknown" else answer


def _searched(model: Model, gap: float, max_nodes: int, begun: tuple[Integers, Floats] | None) -> Answer:
    """What one search finds within its limits, if anything; `Infeasible` where there is nothing.

    The presolve of HiGHS 1.15 now and then calls a model infeasible that has solutions: its word counts
    only where a search without it finds none either.
    """
    answer = _run(model, gap, max_nodes, begun)
    if answer.status == "infeasible":
        answer = _run(model, gap, max_nodes, begun, presolve="off")
        if not len(answer.values):
            raise Infeasible
    return answer


def _run(
    model: Model,
    gap: float,
    max_nodes: int,
    begun: tuple[Integers, Floats] | None,
    **options: highs.Option,
) -> Answer:
    solver = highs.new_highs(
        mip_rel_gap=0.0,
        mip_abs_gap=gap,
        mip_max_nodes=max_nodes,
        mip_feasibility_tolerance=_LEAST / 10,
        **options,
    )
    highs.pass_model(solver, model)
    if begun is not None:
        highs.pass_start(solver, *begun)
    return highs.run(solver)
