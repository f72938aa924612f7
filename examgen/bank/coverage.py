"""Items of one unit → how many usable items each criterion has, at each level and status."""

from __future__ import annotations

from collections.abc import Collection
from typing import NamedTuple

from examgen.models import BankUnit, Status


class Coverage(NamedTuple):
    """What the bank holds for one criterion at one level (None: the unit states no level)."""

    element: str
    pc: str
    text: str
    level: int | None
    items: int
    by_status: dict[str, int]
    by_cognitive: dict[str, int]


def coverage(shelf: BankUnit, levels: Collection[int | None], statuses: Collection[Status]) -> list[Coverage]:
    """One row for each criterion and level, in the order of the standard."""
    return [
        _row(shelf, element.code, criterion.code, criterion.text, level, statuses)
        for element in shelf.unit.elements
        for criterion in element.criteria
        for level in levels
    ]


def _row(
    shelf: BankUnit, element: str, pc: str, text: str, level: int | None, statuses: Collection[Status]
) -> Coverage:
    usable = [
        item
        for item in shelf.items
        if item.pc == pc and item.status in statuses and (level is None or level in item.levels)
    ]
    return Coverage(
        element,
        pc,
        text,
        level,
        len(usable),
        _counts([item.status for item in usable]),
        _counts([item.cognitive for item in usable]),
    )


def _counts(values: list[str]) -> dict[str, int]:
    return {value: values.count(value) for value in dict.fromkeys(values)}
