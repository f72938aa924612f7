"""Rows laid out as stencils → which of them stand on which page of a room's paper, and how far down.

Lengths in px from the top left of the part of the page that text takes.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import accumulate
from typing import Any, NamedTuple

Key = tuple[Any, ...]
"""What a part is called: its name in the template, and what tells it from others of that name."""

SLACK = 0.01
"""How far a row may reach below its page: sums of heights are rounded."""


class Put(NamedTuple):
    """What is drawn of a row: a part, and texts in the slots of a part, of the same or of one like it."""

    x: float
    drawn: Key
    slots: Key = ()
    texts: Mapping[str, str] = {}
    y: float = 0.0


class Row(NamedTuple):
    """Something that no page parts."""

    put: tuple[Put, ...]
    height: float
    above: float = 0.0
    """The margin at its top, which is left out where it begins a page."""
    head: Row | None = None
    """What is shown above it where it begins a page."""


class Standing(NamedTuple):
    """A row on a page, by its upper left corner."""

    x: float
    y: float
    row: Row


Page = list[Standing]


def flowed(rows: Iterable[Row], height: float) -> list[Page]:
    """The rows one below the other, on as many pages as it takes; there is at least one."""
    pages: list[Page] = [[]]
    y = 0.0
    for row in rows:
        if pages[-1] and y + row.height > height + SLACK:
            pages.append([])
            y = 0.0
            if row.head:
                pages[-1].append(Standing(0.0, 0.0, row.head))
                y = row.head.height
        shift = 0.0 if y else row.above
        pages[-1].append(Standing(0.0, y - shift, row))
        y += row.height - shift
    return pages


def in_columns(above: Sequence[Row], rows: Sequence[Row], height: float, step: float) -> list[Page]:
    """Rows below others, in two columns as equal as can be; the second begins `step` to the right."""
    pages = flowed(above, height)
    y = sum(row.height for row in above)
    left = list(rows)
    while left:
        room = height - y
        if _columns(left, room) > 2:
            n = _fit(left, room)
            counts = [n, _fit(left[n:], room)]
        else:
            bounds = sorted(set(accumulate(row.height for row in left)))
            enough = next(bound for bound in bounds if _columns(left, bound) <= 2)
            n = _fit(left, enough)
            counts = [n, len(left) - n]
        for column, count in enumerate(counts):
            tops = accumulate((row.height for row in left[:count]), initial=y)
            pages[-1] += [
                Standing(column * step, top, row) for top, row in zip(tops, left[:count], strict=False)
            ]
            left = left[count:]
        if left:
            pages.append([])
            y = 0.0
    return pages


def _fit(rows: Sequence[Row], height: float) -> int:
    """How many of the rows a column of that height holds, at least one."""
    below = accumulate(row.height for row in rows)
    return max(1, sum(bottom <= height + SLACK for bottom in below))


def _columns(rows: Sequence[Row], height: float) -> int:
    """How many columns of that height the rows take."""
    n = 0
    while rows:
        rows = rows[_fit(rows, height) :]
        n += 1
    return n
