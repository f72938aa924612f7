"""Usable items and blueprint → linear constraints that each form must meet, each with its name.

Terms follow van der Linden (2005), Linear Models for Optimal Test Design, ch. 3.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import combinations
from typing import NamedTuple

from examgen.models import Blueprint, Item, Unit, matches


class Place(NamedTuple):
    """Where a criterion stands: unit and element."""

    unit: str
    element: str


class Pool(NamedTuple):
    """What may be used: the items in the order of their ids, and where each criterion stands."""

    items: tuple[Item, ...]
    places: dict[str, Place]

    def element(self, item: Item) -> str:
        """The element that the item counts for."""
        return self.places[item.pc].element


class LinearConstraint(NamedTuple):
    """least ≤ Σ coefficient · (item is in the form) ≤ greatest, for every form."""

    name: str
    field: str
    items: tuple[int, ...]
    coefficients: tuple[int, ...]
    least: int
    greatest: int
    elastic: bool
    """Whether an explanation may relax it: a quota, not a rule of the trade."""


Constraint = Callable[[Pool, Blueprint], Iterator[LinearConstraint]]


def places(units: Sequence[Unit]) -> dict[str, Place]:
    """Unit and element of every criterion."""
    return {
        criterion.code: Place(str(unit.code), element.code)
        for unit in units
        for element in unit.elements
        for criterion in element.criteria
    }


def _count(
    name: str, field: str, items: list[int], least: int, greatest: int, elastic: bool
) -> LinearConstraint:
    return LinearConstraint(name, field, tuple(items), (1,) * len(items), least, greatest, elastic)


def length(pool: Pool, blueprint: Blueprint) -> Iterator[LinearConstraint]:
    """The number of items of a form."""
    every = list(range(len(pool.items)))
    yield _count("items of a form", "items", every, blueprint.items, blueprint.items, False)


def criteria(pool: Pool, blueprint: Blueprint) -> Iterator[LinearConstraint]:
    """Quotas by criterion, by element (`A4012.*`), or for each criterion (`all`)."""
    for pattern, quota in blueprint.criteria.items():
        least, greatest = quota.bounds(blueprint.items)
        field = f"criteria.{pattern}"
        if pattern == "all":
            for pc in pool.places:
                yield _count(pc, field, _of_pc(pool, pc), least, greatest, True)
        else:
            named = [n for n, item in enumerate(pool.items) if matches(pattern, item.pc, pool.element(item))]
            yield _count(pattern, field, named, least, greatest, True)


def judged_criteria(pool: Pool, blueprint: Blueprint) -> Iterator[LinearConstraint]:
    """A criterion that decides on passing must have enough items to be judged."""
    rule = blueprint.pass_rule.criteria if blueprint.pass_rule else {}
    for pc, place in pool.places.items():
        if any(matches(pattern, pc, place.element) for pattern in rule):
            name = f"{pc} decides on passing (judgement.min_items)"
            least = blueprint.judgement.min_items
            yield _count(name, "pass.criteria", _of_pc(pool, pc), least, blueprint.items, True)


def cognitive(pool: Pool, blueprint: Blueprint) -> Iterator[LinearConstraint]:
    """The mix of cognitive categories."""
    for category, quota in blueprint.cognitive.items():
        least, greatest = quota.bounds(blueprint.items)
        named = [n for n, item in enumerate(pool.items) if item.cognitive == category]
        yield _count(category, f"cognitive.{category}", named, least, greatest, True)


def enemies(pool: Pool, blueprint: Blueprint) -> Iterator[LinearConstraint]:
    """Enemy items are never in one form together, whichever of the two names the other."""
    position = {item.id: n for n, item in enumerate(pool.items)}
    pairs = {
        (min(n, position[enemy]), max(n, position[enemy]))
        for n, item in enumerate(pool.items)
        for enemy in item.enemies
        if enemy in position
    }
    for one, other in sorted(pairs):
        name = f"enemies {pool.items[one].id} and {pool.items[other].id}"
        yield _count(name, "enemies", [one, other], 0, 1, False)


def shared_stimuli(pool: Pool, blueprint: Blueprint) -> Iterator[LinearConstraint]:
    """Items of one stimulus are all in a form, or none is."""
    sets: dict[tuple[str, str], list[int]] = {}
    for n, item in enumerate(pool.items):
        if item.shared_stimulus is not None:
            sets.setdefault((pool.places[item.pc].unit, item.shared_stimulus), []).append(n)
    for (_, stimulus), members in sorted(sets.items()):
        for one, other in combinations(members, 2):
            name = f"items of stimulus {stimulus}"
            yield LinearConstraint(name, "shared_stimulus", (one, other), (1, -1), 0, 0, False)


CONSTRAINTS: tuple[Constraint, ...] = (
    length,
    criteria,
    judged_criteria,
    cognitive,
    enemies,
    shared_stimuli,
)


def constraints(pool: Pool, blueprint: Blueprint) -> list[LinearConstraint]:
    """Everything that each form must meet."""
    return [row for rule in CONSTRAINTS for row in rule(pool, blueprint)]


def _of_pc(pool: Pool, pc: str) -> list[int]:
    return [n for n, item in enumerate(pool.items) if item.pc == pc]
