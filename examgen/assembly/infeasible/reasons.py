"""A task → the plain reasons why there are no forms, found by counting before any solving.

Every reason is a proof by itself, from the parts that it names and no others.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
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
    Part,
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


class Reason(NamedTuple):
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
    parts: tuple[Part, ...]
    asked: float
    there: float
    above: float = inf
    point: int = 0

    @property
    def subject(self) -> Part:
        """The part that a coordinator looks at first."""
        return self.parts[0]


class _Named(NamedTuple):
    part: Part
    row: LinearConstraint
    members: frozenset[int]


def counting(task: Task) -> tuple[Reason, ...]:
    """All plain reasons, in the order of the task."""
    form = _named("row", task.rows)
    reasons = [*_sharing(task), *_of_rows(task, form, _together(task))]
    if task.anchor is not None:
        # The anchor is one set of items, the same in all forms.
        alone = task._replace(n_forms=1, shared_least=0, anchor=None, goal=None)
        whole = LinearConstraint(
            "items of the anchor", "items", tuple(range(task.n_items)), (1.0,) * task.n_items,
            task.anchor.size, task.anchor.size, False,
        )  # fmt: skip
        rows = [*_named("anchor-row", task.anchor.rows), _Named(ANCHOR, whole, frozenset(whole.items))]
        reasons += _of_rows(alone, rows, ())
    return (*reasons, *_reach(task))


def _of_rows(task: Task, rows: Sequence[_Named], together: tuple[Part, ...]) -> Iterator[Reason]:
    short: list[Reason] = []
    for part, row, members in rows:
        if row.least > 0:
            needed = different_items(int(row.least), task)
            if needed > len(members):
                alone = row.least > len(members)
                short.append(Reason("shortage", (part, *(() if alone else together)), needed, len(members)))
    yield from short
    known = {reason.subject for reason in short}
    yield from _over(rows)
    yield from _under(task, [one for one in rows if one.part not in known], rows, together)
    yield from _no_such_count(task, [one for one in rows if one.part not in known])


def _named(kind: Literal["row", "anchor-row"], rows: Sequence[LinearConstraint]) -> list[_Named]:
    return [
        _Named(Part(kind, n), row, frozenset(row.items))
        for n, row in enumerate(rows)
        if counts_items(row) and binds(row)
    ]


def _together(task: Task) -> tuple[Part, ...]:
    """The parts that make several forms need more items than one does."""
    if task.n_forms == 1:
        return ()
    parts = [FORMS]
    if limits_sharing(task):
        parts.append(OVERLAP)
    if task.most_uses is not None and task.most_uses < task.n_forms:
        parts.append(USES)
    return (*parts, *([ANCHOR] if task.anchor else []))


# ── how many different items ─────────────────────────────────────────────────────────────────


def different_items(least: int, task: Task) -> int:
    """The fewest different items that give each form of the task `least`."""
    anchored = task.anchor.size if task.anchor else 0
    return fewest_items(least, task.n_forms, task.shared_greatest, anchored, task.most_uses)


def greatest_count(items: int, task: Task) -> int:
    """The greatest count that so many different items give to every form."""
    low, high = 0, items
    while low < high:
        middle = (low + high + 1) // 2
        if different_items(middle, task) <= items:
            low = middle
        else:
            high = middle - 1
    return low


# ── parts and wholes ─────────────────────────────────────────────────────────────────────────


def _family(one: _Named) -> str:
    return one.row.field.split(".", maxsplit=1)[0]


def _over(rows: Sequence[_Named]) -> Iterator[Reason]:
    """Disjoint rows whose least counts add up to more than what holds them all may be."""
    asking = [one for one in rows if one.row.least > 0]
    for whole in rows:
        if is_length(whole.row) or whole.row.elastic:
            inside = [
                one
                for one in asking
                if one.part != whole.part
                and (
                    one.members <= whole.members
                    and (whole.row.greatest < len(whole.members) or of_one_criterion(whole.row, one.row))
                )
            ]
            names = dict.fromkeys(_family(one) for one in inside)
            for family in [
                *([one for one in inside if _family(one) == name] for name in names),
                list(inside),
            ]:
                chosen = _most_asked(family)
                asked = sum(one.row.least for one in chosen)
                if asked > whole.row.greatest:
                    parts = (whole.part, *(one.part for one in chosen))
                    yield Reason("parts-over-whole", parts, asked, whole.row.greatest)
                    break


def of_one_criterion(*rows: LinearConstraint) -> bool:
    """Whether the rows count the items of the same criterion, by a quota or because it decides on passing."""
    fields = {row.field.split(".", maxsplit=1)[0] for row in rows}
    return fields <= {"criteria", "pass"} and len({row.name.split()[0] for row in rows}) == 1


def _most_asked(rows: Sequence[_Named]) -> list[_Named]:
    """Rows that share no item, chosen so that their least counts add up to much."""
    chosen: list[_Named] = []
    for row in sorted(rows, key=lambda one: (len(one.members), one.part)):
        met = [one for one in chosen if one.members & row.members]
        if row.row.least > sum(one.row.least for one in met):
            chosen = [one for one in chosen if one not in met] + [row]
    return sorted(chosen, key=lambda one: one.part)


class _Cap(NamedTuple):
    """At most `most` uses of these items in all forms together, by these parts."""

    parts: tuple[Part, ...]
    members: frozenset[int]
    most: float


def _under(
    task: Task, wholes: Sequence[_Named], rows: Sequence[_Named], together: tuple[Part, ...]
) -> Iterator[Reason]:
    """Rows that cover a whole, and whose greatest counts add up to less than it asks."""
    caps = [cap for one in rows for cap in _caps(task, one, together)]
    for whole in wholes:
        if whole.row.least > 0:
            inside = [c for c in caps if c.parts[0] != whole.part and c.members <= whole.members]
            chosen = _least_allowed(inside, task)
            rest = len(whole.members) - sum(len(cap.members) for cap in chosen)
            most = sum(cap.most for cap in chosen) + most_uses(rest, task)
            if chosen and most < whole.row.least * task.n_forms:
                parts = dict.fromkeys(part for cap in chosen for part in cap.parts)
                more = together if most_uses(rest, task) < rest * task.n_forms else ()
                named = tuple(dict.fromkeys((whole.part, *parts, *more)))
                yield Reason("parts-under-whole", named, whole.row.least, most // task.n_forms)


def _caps(task: Task, one: _Named, together: tuple[Part, ...]) -> Iterator[_Cap]:
    by_quota = one.row.greatest * task.n_forms
    if one.row.greatest < len(one.members):
        yield _Cap((one.part,), one.members, by_quota)
    most = most_uses(len(one.members), task)
    if most < min(by_quota, len(one.members) * task.n_forms) and one.row.elastic:
        yield _Cap(together, one.members, most)


def most_uses(items: int, task: Task) -> int:
    """The most uses of so many items in all forms together, sharing all that forms may share.

    What the anchor may hold of them counts in every form.
    """
    if task.anchor is not None or task.n_forms == 1:
        return items * task.n_forms
    share = min(task.shared_greatest, items)
    most = 1 if share == 0 else min(task.most_uses or task.n_forms, task.n_forms)
    low, high = 0, items * most
    while low < high:
        middle = (low + high + 1) // 2
        if fewest_pairs(middle, items) <= comb(task.n_forms, 2) * share:
            low = middle
        else:
            high = middle - 1
    return low


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


# ── groups ───────────────────────────────────────────────────────────────────────────────────


def _no_such_count(task: Task, rows: Sequence[_Named]) -> Iterator[Reason]:
    """Rows of which groups allow fewer, or more, but nothing between least and greatest."""
    for part, row, members in rows if part_of_form(rows) else ():
        groups = [n for n, group in enumerate(task.groups) if members & set(group.items)]
        if groups:
            counts = _reachable(task, members, groups)
            if not any(row.least <= n <= row.greatest for n in counts):
                below = max((n for n in counts if n < row.least), default=-inf)
                above = min((n for n in counts if n > row.greatest), default=inf)
                parts = (part, *(Part("group", n) for n in groups))
                yield Reason("no-such-count", parts, row.least, below, above)


def part_of_form(rows: Sequence[_Named]) -> bool:
    """Whether the rows are those of a form, to which groups apply."""
    return all(one.part.kind == "row" for one in rows)


def _reachable(task: Task, members: frozenset[int], groups: Sequence[int]) -> list[int]:
    """Counts that a form may have of these items, by the groups alone."""
    held = [item for n in groups for item in task.groups[n].items]
    twice = {item for item in held if held.count(item) > 1}
    counts = (1 << (len(members - set(held)) + 1)) - 1
    for n in groups:
        group = task.groups[n]
        items = set(group.items)
        inside, outside = len(items & members), len(items - members)
        if items & twice:
            steps: Iterable[int] = range(1, inside + 1)
        else:
            steps = range(max(0, group.least - outside), min(group.greatest, inside) + 1)
        found = counts
        for step in steps:
            found |= counts << step
        counts = found
    return [n for n in range(counts.bit_length()) if counts >> n & 1]


# ── what the best items come to ──────────────────────────────────────────────────────────────


def _reach(task: Task) -> Iterator[Reason]:
    """Quantities and curves that not even the best items give."""
    length = length_row(task)
    if length is None or length.greatest == inf:
        return
    whole = Part("row", task.rows.index(length))
    for number, row in enumerate(task.rows):
        if not counts_items(row) and set(row.items) <= set(length.items):
            dense = np.zeros(task.n_items)
            dense[list(row.items)] = row.coefficients
            parts = (Part("row", number), whole)
            yield from _beyond(
                task, "out-of-reach", parts, dense[list(length.items)], row.least, row.greatest
            )
    if task.goal is not None and task.goal.kind == "absolute":
        for k, target in enumerate(task.goal.targets):
            low, high = target * (1 - task.goal.within), target * (1 + task.goal.within)
            values = task.goal.values[list(length.items), k]
            for reason in _beyond(task, "curve-out-of-reach", (GOAL, whole), values, low, high):
                yield reason._replace(point=k)


def _beyond(
    task: Task, kind: ReasonKind, parts: tuple[Part, ...], values: Floats, least: float, greatest: float
) -> Iterator[Reason]:
    """What is asked and the nearest that the best items come to, where that is not enough."""
    length = task.rows[parts[1].number]
    several = task.n_forms > 1 and task.shared_greatest == 0 and task.anchor is None
    for n_forms in (1, task.n_forms) if several else (1,):
        highest = _sums(length, n_forms, -np.sort(-values))
        lowest = _sums(length, n_forms, np.sort(values))
        named = parts if n_forms == 1 else (*parts, FORMS, OVERLAP)
        if highest.size and highest.max() < least - 1e-6:
            yield Reason(kind, named, least, float(highest.max()))
            return
        if lowest.size and lowest.min() > greatest + 1e-6:
            yield Reason(kind, named, greatest, float(lowest.min()))
            return


def _sums(length: LinearConstraint, n_forms: int, values: Floats) -> Floats:
    """Sums of the first values for each length that a form may have; means over forms that share none."""
    shortest, most = max(int(length.least), 0), min(int(length.greatest), len(values) // n_forms)
    sums = np.concatenate([[0.0], np.cumsum(values)])[::n_forms] / n_forms
    return sums[shortest : most + 1]


# ── what forms share ─────────────────────────────────────────────────────────────────────────


def _sharing(task: Task) -> Iterator[Reason]:
    """Shared items and anchors that no form of this length can have."""
    length = length_row(task)
    if length is None:
        return
    whole = Part("row", task.rows.index(length))
    size = task.anchor.size if task.anchor else 0
    most_items = longest(task)
    if size > most_items:
        yield Reason("anchor-over-length", (ANCHOR, whole), size, most_items)
    elif task.n_forms > 1 and task.shared_least > most_items - size:
        parts = (SHARED, FORMS, whole, *([ANCHOR] if task.anchor else []))
        yield Reason("sharing-over-length", parts, task.shared_least, most_items - size)
    elif task.n_forms > 1 and task.shared_least > 0 and task.most_uses is not None:
        uses = task.n_forms * (most_items - size)
        most = min(task.most_uses, task.n_forms)
        most_pairs = uses * (most - 1) / 2 / comb(task.n_forms, 2)
        if most_pairs < task.shared_least:
            parts = (SHARED, USES, FORMS, whole, *([ANCHOR] if task.anchor else []))
            yield Reason("sharing-over-uses", parts, task.shared_least, most_pairs)
