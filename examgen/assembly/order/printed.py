"""Items of forms → the forms as printed: the order of the items and of each item's options.

The order follows the blueprint's `order`: sections, stimuli together, anchored options, positions of items
that several forms share, pilot items apart. The rest is random and does not depend on the key.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Mapping, Sequence

from examgen.assembly.order.ordering import (
    N_DRAWS,
    NoCommonPlace,
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
from examgen.core.problems import BlueprintNotMet, Problem
from examgen.core.words import Message, tell

N_ORDERS = 20
"""The number of orders of the items that are tried for each form."""


_ANCHOR_ADVICE = tell(
    "Anchor items cannot have the same numbers everywhere. Use exact counts in each "
    "section, `order.items: mixed`, or `anchor.place: near`."
)


class _NotPrinted(Exception):
    """Raised if anchor items cannot be placed as the blueprint requires; `reason` is the message."""

    def __init__(self, reason: Message, lasting: bool = False) -> None:
        super().__init__(reason)
        self.reason = reason
        self.lasting = lasting
        """Whether another draw would not help."""


def print_forms(
    pool: Pool,
    forms: Sequence[Sequence[Item]],
    names: Sequence[str],
    blueprint: Blueprint,
    evidence: Mapping[str, Evidence],
    pilots: Collection[str],
    anchor: Collection[str],
) -> tuple[Form, ...]:
    """Return the forms as candidates see them; `pilots` and `anchor` are item ids.

    The draws depend on the seed and on the content of the items, not on the order in which the items are
    given. Raises BlueprintNotMet if no order was found that satisfies `anchor.place`.
    """
    layout = OrderingRules(
        rule=blueprint.order,
        pilot_place=blueprint.pilot.place if blueprint.pilot else "end",
        anchor_place=blueprint.anchor.place if blueprint.anchor else "any",
        facility={name: one.facility for name, one in evidence.items() if one.facility is not None},
        pilots=frozenset(pilots),
        anchor=frozenset(anchor),
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

    # Take the first draw of common places with which every form can be printed.
    cut = [blocks(pool, items, layout) for items in forms]
    chances = [chance(items, name) for items, name in zip(forms, names, strict=True)]
    together = chance(asked.values())
    for attempt in range(N_DRAWS):
        source = "forms"
        try:
            try:
                common = common_places(cut, layout, together, attempt)
            except NoCommonPlace as reason:  # no draw changes the sections
                raise _NotPrinted(reason.args[0], lasting=True) from None
            lines: list[list[Item]] = []
            for name, form, own in zip(names, cut, chances, strict=True):
                source = f"form {name}"
                orders = (arranged(form, common, own, order) for order in range(N_ORDERS))
                if (line := next((line for line in orders if line is not None), None)) is None:
                    raise _NotPrinted(tell("the other items do not fit between the anchor items"))
                lines.append([item for block in line for item in block.items])
            source = "forms"
            # Anchor items of a stimulus that is longer in one form than in another may have moved.
            if layout.anchor_place == "same":
                numbers: dict[str, set[int]] = {}
                for printed in lines:
                    for n, item in enumerate(printed):
                        numbers.setdefault(item.id, set()).add(n)
                moved = sorted(name for name in layout.anchor if len(numbers.get(name, ())) > 1)
                if moved:
                    raise _NotPrinted(tell("{items} have different numbers", items=", ".join(moved)))
        except _NotPrinted as reason:
            if reason.lasting or attempt + 1 == N_DRAWS or not common.fractions:
                said = tell("{reason}. {advice}", reason=reason.reason, advice=_ANCHOR_ADVICE)
                fault = Problem(source, "anchor-place", said, field="anchor.place")
                message = tell("{exam} cannot be printed as the blueprint requires", exam=blueprint.exam)
                raise BlueprintNotMet(message, [fault]) from None
            continue
        return tuple(
            Form(name=name, items=tuple(printed_item(n, item, own) for n, item in enumerate(line, 1)))
            for name, line, own in zip(names, lines, chances, strict=True)
        )
    raise AssertionError("unreachable: the last draw returns or raises")
