"""Items of one unit → how many usable items each criterion has, at each level, category and status."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import NamedTuple

from examgen.models import BankUnit, Item, Status, Unit

_WRITTEN = {"written_objective", "written"}


class Coverage(NamedTuple):
    """What the bank holds for one criterion at one level (None: the unit states no level)."""

    element: str
    pc: str
    text: str
    level: int | None
    items: int
    by_status: dict[str, int]
    by_cognitive: dict[str, int]
    by_cognitive_status: dict[str, dict[str, int]]


class Holding(NamedTuple):
    """What the bank holds for one criterion, each item once whatever its levels."""

    element: str
    pc: str
    text: str
    items: int
    by_status: dict[str, int]
    by_cognitive: dict[str, int]


def coverage(shelf: BankUnit, levels: Collection[int | None], statuses: Collection[Status]) -> list[Coverage]:
    """One row for each criterion and level, in the order of the standard."""
    return [
        Coverage(element, pc, text, level, len(held), *_mixes(held), _both(held))
        for element, pc, text in _criteria(shelf.unit)
        for level in levels
        for held in [_usable(shelf, pc, [level], statuses)]
    ]


def holdings(shelf: BankUnit, levels: Collection[int | None], statuses: Collection[Status]) -> list[Holding]:
    """One row for each criterion: the items that suit any of the levels."""
    return [
        Holding(element, pc, text, len(held), *_mixes(held))
        for element, pc, text in _criteria(shelf.unit)
        for held in [_usable(shelf, pc, levels, statuses)]
    ]


def untested_levels(unit: Unit) -> tuple[int, ...]:
    """The stated levels at which section 18 names no written test: they need no items."""
    return tuple(
        level
        for level in unit.levels
        if not any(
            _WRITTEN & set(entry.methods)
            for entry in unit.assessment
            if not entry.levels or level in entry.levels
        )
    )


def _criteria(unit: Unit) -> list[tuple[str, str, str]]:
    return [(element.code, pc.code, pc.text) for element in unit.elements for pc in element.criteria]


def _usable(
    shelf: BankUnit, pc: str, levels: Collection[int | None], statuses: Collection[Status]
) -> list[Item]:
    return [
        item
        for item in shelf.items
        if item.pc == pc
        and item.status in statuses
        and any(level is None or level in item.levels for level in levels)
    ]


def _mixes(items: Sequence[Item]) -> tuple[dict[str, int], dict[str, int]]:
    return _counts([item.status for item in items]), _counts([item.cognitive for item in items])


def _both(items: Sequence[Item]) -> dict[str, dict[str, int]]:
    return {
        category: _counts([item.status for item in items if item.cognitive == category])
        for category in dict.fromkeys(item.cognitive for item in items)
    }


def _counts(values: Sequence[str]) -> dict[str, int]:
    return {value: values.count(value) for value in dict.fromkeys(values)}
