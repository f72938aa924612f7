"""A task without forms → why: shortages found by counting, then minimal sets of conflicting constraints.

Each test is a model that may refute a task; what it refutes is proven. QuickXplain (Junker 2004) finds a
minimal set: if any one of its parts is dropped, the others can be met.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from functools import partial
from math import inf
from typing import Literal, NamedTuple, get_args

import numpy as np

from examgen.assembly.infeasible.model import MOST_PAIRS, ItemKind, refuted
from examgen.assembly.supply import fewest_items
from examgen.assembly.task import Anchor, Infeasible, LinearConstraint, SearchEnded, Solution, Task

MOST_CAUSES = 12

Solve = Callable[[Task, int], Solution]
Proof = Callable[[Task], bool | None]
"""Returns whether a task is proven to have no forms; None if the search ended without an answer."""


# ── a task as parts ──────────────────────────────────────────────────────────────────────────

PartKind = Literal[
    "row", "anchor", "group", "anchor-row", "goal", "most-shared", "most-uses", "least-shared", "forms"
]
_ORDER: tuple[PartKind, ...] = get_args(PartKind)


class TaskPart(NamedTuple):
    """One constraint of a task; `number` is the position of a row or group, and 0 for the other kinds."""

    kind: PartKind
    number: int = 0


ANCHOR, GOAL = TaskPart("anchor"), TaskPart("goal")
FORMS, MOST_SHARED = TaskPart("forms"), TaskPart("most-shared")
MOST_USES, LEAST_SHARED = TaskPart("most-uses"), TaskPart("least-shared")


def row_of(task: Task, part: TaskPart) -> LinearConstraint | None:
    """Return the row that a part denotes; None if it is not a row."""
    if part.kind == "row":
        return task.rows[part.number]
    if part.kind == "anchor-row" and task.anchor is not None:
        return task.anchor.rows[part.number]
    return None


def is_quota(task: Task, part: TaskPart) -> bool:
    """Return whether the part is a row that a coordinator may relax, not a fixed rule."""
    row = row_of(task, part)
    return row is not None and row.elastic


def _is_length(task: Task, part: TaskPart) -> bool:
    row = row_of(task, part)
    return row is not None and row.is_length


def all_parts(task: Task) -> list[TaskPart]:
    """Return every part that restricts the forms, the most informative for a coordinator first: the length,
    small quotas, large ones, rules on items, requirements of several forms."""

    def rank(part: TaskPart) -> tuple[int, bool, bool, int, int]:
        row = row_of(task, part)
        kind = _ORDER.index(part.kind)
        if row is None or part.kind == "anchor-row":
            return kind, False, False, 0, part.number
        return kind, not row.is_length, not row.elastic, len(row.items), part.number

    anchor, several = task.anchor, task.n_forms > 1
    parts = [TaskPart("row", n) for n, row in enumerate(task.rows) if row.binds]
    parts += [TaskPart("group", n) for n, group in enumerate(task.groups) if group.items]
    parts += [TaskPart("anchor-row", n) for n, row in enumerate(anchor.rows if anchor else ()) if row.binds]
    singles = (
        (ANCHOR, anchor),
        (GOAL, task.goal),
        (FORMS, several),
        (MOST_SHARED, several and task.shared_greatest < task.n_items),
        (LEAST_SHARED, several and task.shared_least),
        (MOST_USES, several and task.most_uses is not None and task.most_uses < task.n_forms),
    )
    return sorted([*parts, *(part for part, asked in singles if asked)], key=rank)


def only(task: Task, kept: Collection[TaskPart]) -> Task:
    """Return the task with only these parts; rows and groups keep their positions."""
    parts = set(kept)

    def rows(kind: PartKind, old: Sequence[LinearConstraint]) -> tuple[LinearConstraint, ...]:
        return tuple(
            row if TaskPart(kind, n) in parts else row._replace(least=-inf, greatest=inf)
            for n, row in enumerate(old)
        )

    shared, anchor = task.shared_greatest if MOST_SHARED in parts else task.n_items, task.anchor
    if anchor is not None and ANCHOR not in parts:
        # its items may still be shared: dropping a part must never make the task stricter
        shared += anchor.size
    return task._replace(
        n_forms=task.n_forms if FORMS in parts else 1,
        rows=rows("row", task.rows),
        groups=tuple(
            group if TaskPart("group", n) in parts else group._replace(items=(), least=0)
            for n, group in enumerate(task.groups)
        ),
        shared_least=task.shared_least if {FORMS, LEAST_SHARED} <= parts else 0,
        shared_greatest=min(shared, task.n_items),
        anchor=Anchor(anchor.size, rows("anchor-row", anchor.rows)) if anchor and ANCHOR in parts else None,
        most_uses=task.most_uses if MOST_USES in parts else None,
        goal=task.goal if GOAL in parts else None,
    )


def without(task: Task, dropped: Collection[TaskPart]) -> Task:
    """Return the task without some of its parts."""
    return only(task, [part for part in all_parts(task) if part not in dropped])


# ── causes ───────────────────────────────────────────────────────────────────────────────────


class Cause(NamedTuple):
    """Constraints that are proven to conflict.

    short: the first part needs `asked` different items, and the bank has `there`.

    over: the minimum counts of the parts add up to `asked`, but the first part allows `there`; under: the
    maximum counts add up to `there`, but the first part requires `asked`.

    reach: the first part requires `asked`, but the best items of a form give `there`; for a goal, at the
    point with this number.
    """

    kind: Literal["short", "over", "under", "reach", "clash"]
    parts: tuple[TaskPart, ...]
    """The constraints, the most important for a coordinator first."""
    asked: float = 0.0
    there: float = 0.0
    point: int = 0
    smallest: bool = False
    """Whether it is proven that they can be met once any one of them is dropped."""
    is_contradiction: bool = False
    """Whether they conflict whatever items the bank has."""


def find(task: Task, solve: Solve, new: Sequence[ItemKind] = ()) -> tuple[Cause, ...]:
    """Return the causes why a task has no forms, those found by counting first; empty if nothing is proven.

    `new` are the kinds of items that could be written.
    """
    proofs = _proofs(solve)
    causes = [*_contradictions(task, new), *_short(task, proofs)]
    rest = without(task, _blamed(task, causes))
    while len(causes) < MOST_CAUSES and all(_blamed(task, [cause]) for cause in causes):
        if not any(proof(rest) for proof in proofs):
            break
        parts, is_smallest = _smallest(rest, all_parts(rest), proofs)
        shaped = _shaped(task, parts, [frozenset(row.items) for row in task.rows])
        causes.append(shaped._replace(smallest=is_smallest))
        rest = without(rest, _blamed(task, causes[-1:]))
    return tuple(causes)


def _blamed(task: Task, causes: Sequence[Cause]) -> list[TaskPart]:
    """Return the parts to set aside when looking for further causes: the quotas of each cause or, without
    any, the number of forms."""
    quotas = ([part for part in cause.parts if is_quota(task, part)] for cause in causes)
    return [
        part
        for cause, own in zip(causes, quotas, strict=True)
        for part in own or [part for part in cause.parts if part == FORMS]
    ]


def _proofs(solve: Solve) -> tuple[Proof, ...]:
    """Return tests from the quickest to the strongest; the last one decides."""

    def solved(task: Task) -> bool | None:
        if task.n_items * task.n_forms > MOST_PAIRS:
            return None
        try:
            solve(task._replace(rows=tuple(row for row in task.rows if row.binds)), 1)
        except Infeasible:
            return True
        except SearchEnded:
            return None
        return False

    def one(task: Task) -> bool | None:
        return refuted(task._replace(n_forms=1, shared_least=0), True)

    return (refuted, one, partial(refuted, integer=True), solved)


def _smallest(
    task: Task, parts: Sequence[TaskPart], proofs: Sequence[Proof]
) -> tuple[tuple[TaskPart, ...], bool]:
    """Return a minimal conflicting subset of the parts, and whether it is proven to be minimal. The first of
    `parts` stays first if it is in it."""
    ordered = [part for part in all_parts(task) if part in set(parts)]
    proof = next((proof for proof in proofs if proof(only(task, ordered))), None)
    if proof is None:
        return tuple(parts), False
    kept = _quickxplain([], ordered, lambda some: bool(proof(only(task, some))), is_new=False)
    verdicts: list[bool | None] = []
    for part in kept[::-1]:
        others = [other for other in kept if other != part]
        verdicts.append(proofs[-1](only(task, others)) if others else False)
        if verdicts[-1]:
            kept = others
    is_smallest = all(verdict is not None for verdict in verdicts)
    return tuple(sorted(kept, key=lambda part: part != parts[0])), is_smallest


def _quickxplain(
    background: list[TaskPart], parts: list[TaskPart], clash: Callable[[list[TaskPart]], bool], is_new: bool
) -> list[TaskPart]:
    """Return a minimal conflict of these parts given the background, preferring the first parts if there is a
    choice."""
    if is_new and clash(background):
        return []
    if len(parts) <= 1:
        return parts
    first, second = parts[: len(parts) // 2], parts[len(parts) // 2 :]
    of_second = _quickxplain([*background, *first], second, clash, is_new=True)
    of_first = _quickxplain([*background, *of_second], first, clash, is_new=bool(of_second))
    return [*of_first, *of_second]


# ── by counting ──────────────────────────────────────────────────────────────────────────────


def different_items(least: int, task: Task) -> int:
    """Return the smallest number of different items that gives each form of the task `least`."""
    anchored = task.anchor.size if task.anchor else 0
    return fewest_items(least, task.n_forms, task.shared_greatest, anchored, task.most_uses)


def _short(task: Task, proofs: Sequence[Proof]) -> Iterator[Cause]:
    """Yield the rows that need more different items than the bank has."""
    several = [part for part in all_parts(task) if part.kind not in ("row", "group", "anchor-row", "goal")]
    for number, row in enumerate(task.rows):
        part, there = TaskPart("row", number), len(row.items)
        needed = different_items(int(row.least), task) if row.counts_items and row.least > 0 else 0
        if needed > there:
            alone = (part,), True
            parts, is_smallest = alone if row.least > there else _smallest(task, (part, *several), proofs)
            yield Cause("short", parts, needed, there, smallest=is_smallest)


def _contradictions(task: Task, new: Sequence[ItemKind]) -> Iterator[Cause]:
    """Yield the counts of a form that contradict each other whatever items are written."""
    if not new:
        return
    members = [
        frozenset(j for j, kind in enumerate(new) if n in dict(kind.rows)) for n in range(len(task.rows))
    ]
    bare = Task(0, 1, tuple(row._replace(items=(), coefficients=()) for row in task.rows))
    # rows for which no item can be written, such as a set of named items, depend on the bank
    counted = [n for n, row in enumerate(task.rows) if row.counts_items and members[n]]
    bare = only(bare, [TaskPart("row", n) for n in counted])
    proof: Proof = partial(refuted, integer=True, new=new)
    while proof(bare):
        parts, is_smallest = _smallest(bare, all_parts(bare), [proof])
        found = _shaped(bare, parts, members)._replace(smallest=is_smallest, is_contradiction=True)
        yield found
        if not (quotas := _blamed(bare, [found])):
            return
        bare = without(bare, quotas)


# ── what a clash is ──────────────────────────────────────────────────────────────────────────


def _shaped(task: Task, parts: Sequence[TaskPart], members: Sequence[frozenset[int]]) -> Cause:
    """Return a minimal conflict classified by its kind. `members` has the items, or kinds of items, that each
    row counts."""

    def rank(part: TaskPart) -> tuple[bool, bool, bool, int, int]:
        is_size = part == FORMS or _is_length(task, part)
        return not is_quota(task, part), part != GOAL, is_size, _ORDER.index(part.kind), part.number

    return (
        _sums(task, parts, members) or _reach(task, parts) or Cause("clash", tuple(sorted(parts, key=rank)))
    )


def _sums(task: Task, parts: Sequence[TaskPart], members: Sequence[frozenset[int]]) -> Cause | None:
    """Return a conflict of disjoint counts whose sum does not fit the count that includes them all; None if
    this is no such conflict."""
    if not all(part.kind == "row" and task.rows[part.number].counts_items for part in parts):
        return None
    for whole in parts:
        others = sorted(part for part in parts if part != whole)
        rows, inside = [task.rows[part.number] for part in others], [members[part.number] for part in others]
        union, row = frozenset[int]().union(*inside), task.rows[whole.number]
        if len(union) < sum(map(len, inside)) or not union <= members[whole.number]:
            continue
        if (least := sum(one.least for one in rows)) > row.greatest:
            return Cause("over", (whole, *others), least, row.greatest)
        if union == members[whole.number] and (most := sum(one.greatest for one in rows)) < row.least:
            return Cause("under", (whole, *others), row.least, most)
    return None


def _reach(task: Task, parts: Sequence[TaskPart]) -> Cause | None:
    """Return a conflict in which a quantity or a curve cannot be reached even by the best items of a form;
    None if this is no such conflict."""
    others = [part for part in parts if not _is_length(task, part)]
    if len(others) != 1 or others[0].kind not in ("row", "goal"):
        return None
    [first], row, goal = others, row_of(task, others[0]), task.goal
    size = next((int(one.greatest) for one in task.rows if one.is_length and len(parts) > 1), task.n_items)
    scored = next((one.items for one in task.rows if one.is_length), ())
    curves = []
    if row is not None:
        curves = [] if row.counts_items else [(np.array(row.coefficients), row.least, row.greatest)]
    elif goal is not None and goal.kind == "absolute":
        values, width = goal.values[list(scored)], goal.within
        curves = [(values[:, k], t * (1 - width), t * (1 + width)) for k, t in enumerate(goal.targets)]
    for point, (values, least, greatest) in enumerate(curves):
        best = np.sort(values)
        highest, lowest = (float(some[:size].sum()) for some in (best[::-1], best))
        if highest < least or lowest > greatest:
            asked, there = (least, highest) if highest < least else (greatest, lowest)
            return Cause("reach", (first, *(part for part in parts if part != first)), asked, there, point)
    return None
