"""Candidates and what they chose, as every file of this room is written from.

Programs of item analysis count items that are right. What else a run may do (give points, take points, give
parts of them, give an item to everybody) they cannot, and `differences` names it.
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from examgen.core.responses.matrix import NOT_ADMINISTERED, Cells
from examgen.core.words import Message, tell, tell_n

Standing = Literal["scored", "pilot", "dropped", "credited"]
"""`scored` counts in the total; `pilot` and `dropped` count for nobody; `credited` was given to all, or to
all who answered, whatever they chose."""

MOST_FORMS = 20
"""With more forms, as where each candidate has one of their own, none is a file by itself."""
_PLAIN = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.\-]{0,29}")
"""Ids that stand in columns of any program: no blank, no quote, nothing that is wider in bytes than in
letters."""
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
    (`examgen.core.responses.matrix`). `scores` (N,) are the totals of the run as candidates.csv has them.
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


def by_form(sheet: ResponseSheet) -> dict[str, ResponseSheet]:
    """Each form by itself, with its own items; all in one, under no name, where there is one form or many."""
    names = list(dict.fromkeys(sheet.forms))
    if not 1 < len(names) <= MOST_FORMS:
        return {"": sheet}
    forms = np.array(sheet.forms)
    found = {}
    for name in sorted(names):
        rows = np.flatnonzero(forms == name)
        places = np.flatnonzero((sheet.cells[rows] != NOT_ADMINISTERED).any(axis=0)).tolist()
        found[name] = ResponseSheet(
            f"{sheet.title}, form {name}",
            tuple(sheet.candidates[n] for n in rows),
            tuple(sheet.forms[n] for n in rows),
            tuple(sheet.scores[n] for n in rows),
            tuple(sheet.items[n] for n in places),
            np.ascontiguousarray(sheet.cells[rows][:, places]),
            sheet.unit,
        )
    return found


def file_name(stem: str, form: str, ending: str) -> str:
    """`responses-A.txt`; without the form where there is none. Letters that not every file system has stand
    as their numbers."""
    safe = "".join(one if one.isascii() and one.isalnum() else f"_{ord(one):x}" for one in form)
    return f"{stem}-{safe}.{ending}" if form else f"{stem}.{ending}"


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


def differences(sheet: ResponseSheet) -> Iterator[Message]:
    """What the run does with points that counting right items does not."""
    scored = [one for one in sheet.items if one.standing == "scored"]
    if any(one.points != 1 for one in scored):
        yield tell("items of more points than one count as one item each")
    yield from penalties(sheet)
    parts = [one.name for one in scored if len({*one.categories}) > 2]
    if parts:
        yield tell_n(
            "{n} item earns parts of its points in the run; here it is right or wrong: {items}",
            "{n} items earn parts of their points in the run; here they are right or wrong: {items}",
            len(parts),
            items=", ".join(parts),
        )


def penalties(sheet: ResponseSheet) -> Iterator[Message]:
    """That a wrong answer costs points in the run, which no format of responses has; nothing where none
    does."""
    if any(units < 0 for one in sheet.items for units in (*one.units, one.blank)):
        yield tell("a wrong answer costs points in the run; here it is wrong and no more")


# ── names that any program reads ─────────────────────────────────────────────────────────────


class Persons(NamedTuple):
    """What candidates are called in files of fixed columns, and whether these are numbers in place of ids."""

    labels: tuple[str, ...]
    numbered: bool


def persons_of(ids: Sequence[str]) -> Persons:
    """The ids as they are, where any program can have them; else numbers, for all of them."""
    if all(_PLAIN.fullmatch(one) for one in ids) and len({*ids}) == len(ids):
        return Persons(tuple(ids), False)
    width = max(len(str(len(ids))), 4)
    return Persons(tuple(f"{n:0{width}d}" for n in range(1, len(ids) + 1)), True)


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


def lines(rows: Iterable[str]) -> bytes:
    """Rows of ASCII as programs of Windows read them."""
    return "".join(f"{row}\r\n" for row in rows).encode("ascii")
