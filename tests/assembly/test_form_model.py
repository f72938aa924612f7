"""The exact model with elastic rows: what the model of all forms together does not see."""

from __future__ import annotations

from itertools import combinations

from examgen.assembly.infeasible.model import ItemKind, Move, least_change, least_change_of_forms, refuted
from examgen.assembly.task import Anchor, LinearConstraint, Task

INF = float("inf")
SHORTER, WRITTEN = Move("down", 0), Move("write", 0)


def at_most_one(items: tuple[int, ...]) -> LinearConstraint:
    return LinearConstraint("enemies", "enemies", items, (1.0,) * len(items), -INF, 1, False)


def of_enemies() -> Task:
    """Two forms of two from four items that are not shared, three of them enemies."""
    length = LinearConstraint("length", "items", (0, 1, 2, 3), (1.0,) * 4, 2, 2, True)
    return Task(4, 2, (length, *map(at_most_one, combinations(range(3), 2))))


def test_three_enemies_do_not_fit_into_two_forms() -> None:
    new = ItemKind(rows=((0, 1.0),))
    assert least_change(of_enemies(), {SHORTER: 2.0, WRITTEN: 1.0}, [new], integer=True) == {}
    assert least_change_of_forms(of_enemies(), {SHORTER: 2.0}) == {SHORTER: 1.0}
    assert least_change_of_forms(of_enemies(), {SHORTER: 2.0, WRITTEN: 1.0}, [new]) == {WRITTEN: 1.0}
    assert least_change_of_forms(of_enemies(), {SHORTER: 0.5, WRITTEN: 1.0}, [new]) == {SHORTER: 1.0}
    assert least_change_of_forms(of_enemies(), {}) is None


def test_an_item_that_is_written_may_be_of_the_anchor() -> None:
    """Three in each form, one of them the anchor of both: five items, of which four are there."""
    task = of_enemies()._replace(anchor=Anchor(1), rows=of_enemies().rows[:1])
    task = task._replace(rows=(task.rows[0]._replace(least=3, greatest=3),))
    assert least_change_of_forms(task, {WRITTEN: 1.0}, [ItemKind(rows=((0, 1.0),))]) == {WRITTEN: 1.0}


def test_a_task_without_items_is_refuted_and_items_can_be_written_for_it() -> None:
    task = Task(0, 2, (LinearConstraint("length", "items", (), (), 2, 2, True),))
    assert refuted(task)
    assert least_change(task, {WRITTEN: 1.0}, [ItemKind(rows=((0, 1.0),))]) == {WRITTEN: 4.0}
