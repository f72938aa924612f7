"""Items of a form → the order in which it prints them, and the order of each item's options.

Sections follow the standard; within a criterion chance decides. Right answers are spread evenly
over the letters and no letter is right more than three times running.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from examgen.assembly.chance import Chance
from examgen.assembly.constraints import Pool
from examgen.models import Form, Item, PrintedItem

LONGEST_RUN = 3


def print_form(pool: Pool, items: Sequence[Item], name: str, seed: int) -> Form:
    """The form as candidates see it.

    Chance rests on the seed and on the text of the items, which is secret: who knows the seed and
    this code, but not the bank, cannot work out a key.
    """
    content = hashlib.sha256("".join(sorted(item.sha256() for item in items)).encode()).hexdigest()
    chance = Chance(seed, content, name)
    ordered = _in_order(pool, items, chance)
    positions = _key_positions(ordered, chance)
    return Form(
        name=name,
        items=tuple(
            PrintedItem(
                question=number,
                item=item,
                unit=pool.places[item.pc].unit,
                element=pool.places[item.pc].element,
                order=_option_order(item, positions[number - 1], chance),
            )
            for number, item in enumerate(ordered, start=1)
        ),
    )


def _in_order(pool: Pool, items: Sequence[Item], chance: Chance) -> list[Item]:
    """By criterion, then by chance; the items of a stimulus together, in the order of the bank."""
    rank = {pc: n for n, pc in enumerate(pool.places)}
    groups: dict[tuple[str, str], list[Item]] = {}
    for item in sorted(items, key=lambda item: item.id):
        unit = pool.places[item.pc].unit
        label = item.shared_stimulus and f"stimulus:{item.shared_stimulus}"
        groups.setdefault((unit, label or item.id), []).append(item)
    chosen = chance.shuffled(groups.items(), "order", by=lambda group: group[0])
    chosen.sort(key=lambda group: min(rank[item.pc] for item in group[1]))
    return [item for _, group in chosen for item in group]


def _key_positions(items: Sequence[Item], chance: Chance) -> list[int | None]:
    """Where each item's right answer is printed; None where several are right."""
    positions: list[int | None] = [None] * len(items)
    for n_options in sorted({len(item.options) for item in items}):
        same = [n for n, item in enumerate(items) if len(item.options) == n_options and len(item.key) == 1]
        letters = chance.shuffled(range(n_options), "letters", n_options)
        even = [(n, letters[n % n_options]) for n in range(len(same))]
        mixed = chance.shuffled(even, "keys", n_options)
        for n, (_, position) in zip(same, mixed, strict=True):
            positions[n] = position
    return _without_long_runs(items, positions, chance)


def _without_long_runs(
    items: Sequence[Item], positions: list[int | None], chance: Chance
) -> list[int | None]:
    """Swaps positions between items with as many options until no run is too long."""
    for attempt in range(1000):
        end = _end_of_long_run(positions)
        if end is None:
            break
        swaps = [
            n
            for n, item in enumerate(items)
            if positions[n] not in (None, positions[end]) and len(item.options) == len(items[end].options)
        ]
        if not swaps:
            break
        other = swaps[chance.draw("swap", attempt) % len(swaps)]
        positions[end], positions[other] = positions[other], positions[end]
    return positions


def _end_of_long_run(positions: Sequence[int | None]) -> int | None:
    run = 0
    for n, position in enumerate(positions):
        run = run + 1 if n and position is not None and position == positions[n - 1] else 1
        if run > LONGEST_RUN:
            return n
    return None


def _option_order(item: Item, position: int | None, chance: Chance) -> tuple[str, ...]:
    order = chance.shuffled(item.options, "options", item.id)
    if position is not None:
        key = item.key[0]
        order.remove(key)
        order.insert(position, key)
    return tuple(order)
