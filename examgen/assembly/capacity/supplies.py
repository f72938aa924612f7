"""Pool and task → the supply of usable items and the forms that it allows, and the kinds of items to write.

Each supply is counted by itself: that proves that more forms are impossible, and a coordinator understands
it most easily. To find the kinds, the constraints are applied to a sample item of each criterion, level,
category and status; samples that no constraint distinguishes are one kind.
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
    """A kind of items that serve the blueprint equally: any of these criteria, categories and level sets."""

    pcs: tuple[str, ...]
    categories: tuple[str, ...]
    levels: tuple[tuple[int, ...], ...]
    statuses: tuple[Status, ...]
    """Statuses with which items count; empty if all statuses of the blueprint do."""
    pilot: bool
    kind: ItemKind


class Wanted(NamedTuple):
    """A number of items to write; a field that is None or empty is left to the writer."""

    pc: str | None
    levels: tuple[int, ...]
    categories: tuple[str, ...]
    """Items may have any of these."""
    statuses: tuple[Status, ...]
    """Statuses with which the items count; empty if all statuses of the blueprint do."""
    n_items: int


def writable(pool: Pool, blueprint: Blueprint, task: Task) -> tuple[Writable, ...]:
    """Every kind of item that could be written, least restricted first; `task` is from pool and blueprint."""
    # A sample item of every criterion, category, level set and status that may matter.
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
    # among kinds of equal cost, the one with more choices leaves the writer more freedom
    return tuple(
        sorted(kinds, key=lambda one: (-len(one.categories), -len(one.levels), len(one.statuses), one.pcs))
    )


def _statuses(blueprint: Blueprint, alike: Sequence[Item]) -> tuple[Status, ...]:
    """The statuses of items that serve equally; statuses without a quota of their own are interchangeable."""
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
    """The rows of the task that count each sample, by number; the samples have no rows of enemies."""
    number = {(row.name, row.field): n for n, row in enumerate(of_task)}
    found: list[dict[int, float]] = [{} for _ in range(n_samples)]
    for row in rows:
        if row.counts and (row.name, row.field) in number:
            for item in row.items:
                found[item][number[row.name, row.field]] = 1.0
    return [tuple(sorted(one.items())) for one in found]


def is_of_record(row: LinearConstraint) -> bool:
    """Whether the row is about the bank's record of an item: how often it was used."""
    return row.field.startswith("quantities.times_used")


def of_new(task: Task, row: LinearConstraint) -> float:
    """The recorded quantity of a new item: 0, or 1 for the administration that gives it the statistics that
    the blueprint needs."""
    measured = task.goal is not None or any(one.field.startswith("statistics.") for one in task.rows)
    return 1.0 if measured else 0.0


def _fair(row: LinearConstraint, n_items: float) -> float:
    middle = float(np.median(row.coefficients))
    return round(min(max(middle, row.least / n_items), row.greatest / n_items), DECIMALS)


def drawn(task: Task) -> tuple[tuple[str, float], ...]:
    """Return the value that a new item should have of each quantity, if that differs from a median item
    of the bank: new items must make up for the others."""
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
"""Fields of quantities at which a writer, or a reviewer's estimate, can aim."""


# ── orders for writers ───────────────────────────────────────────────────────────────────────


def wanted(
    kinds: Sequence[Writable], counts: Sequence[int], pool: Pool, free: Sequence[str] = ()
) -> tuple[Wanted, ...]:
    """Return the number of items to write of each kind; criteria that serve equally share it, those with
    the fewest items first.

    `free` are the categories that all of the items may have.
    """
    held = {pc: sum(item.pc == pc for item in pool.items) for pc in pool.places}
    asked: dict[tuple[str | None, tuple[int, ...], tuple[str, ...], tuple[Status, ...]], int] = {}
    used = [(one, count) for one, count in zip(kinds, counts, strict=True) if count]
    open_to_all = all(set(one.categories) <= set(free) for one, _ in used)
    for one, count in used:
        # in the order of the taxonomy; empty if every category will do
        names = set(free if open_to_all else one.categories)
        any_will_do = one.pilot or names >= set(COGNITIVE)
        categories = () if any_will_do else tuple(name for name in COGNITIVE if name in names)
        for _ in range(count):
            pc = None if one.pilot else min(one.pcs, key=lambda name: (held[name], name))
            if pc is not None:
                held[pc] += 1
            # the first levels that will do; none for a criterion of a unit without levels
            levels = next((levels for levels in one.levels if levels), ())
            levels = levels if pc is None or pool.places[pc].levelled else ()
            key = (pc, levels, categories, one.statuses)
            asked[key] = asked.get(key, 0) + 1
    order = {pc: n for n, pc in enumerate(pool.places)}
    lines = sorted(asked, key=lambda key: (order.get(key[0] or "", -1), key[2], key[1], key[3]))
    return tuple(Wanted(*key, asked[key]) for key in lines)


MOST_FORMS = 999
"""The most forms that a blueprint can ask for."""
_TOLERANCE = 1e-6


class Supply(NamedTuple):
    """The supply of items for a demand: the usable items, and the fewest of them that a form takes."""

    name: str
    field: str
    items: tuple[int, ...]
    least: int
    """The demand of its own quota, or more if other quotas require it."""
    forms: int | None
    """How many forms these items would give if nothing else ran out; None: any number."""

    @property
    def usable(self) -> int:
        """The number of usable items."""
        return len(self.items)


def supplies(pool: Pool, task: Task) -> tuple[Supply, ...]:
    """The supplies of the whole form, then of each criterion in scope, then of every other quota of items."""
    one_form = _OneForm(task)
    found = []
    # Name, field, items, and the least number that its own quotas demand.
    subjects: list[tuple[str, str, tuple[int, ...], int]] = []
    rows = [row for row in task.rows if row.counts]
    wholes = [row for row in rows if is_length(row) or row.field == "pilot"]
    by_pc = [_of_criterion(pool, pc, rows) for pc in pool.places]
    told = {("criteria", pc) for pc in pool.places}
    others = [row for row in rows if row.least > 0 and row not in wholes and row.subject not in told]
    subjects.extend((row.name, row.field, row.items, int(row.least)) for row in wholes)
    subjects.extend(by_pc)
    subjects.extend((row.name, row.field, row.items, int(row.least)) for row in others)
    for name, field, items, asked in subjects:
        least = max(asked, one_form.least(items)) if items else asked
        found.append(Supply(name, field, items, least, forms_of(len(items), least, task)))
    return tuple(found)


def _of_criterion(
    pool: Pool, pc: str, rows: Sequence[LinearConstraint]
) -> tuple[str, str, tuple[int, ...], int]:
    items = tuple(n for n in pool.scored if pool.items[n].pc == pc)
    own = [row for row in rows if row.subject == ("criteria", pc)]
    highest = max(own, key=lambda row: row.least, default=None)
    if highest is None or highest.least <= 0:
        return pc, "", items, 0
    return pc, highest.field, items, int(highest.least)


def forms_of(usable: int, least: int, task: Task) -> int | None:
    """The most forms that `usable` items allow if each form takes `least` of them; None: any number."""
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
    """The linear relaxation of one form, only with its counts: the fewest of some items that it needs."""

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
        """The fewest of these items that a form takes; 0 if no form is possible."""
        costs: Floats = np.zeros(len(self.kinds))
        inside: Integers = self.kind_of[list(items)]
        sizes = np.bincount(inside, minlength=len(self.kinds))
        # a kind that includes other items is taken from those items first
        whole = np.array([len(kind.items) for kind in self.kinds]) == sizes
        costs[whole & (sizes > 0)] = 1.0
        answer = solve(self.model._replace(costs=costs))
        return ceil(answer.objective - _TOLERANCE) if answer.status == "optimal" else 0


def by_counting(held: Sequence[Supply]) -> int:
    """The most forms that no single supply rules out."""
    return min([MOST_FORMS, *(one.forms for one in held if one.forms is not None)])
