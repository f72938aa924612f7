"""Statistics of items and options → what is wrong with an item, in words."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from typing import NamedTuple

import numpy as np

from examgen.analysis.classical_intervals import wilson
from examgen.analysis.classical_items import ItemStatistics
from examgen.analysis.options import BLANK, OptionStatistics

LEAST_CANDIDATES = 50
"""Of an item; below it nothing is flagged: the 95 % interval of a correlation of 0.2 would reach from −0.1
to 0.5."""
TOO_HARD, TOO_EASY = 0.20, 0.95
"""Facility below and above which an item tells candidates hardly apart."""
LOW_DISCRIMINATION = 0.15
"""Item–rest correlation below which an item adds little (Ebel & Frisbie, 1991, ask for 0.20 and more)."""
DEAD = 0.05
"""Share below which a distractor does no work (Haladyna & Downing, 1993)."""
MANY_BLANKS = 0.10
"""Share of those who had the item and left it blank."""


class Flag(NamedTuple):
    """Something to look at in an item."""

    code: str
    """`too-hard`, `too-easy`, `negative-discrimination`, `low-discrimination`, `under-chance`,
    `dead-distractor`, `distractor-attracts-able` or `many-blanks`."""
    item: int
    sentence: str
    """Without the item's name; options are named by the names that were given."""


Names = Callable[[int, int], str]
"""(item, option) → the option's name; asterisks alone for marks that are none of the item's options."""


def flags(
    items: ItemStatistics,
    options: OptionStatistics | None = None,
    *,
    names: Names | None = None,
    least_candidates: int = LEAST_CANDIDATES,
) -> tuple[Flag, ...]:
    """What is to be looked at, item by item; nothing of an item that fewer than `least_candidates` took."""
    called: Names = names or (lambda item, option: f"option {option + 1}")
    found: list[Flag] = []
    for j in np.flatnonzero(items.n >= least_candidates).tolist():
        found += _of_item(items, j)
        if options is not None:
            found += _of_options(options, j, called)
    return tuple(found)


def _of_item(items: ItemStatistics, j: int) -> Iterator[Flag]:
    facility, r = float(items.facility[j]), float(items.item_rest[j])
    if facility < TOO_HARD:
        yield Flag("too-hard", j, f"facility {facility:.2f} is below {TOO_HARD:.2f}: too hard")
    elif facility > TOO_EASY:
        yield Flag("too-easy", j, f"facility {facility:.2f} is above {TOO_EASY:.2f}: too easy")
    if math.isnan(r):
        return
    low, high = float(items.item_rest_low[j]), float(items.item_rest_high[j])
    where = f"item–rest correlation {r:.2f}" + (
        "" if math.isnan(low) else f" (95 %: {low:.2f} to {high:.2f})"
    )
    if high < 0:
        yield Flag("negative-discrimination", j, f"{where}: able candidates do worse; look at the key first")
    elif r < LOW_DISCRIMINATION:
        yield Flag(
            "low-discrimination", j, f"{where} is below {LOW_DISCRIMINATION:.2f}: tells little of ability"
        )


def _of_options(options: OptionStatistics, j: int, called: Names) -> Iterator[Flag]:
    rows = options.of(j)
    yield from _under_chance(options, rows, j, called)
    for row in range(rows.start, rows.stop):
        option, share = int(options.option[row]), float(options.share[row])
        if option == BLANK:
            if share > MANY_BLANKS:
                yield Flag("many-blanks", j, f"{share:.0%} of those who had it left it blank")
            continue
        name = called(j, option)
        if options.is_key[row] or not name.strip("*"):
            continue
        if share < DEAD:
            yield Flag(
                "dead-distractor", j, f"{name} was chosen by {share:.1%}, fewer than {DEAD:.0%}: no work done"
            )
        r, n = float(options.point_biserial_rest[row]), int(options.administered[row])
        if r > 0 and n > 3 and math.atanh(min(r, 0.999)) * math.sqrt(n - 3) > 1.96:
            message = f"{name} is wrong, but able candidates choose it (option–rest correlation {r:.2f})"
            yield Flag("distractor-attracts-able", j, message)


def _under_chance(options: OptionStatistics, rows: slice, j: int, called: Names) -> Iterator[Flag]:
    key, given = options.is_key[rows], options.option[rows] != BLANK
    n_options = sum(bool(called(j, option).strip("*")) for option in options.option[rows][given].tolist())
    n_keys, answered = int(np.count_nonzero(key)), int(options.n[rows][given].sum())
    if not 0 < n_keys < n_options or answered == 0:
        return
    share, chance = options.n[rows][key].sum() / answered, n_keys / n_options
    if float(wilson(np.array(share), answered)[1]) < chance:
        message = f"{share:.0%} of those who answered are right, guessing would give {chance:.0%}"
        yield Flag("under-chance", j, message)
