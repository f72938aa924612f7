"""A task → forms by the exact model and HiGHS, or the proof that there are none.

The model of several forms (see van der Linden 2005, ch. 6): a binary for each item and form; besides, one
for each item of an anchor, one for each group and form, and a column for each item and pair of forms where
overlap is bounded. For small tasks and odd constraints: at 10 forms of 100 from 5,000 items it finds little
in a minute.

With a goal, the forms are the best to within the gap; with none they share few items. What is equal is drawn
by weights that rest on the seed, which make the optimum unique or nearly so. Runs stop by gap and nodes,
never by clock.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from examgen.assembly.chance import Chance
from examgen.assembly.search import highs
from examgen.assembly.search.exact_model import Draft, binaries, longest, model_of, size, values_of
from examgen.assembly.search.highs import Answer, Floats, Integers, Model
from examgen.assembly.search.verifying import achieved, recount
from examgen.assembly.task import Infeasible, SearchEnded, Solution, Task

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
    weights = _weights(task, weight or Chance(seed).draw)
    aim = _goal_aim(draft, model, weights, gap) if task.goal else _plain_aim(draft, model, weights)
    most = min(max_nodes, max(_FEWEST_NODES, _WORK // max(1, len(model.costs))))
    answer = _best(draft, model._replace(costs=aim.costs), aim.gap, most, start)
    solution = _solution(draft, answer, aim)
    if faults := recount(task, solution):
        raise AssertionError(f"the solver's forms break the task: {faults[0]}")
    return solution


def _weights(task: Task, weight: Weight) -> Floats:
    """The weight of each item by form, in the last line as one of the anchor."""
    n_lines = task.n_forms + (task.anchor is not None)
    drawn = [[weight(item, form) % HEAVIEST for item in range(task.n_items)] for form in range(n_lines)]
    return np.array(drawn, dtype=np.float64).reshape(n_lines, task.n_items)


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
    costs[_chosen(draft)] = weights * (lightest / max(_heaviest(draft.task, weights), 1))
    return _Aim(costs, limit, unit, lightest, max(gap, _LEAST))


def _chosen(draft: Draft) -> Integers:
    """The columns that say where items are, as `_weights` has them."""
    return np.concatenate([draft.uses, draft.anchor[None]]) if draft.task.anchor else draft.uses


def _heaviest(task: Task, weights: Floats) -> float:
    """What no choice of items exceeds in weight."""
    most = max(longest(task), 0)
    own = np.sort(weights[: task.n_forms], axis=1)[:, ::-1][:, :most].sum()
    anchor = np.sort(weights[task.n_forms :], axis=1)[:, ::-1][:, : task.anchor.size if task.anchor else 0]
    return float(own + anchor.sum())


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


def _solution(draft: Draft, answer: Answer, aim: _Aim) -> Solution:
    """The forms, with the goal as they reach it and what no forms can better."""
    uses = answer.values[draft.uses] > 0.5
    anchor = answer.values[draft.anchor] > 0.5
    held = uses | anchor if len(anchor) else uses
    forms = tuple(tuple(np.flatnonzero(form).tolist()) for form in held)
    objective, bound = achieved(draft.task, forms), None
    if aim.limit is not None and draft.task.goal is not None:
        least = (answer.bound - aim.lightest) / aim.unit
        bound = min(least, aim.limit) if draft.task.goal.kind == "relative" else max(least, aim.limit, 0.0)
    return Solution(forms, tuple(np.flatnonzero(anchor).tolist()), "exact", objective, bound)
