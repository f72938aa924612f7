"""A clash of a blueprint → the repairs that work, as fields to change, items to write, and sentences.

A repair of a blueprint → whether it gives forms, tried by the solver.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from math import ceil, inf
from typing import Any, NamedTuple

from pydantic import ValidationError

from examgen.assembly.capacity.supplies import Wanted, Writable, is_of_record, wanted, writable
from examgen.assembly.constraints import reliability_cut
from examgen.assembly.constraints import task as task_of
from examgen.assembly.infeasible import clashes, repair_words
from examgen.assembly.infeasible.amended import Change, amended, changes
from examgen.assembly.infeasible.clashes import Clash
from examgen.assembly.infeasible.parts import counts_items
from examgen.assembly.infeasible.relaxed import Kind
from examgen.assembly.infeasible.repairs import PERCENT_COST, Repair, cheapest, repaired
from examgen.assembly.measures import GRID, information, reliability
from examgen.assembly.task import Infeasible, LinearConstraint, SearchEnded, Solution, Task
from examgen.assembly.usable import Bank, Pool, pool_of
from examgen.core.models.base import Status
from examgen.core.models.blueprint import Blueprint
from examgen.core.words import Message

MOST_CUTS = 8
"""Tangents that are added for a reliability until the forms have it."""
CANDIDATES = 1_000
"""Forms that stand for those of all candidates, where an exposure ceiling is to be explained."""
MOST_TRIED = 200
"""Candidates for whom a repair is tried."""

Solve = Callable[[Task, Blueprint], Solution]


class Case(NamedTuple):
    """What is to be explained, and how a repair is tried."""

    bank: Bank
    pool: Pool
    blueprint: Blueprint
    task: Task
    solve: Solve


def exposed(task: Task, blueprint: Blueprint) -> Task:
    """The task of all candidates' forms, as far as counts go, where their exposure is bounded."""
    share = blueprint.exposure.share
    if blueprint.forms != "per_candidate" or share is None:
        return task
    uses = int(share * CANDIDATES / 100)
    return task._replace(n_forms=CANDIDATES, shared_least=0, shared_greatest=task.n_items, most_uses=uses)


def works(case: Case, repair: Repair) -> bool:
    """Whether the blueprint as amended, with stand-ins for the items written, gives forms."""
    change = changes(case.blueprint, case.task, repair)
    if change is None:
        return False
    return gives_forms(case, change, case.pool, repair)


def gives_forms(case: Case, change: Sequence[Change], pool: Pool, repair: Repair | None = None) -> bool:
    """Whether the blueprint as changed gives forms of this pool and of what a repair has written."""
    try:
        blueprint = amended(case.blueprint, change)
    except ValidationError:
        return False
    reliable = blueprint.statistics is not None and blueprint.statistics.reliability is not None
    task = task_of(pool, blueprint, [reliability_cut(pool, blueprint)] if reliable else ())
    if repair is not None:
        n_own, n_rows = len(task.anchor.rows) if task.anchor else 0, len(task.rows)
        task = repaired(
            task,
            Repair(
                (), tuple(one._replace(kind=_within(one.kind, n_rows, n_own)) for one in repair.written), 0.0
            ),
        )
    if clashes.PROOFS[0].refutes(exposed(task, blueprint)):
        return False
    try:
        return _solved(case, task, pool, blueprint)
    except (Infeasible, SearchEnded):
        return False


def _solved(case: Case, task: Task, pool: Pool, blueprint: Blueprint) -> bool:
    """Whether there are forms, as reliable as asked where no items need be written for them."""
    for _ in range(MOST_CUTS):
        solution = case.solve(task, _tried(blueprint))
        # The information of the worst form, where it is less reliable than asked.
        rule = blueprint.statistics.reliability if blueprint.statistics else None
        if rule is None or task.n_items > len(pool.items):
            curve = None
        else:
            known = information([pool.known(item) for item in pool.items], GRID.tolist())
            scored = set(pool.scored)
            curves = [known[[n for n in form if n in scored]].sum(axis=0) for form in solution.forms]
            worst = min(curves, key=reliability)
            curve = worst if reliability(worst) < rule.min else None
        if curve is None:
            return True
        task = task._replace(rows=(*task.rows, reliability_cut(pool, blueprint, curve)))
    return False


def _tried(blueprint: Blueprint) -> Blueprint:
    """The blueprint for no more candidates than a trial needs."""
    if blueprint.candidates is None or blueprint.candidates <= MOST_TRIED:
        return blueprint
    return blueprint.model_copy(update={"candidates": MOST_TRIED})


def _within(kind: Kind, n_rows: int, n_own: int) -> Kind:
    rows, own = (
        [row for row in rows if row[0] < n] for rows, n in ((kind.rows, n_rows), (kind.anchor_rows, n_own))
    )
    return kind._replace(rows=tuple(rows), anchor_rows=tuple(own))


ADMIT_COST = 5.0
"""To use items of a further status, or to ask again what was asked one administration further back."""
ADMITTED: tuple[Status, ...] = ("approved", "pilot", "operational")
"""Statuses that a repair may admit: those whose text is approved."""
RELIABILITY_STEP = 0.05
"""By which a reliability that is asked is lowered, until there are forms."""


class Mend(NamedTuple):
    """One repair: fields to change, items to write; tried, and what it costs by the weights of `repairs`."""

    said: Message
    changes: tuple[Change, ...]
    wanted: tuple[Wanted, ...]
    cost: float
    near: tuple[tuple[str, float], ...] = ()
    """By field, what an item that is written should bring to a quantity."""
    information: tuple[tuple[float, float], ...] = ()
    """The information that such an item should have at values of θ."""

    def as_dict(self) -> dict[str, Any]:
        """The repair as a JSON object."""
        return {
            "message": self.said.en,
            "th": self.said.th,
            "cost": self.cost,
            "change": [{"path": list(one.path), "from": one.before, "to": one.after} for one in self.changes],
            "write": [
                {
                    "n": one.n_items,
                    "pc": one.pc,
                    "levels": list(one.levels),
                    "cognitive": list(one.categories),
                    "statuses": list(one.statuses),
                }
                for one in self.wanted
            ],
            "near": dict(self.near),
            "information": [list(point) for point in self.information],
        }


def mends(case: Case, clash: Clash) -> list[Mend]:
    """Each repair once, the cheapest first."""
    possible = [
        one if one.pilot else one._replace(kind=_complete(case, one.kind))
        for one in writable(case.pool, case.blueprint, case.task)
    ]
    found = cheapest(case.task, clash, [one.kind for one in possible], lambda repair: works(case, repair))
    # Repairs of what no row of the task says: items that the blueprint leaves out, a reliability.
    admitting: list[Mend] = []
    mended: set[str] = set()
    openings: list[tuple[Change, float]] = []
    blueprint = case.blueprint
    held = {item.status for item in case.bank.items}
    for status in ADMITTED:
        if status in held and status not in blueprint.statuses:
            after = [*blueprint.statuses, status]
            openings.append((Change(("statuses",), list(blueprint.statuses), after), ADMIT_COST))
    last = blueprint.exclude_last
    for fewer in range(last - 1, -1, -1):
        openings.append((Change(("exclude_last",), last, fewer), ADMIT_COST * (last - fewer)))
    ceiling = blueprint.exposure.administrations
    if ceiling is not None:
        for step in (1, 2, 3):
            openings.append(
                (Change(("exposure", "administrations"), ceiling, ceiling + step), ADMIT_COST * step)
            )
    for change, cost in (*openings, *_lower_reliability(case.blueprint)):
        if change.field not in mended and _opens(case, change):
            mended.add(change.field)
            said = repair_words.sentence(case.blueprint, [change], (), (), ())
            admitting.append(Mend(said, (change,), (), round(cost, 3)))
    mends = [*(_mend(case, possible, repair) for repair in found), *admitting]
    ordered = sorted(mends, key=lambda one: (one.cost, len(one.changes), one.said.en))
    return list({one.said: one for one in reversed(ordered)}.values())[::-1]


def _complete(case: Case, kind: Kind) -> Kind:
    """With a part in each quantity that a form of such items alone would have no trouble with."""
    known, length = dict(kind.rows), case.blueprint.items
    for n, row in enumerate(case.task.rows):
        if not counts_items(row) and not is_of_record(row):
            least, greatest = row.least / length, row.greatest / length
            ends = [end for end in (least, greatest) if abs(end) < inf]
            part = known.get(n, sum(ends) / len(ends) if ends else 0.0)
            known[n] = min(max(part, ceil(least * 1e5) / 1e5 if least > -inf else part), greatest)
    return kind._replace(rows=tuple(sorted(known.items())))


def _mend(case: Case, possible: Sequence[Writable], repair: Repair) -> Mend:
    change = changes(case.blueprint, case.task, repair)
    assert change is not None  # it was tried
    counts = {one.kind: one.n_items for one in repair.written}
    lines = wanted(possible, [counts.get(one.kind, 0) for one in possible], case.pool)
    near, curve = _near(case.task, repair), _curve(case, repair)
    said = repair_words.sentence(case.blueprint, change, lines, near, curve)
    quantities = tuple((row.field, value) for row, value in near if row.field not in _OF_INFORMATION)
    return Mend(said, change, lines, repair.cost, quantities, curve)


def _near(task: Task, repair: Repair) -> list[tuple[LinearConstraint, float]]:
    """What items that are written bring to the quantities of the form."""
    kinds = [one.kind for one in repair.written]
    found = {
        n: value
        for kind in kinds
        for n, value in kind.rows
        if not counts_items(task.rows[n]) and not is_of_record(task.rows[n])
    }
    return [(task.rows[n], value) for n, value in sorted(found.items())]


_OF_INFORMATION = ("statistics.sem", "statistics.reliability")
_ABILITIES = (-1.0, 0.0, 1.0)
"""Where items must inform if a form is to be reliable, for want of a target."""


def _curve(case: Case, repair: Repair) -> tuple[tuple[float, float], ...]:
    """The information that items to be written should have, at the points that the blueprint names."""
    rule, kinds = case.blueprint.statistics, [one.kind for one in repair.written]
    if not kinds or rule is None:
        return ()
    points: dict[float, float] = {}
    if rule.reliability:
        level = rule.reliability.min / (1 - rule.reliability.min) / case.blueprint.items
        points |= dict.fromkeys(_ABILITIES, round(level, 5))
    if case.task.goal is not None and kinds[0].values:
        points |= dict(zip(case.task.goal.points, kinds[0].values, strict=True))
    if rule.sem:
        numbers = {n for n, row in enumerate(case.task.rows) if row.field == "statistics.sem"}
        values = [value for n, value in kinds[0].rows if n in numbers]
        points |= {rule.sem.at: max([*values, points.get(rule.sem.at, 0.0)])}
    return tuple(sorted(points.items()))


def _opens(case: Case, change: Change) -> bool:
    try:
        pool = pool_of(case.bank, amended(case.blueprint, [change]))
    except ValidationError:
        return False
    wider = len(pool.items) > len(case.pool.items) or change.path[0] == "statistics"
    return wider and gives_forms(case, [change], pool)


def _lower_reliability(blueprint: Blueprint) -> Iterator[tuple[Change, float]]:
    rule = blueprint.statistics.reliability if blueprint.statistics else None
    for step in range(1, int(rule.min / RELIABILITY_STEP) if rule else 0):
        lower = round(rule.min - step * RELIABILITY_STEP, 2) if rule else 0.0
        cost = PERCENT_COST * 100 * (1 - lower / rule.min) if rule else 0.0
        yield Change(("statistics", "reliability", "min"), rule.min if rule else None, lower), cost
