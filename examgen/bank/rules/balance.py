"""Shelf → faults of the unit as a whole: where keys stand, how often they are longest, what is asked for."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Annotated

from pydantic import Field

from examgen.bank.checks import Shelf
from examgen.bank.rules.rule import Fault, Setting, one_key
from examgen.bank.rules.words import length

Share = Annotated[float, Field(gt=0, le=1)]
Items = Annotated[int, Field(ge=1)]


class Spread(Setting):
    """How far a key's share may be from even, in a unit of at least `items` items."""

    within: Share = 0.05
    items: Items = 20


class Often(Setting):
    """The greatest share of items whose key is the longest option."""

    share: Share = 1 / 3
    items: Items = 20


class Mix(Setting):
    """The greatest share of one cognitive category."""

    share: Share = 0.6
    items: Items = 20


def keys_unbalanced(shelf: Shelf, setting: Spread) -> Iterator[Fault]:
    """Keys that stand at one option more often than at others."""
    for n_options in sorted({len(one.item.options) for one in shelf.found}):
        items = [
            one.item for one in shelf.found if len(one.item.options) == n_options and len(one.item.key) == 1
        ]
        if len(items) < setting.items:
            continue
        counts = Counter(item.key[0] for item in items)
        shares = {
            name: counts[name] / len(items) for name in sorted({o for item in items for o in item.options})
        }
        if any(abs(share - 1 / n_options) > setting.within for share in shares.values()):
            shown = ", ".join(f"{name} {share:.0%}" for name, share in shares.items())
            message = f"keys of items with {n_options} options stand at {shown}: exchange options until even"
            yield Fault(None, "key", message)


def key_longest_often(shelf: Shelf, setting: Often) -> Iterator[Fault]:
    """Who always marks the longest option should not gain by it."""
    judged = [(one.item, parts) for one in shelf.found if (parts := one_key(one))]
    if len(judged) < setting.items:
        return
    n = sum(
        length(item.options[key]) > max(map(length, distractors.values()))
        for item, (key, distractors) in judged
    )
    if n > setting.share * len(judged):
        message = f"the key is the longest option in {n} of {len(judged)} items: shorten keys"
        yield Fault(None, "options", message)


def cognitive_unbalanced(shelf: Shelf, setting: Mix) -> Iterator[Fault]:
    """A unit that asks nearly everything in one category."""
    counts = Counter(one.item.cognitive for one in shelf.found)
    for name, count in counts.items():
        if len(shelf.found) >= setting.items and count > setting.share * len(shelf.found):
            message = f"{count} of {len(shelf.found)} items are {name}: write items of other categories"
            yield Fault(None, "cognitive", message)
