"""Items of forms → the forms as printed: the order of the items and of each item's options.

The order follows the blueprint's `order`: sections, stimuli together, anchored options, positions of items
that several forms share, pilot items apart. The rest is random and does not depend on the key.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Mapping, Sequence

from examgen.assembly.order.ordering import (
    OrderingRules,
    arranged,
    blocks,
    common_places,
    option_order,
    unkeyed,
)
from examgen.assembly.seeded_random import SeededRandom
from examgen.assembly.usable import Pool
from examgen.core.models.blueprint import Blueprint
from examgen.core.models.form import Form, PrintedItem
from examgen.core.models.item import Evidence, Item


def print_forms(
    pool: Pool,
    forms: Sequence[Sequence[Item]],
    names: Sequence[str],
    blueprint: Blueprint,
    evidence: Mapping[str, Evidence],
    pilots: Collection[str],
) -> tuple[Form, ...]:
    """Return the forms as candidates see them; `pilots` are item ids.

    The draws depend on the seed and on the content of the items, not on the order in which the items are
    given.
    """
    layout = OrderingRules(
        rule=blueprint.order,
        pilot_place=blueprint.pilot.place if blueprint.pilot else "end",
        facility={name: one.facility for name, one in evidence.items() if one.facility is not None},
        pilots=frozenset(pilots),
    )
    asked = {item.id: item for form in forms for item in form}
    hashes = {name: unkeyed(item) for name, item in asked.items()}

    def chance(items: Iterable[Item], *names: object) -> SeededRandom:
        """Return a random source that depends on the seed, the names and the content of the items, not on
        their order."""
        content = "".join(sorted(hashes[item.id] for item in items))
        return SeededRandom(blueprint.seed, hashlib.sha256(content.encode()).hexdigest(), *names)

    made: dict[tuple[int, str, tuple[str, ...]], PrintedItem] = {}

    def printed_item(number: int, item: Item, own: SeededRandom) -> PrintedItem:
        """Return an item as it is printed. Cached, because many of ten thousand forms have the same item at
        the same position in the same order."""
        order = option_order(item, blueprint.order.options, own)
        if (known := made.get((number, item.id, order))) is None:
            place = pool.places[item.pc]
            known = made[number, item.id, order] = PrintedItem(
                question=number,
                item=item,
                unit=place.unit,
                element=place.element,
                order=order,
                points=0 if item.id in layout.pilots else 1,
            )
        return known

    cut = [blocks(pool, items, layout) for items in forms]
    chances = [chance(items, name) for items, name in zip(forms, names, strict=True)]
    fractions = common_places(cut, chance(asked.values()))
    found = []
    for name, form, own in zip(names, cut, chances, strict=True):
        line = [item for block in arranged(form, fractions, own) for item in block.items]
        items = tuple(printed_item(n, item, own) for n, item in enumerate(line, 1))
        found.append(Form(name=name, items=items))
    return tuple(found)
