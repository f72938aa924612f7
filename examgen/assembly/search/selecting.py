"""A task and a seed → how many forms are to hold each item, and the anchor: the first step of the fast way.

The linear relaxation of all forms at once leaves few items in fractions. Those that it takes or leaves by a
wide margin (reduced cost) are settled; a MIP decides on the others. Where that fails, ever fewer are settled,
at last none: then "infeasible" is a proof.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from examgen.assembly.search.aggregate import Aggregate, aggregate, greatest_length
from examgen.assembly.search.bounding import goal_of, relaxation
from examgen.assembly.search.highs import Answer, Floats, Integers, Model, solve
from examgen.assembly.task import Infeasible, LinearConstraint, SearchEnded, Task

CORES = (12, 24, 100)
"""How many columns the MIP may decide on, for each row over many items; attempt by attempt, at last all."""
MANY_ITEMS = 8
GAP = 0.001
FEW = 200
"""Of a relative goal; wider in proportion where all forms together have fewer items than this."""
MAX_NODES = 100
MOST_NODES = 300
"""Where all columns are free."""
PLAIN_GAP = 0.0005
PLAIN_TIE = 0.002
"""The same two without a goal, or with an absolute one: shared items, or parts of the target."""
TIE = 0.0002
"""What chance may cost: the greatest sum of the drawn weights, as a share of the goal."""
MARGIN = 0.0012
"""How far under the cap the sum of all forms stays, so that single forms may differ from it."""
SHARING = 1.5
"""So much more where forms share items, which leaves fewer swaps."""
MANY = 600
"""From this many items on, in all forms, that is enough."""

INSIDE = 0.5
"""How far inside its bounds a sum of quantities is kept, in mean coefficients; and a count that is WIDE."""
WIDE = 3


class Selection(NamedTuple):
    """What the forms hold together."""

    anchor: Integers
    """Positions of the anchor's items."""
    uses: Integers
    """(items,): how many forms hold the item besides."""
    reserve: Integers
    """Items not selected, those first that cost the least to use instead of a selected one."""
    bound: float | None


def margin(task: Task, attempt: int = 0) -> float:
    """How far under the cap selection stays: more for few items, which are harder to bring in line."""
    if task.goal is None or task.goal.kind == "absolute" or task.n_forms == 1:
        return 0.0
    few = float(max(1.0, MANY / max(1, task.n_forms * greatest_length(task)))) ** 0.5
    few *= SHARING if task.shared_greatest else 1.0
    return float(min(MARGIN * few * 1.5**attempt, task.goal.within / 2))


def select(task: Task, seed: int, attempt: int = 0) -> Selection:
    """The items of all forms together, near the optimum; `Infeasible` only where it is proven."""
    chance = np.random.Generator(np.random.PCG64([seed, attempt]))
    weights = chance.integers(1, 1_000, task.n_items) / 1_000
    if task.goal is not None and task.goal.kind == "relative":
        return _relative(task, weights, margin(task, attempt))
    return _plain(task, weights * (PLAIN_TIE / max(1, task.n_forms * greatest_length(task))))


def _relative(task: Task, weights: Floats, under: float) -> Selection:
    assert task.goal is not None
    model = aggregate(task)
    relaxed = relaxation(model)
    bound = goal_of(relaxed)
    model = model.weighed(weights * (TIE * bound / max(1.0, float(relaxed.values[model.uses].sum()))))
    lower = model.capped(task.goal.within - under)
    for part in (eased(task, lower), lower):
        found = _settled(task, part, relaxed, bound)
        if found:
            return found
    return _whole(task, model, relaxed, bound)


def _plain(task: Task, weights: Floats) -> Selection:
    """Without a goal, or with an absolute one: the weights decide, and the relaxation depends on them."""
    model = aggregate(task).weighed(weights)
    try:
        part = eased(task, model)
        relaxed = relaxation(part)
        found = _settled(task, part, relaxed, _least_deviation(task, relaxed))
        if found:
            return found
    except Infeasible:
        pass
    relaxed = relaxation(model)
    return _whole(task, model, relaxed, _least_deviation(task, relaxed))


def eased(task: Task, model: Aggregate) -> Aggregate:
    """The model with quantities and wide counts a little inside their bounds, to leave room for swaps."""
    if task.n_forms == 1:
        return model
    bounds = np.array([_inside(row) for row in task.rows]).reshape(-1, 2)
    return model.bounded(bounds[:, 0], bounds[:, 1])


def _inside(row: LinearConstraint) -> tuple[float, float]:
    width = row.greatest - row.least
    if (width < WIDE and row.counts) or not row.items:
        return row.least, row.greatest
    room = min(INSIDE * float(np.abs(row.coefficients).mean()), width / 4)
    return row.least + room, row.greatest - room


def _least_deviation(task: Task, relaxed: Answer) -> float | None:
    """The least deviation there can be; weights may have made that of the relaxation larger."""
    if task.goal is None:
        return None
    return 0.0 if goal_of(relaxed) < 1e-9 else goal_of(relaxation(aggregate(task)))


def _settled(task: Task, model: Aggregate, relaxed: Answer, bound: float | None) -> Selection | None:
    """What the MIP finds with most columns settled, ever fewer."""
    n_broad = sum(len(row.items) > MANY_ITEMS for row in task.rows)
    for core in CORES:
        size = max(200, core * n_broad)
        answer = solve(_core(model, relaxed, size), mip_max_nodes=MAX_NODES, **_gaps(task))
        if answer.values.size:
            return _selection(model, relaxed, answer.values, bound)
        if size >= len(relaxed.values):
            break
    return None


def _gaps(task: Task) -> dict[str, float]:
    if task.goal is not None and task.goal.kind == "relative":
        return {"mip_rel_gap": GAP * max(1.0, FEW / max(1, task.n_forms * greatest_length(task)))}
    return {"mip_rel_gap": 0.0, "mip_abs_gap": PLAIN_GAP}


def _whole(task: Task, model: Aggregate, relaxed: Answer, bound: float | None) -> Selection:
    """What the MIP finds with no column settled: else there are no forms."""
    answer = solve(model.model, mip_max_nodes=MOST_NODES, **_gaps(task))
    if answer.status in ("infeasible", "unbounded"):  # nothing here is unbounded
        raise Infeasible
    if not answer.values.size:
        raise SearchEnded("no items were found that the forms could hold together")
    return _selection(model, relaxed, answer.values, bound)


def _core(model: Aggregate, relaxed: Answer, size: int) -> Model:
    """The model with all columns settled but those of the least reduced cost, and those of whole groups."""
    settled = np.rint(relaxed.values)
    cost = np.abs(relaxed.reduced_costs)
    cost[np.abs(settled - relaxed.values) > 1e-6] = -1
    cost[model.used] = -1
    cost[-1] = -1
    free = np.zeros(len(cost), dtype=bool)
    free[np.argsort(cost, kind="stable")[:size]] = True
    free |= cost < 0
    whole = model.model
    lower, upper = np.where(free, whole.lower, settled), np.where(free, whole.upper, settled)
    return whole._replace(lower=lower, upper=upper)


def _selection(model: Aggregate, relaxed: Answer, values: Floats, bound: float | None) -> Selection:
    values = np.rint(values).astype(np.int64)
    anchor, uses = [], np.zeros(len(model.kind_of), dtype=np.int64)
    order = np.argsort(model.kind_of, kind="stable")
    last = np.cumsum(np.bincount(model.kind_of))
    taken = values[model.uses].any(axis=1)
    if len(model.anchor):
        taken |= values[model.anchor] > 0
    for kind in np.flatnonzero(taken):
        items = order[last[kind - 1] if kind else 0 : last[kind]]
        n_anchor = int(values[model.anchor[kind]]) if len(model.anchor) else 0
        anchor += items[:n_anchor].tolist()
        _spread(uses, items[n_anchor:], values[model.uses[kind]])
    costs = relaxed.reduced_costs[model.uses[:, 0]][model.kind_of]
    unused = uses == 0
    unused[anchor] = False
    ranked = np.argsort(costs, kind="stable")
    reserve = _one_of_each_first(ranked[unused[ranked]], model.kind_of)
    return Selection(np.array(sorted(anchor), dtype=np.int64), uses, reserve, bound)


def _one_of_each_first(items: Integers, kind_of: Integers) -> Integers:
    """The items in their order, but the second of a kind after the first of every kind, and so on."""
    by_kind = np.argsort(kind_of[items], kind="stable")
    starts = np.flatnonzero(np.diff(kind_of[items][by_kind], prepend=-1))
    copy = np.empty(len(items), dtype=np.int64)
    copy[by_kind] = np.arange(len(items)) - np.repeat(starts, np.diff(np.append(starts, len(items))))
    return items[np.argsort(copy, kind="stable")]


def _spread(uses: Integers, items: Integers, pieces: Integers) -> None:
    """Uses of a kind go to its items as evenly as they can."""
    total = int(pieces.sum())
    if total and len(items):
        uses[items] = total // len(items)
        uses[items[: total % len(items)]] += 1
