"""What sampling gives, and its recount: forms of candidates and their task → every constraint that they
break.

The recount knows the task and the forms alone, nothing of how they came about.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from examgen.assembly.task import Task

Floats = npt.NDArray[np.float64]
Whole = npt.NDArray[np.int64]
Truths = npt.NDArray[np.bool_]

BLANK = -1
TOLERANCE = 1e-6
"""How far a sum of quantities may be off; counts must be exact."""
AT_ONCE = 2_000
"""Forms that are recounted together."""


class Sampled(NamedTuple):
    """A form for each candidate."""

    forms: Whole
    """(candidates, length): positions of items, rising; `BLANK` at the end where a form is shorter."""
    uses: Whole
    """(items,): forms that hold each item."""
    overlap: float
    """Items that two forms share, on average over all pairs; NaN for one candidate."""
    least_overlap: float
    """What that average cannot be below, by linear programming and duality."""
    n_distinct: int
    """How many of the forms differ."""
    level: float | None = None
    """Of a relative goal: every curve is at least this times the targets, and at most 1 + within times
    that.
    """
    highest_level: float | None = None
    """What no forms under the ceiling can better."""


def most_forms(exposure: float | None, n_candidates: int) -> int:
    """How many forms may hold one item: the exposure, a share, of the candidates, rounded up."""
    if exposure is None:
        return n_candidates
    if not 0 < exposure <= 1:
        raise ValueError("an exposure is above 0 and at most 1")
    return math.ceil(round(exposure * n_candidates, 9))


def recount(task: Task, sampled: Sampled, exposure: float | None) -> list[str]:
    """What is broken, a sentence for each constraint and how many forms break it; empty where everything
    holds.
    """
    forms = sampled.forms
    # Rows that rise, blanks at the end: no item is in a form twice.
    faults: list[str] = []
    if forms.size and (forms.min() < BLANK or forms.max() >= task.n_items):
        faults.append("positions outside the pool")
    places = np.where(forms == BLANK, task.n_items, forms)
    rising = (places[:, 1:] > places[:, :-1]) | (places[:, 1:] == task.n_items)
    if not rising.all():
        faults.append(f"items not in order, or twice: {int((~rising).any(axis=1).sum())} forms")
    if faults:
        return faults
    broken: dict[str, int] = {}
    for first in range(0, len(forms), AT_ONCE):
        held = _held(task, forms[first : first + AT_ONCE])
        checks: list[tuple[str, Truths]] = []
        for number, row in enumerate(task.rows):
            total = held[:, list(row.items)] @ np.array(row.coefficients, dtype=np.float64)
            give = 0.0 if row.counts else TOLERANCE
            checks.append(
                (f"row {number}, {row.name}", (total < row.least - give) | (total > row.greatest + give))
            )
        for number, group in enumerate(task.groups):
            count = held[:, list(group.items)].sum(axis=1)
            kept = (count == 0) | ((count >= group.least) & (count <= group.greatest))
            checks.append((f"group {number}, {group.name}", ~kept))
        if task.goal is not None:
            # The curve at each point, over its target.
            least, greatest = 1 - task.goal.within, 1 + task.goal.within
            if task.goal.kind == "relative":
                least, greatest = sampled.level or 0.0, (sampled.level or 0.0) * (1 + task.goal.within)
            reached = held @ task.goal.values / np.array(task.goal.targets)
            for point, values in zip(task.goal.points, reached.T, strict=True):
                checks.append(
                    (f"curve at {point:g}", (values < least - TOLERANCE) | (values > greatest + TOLERANCE))
                )
        for name, fails in checks:
            broken[name] = broken.get(name, 0) + int(fails.sum())
    faults += [f"{name}: {count} forms" for name, count in broken.items() if count]
    exposures: list[str] = []
    uses = np.zeros(task.n_items, np.int64)
    np.add.at(uses, sampled.forms[sampled.forms != BLANK], 1)
    if not np.array_equal(uses, sampled.uses):
        exposures.append("the uses are not those of the forms")
    ceiling = most_forms(exposure, len(sampled.forms))
    for item in np.flatnonzero(uses > ceiling):
        exposures.append(f"item {item}: in {uses[item]} forms, at most {ceiling} are allowed")
    return faults + exposures


def _held(task: Task, forms: Whole) -> Floats:
    """(forms, items): 1 where the form holds the item."""
    held = np.zeros((len(forms), task.n_items + 1))
    held[np.arange(len(forms))[:, None], forms] = 1.0
    return held[:, : task.n_items]
