"""A task → the cheapest moves with which the exact model of its forms has a solution.

The model in `model` aggregates all forms and allows what no distribution of the items over forms can do,
such as three enemies in two forms, half of each. This model has a column for each item and form, and is for
small tasks.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import inf

import numpy as np

from examgen.assembly.infeasible.model import MAX_NODES, MOST_PAIRS, ItemKind, Move, move_sizes
from examgen.assembly.infeasible.writing import with_items
from examgen.assembly.search.exact import held, model_of
from examgen.assembly.search.highs import solve
from examgen.assembly.task import SearchEnded, Task

MOST_WRITTEN = 3
"""The maximum number of items to write of one kind."""


def least_change_of_forms(
    task: Task, costs: Mapping[Move, float], new: Sequence[ItemKind] = ()
) -> dict[Move, float] | None:
    """Return the cheapest moves and their sizes; None if no moves help. `costs` and `new` as in
    `least_change`.

    Raises `SearchEnded` if the task is too large or no solution was found in time.
    """
    whole = with_items(task, [(kind, MOST_WRITTEN) for kind in new])
    if whole.n_items * whole.n_forms > MOST_PAIRS:
        raise SearchEnded("too many columns")
    rows = [*whole.rows]
    for move in costs:
        if move.kind == "down":
            rows[move.number] = rows[move.number]._replace(least=-inf)
        elif move.kind == "up":
            rows[move.number] = rows[move.number]._replace(greatest=inf)
    draft = model_of(whole._replace(rows=tuple(rows)))
    moves = {}
    for move, cost in costs.items():
        if move.kind == "write":
            first = task.n_items + move.number * MOST_WRITTEN
            items = np.arange(first, first + MOST_WRITTEN)
            moves[move] = written = draft.columns.add((MOST_WRITTEN,), cost)
            for uses in (*draft.uses[:, items], *([draft.anchor[items]] if task.anchor else [])):
                draft.rows.add_block(np.stack([uses, written], axis=1), [1.0, -1.0], -inf, 0)
            continue
        row = whole.rows[move.number]
        is_down, counted = move.kind == "down", row.counts_items
        most = max(row.least, 0.0) if is_down and counted else inf
        moves[move] = moved = draft.columns.add((1,), cost, upper=most, integer=counted)
        for form in range(whole.n_forms):
            columns, values = held(draft, form, row.items, row.coefficients)
            ends = (row.least, inf) if is_down else (-inf, row.greatest)
            draft.rows.add([*columns, *moved], [*values, 1.0 if is_down else -1.0], *ends)
    answer = solve(draft.columns.model(draft.rows), mip_max_nodes=MAX_NODES, mip_rel_gap=0.0)
    if answer.status == "infeasible":
        return None
    if not answer.values.size:
        raise SearchEnded(answer.status)
    return move_sizes(task, {move: float(answer.values[columns].sum()) for move, columns in moves.items()})
