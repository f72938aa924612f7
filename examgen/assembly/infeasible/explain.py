"""A blueprint that cannot be met → the causes, and the cheapest changes with which it can be met.

Each cause is a `Problem` at its line of the blueprint. Each repair was tried with the solver before it is
offered. Causes and repairs are available as sentences and as data.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Any, NamedTuple

from pydantic import ValidationError

from examgen.assembly.constraints import reliability_cut
from examgen.assembly.constraints import task as task_of
from examgen.assembly.infeasible import clashes
from examgen.assembly.infeasible.changes import FieldChange, amended, changes
from examgen.assembly.infeasible.clashes import PROOFS, Clash
from examgen.assembly.infeasible.parts import counts_items
from examgen.assembly.infeasible.relaxation import ItemKind
from examgen.assembly.infeasible.repairs import (
    LENGTH_COST,
    PERCENT_COST,
    QUOTA_COST,
    Repair,
    Write,
    cheapest,
    repaired,
)
from examgen.assembly.infeasible.spreading import asked_length, spreads
from examgen.assembly.infeasible.words import (
    InfeasibleCase,
    field_of,
    repair_sentence,
    sentence,
    spread_sentence,
)
from examgen.assembly.infeasible.writing import MEASURED, Wanted, is_of_record, wanted, writable
from examgen.assembly.measures import GRID, information, reliability
from examgen.assembly.task import Infeasible, SearchEnded, Solution, Task
from examgen.assembly.usable import Bank, Pool, pool_of, why_not
from examgen.core.models.base import MOST_ITEMS, STATUS_WORDS, Status
from examgen.core.models.blueprint import Blueprint
from examgen.core.problems import Problem
from examgen.core.words import Message, command, joined, tell, tell_n
from examgen.core.yamlfile import Document

UNEXPLAINED = "quotas-unexplained"
TOO_SMALL = "bank-too-small"
CONTRADICTIONS = ("quotas-over-length", "quotas-under-length", "quotas-over-quota", "quotas-under-quota")
"""Causes in which the numbers of the blueprint contradict each other, whatever the bank holds."""
MOST_CUTS = 8
"""At most this many tangents are added until the forms have the required reliability."""
ADMIT_COST = 5.0
"""The cost of admitting items of another status, or items of one administration more."""
ADMITTED: tuple[Status, ...] = ("approved", "pilot", "operational")
"""The statuses that a repair may admit: those with an approved text."""
RELIABILITY_STEP = 0.05
"""The step by which a required reliability is lowered until there are forms."""
_TO_BE_REVIEWED: tuple[Status, ...] = ("draft", "review")
_ABILITIES = (-1.0, 0.0, 1.0)
"""The abilities at which items must have information for a reliable form, if there is no target."""

Solve = Callable[[Task, Blueprint], Solution]


class BlueprintCause(NamedTuple):
    """One cause: its place in the file, a sentence, and the conflicting parts."""

    source: str
    code: str
    field: str
    said: Message
    parts: tuple[str, ...]
    smallest: bool
    """Whether it is proven that the parts conflict, and that they no longer do without any one of them."""

    def as_dict(self) -> dict[str, Any]:
        """The cause as a JSON object."""
        return {
            "source": self.source,
            "code": self.code,
            "field": self.field,
            "message": self.said.en,
            "th": self.said.th,
            "clash": list(self.parts),
            "smallest": self.smallest,
        }


class BlueprintRepair(NamedTuple):
    """One repair that was tried: fields to change, items to write, and its cost (weights: see `repairs`)."""

    said: Message
    changes: tuple[FieldChange, ...]
    wanted: tuple[Wanted, ...]
    cost: float
    near: tuple[tuple[str, float], ...] = ()
    """For each field of a quantity, the value that a newly written item should have."""
    information: tuple[tuple[float, float], ...] = ()
    """The information that such an item should have, as pairs of θ and information."""
    is_spread: bool = False
    """Whether it moves all criteria in proportion to the length of a form."""

    @property
    def emptied(self) -> tuple[str, ...]:
        """The criteria that forms may be without after it, and may not before."""
        return tuple(
            str(one.path[1])
            for one in self.changes
            if one.path[0] == "criteria" and one.before.get("min") and not one.after.get("min")
        )

    @property
    def is_of_length(self) -> bool:
        """Whether it changes the length of a form, and nothing else."""
        return [one.path for one in self.changes] == [("items",)] and not self.wanted

    def as_dict(self) -> dict[str, Any]:
        """The repair as a JSON object."""
        return {
            "message": self.said.en,
            "th": self.said.th,
            "cost": self.cost,
            "spread": self.is_spread,
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


class Explanation(NamedTuple):
    """Why there are no forms, and repairs that would give them: first those that move all criteria in
    proportion, or make a form as long as they ask; then the cheapest; last those that take away the minimum
    of a criterion."""

    causes: tuple[BlueprintCause, ...]
    repairs: tuple[BlueprintRepair, ...]
    left_out: Mapping[Status, int] = MappingProxyType({})
    """Where the bank is too small, how many items wait only for the approval of experts, by status."""

    @property
    def found(self) -> bool:
        """Whether a proven cause was found; otherwise it is only proven that there are no forms."""
        return all(one.code != UNEXPLAINED for one in self.causes)

    @property
    def contradicts(self) -> bool:
        """Whether numbers of the blueprint contradict each other."""
        return any(one.code in CONTRADICTIONS for one in self.causes)

    @property
    def problems(self) -> tuple[Problem, ...]:
        """The causes as problems of the blueprint's file."""
        return tuple(Problem(one.source, one.code, one.said, field=one.field) for one in self.causes)

    def as_dict(self) -> dict[str, Any]:
        """The explanation as a JSON object."""
        return {
            "causes": [one.as_dict() for one in self.causes],
            "repairs": [one.as_dict() for one in self.repairs],
            "left_out": dict(self.left_out),
        }


def explain(
    bank: Bank, pool: Pool, blueprint: Blueprint, task: Task, document: Document, solve: Solve
) -> Explanation:
    """The causes (at least one) and the repairs that work.

    `task` is the task of pool and blueprint. `solve` makes the forms of a task, and raises `Infeasible` or
    `SearchEnded` if a repair gives none.
    """
    case = InfeasibleCase(bank, pool, blueprint, task, why_not(bank, blueprint))
    clash = clashes.find(case.task)
    repairs = [
        *spread_repairs(bank, pool, blueprint, solve),
        *_opened(case, solve),
        *_repairs(case, clash or Clash((), False), solve),
    ]
    ordered = sorted(
        repairs,
        key=lambda one: (
            not one.is_spread,
            not one.is_of_length,
            bool(one.emptied),
            one.cost,
            len(one.changes),
            one.said.en,
        ),
    )
    once = {one.said: one for one in reversed(ordered)}
    causes = tuple(_causes(case, clash, document))
    left_out = _left_out(case) if any(one.code == TOO_SMALL for one in causes) else {}
    return Explanation(causes, tuple(reversed(once.values())), left_out)


def plainly(bank: Bank, pool: Pool, blueprint: Blueprint, task: Task, document: Document) -> list[Problem]:
    """The causes that counting or the fastest proof finds, without repairs; empty if neither finds any."""
    clash = clashes.plain(task)
    if clash is None:
        return []
    case = InfeasibleCase(bank, pool, blueprint, task, why_not(bank, blueprint))
    return list(Explanation(tuple(_causes(case, clash, document)), ()).problems)


# ── causes ───────────────────────────────────────────────────────────────────────────────────


def _causes(case: InfeasibleCase, clash: Clash | None, document: Document) -> list[BlueprintCause]:
    if clash is None:
        unexplained = tell(
            "these forms are proven impossible, but the search found no cause within its "
            "limits. Widen the narrowest constraints, or write more items."
        )
        return [BlueprintCause(document.at(["items"]), UNEXPLAINED, "items", unexplained, (), False)]
    told: set[Message] = set()
    found: list[BlueprintCause] = []
    for cause in clash.causes:
        code, field, said = sentence(case, cause)
        if said in told:  # the task has the size of the anchor twice
            continue
        told.add(said)
        if code == TOO_SMALL and not any(one.code == code for one in found):
            passed_over = _passed_over(case)
            said = tell("{said} {passed_over}", said=said, passed_over=passed_over) if passed_over else said
        parts = dict.fromkeys(field_of(case, part) for part in cause.parts)
        found.append(
            BlueprintCause(document.at(path_of(field)), code, field, said, tuple(parts), cause.smallest)
        )
    return found


def _passed_over(case: InfeasibleCase) -> Message | None:
    """How to bring items into use that are left out only because of their status; None if there are none."""
    counts = _left_out(case)
    if not counts:
        return None
    return tell_n(
        "{n} item is excluded only because of its status ({counts}). Have it reviewed "
        "({command}) or, for a trial, allow that status.",
        "{n} items are excluded only because of their status ({counts}). Have them "
        "reviewed ({command}) or, for a trial, allow that status.",
        sum(counts.values()),
        counts=joined(tell("{n} {status}", n=n, status=STATUS_WORDS[one]) for one, n in counts.items()),
        command=command("bank status"),
    )


def _left_out(case: InfeasibleCase) -> dict[Status, int]:
    """How many items of each status are left out only because no expert has approved them."""
    blueprint = case.blueprint
    new = [status for status in _TO_BE_REVIEWED if status not in blueprint.statuses]
    admitted = blueprint.model_copy(update={"statuses": (*blueprint.statuses, *new)})
    barred = why_not(case.bank, admitted)
    held = [item.status for item in case.bank.items if item.status in new and item.id not in barred]
    return {status: held.count(status) for status in new if status in held}


def path_of(field: str) -> tuple[str, ...]:
    """The path of a field in the file; patterns of criteria contain dots themselves."""
    family, dot, rest = field.partition(".")
    if family in ("criteria", "unit_mix"):
        return (family, rest) if dot else (family,)
    return tuple(field.split("."))


# ── repairs ──────────────────────────────────────────────────────────────────────────────────


def spread_repairs(bank: Bank, pool: Pool, blueprint: Blueprint, solve: Solve) -> Iterator[BlueprintRepair]:
    """The first that works of the changes by which the criteria add up to the length of a form, if any."""
    for change in spreads(blueprint, pool):
        if _gives_forms(blueprint, solve, change, pool):
            moved = sum(
                abs(one.after.get(end, 0) - one.before[end])
                for one in change
                for end in one.before
                if isinstance(one.before[end], int)
            )
            said = spread_sentence(blueprint, change)
            yield BlueprintRepair(said, change, (), QUOTA_COST * moved, is_spread=True)
            return


def _repairs(case: InfeasibleCase, clash: Clash, solve: Solve) -> Iterator[BlueprintRepair]:
    blueprint, task = case.blueprint, case.task
    possible = writable(case.pool, blueprint, task)

    def works(repair: Repair) -> bool:
        change = changes(blueprint, task, repair)
        return change is not None and _gives_forms(blueprint, solve, change, case.pool, repair.written)

    for repair in cheapest(task, clash, [one.kind for one in possible], works):
        change = changes(blueprint, task, repair)
        assert change is not None  # because it was tried
        counts = {one.kind: one.n_items for one in repair.written}
        lines = wanted(possible, [counts.get(one.kind, 0) for one in possible], case.pool)
        brought = {n: value for kind in counts for n, value in kind.rows}
        near = [
            (row.field, brought[n])
            for n, row in enumerate(task.rows)
            if n in brought and not counts_items(row) and not is_of_record(row)
        ]
        curve = _curve(case, next(iter(counts))) if counts else ()
        said = repair_sentence(blueprint, change, lines, near, curve)
        quantities = tuple((field, value) for field, value in near if field not in MEASURED)
        yield BlueprintRepair(said, change, lines, repair.cost, quantities, curve)


def _opened(case: InfeasibleCase, solve: Solve) -> Iterator[BlueprintRepair]:
    """The smallest change that works of each field that `_openings` has."""
    fields: set[str] = set()
    for change, cost in _openings(case):
        if change.field in fields:
            continue
        try:
            pool = pool_of(case.bank, amended(case.blueprint, [change]))
        except ValidationError:
            continue
        wider = len(pool.items) > len(case.pool.items) or change.path[0] in ("items", "statistics")
        if wider and _gives_forms(case.blueprint, solve, [change], pool):
            fields.add(change.field)
            yield BlueprintRepair(repair_sentence(case.blueprint, [change]), (change,), (), round(cost, 3))


def _openings(case: InfeasibleCase) -> Iterator[tuple[FieldChange, float]]:
    """Changes of what is no row of the task, with their costs: forms as long as the criteria ask, items that
    the blueprint leaves out, a lower reliability."""
    blueprint = case.blueprint
    length = asked_length(blueprint, case.pool)
    if length is not None and length <= MOST_ITEMS:
        longer = abs(length - blueprint.items)
        yield FieldChange(("items",), blueprint.items, length), LENGTH_COST * longer
    present, statuses = {item.status for item in case.bank.items}, list(blueprint.statuses)
    for status in ADMITTED:
        if status in present and status not in statuses:
            yield FieldChange(("statuses",), statuses, [*statuses, status]), ADMIT_COST
    last, most = blueprint.exclude_last, blueprint.exposure.administrations
    for fewer in range(1, last + 1):
        yield FieldChange(("exclude_last",), last, last - fewer), ADMIT_COST * fewer
    if most is not None:
        for more in (1, 2, 3):
            yield FieldChange(("exposure", "administrations"), most, most + more), ADMIT_COST * more
    rule = blueprint.statistics.reliability if blueprint.statistics else None
    asked = rule.min if rule else 0.0
    for step in range(1, int(asked / RELIABILITY_STEP)):
        lower = round(asked - step * RELIABILITY_STEP, 2)
        cost = PERCENT_COST * 100 * (1 - lower / asked)
        yield FieldChange(("statistics", "reliability", "min"), asked, lower), cost


def _curve(case: InfeasibleCase, kind: ItemKind) -> tuple[tuple[float, float], ...]:
    """The information that items to write should have, at the abilities that the blueprint names."""
    rule = case.blueprint.statistics
    if rule is None:
        return ()
    points: dict[float, float] = {}
    if rule.reliability:
        level = rule.reliability.min / (1 - rule.reliability.min) / case.blueprint.items
        points |= dict.fromkeys(_ABILITIES, round(level, 5))
    if case.task.goal is not None and kind.values:
        points |= dict(zip(case.task.goal.points, kind.values, strict=True))
    if rule.sem:
        values = [value for n, value in kind.rows if case.task.rows[n].field == "statistics.sem"]
        points |= {rule.sem.at: max([*values, points.get(rule.sem.at, 0.0)])}
    return tuple(sorted(points.items()))


def _gives_forms(
    blueprint: Blueprint,
    solve: Solve,
    change: Sequence[FieldChange],
    pool: Pool,
    written: Sequence[Write] = (),
) -> bool:
    """Whether the changed blueprint gives forms from this pool, with stand-ins for the items to write.

    The forms must also have the required reliability, unless they contain stand-ins.
    """
    try:
        blueprint = amended(blueprint, change)
    except ValidationError:
        return False
    rule = blueprint.statistics.reliability if blueprint.statistics else None
    task = task_of(pool, blueprint, [reliability_cut(pool, blueprint)] if rule else ())
    task = repaired(task, Repair((), tuple(written), 0.0))
    if PROOFS[0].refutes(task):
        return False
    for _ in range(MOST_CUTS):
        try:
            solution = solve(task, blueprint)
        except (Infeasible, SearchEnded):
            return False
        if rule is None or task.n_items > len(pool.items):
            return True
        # add a cut by the information of the least reliable form, if its reliability is too low
        known = information([pool.known(item) for item in pool.items], GRID.tolist())
        scored = set(pool.scored)
        curves = [known[[n for n in form if n in scored]].sum(axis=0) for form in solution.forms]
        worst = min(curves, key=reliability)
        if reliability(worst) >= rule.min:
            return True
        task = task._replace(rows=(*task.rows, reliability_cut(pool, blueprint, worst)))
    return False
