"""A task without forms → the cheapest changes that give it forms, each of them tried before it is offered.

A repair relaxes constraints, or has items written, or both. Candidates come from the elastic models of
`relaxed` (see Chinneck 2008, ch. 6), one for each kind of change that helps by itself, and one of all kinds
at once; what is offered has been solved as a task of its own.

Repairs as values → the task as they make it; and the kinds of items that a bank could have more of.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache
from math import ceil, floor, inf
from typing import NamedTuple

import numpy as np

from examgen.assembly.infeasible.clashes import PROOFS, Clash, Proof
from examgen.assembly.infeasible.parts import (
    ANCHOR,
    FORMS,
    GOAL,
    OVERLAP,
    SHARED,
    USES,
    Part,
    all_parts,
    counts_items,
    elastic,
    is_length,
    is_size,
    row_of,
)
from examgen.assembly.infeasible.relaxed import Coefficients, Freedom, Given, Kind, kinds, least_change
from examgen.assembly.task import Anchor, LinearConstraint, SearchEnded, Task

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
            new = task.n_items
            anchor, goal = task.anchor, task.goal
            if anchor is not None:
                anchor = anchor._replace(rows=_extended(anchor.rows, one.kind.anchor_rows, new))
            if goal is not None:
                more = np.array([one.kind.values or (0.0,) * len(goal.points)])
                goal = goal._replace(values=np.concatenate([goal.values, more]))
            rows = _extended(task.rows, one.kind.rows, new)
            task = task._replace(n_items=new + 1, rows=rows, anchor=anchor, goal=goal)
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


WRITE_COST = 1.0
"""To write an item: the unit of all costs."""
QUOTA_COST = 2.0
"""To move a quota by one item of each form."""
SHARE_COST = 3.0
"""To let two forms share one more item or one less, an item be in one more form, or a tenth more of many."""
ANCHOR_COST = 3.0
"""To take an item off the anchor."""
LENGTH_COST = 4.0
"""To make each form shorter or longer by one item."""
FORM_COST = 10.0
"""To build one form less."""
PERCENT_COST = 0.2
"""To move a quantity or a curve by 1 % of what is asked."""

MOST_REPAIRS = 6
MOST_STEPS = 4
"""How often a repair that the solver does not take is made larger."""
DIGITS = 4
"""Significant digits of a relaxed quantity, rounded to the loose side."""


Works = Callable[[Repair], bool]
"""Whether a repair gives the task its forms, found by a solver."""


def cheapest(
    task: Task, clash: Clash, writable: Sequence[Kind] | None = None, works: Works | None = None
) -> tuple[Repair, ...]:
    """Repairs that work, the cheapest first.

    `writable` are the kinds of items that could be written: without it, those like an item of the bank.
    `works` tries a repair: without it, the plain model does.
    """
    possible = tuple(likely(task) if writable is None else writable)
    tried = cache(works or (lambda repair: PROOFS[-1].refutes(repaired(task, repair)) is False))
    found = list(_candidates(task, clash, possible, tried))
    ordered = sorted(found, key=lambda one: (one.cost, len(one.relaxed) + len(one.written), one))
    best: dict[tuple[object, ...], Repair] = {}
    for one in ordered:  # of repairs of the same parts and kinds, the first is the least
        best.setdefault((*(r.part for r in one.relaxed), *(w.kind for w in one.written)), one)
    return tuple(best.values())[:MOST_REPAIRS]


# ── candidates ───────────────────────────────────────────────────────────────────────────────


def _candidates(task: Task, clash: Clash, possible: tuple[Kind, ...], works: Works) -> Iterator[Repair]:
    """The best repair of each kind that can mend all by itself; of all kinds at once where none can."""
    # Kinds of change, each by itself: all quotas, one of them, items written, forms that share more …
    freedoms: list[Freedom] = []
    parts = all_parts(task)
    blamed = dict.fromkeys(part for cause in clash.causes for part in cause.parts)
    quotas = [part for part in parts if elastic(task, part)]
    freedoms.append(_relaxing(task, quotas))
    if len(clash.causes) == 1:
        freedoms.extend(_relaxing(task, [part]) for part in blamed if part in quotas)
    freedoms.append(_writing(possible))
    lengths = [part for part in blamed if (row := row_of(task, part)) is not None and is_length(row)]
    singles = [part for part in (OVERLAP, SHARED, USES, ANCHOR, GOAL) if part in blamed]
    if GOAL in singles and task.goal is not None and task.goal.kind == "relative":
        singles.remove(GOAL)
    freedoms.extend(_relaxing(task, [part]) for part in [*lengths, *singles])
    found: list[Repair | None] = [
        repair for freedom in freedoms if (repair := _verified(task, freedom, works)) is not None
    ]
    found += _fewer_forms(task, works)
    found += _wider_curves(task, works)
    if not found or len(clash.causes) > 1:
        # where forms must share items, what written ones may be shared by is known only roughly
        mixes = (_verified(task, _all(task, kinds), works) for kinds in (possible, ()))
        found += [next((mixed for mixed in mixes if mixed is not None), None)]
    yield from (repair for repair in found if repair is not None)


def _relaxing(task: Task, parts: Sequence[Part]) -> Freedom:
    return Freedom(parts={part: _weight(task, part) * (1 + n * 1e-5) for n, part in enumerate(parts)})


def _writing(possible: tuple[Kind, ...]) -> Freedom:
    return Freedom(kinds=possible, costs=tuple(WRITE_COST * (1 + n * 1e-5) for n in range(len(possible))))


def _all(task: Task, possible: tuple[Kind, ...]) -> Freedom:
    other = (OVERLAP, SHARED, USES, ANCHOR)
    parts = [part for part in all_parts(task) if part in other or elastic(task, part)]
    if task.goal is not None and task.goal.kind == "absolute":
        parts.append(GOAL)
    return _writing(possible)._replace(parts=_relaxing(task, parts).parts)


def _weight(task: Task, part: Part) -> float:
    """What one unit of a part costs."""
    row = row_of(task, part)
    if row is None:
        if part == GOAL:
            return PERCENT_COST * 100
        if part == USES:
            return SHARE_COST / max(1.0, (task.most_uses or 0) / 10)
        return ANCHOR_COST if part == ANCHOR else SHARE_COST
    if is_length(row):
        return LENGTH_COST
    if counts_items(row):
        return QUOTA_COST
    sizes = [abs(bound) for bound in (row.least, row.greatest) if abs(bound) < inf]
    return PERCENT_COST * 100 / max(*sizes, 1e-3, 1e-3)


# ── trying ───────────────────────────────────────────────────────────────────────────────────


def _verified(task: Task, freedom: Freedom, works: Works) -> Repair | None:
    """The cheapest change by a model that fits, made larger where the solver does not take it."""
    if not freedom.parts and not freedom.kinds:
        return None
    asked: set[Repair] = set()
    for proof in PROOFS[:1] + PROOFS[2:]:
        given = _given(task, proof, freedom)
        if given is None:
            continue
        repair = _repair(task, freedom, given)
        if repair is not None and repair not in asked:
            asked.add(repair)
            if works(repair):
                return repair
    return _larger(task, freedom, given, works) if given else None


def _given(task: Task, proof: Proof, freedom: Freedom) -> Given | None:
    try:
        given = least_change(task, proof.level, proof.integer, freedom)
    except SearchEnded:
        return None
    return given


def _larger(task: Task, freedom: Freedom, given: Given, works: Works) -> Repair | None:
    """The same change with a unit more of everything, a few times over; items alone first, for a part that
    gives way further may leave nothing of it."""
    for step in range(1, MOST_STEPS + 1):
        parts = {
            part: (down + step * _step(task, part) * (down > 0), up + step * _step(task, part) * (up > 0))
            for part, (down, up) in given.parts.items()
        }
        written = tuple(n + step * (n > 0) for n in given.written)
        steps = [given._replace(written=written), given._replace(parts=parts, written=written)]
        for larger in steps if any(given.written) and given.parts else steps[1:]:
            repair = _repair(task, freedom, larger)
            if repair is not None and works(repair):
                return repair
    return None


def _step(task: Task, part: Part) -> float:
    """One item, or 1 % of a quantity or curve."""
    row = row_of(task, part)
    quantity = part == GOAL or (row is not None and not counts_items(row))
    return PERCENT_COST / _weight(task, part) if quantity else 1.0


def _repair(task: Task, freedom: Freedom, given: Given) -> Repair | None:
    """What gave way as a repair; None where nothing would be left of a part."""
    relaxed = tuple(_relax(task, part, down, up) for part, (down, up) in sorted(given.parts.items()))
    written = tuple(
        Write(kind, count) for kind, count in zip(freedom.kinds, given.written, strict=True) if count > 0
    )
    if not relaxed and not written:
        return None
    if any(
        change.greatest < change.least or (change.greatest < 1 and _must_hold(task, change))
        for change in relaxed
    ):
        return None
    cost = sum(_cost(task, change) for change in relaxed) + WRITE_COST * sum(one.n_items for one in written)
    return Repair(relaxed, written, round(cost, 3))


def _must_hold(task: Task, change: Relax) -> bool:
    """Whether a length or a size of 0 would make no sense."""
    row = row_of(task, change.part)
    return change.part in (ANCHOR, FORMS, USES) or (row is not None and is_length(row))


def _relax(task: Task, part: Part, down: float, up: float) -> Relax:
    """Whole numbers for counts; quantities rounded to the loose side."""
    row = row_of(task, part)
    if row is not None:
        if not counts_items(row):
            return Relax(part, loose(row.least - down, floor), loose(row.greatest + up, ceil))
        least, greatest = row.least - _up(down), row.greatest + _up(up)
        if is_length(row) and row.least == row.greatest:
            exact = least if down > 0 else greatest
            return Relax(part, exact, exact)
        return Relax(part, max(least, 0), greatest)
    if part == GOAL and task.goal is not None:
        within = loose(task.goal.within + up, ceil)
        return Relax(part, within, within)
    if part == ANCHOR and task.anchor is not None:
        return Relax(part, task.anchor.size - _up(down), task.anchor.size - _up(down))
    if part == USES and task.most_uses is not None:
        return Relax(part, task.most_uses + _up(up), task.most_uses + _up(up))
    low, high = (_up(down), _up(up))
    return Relax(part, max(task.shared_least - low, 0), task.shared_greatest + high)


def _up(amount: float) -> int:
    return ceil(amount - 1e-6)


def loose(value: float, rounding: Callable[[float], int]) -> float:
    """A quantity in few digits, rounded to the side that allows more."""
    if value in (inf, -inf) or value == 0:
        return value
    unit = 10.0 ** (floor(np.log10(abs(value))) + 1 - DIGITS)
    return float(round(rounding(value / unit) * unit, 12))


def _cost(task: Task, change: Relax) -> float:
    """What a change costs by itself."""
    part, weight = change.part, 0.0
    row = row_of(task, part)
    if part == FORMS:
        return FORM_COST * (task.n_forms - change.least)
    weight = _weight(task, part)
    if row is not None:
        ends = ((row.least, change.least), (row.greatest, change.greatest))
        moved = [abs(new - old) for old, new in ends if abs(old) < inf and new != old]
        return weight * (max(moved, default=0.0) if is_length(row) else sum(moved))
    if part == GOAL and task.goal is not None:
        return weight * (change.greatest - task.goal.within)
    if part == ANCHOR and task.anchor is not None:
        return weight * (task.anchor.size - change.least)
    if part == USES:
        return weight * (change.greatest - (task.most_uses or 0))
    return weight * (abs(change.greatest - task.shared_greatest) + abs(task.shared_least - change.least))


# ── what no linear model finds ───────────────────────────────────────────────────────────────


def _fewer_forms(task: Task, works: Works) -> list[Repair]:
    """The most forms that there can be; fewer forms never need more."""
    low, high = 0, task.n_forms - 1
    while low < high:
        middle = (low + high + 1) // 2
        if any(proof.refutes(repaired(task, _forms(task, middle))) for proof in PROOFS[:3]):
            high = middle - 1
        else:
            low = middle
    for n_forms in range(high, max(high - MOST_STEPS, 0), -1):
        if works(_forms(task, n_forms)):
            return [_forms(task, n_forms)]
    return []


def _forms(task: Task, n_forms: int) -> Repair:
    change = Relax(FORMS, n_forms, n_forms)
    return Repair((change,), (), round(_cost(task, change), 3))


def _wider_curves(task: Task, works: Works) -> list[Repair]:
    """A relative goal in steps: its width is multiplied with what is sought."""
    goal = task.goal
    if goal is None or goal.kind == "absolute":
        return []
    for factor in (1.5, 2, 3, 5, 10):
        within = loose(goal.within * factor, ceil)
        change = Relax(GOAL, within, within)
        repair = Repair((change,), (), round(_cost(task, change), 3))
        if not PROOFS[0].refutes(repaired(task, repair)) and works(repair):
            return [repair]
    return []
