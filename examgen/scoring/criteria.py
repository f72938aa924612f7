"""What forms ask of each criterion, and of the elements and units that criteria make up."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

import numpy as np
import numpy.typing as npt

from examgen.scoring.exact_arithmetic import Ints

if TYPE_CHECKING:
    from examgen.scoring.key import Key

Units = npt.NDArray[np.integer[Any]]
"""Points in whole units, of any width."""
Bools = npt.NDArray[np.bool_]
Criteria = Sequence[tuple[str, str, str]]
"""(unit, element, PC) of every criterion that the exam's units state, in the standard's order."""


class FormTotals(NamedTuple):
    """The total of each form (F,), in units: the number of items that earn it, the most and the least that
    they earn, and the units given to everybody, which these do not include.
    """

    n_items: Ints
    most: Ints
    least: Ints
    given: Ints


class FormQuestions(NamedTuple):
    """What forms ask if there is no key: as in `Package`, with integer points and no negative marking."""

    names: Sequence[str]
    criteria: Criteria
    n_items: Ints
    max_units: Ints
    least_units: Ints
    unit: int = 1
    floor_total: bool = False

    @property
    def totals(self) -> FormTotals:
        """The sums over criteria."""
        n_items, most, least = (part.sum(axis=1) for part in shapes_of(self))
        return FormTotals(n_items, most, least, np.zeros_like(most))


FormCriteria: TypeAlias = "Key | FormQuestions"
"""The part of an exam that determines what points mean, by form (F) and criterion (C)."""


def asked_by(
    names: Sequence[str], criteria: Criteria, items: Sequence[Sequence[tuple[int, int]]]
) -> FormQuestions:
    """Return what forms ask, from the criterion index and the points of each item, form by form."""
    n_items, points = np.zeros((2, len(names), len(criteria)), dtype=np.int64)
    for form, own in enumerate(items):
        for criterion, worth in own:
            n_items[form, criterion] += worth > 0
            points[form, criterion] += worth
    return FormQuestions(names, criteria, n_items, points, np.zeros_like(points))


class Shapes(NamedTuple):
    """What forms ask of K things (criteria, elements, units or the whole): arrays (F, K)."""

    n_items: Ints
    max_units: Ints
    least_units: Ints


class Groups(NamedTuple):
    """Criteria in K groups: `names` are the (unit, code) of the groups, `member` (C,) is the group of each
    criterion.
    """

    names: tuple[tuple[str, str], ...]
    member: Ints

    @property
    def members(self) -> list[tuple[int, ...]]:
        """The indices of the criteria of each group."""
        return [tuple(np.flatnonzero(self.member == n).tolist()) for n in range(len(self.names))]

    @property
    def matrix(self) -> npt.NDArray[np.int64]:
        """(C, K) 1 if a criterion belongs to a group, otherwise 0."""
        found = np.zeros((len(self.member), len(self.names)), dtype=np.int64)
        found[np.arange(len(self.member)), self.member] = 1
        return found


class GroupsOf(NamedTuple):
    """The elements and the units of a list of criteria."""

    elements: Groups
    units: Groups


def groups_of(criteria: Criteria) -> GroupsOf:
    """Return elements and units in the order of the criteria; two units may have elements with the
    same code.
    """
    return GroupsOf(
        _groups([(unit, element) for unit, element, _ in criteria]),
        _groups([(unit, unit) for unit, _, _ in criteria]),
    )


def _groups(keys: Sequence[tuple[str, str]]) -> Groups:
    names = tuple(dict.fromkeys(keys))
    place = {name: n for n, name in enumerate(names)}
    return Groups(names, np.array([place[key] for key in keys], dtype=np.int64))


def shapes_of(asked: FormCriteria) -> Shapes:
    """Return what the forms ask of each criterion."""
    return Shapes(asked.n_items, asked.max_units, asked.least_units)


def group_shapes(shapes: Shapes, groups: Groups) -> Shapes:
    """Return what the forms ask of each group."""
    matrix = groups.matrix
    return Shapes(*(part @ matrix for part in shapes))


def whole_shapes(asked: FormCriteria) -> Shapes:
    """Return what the forms ask in all, (F,); the least units are those of the total as reported."""
    whole = Shapes(*(part.sum(axis=1) for part in shapes_of(asked)))
    return whole._replace(least_units=np.zeros_like(whole.least_units)) if asked.floor_total else whole


UNREACHABLE = 2**31 - 1
"""More units than any form has."""
MOST_FLOAT32 = 2**24
"""Every integer up to this one is exact in float32."""


def summing(matrix: npt.NDArray[np.int64], shapes: Shapes) -> npt.NDArray[np.floating]:
    """Return a matrix (C, K) of 0 and 1 in a floating-point type that is exact for every sum of units."""
    ends = np.maximum(np.abs(shapes.max_units), np.abs(shapes.least_units))
    most = int(ends.sum(axis=1).max(initial=0))
    return matrix.astype(np.float32 if most < MOST_FLOAT32 else np.float64)


def sums(units: Units, matrix: npt.NDArray[np.floating]) -> npt.NDArray[np.floating]:
    """Return sums of units (n, C) by the matrix of `summing`, (n, K): integers in floating point."""
    return np.asarray(units.astype(matrix.dtype) @ matrix)
