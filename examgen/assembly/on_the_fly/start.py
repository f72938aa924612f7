"""One form's task → some forms of it, as unlike as can be had cheaply, for `mixing` to begin from.

Each is the first form found in a pool drawn by chance, which takes HiGHS a fiftieth of a second where the
best form of the whole bank takes a second. Where such pools are too small for a form they grow, at last to
the whole bank; there the items that many of the forms hold cost more. The model of a form has a column for
each item, one for each group, the goal as rows.

Forms drawn for candidates share nothing but items: what one of them must be is all there is to solve.
See van der Linden (2005), Linear Models for Optimal Test Design, ch. 5 (one form) and 7 (item sets).
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from examgen.assembly.search.highs import INFINITE, MipColumns, MipModel, MipRows, Option, solve
from examgen.assembly.task import Infeasible, LinearConstraint, SearchEnded, Task

Floats = npt.NDArray[np.float64]
Whole = npt.NDArray[np.int64]


def with_goal_as_rows(task: Task, level: float) -> Task:
    """The task without its goal, each point of the curve a row; `level` is that of a relative goal."""
    if task.goal is None:
        return task
    below, above = 1 - task.goal.within, 1 + task.goal.within
    if task.goal.kind == "relative":
        below, above = level, level * (1 + task.goal.within)
    every = tuple(range(len(task.goal.values)))
    return task._replace(
        rows=(
            *task.rows,
            *[
                LinearConstraint(
                    f"curve at {point:g}",
                    "goal",
                    every,
                    tuple(float(value) for value in task.goal.values[:, k]),
                    below * task.goal.targets[k],
                    above * task.goal.targets[k],
                    False,
                )
                for k, point in enumerate(task.goal.points)
            ],
        ),
        goal=None,
    )


def one_form_model(task: Task, costs: Floats | float, upper: Floats | float) -> MipModel:
    """One form without a goal; `costs` and `upper` are (items,); columns: items, then groups."""
    columns, rows = MipColumns(), MipRows()
    add_form(task, rows, columns.add((task.n_items,), costs, 0.0, upper), columns)
    return columns.model(rows)


def highest_level_model(task: Task, reach: float) -> MipModel:
    """The relaxation: the level of a relative goal as high as can be with no item above `reach`."""
    assert task.goal is not None
    columns, rows = MipColumns(), MipRows()
    level = int(columns.add((1,), 1.0, 0.0, INFINITE, False)[0])
    items = columns.add((task.n_items,), 0.0, 0.0, reach, False)
    add_form(task._replace(goal=None), rows, items, columns, False)
    for target, values in zip(task.goal.targets, task.goal.values.T, strict=True):
        both = np.append(items, level)
        rows.add(both, np.append(values, -target), 0.0, INFINITE)
        rows.add(both, np.append(values, -target * (1 + task.goal.within)), -INFINITE, 0.0)
    return columns.model(rows, maximize=True)


def add_form(task: Task, rows: MipRows, items: Whole, columns: MipColumns, whole: bool = True) -> None:
    """The rows and groups of one form over the columns of its items; adds a column for each group."""
    for row in task.rows:
        rows.add(items[np.array(row.items, np.int64)], row.coefficients, row.least, row.greatest)
    used = columns.add((len(task.groups),), integer=whole)
    for group, column in zip(task.groups, used, strict=True):
        rows.add_group(items[list(group.items)], int(column), group.least, group.greatest)


def narrowed(task: Task) -> Task:
    """The task without a goal with the bounds of its quantities drawn in: room to change forms within the
    true ones.
    """
    rows = []
    for row in task.rows:
        by = 0.0 if row.counts else min((row.greatest - row.least) / 4, float(np.std(row.coefficients)) / 2)
        rows.append(row if row.counts else row._replace(least=row.least + by, greatest=row.greatest - by))
    return task._replace(rows=tuple(rows))


FORMS = 48
FIRST_NODES, NODES = 5_000, 200
SMALL_POOL = 300
PLACES = 5
"""Items of a pool for each place of a form, at least."""
GROWTH = 1.3

_PRECISE: dict[str, Option] = {"mip_feasibility_tolerance": 1e-9, "primal_feasibility_tolerance": 1e-9}


def first_form(task: Task) -> Whole:
    """A form of the whole bank; `Infeasible` where there is none, `SearchEnded` where that is not known."""
    answer = solve(one_form_model(task, 0.0, 1.0), mip_max_nodes=FIRST_NODES, **_PRECISE)
    if answer.status == "infeasible":
        raise Infeasible("no form meets the constraints")
    if not len(answer.values):
        raise SearchEnded("no form was found, and no proof that there is none")
    return _items(answer.values, task)


def some_forms(task: Task, first: Whole, n_forms: int, draw: np.random.Generator) -> list[Whole]:
    """Up to `n_forms` forms, the first of them the one given."""
    forms, uses = [first], np.bincount(first, minlength=task.n_items).astype(np.float64)
    share = min(1.0, max(SMALL_POOL, PLACES * len(first)) / task.n_items)
    for _ in range(2 * n_forms):
        if len(forms) == n_forms:
            break
        # A form of a pool that holds this share of the items, and whole groups.
        pool = draw.random(task.n_items) < share
        for group in task.groups:
            pool[list(group.items)] = pool[group.items[0]]
        costs = np.zeros(task.n_items)
        if share == 1.0:
            costs = 100 * uses + draw.integers(0, 100, task.n_items)
        model = one_form_model(task, costs, pool.astype(np.float64))
        answer = solve(model, mip_max_nodes=NODES, mip_rel_gap=0.3, **_PRECISE)
        form = _items(answer.values, task) if len(answer.values) else None
        if form is None:
            share = min(1.0, share * GROWTH)
        else:
            forms.append(form)
            uses[form] += 1
    return forms


def _items(values: Floats, task: Task) -> Whole:
    return np.flatnonzero(values[: task.n_items] > 0.5)
