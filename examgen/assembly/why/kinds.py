"""A task → its items in kinds: items that no row, group or goal tells apart are one kind with a count."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from examgen.assembly.search.highs import Integers
from examgen.assembly.task import Group, LinearConstraint, Task
from examgen.assembly.why.parts import binds

Coefficients = tuple[tuple[int, float], ...]


class Kind(NamedTuple):
    """Items that a task does not tell apart; `items` is empty where they have yet to be written."""

    rows: Coefficients
    """Row and coefficient, in the order of the rows; `anchor_rows` likewise."""
    anchor_rows: Coefficients = ()
    groups: tuple[int, ...] = ()
    values: tuple[float, ...] = ()
    """What one item adds to each point of the goal's curve."""
    items: tuple[int, ...] = ()


def kinds(task: Task, merged: bool = True) -> tuple[Kind, ...]:
    """The items of a task in kinds, by their first item; each by itself where not `merged`."""
    alike = _alike_items(task) if merged else [[n] for n in range(task.n_items)]
    place = np.full(task.n_items, -1)
    place[[items[0] for items in alike]] = np.arange(len(alike))
    rows = _of_firsts(task.rows, place, len(alike))
    own = _of_firsts(task.anchor.rows if task.anchor else (), place, len(alike))
    groups: list[list[int]] = [[] for _ in alike]
    for number, group in enumerate(task.groups):
        if _binding(group):
            for item in group.items:
                if place[item] >= 0:
                    groups[place[item]].append(number)
    values = task.goal.values if task.goal else np.empty((task.n_items, 0))
    return tuple(
        Kind(tuple(rows[k]), tuple(own[k]), tuple(groups[k]), tuple(values[items[0]].tolist()), tuple(items))
        for k, items in enumerate(alike)
    )


def _binding(group: Group) -> bool:
    return group.least > 0 or group.greatest < len(group.items)


def _of_firsts(
    rows: Sequence[LinearConstraint], place: Integers, n_kinds: int
) -> list[list[tuple[int, float]]]:
    """Row and coefficient of the first item of each kind."""
    found: list[list[tuple[int, float]]] = [[] for _ in range(n_kinds)]
    for number, row in enumerate(rows):
        if binds(row) and row.items:
            at, values = place[list(row.items)], np.array(row.coefficients, dtype=float)
            told = np.flatnonzero((at >= 0) & (values != 0))
            for k, value in zip(at[told].tolist(), values[told].tolist(), strict=True):
                found[k].append((number, value))
    return found


def _alike_items(task: Task) -> list[list[int]]:
    """Items that have the same coefficients everywhere, by two sums of scrambled bits (2 × 64)."""
    sums = np.zeros((2, task.n_items), dtype=np.uint64)
    lists = [(n, row) for n, row in enumerate(task.rows)]
    lists += [(10**6 + n, row) for n, row in enumerate(task.anchor.rows if task.anchor else ())]
    for number, row in lists:
        if binds(row) and row.items:
            _add_bits(sums, list(row.items), number, np.array(row.coefficients, dtype=float))
    for number, group in enumerate(task.groups):
        if _binding(group):
            _add_bits(sums, list(group.items), 2 * 10**6 + number, np.ones(len(group.items)))
    if task.goal is not None:
        for k in range(task.goal.values.shape[1]):
            _add_bits(sums, slice(None), 3 * 10**6 + k, task.goal.values[:, k])
    found: dict[tuple[int, int], list[int]] = {}
    for n, key in enumerate(zip(*sums.tolist(), strict=True)):
        found.setdefault(key, []).append(n)
    return list(found.values())


def _add_bits(
    sums: npt.NDArray[np.uint64], items: list[int] | slice, number: int, values: npt.NDArray[np.float64]
) -> None:
    """Add what row and coefficient come to, a coefficient of 0 nothing (Steele et al. 2014, SplitMix)."""
    bits = (values + 0.0).view(np.uint64)
    for k, seed in enumerate((0x9E3779B97F4A7C15, 0xD1B54A32D192ED03)):
        mixed = bits + np.uint64((number + 1) * seed % 2**64)
        for shift, factor in ((30, 0xBF58476D1CE4E5B9), (27, 0x94D049BB133111EB)):
            mixed = (mixed ^ (mixed >> np.uint64(shift))) * np.uint64(factor)
        sums[k, items] += np.where(values == 0, np.uint64(0), mixed ^ (mixed >> np.uint64(31)))
