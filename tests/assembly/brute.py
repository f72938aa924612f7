"""Brute force: the best forms of a small task, by trying all. Shares nothing with the package but `Task`."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations
from typing import NamedTuple

from examgen.assembly.task import Goal, LinearConstraint, Task

CLOSE = 1e-6


class Candidate(NamedTuple):
    """A form by itself: its items as a bit mask, its curve over the target."""

    held: int
    curve: tuple[float, ...]


class Best(NamedTuple):
    """Some forms that are as good as can be, as sets; the goal they reach, where there is one."""

    forms: tuple[frozenset[int], ...]
    anchor: frozenset[int]
    objective: float | None


def best(task: Task) -> Best | None:
    """The best forms, or None where there are none."""
    found = None
    for anchor in anchors(task):
        singles = [one for one in candidates(task) if anchor & ~one.held == 0]
        for forms in sets_of_forms(task, singles, anchor, ()):
            reached = objective(task.goal, forms)
            if task.goal is None:
                return Best(tuple(members(f.held) for f in forms), members(anchor), None)
            if reached is None or (found and not better(task.goal, reached, found.objective)):
                continue
            found = Best(tuple(members(f.held) for f in forms), members(anchor), reached)
    return found


def members(mask: int) -> frozenset[int]:
    return frozenset(i for i in range(mask.bit_length()) if mask >> i & 1)


def holds(row: LinearConstraint, mask: int) -> bool:
    total = sum(c for i, c in zip(row.items, row.coefficients, strict=True) if mask >> i & 1)
    return row.least - CLOSE <= total <= row.greatest + CLOSE


def anchors(task: Task) -> Iterator[int]:
    """Every set of items that can be the anchor; the empty one where none is asked."""
    size, rows = (task.anchor.size, task.anchor.rows) if task.anchor else (0, ())
    for items in combinations(range(task.n_items), size):
        mask = sum(1 << i for i in items)
        if all(holds(row, mask) for row in rows):
            yield mask


def candidates(task: Task) -> Iterator[Candidate]:
    """Every form that is right by itself."""
    for mask in range(2**task.n_items):
        if all(holds(row, mask) for row in task.rows) and groups_hold(task, mask):
            yield Candidate(mask, curve(task.goal, mask) if task.goal else ())


def groups_hold(task: Task, mask: int) -> bool:
    for group in task.groups:
        count = sum(mask >> i & 1 for i in group.items)
        if count and not group.least <= count <= group.greatest:
            return False
    return True


def curve(goal: Goal, mask: int) -> tuple[float, ...]:
    return tuple(
        sum(float(goal.values[i, k]) for i in members(mask)) / target for k, target in enumerate(goal.targets)
    )


def sets_of_forms(
    task: Task, singles: list[Candidate], anchor: int, begun: tuple[Candidate, ...]
) -> Iterator[tuple[Candidate, ...]]:
    """Every set of forms that are right together; forms are alike, so each set comes in one order."""
    if len(begun) == task.n_forms:
        yield begun
        return
    for n, one in enumerate(singles):
        own = [form.held & ~anchor for form in (*begun, one)]
        shared = [(own[-1] & other).bit_count() for other in own[:-1]]
        if any(not task.shared_least <= count <= task.shared_greatest for count in shared):
            continue
        if task.most_uses is not None and too_often(own, task.most_uses):
            continue
        yield from sets_of_forms(task, singles[n:], anchor, (*begun, one))


def too_often(own: list[int], most: int) -> bool:
    return any(sum(form >> i & 1 for form in own) > most for i in range(max(own).bit_length()))


def objective(goal: Goal | None, forms: tuple[Candidate, ...]) -> float | None:
    """What the forms reach; None where they break the goal's bound, or there is no goal."""
    if goal is None:
        return None
    values = [value for form in forms for value in form.curve]
    if goal.kind == "relative":
        return None if max(values) > (1 + goal.within) * min(values) + CLOSE else min(values)
    farthest = max(abs(value - 1) for value in values)
    return None if farthest > goal.within + CLOSE else farthest


def better(goal: Goal, one: float, other: float | None) -> bool:
    if other is None:
        return True
    return one > other if goal.kind == "relative" else one < other
