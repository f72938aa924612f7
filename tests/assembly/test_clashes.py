"""Clashes on small random tasks against a search that tries every form."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from examgen.assembly.infeasible import causes
from examgen.assembly.infeasible.causes import FORMS, MOST_SHARED, TaskPart, all_parts, different_items, only
from examgen.assembly.search.solver import solve
from examgen.assembly.task import Goal, ItemGroup, LinearConstraint, Task
from tests.assembly import brute
from tests.effort import examples

N_ITEMS = 7
INF = float("inf")


def row(
    name: str, items: tuple[int, ...], least: float, greatest: float, elastic: bool = True
) -> LinearConstraint:
    ones = (1.0,) * len(items)
    return LinearConstraint(
        name, f"criteria.{name}", items, ones, least, greatest, elastic, ("criteria", name)
    )


def length(n: int, n_items: int = N_ITEMS) -> LinearConstraint:
    return row("length", tuple(range(n_items)), n, n, False)._replace(field="items")


def possible(task: Task) -> bool:
    """Whether there are forms, by trying all."""
    return brute.best(task) is not None


@st.composite
def tasks(draw: st.DrawFn) -> Task:
    rows = [length(draw(st.integers(2, 4)))]
    for n in range(draw(st.integers(1, 4))):
        items = tuple(sorted(draw(st.sets(st.integers(0, N_ITEMS - 1), min_size=1, max_size=5))))
        least = draw(st.integers(0, 3))
        rows.append(row(f"R{n}", items, least, least + draw(st.integers(0, 3))))
    if draw(st.booleans()):
        values = tuple(round(0.1 * draw(st.integers(1, 9)), 1) for _ in range(N_ITEMS))
        low = round(0.25 * draw(st.integers(0, 9)), 2)
        rows.append(
            LinearConstraint(
                "mean", "quantities.facility.sum", tuple(range(N_ITEMS)), values, low, low + 0.5, True
            )
        )
    groups = []
    if draw(st.booleans()):
        first = draw(st.integers(0, 4))
        groups.append(ItemGroup("set", "shared_stimulus", (first, first + 1, first + 2), 2, 3))
    if draw(st.booleans()):
        rows.append(row("enemies", (draw(st.integers(0, 2)), 5), 0, 1, False))
    n_forms = draw(st.integers(1, 3))
    shared = draw(st.integers(0, 4))
    uses = draw(st.sampled_from([None, None, 1, 2]))
    return Task(
        N_ITEMS, n_forms, tuple(rows), tuple(groups), draw(st.integers(0, shared)), shared, None, uses
    )


@settings(max_examples=examples(150), deadline=None)
@given(tasks())
def test_causes_are_found_where_no_forms_exist_and_only_there_and_each_is_a_proof(task: Task) -> None:
    found = causes.find(task, solve)
    assert bool(found) != possible(task)
    for cause in found:
        assert not possible(only(task, cause.parts)), cause
        fewer = [[other for other in cause.parts if other != part] for part in cause.parts]
        assert cause.smallest == all(possible(only(task, some)) for some in fewer)


@pytest.mark.parametrize(
    ("least", "n_forms", "shared", "uses", "needed"),
    [
        (5, 1, 0, None, 5),
        (5, 2, 0, None, 10),
        (5, 2, 2, None, 8),
        (3, 3, 1, None, 6),  # AB AC BC: each pair shares one
        (9, 4, 2, None, 24),
        (4, 3, 4, 2, 6),
        (4, 3, 4, 1, 12),
    ],
)
def test_how_many_different_items_forms_need(
    least: int, n_forms: int, shared: int, uses: int | None, needed: int
) -> None:
    task = Task(50, n_forms, (length(9, 50),), (), 0, shared, None, uses)
    assert different_items(least, task) == needed


def test_two_clashes_are_both_found() -> None:
    rows = (length(4), row("A", (0, 1), 3, 3), row("B", (2, 3, 4), 2, 2), row("C", (2, 3), 0, 0))
    found = causes.find(Task(N_ITEMS, 1, rows, (), 0, 0), solve)
    assert {frozenset(cause.parts) for cause in found} == {
        frozenset({TaskPart("row", 1)}),
        frozenset({TaskPart("row", 2), TaskPart("row", 3)}),
    }


def test_a_goal_that_items_cannot_reach_is_named_with_the_quota_that_stands_in_the_way() -> None:
    values = np.array([[0.2]] * 3 + [[0.5]] * 4)
    goal = Goal("absolute", (0.0,), values, (2.0,), 0.05)
    task = Task(N_ITEMS, 1, (length(4), row("weak", (0, 1, 2), 2, 3)), (), 0, 0, goal=goal)
    [cause] = causes.find(task, solve)
    assert set(cause.parts) == {TaskPart("row", 0), TaskPart("row", 1), TaskPart("goal")}
    assert cause.smallest


def test_parts_of_several_forms_are_named_only_where_there_are_several() -> None:
    one = Task(N_ITEMS, 1, (length(4),), (), 0, 0)
    assert all_parts(one) == [TaskPart("row", 0)]
    assert {FORMS, MOST_SHARED} <= set(all_parts(one._replace(n_forms=2)))
