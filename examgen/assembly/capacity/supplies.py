"""Pool and task → the usable items of each criterion and category, and how many forms they give; and the
kinds of items that could be written, each with what a writer is told.

Forms are counted alone: a proof that more are impossible, and the plainest thing to tell a coordinator. A
kind is found by asking the constraints themselves what they make of an item of this criterion, level,
category and status; kinds that no constraint tells apart are one.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from itertools import product
from math import ceil
from typing import NamedTuple

import numpy as np

from examgen.assembly.constraints import anchor, constraints
from examgen.assembly.infeasible.counting import different_items, last
from examgen.assembly.infeasible.parts import is_length
from examgen.assembly.infeasible.relaxation import Coefficients, ItemKind, kinds
from examgen.assembly.search.highs import Floats, Integers, MipColumns, MipRows, solve
from examgen.assembly.task import LinearConstraint, Task
from examgen.assembly.usable import Pool, pilot_status
from examgen.core.models.base import COGNITIVE, Level, Status
from examgen.core.models.blueprint import Blueprint
from examgen.core.models.item import Item

DECIMALS = 5


class Writable(NamedTuple):
    """Items that serve the blueprint alike: any of these criteria, categories and sets of levels will do."""

    pcs: tuple[str, ...]
    categories: tuple[str, ...]
    levels: tuple[tuple[int, ...], ...]
    statuses: tuple[Status, ...]
    """That they may have to serve so; empty where any will do that the blueprint names."""
    pilot: bool
    kind: ItemKind


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
    # An item of every criterion, category, set of levels and status that may matter.
    samples: list[Item] = []
    statuses: Collection[Status] = [s for s in blueprint.statuses if s in blueprint.status_mix]
    statuses = [*statuses, *(s for s in blueprint.statuses[:1] if s not in statuses)]
    for pc, place in pool.places.items():
        levels = _level_sets(blueprint) if place.levelled else [()]
        for number, (category, held, status) in enumerate(product(COGNITIVE, levels, statuses)):
            samples.append(_sample(f"new-{pc}-{number}", pc, category, held, status))
    tried_out = pilot_status(blueprint)
    if tried_out is not None and pool.places:
        pc, place = next(iter(pool.places.items()))
        levels = _level_sets(blueprint)[:1] if place.levelled else [()]
        samples.append(_sample("pilot", pc, COGNITIVE[0], levels[0], tried_out))
    # For each sample, the rows of the task that count it, and those of its anchor.
    pilots = frozenset(item.id for item in samples if item.id == "pilot")
    alone = Pool(tuple(samples), pool.places, {}, pilots)
    asked = constraints(alone, blueprint)
    copy = anchor(alone, blueprint, asked)
    rows = _matched(asked, task.rows, len(samples))
    own = _matched(copy.rows if copy else (), task.anchor.rows if task.anchor else (), len(samples))
    found: dict[tuple[Coefficients, Coefficients], list[Item]] = {}
    for n, item in enumerate(samples):
        found.setdefault((rows[n], own[n]), []).append(item)
    n_items = next((max(row.least, 1.0) for row in task.rows if is_length(row)), 1.0)
    quantities = tuple(
        (n, of_new(task, row) if is_of_record(row) else _fair(row, n_items))
        for n, row in enumerate(task.rows)
        if not row.counts and row.items
    )
    # What an item adds to each point of the goal's curve: its share of the target, or of the bank's mean.
    curve: tuple[float, ...] = ()
    if task.goal is not None:
        length = next((row.least for row in task.rows if is_length(row)), 1.0) or 1.0
        targets = np.array(task.goal.targets)
        if task.goal.kind == "relative" and task.goal.values.size:
            targets = targets * (task.goal.values.mean() / targets.mean() * length)
        curve = tuple(round(float(value), DECIMALS) for value in targets / length)
    kinds: list[Writable] = []
    for (counted, in_anchor), alike in found.items():
        # an item that counts has a coefficient in every quantity
        scored = any(is_length(task.rows[n]) for n, _ in counted)
        rows_of_kind = tuple(sorted([*counted, *quantities])) if scored else counted
        kinds.append(
            Writable(
                tuple(dict.fromkeys(item.pc for item in alike)),
                tuple(dict.fromkeys(item.cognitive for item in alike)),
                tuple(dict.fromkeys(item.levels for item in alike)),
                _statuses(blueprint, alike),
                alike[0].id == "pilot",
                ItemKind(rows_of_kind, in_anchor, (), curve),
            )
        )
    # of two kinds that cost the same, the one that more items are of leaves the writer more freedom
    return tuple(
        sorted(kinds, key=lambda one: (-len(one.categories), -len(one.levels), len(one.statuses), one.pcs))
    )


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
        # in the order of the taxonomy; none where every one will do
        names = set(free if open_to_all else one.categories)
        any_will_do = one.pilot or names >= set(COGNITIVE)
        categories = () if any_will_do else tuple(name for name in COGNITIVE if name in names)
        for _ in range(count):
            pc = None if one.pilot else min(one.pcs, key=lambda name: (held[name], name))
            if pc is not None:
                held[pc] += 1
            # the first levels that will do; none for a criterion of a unit whose items are of no level
            levels = next((levels for levels in one.levels if levels), ())
            levels = levels if pc is None or pool.places[pc].levelled else ()
            key = (pc, levels, categories, one.statuses)
            asked[key] = asked.get(key, 0) + 1
    order = {pc: n for n, pc in enumerate(pool.places)}
    lines = sorted(asked, key=lambda key: (order.get(key[0] or "", -1), key[2], key[1], key[3]))
    return tuple(Wanted(*key, asked[key]) for key in lines)


MOST_FORMS = 999
"""What a blueprint can ask."""
_TOLERANCE = 1e-6


class Supply(NamedTuple):
    """Items of one sort: those that may be used, and the fewest of them that a form takes."""

    name: str
    field: str
    items: tuple[int, ...]
    least: int
    """By its own quota, or because the other quotas leave no other way."""
    forms: int | None
    """How many forms these items would give if nothing else ran out; None: any number."""

    @property
    def usable(self) -> int:
        """How many items there are."""
        return len(self.items)


def supplies(pool: Pool, task: Task) -> tuple[Supply, ...]:
    """The whole form first, then each criterion in scope, then every other quota that asks for items."""
    one_form = _OneForm(task)
    found = []
    # Name, field, items, and the least that its own quotas ask.
    subjects: list[tuple[str, str, tuple[int, ...], int]] = []
    rows = [row for row in task.rows if row.counts]
    wholes = [row for row in rows if is_length(row) or row.field == "pilot"]
    by_pc = [_of_criterion(pool, pc, rows) for pc in pool.places]
    told = {name for name, *_ in by_pc}
    others = [row for row in rows if row.least > 0 and row not in wholes and row.name not in told]
    subjects.extend((row.name, row.field, row.items, int(row.least)) for row in wholes)
    subjects.extend(by_pc)
    subjects.extend(
        (row.name, row.field, row.items, int(row.least)) for row in others if not row.field.startswith("pass")
    )
    for name, field, items, asked in subjects:
        least = max(asked, one_form.least(items)) if items else asked
        found.append(Supply(name, field, items, least, forms_of(len(items), least, task)))
    return tuple(found)


def _of_criterion(
    pool: Pool, pc: str, rows: Sequence[LinearConstraint]
) -> tuple[str, str, tuple[int, ...], int]:
    items = tuple(n for n in pool.scored if pool.items[n].pc == pc)
    own = [row for row in rows if row.name == pc or row.name.startswith(f"{pc} decides")]
    highest = max(own, key=lambda row: row.least, default=None)
    if highest is None or highest.least <= 0:
        return pc, "", items, 0
    return pc, highest.field, items, int(highest.least)


def forms_of(usable: int, least: int, task: Task) -> int | None:
    """The most forms that so many items give, each form taking `least` of them; None: any number."""
    own = least - (min(least, task.anchor.size) if task.anchor else 0)
    if usable < least:
        return 0
    if own == 0:
        return None
    if task.shared_greatest == 0:
        return (usable - (least - own)) // own
    most = last(lambda n: different_items(least, task._replace(n_forms=n)) <= usable, 1, MOST_FORMS)
    return None if most == MOST_FORMS else most


class _OneForm:
    """The linear relaxation of one form by its counts alone: how few of some items it can do with."""

    def __init__(self, task: Task) -> None:
        asked = [
            row
            for row in task.rows
            if row.counts and (row.elastic or (is_length(row) or row.field == "pilot"))
        ]
        plain = Task(task.n_items, 1, tuple(asked))
        self.kinds = kinds(plain)
        self.kind_of = np.zeros(task.n_items, np.int64)
        for n, kind in enumerate(self.kinds):
            self.kind_of[list(kind.items)] = n
        columns, rows = MipColumns(), MipRows()
        held = columns.add(
            (len(self.kinds),), upper=np.array([float(len(k.items)) for k in self.kinds]), integer=False
        )
        for number, row in enumerate(plain.rows):
            members = [n for n, kind in enumerate(self.kinds) if number in dict(kind.rows)]
            rows.add(held[members], 1.0, row.least, row.greatest)
        self.model = columns.model(rows)

    def least(self, items: Sequence[int]) -> int:
        """The fewest of these items that a form takes; 0 where there are no forms at all."""
        costs: Floats = np.zeros(len(self.kinds))
        inside: Integers = self.kind_of[list(items)]
        sizes = np.bincount(inside, minlength=len(self.kinds))
        # a kind that is only partly of these items is taken from its other items first
        whole = np.array([len(kind.items) for kind in self.kinds]) == sizes
        costs[whole & (sizes > 0)] = 1.0
        answer = solve(self.model._replace(costs=costs))
        return ceil(answer.objective - _TOLERANCE) if answer.status == "optimal" else 0


def by_counting(held: Sequence[Supply]) -> int:
    """The most forms that no single sort of items forbids."""
    return min([MOST_FORMS, *(one.forms for one in held if one.forms is not None)])
