"""Clashes on small random tasks against a search that tries every form."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from examgen.assembly.infeasible import clashes, repairs
from examgen.assembly.infeasible.counting import counting, different_items
from examgen.assembly.infeasible.parts import FORMS, OVERLAP, TaskPart, all_parts, only
from examgen.assembly.infeasible.relaxation import kinds, refuted
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


def repairs_of(task: Task, clash: clashes.Clash) -> tuple[repairs.Repair, ...]:
    """Repairs that the plain model takes, items like those of the task written for them."""
    like = [kind._replace(items=(), groups=()) for kind in kinds(task)]
    return repairs.cheapest(
        task, clash, like, lambda one: refuted(repairs.repaired(task, one), "each") is False
    )


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
def test_a_clash_is_found_where_no_forms_exist_and_only_there(task: Task) -> None:
    assert (clashes.find(task) is None) == possible(task)


@settings(max_examples=examples(80), deadline=None)
@given(tasks())
def test_every_reason_and_every_cause_is_a_proof_by_itself_and_none_has_a_part_too_many(task: Task) -> None:
    for reason in counting(task):
        assert not possible(only(task, reason.parts)), reason
    clash = clashes.find(task)
    for cause in clash.causes if clash else ():
        assert not possible(only(task, cause.parts))
        for part in cause.parts:
            fewer = only(task, [other for other in cause.parts if other != part])
            assert cause.smallest == possible(fewer) or not cause.smallest


@settings(max_examples=examples(60), deadline=None)
@given(tasks())
def test_every_repair_of_a_random_task_gives_forms(task: Task) -> None:
    clash = clashes.find(task)
    if clash is None:
        return
    for repair in repairs_of(task, clash):
        mended = repairs.repaired(task, repair)
        assert refuted(mended, "each") is False
        if not repair.written:
            assert possible(mended), repair


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


def test_two_clashes_are_both_found_and_mended_together() -> None:
    rows = (
        length(4),
        row("A", (0, 1), 3, 3),
        row("B", (2, 3, 4), 2, 2),
        row("C", (2, 3), 0, 0),
    )
    task = Task(N_ITEMS, 1, rows, (), 0, 0)
    clash = clashes.find(task)
    assert clash is not None
    assert {frozenset(cause.parts) for cause in clash.causes} == {
        frozenset({TaskPart("row", 1)}),
        frozenset({TaskPart("row", 2), TaskPart("row", 3)}),
    }
    first = repairs_of(task, clash)[0]
    assert len(first.relaxed) + len(first.written) == 2


def test_a_goal_that_items_cannot_reach_is_named_with_the_quota_that_stands_in_the_way() -> None:
    values = np.array([[0.2]] * 3 + [[0.5]] * 4)
    goal = Goal("absolute", (0.0,), values, (2.0,), 0.05)
    task = Task(N_ITEMS, 1, (length(4), row("weak", (0, 1, 2), 2, 3)), (), 0, 0, goal=goal)
    clash = clashes.find(task)
    assert clash is not None
    [cause] = clash.causes
    assert set(cause.parts) == {TaskPart("row", 0), TaskPart("row", 1), TaskPart("goal")}
    assert cause.smallest


def test_parts_of_several_forms_are_named_only_where_there_are_several() -> None:
    one = Task(N_ITEMS, 1, (length(4),), (), 0, 0)
    assert all_parts(one) == (TaskPart("row", 0),)
    assert {FORMS, OVERLAP} <= set(all_parts(one._replace(n_forms=2)))
