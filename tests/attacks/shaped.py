"""Orders as they were drawn before: shaped by rules on right answers. The attacks must succeed on them."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

import numpy as np

from examgen.core.models.item import Item
from tests.attacks.attacks import Booklet


def shaped(
    items: Sequence[Item], chance: np.random.Generator, even: bool, longest: int = 3, mixed: bool = True
) -> Booklet:
    """A booklet in which no letter is right more than `longest` times running, and letters spread evenly."""
    line = list(items)
    while True:
        if mixed:
            chance.shuffle(line)  # type: ignore[arg-type]
        n = len(line)
        places = chance.permutation(np.arange(n) % 4) if even else chance.integers(0, 4, n)
        if max(len(list(run)) for _, run in groupby(places.tolist())) <= longest:
            break
    booklet = []
    for item, place in zip(line, places.tolist(), strict=True):
        right = item.options[item.key[0]]
        wrong = [text for option, text in sorted(item.options.items()) if option != item.key[0]]
        chance.shuffle(wrong)
        booklet.append((item.stem, [*wrong[:place], right, *wrong[place:]]))
    return booklet
