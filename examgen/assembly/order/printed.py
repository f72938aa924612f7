"""Items of forms → the forms as printed: order of the items, order of each item's options.

What the blueprint's `order` asks is kept: sections, stimuli together, anchored options, places of items
that several forms share, pilot items apart. Chance decides on the rest, without a look at the key.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import NamedTuple

from examgen.assembly.order.ordering import (
    N_DRAWS,
    Block,
    Common,
    Layout,
    NoCommonPlace,
    arranged,
    blocks,
    common_places,
    option_order,
    unkeyed,
)
from examgen.assembly.seeded_random import Chance
from examgen.assembly.usable import Pool
from examgen.core.models.blueprint import Blueprint
from examgen.core.models.form import Form, PrintedItem
from examgen.core.models.item import Evidence, Item
from examgen.core.problems import BlueprintNotMet, Problem
from examgen.core.words import Message, tell

N_ORDERS = 20
"""Orders of its items that are tried for a form."""


class _Rules(NamedTuple):
    """What all forms are printed by."""

    pool: Pool
    blueprint: Blueprint
    layout: Layout
    hashes: Mapping[str, str]

    def chance(self, items: Iterable[Item], *names: object) -> Chance:
        """Chance that rests on the seed and on what the items say, whatever their order."""
        content = "".join(sorted(self.hashes[item.id] for item in items))
        return Chance(self.blueprint.seed, hashlib.sha256(content.encode()).hexdigest(), *names)


class _NotPrinted(Exception):
    """Anchor items cannot stand where the blueprint asks them: the reason."""

    def __init__(self, reason: Message, lasting: bool = False) -> None:
        super().__init__(reason)
        self.reason = reason
        self.lasting = lasting
        """Whether it is so whatever is drawn."""


def print_forms(
    pool: Pool,
    forms: Sequence[Sequence[Item]],
    names: Sequence[str],
    blueprint: Blueprint,
    evidence: Mapping[str, Evidence],
    pilots: Collection[str],
    anchor: Collection[str],
) -> tuple[Form, ...]:
    """The forms as candidates see them; `pilots` and `anchor` are ids of items.

    Chance rests on the seed and on what the items say. The order of the items given does not count.
    Raises `BlueprintNotMet` where no order was found that keeps what `anchor.place` asks.
    """
    layout = Layout(
        rule=blueprint.order,
        pilot_place=blueprint.pilot.place if blueprint.pilot else "end",
        anchor_place=blueprint.anchor.place if blueprint.anchor else "any",
        facility={name: one.facility for name, one in evidence.items() if one.facility is not None},
        pilots=frozenset(pilots),
        anchor=frozenset(anchor),
    )
    hashes = {item.id: unkeyed(item) for form in forms for item in form}
    # All forms by the first draw of common places by which each of them can be printed.
    rules = _Rules(pool, blueprint, layout, hashes)
    cut = [blocks(rules.pool, items, rules.layout) for items in forms]
    chances = [rules.chance(items, name) for items, name in zip(forms, names, strict=True)]
    together = rules.chance({item.id: item for form in forms for item in form}.values())
    for attempt in range(N_DRAWS):
        source = "forms"
        try:
            common = _common(cut, rules, together, attempt)
            lines = []
            for name, form, chance in zip(names, cut, chances, strict=True):
                source = f"form {name}"
                lines.append(_line(form, common, chance))
            source = "forms"
            # Anchor items of a stimulus that is longer in one form than in another may have moved.
            if rules.layout.anchor_place == "same":
                numbers: dict[str, set[int]] = {}
                for line in lines:
                    for n, item in enumerate(line):
                        numbers.setdefault(item.id, set()).add(n)
                moved = sorted(name for name in rules.layout.anchor if len(numbers.get(name, ())) > 1)
                if moved:
                    raise _NotPrinted(_advised(tell("{items} got different numbers", items=", ".join(moved))))
        except _NotPrinted as reason:
            if reason.lasting or attempt + 1 == N_DRAWS or not common.fractions:
                fault = Problem(source, "anchor-place", reason.reason, field="anchor.place")
                message = tell("{exam} cannot be printed as it is asked", exam=rules.blueprint.exam)
                raise BlueprintNotMet(message, [fault]) from None
        else:
            drawn = zip(names, lines, chances, strict=True)
            return tuple(
                Form(
                    name=name,
                    items=tuple(
                        _question(number, item, rules, chance) for number, item in enumerate(line, 1)
                    ),
                )
                for name, line, chance in drawn
            )
    raise AssertionError("unreachable: the last draw returns or raises")


def _common(cut: Sequence[Sequence[Block]], rules: _Rules, together: Chance, attempt: int) -> Common:
    try:
        return common_places(cut, rules.layout, together, attempt)
    except NoCommonPlace as reason:  # the sections are what they are, whatever is drawn
        raise _NotPrinted(_advised(reason.args[0]), lasting=True) from None


def _advised(reason: Message) -> Message:
    return tell("{reason}: {advice}", reason=reason, advice=_ANCHOR_ADVICE)


_ANCHOR_ADVICE = tell(
    "anchor items cannot have the same numbers everywhere; ask exact counts for each section, "
    "`order.items: mixed`, or `anchor.place: near`"
)


# ── one form ─────────────────────────────────────────────────────────────────────────────────


def _line(form: Sequence[Block], common: Common, chance: Chance) -> list[Item]:
    """The items of a form in their order."""
    for attempt in range(N_ORDERS):
        if (line := arranged(form, common, chance, attempt)) is not None:
            return [item for block in line for item in block.items]
    raise _NotPrinted(_advised(tell("the other items do not fit between the anchor items")))


def _question(number: int, item: Item, rules: _Rules, chance: Chance) -> PrintedItem:
    place = rules.pool.places[item.pc]
    return PrintedItem(
        question=number,
        item=item,
        unit=place.unit,
        element=place.element,
        order=option_order(item, rules.blueprint.order.options, chance),
        points=0 if item.id in rules.layout.pilots else 1,
    )
