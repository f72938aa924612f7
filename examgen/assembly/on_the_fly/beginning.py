"""One form's task → some forms of it, as unlike as can be had cheaply, for `mixing` to begin from.

Each is the first form found in a pool drawn by chance, which takes HiGHS a fiftieth of a second where the
best form of the whole bank takes a second. Where such pools are too small for a form they grow, at last to
the whole bank; there the items that many of the forms hold cost more.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from examgen.assembly.on_the_fly.one_form import one_form_model
from examgen.assembly.search.highs import Option, solve
from examgen.assembly.task import Infeasible, SearchEnded, Task

Floats = npt.NDArray[np.float64]
Whole = npt.NDArray[np.int64]

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
        form = _of_a_pool(task, share, uses, draw)
        if form is None:
            share = min(1.0, share * GROWTH)
        else:
            forms.append(form)
            uses[form] += 1
    return forms


def _of_a_pool(task: Task, share: float, uses: Floats, draw: np.random.Generator) -> Whole | None:
    """A form of a pool that holds this share of the items, and whole groups."""
    pool = draw.random(task.n_items) < share
    for group in task.groups:
        pool[list(group.items)] = pool[group.items[0]]
    costs = np.zeros(task.n_items)
    if share == 1.0:
        costs = 100 * uses + draw.integers(0, 100, task.n_items)
    model = one_form_model(task, costs, pool.astype(np.float64))
    answer = solve(model, mip_max_nodes=NODES, mip_rel_gap=0.3, **_PRECISE)
    return _items(answer.values, task) if len(answer.values) else None


def _items(values: Floats, task: Task) -> Whole:
    return np.flatnonzero(values[: task.n_items] > 0.5)
