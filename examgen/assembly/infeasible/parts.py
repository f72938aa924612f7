"""A task → its constraints as parts that can be named, dropped and relaxed one by one."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from math import inf
from typing import Literal, NamedTuple

from examgen.assembly.task import Anchor, LinearConstraint, Task

PartKind = Literal[
    "row",
    "group",
    "anchor",
    "anchor-row",
    "forms",
    "overlap-greatest",
    "overlap-least",
    "most-uses",
    "goal",
]


class TaskPart(NamedTuple):
    """One constraint of a task; `number` is the position of a row or group, 0 where there is but one."""

    kind: PartKind
    number: int = 0


FORMS = TaskPart("forms")
"""That there is more than one form: dropped, the forms may be alike, so that one will do."""
ANCHOR = TaskPart("anchor")
GOAL = TaskPart("goal")
OVERLAP = TaskPart("overlap-greatest")
SHARED = TaskPart("overlap-least")
USES = TaskPart("most-uses")


def all_parts(task: Task) -> tuple[TaskPart, ...]:
    """Every part that asks something, in the order of the task."""
    parts = [TaskPart("row", n) for n, row in enumerate(task.rows) if binds(row)]
    parts += [TaskPart("group", n) for n in range(len(task.groups))]
    if task.anchor is not None:
        parts += [ANCHOR, *(TaskPart("anchor-row", n) for n in range(len(task.anchor.rows)))]
    if task.goal is not None:
        parts.append(GOAL)
    if task.n_forms > 1:
        parts.append(FORMS)
        if limits_sharing(task):
            parts.append(OVERLAP)
        if task.shared_least > 0:
            parts.append(SHARED)
        if task.most_uses is not None and task.most_uses < task.n_forms:
            parts.append(USES)
    return tuple(parts)


# ── rows ─────────────────────────────────────────────────────────────────────────────────────


def binds(row: LinearConstraint) -> bool:
    """Whether a row asks anything of the items at all."""
    return row.least > -inf or row.greatest < inf


def row_of(task: Task, part: TaskPart) -> LinearConstraint | None:
    """The row that a part is, if it is one."""
    if part.kind == "row":
        return task.rows[part.number]
    if part.kind == "anchor-row" and task.anchor is not None:
        return task.anchor.rows[part.number]
    return None


def elastic(task: Task, part: TaskPart) -> bool:
    """Whether the part is a quota that a coordinator may relax, not a rule of the trade."""
    row = row_of(task, part)
    return row is not None and row.elastic


def counts_items(row: LinearConstraint) -> bool:
    """Whether a row counts items; a quantity of no items at all would look as if it did."""
    return row.counts and not row.field.startswith(("quantities.", "statistics."))


def is_length(row: LinearConstraint | None) -> bool:
    """Whether the row is the number of items of a form."""
    return row is not None and row.field == "items"


def length_row(task: Task) -> LinearConstraint | None:
    """The row that says how many items a form has."""
    return next((row for row in task.rows if is_length(row)), None)


def longest(task: Task) -> float:
    """Items of the longest form: those that count, and pilot items that stand apart."""
    length = length_row(task)
    if length is None or length.greatest == inf or len(length.items) == task.n_items:
        return inf if length is None else length.greatest
    apart = set(range(task.n_items)) - set(length.items)
    rows = [
        r for r in task.rows if counts_items(r) and r.greatest < inf and r.items and apart.issuperset(r.items)
    ]
    rest = len(apart) - sum(len(row.items) for row in rows)
    return length.greatest + sum(min(row.greatest, len(row.items)) for row in rows) + max(rest, 0)


def limits_sharing(task: Task, n_new: int = 0) -> bool:
    """Whether two forms may not be all alike, with so many further items."""
    return task.shared_greatest < min(task.n_items + n_new, longest(task))


def is_size(task: Task, row: LinearConstraint) -> bool:
    """Whether a row of the anchor says no more than how many items it has."""
    size = task.anchor.size if task.anchor else None
    return counts_items(row) and not row.elastic and row.least == row.greatest == size


# ── bounds ───────────────────────────────────────────────────────────────────────────────────

FREE = (-inf, inf)


def limits(task: Task, part: TaskPart) -> tuple[float, float]:
    """Return the least and the greatest value that a part allows: the sum of a row, the size of the
    anchor, the number of forms, the items that two forms share, the uses of an item, the width of the
    goal."""
    if (row := row_of(task, part)) is not None:
        return row.least, row.greatest
    if part == ANCHOR and task.anchor is not None:
        return task.anchor.size, inf
    if part == GOAL and task.goal is not None:
        return -inf, task.goal.within
    ends = {
        FORMS: (task.n_forms, inf),
        SHARED: (task.shared_least, inf),
        OVERLAP: (-inf, task.shared_greatest),
        USES: (-inf, task.most_uses or 0),
    }
    return ends[part]


def limited(task: Task, new: Mapping[TaskPart, tuple[float, float]]) -> Task:
    """The task with other limits of some parts, `FREE` for a part that asks nothing any more; rows and groups
    keep their positions."""

    def rows(kind: PartKind, old: Sequence[LinearConstraint]) -> tuple[LinearConstraint, ...]:
        ends = (new.get(TaskPart(kind, n), (row.least, row.greatest)) for n, row in enumerate(old))
        return tuple(
            row._replace(least=least, greatest=greatest)
            for row, (least, greatest) in zip(old, ends, strict=True)
        )

    groups = tuple(
        group._replace(least=0, greatest=len(group.items)) if TaskPart("group", n) in new else group
        for n, group in enumerate(task.groups)
    )
    shared, uses = task.shared_greatest, task.most_uses
    anchor, goal, n_forms = task.anchor, task.goal, task.n_forms
    if OVERLAP in new:
        shared = int(min(new[OVERLAP][1], task.n_items))
    if anchor is not None and new.get(ANCHOR) == FREE:
        # its items may still be shared: to drop a part must never ask for more
        shared, anchor = shared + anchor.size, None
    elif anchor is not None:
        size = int(new[ANCHOR][0]) if ANCHOR in new else anchor.size
        copies = rows("anchor-row", anchor.rows)
        sized = (row._replace(least=size, greatest=size) if is_size(task, row) else row for row in copies)
        anchor = Anchor(size, tuple(sized))
    if USES in new:
        uses = None if new[USES] == FREE else int(new[USES][1])
    if goal is not None and GOAL in new:
        goal = None if new[GOAL] == FREE else goal._replace(within=new[GOAL][1])
    if FORMS in new:
        n_forms = int(max(new[FORMS][0], 1))
    least = int(max(new[SHARED][0], 0)) if SHARED in new else task.shared_least
    return task._replace(
        n_forms=n_forms,
        rows=rows("row", task.rows),
        groups=groups,
        shared_least=least if n_forms > 1 else 0,
        shared_greatest=shared,
        anchor=anchor,
        most_uses=uses,
        goal=goal,
    )


def without(task: Task, dropped: Iterable[TaskPart]) -> Task:
    """The task with some parts dropped."""
    return limited(task, dict.fromkeys(dropped, FREE))


def only(task: Task, kept: Collection[TaskPart]) -> Task:
    """The task with these parts and no others."""
    return without(task, [part for part in all_parts(task) if part not in kept])
