"""The exact assembler against brute force; the same forms in every process."""

from __future__ import annotations

from math import inf

import numpy as np
import pytest
from hypothesis import event, given, settings

from examgen.assembly.search import exact
from examgen.assembly.search.recount import recount
from examgen.assembly.task import Anchor, Goal, Infeasible, ItemGroup, SearchEnded, Solution, Task
from tests.assembly import brute
from tests.assembly.small_tasks import row, tasks
from tests.effort import examples, some


def solved(task: Task, seed: int = 1, gap: float = 0.0) -> Solution | None:
    try:
        return exact.solve(task, seed, gap=gap)
    except Infeasible:
        return None


@settings(max_examples=examples(100))
@given(task=tasks(goal=False))
def test_forms_are_found_exactly_when_there_are_any(task: Task) -> None:
    found, best = solved(task), brute.best(task)
    event("forms" if best else "none")
    assert (found is None) == (best is None)
    if found is not None:
        assert recount(task, found) == []
        assert brute_accepts(task, found)


@settings(max_examples=examples(100))
@given(task=tasks(goal=True))
def test_the_goal_is_reached_as_well_as_can_be(task: Task) -> None:
    found, best = solved(task), brute.best(task)
    event("forms" if best else "none")
    assert (found is None) == (best is None)
    if found is None or best is None:
        return
    assert task.goal is not None
    assert recount(task, found) == []
    assert brute_accepts(task, found)
    assert found.objective is not None
    assert best.objective is not None
    assert found.bound is not None
    scale = max(1.0, best.objective)
    assert found.objective == pytest.approx(best.objective, abs=3e-5 * scale)
    over = found.bound - best.objective
    assert (over if task.goal.kind == "relative" else -over) > -1e-5 * scale


def test_forms_that_the_presolve_of_highs_denies_are_found() -> None:
    task = Task(
        n_items=7,
        n_forms=1,
        rows=(row("length", range(7), 2, 2), row("count", (0,), 0, 1), row("count", (0, 1, 2, 4), 1, 2)),
        groups=(ItemGroup(name="group", field="group", items=(0, 1, 2, 4), least=1, greatest=1),),
        shared_least=0,
        shared_greatest=0,
        anchor=None,
        most_uses=None,
        goal=Goal(kind="relative", points=(0.0,), values=np.zeros((7, 1)), targets=(1.0,), within=0.0),
    )
    found = solved(task)
    assert found is not None
    assert brute_accepts(task, found)


def brute_accepts(task: Task, found: Solution) -> bool:
    """The forms are among those that brute force tries."""
    anchor = sum(1 << i for i in found.anchor)
    masks = {sum(1 << i for i in form) for form in found.forms}
    singles = [one for one in brute.candidates(task) if one.held in masks]
    return anchor in brute.anchors(task) and any(
        {one.held for one in forms} == masks for forms in brute.sets_of_forms(task, singles, anchor, ())
    )


# ── one by one ───────────────────────────────────────────────────────────────────────────────


def bank(n_items: int = 60, n_forms: int = 3, **changes: object) -> Task:
    """Forms of 12 from items in six criteria, two of each; some enemies, one set."""
    rows = [row("length", range(n_items), 12, 12)]
    rows += [row(f"PC{n}", range(n, n_items, 6), 2, 2) for n in range(6)]
    rows += [row("enemies", [n, n + 7], 0, 1) for n in range(0, n_items - 7, 9)]
    groups = (ItemGroup("set", "sets", (2, 3, 4, 5), 2, 3),)
    task = Task(n_items, n_forms, tuple(rows), groups)
    return task._replace(**changes)  # type: ignore[arg-type]


def quotas_alone(n_items: int, **changes: object) -> Task:
    """The same without enemies and sets."""
    task = bank(n_items, **changes)
    return task._replace(rows=task.rows[:7], groups=())


def goal(kind: str, n_items: int, targets: tuple[float, ...], within: float) -> Goal:
    values = np.random.Generator(np.random.PCG64(4)).uniform(0.05, 0.6, (n_items, len(targets))).round(5)
    return Goal(kind, tuple(map(float, range(len(targets)))), values, targets, within)  # type: ignore[arg-type]


def shared(found: Solution) -> list[int]:
    own = [set(form) - set(found.anchor) for form in found.forms]
    return [len(one & other) for n, one in enumerate(own) for other in own[:n]]


def test_no_more_is_shared_than_must_be() -> None:
    plenty, short = bank(60, shared_greatest=12), bank(30, shared_greatest=12)
    assert shared(exact.solve(plenty, 1)) == [0, 0, 0]
    # 36 places for 30 items, 2 of them in the way of each other: 6 have a second use
    assert sum(shared(exact.solve(short, 1))) == 6


def test_an_item_is_counted_between_all_pairs_of_its_forms() -> None:
    found = exact.solve(quotas_alone(18, shared_greatest=12), 1)
    assert max(sum(i in form for form in found.forms) for i in range(18)) == 2
    assert sum(shared(found)) == 18


def test_overlap_between_bounds_is_met_by_each_pair() -> None:
    found = exact.solve(bank(shared_least=3, shared_greatest=4), 1)
    assert shared(found) == [3, 3, 3]
    assert recount(bank(shared_least=3, shared_greatest=4), found) == []


def test_sharing_that_pairs_cannot_see_is_proven_too_much_at_once() -> None:
    # 93 items for 160 places: 67 second uses, where six pairs may share 66
    length = (row("length", range(93), 40, 40),)
    with pytest.raises(Infeasible):
        exact.solve(Task(93, 4, length, shared_greatest=11), 1, max_nodes=1)
    assert sum(shared(exact.solve(Task(93, 4, length, shared_greatest=12), 1))) == 67


def test_the_anchor_is_in_every_form_and_does_not_count_as_overlap_or_use() -> None:
    anchor = Anchor(4, (row("PC0 in the anchor", range(0, 60, 6), 2, 2),))
    task = bank(anchor=anchor, most_uses=1)
    found = exact.solve(task, 1)
    assert recount(task, found) == []
    assert all(set(found.anchor) <= set(form) for form in found.forms)
    assert len(found.anchor) == 4
    assert sum(i % 6 == 0 for i in found.anchor) == 2
    assert shared(found) == [0, 0, 0]


def test_anchor_of_one_form_is_a_part_of_it() -> None:
    task = bank(n_forms=1, anchor=Anchor(5))
    found = exact.solve(task, 1)
    assert recount(task, found) == []


def test_uses_are_limited_where_overlap_is_not() -> None:
    task = quotas_alone(18, shared_greatest=12, most_uses=2)
    assert recount(task, exact.solve(task, 1)) == []
    with pytest.raises(Infeasible):
        exact.solve(task._replace(most_uses=1), 1)


def test_bounds_that_cross_and_empty_rows_are_proofs() -> None:
    for bad in (row("crossed", range(5), 3, 2), row("empty", [], 1, inf), row("all", range(60), 61, inf)):
        with pytest.raises(Infeasible):
            exact.solve(bank(rows=(bad,)), 1)
    with pytest.raises(Infeasible):
        exact.solve(Task(0, 1, (row("length", [], 5, 5),)), 1)
    assert exact.solve(Task(0, 2, (row("length", [], 0, 5),)), 1).forms == ((), ())


@pytest.mark.parametrize("kind", ["relative", "absolute"])
def test_curves_are_near_the_bound_and_near_each_other(kind: str) -> None:
    targets = (4.0, 4.0) if kind == "absolute" else (1.0, 1.0)
    task = bank(goal=goal(kind, 60, targets, 0.1))  # as wide as forms of 12 need
    found = exact.solve(task, 1)
    assert recount(task, found) == []
    assert found.objective is not None
    assert found.bound is not None
    if kind == "relative":
        assert 0.985 * found.bound < found.objective <= found.bound
    else:
        assert found.bound <= found.objective < found.bound + 0.011


@pytest.mark.parametrize("max_nodes", some([1, 1_000], 1))
def test_quantities_of_any_size_hold_on_recount(max_nodes: int) -> None:
    chance = np.random.Generator(np.random.PCG64(7))
    length, mean = chance.uniform(20, 400, 60).round(2), chance.normal(0, 1, 60).round(5)
    task = bank()
    more = (row("words", range(60), 2350, 2450, length), row("b", range(60), -0.6, 0.6, mean))
    task = task._replace(rows=(*task.rows, *more))
    assert recount(task, exact.solve(task, 1, max_nodes)) == []


def test_a_start_is_never_made_worse() -> None:
    task = bank(goal=goal("relative", 60, (1.0, 1.0), 0.05))
    first = exact.solve(task, 1, gap=0.02)
    again = exact.solve(task, 2, gap=0.02, start=first)
    assert first.objective is not None
    assert again.objective is not None
    assert again.objective >= first.objective - 0.02 / 20 * first.objective


def test_other_seeds_give_other_forms() -> None:
    assert len({exact.solve(bank(), seed).forms for seed in range(4)}) == 4
    assert exact.solve(bank(), 3) == exact.solve(bank(), 3)


def test_a_search_that_ends_early_is_no_proof(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exact, "_WORK", 0)
    # market split (Cornuéjols and Dawande 1998): sums that hardly any set of items has
    chance = np.random.Generator(np.random.PCG64(1))
    table = chance.integers(0, 100, (4, 30))
    rows = tuple(row("half", range(30), n.sum() // 2, n.sum() // 2, n) for n in table)
    with pytest.raises(SearchEnded):
        exact.solve(Task(30, 1, rows), 1, max_nodes=1)


def test_a_model_of_millions_of_columns_is_not_begun() -> None:
    with pytest.raises(SearchEnded, match="too many"):
        exact.solve(Task(20_000, 20, (row("length", range(20_000), 100, 100),), shared_greatest=10), 1)


def test_the_solver_prints_nothing(capfd: pytest.CaptureFixture[str]) -> None:
    exact.solve(bank(), 1)
    assert capfd.readouterr() == ("", "")
