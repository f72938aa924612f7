"""A repair of a blueprint → whether it gives forms, tried by the solver."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from pydantic import ValidationError

from examgen.assembly.constraints import reliability_cut
from examgen.assembly.constraints import task as task_of
from examgen.assembly.measures import GRID, Floats, information, reliability
from examgen.assembly.task import Infeasible, SearchEnded, Solution, Task
from examgen.assembly.usable import Bank, Pool
from examgen.assembly.why import clashes
from examgen.assembly.why.amending import Change, amended, changes
from examgen.assembly.why.kinds import Kind
from examgen.assembly.why.remedies import Repair, repaired
from examgen.models import Blueprint

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
    task = _task(pool, blueprint)
    if repair is not None:
        task = repaired(task, _only_written(task, repair))
    if clashes.PROOFS[0].refutes(exposed(task, blueprint)):
        return False
    try:
        return _solved(case, task, pool, blueprint)
    except (Infeasible, SearchEnded):
        return False


def _task(pool: Pool, blueprint: Blueprint) -> Task:
    reliable = blueprint.statistics is not None and blueprint.statistics.reliability is not None
    return task_of(pool, blueprint, [reliability_cut(pool, blueprint)] if reliable else ())


def _solved(case: Case, task: Task, pool: Pool, blueprint: Blueprint) -> bool:
    """Whether there are forms, as reliable as asked where no items need be written for them."""
    for _ in range(MOST_CUTS):
        solution = case.solve(task, _tried(blueprint))
        curve = _unreliable(solution, task, pool, blueprint)
        if curve is None:
            return True
        task = task._replace(rows=(*task.rows, reliability_cut(pool, blueprint, curve)))
    return False


def _tried(blueprint: Blueprint) -> Blueprint:
    """The blueprint for no more candidates than a trial needs."""
    if blueprint.candidates is None or blueprint.candidates <= MOST_TRIED:
        return blueprint
    return blueprint.model_copy(update={"candidates": MOST_TRIED})


def _unreliable(solution: Solution, task: Task, pool: Pool, blueprint: Blueprint) -> Floats | None:
    """The information of the worst form, where it is less reliable than asked."""
    rule = blueprint.statistics.reliability if blueprint.statistics else None
    if rule is None or task.n_items > len(pool.items):
        return None
    known = information([pool.known(item) for item in pool.items], GRID.tolist())
    scored = set(pool.scored)
    curves = [known[[n for n in form if n in scored]].sum(axis=0) for form in solution.forms]
    worst = min(curves, key=reliability)
    return worst if reliability(worst) < rule.min else None


def _only_written(task: Task, repair: Repair) -> Repair:
    """The items to be written; an amended blueprint may have fewer rows for the anchor."""
    n_own, n_rows = len(task.anchor.rows) if task.anchor else 0, len(task.rows)
    return Repair(
        (), tuple(one._replace(kind=_within(one.kind, n_rows, n_own)) for one in repair.written), 0.0
    )


def _within(kind: Kind, n_rows: int, n_own: int) -> Kind:
    rows, own = (
        [row for row in rows if row[0] < n] for rows, n in ((kind.rows, n_rows), (kind.anchor_rows, n_own))
    )
    return kind._replace(rows=tuple(rows), anchor_rows=tuple(own))
