"""The fields of a blueprint that a repair may change, what each change costs, and the amended blueprint."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from math import ceil, floor, inf, log10, sqrt
from typing import Any, NamedTuple

from examgen.assembly.infeasible.model import Move
from examgen.assembly.task import LinearConstraint, Task
from examgen.assembly.usable import Bank, Pool
from examgen.core.models.blueprint import Blueprint, matches
from examgen.core.models.field_types import MOST_ITEMS, Status

WRITE_COST = 1.0
"""The cost of writing an item, which is the unit of all costs."""
QUOTA_COST = 2.0
"""The cost of moving a quota by one item of each form."""
SHARE_COST = 3.0
"""The cost of one shared item more or fewer for two forms, or of using an item in one more form."""
ANCHOR_COST = 3.0
"""The cost of removing an item from the anchor."""
LENGTH_COST = 4.0
"""The cost of making each form shorter or longer by one item."""
ADMIT_COST = 5.0
"""The cost of admitting items of another status, or items of one more administration."""
FORM_COST = 10.0
"""The cost of building one form fewer."""
PERCENT_COST = 0.2
"""The cost of moving a quantity or a curve by 1 %."""

QUOTAS = ("criteria", "cognitive", "unit_mix", "level_mix", "status_mix")
ADMITTED: tuple[Status, ...] = ("approved", "pilot", "operational")
"""The statuses that a repair may admit: those with an approved text."""
DIGITS = 4
"""Significant digits of a relaxed quantity, which is rounded to the less strict side."""

Path = tuple[str | int, ...]


class FieldChange(NamedTuple):
    """A field of the blueprint, with its old and its new value as in YAML."""

    path: Path
    before: Any
    after: Any


def amended(blueprint: Blueprint, changes: Sequence[FieldChange]) -> Blueprint:
    """Return the blueprint with these changes. Raises pydantic's ValidationError, a ValueError, if it is not
    valid."""
    data = blueprint.model_dump(by_alias=True)
    for change in changes:
        at: Any = data
        for step in change.path[:-1]:
            at[step] = list(at[step]) if isinstance(at[step], tuple) else at[step]
            at = at[step]
        at[change.path[-1]] = change.after
    return Blueprint.model_validate(data)


def ends_of(least: Any, greatest: Any) -> dict[str, Any]:
    """Return a quota as in YAML, without bounds that are None."""
    return {end: value for end, value in (("min", least), ("max", greatest)) if value is not None}


def loose(value: float, rounding: Callable[[float], int]) -> float:
    """Return a quantity rounded to `DIGITS` significant digits by `rounding`: `floor` or `ceil`, whichever is
    less strict."""
    if abs(value) == inf or value == 0:
        return value
    unit = 10.0 ** (floor(log10(abs(value))) + 1 - DIGITS)
    return float(round(rounding(value / unit) * unit, 12))


# ── rows ─────────────────────────────────────────────────────────────────────────────────────


def unit_cost(row: LinearConstraint) -> float:
    """Return the cost of moving a bound of a row by one."""
    if row.is_length:
        return LENGTH_COST
    if row.counts_items:
        return QUOTA_COST
    return (
        PERCENT_COST * 100 / max([1e-3, *(abs(end) for end in (row.least, row.greatest) if abs(end) < inf)])
    )


def changes_of_rows(
    blueprint: Blueprint, task: Task, moves: Mapping[Move, float]
) -> tuple[FieldChange, ...] | None:
    """Return the field changes that move the rows, each field once; None if the blueprint has no field for
    one of them.

    Rows of one field (`all`) all move as far as the farthest of them.
    """
    together: dict[tuple[str, str], tuple[LinearConstraint, dict[str, float]]] = {}
    for move, far in moves.items():
        if move.kind != "write":
            row = task.rows[move.number]
            _, ends = together.setdefault(
                (row.field, row.subject[1] if row.field == "sets" else ""), (row, {})
            )
            ends[move.kind] = max(far, ends.get(move.kind, 0.0))
    found = [
        _of_row(blueprint, row, ends.get("down", 0), ends.get("up", 0)) for row, ends in together.values()
    ]
    changes = tuple(one for one in found if one is not None)
    return changes if len(changes) == len(found) else None


def _of_row(blueprint: Blueprint, row: LinearConstraint, down: float, up: float) -> FieldChange | None:
    """Return the change that lowers the minimum of a row by `down` and raises its maximum by `up`."""
    n, rule = blueprint.items, blueprint.statistics
    least, greatest = row.least - down, row.greatest + up
    least = max(least, 0.0) if row.counts_items else least
    family, _, key = row.field.partition(".")
    steps = tuple(row.field.split("."))
    if family in QUOTAS:
        quota = getattr(blueprint, family)[int(key) if family == "level_mix" else key]
        low = (int(least) or None) if down else quota.min
        high = (int(greatest) if greatest < n else None) if up else quota.max
        path = (family, int(key) if family == "level_mix" else key)
        return FieldChange(path, ends_of(quota.min, quota.max), ends_of(low, high) or {"min": 0})
    if family == "items":
        size = int(least if down else greatest)
        cut = blueprint.pass_rule.raw_cut if blueprint.pass_rule else None
        return None if size < 1 or (cut is not None and cut > size) else FieldChange(("items",), n, size)
    if family == "pilot" and blueprint.pilot and least > 0:
        return FieldChange(("pilot", "items"), blueprint.pilot.items, int(least))
    if family == "pass" and least >= 1:
        return FieldChange(("judgement", "min_items"), blueprint.judgement.min_items, int(least))
    if family == "sets":
        [(index, one)] = [(k, one) for k, one in enumerate(blueprint.sets) if one.name == row.subject[1]]
        if down:
            return FieldChange(("sets", index, "min"), one.min, int(least))
        return FieldChange(("sets", index, "max"), one.max, int(greatest))
    if family == "quantities":
        bounds = getattr(blueprint.quantities[steps[1]], steps[2])  # type: ignore[index]
        times = n if steps[2] == "mean" else 1
        low = loose(least / times, floor) if down else bounds.min
        high = loose(greatest / times, ceil) if up else bounds.max
        return FieldChange(steps, ends_of(bounds.min, bounds.max), ends_of(low, high))
    if row.field == "statistics.facility" and rule and rule.facility:
        width = rule.facility.within + max(down, up) / n
        return FieldChange((*steps, "within"), rule.facility.within, min(loose(width, ceil), 1.0))
    if row.field == "statistics.facility.spread" and rule and rule.facility and (at := rule.facility.spread):
        low = loose(sqrt(max(least, 0) / n), floor) if down else at.min
        high = loose(sqrt(greatest / n), ceil) if up else at.max
        return FieldChange(steps, ends_of(at.min, at.max), ends_of(low, high))
    if row.field == "statistics.sem" and rule and rule.sem and least > 0:
        return FieldChange((*steps, "max"), rule.sem.max, loose(least**-0.5, ceil))
    return None


# ── fields that no row is ────────────────────────────────────────────────────────────────────


class Lever(NamedTuple):
    """A field that is not a row, with alternative values and their costs, cheapest first."""

    path: Path
    before: Any
    values: Sequence[tuple[Any, float]]

    def change(self, number: int) -> FieldChange:
        """Return the change to the value with this index."""
        return FieldChange(self.path, self.before, self.values[number][0])


def levers(blueprint: Blueprint, bank: Bank, pool: Pool) -> Iterator[Lever]:
    """Yield every field of a blueprint that may be relaxed and is not a row of its task."""
    overlap, anchor, rule = blueprint.overlap, blueprint.anchor, blueprint.statistics
    both = {"min": overlap.min, "max": overlap.max}

    def counted(start: int, stop: int, cost: float) -> list[tuple[int, float]]:
        step = 1 if stop >= start else -1
        return [(n, round(cost * abs(n - start), 3)) for n in range(start + step, stop + step, step)]

    if blueprint.n_forms > 1 and overlap.max is not None:
        wider = counted(overlap.max, blueprint.printed_items, SHARE_COST)
        yield Lever(("overlap",), both, [(both | {"max": n}, cost) for n, cost in wider])
    if blueprint.n_forms > 1 and overlap.min:
        fewer = counted(overlap.min, 0, SHARE_COST)
        yield Lever(("overlap",), both, [(both | {"min": n}, cost) for n, cost in fewer])
    most = blueprint.exposure.forms
    if most is not None and most < blueprint.n_forms:
        yield Lever(("exposure", "forms"), most, counted(most, blueprint.n_forms, SHARE_COST))
    if anchor is not None and anchor.items > 1:
        yield Lever(("anchor", "items"), anchor.items, counted(anchor.items, 1, ANCHOR_COST))
    if anchor is not None and anchor.mirror:
        yield Lever(("anchor", "mirror"), True, [(False, QUOTA_COST)])
    if blueprint.forms > 1:
        yield Lever(("forms",), blueprint.forms, counted(blueprint.forms, 1, FORM_COST))
    length = asked_length(blueprint, pool)
    if length is not None and length <= MOST_ITEMS:
        yield Lever(("items",), blueprint.items, [(length, LENGTH_COST * abs(length - blueprint.items))])
    if rule and rule.information:
        within = float(rule.information.within)
        wide = [
            (n / 10, round(PERCENT_COST * (n / 10 - within), 3)) for n in range(floor(10 * within) + 1, 1001)
        ]
        yield Lever(("statistics", "information", "within"), within, wide)
    if rule and rule.reliability:
        asked = rule.reliability.min
        lower = [round(asked - n / 20, 2) for n in range(1, ceil(asked * 20))]
        costs = [(low, round(PERCENT_COST * 100 * (1 - low / asked), 3)) for low in lower]
        yield Lever(("statistics", "reliability", "min"), asked, costs)
    statuses, present = [*blueprint.statuses], {item.status for item in bank.items}
    for status in ADMITTED:
        if status in present and status not in statuses:
            yield Lever(("statuses",), statuses, [([*statuses, status], ADMIT_COST)])
    last, times = blueprint.exclude_last, blueprint.exposure.administrations
    if last:
        yield Lever(("exclude_last",), last, counted(last, 0, ADMIT_COST))
    if times is not None:
        yield Lever(("exposure", "administrations"), times, counted(times, times + 3, ADMIT_COST))


# ── criteria that do not add up to the length of a form ──────────────────────────────────────


def criteria_counts(blueprint: Blueprint, pool: Pool) -> dict[str, tuple[int, int | None]] | None:
    """Return the minimum and maximum count of each criterion or element. `all` is used only if there are no
    other quotas.

    Returns None if quotas are proportions, if a criterion counts for two of them, or if there are none.
    """
    quotas = {key: (quota.min or 0, quota.max) for key, quota in blueprint.criteria.items() if key != "all"}
    if "all" in blueprint.criteria and not quotas:
        every = blueprint.criteria["all"]
        quotas = dict.fromkeys(pool.places, (every.min or 0, every.max))
    counts = {
        key: (low, high)
        for key, (low, high) in quotas.items()
        if isinstance(low, int) and (high is None or isinstance(high, int))
    }
    once = all(
        sum(matches(key, pc, place.element) for key in counts) <= 1 for pc, place in pool.places.items()
    )
    return counts if counts and once and len(counts) == len(quotas) else None


def asked_length(blueprint: Blueprint, pool: Pool) -> int | None:
    """Return the number of items that the criteria add up to; None if they are compatible with the length of
    a form."""
    counts = criteria_counts(blueprint, pool) or {}
    least, greatest = sum(low for low, _ in counts.values()), [high for _, high in counts.values()]
    if least > blueprint.items:
        return least
    covered = all(any(matches(key, pc, place.element) for key in counts) for pc, place in pool.places.items())
    most = sum(high for high in greatest if high is not None)
    return most if covered and None not in greatest and 0 < most < blueprint.items else None


def spread(blueprint: Blueprint, pool: Pool) -> tuple[FieldChange, ...]:
    """Return the changes that make the criteria add up to the length of a form; empty if they already do, or
    if no such distribution is possible."""
    counts, length = criteria_counts(blueprint, pool), asked_length(blueprint, pool)
    if counts is None or length is None or ("all" in blueprint.criteria and len(blueprint.criteria) > 1):
        return ()
    fewer = length > blueprint.items
    asked = [low if fewer else int(high or 0) for low, high in counts.values()]
    if fewer:
        judged = [min(n, blueprint.judgement.min_items) for n in asked]
        floors, most = judged if sum(judged) <= blueprint.items else [min(n, 1) for n in asked], asked
    else:
        # as far as the bank has them for forms that share none
        apart = blueprint.n_forms if blueprint.overlap.max == 0 else 1
        there = [pool.items[n].pc for n in pool.scored]
        own = [sum(matches(key, pc, pool.places[pc].element) for pc in there) // apart for key in counts]
        floors, most = asked, [max(n, usable) for n, usable in zip(asked, own, strict=True)]
    if not sum(floors) <= blueprint.items <= sum(most):
        return ()
    new = dict(
        zip(counts, _apportioned([max(n, 1) for n in asked], floors, most, blueprint.items), strict=True)
    )
    changes = []
    for key, quota in blueprint.criteria.items():
        mine = [*new.values()] if key == "all" else [new[key]]
        low, high = min(mine) if fewer else quota.min, max(mine) if not fewer else quota.max
        if quota.min == quota.max:
            low, high = min(mine), max(mine)
        before, after = ends_of(quota.min, quota.max), ends_of(low if quota.min else None, high)
        if before != after:
            changes.append(FieldChange(("criteria", key), before, after))
    return tuple(changes)


def _apportioned(
    weights: Sequence[int], floors: Sequence[int], most: Sequence[int], n_items: int
) -> list[int]:
    """Distribute `n_items` items in proportion to the weights, each within its floor and its maximum
    (Sainte-Laguë)."""
    found = list(floors)
    while sum(found) < n_items:
        open_ones = [n for n in range(len(found)) if found[n] < most[n]]
        found[max(open_ones, key=lambda n: (weights[n] / (2 * found[n] + 1), -n))] += 1
    return found
