"""Blueprint and bank → how many different items each quota needs and how many are usable, without a
solver."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import comb, inf
from typing import NamedTuple

from examgen.assembly.constraints import constraints
from examgen.assembly.task import LinearConstraint
from examgen.assembly.usable import bank_of, pool_of
from examgen.bank.instruments import drawn_from
from examgen.core.models.blueprint import Blueprint
from examgen.core.models.item import BankUnit
from examgen.core.words import Message, tell, tell_n


def fewest_items(least: int, n_forms: int, share: int, anchored: int, most_uses: int | None) -> int:
    """Return the smallest number of different items with which each form has `least` items.

    All forms may share `anchored` items, and any two of them another `share`. Except for the anchor, no
    item may be in more than `most_uses` forms. This is a lower bound: groups and enemies can require more.
    """
    fixed = min(least, anchored)
    own = least - fixed
    share = min(share, own)
    most = 1 if share == 0 else min(most_uses or n_forms, n_forms)
    fewest = 0
    for some in range(1, n_forms + 1):
        # a bound from some of the forms: pairs that share an item are fewest if item uses are spread evenly
        uses, pairs = own * some, comb(some, 2) * share
        low, high = max(own, -(-uses // min(most, some))), uses
        while low < high:
            middle = (low + high) // 2
            low, high = (low, middle) if fewest_pairs(uses, middle) <= pairs else (middle + 1, high)
        fewest = max(fewest, low)
    return fixed + fewest


def fewest_pairs(uses: int, items: int) -> int:
    """Return the smallest number of pairs of forms that share an item, summed over `items` items with `uses`
    uses in all."""
    times, more = divmod(uses, items)
    return more * comb(times + 1, 2) + (items - more) * comb(times, 2)


class QuotaSupply(NamedTuple):
    """The number of items that a quota requires, `least` in each form and `needed` for all forms, and the
    number of usable items."""

    name: str
    field: str
    least: int
    needed: int
    usable: int

    @property
    def lacking(self) -> int:
        """The number of items that must be written."""
        return max(0, self.needed - self.usable)


def quota_supplies(shelves: Sequence[BankUnit], blueprint: Blueprint) -> list[QuotaSupply]:
    """Return the supply of quotas: the form, criteria (once each, by the highest quota), elements,
    categories."""
    pool = pool_of(bank_of(drawn_from(shelves, blueprint)), blueprint)
    highest: dict[str, QuotaSupply] = {}
    for row, needed in counted(constraints(pool, blueprint), blueprint):
        if row.least and (row.name not in highest or highest[row.name].needed < needed):
            highest[row.name] = QuotaSupply(row.name, row.field, int(row.least), needed, len(row.items))
    return list(highest.values())


def counted(rows: Sequence[LinearConstraint], blueprint: Blueprint) -> Iterator[tuple[LinearConstraint, int]]:
    """Yield the constraints that count items, each with the number of different items that it needs."""
    for row in rows:
        if row.counts and row.least > -inf:
            yield row, different_items(int(row.least), blueprint)


def different_items(least: int, blueprint: Blueprint) -> int:
    """Return the number of different items that all forms need if each has `least`.

    All forms share the anchor, and pairs of forms share as many items as the blueprint allows.
    """
    share = least if blueprint.overlap.max is None else blueprint.overlap.max
    anchored = blueprint.anchor.items if blueprint.anchor else 0
    return fewest_items(least, blueprint.n_forms, share, anchored, blueprint.exposure.forms)


def forms_in_words(blueprint: Blueprint) -> Message:
    """Return the number of forms and their overlap in words: `1 form`, `2 forms without overlap`, `2 forms
    sharing at most 3`."""
    n, share = blueprint.n_forms, blueprint.overlap.max
    forms = tell_n("{n} form", "{n} forms", n)
    if n == 1 or share is None:
        return forms
    forms = (
        tell("{forms} sharing at most {share}", forms=forms, share=share)
        if share
        else tell("{forms} without overlap", forms=forms)
    )
    return tell("{forms}, not counting the anchor", forms=forms) if blueprint.anchor else forms


def sentence(one: QuotaSupply, blueprint: Blueprint) -> Message:
    """Return the supply of a quota as a sentence: `A4012.02 at level 4: 3 usable, 5 needed for 2 forms
    without overlap; write 2 more`."""
    at = tell(" at level {level}", level=blueprint.level) if blueprint.level is not None else ""
    said = {
        "name": one.name,
        "at": at,
        "usable": one.usable,
        "needed": one.needed,
        "forms": forms_in_words(blueprint),
    }
    if not one.lacking:
        return tell("{name}{at}: {usable} usable, {needed} needed for {forms}", **said)
    return tell(
        "{name}{at}: {usable} usable, {needed} needed for {forms}; write {lacking} more",
        **said,
        lacking=one.lacking,
    )
