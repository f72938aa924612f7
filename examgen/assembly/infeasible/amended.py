"""Blueprint and repair → the fields of the blueprint that change, and the blueprint as amended."""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil, floor, inf, sqrt
from typing import Any, NamedTuple

from examgen.assembly.infeasible.parts import ANCHOR, FORMS, GOAL, USES, row_of
from examgen.assembly.infeasible.repairs import Relax, Repair, loose
from examgen.assembly.task import LinearConstraint, Task
from examgen.core.models.blueprint import Blueprint

QUOTAS = ("criteria", "cognitive", "unit_mix", "level_mix", "status_mix")

Path = tuple[str | int, ...]


class Change(NamedTuple):
    """A field of the blueprint, what it says and what it shall say, as YAML has it."""

    path: Path
    before: Any
    after: Any

    @property
    def field(self) -> str:
        """The field as messages name it: `criteria.A4012.02`."""
        return ".".join(str(step) for step in self.path)


class _NotInBlueprint(Exception):
    """No field of the blueprint says this."""


def changes(blueprint: Blueprint, task: Task, repair: Repair) -> tuple[Change, ...] | None:
    """What a repair changes, a field once; None where the blueprint has no words for it."""
    found: dict[Path, Change] = {}
    try:
        for relax in repair.relaxed:
            change = _change(blueprint, task, relax)
            known = found.get(change.path)
            found[change.path] = change if known is None else _both(known, change)
    except _NotInBlueprint:
        return None
    return tuple(found.values())


def amended(blueprint: Blueprint, changes: Sequence[Change]) -> Blueprint:
    """The blueprint with these changes; ValueError (of pydantic) where they make no sense."""
    data = blueprint.model_dump(by_alias=True)
    for change in changes:
        at: Any = data
        for step in change.path[:-1]:
            at = list(at) if isinstance(at, tuple) else at
            at = at[step]
        at[change.path[-1]] = change.after
    return Blueprint.model_validate(data)


def _both(one: Change, other: Change) -> Change:
    """Rows of one field (`all`) are relaxed as far as any of them."""
    if isinstance(one.after, dict) and isinstance(other.after, dict):
        merged = {}
        for end, pick in (("min", min), ("max", max)):
            ends = [c.after[end] for c in (one, other) if end in c.after]
            if len(ends) == 2:
                same = ends[0] == ends[1]
                merged[end] = ends[0] if same else pick(*ends, key=lambda v: (isinstance(v, str), v))
        return one._replace(after=merged)
    if isinstance(one.after, int) and isinstance(other.after, int):
        return one._replace(after=min(one.after, other.after))
    return other


def _change(blueprint: Blueprint, task: Task, relax: Relax) -> Change:
    row = row_of(task, relax.part)
    if row is not None:
        return _row_change(blueprint, row, relax)
    least, greatest = int(relax.least), relax.greatest
    if relax.part == FORMS:
        if blueprint.forms == "per_candidate" or least <= blueprint.spare:
            raise _NotInBlueprint
        return Change(("forms",), blueprint.forms, least - blueprint.spare)
    if relax.part == ANCHOR and blueprint.anchor:
        return Change(("anchor", "items"), blueprint.anchor.items, least)
    if relax.part == USES and blueprint.exposure.share is not None:
        share = float(blueprint.exposure.share)
        return Change(("exposure", "share"), share, ceil(1000 * least / task.n_forms) / 10)
    if relax.part == USES:
        return Change(("exposure", "forms"), blueprint.exposure.forms, least)
    if relax.part == GOAL and blueprint.statistics and blueprint.statistics.information:
        percent = ceil(greatest * 1000 - 1e-9) / 10
        before = float(blueprint.statistics.information.within)
        if percent > 100:
            raise _NotInBlueprint
        return Change(("statistics", "information", "within"), before, percent)
    overlap = blueprint.overlap
    most = None if overlap.max is None else int(greatest)
    return Change(("overlap",), {"min": overlap.min, "max": overlap.max}, {"min": least, "max": most})


def _row_change(blueprint: Blueprint, row: LinearConstraint, relax: Relax) -> Change:
    family, _, rest = row.field.partition(".")
    if relax.part.kind == "anchor-row":
        return Change(("anchor", "mirror"), True, False)
    if family in QUOTAS:
        return _quota_change(blueprint, row, relax, family, int(rest) if family == "level_mix" else rest)
    if row.field == "items":
        cut = blueprint.pass_rule.raw_cut if blueprint.pass_rule else None
        if cut is not None and cut > relax.greatest:
            raise _NotInBlueprint
        return Change(("items",), blueprint.items, int(relax.greatest))
    if row.field == "pilot" and blueprint.pilot and 0 < relax.least < blueprint.pilot.items:
        return Change(("pilot", "items"), blueprint.pilot.items, int(relax.least))
    if row.field == "pass.criteria" and relax.least >= 1:
        return Change(("judgement", "min_items"), blueprint.judgement.min_items, int(relax.least))
    if row.field == "sets":
        for index, one in enumerate(blueprint.sets):
            if row.name == f"set “{one.name}”":
                if relax.least < row.least:
                    return Change(("sets", index, "min"), one.min, int(relax.least))
                return Change(("sets", index, "max"), one.max, int(relax.greatest))
        raise _NotInBlueprint
    if family in ("quantities", "statistics"):
        return _quantity_change(blueprint, row, relax)
    raise _NotInBlueprint


def _quota_change(
    blueprint: Blueprint, row: LinearConstraint, relax: Relax, family: str, key: str | int
) -> Change:
    quota = getattr(blueprint, family)[key]
    before = {end: value for end, value in (("min", quota.min), ("max", quota.max)) if value is not None}
    after: dict[str, int | str] = {}
    if relax.least > 0:
        after["min"] = quota.min if relax.least == row.least and quota.min is not None else int(relax.least)
    if relax.greatest < blueprint.items and quota.max is not None:
        after["max"] = quota.max if relax.greatest == row.greatest else int(relax.greatest)
    return Change((family, key), before, after or {"min": 0})


def _quantity_change(blueprint: Blueprint, row: LinearConstraint, relax: Relax) -> Change:
    n, rule = blueprint.items, blueprint.statistics
    steps = row.field.split(".")
    if steps[0] == "quantities":
        bounds = getattr(blueprint.quantities[steps[1]], steps[2])  # type: ignore[index]
        times = n if steps[2] == "mean" else 1
        return Change(tuple(steps), _ends(bounds.min, bounds.max), _moved(bounds, row, relax, times))
    if rule is None:
        raise _NotInBlueprint
    if row.field == "statistics.facility" and rule.facility:
        target = rule.facility.target
        width = max(abs(relax.least / n - target), abs(relax.greatest / n - target))
        return Change((*steps, "within"), rule.facility.within, min(loose(width, ceil), 1.0))
    if row.field == "statistics.facility.spread" and rule.facility and rule.facility.spread:
        low, high = (sqrt(max(bound, 0) / n) if abs(bound) < inf else bound for bound in relax[1:])
        spread = rule.facility.spread
        after = _ends(
            None if spread.min is None else loose(low, floor),
            None if spread.max is None else loose(high, ceil),
        )
        return Change(tuple(steps), _ends(spread.min, spread.max), after)
    if row.field == "statistics.sem" and rule.sem and relax.least > 0:
        return Change((*steps, "max"), rule.sem.max, loose(relax.least**-0.5, ceil))
    raise _NotInBlueprint


def _moved(bounds: Any, row: LinearConstraint, relax: Relax, times: int) -> dict[str, float]:
    """The ends that moved, each rounded to the loose side; the others as they stand."""
    least = bounds.min if relax.least == row.least else loose(relax.least / times, floor)
    greatest = bounds.max if relax.greatest == row.greatest else loose(relax.greatest / times, ceil)
    return _ends(least, greatest)


def _ends(least: float | None, greatest: float | None) -> dict[str, float]:
    return {end: value for end, value in (("min", least), ("max", greatest)) if value is not None}
