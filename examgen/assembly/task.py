"""Task of assembly, without items and blueprints: numbered items, forms, and constraints with names.

`constraints.py` makes a `Task` of a pool and a blueprint; solvers turn it into a `Solution`; explanation,
capacity and sampling read the same task. Positions of items are those of the pool, which is sorted by id.
Terms follow van der Linden (2005), Linear Models for Optimal Test Design.
"""

from __future__ import annotations

from math import inf
from typing import Literal, NamedTuple

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]


class LinearConstraint(NamedTuple):
    """least ≤ Σ coefficient · (item is in the form) ≤ greatest, for every form."""

    name: str
    """What a coordinator calls it, a message: a criterion, a category, `enemies X and Y`."""
    field: str
    """The field of the blueprint that asks it: `criteria.A4012.02`."""
    items: tuple[int, ...]
    coefficients: tuple[float, ...]
    least: float
    """May be −inf, as `greatest` may be inf."""
    greatest: float
    elastic: bool
    """Whether an explanation may relax it: a quota, not a rule of the trade."""
    subject: tuple[str, str] = ("", "")
    """The kind of items that it counts, as family of the blueprint and key: `("criteria", "E1.01")`,
    `("cognitive", "apply")`. That of a row of the anchor is the quota of the form which it mirrors."""

    @property
    def counts(self) -> bool:
        """Whether it counts items, one each."""
        return all(c == 1 for c in self.coefficients)

    @property
    def counts_items(self) -> bool:
        """Whether its field asks for a number of items; a quantity of no items at all counts them, too."""
        return self.counts and not self.field.startswith(("quantities.", "statistics."))

    @property
    def binds(self) -> bool:
        """Whether it asks anything of the items at all."""
        return self.least > -inf or self.greatest < inf

    @property
    def is_length(self) -> bool:
        """Whether it is the number of items of a form."""
        return self.field == "items"


class ItemGroup(NamedTuple):
    """Items of which a form holds none, or `least` to `greatest`: a stimulus, a pair both or neither."""

    name: str
    field: str
    items: tuple[int, ...]
    least: int
    greatest: int


class Anchor(NamedTuple):
    """Items that all forms hold, the same in each; `rows` hold for the anchor by itself."""

    size: int
    rows: tuple[LinearConstraint, ...] = ()


class Goal(NamedTuple):
    """The curve of each form: at point k, the sum over its items of `values[item, k]`.

    relative: the smallest of curve[k] / targets[k] over forms and points is as high as can be, and no
    curve is above (1 + within) · targets[k] times that smallest one (capped maximin).
    absolute: the largest of |curve[k] / targets[k] − 1| is as small as can be, and at most `within`
    (minimax).
    """

    kind: Literal["relative", "absolute"]
    points: tuple[float, ...]
    values: Floats
    """(items, points), not negative, rounded to 5 decimals: the last bits differ between machines."""
    targets: tuple[float, ...]
    within: float


class Task(NamedTuple):
    """Requirements on the forms: any two share `shared_least` to `shared_greatest` items besides the
    anchor."""

    n_items: int
    n_forms: int
    rows: tuple[LinearConstraint, ...]
    groups: tuple[ItemGroup, ...] = ()
    shared_least: int = 0
    shared_greatest: int = 0
    anchor: Anchor | None = None
    most_uses: int | None = None
    """How many forms may hold one item, those of the anchor aside; None: as many as there are."""
    goal: Goal | None = None


class Solution(NamedTuple):
    """The items of each form as positions in the pool, in order, those of the anchor among them."""

    forms: tuple[tuple[int, ...], ...]
    anchor: tuple[int, ...]
    path: str
    """How they were found: `exact`, `select-deal-polish`, …"""
    objective: float | None
    """With a goal: the smallest curve[k] / targets[k] (relative), the largest deviation (absolute)."""
    bound: float | None
    """What no forms can better, by linear programming."""


class Infeasible(Exception):
    """There are no such forms, which is proven."""


class SearchEnded(Exception):
    """The search stopped at its limit with no forms found, and no proof that there are none."""
