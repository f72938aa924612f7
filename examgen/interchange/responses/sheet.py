"""Candidates and what they chose, as every file of this room is written from.

Programs of item analysis count items that are right. What else a run may do (give points, take points, give
parts of them, give an item to everybody) they cannot.
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from examgen.core.words import Message, tell
from examgen.stats.matrix import Cells

Standing = Literal["scored", "pilot", "dropped", "credited"]
"""`scored` counts in the total; `pilot` and `dropped` count for nobody; `credited` was given to all, or to
all who answered, whatever they chose."""

Texts = Mapping[str, Sequence[str]]
"""Columns of a table by their names."""


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

    @property
    def counts(self) -> bool:
        """Whether what somebody chose can tell them from others: not where it was dropped or given."""
        return self.standing in ("scored", "pilot")

    @property
    def categories(self) -> tuple[int, ...]:
        """The score category of each option: 1 or 0 where the item is right or wrong, else equal steps of
        what it earns; what a wrong answer costs is not a part of it."""
        if self.standing != "scored":
            return tuple(int(place in self.right) for place in range(len(self.options)))
        earned = [max(units, 0) for units in self.units]
        step = math.gcd(*earned) or 1
        return tuple(units // step for units in earned)


class ResponseSheet(NamedTuple):
    """The candidates of a run, or of one of its forms: a row of cells each, a column for each item.

    A cell is the place of an option, or below zero a kind of nothing
    (`examgen.stats.matrix`). `scores` (N,) are the totals of the run as candidates.csv has them.
    """

    title: str
    candidates: tuple[str, ...]
    forms: tuple[str, ...]
    scores: tuple[str, ...]
    items: tuple[SheetItem, ...]
    cells: Cells
    unit: int


class ResponseFiles(NamedTuple):
    """Files of a format by their names, and what there is to say of them."""

    files: dict[str, bytes]
    told: tuple[Message, ...] = ()


def values(cells: Cells, tables: Sequence[Sequence[int]], kinds: tuple[int, int, int]) -> NDArray[np.int64]:
    """(N, J) what each cell is by the table of its item; `kinds` are those of items not administered, not
    reached and omitted."""
    width = max(map(len, tables), default=0)
    table = np.zeros((len(tables), len(kinds) + width), dtype=np.int64)
    table[:, : len(kinds)] = kinds
    for row, own in zip(table, tables, strict=True):
        row[len(kinds) : len(kinds) + len(own)] = own
    first = np.arange(len(tables), dtype=np.int64) * table.shape[1] + len(kinds)
    return np.asarray(table.ravel().take(cells + first))


def penalties(sheet: ResponseSheet) -> Iterator[Message]:
    """That a wrong answer costs points in the run, which no format of responses has; nothing where none
    does."""
    if any(units < 0 for one in sheet.items for units in (*one.units, one.blank)):
        yield tell("a wrong answer costs points in the run, but here it is only marked wrong")


def plain_names(names: Iterable[str], pattern: str = r"[^A-Za-z0-9_.\-]+", most: int = 30) -> tuple[str, ...]:
    """Names without what the pattern has, which `_` replaces; each once, whatever the case of its letters."""
    found: list[str] = []
    taken: set[str] = set()
    for name in names:
        plain = unicodedata.normalize("NFKD", name).encode("ascii", "replace").decode("ascii")
        base = re.sub(pattern, "_", plain).strip("_")[:most] or "item"
        made, n = base, 1
        while made.casefold() in taken:
            n += 1
            made = f"{base[: most - len(str(n)) - 1]}_{n}"
        taken.add(made.casefold())
        found.append(made)
    return tuple(found)
