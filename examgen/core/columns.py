"""Columns of large tables: the cells as numbers of the few texts that stand in them.

For what reads before polars is loaded; `coded_columns` has the same for tables of polars.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple, overload

import numpy as np
import numpy.typing as npt

Columns = Mapping[str, Sequence[str]]
Ints = npt.NDArray[np.int32]
_AT_A_TIME = 1 << 16


class Column(Sequence[str]):
    """The cells of a column, each different text once: a package with an order for each of 200,000 candidates
    has six million lines."""

    def __init__(self, texts: Sequence[str], codes: npt.NDArray[np.unsignedinteger]) -> None:
        self.texts, self.codes = texts, codes

    @overload
    def __getitem__(self, at: int) -> str: ...
    @overload
    def __getitem__(self, at: slice) -> Sequence[str]: ...
    def __getitem__(self, at: int | slice) -> str | Sequence[str]:
        if isinstance(at, slice):
            return Column(self.texts, self.codes[at])
        return self.texts[int(self.codes[at])]

    def __len__(self) -> int:
        return len(self.codes)

    def __iter__(self) -> Iterator[str]:
        for start in range(0, len(self.codes), _AT_A_TIME):
            yield from map(self.texts.__getitem__, self.codes[start : start + _AT_A_TIME].tolist())


class Coded(NamedTuple):
    """The cells of a column as numbers of what stands in it."""

    values: Sequence[Any]
    """Each value once, in the order in which they first stand there."""
    codes: Ints

    def taken(self, found: Sequence[int]) -> Ints:
        """For each cell what was found for its value."""
        return np.asarray(found, np.int32)[self.codes]


def coded(cells: Sequence[Any]) -> Coded:
    """The cells of a column, each different value looked at once."""
    if not isinstance(cells, Column):
        numbers: dict[Any, int] = {}
        found = (numbers.setdefault(cell, len(numbers)) for cell in cells)
        codes = np.fromiter(found, np.int32, len(cells))
        return Coded([*numbers], codes)
    first = first_places(cells.codes, len(cells.texts))
    numbers, there = {}, np.argsort(first, kind="stable")[: int((first < len(cells)).sum())]
    place = np.zeros(len(first), np.int32)
    for text in there.tolist():
        place[text] = numbers.setdefault(cells.texts[text], len(numbers))
    return Coded([*numbers], place[cells.codes])


def first_places(codes: npt.NDArray[np.integer], n: int) -> npt.NDArray[np.int64]:
    """Where each of the numbers up to n stands first among many; how many these are for one that does not."""
    first = np.full(n, len(codes), np.int64)
    # of those alike the last that is written is the first
    first[codes[::-1]] = np.arange(len(codes) - 1, -1, -1, dtype=np.int32)
    return first


def distinct(values: npt.NDArray[np.integer]) -> npt.NDArray[np.integer]:
    """The different values in rising order, found part by part: of millions few differ."""
    parts = (np.unique(values[n : n + _AT_A_TIME]) for n in range(0, len(values), _AT_A_TIME))
    return np.unique(np.concatenate([values[:0], *parts]))
