"""Blueprint and bank → how many different items each quota needs, against how many may be used."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import comb
from typing import NamedTuple

from examgen.assembly.constraints import LinearConstraint, Pool, constraints, places
from examgen.models import BankUnit, Blueprint, Item


class Need(NamedTuple):
    """What one quota asks: `least` in each form, `needed` different items for all of them."""

    name: str
    field: str
    least: int
    needed: int
    usable: int

    @property
    def lacking(self) -> int:
        """How many items must be written."""
        return max(0, self.needed - self.usable)


def usable(items: Sequence[Item], blueprint: Blueprint) -> tuple[Item, ...]:
    """The items that this blueprint may use, in the order of their ids."""
    return tuple(sorted((item for item in items if not why_not(item, blueprint)), key=lambda item: item.id))


def why_not(item: Item, blueprint: Blueprint) -> str | None:
    """Why an item of the bank may not be used, if it may not."""
    if item.status not in blueprint.statuses:
        return f"status {item.status}"
    if blueprint.level is not None and blueprint.level not in item.levels:
        return "for other levels"
    return None


def needs(shelves: Sequence[BankUnit], blueprint: Blueprint) -> list[Need]:
    """What each quota needs: the form, each criterion once by its highest quota, elements, categories."""
    bank = [item for shelf in shelves for item in shelf.items]
    pool = Pool(usable(bank, blueprint), places([shelf.unit for shelf in shelves]))
    highest: dict[str, Need] = {}
    for row, needed in counted(constraints(pool, blueprint), blueprint):
        need = Need(row.name, row.field, row.least, needed, len(row.items))
        if row.least and (row.name not in highest or highest[row.name].needed < needed):
            highest[row.name] = need
    return list(highest.values())


def counted(rows: Sequence[LinearConstraint], blueprint: Blueprint) -> Iterator[tuple[LinearConstraint, int]]:
    """The constraints that count items, each with the different items that it needs."""
    for row in rows:
        if all(c == 1 for c in row.coefficients):
            yield row, different_items(row.least, blueprint)


def different_items(least: int, blueprint: Blueprint) -> int:
    """Different items that all forms need, when each has `least` and pairs share what they may."""
    share = least if blueprint.overlap.max is None else min(blueprint.overlap.max, least)
    return max(least, blueprint.forms * least - comb(blueprint.forms, 2) * share)


_NUMBERS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")


def sentence(need: Need, blueprint: Blueprint) -> str:
    """`A4012.02 at level 4: 3 usable, 5 needed for two forms without overlap; write 2`."""
    at = f" at level {blueprint.level}" if blueprint.level is not None else ""
    n, share = blueprint.forms, blueprint.overlap.max
    forms = f"{_NUMBERS[n] if n < len(_NUMBERS) else n} form{'s' if n > 1 else ''}"
    if n > 1 and share is not None:
        forms += f" sharing at most {share}" if share else " without overlap"
    write = f"; write {need.lacking}" if need.lacking else ""
    return f"{need.name}{at}: {need.usable} usable, {need.needed} needed for {forms}{write}"
