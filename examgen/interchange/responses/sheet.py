"""Candidates and what they chose, as every file of this room is written from."""

from __future__ import annotations

from typing import Literal, NamedTuple

from examgen.responses.matrix import Cells

Standing = Literal["scored", "pilot", "dropped", "credited"]
"""`scored` counts in the total; `pilot` and `dropped` count for nobody; `credited` was given to all, or to
all who answered, whatever they chose."""


class SheetItem(NamedTuple):
    """An item as it was scored.

    `options` are the ids of its own options in the order of the alphabet, `n_own` of them, then marks that
    are none of these: sets of letters (`a|c`), where sets were asked, and `*` for whatever cannot be right.
    `right` are places of what earns all its points; `units` what each of `options` earns, `blank` what a
    blank earns, in parts of a point as `Sheet.unit` says; `points` what it is worth.
    """

    name: str
    criterion: str
    options: tuple[str, ...]
    n_own: int
    right: frozenset[int]
    standing: Standing
    points: int
    units: tuple[int, ...]
    blank: int


class Sheet(NamedTuple):
    """The candidates of a run, or of one of its forms: a row of cells each, a column for each item.

    A cell is the place of an option, or below zero a kind of nothing (`examgen.responses.matrix`). `scores`
    (N,) are the totals of the run as candidates.csv has them.
    """

    title: str
    candidates: tuple[str, ...]
    forms: tuple[str, ...]
    scores: tuple[str, ...]
    items: tuple[SheetItem, ...]
    cells: Cells
    unit: int
