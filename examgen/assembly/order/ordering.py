"""Items of forms → the order in which each form prints them, with shared items near the same position.

A form is a sequence of blocks: single items, and the items of one stimulus, which stay together. The
blueprint's `order.items` gives each block a rank; blocks of equal rank form a section, in which the order
is random. One draw for all forms gives blocks that several forms share a position in their section, and the
other blocks fill the remaining positions.

Options are ordered without using the key. Quantities are in ascending order. For other options, all orders
of those that are not anchored are equally likely.

A draw depends on the texts of the options, never on which of them is `a` or right: the same question with
another key, or with its options written in another order, is printed the same.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections import Counter, deque
from collections.abc import Collection, Mapping, Sequence
from itertools import accumulate
from statistics import fmean, median
from typing import Literal, NamedTuple

from examgen.assembly.seeded_random import SeededRandom
from examgen.assembly.usable import Pool
from examgen.bank.rules.options import numeric_order
from examgen.core.models.blueprint import OrderRule
from examgen.core.models.item import Item

Place = int | None
"""The position of the right answer among the printed options; None if several are right."""


def unkeyed(item: Item) -> str:
    """Return a hash of an item without its key, its rationale and the names of its options.

    Draws depend on it as well as on the seed. Somebody who knows the seed and this code, but not the bank,
    cannot repeat a draw, and nothing about the key affects an order.
    """
    said = [item.id, item.stem, sorted(item.options.values()), item.reference]
    return hashlib.sha256(json.dumps(said, ensure_ascii=False).encode()).hexdigest()


def option_order(
    item: Item, rule: Literal["shuffled", "as_written"], chance: SeededRandom
) -> tuple[str, ...]:
    """Return the names of the options in printed order."""
    if rule == "shuffled" and (ascending := numeric_order(item)):
        return ascending
    order = sorted(item.options)
    free = free_places(item, rule)
    loose = chance.shuffled((order[n] for n in free), "options", item.id, by=item.options.__getitem__)
    for n, option in zip(free, loose, strict=True):
        order[n] = option
    return tuple(order)


def free_places(item: Item, rule: Literal["shuffled", "as_written"]) -> tuple[int, ...]:
    """Return the places of the options, in alphabetical order, that may be shuffled according to
    `order.options` of the blueprint and the item (its `anchored`, its quantities)."""
    is_still = rule == "as_written" or numeric_order(item)
    free = () if is_still else item.options.keys() - set(item.anchored)
    return tuple(n for n, option in enumerate(sorted(item.options)) if option in free)


def key_place(item: Item, order: tuple[str, ...]) -> Place:
    """Return the position of the right answer; None if several are right."""
    return order.index(item.key[0]) if len(item.key) == 1 else None


Label = tuple[str, str]
"""Unit, and item id or `stimulus:` with its id."""
Rank = tuple[bool, float]
"""Whether the block belongs to the pilot items at the end, and its position by `order.items`; lower ranks
come first."""


class ItemBlock(NamedTuple):
    """Items that are printed together, in the order of the bank."""

    label: Label
    items: tuple[Item, ...]
    rank: Rank

    @property
    def size(self) -> int:
        """The number of questions."""
        return len(self.items)


class OrderingRules(NamedTuple):
    """Rules that determine the order of items, the data they use, and the pilot items."""

    rule: OrderRule
    pilot_place: Literal["end", "among"]
    facility: Mapping[str, float]
    pilots: Collection[str]


# ── blocks and their ranks ───────────────────────────────────────────────────────────────────


def blocks(pool: Pool, items: Sequence[Item], layout: OrderingRules) -> list[ItemBlock]:
    """Return the blocks of a form, ordered by the id of their first item."""
    groups: dict[Label, list[Item]] = {}
    for item in sorted(items, key=lambda item: item.id):
        stimulus = item.shared_stimulus and f"stimulus:{item.shared_stimulus}"
        groups.setdefault((pool.places[item.pc].unit, stimulus or item.id), []).append(item)
    at_end = {
        label: layout.pilot_place == "end" and all(item.id in layout.pilots for item in group)
        for label, group in groups.items()
    }
    if layout.rule.items == "easy_to_hard":
        ranks = _by_facility(groups, at_end, layout)
    elif layout.rule.items == "mixed":
        ranks = dict.fromkeys(groups, 0.0)
    else:
        # by criterion or element, in the order of the standard
        by_element = layout.rule.items == "by_element"
        place_of = {pc: place if by_element else pc for pc, place in pool.places.items()}
        number = {place: float(n) for n, place in enumerate(dict.fromkeys(place_of.values()))}
        ranks = {label: min(number[place_of[item.pc]] for item in group) for label, group in groups.items()}
    return [ItemBlock(label, tuple(group), (at_end[label], ranks[label])) for label, group in groups.items()]


def _by_facility(
    groups: Mapping[Label, Sequence[Item]], at_end: Mapping[Label, bool], layout: OrderingRules
) -> dict[Label, float]:
    """Return ranks from easy to hard; blocks of unknown facility get the median."""
    known: dict[Label, float] = {}
    for label, group in groups.items():
        facilities = [layout.facility[item.id] for item in group if item.id in layout.facility]
        if facilities:
            known[label] = fmean(facilities)
    ranks: dict[Label, float] = {}
    for part in (False, True):
        here = [label for label in groups if at_end[label] == part]
        middle = median([known[label] for label in here if label in known] or [0.0])
        ranks |= {label: -known.get(label, middle) for label in here}
    return ranks


# ── what forms share ─────────────────────────────────────────────────────────────────────────


def common_places(forms: Sequence[Sequence[ItemBlock]], chance: SeededRandom) -> dict[Label, float]:
    """Draw the position within its section (0 to 1) of each block that several forms have."""
    uses = Counter(block.label for form in forms for block in form)
    ranks = {block.label: block.rank for form in reversed(forms) for block in form}
    # Spread the blocks over each section: the n-th of m is drawn between n / m and (n + 1) / m.
    sections: dict[Rank, list[Label]] = {}
    for label, n in uses.items():
        if n > 1:
            sections.setdefault(ranks[label], []).append(label)
    fractions = {}
    for members in sections.values():
        for n, label in enumerate(chance.shuffled(members, "places", 0)):
            fractions[label] = (n + chance.draw("within", 0, label) / 2**32) / len(members)
    return fractions


# ── the order of one form ────────────────────────────────────────────────────────────────────


def arranged(
    form: Sequence[ItemBlock], fractions: Mapping[Label, float], chance: SeededRandom
) -> list[ItemBlock]:
    """Return the blocks in printed order."""
    sections: dict[Rank, list[ItemBlock]] = {}
    for block in chance.shuffled(form, "order", by=lambda block: block.label):
        sections.setdefault(block.rank, []).append(block)
    found: list[ItemBlock] = []
    before = 0
    for rank in sorted(sections):
        members = sections[rank]
        end = before + sum(block.size for block in members)
        near = sorted(
            (
                (_target(fractions[block.label], before, end - block.size), block)
                for block in members
                if block.label in fractions
            ),
            key=lambda pair: (fractions[pair[1].label], pair[1].label),
        )
        rest = [block for block in members if block.label not in fractions]
        found += _merged(near, rest, before, end)
        before = end
    return found


Wanted = tuple[float, ItemBlock]
"""A block, and the number of questions that should precede it."""


def _target(fraction: float, start: int, last: int) -> int:
    """Return the position of a block from its fraction, between `start` and `last`."""
    return min(start + math.floor(fraction * (last - start + 1)), last)


def _merged(near: Sequence[Wanted], rest: Sequence[ItemBlock], start: int, end: int) -> list[ItemBlock]:
    """Return the blocks as close as possible to their target positions, with the rest around them in its
    order."""
    if not near or not rest:
        return [*(block for _, block in near), *rest]
    starts = dict(_spaced(near, start, end))
    waiting, found, filled = deque(rest), [], 0
    taken = start
    for _, block in near:
        free = starts[block.label] - taken  # questions of the rest that precede it
        while waiting and filled + waiting[0].size / 2 <= free:
            filled += waiting[0].size
            found.append(waiting.popleft())
        found.append(block)
        taken += block.size
    return [*found, *waiting]


def _spaced(wanted: Sequence[Wanted], start: int, end: int) -> list[tuple[Label, int]]:
    """Return the starts of blocks, in the given order and without overlap, with the smallest possible
    largest shift.

    Isotonic regression in the maximum norm: the mean of the running maximum from the left and the running
    minimum from the right.
    """
    before = [0, *accumulate(block.size for _, block in wanted)]
    places = [target - n for (target, _), n in zip(wanted, before, strict=False)]
    lows = list(accumulate(places, max))
    highs = list(accumulate(reversed(places), min))[::-1]
    last = end - before[-1]
    return [
        (block.label, min(max(math.floor((low + high) / 2), start), last) + n)
        for (_, block), low, high, n in zip(wanted, lows, highs, before, strict=False)
    ]
