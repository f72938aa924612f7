"""Scoring rule and key of an item → what each mark earns, exactly.

The score of an item depends on the mark alone, and a mark is a byte. So a rule with a key, corrected or not,
becomes a table of 256 numbers.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from math import lcm
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import polars as pl

from examgen.core.models.scoring import CORRECTION_KINDS, ScoringRule
from examgen.core.responses.rows import BLANK
from examgen.core.text.characters import LETTERS

MARKS = 256
"""The number of different marks: a mark is a byte."""
N_LETTERS = len(LETTERS)
CREDITS = (None, *dict.fromkeys(one.credit for one in CORRECTION_KINDS.values() if one.credit))
"""The values to which `Keyed.credit` is an index: None for the key alone, or the credit that a correction
gives whatever is right.
"""
_SIZES = (N_LETTERS + 1, 1 << N_LETTERS, 1 << N_LETTERS, len(CREDITS))
"""The number of values that each field of `Keyed` can have, except the anchors."""

Ints = npt.NDArray[np.signedinteger]


class Keyed(NamedTuple):
    """What the table of an item depends on besides the rule: its number of options; the letters of the key
    and the other accepted letters as bit masks; the index in `CREDITS` of the credit given whatever is right;
    and, for a task that assessors rate, the points of each option in rising order (none for other items).
    """

    n_options: int
    key: int
    accepted: int
    credit: int
    anchors: tuple[int, ...] = ()


Scales = Sequence[tuple[int, ...]]
"""The different `anchors` of the tasks of an exam; the first is the empty one."""
NO_SCALES: Scales = ((),)


def compile_tables(
    keyed: tuple[Ints, Ints, Ints, Ints, Ints],
    points: Ints,
    rule: ScoringRule,
    scales: Scales = NO_SCALES,
) -> tuple[int, Ints, Ints]:
    """Return the tables of n questions: the units that each mark earns. `keyed` has each field of `Keyed` as
    (n,), the anchors as indices of `scales`.

    Returns three things: the unit, which is the smallest number of units in a point for which every entry is
    an integer; the different tables (T, 256), of which the first is all 0; and the index of each question's
    table (n,).
    """
    codes = np.zeros(len(points), dtype=np.int64)
    sizes, worth = (*_SIZES, len(scales)), _distinct(points)
    for field, size in zip((*keyed, np.searchsorted(worth, points)), (*sizes, len(worth)), strict=True):
        codes *= size
        codes += field
    used = _distinct(codes)
    found: list[tuple[int, tuple[Fraction, ...]]] = [(0, (Fraction(0),))]
    for code in used.tolist():
        n_options, key, accepted, credit, scale = map(int, np.unravel_index(code // len(worth), sizes))
        item = Keyed(n_options, key, accepted, credit, scales[scale])
        # every mark that cannot be read is worth the same
        found.append((int(worth[code % len(worth)]), shares(rule, item)[: (1 << n_options) + 1]))
    unit = lcm(*((share * each).denominator for each, row in found for share in set(row)))
    tables = np.zeros((len(found), MARKS), dtype=np.int64)
    for table, (each, row) in zip(tables, found, strict=True):
        units = [int(share * each * unit) for share in row]
        table[:] = units[-1]
        table[: len(units)] = units
    return unit, tables, np.searchsorted(used, codes) + 1


def _distinct(values: Ints) -> Ints:
    """Return the different values in rising order, without sorting all of them, because of millions few
    differ.
    """
    return pl.Series(values).unique().sort().to_numpy()


def shares(rule: ScoringRule, item: Keyed) -> tuple[Fraction, ...]:
    """Return the share of its points that an item earns for each mark, (256,).

    A mark with a letter that the item does not have is invalid.
    """
    invalid = _share(rule, item, 1 << item.n_options)
    readable = [_share(rule, item, mark) for mark in range(1 << item.n_options)]
    return (*readable, *[invalid] * (MARKS - len(readable)))


def _share(rule: ScoringRule, item: Keyed, mark: int) -> Fraction:
    if credit := CREDITS[item.credit]:
        return credit.blank if mark == BLANK else credit.answered
    if mark == BLANK:
        return Fraction(0)
    if item.anchors:
        # the one or the two ratings in the middle: their mean
        given = [points for n, points in enumerate(item.anchors) if mark >> n & 1]
        return Fraction(sum(given), len(given) * item.anchors[-1]) if 0 < len(given) <= 2 else Fraction(0)
    wrong = -rule.penalty(item.n_options)
    if mark >> item.n_options:
        return wrong if rule.invalid == "wrong" else Fraction(0)
    if rule.several == "any" or item.key.bit_count() == 1:
        if mark.bit_count() > 1:
            return wrong if rule.multiple == "wrong" else Fraction(0)
        return Fraction(1) if mark & (item.key | item.accepted) else wrong
    # Letters that are accepted besides the key take nothing from a candidate who marks the key.
    keys = (item.key | more for more in _subsets(item.accepted))
    if rule.several == "all":
        return Fraction(1) if mark in keys else wrong
    return max(_in_parts(rule, item.n_options, key, mark) for key in keys)


def _in_parts(rule: ScoringRule, n_options: int, key: int, mark: int) -> Fraction:
    """Return the partial credit of an item with several right answers.

    With r right and w wrong options, of which h and m are marked, it is

        max(h / r - m c, -b)

    where b is the penalty of a wrong answer (`negative` in R/exams, 0 unless the rule has one) and c, for
    each wrong mark, is 1 / w (`false`), 1 / max(w, 2) (`false2`), 1 / r (`true`), 1 (`all`) or 0 (`none`).

    With `moodle` each right option is worth 1 / r and each wrong one -1 / w, and the sum is limited to 0 … 1
    whatever the penalty. Moodle leaves the worth of each option to the author, and stores it with seven
    digits; the worth of wrong options is our choice: Moodle's default would be 0.

    References
    ----------
    Zeileis, A., Umlauf, N., & Leisch, F. (2014). Flexible generation of e-learning exams in R: Moodle
    quizzes, OLAT assessments, and beyond. Journal of Statistical Software, 58(1), 1-36; formulas as in
    exams 2.4-2, `exams_eval`, `pointvec` and `pointsum`.
    Moodle, question/type/multichoice/question.php, `qtype_multichoice_multi_question::grade_response`.
    """
    n_right = key.bit_count()
    n_wrong = n_options - n_right
    cost = {
        "false": Fraction(1, max(n_wrong, 1)),
        "false2": Fraction(1, max(n_wrong, 2)),
        "true": Fraction(1, n_right),
        "all": Fraction(1),
        "none": Fraction(0),
        "moodle": Fraction(1, max(n_wrong, 1)),
    }[rule.partial]
    least = Fraction(0) if rule.partial == "moodle" else -rule.penalty(n_options)
    return max(Fraction((mark & key).bit_count(), n_right) - (mark & ~key).bit_count() * cost, least)


def _subsets(letters: int) -> Iterator[int]:
    """Every subset of the letters, the empty one and the whole included."""
    some = letters
    while some:
        yield some
        some = (some - 1) & letters
    yield 0
