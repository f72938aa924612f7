"""A task, an anchor and some of its items → the task of the rest of each form, over those items alone."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from examgen.assembly.search.highs import Floats, Integers
from examgen.assembly.task import Group, LinearConstraint, Task


class Narrow(NamedTuple):
    """A task without an anchor; item i of it is item `pool[i]` of the whole task."""

    task: Task
    pool: Integers
    anchor: Integers
    base: Floats
    """(points,): what the anchor adds to each curve, over the target."""


def narrowed(task: Task, anchor: Integers, items: Integers) -> Narrow:
    """The task that is left of `task` once the anchor stands; `items` are in order, none of the anchor."""
    place = np.full(task.n_items, -1, dtype=np.int64)
    place[items] = np.arange(len(items))
    standing = np.zeros(task.n_items, dtype=bool)
    standing[anchor] = True
    rows = [_rest_of_row(row, place, standing) for row in task.rows]
    groups = []
    for group in task.groups:
        members = np.array(group.items, dtype=np.int64)
        inside = tuple(int(i) for i in place[members] if i >= 0)
        n_standing = int(standing[members].sum())
        if n_standing:
            rows.append(_rest_of_group(group, inside, n_standing))
        elif inside:
            groups.append(group._replace(items=inside))
    goal = task.goal and task.goal._replace(values=task.goal.values[items])
    rest = task._replace(n_items=len(items), rows=tuple(rows), groups=tuple(groups), anchor=None, goal=goal)
    return Narrow(rest, items, anchor, _base(task, anchor))


def _rest_of_row(
    row: LinearConstraint, place: Integers, standing: np.typing.NDArray[np.bool_]
) -> LinearConstraint:
    members = np.array(row.items, dtype=np.int64)
    values = np.array(row.coefficients, dtype=np.float64)
    done = float(values[standing[members]].sum())
    inside = place[members] >= 0
    return row._replace(
        items=tuple(place[members[inside]].tolist()),
        coefficients=tuple(values[inside].tolist()),
        least=row.least - done,
        greatest=row.greatest - done,
    )


def _rest_of_group(group: Group, inside: tuple[int, ...], n_standing: int) -> LinearConstraint:
    least, greatest = max(0, group.least - n_standing), group.greatest - n_standing
    ones = (1.0,) * len(inside)
    return LinearConstraint(group.name, group.field, inside, ones, least, greatest, False)


def _base(task: Task, anchor: Integers) -> Floats:
    if task.goal is None:
        return np.zeros(0)
    return np.asarray(task.goal.values[anchor].sum(axis=0) / np.array(task.goal.targets))
