"""Small tasks by chance, for laws: every kind of constraint, about half of them impossible."""

from __future__ import annotations

from math import inf
from typing import Any

import numpy as np
from hypothesis import strategies as st

from examgen.assembly.task import Anchor, Goal, ItemGroup, LinearConstraint, Task

Draw = Any


def row(name: str, items: Any, least: float, greatest: float, coefficients: Any = None) -> LinearConstraint:
    """A row of ones, or of these coefficients."""
    values = (1.0,) * len(items) if coefficients is None else tuple(map(float, coefficients))
    return LinearConstraint(name, name, tuple(items), values, least, greatest, True)


@st.composite
def counts(draw: Draw, n_items: int, most: int) -> LinearConstraint:
    items = draw(items_of(n_items))
    least = draw(st.integers(0, most))
    return row("count", items, least, least + draw(st.integers(0, 3)))


@st.composite
def quantities(draw: Draw, n_items: int) -> LinearConstraint:
    items = draw(items_of(n_items))
    values = [draw(st.integers(-200, 300)) / 100 for _ in items]
    middle = draw(st.integers(-200, 600)) / 100
    give = draw(st.integers(0, 200)) / 100
    least, greatest = draw(
        st.sampled_from([(middle - give, middle + give), (-inf, middle + give), (middle - give, inf)])
    )
    return row("quantity", items, least, greatest, values)


def items_of(n_items: int, least: int = 1) -> st.SearchStrategy[list[int]]:
    some = st.sets(st.integers(0, n_items - 1), min_size=min(least, n_items))
    return some.map(sorted)


@st.composite
def group(draw: Draw, n_items: int) -> ItemGroup:
    items = draw(items_of(n_items, 2))
    least = draw(st.integers(1, len(items)))
    return ItemGroup("group", "group", tuple(items), least, draw(st.integers(least, len(items))))


@st.composite
def anchors(draw: Draw, n_items: int, length: int) -> Anchor:
    size = draw(st.integers(0, length))
    rows = draw(st.lists(counts(n_items, min(size, 2)), max_size=1))
    return Anchor(size, tuple(rows))


@st.composite
def goals(draw: Draw, n_items: int, length: int) -> Goal:
    n_points = draw(st.integers(1, 2))
    values = [[draw(st.integers(0, 200)) / 100 for _ in range(n_points)] for _ in range(n_items)]
    table = np.array(values, dtype=np.float64).reshape(n_items, n_points)
    within = draw(st.sampled_from([0.0, 0.1, 0.3, 1.0, 3.0]))
    targets = tuple(draw(st.integers(50, 150)) / 100 * length for _ in range(n_points))
    kind = draw(st.sampled_from(["relative", "absolute"]))
    return Goal(kind, tuple(map(float, range(n_points))), table, targets, within)


@st.composite
def tasks(draw: Draw, most_items: int = 8, goal: bool | None = None) -> Task:
    """A task of at most 8 items and 3 forms; with a goal, without, or either."""
    n_items, n_forms = draw(st.integers(1, most_items)), draw(st.integers(1, 3))
    length = draw(st.integers(1, max(1, min(n_items, 5))))
    rows = [row("length", range(n_items), length, length)] if draw(st.integers(0, 9)) else []
    rows += draw(st.lists(counts(n_items, 2), max_size=2))
    rows += draw(st.lists(quantities(n_items), max_size=1))
    enemies = draw(st.lists(items_of(n_items, 2), max_size=2))
    rows += [row("enemies", pair[:2], 0, 1) for pair in enemies]
    least = draw(st.sampled_from([0, 0, 0, 1, 2]))
    with_goal = draw(st.booleans()) if goal is None else goal
    return Task(
        n_items,
        n_forms,
        tuple(rows),
        tuple(draw(st.lists(group(n_items), max_size=2))),
        least,
        least + draw(st.sampled_from([0, 1, 2, n_items])),
        draw(st.none() | anchors(n_items, length)),
        draw(st.sampled_from([None, None, 1, 2, 3])),
        draw(goals(n_items, length)) if with_goal else None,
    )
