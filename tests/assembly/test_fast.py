"""The fast assembler: what it returns always recounts clean, and it says "none" only where there are none."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from hypothesis import event, given, settings

from examgen.assembly.search import aggregate as bounding
from examgen.assembly.search import fast
from examgen.assembly.search.aggregate import aggregate
from examgen.assembly.search.recount import curves, recount
from examgen.assembly.task import (
    Anchor,
    Goal,
    Infeasible,
    ItemGroup,
    LinearConstraint,
    SearchEnded,
    Solution,
    Task,
)
from tests.assembly import brute, seeded_banks
from tests.assembly.small_tasks import row, tasks
from tests.effort import examples, some


def assembled(asked: Task) -> Solution | str:
    try:
        return fast.assemble(asked, 1)
    except Infeasible:
        return "infeasible"
    except SearchEnded:
        return "ended"


@settings(max_examples=examples(150))
@given(asked=tasks())
def test_none_is_said_only_where_there_are_none_and_forms_recount_clean(asked: Task) -> None:
    found = assembled(asked)
    best = brute.best(asked)
    event(f"{found if isinstance(found, str) else 'forms'}, {'some' if best else 'none'}")
    if isinstance(found, Solution):
        assert recount(asked, found) == []
        assert best is not None
    else:
        assert found != "infeasible" or best is None


def bound_of(asked: Task) -> float:
    """What the goal can be at best, by the linear relaxation."""
    return bounding.goal_of(bounding.relaxation(aggregate(asked)))


@settings(max_examples=examples(100))
@given(asked=tasks(goal=True))
def test_no_forms_better_the_bound(asked: Task) -> None:
    best = brute.best(asked)
    if best is None or best.objective is None:
        return
    bound = bound_of(asked)
    assert asked.goal is not None
    over = bound - best.objective
    assert (over if asked.goal.kind == "relative" else -over) > -1e-6 * max(1.0, abs(best.objective))


# ── tasks that have forms, since they were made from some ────────────────────────────────────


class Planted:
    """Forms drawn by chance, and rows, groups and a goal that they keep, often with nothing to spare."""

    def __init__(self, seed: int) -> None:
        self.chance = np.random.Generator(np.random.PCG64(seed))
        draw = self.chance
        self.n_forms, self.length = int(draw.integers(1, 6)), int(draw.integers(3, 10))
        self.n_anchor = int(draw.integers(0, self.length // 2)) if draw.random() < 0.3 else 0
        self.n_items = int(self.length * self.n_forms * draw.choice([1.0, 1.1, 1.5, 3.0])) + 2
        order = draw.permutation(self.n_items)
        self.held = np.zeros((self.n_forms, self.n_items))
        self.held[:, order[: self.n_anchor]] = 1
        self.own = np.zeros_like(self.held)
        self._deal(order[self.n_anchor :], self.length - self.n_anchor)
        self.held += self.own

    def _deal(self, rest: np.typing.NDArray[np.int64], n_own: int) -> None:
        if self.chance.random() < 0.4:
            rest = rest[: max(n_own, int(len(rest) * self.chance.choice([0.3, 0.6, 1.0])))]
            for form in self.own:
                form[self.chance.choice(rest, n_own, replace=False)] = 1
        else:
            for n, form in enumerate(self.own):
                form[rest[n * n_own : (n + 1) * n_own]] = 1

    def kept(self, name: str, items: list[int], give: float, coefficients: list[float]) -> LinearConstraint:
        sums = self.held[:, items] @ np.array(coefficients)
        return row(name, items, float(sums.min()) - give, float(sums.max()) + give, coefficients)

    def task(self) -> Task:
        draw, every = self.chance, list(range(self.n_items))
        rows = [self.kept("length", every, 0, [1.0] * self.n_items)]
        for _ in range(int(draw.integers(0, 3))):
            part = draw.integers(int(draw.integers(2, 8)), size=self.n_items)
            for number in np.unique(part):
                members = np.flatnonzero(part == number).tolist()
                rows.append(self.kept("count", members, int(draw.integers(0, 2)), [1.0] * len(members)))
        values = draw.normal(size=self.n_items).round(5).tolist()
        rows.append(self.kept("quantity", every, float(draw.choice([0.2, 1.0, 3.0])), values))
        for _ in range(int(draw.integers(0, self.n_items // 5 + 1))):
            pair = draw.choice(self.n_items, 2, replace=False)
            if self.held[:, pair].sum(axis=1).max() <= 1:
                rows.append(row("enemies", pair.tolist(), 0, 1))
        shared = [int((a * b).sum()) for a, b in combinations(self.own, 2)]
        return Task(
            self.n_items,
            self.n_forms,
            tuple(rows),
            tuple(self.groups()),
            min(shared, default=0) if draw.random() < 0.5 else 0,
            max(shared, default=0) + int(draw.integers(0, 3)) * (max(shared, default=0) > 0),
            Anchor(self.n_anchor) if self.n_anchor else None,
            None if draw.random() < 0.6 else max(1, int(self.own.sum(axis=0).max())),
            self.goal(),
        )

    def groups(self) -> list[ItemGroup]:
        made, order = [], self.chance.permutation(self.n_items)
        for start in range(0, 4 * int(self.chance.integers(0, 4)), 4):
            items = sorted(order[start : start + 4].tolist())
            counts = self.held[:, items].sum(axis=1)
            used = counts[counts > 0]
            if len(items) == 4 and len(used):
                made.append(ItemGroup("set", "sets", tuple(items), int(used.min()), int(used.max())))
        return made

    def goal(self) -> Goal | None:
        kind = str(self.chance.choice(["relative", "absolute", "none"]))
        values = self.chance.uniform(0, 1, (self.n_items, 2)).round(5)
        sums = self.held @ values
        targets = sums.mean(axis=0)
        over = sums / targets
        if kind == "relative":
            within = float(over.max() / over.min() - 1)
            return Goal("relative", (0.0, 1.0), values, tuple(map(float, targets)), within * 1.001 + 0.05)
        if kind == "absolute":
            within = float(np.abs(over - 1).max())
            return Goal("absolute", (0.0, 1.0), values, tuple(map(float, targets)), within * 1.001 + 0.05)
        return None


@pytest.mark.parametrize("first", some(range(0, 40, 10), 1))
def test_forms_are_found_where_forms_were_planted(first: int) -> None:
    ended = 0
    for seed in some(range(first, first + 10), 4):
        asked = Planted(seed).task()
        found = assembled(asked)
        assert found != "infeasible"
        ended += found == "ended"
        if isinstance(found, Solution):
            assert recount(asked, found) == []
    assert ended == 0


# ── the instances of the benchmark ───────────────────────────────────────────────────────────


@pytest.mark.long("large banks; forms that were planted are found each time")
@pytest.mark.parametrize(
    "name", some(["S", "M", "M overlap 10", "M anchor 15", "M 3PL", "M copies", "tight 10"], 2)
)
def test_forms_are_near_the_bound_with_curves_alike(name: str) -> None:
    asked = seeded_banks.task(seeded_banks.INSTANCES[name])
    found = fast.assemble(asked, 1)
    assert recount(asked, found) == []
    assert asked.goal is not None
    assert found.objective is not None
    assert found.bound is not None
    assert found.bound == pytest.approx(bound_of(asked))
    assert found.objective / found.bound >= (0.98 if name == "M copies" else 0.985)
    reached = np.array(curves(asked.goal, found.forms))
    assert (reached.max(axis=0) / reached.min(axis=0)).max() <= 1.005


def test_curves_come_within_a_thousandth_of_an_absolute_target() -> None:
    asked = seeded_banks.task(seeded_banks.INSTANCES["M minimax"])
    found = fast.assemble(asked, 1)
    assert recount(asked, found) == []
    assert found.objective is not None
    assert found.objective <= 0.001
    assert found.bound == 0.0


def test_forms_without_a_goal_share_no_more_than_they_must() -> None:
    asked = Task(20, 3, (row("length", range(20), 8, 8),), shared_greatest=8)
    found = fast.assemble(asked, 1)
    assert recount(asked, found) == []
    assert sum(len(set(a) & set(b)) for a, b in combinations(found.forms, 2)) == 4


def test_a_large_task_without_forms_is_refused_with_proof() -> None:
    asked = seeded_banks.task(seeded_banks.INSTANCES["M"])
    rows = [r._replace(least=70.0) if r.name == "PC02" else r for r in asked.rows]
    with pytest.raises(Infeasible):
        fast.assemble(asked._replace(rows=tuple(rows)), 1)
