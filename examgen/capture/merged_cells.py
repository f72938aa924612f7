"""Merged cells of a worksheet → which cells of a row are part of another one, and so are empty.

Format: ECMA-376 (Office Open XML), part 1, 18.3.1.54 (mergeCell).
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import NamedTuple

from examgen.capture.records import NO_COLUMNS

_MERGE = re.compile(
    rb'<(?:\w+:)?mergeCell\b[^>]*\bref="\$?([A-Z]{1,3})\$?([0-9]{1,7}):\$?([A-Z]{1,3})\$?([0-9]{1,7})"'
)


class Merge(NamedTuple):
    """A block of cells that are one: rows from 1, columns from 0, both ends included."""

    top: int
    left: int
    bottom: int
    right: int


def merges_in(xml: bytes) -> set[Merge]:
    """The merged cells that a stretch of a worksheet names."""
    found = (one.groups() for one in _MERGE.finditer(xml)) if b"mergeCell" in xml else ()
    return {Merge(int(top), _column(left), int(bottom), _column(right)) for left, top, right, bottom in found}


def _column(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = 26 * number + letter - ord("A") + 1
    return number - 1


class Covered:
    """Which columns of a row are part of another cell; rows are asked for in their order."""

    def __init__(self, merges: Iterable[Merge]) -> None:
        """The first block to come stands last."""
        self._to_come = sorted(merges, reverse=True)
        self._open: list[Merge] = []

    def columns(self, row: int, width: int) -> frozenset[int]:
        """The columns, of a row that is so wide."""
        while self._to_come and self._to_come[-1].top <= row:
            self._open.append(self._to_come.pop())
        if not self._open:
            return NO_COLUMNS
        self._open = [one for one in self._open if one.bottom >= row]
        # the first cell of a block is itself
        return frozenset(
            column
            for one in self._open
            for column in range(one.left + (one.top == row), min(one.right + 1, width))
        )
