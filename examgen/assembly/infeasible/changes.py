"""Blueprint and repair → the fields of the blueprint that change, and the blueprint as amended."""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil, floor, inf, sqrt
from typing import Any, NamedTuple

from examgen.assembly.infeasible.parts import ANCHOR, FORMS, GOAL, SHARED, USES, row_of
from examgen.assembly.infeasible.repairs import Relax, Repair, loose
from examgen.assembly.task import LinearConstraint, Task
from examgen.core.models.blueprint import Blueprint

QUOTAS = ("criteria", "cognitive", "unit_mix", "level_mix", "status_mix")


class FieldChange(NamedTuple):
    """A field of the blueprint, what it says and what it shall say, as YAML has it."""

    path: tuple[str | int, ...]
    before: Any
    after: Any

    @property
    def field(self) -> str:
        """The field as messages name it: `criteria.A4012.02`."""
        return ".".join(str(step) for step in self.path)


def amended(blueprint: Blueprint, changes: Sequence[FieldChange]) -> Blueprint:
    """The blueprint with these changes; ValueError (of pydantic) where they make no sense."""
    data = blueprint.model_dump(by_alias=True)
    for change in changes:
        at: Any = data
        for step in change.path[:-1]:
            at = list(at) if isinstance(at, tuple) else at
            at = at[step]
        at[change.path[-1]] = change.after
    return Blueprint.model_validate(data)


def changes(blueprint: Blueprint, task: Task, repair: Repair) -> tuple[FieldChange, ...] | None:
    """Return the field changes of a repair, each field once; None if the blueprint has no field for it.

    Rows of one field (`all`) are relaxed as far as any of them.
    """
    found: dict[tuple[str | int, ...], FieldChange] = {}
    for relax in repair.relaxed:
        row = row_of(task, relax.part)
        change = _of_others(blueprint, task, relax) if row is None else _of_row(blueprint, row, relax)
        if change is None:
            return None
        known = found.get(change.path, change)
        one, other = known.after, change.after
        if known is not change and isinstance(one, dict) and isinstance(other, dict):
            merged = {}
            for end, pick in (("min", min), ("max", max)):
                ends = [after[end] for after in (one, other) if end in after]
                if len(ends) == 2:
                    same = ends[0] == ends[1]
                    merged[end] = ends[0] if same else pick(*ends, key=lambda v: (isinstance(v, str), v))
            change = known._replace(after=merged)
        elif isinstance(one, int) and isinstance(other, int):
            change = known._replace(after=min(one, other))
        found[change.path] = change
    return tuple(found.values())


def _of_others(blueprint: Blueprint, task: Task, relax: Relax) -> FieldChange | None:
    """The change of what no row says."""
    part, least, greatest = relax
    if part == FORMS:
        if least <= blueprint.spare:
            return None
        return FieldChange(("forms",), blueprint.forms, int(least) - blueprint.spare)
    if part == ANCHOR and blueprint.anchor:
        return FieldChange(("anchor", "items"), blueprint.anchor.items, int(least))
    if part == USES:
        return FieldChange(("exposure", "forms"), blueprint.exposure.forms, int(greatest))
    if part == GOAL and blueprint.statistics and blueprint.statistics.information:
        percent = ceil(greatest * 1000 - 1e-9) / 10
        before = float(blueprint.statistics.information.within)
        return (
            FieldChange(("statistics", "information", "within"), before, percent) if percent <= 100 else None
        )
    overlap = {"min": blueprint.overlap.min, "max": blueprint.overlap.max}
    if part == SHARED:
        return FieldChange(("overlap",), overlap, overlap | {"min": int(least)})
    most = None if blueprint.overlap.max is None else int(greatest)
    return FieldChange(("overlap",), overlap, overlap | {"max": most})


def _of_row(blueprint: Blueprint, row: LinearConstraint, relax: Relax) -> FieldChange | None:
    n, rule = blueprint.items, blueprint.statistics
    least, greatest = relax.least, relax.greatest
    steps = row.field.split(".")
    if relax.part.kind == "anchor-row":
        return FieldChange(("anchor", "mirror"), True, False)
    if steps[0] in QUOTAS:
        _, _, rest = row.field.partition(".")
        key = int(rest) if steps[0] == "level_mix" else rest
        quota = getattr(blueprint, steps[0])[key]
        after: dict[str, int | str] = {}
        if least > 0:
            after["min"] = quota.min if least == row.least and quota.min is not None else int(least)
        if greatest < n and quota.max is not None:
            after["max"] = quota.max if greatest == row.greatest else int(greatest)
        return FieldChange((steps[0], key), ends_of(quota.min, quota.max), after or {"min": 0})
    if row.field == "items":
        cut = blueprint.pass_rule.raw_cut if blueprint.pass_rule else None
        return None if cut is not None and cut > greatest else FieldChange(("items",), n, int(greatest))
    if row.field == "pilot" and blueprint.pilot and 0 < least < blueprint.pilot.items:
        return FieldChange(("pilot", "items"), blueprint.pilot.items, int(least))
    if row.field == "pass.criteria" and least >= 1:
        return FieldChange(("judgement", "min_items"), blueprint.judgement.min_items, int(least))
    if row.field == "sets":
        for index, one in enumerate(blueprint.sets):
            if row.subject == ("sets", one.name):
                if least < row.least:
                    return FieldChange(("sets", index, "min"), one.min, int(least))
                return FieldChange(("sets", index, "max"), one.max, int(greatest))
    if steps[0] == "quantities":
        bounds = getattr(blueprint.quantities[steps[1]], steps[2])  # type: ignore[index]
        times = n if steps[2] == "mean" else 1
        # the ends that moved, each rounded to the loose side; the others as they stand
        low = bounds.min if least == row.least else loose(least / times, floor)
        high = bounds.max if greatest == row.greatest else loose(greatest / times, ceil)
        return FieldChange(tuple(steps), ends_of(bounds.min, bounds.max), ends_of(low, high))
    if row.field == "statistics.facility" and rule and rule.facility:
        target = rule.facility.target
        width = max(abs(least / n - target), abs(greatest / n - target))
        return FieldChange((*steps, "within"), rule.facility.within, min(loose(width, ceil), 1.0))
    if row.field == "statistics.facility.spread" and rule and rule.facility and rule.facility.spread:
        low, high = (sqrt(max(bound, 0) / n) if abs(bound) < inf else bound for bound in (least, greatest))
        spread = rule.facility.spread
        new = ends_of(
            None if spread.min is None else loose(low, floor),
            None if spread.max is None else loose(high, ceil),
        )
        return FieldChange(tuple(steps), ends_of(spread.min, spread.max), new)
    if row.field == "statistics.sem" and rule and rule.sem and least > 0:
        return FieldChange((*steps, "max"), rule.sem.max, loose(least**-0.5, ceil))
    return None


def ends_of(least: Any, greatest: Any) -> dict[str, Any]:
    """A quota as YAML has it, without the end that is None."""
    return {end: value for end, value in (("min", least), ("max", greatest)) if value is not None}
