"""A blueprint without forms → the cheapest changes that make forms possible, each tried before it is
offered.

A repair moves quotas, writes items, or both, using the elastic model (see Chinneck 2008, ch. 6), or it
moves one other field as far as needed. Forms were found for each repair that is offered.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterator, Sequence
from functools import cache, partial
from math import inf
from typing import Any, Literal, NamedTuple, Self

from pydantic import ValidationError

from examgen.assembly.constraints import base_task
from examgen.assembly.infeasible.causes import Cause, Solve
from examgen.assembly.infeasible.fields import (
    PERCENT_COST,
    QUOTA_COST,
    WRITE_COST,
    FieldChange,
    Lever,
    amended,
    changes_of_rows,
    levers,
    spread,
    unit_cost,
)
from examgen.assembly.infeasible.model import (
    ItemKind,
    Move,
    least_change,
    least_change_of_forms,
    refuted,
    with_items,
)
from examgen.assembly.infeasible.writing import (
    MEASURED,
    Wanted,
    Writable,
    is_of_record,
    wanted,
    writable,
)
from examgen.assembly.task import Infeasible, SearchEnded, Solution, Task
from examgen.assembly.usable import Bank, Pool, pool_of
from examgen.core.models.blueprint import Blueprint

MOST_REPAIRS = 6
MOST_STEPS = 5
"""The maximum number of values of a field that are tried until forms are found."""
_ABILITIES = (-1.0, 0.0, 1.0)
"""The abilities at which items must have information for a reliable form, if there is no target."""

FindForms = Callable[[Pool, Blueprint], Solution]


class Case(NamedTuple):
    """A blueprint with its bank, pool and task, and the functions that find forms."""

    bank: Bank
    blueprint: Blueprint
    pool: Pool
    task: Task
    find_forms: FindForms
    solve: Solve

    @classmethod
    def of_blueprint(cls, bank: Bank, blueprint: Blueprint, find_forms: FindForms, solve: Solve) -> Self:
        """Return the case of a blueprint."""
        pool = pool_of(bank, blueprint)
        return cls(bank, blueprint, pool, base_task(pool, blueprint), find_forms, solve)

    def after(self, changes: Sequence[FieldChange]) -> Self | None:
        """Return the case after changes to the blueprint; None if the result is not valid."""
        try:
            blueprint = amended(self.blueprint, changes)
        except ValidationError:
            return None
        return self.of_blueprint(self.bank, blueprint, self.find_forms, self.solve)

    def has_forms(self, written: Sequence[tuple[ItemKind, int]] = ()) -> bool:
        """Return whether forms are found. With placeholders for items to write, the exact reliability is not
        checked."""
        task = with_items(self.task, written)
        if refuted(task):
            return False
        try:
            if written:
                self.solve(task, self.blueprint.seed)
            else:
                self.find_forms(self.pool, self.blueprint)
        except (Infeasible, SearchEnded):
            return False
        return True


class Repair(NamedTuple):
    """Fields to change, items to write, and their cost (see `fields` for the weights)."""

    changes: tuple[FieldChange, ...]
    wanted: tuple[Wanted, ...] = ()
    cost: float = 0.0
    near: tuple[tuple[str, float], ...] = ()
    """For each field of a quantity, the value that new items should have."""
    information: tuple[tuple[float, float], ...] = ()
    """The information that new items should have, as pairs of θ and information."""
    is_spread: bool = False
    """Whether it changes all criteria in proportion to the length of a form."""

    @property
    def emptied(self) -> tuple[str, ...]:
        """The criteria that lose their minimum, so that forms need no item of them."""
        return tuple(
            str(one.path[1])
            for one in self.changes
            if one.path[0] == "criteria" and one.before.get("min") and not one.after.get("min")
        )

    def place(self) -> tuple[Any, ...]:
        """Return the sort key among repairs.

        Repairs that change all criteria in proportion come first, then those that change only the length,
        then the cheapest; those that remove the minimum of a criterion come last.
        """
        is_length_alone = [one.path for one in self.changes] == [("items",)] and not self.wanted
        return not self.is_spread, not is_length_alone, bool(self.emptied), self.cost, len(self.changes)


NOTHING = Repair(())


def repairs(case: Case, causes: Sequence[Cause]) -> list[Repair]:
    """Return the repairs that work, in their order, only the best one for each set of fields and criteria."""
    found = [*spread_repairs(case), *_repairs(case, causes)]
    best: dict[tuple[object, ...], Repair] = {}
    for one in sorted(found, key=Repair.place):
        fields = [
            *(change.path for change in one.changes),
            *(line._replace(n_items=0) for line in one.wanted),
        ]
        best.setdefault((one.is_spread, *fields), one)
    return [*best.values()][:MOST_REPAIRS]


def spread_repairs(case: Case) -> Iterator[Repair]:
    """Yield a repair of all criteria in proportion to the length of a form, with other quotas if these must
    change as well."""
    if not (changes := spread(case.blueprint, case.pool)):
        return
    ends = [(one.before.get(end, 0), one.after.get(end, 0)) for one in changes for end in ("min", "max")]
    first = Repair(
        changes, cost=sum(QUOTA_COST * abs(after - before) for before, after in ends), is_spread=True
    )
    if (after := case.after(changes)) is None:
        return
    others = [n for n in _quotas(after.task) if not after.task.rows[n].field.startswith("criteria")]
    if after.has_forms():
        yield first
    elif more := _moved(after, others, False, first):
        yield more


def _repairs(case: Case, causes: Sequence[Cause]) -> Iterator[Repair]:
    """Yield the best repair of each kind that suffices by itself, or combinations if none does."""
    quotas = _quotas(case.task)
    blamed = {part.number for cause in causes for part in cause.parts if part.kind == "row"}
    single = [[n] for n in quotas if n in blamed and len(causes) == 1]
    length = [n for n, row in enumerate(case.task.rows) if row.is_length]
    every = [*levers(case.blueprint, case.bank, case.pool)]
    tried = [_moved(case, rows, False) for rows in (quotas, *single, length)]
    found = [one for one in (*tried, *(_pulled(case, lever) for lever in every)) if one]
    yield from found
    if all(one.changes[0].path == ("items",) for one in found):
        overlaps = [_pulled(case, lever, False) for lever in every if lever.path == ("overlap",)]
        yield from (one for one in overlaps if one)
    if written := _moved(case, [], True):
        yield written
    mixed = _moved(case, quotas, True) if len(causes) > 1 or not (found or written) else None
    if mixed:
        yield mixed
    elif not (found or written):
        yield from (one for lever in every if (one := _pulled(case, lever, True)))


def _quotas(task: Task) -> list[int]:
    """Return the rows that a blueprint can change. The tangent of a reliability is not such a row."""
    return [n for n, row in enumerate(task.rows) if row.elastic and row.field != "statistics.reliability"]


def _prices(case: Case, rows: Sequence[int], possible: Sequence[Writable]) -> dict[Move, float]:
    """Return the cost of a unit of each move."""
    sides: tuple[Literal["down", "up"], ...] = ("down", "up")
    moves = [(Move(side, n), case.task.rows[n]) for n in rows for side in sides]
    prices = {
        move: unit_cost(row)
        for move, row in moves
        if abs(row.least if move.kind == "down" else row.greatest) < inf
    }
    return prices | {Move("write", n): WRITE_COST for n in range(len(possible))}


def _moved(case: Case, rows: Sequence[int], writes: bool, first: Repair = NOTHING) -> Repair | None:
    """Return the cheapest repair that works by moving these rows and writing items, in addition to a first
    repair; None if none does."""
    task, possible = case.task, writable(case.pool, case.blueprint, case.task) if writes else ()
    kinds, price = [one.kind for one in possible], _prices(case, rows, possible)
    # of equal costs, the first is preferred
    costs = {move: cost * (1 + n * 1e-5) for n, (move, cost) in enumerate(price.items())}

    @cache
    def works(moves: tuple[tuple[Move, float], ...]) -> Repair | None:
        changes = changes_of_rows(case.blueprint, task, dict(moves))
        after = None if changes is None else case.after(changes)
        counts = [int(dict(moves).get(Move("write", n), 0)) for n in range(len(kinds))]
        stand_ins = [(kind, n) for kind, n in zip(kinds, counts, strict=True) if n]
        if changes is None or after is None or not after.has_forms(stand_ins):
            return None
        cost = round(first.cost + sum(price[move] * far for move, far in moves), 3)
        lines = wanted(possible, counts, case.pool)
        return Repair((*first.changes, *changes), lines, cost, *_like(case, stand_ins), first.is_spread)

    def unit(move: Move) -> float:
        """Return the step size of a move: one item, or 1 % of a quantity."""
        is_count = move.kind == "write" or task.rows[move.number].counts_items
        return 1.0 if is_count else PERCENT_COST / price[move]

    # by the models; then what they do not see: as many items again for each form, or one unit more
    tried: list[dict[Move, float]] = []
    one = task._replace(n_forms=1, shared_least=0)
    models = (
        (partial(least_change, task, costs, kinds), 1),
        (partial(least_change, task, costs, kinds, integer=True), 1),
        (partial(least_change_of_forms, task, costs, kinds), 1),
        (partial(least_change, one, costs, kinds, integer=True), task.n_forms),
    )
    for least, times in models:
        try:
            moves = least() or {}
        except SearchEnded:
            continue
        if moves and times == 1 and (repair := works(tuple(moves.items()))):
            return repair
        tried += [{move: far * (times if move.kind == "write" else 1) for move, far in moves.items()}]
    grown = [
        {move: far + step * unit(move) * (move.kind in grow) for move, far in moves.items()}
        for step in ((1, 2, 4) if writes or not first.changes else ())
        for moves in tried
        for grow in [("write",) if any(move.kind == "write" for move in moves) else ("down", "up")]
    ]
    larger = next((moves for moves in [*tried, *grown] if moves and works(tuple(moves.items()))), None)
    for move, far in (larger or {}).items():
        # as little of it as the others allow
        if larger and unit(move) == 1.0:
            sizes = [larger | {move: float(n)} for n in range(1, int(far) + 1)]
            larger = sizes[bisect_left(sizes, True, key=lambda size: works(tuple(size.items())) is not None)]
    return works(tuple(larger.items())) if larger else None


def _like(
    case: Case, written: Sequence[tuple[ItemKind, int]]
) -> tuple[tuple[tuple[str, float], ...], tuple[tuple[float, float], ...]]:
    """Return the quantities and the information that new items should have on average."""
    rule, task = case.blueprint.statistics, case.task
    if not written:
        return (), ()
    kind = written[0][0]
    values = [(task.rows[n], value) for one, _ in written for n, value in one.rows]
    near = {row.field: value for row, value in values if not row.counts_items and not is_of_record(row)}
    points: dict[float, float] = {}
    if rule and rule.reliability:
        level = rule.reliability.min / (1 - rule.reliability.min) / case.blueprint.items
        points |= dict.fromkeys(_ABILITIES, round(level, 5))
    if task.goal is not None and kind.values:
        points |= dict(zip(task.goal.points, kind.values, strict=True))
    if rule and rule.sem:
        points[rule.sem.at] = max(near.get("statistics.sem", 0.0), points.get(rule.sem.at, 0.0))
    return tuple((f, value) for f, value in near.items() if f not in MEASURED), tuple(sorted(points.items()))


def _pulled(case: Case, lever: Lever, writes: bool | None = None) -> Repair | None:
    """Return the first value of a lever that makes forms possible, by itself or, unless `writes` is None,
    with changes to quotas and, if `writes`, with new items; None if there is none."""

    def is_possible(number: int) -> bool:
        after = case.after([lever.change(number)])
        if after is None or writes is None:
            return after is not None and not refuted(after.task)
        possible = writable(after.pool, after.blueprint, after.task) if writes else ()
        prices = _prices(after, _quotas(after.task), possible)
        try:
            return least_change(after.task, prices, [one.kind for one in possible]) is not None
        except SearchEnded:
            return False

    # the model allows whatever is beyond a value that it allows
    start = bisect_left(range(len(lever.values)), True, key=is_possible)
    for number in range(start, min(start + MOST_STEPS, len(lever.values))):
        repair = Repair((lever.change(number),), cost=round(lever.values[number][1], 3))
        if (after := case.after(repair.changes)) is None:
            continue
        if writes is None and after.has_forms():
            return repair
        if writes is not None and (more := _moved(after, _quotas(after.task), writes, repair)):
            return more
    return None
