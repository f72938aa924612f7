"""A task → the plain reasons why there are no forms, found by counting before any solving.

Every reason is a proof by itself, from the parts that it names and no others.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from math import comb, inf
from typing import Literal, NamedTuple

import numpy as np

from examgen.assembly.infeasible.parts import (
    ANCHOR,
    FORMS,
    GOAL,
    OVERLAP,
    SHARED,
    USES,
    TaskPart,
    binds,
    counts_items,
    is_length,
    length_row,
    limits_sharing,
    longest,
)
from examgen.assembly.supply import fewest_items, fewest_pairs
from examgen.assembly.task import Floats, LinearConstraint, Task

ReasonKind = Literal[
    "shortage",
    "parts-over-whole",
    "parts-under-whole",
    "no-such-count",
    "out-of-reach",
    "curve-out-of-reach",
    "sharing-over-length",
    "sharing-over-uses",
    "anchor-over-length",
]


class CountingReason(NamedTuple):
    """Why there are no forms: what is asked, and what there is or can be.

    shortage: the row needs `asked` different items and has `there`.
    parts-over-whole: the least of the parts add up to `asked`, the whole (named first) may be `there`.
    parts-under-whole: the whole (named first) asks `asked`, its parts come to `there` at most.
    no-such-count: the groups make `there` the nearest count below what is asked, `above` the nearest over it.
    out-of-reach: the row asks `asked`; the best items that a form may have come to `there`. The same
    for the curve of the goal at point `point`.
    sharing-…, anchor-…: `asked` items are to be shared, or in the anchor, and `there` may be.
    """

    kind: ReasonKind
    parts: tuple[TaskPart, ...]
    """The first is what a coordinator looks at first."""
    asked: float
    there: float
    above: float = inf
    point: int = 0


class _Named(NamedTuple):
    part: TaskPart
    row: LinearConstraint
    members: frozenset[int]


class _Cap(NamedTuple):
    """At most `most` uses of these items in all forms together, by these parts."""

    parts: tuple[TaskPart, ...]
    members: frozenset[int]
    most: float


def counting(task: Task) -> tuple[CountingReason, ...]:
    """All plain reasons, in the order of the task."""
    # the parts that make several forms need more items than one does
    together: tuple[TaskPart, ...] = ()
    if task.n_forms > 1:
        few_uses = task.most_uses is not None and task.most_uses < task.n_forms
        asked = ((FORMS, True), (OVERLAP, limits_sharing(task)), (USES, few_uses), (ANCHOR, task.anchor))
        together = tuple(part for part, is_asked in asked if is_asked)
    reasons = [*_sharing(task), *_of_rows(task, _named("row", task.rows), together)]
    if task.anchor is not None:
        # The anchor is one set of items, the same in all forms.
        alone = task._replace(n_forms=1, shared_least=0, anchor=None, goal=None)
        every, size = tuple(range(task.n_items)), task.anchor.size
        whole = LinearConstraint(
            "items of the anchor", "items", every, (1.0,) * len(every), size, size, False
        )
        rows = [*_named("anchor-row", task.anchor.rows), _Named(ANCHOR, whole, frozenset(every))]
        reasons += _of_rows(alone, rows, ())
    return (*reasons, *_reach(task))


def _named(kind: Literal["row", "anchor-row"], rows: Sequence[LinearConstraint]) -> list[_Named]:
    return [
        _Named(TaskPart(kind, n), row, frozenset(row.items))
        for n, row in enumerate(rows)
        if counts_items(row) and binds(row)
    ]


# ── how many different items ─────────────────────────────────────────────────────────────────


def different_items(least: int, task: Task) -> int:
    """The fewest different items that give each form of the task `least`."""
    anchored = task.anchor.size if task.anchor else 0
    return fewest_items(least, task.n_forms, task.shared_greatest, anchored, task.most_uses)


def last(possible: Callable[[int], bool], low: int, high: int) -> int:
    """The greatest number that is possible: `low` is, and what is possible is so for all below it."""
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if possible(middle) else (low, middle - 1)
    return low


def greatest_count(items: int, task: Task) -> int:
    """The greatest count that so many different items give to every form."""
    return last(lambda count: different_items(count, task) <= items, 0, items)


def most_uses(items: int, task: Task) -> int:
    """The most uses of so many items in all forms together, sharing all that forms may share.

    What the anchor may hold of them counts in every form.
    """
    if task.anchor is not None or task.n_forms == 1:
        return items * task.n_forms
    share = min(task.shared_greatest, items)
    most = 1 if share == 0 else min(task.most_uses or task.n_forms, task.n_forms)
    pairs = comb(task.n_forms, 2) * share
    return last(lambda uses: fewest_pairs(uses, items) <= pairs, 0, items * most)


# ── rows: too few items, parts and wholes, groups ────────────────────────────────────────────


def _of_rows(task: Task, rows: Sequence[_Named], together: tuple[TaskPart, ...]) -> Iterator[CountingReason]:
    short: set[TaskPart] = set()
    for part, row, members in rows:
        if row.least > 0 and (needed := different_items(int(row.least), task)) > len(members):
            several = () if row.least > len(members) else together
            yield CountingReason("shortage", (part, *several), needed, len(members))
            short.add(part)
    # Disjoint rows whose least counts add up to more than what holds them all may be.
    for whole in rows:
        if not (is_length(whole.row) or whole.row.elastic):
            continue
        inside = [
            one
            for one in rows
            if one.row.least > 0
            and one.part != whole.part
            and one.members <= whole.members
            and (whole.row.greatest < len(whole.members) or of_one_criterion(whole.row, one.row))
        ]
        families: dict[str, list[_Named]] = {}
        for one in inside:
            families.setdefault(one.row.field.partition(".")[0], []).append(one)
        for family in (*families.values(), inside):
            chosen = _most_asked(family)
            asked = sum(one.row.least for one in chosen)
            if asked > whole.row.greatest:
                parts = (whole.part, *(one.part for one in chosen))
                yield CountingReason("parts-over-whole", parts, asked, whole.row.greatest)
                break
    # Rows that cover a whole, and whose greatest counts add up to less than it asks.
    caps: list[_Cap] = []
    for part, row, members in rows:
        by_quota = row.greatest * task.n_forms
        if row.greatest < len(members):
            caps.append(_Cap((part,), members, by_quota))
        most = most_uses(len(members), task)
        if most < min(by_quota, len(members) * task.n_forms) and row.elastic:
            caps.append(_Cap(together, members, most))
    enough = [one for one in rows if one.part not in short]
    quotas = {part for part, row, _ in rows if row.elastic}
    for part, row, members in rows:
        if row.least <= 0:
            continue
        held = [cap for cap in caps if cap.parts[0] != part and cap.members <= members]
        # first the quotas alone: where they contradict each other, nothing that the bank has would help
        alone = [cap for cap in held if quotas.issuperset(cap.parts)]
        for some in (alone,) if part in short else (alone, held):
            tight = _least_allowed(some, task)
            rest = len(members) - sum(len(cap.members) for cap in tight)
            of_rest = most_uses(rest, task)
            there = sum(cap.most for cap in tight) + of_rest
            is_whole = part not in short or not rest  # of what is short, the rest says nothing new
            if tight and is_whole and there < row.least * task.n_forms:
                more = together if of_rest < rest * task.n_forms else ()
                named = dict.fromkeys((part, *(p for cap in tight for p in cap.parts), *more))
                yield CountingReason("parts-under-whole", tuple(named), row.least, there // task.n_forms)
                break
    # Rows of a form of which groups allow fewer, or more, but nothing between least and greatest.
    for part, row, members in enough if all(one.part.kind == "row" for one in enough) else ():
        groups = [n for n, group in enumerate(task.groups) if members & set(group.items)]
        counts = _reachable(task, members, groups) if groups else []
        if groups and not any(row.least <= n <= row.greatest for n in counts):
            below = max((n for n in counts if n < row.least), default=-inf)
            above = min((n for n in counts if n > row.greatest), default=inf)
            yield CountingReason(
                "no-such-count", (part, *(TaskPart("group", n) for n in groups)), row.least, below, above
            )


def of_one_criterion(*rows: LinearConstraint) -> bool:
    """Whether the rows count the items of the same criterion, by a quota or because it decides on passing."""
    fields = {row.field.partition(".")[0] for row in rows}
    return fields <= {"criteria", "pass"} and len({row.subject for row in rows}) == 1


def _most_asked(rows: Sequence[_Named]) -> list[_Named]:
    """Rows that share no item, chosen so that their least counts add up to much."""
    chosen: list[_Named] = []
    for row in sorted(rows, key=lambda one: (len(one.members), one.part)):
        met = [one for one in chosen if one.members & row.members]
        if row.row.least > sum(one.row.least for one in met):
            chosen = [one for one in chosen if one not in met] + [row]
    return sorted(chosen, key=lambda one: one.part)


def _least_allowed(caps: Sequence[_Cap], task: Task) -> list[_Cap]:
    """Caps that share no item, chosen so that they allow little."""
    chosen: list[_Cap] = []
    for cap in sorted(caps, key=lambda one: (len(one.members), one.most, one.parts)):
        met = [one for one in chosen if one.members & cap.members]
        inside = [one for one in met if one.members <= cap.members]
        free = len(cap.members) - sum(len(one.members) for one in inside)
        allowed = sum(one.most for one in inside) + free * task.n_forms
        if len(met) == len(inside) and cap.most < allowed:
            chosen = [one for one in chosen if one not in met] + [cap]
    return chosen


def _reachable(task: Task, members: frozenset[int], groups: Sequence[int]) -> list[int]:
    """Counts that a form may have of these items, by the groups alone: bits of a number, one for each."""
    held = [item for n in groups for item in task.groups[n].items]
    twice = {item for item in held if held.count(item) > 1}
    counts = (1 << (len(members - set(held)) + 1)) - 1
    for n in groups:
        group = task.groups[n]
        items = set(group.items)
        inside, outside = len(items & members), len(items - members)
        steps = range(max(0, group.least - outside), min(group.greatest, inside) + 1)
        found = counts
        for step in range(1, inside + 1) if items & twice else steps:
            found |= counts << step
        counts = found
    return [n for n in range(counts.bit_length()) if counts >> n & 1]


# ── what the best items come to ──────────────────────────────────────────────────────────────


def _reach(task: Task) -> Iterator[CountingReason]:
    """Quantities and curves that not even the best items give."""
    length = length_row(task)
    if length is None or length.greatest == inf:
        return
    whole, inside = TaskPart("row", task.rows.index(length)), list(length.items)
    asked: list[tuple[ReasonKind, TaskPart, Floats, float, float, int]] = []
    for number, row in enumerate(task.rows):
        if not counts_items(row) and set(row.items) <= set(inside):
            dense = np.zeros(task.n_items)
            dense[list(row.items)] = row.coefficients
            asked.append(("out-of-reach", TaskPart("row", number), dense, row.least, row.greatest, 0))
    if task.goal is not None and task.goal.kind == "absolute":
        for k, target in enumerate(task.goal.targets):
            low, high = target * (1 - task.goal.within), target * (1 + task.goal.within)
            asked.append(("curve-out-of-reach", GOAL, task.goal.values[:, k], low, high, k))
    several = task.n_forms > 1 and task.shared_greatest == 0 and task.anchor is None
    for kind, part, values, least, greatest, point in asked:
        ordered = np.sort(values[inside])
        for n_forms in (1, task.n_forms) if several else (1,):
            named = (part, whole) if n_forms == 1 else (part, whole, FORMS, OVERLAP)
            # Sums of the first values for each length of a form; means over forms that share none.
            shortest = max(int(length.least), 0)
            most = min(int(length.greatest), len(inside) // n_forms)
            highest, lowest = (
                (np.concatenate([[0.0], np.cumsum(first)])[::n_forms] / n_forms)[shortest : most + 1]
                for first in (ordered[::-1], ordered)
            )
            if highest.size and highest.max() < least - 1e-6:
                yield CountingReason(kind, named, least, float(highest.max()), point=point)
                break
            if lowest.size and lowest.min() > greatest + 1e-6:
                yield CountingReason(kind, named, greatest, float(lowest.min()), point=point)
                break


# ── what forms share ─────────────────────────────────────────────────────────────────────────


def _sharing(task: Task) -> Iterator[CountingReason]:
    """Shared items and anchors that no form of this length can have."""
    length = length_row(task)
    if length is None:
        return
    whole = TaskPart("row", task.rows.index(length))
    size = task.anchor.size if task.anchor else 0
    anchored = (ANCHOR,) if task.anchor else ()
    most_items = longest(task)
    if size > most_items:
        yield CountingReason("anchor-over-length", (ANCHOR, whole), size, most_items)
    elif task.n_forms > 1 and task.shared_least > most_items - size:
        parts = (SHARED, FORMS, whole, *anchored)
        yield CountingReason("sharing-over-length", parts, task.shared_least, most_items - size)
    elif task.n_forms > 1 and task.shared_least > 0 and task.most_uses is not None:
        uses = task.n_forms * (most_items - size)
        most = min(task.most_uses, task.n_forms)
        most_pairs = uses * (most - 1) / 2 / comb(task.n_forms, 2)
        if most_pairs < task.shared_least:
            parts = (SHARED, USES, FORMS, whole, *anchored)
            yield CountingReason("sharing-over-uses", parts, task.shared_least, most_pairs)
