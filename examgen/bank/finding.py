"""Searches the items of a unit, and counts the usable items of each criterion by level, category and
status.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Mapping, Sequence
from fnmatch import fnmatchcase
from itertools import combinations
from typing import NamedTuple

from examgen.core.models.blueprint import matches
from examgen.core.models.field_types import Status
from examgen.core.models.item import BankUnit, Item
from examgen.core.models.standard import WRITTEN, Unit


class CriterionCoverage(NamedTuple):
    """The numbers of items in the bank for one criterion at one level (None: the unit states no level)."""

    element: str
    pc: str
    text: str
    level: int | None
    items: int
    by_status: dict[str, int]
    by_cognitive: dict[str, int]
    by_cognitive_status: dict[str, dict[str, int]]


class Holding(NamedTuple):
    """The numbers of items in the bank for one criterion; each item counts once whatever its levels."""

    element: str
    pc: str
    text: str
    items: int
    by_status: dict[str, int]
    by_cognitive: dict[str, int]


class SharedItems(NamedTuple):
    """The numbers of usable items at two levels, and of those that suit both."""

    levels: tuple[int, int]
    lower: int
    higher: int
    both: int

    @property
    def share(self) -> float | None:
        """Return the proportion of items of either that belong to both (Jaccard), 0–1; None if there are
        none."""
        either = self.lower + self.higher - self.both
        return self.both / either if either else None


def coverage(
    shelf: BankUnit, levels: Collection[int | None], statuses: Collection[Status]
) -> list[CriterionCoverage]:
    """Return one row for each criterion and level, in the order of the standard."""
    return [
        CriterionCoverage(
            element,
            pc,
            text,
            level,
            len(held),
            *_mixes(held),
            {
                category: _counts([item.status for item in held if item.cognitive == category])
                for category in dict.fromkeys(item.cognitive for item in held)
            },
        )
        for element, pc, text in _criteria(shelf.unit)
        for level in levels
        for held in [_usable(shelf, pc, [level], statuses)]
    ]


def holdings(shelf: BankUnit, levels: Collection[int | None], statuses: Collection[Status]) -> list[Holding]:
    """Return one row for each criterion, with the items that suit any of the levels."""
    return [
        Holding(element, pc, text, len(held), *_mixes(held))
        for element, pc, text in _criteria(shelf.unit)
        for held in [_usable(shelf, pc, levels, statuses)]
    ]


def shared_by_levels(
    shelf: BankUnit, levels: Collection[int | None], statuses: Collection[Status]
) -> list[SharedItems]:
    """Return, for each pair of tested levels among these, how many items they share."""
    untested = untested_levels(shelf.unit)
    tested = sorted(level for level in levels if level is not None and level not in untested)
    held = {
        level: {item.id for item in shelf.items if item.status in statuses and level in item.levels}
        for level in tested
    }
    return [
        SharedItems((low, high), len(held[low]), len(held[high]), len(held[low] & held[high]))
        for low, high in combinations(tested, 2)
    ]


def untested_levels(unit: Unit) -> tuple[int, ...]:
    """Return the levels of the unit for which section 18 has no written test, and which need no items."""
    return tuple(
        level
        for level in unit.levels
        if not any(
            WRITTEN & set(entry.methods)
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


def _counts(values: Sequence[str]) -> dict[str, int]:
    return {value: values.count(value) for value in dict.fromkeys(values)}


class Sought(NamedTuple):
    """Conditions of a search for items; empty conditions are not checked.

    `words`: each must occur in the stem, an option or a rationale, or begin the id of the item. A Thai word
    may occur anywhere, because Thai is written without spaces; a Latin word or number must be a whole word.
    """

    pc: str | None = None
    level: int | None = None
    categories: Sequence[str] = ()
    statuses: Sequence[str] = ()
    words: str = ""
    model: str | None = None
    """The item model that the item is an instance of."""
    family: str | None = None


def find(shelf: BankUnit, sought: Sought) -> list[Item]:
    """Return the items that meet every condition."""
    words = {word: _pattern(word) for word in _normal(sought.words).split()}
    return [item for item in shelf.items if _fits(item, shelf, sought, words)]


def _fits(item: Item, shelf: BankUnit, sought: Sought, words: Mapping[str, re.Pattern[str]]) -> bool:
    if sought.pc is not None and not any(
        matches(sought.pc, pc, shelf.unit.element_of(pc)) for pc in item.pcs
    ):
        return False
    if sought.level is not None and sought.level not in item.levels:
        return False
    if sought.categories and item.cognitive not in sought.categories:
        return False
    if sought.model is not None and (item.model is None or item.model.id != sought.model):
        return False
    if sought.family is not None and item.family != sought.family:
        return False
    if sought.statuses and item.status not in sought.statuses:
        return False
    if not words:
        return True
    text = _normal("\n".join([item.id, item.stem, *item.options.values(), *item.reasons.values()]))
    name = _normal(item.id)
    return all(name.startswith(word) or pattern.search(text) for word, pattern in words.items())


def _normal(text: str) -> str:
    return unicodedata.normalize("NFC", text).casefold()


def _pattern(word: str) -> re.Pattern[str]:
    """Return a pattern for the word; at an end with a Latin letter or a digit it must be a whole word."""
    before = "(?<![a-z0-9])" if re.match("[a-z0-9]", word) else ""
    after = "(?![a-z0-9])" if re.search("[a-z0-9]$", word) else ""
    return re.compile(f"{before}{re.escape(word)}{after}")


def expanded(names: Sequence[str], known: Sequence[str]) -> list[str]:
    """Return the names, with each pattern (`HOH*`, or `all`) replaced by the known names that match it, if
    any.
    """
    found: list[str] = []
    for name in names:
        pattern = "*" if name == "all" else name
        found += [one for one in known if "*" in pattern and fnmatchcase(one, pattern)] or [name]
    return list(dict.fromkeys(found))


_ID = re.compile(rb"""^[ \t]*(?:-[ \t]+)?\{?[ \t]*id:[ \t]*["']?([^\s"',]+)""", re.MULTILINE)


def ids_written(data: bytes) -> list[str]:
    """Return the values of `id:` in an item file without parsing it, which is enough to know which unit to
    load.
    """
    return [found.decode("utf-8", "replace") for found in _ID.findall(data)]
