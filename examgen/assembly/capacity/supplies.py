"""Pool and task → the supply of usable items for each quota, and the forms that it allows by itself.

Counted by itself, a supply proves that more forms are impossible, and a coordinator understands it most
easily.
"""

from __future__ import annotations

from math import ceil
from typing import NamedTuple

from examgen.assembly.infeasible.counting import different_items, last
from examgen.assembly.infeasible.parts import is_length
from examgen.assembly.infeasible.relaxation import fewest_in_a_form
from examgen.assembly.task import Task
from examgen.assembly.usable import Pool

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
    rows = [row for row in task.rows if row.counts]
    wholes = [row for row in rows if is_length(row) or row.field == "pilot"]
    quotas = [row for row in rows if row.elastic and row not in wholes]
    demands = [(row.name, row.field, row.items, int(row.least)) for row in wholes]
    for pc in pool.places:
        items = tuple(n for n in pool.scored if pool.items[n].pc == pc)
        asking = [row for row in rows if row.subject == ("criteria", pc) and row.least > 0]
        highest = max(asking, key=lambda row: row.least, default=None)
        field, asked = (highest.field, int(highest.least)) if highest else ("", 0)
        demands.append((pc, field, items, asked))
    criteria = {("criteria", pc) for pc in pool.places}
    demands += [
        (row.name, row.field, row.items, int(row.least))
        for row in rows
        if row.least > 0 and row not in wholes and row.subject not in criteria
    ]
    counts = Task(task.n_items, 1, (*wholes, *quotas))
    found = []
    needed = fewest_in_a_form(counts, [items for _, _, items, _ in demands])
    for (name, field, items, asked), fewest in zip(demands, needed, strict=True):
        least = max(asked, ceil(fewest - _TOLERANCE))
        found.append(Supply(name, field, items, least, forms_of(len(items), least, task)))
    return tuple(found)


def forms_of(usable: int, least: int, task: Task) -> int | None:
    """The most forms that `usable` items allow if each form takes `least` of them; None: any number."""
    anchored = min(least, task.anchor.size) if task.anchor else 0
    if usable < least:
        return 0
    if least == anchored:
        return None
    if task.shared_greatest == 0:
        return (usable - anchored) // (least - anchored)
    most = last(lambda n: different_items(least, task._replace(n_forms=n)) <= usable, 1, MOST_FORMS)
    return None if most == MOST_FORMS else most


def by_counting(held: tuple[Supply, ...]) -> int:
    """The most forms that no single supply rules out."""
    return min([MOST_FORMS, *(one.forms for one in held if one.forms is not None)])
