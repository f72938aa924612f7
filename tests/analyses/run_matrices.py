"""What a run's matrix says of its candidates, computed from the matrix alone: totals, categories, choices."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from examgen.analysis.administrations import CHUNK, Administration, ResponseColumn, Standing
from examgen.stats.matrix import (
    MISSING_KINDS,
    NOT_ADMINISTERED,
    NOT_REACHED,
    OMITTED,
    Cells,
    Chosen,
    Scored,
)


def units_of(found: Administration) -> NDArray[np.int64]:
    """(N,) what each candidate has in all, in parts of 1/`found.unit` of a point: the run's `score`."""
    worth = _by_place([[*(0,) * len(MISSING_KINDS), *one.worth] for one in found.columns])
    for row, one in zip(worth, found.columns, strict=True):
        row[1:3] = one.blank  # not reached and omitted; not administered earns nothing
    total = _summed(found.chosen.cells, worth)
    return np.maximum(total, 0) if found.floor_total else total


def _by_place(rows: Sequence[Sequence[int]]) -> NDArray[np.int64]:
    found = np.zeros((len(rows), max(map(len, rows), default=0)), dtype=np.int64)
    for n, row in enumerate(rows):
        found[n, : len(row)] = row
    return found


def _summed(cells: Cells, worth: NDArray[np.int64]) -> NDArray[np.int64]:
    """(N,) sums over items of what each cell earns; place 0 of `worth` is that of cells of −3."""
    total = np.zeros(len(cells), dtype=np.int64)
    first = np.arange(worth.shape[0], dtype=np.int32) * worth.shape[1] + len(MISSING_KINDS)
    for start in range(0, len(cells), CHUNK):
        part = slice(start, start + CHUNK)
        total[part] = worth.ravel().take(cells[part] + first).sum(axis=1)
    return total


class Matrix(Protocol):
    """An administration, or several pooled."""

    @property
    def chosen(self) -> Chosen:
        """The choices."""

    @property
    def columns(self) -> tuple[ResponseColumn, ...]:
        """What its columns are."""


def places_of(found: Matrix, *standings: Standing) -> list[int]:
    """The columns that stand so; those that are scored by their key, where nothing is said."""
    return [n for n, one in enumerate(found.columns) if one.standing in (standings or ("scored",))]


def choices_of(found: Matrix, columns: Sequence[int]) -> Chosen:
    """The choices in some of the columns."""
    of = found.chosen
    if list(columns) == list(range(len(of.items))):
        return of
    items, options, keys = (tuple(all_[n] for n in columns) for all_ in (of.items, of.options, of.keys))
    return Chosen(of.candidates, items, of.cells[:, list(columns)], options, keys)  # type: ignore[arg-type]


def scores_of(
    found: Matrix,
    columns: Sequence[int] | None = None,
    *,
    omitted_wrong: bool = True,
    not_reached_wrong: bool = False,
) -> Scored:
    """Score categories in some columns, those that are scored if left out: 0 and 1, or, where items earn
    parts of their points, as many equal steps as these come to. What is missing stays missing, unless it is
    told to count as wrong; what a wrong answer costs is not a part of it."""
    places = places_of(found) if columns is None else list(columns)
    tables = [_categories(found.columns[n]) for n in places]
    kinds = len(MISSING_KINDS)
    width = max(map(len, tables), default=0)
    table = np.zeros((len(places), kinds + width), dtype=np.int8)
    for row, own in zip(table, tables, strict=True):
        row[kinds : kinds + len(own)] = own
    table[:, :kinds] = [
        NOT_ADMINISTERED,
        0 if not_reached_wrong else NOT_REACHED,
        0 if omitted_wrong else OMITTED,
    ]
    first = np.arange(len(places), dtype=np.int32) * table.shape[1] + kinds
    cells = np.empty((len(found.chosen.cells), len(places)), dtype=np.int8)
    for start in range(0, len(cells), CHUNK):
        part = slice(start, start + CHUNK)
        cells[part] = table.ravel().take(found.chosen.cells[part][:, places] + first)
    return Scored(found.chosen.candidates, tuple(found.columns[n].name for n in places), cells)


def _categories(one: ResponseColumn) -> list[int]:
    """The category of each option: by what it earns where the item is scored, else whether it is right."""
    if one.standing != "scored":
        return [int(place in one.key) for place in range(len(one.options))]
    earned = [max(worth, 0) for worth in one.worth]
    step = math.gcd(*earned) or 1
    return [units // step for units in earned]
