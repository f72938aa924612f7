"""A task without forms → the cheapest changes that give it forms, each tried before it is offered.

A repair relaxes constraints, orders new items, or both. Candidates come from the elastic models of
`relaxation` (see Chinneck 2008, ch. 6): one for each kind of change that is enough by itself, and one of all
kinds together. The solver has found forms for each repair that is offered.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import cache
from math import ceil, floor, inf
from typing import NamedTuple

import numpy as np

from examgen.assembly.infeasible.clashes import PROOFS, Clash
from examgen.assembly.infeasible.counting import last
from examgen.assembly.infeasible.parts import (
    ANCHOR,
    FORMS,
    GOAL,
    OVERLAP,
    SHARED,
    USES,
    TaskPart,
    all_parts,
    counts_items,
    elastic,
    is_length,
    limited,
    limits,
    row_of,
)
from examgen.assembly.infeasible.relaxation import Coefficients, Freedom, ItemKind, LeastChange, least_change
from examgen.assembly.task import LinearConstraint, SearchEnded, Task

WRITE_COST = 1.0
"""The cost of writing an item: the unit of all costs."""
QUOTA_COST = 2.0
"""The cost of moving a quota by one item of each form."""
SHARE_COST = 3.0
"""The cost of a shared item more or less for two forms, or of an item in one more form (or 10 % more)."""
ANCHOR_COST = 3.0
"""The cost of removing an item from the anchor."""
LENGTH_COST = 4.0
"""The cost of making each form shorter or longer by one item."""
FORM_COST = 10.0
"""The cost of building one form less."""
PERCENT_COST = 0.2
"""The cost of moving a quantity or a curve by 1 % of the demand."""

MOST_REPAIRS = 6
MOST_STEPS = 4
"""How often a repair is enlarged if the solver finds no forms with it."""
DIGITS = 4
"""Significant digits of a relaxed quantity; it is rounded to the side that allows more."""


class Relax(NamedTuple):
    """New limits of a part."""

    part: TaskPart
    least: float
    greatest: float


class Write(NamedTuple):
    """A number of items of this kind to write."""

    kind: ItemKind
    n_items: int


class Repair(NamedTuple):
    """Changes that together give the task its forms, and their cost."""

    relaxed: tuple[Relax, ...]
    written: tuple[Write, ...]
    cost: float


Works = Callable[[Repair], bool]
"""A function that says whether a solver finds the forms of a task after a repair."""


def repaired(task: Task, repair: Repair) -> Task:
    """The task after a repair; new items follow the existing ones."""
    task = limited(task, {part: (least, greatest) for part, least, greatest in repair.relaxed})

    new = [one.kind for one in repair.written for _ in range(one.n_items)]

    def extended(
        rows: Sequence[LinearConstraint], of_new: Sequence[Coefficients]
    ) -> tuple[LinearConstraint, ...]:
        added: dict[int, list[tuple[int, float]]] = {}
        for item, coefficients in enumerate(of_new, task.n_items):
            for number, value in coefficients:
                added.setdefault(number, []).append((item, value))
        return tuple(
            row._replace(
                items=(*row.items, *(item for item, _ in added.get(n, ()))),
                coefficients=(*row.coefficients, *(value for _, value in added.get(n, ()))),
            )
            for n, row in enumerate(rows)
        )

    anchor, goal = task.anchor, task.goal
    if anchor is not None:
        anchor = anchor._replace(rows=extended(anchor.rows, [kind.anchor_rows for kind in new]))
    if goal is not None and new:
        values = np.array([kind.values or (0.0,) * len(goal.points) for kind in new])
        goal = goal._replace(values=np.concatenate([goal.values, values]))
    rows = extended(task.rows, [kind.rows for kind in new])
    return task._replace(n_items=task.n_items + len(new), rows=rows, anchor=anchor, goal=goal)


def cheapest(task: Task, clash: Clash, writable: Sequence[ItemKind], works: Works) -> tuple[Repair, ...]:
    """Repairs that work, cheapest first; `writable` are the kinds of items that could be written."""
    found = _candidates(task, clash, tuple(writable), cache(works))
    best: dict[tuple[object, ...], Repair] = {}
    for one in sorted(found, key=lambda one: (one.cost, len(one.relaxed) + len(one.written), one)):
        # among repairs of the same parts and kinds, the first is the smallest
        best.setdefault((*(r.part for r in one.relaxed), *(w.kind for w in one.written)), one)
    return tuple(best.values())[:MOST_REPAIRS]


def _candidates(task: Task, clash: Clash, possible: tuple[ItemKind, ...], works: Works) -> Iterator[Repair]:
    """The best repair of each kind of change that is enough by itself; of all kinds together if none is."""

    def freedom(parts: Sequence[TaskPart], kinds: tuple[ItemKind, ...] = ()) -> Freedom:
        """Freedom to change these parts and kinds at their costs; the first of equal costs is preferred."""
        dearer = {part: _weight(task, part) * (1 + n * 1e-5) for n, part in enumerate(parts)}
        return Freedom(dearer, kinds, tuple(WRITE_COST * (1 + n * 1e-5) for n in range(len(kinds))))

    # All quotas, one of them, items written, another length, forms that share more …
    parts = all_parts(task)
    blamed = dict.fromkeys(part for cause in clash.causes for part in cause.parts)
    quotas = [part for part in parts if elastic(task, part)]
    absolute = task.goal is not None and task.goal.kind == "absolute"
    singles = [part for part in blamed if is_length(row_of(task, part))]
    singles += [part for part in (OVERLAP, SHARED, USES, ANCHOR) if part in blamed]
    singles += [GOAL] if GOAL in blamed and absolute else []
    by_itself = [freedom([part]) for part in blamed if part in quotas and len(clash.causes) == 1]
    alone = [freedom(quotas), *by_itself, freedom([], possible), *(freedom([part]) for part in singles)]
    found = [_verified(task, one, works) for one in alone]
    # … beside quotas that would not do by themselves,
    if OVERLAP in blamed and OVERLAP not in {
        one.part for repair in found if repair for one in repair.relaxed
    }:
        found.append(_verified(task, freedom([OVERLAP, *quotas]), works))
    # What no linear model finds: the most forms that there can be, for fewer never need more …
    if task.n_forms > 1:
        fewer = [_costed(task, (Relax(FORMS, n, inf),), ()) for n in range(task.n_forms)]
        most = last(
            lambda n: not any(proof.refutes(repaired(task, fewer[n])) for proof in PROOFS[:3]),
            0,
            task.n_forms - 1,
        )
        tried = (fewer[n] for n in range(most, max(most - MOST_STEPS, 0), -1))
        found.append(next((one for one in tried if works(one)), None))
    # … and a relative goal, in steps: its width is multiplied with what is sought.
    if task.goal is not None and not absolute:
        widths = (loose(task.goal.within * factor, ceil) for factor in (1.5, 2, 3, 5, 10))
        wider = (_costed(task, (Relax(GOAL, -inf, within),), ()) for within in widths)
        fit = (one for one in wider if not PROOFS[0].refutes(repaired(task, one)) and works(one))
        found.append(next(fit, None))
    if not any(found) or len(clash.causes) > 1:
        together = [part for part in parts if part in (OVERLAP, SHARED, USES, ANCHOR) or part in quotas]
        together += [GOAL] if absolute else []
        # if forms must share items, it is known only roughly which forms may share new items
        mixes = (_verified(task, freedom(together, kinds), works) for kinds in (possible, ()))
        found.append(next((mixed for mixed in mixes if mixed is not None), None))
    yield from (repair for repair in found if repair is not None)


def _verified(task: Task, freedom: Freedom, works: Works) -> Repair | None:
    """The cheapest change by a model, enlarged if the solver finds no forms with it."""
    if not freedom.parts and not freedom.kinds:
        return None
    tried: set[Repair] = set()
    given: LeastChange | None = None
    for proof in PROOFS[:1] + PROOFS[2:]:
        try:
            given = least_change(task, proof.level, proof.integer, freedom)
        except SearchEnded:
            given = None
        repair = _repair(task, freedom, given) if given else None
        if repair is not None and repair not in tried:
            tried.add(repair)
            if works(repair):
                return repair
    if given is None:
        return None
    # One unit more of everything, a few times; first only new items, since relaxing a part further may remove
    # it. A unit is one item, or 1 % of a quantity or curve.
    units = {part: 1.0 if _whole(task, part) else PERCENT_COST / _weight(task, part) for part in given.parts}
    for step in range(1, MOST_STEPS + 1):
        more = given._replace(written=tuple(n + step * (n > 0) for n in given.written))
        parts = {
            part: (down + step * units[part] * (down > 0), up + step * units[part] * (up > 0))
            for part, (down, up) in given.parts.items()
        }
        all_more = more._replace(parts=parts)
        for larger in (more, all_more) if any(given.written) and given.parts else (all_more,):
            repair = _repair(task, freedom, larger)
            if repair is not None and works(repair):
                return repair
    return None


def _whole(task: Task, part: TaskPart) -> bool:
    """Whether the part is a count, not a quantity or a curve."""
    row = row_of(task, part)
    return part != GOAL if row is None else counts_items(row)


def _weight(task: Task, part: TaskPart) -> float:
    """The cost of one unit of a part."""
    row = row_of(task, part)
    if row is None:
        others = {GOAL: PERCENT_COST * 100, ANCHOR: ANCHOR_COST, FORMS: FORM_COST}
        others[USES] = SHARE_COST / max(1.0, (task.most_uses or 0) / 10)
        return others.get(part, SHARE_COST)
    if is_length(row):
        return LENGTH_COST
    if counts_items(row):
        return QUOTA_COST
    sizes = [abs(bound) for bound in (row.least, row.greatest) if abs(bound) < inf]
    return PERCENT_COST * 100 / max(*sizes, 1e-3, 1e-3)


def _repair(task: Task, freedom: Freedom, given: LeastChange) -> Repair | None:
    """The change as a repair in whole items; None if nothing would be left of a part."""
    relaxed: list[Relax] = []
    for part, (down, up) in sorted(given.parts.items()):
        least, greatest = limits(task, part)
        length = is_length(row_of(task, part))
        if not _whole(task, part):
            low, high = loose(least - down, floor), loose(greatest + up, ceil)
        elif length and least == greatest:
            low = high = least - ceil(down - 1e-6) if down > 0 else greatest + ceil(up - 1e-6)
        else:
            low, high = least - ceil(down - 1e-6), greatest + ceil(up - 1e-6)
            low = low if part == ANCHOR else max(low, 0)
        if high < low or (length and high < 1) or (part == ANCHOR and low < 1):
            return None
        relaxed.append(Relax(part, low, high))
    written = tuple(Write(kind, n) for kind, n in zip(freedom.kinds, given.written, strict=True) if n > 0)
    return _costed(task, relaxed, written) if relaxed or written else None


def _costed(task: Task, relaxed: Sequence[Relax], written: tuple[Write, ...]) -> Repair:
    cost = 0.0
    for part, *new in relaxed:
        ends = zip(limits(task, part), new, strict=True)
        moved = [abs(after - before) for before, after in ends if abs(before) < inf and after != before]
        # both limits of a length are the same
        far = max(moved, default=0.0) if is_length(row_of(task, part)) else sum(moved)
        cost += _weight(task, part) * far
    cost += WRITE_COST * sum(one.n_items for one in written)
    return Repair(tuple(relaxed), written, round(cost, 3))


def loose(value: float, rounding: Callable[[float], int]) -> float:
    """A quantity in `DIGITS` significant digits, rounded to the side that allows more."""
    if value in (inf, -inf) or value == 0:
        return value
    unit = 10.0 ** (floor(np.log10(abs(value))) + 1 - DIGITS)
    return float(round(rounding(value / unit) * unit, 12))
