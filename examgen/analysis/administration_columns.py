"""The forms and the key of a scored run → the columns of its matrix, and the cell for each mark.

A column is an item as it was scored: with one key and one scoring. An item that a correction changed on only
one form has two columns, because its two versions have different statistics.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Literal, NamedTuple

import numpy as np
import polars as pl
from numpy.typing import NDArray

from examgen.core.coded_columns import coded
from examgen.core.exam.names import base_form
from examgen.core.exam.package import Package, question_places
from examgen.core.models.item import Item
from examgen.core.responses.rows import BLANK, INVALID
from examgen.scoring.key import Key
from examgen.stats.matrix import OMITTED

Standing = Literal["scored", "pilot", "dropped", "credited"]
"""How an item counts.

`scored` counts by its key; `pilot` and `dropped` count for nobody; `credited` gives the same points to all
candidates, or to all who answered it, whatever they chose.
"""

ODD = "*"
"""The name for marks that are none of an item's options: several marks, or a letter it does not have."""
MOST_PLACES = 100
"""The largest number of places (form and question) that are recorded for an item."""
_MARKS = 256

Asked = tuple[str, int, tuple[str, ...]]
"""Form, question, and option ids in the printed order."""


class ResponseColumn(NamedTuple):
    """An item of an administration, as it was scored.

    `options` are its option ids in alphabetical order, followed by names for any other marks; `key` are
    positions in `options`. `item_hash` is the hash of the text that was printed, with the key by which it was
    scored. `worth` are the units that each option earns, and `blank` those of a blank, in parts of
    1/`Administration.unit` of a point; `points` is the full score of the item. `asked` has the places where
    forms print the item: form, question, and option ids in the printed order. Personal booklets are not
    included.
    """

    name: str
    item: str
    unit: str
    element: str
    pc: str
    options: tuple[str, ...]
    n_own: int
    """How many of `options` are the item's own."""
    key: frozenset[int]
    standing: Standing
    points: int
    worth: tuple[int, ...]
    blank: int
    item_hash: str
    asked: tuple[Asked, ...]

    @property
    def key_ids(self) -> tuple[str, ...]:
        """The ids of the right options, as the item was scored."""
        return tuple(sorted({one for place in self.key for one in self.options[place].split("|")}))


class ResponseColumns(NamedTuple):
    """All columns, and the cell for each mark on each form.

    `column` (forms, questions) is the position of each question's column, -1 after the last question of a
    form. `printing` (forms, questions) is a row of `places` (printings, 256), which gives for each mark the
    position of the option, or the kind of missing.
    """

    columns: tuple[ResponseColumn, ...]
    column: NDArray[np.int32]
    printing: NDArray[np.int32]
    places: NDArray[np.int8]


def columns_of(asked: Package, key: Key, items: Mapping[str, Item], several: str) -> ResponseColumns:
    """Return the columns, in the order of the forms and of the questions on them.

    `items` are the texts that were printed, by id. `several` is the scoring of items with several right
    answers (`any`, `all`, `partial`).
    """
    shape = key.keys.shape
    at, of_key = (question_places(table, key.names) for table in (asked.forms, asked.key))
    names, item_codes = coded(asked.forms["item"])
    orders, order_codes = coded(asked.forms["options"])
    item_at, order_at, points_at, line_at = (np.full(shape, -1, np.int32) for _ in range(4))
    item_at[at], order_at[at] = item_codes, order_codes
    points_at[of_key] = asked.key["points"].cast(pl.String).cast(pl.Int32).to_numpy()
    line_at[of_key] = np.arange(len(of_key[0]))
    # 200,000 booklets print few questions in different ways: each way is looked at once, where it is first
    there = item_at >= 0
    ways = (item_at, order_at, key.table, key.keys, points_at, key.points)
    first, which = _different([one[there] for one in ways])
    marks: list[NDArray[np.int8]] = []
    numbers: dict[ResponseColumn, int] = {}
    of_printing: list[int] = []
    for f, q in np.argwhere(there)[first].tolist():
        line, options = int(line_at[f, q]), orders[order_at[f, q]].split()
        one, own_places = _printed(
            key, (f, q), items[names[item_at[f, q]]], options, several, int(points_at[f, q])
        )
        marks.append(own_places)
        pc = key.criteria[key.criterion[f, q]][2]
        one = one._replace(unit=asked.key["unit"][line], element=asked.key["element"][line], pc=pc)
        of_printing.append(numbers.setdefault(one, len(numbers)))
    column, printing = np.full(shape, -1, np.int32), np.zeros(shape, np.int32)
    printing[there] = which
    column[there] = np.array(of_printing, np.int32)[which]
    places: list[list[Asked]] = [[] for _ in numbers]
    for f, form in enumerate(key.names):
        for q in np.flatnonzero(there[f]).tolist() if base_form(form) == form else ():
            own = places[column[f, q]]
            if len(own) < MOST_PLACES:
                own.append((form, q + 1, tuple(orders[order_at[f, q]].split())))
    columns = [one._replace(asked=tuple(own)) for one, own in zip(numbers, places, strict=True)]
    # with names of their own: the item's id, or that and the forms, or that and the key
    times = Counter(one.item for one in columns)
    named, taken = [], set[str]()
    for one in columns:
        name = one.item
        if times[name] > 1:
            on = ", ".join(dict.fromkeys(form for form, _, _ in one.asked))
            name = f"{one.item} ({on or 'key ' + '|'.join(one.key_ids)})"
        while name in taken:
            name += "*"
        taken.add(name)
        named.append(one._replace(name=name))
    return ResponseColumns(tuple(named), column, printing, np.stack(marks))


def _different(parts: Sequence[NDArray[np.integer]]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the index of the first occurrence of each distinct row, and for each row its distinct row.

    The rows have one value in each array of `parts`. Distinct rows are in the order of their first
    occurrence.
    """
    table = pl.DataFrame({str(n): part for n, part in enumerate(parts)})
    alike = table.with_row_index("row").group_by(table.columns, maintain_order=True).agg("row")["row"]
    which = np.empty(len(table), np.int64)
    which[alike.explode().to_numpy()] = np.repeat(np.arange(len(alike)), alike.list.len().to_numpy())
    return alike.list.first().cast(pl.Int64).to_numpy(), which


def _printed(
    key: Key, at: tuple[int, int], item: Item, order: Sequence[str], several: str, printed_points: int
) -> tuple[ResponseColumn, NDArray[np.int8]]:
    """Return the column of a question as one order of options prints it, and the position of each mark.

    The column still lacks its name, unit, element, criterion and places.
    """
    table, mask, points = key.tables[key.table[at]].tolist(), int(key.keys[at]), int(key.points[at])
    own = sorted(order)
    letters = [own.index(option) for option in order]
    right = frozenset(letters[k] for k in range(len(order)) if mask >> k & 1)
    in_sets = several != "any" and len(right) > 1
    options, places, worth = list(own), np.zeros(_MARKS, np.int8), dict[int, int]()
    places[BLANK] = OMITTED
    # marks in an order that does not depend on that of the options as printed
    for canonical in sorted(range(1, 1 << len(own)), key=int.bit_count):
        marked = [place for place in range(len(own)) if canonical >> place & 1]
        mark = sum(1 << letters.index(place) for place in marked)
        name = "|".join(own[place] for place in marked) if in_sets or len(marked) == 1 else ODD
        places[mark] = _place(options, worth, name, table[mark])
    places[1 << len(own) :] = _place(options, worth, ODD, table[INVALID])
    full = points * key.unit
    standing: Standing = "scored"
    if not printed_points:
        standing = "pilot"
    elif not full:
        standing = "dropped"
    elif len(set(table[BLANK + 1 :])) == 1:
        standing = "credited"
    ids = {own[place] for place in right}
    if in_sets:  # where several letters must be marked together, what is right are the sets that earn all
        right = frozenset([options.index("|".join(own[place] for place in sorted(right)))])
        if standing == "scored":
            right = frozenset(place for place, earned in worth.items() if earned == full)
        ids = {one for place in right for one in options[place].split("|")}
    text = item.model_copy(update={"key": tuple(sorted(ids))})
    column = ResponseColumn(
        "", item.id, "", "", "", tuple(options), len(own), right, standing, points or printed_points,
        tuple(worth[n] for n in range(len(options))), table[BLANK], text.sha256(), (),
    )  # fmt: skip
    return column, places


def _place(options: list[str], worth: dict[int, int], name: str, earned: int) -> int:
    """Return the position of the option with this name and these units; add one if there is none."""
    for n, said in enumerate(options):
        if said.strip(ODD) == name.strip(ODD) and worth.setdefault(n, earned) == earned:
            return n
    while name in options:
        name += ODD
    options.append(name)
    worth[len(options) - 1] = earned
    return len(options) - 1
