"""The forms and the key of a scored run → the columns of its matrix, and where each mark goes.

A column is an item as it was scored: with one key, in one way. An item that a correction changed on one form
alone is two columns, since what is known of the one is not known of the other.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from examgen.core.exam import exam_tables
from examgen.core.exam.names import base_form
from examgen.core.models.item import Item
from examgen.core.responses.matrix import OMITTED
from examgen.core.responses.rows import BLANK, INVALID
from examgen.scoring.key import Key

Standing = Literal["scored", "pilot", "dropped", "credited"]
"""`scored` counts by its key; `pilot` and `dropped` count for nobody; `credited` gives the same to all, or to
all who answered, whatever they chose."""

ODD = "*"
"""Name of what is none of an item's options: two marks, a letter that the item has not."""
MOST_PLACES = 100
"""Of so many forms it is kept where they ask an item; with more, nobody would read it."""
_MARKS = 256

Asked = tuple[str, int, tuple[str, ...]]
"""Form, question, and option ids in the printed order."""


class ResponseColumn(NamedTuple):
    """An item of an administration, as it was scored.

    `options` are its canonical option ids, in the order of the alphabet, then names for marks that are none
    of them; `key` are places of `options`. `item_hash` is that of the text that was asked, under the key by
    which it was scored. `worth` are the units that each option earns, `blank` what a blank earns, in parts
    of 1/`Administration.unit`; `points` what the item is worth. `asked` says on which forms as printed:
    form, question, and option ids in the printed order; personal booklets are not among them.
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
        """Ids of the right options: what the key of the item is, as it was scored."""
        return tuple(sorted({one for place in self.key for one in self.options[place].split("|")}))


class ResponseColumns(NamedTuple):
    """All columns, and where the answers of each form go.

    `column` (forms, questions) is the number of each question's column, -1 past a form's last; `printing`
    (forms, questions) the row of `places` (printings, 256), which has the place of the option, or the kind of
    missing, for each mark.
    """

    columns: tuple[ResponseColumn, ...]
    column: NDArray[np.int32]
    printing: NDArray[np.int32]
    places: NDArray[np.int8]


def columns_of(
    asked: exam_tables.ExamTables, key: Key, items: Mapping[str, Item], several: str
) -> ResponseColumns:
    """The columns in the order of the forms, then of their questions.

    `items` are the texts that were printed, by id; `several` says how items with several right answers are
    scored (`any`, `all`, `partial`).
    """
    form_of = {name: n for n, name in enumerate(key.names)}
    rows = zip(*(asked.key[name] for name in ("form", "question", "unit", "element", "points")), strict=True)
    where = {(form, int(q)): (unit, element, int(points)) for form, q, unit, element, points in rows}
    column, printing = np.full(key.keys.shape, -1, np.int32), np.zeros(key.keys.shape, np.int32)
    printed: dict[tuple[object, ...], int] = {}
    marks: list[NDArray[np.int8]] = []
    numbers: dict[ResponseColumn, int] = {}
    of_printing: list[int] = []
    places: list[list[Asked]] = []
    forms = zip(*(asked.forms[name] for name in ("form", "question", "item", "options")), strict=True)
    for form, written, item, options in sorted(forms, key=lambda row: (form_of[row[0]], int(row[1]))):
        f, q = form_of[form], int(written) - 1
        unit, element, points = where[form, q + 1]
        signature = (item, options, int(key.table[f, q]), int(key.keys[f, q]), points, int(key.points[f, q]))
        n = printed.setdefault(signature, len(marks))
        if n == len(marks):
            pc = key.criteria[key.criterion[f, q]][2]
            one, own_places = _printed(key, (f, q), items[item], options.split(), several, points)
            marks.append(own_places)
            one = one._replace(unit=unit, element=element, pc=pc)
            of_printing.append(numbers.setdefault(one, len(numbers)))
            places += [[] for _ in range(len(numbers) - len(places))]
        own = places[of_printing[n]]
        if base_form(form) == form and len(own) < MOST_PLACES:
            own.append((form, q + 1, tuple(options.split())))
        column[f, q], printing[f, q] = of_printing[n], n
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


def _printed(
    key: Key, at: tuple[int, int], item: Item, order: Sequence[str], several: str, printed_points: int
) -> tuple[ResponseColumn, NDArray[np.int8]]:
    """A question as one order prints it: its column as far as it is known, and the place of each mark."""
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
    """The place of what is so called and earns so much; a new one where there is none."""
    for n, said in enumerate(options):
        if said.strip(ODD) == name.strip(ODD) and worth.setdefault(n, earned) == earned:
            return n
    while name in options:
        name += ODD
    options.append(name)
    worth[len(options) - 1] = earned
    return len(options) - 1
