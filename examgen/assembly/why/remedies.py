"""Repairs as values → the task as they make it; and the kinds of items that a bank could have more of."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np

from examgen.assembly.task import Anchor, LinearConstraint, Task
from examgen.assembly.why.kinds import Coefficients, Kind, kinds
from examgen.assembly.why.parts import (
    ANCHOR,
    FORMS,
    GOAL,
    SHARED,
    USES,
    Part,
    counts_items,
    is_length,
    is_size,
)

MOST_KINDS = 200


class Relax(NamedTuple):
    """New bounds of a part: least and greatest of a row, of the items that two forms share; the size of the
    anchor, the number of forms, the most uses of an item, the width of the goal (both the same)."""

    part: Part
    least: float
    greatest: float


class Write(NamedTuple):
    """So many items of this kind are to be written."""

    kind: Kind
    n_items: int


class Repair(NamedTuple):
    """Changes that together give the task its forms."""

    relaxed: tuple[Relax, ...]
    written: tuple[Write, ...]
    cost: float


def repaired(task: Task, repair: Repair) -> Task:
    """The task as a repair makes it; items written stand behind those that there are."""
    for change in repair.relaxed:
        task = _changed(task, change)
    for one in repair.written:
        for _ in range(one.n_items):
            task = _with_item(task, one.kind)
    return task


def _changed(task: Task, change: Relax) -> Task:
    part, least, greatest = change
    if part.kind == "row":
        rows = list(task.rows)
        rows[part.number] = rows[part.number]._replace(least=least, greatest=greatest)
        return task._replace(rows=tuple(rows))
    if part.kind == "anchor-row" and task.anchor is not None:
        own = list(task.anchor.rows)
        own[part.number] = own[part.number]._replace(least=least, greatest=greatest)
        return task._replace(anchor=Anchor(task.anchor.size, tuple(own)))
    if part == ANCHOR and task.anchor is not None:
        same = [
            row._replace(least=least, greatest=least) if is_size(task, row) else row
            for row in task.anchor.rows
        ]
        return task._replace(anchor=Anchor(int(least), tuple(same)))
    if part == FORMS:
        shared = task.shared_least if least > 1 else 0
        return task._replace(n_forms=int(least), shared_least=shared)
    if part == USES:
        return task._replace(most_uses=int(greatest))
    if part == GOAL and task.goal is not None:
        return task._replace(goal=task.goal._replace(within=greatest))
    if part == SHARED:
        return task._replace(shared_least=int(least))
    return task._replace(shared_greatest=int(greatest))


def _with_item(task: Task, kind: Kind) -> Task:
    new = task.n_items
    anchor, goal = task.anchor, task.goal
    if anchor is not None:
        anchor = anchor._replace(rows=_extended(anchor.rows, kind.anchor_rows, new))
    if goal is not None:
        more = np.array([kind.values or (0.0,) * len(goal.points)])
        goal = goal._replace(values=np.concatenate([goal.values, more]))
    rows = _extended(task.rows, kind.rows, new)
    return task._replace(n_items=new + 1, rows=rows, anchor=anchor, goal=goal)


def _extended(
    rows: Sequence[LinearConstraint], coefficients: Coefficients, item: int
) -> tuple[LinearConstraint, ...]:
    added: Mapping[int, float] = dict(coefficients)
    return tuple(
        row._replace(items=(*row.items, item), coefficients=(*row.coefficients, added[n]))
        if n in added
        else row
        for n, row in enumerate(rows)
    )


# ── items that could be written ──────────────────────────────────────────────────────────────


def likely(task: Task) -> tuple[Kind, ...]:
    """Kinds of items like those of the bank, by the quotas that they count for.

    They have no enemies and stand in no group; what they add to a quantity or a curve is what an average
    item of the form asked would add.
    """
    quantities, curve = _fair_rows(task), _fair_curve(task)
    quotas = _quotas(task.rows)
    own_quotas = _quotas(task.anchor.rows if task.anchor else ())
    found = dict.fromkeys((_of(quotas, kind.rows), _of(own_quotas, kind.anchor_rows)) for kind in kinds(task))
    return tuple(
        Kind(tuple(sorted([*rows, *quantities])), anchor_rows, (), curve)
        for rows, anchor_rows in list(found)[:MOST_KINDS]
    )


def _quotas(rows: Sequence[LinearConstraint]) -> frozenset[int]:
    """The rows that count items and are not rules about single items."""
    return frozenset(n for n, row in enumerate(rows) if counts_items(row) and (row.elastic or is_length(row)))


def _of(quotas: frozenset[int], coefficients: Coefficients) -> Coefficients:
    return tuple((n, c) for n, c in coefficients if n in quotas)


def _fair_rows(task: Task) -> list[tuple[int, float]]:
    """What an item adds to each quantity."""
    length = next((row.least for row in task.rows if is_length(row)), 1.0) or 1.0
    return [(n, _fair_share(row, length)) for n, row in enumerate(task.rows) if not counts_items(row)]


def _fair_share(row: LinearConstraint, length: float) -> float:
    """What an item adds to a quantity: the median of the bank, drawn to what is asked of a form."""
    middle = float(np.median(row.coefficients)) if row.coefficients else 0.0
    return round(min(max(middle, row.least / length), row.greatest / length), 5)


def _fair_curve(task: Task) -> tuple[float, ...]:
    """What an item adds to each point of the goal's curve."""
    if task.goal is None:
        return ()
    length = next((row.least for row in task.rows if is_length(row)), 1.0) or 1.0
    if task.goal.kind == "absolute":
        return tuple(round(target / length, 5) for target in task.goal.targets)
    mean = float(task.goal.values.mean()) or 1.0
    scale = mean / float(np.mean(task.goal.targets))
    return tuple(round(target * scale, 5) for target in task.goal.targets)
