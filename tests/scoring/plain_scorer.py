"""A scorer of its own: dictionaries, fractions and loops, from the rows of key.csv and what the rule says.

It shares nothing with examgen. A mark is a set of printed letters, `None` where it is not an option of the item.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from fractions import Fraction
from statistics import NormalDist
from typing import Any, NamedTuple

from scipy.stats import beta

Row = dict[str, Any]
Mark = frozenset[str] | None
ONE, NOTHING = Fraction(1), Fraction(0)
SAME_LETTER = dict(zip("กขคงจ", "ABCDE", strict=True))


class Earned(NamedTuple):
    """By criterion: points earned; the points that could be had; the items that count."""

    points: dict[str, Fraction]
    most: dict[str, int]
    n_items: dict[str, int]


def score_row(
    rows: Sequence[Row], printed: Mapping[tuple[str, int], str], rule: Row, corrections: Sequence[Row],
    form: str, marks: Sequence[Mark],
) -> Earned:  # fmt: skip
    """One candidate's points; `printed` has the option ids of each question, as `c a d b`."""
    points: dict[str, Fraction] = {}
    most: dict[str, int] = {}
    n_items: dict[str, int] = {}
    for row in rows:
        if row["form"] != form:
            continue
        options = printed[form, row["question"]].split()
        mine = [one for one in corrections if _is_about(one, row, rows)]
        kinds = {one["kind"] for one in mine}
        if "drop" in kinds or row["points"] == 0:
            continue
        mark = marks[row["question"] - 1]
        if "credit_all" in kinds:
            share = ONE
        elif "credit_answered" in kinds:
            share = NOTHING if mark == frozenset() else ONE
        else:
            share = _share(rule, len(options), *_right(row, mine, printed), mark)
        pc = row["pc"]
        points[pc] = points.get(pc, NOTHING) + share * row["points"]
        most[pc] = most.get(pc, 0) + row["points"]
        n_items[pc] = n_items.get(pc, 0) + 1
    return Earned(points, most, n_items)


def _is_about(one: Row, row: Row, rows: Sequence[Row]) -> bool:
    if "item" in one:
        return bool(one["item"] == row["item"])
    if one.get("everywhere"):
        [item] = {
            other["item"]
            for other in rows
            if (other["form"], other["question"]) == (one["form"], one["question"])
        }
        return bool(item == row["item"])
    return (one["form"], one["question"]) == (row["form"], row["question"])


def _right(
    row: Row, corrections: Sequence[Row], printed: Mapping[tuple[str, int], str]
) -> tuple[set[str], set[str]]:
    """The letters that are right, and those right too."""
    options = printed[row["form"], row["question"]].split()
    right, too = set(row["key"].split("|")), set()
    for one in corrections:
        named = one.get("key", ())
        if "item" not in one:
            letters = {SAME_LETTER.get(letter, letter) for letter in named}
            there = printed[one["form"], one["question"]].split()
            named = [there["ABCDE".index(letter)] for letter in letters]
        letters = {"ABCDE"[options.index(option)] for option in named}
        if one["kind"] == "rekey":
            right = letters
        else:
            too |= letters
    return right, too


def _share(rule: Row, n_options: int, right: set[str], too: set[str], mark: Mark) -> Fraction:
    if mark == frozenset():
        return NOTHING
    wrong = rule["wrong"]
    cost = Fraction(1, n_options - 1) if wrong == "by_options" else wrong
    if mark is None:
        return -cost if rule["invalid"] == "wrong" else NOTHING
    if rule["several"] == "any" or len(right) == 1:
        if len(mark) != 1:
            return -cost if rule["multiple"] == "wrong" else NOTHING
        return ONE if mark <= right | too else -cost
    keys = [right]
    for letter in sorted(too):
        keys += [key | {letter} for key in keys]
    if rule["several"] == "all":
        return ONE if set(mark) in keys else -cost
    return max(_in_parts(rule["partial"], cost, n_options, key, mark) for key in keys)


def _in_parts(
    partial: str, cost: Fraction, n_options: int, right: set[str], mark: frozenset[str]
) -> Fraction:
    """The worth of each option by itself, then the sum over those marked, cut below."""
    n_false = n_options - len(right)
    counts = {"all": 1, "true": len(right), "false": n_false, "false2": max(n_false, 2), "moodle": n_false}
    worth_of_false = NOTHING if partial == "none" or not n_false else -ONE / counts[partial]
    total = NOTHING
    for letter in "ABCDE"[:n_options]:
        if letter in mark:
            total += ONE / len(right) if letter in right else worth_of_false
    if partial == "moodle":
        return min(max(total, NOTHING), ONE)
    return total if total > -cost else -cost


# ── the judgement ────────────────────────────────────────────────────────────────────────────


def judged(points: Fraction, most: Fraction, least: Fraction, n_items: int, rule: Row, unit: str = "") -> str:
    """The status of a place that gives from `least` to `most` points, by the `judgement` of a blueprint."""
    if not n_items or not most:
        return "not_assessed"
    if n_items < rule["min_items"]:
        return "insufficient"
    percent = Fraction(str(rule.get("units", {}).get(unit, rule["percent"]))) / 100
    reached = points >= percent * most
    asked = rule.get("certainty")
    if not asked:
        return "met" if reached else "not_met"
    right = n_items * (points - least) / (most - least)
    standard = (percent * most - least) / (most - least)
    sure = _is_sure(right, n_items, standard, rule, asked, reached=reached)
    return ("met" if reached else "not_met") if sure else "undecided"


def _is_sure(right: Fraction, n: int, standard: Fraction, rule: Row, asked: Row, *, reached: bool) -> bool:
    if standard == 0:
        return True
    share = Fraction(str(asked["percent"])) / 100
    if asked.get("by", "posterior") == "posterior":
        chance = _posterior(right, n, standard, asked.get("prior") or "uniform")
        return (chance if reached else 1 - chance) >= share
    x = float(right)
    if rule["interval"] == "wilson":
        apart = abs(x - n * float(standard))
        return apart >= NormalDist().inv_cdf(float(share)) * math.sqrt(n * standard * (1 - standard)) - 1e-12
    tail = 1 - float(share)
    if reached:
        return right > 0 and beta.ppf(tail, x, n - x + 1) >= float(standard) - 1e-12
    return right < n and beta.isf(tail, x + 1, n - x) <= float(standard) + 1e-12


def _posterior(right: Fraction, n: int, standard: Fraction, prior: str) -> Fraction:
    """The probability of the standard or more; of whole numbers by integrals of polynomials."""
    if prior == "jeffreys" or right.denominator > 1:
        half = 0.5 if prior == "jeffreys" else 1.0
        return Fraction(
            float(beta.sf(float(standard), float(right) + half, float(n - right) + half))
        ) + Fraction(1, 10**12)

    def area(to: Fraction) -> Fraction:
        """∫ p^x (1 − p)^(n − x) from 0 on."""
        x = int(right)
        terms = (
            (-1) ** k * math.comb(n - x, k) * to ** (x + k + 1) / Fraction(x + k + 1)
            for k in range(n - x + 1)
        )
        return sum(terms, start=NOTHING)

    return 1 - area(standard) / area(ONE)
