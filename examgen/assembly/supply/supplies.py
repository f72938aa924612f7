"""Pool and task → the usable items of each criterion and category, and how many forms they give.

By counting alone: a proof that more forms are impossible, and the plainest thing to tell a coordinator.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import ceil
from typing import NamedTuple

import numpy as np

from examgen.assembly.search.highs import Columns, Floats, Integers, Model, Rows, solve
from examgen.assembly.task import LinearConstraint, Task
from examgen.assembly.usable import Pool
from examgen.assembly.why.parts import is_length
from examgen.assembly.why.reasons import different_items
from examgen.assembly.why.relaxed import kinds

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
    for name, field, items, asked in _subjects(pool, task):
        least = max(asked, one_form.least(items)) if items else asked
        found.append(Supply(name, field, items, least, forms_of(len(items), least, task)))
    return tuple(found)


def _subjects(pool: Pool, task: Task) -> Iterator[tuple[str, str, tuple[int, ...], int]]:
    """Name, field, items, and the least that its own quotas ask."""
    rows = [row for row in task.rows if row.counts]
    wholes = [row for row in rows if is_length(row) or row.field == "pilot"]
    by_pc = [_of_criterion(pool, pc, rows) for pc in pool.places]
    told = {name for name, *_ in by_pc}
    others = [row for row in rows if row.least > 0 and row not in wholes and row.name not in told]
    yield from ((row.name, row.field, row.items, int(row.least)) for row in wholes)
    yield from by_pc
    yield from (
        (row.name, row.field, row.items, int(row.least)) for row in others if not row.field.startswith("pass")
    )


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
    low, high = 1, MOST_FORMS
    while low < high:
        middle = (low + high + 1) // 2
        if different_items(least, task._replace(n_forms=middle)) <= usable:
            low = middle
        else:
            high = middle - 1
    return None if low == MOST_FORMS else low


class _OneForm:
    """The linear relaxation of one form by its counts alone: how few of some items it can do with."""

    def __init__(self, task: Task) -> None:
        asked = [row for row in task.rows if row.counts and (row.elastic or _is_whole(row))]
        plain = Task(task.n_items, 1, tuple(asked))
        self.kinds = kinds(plain)
        self.kind_of = np.zeros(task.n_items, np.int64)
        for n, kind in enumerate(self.kinds):
            self.kind_of[list(kind.items)] = n
        self.model = self._model(plain)

    def _model(self, task: Task) -> Model:
        columns, rows = Columns(), Rows()
        held = columns.add(
            (len(self.kinds),), upper=np.array([float(len(k.items)) for k in self.kinds]), integer=False
        )
        for number, row in enumerate(task.rows):
            members = [n for n, kind in enumerate(self.kinds) if number in dict(kind.rows)]
            rows.add(held[members], 1.0, row.least, row.greatest)
        return columns.model(rows)

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


def _is_whole(row: LinearConstraint) -> bool:
    return is_length(row) or row.field == "pilot"


def by_counting(held: Sequence[Supply]) -> int:
    """The most forms that no single sort of items forbids."""
    return min([MOST_FORMS, *(one.forms for one in held if one.forms is not None)])
