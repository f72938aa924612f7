"""Items → the orders that their options may have, and one drawn of them without a look at the key.

All orders of the options that are not anchored are as likely. A draw rests on what options say, never on
which of them is `a` or right: the same question with another key, or with its options written down in
another order, is printed the same.
"""

from __future__ import annotations

import hashlib
import json
from typing import Literal, NamedTuple

from examgen.assembly.chance import Chance
from examgen.models import Item

Place = int | None
"""Position of the right answer among the printed options; None where several are right."""


class Choice(NamedTuple):
    """What the order of an item's options may be."""

    options: tuple[str, ...]
    """In canonical order, which is that of the alphabet."""
    free: tuple[int, ...]
    """Positions whose options chance may order."""
    places: tuple[int, ...]
    """Positions that the right answer may take, each as likely; none where several are right."""

    @property
    def n_options(self) -> int:
        """How many options there are."""
        return len(self.options)


def choice(item: Item, rule: Literal["shuffled", "as_written"]) -> Choice:
    """What the blueprint's `order.options` and the item's `anchored` leave to chance."""
    options = tuple(sorted(item.options))
    fixed = set(options) if rule == "as_written" else set(item.anchored)
    free = tuple(n for n, option in enumerate(options) if option not in fixed)
    if len(item.key) != 1:
        return Choice(options, free, ())
    key = options.index(item.key[0])
    return Choice(options, free, free if key in free else (key,))


def unkeyed(item: Item) -> str:
    """Hash of an item without its key, its rationale and the names of its options.

    Chance rests on it beside the seed, so that who knows the seed and this code, but not the bank, cannot
    draw an order again, and that nothing of the key goes into an order.
    """
    said = [item.id, item.stem, sorted(item.options.values()), item.reference]
    return hashlib.sha256(json.dumps(said, ensure_ascii=False).encode()).hexdigest()


def option_order(item: Item, one: Choice, chance: Chance, draw: int = 0) -> tuple[str, ...]:
    """The options as they are printed by one of the draws."""
    order = list(one.options)
    names = ("options", item.id, draw) if draw else ("options", item.id)
    loose = chance.shuffled((one.options[n] for n in one.free), *names, by=item.options.__getitem__)
    for n, option in zip(one.free, loose, strict=True):
        order[n] = option
    return tuple(order)


def key_place(item: Item, order: tuple[str, ...]) -> Place:
    """Where the right answer stands."""
    return order.index(item.key[0]) if len(item.key) == 1 else None
