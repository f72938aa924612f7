"""Candidates and their responses, the source of every file that this package writes.

Programs of item analysis count right items. They cannot express what else a run may do: award points, deduct
points, give partial points, or credit an item to everybody.
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
"""`scored` counts in the total; `pilot` and `dropped` count for nobody; `credited` was given to all
candidates, or to all who answered, whatever they chose.
"""

Texts = Mapping[str, Sequence[str]]
"""The columns of a table by name."""


class SheetItem(NamedTuple):
    """An item as it was scored.

    `options` are first the ids of its `n_own` options in alphabetical order, then other marks: combinations
    (`a|c`) if several may be marked, and `*` for anything that cannot be right. `right` are the positions
    that earn all points; `units` is what each of `options` earns and `blank` what a blank earns, in parts of
    a point as in `ResponseSheet.unit`; `points` is the item's full score.
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
        """Whether responses can distinguish candidates, which they cannot if the item was dropped or
        credited.
        """
        return self.standing in ("scored", "pilot")

    @property
    def categories(self) -> tuple[int, ...]:
        """The score category of each option: 1 or 0 if the item is right or wrong, else equal steps of what
        it earns. Deductions for wrong answers are ignored.
        """
        if self.standing != "scored":
            return tuple(int(place in self.right) for place in range(len(self.options)))
        earned = [max(units, 0) for units in self.units]
        step = math.gcd(*earned) or 1
        return tuple(units // step for units in earned)


class ResponseSheet(NamedTuple):
    """The candidates of a run, or of one of its forms: a row of cells for each, with a column for each item.

    A cell is the position of an option, or a negative missing-value code (`examgen.stats.matrix`). `scores`
    (N,) are the totals of the run as in candidates.csv.
    """

    title: str
    candidates: tuple[str, ...]
    forms: tuple[str, ...]
    scores: tuple[str, ...]
    items: tuple[SheetItem, ...]
    cells: Cells
    unit: int


class ResponseFiles(NamedTuple):
    """The files of a format by name, and remarks on them."""

    files: dict[str, bytes]
    told: tuple[Message, ...] = ()


def values(cells: Cells, tables: Sequence[Sequence[int]], kinds: tuple[int, int, int]) -> NDArray[np.int64]:
    """Return (N, J) the value of each cell by the table of its item; `kinds` are the values for items not
    administered, not reached and omitted.
    """
    width = max(map(len, tables), default=0)
    table = np.zeros((len(tables), len(kinds) + width), dtype=np.int64)
    table[:, : len(kinds)] = kinds
    for row, own in zip(table, tables, strict=True):
        row[len(kinds) : len(kinds) + len(own)] = own
    first = np.arange(len(tables), dtype=np.int64) * table.shape[1] + len(kinds)
    return np.asarray(table.ravel().take(cells + first))


def penalties(sheet: ResponseSheet) -> Iterator[Message]:
    """Yield a message if a wrong answer costs points in the run, which no format of responses can express."""
    if any(units < 0 for one in sheet.items for units in (*one.units, one.blank)):
        yield tell("a wrong answer costs points in the run, but here it is only marked wrong")


_MOST = 30
"""The maximum length of a plain name."""


def plain_names(names: Iterable[str]) -> tuple[str, ...]:
    """Return unique names of ASCII letters, digits, `_`, `.` and `-`; case does not make them unique."""
    found: list[str] = []
    taken: set[str] = set()
    for name in names:
        plain = unicodedata.normalize("NFKD", name).encode("ascii", "replace").decode("ascii")
        base = re.sub(r"[^A-Za-z0-9_.\-]+", "_", plain).strip("_")[:_MOST] or "item"
        made, n = base, 1
        while made.casefold() in taken:
            n += 1
            made = f"{base[: _MOST - len(str(n)) - 1]}_{n}"
        taken.add(made.casefold())
        found.append(made)
    return tuple(found)
