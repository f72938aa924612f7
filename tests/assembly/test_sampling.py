"""Forms for each candidate: recounted, against brute force; ceilings, overlap and its bound, same forms for a seed."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from examgen.assembly.on_the_fly.overlap_bound import average_overlap, evenest
from examgen.assembly.on_the_fly.sampled import Sampled, most_forms, recount
from examgen.assembly.on_the_fly.sampling import sample
from examgen.assembly.task import Anchor, Goal, Infeasible, ItemGroup, LinearConstraint, Task
from tests.effort import examples

INF = float("inf")
Form = tuple[int, ...]


def row(
    items: Iterable[int], least: float, greatest: float, values: Iterable[float] | None = None
) -> LinearConstraint:
    items = tuple(int(i) for i in items)
    weights = (1.0,) * len(items) if values is None else tuple(float(v) for v in values)
    return LinearConstraint("row", "row", items, weights, least, greatest, True)


@st.composite
def tasks(draw: st.DrawFn) -> Task:
    n_items = draw(st.integers(3, 7))
    every = range(n_items)
    some = st.lists(st.sampled_from(every), min_size=1, unique=True).map(sorted)
    length = draw(st.integers(1, min(4, n_items)))
    slack = draw(st.sampled_from((0, 0, 1)))
    rows = [row(every, length - slack, length)]
    for _ in range(draw(st.integers(0, 2))):
        least = draw(st.integers(0, 2))
        rows.append(row(draw(some), least, least + draw(st.integers(0, 1))))
    for _ in range(draw(st.integers(0, 2))):
        rows.append(row(sorted(draw(st.sampled_from(list(combinations(every, 2))))), -INF, 1))
    values = st.integers(0, 8).map(lambda eighths: eighths / 8)
    if draw(st.booleans()):
        difficulty = draw(st.lists(values, min_size=n_items, max_size=n_items))
        least = draw(st.integers(0, 8)) / 4
        rows.append(row(every, least, least + draw(st.sampled_from((0.25, 0.5, INF))), difficulty))
    groups = []
    if n_items > 4 and draw(st.booleans()):
        members = draw(st.lists(st.sampled_from(every), min_size=2, max_size=4, unique=True).map(sorted))
        least = draw(st.integers(1, len(members)))
        groups.append(ItemGroup("set", "sets", tuple(members), least, draw(st.integers(least, len(members)))))
    return Task(n_items, 1, tuple(rows), tuple(groups), goal=draw(st.none() | goals(n_items)))


def goals(n_items: int) -> st.SearchStrategy[Goal]:
    curve = st.lists(st.integers(1, 8), min_size=n_items * 2, max_size=n_items * 2)
    return st.builds(
        lambda kind, values, target, within: Goal(
            kind, (-1.0, 1.0), np.array(values).reshape(n_items, 2) / 8, (target / 4, target / 4), within
        ),
        st.sampled_from(("relative", "absolute")),
        curve,
        st.integers(2, 8),
        st.sampled_from((0.2, 0.5)),
    )


def meets(task: Task, form: Form) -> bool:
    """Rows, groups, and an absolute goal."""
    for r in task.rows:
        total = sum(c for i, c in zip(r.items, r.coefficients, strict=True) if i in form)
        if not r.least <= total <= r.greatest:
            return False
    for group in task.groups:
        count = len(set(form) & set(group.items))
        if count and not group.least <= count <= group.greatest:
            return False
    if task.goal is not None and task.goal.kind == "absolute":
        return all(abs(r - 1) <= task.goal.within + 1e-9 for r in reached(task.goal, form))
    return True


def reached(goal: Goal, form: Form) -> list[float]:
    return [sum(goal.values[i, k] for i in form) / t for k, t in enumerate(goal.targets)]


def can_be(forms: list[Form], n_items: int, n_candidates: int, ceiling: int) -> bool:
    """Whether so many of these forms, any one as often as wanted, keep the ceiling."""
    states = {(0,) * n_items}
    for _ in range(n_candidates):
        states = {
            after
            for uses in states
            for form in forms
            if max(after := tuple(u + (i in form) for i, u in enumerate(uses))) <= ceiling
        }
    return bool(states)


def possible(task: Task, n_candidates: int, ceiling: int) -> bool:
    every = range(task.n_items)
    forms = [f for size in range(task.n_items + 1) for f in combinations(every, size) if meets(task, f)]
    if task.goal is None or task.goal.kind == "absolute":
        return can_be(forms, task.n_items, n_candidates, ceiling)
    curves = {form: reached(task.goal, form) for form in forms}
    cap = 1 + task.goal.within
    return any(
        can_be(
            [f for f in forms if min(curves[f]) >= level and max(curves[f]) <= cap * level + 1e-9],
            task.n_items,
            n_candidates,
            ceiling,
        )
        for level in {min(curve) for curve in curves.values()}
    )


@settings(max_examples=examples(150))
@given(tasks(), st.integers(1, 5), st.sampled_from((None, 0.25, 0.5, 0.8)), st.integers(0, 3))
def test_forms_are_drawn_exactly_where_there_are_some(
    task: Task, n_candidates: int, exposure: float | None, seed: int
) -> None:
    there_are = possible(task, n_candidates, most_forms(exposure, n_candidates))
    try:
        sampled = sample(task, n_candidates, exposure, seed)
    except Infeasible:
        assert not there_are
        return
    assert there_are
    assert recount(task, sampled, exposure) == []
    level = sampled.level if sampled.level is not None else -INF
    for line in sampled.forms.tolist():
        form = tuple(i for i in line if i >= 0)
        assert meets(task, form)
        assert task.goal is None or min(reached(task.goal, form)) >= level - 1e-6
    if n_candidates > 1:
        assert sampled.least_overlap <= sampled.overlap + 1e-9


def small_bank(n_items: int = 60) -> Task:
    """12 of 60 items: four criteria, a mean, enemies, sets, a curve."""
    chance = np.random.Generator(np.random.PCG64(1))
    every = np.arange(n_items)
    rows = [row(every, 12, 12)]
    rows += [row(every[every % 4 == n], 3 - n % 2, 3 + n % 2) for n in range(4)]
    rows.append(row(every, -3.0, 3.0, chance.normal(size=n_items).round(5)))
    rows += [row((5, 6), -INF, 1), row((10, 31), -INF, 1)]
    values = chance.uniform(0.2, 1.0, (n_items, 2)).round(5)
    goal = Goal("absolute", (-1.0, 1.0), values, (7.5, 7.5), 0.05)
    return Task(n_items, 1, tuple(rows), (ItemGroup("set", "sets", (40, 44, 48, 52), 2, 3),), goal=goal)


@pytest.fixture(scope="module")
def drawn() -> Sampled:
    return sample(small_bank(), 300, 0.3, 1)


def test_many_forms_are_near_the_least_overlap_and_differ(drawn: Sampled) -> None:
    assert recount(small_bank(), drawn, 0.3) == []
    assert drawn.forms.shape == (300, 12)
    assert drawn.uses.max() <= 90
    assert drawn.least_overlap <= drawn.overlap <= 1.05 * drawn.least_overlap
    assert drawn.n_distinct == len({tuple(form) for form in drawn.forms.tolist()}) == 300


def test_the_average_overlap_is_that_of_the_pairs(drawn: Sampled) -> None:
    sets = [set(form) for form in drawn.forms.tolist()]
    shared = [len(one & other) for one, other in combinations(sets, 2)]
    assert drawn.overlap == pytest.approx(sum(shared) / len(shared), rel=1e-12)


@given(st.lists(st.lists(st.booleans(), min_size=5, max_size=5), min_size=2, max_size=8))
def test_the_formula_of_the_overlap(lines: list[list[bool]]) -> None:
    held = np.array(lines, dtype=np.int64)
    shared = [int(held[i] @ held[j]) for i, j in combinations(range(len(held)), 2)]
    assert average_overlap(held.sum(axis=0), len(held)) == pytest.approx(sum(shared) / len(shared))


def test_the_bound_holds_where_the_least_overlap_is_known() -> None:
    task = Task(6, 1, (row(range(6), 2, 2),))
    assert evenest(task, 3, 3).least_overlap == pytest.approx(0.0, abs=1e-9)
    # 12 places for 6 items: each in 2 of 6 forms, so 6 · 2 of the 30 ordered pairs
    assert evenest(task, 6, 6).least_overlap == pytest.approx(6 * 2 / 30)


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        (lambda f: f[0].__setitem__(0, f[0][1]), "in order"),
        (lambda f: f[0].__setitem__(11, 60), "outside"),
        (lambda f: f.__setitem__((slice(None), slice(None)), f[0].copy()), "at most 90"),
        (lambda f: f[0].__setitem__(slice(None), np.arange(12)), "1 forms"),
    ],
)
def test_the_recount_finds_planted_faults(drawn: Sampled, change: object, fault: str) -> None:
    forms = drawn.forms.copy()
    change(forms)  # type: ignore[operator]
    assert any(fault in found for found in recount(small_bank(), drawn._replace(forms=forms), 0.3))


def test_a_ceiling_that_cannot_be_met_is_said_to_be_so() -> None:
    with pytest.raises(Infeasible):
        sample(Task(6, 1, (row(range(6), 3, 3),)), 10, 0.4, 1)
    # the relaxation may use each of three enemies by halves, and leave out the fourth item; no form can
    pairs = [row(pair, -INF, 1) for pair in combinations(range(3), 2)]
    with pytest.raises(Infeasible):
        sample(Task(4, 1, (row(range(4), 2, 2), *pairs)), 5_000, 0.9, 1)


@pytest.mark.parametrize(("exposure", "most"), [(None, 100), (0.07, 7), (0.071, 8), (1, 100)])
def test_the_ceiling_is_a_share_rounded_up(exposure: float | None, most: int) -> None:
    assert most_forms(exposure, 100) == most


def test_an_anchor_is_refused() -> None:
    with pytest.raises(ValueError, match="anchor"):
        sample(small_bank()._replace(anchor=Anchor(2)), 5, None, 1)
