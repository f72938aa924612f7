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
"""Of an item; below it a figure beyond its limit is no flag, unless its whole 95 % interval is: that of a
correlation of 0.2 would reach from −0.1 to 0.5."""
LEAST_CERTAIN = 20
"""Of an item; below it nothing is flagged."""
TOO_HARD, TOO_EASY = 0.20, 0.95
"""Facility below and above which an item tells candidates hardly apart."""
LOW_DISCRIMINATION = 0.15
"""Item–rest correlation below which an item adds little (Ebel & Frisbie, 1991, ask for 0.20 and more)."""
DEAD = 0.05
"""Share below which a distractor does no work (Haladyna & Downing, 1993)."""
IDLE = 0.5
"""A distractor that few chose is flagged only where it drew less than this part of an even share of the wrong
answers, with the whole 95 % interval: of an easy item there are too few wrong answers to tell."""
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
    least_certain: int = LEAST_CERTAIN,
) -> tuple[Flag, ...]:
    """What is to be looked at, item by item.

    Of an item that fewer than `least_candidates` took only what is beyond chance, and nothing of one that
    fewer than `least_certain` took.
    """
    called: Names = names or (lambda item, option: f"option {option + 1}")
    found: list[Flag] = []
    for j in np.flatnonzero(items.n >= min(least_certain, least_candidates)).tolist():
        few = bool(items.n[j] < least_candidates)
        found += _of_item(items, j, few)
        if options is not None:
            found += _of_options(items, options, j, called, few)
    return tuple(found)


def _of_item(items: ItemStatistics, j: int, few: bool) -> Iterator[Flag]:
    facility, r = float(items.facility[j]), float(items.item_rest[j])
    low, high = (float(end[j]) if few else facility for end in (items.facility_low, items.facility_high))
    if high < TOO_HARD:
        shown, limit = beyond(facility, TOO_HARD)
        yield Flag("too-hard", j, f"facility {shown} is below {limit}: too hard")
    elif low > TOO_EASY:
        shown, limit = beyond(facility, TOO_EASY)
        yield Flag("too-easy", j, f"facility {shown} is above {limit}: too easy")
    if math.isnan(r):
        return
    low, high = float(items.item_rest_low[j]), float(items.item_rest_high[j])
    shown, limit = beyond(r, LOW_DISCRIMINATION)
    interval = "" if math.isnan(low) else f" (95 %: {low:.2f} to {high:.2f})"
    if high < 0:
        message = f"item–rest correlation {r:.2f}{interval}: able candidates do worse; look at the key first"
        yield Flag("negative-discrimination", j, message)
    elif (high if few else r) < LOW_DISCRIMINATION:
        message = f"item–rest correlation {shown}{interval} is below {limit}: tells little of ability"
        yield Flag("low-discrimination", j, message)


def beyond(value: float, limit: float, least: int = 2, per_cent: bool = False) -> tuple[str, str]:
    """A figure and the limit that it is beyond, with as many decimals as tell it from that, from 0 and 1."""
    others = [one for one in (limit, 0.0, 1.0) if one != value]
    digits = next(
        (d for d in range(least, 6) if all(f"{value:.{d}f}" != f"{one:.{d}f}" for one in others)), 6
    )
    if per_cent:
        return f"{value:.{digits - 2}%}", f"{limit:.{max(digits - 2, 0)}%}"
    return f"{value:.{digits}f}", f"{limit:.{digits}f}"


def _of_options(
    items: ItemStatistics, options: OptionStatistics, j: int, called: Names, few: bool
) -> Iterator[Flag]:
    rows = options.of(j)
    if not float(items.item_rest_low[j]) > 0:  # of an item that the able know, few right is no riddle
        yield from _under_chance(options, rows, j, called)
    for row in range(rows.start, rows.stop):
        option, share = int(options.option[row]), float(options.share[row])
        n = int(options.administered[row])
        if option == BLANK:
            if (float(wilson(np.array(share), n)[0]) if few else share) > MANY_BLANKS:
                shown, _ = beyond(share, MANY_BLANKS, per_cent=True)
                yield Flag("many-blanks", j, f"{shown} of those who had it left it blank")
            continue
        name = called(j, option)
        if options.is_key[row] or not name.strip("*"):
            continue
        if share < DEAD and not few:
            yield from _idle(options, rows, row, j, called)
        r = float(options.point_biserial_rest[row])
        if r > 0 and n > 3 and math.atanh(min(r, 0.999)) * math.sqrt(n - 3) > 1.96:
            message = f"{name} is wrong, but able candidates choose it (option–rest correlation {r:.2f})"
            yield Flag("distractor-attracts-able", j, message)


def _idle(options: OptionStatistics, rows: slice, row: int, j: int, called: Names) -> Iterator[Flag]:
    """Whether a distractor that few chose had wrong answers enough to draw from."""
    wrong = [
        other
        for other in range(rows.start, rows.stop)
        if options.option[other] != BLANK
        and not options.is_key[other]
        and called(j, int(options.option[other])).strip("*")
    ]
    n, n_wrong = int(options.n[row]), int(options.n[wrong].sum())
    if len(wrong) < 2 or not n_wrong or wilson(np.array(n / n_wrong), n_wrong)[1] >= IDLE / len(wrong):
        return
    shown, limit = beyond(float(options.share[row]), DEAD, 3, per_cent=True)
    message = (
        f"{called(j, int(options.option[row]))} was chosen by {shown}, fewer than {limit}: {n} of {n_wrong} "
        f"wrong answers, where an even share would be {n_wrong / len(wrong):.0f}"
    )
    yield Flag("dead-distractor", j, message)


def _under_chance(options: OptionStatistics, rows: slice, j: int, called: Names) -> Iterator[Flag]:
    key, given = options.is_key[rows], options.option[rows] != BLANK
    n_options = sum(bool(called(j, option).strip("*")) for option in options.option[rows][given].tolist())
    n_keys, answered = int(np.count_nonzero(key)), int(options.n[rows][given].sum())
    if not 0 < n_keys < n_options or answered == 0:
        return
    share, chance = options.n[rows][key].sum() / answered, n_keys / n_options
    if float(wilson(np.array(share), answered)[1]) < chance:
        shown, limit = beyond(share, chance, per_cent=True)
        message = f"{shown} of those who answered are right, guessing would give {limit}"
        yield Flag("under-chance", j, message)
