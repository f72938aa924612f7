"""Ids in the order of their rows → whether they ever descend, and which rows share theirs with a neighbour.

Where ids never descend, as where a list was printed, all rows of a candidate stand side by side: whoever has
several is found without looking at all pairs.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from examgen.responses import Ints, Texts


class Ascent(NamedTuple):
    """Ids of a part that never descend: the first, the last (empty where there is none), and the places of
    the rows that have the id of the row before them."""

    first: bytes
    last: bytes
    again: Ints


class Order:
    """The order of ids that come block by block."""

    def __init__(self) -> None:
        """Before the first row."""
        self._first = self._last = b""
        self._n_rows = 0
        self._again: list[Ints] = []
        self._holds = True

    def add(self, ids: Texts) -> None:
        """The ids of the next rows, one or more."""
        if not self._holds:
            return
        again = np.flatnonzero(ids[1:] <= ids[:-1]) + 1
        self._holds = self._last <= ids[0] and bool((ids[again] == ids[again - 1]).all())
        if not self._holds:
            return
        behind = [self._n_rows] if ids[0] == self._last else []
        self._again += [np.array(behind, np.int64), again + self._n_rows]
        self._first, self._last = self._first or bytes(ids[0]), bytes(ids[-1])
        self._n_rows += len(ids)

    def ascent(self) -> Ascent | None:
        """What there was, if it never descends."""
        return Ascent(self._first, self._last, np.concatenate([_NONE, *self._again])) if self._holds else None


_NONE: Ints = np.empty(0, np.int64)


def repeated(found: Sequence[Ascent | None], sizes: Sequence[int]) -> tuple[Ints, ...] | None:
    """By part, the places of the rows that share their id; None where ids descend. `sizes` are rows."""
    shared: list[Ints] = []
    before: tuple[int, bytes] | None = None
    for number, (one, size) in enumerate(zip(found, sizes, strict=True)):
        if one is None or (size and before and one.first < before[1]):
            return None
        shared.append(_both(one.again))
        if not size:
            continue
        if before and one.first == before[1]:
            shared[before[0]] = _with(shared[before[0]], sizes[before[0]] - 1)
            shared[number] = _with(shared[number], 0)
        before = number, one.last
    return tuple(shared)


def _both(again: Ints) -> Ints:
    """The rows and those before them."""
    if not len(again):
        return again
    is_shared = np.zeros(int(again[-1]) + 1, np.bool_)
    is_shared[again] = is_shared[again - 1] = True
    return np.flatnonzero(is_shared)


def _with(places: Ints, place: int) -> Ints:
    """The places and one more that is the first or the last of all."""
    if len(places) and place in (places[0], places[-1]):
        return places
    return np.concatenate([places, [place]] if place else [[0], places])
