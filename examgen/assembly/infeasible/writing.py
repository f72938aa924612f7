"""Pool and task → the kinds of items that could be written, and orders for writers.

To find the kinds, the constraints are applied to a sample item of each criterion, level, category and
status. Samples that no constraint distinguishes are one kind.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product
from math import ceil, inf
from typing import NamedTuple

import numpy as np

from examgen.assembly.constraints import anchor, constraints
from examgen.assembly.infeasible.model import Coefficients, ItemKind
from examgen.assembly.task import LinearConstraint, Task
from examgen.assembly.usable import Pool, pilot_status
from examgen.core.models.blueprint import Blueprint
from examgen.core.models.field_types import COGNITIVE, Level, Status
from examgen.core.models.item import Item

DECIMALS = 5
PILOT = "pilot"
MEASURED = ("statistics.sem", "statistics.reliability")
"""Quantities that no writer can plan."""


class Writable(NamedTuple):
    """A kind of items that are equivalent for the blueprint: any of these criteria, categories and level
    sets."""

    pcs: tuple[str, ...]
    categories: tuple[str, ...]
    levels: tuple[tuple[int, ...], ...]
    statuses: tuple[Status, ...]
    """Statuses with which these items count; empty if all statuses of the blueprint do."""
    pilot: bool
    kind: ItemKind


class Wanted(NamedTuple):
    """A number of items to write; a field that is None or empty is left to the writer."""

    pc: str | None
    levels: tuple[int, ...]
    categories: tuple[str, ...]
    """Permitted categories."""
    statuses: tuple[Status, ...]
    """Statuses with which the items count; empty if all statuses of the blueprint do."""
    n_items: int


def writable(pool: Pool, blueprint: Blueprint, task: Task) -> tuple[Writable, ...]:
    """Return every kind of item that could be written, least restricted first; `task` belongs to pool and
    blueprint."""
    samples = _samples(pool, blueprint)
    alone = Pool(samples, pool.places, {}, frozenset({PILOT}))
    asked = constraints(alone, blueprint)
    mirrored = anchor(alone, blueprint, asked)
    rows = _matched(asked, task.rows, len(samples))
    in_anchor = _matched(
        mirrored.rows if mirrored else (), task.anchor.rows if task.anchor else (), len(samples)
    )
    alike: dict[tuple[Coefficients, Coefficients], list[Item]] = {}
    for n, sample in enumerate(samples):
        alike.setdefault((rows[n], in_anchor[n]), []).append(sample)
    quantities = [(n, _of_new(task, row)) for n, row in enumerate(task.rows) if not row.counts_items]
    # the contribution of an item to each point of the curve: its share of the target, or of the bank's mean
    curve: tuple[float, ...] = ()
    if task.goal is not None:
        targets = np.array(task.goal.targets) / blueprint.items
        if task.goal.kind == "relative" and task.goal.values.size:
            targets *= task.goal.values.mean() / targets.mean()
        curve = tuple(round(float(value), DECIMALS) for value in targets)
    found = []
    for (counted, anchored), same in alike.items():
        is_pilot = same[0].id == PILOT
        values = counted if is_pilot else tuple(sorted([*counted, *quantities]))
        found.append(
            Writable(
                tuple(dict.fromkeys(item.pc for item in same)),
                tuple(dict.fromkeys(item.cognitive for item in same)),
                tuple(dict.fromkeys(item.levels for item in same)),
                _statuses(blueprint, same),
                is_pilot,
                ItemKind(values, anchored, curve),
            )
        )
    # among kinds of equal cost, the one with more choices leaves the writer more freedom
    return tuple(
        sorted(found, key=lambda one: (-len(one.categories), -len(one.levels), len(one.statuses), one.pcs))
    )


def _samples(pool: Pool, blueprint: Blueprint) -> tuple[Item, ...]:
    """Return a sample item of every criterion, category, level set and status that may matter, and a pilot
    item."""
    base: tuple[Level, ...] = () if blueprint.level is None else (blueprint.level,)
    mixed = [tuple(sorted((*base, level))) for level in blueprint.level_mix if level not in base]
    statuses = [status for status in blueprint.statuses if status in blueprint.status_mix]
    statuses += [status for status in blueprint.statuses[:1] if status not in statuses]

    def sample(name: str, pc: str, category: str, levels: tuple[Level, ...], status: Status) -> Item:
        return Item.model_validate(
            {
                "id": name, "pcs": (pc,), "levels": levels if pool.places[pc].levelled else (),
                "cognitive": category, "stem": "–", "options": {"a": "–", "b": "–"}, "key": "a",
                "rationale": {}, "reference": "–", "status": status,
            }
        )  # fmt: skip

    samples = [
        sample(f"new-{pc}-{number}", pc, *choice)
        for pc, place in pool.places.items()
        for number, choice in enumerate(
            product(COGNITIVE, [base, *mixed] if place.levelled else [()], statuses)
        )
    ]
    tried_out = pilot_status(blueprint)
    if tried_out is not None and pool.places:
        samples.append(sample(PILOT, next(iter(pool.places)), COGNITIVE[0], base, tried_out))
    return tuple(samples)


def _statuses(blueprint: Blueprint, alike: Sequence[Item]) -> tuple[Status, ...]:
    """Return the statuses of equivalent items; statuses without a quota of their own are interchangeable."""
    sampled = {item.status for item in alike}
    if alike[0].id == PILOT:
        return tuple(sampled)
    free = {status for status in blueprint.statuses if status not in blueprint.status_mix}
    equal = sampled | (free if sampled & free else set())
    return () if equal >= set(blueprint.statuses) else tuple(s for s in blueprint.statuses if s in equal)


def _matched(
    rows: Sequence[LinearConstraint], of_task: Sequence[LinearConstraint], n_samples: int
) -> list[Coefficients]:
    """Return, for each sample, the rows of the task that count it, by number. Rows of enemies count no
    sample."""
    members = {(row.name, row.field): set(row.items) for row in rows if row.counts}
    counted = [(n, members.get((row.name, row.field), set())) for n, row in enumerate(of_task)]
    return [tuple((n, 1.0) for n, items in counted if sample in items) for sample in range(n_samples)]


# ── quantities of new items ──────────────────────────────────────────────────────────────────


def is_of_record(row: LinearConstraint) -> bool:
    """Return whether the row is about how often items were used, which the bank records."""
    return row.field.startswith("quantities.times_used")


def _of_new(task: Task, row: LinearConstraint) -> float:
    """Return the assumed value of a new item for a quantity: that of a median item, moved within the bounds
    for the average item of a form.

    Its number of uses is 0, or 1 for the administration that gives it the statistics that the blueprint
    needs.
    """
    if is_of_record(row):
        return float(task.goal is not None or any(one.field.startswith("statistics.") for one in task.rows))
    length = next(one.least for one in task.rows if one.is_length)
    least, greatest = row.least / length, row.greatest / length
    ends = [end for end in (least, greatest) if abs(end) < inf]
    value = float(np.median(row.coefficients)) if row.items else sum(ends) / max(len(ends), 1)
    low = ceil(least * 10**DECIMALS) / 10**DECIMALS if least > -inf else least
    return min(max(value, low), greatest)


# ── orders for writers ───────────────────────────────────────────────────────────────────────


def wanted(kinds: Sequence[Writable], counts: Sequence[int], pool: Pool) -> tuple[Wanted, ...]:
    """Return the items to write, by criterion, given the number of each kind.

    Equivalent criteria share them, those with the fewest items first.
    """
    usable = {pc: sum(item.pc == pc for item in pool.items) for pc in pool.places}
    lines: dict[Wanted, int] = {}
    for one, count in zip(kinds, counts, strict=True):
        # in the order of the taxonomy; empty if every category will do
        any_will_do = one.pilot or set(one.categories) >= set(COGNITIVE)
        categories = () if any_will_do else tuple(name for name in COGNITIVE if name in one.categories)
        levels = next((levels for levels in one.levels if levels), ())
        for _ in range(count):
            pc = None if one.pilot else min(one.pcs, key=lambda name: (usable[name], name))
            if pc is not None:
                usable[pc] += 1
            line = Wanted(
                pc, levels if pc is None or pool.places[pc].levelled else (), categories, one.statuses, 0
            )
            lines[line] = lines.get(line, 0) + 1
    order = ["", *pool.places]
    ordered = sorted(
        lines, key=lambda one: (order.index(one.pc or ""), one.categories, one.levels, one.statuses)
    )
    return tuple(line._replace(n_items=lines[line]) for line in ordered)
