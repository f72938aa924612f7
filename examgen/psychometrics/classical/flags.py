"""Statistics of items and options → what is wrong with an item, in words."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np

from examgen.core.uncertainty import wilson
from examgen.core.words import Message
from examgen.psychometrics.classical import flag_words
from examgen.psychometrics.classical.flag_words import ConfidenceInterval
from examgen.psychometrics.classical.items import ItemStatistics
from examgen.psychometrics.classical.options import BLANK, OptionStatistics
from examgen.stats.distributions import adjusted, normal_upper

LEAST_CANDIDATES = 50
"""Of an item; below it a figure beyond its limit is no flag, unless its whole 95 % interval is: that of a
correlation of 0.2 would reach from −0.1 to 0.5."""
LEAST_CERTAIN = 20
"""Of an item; below it nothing is flagged."""
TOO_HARD, TOO_EASY = 0.20, 0.95
"""Facility below and above which an item tells candidates hardly apart; of fewer than five options it is too
hard below what guessing alone brings, 1 in so many options."""
LOW_DISCRIMINATION = 0.15
"""Item–rest correlation below which an item adds little (Ebel & Frisbie, 1991, ask for 0.20 and more): a flag
where the whole 95 % interval is below it, however many candidates there were."""
BY_CHANCE = 0.05
"""How likely at most, where no distractor of an exam draws the able, one of them is flagged for it."""
LEAST_CHOOSERS = 10
"""Who chose a distractor and who did not, for a test of it: of fewer the correlation is far from normal."""
DEAD = 0.05
"""Share below which a distractor does no work (Haladyna & Downing, 1993)."""
IDLE = 0.5
"""A distractor that few chose is flagged only where it drew less than this part of an even share of the wrong
answers, with the whole 95 % interval: of an easy item there are too few wrong answers to tell."""
MANY_BLANKS = 0.10
"""Share of those who had the item and left it blank."""
Names = Callable[[int, int], str]
"""(item, option) → the option's name; asterisks alone for marks that are none of the item's options."""


class Flag(NamedTuple):
    """Something to look at in an item."""

    code: str
    """`too-hard`, `too-easy`, `negative-discrimination`, `low-discrimination`, `under-chance`,
    `dead-distractor`, `distractor-attracts-able` or `many-blanks`."""
    item: int
    sentence: str
    """Without the item's name; options are named by the names that were given."""
    thai: str
    option: str | None = None
    """Of flags of an option, its name."""


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
    examined = np.flatnonzero(items.n >= min(least_certain, least_candidates)).tolist()
    drawn, n_tests = ({}, 0) if options is None else _drawing_the_able(options, examined, called)
    found: list[Flag] = []

    def add(code: str, j: int, seen: Message, option: str | None = None) -> None:
        found.append(Flag(code, j, seen.en, seen.th, option))

    for j in examined:
        few, n = bool(items.n[j] < least_candidates), int(items.n[j])
        rows = range(0) if options is None else range(options.of(j).start, options.of(j).stop)
        given = [] if options is None else [row for row in rows if options.option[row] != BLANK]
        n_options = n_keys = 0
        if options is not None:
            n_options = sum(bool(called(j, int(options.option[row])).strip("*")) for row in given)
            n_keys = sum(bool(options.is_key[row]) for row in given)

        hard = max(TOO_HARD, 1 / n_options) if n_options > 1 and n_keys == 1 else TOO_HARD
        facility, r = float(items.facility[j]), float(items.item_rest[j])
        ends = ConfidenceInterval(float(items.facility_low[j]), float(items.facility_high[j]))
        low, high = ends if few else (facility, facility)
        if high < hard:
            add("too-hard", j, flag_words.too_hard(*beyond(facility, hard), ends, n))
        elif low > TOO_EASY:
            add("too-easy", j, flag_words.too_easy(*beyond(facility, TOO_EASY), ends, n))
        ends = ConfidenceInterval(float(items.item_rest_low[j]), float(items.item_rest_high[j]))
        if ends.high < 0:  # not of NaN
            add("negative-discrimination", j, flag_words.negative(r, ends, n))
        elif ends.high < LOW_DISCRIMINATION:
            add("low-discrimination", j, flag_words.low(r, LOW_DISCRIMINATION, ends, n))
        if options is None:
            continue

        answered = int(options.n[given].sum())
        # of an item that the able know, few right is no riddle
        if not float(items.item_rest_low[j]) > 0 and 0 < n_keys < n_options and answered:
            right = int(sum(options.n[row] for row in given if options.is_key[row]))
            chance = n_keys / n_options
            if wilson(right, answered)[1] < chance:
                shown = beyond(right / answered, chance, per_cent=True)
                add("under-chance", j, flag_words.under_chance(*shown, answered))
        wrong = [row for row in rows if _is_distractor(options, row, called)]
        n_wrong = int(options.n[wrong].sum())
        for row in rows:
            share, n = float(options.share[row]), int(options.administered[row])
            if options.option[row] == BLANK:
                if (wilson(share * n, n)[0] if few else share) > MANY_BLANKS:
                    shown = beyond(share, MANY_BLANKS, per_cent=True)
                    add("many-blanks", j, flag_words.many_blanks(*shown, n))
            elif row in wrong and share < DEAD and not few and len(wrong) > 1 and n_wrong:
                # whether there were wrong answers enough that it could draw
                chose, even = int(options.n[row]), n_wrong / len(wrong)
                if wilson(chose, n_wrong)[1] < IDLE / len(wrong):
                    shown, name = beyond(share, DEAD, 3, per_cent=True), called(j, int(options.option[row]))
                    seen = flag_words.idle(name, *shown, chose, n_wrong, even)
                    add("dead-distractor", j, seen, name)
        for row in (row for row in rows if row in drawn):
            n_able = int(options.able_n[row])
            chose = round(float(options.able[row]) * n_able)
            others = (int(options.n[row]) - chose, int(options.administered[row]) - n_able)
            name, r = called(j, int(options.option[row])), float(options.point_biserial_rest[row])
            seen = flag_words.attracts(name, r, (chose, n_able), others, (drawn[row], n_tests))
            add("distractor-attracts-able", j, seen, name)
    return tuple(found)


def beyond(value: float, limit: float, least: int = 2, per_cent: bool = False) -> tuple[str, str]:
    """A figure and the limit that it is beyond, with as many decimals as tell it from that, from 0 and 1."""
    others = [one for one in (limit, 0.0, 1.0) if one != value]
    digits = next(
        (d for d in range(least, 6) if all(f"{value:.{d}f}" != f"{one:.{d}f}" for one in others)), 6
    )
    if per_cent:
        return f"{value:.{digits - 2}%}", f"{limit:.{max(digits - 2, 0)}%}"
    return f"{value:.{digits}f}", f"{limit:.{digits}f}"


def _is_distractor(options: OptionStatistics, row: int, called: Names) -> bool:
    """Whether it is a wrong option of the item: neither a blank nor marks that are none of its options."""
    option = int(options.option[row])
    named = option != BLANK and called(int(options.item[row]), option).strip("*")
    return bool(named) and not options.is_key[row]


def _drawing_the_able(
    options: OptionStatistics, examined: Sequence[int], called: Names
) -> tuple[dict[int, float], int]:
    """Rows of distractors that go with high scores, beyond chance over all that were tested (Holm), each with
    its p; and how many were tested.

    The correlation r with the rest is compared with what it is among permutations, a normal one of variance
    1/(n − 1) (Pitman 1937), one-sided.
    """
    rows = np.array(
        [
            row
            for j in examined
            for row in range(options.of(j).start, options.of(j).stop)
            if options.rest_df[row]
            and LEAST_CHOOSERS <= options.n[row] <= options.administered[row] - LEAST_CHOOSERS
            and _is_distractor(options, row, called)
        ],
        dtype=np.int64,
    )
    p = normal_upper(options.point_biserial_rest[rows] * np.sqrt(options.rest_df[rows]))
    fallen = adjusted(p, "holm") <= BY_CHANCE
    return dict(zip(rows[fallen].tolist(), p[fallen].tolist(), strict=True)), len(rows)
