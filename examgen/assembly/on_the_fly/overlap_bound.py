"""The task of one form, the number of forms, the ceiling → a lower bound of the mean overlap of two forms.

If c_i of N forms have item i, two forms share Σ c_i (c_i − 1) / (N (N − 1)) items on average. For any forms
that meet the rows of the task, the counts divided by N are a point of the linear relaxation of one form, in
which no item exceeds the ceiling. So the minimum of this convex function over the relaxation bounds the
average from below. Linear programs over ever finer segments approximate the minimum. The result is the
Lagrangian bound at their duals, which is computed here and holds whatever the solver's tolerance (Boyd &
Vandenberghe 2004, Convex Optimization, sec. 5.1).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from examgen.assembly.on_the_fly.start import add_form
from examgen.assembly.search.highs import MipAnswer, MipColumns, MipModel, MipRows, solve
from examgen.assembly.task import Infeasible, SearchEnded, Task

Floats = npt.NDArray[np.float64]
Whole = npt.NDArray[np.int64]

SEGMENTS = 16
ROUNDS = 4
ZOOM = 0.25
"""The range of a round's segments, relative to that of the previous round; it lies around the last rates."""
FEW = 64
"""Up to this ceiling, segments from each whole count to the next are tried, too."""


class Evenest(NamedTuple):
    """The most even exposure of the relaxation, and the bound of the overlap."""

    rates: Floats
    """(items,): the share of the forms that has each item, 0–1."""
    least_overlap: float
    """A lower bound of the items that two forms share on average; NaN for one form."""


def average_overlap(counts: Whole, n_forms: int) -> float:
    """The items that two forms share on average, from the number of forms of each item; NaN for one form."""
    if n_forms < 2:
        return float("nan")
    return int(np.sum(counts * (counts - 1))) / (n_forms * (n_forms - 1))


def evenest(task: Task, n_forms: int, ceiling: int) -> Evenest:
    """The most even rates with no item in more than `ceiling` forms.

    Raises Infeasible if the ceiling cannot be met, SearchEnded if the solver gives no answer.
    """
    reach = ceiling / n_forms
    knots = np.linspace(np.zeros(task.n_items), reach, SEGMENTS + 1).T
    model, answer = _solved(task, n_forms, knots)
    if answer.status == "infeasible":
        raise Infeasible("no exposure of the items meets the constraints and the ceiling")
    if answer.status != "optimal":
        raise SearchEnded(f"the linear program of the exposures ended as {answer.status}")
    least = _lagrangian(model, answer.row_duals, n_forms, ceiling)
    for number in range(1, ROUNDS):
        half = reach * ZOOM**number / 2
        middle = answer.values[: task.n_items]
        around = np.linspace(np.maximum(middle - half, 0.0), np.minimum(middle + half, reach), SEGMENTS + 1).T
        model, finer = _solved(task, n_forms, around)
        if finer.status != "optimal":
            break
        answer = finer
        least = max(least, _lagrangian(model, answer.row_duals, n_forms, ceiling))
    if ceiling <= FEW:
        # segments from each count to the next give a sharper bound if items are in few forms
        counts = np.tile(np.arange(ceiling + 1) / n_forms, (task.n_items, 1))
        model, of_counts = _solved(task, n_forms, counts)
        if of_counts.status == "optimal":
            least = max(least, _lagrangian(model, of_counts.row_duals, n_forms, ceiling))
    rates = np.clip(answer.values[: task.n_items], 0.0, reach)
    return Evenest(rates, least if n_forms > 1 else float("nan"))


def _solved(task: Task, n_forms: int, knots: Floats) -> tuple[MipModel, MipAnswer]:
    """The model of one form, and the answer with rates as sums of segments.

    `knots` (items, segments + 1) are the ends of the segments. The slope of each segment is its cost; its
    columns come last.
    """
    columns, rows = MipColumns(), MipRows()
    widths = np.diff(knots, axis=1)
    slopes = np.diff(knots * knots - knots / n_forms, axis=1) / np.where(widths > 0, widths, 1.0)
    items = columns.add((task.n_items,), 0.0, knots[:, 0], knots[:, -1], False)
    add_form(task, rows, items, columns, False)
    form = columns.model(rows)
    segments = columns.add(widths.shape, slopes, 0.0, widths, False)
    signs = np.concatenate([[1.0], np.full(widths.shape[1], -1.0)])
    rows.add_block(np.concatenate([items[:, None], segments], axis=1), signs, knots[:, 0], knots[:, 0])
    return form, solve(columns.model(rows))


def _lagrangian(form: MipModel, duals: Floats, n_forms: int, ceiling: int) -> float:
    """The bound from these duals (prices) of the rows, which holds for any duals.

    The last rows, one for each item, equate its rate with the sum of its segments; their duals are not
    needed. The best whole count of each item follows from its price in closed form, as does the column of
    each group.
    """
    n_items = len(duals) - len(form.row_lower)
    duals = duals[: len(form.row_lower)]
    bounds = np.where(duals > 0, form.row_lower, form.row_upper)
    duals = np.where(np.isfinite(bounds), duals, 0.0)
    fixed = float(np.sum(duals * np.where(np.isfinite(bounds), bounds, 0.0)))
    price = np.zeros(len(form.costs))
    np.add.at(price, form.columns, form.values * np.repeat(duals, np.diff(form.starts)))
    count = np.clip(np.ceil(price[:n_items] * n_forms / 2), 0, ceiling)
    items = count * (count - 1) / n_forms**2 - price[:n_items] * count / n_forms
    groups = np.minimum(0.0, -price[n_items:])
    total = fixed + float(items.sum()) + float(groups.sum())
    return max(0.0, total * n_forms / max(n_forms - 1, 1))
