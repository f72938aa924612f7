"""Items of a unit and what is sought → the items that fit, in the order of their ids."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from examgen.models import BankUnit, Item, matches


class Sought(NamedTuple):
    """What an item must be; empty parts ask nothing.

    `words`: each must stand in the stem, an option or a rationale – a Thai word anywhere, since Thai
    writes no spaces, a Latin word or number whole. `facility`: least and greatest, both included.
    """

    pc: str | None = None
    level: int | None = None
    categories: Sequence[str] = ()
    statuses: Sequence[str] = ()
    words: str = ""
    facility: tuple[float, float] | None = None


def find(shelf: BankUnit, sought: Sought, facilities: Mapping[str, float | None]) -> list[Item]:
    """The items that fit in every part; an item without statistics fits no range of facility."""
    words = [_pattern(word) for word in _normal(sought.words).split()]
    return [item for item in shelf.items if _fits(item, shelf, sought, words, facilities.get(item.id))]


def _fits(
    item: Item, shelf: BankUnit, sought: Sought, words: Sequence[re.Pattern[str]], facility: float | None
) -> bool:
    if sought.pc is not None and not any(
        matches(sought.pc, pc, shelf.unit.element_of(pc)) for pc in item.pcs
    ):
        return False
    if sought.level is not None and sought.level not in item.levels:
        return False
    if sought.categories and item.cognitive not in sought.categories:
        return False
    if sought.statuses and item.status not in sought.statuses:
        return False
    if sought.facility and (
        facility is None or not sought.facility[0] <= round(facility, 9) <= sought.facility[1]
    ):
        return False
    return not words or _says(item, words)


def _says(item: Item, words: Sequence[re.Pattern[str]]) -> bool:
    text = _normal("\n".join([item.stem, *item.options.values(), *item.rationale.values()]))
    return all(word.search(text) for word in words)


def _normal(text: str) -> str:
    return unicodedata.normalize("NFC", text).casefold()


def _pattern(word: str) -> re.Pattern[str]:
    """The word, whole where it begins or ends in a Latin letter or a digit."""
    before = "(?<![a-z0-9])" if re.match("[a-z0-9]", word) else ""
    after = "(?![a-z0-9])" if re.search("[a-z0-9]$", word) else ""
    return re.compile(f"{before}{re.escape(word)}{after}")


_ID = re.compile(rb"""^[ \t]*(?:-[ \t]+)?\{?[ \t]*id:[ \t]*["']?([^\s"',]+)""", re.MULTILINE)


def ids_written(data: bytes) -> list[str]:
    """What stands as `id:` in an item file, without parsing it: enough to know which unit to load."""
    return [found.decode("utf-8", "replace") for found in _ID.findall(data)]
