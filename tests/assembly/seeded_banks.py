"""Seeded banks and what is asked of them, as assembly tasks: the instances of the benchmark.

2PL items (or 3PL) with difficulty from the normal distribution; 5 % of them in enemy pairs, 10 % in sets of
3 to 5 (none or at least 3 used), 5 % over the exposure ceiling; half the criteria with an exact quota and
half with one more or less allowed; ranges for cognitive categories and key positions; mean difficulty within
±0.1. Information at θ = −1, 0 and 1.
"""

from __future__ import annotations

from typing import Literal, NamedTuple

import numpy as np
import numpy.typing as npt

from examgen.assembly.task import Anchor, Goal, ItemGroup, LinearConstraint, Task

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

POINTS = (-1.0, 0.0, 1.0)
CATEGORIES = (("remember", 0.25), ("understand", 0.3), ("apply", 0.3), ("analyse", 0.15))
KEYS = "ABCD"
SEED = 2569


class Instance(NamedTuple):
    """What a task is made of."""

    n_forms: int
    length: int
    n_items: int
    n_criteria: int
    kind: Literal["relative", "absolute", "none"] = "relative"
    within: float = 0.02
    guessing: bool = False
    copies: int = 1
    shared: int = 0
    anchor: int = 0
    most_uses: int | None = None
    as_bank: bool = False
    """Whether the curves have the shape of the bank's: where most of it is used, no other can be had."""
    seed: int = SEED


INSTANCES = {
    "S": Instance(1, 40, 200, 10),
    "M": Instance(4, 60, 1_000, 20),
    "L": Instance(10, 100, 5_000, 40),
    "XL": Instance(20, 100, 20_000, 60),
    "tight 10": Instance(10, 60, 1_000, 20, as_bank=True),
    "tight 14": Instance(14, 60, 1_000, 20, as_bank=True),
    "M overlap 10": Instance(4, 60, 1_000, 20, shared=10),
    "M anchor 15": Instance(4, 60, 1_000, 20, anchor=15),
    "M 0.5 %": Instance(4, 60, 1_000, 20, within=0.005),
    "L 0.5 %": Instance(10, 100, 5_000, 40, within=0.005),
    "M 3PL": Instance(4, 60, 1_000, 20, guessing=True),
    "L 3PL": Instance(10, 100, 5_000, 40, guessing=True),
    "M copies": Instance(4, 60, 1_000, 20, copies=5),
    "M minimax": Instance(4, 60, 1_000, 20, kind="absolute", within=0.05),
    "L minimax": Instance(10, 100, 5_000, 40, kind="absolute", within=0.05),
    "XL minimax": Instance(20, 100, 20_000, 60, kind="absolute", within=0.05),
    "M no goal": Instance(4, 60, 1_000, 20, kind="none"),
}


def task(instance: Instance) -> Task:
    """The task of an instance, the same for the same seed."""
    chance = np.random.Generator(np.random.PCG64(instance.seed))
    originals = instance.n_items // instance.copies
    quotas = _quotas(instance)
    criterion = _criteria(chance, originals, quotas)
    category = chance.choice(len(CATEGORIES), originals, p=[share for _, share in CATEGORIES])
    key = chance.integers(len(KEYS), size=originals)
    b = np.clip(chance.normal(size=originals), -3, 3)
    values = _information(chance, b, instance.guessing)
    special = chance.permutation(originals)
    pairs, sets, exposed = _special(chance, special)
    rows = [_row("items of a form", "items", np.arange(originals), instance.length, instance.length)]
    rows += _quota_rows(criterion, quotas)
    rows += _range_rows(category, key, instance.length)
    limit = 0.1 * instance.length
    rows.append(_row("mean difficulty", "difficulty", np.arange(originals), -limit, limit, b.round(5)))
    rows.append(_row("exposure ceiling", "exposure", exposed, 0, 0))
    rows += [_row(f"enemies {i} and {j}", "enemies", np.array([i, j]), 0, 1) for i, j in pairs]
    groups = [ItemGroup(f"set {n}", "sets", tuple(map(int, s)), 3, len(s)) for n, s in enumerate(sets)]
    made = Task(originals, instance.n_forms, tuple(rows), tuple(groups), instance.shared, instance.shared)
    made = made._replace(most_uses=instance.most_uses, goal=_goal(instance, values))
    if instance.anchor:
        made = made._replace(anchor=_anchor(instance, criterion, quotas))
    return made if instance.copies == 1 else _copied(made, instance.copies)


def _quotas(instance: Instance) -> Ints:
    quotas = np.full(instance.n_criteria, instance.length // instance.n_criteria)
    quotas[: instance.length % instance.n_criteria] += 1
    return quotas


def _criteria(chance: np.random.Generator, n_items: int, quotas: Ints) -> Ints:
    """The criterion of each item: as many items as the quotas ask, in proportion."""
    edges = np.cumsum(quotas) * n_items // quotas.sum()
    return chance.permutation(np.searchsorted(edges, np.arange(n_items), side="right"))


def _information(chance: np.random.Generator, b: Floats, guessing: bool) -> Floats:
    """Item information (see van der Linden 2005, ch. 1), in the scale without 1.7; (items, points)."""
    a = np.exp(chance.normal(0, 0.25, len(b)))
    c = chance.uniform(0.1, 0.3, len(b)) if guessing else np.zeros(len(b))
    logistic = 1 / (1 + np.exp(-a[:, None] * (np.array(POINTS) - b[:, None])))
    p = c[:, None] + (1 - c[:, None]) * logistic
    values = a[:, None] ** 2 * (1 - p) / p * ((p - c[:, None]) / (1 - c[:, None])) ** 2
    return np.asarray(values.round(5), dtype=np.float64)


def _special(chance: np.random.Generator, order: Ints) -> tuple[list[tuple[int, int]], list[Ints], Ints]:
    """Enemy pairs, sets, and items over the exposure ceiling, none of them in two of these."""
    n = len(order)
    n_pairs, n_exposed = n // 40, n // 20
    pairs = [(int(i), int(j)) for i, j in order[: 2 * n_pairs].reshape(-1, 2)]
    exposed = np.sort(order[2 * n_pairs : 2 * n_pairs + n_exposed])
    sets: list[Ints] = []
    start = 2 * n_pairs + n_exposed
    while sum(map(len, sets)) < n // 10:
        size = int(chance.integers(3, 6))
        sets.append(np.sort(order[start : start + size]))
        start += size
    return pairs, sets, exposed


def _row(
    name: str, field: str, items: Ints, least: float, greatest: float, coefficients: Floats | None = None
) -> LinearConstraint:
    values = (1.0,) * len(items) if coefficients is None else tuple(map(float, coefficients))
    return LinearConstraint(name, field, tuple(map(int, items)), values, least, greatest, True)


def _quota_rows(criterion: Ints, quotas: Ints) -> list[LinearConstraint]:
    rows = []
    for number, quota in enumerate(map(int, quotas)):
        give, members = number % 2, np.flatnonzero(criterion == number)
        rows.append(_row(f"PC{number + 1:02}", "criteria", members, quota - give, quota + give))
    return rows


def _range_rows(category: Ints, key: Ints, length: int) -> list[LinearConstraint]:
    rows = []
    for number, (name, share) in enumerate(CATEGORIES):
        least, greatest = np.floor((share - 0.05) * length), np.ceil((share + 0.05) * length)
        rows.append(_row(name, "cognitive", np.flatnonzero(category == number), least, greatest))
    for number, name in enumerate(KEYS):
        least, greatest = np.ceil(0.2 * length), np.floor(0.3 * length)
        rows.append(_row(f"key {name}", "keys", np.flatnonzero(key == number), least, greatest))
    return rows


def _goal(instance: Instance, values: Floats) -> Goal | None:
    if instance.kind == "none":
        return None
    targets = (1.0,) * len(POINTS)
    if instance.as_bank:
        mean = values.mean(axis=0)
        targets = tuple(float(t) for t in (mean / mean.max()).round(3))
    if instance.kind == "absolute":
        targets = tuple(float(t) for t in (1.1 * instance.length * values.mean(axis=0)).round(3))
    return Goal(instance.kind, POINTS, values, targets, instance.within)


def _anchor(instance: Instance, criterion: Ints, quotas: Ints) -> Anchor:
    """An anchor whose items spread over the criteria: at most one in three of each quota."""
    rows = [
        _row(f"PC{n + 1:02} in the anchor", "anchor", np.flatnonzero(criterion == n), 0, max(1, int(q) // 3))
        for n, q in enumerate(quotas)
    ]
    return Anchor(instance.anchor, tuple(rows))


def _copied(made: Task, copies: int) -> Task:
    """Each item that many times over, at most one of its copies in a form."""
    n = made.n_items

    def all_of(items: tuple[int, ...]) -> tuple[int, ...]:
        return tuple(i + n * copy for copy in range(copies) for i in items)

    rows = [r._replace(items=all_of(r.items), coefficients=r.coefficients * copies) for r in made.rows]
    rows += [_row(f"copies of {i}", "enemies", i + n * np.arange(copies), 0, 1) for i in range(n)]
    groups = [
        g._replace(name=f"{g.name}.{copy}", items=tuple(i + n * copy for i in g.items))
        for g in made.groups
        for copy in range(copies)
    ]
    goal = made.goal and made.goal._replace(values=np.tile(made.goal.values, (copies, 1)))
    return made._replace(n_items=n * copies, rows=tuple(rows), groups=tuple(groups), goal=goal)
