"""Pool and blueprint → the kinds of items that could be written for it, each with what a writer is told.

A kind is found by asking the constraints themselves what they make of an item of this criterion, level,
category and status; kinds that no constraint tells apart are one.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from itertools import product
from typing import NamedTuple

import numpy as np

from examgen.assembly.constraints import anchor, constraints
from examgen.assembly.task import LinearConstraint, Task
from examgen.assembly.usable import Pool, pilot_status
from examgen.assembly.why.parts import is_length
from examgen.assembly.why.relaxed import Coefficients, Kind
from examgen.models import COGNITIVE, Blueprint, Item, Level, Status

DECIMALS = 5


class Writable(NamedTuple):
    """Items that serve the blueprint alike: any of these criteria, categories and sets of levels will do."""

    pcs: tuple[str, ...]
    categories: tuple[str, ...]
    levels: tuple[tuple[int, ...], ...]
    statuses: tuple[Status, ...]
    """That they may have to serve so; empty where any will do that the blueprint names."""
    pilot: bool
    kind: Kind


class Wanted(NamedTuple):
    """So many items to be written; what is None or empty is left to the writer."""

    pc: str | None
    levels: tuple[int, ...]
    categories: tuple[str, ...]
    """Any of these will do."""
    statuses: tuple[Status, ...]
    """Of which they must be to count as wanted; empty where any will do that the blueprint names."""
    n_items: int


def writable(pool: Pool, blueprint: Blueprint, task: Task) -> tuple[Writable, ...]:
    """Every kind of item that could be written, the plainest first; `task` is that of pool and blueprint."""
    samples = list(_samples(pool, blueprint))
    rows, own = _rows_of(pool, blueprint, samples, task)
    found: dict[tuple[Coefficients, Coefficients], list[Item]] = {}
    for n, item in enumerate(samples):
        found.setdefault((rows[n], own[n]), []).append(item)
    quantities = _quantities(task)
    kinds = [
        Writable(
            tuple(dict.fromkeys(item.pc for item in alike)),
            tuple(dict.fromkeys(item.cognitive for item in alike)),
            tuple(dict.fromkeys(item.levels for item in alike)),
            _statuses(blueprint, alike),
            alike[0].id == "pilot",
            Kind(_with_quantities(task, key[0], quantities), key[1], (), _fair_curve(task)),
        )
        for key, alike in found.items()
    ]
    # of two kinds that cost the same, the one that more items are of leaves the writer more freedom
    return tuple(
        sorted(kinds, key=lambda one: (-len(one.categories), -len(one.levels), len(one.statuses), one.pcs))
    )


def _samples(pool: Pool, blueprint: Blueprint) -> Iterator[Item]:
    """An item of every criterion, category, set of levels and status that may matter."""
    statuses: Collection[Status] = [s for s in blueprint.statuses if s in blueprint.status_mix]
    statuses = [*statuses, *(s for s in blueprint.statuses[:1] if s not in statuses)]
    for pc, place in pool.places.items():
        levels = _level_sets(blueprint) if place.levelled else [()]
        for n, (category, held, status) in enumerate(product(COGNITIVE, levels, statuses)):
            yield _sample(f"new-{pc}-{n}", pc, category, held, status)
    tried_out = pilot_status(blueprint)
    if tried_out is not None and pool.places:
        pc, place = next(iter(pool.places.items()))
        levels = _level_sets(blueprint)[:1] if place.levelled else [()]
        yield _sample("pilot", pc, COGNITIVE[0], levels[0], tried_out)


def _statuses(blueprint: Blueprint, alike: Sequence[Item]) -> tuple[Status, ...]:
    """The statuses of items that serve alike; statuses without a quota of their own stand for each other."""
    held = {item.status for item in alike}
    if alike[0].id == "pilot":
        return tuple(held)
    free = {status for status in blueprint.statuses if status not in blueprint.status_mix}
    found = tuple(s for s in blueprint.statuses if s in held or (s in free and held & free))
    return () if len(found) == len(blueprint.statuses) else found


def _level_sets(blueprint: Blueprint) -> list[tuple[Level, ...]]:
    base = () if blueprint.level is None else (blueprint.level,)
    others = [level for level in blueprint.level_mix if level not in base]
    return [base, *(tuple(sorted((*base, level))) for level in others)]


def _sample(name: str, pc: str, category: str, levels: tuple[Level, ...], status: Status) -> Item:
    return Item.model_validate(
        {
            "id": name, "pcs": (pc,), "levels": levels, "cognitive": category, "stem": "–",
            "options": {"a": "–", "b": "–"}, "key": "a", "rationale": {}, "reference": "–", "status": status,
        }
    )  # fmt: skip


def _rows_of(
    pool: Pool, blueprint: Blueprint, samples: Sequence[Item], task: Task
) -> tuple[list[Coefficients], list[Coefficients]]:
    """For each sample, the rows of the task that count it, and those of its anchor."""
    pilots = frozenset(item.id for item in samples if item.id == "pilot")
    alone = Pool(tuple(samples), pool.places, {}, pilots)
    rows = constraints(alone, blueprint)
    copy = anchor(alone, blueprint, rows)
    own = _matched(rows, task.rows, len(samples))
    return own, _matched(copy.rows if copy else (), task.anchor.rows if task.anchor else (), len(samples))


def _matched(
    rows: Sequence[LinearConstraint], of_task: Sequence[LinearConstraint], n_samples: int
) -> list[Coefficients]:
    """The rows that count each sample, by their numbers in the task: enemies are not rows of the samples."""
    number = {(row.name, row.field): n for n, row in enumerate(of_task)}
    found: list[dict[int, float]] = [{} for _ in range(n_samples)]
    for row in rows:
        if row.counts and (row.name, row.field) in number:
            for item in row.items:
                found[item][number[row.name, row.field]] = 1.0
    return [tuple(sorted(one.items())) for one in found]


def _with_quantities(task: Task, counted: Coefficients, quantities: Coefficients) -> Coefficients:
    """With a coefficient in every quantity, where the item is one that counts."""
    scored = any(is_length(task.rows[n]) for n, _ in counted)
    return tuple(sorted([*counted, *quantities])) if scored else counted


def _quantities(task: Task) -> Coefficients:
    """What an item adds to each quantity: the median of the bank, drawn to what is asked of a form."""
    n_items = next((max(row.least, 1.0) for row in task.rows if is_length(row)), 1.0)
    return tuple(
        (n, of_new(task, row) if is_of_record(row) else _fair(row, n_items))
        for n, row in enumerate(task.rows)
        if not row.counts and row.items
    )


def is_of_record(row: LinearConstraint) -> bool:
    """Whether the row is about what the bank's records tell of an item: its age, how often it was used."""
    return row.field.startswith(("quantities.age_days", "quantities.times_used"))


def of_new(task: Task, row: LinearConstraint) -> float:
    """What the records will tell of an item that is yet to be written: nothing, or the one administration
    that gives it the statistics that are asked."""
    measured = task.goal is not None or any(one.field.startswith("statistics.") for one in task.rows)
    return 1.0 if measured and row.field.startswith("quantities.times_used") else 0.0


def _fair(row: LinearConstraint, n_items: float) -> float:
    middle = float(np.median(row.coefficients))
    return round(min(max(middle, row.least / n_items), row.greatest / n_items), DECIMALS)


def drawn(task: Task) -> tuple[tuple[str, float], ...]:
    """By field, what an item adds to a quantity where that is not what an ordinary one of the bank adds:
    the items to be written must make up for the others."""
    n_items = next((max(row.least, 1.0) for row in task.rows if is_length(row)), 1.0)
    asked = (
        row
        for row in task.rows
        if not row.counts and row.items and row.field.startswith(_TOLD) and not is_of_record(row)
    )
    fair = ((row, _fair(row, n_items)) for row in asked)
    return tuple(
        (row.field, value)
        for row, value in fair
        if value != round(float(np.median(row.coefficients)), DECIMALS)
    )


_TOLD = ("quantities.", "statistics.facility")
"""Quantities that a writer, or a reviewer's estimate, can aim at."""


def _fair_curve(task: Task) -> tuple[float, ...]:
    """What an item adds to each point of the goal's curve: its share of the target, or of the bank's mean."""
    goal = task.goal
    if goal is None:
        return ()
    length = next((row.least for row in task.rows if is_length(row)), 1.0) or 1.0
    targets = np.array(goal.targets)
    if goal.kind == "relative" and goal.values.size:
        targets = targets * (goal.values.mean() / targets.mean() * length)
    return tuple(round(float(value), DECIMALS) for value in targets / length)


# ── what a writer is told ────────────────────────────────────────────────────────────────────


def wanted(
    kinds: Sequence[Writable], counts: Sequence[int], pool: Pool, free: Sequence[str] = ()
) -> tuple[Wanted, ...]:
    """What to write of each kind; several criteria that serve alike share it, the poorest first.

    `free` are the categories that all of the items may have.
    """
    held = {pc: sum(item.pc == pc for item in pool.items) for pc in pool.places}
    asked: dict[tuple[str | None, tuple[int, ...], tuple[str, ...], tuple[Status, ...]], int] = {}
    used = [(one, count) for one, count in zip(kinds, counts, strict=True) if count]
    open_to_all = all(set(one.categories) <= set(free) for one, _ in used)
    for one, count in used:
        categories = () if one.pilot else _categories(free if open_to_all else one.categories)
        for _ in range(count):
            pc = None if one.pilot else min(one.pcs, key=lambda name: (held[name], name))
            if pc is not None:
                held[pc] += 1
            key = (pc, _levels(one, pc, pool), categories, one.statuses)
            asked[key] = asked.get(key, 0) + 1
    order = {pc: n for n, pc in enumerate(pool.places)}
    lines = sorted(asked, key=lambda key: (order.get(key[0] or "", -1), key[2], key[1], key[3]))
    return tuple(Wanted(*key, asked[key]) for key in lines)


def _levels(one: Writable, pc: str | None, pool: Pool) -> tuple[int, ...]:
    """The first levels that will do; none for a criterion of a unit whose items are of no level."""
    if pc is not None and not pool.places[pc].levelled:
        return ()
    return next((levels for levels in one.levels if levels), ())


def _categories(names: Sequence[str]) -> tuple[str, ...]:
    """In the order of the taxonomy; none where every one will do."""
    return () if set(names) >= set(COGNITIVE) else tuple(name for name in COGNITIVE if name in names)
