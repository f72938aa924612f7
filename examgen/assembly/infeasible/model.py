"""A task, the rows that may give way and the items that may be written → the cheapest changes with which
there are forms, by two models.

The *aggregate* of all forms (`search.aggregate`) is small: what it refutes is proven, but what it allows may
be impossible, such as three enemies in two forms, half of each. The *exact* model (`search.exact`) has a
column for each item and form, and is for small tasks. Rows are elastic, at a cost for each unit (see Chinneck
2008, Feasibility and Infeasibility in Optimization, ch. 6), and placeholders stand for items that may be
written, at a cost for each.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import ceil, inf
from typing import Literal, NamedTuple

import numpy as np

from examgen.assembly.search.aggregate import aggregate, most_uses
from examgen.assembly.search.exact import held, model_of
from examgen.assembly.search.highs import Floats, Integers, MipColumns, MipRows, solve
from examgen.assembly.task import LinearConstraint, SearchEnded, Task

Coefficients = tuple[tuple[int, float], ...]
MAX_NODES = 500
MOST_COLUMNS = 2_500
"""The maximum number of kinds of items in an integer model; a larger one is not tried."""
MOST_PAIRS = 2_500
"""The maximum number of pairs of an item and a form in an exact model; a larger one is not tried."""
MOST_WRITTEN = 500
"""The maximum number of items to write of one kind; `MOST_WRITTEN_EXACT` in an exact model."""
MOST_WRITTEN_EXACT = 3


class ItemKind(NamedTuple):
    """Items to write that a task does not distinguish."""

    rows: Coefficients
    """Row numbers and coefficients, in the order of the rows; `anchor_rows` likewise."""
    anchor_rows: Coefficients = ()
    values: tuple[float, ...] = ()
    """The contribution of one item to each point of the goal's curve."""


class Move(NamedTuple):
    """A change to a task: lower the minimum or raise the maximum of a row, or write items of a kind."""

    kind: Literal["down", "up", "write"]
    number: int


def with_items(task: Task, written: Sequence[tuple[ItemKind, int]]) -> Task:
    """Return the task with placeholders for new items of each kind, numbered after the existing ones."""
    new = [kind for kind, count in written for _ in range(count)]
    if not new:
        return task

    def extended(
        rows: Sequence[LinearConstraint], of_new: Sequence[Coefficients]
    ) -> tuple[LinearConstraint, ...]:
        added: list[list[tuple[int, float]]] = [[] for _ in rows]
        for item, coefficients in enumerate(of_new, task.n_items):
            for number, value in coefficients:
                added[number].append((item, value))
        return tuple(
            row._replace(
                items=(*row.items, *(item for item, _ in more)),
                coefficients=(*row.coefficients, *(value for _, value in more)),
            )
            for row, more in zip(rows, added, strict=True)
        )

    mirrored, goal = task.anchor, task.goal
    if mirrored is not None:
        mirrored = mirrored._replace(rows=extended(mirrored.rows, [kind.anchor_rows for kind in new]))
    if goal is not None:
        values = np.array([kind.values or (0.0,) * len(goal.points) for kind in new])
        goal = goal._replace(values=np.concatenate([goal.values, values]))
    rows = extended(task.rows, [kind.rows for kind in new])
    return task._replace(n_items=task.n_items + len(new), rows=rows, anchor=mirrored, goal=goal)


def refuted(task: Task, integer: bool = False, new: Sequence[ItemKind] = ()) -> bool | None:
    """Return whether the aggregate proves that there are no forms, even if items of the `new` kinds were
    written; None if its search ended without an answer."""
    try:
        return least_change(task, {}, new, integer) is None
    except SearchEnded:
        return None


def least_change(
    task: Task, costs: Mapping[Move, float], new: Sequence[ItemKind] = (), integer: bool = False
) -> dict[Move, float] | None:
    """Return the cheapest moves with which the aggregate has a solution, and their sizes; None if no moves
    help.

    `costs` has the cost of a unit of each move; items of a `new` kind without a cost are free. Unless
    `integer`, only the numbers of items to write are whole. Raises `SearchEnded` if neither a solution nor
    a proof was found in time.
    """
    # no more of one kind than a row may require of every form
    most_required = max([1.0, *(row.least for row in task.rows if row.counts_items)])
    n_new = min(task.n_forms * int(most_required), MOST_WRITTEN)
    whole = with_items(task, [(kind, n_new) for kind in new])
    found = aggregate(whole)
    if integer and len(found.uses) > MOST_COLUMNS:
        raise SearchEnded("too many columns")
    base = found.model if integer else found.model.relaxed()
    lower, upper = base.row_lower.copy(), base.row_upper.copy()
    for move in costs:
        if move.kind != "write" and (row := found.row_of[move.number]) >= 0:
            (lower if move.kind == "down" else upper)[row] = -inf if move.kind == "down" else inf
    base = base._replace(costs=np.zeros(len(base.costs)), row_lower=lower, row_upper=upper)
    columns, rows = base.draft()
    moves: dict[Move, Integers] = {}
    for move, cost in costs.items():
        if move.kind == "write" or (place := found.row_of[move.number]) < 0:
            continue
        row = task.rows[move.number]
        moves[move] = moved = _moved(columns, row, move, cost, integer)
        some = slice(base.starts[place], base.starts[place + 1])
        _give_way(rows, row, move, base.columns[some], base.values[some], moved, task.n_forms)
    # the items of a kind that are used are there or written
    writes = [Move("write", n) for n in range(len(new))]
    written = columns.add((len(new),), [costs.get(move, 0.0) for move in writes], upper=float(n_new))
    moves |= {move: written[[move.number]] for move in writes}
    of_new, most = found.kind_of[task.n_items :: n_new][: len(new)], float(most_uses(whole))
    times = [*[1.0] * (found.uses.shape[1] - 1), most - found.uses.shape[1] + 1]
    for kind in np.unique(of_new):
        mine, there = written[of_new == kind], float((found.kind_of[: task.n_items] == kind).sum())
        uses, anchor = found.uses[kind], found.anchor[kind : kind + 1]
        for column, n in zip(uses, times, strict=True):
            rows.add([column, *mine], [1.0, *[-n] * len(mine)], -inf, n * there)
        each = [*[1.0] * len(uses), *[most] * len(anchor), *[-most] * len(mine)]
        rows.add([*uses, *anchor, *mine], each, -inf, most * there)
    return _solved(task, columns, rows, moves)


def least_change_of_forms(
    task: Task, costs: Mapping[Move, float], new: Sequence[ItemKind] = ()
) -> dict[Move, float] | None:
    """Return the cheapest moves with which the exact model has a solution, and their sizes; None if no moves
    help. `costs` and `new` as in `least_change`.

    Raises `SearchEnded` if the task is too large or no solution was found in time.
    """
    whole = with_items(task, [(kind, MOST_WRITTEN_EXACT) for kind in new])
    if whole.n_items * whole.n_forms > MOST_PAIRS:
        raise SearchEnded("too many columns")
    loose = [*whole.rows]
    for move in costs:
        if move.kind == "down":
            loose[move.number] = loose[move.number]._replace(least=-inf)
        elif move.kind == "up":
            loose[move.number] = loose[move.number]._replace(greatest=inf)
    draft = model_of(whole._replace(rows=tuple(loose)))
    moves = {}
    for move, cost in costs.items():
        if move.kind == "write":
            first = task.n_items + move.number * MOST_WRITTEN_EXACT
            items = np.arange(first, first + MOST_WRITTEN_EXACT)
            moves[move] = written = draft.columns.add((MOST_WRITTEN_EXACT,), cost)
            for uses in (*draft.uses[:, items], *([draft.anchor[items]] if task.anchor else [])):
                draft.rows.add_block(np.stack([uses, written], axis=1), [1.0, -1.0], -inf, 0)
            continue
        row = whole.rows[move.number]
        moves[move] = moved = _moved(draft.columns, row, move, cost, True)
        for form in range(whole.n_forms):
            _give_way(draft.rows, row, move, *held(draft, form, row.items, row.coefficients), moved, 1)
    return _solved(task, draft.columns, draft.rows, moves)


def _moved(columns: MipColumns, row: LinearConstraint, move: Move, cost: float, integer: bool) -> Integers:
    """Add the column of how far a bound of a row moves; a minimum count moves to 0 at most."""
    counted = row.counts_items
    most = max(row.least, 0.0) if counted and move.kind == "down" else inf
    return columns.add((1,), cost, upper=most, integer=integer and counted)


def _give_way(
    rows: MipRows,
    row: LinearConstraint,
    move: Move,
    items: Integers,
    values: Sequence[float] | Floats,
    moved: Integers,
    n_forms: int,
) -> None:
    """Add the bound of a row that moves, for a sum over so many forms.

    Each bound has a row of its own, so that a form that falls short by less need not make up for it.
    """
    sign, ends = (
        (1, (n_forms * row.least, inf)) if move.kind == "down" else (-1, (-inf, n_forms * row.greatest))
    )
    rows.add(np.append(items, moved), np.append(values, sign * n_forms), *ends)


def _solved(
    task: Task, columns: MipColumns, rows: MipRows, moves: Mapping[Move, Integers]
) -> dict[Move, float] | None:
    """Return the sizes of the moves in the cheapest solution: whole items, or a quantity."""
    answer = solve(columns.model(rows), mip_max_nodes=MAX_NODES, mip_rel_gap=0.0)
    if answer.status in ("infeasible", "unbounded"):  # no cost is below 0: nothing here is unbounded
        return None
    if not answer.values.size and len(columns):
        raise SearchEnded(answer.status)
    found = {}
    for move, places in moves.items():
        if (value := float(answer.values[places].sum())) > 1e-6:
            whole = move.kind == "write" or task.rows[move.number].counts_items
            found[move] = ceil(value - 1e-6) if whole else value
    return found
