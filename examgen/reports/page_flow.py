"""Pieces in the order of a report → which of them stand on which page, and how far down."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from examgen.pdf.tagged_press import Filled, Piece

SLACK = 6.0
"""In px, how far a page may reach below its foot: by so much rows that are laid out apart, whose borders do
not collapse, are taller than in one table."""


class Step(NamedTuple):
    """A piece in the order of a report, before it is known on which page it stands."""

    piece: Piece
    values: dict[str, Filled] = {}  # noqa: RUF012 – never written to
    x: float = 0.0
    joins: bool = True
    """Whether it belongs to the section, table or list of what comes before it."""
    keep: bool = False
    """Whether what comes after it must be on the same page."""
    beside: bool = False
    """Whether what comes after it begins at the same height."""
    head: Piece | None = None
    """What is shown again above it where it begins a page."""


def pages(steps: Iterable[Step], height: float) -> Iterator[list[tuple[float, Step]]]:
    """The steps of each page with their heights from its top; what is kept together goes on together."""
    page: list[tuple[float, Step]] = []
    y = row = 0.0
    for group in _groups(steps):
        y -= _shared(page, group[0])
        needed = _height(group) - group[-1].piece.below
        if page and y + needed > height + SLACK:
            yield page
            page, y = [], 0.0
        for step in group:
            if page == [] and step.head:
                y = step.head.height
            if page and y + step.piece.height > height + SLACK:
                yield page
                page, y = [], step.head.height if step.head else 0.0
            page.append((y, step))
            row = max(row, step.piece.height)
            if not step.beside:
                y, row = y + row, 0.0
    if page:
        yield page


def _shared(page: list[tuple[float, Step]], step: Step) -> float:
    """The white that a piece has in common with the one above it, as margins collapse (CSS 2.1, 8.3.1)."""
    if not page or page[-1][1].beside:
        return 0.0
    return min(page[-1][1].piece.below, step.piece.above)


def _groups(steps: Iterable[Step]) -> Iterator[list[Step]]:
    group: list[Step] = []
    for step in steps:
        group.append(step)
        if not (step.keep or step.beside):
            yield group
            group = []
    if group:
        yield group


def _height(group: Sequence[Step]) -> float:
    height = row = 0.0
    for step in group:
        row = max(row, step.piece.height)
        if not step.beside:
            height, row = height + row, 0.0
    return height
