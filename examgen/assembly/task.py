"""The task of assembly without items and blueprints: numbered items, forms, and named constraints.

`constraints.py` makes a `Task` from a pool and a blueprint, and solvers turn it into a `Solution`.
Explanations read the same task. Positions of items are those in the pool, which is sorted by id. Terms
follow van der Linden (2005), Linear Models for Optimal Test Design.
"""

from __future__ import annotations

from math import inf
from typing import Literal, NamedTuple

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]


class LinearConstraint(NamedTuple):
    """A constraint on every form: least ≤ Σ coefficient · (item is in the form) ≤ greatest."""

    name: str
    """The name shown to a coordinator, a message: a criterion, a category, `enemies X and Y`."""
    field: str
    """The field of the blueprint that sets it: `criteria.A4012.02`."""
    items: tuple[int, ...]
    coefficients: tuple[float, ...]
    least: float
    """The lower bound, which may be −inf; `greatest` may be inf."""
    greatest: float
    elastic: bool
    """Whether an explanation may relax it; true for quotas, false for fixed rules."""
    subject: tuple[str, str] = ("", "")
    """The kind of items that it counts, as a family of the blueprint and a key: `("criteria", "E1.01")`,
    `("cognitive", "apply")`. For a constraint on the anchor, this is the quota of the form that it
    mirrors."""

    @property
    def counts(self) -> bool:
        """Whether all coefficients are 1, so that it counts items."""
        return all(c == 1 for c in self.coefficients)

    @property
    def counts_items(self) -> bool:
        """Whether its field requires a number of items. A bound on a quantity is excluded, even if all its
        coefficients are 1."""
        return self.counts and not self.field.startswith(("quantities.", "statistics."))

    @property
    def binds(self) -> bool:
        """Whether it restricts the forms at all, by a finite bound."""
        return self.least > -inf or self.greatest < inf

    @property
    def is_length(self) -> bool:
        """Whether it sets the number of items of a form."""
        return self.field == "items"


class ItemGroup(NamedTuple):
    """Items of which a form contains either none or `least` to `greatest`, such as the items of a
    stimulus."""

    name: str
    field: str
    items: tuple[int, ...]
    least: int
    greatest: int


class Anchor(NamedTuple):
    """Items that all forms contain. `rows` are constraints on the anchor alone."""

    size: int
    rows: tuple[LinearConstraint, ...] = ()


class Goal(NamedTuple):
    """The objective for the curve of each form, whose value at point k is the sum over its items of
    `values[item, k]`.

    relative: maximise the smallest curve[k] / targets[k] over forms and points; no curve may exceed (1 +
    within) · targets[k] times that smallest ratio (capped maximin).

    absolute: minimise the largest |curve[k] / targets[k] − 1|, which may be at most `within` (minimax).
    """

    kind: Literal["relative", "absolute"]
    points: tuple[float, ...]
    values: Floats
    """(items, points), non-negative, rounded to 5 decimals because the last bits differ between machines."""
    targets: tuple[float, ...]
    within: float


class Task(NamedTuple):
    """All requirements on the forms. Any two forms share `shared_least` to `shared_greatest` items besides
    the anchor."""

    n_items: int
    n_forms: int
    rows: tuple[LinearConstraint, ...]
    groups: tuple[ItemGroup, ...] = ()
    shared_least: int = 0
    shared_greatest: int = 0
    anchor: Anchor | None = None
    most_uses: int | None = None
    """The maximum number of forms that may contain an item outside the anchor; None for no limit."""
    goal: Goal | None = None


class Solution(NamedTuple):
    """The items of each form, including the anchor, as sorted positions in the pool."""

    forms: tuple[tuple[int, ...], ...]
    anchor: tuple[int, ...]
    path: str
    """The method by which the forms were found: `exact`, `select-deal-polish`, …"""
    objective: float | None
    """The objective value, if there is a goal: the smallest curve[k] / targets[k] (relative) or the largest
    deviation (absolute)."""
    bound: float | None
    """A bound from linear programming that no forms can improve on."""


class Infeasible(Exception):
    """Raised if it is proven that no such forms exist."""


class SearchEnded(Exception):
    """Raised if the search reached its limit without finding forms or proving that there are none."""
