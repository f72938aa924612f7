"""A task and a solution → every constraint that the forms break, counted without any solver."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import combinations
from math import fsum

from examgen.assembly.task import Goal, LinearConstraint, Solution, Task

TOLERANCE = 1e-6
"""Tolerance for sums of quantities; counts must be exact."""


def recount(task: Task, solution: Solution) -> list[str]:
    """Return a sentence for each constraint that is broken."""
    rows, faults = _Rows(task.rows), list[str]()
    for n, form in enumerate(solution.forms):
        name, held = f"form {n + 1}", set(form)
        if list(form) != sorted(held) or not held <= set(range(task.n_items)):
            faults.append(f"{name}: items not in order, twice, or not in the pool")
        faults += rows.broken(held, name)
        for group in task.groups:
            count = len(held.intersection(group.items))
            if count and not group.least <= count <= group.greatest:
                faults.append(
                    f"{name}: {group.name}: {count}, asked none or {group.least} to {group.greatest}"
                )
    if len(solution.forms) != task.n_forms:
        faults.append(f"{len(solution.forms)} forms; {task.n_forms} are asked")
    anchor, size = set(solution.anchor), task.anchor.size if task.anchor else 0
    if len(anchor) != size or len(solution.anchor) != size:
        faults.append(f"anchor: {len(solution.anchor)} items, asked {size}")
    if task.anchor:
        faults += _Rows(task.anchor.rows).broken(anchor, "anchor")
    faults += [
        f"form {n + 1}: not all of the anchor" for n, f in enumerate(solution.forms) if not anchor <= set(f)
    ]
    own = [set(form) - anchor for form in solution.forms]
    for (n, one), (m, other) in combinations(enumerate(own), 2):
        if not task.shared_least <= len(one & other) <= task.shared_greatest:
            asked = f"{task.shared_least} to {task.shared_greatest}"
            faults.append(f"forms {n + 1} and {m + 1}: share {len(one & other)}, asked {asked}")
    if task.most_uses is not None:
        uses = Counter(i for form in own for i in form)
        faults += [f"item {i}: in {u} forms" for i, u in sorted(uses.items()) if u > task.most_uses]
    if task.goal is not None:
        reached = curves(task.goal, solution.forms)
        lowest = min(value for curve in reached for value in curve)
        for n, curve in enumerate(reached):
            for point, value in zip(task.goal.points, curve, strict=True):
                if task.goal.kind == "relative" and value > (1 + task.goal.within) * lowest + TOLERANCE:
                    faults.append(f"form {n + 1} at {point:g}: {value:g}, above the cap over {lowest:g}")
                if task.goal.kind == "absolute" and abs(value - 1) > task.goal.within + TOLERANCE:
                    faults.append(f"form {n + 1} at {point:g}: {value:.4f} of the target")
    return faults


def curves(goal: Goal, forms: Iterable[Sequence[int]]) -> list[list[float]]:
    """Return the curve of each form divided by its target, by form and point."""
    return [
        [fsum(float(goal.values[i, k]) for i in form) / target for k, target in enumerate(goal.targets)]
        for form in forms
    ]


def achieved(task: Task, forms: Iterable[Sequence[int]]) -> float | None:
    """Return the value of the goal that the forms reach, as in `Solution.objective`."""
    if task.goal is None:
        return None
    reached = [value for curve in curves(task.goal, forms) for value in curve]
    if not reached:
        return None
    return min(reached) if task.goal.kind == "relative" else max(abs(value - 1) for value in reached)


class _Rows:
    """Rows indexed by item, so that counting a form only visits its own items."""

    def __init__(self, rows: Sequence[LinearConstraint]) -> None:
        self.rows = rows
        self.by_item: dict[int, list[tuple[int, float]]] = {}
        for number, row in enumerate(rows):
            for item, coefficient in zip(row.items, row.coefficients, strict=True):
                self.by_item.setdefault(item, []).append((number, coefficient))
        self.give = [0.0 if set(row.coefficients) <= {1.0} else TOLERANCE for row in rows]

    def broken(self, held: Iterable[int], name: str) -> Iterator[str]:
        terms: list[list[float]] = [[] for _ in self.rows]
        for item in held:
            for number, coefficient in self.by_item.get(item, ()):
                terms[number].append(coefficient)
        for row, give, added in zip(self.rows, self.give, terms, strict=True):
            total = fsum(added)
            if not row.least - give <= total <= row.greatest + give:
                yield f"{name}: {row.name}: {total:g}, asked {row.least:g} to {row.greatest:g}"
